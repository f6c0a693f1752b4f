import os
import resource
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import STRESS, in_processes
from session_hooks.memory import archive
from session_hooks.memory.archive import MAX_BYTES, ArchivedFile, NotMovedError

NOW = datetime(2025, 12, 4, 14, 30, 15, 123456, UTC)
STAMP = "20251204T143015.123456Z"
NAME = "NEXT_SESSION.md"
TEXT = "# Next Session\n\nAll of it.\n" * 5000
DAY = timedelta(days=1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def left(tree: Path) -> Path:
    """A document, written some time ago."""
    path = tree / NAME
    path.write_text(TEXT)
    os.utime(path, ns=(10**18, 1_700_000_000_123_456_789))
    return path


@pytest.fixture
def near(tmp_path: Path) -> str:
    """An archive on the file system of the tree."""
    return str(tmp_path / "state" / "archive")


@pytest.fixture
def far(tmp_path: Path) -> Iterator[str]:
    """An archive on another file system."""
    memory = "/dev/shm"
    if not os.access(memory, os.W_OK) or os.stat(memory).st_dev == tmp_path.stat().st_dev:
        pytest.skip(f"there is no second file system: {memory}")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield os.path.join(folder, "archive")


@pytest.fixture(params=["near", "far"])
def folder(request: pytest.FixtureRequest) -> str:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, str)
    return found


def files(*folders: str | Path) -> dict[str, str]:
    """All files in folders that hold something, with their texts."""
    return {
        str(path): path.read_text()
        for folder in folders
        for path in sorted(Path(folder).iterdir())
        if path.is_file() and path.stat().st_size
    }


def make_huge(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_BYTES + 1)


def with_room(size: int, work: Callable[[], None]) -> None:
    """Do something in a process whose files can't grow beyond ``size``."""

    def limited(_: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        work()

    in_processes(limited, 1)


class TestReserve:
    def test_a_name_tells_when_and_what(self, near: str) -> None:
        reserved = archive.reserve(near, NAME, NOW)
        assert reserved == f"{STAMP}-{NAME}"
        path = Path(near, reserved)
        assert path.read_bytes() == b""
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(near).stat().st_mode) == 0o700
        assert archive.list_files(near) == ()

    def test_the_time_is_in_utc(self, near: str) -> None:
        zone = datetime.strptime("+0530", "%z").tzinfo
        assert archive.reserve(near, "a", NOW.astimezone(zone)) == f"{STAMP}-a"

    def test_no_name_is_given_twice(self, near: str) -> None:
        names = [archive.reserve(near, NAME, NOW) for _ in range(20)]
        assert len(set(names)) == 20
        assert names == sorted(names)

    def test_no_name_is_given_twice_to_two_processes(self, near: str) -> None:
        each = 200 if STRESS else 40

        def reserve(number: int) -> None:
            for turn in range(each):
                name = archive.reserve(near, NAME, NOW + timedelta(microseconds=turn))
                with open(os.path.join(near, name), "a", encoding="ascii") as file:
                    file.write(f"{number}")

        in_processes(reserve, 4)
        texts = [path.read_text() for path in Path(near).iterdir()]
        assert sorted(texts) == [f"{number}" for number in range(4) for _ in range(each)]

    def test_what_nothing_was_moved_to_is_given_back(self, near: str) -> None:
        reserved = archive.reserve(near, NAME, NOW)
        archive.release(near, reserved)
        assert os.listdir(near) == []
        archive.release(near, reserved)
        Path(near, reserved).write_text("something")
        archive.release(near, reserved)
        assert os.listdir(near) == [reserved]


class TestMove:
    def test_a_document_is_moved_as_it_is(self, left: Path, folder: str) -> None:
        before = left.stat()
        reserved = archive.reserve(folder, NAME, NOW)
        assert archive.move(str(left), folder, reserved)
        assert files(left.parent, folder) == {os.path.join(folder, reserved): TEXT}
        assert os.listdir(left.parent) == []
        assert Path(folder, reserved).stat().st_mtime_ns == before.st_mtime_ns
        size = len(TEXT.encode())
        assert archive.list_files(folder) == (ArchivedFile(reserved, NAME, NOW, size),)

    def test_across_file_systems_it_is_the_owners_alone(self, left: Path, far: str) -> None:
        reserved = archive.reserve(far, NAME, NOW)
        assert archive.move(str(left), far, reserved)
        assert stat.S_IMODE(Path(far, reserved).stat().st_mode) == 0o600

    def test_what_is_gone_was_somebody_elses(self, tree: Path, folder: str) -> None:
        reserved = archive.reserve(folder, NAME, NOW)
        assert not archive.move(str(tree / NAME), folder, reserved)
        assert files(folder) == {}

    @pytest.mark.parametrize("turn", range(50 if STRESS else 3))
    def test_of_eight_processes_one_has_it(
        self, turn: int, left: Path, folder: str, tmp_path: Path
    ) -> None:
        won = tmp_path / "won"

        def take(number: int) -> None:
            reserved = archive.reserve(folder, NAME, NOW)
            if archive.move(str(left), folder, reserved):
                (tmp_path / f"won-{number}").write_text(reserved)
            else:
                archive.release(folder, reserved)

        in_processes(take, 8)
        (won,) = tmp_path.glob("won-*")
        assert files(left.parent, folder) == {os.path.join(folder, won.read_text()): TEXT}
        assert os.listdir(folder) == [won.read_text()]

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda path: path.symlink_to("/etc/passwd"), "link"),
            (lambda path: path.symlink_to("nowhere"), "link"),
            (os.mkfifo, "no regular file"),
            (os.mkdir, "no regular file"),
            (lambda path: path.touch(), "empty"),
            (make_huge, "64 MiB"),
        ],
        ids=["link", "dangling link", "fifo", "folder", "empty", "huge"],
    )
    def test_what_is_no_document_stays(
        self, make: Callable[[Path], None], reason: str, tree: Path, folder: str
    ) -> None:
        path = tree / NAME
        make(path)
        before = os.lstat(path)
        reserved = archive.reserve(folder, NAME, NOW)
        with pytest.raises(NotMovedError, match=reason):
            archive.move(str(path), folder, reserved)
        assert os.lstat(path).st_ino == before.st_ino
        assert os.listdir(folder) == [reserved]

    def test_a_missing_archive_leaves_it_where_it_is(self, left: Path, tmp_path: Path) -> None:
        reserved = f"{STAMP}-{NAME}"
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match="file"):
            archive.move(str(left), str(tmp_path / "file"), reserved)
        assert left.read_text() == TEXT


class TestCopyThatFails:
    """Across file systems a document is copied, and the copy may fail."""

    @pytest.mark.parametrize("room", [0, 1, 10_000, len(TEXT) - 1])
    def test_the_text_goes_back_to_its_place(self, room: int, left: Path, far: str) -> None:
        before = left.stat()
        reserved = archive.reserve(far, NAME, NOW)

        def take() -> None:
            with pytest.raises(OSError, match="File too large"):
                archive.move(str(left), far, reserved)

        with_room(room, take)
        assert files(left.parent, far) == {str(left): TEXT}
        assert os.listdir(left.parent) == [NAME]
        assert left.stat().st_mtime_ns == before.st_mtime_ns
        assert os.listdir(far) == [reserved]
        assert archive.move(str(left), far, reserved)

    def test_what_is_written_meanwhile_stays(
        self, left: Path, far: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.fsync

        def write(fd: int) -> None:
            left.write_text("another")
            real(fd)

        monkeypatch.setattr(os, "fsync", write)
        reserved = archive.reserve(far, NAME, NOW)
        assert not archive.move(str(left), far, reserved)
        assert files(left.parent, far) == {str(left): "another"}


class TestRestore:
    def test_a_copy_is_brought_back_and_the_archived_one_stays(
        self, left: Path, tree: Path
    ) -> None:
        target = tree / "a" / "b" / NAME
        archive.restore(str(left), str(target))
        assert target.read_text() == left.read_text() == TEXT
        assert target.stat().st_mtime_ns == left.stat().st_mtime_ns

    @pytest.mark.parametrize(
        "make",
        [
            lambda path: path.write_text("mine"),
            lambda path: path.symlink_to("nowhere"),
            os.mkdir,
            os.mkfifo,
        ],
        ids=["file", "dangling link", "folder", "fifo"],
    )
    def test_nothing_is_overwritten(
        self, make: Callable[[Path], None], left: Path, tree: Path
    ) -> None:
        target = tree / "there"
        make(target)
        before = os.lstat(target)
        with pytest.raises(FileExistsError):
            archive.restore(str(left), str(target))
        assert os.lstat(target) == before

    @pytest.mark.parametrize("turn", range(30 if STRESS else 3))
    def test_of_many_at_once_one_writes(self, turn: int, tree: Path, tmp_path: Path) -> None:
        sources = [tmp_path / f"source-{number}" for number in range(8)]
        for source in sources:
            source.write_text(source.name * 5000)

        def bring(number: int) -> None:
            try:
                archive.restore(str(sources[number]), str(tree / NAME))
            except FileExistsError:
                return
            (tmp_path / f"won-{number}").touch()

        in_processes(bring, 8)
        (won,) = tmp_path.glob("won-*")
        assert (tree / NAME).read_text() == won.name.replace("won", "source") * 5000

    def test_half_of_it_is_nothing(self, left: Path, tree: Path) -> None:
        target = tree / "back"

        def bring() -> None:
            with pytest.raises(OSError, match="File too large"):
                archive.restore(str(left), str(target))

        with_room(1000, bring)
        assert not target.exists()
        assert left.read_text() == TEXT


def test_nothing_but_files_is_read(left: Path, tree: Path) -> None:
    assert archive.read(str(left)) == TEXT.encode()
    (tree / "link").symlink_to(NAME)
    os.mkfifo(tree / "fifo")
    for name in ("link", "fifo", "missing", ".", "a\0b"):
        assert archive.read(str(tree / name)) is None


def test_what_is_larger_than_what_is_read_is_not_restored(tree: Path) -> None:
    make_huge(tree / "huge")
    with pytest.raises(OSError, match="too large"):
        archive.restore(str(tree / "huge"), str(tree / NAME))
    assert not (tree / NAME).exists()


def test_the_archive_lists_what_it_holds_the_newest_first(near: str, tmp_path: Path) -> None:
    assert archive.list_files(near) == ()
    odd = os.fsdecode(b"caf\xe9 - a\n.md")
    for days, name in ((2, "b.md"), (3, odd), (1, "a.md")):
        reserved = archive.reserve(near, name, NOW - days * DAY)
        Path(near, reserved).write_text("x" * days)
    archive.reserve(near, "only reserved", NOW)
    Path(near, "20251304T143015.123456Z-the thirteenth month").write_text("x")
    Path(near, f"{STAMP}-x.md.part").write_text("x")
    Path(near, "notes").write_text("x")
    Path(near, f"{STAMP}-link").symlink_to("notes")
    Path(near, f"{STAMP}-folder").mkdir()
    found = [(item.former_name, NOW - item.since, item.size) for item in archive.list_files(near)]
    assert found == [("a.md", DAY, 1), ("b.md", 2 * DAY, 2), (odd, 3 * DAY, 3)]


ITEMS = st.lists(
    st.builds(
        lambda seconds, size, number: ArchivedFile(
            f"{(NOW - timedelta(seconds=seconds)).strftime('%Y%m%dT%H%M%S.%fZ')}-{number}",
            f"{number}",
            NOW - timedelta(seconds=seconds),
            size,
        ),
        st.integers(-10, 100),
        st.integers(1, 50),
        st.integers(0, 99),
    ),
    max_size=12,
    unique_by=lambda item: item.name,
)


class TestOutdated:
    @given(ITEMS, st.data(), st.integers(0, 200), st.integers(0, 100))
    def test_what_goes_is_old_or_too_much_and_never_to_be_kept(
        self, found: list[ArchivedFile], data: st.DataObject, most: int, age: int
    ) -> None:
        names = [item.name for item in found]
        keep = data.draw(st.sets(st.sampled_from(names))) if names else set()
        max_age = timedelta(seconds=age)
        gone = archive.outdated(found, keep, NOW, max_age, most)
        assert len(set(gone)) == len(gone)
        assert not set(gone) & keep
        assert list(gone) == sorted(gone)  # the oldest first
        rest = [item for item in found if item.name not in gone]
        free = [item for item in rest if item.name not in keep]
        assert all(NOW - item.since <= max_age for item in free)
        assert sum(item.size for item in rest) <= most or not free
        # Nothing goes that needn't: without the last one that went it would be too much.
        young = [item for item in found if item.name in gone and NOW - item.since <= max_age]
        if young:
            last = max(young)
            assert sum(item.size for item in rest) + last.size > most
            assert all(item > last for item in free)

    @pytest.mark.parametrize(
        ("keep", "most", "gone"),
        [
            ((), 100, "a"),
            ((), 6, "a"),
            ((), 5, "ab"),
            ((), 0, "abc"),
            (("a",), 100, ""),
            (("a", "c"), 1, "b"),
        ],
    )
    def test_age_then_size(self, keep: tuple[str, ...], most: int, gone: str) -> None:
        found = [
            ArchivedFile(name, name, NOW - days * DAY, 3)
            for name, days in (("a", 9), ("b", 5), ("c", 1))
        ]
        assert archive.outdated(found, keep, NOW, 8 * DAY, most) == tuple(gone)


def test_leftovers_are_what_nobody_is_about_to_fill_any_more(near: str) -> None:
    now = datetime.now(UTC)
    os.makedirs(near)
    for age, days in (("old", 2), ("young", 0)):
        for kind, text in (("reserved", ""), ("copy.1-2.part", "half"), ("document", "text")):
            path = Path(near, f"{STAMP}-{age}-{kind}")
            path.write_text(text)
            os.utime(path, ((now - days * DAY).timestamp(),) * 2)
    folder = Path(near, "folder")
    folder.mkdir()
    os.utime(folder, (0, 0))
    expected = {f"{STAMP}-old-reserved", f"{STAMP}-old-copy.1-2.part"}
    assert set(archive.leftovers(near, now)) == expected
    before = set(os.listdir(near))
    archive.delete(near, [*expected, "folder", "missing"])
    assert set(os.listdir(near)) == before - expected
    assert archive.leftovers("/no/such/folder", now) == ()
