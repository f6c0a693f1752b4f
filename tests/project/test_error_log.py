import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from session_hooks.project import error_log

NOW = datetime(2025, 12, 4, 14, 30, tzinfo=UTC)


def failure(message: str = "went wrong") -> str:
    try:
        fail(message)
    except ValueError as error:
        return error_log.entry(NOW, "session-start-hook", "SessionStart", error)


def fail(message: str) -> NoReturn:
    raise ValueError(message)


def test_an_entry_has_time_program_event_error_and_traceback() -> None:
    text = failure()
    assert text.startswith("== 2025-12-04T14:30:00Z session-start-hook SessionStart\n")
    assert "ValueError: went wrong" in text
    assert "Traceback (most recent call last):" in text
    assert "test_error_log.py" in text


def test_entries_are_told_once_and_new_ones_again(tmp_path: Path) -> None:
    folder = str(tmp_path / "state")
    assert error_log.untold([folder]) is None
    for _ in range(2):
        error_log.append([folder], failure("one\n== two\r== three"))
    news = error_log.untold([folder])
    assert news is not None
    assert (news.path, news.entries) == (f"{folder}/hook-errors.log", 2)
    error_log.mark_told(news)
    assert error_log.untold([folder]) is None
    error_log.append([folder], failure())
    again = error_log.untold([folder])
    assert again is not None
    assert again.entries == 1


def test_only_the_owner_reads_the_log(tmp_path: Path) -> None:
    path = error_log.append([str(tmp_path / "state")], failure())
    assert path is not None
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700


def test_the_next_folder_serves_where_the_first_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folders = [str(tmp_path / "file" / "state"), str(tmp_path / "other")]
    assert error_log.append(folders, failure()) == str(tmp_path / "other" / "hook-errors.log")
    assert error_log.untold(folders) is not None


def test_a_link_in_place_of_the_log_is_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / error_log.LOG).symlink_to(target)
    assert error_log.append([str(tmp_path)], failure()) is None
    assert target.read_text() == "mine"


def test_without_any_folder_there_is_no_log() -> None:
    assert error_log.append([], failure()) is None
    assert error_log.append(["/dev/null/x"], failure()) is None


def test_a_log_that_has_grown_is_kept_once_and_begun_anew(tmp_path: Path) -> None:
    folder = str(tmp_path)
    error_log.append([folder], failure())
    news = error_log.untold([folder])
    assert news is not None
    error_log.mark_told(news)
    (tmp_path / error_log.LOG).write_text("x" * (error_log.MAX_BYTES + 1))
    error_log.append([folder], failure())
    assert (tmp_path / f"{error_log.LOG}.1").stat().st_size > error_log.MAX_BYTES
    news = error_log.untold([folder])
    assert news is not None
    assert news.entries == 1


def test_a_broken_memory_tells_again(tmp_path: Path) -> None:
    error_log.append([str(tmp_path)], failure())
    for memory in ("nonsense", "999999", ""):
        (tmp_path / error_log.TOLD).write_text(memory)
        assert error_log.untold([str(tmp_path)]) is not None
