import os
import random
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpers import STRESS, add_session, ago, session_text
from session_hooks.documents import files, index, scan
from session_hooks.documents.formats import session
from session_hooks.documents.index import Changes, Index, Indexed, IndexEntry
from session_hooks.documents.model import Scan, Status
from session_hooks.memory.store import Store
from session_hooks.project.project import Project, project_at
from session_hooks.util import stamps

LATER_NS = 10 * 1000**3
"""By how much the clock that is passed in is ahead, so that what was just written is not racy."""
READER = "this one"
NOW = datetime(2025, 12, 4, tzinfo=UTC)


def looked() -> int:
    return time.time_ns() + LATER_NS


def take(repo: Path, known: Indexed | None, at: int | None = None) -> tuple[Scan, Changes]:
    """Scan with an index, and return what is to be remembered."""
    noted = Index(known or Indexed(), looked() if at is None else at)
    found = scan.scan(project_at(str(repo)), 60, index=noted)
    return found, noted.changes()


def remembered(repo: Path) -> Indexed:
    return Indexed(take(repo, None)[1].put, NOW)


def plain(repo: Path) -> Scan:
    return scan.scan(project_at(str(repo)), 60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(str(tmp_path / "state"))) as opened:
        yield opened


# --- equal, whatever happened ---------------------------------------------------------------------

TEXTS = (
    session_text(),
    session_text(status="completed"),
    session_text(status="completed").replace('"', ""),
    session_text(
        "Another title", status="paused", branch="feat/x", more="- [x] done\n- [ ] open\n"
    ),
    session_text("Ünïcode ✓ \x85", agents="  spawned_agents:\n    - agent: a\n      task: b\n"),
    f"---\nstatus: completed\n---\n\n{session.TEMPLATE.fill({'title': 'Title'})}",
    session.TEMPLATE.fill({"title": "Title"}),
    "=== SESSION HANDOFF ===\nSession: 3\n\n## Next Session Objective\nGo on\n",
    "---\nbad: [yaml\nstatus: completed\n---\nText\n",
    "Text alone\n",
    "",
    " \n",
    "a\0b",
)
NAMES = (
    *(f".agents/sessions/2025120{n}-143000-x.md" for n in range(1, 6)),
    *(f".agents/sessions/2025-12-01-own/{name}" for name in ("session.md", "notes.md")),
    *(f".agents/sessions/{name}" for name in ("README.md", "linked.md", "folder.md")),
    *("NEXT_SESSION.md", "HANDOFF.md", "docs/x.md", "sessions/2025-12-01-y.md", "other"),
)


class Editor:
    """Does to a project's files what people and programs do."""

    def __init__(self, repo: Path, chance: random.Random) -> None:
        self.repo, self.chance = repo, chance
        self.actions: tuple[Callable[[Path], object], ...] = (
            *(self.write,) * 6, *(self.in_place,) * 5, self.restore, self.restore, self.move,
            self.move, self.delete, self.link, self.link_out, self.folder, self.fifo, self.touch,
            self.chmod, self.hard_link,
        )  # fmt: skip
        for name in NAMES:
            (repo / name).parent.mkdir(parents=True, exist_ok=True)
            self.write(repo / name)

    def edit(self) -> str:
        names = [name for name in NAMES if os.path.lexists(self.repo / name)]
        some = names if names and self.chance.random() < 0.6 else NAMES
        path = self.repo / self.chance.choice(some)
        action = self.chance.choice(self.actions)
        time.sleep(0.012)  # a tick of the file system's clock; within one see "racy" below
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            action(path)
        return f"{action.__name__} {path}"

    def write(self, path: Path) -> None:
        if path.is_symlink() or not path.is_file():  # it leads elsewhere, or waits for a reader
            self.delete_if_there(path)
        path.write_text(self.chance.choice(TEXTS))

    def in_place(self, path: Path) -> None:
        """Another text of the same length, its old time put back."""
        if not stat.S_ISREG(path.lstat().st_mode):
            return
        before, text = path.stat(), path.read_text()
        changed = text.replace("in_progress", "completed  ").replace("completed", "abandoned")
        path.write_text(changed if changed != text else text.swapcase())
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def restore(self, path: Path) -> None:
        """A file from a backup, with its old time."""
        other = path.with_name("backup")
        self.write(other)
        os.utime(other, ns=(10**18, 10**18))
        other.replace(path)

    def move(self, path: Path) -> None:
        path.rename(self.repo / self.chance.choice(NAMES))

    def delete(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()

    def link(self, path: Path) -> None:
        self.delete_if_there(path)
        path.symlink_to(self.repo / self.chance.choice(NAMES))

    def link_out(self, path: Path) -> None:
        """A link that leaves the project, to a file of the test's own."""
        self.delete_if_there(path)
        outside = self.repo.parent / "outside.md"
        outside.write_text(self.chance.choice(TEXTS))
        path.symlink_to(outside)

    def folder(self, path: Path) -> None:
        self.delete_if_there(path)
        path.mkdir()

    def fifo(self, path: Path) -> None:
        self.delete_if_there(path)
        os.mkfifo(path)

    def touch(self, path: Path) -> None:
        if path.is_symlink():
            return
        when = time.time_ns() + self.chance.choice([-(10**18), -(10**9), 0, 10**9, 10**16, 10**18])
        os.utime(path, ns=(when, when))

    def chmod(self, path: Path) -> None:
        if path.is_symlink():
            return
        path.chmod(self.chance.choice([0o000, 0o600, 0o644]))

    def hard_link(self, path: Path) -> None:
        other = self.repo / self.chance.choice(NAMES)
        self.delete_if_there(path)
        path.hardlink_to(other)

    def delete_if_there(self, path: Path) -> None:
        with suppress(OSError):
            self.delete(path)


def as_closed(found: Scan) -> Scan:
    """Return a scan with no more of completed session files than hooks need of any."""
    return found._replace(
        documents=tuple(
            session.completed(one.path, one.modified, one.digest)
            if one.status is Status.COMPLETED and one.format == session.NAME
            else one
            for one in found.documents
        )
    )


@pytest.mark.parametrize("seed", range(20 if STRESS else 8))
def test_a_scan_finds_the_same_with_an_index_with_half_of_one_and_without(
    seed: int, repo: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", seed % 3)  # so that few files are enough
    chance = random.Random(seed)
    editor = Editor(repo, chance)
    root = project_at(str(repo)).root
    before = plain(repo)
    done = []
    for _ in range(40):
        done.append(editor.edit())
        expected = plain(repo)
        known = store.load_index(root, READER)
        half = Indexed(tuple(one for one in known.entries if chance.random() < 0.5))
        told, _ = take(repo, None)
        assert as_closed(told) == as_closed(expected), done
        for what in (half, known):
            found, _ = take(repo, what)
            assert found.stamps == told.stamps, done
            assert found == told, done
        found, changes = take(repo, known)
        store.save_index(root, READER, changes, NOW)
        _, again = take(repo, store.load_index(root, READER))
        assert not again.gone, done
        is_unchanged = all(stamps.stamp(path) == one for path, one in before.stamps)
        assert not is_unchanged or before == expected, done
        before = expected


# --- what is opened -------------------------------------------------------------------------------


def noting(paths: list[str], real: Callable[..., Any]) -> Callable[..., Any]:
    def noted(path: Any, *more: Any, **named: Any) -> Any:
        paths.append(os.fspath(path) if not isinstance(path, int) else "")
        return real(path, *more, **named)

    return noted


def never(*_: object, **__: object) -> None:
    raise AssertionError


def test_an_unchanged_completed_file_and_one_that_is_no_document_are_not_opened(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", 0)
    texts = (*(session_text(f"{n}", status="completed") for n in range(4)), "", "a\0b")
    for number, text in enumerate(texts):
        add_session(repo, f"20251204-1430{number:02}-x.md", text)
    known = remembered(repo)
    monkeypatch.setattr(files, "read", never)
    looked_at: list[str] = []
    for name in ("stat", "lstat", "open"):
        monkeypatch.setattr(os, name, noting(looked_at, getattr(os, name)))
    found, changes = take(repo, known)
    # Its one stat is that of the folder's listing.
    assert not [path for path in looked_at if path.endswith("-x.md")]
    assert not changes
    assert len(found.documents) + len(found.unread) == len(texts)


def test_of_completed_files_the_newest_are_whole(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", 2)
    for number in range(4):
        name = f"20251204-14300{number}-x.md"
        add_session(
            repo, name, session_text(f"{number}", status="completed"), ago(hours=9 - number)
        )
    known = remembered(repo)
    assert {(entry.kind, entry.text) for entry in known.entries} == {(index.COMPLETED, "")}
    for what in (None, known):
        found = take(repo, what)[0].documents
        assert [one.title for one in found[:2]] == ["3", "2"]
        assert found[:2] == plain(repo).documents[:2]
        assert {one.body for one in found[2:]} == {""}


WAYS = ("gone", "moved", "rewritten", "in place", "another", "link", "empty", "fifo", "folder")
"""What may become of a file between the moment it is scanned and the one it is told."""


def change(path: Path, how: str) -> None:
    before, text = path.stat(), path.read_text()
    if how == "moved":
        path.rename(path.parent.parent / "elsewhere.md")
    elif how == "rewritten":
        path.write_text(session_text("Another title", steps="1. Another step"))
    elif how == "in place":
        path.write_text(text.swapcase())
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        path.unlink()
    if how == "another":
        path.write_text(session_text("Another title", status="completed"))
    elif how == "link":
        outside = path.parents[3] / "outside.md"
        outside.write_text(session_text())
        path.symlink_to(outside)
    elif how == "empty":
        path.touch()
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("text", [TEXTS[0], TEXTS[3], TEXTS[6], TEXTS[7], TEXTS[9]])
def test_a_document_is_told_as_it_was_scanned_whatever_becomes_of_its_file(
    text: str, how: str, repo: Path
) -> None:
    path = add_session(repo, "20251204-143000-x.md", text)
    known, expected = remembered(repo), plain(repo)
    for what in (None, known):
        found, _ = take(repo, what)
        change(path, how)
        assert found == expected
        (document,) = (*found.documents, *found.templates)
        assert document.head + document.body == text
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        path.write_text(text)
        expected = plain(repo)


# --- what is not believed -------------------------------------------------------------------------


def test_of_what_was_just_written_its_stamp_tells_nothing(repo: Path) -> None:
    path = add_session(repo, "20251204-143000-x.md", session_text(status="completed"))
    written = path.stat()

    def holds(at: int) -> bool:
        return bool(take(repo, None, at)[1].put)

    long_ago = written.st_ctime_ns + stamps.RACY_NS
    assert [holds(at) for at in (written.st_ctime_ns, long_ago - 1, long_ago)] == [0, 0, 1]


def test_what_is_remembered_of_a_file_from_the_future_is_not_written_again(repo: Path) -> None:
    path = add_session(repo, "20251204-143000-x.md", session_text(status="completed"))
    os.utime(path, (2**33, 2**33))
    assert not remembered(repo).entries


def test_when_the_clock_was_set_back_nothing_is_believed_until_it_is_past(repo: Path) -> None:
    path = add_session(repo, "20251204-143000-x.md", session_text(status="completed"))
    known = remembered(repo)
    os.truncate(path, 0)
    path.write_text(session_text())
    changed = path.stat()
    entry = known.entries[0]._replace(
        inode=changed.st_ino, modified_ns=changed.st_mtime_ns, changed_ns=changed.st_ctime_ns,
        kind=index.UNREADABLE, text="not believed",
    )  # fmt: skip
    assert take(repo, Indexed((entry,)), time.time_ns() - LATER_NS)[0] == plain(repo)


def test_links_are_never_remembered(repo: Path) -> None:
    add_session(repo, "a.md", session_text(status="completed")).with_name("link.md").symlink_to(
        "a.md"
    )
    found, changes = take(repo, None)
    assert len(found.documents) == 2
    assert [entry.path for entry in changes.put] == [".agents/sessions/a.md"]


def test_in_another_format_s_place_an_entry_does_not_hold(repo: Path) -> None:
    add_session(repo, "20251204-143000-x.md", session_text(status="completed"))
    (entry,) = remembered(repo).entries
    other = entry._replace(place="handoff", kind=index.UNREADABLE, text="not believed")
    assert take(repo, Indexed((other,)))[0] == plain(repo)


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "another"}, {"text": b"x"}, {"digest": None}, {"text": None}, {"size": 1},
    ],
)  # fmt: skip
def test_a_broken_entry_is_read_again_and_replaced(
    broken: dict[str, Any], repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", 0)
    add_session(repo, "20251204-143000-x.md", session_text(status="completed"))
    known = remembered(repo)
    found, changes = take(repo, Indexed((known.entries[0]._replace(**broken),)))
    assert found == take(repo, None)[0]
    assert changes.put == known.entries


def test_what_there_was_no_time_for_is_read_by_the_next_scan(repo: Path) -> None:
    number = scan.AT_LEAST + 15
    for one in range(number):
        add_session(repo, f"{one}.md", session_text(f"{one}", status="completed"))
    known = Indexed()
    for left in (15, 15 - scan.AT_LEAST + scan.NEWEST, 0):
        noted = Index(known, looked())
        found = scan.scan(project_at(str(repo)), -1, index=noted)
        assert (len(found.documents), found.not_reached) == (number - left, left)
        known = Indexed((*known.entries, *noted.changes().put))


# --- how much is kept -----------------------------------------------------------------------------


def test_what_is_gone_is_forgotten(repo: Path) -> None:
    path = add_session(repo, "a.md", session_text(status="completed"))
    add_session(repo, "b.md", session_text(status="completed"))
    known = remembered(repo)
    path.unlink()
    assert take(repo, known)[1] == Changes((), (".agents/sessions/a.md",))


def test_there_is_a_limit(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST", 3)
    for number in range(5):
        add_session(repo, f"{number}.md", session_text(f"{number}", status="completed"))
    known = remembered(repo)
    assert len(known.entries) == 3
    add_session(repo, "6.md", session_text(status="completed"))
    found, changes = take(repo, known)
    assert len(found.documents) == 6
    assert not changes


class TestInTheStore:
    ENTRY = IndexEntry("a.md", "session", 1, 2, 3, 2**63 - 1, index.COMPLETED, "ab", '["\\ud800"]')
    ODD = ENTRY._replace(path=os.fsdecode(b"caf\xe9.md"), text="")

    def test_entries_come_back_as_they_were(self, store: Store) -> None:
        store.save_index("/p", READER, Changes((self.ENTRY, self.ODD)), NOW)
        assert set(store.load_index("/p", READER).entries) == {self.ENTRY, self.ODD}
        assert store.load_index("/p", READER).seen == NOW
        assert store.load_index("/q", READER) == Indexed()

    def test_changes_are_applied(self, store: Store) -> None:
        store.save_index("/p", READER, Changes((self.ENTRY, self.ODD)), NOW)
        newer = self.ENTRY._replace(size=9)
        store.save_index("/p", READER, Changes((newer,), (self.ODD.path, "never")), NOW)
        assert store.load_index("/p", READER).entries == (newer,)

    def test_another_reader_s_entries_are_replaced(self, store: Store) -> None:
        store.save_index("/p", READER, Changes((self.ENTRY,)), NOW)
        store.save_index("/q", READER, Changes((self.ENTRY,)), NOW)
        assert store.load_index("/p", "another") == Indexed()
        store.save_index("/p", "another", Changes((self.ODD,)), NOW)
        assert store.load_index("/p", READER) == Indexed()
        assert store.load_index("/p", "another").entries == (self.ODD,)
        assert store.load_index("/q", READER).entries == (self.ENTRY,)

    def test_a_project_that_nobody_works_in_is_forgotten(self, store: Store) -> None:
        store.save_index("/p", READER, Changes((self.ENTRY,)), NOW)
        later = NOW.replace(year=2026)
        store.save_index("/q", READER, Changes((self.ENTRY,)), later)
        assert store.prune(later, later - NOW - index.SEEN_EVERY, index.SEEN_EVERY)
        assert store.load_index("/p", READER) == Indexed()
        assert store.load_index("/q", READER).entries == (self.ENTRY,)

    def test_once_a_day_it_is_noted_that_the_project_is_still_there(self) -> None:
        noted = Index(Indexed((), NOW))
        assert not noted.is_due(NOW + index.SEEN_EVERY)
        assert noted.is_due(NOW + 2 * index.SEEN_EVERY)
        assert noted.is_due(NOW - 2 * index.SEEN_EVERY)


def test_the_reader_s_name_changes_with_its_code_and_with_what_it_masks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = Project("/work", None, has_session_files=True)
    before = index.reader(project)
    assert index.reader(project) == before
    assert index.reader(project._replace(redact=False)) != before
    monkeypatch.setattr(stamps, "code", lambda: ["another"])
    assert index.reader(project) != before
