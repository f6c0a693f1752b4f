"""What the versions before had in files beside the database is taken over once."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from session_hooks.memory import database, former
from session_hooks.memory.store import Log, Store

BEGAN = [
    "c1", "/work/shop", "/work/shop", "startup", None, True, "boot 7", "/t", 5000, 5000, "main",
    "ab",
]  # fmt: skip
TOLD = ["c1", 5000, "startup", [["/work/shop/a.md", "d1", "session"]]]


def leave(folder: Path, *notes: object, version: int = former.LAST) -> None:
    """Leave a database of a former version, and what that had beside it."""
    Store(str(folder), migrations=database.MIGRATIONS[:version]).close()
    lines = [note if isinstance(note, str) else json.dumps(note) for note in notes]
    (folder / "noted.jsonl").write_text("\n".join(["", *lines]))
    for name in ("state.json", "state.json.4711", "ready-0123abcd.json"):
        (folder / name).write_text("{}")


def taken_over(folder: Path) -> Log:
    with closing(Store(str(folder))) as store:
        return store.log()


@pytest.mark.parametrize("version", range(former.LAST + 1))
def test_the_journal_is_read_once_and_its_files_are_deleted(version: int, tmp_path: Path) -> None:
    leave(tmp_path, {"began": [["key", 5000], BEGAN]}, {"told": TOLD}, version=version)
    log = taken_over(tmp_path)
    (one,) = log.conversations
    assert (one.id, one.attended, one.process, one.branch_at_start) == (
        "c1",
        True,
        "boot 7",
        "main",
    )
    (told,) = log.deliveries
    assert (told.conversation, told.document, told.digest) == ("c1", "/work/shop/a.md", "d1")
    assert {path.name for path in tmp_path.iterdir()} == {"state.db", "state.db-journal"}
    assert taken_over(tmp_path) == log


def test_what_was_noted_later_in_the_database_stays(tmp_path: Path) -> None:
    leave(tmp_path, {"began": [["key", 5000], BEGAN]})
    with closing(Store(str(tmp_path), migrations=database.MIGRATIONS[: former.LAST])) as store:
        row = [*BEGAN[:8], 6000, 6000, "other", "cd"]
        database.begin(store._connection, row)
    (one,) = taken_over(tmp_path).conversations
    assert one.branch_at_start == "other"


def changed(index: int, value: Any) -> dict[str, object]:
    return {"began": [["key", 5000], [*BEGAN[:index], value, *BEGAN[index + 1 :]]]}


STRANGE: dict[str, object] = {
    "cut off": '{"began": [["k", 1], ["c"',
    "deep": '{"began": ' + "[" * 100_000,
    "a list": [1],
    "a number": 7,
    "a text": "told",
    "nothing": {},
    "too short": {"began": [["key", 5000], BEGAN[:5]]},
    "too long": {"began": [["key", 5000], [*BEGAN, "x"]]},
    "without a project": changed(1, None),
    "an object in a row": changed(6, {}),
    "of the far future": changed(8, 250_000_000_000_000),
    "at a huge moment": changed(9, 10**30),
    "at no moment": changed(9, "5000"),
    "claimed at no moment": {"began": [["key", None], BEGAN]},
    "told by nobody": {"told": [None, *TOLD[1:]]},
    "told nothing": {"told": ["c1", 5000, "startup", [[None, "d", "f"]]]},
    "told half": {"told": ["c1", 5000, "startup", [["a"]]]},
}


@pytest.mark.parametrize("note", STRANGE.values(), ids=STRANGE)
def test_a_line_that_nobody_noted_is_passed_over(note: object, tmp_path: Path) -> None:
    leave(tmp_path, note, {"began": [["key", 5000], BEGAN]})
    log = taken_over(tmp_path)
    assert [one.id for one in log.conversations] == ["c1"]
    assert log.deliveries == ()


def test_what_is_no_journal_is_not_read(tmp_path: Path) -> None:
    leave(tmp_path / "state")
    other = tmp_path / "other"
    other.write_text(json.dumps({"began": [["key", 5000], BEGAN]}))
    (tmp_path / "state" / "noted.jsonl").unlink()
    (tmp_path / "state" / "noted.jsonl").symlink_to(other)
    assert taken_over(tmp_path / "state").conversations == ()
    assert other.exists()
