"""The prepared answer is the one that a start would find that goes the whole way."""

import contextlib
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from helpers import (
    STRESS,
    add_session,
    commit,
    git,
    in_processes,
    make_repository,
    session_text,
    spoke,
    transcript,
)
from session_hooks.events import context, entry, prepared, session_end, session_start
from session_hooks.events.context import Event, Surroundings
from session_hooks.evidence import cache
from session_hooks.memory import conversations, process
from session_hooks.memory.model import Claim, Conversation
from session_hooks.memory.store import Log, Store
from session_hooks.project import error_log
from session_hooks.project.hooks import SESSION_START
from session_hooks.util import stamps

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
        return self.answer(self.event(name, **event))

    def answer(self, event: dict[str, object], pid: str | None = None) -> Told | None:
        """Answer an event with what is prepared; ``pid`` is the client's process."""
        environ = self.environ | ({"CLAUDE_PID": pid} if pid else {})
        found = prepared.answer(event, environ, "/", self.now.timestamp())
        return Told(found.model, found.person) if found else None

    def prepared(self) -> list[dict[str, Any]]:
        """Return the answers that are kept."""
        with closing(sqlite3.connect(self.state / "state.db")) as database:
            rows = database.execute("SELECT answer FROM prepared").fetchall()
        return [json.loads(text) for (text,) in rows]

    def log(self) -> Log:
        """Return all that is remembered."""
        with closing(Store(str(self.state))) as store:
            return store.log()

    def spoil(self, statement: str, *given: object) -> None:
        """Do something to the database."""
        with closing(sqlite3.connect(self.state / "state.db")) as database, database:
            database.execute(statement, given)

    def forget(self) -> None:
        """Forget the answers that are kept."""
        self.spoil("DELETE FROM prepared")

    def whole_way(
        self, name: str = "c1", environ: dict[str, str] | None = None, **event: str
    ) -> Told:
        around = Surroundings(self.now, self.environ | (environ or {}), "/")
        output = session_start.handle(Event.parse(self.event(name, **event)), around)
        output.once_written()
        answer = json.loads(output.stdout or "{}")
        context = answer.get("hookSpecificOutput", {}).get("additionalContext", "")
        return Told(context, answer.get("systemMessage", ""))

    def end(self, name: str = "c1", **event: str) -> None:
        given = self.event(name) | {"hook_event_name": "SessionEnd", "reason": "other"} | event
        around = Surroundings(self.now, self.environ, "/")
        session_end.handle(Event.parse(given), around).once_written()

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
    shop.now += timedelta(seconds=5)  # within two, it would be the same event
    told = shop.whole_way(source="new")
    shop.now += timedelta(seconds=5)
    for name in [name for name in os.environ if name.startswith("CLAUDE")]:
        monkeypatch.delenv(name)
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(time, "time", shop.now.timestamp)
    event = json.dumps(shop.event("c1", source="new")).encode()
    assert entry.answer_at_once(SESSION_START, event) == 0
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
    path, real = shop.sessions / LEAD, context.load_facts

    def change_and_learn(*given: Any, **more: Any) -> cache.Knowledge:
        if how == "gone":
            path.unlink()
        elif how == "moved":
            path.rename(shop.folder / "elsewhere.md")
        else:
            path.write_text(session_text("Another title", steps="1. Another step"))
        return real(*given, **more)

    monkeypatch.setattr(session_start, "load_facts", change_and_learn)
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
    "an error is logged": lambda shop: error_log.append(
        [str(shop.state)], error_log.entry(shop.now, "p", "e", ValueError("x"))
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
    shutil.copytree(Path(prepared.__file__).parents[1], folder)
    script = "from session_hooks.util import stamps; print(stamps.code())"

    def code() -> str:
        env = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.check_output([sys.executable, "-c", script], env=env, text=True)

    before = code()
    assert str(folder) in before
    assert code() == before
    os.utime(folder / "documents" / "formats", (1, 1))
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
    assert not shop.prepared()


# --- what is remembered of it --------------------------------------------------------------------


def test_the_prompt_that_came_with_a_start_is_remembered(shop: Shop) -> None:
    shop.make_ready()
    shop.end()
    assert shop.at_once("c2", initial_prompt="Hello there") is not None
    assert {one.id: one.had_prompt for one in shop.log().conversations}["c2"] is True


def test_what_it_notes_is_remembered_as_that_of_any_other_start(shop: Shop) -> None:
    shop.make_ready()
    shop.end()
    assert shop.at_once("c2") is not None
    shop.end("c2", transcript_path=str(shop.home / "none"))
    log = shop.log()
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
    told = shop.make_ready()
    shop.now += timedelta(minutes=1)
    event = shop.event("c1")
    assert shop.answer(event, "4711") == told
    shop.now += timedelta(milliseconds=100)
    assert shop.answer(event, "4711") == Told("", "")
    shop.environ["CLAUDE_PID"] = "4711"
    assert shop.whole_way() == Told("", "")  # likewise of one that goes the whole way
    assert len(shop.log().deliveries) == len({one.document for one in shop.log().deliveries}) * 4


def test_of_eight_handlers_of_one_event_one_speaks(shop: Shop) -> None:
    told = shop.make_ready()
    shop.now += timedelta(minutes=1)

    def answer(number: int) -> None:
        found = shop.answer(shop.event("c1"), "4711")
        (shop.home / f"{number}.said").write_text("" if found is None else found.model)

    in_processes(answer, 8)
    said = [path.read_text() for path in shop.home.glob("*.said")]
    assert [text for text in said if text] == [told.model]


def test_a_handler_that_went_the_whole_way_is_the_first_too(shop: Shop) -> None:
    shop.make_ready()
    shop.now += timedelta(minutes=1)
    shop.whole_way(environ={"CLAUDE_PID": "4711"})
    shop.now += timedelta(milliseconds=200)
    assert shop.answer(shop.event("c1"), "4711") == Told("", "")


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


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process can be looked at."""
    monkeypatch.setattr(process, "_PROC", "/nowhere")


@pytest.mark.usefixtures("unseen")
def test_where_no_process_can_be_looked_at_a_neighbour_counts_for_a_while(shop: Shop) -> None:
    shop.whole_way("n", {"CLAUDE_PID": "4711"})
    shop.now += timedelta(minutes=9)
    told = shop.make_ready("c1")
    assert "Another conversation is open here" in told.person
    shop.now += timedelta(minutes=2)
    assert shop.at_once("c1") is None
    assert "Another conversation is open here" not in shop.whole_way("c1").person
    assert shop.at_once("c1") == shop.whole_way("c1")
    shop.end("c1")
    assert shop.at_once("c2") == shop.whole_way("c2")


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("what", ["writes", "ends", "goes on"])
def test_where_no_process_can_be_looked_at_what_a_neighbour_does_is_seen(
    what: str, shop: Shop
) -> None:
    shop.whole_way("n", {"CLAUDE_PID": "4711"})
    shop.make_ready("c1")
    shop.now += timedelta(minutes=1)
    if what == "writes":
        (shop.home / "n.jsonl").write_text("{}\n")
    elif what == "ends":
        shop.end("n")
    else:
        shop.whole_way("n", {"CLAUDE_PID": "4711"}, source="resume")
    shop.now += timedelta(minutes=1)
    assert shop.at_once("c1") is None


def test_of_more_neighbours_than_are_looked_at_the_answer_is_the_same(shop: Shop) -> None:
    for number in range(conversations.MOST + 3):
        shop.whole_way(f"n{number}")
        shop.now += timedelta(seconds=5)
    told = shop.make_ready("c1")
    shop.now += timedelta(seconds=5)
    assert shop.at_once("c1") == told == shop.whole_way("c1")


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
        event = shop.event("a2", source="clear")
        assert shop.answer(event, str(one.pid)) is None  # its own end of a is still to be noted
        assert shop.answer(event, str(other.pid))
        for client in (one, other):
            client.communicate(b"\n")


def test_what_another_process_noted_meanwhile_is_not_in_an_answer_that_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = context.load_facts

    def and_meanwhile(*given: Any) -> Any:
        found = learn(*given)
        store = Store(str(shop.state))
        store.record_event(Claim("PreCompact", "n", "", None, shop.now), conversation("n", shop))
        store.close()
        return found

    shop.whole_way()
    shop.forget()
    monkeypatch.setattr(session_start, "load_facts", and_meanwhile)
    shop.whole_way()
    assert not shop.prepared()


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


def test_a_conversation_is_no_neighbour_of_itself(shop: Shop) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        shop.whole_way("n", {"CLAUDE_PID": str(other.pid)})
        assert "Another conversation is open" in shop.make_ready("c1").person
        shop.end("c1")
        assert shop.at_once("n") is None
        other.communicate(b"\n")


def test_a_neighbour_that_began_again_is_told_anew(shop: Shop) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        its = {"CLAUDE_PID": str(other.pid)}
        shop.whole_way("n", its)
        shop.make_ready("c1")
        shop.now += timedelta(hours=2)
        shop.whole_way("n", its, source="resume")
        assert shop.at_once("c1") is None
        other.communicate(b"\n")


def conversation(name: str, shop: Shop) -> Conversation:
    return Conversation(
        name, str(shop.folder), None, None, None, True, None, None, shop.now, shop.now
    )


@pytest.mark.parametrize("name", ["state.db", "state.db-journal"])
def test_what_is_no_regular_file_is_not_waited_for(name: str, shop: Shop) -> None:
    told = shop.make_ready()
    path = shop.state / name
    path.unlink()
    os.mkfifo(path)
    began = time.monotonic()
    assert shop.at_once() is None
    assert time.monotonic() - began < 5
    path.unlink()
    assert shop.whole_way() == told


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
    told = shop.make_ready()
    (kept,) = shop.prepared()
    edit(kept)
    shop.spoil("UPDATE prepared SET answer = ?", json.dumps(kept))
    before = shop.log()
    assert shop.at_once() is None
    assert shop.log() == before  # nothing of it is noted in part
    assert shop.whole_way() == told
    assert shop.at_once() == told


ROWS: dict[str, object] = {
    "empty": "", "cut off": "{", "a list": "[1]", "a text": '"x"', "a number": 7, "nothing": "{}",
    "null": "null", "no text": b"\xff", "deep": "[" * 100_000, "a moment": '{"made": []}',
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_that_is_damaged_is_made_anew(row: object, shop: Shop) -> None:
    told = shop.make_ready()
    shop.spoil("UPDATE prepared SET answer = ?", row)
    assert shop.at_once() is None
    assert shop.whole_way() == told
    assert shop.at_once() == told


SPOILT = {
    "a later version's": "PRAGMA user_version = 99",
    "a former version's": "PRAGMA user_version = 1",
    "without its table": "DROP TABLE prepared",
    "with another table": "ALTER TABLE event RENAME TO other",
}


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_another_database_answers_nothing(statement: str, shop: Shop) -> None:
    shop.make_ready()
    shop.spoil(statement)
    assert shop.answer(shop.event("c1"), "4711") is None


def test_a_view_that_never_ends_is_not_waited_for(shop: Shop) -> None:
    shop.make_ready()
    shop.spoil("ALTER TABLE chore RENAME TO other")
    shop.spoil(
        "CREATE VIEW chore AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT 'prune' AS name, x AS \"when\" FROM n"
    )
    began = time.monotonic()
    assert shop.at_once() is None
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_database_that_is_locked_is_waited_for_for_a_moment(lock: str, shop: Shop) -> None:
    told = shop.make_ready()
    with closing(sqlite3.connect(shop.state / "state.db", isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")
        began = time.monotonic()
        assert shop.at_once() is None
        assert time.monotonic() - began < 1
        other.execute("ROLLBACK")
    assert shop.at_once() == told


def test_where_the_disk_is_full_nothing_is_told_that_could_not_be_noted(shop: Shop) -> None:
    told = shop.make_ready()
    before = shop.log()

    def with_no_room(_: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        assert shop.at_once() is None

    in_processes(with_no_room, 1)
    assert shop.log() == before
    assert shop.at_once() == told


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
    "an error is to be told": lambda shop: error_log.append(
        [str(shop.state)], error_log.entry(shop.now, "p", "e", ValueError("x"))
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
    shop.forget()
    shop.now += timedelta(minutes=1)
    shop.end()
    assert not shop.prepared()


@pytest.mark.parametrize("reason", ["clear", "resume"])
def test_an_end_that_somebody_waits_for_leaves_none(reason: str, shop: Shop) -> None:
    shop.make_ready()
    shop.forget()
    shop.end(reason=reason)
    assert not shop.prepared()


def test_an_end_that_takes_long_leaves_none_and_says_no_word_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.make_ready()
    shop.forget()
    monkeypatch.setattr(session_start, "foresee", lambda *_: time.sleep(20))
    began = time.monotonic()
    shop.end()
    assert time.monotonic() - began < 10
    assert not shop.prepared()
    assert not (shop.state / "hook-errors.log").exists()
    monkeypatch.setattr(session_end, "_WHILE_THERE_IS_TIME", 0)
    monkeypatch.setattr(session_start, "foresee", lambda *_: pytest.fail("there is no time"))
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
