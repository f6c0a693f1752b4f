import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers import commit, git, make_repository
from session_hooks_installer.check.coverage import (
    check_switches,
    check_trust,
    is_trusted,
    managed_folder,
    read_managed,
    switched_off,
)
from session_hooks_installer.check.findings import Code
from session_hooks_installer.check.settings import AllSettings, Level
from session_hooks_installer.settings.handlers import CLAUDE

OFF, ON = {"disableAllHooks": True}, {"disableAllHooks": False}
STRICT = "strictPluginOnlyCustomization"
MANAGED_ONLY = {"allowManagedHooksOnly": True}


def levels(*settings: Mapping[str, object]) -> list[Level]:
    return [(f"/{number}.json", one) for number, one in enumerate(settings)]


@pytest.mark.parametrize(
    ("managed", "others", "switch"),
    [
        ([], [], None),
        ([], [{}, {"model": "x"}], None),
        ([], [{}, OFF], ("/1.json", "disableAllHooks", False)),
        ([], [ON, OFF], None),  # the stronger file decides
        ([], [OFF, ON], ("/0.json", "disableAllHooks", False)),
        ([OFF], [ON], ("/0.json", "disableAllHooks", True)),
        ([{"disableAllHooks": "true"}], [], None),  # left out, and the rest of the file counts
        ([ON], [OFF], None),
        ([], [{"disableAllHooks": "yes"}], None),
        ([MANAGED_ONLY], [ON], ("/0.json", "allowManagedHooksOnly", True)),
        ([{"allowManagedHooksOnly": False}, MANAGED_ONLY], [], None),
        ([], [MANAGED_ONLY], None),  # nobody but an administrator can set that
        ([], [{STRICT: True}], None),
        ([{STRICT: False}, {STRICT: ["hooks"]}], [], None),
        ([{STRICT: ["skills"]}, {STRICT: True}], [], None),
    ],
)
def test_the_strongest_file_that_has_the_switch_decides(
    managed: list[dict[str, object]],
    others: list[dict[str, object]],
    switch: tuple[str, str, bool] | None,
) -> None:
    assert switched_off(CLAUDE, levels(*managed), levels(*others)) == switch


@pytest.mark.parametrize("value", [True, "yes", "", 0, 1, []])
def test_a_managed_switch_that_is_not_off_is_on(value: object) -> None:
    key = "allowManagedHooksOnly"
    assert switched_off(CLAUDE, levels({key: value}), []) == ("/0.json", key, True)
    assert switched_off(CLAUDE, levels({key: None}), []) is None


@pytest.mark.parametrize(
    ("value", "is_on"),
    [
        (True, True),
        (["hooks"], True),
        (["skills", "hooks"], True),
        ("hooks", True),
        (1, True),
        ({}, True),
        (False, False),
        (None, False),
        ([], False),
        (["skills"], False),
    ],
)
def test_customization_by_plugins_alone_may_leave_hooks_out(value: object, is_on: bool) -> None:
    found = switched_off(CLAUDE, levels({STRICT: value}), [])
    assert found == (("/0.json", STRICT, True) if is_on else None)


def test_the_finding_names_the_file_and_who_can_mend_it(tmp_path: Path) -> None:
    own = ("/0.json", OFF)
    (finding,) = check_switches(AllSettings(CLAUDE, settings=(own,)), tmp_path)
    assert (finding.code, finding.path) == (Code.SWITCHED_OFF, "/0.json")
    assert finding.remedy == 'take "disableAllHooks" out of /0.json'
    (tmp_path / "managed-settings.json").write_text(json.dumps(OFF))
    (finding,) = check_switches(AllSettings(CLAUDE, settings=(own,)), tmp_path)
    assert finding.path == str(tmp_path / "managed-settings.json")
    assert finding.remedy == "ask whoever looks after this machine"


def test_parts_stand_behind_the_one_file_and_the_last_is_the_strongest(tmp_path: Path) -> None:
    parts = tmp_path / "managed-settings.d"
    parts.mkdir()
    for path, name in (
        (parts / "20-b.json", "b"),
        (parts / "10-a.json", "a"),
        (parts / ".hidden.json", "hidden"),
        (parts / "30-c.JSON", "capitals"),
        (parts / "notes.txt", "notes"),
        (tmp_path / "managed-settings.json", "first"),
    ):
        path.write_text(json.dumps({"name": name}))
    found, findings = read_managed(tmp_path)
    assert [settings["name"] for _, settings in found] == ["b", "a", "first"]
    assert findings == []


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"a": NaN}', "[" * 100_000, "\udcff"])
def test_what_is_no_json_object_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "managed-settings.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    found, (finding,) = read_managed(tmp_path)
    assert found == []
    assert (finding.code, finding.path) == (Code.UNREADABLE_MANAGED_SETTINGS, str(path))


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (b"", {}),
        (b" \n", {}),
        (b"\xef\xbb\xbf{}", {}),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
    ],
)
def test_what_claude_code_takes_is_taken(
    data: bytes, settings: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "managed-settings.json").write_bytes(data)
    found, findings = read_managed(tmp_path)
    assert [said for _, said in found] == [settings]
    assert findings == []


def test_where_there_are_none_nothing_is_said(tmp_path: Path) -> None:
    assert read_managed(tmp_path / "gone") == ([], [])


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", "/etc/claude-code"),
        ("darwin", "/Library/Application Support/ClaudeCode"),
        ("win32", r"C:\Program Files\ClaudeCode"),
    ],
)
def test_each_system_has_its_folder(platform: str, place: str) -> None:
    assert managed_folder(platform) == Path(place)


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
    code = check_trust(tmp_path / start, {"HOME": str(tmp_path)}).code
    assert code is (Code.TRUSTED if trusted else Code.UNTRUSTED)


@pytest.mark.parametrize(("name", "code"), [("real", Code.TRUSTED), ("link", Code.UNTRUSTED)])
def test_a_linked_folder_is_known_by_its_real_name(name: str, code: Code, tmp_path: Path) -> None:
    make_repository(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    say_yes(tmp_path, tmp_path / name)
    assert check_trust(tmp_path / "link", {"HOME": str(tmp_path)}).code is code


def test_the_configuration_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".claude.json").write_text(json.dumps({"projects": {str(tmp_path): YES}}))
    environ = {"HOME": "/nowhere", "CLAUDE_CONFIG_DIR": str(tmp_path)}
    assert check_trust(tmp_path, environ).code is Code.TRUSTED
    environ = {"HOME": str(tmp_path), "CLAUDE_CONFIG_DIR": "/nowhere"}
    assert check_trust(tmp_path, environ).code is Code.UNTRUSTED  # the other one counts alone


@pytest.mark.parametrize("text", [None, "", "{", "[]", "\x00"])
def test_without_a_configuration_that_can_be_read_nothing_is_trusted(
    text: str | None, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / ".claude.json").write_text(text)
    finding = check_trust(tmp_path, {"HOME": str(tmp_path)})
    assert finding.code is Code.UNTRUSTED
    assert str(tmp_path) in finding.what
