"""What may lie where session files are expected, and must not harm a conversation."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import PROGRAMS, STRESS, add_session, ago, make_repository, run, session_text

MANY = 10_000 if STRESS else 1_000
ALL = {"session-start-hook": (0,), "pre-compact-hook": (0,), "session-end-hook": (0, 2)}


def nothing(folder: Path) -> None:
    """No ``.agents`` at all."""


def no_git(folder: Path) -> None:
    subprocess.run(["rm", "-rf", folder / ".git"], check=True)
    add_session(folder, "a.md", session_text())


def empty_file(folder: Path) -> None:
    add_session(folder, "a.md", b"")


def large_file(folder: Path) -> None:
    add_session(folder, "a.md", session_text() + "line of text\n" * 400_000)


def hostile_large_file(folder: Path) -> None:
    add_session(folder, "a.md", "# a\n" + "- [ ](" * 800_000)


def a_directory(folder: Path) -> None:
    (folder / ".agents/sessions/x.md").mkdir(parents=True)


def a_fifo(folder: Path) -> None:
    add_session(folder, "a.md", session_text())
    os.mkfifo(folder / ".agents/sessions/x.md")


def a_link_out(folder: Path) -> None:
    add_session(folder, "a.md", session_text())
    (folder / ".agents/sessions/x.md").symlink_to("/etc/passwd")


def a_link_to_itself(folder: Path) -> None:
    add_session(folder, "a.md", session_text())
    (folder / ".agents/sessions/x.md").symlink_to("x.md")


def a_name_that_is_not_utf_8(folder: Path) -> None:
    path = add_session(folder, "a.md", session_text())
    os.rename(path, os.fsencode(path.parent) + b"/caf\xe9\n.md")


def an_unreadable_file(folder: Path) -> None:
    add_session(folder, "a.md", session_text())
    add_session(folder, "b.md", session_text("Locked")).chmod(0)


def deep_yaml(folder: Path) -> None:
    add_session(folder, "a.md", "---\nsession: " + "{a: " * 5000 + "\n---\n# x\n")


def yaml_that_multiplies(folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    lines += ["title: *a11", "status: *a11", "session: *a11"]
    add_session(folder, "a.md", "---\n" + "\n".join(lines) + "\n---\n")


def yaml_that_ends_the_interpreter(folder: Path) -> None:
    add_session(folder, "a.md", "---\n" + "- " * 30_000 + "\n---\n")
    add_session(folder, "b.md", "---\nx: " + "[" * 60_000 + "\n---\n")


def yaml_that_no_type_takes(folder: Path) -> None:
    for number, value in enumerate(("!!bool active", '!!int ""', "!!timestamp yesterday")):
        add_session(folder, f"{number}.md", f"---\nstatus: {value}\n---\n# x\n")


def merge_keys_that_multiply(folder: Path) -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]
    add_session(folder, "a.md", "---\n" + "\n".join(lines) + "\n---\n")


def brackets_and_blanks(folder: Path) -> None:
    line = "- a <" + " " * 20_000 + "b\n" + "<\n" * 20_000
    add_session(folder, "a.md", session_text(steps=line, state=line))


def a_megabyte_of_list(folder: Path) -> None:
    add_session(folder, "a.md", session_text(steps="* a\n" * 250_000))
    add_session(folder, "b.md", "# Session\n\n## Next Steps\n[todo]\n" + "- a\n" * 250_000)


def long_runs_of_tildes(folder: Path) -> None:
    add_session(folder, "a.md", session_text(steps="a " + "~" * 500_000))


SITUATIONS: tuple[Callable[[Path], None], ...] = (
    nothing, no_git, empty_file, large_file, hostile_large_file, a_directory, a_fifo, a_link_out,
    a_link_to_itself, a_name_that_is_not_utf_8, an_unreadable_file, deep_yaml, yaml_that_multiplies,
    yaml_that_ends_the_interpreter, yaml_that_no_type_takes, merge_keys_that_multiply,
    brackets_and_blanks, a_megabyte_of_list, long_runs_of_tildes,
)  # fmt: skip


def log_of(folder: Path) -> Path:
    return folder / ".git" / "agent-session-hooks" / "hook-errors.log"


@pytest.mark.parametrize("program", ALL)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_no_conversation_is_harmed_and_nothing_fails(
    situation: Callable[[Path], None],
    program: str,
    tmp_path: Path,
    env: dict[str, str],
) -> None:
    folder = make_repository(tmp_path / "shop")
    situation(folder)
    if situation is not nothing:
        add_session(folder, "20251201-000000-good.md", session_text("Good one"), ago(minutes=9))
    began = time.monotonic()
    ran = run(program, {"source": "startup", "cwd": str(folder)}, env, seconds=10)
    assert time.monotonic() - began < (1.5 if program == "session-end-hook" else 8)
    assert ran.code in ALL[program]
    # What is wrong with one file takes nothing from the others.
    assert situation is nothing or program == "pre-compact-hook" or "Good one" in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert "root:" not in ran.out + ran.err  # nothing of /etc/passwd
    assert not log_of(folder).exists(), log_of(folder).read_text()


@pytest.mark.parametrize("program", ALL)
def test_many_files_stay_within_the_hooks_time(
    program: str, tmp_path: Path, env: dict[str, str]
) -> None:
    folder = make_repository(tmp_path / "shop", "feat/weather")
    for number in range(MANY):
        status = "completed" if number % 2 else "in_progress"
        name = f"202512{number % 28 + 1:02}-{number % 24:02}{number % 60:02}00-{number}.md"
        add_session(folder, name, session_text(f"Work {number}", status), ago(minutes=number))
    began = time.monotonic()
    ran = run(program, {"source": "startup", "cwd": str(folder)}, env)
    seconds = time.monotonic() - began
    assert ran.code in ALL[program]
    assert "Work 0" in ran.out + ran.err  # the most recently written one is always reached
    assert not log_of(folder).exists(), log_of(folder).read_text()
    assert seconds < (1 if program == "session-end-hook" else 8)


@pytest.mark.parametrize("program", ALL)
@pytest.mark.parametrize("kind", ["read-only", "missing", "a file"])
def test_without_a_usable_home_the_hooks_work(
    kind: str, program: str, tmp_path: Path, env: dict[str, str]
) -> None:
    folder = tmp_path / "shop"
    add_session(folder, "a.md", session_text())
    homes = {"read-only": "/proc", "missing": "", "a file": "/dev/null"}  # /proc: for root as well
    env = {name: value for name, value in env.items() if name != "HOME"}
    if kind != "missing":
        env["HOME"] = homes[kind]
    event = {"source": "startup", "cwd": str(folder)}
    assert "Weather fallback" in "".join(map(str, run(program, event, env)))
    assert run(program, b"[]", env, folder) == (0, "", "")


def test_a_repository_that_cannot_be_written_to_is_read_all_the_same(
    project: Path, env: dict[str, str]
) -> None:
    (project / ".git").chmod(0o555)
    try:
        told = run("session-start-hook", {"source": "startup", "cwd": str(project)}, env)
        assert "Weather fallback" in told.model
    finally:
        (project / ".git").chmod(0o755)


def test_a_dependency_that_is_broken_harms_nothing_and_is_logged(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "yaml.py").write_text("raise ImportError('half an installation')\n")
    done = subprocess.run(
        [sys.executable, PROGRAMS / "session-start-hook"],
        input=b'{"source": "startup"}',
        cwd=project,
        env=env | {"PYTHONPATH": str(broken)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert "half an installation" in log_of(project).read_text()
