import json
import os
from pathlib import Path

import pytest

from helpers import in_processes
from session_hooks import noted
from session_hooks.noted import Notes


def lines(folder: Path) -> list[object]:
    with Notes(str(folder), 1) as notes:
        return notes.lines()


def test_what_was_noted_is_there_until_it_is_cleared(tmp_path: Path) -> None:
    assert noted.is_empty(str(tmp_path))
    with Notes(str(tmp_path), 1) as notes:
        notes.append({"a": "é\n"})
        notes.append([1, None])
    assert not noted.is_empty(str(tmp_path))
    with Notes(str(tmp_path), 1) as notes:
        assert notes.lines() == [{"a": "é\n"}, [1, None]]
        notes.clear()
        assert notes.lines() == []
    assert noted.is_empty(str(tmp_path))
    assert (tmp_path / noted.FILE).stat().st_mode & 0o777 == 0o600


def test_behind_a_line_that_was_cut_off_a_new_one_begins(tmp_path: Path) -> None:
    (tmp_path / noted.FILE).write_bytes(b'\n{"a": 1}\n{"b": ')
    with Notes(str(tmp_path), 1) as notes:
        notes.append({"c": 3})
        assert notes.lines() == [{"a": 1}, {"c": 3}]


def test_a_file_that_grew_too_long_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noted, "_MOST_BYTES", 100)
    with Notes(str(tmp_path), 1) as notes:
        notes.append("x" * 80)
        with pytest.raises(noted.NoRoomError):
            notes.append("y" * 80)
        assert notes.lines() == ["x" * 80]
        notes.append("z", in_any_case=True)
        assert notes.lines() == ["x" * 80, "z"]


def test_a_full_disk_leaves_no_half_of_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with Notes(str(tmp_path), 1) as notes:
        notes.append(1)
        monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:2]))
        with pytest.raises(OSError, match="takes no more"):
            notes.append({"long": "line"})
        monkeypatch.undo()
        assert (tmp_path / noted.FILE).read_bytes() == b"\n1"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    (tmp_path / noted.FILE).symlink_to(other)
    with pytest.raises(OSError, match="symbolic"), Notes(str(tmp_path), 1):
        pass


def test_who_holds_it_keeps_others_waiting(tmp_path: Path) -> None:
    with Notes(str(tmp_path), 1) as one:
        assert one.is_alone
        with Notes(str(tmp_path), 0.01) as two:
            assert not two.is_alone
    with Notes(str(tmp_path), 0.01) as three:
        assert three.is_alone


def test_eight_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    def note(number: int) -> None:
        for turn in range(20):
            with Notes(str(tmp_path), 30) as notes:
                notes.append([number, turn])

    in_processes(note, 8)
    found = [json.dumps(line) for line in lines(tmp_path)]
    assert sorted(found) == sorted(json.dumps([n, t]) for n in range(8) for t in range(20))
