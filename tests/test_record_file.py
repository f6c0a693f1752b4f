import os
import stat
from pathlib import Path

import pytest

from helpers import make_repository
from session_hooks_installer.locking import LOCK
from session_hooks_installer.record import Entry, Step
from session_hooks_installer.record_file import FILE, folders_for, read, remove_empty, write

RECORD = {"/p/.claude/settings.json": Entry((Step.of(None, "{}\n"),))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "agent-session-hooks"


def test_what_is_written_is_read_again_by_its_owner_alone(folder: Path) -> None:
    assert write([str(folder)], RECORD)
    assert read([str(folder)]) == RECORD
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(folder) == [FILE]


def test_an_empty_record_is_no_file(folder: Path) -> None:
    assert read([str(folder)]) == {}
    write([str(folder)], RECORD)
    assert write([str(folder)], {})
    assert os.listdir(folder) == []


def test_the_first_folder_that_takes_it_has_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    closed = str(tmp_path / "file" / "agent-session-hooks")
    assert write([closed, str(folder)], RECORD)
    assert read([closed, str(folder)]) == RECORD
    assert not write([closed], RECORD)
    assert not write([], RECORD)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"form": 2, "files": {}}',
        b'{"form": 1}',
        b'{"form": 1, "files": []}',
        b'{"form": 1, "files": {"/x": 5}}',
        b'{"form": 1, "files": {"/x": [[[null, 5, 0, 1, ""]], "", []]}}',
        b'{"form": 1, "files": {"/x": [[[null, "a", "0", 1, ""]], "", []]}}',
        b'{"form": 1, "files": {"/x": [[[null, "a", 0, 1]], "", []]}}',
        b'{"form": 1, "files": {"/x": [[], 5, []]}}',
        b'{"form": 1, "files": {"/x": [[], "", [5]]}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_is_none(text: bytes, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(text)
    assert read([str(folder)]) == {}
    assert write([str(folder)], RECORD)
    assert read([str(folder)]) == RECORD


def test_what_a_killed_run_left_is_in_nobodys_way(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / f"{FILE}.part").write_text("half")
    assert write([str(folder)], RECORD)
    assert os.listdir(folder) == [FILE]
    (folder / f"{FILE}.part").write_text("half")
    assert write([str(folder)], {})
    assert os.listdir(folder) == []


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
