import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from session_hooks_installer.findings import Code
from session_hooks_installer.managed import Level, finding_of, folder, read, switched_off

OFF, ON = {"disableAllHooks": True}, {"disableAllHooks": False}
STRICT = "strictPluginOnlyCustomization"
MANAGED_ONLY = {"allowManagedHooksOnly": True}


def levels(*settings: Mapping[str, object]) -> list[Level]:
    return [Level(f"/{number}.json", one) for number, one in enumerate(settings)]


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
        ([{STRICT: ["skills"]}, {STRICT: ["hooks"]}], [], ("/1.json", STRICT, True)),  # joined
        ([{STRICT: False}, {STRICT: ["hooks"]}], [], None),
        ([{STRICT: ["skills"]}, {STRICT: True}], [], None),
    ],
)
def test_the_strongest_file_that_has_the_switch_decides(
    managed: list[dict[str, object]],
    others: list[dict[str, object]],
    switch: tuple[str, str, bool] | None,
) -> None:
    assert switched_off(levels(*managed), levels(*others)) == switch


@pytest.mark.parametrize("value", [True, "yes", "", 0, 1, []])
def test_a_managed_switch_that_is_not_off_is_on(value: object) -> None:
    key = "allowManagedHooksOnly"
    assert switched_off(levels({key: value}), []) == ("/0.json", key, True)
    assert switched_off(levels({key: None}), []) is None


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
    found = switched_off(levels({STRICT: value}), [])
    assert found == (("/0.json", STRICT, True) if is_on else None)


def test_the_finding_names_the_file_and_who_can_mend_it() -> None:
    for managed, others, remedy in (
        ([OFF], [], "ask whoever looks after this machine"),
        ([], [OFF], 'take "disableAllHooks" out of /0.json'),
    ):
        switch = switched_off(levels(*managed), levels(*others))
        assert switch is not None
        finding = finding_of(switch)
        assert (finding.code, finding.path) == (Code.SWITCHED_OFF, "/0.json")
        assert finding.remedy == remedy


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
    found, findings = read(tmp_path)
    assert [level.settings["name"] for level in found] == ["b", "a", "first"]
    assert findings == []


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"a": NaN}', "[" * 100_000, "\udcff"])
def test_what_is_no_json_object_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "managed-settings.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    found, (finding,) = read(tmp_path)
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
    found, findings = read(tmp_path)
    assert [level.settings for level in found] == [settings]
    assert findings == []


def test_where_there_are_none_nothing_is_said(tmp_path: Path) -> None:
    assert read(tmp_path / "gone") == ([], [])


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", "/etc/claude-code"),
        ("darwin", "/Library/Application Support/ClaudeCode"),
        ("win32", r"C:\Program Files\ClaudeCode"),
    ],
)
def test_each_system_has_its_folder(platform: str, place: str) -> None:
    assert folder(platform) == Path(place)
