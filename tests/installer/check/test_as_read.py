import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import commit, git, make_repository
from session_hooks.project.hooks import ALWAYS
from session_hooks_installer.check.findings import Code
from session_hooks_installer.check.settings import (
    AllSettings,
    Place,
    handlers,
    parse,
    read_all,
)
from session_hooks_installer.check.settings import find as find_places
from session_hooks_installer.settings.edit import find, install
from session_hooks_installer.settings.handlers import Ownership, Scope, handlers_for
from session_hooks_installer.settings.json_edit import SettingsError

TEXT = install("{}", handlers_for(Scope.PROJECT, Path("/x")))
ALL = [hook.event for hook in ALWAYS]
KEYS = st.sampled_from(
    [*ALL, "Stop", "hooks", "matcher", "type", "command", "args", "timeout", "shell"]
)


@pytest.fixture
def shared(repo: Path) -> Path:
    (repo / ".claude").mkdir()
    return repo / ".claude" / "settings.json"


def read(shared: Path, home: Path) -> AllSettings:
    return read_all(shared.parent.parent, {"HOME": str(home)})


def test_handlers_come_with_their_place_the_weakest_file_first(
    shared: Path, home: Path, repo: Path
) -> None:
    (home / ".claude").mkdir()
    for path in (shared, shared.with_name("settings.local.json"), home / ".claude/settings.json"):
        path.write_text(TEXT)
    found = read(shared, home)
    scopes = [item.place.scope for item in found.handlers]
    assert scopes == [scope for scope in (Scope.USER, Scope.PROJECT, Scope.LOCAL) for _ in ALL]
    assert found.findings == ()


@pytest.mark.parametrize("data", [b"{,}", b"[]", b"null", TEXT.encode("utf-16-be"), b"\xff\xfe{"])
def test_what_claude_code_refuses_too_is_an_error(data: bytes, shared: Path, home: Path) -> None:
    shared.write_bytes(data)
    found = read(shared, home)
    (finding,) = found.findings
    assert finding.code is Code.UNREADABLE_SETTINGS
    assert "\n" not in finding.what
    assert not finding.is_command
    assert found.handlers == ()


GROUP = json.dumps(json.loads(TEXT)["hooks"]["SessionEnd"])


# Each was tried in the real client, 2.1.329: it runs what is found here.
@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), ALL),
        (TEXT.replace("{", '{"a": "\xff",', 1).encode("latin-1"), ALL),
        (f'{{"hooks": {{"SessionEnd": [], "SessionEnd": {GROUP}}}}}'.encode(), ["SessionEnd"]),
        (f'{{"hooks": {{"SessionEnd": {GROUP}, "SessionEnd": []}}}}'.encode(), []),
        (f'{{"hooks": {{"SessionEnd": {GROUP}, "PreCompact": {{}}}}}}'.encode(), ["SessionEnd"]),
        (f'{{"hooks": {{"SessionEnd": [null, {GROUP[1:-1]}]}}}}'.encode(), ["SessionEnd"]),
        (b'\xef\xbb\xbf{"hooks": []}', []),
    ],
)
def test_what_claude_code_reads_and_nobody_edits_is_read(
    data: bytes, events: list[str], shared: Path, home: Path
) -> None:
    shared.write_bytes(data)
    found = read(shared, home)
    assert [item.hook.event for item in found.handlers] == events
    assert str(shared) in [path for path, _ in found.settings]
    assert found.findings == ()


@pytest.mark.parametrize("name", ["settings.json", ""])
def test_a_link_that_leads_nowhere_is_no_file(name: str, repo: Path, home: Path) -> None:
    link = repo / ".claude" / name
    if name:
        link.parent.mkdir()
    link.symlink_to("gone")
    found = read_all(repo, {"HOME": str(home)})
    assert {finding.code for finding in found.findings} == {Code.UNREADABLE_SETTINGS}


def test_a_link_that_leads_in_a_circle_is_an_error(shared: Path, home: Path) -> None:
    shared.symlink_to(shared)
    (finding,) = read(shared, home).findings
    assert finding.code is Code.UNREADABLE_SETTINGS


def test_what_is_far_too_much_takes_no_time(shared: Path, home: Path) -> None:
    began = time.monotonic()
    for command in ("session-end-hook " + "a b;" * 400_000, "a b;" * 400_000):
        handler = {"type": "command", "command": command}
        shared.write_text(json.dumps({"hooks": {"SessionEnd": [{"hooks": [handler]}]}}))
        found = read(shared, home)
        assert [item.ownership for item in found.handlers] == (
            [Ownership.WRAPPED] if "session" in command else []
        )
    group = {"hooks": [{"type": "command", "command": "session-end-hook"}]}
    shared.write_text(json.dumps({"hooks": {"SessionEnd": [group] * 20_000}}))
    found = read(shared, home)
    assert len(found.handlers) == 100
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("command", ["python3 -m session_hooks.session_end", "'session'-end-hook"])
def test_the_check_and_the_installer_see_the_same_handlers(
    command: str, shared: Path, home: Path
) -> None:
    handler = {"type": "command", "command": command}
    text = json.dumps({"hooks": {"SessionEnd": [{"hooks": [handler]}]}})
    shared.write_text(text)
    assert [item.handler for item in read(shared, home).handlers] == [
        found.handler for found in find(text)
    ]


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", TEXT, "startup"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, ANY, max_size=4) | ANY)
def test_whatever_a_file_says_nothing_is_raised(settings: object) -> None:
    data = json.dumps(settings).encode()
    with contextlib.suppress(SettingsError):
        for item in handlers(parse(data), Place(Scope.USER, Path("/s"))):
            assert item.problem or set(item.sources) <= set(item.hook.matched)


@given(st.binary())
def test_whatever_bytes_a_file_holds_only_a_refusal_is_raised(data: bytes) -> None:
    with contextlib.suppress(SettingsError):
        parse(data)


def test_a_switch_counts_beside_hooks_of_a_wrong_shape(shared: Path, home: Path) -> None:
    shared.write_text('{"disableAllHooks": true, "hooks": []}')
    contents = [content for _, content in read(shared, home).settings]
    assert {"disableAllHooks": True, "hooks": []} in contents


@pytest.fixture
def world(tmp_path: Path, home: Path) -> Path:
    """A repository with a linked worktree, both with a folder in them, and one outside git."""
    commit(make_repository(tmp_path / "shop"))
    git(tmp_path / "shop", "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    for name in ("shop/src", "tree/src", "plain/deep"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def named(world: Path, start: str) -> list[tuple[str, bool, bool]]:
    found = find_places(world / start, {"HOME": str(world / "home")})
    assert found[0] == Place(Scope.USER, world / "home/.claude/settings.json")
    return [
        (
            place.path.relative_to(world).as_posix().replace("/.claude/settings", ":"),
            place.is_read,
            place.is_edited,
        )
        for place in found[1:]
    ]


EDITED, BY_HAND = True, False


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("shop", [("shop:.json", True, EDITED), ("shop:.local.json", True, EDITED)]),
        (
            "shop/src",
            [
                ("shop/src:.json", True, BY_HAND),
                ("shop:.json", False, EDITED),
                ("shop/src:.local.json", True, BY_HAND),
                ("shop:.local.json", True, EDITED),
            ],
        ),
        (
            "tree",
            [
                ("tree:.json", True, EDITED),
                ("tree:.local.json", True, EDITED),
                ("shop:.local.json", True, EDITED),
            ],
        ),
        (
            "tree/src",
            [
                ("tree/src:.json", True, BY_HAND),
                ("tree:.json", False, EDITED),
                ("tree/src:.local.json", True, BY_HAND),
                ("tree:.local.json", False, EDITED),
                ("shop:.local.json", True, EDITED),
            ],
        ),
        (
            "plain/deep",
            [("plain/deep:.json", True, EDITED), ("plain/deep:.local.json", True, EDITED)],
        ),
    ],
)
def test_where_it_is_started_decides(
    start: str, expected: list[tuple[str, bool, bool]], world: Path
) -> None:
    assert named(world, start) == expected


def test_a_home_that_is_a_repository_is_no_project_for_the_folders_in_it(
    home: Path, tmp_path: Path
) -> None:
    make_repository(home)
    (home / "shop").mkdir()
    environ = {"HOME": str(home)}
    in_home = [place.path for place in find_places(home, environ)]
    assert in_home == [home / ".claude/settings.json", home / ".claude/settings.local.json"]
    below = [place.path for place in find_places(home / "shop", environ)]
    assert below == [
        home / ".claude/settings.json",
        home / "shop/.claude/settings.json",
        home / "shop/.claude/settings.local.json",
    ]


def test_a_link_is_followed_wherever_it_leads(repo: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (repo / ".claude").symlink_to(tmp_path / "dotfiles")
    environ = {"HOME": str(home)}
    _, shared, local = find_places(repo, environ)
    assert (shared.path, shared.is_read) == (repo / ".claude/settings.json", True)
    assert {shared.is_edited, local.is_edited} == {False}
    assert shared.edit_command() == f"change it by hand, in {shared.path}"


def test_what_two_scopes_share_is_one_file(repo: Path, home: Path) -> None:
    (home / ".claude").mkdir()
    (repo / ".claude").symlink_to(home / ".claude")
    assert [place.scope for place in find_places(repo, {"HOME": str(home)})] == [
        Scope.USER,
        Scope.LOCAL,
    ]


def test_another_folder_for_a_persons_own_settings(repo: Path, home: Path, tmp_path: Path) -> None:
    environ = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(tmp_path / "mine")}
    assert find_places(repo, environ)[0].path == tmp_path / "mine" / "settings.json"


@pytest.mark.parametrize(
    ("scope", "path", "is_edited", "remedy"),
    [
        (Scope.LOCAL, "/a b/{}", True, "install-hooks --uninstall --scope local --repo '/a b'"),
        (Scope.LOCAL, "{here}/{}", True, "install-hooks --uninstall --scope local"),
        (Scope.USER, "/a b/{}", True, "install-hooks --uninstall --scope user"),
        (Scope.LOCAL, "/a b/{}", False, "change it by hand, in /a b/.claude/settings.local.json"),
    ],
)
def test_a_file_is_mended_where_it_is_edited(
    scope: Scope, path: str, is_edited: bool, remedy: str
) -> None:
    where = Path(path.format(".claude/settings.local.json", here=Path.cwd()))
    assert Place(scope, where, is_edited=is_edited).edit_command("--uninstall") == remedy
