"""Settings files as install-hooks leaves them, in the real Claude Code: taken whole, and run.

Mostly with ``-p``: there what the client leaves out is a line in its debug log, and in a terminal
it is not.
"""

import json
import os
import re
import shutil
import time
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from client import terminal
from client.claude import Claude
from helpers import GIT, PROGRAMS, ROOT, command, commit, git
from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check.findings import Severity
from session_hooks_installer.check.run import check
from session_hooks_installer.settings.edit import find, install, uninstall
from session_hooks_installer.settings.handlers import Ownership, Scope, handlers_for
from settings_examples import FILES

pytestmark = pytest.mark.client

_DATA = ROOT / "tests" / "data" / "settings"
_RAN = re.compile(
    r"(SessionStart|SessionEnd):(\w+) \[(.*)\] (?:finished|completed) with status (\d)"
)
_SEEN = ("SessionStart", "SessionEnd")
"""The events that a conversation of one prompt has."""


def shapes() -> dict[str, bytes]:
    """Every shape of a settings file that there is a test of, before we are in it."""
    made = {name: text.encode() for name, text in FILES.items()}
    for path in sorted(_DATA.glob("*.installed.json")):
        before = path.with_name(path.name.replace(".installed.", "."))
        if before.exists():
            made[before.name] = before.read_bytes()
    return made


class Talk(NamedTuple):
    """One conversation: which hooks ran, and what the client had to say of settings."""

    ran: set[tuple[str, str]]
    failed: set[tuple[str, str]]
    complaints: list[str]


def talk(client: Claude, folder: Path) -> Talk:
    client.debug_log.unlink(missing_ok=True)
    said = client.ask(folder, "Hello").stderr.splitlines()
    log = client.debug_log.read_text(errors="replace")
    hooks = [_RAN.search(line) for line in log.splitlines()]
    ran = {(hook[1], hook[3]): hook[4] for hook in hooks if hook}
    skipped = [line.partition(" ")[2] for line in log.splitlines() if "Invalid setting" in line]
    return Talk(
        set(ran), {hook for hook, status in ran.items() if status != "0"}, sorted(said + skipped)
    )


def ours(scope: Scope) -> set[tuple[str, str]]:
    wanted = handlers_for(scope, PROGRAMS)
    return {(event, wanted[event]["command"]) for event in _SEEN}


def put_in(path: Path) -> set[tuple[str, str]]:
    """Our handlers in a file; where somebody's own runs our program, there is none."""
    return {
        (found.event, found.handler["command"])
        for found in find(path.read_bytes().decode())
        if found.ownership is Ownership.OURS and found.event in _SEEN
    }


def theirs(text: bytes) -> set[tuple[str, str]]:
    """What other tools have in a file for a start and an end; all of it can run."""
    hooks = json.loads(text.decode("utf-8-sig")).get("hooks", {})
    return {
        (event, handler["command"])
        for event in _SEEN
        for group in hooks.get(event, [])
        for handler in group["hooks"]
    }


def verdicts(project: Path, client: Claude) -> set[str]:
    """What --check finds wrong, but for what is this installation's and not the settings'."""
    found = check(project, client.env, managed_in=project / "no-managed-settings").findings
    wrong = {one.code.word for one in found if one.severity is not Severity.OK}
    return wrong - {"minimal-path"}  # it is in no folder of the system's


@pytest.fixture
def ready(project: Path, client: Claude, tmp_path: Path) -> Path:
    """A project in which the client finds our programs and a few others, but no more."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for program in (GIT, shutil.which("date")):
        assert program
        (tools / Path(program).name).symlink_to(program)
    client.env["PATH"] = f"{PROGRAMS}{os.pathsep}{tools}"
    client.prepare(project)
    (project / ".claude").mkdir()
    return project


def triples(names: list[str]) -> list[tuple[str | None, ...]]:
    return list(zip_longest(names[::3], names[1::3], names[2::3]))


_TRIPLES = triples(list(FILES)) + triples([name for name in shapes() if name not in FILES])
"""Those that the client has nothing to say of by themselves."""


@pytest.mark.parametrize("names", _TRIPLES, ids=lambda names: ", ".join(filter(None, names)))
def test_the_client_takes_every_shape_and_runs_all_that_is_in_it(
    names: tuple[str | None, ...], ready: Path, client: Claude
) -> None:
    """Three shapes at once, as the team's file, a person's and the user's: the client reads all."""
    texts = shapes()
    paths = {
        Scope.PROJECT: ready / ".claude/settings.json",
        Scope.LOCAL: ready / ".claude/settings.local.json",
        Scope.USER: client.home / ".claude/settings.json",
    }
    files = {
        scope: (paths[scope], texts[name]) for scope, name in zip(paths, names, strict=True) if name
    }
    for scope, (path, before) in files.items():
        path.write_bytes(before)
        installed = command("install-hooks", client.env, ready, "--scope", scope.value, "--quiet")
        assert (installed.code, installed.err) == (0, "")
    our_hooks = {hook for path, _ in files.values() for hook in put_in(path)}

    during = talk(client, ready)
    for scope, (path, before) in files.items():
        gone = command("install-hooks", client.env, ready, "--uninstall", "--scope", scope.value)
        assert gone.code == 0
        assert path.read_bytes() == uninstall(before.decode()).encode()  # some had ours before
    after = talk(client, ready)

    assert during.ran == after.ran | our_hooks
    assert not our_hooks & (after.ran | during.failed)
    assert during.complaints == after.complaints
    for name in names:
        if name in FILES:
            assert theirs(texts[name]) <= after.ran - after.failed
    if names[0] in FILES:
        assert after.complaints == []


@pytest.mark.parametrize("scope", [Scope.LOCAL, Scope.USER])
def test_for_one_person_absolute_paths_run_without_a_shell(
    scope: Scope, ready: Path, client: Claude
) -> None:
    installed = command("install-hooks", client.env, ready, "--scope", scope.value)
    assert installed.code == 0
    assert verdicts(ready, client) == set()
    assert talk(client, ready) == (ours(scope), set(), [])


def test_a_linked_settings_file_is_edited_where_it_is_and_read_there(
    ready: Path, client: Claude, tmp_path: Path
) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text('{"model": "opus"}\n')
    (ready / ".claude" / "settings.json").symlink_to(real)
    assert command("install-hooks", client.env, ready).code == 0
    assert "session-start-hook" in real.read_text()
    assert verdicts(ready, client) == set()
    assert talk(client, ready) == (ours(Scope.PROJECT), set(), [])


def test_no_time_at_all_is_left_out_by_the_client_and_mended_by_installing(
    ready: Path, client: Claude
) -> None:
    path = ready / ".claude" / "settings.json"
    settings = json.loads(install("", handlers_for(Scope.PROJECT, PROGRAMS)))
    settings["hooks"]["SessionEnd"][0]["hooks"][0]["timeout"] = 0
    path.write_text(json.dumps(settings))
    found = talk(client, ready)
    assert {event for event, _ in found.ran} == {"SessionStart"}
    assert any("timeout: Too small" in line for line in found.complaints)
    assert verdicts(ready, client) == {"handler-ignored"}

    assert command("install-hooks", client.env, ready).code == 0
    assert verdicts(ready, client) == set()
    assert talk(client, ready) == (ours(Scope.PROJECT), set(), [])


def test_an_upgrade_counts_for_the_conversation_that_is_running(
    ready: Path, client: Claude
) -> None:
    path = ready / ".claude" / "settings.json"
    old = {hook.event: {"type": "command", "command": hook.program} for hook in HOOKS}
    path.write_text(install("", old))
    with client.converse(ready) as screen:
        assert command("install-hooks", client.env, ready).code == 0
        screen.wait_for(lambda _: "Detected change to" in client.debug_log.read_text())
        screen.submit("/exit")
        screen.wait_for_end()
    ran = {(hook[1], hook[3]) for hook in _RAN.finditer(client.debug_log.read_text())}
    shared = dict(ours(Scope.PROJECT))
    assert ran == {("SessionStart", HOOKS[0].program), ("SessionEnd", shared["SessionEnd"])}


@pytest.mark.parametrize(
    ("user", "shared", "local"),
    [
        (True, False, None),
        (False, True, None),
        (None, True, False),
        (None, False, True),
    ],
)
def test_the_check_and_the_client_agree_which_switch_counts(
    user: bool | None, shared: bool | None, local: bool | None, ready: Path, client: Claude
) -> None:
    assert command("install-hooks", client.env, ready).code == 0
    for path, value in (
        (client.home / ".claude/settings.json", user),
        (ready / ".claude/settings.json", shared),
        (ready / ".claude/settings.local.json", local),
    ):
        if value is not None:
            switched(path, value)
    runs = bool(talk(client, ready).ran)
    assert verdicts(ready, client) == (set() if runs else {"switched-off"})
    last = next(value for value in (local, shared, user) if value is not None)
    assert runs is not last


def switched(path: Path, value: bool) -> None:
    settings: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**settings, "disableAllHooks": value}))


@pytest.mark.parametrize(
    ("scope", "start", "wrong"),
    [
        (Scope.PROJECT, "src", {"not-read"}),
        (Scope.LOCAL, "src", set()),
        (Scope.LOCAL, "../tree", set()),  # the main checkout's
    ],
)
def test_the_check_and_the_client_agree_what_is_read_where(
    scope: Scope, start: str, wrong: set[str], ready: Path, client: Claude
) -> None:
    commit(ready, "src/a.py")
    git(ready, "add", ".agents")
    commit(ready)
    git(ready, "worktree", "add", "-q", "--detach", "../tree")
    assert command("install-hooks", client.env, ready, "--scope", scope.value).code == 0
    assert verdicts(ready / start, client) == wrong
    assert talk(client, ready / start).ran == (set() if wrong else ours(scope))


@pytest.mark.parametrize(("folder", "start", "trusted"), [(".", "src", True), ("..", "src", False)])
def test_the_check_and_the_client_agree_who_is_trusted(
    folder: str, start: str, trusted: bool, ready: Path, client: Claude
) -> None:
    (ready / "src").mkdir()
    assert command("install-hooks", client.env, ready, "--scope", "local").code == 0
    client.prepare((ready / folder).resolve())
    assert verdicts(ready / start, client) == (set() if trusted else {"untrusted"})
    argv = [str(client.program), "--debug-file", str(client.debug_log)]
    with terminal.run(argv, ready / start, client.env) as screen:
        screen.wait_for("SessionStart:startup says" if trusted else "Accessing workspace:")
        if not trusted:
            time.sleep(0.5)  # the client takes input a moment after the question is shown
            screen.send("\x1b")
            screen.wait_for_end()
    assert bool(_RAN.search(client.debug_log.read_text())) is trusted


WRITTEN = install("{}", handlers_for(Scope.PROJECT, PROGRAMS))
UNREAD = {"unreadable-settings", "not-installed"}


def opening(text: str) -> bytes:
    return WRITTEN.replace("{", text, 1).encode()


@pytest.mark.parametrize(
    ("data", "runs", "wrong"),
    [
        (WRITTEN.encode("utf-8-sig"), True, set()),
        (b"\xff\xfe" + WRITTEN.encode("utf-16-le"), True, set()),
        (b"\xfe\xff" + WRITTEN.encode("utf-16-be"), False, UNREAD),
        (opening('{"theme": 5,'), True, set()),
        (opening('{"hooks": 5,'), True, set()),
        (opening("{,"), False, UNREAD),
        (WRITTEN.replace("[", "[null,", 1).encode(), True, set()),
        (
            WRITTEN.replace('"hooks": [', '"matcher": "none", "hooks": [').encode(),
            False,
            {"no-source"},
        ),
    ],
)
def test_the_check_and_the_client_agree_what_a_file_is_worth(
    data: bytes, runs: bool, wrong: set[str], ready: Path, client: Claude
) -> None:
    (ready / ".claude" / "settings.json").write_bytes(data)
    assert verdicts(ready, client) == wrong
    assert bool(talk(client, ready).ran) is runs
