"""``install-hooks --check`` as a real process: one planted fault, and what it says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from helpers import (
    GIT,
    PROGRAMS,
    Ran,
    command,
    environment,
    git,
    make_repository,
    run,
    trust,
)
from session_hooks.project.hooks import ALWAYS, HOOKS
from session_hooks_installer.check.findings import Severity
from session_hooks_installer.check.run import check

ALL = [hook.event for hook in ALWAYS]


def codes(findings: list[dict[str, Any]]) -> set[str]:
    return {one["code"] for one in findings}


class Place(NamedTuple):
    """A project with a good installation, and what a fault is planted in."""

    repo: Path
    env: dict[str, str]
    home: Path
    tmp: Path

    @property
    def local(self) -> Path:
        return self.repo / ".claude" / "settings.local.json"

    @property
    def shared(self) -> Path:
        return self.repo / ".claude" / "settings.json"

    @property
    def state(self) -> Path:
        return self.repo / ".git" / "agent-session-hooks"

    @property
    def has_modes(self) -> bool:
        """Whether a fault is one of modes, which are nothing to root."""
        return not self.home.stat().st_mode & 0o200

    def edit(self, path: Path, change: Callable[[dict[str, Any]], object]) -> None:
        settings = json.loads(path.read_text()) if path.exists() else {}
        change(settings)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(settings))

    def hooks(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change what is installed, in the file that it is installed in."""
        path = self.local if self.local.exists() else self.shared
        self.edit(path, lambda settings: change(settings["hooks"]))

    def check(self, *arguments: str) -> Ran:
        return self.run("install-hooks", "--check", *arguments)

    def run(self, program: str, *arguments: str) -> Ran:
        return command(program, self.env, self.repo, *arguments, is_bound=self.has_modes)

    def bad(self, *arguments: str) -> list[dict[str, Any]]:
        """All that isn't well; the exit code fits it."""
        ran = self.check("--json", *arguments)
        bad = [one for one in ran.answer["findings"] if one["severity"] != "ok"]
        has_errors = any(one["severity"] == "error" for one in bad)
        assert (ran.code, ran.answer["ok"]) == (int(has_errors), not has_errors)
        assert all(one["what"] and one["remedy"] for one in bad)
        return bad

    def found(self, *arguments: str) -> set[str]:
        """The codes of all that isn't well."""
        return codes(self.bad(*arguments))

    def left_when_pasted(self, commands: list[str]) -> set[str]:
        """The codes that are found when some commands were pasted into the same shell."""
        pasted, then = "\n".join(commands), "command -v install-hooks >&2 && exec env -0"
        done = subprocess.run(
            ["/bin/sh", "-c", f"{{ {pasted}\n}} >/dev/null 2>&1\n{then}"],
            cwd=self.repo,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        for line in filter(None, done.stdout.split("\0")):
            name, _, value = line.partition("=")
            self.env[name] = value
        return codes(self.check("--json").answer["findings"])

    def programs(self, lines: str = "", python: str = sys.executable) -> Path:
        """Put other programs before ours on the PATH, which run ours behind some lines."""
        folder = self.tmp / "other"
        folder.mkdir(exist_ok=True)
        for hook in HOOKS:
            script = f"from session_hooks.events.entry import {hook.module}\n{hook.module}()\n"
            self.program(folder / hook.program, f"#!{python}\n{lines}\n{script}")
        self.env["PATH"] = f"{folder}:{self.env['PATH']}"
        return folder

    def program(self, path: Path, script: str) -> Path:
        path.write_text(script)
        path.chmod(0o755)
        return path


@pytest.fixture
def bare(project: Path, env: dict[str, str], home: Path, tmp_path: Path) -> Place:
    """A project in good order, with nothing installed."""
    trust(home, project)
    exclude = project / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/.claude/settings.local.json\n")
    return Place(project, env, home, tmp_path)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What install-hooks writes, the same in every repository."""
    folder = tmp_path_factory.mktemp("written")
    make_repository(folder / "repo")
    for scope in ("project", "local"):
        command("install-hooks", environment(folder), folder, "--scope", scope, "--repo", "repo")
    return folder / "repo" / ".claude"


@pytest.fixture
def place(bare: Place, written: Path) -> Place:
    """Installed for one person, with absolute paths: there nothing at all is to be said."""
    bare.local.parent.mkdir()
    shutil.copy(written / bare.local.name, bare.local)
    return bare


@pytest.fixture
def team(bare: Place, written: Path) -> Place:
    """Installed for a team: an IDE may not find the programs, and nothing else is to be said."""
    bare.shared.parent.mkdir()
    shutil.copy(written / bare.shared.name, bare.shared)
    return bare


# --- Faults where one person installed it --------------------------------------------------------


def not_installed(place: Place) -> None:
    place.local.unlink()


def an_event_missing(place: Place) -> None:
    place.hooks(lambda hooks: hooks.pop("PreCompact"))


def two_scopes(place: Place) -> None:
    command("install-hooks", place.env, place.repo, "--scope", "project")


def two_handlers(place: Place) -> None:
    handler = {"type": "command", "command": str(PROGRAMS / "session-start-hook")}
    place.hooks(lambda hooks: hooks["SessionStart"].append({"hooks": [handler]}))


def the_same_handler_twice(place: Place) -> None:
    place.hooks(lambda hooks: hooks["SessionEnd"].append(hooks["SessionEnd"][0]))


def the_same_handlers_for_the_user(place: Place) -> None:
    command("install-hooks", place.env, place.repo, "--scope", "user")


def a_matcher(place: Place) -> None:
    place.hooks(lambda hooks: hooks["SessionStart"][0].update(matcher="startup|resume"))


def disjoint_matchers(place: Place) -> None:
    def split(hooks: dict[str, Any]) -> None:
        handlers = hooks["SessionStart"][0]["hooks"]
        other = {"type": "command", "command": str(PROGRAMS / "session-start-hook")}
        hooks["SessionStart"] = [
            {"matcher": "startup", "hooks": handlers},
            {"matcher": "resume, clear, compact", "hooks": [other | {"args": [], "timeout": 9}]},
        ]

    place.hooks(split)


def another_installations_path(place: Place) -> None:
    (place.tmp / "old").symlink_to(PROGRAMS)
    text = place.local.read_text()
    place.local.write_text(text.replace(str(PROGRAMS), str(place.tmp / "old")))


def broken_settings(place: Place) -> None:
    place.shared.parent.mkdir(exist_ok=True)
    place.shared.write_text("{,}")


def switched_off(place: Place) -> None:
    place.edit(place.local, lambda settings: settings.update(disableAllHooks=True))


def not_trusted(place: Place) -> None:
    (place.home / ".claude.json").unlink()


def not_ignored(place: Place) -> None:
    (place.repo / ".git" / "info" / "exclude").write_text("")


def tracked(place: Place) -> None:
    git(place.repo, "add", "-f", ".claude/settings.local.json")


def a_program_gone(place: Place) -> None:
    text = place.local.read_text()
    place.local.write_text(text.replace(str(PROGRAMS), str(place.tmp / "gone")))


def a_dependency_broken(place: Place) -> None:
    (place.tmp / "yaml.py").write_text("raise ImportError('half an installation')\n")
    place.env["PYTHONPATH"] = str(place.tmp)


def no_git(place: Place) -> None:
    place.env["PATH"] = str(PROGRAMS)


def no_documents(place: Place) -> None:
    shutil.rmtree(place.repo / ".agents")


def other_documents(place: Place) -> None:
    shutil.rmtree(place.repo / ".agents")
    (place.repo / "NEXT_SESSION.md").write_text("# Next Session\n\n## What's Next\nCache it.\n")


def wrong_configuration(place: Place) -> None:
    (place.repo / ".agents" / "session-hooks.toml").write_text("[context]\nbugdet = 1\n")


def state_not_writable(place: Place) -> None:
    place.state.mkdir()
    place.state.chmod(0o500)
    place.home.chmod(0o500)


def errors_in_the_log(place: Place) -> None:
    run("pre-compact-hook", b"[]", place.env, place.repo)


def too_little_time(place: Place) -> None:
    place.hooks(lambda hooks: hooks["PreCompact"][0]["hooks"][0].update(timeout=0.01))


def no_time_at_all(place: Place) -> None:
    place.hooks(lambda hooks: hooks["SessionStart"][0]["hooks"][0].update(timeout=0))


def a_matcher_that_is_none(place: Place) -> None:
    place.hooks(lambda hooks: hooks["SessionEnd"][0].update(matcher=None))


def copy_for_the_user(place: Place) -> Path:
    path = place.home / ".claude" / "settings.json"
    path.parent.mkdir()
    shutil.copy(place.local, path)
    return path


def a_later_copy_with_less_time(place: Place) -> None:
    copy_for_the_user(place)
    too_little_time(place)


def an_earlier_copy_with_less_time(place: Place) -> None:
    text = place.local.read_text()
    too_little_time(place)
    copy_for_the_user(place)
    place.local.write_text(text)


def a_link_out_of_the_project(place: Place) -> None:
    shutil.move(place.repo / ".claude", place.tmp / "dotfiles")
    (place.repo / ".claude").symlink_to(place.tmp / "dotfiles")


def in_the_wrong_encoding(place: Place) -> None:
    place.local.write_bytes(b"\xff\xfe" + place.local.read_text().encode("utf-16-le"))


def a_link_that_leads_nowhere(place: Place) -> None:
    place.shared.symlink_to("gone.json")


def a_matcher_for_nothing(place: Place) -> None:
    place.hooks(lambda hooks: hooks["PreCompact"][0].update(matcher="startup"))


def a_file_and_an_older_one_for_the_user(place: Place) -> None:
    copy_for_the_user(place)
    another_installations_path(place)


def a_handler_that_does_more(place: Place) -> None:
    handler = {"type": "command", "command": f"{PROGRAMS / 'session-end-hook'}; date"}
    place.hooks(lambda hooks: hooks.update(SessionEnd=[{"hooks": [handler]}]))


def a_persons_own_timeout_and_message(place: Place) -> None:
    own = {"timeout": 20, "statusMessage": "Looking"}
    place.hooks(lambda hooks: hooks["SessionStart"][0]["hooks"][0].update(own))


Plant = Callable[[Place], None]
Fault = tuple[Plant, set[str], set[str] | None]
"""What is planted, the codes that are found, and those that --fix leaves."""


def named(value: object) -> str:
    return getattr(value, "__name__", "")


def fixable(faults: list[Fault]) -> list[Fault]:
    return [fault for fault in faults if fault[2] is not None]


def are_mended_by_what_is_said(place: Place, bad: list[dict[str, Any]]) -> None:
    """Paste each remedy that is a command; pip would ask the network."""
    by_command = [one for one in bad if one["is_command"] and "pip install" not in one["remedy"]]
    if by_command:
        left = place.left_when_pasted([one["remedy"] for one in by_command])
        assert left.isdisjoint(codes(by_command))


NOTHING: set[str] = set()
STAYS = None
"""What no program may mend."""
IDE = "minimal-path"
"""Found wherever a team installed it: the programs are in no folder of the system's."""


FAULTS: list[Fault] = [
    (not_installed, {"not-installed"}, {"minimal-path"}),  # then it is the team's
    (an_event_missing, {"partly-installed"}, NOTHING),
    (two_scopes, {"two-scopes", "minimal-path"}, STAYS),
    (two_handlers, {"two-handlers"}, NOTHING),
    (the_same_handler_twice, NOTHING, STAYS),
    (the_same_handlers_for_the_user, NOTHING, STAYS),
    (a_matcher, {"sources-left-out"}, STAYS),
    (disjoint_matchers, NOTHING, STAYS),
    (another_installations_path, {"out-of-date", "not-tried"}, NOTHING),
    (broken_settings, {"unreadable-settings"}, STAYS),
    (switched_off, {"switched-off"}, STAYS),
    (not_trusted, {"untrusted"}, STAYS),
    (not_ignored, {"local-not-ignored"}, NOTHING),
    (tracked, {"local-tracked"}, STAYS),
    (a_program_gone, {"program-missing"}, NOTHING),
    (a_dependency_broken, {"dependency-broken"}, STAYS),
    (no_git, {"git-not-found"}, STAYS),
    (no_documents, {"no-documents"}, STAYS),
    (other_documents, NOTHING, STAYS),
    (wrong_configuration, {"wrong-configuration"}, STAYS),
    (state_not_writable, {"state-not-writable"}, STAYS),
    (errors_in_the_log, {"logged-errors"}, STAYS),
    (too_little_time, {"too-slow"}, STAYS),
    (no_time_at_all, {"handler-ignored"}, NOTHING),
    (a_matcher_that_is_none, {"handler-ignored"}, STAYS),
    (a_later_copy_with_less_time, {"too-slow"}, STAYS),
    (an_earlier_copy_with_less_time, NOTHING, STAYS),
    (a_link_out_of_the_project, NOTHING, STAYS),
    (in_the_wrong_encoding, NOTHING, STAYS),
    (a_link_that_leads_nowhere, {"unreadable-settings"}, STAYS),
    (a_matcher_for_nothing, {"no-source"}, STAYS),
    (a_file_and_an_older_one_for_the_user, {"two-scopes", "out-of-date", "not-tried"}, STAYS),
    (a_handler_that_does_more, {"not-tried"}, STAYS),
    (a_persons_own_timeout_and_message, NOTHING, STAYS),
]


@pytest.mark.parametrize(("plant", "expected", "left"), FAULTS, ids=named)
def test_each_planted_fault_is_found_and_only_that_one_and_mended_by_what_is_said(
    plant: Plant, expected: set[str], left: set[str] | None, place: Place
) -> None:
    plant(place)
    bad = place.bad()
    assert codes(bad) == expected
    are_mended_by_what_is_said(place, bad)


@pytest.mark.parametrize(("plant", "expected", "left"), fixable(FAULTS), ids=named)
def test_fixing_mends_what_is_safe(
    plant: Plant, expected: set[str], left: set[str], place: Place
) -> None:
    plant(place)
    assert place.found("--fix") == left


# --- Faults where a team installed it ------------------------------------------------------------


def nothing(place: Place) -> None:
    pass


def settings_ignored(place: Place) -> None:
    (place.repo / ".gitignore").write_text(".claude/\n")


def settings_ignored_and_tracked_all_the_same(place: Place) -> None:
    git(place.repo, "add", "-f", ".claude/settings.json")
    settings_ignored(place)


def programs_out_of_reach(place: Place) -> None:
    place.env["PATH"] = "/usr/bin:/bin"


def programs_in_a_virtual_environment(place: Place) -> None:
    place.env["VIRTUAL_ENV"] = str(PROGRAMS.parent)


def programs_not_linked_yet(place: Place) -> None:
    place.env["PATH"] = f"{place.home}/.local/bin:{Path(GIT).parent}:/usr/bin:/bin"


def a_program_of_that_name_is_somebody_elses(place: Place) -> None:
    programs_not_linked_yet(place)
    folder = place.home / ".local" / "bin"
    folder.mkdir(parents=True)
    place.program(folder / "session-end-hook", "not ours").chmod(0o644)


def an_interpreter_gone(place: Place) -> None:
    folder = place.programs(python=str(place.tmp / "gone" / "python3"))
    # A shell goes on to the next program of that name.
    place.env["PATH"] = f"{folder}:{Path(GIT).parent}:/usr/bin:/bin"


def an_interpreter_that_fails(place: Place) -> None:
    python = place.program(place.tmp / "python3", "#!/bin/sh\necho 'no encodings' >&2\nexit 1\n")
    place.programs(python=str(python))


def programs_that_fail(place: Place) -> None:
    place.programs("raise SystemExit(1)")


def a_hook_that_fails_inside(place: Place) -> None:
    # As the hooks' own boundary does it: a line in the log, and exit code 0.
    log = place.state / "hook-errors.log"
    entry = "== 2025-01-01T00:00:00Z session-end-hook SessionEnd\\n   OSError: no\\n"
    lines = f"import os, sys\nos.makedirs({str(place.state)!r}, exist_ok=True)"
    place.programs(f'{lines}\nopen({str(log)!r}, "a").write("{entry}"); sys.exit()')


def no_timeout_at_the_end(place: Place) -> None:
    place.programs("import time, sys; time.sleep('end' in sys.argv[0] and 0.8)")
    place.hooks(lambda hooks: hooks["SessionEnd"][0]["hooks"][0].pop("timeout"))


def a_program_of_the_repositorys_own(place: Place) -> None:
    folder = place.repo / "bin"
    folder.mkdir()
    ran = place.tmp / "ran"
    place.program(folder / "session-start-hook", f"#!/bin/sh\ntouch {ran}\n")
    place.env["PATH"] = f"bin:{place.env['PATH']}"


TEAMS_FAULTS: list[Fault] = [
    (nothing, {IDE}, STAYS),
    (settings_ignored, {"shared-ignored", IDE}, STAYS),
    (settings_ignored_and_tracked_all_the_same, {IDE}, STAYS),
    (programs_out_of_reach, {"program-not-found"}, {"program-not-found"}),
    (programs_in_a_virtual_environment, {"program-not-found"}, STAYS),
    (programs_not_linked_yet, {"program-not-found"}, {IDE}),
    (
        a_program_of_that_name_is_somebody_elses,
        {"program-not-found"},
        {"program-not-found", IDE},
    ),
    (an_interpreter_gone, {"python-broken", IDE}, STAYS),
    (an_interpreter_that_fails, {"run-failed", IDE}, STAYS),
    (programs_that_fail, {"run-failed", IDE}, STAYS),
    (a_hook_that_fails_inside, {"hook-failed", IDE}, STAYS),
    (no_timeout_at_the_end, {"out-of-date", IDE}, {IDE}),
    (a_program_of_the_repositorys_own, {"not-tried", IDE}, STAYS),
]


@pytest.mark.parametrize(("plant", "expected", "left"), TEAMS_FAULTS, ids=named)
def test_each_fault_around_a_teams_installation_is_found_and_mended_by_what_is_said(
    plant: Plant, expected: set[str], left: set[str] | None, team: Place
) -> None:
    plant(team)
    bad = team.bad()
    assert codes(bad) == expected
    are_mended_by_what_is_said(team, bad)
    assert not (team.tmp / "ran").exists()


@pytest.mark.parametrize(("plant", "expected", "left"), fixable(TEAMS_FAULTS), ids=named)
def test_fixing_mends_what_is_safe_around_a_teams_installation(
    plant: Plant, expected: set[str], left: set[str], team: Place
) -> None:
    plant(team)
    assert team.found("--fix") == left


# --- Faults around both --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"allowManagedHooksOnly": true}', {"switched-off"}),
        ('{"disableAllHooks": true}', {"switched-off"}),
        ('{"strictPluginOnlyCustomization": ["hooks"]}', {"switched-off"}),
        ("{", {"unreadable-managed-settings"}),
        ("", NOTHING),
    ],
)
def test_what_an_administrator_set_is_found(text: str, expected: set[str], place: Place) -> None:
    # In this process: nothing that a test may set leads Claude Code, or the check, elsewhere.
    folder = place.tmp / "managed"
    folder.mkdir()
    (folder / "managed-settings.json").write_text(text)
    report = check(place.repo, place.env, managed_in=folder)
    bad = [one for one in report.findings if one.severity is not Severity.OK]
    assert {one.code.word for one in bad} == expected
    assert report.is_ok == (not expected)


def test_in_a_folder_below_a_teams_hooks_do_not_run(team: Place) -> None:
    (team.repo / "src").mkdir()
    assert team.found("--repo", "src") == {"not-read", IDE}
    below = team.repo / "src" / ".claude"
    below.mkdir()
    shutil.copy(team.shared, below)
    assert team.found("--repo", "src") == {IDE}


def test_in_a_folder_below_a_persons_hooks_run(place: Place) -> None:
    (place.repo / "src").mkdir()
    assert place.found("--repo", "src") == NOTHING
    shutil.copy(place.local, place.shared)  # as somebody may who knows no better
    place.shared.write_text(place.shared.read_text().replace(str(PROGRAMS), f"{PROGRAMS}/."))
    assert place.found("--repo", "src") == {"two-scopes", "out-of-date", "not-tried"}


def test_a_linked_worktree_has_the_main_checkouts_local_hooks_too(place: Place) -> None:
    git(place.repo, "add", ".agents")
    git(place.repo, "commit", "-q", "-m", "first")
    tree = place.tmp / "tree"
    git(place.repo, "worktree", "add", "-q", "--detach", str(tree))
    assert place.found("--repo", str(tree), "--fix") == NOTHING
    assert not (tree / ".claude").exists()
    command("install-hooks", place.env, tree, "--scope", "local")
    assert place.found("--repo", str(tree)) == NOTHING
    an_event_missing(place)
    assert place.found("--repo", str(tree)) == NOTHING


PLUGIN = "session-hooks@agent-session-hooks"


@pytest.mark.parametrize("name", [".claude/settings.json", ".claude/settings.local.json"])
def test_hooks_that_run_from_the_plugin_are_installed(name: str, bare: Place) -> None:
    path = bare.repo / name
    bare.edit(path, lambda settings: settings.update(enabledPlugins={PLUGIN: True}))
    assert bare.found() == NOTHING
    said = f"ok       Claude Code runs the hooks of the plugin {PLUGIN}, which {path} enables\n"
    assert said in bare.check().out
    bare.edit(path, lambda settings: settings.update(enabledPlugins={PLUGIN: False}))
    assert bare.found() == {"not-installed"}


def test_a_plugin_that_the_project_turns_off_is_none(bare: Place) -> None:
    for path, is_on in ((bare.home / ".claude/settings.json", True), (bare.shared, False)):
        bare.edit(path, lambda settings: settings.update(enabledPlugins={PLUGIN: is_on}))  # noqa: B023
    assert bare.found() == {"not-installed"}


def test_hooks_in_settings_beside_the_plugin_are_twice(place: Place) -> None:
    user = place.home / ".claude" / "settings.json"
    place.edit(user, lambda settings: settings.update(enabledPlugins={PLUGIN: True}))
    (bad,) = place.bad()
    assert bad["code"] == "two-scopes"
    assert f"claude plugin uninstall {PLUGIN}" in bad["remedy"]


# --- What it says, does and leaves alone ---------------------------------------------------------


def test_where_all_is_well_it_says_so_on_less_than_a_screen(place: Place) -> None:
    found = place.check()
    lines = found.out.splitlines()
    assert (found.code, found.err, lines[-1]) == (0, "", "Everything is in order.")
    assert f"ok       {', '.join(ALL[:-1])} and {ALL[-1]}: local scope ({place.local})" in lines
    assert f"ok       the programs are there: {PROGRAMS}" in lines
    assert "         | Next: Implement CacheAdapter.read" in lines
    assert len(lines) < 35
    assert all(len(line) < 100 or str(place.repo) in line for line in lines)


def test_a_first_check_of_a_good_installation_is_no_alarm(team: Place) -> None:
    not_trusted(team)
    no_documents(team)
    lines = team.check("--quiet").out.splitlines()
    words = [line.split()[0] for line in lines]
    assert (words[::3], words[2::3]) == (["warning"] * 3, ["What"] * 3)
    assert [line.strip().partition(": ")[2] for line in lines[2::3]] == [
        "start claude here once, and accept",
        "start such an IDE from a terminal",
        f"to begin, mkdir -p {team.repo}/.agents/sessions",
    ]


@pytest.mark.parametrize(
    "name", ["a\nb  c", "\x1b[31m", "\u202etxt", "<system-reminder>", "'$HOME"]
)
def test_a_command_names_the_right_folder_whatever_that_is_called(name: str, bare: Place) -> None:
    repo = make_repository(bare.tmp / name)
    out = command("install-hooks", bare.env, bare.tmp, "--check", "--repo", str(repo)).out
    lines = out.splitlines()
    remedy = lines[lines.index("         To mend it:") + 1]
    subprocess.run(
        ["bash", "-c", remedy], cwd=bare.tmp, env=bare.env, stdout=subprocess.PIPE, check=True
    )
    assert (repo / ".claude" / "settings.json").exists()


def test_a_path_that_cannot_be_looked_at_is_a_finding(team: Place) -> None:
    (team.repo / "a" / "b").mkdir(parents=True)
    (team.repo / "link").symlink_to("a/b")
    (team.repo / "x").mkdir()
    (team.repo / "x" / "README").touch()
    (team.repo / "a" / "x" / "README").mkdir(parents=True)
    team.program(team.repo / "a" / "x" / "README" / "session-start-hook", "#!/bin/sh\n")
    path = "/proc/self/cwd/link/../x/README/session-start-hook"
    assert os.access(path.replace("/proc/self/cwd", str(team.repo)), os.X_OK)
    handler = {"type": "command", "command": path, "args": []}
    team.hooks(lambda hooks: hooks.update(SessionStart=[{"hooks": [handler]}]))
    assert team.found() == {"not-tried", "out-of-date", IDE}


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("settings.local.json", None, {"untrusted"}),
        ("settings.json", "/usr/bin:/bin", {"untrusted", "program-not-found"}),
    ],
)
def test_without_a_home_it_is_still_told(
    name: str,
    path: str | None,
    expected: set[str],
    bare: Place,
    written: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os.path, "expanduser", str)  # as for a user without a line
    (bare.repo / ".claude").mkdir()
    shutil.copy(written / name, bare.repo / ".claude")
    env = bare.env | {"PATH": path or bare.env["PATH"]}
    del env["HOME"]
    report = check(bare.repo, env, managed_in=bare.tmp / "nothing")
    bad = [one for one in report.findings if one.severity is not Severity.OK]
    assert {one.code.word for one in bad} == expected


def test_what_is_wrong_comes_with_what_mends_it(place: Place) -> None:
    an_event_missing(place)
    found = place.check()
    assert (found.code, found.out.splitlines()[-1]) == (1, "1 error")
    assert (
        f"error    PreCompact: no handler, local scope ({place.local}) [partly-installed]\n"
        "         So a summary may lose what is next.\n"
        "         To mend it:\n"
        "           install-hooks --scope local\n"
    ) in found.out


def test_the_command_names_another_repository(place: Place) -> None:
    not_installed(place)
    found = command("install-hooks", place.env, place.tmp, "--check", "--repo", str(place.repo))
    assert f"           install-hooks --repo {place.repo}\n" in found.out


def test_as_json_each_run_is_there_with_its_time_and_output(place: Place) -> None:
    answer = place.check("--json").answer
    assert list(answer) == ["ok", "findings", "runs"]
    assert [one["event"] for one in answer["runs"]] == ALL
    start = answer["runs"][0]
    assert start["command"] == str(PROGRAMS / "session-start-hook")
    assert (start["scope"], start["exit_code"], start["stderr"]) == ("local", 0, "")
    assert "2 active session files" in json.loads(start["stdout"])["systemMessage"]
    assert 0 < start["seconds"] < 10
    assert answer["runs"][2]["exit_code"] == 2
    finding = answer["findings"][0]
    assert list(finding) == [
        "code",
        "severity",
        "what",
        "why",
        "remedy",
        "is_command",
        "scope",
        "path",
    ]
    assert (finding["code"], finding["severity"]) == ("installed", "ok")
    assert (finding["scope"], finding["path"]) == ("local", str(place.local))


def test_what_claude_code_leaves_out_is_not_tried(place: Place) -> None:
    no_time_at_all(place)
    runs = place.check("--json").answer["runs"]
    assert [one["event"] for one in runs] == ALL[1:]


def test_fixing_says_what_it_did_and_then_what_is_left(place: Place) -> None:
    an_event_missing(place)
    not_trusted(place)
    lines = place.check("--fix").out.splitlines()
    assert lines[0] == "done: install-hooks --scope local"
    assert f"{', '.join(ALL[:-1])} and {ALL[-1]}: local scope" in lines[1]
    assert lines[-1] == "1 warning"


def test_what_was_fixed_is_no_part_of_the_json(place: Place) -> None:
    an_event_missing(place)
    ran = place.check("--fix", "--json")
    assert ran.err == "done: install-hooks --scope local\n"
    assert ran.answer["ok"]


def test_fixing_overwrites_no_program_of_somebody_elses(team: Place) -> None:
    a_program_of_that_name_is_somebody_elses(team)
    team.check("--fix")
    folder = team.home / ".local" / "bin"
    assert (folder / "session-end-hook").read_text() == "not ours"
    assert (folder / "session-start-hook").resolve() == PROGRAMS / "session-start-hook"


def test_where_settings_cannot_be_edited_nothing_is_done_and_no_such_command_is_said(
    bare: Place,
) -> None:
    broken_settings(bare)
    out = bare.check("--fix").out
    assert "done: " not in out
    assert "To mend it:" not in out
    assert "What to do: mend what is said of the settings above, then install\n" in out


def test_a_dependency_that_is_broken_is_told_with_the_reason(place: Place) -> None:
    a_dependency_broken(place)
    assert "ImportError: half an installation [dependency-broken]\n" in place.check().out


def test_nobody_elses_command_is_run(team: Place) -> None:
    commands = (
        "touch {0}0; session-start-hook",
        "$(touch {0}1)/session-start-hook",
        "./evil/session-start-hook",
        "{1}/evil/session-start-hook",
        "~/evil/session-start-hook",
    )
    ran = team.tmp / "ran"
    for folder in (team.repo, team.home):
        (folder / "evil").mkdir()
        team.program(
            folder / "evil" / "session-start-hook", f"#!/bin/sh\ntouch {ran}-{folder.name}\n"
        )
    handlers = [
        {"type": "command", "command": command.format(ran, team.repo)} for command in commands
    ]
    team.hooks(lambda hooks: hooks.update(SessionStart=[{"hooks": handlers}]))
    answer = team.check("--json").answer
    assert [one["event"] for one in answer["runs"]] == ALL[1:]
    held_back = [one for one in answer["findings"] if one["code"] == "not-tried"]
    assert len(held_back) == len(commands), held_back
    assert not list(team.tmp.glob("ran*"))


class Trap(NamedTuple):
    """Programs that leave a file behind where they are run."""

    place: Place

    @property
    def sprung(self) -> bool:
        return (self.place.tmp / "ran").exists()

    def lay(self, folder: Path, *names: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names or (*(hook.program for hook in HOOKS), "git", "python3"):
            self.place.program(folder / name, f"#!/bin/sh\ntouch {self.place.tmp / 'ran'}\n")
        return folder

    def handler(self, command: str, **more: Any) -> None:
        handler = {"type": "command", "command": command, **more}
        self.place.hooks(lambda hooks: hooks.update(SessionStart=[{"hooks": [handler]}]))


@pytest.fixture
def trap(team: Place) -> Trap:
    return Trap(team)


FORMS = pytest.mark.parametrize("more", [{}, {"args": []}], ids=["shell", "direct"])


@FORMS
def test_a_path_that_reads_like_ours_and_leads_into_the_repository_is_not_run(
    more: dict[str, Any], trap: Trap
) -> None:
    repo = trap.place.repo
    (repo / "a/b/c/d").mkdir(parents=True)
    (repo / "link").symlink_to("a/b/c/d")
    trap.lay(repo / str(PROGRAMS).lstrip("/"))
    path = f"/proc/self/cwd/link/../../../..{PROGRAMS}/session-start-hook"
    assert os.path.abspath(path) == str(PROGRAMS / "session-start-hook")
    assert os.access(path.replace("/proc/self/cwd", str(repo)), os.X_OK)
    trap.handler(path, **more)
    assert trap.place.found() == {"not-tried", "out-of-date", IDE}
    assert not trap.sprung


@FORMS
def test_a_superprojects_programs_are_not_run(more: dict[str, Any], trap: Trap) -> None:
    outer, inner = trap.place.repo, make_repository(trap.place.repo / "inner")
    trap.lay(outer / "tools")
    shutil.copytree(outer / ".claude", inner / ".claude")
    (inner / "up").symlink_to("..")
    place = trap.place._replace(repo=inner)
    Trap(place).handler("/proc/self/cwd/up/tools/session-start-hook", **more)
    place.env["PATH"] = f"{outer}/tools:{place.env['PATH']}"
    assert "not-tried" in place.found()
    assert not trap.sprung


@FORMS
def test_where_the_check_is_started_does_not_decide_what_is_run(
    more: dict[str, Any], trap: Trap
) -> None:
    outer, inner = trap.place.tmp / "outer", trap.place.repo
    trap.place.programs()
    shutil.copytree(trap.place.tmp / "other", outer / "tools")
    trap.lay(inner / "tools")
    trap.handler("/proc/self/cwd/tools/session-start-hook", **more)
    found = command("install-hooks", trap.place.env, outer, "--check", "--repo", str(inner))
    assert "not tried" in found.out
    assert not trap.sprung


@pytest.mark.parametrize(
    ("entry", "python"),
    [
        ("{repo}/bin", "/usr/bin/env python3"),
        ("./bin", "/usr/bin/env python3"),
        ("/proc/self/cwd/bin", sys.executable),
    ],
)
def test_a_path_into_the_repository_leads_to_nothing_that_is_run(
    entry: str, python: str, trap: Trap
) -> None:
    place = trap.place
    place.programs(python=python)
    trap.lay(place.repo / "bin")
    place.env["PATH"] = f"{entry.format(repo=place.repo)}:{place.env['PATH']}"
    assert "not-tried" in place.found()
    command("install-hooks", place.env, place.tmp, "--check", "--fix", "--repo", str(place.repo))
    assert not trap.sprung


def test_a_repositorys_git_is_not_asked(trap: Trap) -> None:
    trap.lay(trap.place.repo / "bin", "git")
    trap.place.env["PATH"] = f"{trap.place.repo}/bin:{trap.place.env['PATH']}"
    shutil.copy(trap.place.shared, trap.place.local)  # git is asked whether it is ignored
    trap.place.found("--fix")
    assert not trap.sprung


@pytest.mark.parametrize("entries", [":{tmp}", ".", "{repo}", "{tmp}/gone:{repo}/"])
def test_a_python_path_into_the_repository_leads_to_nothing_that_is_imported(
    entries: str, place: Place
) -> None:
    # Not from the repository: this very process can't help what its own Python was told.
    for name in ("json.py", "yaml.py", "session_hooks.py"):
        (place.repo / name).write_text(f"open({str(place.tmp / 'ran')!r}, 'w')\n")
    env = place.env | {"PYTHONPATH": entries.format(tmp=place.tmp, repo=place.repo)}
    report = check(place.repo, env, managed_in=place.tmp / "nothing")
    assert {one.code.word for one in report.findings if one.severity is not Severity.OK} == NOTHING
    assert len(report.runs) == len(ALL)
    assert not (place.tmp / "ran").exists()


def test_what_a_repository_has_is_not_imported(place: Place) -> None:
    ran = place.tmp / "ran"
    for name in ("yaml.py", "session_hooks.py", "json.py"):
        (place.repo / name).write_text(f"open({str(ran)!r}, 'w')\n")
    assert place.found("--fix") == NOTHING
    assert not ran.exists()


def test_a_finding_is_explained_by_its_word(bare: Place) -> None:
    done = bare.run("install-hooks", "--explain", "two-scopes")
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 3)
    done = bare.run("install-hooks", "--explain", "no-such")
    assert (done.code, done.out) == (2, "")
    assert "no such finding. There are: installed, not-installed, " in done.err


def test_a_command_that_hangs_is_ended_with_all_that_it_started(team: Place) -> None:
    folder = team.programs()
    team.program(folder / "pre-compact-hook", "#!/bin/sh\nsleep 60 &\nsleep 60\n")
    team.hooks(lambda hooks: hooks["PreCompact"][0]["hooks"][0].update(timeout=0.1))
    assert team.found() == {"too-slow", "minimal-path"}


def test_a_check_changes_nothing(place: Place) -> None:
    def everything() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in place.tmp.rglob("*") if path.is_file()}

    before = everything()
    assert place.check().code == 0
    assert everything() == before
