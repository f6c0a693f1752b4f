import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers import Ran, command, run
from session_hooks.project import error_log
from session_hooks_installer.check.findings import Code
from session_hooks_installer.check.project import LATELY, check_log, check_new_entries, read_logs

NOW = datetime(2025, 12, 4, 12, tzinfo=UTC)


def note(folder: Path, when: datetime, reason: str) -> None:
    entry = error_log.entry(when, "session-end-hook", "SessionEnd", OSError(reason))
    error_log.append([str(folder)], entry)


def test_the_last_failure_is_told_with_how_many_there_were(tmp_path: Path) -> None:
    note(tmp_path, NOW - LATELY - timedelta(hours=1), "history")
    note(tmp_path, NOW - timedelta(hours=3), "first")
    note(tmp_path, NOW - timedelta(hours=2), "second")
    (finding,) = check_log(read_logs([str(tmp_path), str(tmp_path / "gone")]), NOW)
    assert finding.code is Code.LOGGED_ERRORS
    assert "hooks failed 2 times in the last 14 days, last session-end-hook at" in finding.what
    assert finding.what.endswith("OSError: second")
    assert finding.path == str(tmp_path / "hook-errors.log")


def test_of_one_failure_it_says_once(tmp_path: Path) -> None:
    note(tmp_path, NOW, "first")
    (finding,) = check_log(read_logs([str(tmp_path)]), NOW)
    assert "hooks failed once" in finding.what


def test_history_is_nothing(tmp_path: Path) -> None:
    note(tmp_path, NOW - LATELY, "history")
    assert list(check_log(read_logs([str(tmp_path)]), NOW)) == []


def test_a_failure_in_a_trial_is_told_with_its_reason(tmp_path: Path) -> None:
    note(tmp_path, NOW, "now")
    (finding,) = check_new_entries(read_logs([str(tmp_path)]))
    assert finding.code is Code.HOOK_FAILED
    assert "session-end-hook: OSError: now" in finding.what


def test_a_log_of_another_kind_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "hook-errors.log").write_bytes(b"== x\n== not-a-time y z\n\xff\n== \n")
    assert read_logs([str(tmp_path)]) == []


@pytest.fixture
def state(project: Path) -> Path:
    return project / ".git" / "agent-session-hooks"


@pytest.fixture
def installed(project: Path, env: dict[str, str]) -> Path:
    command("install-hooks", env, project)
    return project


@pytest.fixture
def database(state: Path, installed: Path, env: dict[str, str]) -> Path:
    event = {"hook_event_name": "SessionStart", "source": "startup", "session_id": "c1"}
    run("session-start-hook", event | {"cwd": str(installed)}, env)
    assert (state / "state.db").exists()
    return state / "state.db"


def check(project: Path, env: dict[str, str]) -> Ran:
    return command("install-hooks", env, project, "--check", is_bound=True)


def test_before_the_first_conversation_it_says_where_the_memory_will_be_and_begins_none(
    installed: Path, state: Path, env: dict[str, str], home: Path
) -> None:
    found = check(installed, env)
    assert found.code == 0
    assert f"ok       nothing is remembered yet; it will be in {state}/state.db\n" in found.out
    assert {path.name for path in state.iterdir()} == {"install.lock", "installed.json"}
    assert not (home / ".local").exists()


def test_a_memory_that_works_is_tried_and_left_as_it_was(
    installed: Path, database: Path, env: dict[str, str]
) -> None:
    before = database.read_bytes()
    found = check(installed, env)
    assert found.code == 0
    assert f"ok       what is remembered is in {database}, which can be written to\n" in found.out
    assert database.read_bytes() == before
    kept = {"install.lock", "installed.json", "state.db", "state.db-journal"}
    assert {path.name for path in database.parent.iterdir()} == kept


def test_where_git_s_folder_takes_nothing_it_is_the_state_home(
    installed: Path, state: Path, env: dict[str, str], home: Path
) -> None:
    state.chmod(0o500)
    found = check(installed, env)
    assert found.code == 0
    assert f"it will be in {home}/.local/state/agent-session-hooks/shop-" in found.out
    assert f"         ({state} can't be written to.)\n" in found.out


def test_where_no_folder_takes_anything_it_says_what_does_not_work(
    installed: Path, database: Path, env: dict[str, str], home: Path
) -> None:
    database.parent.chmod(0o500)
    home.chmod(0o500)
    found = check(installed, env)
    assert found.code == 1
    closed = f"{database.parent} and {home} can't be written to"
    assert f"error    nothing can be remembered: {closed} [state-not-writable]\n" in found.out
    assert "NEXT_SESSION.md stays where it is" in found.out
    assert f"chmod u+rwx {database.parent}\n" in found.out


def test_a_database_of_somebody_elses_is_not_written_to(
    installed: Path, database: Path, env: dict[str, str]
) -> None:
    database.chmod(0o400)
    found = check(installed, env)
    assert "ok       nothing is remembered yet" in found.out
    assert f"({database} can't be written to.)" in found.out


def test_without_any_folder_it_says_what_to_set(tmp_path: Path, env: dict[str, str]) -> None:
    place = tmp_path / "plain"
    place.mkdir()
    del env["HOME"]
    assert "set HOME or XDG_STATE_HOME" in check(place, env).out


def test_a_file_in_the_folder_s_place_is_named(
    installed: Path, state: Path, env: dict[str, str]
) -> None:
    shutil.rmtree(state)
    state.write_text("x")
    assert f"({state} can't be written to.)" in check(installed, env).out


def test_a_locked_database_is_named_with_what_to_do(
    installed: Path, database: Path, env: dict[str, str]
) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        found = check(installed, env)
    assert found.code == 0
    assert f"warning  {database} is locked by another process" in found.out
    assert f"fuser {database}" in found.out


@pytest.mark.parametrize("kept", [0, 4096])
def test_a_broken_database_is_named_and_left_to_the_next_conversation(
    kept: int, installed: Path, database: Path, env: dict[str, str]
) -> None:
    data = database.read_bytes()
    database.write_bytes(data[:kept] + b"noise" * (len(data) // 5))
    before = database.read_bytes()
    found = check(installed, env)
    assert found.code == 0
    assert f"warning  {database} is broken: " in found.out
    assert "The next conversation keeps a copy of it" in found.out
    assert database.read_bytes() == before


def test_a_later_versions_database_is_an_error(
    installed: Path, database: Path, env: dict[str, str]
) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    found = check(installed, env)
    assert (found.code, found.out.count("error ")) == (1, 1)
    assert f"error    {database} was written by a later version" in found.out
    assert "update agent-session-hooks" in found.out


def test_a_row_that_is_not_ours_is_named(
    installed: Path, database: Path, env: dict[str, str]
) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "INSERT INTO debt (project, kind, document, conversation, owed, first, digest, "
            "commits, earlier, files) VALUES ('p', 'unheard of', 'd', 'c', 0, 0, '', 0, 0, 0)"
        )
        connection.commit()
    found = check(installed, env)
    assert found.code == 0
    assert f"warning  {database} is broken: " in found.out
