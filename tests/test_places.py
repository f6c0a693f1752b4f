"""Which settings files Claude Code reads: each case was tried in the real client, 2.1.329."""

from pathlib import Path

import pytest

from helpers import commit, git, make_repository
from session_hooks_installer.findings import Code
from session_hooks_installer.handlers import Scope
from session_hooks_installer.places import (
    Edited,
    Place,
    check_config_dir,
    check_links,
    find,
)


@pytest.fixture
def world(tmp_path: Path, home: Path) -> Path:
    """A repository with a linked worktree, both with a folder in them, and one outside git."""
    commit(make_repository(tmp_path / "shop"))
    git(tmp_path / "shop", "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    for name in ("shop/src", "tree/src", "plain/deep"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def named(world: Path, start: str) -> list[tuple[str, bool, Edited]]:
    found = find(world / start, {"HOME": str(world / "home")})
    assert found[0] == Place(Scope.USER, world / "home/.claude/settings.json")
    return [
        (
            place.path.relative_to(world).as_posix().replace("/.claude/settings", ":"),
            place.is_read,
            place.edited,
        )
        for place in found[1:]
    ]


HERE, THERE, BY_HAND = Edited.HERE, Edited.THERE, Edited.BY_HAND


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("shop", [("shop:.json", True, HERE), ("shop:.local.json", True, HERE)]),
        (
            "shop/src",
            [
                ("shop/src:.json", True, BY_HAND),
                ("shop:.json", False, HERE),
                ("shop/src:.local.json", True, BY_HAND),
                ("shop:.local.json", True, HERE),
            ],
        ),
        (
            "tree",
            [
                ("tree:.json", True, HERE),
                ("tree:.local.json", True, HERE),
                ("shop:.local.json", True, THERE),
            ],
        ),
        (
            "tree/src",
            [
                ("tree/src:.json", True, BY_HAND),
                ("tree:.json", False, HERE),
                ("tree/src:.local.json", True, BY_HAND),
                ("tree:.local.json", False, HERE),
                ("shop:.local.json", True, THERE),
            ],
        ),
        ("plain/deep", [("plain/deep:.json", True, HERE), ("plain/deep:.local.json", True, HERE)]),
    ],
)
def test_where_it_is_started_decides(
    start: str, expected: list[tuple[str, bool, Edited]], world: Path
) -> None:
    assert named(world, start) == expected


def test_a_home_that_is_a_repository_is_no_project_for_the_folders_in_it(
    home: Path, tmp_path: Path
) -> None:
    make_repository(home)
    (home / "shop").mkdir()
    environ = {"HOME": str(home)}
    in_home = [place.path for place in find(home, environ)]
    assert in_home == [home / ".claude/settings.json", home / ".claude/settings.local.json"]
    below = [place.path for place in find(home / "shop", environ)]
    assert below == [
        home / ".claude/settings.json",
        home / "shop/.claude/settings.json",
        home / "shop/.claude/settings.local.json",
    ]
    assert list(check_links(home, environ)) == []


def test_a_link_is_followed_wherever_it_leads(repo: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (repo / ".claude").symlink_to(tmp_path / "dotfiles")
    environ = {"HOME": str(home)}
    _, shared, local = find(repo, environ)
    assert (shared.path, shared.is_read) == (repo / ".claude/settings.json", True)
    assert {shared.edited, local.edited} == {Edited.BY_HAND}
    assert shared.mended(lambda _: "") == f"change it by hand, in {shared.path}"
    (finding,) = check_links(repo, environ)
    assert finding.code is Code.LINKED_SETTINGS
    assert f"{repo}/.claude is a link to {tmp_path}/dotfiles" in finding.what


def test_what_two_scopes_share_is_one_file(repo: Path, home: Path) -> None:
    (home / ".claude").mkdir()
    (repo / ".claude").symlink_to(home / ".claude")
    assert [place.scope for place in find(repo, {"HOME": str(home)})] == [Scope.USER, Scope.LOCAL]


def test_another_folder_for_a_persons_own_settings(repo: Path, home: Path, tmp_path: Path) -> None:
    environ = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(tmp_path / "mine")}
    assert find(repo, environ)[0].path == tmp_path / "mine" / "settings.json"
    assert list(check_config_dir(environ)) == []
    (finding,) = check_config_dir(environ | {"CLAUDE_CONFIG_DIR": ""})
    assert finding.code is Code.EMPTY_CONFIG_DIR


@pytest.mark.parametrize(
    ("edited", "remedy"),
    [
        (Edited.HERE, "install-hooks --uninstall --scope local"),
        (Edited.THERE, "install-hooks --uninstall --scope local --repo '/a b'"),
        (Edited.BY_HAND, "change it by hand, in /a b/.claude/settings.local.json"),
    ],
)
def test_a_file_is_mended_where_it_is_edited(edited: Edited, remedy: str) -> None:
    path = Path("/a b/.claude/settings.local.json")
    place = Place(Scope.LOCAL, path, edited=edited)
    assert place.mended(lambda rest: f"install-hooks {rest}", "--uninstall") == remedy
