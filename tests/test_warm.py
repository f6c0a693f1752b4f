import os
import subprocess
from pathlib import Path

import pytest

import warm
from helpers import GIT, PROGRAMS, add_session, command, session_text
from session_hooks.project.hooks import HOOKS

HOOK_INPUT = b'{"hook_event_name": "SessionStart", "source": "startup"}'


@pytest.mark.parametrize(
    ("program", "arguments", "data"),
    [
        ("session-start-hook", (), HOOK_INPUT),
        ("session-start-hook", (), b"["),
        *((hook.program, (), HOOK_INPUT) for hook in HOOKS[1:]),
        ("agent-session", ("list", "--json"), None),
        ("agent-session", ("show", "nothing.md"), None),
        ("agent-session", ("--no-such-option",), None),
        ("install-hooks", ("--help",), None),
        ("install-hooks", ("--scope", "nowhere"), None),
    ],
)
def test_a_program_started_warm_does_what_it_does_cold(
    program: str,
    arguments: tuple[str, ...],
    data: bytes | None,
    repo: Path,
    env: dict[str, str],
) -> None:
    add_session(repo, "20251204-143000-weather.md", session_text())
    ran = [
        warm.run(PROGRAMS / program, arguments, data, env, repo, 30),
        subprocess.run(
            [PROGRAMS / program, *arguments],
            input=data or b"",
            capture_output=True,
            env=env,
            cwd=repo,
            check=False,
        ),
    ]
    # What is told first is not told again where the memory is the same.
    assert ran[0].returncode == ran[1].returncode
    assert ran[0].stderr == ran[1].stderr
    if program != "session-start-hook":
        assert ran[0].stdout == ran[1].stdout
    assert bool(ran[0].stdout) == bool(ran[1].stdout)


def test_a_program_that_takes_too_long_is_ended(repo: Path, env: dict[str, str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(PROGRAMS / "agent-session", ("list",), None, env, repo, 0.001)
    assert warm.run(PROGRAMS / "agent-session", ("list",), None, env, repo, 30).returncode == 0


def test_what_the_interpreter_looks_at_is_left_to_a_cold_one(env: dict[str, str]) -> None:
    assert warm.can_run("agent-session", b"", env)
    assert not warm.can_run("agent-session", b"", env | {"PYTHONOPTIMIZE": "1"})
    assert not warm.can_run("agent-session", b"", env | {"LANG": "de_DE.UTF-8"})
    assert not warm.can_run("another", b"", env)


@pytest.mark.parametrize("is_bound", [False, True])
def test_one_that_is_bound_by_modes_is_so_with_all_that_it_starts(
    is_bound: bool, repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    document = add_session(repo, "20251204-143000-weather.md", session_text())
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\ncat {document} > {tmp_path}/read\nexec {GIT} "$@"\n')
    git.chmod(0o755)
    document.chmod(0)
    env["PATH"] = f"{git.parent}:{env['PATH']}"
    ran = command("agent-session", env, repo, "list", is_bound=is_bound)
    overrides = not is_bound and os.geteuid() == 0
    assert ("Weather fallback" in ran.out) is overrides
    assert bool((tmp_path / "read").read_text()) is overrides
