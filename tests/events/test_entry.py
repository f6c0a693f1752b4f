"""The frame around the hooks, as real processes."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from helpers import PROGRAMS, add_session, run, session_text
from session_hooks.events import entry
from session_hooks.events.context import Event, Output, Surroundings
from session_hooks.project.hooks import HOOKS, PRE_COMPACT, SESSION_END

ALL = [hook.program for hook in HOOKS]
BROKEN = {
    "no JSON": b"{nope",
    "an array": b"[1, 2]",
    "a string": b'"x"',
    "not UTF-8": b'{"cwd": "\xff\xfe"}',
    "nested deeply": b"[" * 200_000,
    "10 MB": b'{"cwd": "' + b"x" * 10_000_000 + b'"}',
    "10 MB of no JSON": b"x" * 10_000_000,
}


def log_of(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks" / "hook-errors.log"


@pytest.mark.parametrize("program", ALL)
@pytest.mark.parametrize("how", ["</dev/null", "<&-", "--help", "-h </dev/null", "--version"])
def test_run_by_hand_it_says_what_it_is_and_nothing_is_logged(
    program: str, how: str, project: Path, env: dict[str, str]
) -> None:
    command = f"{PROGRAMS / program} {how}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=project, env=env, capture_output=True, check=False,
        stdin=subprocess.PIPE, timeout=5,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"")
    assert re.match(rb"[a-z-]+-hook \d+\.\d+\S* is run by an agent, ", done.stderr)
    assert b"install-hooks --check" in done.stderr
    assert not log_of(project).exists()


@pytest.mark.parametrize("program", ALL)
@pytest.mark.parametrize("stdin", [b"", b" \n", b"\xef\xbb\xbf\n"])
def test_a_blank_input_is_somebody_s_who_tries_it(
    program: str, stdin: bytes, project: Path, env: dict[str, str]
) -> None:
    told = run(program, stdin, env, project)
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith(f"{program} ")
    assert not log_of(project).exists()


@pytest.mark.parametrize("program", ALL)
@pytest.mark.parametrize("stdin", BROKEN.values(), ids=BROKEN)
def test_input_that_is_no_event_harms_nothing_and_is_logged(
    program: str, stdin: bytes, project: Path, env: dict[str, str]
) -> None:
    assert run(program, stdin, env, project) == (0, "", "")
    log = log_of(project).read_text()
    assert f"{program} unknown event" in log
    assert "UnreadableInputError: stdin" in log
    assert "Traceback" in log


def test_the_next_start_names_the_log_to_the_person_once(
    project: Path, env: dict[str, str]
) -> None:
    run("pre-compact-hook", b"[]", env, project)
    run("session-end-hook", b"no JSON", env, project)
    event = {"source": "startup", "cwd": str(project)}
    unattended = run("session-start-hook", event, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"})
    assert "systemMessage" not in unattended.answer
    last = run("session-start-hook", event, env).person.splitlines()[-1]
    assert last == f"2 errors in a session hook since you were last told: {log_of(project)}"
    assert "error" not in run("session-start-hook", event, env).person


def test_outside_any_project_the_log_is_named_too(tmp_path: Path, env: dict[str, str]) -> None:
    run("session-start-hook", b"no JSON", env, tmp_path)
    told = run("session-start-hook", {"source": "startup", "cwd": str(tmp_path)}, env)
    assert list(told.answer) == ["systemMessage"]
    assert "/.local/state/agent-session-hooks/" in told.person


def test_a_byte_order_mark_before_the_event_is_no_error(project: Path, env: dict[str, str]) -> None:
    told = run("session-start-hook", b'\xef\xbb\xbf{"source": "startup"}', env, project)
    assert "Weather fallback" in told.model
    assert not log_of(project).exists()


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
@pytest.mark.parametrize("program", [one for one in ALL if one != "subagent-stop-hook"])
def test_output_is_utf_8_whatever_the_locale(
    program: str, locale: dict[str, str], repo: Path, env: dict[str, str]
) -> None:
    name = "Überblick-日本語"
    agents = f"  spawned_agents:\n    - agent: {name}\n      task: Test\n      status: pending\n"
    add_session(repo, "20251204-143000-x.md", session_text(name, agents=agents))
    event = {"source": "startup", "cwd": str(repo), "agent_type": name}
    event |= {"session_id": "s", "prompt": "done for now"}
    ran = run(program, event, env | locale)
    assert name in ran.out + ran.err


@pytest.mark.parametrize("program", ["session-start-hook", "pre-compact-hook"])
def test_a_closed_stdout_harms_nothing_and_is_logged(
    program: str, project: Path, env: dict[str, str]
) -> None:
    command = f'echo \'{{"source": "startup"}}\' | {PROGRAMS / program} >&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=project, env=env, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "OSError" in log_of(project).read_text()


def test_a_reader_that_goes_away_harms_nothing_and_is_logged(
    project: Path, env: dict[str, str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [PROGRAMS / "pre-compact-hook"],
        input=b"{}",
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=project,
        env=env,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "BrokenPipeError" in log_of(project).read_text()


@pytest.mark.parametrize("program", ALL)
def test_arguments_are_nobodys(program: str, project: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        [PROGRAMS / program, "--help", "-x"],
        input=b"{}",
        cwd=project,
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == (2 if program == "session-end-hook" else 0)
    is_silent = program.startswith(("subagent", "user-prompt"))  # there is nothing to be told
    assert bool(done.stdout + done.stderr) is not is_silent


def test_a_folder_that_is_gone_harms_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    command = f"mkdir gone && cd gone && rmdir ../gone && echo '{{}}' | {PROGRAMS / ALL[0]}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_started_by_hand_it_says_what_it_is(env: dict[str, str]) -> None:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PROGRAMS / "pre-compact-hook", ["pre-compact-hook"], env)
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # Linux ends a terminal so
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert b" is run by an agent" in shown
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_handler_that_takes_too_long_ends_without_harm(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def handle(_event: Event, _surroundings: Surroundings) -> Output:
        time.sleep(20)
        return Output("too late")

    data = json.dumps({"cwd": str(project), "hook_event_name": "PreCompact"}).encode()
    assert entry.handle(PRE_COMPACT, handle, 0.1, data) == 0
    assert capfd.readouterr() == ("", "")
    assert "pre-compact-hook PreCompact" in log_of(project).read_text()
    assert "OutOfTimeError: not done within 0.1 s" in log_of(project).read_text()


def test_an_end_that_ran_out_of_its_time_is_noted_and_alarms_nobody(
    project: Path, env: dict[str, str]
) -> None:
    def late(_event: Event, _surroundings: Surroundings) -> Output:
        time.sleep(20)
        return Output()

    def later(_event: Event, _surroundings: Surroundings) -> Output:
        return Output(once_written=lambda: time.sleep(20))

    data = json.dumps({"cwd": str(project), "hook_event_name": "SessionEnd"}).encode()
    for handle in (late, later):
        assert entry.handle(SESSION_END, handle, 0.1, data) == 0
    assert log_of(project).read_text().count("OutOfTimeError: not done within 0.1 s") == 4
    told = run("session-start-hook", {"source": "startup", "cwd": str(project)}, env)
    assert "error" not in told.person


def test_an_input_that_never_ends_does_no_harm(project: Path, env: dict[str, str]) -> None:
    """Nobody closes stdin."""
    reading, writing = os.pipe()
    done = subprocess.run(
        [PROGRAMS / "session-end-hook"],
        stdin=reading,
        cwd=project,
        env=env,
        capture_output=True,
        timeout=10,
        check=False,
    )
    os.close(reading)
    os.close(writing)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert "TimeoutError: stdin was not closed in time" in log_of(project).read_text()
