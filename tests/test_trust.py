import json
from pathlib import Path
from typing import Any

import pytest

from session_hooks_installer.findings import Code
from session_hooks_installer.trust import check, is_trusted

YES = {"hasTrustDialogAccepted": True}


@pytest.mark.parametrize(
    ("client", "trusted"),
    [
        ({"projects": {"/home/you/shop": YES}}, True),
        ({"projects": {"/home/you/shop/": YES}}, True),
        ({"projects": {"/home/you": YES}}, True),  # a folder above
        ({"projects": {"/home/you/shop/src": YES}}, False),
        ({"projects": {"/home/you/sho": YES}}, False),
        ({"projects": {"/home/you/shop": {"hasTrustDialogAccepted": False}}}, False),
        ({"projects": {"/home/you/shop": {}}}, False),
        ({"projects": {"/home/you/shop": YES["hasTrustDialogAccepted"]}}, False),
        ({"projects": []}, False),
        ({}, False),
    ],
)
def test_a_folder_is_trusted_or_one_above_it(client: dict[str, Any], trusted: bool) -> None:
    assert is_trusted(client, ["/home/you/shop"]) is trusted


def test_a_linked_folder_may_be_known_by_either_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("real", "link"):
        (tmp_path / ".claude.json").write_text(
            json.dumps({"projects": {str(tmp_path / name): YES}})
        )
        assert check(tmp_path / "link", {"HOME": str(tmp_path)}).code is Code.TRUSTED


def test_the_configuration_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".claude.json").write_text(json.dumps({"projects": {str(tmp_path): YES}}))
    environ = {"HOME": "/nowhere", "CLAUDE_CONFIG_DIR": str(tmp_path)}
    assert check(tmp_path, environ).code is Code.TRUSTED


@pytest.mark.parametrize("text", [None, "", "{", "[]", "\x00"])
def test_without_a_configuration_that_can_be_read_nothing_is_trusted(
    text: str | None, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / ".claude.json").write_text(text)
    finding = check(tmp_path, {"HOME": str(tmp_path)})
    assert finding.code is Code.UNTRUSTED
    assert str(tmp_path) in finding.what
