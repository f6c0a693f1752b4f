"""``NEXT_SESSION.md`` is read once, and never lost."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from helpers import FULL, PROGRAMS, STRESS, add_session, session_text
from talks import NEXT, Talk, archived, talk

ACTION = "Write FileStorage"


@pytest.fixture
def state(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks"


@pytest.fixture
def left(repo: Path) -> Path:
    """A NEXT_SESSION.md that git doesn't track."""
    path = repo / "NEXT_SESSION.md"
    path.write_text(NEXT)
    return path


def test_an_attended_conversation_gets_the_text_and_the_file_is_gone(
    repo: Path, left: Path, state: Path, env: dict[str, str]
) -> None:
    with talk(repo, env) as one:
        told = one.start()
    (copy,) = archived(state)
    assert ACTION in told.model
    assert "NEXT_SESSION.md is read once: it is gone from the working tree." in told.model
    assert str(copy) in told.model
    assert "to bring it back: agent-session restore NEXT_SESSION.md" in told.person
    assert not left.exists()
    assert copy.read_text() == NEXT


def test_several_that_start_at_once_get_it_once(
    repo: Path, left: Path, state: Path, env: dict[str, str]
) -> None:
    """One that git doesn't answer in time takes nothing: it may tell what another one takes."""
    sure = 0
    for number in range((50 if FULL else 12) if STRESS else 4):
        text = f"{NEXT}\nRound {number}\n"
        left.write_text(text)
        with ExitStack() as stack:
            talks = [stack.enter_context(talk(repo, env)) for _ in range(8 if STRESS else 4)]
            answers = [one for one in at_once(talks) if "in time" not in one and "lack" not in one]
            having = [answer for answer in answers if f"Round {number}" in answer]
            for other in answers:
                if other not in having:
                    assert "NEXT_SESSION.md was taken by another conversation at" in other
            copies = sum(path.read_text() == text for path in archived(state))
            assert copies == len(having) <= 1
            assert left.exists() is not bool(copies)
            sure += len(answers) == len(talks)
            for one in talks:
                one.say()
                one.end()
        left.unlink(missing_ok=True)
    assert sure


def at_once(talks: list[Talk]) -> list[str]:
    """Start conversations at the same time, and return what each model is told."""
    hooks = [hook(one) for one in talks]
    said = [process.communicate()[0] for process in hooks]
    assert [process.returncode for process in hooks] == [0] * len(hooks)
    return [
        json.loads(answer)["hookSpecificOutput"]["additionalContext"] if answer else ""
        for answer in said
    ]


def hook(one: Talk) -> "subprocess.Popen[bytes]":
    """Start a start hook and let it run."""
    process = subprocess.Popen(
        [PROGRAMS / "session-start-hook"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=one.env,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(one.event("SessionStart", source="startup")).encode())
    process.stdin.close()
    process.stdin = None
    return process


@pytest.fixture(params=["in git", "on another file system"])
def place(request: pytest.FixtureRequest, repo: Path, env: dict[str, str]) -> Iterator[Path]:
    """A state folder: where it is in a repository, and one that nothing can be renamed into."""
    if request.param == "in git":
        yield repo / ".git" / "agent-session-hooks"
        return
    other = Path("/dev/shm")
    if not os.access(other, os.W_OK) or other.stat().st_dev == repo.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    folder = other / f"agent-session-hooks-{os.getpid()}-{random.randrange(10**9)}"
    folder.mkdir()
    (repo / ".git" / "agent-session-hooks").symlink_to(folder)
    yield folder
    subprocess.run(["rm", "-rf", folder], check=True)


def test_a_hook_killed_at_any_moment_loses_nothing(
    repo: Path, left: Path, place: Path, env: dict[str, str]
) -> None:
    with talk(repo, env) as one:
        began = time.monotonic()
        one.start()
        whole = time.monotonic() - began
        one.say()
        one.end()
    generator = random.Random(4)
    rounds = (200 if place.parent.name == ".git" else 100) // (1 if FULL else 4)
    for number in range(rounds if STRESS else 6):
        text = f"{NEXT}\nRound {number}\n"
        left.write_text(text)
        with talk(repo, env) as killed:
            process = hook(killed)
            time.sleep(generator.uniform(0, whole * 1.1))
            process.send_signal(signal.SIGKILL)
            heard, _ = process.communicate()
        copies = [
            path
            for path in [*repo.glob("*NEXT_SESSION.md*"), *repo.glob(".*NEXT_SESSION.md*"),
                         *archived(place)]
            if path.read_text() == text
        ]  # fmt: skip
        assert copies, f"round {number}"
        with talk(repo, env) as following:
            told = following.start()
            assert f"Round {number}" in told.model, (number, heard)
            assert not left.exists()
            assert not [*repo.glob(".*NEXT_SESSION.md*")]
            # One that was killed after it had copied a text, and before it deleted it, leaves both.
            most = 1 if place.parent.name == ".git" else 2
            assert 1 <= sum(path.read_text() == text for path in archived(place)) <= most
            following.work()
            following.end()
        with talk(repo, env) as last:
            assert "Round" not in (last.start().out or "")


def test_the_text_is_told_whole_though_it_was_remembered_before(
    repo: Path, left: Path, env: dict[str, str]
) -> None:
    """Nothing is read from the place that it was moved from."""
    add_session(repo, "20251204-143000-x.md", session_text())
    time.sleep(2.1)  # so that it counts as unchanged from the first look on
    with talk(repo, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}) as script:
        assert ACTION in script.start().model
    for more in ("", "Written on later.\n"):
        left.write_text(NEXT + more)
        with talk(repo, env) as one:
            told = one.start()
            assert ACTION in told.model
            assert "Storage is in." in told.model
            assert more.strip() in told.model
            assert not left.exists()
            one.say()
            one.end()
