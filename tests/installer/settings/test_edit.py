import difflib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings_oracle as oracle
from helpers import ROOT, STRESS
from session_hooks.project.hooks import (
    ALWAYS,
    FEATURES,
    HOOKS,
    PRE_COMPACT,
    SESSION_END,
    SESSION_START,
    Hook,
)
from session_hooks_installer.settings import json_edit
from session_hooks_installer.settings.edit import (
    find,
    install,
    load,
    uninstall,
    wanted_hooks,
)
from session_hooks_installer.settings.handlers import Handler, Ownership, Scope, handlers_for
from session_hooks_installer.settings.json_edit import SettingsError
from settings_examples import FILES, LETTERS, settings, whose

WANTED = handlers_for(Scope.PROJECT, Path("/x"))
OWN = handlers_for(Scope.LOCAL, Path("/x"))
EVENTS = [hook.event for hook in ALWAYS]
some = hypothesis.settings(max_examples=600 if STRESS else 100)
TWICE = '{"type": "command", "command": "session-start-hook", "timeout": 1, "timeout": 2}'


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


@pytest.mark.parametrize("text", ["", " \n", "\ufeff"])
def test_an_empty_file_gets_an_object(text: str) -> None:
    assert load(install(text, WANTED)) == {"hooks": merged("{}")["hooks"]}
    assert uninstall(text) == text


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


def test_of_ours_under_one_matcher_one_stays_and_each_matcher_keeps_its_own() -> None:
    one = '{"type": "command", "command": "session-start-hook", "timeout": 10}'
    mine = one.replace("10", "99")
    group = '{{"matcher": "{}", "hooks": [{}]}}'.format
    text = '{{"hooks": {{"SessionStart": [{}]}}}}'.format
    groups = [
        group("startup", f"{one}, {mine}, {one}"),
        group("resume", one),
        group("", one),
        group("*", one),
        f'{{"hooks": [{mine}]}}',
    ]
    found = [
        (place.matcher, place.handler["timeout"])
        for place in find(install(text(", ".join(groups)), WANTED))
        if place.event == "SessionStart"
    ]
    assert found == [("startup", 99), ("resume", 10), ("", 99)]
    assert load(uninstall(text(", ".join(groups)))) == {}


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


SAMPLES = ROOT / "tests" / "data" / "settings"
"""Files as people write them, each beside what installing three handlers makes of it."""
THREE = {hook.event: WANTED[hook.event] for hook in (SESSION_START, PRE_COMPACT, SESSION_END)}


def samples() -> list[Any]:
    paths = [path for path in sorted(SAMPLES.glob("*.json")) if ".installed" not in path.suffixes]
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.parametrize("path", samples())
def test_a_file_as_people_write_them_is_edited_as_they_would(path: Path) -> None:
    before = path.read_bytes().decode()
    after = path.with_suffix(".installed.json").read_bytes().decode()
    assert install(before, THREE) == after
    assert install(after, THREE) == after
    left = uninstall(after)
    assert load(left) == without_empty_events(load(uninstall(before)))
    assert left == before or load(left) != load(before)


@pytest.mark.parametrize("path", samples())
def test_the_lines_of_a_file_change_by_a_comma_or_where_ours_go_in(path: Path) -> None:
    before = path.read_bytes().decode()
    after = path.with_suffix(".installed.json").read_bytes().decode()
    if before.count("\n") < 2:
        assert after.count("\n") == before.count("\n")
    elif not find(before):
        lines = difflib.ndiff(before.splitlines(), after.splitlines(), charjunk=None)
        changes = [(line[0], line[2:]) for line in lines]
        new = [line for sign, line in changes if sign == "+"]
        for line in (line for sign, line in changes if sign == "-"):
            begin = re.sub(r"(?<=\S)[\]}],?$", "", line)  # what stood in front of the end
            assert any(one in {line, f"{line},"} or one.startswith(begin) for one in new)
        assert sum(hook.program in line for line in new for hook in HOOKS) == len(THREE)


def without_empty_events(settings: dict[str, Any]) -> dict[str, Any]:
    hooks = {
        key: value for key, value in settings.get("hooks", {}).items() if value or key not in EVENTS
    }
    return (
        {**settings, "hooks": hooks}
        if hooks
        else {k: v for k, v in settings.items() if k != "hooks"}
    )


STRAY = "a comma or a closing bracket is missing"
REFUSED = {
    '{\n  // why\n  "a": 1\n}': (2, 3, "JSON has no comments"),
    '{\n  "a": 1, /* x */\n}': (2, 11, "JSON has no comments"),
    '{\n  "a": 1 # x\n}': (2, 10, "JSON has no comments"),
    "// x\n{}": (1, 1, "JSON has no comments"),
    "{}\n// x": (2, 1, "JSON has no comments"),
    '{\n  "a": 1,\n}': (2, 9, "a comma before a closing bracket"),
    '{\n  "a": 1,\n\n\n}': (2, 9, "a comma before a closing bracket"),
    '{"a": [1, 2,]}': (1, 12, "a comma before a closing bracket"),
    '{"a": [1,, 2]}': (1, 10, "a comma too many"),
    '{, "a": 1}': (1, 2, "a comma too many"),
    '{"a": 1},\n': (1, 9, "a comma too many"),
    '{"a": "NaN", "b": NaN}': (1, 19, "NaN is not valid JSON"),
    '{"b": -Infinity}': (1, 7, "-Infinity is not valid JSON"),
    '{"b": [\n"\\"", Infinity]}': (2, 7, "Infinity is not valid JSON"),
    '{"a": 1': (1, 8, "the file ends in the middle"),
    '{"a": ': (1, 7, "the file ends in the middle"),
    '{"a": [{},\n\n': (3, 1, "the file ends in the middle"),
    '{"a": "b': (1, 7, "a quote is opened here and never closed"),
    '{"a': (1, 2, "a quote is opened here and never closed"),
    "{'a': 1}": (1, 2, "double quotes only"),
    "{\"a\": 'x'}": (1, 7, "double quotes only"),
    "{“a”: 1}": (1, 2, "double quotes only"),
    "{a: 1}": (1, 2, "a key in double quotes is missing"),
    '{"a" 1}': (1, 6, "a colon is missing"),
    '{"a", "b": 1}': (1, 5, "a colon is missing"),
    '{"a": 1 "b": 2}': (1, 9, STRAY),
    '{\n  "a": 1\n  "b": 2\n}': (3, 3, STRAY),
    '{"a": [1}': (1, 9, STRAY),
    '{"a": True}': (1, 7, "not a value as JSON has it"),
    '{"a": undefined}': (1, 7, "not a value as JSON has it"),
    '{"a": +1}': (1, 7, "not a value as JSON has it"),
    '{"a": .5}': (1, 7, "not a value as JSON has it"),
    '{"a": 1.}': (1, 8, "not a number as JSON has it"),
    '{"a": 0x1F}': (1, 8, "not a number as JSON has it"),
    '{"a": 007}': (1, 8, "not a number as JSON has it"),
    '{"a": 1} {}': (1, 10, "the settings end before this"),
    '{"a": 1}}': (1, 9, "the settings end before this"),
    '{"a": "x\ny"}': (1, 9, "a line break or tab in a string"),
    '{"a": "x // \ty"}': (1, 13, "a line break or tab in a string"),
    '{"a": "C:\\dir"}': (1, 10, "a backslash in a string"),
    '{"a": "\\x41"}': (1, 8, "a backslash in a string"),
    '{"a": "\\u12"}': (1, 9, "four hex digits"),
    "\ufeff\ufeff{}": (1, 1, "a byte order mark in the middle"),
    "{\ufeff}": (1, 2, "a byte order mark in the middle"),
    "\xa0": (1, 1, "a space that JSON does not have"),
    '{\n\xa0 "a": 1}': (2, 1, "a space that JSON does not have"),
    '{"a":\u20281}': (1, 6, "a space that JSON does not have"),
    "[]": (1, 1, "settings must be one JSON object"),
    "null": (1, 1, "settings must be one JSON object"),
    '\n "x"': (2, 2, "settings must be one JSON object"),
    '{"hooks": []}': (1, 11, '"hooks" must be an object'),
    '{"hooks": null}': (1, 11, '"hooks" must be an object'),
    '{"hooks": {"SessionStart": {}}}': (1, 28, '"SessionStart" must be an array'),
    '{"hooks": {"SessionEnd": [\n5]}}': (2, 1, "each entry of hooks.SessionEnd must be an object"),
    '{"hooks": {"PreCompact": [{"hooks": {}}]}}': (1, 37, '"hooks" must be an array'),
    '{"hooks": {}, "hooks": {}}': (1, 15, '"hooks" is here twice'),
    '{"hooks": {}, "h\\u006foks": {}}': (1, 15, '"hooks" is here twice'),
    '{"hooks": {"SessionStart": [], "SessionStart": []}}': (1, 32, '"SessionStart" is here twice'),
    '{"hooks": {"SessionStart": [{"hooks": [],\n"hooks": []}]}}': (2, 1, '"hooks" is here twice'),
    f'{{"hooks": {{"SessionStart": [{{"hooks": [{TWICE}]}}]}}}}': (
        1,
        107,
        '"timeout" is here twice',
    ),
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
        assert caught.value.source == text.removeprefix("\ufeff").split("\n")[line - 1]
        assert str(caught.value) == f"line {line}, column {column}: {caught.value.message}"


def test_numbers_and_letters_that_python_balks_at_are_left_as_they_are() -> None:
    handler = '{"type": "command", "command": "/old/session-start-hook", "x": "\\ud800"}'
    text = f'{{"n": {"9" * 5000}, "hooks": {{"SessionStart": [{{"hooks": [{handler}]}}]}}}}'
    after = install(text, WANTED)
    after.encode("utf-8")
    assert "9" * 5000 in after
    assert r'"\ud800"' in after


@pytest.mark.parametrize("place", ["hooks", "group", "handler", "value"])
def test_nesting_is_read_or_refused_at_any_depth(place: str) -> None:
    around = {
        "value": '{"a": %s}',
        "hooks": '{"hooks": {"SessionStart": [], "Stop": %s}}',
        "group": '{"hooks": {"SessionStart": [{"x": %s, "hooks": []}]}}',
        "handler": '{"hooks": {"SessionStart": [{"hooks": [{"type": "command", '
        '"command": "session-start-hook", "x": %s}]}]}}',
    }
    for depth in (500, *range(970, 1000), 5_000, 100_000):
        text = around[place] % ("[" * depth + "]" * depth)
        try:
            after = install(text, WANTED)
            uninstall(after)
        except SettingsError as error:
            assert "nested too deeply" in error.message  # noqa: PT017  either is right
        else:
            assert "[" * depth in after


@pytest.mark.parametrize("size", [500, 2_000])
@pytest.mark.parametrize("what", ["permissions", "groups", "handlers", "ours"])
def test_work_grows_no_faster_than_the_file(
    what: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is decoded is counted, and each decoding is of what one value takes in the text."""
    handler = {"type": "command", "command": "session-start-hook" if what == "ours" else "date"}
    groups = {
        "permissions": [],
        "groups": [{"hooks": [handler]}] * size,
        "handlers": [{"hooks": [handler] * size}],
        "ours": [{"matcher": str(number), "hooks": [handler] * 2} for number in range(size)],
    }[what]
    allow = ["Bash(ls:*)"] * (size if what == "permissions" else 1)
    text = json.dumps({"permissions": {"allow": allow}, "hooks": {"SessionStart": groups}})
    decoded = 0

    class Counting(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
            nonlocal decoded
            value, end = super().raw_decode(s, idx)
            decoded += end - idx
            return value, end

    monkeypatch.setattr(json_edit, "_DECODER", Counting(parse_int=json_edit._integer))
    after = install(text, WANTED)
    assert decoded < 10 * len(text)
    decoded = 0
    uninstall(after)
    assert decoded < 10 * len(after)


@given(settings(), st.sampled_from([WANTED, OWN]), st.sets(st.sampled_from(FEATURES)))
def test_installing_is_a_merge_that_touches_our_handlers_alone(
    text: str, wanted: dict[str, Handler], features: set[str]
) -> None:
    after = install(text, wanted, features)
    before, now = load(text), load(after)
    adding = wanted_hooks(features)
    assert now == oracle.merged(before, wanted, HOOKS, whose, adding)

    ours = list(oracle.places(before, HOOKS, whose))
    dead = oracle.superfluous(before, ours)
    kept = [place for place in ours if place not in dead]
    old, new = oracle.tree(text), oracle.tree(after)  # strict: what we write is valid
    there = [oracle.node_of(new, place) for place in oracle.places(now, HOOKS, whose)]
    added = list(added_nodes(before, old, new, adding))
    stayed = sorted(
        (node for node in there if not any(one.begin <= node.start < one.end for one in added)),
        key=lambda node: node.start,
    )
    was = sorted((oracle.node_of(old, place) for place in kept), key=lambda node: node.start)
    oracle.assert_confined(text, after, (was, stayed), oracle.topmost(old, dead), added)
    for one, other in zip(was, stayed, strict=True):
        oracle.assert_same_members(text, one, after, other)


def added_nodes(
    before: dict[str, Any], old: oracle.Node, new: oracle.Node, adding: list[Hook]
) -> Iterator[oracle.Node]:
    """The topmost nodes that installing adds."""
    if not old.has("hooks"):
        yield new.member("hooks")
        return
    for hook in adding:
        groups = before["hooks"].get(hook.event, [])
        handlers = [one for group in groups for one in group.get("hooks", [])]
        if all(whose(one, hook) is Ownership.FOREIGN for one in handlers):
            event = new.member("hooks").member(hook.event)
            is_new = hook.event not in before["hooks"]
            yield event if is_new else event.children[-1]


@given(settings())
def test_uninstalling_takes_our_handlers_out_and_touches_nothing_else(text: str) -> None:
    after = uninstall(text)
    before = load(text)
    ours = list(oracle.places(before, HOOKS, whose))
    assert load(after) == oracle.without(before, ours)
    gone = oracle.topmost(oracle.tree(text), ours)
    oracle.assert_confined(text, after, ([], []), gone)
    assert uninstall(after) == after


@some
@given(settings())
def test_installing_twice_or_in_another_form_between_is_installing_once(text: str) -> None:
    once = install(text, WANTED)
    assert install(once, WANTED) == once
    other = install(once, OWN)
    assert install(other, OWN) == other
    back = install(other, WANTED)
    assert load(back) == load(once)
    assert install(install(back, OWN), WANTED) == back  # in the very bytes


@given(settings())
def test_without_a_record_nothing_of_ours_stays(text: str) -> None:
    once = install(text, WANTED)
    twice = install(once, OWN)
    for left in (uninstall(once), uninstall(twice)):
        assert not [one for one in find(left) if one.ownership is Ownership.OURS]
        assert load(left) in (
            load(uninstall(text)),
            # where an event had been there without a group
            oracle.without(now := load(once), list(oracle.places(now, HOOKS, whose))),
        )


def install_it(text: str) -> str:
    return install(text, WANTED)


def refusal(edit: Callable[[str], str], text: str) -> SettingsError | None:
    try:
        load(edit(text))
    except SettingsError as error:
        return error
    return None


def assert_edited_or_refused(text: str) -> None:
    for error in (refusal(install_it, text), refusal(uninstall, text)):
        if error:
            assert 1 <= error.line <= text.count("\n") + 1
            assert 1 <= error.column <= len(error.source) + 2
            assert error.source in text


@given(st.text(LETTERS))
def test_no_text_does_anything_but_be_edited_or_refused(text: str) -> None:
    assert_edited_or_refused(text)


@some
@given(settings(), st.data())
def test_no_slip_of_the_hand_does_anything_but_be_edited_or_refused(
    text: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.sampled_from([at, at + 1, len(text)]))
    slip = data.draw(
        st.sampled_from([*"\"'\\,:[]{}/#0-.e \n\t\x00\ufeff\xa0", "", "\ud800", "NaN"])
    )
    assert_edited_or_refused(text[:at] + slip + text[end:])
