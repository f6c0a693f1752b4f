"""A scan that is told what is known, and the stamps by which a change shows."""

import os
import random
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from helpers import STRESS, add_session, ago, session_text
from session_hooks.documents import files, scan
from session_hooks.documents.formats import session
from session_hooks.documents.model import Scan, Status
from session_hooks.documents.scan import Known
from session_hooks.project.project import absolute, project_at
from session_hooks.util import stamps


def plain(repo: Path) -> Scan:
    return scan.scan(project_at(str(repo)), 60)


def brief(repo: Path, known: Mapping[str, Known] = {}) -> Scan:
    return scan.scan(project_at(str(repo)), 60, whole=False, known=known)


def known_of(repo: Path, found: Scan) -> dict[str, Known]:
    """Return what was seen of completed session files."""
    looked_at, root = dict(found.stamps), project_at(str(repo)).root
    return {
        one.path: Known(one.format, stamp, one.digest)
        for one in found.documents
        if one.format == session.NAME and one.status is Status.COMPLETED
        if (stamp := looked_at[absolute(root, one.path)])
    }


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
def test_a_scan_finds_the_same_by_what_is_known_by_half_of_that_and_without(
    seed: int, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", seed % 3)  # so that few files are enough
    chance = random.Random(seed)
    editor = Editor(repo, chance)
    before = plain(repo)
    known: dict[str, Known] = {}
    done = []
    for _ in range(40):
        done.append(editor.edit())
        expected, told = plain(repo), brief(repo)
        assert as_closed(told) == as_closed(expected), done
        half = {path: one for path, one in known.items() if chance.random() < 0.5}
        for what in (half, known):
            assert brief(repo, what) == told, done
        known = known_of(repo, told)
        is_unchanged = all(stamps.stamp(path) == one for path, one in before.stamps)
        assert not is_unchanged or before == expected, done
        before = expected


def never(*_: object, **__: object) -> None:
    raise AssertionError


def test_a_file_that_is_as_it_is_known_is_not_opened(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", 0)
    for number in range(4):
        text = session_text(f"{number}", status="completed")
        add_session(repo, f"20251204-1430{number:02}-x.md", text)
    known = known_of(repo, plain(repo))
    monkeypatch.setattr(files, "read", never)
    assert len(brief(repo, known).documents) == 4


def test_of_completed_files_the_newest_are_whole(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", 2)
    for number in range(4):
        name = f"20251204-14300{number}-x.md"
        text = session_text(f"{number}", status="completed")
        add_session(repo, name, text, ago(hours=9 - number))
    expected = plain(repo).documents
    for what in ({}, known_of(repo, plain(repo))):
        found = brief(repo, what).documents
        assert [one.title for one in found[:2]] == ["3", "2"]
        assert found[:2] == expected[:2]
        assert {one.body for one in found[2:]} == {""}


@pytest.mark.parametrize("change", ["a link", "another place"])
def test_nothing_is_known_of_a_link_nor_of_what_lay_in_another_place(
    change: str, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", 0)
    path = add_session(repo, "a.md", session_text())
    if change == "a link":
        path.rename(path.with_name("b.md"))
        path.symlink_to("b.md")
    stamp = stamps.stamp(str(path))
    assert stamp
    place = session.NAME if change == "a link" else "handoff"
    known = {".agents/sessions/a.md": Known(place, stamp, "not believed")}
    assert brief(repo, known) == plain(repo)
