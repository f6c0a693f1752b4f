import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks_installer.handlers import HOOKS, Ownership, Scope, handlers_for, ownership
from session_hooks_installer.json_text import SettingsError
from session_hooks_installer.settings_edit import find, install, load, uninstall

WANTED = handlers_for(Scope.PROJECT, Path("/x"))
OWN = handlers_for(Scope.LOCAL, Path("/x"))
EVENTS = [hook.event for hook in HOOKS]

FILES = {
    "one line": '{"model": "opus", "env": {"A": "b"}}\n',
    "one line, compact": '{"model":"opus","env":{"A":"b"}}',
    "two spaces": '{\n  "model": "opus",\n  "env": {\n    "A": "b"\n  }\n}\n',
    "four spaces": '{\n    "model": "opus"\n}\n',
    "tabs": '{\n\t"model": "opus"\n}\n',
    "CRLF": '{\r\n  "model": "opus"\r\n}\r\n',
    "BOM": '\ufeff{\n  "model": "opus"\n}\n',
    "no newline at the end": '{\n  "model": "opus"\n}',
    "odd spacing": '{  "model" :"opus" ,\n\n"b":[ 1,2 ,3 ] }\n\n',
    "escapes and numbers": '{\n  "a": "\\u00e9\\/é",\n  "n": [1.0, 1e3, -0, 10000000000000]\n}\n',
    "a key of another's twice": '{\n  "x": 1,\n  "x": 2\n}\n',
    "an empty object": "{}",
    "others' hooks in the same events": (
        '{\n  "hooks": {\n    "SessionStart": [\n      {\n        "matcher": "startup",\n'
        '        "hooks": [{"type": "command", "command": "echo session-start-hook"}]\n'
        '      }\n    ],\n    "PreToolUse": []\n  }\n}\n'
    ),
    "brackets on one line": (
        '{\n  "hooks": {\n    "SessionEnd": [{\n      "hooks": [{ "type": "command", "command": '
        '"date" }]\n    }]\n  },\n  "permissions": {"allow": ["Bash(ls:*)", "Read"]}\n}\n'
    ),
}


def merged(text: str, wanted: dict[str, Any] = WANTED) -> dict[str, Any]:
    settings = load(text)
    hooks = settings.setdefault("hooks", {})
    for event in EVENTS:
        hooks.setdefault(event, []).append({"hooks": [wanted[event]]})
    return settings


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_installing_adds_our_handlers_and_nothing_else(text: str) -> None:
    after = install(text, WANTED)
    assert load(after) == merged(text)
    assert is_subsequence(text, after)
    assert install(after, WANTED) == after


def is_subsequence(old: str, new: str) -> bool:
    """Whether every character of the old text is in the new one, in order."""
    rest = iter(new)
    return all(character in rest for character in old)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_uninstalling_gives_the_same_bytes_back(text: str) -> None:
    assert uninstall(install(text, WANTED)) == text
    assert uninstall(text) == text


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_the_files_style_is_kept(text: str) -> None:
    after = install(text, WANTED)
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert after[-1] == text[-1]
    if "\r\n" in text:
        assert after.count("\n") == after.count("\r\n")
    else:
        assert "\r" not in after
    if text.count("\n") < 2 and text != "{}":
        assert after.count("\n") == text.count("\n")


def test_new_lines_are_indented_as_the_file_is() -> None:
    after = install('{\n\t"model": "opus"\n}\n', WANTED)
    assert '\n\t"hooks": {\n\t\t"SessionStart": [\n\t\t\t{\n' in after
    after = install('{\n    "hooks": {\n        "X": []\n    }\n}\n', WANTED)
    assert '\n        "SessionStart": [\n            {\n' in after


@pytest.mark.parametrize("text", ["", " \n", "\ufeff"])
def test_an_empty_file_gets_an_object(text: str) -> None:
    assert load(install(text, WANTED)) == {"hooks": merged("{}")["hooks"]}
    assert uninstall(text) == text


def test_only_what_is_missing_is_added() -> None:
    whole = install("{}", WANTED)
    settings = json.loads(whole)
    del settings["hooks"]["PreCompact"]
    part = json.dumps(settings, indent=2)
    after = install(part, WANTED)
    assert [found.event for found in find(after)] == EVENTS
    for line in part.splitlines()[:-3]:
        assert line in after


def test_an_old_form_is_brought_up_to_date_in_place_and_a_persons_edits_kept() -> None:
    old = (
        '{"hooks": {"SessionStart": [{"matcher": "startup", "hooks": [{"type": "command", '
        '"command": "/gone/session-start-hook", "args": [], "timeout": 30, '
        '"statusMessage": "Reading"}]}]}}'
    )
    group = load(install(old, WANTED))["hooks"]["SessionStart"]
    assert group == [
        {
            "matcher": "startup",
            "hooks": [
                {
                    "type": "command",
                    "command": WANTED["SessionStart"]["command"],
                    "timeout": 30,
                    "statusMessage": "Reading",
                }
            ],
        }
    ]


def test_another_scopes_form_is_replaced_by_this_ones() -> None:
    after = install(install("{}", WANTED), OWN)
    for found in find(after):
        assert found.handler == OWN[found.event]
    assert install(install(after, WANTED), OWN) == after


def test_a_handler_that_runs_more_than_ours_is_left_alone() -> None:
    handler = '{"type": "command", "command": "session-end-hook; date"}'
    mine = f'{{"hooks": {{"SessionEnd": [{{"hooks": [{handler}]}}]}}}}'
    after = install(mine, WANTED)
    assert len(load(after)["hooks"]["SessionEnd"]) == 1
    assert uninstall(after) == mine
    assert [found.ownership for found in find(mine)] == [Ownership.WRAPPED]


def test_uninstalling_keeps_siblings_matchers_and_other_keys() -> None:
    ours = json.dumps(WANTED["SessionStart"])
    a, b = (f'{{"type": "command", "command": "{name}"}}' for name in "ab")
    groups = (
        f'{{"matcher": "x", "hooks": [{a}, {ours}, {b}]}}, {{"matcher": "y", "hooks": [{ours}]}}, '
        f'{{"hooks": [{ours}], "note": 1}}'
    )
    compact = '{"hooks": [{"type": "command", "command": "pre-compact-hook"}]}'
    text = f'{{"hooks": {{"SessionStart": [{groups}], "PreCompact": [{compact}]}}}}'
    assert load(uninstall(text)) == {
        "hooks": {
            "SessionStart": [
                {
                    "matcher": "x",
                    "hooks": [
                        {"type": "command", "command": "a"},
                        {"type": "command", "command": "b"},
                    ],
                },
                {"hooks": [], "note": 1},
            ]
        }
    }


REFUSED = {
    '{\n  // why\n  "a": 1\n}': (2, 3, "JSON has no comments"),
    '{\n  "a": 1, /* x */\n}': (2, 11, "JSON has no comments"),
    '{\n  "a": 1,\n}': (3, 1, "a comma before a closing bracket"),
    '{"a": [1, 2,]}': (1, 13, "a comma before a closing bracket"),
    '{"a": "NaN", "b": NaN}': (1, 19, "NaN is not valid JSON"),
    '{"b": -Infinity}': (1, 7, "-Infinity is not valid JSON"),
    '{"a": 1': (1, 8, "the file ends in the middle"),
    "{'a': 1}": (1, 2, "JSON has double quotes only"),
    "[]": (1, 1, "settings must be one JSON object"),
    "null": (1, 1, "settings must be one JSON object"),
    '{"hooks": []}': (1, 11, '"hooks" must be an object'),
    '{"hooks": null}': (1, 11, '"hooks" must be an object'),
    '{"hooks": {"SessionStart": {}}}': (1, 28, '"SessionStart" must be an array'),
    '{"hooks": {"SessionEnd": [\n5]}}': (2, 1, "each entry of hooks.SessionEnd must be an object"),
    '{"hooks": {"PreCompact": [{"hooks": {}}]}}': (1, 37, '"hooks" must be an array'),
    '{"hooks": {}, "hooks": {}}': (1, 15, '"hooks" is here twice'),
    '{"hooks": {"SessionStart": [], "SessionStart": []}}': (1, 32, '"SessionStart" is here twice'),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.items())
def test_what_is_not_valid_settings_is_refused_with_its_place(
    text: str, expected: tuple[int, int, str]
) -> None:
    line, column, words = expected
    for edit in (lambda: install(text, WANTED), lambda: uninstall(text), lambda: find(text)):
        with pytest.raises(SettingsError) as caught:
            edit()
        assert (caught.value.line, caught.value.column) == (line, column)
        assert words in caught.value.message
        assert caught.value.source == text.split("\n")[line - 1]


def test_numbers_and_letters_that_python_balks_at_are_left_as_they_are() -> None:
    handler = '{"type": "command", "command": "/old/session-start-hook", "x": "\\ud800"}'
    text = f'{{"n": {"9" * 5000}, "hooks": {{"SessionStart": [{{"hooks": [{handler}]}}]}}}}'
    after = install(text, WANTED)
    after.encode("utf-8")
    assert "9" * 5000 in after
    assert r'"\ud800"' in after


def test_deep_nesting_is_refused_or_read() -> None:
    for depth in (500, 5_000, 200_000):
        text = '{"a": ' + "[" * depth + "]" * depth + "}"
        try:
            after = install(text, WANTED)
        except SettingsError as error:
            assert "nested too deeply" in error.message  # noqa: PT017  either is right
        else:
            assert uninstall(after) == text


# Settings as anybody may have written them: any structure, white space and spelling.

SPACE = st.sampled_from(["", " ", "\n", "\n  ", "\t", "\r\n"])
STRINGS = st.text(max_size=8).map(lambda s: json.dumps(s, ensure_ascii=False)) | st.text(
    max_size=8
).map(json.dumps)
SCALARS = st.sampled_from(["1", "-0", "1.50", "1E5", "true", "false", "null"]) | STRINGS


@st.composite
def objects(draw: st.DrawFn, keys: Any, values: Any) -> str:
    names = draw(st.lists(keys, max_size=3, unique=True))
    members = []
    for name in names:
        a, b, c, d = (draw(SPACE) for _ in range(4))
        members.append(f"{a}{name}{b}:{c}{draw(values)}{d}")
    return "{" + (",".join(members) or draw(SPACE)) + "}"


@st.composite
def arrays(draw: st.DrawFn, values: Any) -> str:
    items = [f"{draw(SPACE)}{draw(values)}{draw(SPACE)}" for _ in range(draw(st.integers(0, 3)))]
    return "[" + (",".join(items) or draw(SPACE)) + "]"


OTHER_KEYS = STRINGS.filter(lambda s: json.loads(s) not in ("hooks", *EVENTS))
VALUES = st.recursive(
    SCALARS, lambda inner: arrays(inner) | objects(OTHER_KEYS, inner), max_leaves=5
)
COMMANDS = st.sampled_from(
    ["date", "echo session-start-hook", "session-start-hook", "/old/bin/session-end-hook"]
    + [handler["command"] for handler in (*WANTED.values(), *OWN.values())]
)
HANDLERS = COMMANDS.map(lambda c: json.dumps({"type": "command", "command": c})) | VALUES


@st.composite
def settings(draw: st.DrawFn) -> str:
    group = objects(st.just('"hooks"'), arrays(HANDLERS)) | objects(
        st.sampled_from(['"hooks"', '"matcher"']), arrays(HANDLERS)
    ).filter(lambda text: '"matcher"' not in text)
    events = st.sampled_from([json.dumps(event) for event in (*EVENTS, "Stop")])
    hooks = draw(objects(events, arrays(group)))
    rest = draw(objects(OTHER_KEYS, VALUES))
    inside = rest[1:-1]
    member = f'{draw(SPACE)}"hooks"{draw(SPACE)}:{draw(SPACE)}{hooks}'
    if draw(st.booleans()):
        inside = f"{member},{inside}" if inside.strip() else member
    return draw(SPACE) + "{" + inside + "}" + draw(SPACE)


@given(settings())
def test_any_settings_are_merged_once_and_keep_everything_else(text: str) -> None:
    before = load(text)
    after = install(text, WANTED)
    assert install(after, WANTED) == after
    got = load(after)
    for key, value in before.items():
        if key != "hooks":
            assert got[key] == value
    for event in EVENTS:
        program = next(hook.program for hook in HOOKS if hook.event == event)
        assert any(
            ownership(handler, program) is not Ownership.FOREIGN
            for group in got["hooks"][event]
            for handler in group.get("hooks", [])
            if isinstance(handler, dict)
        )
        assert foreign(got, event, program) == foreign(before, event, program)
    taken_out = uninstall(after)
    assert not [found for found in find(taken_out) if found.ownership is Ownership.OURS]
    load(taken_out)


def foreign(settings: dict[str, Any], event: str, program: str) -> list[Any]:
    return [
        handler
        for group in settings.get("hooks", {}).get(event, [])
        for handler in group.get("hooks", [])
        if not isinstance(handler, dict) or ownership(handler, program) is Ownership.FOREIGN
    ]


@given(objects(OTHER_KEYS, VALUES), SPACE, SPACE)
def test_settings_without_hooks_come_back_byte_for_byte(text: str, before: str, after: str) -> None:
    if load(text):
        assert uninstall(install(before + text + after, WANTED)) == before + text + after


def install_it(text: str) -> str:
    return install(text, WANTED)


@given(st.text())
def test_no_text_does_anything_but_be_edited_or_refused(text: str) -> None:
    for edit in (install_it, uninstall):
        try:
            load(edit(text))
        except SettingsError as error:
            assert error.line >= 1  # noqa: PT017  either is right; which one is json's to say
