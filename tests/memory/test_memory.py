"""What keeps a hook from its memory keeps nothing from the conversation."""

import json
import random
import re
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers import (
    PROGRAMS,
    ROOT,
    STRESS,
    Ran,
    ago,
    edited,
    facts_of,
    in_processes,
    iso,
    run,
    spoke,
    transcript,
)
from session_hooks.events import conversation
from session_hooks.events.context import Event, Recalled, Surroundings, read_context
from session_hooks.memory.database import MIGRATIONS, NAME
from session_hooks.memory.memory import Memory, for_hook
from session_hooks.memory.model import Delivery, Past
from session_hooks.memory.store import NewerSchemaError, Store
from session_hooks.project.project import project_at

LEAD = "Weather fallback"
NEXT = "# Next Session\n\n## What's Next\n\n**Immediate action**: Write the storage class\n"
EVENTS = {
    "session-start-hook": {"hook_event_name": "SessionStart", "source": "startup"},
    "pre-compact-hook": {"hook_event_name": "PreCompact", "trigger": "manual"},
    "session-end-hook": {"hook_event_name": "SessionEnd", "reason": "prompt_input_exit"},
}
SECONDS = {"session-start-hook": 5, "pre-compact-hook": 5, "session-end-hook": 1.5}
"""Inside what Claude Code gives each, on a busy machine too; the last one's own limit is 0.9."""
CODES = {"session-start-hook": (0,), "pre-compact-hook": (0,), "session-end-hook": (0, 2)}


@pytest.fixture
def left(project: Path) -> Path:
    """What was left for the next conversation, in a project with session files."""
    path = project / "NEXT_SESSION.md"
    path.write_text(NEXT)
    return path


@pytest.fixture
def state(project: Path) -> Path:
    return project / ".git" / "agent-session-hooks"


def hook(
    program: str,
    project: Path,
    env: dict[str, str],
    name: str = "one",
    *,
    is_bound: bool = False,
    limit: Callable[[], None] | None = None,
) -> Ran:
    """Run a hook of a conversation that did something; it always ends well, and in time."""
    worked = edited(project.parent / "elsewhere", ago(minutes=30))
    said = transcript(project.parent / f"{name}.jsonl", spoke(ago(hours=1)), worked)
    said.chmod(0o644)
    event = EVENTS[program] | {
        "session_id": name,
        "cwd": str(project),
        "transcript_path": str(said),
    }
    began = time.monotonic()
    ran = (
        limited(program, event, env, limit)
        if limit
        else run(program, event, env, is_bound=is_bound)
    )
    seconds = time.monotonic() - began
    assert ran.code in CODES[program], ran
    assert seconds < SECONDS[program]
    assert "Traceback" not in ran.err
    return ran


def limited(
    program: str, event: dict[str, str], env: dict[str, str], limit: Callable[[], None]
) -> Ran:
    done = subprocess.run(
        [PROGRAMS / program],
        input=json.dumps(event).encode(),
        capture_output=True,
        env=env,
        timeout=30,
        check=False,
        preexec_fn=limit,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def carries_the_documents(ran: Ran) -> bool:
    return LEAD in ran.out + ran.err


def entries(folder: Path) -> list[str]:
    """What hook-errors.log says, entry by entry."""
    log = folder / "hook-errors.log"
    return re.split(r"^(?=== )", log.read_text(), flags=re.MULTILINE)[1:] if log.exists() else []


def at_the_start(data: bytearray) -> None:
    data[:4096] = random.Random(1).randbytes(4096)


def all_over(data: bytearray) -> None:
    data[:] = random.Random(2).randbytes(len(data))


def in_the_middle(data: bytearray) -> None:
    data[4096:] = random.Random(3).randbytes(len(data) - 4096)


def truncated(data: bytearray) -> None:
    del data[6000:]


def no_database(data: bytearray) -> None:
    data[:] = b"PRIVATE NOTES\n" * 100


NOISES = (at_the_start, all_over, in_the_middle, truncated, no_database)


class TestNoise:
    @pytest.mark.parametrize(
        ("noise", "program"),
        [
            *((noise, "session-start-hook") for noise in NOISES),
            (all_over, "pre-compact-hook"),
            (in_the_middle, "session-end-hook"),
        ],
    )
    def test_a_broken_memory_is_kept_and_a_new_one_begun(
        self,
        noise: Callable[[bytearray], None],
        program: str,
        project: Path,
        env: dict[str, str],
        state: Path,
    ) -> None:
        Store(str(state)).close()
        data = bytearray((state / NAME).read_bytes())
        noise(data)
        (state / NAME).write_bytes(data)
        (state / f"{NAME}-journal").write_bytes(b"of the broken one")
        assert carries_the_documents(hook(program, project, env, "one"))
        hook(program, project, env, "two")
        (kept,) = (path for path in state.glob(f"{NAME}.broken-*") if "journal" not in path.name)
        assert kept.read_bytes() == data
        (entry,) = entries(state)
        assert f"the bytes of the old one are kept in {kept}" in entry
        assert (state / f"{NAME}-journal").read_bytes() != b"of the broken one"
        with closing(Store(str(state))) as store:
            assert "two" in {row.id for row in store.log().conversations}

    def test_the_person_is_told_once(self, project: Path, env: dict[str, str], state: Path) -> None:
        state.mkdir()
        (state / NAME).write_bytes(b"noise" * 2000)
        told = [hook("session-start-hook", project, env, name).person for name in ("a", "b", "c")]
        assert ["hook-errors.log" in person for person in told] == [True, False, False]

    def test_what_was_left_is_read_all_the_same(
        self, left: Path, project: Path, env: dict[str, str], state: Path
    ) -> None:
        state.mkdir()
        (state / NAME).write_bytes(b"noise" * 2000)
        assert "Write the storage class" in hook("session-start-hook", project, env).model
        copies = [path.read_text() for path in (state / "archive").iterdir()]
        assert copies == [NEXT]

    @pytest.mark.parametrize("turn", range(20 if STRESS else 2))
    def test_of_many_hooks_that_find_it_broken_one_begins_it_anew(
        self, turn: int, tmp_path: Path
    ) -> None:
        (tmp_path / NAME).write_bytes(b"noise" * 2000)

        def begin(number: int) -> None:
            said: list[BaseException] = []
            memory = Memory([str(tmp_path)], said.append)
            memory.open(create=True)
            is_taken = memory.do(_check, otherwise=False)
            memory.close()
            words = {str(error) for error in said}
            assert words <= {"file is not a database", "database is locked"}, words
            assert is_taken or "database is locked" in words

        in_processes(begin, 8)
        (kept,) = tmp_path.glob(f"{NAME}.broken-*")
        assert kept.read_bytes() == b"noise" * 2000
        with closing(Store(str(tmp_path))) as store:
            store.check()

    def test_what_another_process_has_begun_anew_is_left_alone(self, tmp_path: Path) -> None:
        folder = str(tmp_path)
        memory = Memory([folder], _ignore)
        memory.open(create=True)

        def fail(store: Store) -> bool:
            faster = Memory([folder], _ignore)
            (tmp_path / NAME).write_bytes(b"noise" * 2000)
            faster.open(create=True)
            faster.close()
            with closing(Store(folder)) as other:
                other.record([Delivery("one", "a.md", "ab", ago(), None)])
            error = sqlite3.DatabaseError("malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        assert not memory.do(fail, otherwise=False)
        assert [path.name for path in tmp_path.glob("*.broken-?")] == [f"{NAME}.broken-1"]
        with closing(Store(folder)) as store:
            assert store._rows(Delivery, "", ())

    def test_noise_anywhere_stops_nothing(self, tmp_path: Path) -> None:
        """What SQLite doesn't see at once is found out later, or is a row like any other."""
        shutil.copy(ROOT / "tests" / "data" / "state-1.db", tmp_path / NAME)
        Store(str(tmp_path)).close()  # of the version that is current
        whole = (tmp_path / NAME).read_bytes()
        draw, size = random.Random(4), len(whole)
        for turn in range(2000 if STRESS else 150):
            folder = tmp_path / f"{turn}"
            folder.mkdir()
            data = bytearray(whole)
            for _ in range(draw.choice((1, 4, 30))):
                at, length = draw.randrange(size), draw.choice((1, 8, 200))
                data[at : at + length] = draw.randbytes(min(length, size - at))
            (folder / NAME).write_bytes(data)
            for _ in range(4):  # the later ones find what the earlier ones left
                said: list[BaseException] = []
                memory = Memory([str(folder)], said.append)
                memory.open(create=True)
                memory.do(lambda store: store.recall("/work/shop", "one"), Past())
                memory.do(_check, otherwise=False)
                works = memory.works
                memory.close()
            if not works:  # what may be a later version, of ours or of SQLite, is left alone
                error = said[-1]
                code = getattr(error, "sqlite_errorcode", None)
                assert isinstance(error, NewerSchemaError) or code == sqlite3.SQLITE_ERROR, said
                assert (folder / NAME).read_bytes() == data
            shutil.rmtree(folder)


def _ignore(error: BaseException) -> None:
    pass


def _check(store: Store) -> bool:
    store.check()
    return True


class TestLocked:
    @pytest.fixture(params=["IMMEDIATE", "EXCLUSIVE"])
    def locked(
        self, request: pytest.FixtureRequest, project: Path, env: dict[str, str], state: Path
    ) -> Iterator[None]:
        """Another process has the database, for longer than any hook may wait."""
        Store(str(state)).close()
        with closing(sqlite3.connect(state / NAME, isolation_level=None)) as other:
            other.execute(f"BEGIN {request.param}")
            yield
            other.execute("ROLLBACK")

    @pytest.mark.parametrize("program", EVENTS)
    def test_the_documents_are_told_in_time(
        self, program: str, locked: None, project: Path, env: dict[str, str], state: Path
    ) -> None:
        left = project / "NEXT_SESSION.md"
        left.write_text(NEXT)
        ran = hook(program, project, env)
        assert carries_the_documents(ran)
        assert left.read_text() == NEXT
        assert not list((state / "archive").glob("*"))
        (entry,) = entries(state)
        assert "database is locked" in entry
        if program == "session-start-hook":
            assert "Write the storage class" in ran.model


@pytest.mark.parametrize(
    ("program", "exists", "room"),
    [
        *(("session-start-hook", False, room) for room in (0, 20_000)),
        *(("session-start-hook", True, room) for room in (0, 1000, 69_000)),
        ("pre-compact-hook", False, 0),
        ("session-end-hook", True, 0),
    ],
)
def test_where_no_file_can_grow_the_documents_are_told(
    program: str,
    exists: bool,
    room: int,
    left: Path,
    project: Path,
    env: dict[str, str],
    state: Path,
) -> None:
    if exists:
        Store(str(state)).close()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    ran = hook(program, project, env, limit=limit)
    assert carries_the_documents(ran)
    places = [left, *(state / "archive").glob("*")]
    assert NEXT in [path.read_text() for path in places if path.exists()]
    if program == "session-start-hook":
        assert "Write the storage class" in ran.model
    if program == "session-start-hook" and left.exists():
        # When there is room again, all is as ever.
        assert "Write the storage class" in hook(program, project, env, "two").model
        assert not left.exists()
        assert NEXT in [path.read_text() for path in (state / "archive").glob("*")]


class TestUnwritable:
    @pytest.fixture
    def barred(self, left: Path, project: Path) -> Iterator[Path]:
        """A repository that its reader may not write to."""
        folders = (project, project / ".git")
        for folder in folders:
            folder.chmod(0o555)
        yield project
        for folder in folders:
            folder.chmod(0o755)

    @pytest.mark.parametrize("program", EVENTS)
    def test_the_persons_own_folder_serves_where_the_repository_cannot(
        self, program: str, barred: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        home = tmp_path / "states"
        there = env | {"XDG_STATE_HOME": str(home)}
        ran = hook(program, barred, there, is_bound=True)
        assert carries_the_documents(ran)
        (folder,) = (home / "agent-session-hooks").iterdir()
        assert entries(folder) == []
        with closing(Store(str(folder))) as store:
            assert {row.id for row in store.log().conversations} == {"one"}
        assert not (barred / ".git" / "agent-session-hooks").exists()
        assert (barred / "NEXT_SESSION.md").read_text() == NEXT

    @pytest.mark.parametrize("program", EVENTS)
    def test_without_any_folder_the_documents_are_told(
        self, program: str, barred: Path, env: dict[str, str], home: Path
    ) -> None:
        home.chmod(0o555)
        ran = hook(program, barred, env, is_bound=True)
        home.chmod(0o755)
        assert carries_the_documents(ran)
        assert list(home.iterdir()) == []
        assert (barred / "NEXT_SESSION.md").read_text() == NEXT

    @pytest.mark.parametrize("program", EVENTS)
    def test_a_database_that_may_only_be_read_is_said_once(
        self, program: str, project: Path, env: dict[str, str], state: Path
    ) -> None:
        Store(str(state)).close()
        (state / NAME).chmod(0o444)
        for name in ("one", "two"):
            ran = hook(program, project, env, name, is_bound=True)
            assert carries_the_documents(ran)
        (entry,) = entries(state)
        assert "PermissionError" in entry


class TestLater:
    @pytest.mark.parametrize("program", EVENTS)
    def test_a_later_versions_memory_is_left_alone_and_that_is_said_once(
        self, program: str, left: Path, project: Path, env: dict[str, str], state: Path
    ) -> None:
        later = (*MIGRATIONS, "CREATE TABLE shelf (name TEXT)")
        Store(str(state), migrations=later).close()
        before = (state / NAME).read_bytes()
        assert carries_the_documents(hook(program, project, env, "one"))
        start = hook("session-start-hook", project, env, "two")
        assert (state / NAME).read_bytes() == before
        assert left.read_text() == NEXT
        (entry,) = entries(state)
        assert "update the package" in entry
        again = hook("session-start-hook", project, env, "three")
        start_hook = "session-start-hook"
        assert ("hook-errors.log" in start.person) is (program != start_hook)
        assert "hook-errors.log" not in again.person


def test_a_link_in_place_of_the_database_is_said_once_and_the_next_folder_serves(
    project: Path, env: dict[str, str], state: Path, home: Path
) -> None:
    state.mkdir()
    (state / NAME).symlink_to(home / "mine")
    for name in ("one", "two"):
        assert carries_the_documents(hook("session-start-hook", project, env, name))
    assert len(entries(state)) == 1
    assert not (home / "mine").exists()
    (found,) = home.glob(f".local/state/agent-session-hooks/*/{NAME}")
    with closing(Store(str(found.parent))) as store:
        assert len(store.log().conversations) == 2


def test_with_a_full_database_the_documents_are_told_and_nothing_is_taken(
    left: Path, project: Path, env: dict[str, str], state: Path
) -> None:
    """As ``max_page_count`` has it, which holds for one connection: so here is the hook's core."""
    said: list[BaseException] = []
    memory = Memory([str(state)], said.append)
    memory.open(create=True)
    memory.do(_fill, None)
    # A row that needs more pages than there are.
    long = "x" * 100_000
    event = Event("SessionStart", "one", transcript_path=long, source="startup", cwd=str(project))
    surroundings = Surroundings(datetime.now(UTC), env, str(project))
    found = project_at(str(project))
    context = read_context(event, surroundings, found, 3).with_facts(facts_of(found, [""]))
    begun = conversation.begin(context, memory, Recalled(Past(), {}))
    assert [str(error) for error in said] == ["database or disk is full"]
    assert begun is not None
    told = [document.path for document in begun.context.documents.documents]
    assert "NEXT_SESSION.md" in told
    assert len(told) == 4
    assert begun.found.taken is None
    assert left.read_text() == NEXT
    assert list((state / "archive").iterdir()) == []
    memory.close()


def _fill(store: Store) -> None:
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")


class TestBoundary:
    def test_after_a_failure_the_rest_goes_on_without_it(self, tmp_path: Path) -> None:
        said: list[BaseException] = []
        memory = Memory([str(tmp_path)], said.append)
        memory.open(create=True)
        assert memory.works
        assert memory.do(_check, otherwise=False)

        def fail(store: Store) -> bool:
            raise sqlite3.OperationalError("disk I/O error")

        assert not memory.do(fail, otherwise=False)
        assert not memory.do(_check, otherwise=False)
        assert [str(error) for error in said] == ["disk I/O error"]
        memory.close()
        memory.open(create=False)
        assert memory.do(_check, otherwise=False)
        memory.close()

    def test_a_fault_of_our_own_is_not_hidden(self, tmp_path: Path) -> None:
        memory = Memory([str(tmp_path)], _ignore)
        memory.open(create=True)
        with pytest.raises(ZeroDivisionError):
            memory.do(lambda _: 1 // 0, 0)
        memory.close()

    def test_where_none_is_to_be_created_none_is(self, tmp_path: Path) -> None:
        folders = [str(tmp_path / "a"), str(tmp_path / "b")]
        memory = Memory(folders, _ignore)
        memory.open(create=False)
        assert not memory.works
        assert list(tmp_path.iterdir()) == []
        Store(folders[1]).close()
        memory.open(create=False)
        assert memory.folder == folders[1]
        memory.close()

    def test_what_a_hook_cannot_remember_is_in_its_log(self, tmp_path: Path) -> None:
        folder = tmp_path / "state"
        folder.mkdir()
        (folder / NAME).mkdir()
        for _ in range(2):
            memory = for_hook([str(folder)], ago(), "session-end-hook", "SessionEnd")
            memory.open(create=True)
            assert not memory.works
        (entry,) = entries(folder)
        assert entry.startswith(f"== {iso(ago())[:13]}")
        assert "session-end-hook SessionEnd" in entry
