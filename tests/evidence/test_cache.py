"""What git knows is asked once: which starts run git, and which don't."""

import os
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpers import (
    GIT,
    Ran,
    add_session,
    ago,
    commit,
    commits,
    git,
    make_repository,
    run,
    session_text,
)
from talks import talk

NAME = "20251204-143000-weather-fallback.md"


class Traced:
    """A repository, and a git on the PATH that notes each call before it does it."""

    def __init__(self, repo: Path, env: dict[str, str], folder: Path) -> None:
        self.repo = repo
        self._log = folder / "calls"
        stub = folder / "bin" / "git"
        stub.parent.mkdir()
        stub.write_text(f'#!/bin/sh\necho "$*" >> {self._log}\nexec {GIT} "$@"\n')
        stub.chmod(0o755)
        self.env = env | {"PATH": f"{stub.parent}{os.pathsep}{env['PATH']}"}
        self._count = 0

    def run(self, program: str, project: Path | None = None, **event: Any) -> tuple[Ran, int]:
        """Run a hook in a conversation of its own; return what it said, and how often it asked."""
        self._log.unlink(missing_ok=True)
        self._count += 1
        given = {"cwd": str(project or self.repo), "session_id": f"c{self._count}"}
        ran = run(program, given | event, self.env)
        calls = self._log.read_text().splitlines() if self._log.exists() else []
        return ran, len(calls)

    def start(self, project: Path | None = None, **event: Any) -> tuple[Ran, int]:
        return self.run("session-start-hook", project, source="startup", **event)

    def is_asked_again(self) -> bool:
        return self.start()[1] > 0


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository whose document is three commits behind."""
    repo = make_repository(tmp_path / "shop")
    add_session(repo, NAME, session_text(updated=ago(days=3)), ago(days=3))
    add_session(repo, "20251201-old.md", session_text("Old", "paused", updated=ago(days=5)))
    git(repo, "add", "-A")
    commit(repo, "code.py", when=ago(days=3))
    for index in range(3):
        commit(repo, "code.py", message=f"Change {index}", when=ago(days=2))
    git(repo, "branch", "feat/x")
    return repo


@pytest.fixture
def traced(shop: Path, env: dict[str, str], tmp_path: Path) -> Traced:
    return Traced(shop, env, tmp_path)


def of_the_lead(ran: Ran) -> str:
    """What the model is told of the leading document; the rest tells of other conversations."""
    above, quoted, _ = ran.model.split("\n~~~\n", maxsplit=2)
    return f"{above}\n{quoted}"


def test_a_warm_start_runs_no_git_and_says_the_same(traced: Traced) -> None:
    cold, calls = traced.start()
    assert calls > 0
    assert "behind, 3 commits since it was written" in cold.model
    warm, calls = traced.start()
    assert calls == 0
    assert of_the_lead(warm) == of_the_lead(cold)
    assert warm.err == ""


CHANGES: dict[str, Callable[[Path], object]] = {
    "a commit": lambda repo: commit(repo, "code.py"),
    "a branch moved": lambda repo: git(repo, "branch", "-f", "feat/x", "HEAD~1"),
    "a branch made": lambda repo: git(repo, "branch", "feat/y"),
    "a checkout": lambda repo: git(repo, "checkout", "-q", "feat/x"),
    "a document as it was not since": lambda repo: add_session(
        repo, NAME, session_text(state="Changed", updated=ago(days=4)), ago(days=3, hours=1)
    ),
    "another document": lambda repo: add_session(repo, "20251205-100000-x.md", session_text("X")),
    "a document gone": lambda repo: git(repo, "rm", "-q", ".agents/sessions/20251201-old.md"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_a_change_it_is_asked_again(change: Callable[[Path], object], traced: Traced) -> None:
    assert traced.is_asked_again()
    assert not traced.is_asked_again()
    change(traced.repo)
    assert traced.is_asked_again()
    assert not traced.is_asked_again()


WRITTEN: dict[str, Callable[[Path], object]] = {
    "its text": lambda repo: add_session(repo, NAME, session_text(state="Changed")),
    "its time": lambda repo: add_session(
        repo, NAME, (repo / ".agents" / "sessions" / NAME).read_bytes(), ago(hours=1)
    ),
}


@pytest.mark.parametrize("change", WRITTEN.values(), ids=WRITTEN)
def test_after_a_document_was_written_it_is_told_anew(
    change: Callable[[Path], object], traced: Traced
) -> None:
    git(traced.repo, "rm", "-q", "--cached", f".agents/sessions/{NAME}")
    assert "behind, 3 commits since it was written" in traced.start()[0].model
    change(traced.repo)
    told, _ = traced.start()
    assert "nothing was committed since it was written" in of_the_lead(told)
    commit(traced.repo, "code.py")
    assert "1 commit since it was written" in traced.start()[0].model


def test_changed_files_are_told_as_of_when_they_were_seen(traced: Traced) -> None:
    (traced.repo / "code.py").write_text("changed\n")
    cold, _ = traced.start()
    assert "Changed and not committed: 1 file, code.py" in cold.model
    (traced.repo / "other.py").write_text("new\n")
    time.sleep(1.1)  # what was seen in the same second is as of now
    warm, calls = traced.start()
    assert calls == 0
    assert re.search(
        r"Changed and not committed, as of (yesterday )?\d\d:\d\d: 1 file, code\.py", warm.model
    )


@pytest.mark.parametrize(
    ("program", "event"),
    [("session-end-hook", {"reason": "logout"}), ("pre-compact-hook", {"trigger": "auto"})],
)
def test_the_other_hooks_look_at_the_files_anew_and_warm_the_start(
    program: str, event: dict[str, Any], traced: Traced
) -> None:
    assert traced.run(program, **event)[1] > 0
    assert traced.start()[1] == 0
    (traced.repo / "other.py").write_text("new\n")
    assert traced.run(program, **event)[1] > 0
    told, calls = traced.start()
    assert calls == 0
    assert "other.py" in told.model


def database(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks" / "state.db"


@pytest.mark.parametrize(
    "facts", ["", "{}", "[]", "null", "[1, 2, 3]", '["a", [[1]], 5]', "x" * 70, b"\xff\x00"]
)
def test_a_row_that_is_damaged_is_asked_anew(facts: str | bytes, traced: Traced) -> None:
    cold, _ = traced.start()
    with closing(sqlite3.connect(database(traced.repo))) as store, store:
        assert store.execute("UPDATE gathered SET facts = ?", (facts,)).rowcount == 1
    again, calls = traced.start()
    assert calls > 0
    assert of_the_lead(again) == of_the_lead(cold)
    traced.start()
    assert traced.start()[1] == 0


def test_a_moment_that_is_damaged_costs_no_document(traced: Traced) -> None:
    cold, _ = traced.start()
    with closing(sqlite3.connect(database(traced.repo))) as store, store:
        store.execute("UPDATE gathered SET recorded = 'soon'")
    again, _ = traced.start()
    assert of_the_lead(again) == of_the_lead(cold)
    traced.start()
    assert traced.start()[1] == 0


def test_two_worktrees_keep_their_own(traced: Traced) -> None:
    other = traced.repo.parent / "other"
    git(traced.repo, "worktree", "add", "-q", "-b", "hotfix", str(other), "HEAD~2")
    here, calls = traced.start()
    assert calls > 0
    there, calls = traced.start(other)
    assert calls > 0
    assert "behind, 3 commits" in here.model
    assert "behind, 1 commit since" in there.model
    assert [traced.start()[1], traced.start(other)[1]] == [0, 0]
    commit(other, "code.py")
    assert traced.start(other)[1] > 0


def test_outside_git_none_is_run(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "plain").mkdir()
    traced = Traced(tmp_path / "plain", env, tmp_path)
    add_session(traced.repo, NAME, session_text())
    told, calls = traced.start()
    assert calls == 0
    assert "Weather fallback" in told.model


def test_without_documents_none_is_run(tmp_path: Path, env: dict[str, str]) -> None:
    traced = Traced(make_repository(tmp_path / "shop"), env, tmp_path)
    assert traced.start()[1] == 0


@pytest.mark.parametrize(
    ("program", "limit"),
    [("session-start-hook", 5), ("session-end-hook", 2), ("pre-compact-hook", 5)],
)
def test_a_git_that_hangs_costs_neither_the_documents_nor_the_checklist(
    program: str, limit: float, shop: Path, env: dict[str, str], tmp_path: Path
) -> None:
    stub = tmp_path / "bin" / "git"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\nexec sleep 30\n")
    stub.chmod(0o755)
    event = {"cwd": str(shop), "session_id": "c", "source": "startup", "reason": "logout"}
    began = time.monotonic()
    ran = run(program, event, env | {"PATH": f"{stub.parent}:{env['PATH']}"})
    assert time.monotonic() - began < limit
    assert "Weather fallback" in ran.out + ran.err
    if program == "session-start-hook":
        assert "Nothing here is checked: git did not answer in time." in ran.model
        # For a while it is not asked again: each start would cost as long.
        again = time.monotonic()
        told = run(program, event | {"session_id": "d"}, env)
        assert time.monotonic() - again < 1.5
        assert "Nothing here is checked: git did not answer in time." in told.model


def test_what_a_conversation_took_is_still_checked_when_it_is_compacted(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / ".gitignore").write_text("NEXT_SESSION.md\n")
    commit(repo, "src/http.py", ".gitignore", when=ago(days=3), text="one\ntwo\nthree\n")
    left = repo / "NEXT_SESSION.md"
    left.write_text("# Next Session\n\n## What's Next\n- Retry in `src/http.py`\n")
    moment = ago(days=2).timestamp()
    os.utime(left, (moment, moment))
    git(repo, "mv", "src/http.py", "src/transport.py")
    commit(repo, when=ago(days=1))
    checked = "behind, 1 commit since it was written; src/http.py moved to src/transport.py"
    with talk(repo, env) as one:
        assert checked in one.start().model
        assert not left.exists()
        one.say()
        assert checked in one.compact().out
        assert checked in one.start("compact").model


def test_what_a_conversation_was_told_is_given_back_however_much_it_committed(
    shop: Path, env: dict[str, str]
) -> None:
    with talk(shop, env) as one:
        assert "To resume: " in one.start().model
        one.say()
        commits(shop, 60, datetime.now(UTC))
        assert "The retry is in and tested." in one.compact().out
        restored = one.start("compact").model
    assert "The retry is in and tested." in restored
    assert "stale, 63 commits since it was written" in restored


def test_a_file_that_was_made_since_ticks_its_step_at_a_warm_start(
    shop: Path, env: dict[str, str]
) -> None:
    text = session_text(steps="1. Write `src/cache.py`\n2. Serve it", updated=ago(minutes=5))
    add_session(shop, NAME, text, ago(minutes=5))
    event = {"cwd": str(shop), "source": "startup"}
    assert "Possibly done" not in run("session-start-hook", event | {"session_id": "a"}, env).model
    (shop / "src").mkdir(exist_ok=True)
    (shop / "src" / "cache.py").write_text("1\n")
    told = run("session-start-hook", event | {"session_id": "b"}, env)
    assert '- "Write src/cache.py": src/cache.py is there now' in told.model
    assert "(perhaps done already)" in told.person


def test_many_merged_branches_do_not_hide_which_document_leads(
    repo: Path, env: dict[str, str]
) -> None:
    git(repo, "checkout", "-q", "-b", "main")
    commit(repo, "code.py", when=ago(days=9))
    for number in range(8):
        git(repo, "checkout", "-q", "-b", f"feat/{number}")
        commit(repo, f"{number}.py", when=ago(days=8))
        git(repo, "checkout", "-q", "main")
        git(repo, "merge", "-q", "--no-ff", "-m", "Merge", f"feat/{number}", when=ago(days=7))
        text = session_text(f"Part {number}", branch=f"feat/{number}", updated=ago(days=8))
        add_session(repo, f"2025120{number}-100000-x.md", text, ago(days=8))
    living = session_text("Alive", updated=ago(days=9), state="See `code.py`.")
    add_session(repo, "20251130-100000-alive.md", living, ago(days=8, hours=9))
    git(repo, "mv", "code.py", "moved.py")
    commit(repo, when=ago(days=1))
    told = run("session-start-hook", {"cwd": str(repo), "source": "startup"}, env)
    assert "To resume: .agents/sessions/20251130-100000-alive.md" in told.model
    assert "code.py moved to moved.py" in told.model
    assert told.person.startswith("1 active session file (8 more put aside).")


def test_a_worktree_that_was_added_is_looked_into(
    shop: Path, env: dict[str, str], tmp_path: Path
) -> None:
    git(shop, "checkout", "-q", "-b", "feat/w")
    commit(shop, "w.py", when=ago(days=2))
    git(shop, "checkout", "-q", "main")
    git(shop, "merge", "-q", "--no-ff", "-m", "Merge", "feat/w")
    event = {"cwd": str(shop), "source": "startup"}
    run("session-start-hook", event | {"session_id": "a"}, env)
    git(shop, "worktree", "add", "-q", str(tmp_path / "w"), "feat/w")
    dead = session_text("Dead", branch="feat/w", updated=ago(days=3))
    add_session(tmp_path / "w", "20251201-100000-dead.md", dead, ago(days=3))
    assert "Dead" not in run("session-start-hook", event | {"session_id": "b"}, env).model


def test_work_without_a_handoff_is_owed_where_the_handoff_was_taken(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / ".gitignore").write_text("NEXT_SESSION.md\n")
    names = [f"{number}.py" for number in range(9)]
    commit(repo, ".gitignore", *names, when=ago(days=3), text="NEXT_SESSION.md\n")
    (repo / "NEXT_SESSION.md").write_text("# Next Session\n\n## What's Next\n- Go on\n")
    with talk(repo, env) as one:
        one.start()
        one.say()
        for name in names:
            (repo / name).write_text("changed\n")
        one.end()
    with talk(repo, env) as following:
        assert "9 changed files" in following.start().person
