import json
import os
import time
from pathlib import Path

import pytest

from helpers import PROGRAMS
from session_hooks_installer.programs import (
    look_up,
    new_shells_path,
    path_commands,
    preview,
    run,
    shell_finds,
)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_programs_are_where_a_shell_finds_them(tmp_path: Path) -> None:
    one = script(tmp_path / "a b" / "one", "")
    script(tmp_path / "second" / "one", "")
    script(tmp_path / "second" / "not-executable", "").chmod(0o644)
    path = f"{one.parent}:{tmp_path / 'second'}:/usr/bin:/bin"
    names = ["gone", "one", "not-executable", "sh"]
    found = look_up(names, path)
    assert found.pop("sh").endswith("/sh")
    assert found == {"one": str(one)}


def test_what_a_relative_entry_finds_is_the_folders_own(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "one", "")
    path = "bin:/usr/bin"
    assert look_up(["one"], path, tmp_path) == {"one": "bin/one"}
    assert look_up(["one"], path, tmp_path / "bin") == {}


def test_an_active_virtual_environment_is_not_on_a_new_shells_path() -> None:
    environ = {"PATH": "/v/bin:/usr/bin::/v2/bin:/v/x", "VIRTUAL_ENV": "/v"}
    assert new_shells_path(environ) == "/usr/bin:/v2/bin"
    assert new_shells_path({"PATH": "/v/bin:"}) == "/v/bin:"


def test_what_is_found_needs_no_command(env: dict[str, str], home: Path) -> None:
    assert shell_finds(env)
    assert not shell_finds(env | {"VIRTUAL_ENV": str(PROGRAMS.parent)})
    (home / ".local").mkdir()
    (home / ".local" / "bin").symlink_to(PROGRAMS)
    env["PATH"] = f"{home}/.local/bin:{env['PATH']}"
    assert path_commands(PROGRAMS, env) == []


def test_a_run_gets_an_event_and_says_how_long_it_took(
    env: dict[str, str], repo: Path, tmp_path: Path
) -> None:
    program = script(
        tmp_path / "p", '#!/bin/sh\ncat; pwd >&2; echo "$CLAUDE_PROJECT_DIR" >&2\nexit 3\n'
    )
    ran = run([str(program)], "SessionEnd", repo, env)
    assert ran.exit_code == 3
    assert json.loads(ran.stdout)["hook_event_name"] == "SessionEnd"
    assert "session_id" not in json.loads(ran.stdout)  # no conversation: nothing is noted
    assert ran.stderr == f"{repo}\n{repo}\n"
    assert 0 < ran.seconds < 10


def test_a_run_that_takes_too_long_is_ended_with_what_it_started(
    env: dict[str, str], repo: Path, tmp_path: Path
) -> None:
    late = tmp_path / "late"
    program = script(
        tmp_path / "p", f"#!/bin/sh\necho begun\n(sleep 2; touch {late}) &\nsleep 60\n"
    )
    ran = run([str(program)], "SessionEnd", repo, env, seconds=0.3)
    assert (ran.exit_code, ran.stdout) == (None, "begun\n")
    assert ran.seconds < 2
    time.sleep(2.2)
    assert not late.exists()


def test_a_program_that_reads_nothing_is_no_failure(
    env: dict[str, str], repo: Path, tmp_path: Path
) -> None:
    program = script(tmp_path / "p", "#!/bin/sh\nexec <&-\nexit 0\n")
    assert run([str(program)], "SessionStart", repo, env).exit_code == 0


def test_what_cannot_be_started_is_raised(env: dict[str, str], repo: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([str(tmp_path / "gone")], "SessionStart", repo, env)


def test_the_preview_is_what_both_are_told(env: dict[str, str], project: Path) -> None:
    told = preview(PROGRAMS, project, env)
    assert "Other active session files (1):" in told[0]
    assert told[1].startswith("2 active session files")
    assert os.listdir(project / ".git").count("agent-session-hooks") == 0
