"""``install-hooks`` as a real process."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from client import terminal
from helpers import PROGRAMS, Ran, add_session, command, git, make_repository, run, session_text
from session_hooks.project.hooks import ALWAYS, HOOKS
from session_hooks_installer.settings.edit import find
from session_hooks_installer.settings.handlers import Scope, handlers_for


def install(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("install-hooks", env, cwd, *arguments)


def settings(repo: Path) -> Path:
    return repo / ".claude" / "settings.json"


def events(path: Path) -> list[str]:
    return [found.event for found in find(path.read_text())]


ALL = [hook.event for hook in ALWAYS]


def test_once_installs_and_twice_is_once(project: Path, env: dict[str, str]) -> None:
    first = install(env, project)
    assert (first.code, first.err) == (0, "")
    assert f"Installed in {settings(project)}:" in first.out
    assert events(settings(project)) == ALL
    before = settings(project).read_bytes()
    second = install(env, project)
    assert f"Already installed in {settings(project)}; nothing changed there." in second.out
    assert settings(project).read_bytes() == before


def test_it_says_its_version(env: dict[str, str], tmp_path: Path) -> None:
    assert install(env, tmp_path, "--version") == (0, f"{version('agent-session-hooks')}\n", "")


def test_it_ends_with_what_the_next_conversation_is_told(
    project: Path, env: dict[str, str]
) -> None:
    out = install(env, project).out
    assert "The next conversation here will be told:" in out
    assert "  | 1. Implement CacheAdapter.read\n" in out
    assert '  | 2 active session files. First to resume: "Weather fallback"' in out


def test_where_there_are_no_session_files_it_says_how_to_begin(
    repo: Path, env: dict[str, str]
) -> None:
    out = install(env, repo).out
    assert "will be told nothing: there is no .agents/sessions/ yet." in out
    assert "agent-session init" in out


def test_where_git_would_commit_what_a_start_takes_it_says_what_keeps_it_out(
    project: Path, env: dict[str, str]
) -> None:
    said = "Once git add -A commits NEXT_SESSION.md, no start takes it. To keep it out: "
    way = "install-hooks --gitignore --scope project"
    assert f"{said}{way}\n" in install(env, project).out
    assert said not in install(env, project, "--quiet").out
    (project / "NEXT_SESSION.md").write_text("x")
    git(project, "add", "NEXT_SESSION.md")
    assert said not in install(env, project).out
    git(project, "rm", "-q", "--cached", "NEXT_SESSION.md")
    assert said not in install(env, project, *way.split()[1:]).out
    assert said not in install(env, project).out


def test_another_repository_is_named(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    assert install(env, tmp_path, "--repo", str(project)).code == 0
    assert events(settings(project)) == ALL
    missing = install(env, tmp_path, "--repo", str(tmp_path / "gone"))
    assert missing.code == 2
    assert "is not a folder" in missing.err


@pytest.mark.parametrize("scope", [Scope.LOCAL, Scope.USER])
def test_one_persons_scopes_name_the_installed_programs(
    scope: Scope, project: Path, env: dict[str, str], home: Path
) -> None:
    env["CLAUDE_CONFIG_DIR"] = str(home / "conf")
    assert install(env, project, "--scope", scope.value).code == 0
    paths = {
        Scope.LOCAL: project / ".claude" / "settings.local.json",
        Scope.USER: home / "conf" / "settings.json",
    }
    wanted = handlers_for(scope, PROGRAMS)
    for found in find(paths[scope].read_text()):
        assert found.handler == wanted[found.event]
        assert os.access(found.handler["command"], os.X_OK)


def test_a_dry_run_shows_the_difference_and_writes_nothing(
    project: Path, env: dict[str, str]
) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text('{\n  "model": "opus"\n}\n')
    shown = install(env, project, "--dry-run")
    assert shown.code == 0
    assert '-  "model": "opus"\n+  "model": "opus",\n+  "hooks": {' in shown.out
    assert settings(project).read_text() == '{\n  "model": "opus"\n}\n'
    install(env, project)
    assert "nothing to change" in install(env, project, "--dry-run").out
    assert '-  "hooks": {' in install(env, project, "--dry-run", "--uninstall").out
    assert events(settings(project)) == ALL


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        (["--with", "compaction"], ["SubagentStop"]),
        (["--with", "subagents, compaction"], ["SubagentStart", "SubagentStop"]),
        (["--with", "subagents"], ["SubagentStart"]),
        (["--with", "live"], ["UserPromptSubmit"]),
        (["--all"], [hook.event for hook in HOOKS if hook.feature]),
    ],
)
def test_further_features_are_added_kept_checked_and_taken_out(
    wanted: list[str], more: list[str], project: Path, env: dict[str, str]
) -> None:
    said = install(env, project, *wanted)
    assert {*events(settings(project))} == {*ALL, *more}
    assert all(event in said.out for event in more)
    again = install(env, project)
    assert "Already installed" in again.out
    assert {*events(settings(project))} == {*ALL, *more}
    found = install(env, project, "--check", "--json").answer
    assert {run["event"] for run in found["runs"]} == {*ALL, *more}
    install(env, project, "--uninstall")
    assert not settings(project).exists()


@pytest.mark.parametrize("arguments", [["--with", "live,x"], ["--with", ","], ["--all", "--check"]])
def test_a_feature_that_is_not_there_is_refused(
    arguments: list[str], project: Path, env: dict[str, str]
) -> None:
    assert install(env, project, *arguments).code == 2
    assert not settings(project).exists()


def test_uninstalling_restores_the_file(project: Path, env: dict[str, str]) -> None:
    settings(project).parent.mkdir()
    original = '{\n\t"model": "opus",\n\t"hooks": {"Stop": []}\n}\n'
    settings(project).write_text(original)
    install(env, project)
    gone = install(env, project, "--uninstall")
    assert gone.code == 0
    assert "Taken out of" in gone.out
    assert settings(project).read_text() == original
    again = install(env, project, "--uninstall")
    assert (again.code, "Not installed" in again.out) == (0, True)


def test_uninstalling_names_what_it_left(project: Path, env: dict[str, str]) -> None:
    settings(project).parent.mkdir()
    handler = {"type": "command", "command": "session-end-hook; date"}
    settings(project).write_text(json.dumps({"hooks": {"SessionEnd": [{"hooks": [handler]}]}}))
    before = settings(project).read_text()
    out = install(env, project, "--uninstall").out
    assert "Note: SessionEnd was left in place, because it runs more than our program" in out
    assert settings(project).read_text() == before


@pytest.mark.parametrize("text", ['{\n  "a": 1,\n}\n', '{"hooks": []}', "// x\n{}"])
def test_what_is_not_valid_settings_is_refused_and_not_touched(
    text: str, project: Path, env: dict[str, str]
) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text(text)
    for arguments in ((), ("--uninstall",), ("--dry-run",)):
        refused = install(env, project, *arguments)
        assert (refused.code, refused.out) == (2, "")
        assert f"{settings(project)}, line " in refused.err
        assert "column" in refused.err
        assert "^" in refused.err
        assert "Nothing was written." in refused.err
    assert settings(project).read_text() == text
    assert sorted(path.name for path in settings(project).parent.iterdir()) == ["settings.json"]


def test_unknown_arguments_are_refused(project: Path, env: dict[str, str]) -> None:
    for arguments in (
        ("--scope", "team"),
        ("--frobnicate",),
        ("--check", "--uninstall"),
        ("--check", "--purge"),
        ("--check", "--dry-run"),
        ("--check", "--gitignore"),
        ("--fix",),
        ("--purge", "--json"),
        ("--uninstall", "--gitignore"),
    ):
        assert install(env, project, *arguments).code == 2
    assert not settings(project).exists()


@pytest.mark.parametrize("has_memory", [False, True])
def test_neither_the_preview_nor_the_check_is_a_conversation(
    has_memory: bool, project: Path, env: dict[str, str]
) -> None:
    state = project / ".git" / "agent-session-hooks"
    if has_memory:
        begun = {"session_id": "c1", "hook_event_name": "SessionStart", "source": "startup"}
        run("session-start-hook", begun | {"cwd": str(project)}, env)
    (project / "NEXT_SESSION.md").write_text("# Next Session\n\n## What's Next\nCache it.\n")
    before = remembered(state / "state.db")
    env["CLAUDE_PID"] = str(os.getpid())
    assert "Cache it." in install(env, project).out
    assert install(env, project, "--check").code == 0
    assert (project / "NEXT_SESSION.md").exists()
    assert not (state / "archive").exists()
    assert remembered(state / "state.db") == before
    assert (before is not None) == has_memory


def remembered(path: Path) -> list[str] | None:
    """All that a database holds; None where there is none."""
    if not path.exists():
        return None
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_a_shell_that_does_not_find_the_programs_is_said_with_the_remedy(
    project: Path, env: dict[str, str], home: Path
) -> None:
    env["PATH"] = "/usr/bin:/bin"
    out = install(env, project).out
    assert "A new shell does not find the programs yet" in out
    commands = [line.strip() for line in out.splitlines() if "~/" in line or "~/.profile" in line]
    assert len(commands) == 2
    # What it says is what helps.
    subprocess.run(["/bin/sh", "-c", " && ".join(commands)], env=env, check=True)
    login = subprocess.run(
        ["/bin/sh", "-c", ". ~/.profile; command -v session-start-hook"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert login.stdout.strip() == str(home / ".local/bin/session-start-hook")
    env["PATH"] = f"{home}/.local/bin:/usr/bin:/bin"
    assert "A new shell does not find" not in install(env, project).out


def test_an_active_virtual_environment_is_not_a_new_shell(
    project: Path, env: dict[str, str]
) -> None:
    env["VIRTUAL_ENV"] = str(PROGRAMS.parent)
    assert "A new shell does not find the programs yet" in install(env, project).out


def test_a_reader_that_has_seen_enough_is_no_error(project: Path, env: dict[str, str]) -> None:
    command = f"{PROGRAMS / 'install-hooks'} | true"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=project, env=env, capture_output=True, check=False
    )
    assert done.stderr == b""
    assert events(settings(project)) == ALL


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
def test_it_speaks_utf_8_whatever_the_locale(
    locale: dict[str, str], project: Path, env: dict[str, str]
) -> None:
    add_session(project, "20260101-000000-x.md", session_text("Größe ✅"))
    ran = install(env | locale, project)
    assert (ran.code, ran.err) == (0, "")
    assert "Größe ✅" in ran.out


def test_a_closed_stdout_or_a_full_one_is_no_traceback(project: Path, env: dict[str, str]) -> None:
    for redirection in (">&-", ">/dev/full"):
        command = f"{PROGRAMS / 'install-hooks'} {redirection}"
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=project, env=env, capture_output=True, check=False
        )
        assert done.returncode == 0
        assert (b"can't print: " in done.stderr) == ("full" in redirection)
        assert b"Traceback" not in done.stderr
        assert events(settings(project)) == ALL


def test_a_folder_that_is_gone_is_refused(tmp_path: Path, env: dict[str, str]) -> None:
    command = f"mkdir gone && cd gone && rmdir ../gone && {PROGRAMS / 'install-hooks'}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_hook_that_says_nothing_is_not_taken_for_an_empty_project(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "yaml.py").write_text("raise ImportError('half an installation')\n")
    out = install(env | {"PYTHONPATH": str(tmp_path)}, project).out
    assert "The hook said nothing, though there are session files" in out


def test_quiet_says_nothing_but_what_is_wrong(project: Path, env: dict[str, str]) -> None:
    assert install(env, project, "-q") == (0, "", "")
    assert events(settings(project)) == ALL
    assert install(env, project, "-q", "--uninstall") == (0, "", "")
    assert not settings(project).exists()
    settings(project).parent.mkdir()
    settings(project).write_text("{,}")
    assert install(env, project, "-q").code == 2


def test_json_says_what_changed_and_what_comes_next(project: Path, env: dict[str, str]) -> None:
    plan = install(env, project, "--json", "--dry-run").answer
    assert not settings(project).exists()
    done = install(env, project, "--json").answer
    assert done["changed"] is True
    (changed,) = done["files"]
    assert (changed["path"], changed["created"]) == (str(settings(project)), True)
    assert changed["diff"].startswith("--- /dev/null\n")
    assert plan["files"] == done["files"]
    assert "Implement CacheAdapter.read" in done["next"]["model"]
    assert "Weather fallback" in done["next"]["person"]
    assert done["to_do"] == []
    again = install(env, project, "--json").answer
    assert (again["changed"], again["files"]) == (False, [])
    gone = install(env, project, "--json", "--uninstall").answer
    assert [one["deleted"] for one in gone["files"]] == [True]


def test_json_says_how_the_programs_are_found(project: Path, env: dict[str, str]) -> None:
    env["PATH"] = "/usr/bin:/bin"
    assert "~/.local/bin" in install(env, project, "--json").answer["to_do"][0]


def test_another_scope_is_told_where_nobody_can_be_asked(
    project: Path, env: dict[str, str]
) -> None:
    install(env, project, "--scope", "user")
    out = install(env, project).out
    assert "Note: the hooks are installed for you in all projects, too" in out
    assert "To keep one: install-hooks --uninstall --scope user" in out
    assert events(settings(project)) == ALL


def test_a_refusal_is_json_too(project: Path, env: dict[str, str]) -> None:
    settings(project).parent.mkdir()
    settings(project).write_text("{,}")
    refused = install(env, project, "--json")
    assert refused.code == 2
    assert "line 1, column 2" in refused.answer["error"]
    assert "line 1, column 2" in refused.err


def test_the_notes_are_json_too(project: Path, env: dict[str, str]) -> None:
    install(env, project, "--scope", "user")
    settings(project).parent.mkdir()
    settings(project).write_text('{"disableAllHooks": true}')
    off, twice = install(env, project, "--json").answer["notes"]
    assert off.startswith('"disableAllHooks" in')
    assert twice.endswith("To keep one: install-hooks --uninstall --scope user")


def test_uninstalling_says_where_the_hooks_stay(project: Path, env: dict[str, str]) -> None:
    for scope in ("local", "user"):
        install(env, project, "--scope", scope)
    out = install(env, project, "--uninstall").out
    assert "Not installed in" in out
    for scope in ("local", "user"):
        assert f"install-hooks --uninstall --scope {scope}" in out


def test_what_is_to_be_pasted_names_the_other_repository(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    other = make_repository(tmp_path / "with blank")
    install(env, other)
    out = install(env, project, "--scope", "local", "--repo", str(other)).out
    command = re.findall(r"To keep one: (.+)", out)[0]
    assert command == f"install-hooks --uninstall --scope project --repo '{other}'"
    assert f"To begin: agent-session init TITLE --repo '{other}'" in out
    subprocess.run(["/bin/sh", "-c", command], cwd=project, env=env, check=True)
    assert not settings(other).exists()


def test_a_link_to_ones_own_settings_is_no_project(
    project: Path, env: dict[str, str], home: Path
) -> None:
    install(env, project, "--scope", "user")
    settings(project).parent.mkdir()
    settings(project).symlink_to(home / ".claude" / "settings.json")
    refused = install(env, project)
    assert refused.code == 2
    assert "is a link to your own settings, which are for all projects" in refused.err


def test_a_link_is_named_with_what_it_leads_to(project: Path, env: dict[str, str]) -> None:
    settings(project).parent.mkdir()
    target = project.parent / "dotfiles.json"
    target.write_text("{}")
    settings(project).symlink_to(target)
    out = install(env, project).out
    assert f"Installed in {settings(project)}, a link to {target}:" in out
    assert "Commit that file" not in out


COMMIT_IT = "Commit that file, and everybody who installs the package has the hooks here too."


def test_that_the_file_can_be_committed_is_said_only_where_git_would_take_it(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    assert COMMIT_IT in install(env, project).out
    git(project, "add", "-f", ".claude/settings.json")
    (project / ".gitignore").write_text(".claude/\n")
    install(env, project, "--uninstall")
    assert COMMIT_IT in install(env, project).out  # it is tracked
    git(project, "rm", "-q", "--cached", ".claude/settings.json")
    install(env, project, "--uninstall")
    alone = (
        f"git ignores {settings(project)}: it stays here, and other worktrees don't get it. "
        "For you everywhere: install-hooks --scope user"
    )
    for ran in (install(env, project), install(env, project)):
        assert "Commit that file" not in ran.out
        assert f"Note: {alone}\n" in ran.out
    assert install(env, project, "--json").answer["notes"] == [alone]
    outside = tmp_path / "outside"
    outside.mkdir()
    said = install(env, outside).out
    assert "Commit that file" not in said
    assert "git" not in said
    assert "Commit that file" not in install(env, project, "--scope", "local").out


def test_a_repositorys_names_do_nothing_to_a_terminal(env: dict[str, str], tmp_path: Path) -> None:
    name = "x\x1b]0;pwned\x07\x1b[2J\u202ey"
    repo = make_repository(tmp_path / name)
    (repo / ".claude").symlink_to(f"/{name}")
    refused = install(env, repo)
    (repo / ".claude").unlink()
    installed = install(env, repo)
    (repo / ".gitignore").write_text("\x1b[2J\n")
    for ran in (refused, installed, install(env, repo, "--uninstall")):
        assert not {"\x1b", "\x07", "\u202e"} & set(ran.out + ran.err)
    with terminal.run(
        [str(PROGRAMS / "install-hooks"), "--gitignore", "--skills"],
        repo,
        {**env, "NO_COLOR": "1"},
    ) as screen:
        assert screen.wait_for_end() == 0
    assert b"\x1b" not in screen.raw


def test_without_a_standard_input_nobody_is_asked(project: Path, env: dict[str, str]) -> None:
    install(env, project, "--scope", "user")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{PROGRAMS / 'install-hooks'} <&-"],
        cwd=project,
        env=env,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert events(settings(project)) == ALL


@pytest.mark.parametrize("name", ["x" * 5000, "a\nb", "gone/../x"])
def test_a_folder_that_cannot_be_looked_at_is_no_folder(
    name: str, project: Path, env: dict[str, str]
) -> None:
    refused = install(env, project, "--repo", name)
    assert refused.code == 2
    assert "is not a folder: name one with --repo DIR" in refused.err


class TestInATerminal:
    def start(
        self, project: Path, env: dict[str, str], *arguments: str
    ) -> contextlib.AbstractContextManager[terminal.Terminal]:
        argv = [str(PROGRAMS / "install-hooks"), *arguments]
        return terminal.run(argv, project, {**env, "TERM": "xterm-256color"})

    def answer(self, screen: terminal.Terminal, keys: str) -> None:
        screen.wait_for("Add the skills handoff, resume-session, close-session as well? [y/N]")
        screen.send(keys)

    @pytest.mark.parametrize("is_wanted", [True, False])
    def test_skills_are_asked_for_where_the_hooks_are_new(
        self, is_wanted: bool, project: Path, env: dict[str, str]
    ) -> None:
        with self.start(project, env) as screen:
            self.answer(screen, "y\r" if is_wanted else "\r")
            assert screen.wait_for_end() == 0
        skill = project / ".claude" / "skills" / "handoff" / "SKILL.md"
        assert skill.exists() is is_wanted
        with self.start(project, env) as screen:
            assert screen.wait_for_end() == 0
        assert "[y/N]" not in screen.text()

    def test_what_changes_is_shown_in_colours(self, project: Path, env: dict[str, str]) -> None:
        settings(project).parent.mkdir()
        settings(project).write_text('{\n  "model": "opus"\n}\n')
        with self.start(project, env) as screen:
            self.answer(screen, "\r")
            assert screen.wait_for_end() == 0
        assert b'\x1b[31m-  "model": "opus"\x1b[0m' in screen.raw
        assert b'\x1b[32m+  "hooks": {\x1b[0m' in screen.raw
        assert "Installed in" in screen.text()
        assert events(settings(project)) == ALL

    def test_no_colour_where_none_is_wanted(self, project: Path, env: dict[str, str]) -> None:
        with self.start(project, {**env, "NO_COLOR": "1"}) as screen:
            self.answer(screen, "\r")
            assert screen.wait_for_end() == 0
        assert b"\x1b[" not in screen.raw
        assert '+  "hooks": {' in screen.text()

    @pytest.mark.parametrize(
        ("answer", "is_installed"), [("y", True), ("n", False), ("", False), ("\x04", False)]
    )
    def test_a_second_scope_is_asked_for_once(
        self, answer: str, is_installed: bool, project: Path, env: dict[str, str]
    ) -> None:
        install(env, project, "--scope", "user")
        with self.start(project, env) as screen:
            screen.wait_for("Install them here, too? [y/N]")
            assert not settings(project).exists()
            screen.send(answer if answer == "\x04" else f"{answer}\r")
            if is_installed:
                self.answer(screen, "\r")
            assert screen.wait_for_end() == 0
        assert settings(project).exists() == is_installed
        assert ("Nothing was changed." in screen.text()) != is_installed

    def test_nobody_is_asked_where_the_answer_is_known(
        self, project: Path, env: dict[str, str]
    ) -> None:
        install(env, project, "--scope", "user")
        install(env, project)
        for arguments in ((), ("-q",), ("--dry-run",), ("--uninstall",)):
            with self.start(project, env, *arguments) as screen:
                assert screen.wait_for_end() == 0
            assert "[y/N]" not in screen.text()

    def test_interrupted_at_the_question_nothing_is_changed(
        self, project: Path, env: dict[str, str]
    ) -> None:
        install(env, project, "--scope", "user")
        with self.start(project, env) as screen:
            screen.wait_for("[y/N]")
            screen.send("\x03")
            assert os.waitstatus_to_exitcode(screen.wait_for_end()) == 2
        assert "Traceback" not in screen.text()
        assert not settings(project).exists()
