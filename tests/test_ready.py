"""The answer that is ready is the one that a start would find that goes the whole way."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from helpers import (
    STRESS,
    add_session,
    commit,
    environment,
    git,
    make_repository,
    run,
    session_text,
    spoke,
    transcript,
)
from session_hooks import ending, hook_log, knowing, looking, ready, session_start, stamps, starting
from session_hooks.event import Event
from session_hooks.hook_io import Surroundings
from session_hooks.noted import BusyError, Notes
from session_hooks.records import Claim, Conversation
from session_hooks.store import Store

LEAD = "20251204-143000-weather-fallback.md"
THERE = "20251203-090000-there.md"
OTHER = "20251203-090000-cache.md"
STEPS = "1. Write src/adapter.py\n2. Serve the cached answer from src/cache.py"


class Told(NamedTuple):
    """What model and person were told."""

    model: str
    person: str


class Shop:
    """A project, the clock, and conversations in it; every start is made in this process."""

    def __init__(self, folder: Path, *, in_git: bool) -> None:
        self.folder = make_repository(folder / "shop") if in_git else folder / "shop"
        self.home = folder / "home"
        self.home.mkdir()
        self.in_git = in_git
        self.now = datetime.now(UTC) + timedelta(hours=1)  # nothing was changed just now
        self.environ = {"HOME": str(self.home), "CLAUDE_CODE_SESSION_ATTENDED": "1"}
        written = datetime.now(UTC) - timedelta(hours=3)
        text = session_text(updated=written, steps=STEPS)
        add_session(self.folder, LEAD, text, written)
        day = timedelta(days=1)
        add_session(self.folder, OTHER, session_text("Cache", updated=written - day), written - day)
        if in_git:
            commit(self.folder, "src/cache.py", when=written - 2 * day)
            git(self.folder, "add", "-A")
            commit(self.folder, when=written)
        self.current = "c1"
        """The conversation that goes on in it."""

    @property
    def tree(self) -> Path:
        """Another worktree, where there is one."""
        return self.home / "tree"

    @property
    def sessions(self) -> Path:
        return self.folder / ".agents" / "sessions"

    @property
    def state(self) -> Path:
        if self.in_git:
            return self.folder / ".git" / "agent-session-hooks"
        return next((self.home / ".local" / "state" / "agent-session-hooks").iterdir())

    def event(self, name: str, source: str = "startup", **more: str) -> dict[str, object]:
        return {
            "session_id": name,
            "cwd": str(self.folder),
            "hook_event_name": "SessionStart",
            "source": source,
            "transcript_path": str(self.home / f"{name}.jsonl"),
            **more,
        }

    def at_once(self, name: str = "c1", **event: str) -> Told | None:
        """Start with the answer that is ready; None where there is none."""
        seconds = self.now.timestamp()
        found = ready.find(self.event(name, **event), self.environ, "/", seconds)
        if not isinstance(found, ready.Ready) or not found.note(seconds, None):
            return None
        found.note_told(seconds)
        return Told(*found.said)

    def whole_way(
        self, name: str = "c1", environ: dict[str, str] | None = None, **event: str
    ) -> Told:
        around = Surroundings(self.now, self.environ | (environ or {}), "/")
        output = starting.handle(Event.parse(self.event(name, **event)), around)
        output.once_written()
        answer = json.loads(output.stdout or "{}")
        context = answer.get("hookSpecificOutput", {}).get("additionalContext", "")
        return Told(context, answer.get("systemMessage", ""))

    def end(self, name: str = "c1", **event: str) -> None:
        given = self.event(name) | {"hook_event_name": "SessionEnd", "reason": "other"} | event
        around = Surroundings(self.now, self.environ, "/")
        ending.handle(Event.parse(given), around).once_written()

    def make_ready(self, name: str = "c1") -> Told:
        """Start twice: the second one finds nothing new, and leaves its answer."""
        self.whole_way(name)
        told = self.whole_way(name)
        assert self.at_once(name) == told
        return told


def test_the_answer_that_is_ready_reaches_another_client_where_it_looks(
    shop: "Shop", monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.environ = {"HOME": str(shop.home), "COPILOT_CLI": "1"}
    shop.whole_way(source="new")
    told = shop.whole_way(source="new")
    for name in [name for name in os.environ if name.startswith("CLAUDE")]:
        monkeypatch.delenv(name)
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(time, "time", shop.now.timestamp)
    event = json.dumps(shop.event("c1", source="new")).encode()
    assert session_start._at_once(event) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["additionalContext"] == told.model
    assert answer["hookSpecificOutput"]["additionalContext"] == told.model


@pytest.mark.parametrize("how", ["gone", "moved", "rewritten"])
@pytest.mark.parametrize("place", ["shop", "outside"])
def test_a_start_tells_the_text_that_it_scanned_whatever_becomes_of_the_file(
    how: str, place: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its head was remembered before; what is quoted is neither nothing nor of two states."""
    shop: Shop = request.getfixturevalue(place)
    shop.make_ready()
    path, real = shop.sessions / LEAD, looking.learn

    def change_and_learn(*given: Any, **more: Any) -> knowing.Knowledge:
        if how == "gone":
            path.unlink()
        elif how == "moved":
            path.rename(shop.folder / "elsewhere.md")
        else:
            path.write_text(session_text("Another title", steps="1. Another step"))
        return real(*given, **more)

    monkeypatch.setattr(looking, "learn", change_and_learn)
    told = shop.whole_way("c2")
    assert f"To resume: .agents/sessions/{LEAD}, " in told.model
    assert "The retry is in and tested." in told.model
    assert "Write src/adapter.py" in told.model
    assert "Write src/adapter.py" in told.person
    assert "Another title" not in told.model + told.person
    assert "Another step" not in told.model + told.person


def test_one_client_s_answer_is_not_another_one_s(shop: "Shop") -> None:
    shop.make_ready()
    shop.environ = {"HOME": str(shop.home), "GEMINI_SESSION_ID": "g"}
    assert shop.at_once("c2") is None


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, in_git=True)


@pytest.fixture
def outside(tmp_path: Path) -> Shop:
    return Shop(tmp_path, in_git=False)


@pytest.mark.parametrize("place", ["shop", "outside"])
def test_a_second_start_is_answered_at_once(place: str, request: pytest.FixtureRequest) -> None:
    shop: Shop = request.getfixturevalue(place)
    first = shop.whole_way()
    assert "Weather fallback" in first.person
    assert shop.at_once() == first


@pytest.mark.parametrize("place", ["shop", "outside"])
def test_the_ages_in_it_are_those_of_the_moment_that_it_is_told(
    place: str, request: pytest.FixtureRequest
) -> None:
    shop: Shop = request.getfixturevalue(place)
    shop.make_ready()
    words: list[str] = []
    for hours in (1, 5, 20, 60):
        shop.now += timedelta(hours=hours)
        told = shop.at_once()
        assert told is not None
        assert told == shop.whole_way()
        words.append(told.model)
    assert "4 days ago" in words[-1]


def test_what_becomes_old_is_judged_anew(shop: Shop) -> None:
    shop.make_ready()
    shop.now += timedelta(days=31)
    assert shop.at_once() is None
    assert "Put aside" in shop.whole_way().person


def test_a_clock_that_was_set_back_makes_it_unready(shop: Shop) -> None:
    shop.make_ready()
    shop.now -= timedelta(days=2)
    assert shop.at_once() is None


# --- what it depends on --------------------------------------------------------------------------


def _edit_in_place(path: Path) -> None:
    """Change a file and give it its size and its times back, as a restored copy has them."""
    status = path.stat()
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(data.replace(b"Weather", b"Climate").replace(b"Cache", b"Store"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes().replace(b"in_progress", b"paused"))
    other.replace(path)


def _make_link(path: Path, other: Path) -> None:
    path.rename(other)
    path.symlink_to(other)


CHANGES: dict[str, Callable[[Shop], object]] = {
    "a document is changed": lambda shop: (shop.sessions / LEAD).write_text(session_text("New")),
    "one keeps its size and times": lambda shop: _edit_in_place(shop.sessions / OTHER),
    "one is replaced": lambda shop: _replace(shop.sessions / LEAD),
    "one is deleted": lambda shop: (shop.sessions / OTHER).unlink(),
    "one is renamed": lambda shop: (shop.sessions / LEAD).rename(shop.sessions / "20251204-x.md"),
    "one is new": lambda shop: add_session(shop.folder, "20251205-new.md", session_text("New")),
    "one is touched": lambda shop: os.utime(shop.sessions / LEAD),
    "one becomes a link": lambda shop: _make_link(shop.sessions / OTHER, shop.folder / "x.md"),
    "a session is left": lambda shop: (shop.folder / "NEXT_SESSION.md").write_text("# N\n"),
    "a handoff is written": lambda shop: commit(shop.folder, "docs/handoffs/2025-12-04-1430-x.md"),
    "the configuration is written": lambda shop: (
        shop.folder / ".agents" / "session-hooks.toml"
    ).write_text("[documents]\nmax_age_days = 1\n"),
    "a named file is made": lambda shop: (shop.folder / "src" / "adapter.py").write_text("x"),
    "a named file is gone": lambda shop: (shop.folder / "src" / "cache.py").unlink(),
    "an error is logged": lambda shop: hook_log.append(
        [str(shop.state)], hook_log.entry(shop.now, "p", "e", ValueError("x"))
    ),
    "something is committed": lambda shop: commit(shop.folder, "src/other.py"),
    "a branch is checked out": lambda shop: git(shop.folder, "checkout", "-q", "-b", "feat/x"),
    "a branch is made": lambda shop: git(shop.folder, "branch", "feat/y"),
    "a deep branch is made": lambda shop: git(shop.folder, "branch", "a/b/c"),
    "branches are packed": lambda shop: git(shop.folder, "pack-refs", "--all"),
    "something is staged": lambda shop: (
        (shop.folder / "staged.py").write_text("x"), git(shop.folder, "add", "staged.py"),
    ),
    "a worktree is made": lambda shop: git(
        shop.folder, "worktree", "add", "-q", str(shop.home / "tree"), "-b", "tree"
    ),
    "the last commit is amended": lambda shop: git(
        shop.folder, "commit", "-q", "--amend", "-m", "Other"
    ),
    "it becomes a repository of its own": lambda shop: git(shop.folder, "config", "a.b", "c"),
    "another conversation begins": lambda shop: shop.whole_way("c2"),
}  # fmt: skip
"""By what happens between two starts."""


ELSEWHERE: dict[str, Callable[[Shop], object]] = {
    "a document is written there": lambda shop: add_session(
        shop.tree, "20251206-there.md", session_text("There, too"), shop.now
    ),
    "one is changed": lambda shop: (shop.tree / ".agents" / "sessions" / THERE).write_text("# A"),
    "one is gone": lambda shop: (shop.tree / ".agents" / "sessions" / THERE).unlink(),
    "the folder is gone": lambda shop: shutil.rmtree(shop.tree / ".agents"),
    "another branch is checked out": lambda shop: git(shop.tree, "checkout", "-q", "-b", "feat/t"),
    "it is deleted": lambda shop: shutil.rmtree(shop.tree),
    "it is removed": lambda shop: git(shop.folder, "worktree", "remove", "--force", str(shop.tree)),
    "it is moved": lambda shop: git(
        shop.folder, "worktree", "move", str(shop.tree), str(shop.home / "moved")
    ),
    "there is one more": lambda shop: git(
        shop.folder, "worktree", "add", "-q", str(shop.home / "more"), "-b", "more"
    ),
    "git's own folder of it leads elsewhere": lambda shop: (
        shop.folder / ".git" / "worktrees" / "tree" / "commondir"
    ).write_text("../../x\n"),
    "it becomes old": lambda shop: setattr(shop, "now", shop.now + timedelta(days=29)),
}
"""By what happens in another worktree, or to it."""


@pytest.fixture
def with_tree(shop: Shop) -> Shop:
    git(shop.folder, "worktree", "add", "-q", str(shop.tree), "-b", "tree")
    written = shop.now - timedelta(days=2)
    add_session(shop.tree, THERE, session_text("There", updated=written), written)
    return shop


def test_other_worktrees_are_in_it(with_tree: Shop) -> None:
    told = with_tree.make_ready()
    assert '"There"' in told.model
    with_tree.now += timedelta(hours=3)
    assert with_tree.at_once() == with_tree.whole_way() != told


@pytest.mark.parametrize("change", ELSEWHERE)
def test_it_is_not_told_when_something_changed_in_another_worktree(
    change: str, with_tree: Shop
) -> None:
    with_tree.make_ready()
    ELSEWHERE[change](with_tree)
    with_tree.now += timedelta(minutes=1)
    assert with_tree.at_once() is None


def test_what_is_staged_in_another_worktree_leaves_it_ready(with_tree: Shop) -> None:
    told = with_tree.make_ready()
    git(with_tree.tree, "add", "-A")
    assert with_tree.at_once() == told == with_tree.whole_way()


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_not_told_when_something_changed(change: str, shop: Shop) -> None:
    shop.make_ready()
    CHANGES[change](shop)
    shop.now += timedelta(minutes=1)
    assert shop.at_once() is None


def test_another_version_s_answer_is_not_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.make_ready()
    code = stamps.code()
    monkeypatch.setattr(stamps, "code", lambda: [*code[:-1], sys.hexversion + 1])
    assert shop.at_once() is None
    assert shop.make_ready()


def test_code_that_was_changed_is_told_from_before(tmp_path: Path) -> None:
    folder = tmp_path / "session_hooks"
    shutil.copytree(Path(ready.__file__).parent, folder)
    script = "from session_hooks import stamps; print(stamps.code())"

    def code() -> str:
        env = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.check_output([sys.executable, "-c", script], env=env, text=True)

    before = code()
    assert str(folder) in before
    assert code() == before
    os.utime(folder / "formats", (1, 1))
    assert code() != before


NOT_READY: dict[str, dict[str, str]] = {
    "of an agent": {"agent_type": "reviewer"},
    "of a subagent": {"agent_id": "a1"},
    "that goes on": {"source": "resume"},
    "that was compacted": {"source": "compact"},
    "that is a fork": {"source": "fork"},
    "from a client that says no source": {"source": ""},
}


@pytest.mark.parametrize("which", NOT_READY)
def test_other_starts_go_the_whole_way(which: str, shop: Shop) -> None:
    shop.make_ready()
    assert shop.at_once(**NOT_READY[which]) is None


def test_a_start_that_nobody_attends_has_an_answer_of_its_own(shop: Shop) -> None:
    attended = shop.make_ready()
    shop.environ["CLAUDE_CODE_SESSION_ATTENDED"] = "0"
    assert shop.at_once() is None
    alone = shop.make_ready()
    assert alone.person == ""
    assert "asked" not in alone.model
    shop.environ["CLAUDE_CODE_SESSION_ATTENDED"] = "1"
    assert shop.at_once() == attended


def test_a_conversation_with_records_goes_the_whole_way(shop: Shop) -> None:
    shop.make_ready()
    (shop.home / "c1.jsonl").write_text("{}\n")
    assert shop.at_once() is None


def test_what_was_changed_just_before_it_was_read_is_read_again(shop: Shop) -> None:
    shop.now = datetime.now(UTC)
    shop.whole_way()
    assert shop.at_once() is None
    assert not list(shop.state.glob("ready-*"))


# --- what is remembered of it --------------------------------------------------------------------


def test_what_it_notes_is_remembered_as_that_of_any_other_start(shop: Shop) -> None:
    shop.make_ready()
    shop.end()
    assert shop.at_once("c2") is not None
    shop.end("c2", transcript_path=str(shop.home / "none"))
    store = Store(str(shop.state))
    log = store.log()
    store.close()
    by_id = {one.id: one for one in log.conversations}
    assert (
        by_id["c2"].ended
        == by_id["c2"].began
        == shop.now.replace(microsecond=shop.now.microsecond // 1000 * 1000)
    )
    assert by_id["c2"].branch_at_start == by_id["c1"].branch_at_start == "main"
    assert by_id["c2"].head_at_start == by_id["c1"].head_at_start
    told = {one.document for one in log.deliveries if one.conversation == "c2"}
    assert told == {one.document for one in log.deliveries if one.conversation == "c1"} != set()


def test_the_next_conversation_is_answered_at_once_when_the_one_before_has_ended(
    shop: Shop,
) -> None:
    first = shop.make_ready()
    for number in range(2, 5):
        assert shop.at_once(f"c{number}") is None  # another conversation is open
        shop.end(f"c{number - 1}")
        assert shop.at_once(f"c{number}") == first


def test_of_two_handlers_of_one_event_the_second_says_nothing(shop: Shop) -> None:
    shop.make_ready()
    shop.now += timedelta(minutes=1)
    event, seconds = shop.event("c1"), shop.now.timestamp()
    one, two = (ready.find(event, shop.environ, "/", seconds) for _ in range(2))
    assert isinstance(one, ready.Ready)
    assert isinstance(two, ready.Ready)
    assert one.note(seconds, "4711")
    assert not one.is_second
    assert two.note(seconds + 0.1, "4711")
    assert two.is_second
    shop.environ["CLAUDE_PID"] = "4711"
    assert shop.whole_way() == Told("", "")  # likewise of one that goes the whole way


def test_a_handler_that_went_the_whole_way_is_the_first_too(shop: Shop) -> None:
    shop.make_ready()
    shop.now += timedelta(minutes=1)
    found = ready.find(shop.event("c1"), shop.environ, "/", shop.now.timestamp())
    shop.environ["CLAUDE_PID"] = "4711"
    shop.whole_way()
    assert isinstance(found, ready.Ready)
    assert found.note(shop.now.timestamp() + 0.2, "4711")
    assert found.is_second


def test_a_neighbour_that_does_nothing_leaves_it_ready(shop: Shop) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        shop.whole_way("n", {"CLAUDE_PID": str(other.pid)})
        told = shop.make_ready("c1")
        assert "Another conversation is open here" in told.person
        (shop.home / "n.jsonl").write_text("{}\n")
        assert shop.at_once("c1") is None
        shop.make_ready("c1")
        other.communicate(b"\n")
    assert shop.at_once("c1") is None
    assert "never ended" not in shop.whole_way("c1").person


def test_the_conversation_that_the_same_client_went_on_from_is_no_neighbour(shop: Shop) -> None:
    with contextlib.ExitStack() as stack:
        one, other = (
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            )
            for _ in range(2)
        )
        shop.whole_way("a", {"CLAUDE_PID": str(one.pid)})
        for turn in range(2):  # whose answer names a
            shop.whole_way(f"b{turn}", {"CLAUDE_PID": str(other.pid)}, source="clear")
        shop.end("b1")
        seconds = shop.now.timestamp()
        found = ready.find(shop.event("a2", source="clear"), shop.environ, "/", seconds)
        assert isinstance(found, ready.Ready)
        assert not found.note(seconds, str(one.pid))  # its own end of a is still to be noted
        assert found.note(seconds, str(other.pid))
        for process in (one, other):
            process.communicate(b"\n")


def test_what_another_process_noted_meanwhile_is_not_in_an_answer_that_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = looking.learn

    def and_meanwhile(*given: Any) -> Any:
        found = learn(*given)
        store = Store(str(shop.state))
        store.note(Claim("PreCompact", "n", "", None, shop.now), conversation("n", shop))
        store.close()
        return found

    shop.whole_way()
    for path in shop.state.glob("ready-*"):
        path.unlink()
    monkeypatch.setattr(looking, "learn", and_meanwhile)
    shop.whole_way()
    assert not list(shop.state.glob("ready-*"))


def test_a_document_on_another_branch_becomes_old_too(shop: Shop) -> None:
    old = shop.now - timedelta(days=29)
    git(shop.folder, "checkout", "-q", "-b", "feat/x")
    name = ".agents/sessions/20251111-elsewhere.md"
    commit(shop.folder, name, when=old, text=session_text("Elsewhere", updated=old))
    git(shop.folder, "checkout", "-q", "main")
    settings = shop.folder / ".agents" / "session-hooks.toml"
    settings.write_text("[documents]\nbranches = true\n")
    shop.whole_way()
    assert "feat/x" in shop.make_ready().model
    shop.now += timedelta(days=2)
    assert shop.at_once() is None
    assert "Elsewhere" not in shop.whole_way().model


def test_what_goes_wrong_is_logged_in_the_project_of_the_event(shop: Shop) -> None:
    env = environment(shop.home, CLAUDE_CODE_SESSION_ATTENDED="1")
    time.sleep(2.1)  # what was changed just before it was read is read again
    run("session-start-hook", shop.event("c1"), env)
    (shop.state / "noted.jsonl").unlink()
    (shop.state / "noted.jsonl").mkdir()
    elsewhere = make_repository(shop.home / "elsewhere")
    ran = run("session-start-hook", shop.event("c1"), env, elsewhere)
    assert "Weather fallback" in ran.person
    assert "noted.jsonl" in (shop.state / "hook-errors.log").read_text()
    assert not (elsewhere / ".git" / "agent-session-hooks").exists()


def test_a_conversation_is_no_neighbour_of_itself(shop: Shop) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        shop.whole_way("n", {"CLAUDE_PID": str(other.pid)})
        assert "Another conversation is open" in shop.make_ready("c1").person
        shop.end("c1")
        assert shop.at_once("n") is None
        other.communicate(b"\n")


def test_a_neighbour_that_began_again_is_told_anew(shop: Shop) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        process = {"CLAUDE_PID": str(other.pid)}
        shop.whole_way("n", process)
        shop.make_ready("c1")
        shop.now += timedelta(hours=2)
        shop.whole_way("n", process, source="resume")
        assert shop.at_once("c1") is None
        other.communicate(b"\n")


def conversation(name: str, shop: Shop) -> Conversation:
    return Conversation(
        name, str(shop.folder), None, None, None, True, None, None, shop.now, shop.now
    )


def test_what_was_told_is_noted_only_where_nobody_is_about_to_clear_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.make_ready()
    monkeypatch.setattr(ready, "_WAIT_ONCE_TOLD", 0.01)
    seconds = shop.now.timestamp()
    found = ready.find(shop.event("c1"), shop.environ, "/", seconds)
    assert isinstance(found, ready.Ready)
    assert found.note(seconds, None)
    with Notes(str(shop.state), 1), pytest.raises(BusyError):
        found.note_told(seconds)


def test_an_end_that_was_noted_first_has_the_beginning_that_was_noted_later(shop: Shop) -> None:
    shop.make_ready()
    began = shop.now
    assert shop.at_once("c1") is not None
    noted = (shop.state / "noted.jsonl").read_text()
    (shop.state / "noted.jsonl").write_text("")
    store = Store(str(shop.state))
    store._connection.execute("DELETE FROM conversation")
    store.close()
    shop.now += timedelta(hours=1)
    shop.end("c1")
    (shop.state / "noted.jsonl").write_text(noted)
    shop.now += timedelta(hours=1)
    shop.whole_way("c9")
    store = Store(str(shop.state))
    (one,) = (row for row in store.log().conversations if row.id == "c1")
    store.close()
    assert one.ended is not None
    assert one.ended - one.began == timedelta(hours=1)
    assert abs(one.began - began) < timedelta(milliseconds=1)


@pytest.mark.parametrize("name", ["state.json", "noted.jsonl", "state.db-journal", "ready"])
def test_what_is_no_regular_file_is_not_waited_for(name: str, shop: Shop) -> None:
    told = shop.make_ready()
    path = next(shop.state.glob("ready-*")) if name == "ready" else shop.state / name
    path.unlink()
    os.mkfifo(path)
    began = time.monotonic()
    with contextlib.suppress(OSError):
        assert shop.at_once() is None
    path.unlink()
    assert shop.whole_way() == told
    assert time.monotonic() - began < 5


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "without its text": lambda kept: kept.pop("model"),
    "without what was told": lambda kept: kept.pop("told"),
    "seen at no time": lambda kept: kept.update(seen=float("inf")),
    "told something else": lambda kept: kept.update(told=[1]),
    "others of another kind": lambda kept: kept.update(others=[[]]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_answer_that_somebody_edited_disturbs_nothing(
    edit: Callable[[dict[str, Any]], object], shop: Shop
) -> None:
    env = environment(shop.home, CLAUDE_CODE_SESSION_ATTENDED="1")
    time.sleep(2.1)  # what was changed just before it was read is read again
    for _ in range(2):
        run("session-start-hook", shop.event("c1"), env)
    (path,) = shop.state.glob("ready-*")
    kept = json.loads(path.read_text())
    edit(kept)
    path.write_text(json.dumps(kept))
    ran = run("session-start-hook", shop.event("c1"), env)
    assert (ran.code, ran.err) == (0, "")
    assert "Weather fallback" in ran.person


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}", '{"form": 1}', "\xff", "[" * 9999])
@pytest.mark.parametrize("file", ["ready-*.json", "state.json"])
def test_a_file_that_is_broken_is_made_anew(file: str, text: str, shop: Shop) -> None:
    told = shop.make_ready()
    for path in shop.state.glob(file):
        path.write_text(text, encoding="latin-1")
    assert shop.at_once() is None
    assert shop.whole_way() == told
    assert shop.at_once() == told


STRANGE = {
    "deep": '{"began": ' + "[" * 100_000,
    "a number that is none": '{"began": [["k", 99999999999999999999999], ["c", "/x", null, '
    '"startup", null, true, null, null, 1, 1, null, null]]}',
    "without a project": '{"began": [["k", 1], ["c", null, null, "startup", null, true, null, '
    "null, 1, 1, null, null]]}",
    "of the far future": '{"began": [["k", 1], ["c", "/x", null, "startup", null, true, null, '
    "null, 250000000000000, 250000000000000, null, null]]}",
    "told nothing": '{"told": ["c", 5, "startup", [[null, "d", "f"]]]}',
    "told by nobody": '{"told": [null, 5, "startup", [["a", "d", "f"]]]}',
    "an object in a row": '{"told": ["c", 5, "startup", [["a", {}, "f"]]]}',
}


@pytest.mark.parametrize("line", STRANGE.values(), ids=STRANGE)
def test_a_strange_line_stops_nothing(line: str, shop: Shop) -> None:
    shop.make_ready()
    with (shop.state / "noted.jsonl").open("a") as file:
        file.write(f"\n{line}\n")
    shop.now += timedelta(minutes=1)
    assert "Weather fallback" in shop.whole_way("c5").person
    assert (shop.state / "noted.jsonl").read_text() == ""
    store = Store(str(shop.state))
    assert {one.id for one in store.log().conversations} == {"c1", "c5"}
    store.close()


def test_lines_that_nobody_noted_are_passed_over_and_said(shop: Shop) -> None:
    shop.make_ready()
    with (shop.state / "noted.jsonl").open("a") as file:
        file.write('\n{"began": []}\n[1]\n{"told": [1, 2, 3, [4]]}\ncut off')
    shop.now += timedelta(minutes=1)
    shop.whole_way()
    assert "3 lines of" in (shop.state / "hook-errors.log").read_text()
    assert (shop.state / "noted.jsonl").read_text() == ""


# --- what an end leaves --------------------------------------------------------------------------


@pytest.mark.parametrize("attended", ["1", "0"])
@pytest.mark.parametrize("place", ["shop", "outside"])
def test_the_first_start_after_work_is_answered_at_once(
    place: str, attended: str, request: pytest.FixtureRequest
) -> None:
    shop: Shop = request.getfixturevalue(place)
    shop.environ["CLAUDE_CODE_SESSION_ATTENDED"] = attended
    before = shop.make_ready()
    shop.now += timedelta(minutes=5)
    add_session(shop.folder, "20251205-090000-new.md", session_text("Something new"), shop.now)
    shop.now += timedelta(minutes=1)
    shop.end()
    shop.now += timedelta(minutes=1)
    told = shop.at_once("c2")
    assert told is not None
    assert "Something new" in told.model
    assert told != before
    shop.end("c2")
    assert shop.whole_way("c3") == told


def _die(shop: Shop) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as client:
        shop.whole_way("dead", {"CLAUDE_PID": str(client.pid)})
        client.communicate(b"\n")


def _leave_a_handoff(shop: Shop) -> None:
    with (shop.folder / ".git" / "info" / "exclude").open("a") as file:
        file.write("NEXT_SESSION.md\n")
    (shop.folder / "NEXT_SESSION.md").write_text("# Next\n\n## What's Next\n\nCache it.\n")


def _put_into_the_archive(shop: Shop) -> None:
    archived = shop.state / "archive" / "20251201T090000.000000Z-NEXT_SESSION.md"
    archived.parent.mkdir(exist_ok=True)
    archived.write_text("# Next\n")


WAITED: dict[str, Callable[[Shop], object]] = {
    "a handoff is to be taken": _leave_a_handoff,
    "an error is to be told": lambda shop: hook_log.append(
        [str(shop.state)], hook_log.entry(shop.now, "p", "e", ValueError("x"))
    ),
    "the configuration is wrong": lambda shop: (
        shop.folder / ".agents" / "session-hooks.toml"
    ).write_text("[context]\nbugdet = 1\n"),
    "something is in the archive": _put_into_the_archive,
    "a conversation died": _die,
}


@pytest.mark.parametrize("what", WAITED)
def test_an_end_leaves_no_answer_where_a_start_would_do_more_than_tell_it(
    what: str, shop: Shop
) -> None:
    shop.make_ready()
    WAITED[what](shop)
    for path in shop.state.glob("ready-*"):
        path.unlink()
    shop.now += timedelta(minutes=1)
    shop.end()
    assert not list(shop.state.glob("ready-*"))


@pytest.mark.parametrize("reason", ["clear", "resume"])
def test_an_end_that_somebody_waits_for_leaves_none(reason: str, shop: Shop) -> None:
    shop.make_ready()
    for path in shop.state.glob("ready-*"):
        path.unlink()
    shop.end(reason=reason)
    assert not list(shop.state.glob("ready-*"))


def test_an_end_that_takes_long_leaves_none_and_says_no_word_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.make_ready()
    for path in shop.state.glob("ready-*"):
        path.unlink()
    monkeypatch.setattr(starting, "foresee", lambda *_: time.sleep(20))
    began = time.monotonic()
    shop.end()
    assert time.monotonic() - began < 10
    assert not list(shop.state.glob("ready-*"))
    assert not (shop.state / "hook-errors.log").exists()
    monkeypatch.setattr(ending, "_WHILE_THERE_IS_TIME", 0)
    monkeypatch.setattr(starting, "foresee", lambda *_: pytest.fail("there is no time"))
    shop.end()


# --- any sequence --------------------------------------------------------------------------------


def _write_something(shop: Shop, chance: random.Random, path: Path) -> None:
    moment = shop.now - timedelta(hours=chance.choice([-2, 1, 30, 200, 1000]))
    status = chance.choice(["in_progress", "paused", "completed", "odd"])
    branch = chance.choice([None, "main", "feat/x"])
    title = chance.choice(["One", "Two"])
    path.write_text(session_text(title, status, updated=moment, steps=STEPS, branch=branch))
    if chance.random() < 0.5:
        os.utime(path, (moment.timestamp(), moment.timestamp()))


def _do_something(shop: Shop, chance: random.Random) -> None:  # noqa: C901  each case one thing
    """Do what may happen between two starts; as often nothing."""
    path = shop.sessions / chance.choice([LEAD, OTHER, "20251206-third.md", "20251207-fourth.md"])
    source = shop.folder / "src" / chance.choice(["adapter.py", "cache.py"])
    source.parent.mkdir(exist_ok=True)
    match chance.randrange(20):
        case 0 | 1:
            _write_something(shop, chance, path)
        case 2 if path.exists():
            _edit_in_place(path)
        case 3:
            path.unlink(missing_ok=True)
        case 4:
            source.unlink(missing_ok=True)
        case 5:
            source.write_text("x")
        case 6:
            (shop.folder / "notes.txt").write_text("nothing of it")
        case 7 if shop.in_git:
            commit(shop.folder, "src/work.py", when=shop.now - timedelta(hours=1))
        case 8 if shop.in_git:
            git(shop.folder, "add", "-A")
        case 9 if shop.in_git:
            git(shop.folder, "checkout", "-q", "-f", "-B", chance.choice(["main", "feat/x"]))
        case 10 | 14 | 15:
            _go_on(shop, chance)
        case 11 | 12 | 13 if shop.in_git:
            _work_elsewhere(shop, chance)


def _go_on(shop: Shop, chance: random.Random) -> None:
    """End a conversation, in which somebody has spoken or not."""
    if chance.random() < 0.4:
        transcript(shop.home / f"{shop.current}.jsonl", spoke(shop.now - timedelta(minutes=9)))
    shop.end(shop.current)
    shop.current = f"c{chance.random()}"


def _work_elsewhere(shop: Shop, chance: random.Random) -> None:
    """Do what may happen in another worktree, after making it where there is none."""
    tree = shop.tree
    if not tree.exists():
        git(shop.folder, "worktree", "prune")
        git(shop.folder, "worktree", "add", "-q", "-B", "tree", str(tree))
        return
    match chance.randrange(8):
        case 0:
            shutil.rmtree(tree)
        case 1:
            git(shop.folder, "worktree", "remove", "--force", str(tree))
        case 2:
            git(tree, "checkout", "-q", "-f", "-B", chance.choice(["tree", "feat/tree"]))
        case 3:
            git(tree, "add", "-A")
        case 4:
            shutil.rmtree(tree / ".agents", ignore_errors=True)
        case _:
            path = tree / ".agents" / "sessions" / chance.choice([LEAD, "20251208-tree.md"])
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_something(shop, chance, path)


@pytest.mark.parametrize("in_git", [True, False])
@pytest.mark.parametrize("seed", range(20 if STRESS else 6))
def test_it_is_what_the_whole_way_finds_whatever_happened(
    seed: int, *, in_git: bool, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    shop = Shop(tmp_path, in_git=in_git)
    shop.make_ready()
    at_once = 0
    for step in range(25):
        _do_something(shop, chance)
        time.sleep(0.01)  # the clock of the file system ticks
        spans = [timedelta(seconds=3), timedelta(hours=1), timedelta(days=2)]
        shop.now += chance.choices(spans, (6, 3, 1))[0]
        name = chance.choices([shop.current, f"n{step}"], (7, 3))[0]
        told = shop.at_once(name)
        found = shop.whole_way(name)
        if told is not None:
            at_once += 1
            assert told == found
        if name != shop.current:
            shop.end(name)
    assert at_once  # else nothing was compared
