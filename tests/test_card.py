import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from session_hooks import card
from session_hooks.memory import Memory
from session_hooks.store import Store


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder whose card is up to date."""
    folder = tmp_path / "state"
    folder.mkdir()
    with closing(Store(str(folder))):
        pass
    version = card.version(str(folder))
    assert version is not None
    card.write(str(folder), version, {"open": []})
    return folder


def test_a_card_says_what_was_written_while_nobody_writes_to_the_database(state: Path) -> None:
    found = card.read(str(state))
    assert found is not None
    assert found["open"] == []
    with closing(Store(str(state))) as store:  # it is only opened
        store.log()
    assert card.read(str(state)) == found
    assert (state / card.FILE).stat().st_mode & 0o777 == 0o600


def test_any_transaction_makes_it_outdated(state: Path) -> None:
    times = (state / "state.db").stat()
    with closing(Store(str(state))) as store:
        store.forget_archived(["nothing"])
        assert card.read(str(state)) is not None  # nothing was changed
        store._connection.execute("INSERT INTO chore VALUES ('prune', 1)")
    os.utime(state / "state.db", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (state / "state.db").stat().st_size == times.st_size
    assert card.read(str(state)) is None  # the counter in the header tells, not the time


def test_another_database_in_its_place_makes_it_outdated(state: Path) -> None:
    shutil.copy(state / "state.db", state / "copy")
    (state / "copy").replace(state / "state.db")
    assert card.read(str(state)) is None


def test_a_journal_that_is_left_makes_it_unsure(state: Path) -> None:
    journal = state / "state.db-journal"
    assert not journal.read_bytes()[:28].strip(b"\0")  # of the last transaction, which is done
    with closing(sqlite3.connect(state / "state.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO chore VALUES ('prune', 1)")
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute(
            "CREATE TABLE large AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL "
            "SELECT x + 1 FROM n LIMIT 99999) SELECT x FROM n"
        )
        assert card._has_journal(str(state))
        connection.execute("ROLLBACK")
    assert not card._has_journal(str(state))


def test_without_a_database_there_is_none(state: Path) -> None:
    (state / "state.db").unlink()
    assert card.read(str(state)) is None


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"\xff\xfe", b'{"form": 0}', b"[" * 100_000])
def test_a_broken_card_is_none(text: bytes, state: Path) -> None:
    (state / card.FILE).write_bytes(text)
    assert card.read(str(state)) is None


def test_a_link_is_neither_followed_nor_written_through(state: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (state / card.FILE).rename(other)
    (state / card.FILE).symlink_to(other)
    assert card.read(str(state)) is None
    card.replace(str(state / card.FILE), {})
    assert other.read_text() != "{}"
    assert not (state / card.FILE).is_symlink()


def test_where_it_can_not_be_written_nothing_is_left(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (state / card.FILE).read_bytes()

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="full"):
        card.replace(str(state / card.FILE), {"new": True})
    assert (state / card.FILE).read_bytes() == before
    assert sorted(os.listdir(state)) == ["state.db", "state.db-journal", "state.json"]


def test_a_memory_writes_it_when_it_was_written_to(state: Path) -> None:
    def report(error: BaseException) -> None:
        raise error

    (state / card.FILE).unlink()
    memory = Memory([str(state)], report)
    memory.open(create=False)
    memory.close()
    assert card.read(str(state)) is None
    memory.open(create=False)
    memory.do(
        lambda store: store._connection.execute("INSERT INTO chore VALUES ('prune', 7)"), None
    )
    memory.close()
    found = card.read(str(state))
    assert found is not None
    assert found["pruned"] == 7
