import itertools
import json
import os
import stat
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import STRESS, make_repository
from session_hooks_installer.settings.file import LOCK
from session_hooks_installer.settings.record import (
    FILE,
    FileRecord,
    Record,
    add,
    find,
    folders_for,
    forget,
    read,
    remove_empty,
    share,
    write,
)

some = hypothesis.settings(max_examples=400 if STRESS else 100)
TEXTS = st.text("ab\n\r\ufeff👍", max_size=8)
SETTINGS, IGNORE = "/repo/.claude/settings.local.json", "/repo/.git/info/exclude"
OTHER = "/repo/.claude/other.json"


def changed(*texts: str | None, path: str = SETTINGS, record: Record = ()) -> Record:
    for before, after in itertools.pairwise(texts):
        record = add(record, SETTINGS, path, before, after or "")
    return record


@some
@given(TEXTS | st.none(), st.lists(TEXTS, min_size=1, max_size=5, unique=True))
def test_what_a_file_was_is_found_from_each_text_that_was_made_of_it(
    before: str | None, texts: list[str]
) -> None:
    hypothesis.assume(before not in texts)
    record = changed(before, *texts)
    for text in texts:
        note = find(record, SETTINGS, text)
        assert note is not None
        assert note.former == before
    assert find(record, SETTINGS, texts[-1] + "edited") is None
    assert find(record, SETTINGS, None) is None
    assert find(record, IGNORE, texts[-1]) is None


def test_each_text_leads_back_to_its_own() -> None:
    record = changed("x", "y", record=changed("a", "b"))  # two branches
    assert [find(record, SETTINGS, text) for text in "by"] == list(record)
    left = forget(record, SETTINGS, "b")
    assert left == record[1:]
    assert forget(left, SETTINGS, None) == left
    assert forget(left, SETTINGS, "y") == ()


def test_what_was_changed_anew_is_forgotten_whole() -> None:
    assert forget(changed(None, "a", "b", "c"), SETTINGS, "b") == ()


def test_the_newest_texts_are_kept_and_none_that_is_huge() -> None:
    record: Record = (FileRecord(SETTINGS, "/folder"),)
    for number in range(60):
        record = changed(f"x{number}", str(number), record=record)
    assert len(record) == 21
    assert find(record, SETTINGS, "39") is None
    assert find(record, SETTINGS, "40") is not None
    huge = changed("x" * 2_000_000, "y", path=IGNORE)
    assert huge == (FileRecord(SETTINGS, IGNORE),)


def test_a_line_serves_settings_until_the_last_of_them_is_forgotten() -> None:
    record = changed("", "x\n", path=IGNORE, record=changed("a", "b"))
    for settings in (SETTINGS, OTHER, OTHER):
        record = share(record, settings, [IGNORE, "/elsewhere"])
    assert [(one.settings, one.path) for one in record] == [
        (SETTINGS, SETTINGS),
        (SETTINGS, IGNORE),
        (OTHER, IGNORE),
    ]
    record = forget(record, SETTINGS, "b")
    assert find(record, IGNORE, "x\n") == record[0]
    assert forget(record, OTHER, None) == ()


# --- Where it is kept ----------------------------------------------------------------------------

RECORD = (FileRecord(SETTINGS, SETTINGS, "0", "{}\n"), FileRecord(SETTINGS, "/repo/\udcff"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "agent-session-hooks"


def test_what_is_written_is_read_again_by_its_owner_alone(folder: Path) -> None:
    for record in (RECORD[:1], RECORD):
        assert write([str(folder)], record)
        assert read([str(folder)]) == record
        assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
        (folder / FILE).chmod(0o644)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(folder) == [FILE]


def test_an_empty_record_is_no_file(folder: Path) -> None:
    assert read([str(folder)]) == ()
    write([str(folder)], RECORD)
    assert write([str(folder)], ())
    assert os.listdir(folder) == []


def test_the_first_folder_that_takes_it_has_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    closed = str(tmp_path / "file" / "agent-session-hooks")
    assert write([closed, str(folder)], RECORD)
    assert read([closed, str(folder)]) == RECORD
    assert not write([closed], RECORD)
    assert not write([], RECORD)


FIELDS: list[Any] = ["s", "p", "0", None]
WRONG_NOTES: list[Any] = [
    *[5, None, {}, "abcde", [], FIELDS[:1], [*FIELDS, 0]],
    *([*FIELDS[:at], 5, *FIELDS[at + 1 :]] for at in range(4)),
    *[[None, "p"], ["s", None], ["s", "p", None], ["s", "p", "0", "\ud800"], ["s", "p", "0", []]],
]
OLD = '{"form": 1, "files": {"/x": [[[null, "a", 0, 1, ""]], "", []]}}'


@pytest.mark.parametrize(
    "text",
    [
        *["", "{", "5", "[]", "null", "{}", OLD, "[" * 100_000, '{"notes": ' * 100_000],
        *(json.dumps({"form": form, "notes": []}) for form in (0, 1, 3, "2", None)),
        *(json.dumps({"form": 2, "notes": notes}) for notes in (5, None)),
        *(json.dumps({"form": 2, "notes": [note]}) for note in WRONG_NOTES),
    ],
)
def test_what_is_no_record_is_none(text: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).write_text(text)
    assert read([str(folder)]) == ()
    (folder / FILE).write_bytes(b"\xff\xfe" + text.encode())
    assert read([str(folder)]) == ()
    assert write([str(folder)], RECORD)
    assert read([str(folder)]) == RECORD


def test_an_empty_state_folder_goes_with_the_lock_and_others_stay(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / LOCK).write_text("")
    remove_empty([str(folder), str(folder.parent / "gone")])
    assert not folder.exists()
    folder.mkdir()
    (folder / LOCK).write_text("")
    (folder / "state.db").write_text("")
    remove_empty([str(folder)])
    assert sorted(os.listdir(folder)) == [LOCK, "state.db"]


def test_the_record_lies_where_the_settings_file_really_is(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home")}
    one, other = (make_repository(tmp_path / name) for name in ("one", "other"))
    (one / ".claude").mkdir()
    path = one / ".claude" / "settings.json"
    assert folders_for(path, environ)[0] == f"{one}/.git/agent-session-hooks"
    (other / "claude.json").write_text("{}")
    path.symlink_to(other / "claude.json")
    assert folders_for(path, environ)[0] == f"{other}/.git/agent-session-hooks"
    plain = folders_for(tmp_path / "home" / ".claude" / "settings.json", environ)
    assert [Path(folder).name.startswith("home-") for folder in plain] == [True]
