import json
from pathlib import Path
from typing import Any

import pytest

from helpers import commit, git, make_repository
from session_hooks_installer.findings import Code
from session_hooks_installer.trust import check, is_trusted

YES = {"hasTrustDialogAccepted": True}


@pytest.mark.parametrize(
    ("client", "trusted"),
    [
        ({"projects": {"/home/you/shop": YES}}, True),
        ({"projects": {"/home/you/shop/": YES}}, False),
        ({"projects": {"/home/you": YES}}, False),
        ({"projects": {"/home/you/shop": {"hasTrustDialogAccepted": False}}}, False),
        ({"projects": {"/home/you/shop": {"hasTrustDialogAccepted": 1}}}, False),
        ({"projects": {"/home/you/shop": {}}}, False),
        ({"projects": {"/home/you/shop": YES["hasTrustDialogAccepted"]}}, False),
        ({"projects": []}, False),
        ({}, False),
    ],
)
def test_a_yes_stands_under_the_very_name_of_a_folder(
    client: dict[str, Any], trusted: bool
) -> None:
    assert is_trusted(client, ["/home/you/shop"]) is trusted


def say_yes(home: Path, folder: Path) -> None:
    (home / ".claude.json").write_text(json.dumps({"projects": {str(folder): YES}}))


@pytest.mark.parametrize(
    ("folder", "start", "trusted"),
    [
        ("shop", "shop", True),
        ("shop", "shop/src/deep", True),
        ("shop/src", "shop/src/deep", True),
        ("shop/src", "shop", False),
        (".", "shop", False),  # above the git top level
        ("tree", "tree/src", True),
        ("shop", "tree/src", True),  # the main checkout
        ("tree", "shop", False),
        ("plain", "plain/deep", True),  # outside git any folder above
        (".", "plain/deep", True),
        ("/", "plain", True),
        ("/", "shop", False),
    ],
)
def test_which_folders_trust_is_enough(
    folder: str, start: str, trusted: bool, tmp_path: Path
) -> None:
    commit(make_repository(tmp_path / "shop"))
    git(tmp_path / "shop", "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    for name in ("shop/src/deep", "tree/src", "plain/deep"):
        (tmp_path / name).mkdir(parents=True)
    say_yes(tmp_path, tmp_path / folder)
    code = check(tmp_path / start, {"HOME": str(tmp_path)}).code
    assert code is (Code.TRUSTED if trusted else Code.UNTRUSTED)


@pytest.mark.parametrize(("name", "code"), [("real", Code.TRUSTED), ("link", Code.UNTRUSTED)])
def test_a_linked_folder_is_known_by_its_real_name(name: str, code: Code, tmp_path: Path) -> None:
    make_repository(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    say_yes(tmp_path, tmp_path / name)
    assert check(tmp_path / "link", {"HOME": str(tmp_path)}).code is code


def test_the_configuration_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".claude.json").write_text(json.dumps({"projects": {str(tmp_path): YES}}))
    environ = {"HOME": "/nowhere", "CLAUDE_CONFIG_DIR": str(tmp_path)}
    assert check(tmp_path, environ).code is Code.TRUSTED
    environ = {"HOME": str(tmp_path), "CLAUDE_CONFIG_DIR": "/nowhere"}
    assert check(tmp_path, environ).code is Code.UNTRUSTED  # the other one counts alone


@pytest.mark.parametrize("text", [None, "", "{", "[]", "\x00"])
def test_without_a_configuration_that_can_be_read_nothing_is_trusted(
    text: str | None, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / ".claude.json").write_text(text)
    finding = check(tmp_path, {"HOME": str(tmp_path)})
    assert finding.code is Code.UNTRUSTED
    assert str(tmp_path) in finding.what
