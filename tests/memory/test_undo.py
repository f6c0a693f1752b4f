from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers import in_processes
from session_hooks.memory import undo
from session_hooks.memory.undo import Former

NOW = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
CHANGED = Former("a.md", b"before\r\n", "digest")


def names(folder: Path) -> list[str]:
    return [one.command for one in undo.actions(str(folder), "/shop")]


def record(folder: Path, command: str, project: str = "/shop") -> str:
    with undo.alone(str(folder)):
        return undo.record(str(folder), project, command, NOW, [CHANGED])


def test_the_last_one_comes_first_whatever_the_clock_says(tmp_path: Path) -> None:
    for command in ("one", "two", "three"):
        record(tmp_path, command)
    assert names(tmp_path) == ["three", "two", "one"]


def test_the_bytes_are_kept_as_they_were(tmp_path: Path) -> None:
    record(tmp_path, "one")
    (action,) = undo.actions(str(tmp_path), "/shop")
    assert action.files == (CHANGED,)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / undo.FOLDER).iterdir())


def test_another_projects_are_its_own(tmp_path: Path) -> None:
    record(tmp_path, "one", "/other")
    assert names(tmp_path) == []


@pytest.mark.parametrize("damage", ["{", '{"project": "/shop"}', "[]", None])
def test_what_can_not_be_read_is_passed_over(damage: str | None, tmp_path: Path) -> None:
    record(tmp_path, "one")
    folder = Path(record(tmp_path, "two"))
    if damage is None:
        (folder / "0").unlink()
    else:
        (folder / "action.json").write_text(damage)
    assert names(tmp_path) == ["one"]


def test_only_the_last_ones_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "_MOST", 2)
    for command in ("one", "two", "three"):
        record(tmp_path, command)
    assert names(tmp_path) == ["three", "two"]


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "_LOCK_SECONDS", 0.1)

    def wait(_: int) -> None:
        with pytest.raises(TimeoutError), undo.alone(str(tmp_path)):
            pass

    with undo.alone(str(tmp_path)):
        in_processes(wait, 2)
