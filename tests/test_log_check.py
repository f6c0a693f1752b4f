from datetime import UTC, datetime, timedelta
from pathlib import Path

from session_hooks import hook_log
from session_hooks_installer.findings import Code
from session_hooks_installer.log_check import LATELY, check, failed_now, read

NOW = datetime(2025, 12, 4, 12, tzinfo=UTC)


def note(folder: Path, when: datetime, reason: str) -> None:
    entry = hook_log.entry(when, "session-end-hook", "SessionEnd", OSError(reason))
    hook_log.append([str(folder)], entry)


def test_the_last_failure_is_told_with_how_many_there_were(tmp_path: Path) -> None:
    note(tmp_path, NOW - LATELY - timedelta(hours=1), "history")
    note(tmp_path, NOW - timedelta(hours=3), "first")
    note(tmp_path, NOW - timedelta(hours=2), "second")
    (finding,) = check(read([str(tmp_path), str(tmp_path / "gone")]), NOW)
    assert finding.code is Code.LOGGED_ERRORS
    assert "hooks failed 2 times in the last 14 days, last session-end-hook at" in finding.what
    assert finding.what.endswith("OSError: second")
    assert finding.path == str(tmp_path / "hook-errors.log")


def test_of_one_failure_it_says_once(tmp_path: Path) -> None:
    note(tmp_path, NOW, "first")
    (finding,) = check(read([str(tmp_path)]), NOW)
    assert "hooks failed once" in finding.what


def test_history_is_nothing(tmp_path: Path) -> None:
    note(tmp_path, NOW - LATELY, "history")
    assert list(check(read([str(tmp_path)]), NOW)) == []


def test_a_failure_in_a_trial_is_told_with_its_reason(tmp_path: Path) -> None:
    note(tmp_path, NOW, "now")
    finding = failed_now(read([str(tmp_path)]))
    assert finding.code is Code.HOOK_FAILED
    assert "session-end-hook: OSError: now" in finding.what


def test_a_log_of_another_kind_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "hook-errors.log").write_bytes(b"== x\n== not-a-time y z\n\xff\n== \n")
    assert read([str(tmp_path)]) == []
