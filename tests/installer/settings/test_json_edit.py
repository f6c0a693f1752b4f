import json
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings_oracle as oracle
from helpers import STRESS
from session_hooks_installer.settings.json_edit import (
    Container,
    Edit,
    Layout,
    SettingsError,
    add,
    apply,
    container,
    is_blank,
    load,
    remove,
    replace_value,
    root,
    split_bom,
)
from settings_examples import settings

some = hypothesis.settings(max_examples=400 if STRESS else 100)

VALUE = {"A": [{"b": [{"c": 1, "d": []}]}]}


def added(text: str, value: Any) -> str:
    whole = root(text)
    return apply(text, [add(text, Layout.of(text, whole), whole, {"new": value})])


def test_edits_are_made_together_and_those_at_one_place_in_their_order() -> None:
    edits = [Edit(4, 6, "X"), Edit(2, 2, "a"), Edit(2, 3, ""), Edit(2, 2, "b"), Edit(6, 6, "!")]
    assert apply("012345", edits) == "01ab3X!"
    assert apply("012345", []) == "012345"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{}", '{\n  "new": 1\n}'),
        ("{ }\n", '{\n  "new": 1\n}\n'),
        ("{\n}", '{\n  "new": 1\n}'),
        ('{"a": 0}', '{"a": 0, "new": 1}'),
        ('{"a":0}', '{"a":0,"new":1}'),
        ('{ "a" : 0 }', '{ "a" : 0, "new" : 1 }'),
        ('{"a": 0,"b": 0}', '{"a": 0,"b": 0,"new": 1}'),
        ('{\n\t"a": 0\n}', '{\n\t"a": 0,\n\t"new": 1\n}'),
        ('{\r\n "a": 0\r\n}', '{\r\n "a": 0,\r\n "new": 1\r\n}'),
        ('{\n"a": 0\n}', '{\n"a": 0,\n"new": 1\n}'),
        ('{\n  "a": 0,\n\n  "b": 0\n}', '{\n  "a": 0,\n\n  "b": 0,\n\n  "new": 1\n}'),
        ('{\n  "a": 0\n , "b": 0\n}', '{\n  "a": 0\n , "b": 0\n , "new": 1\n}'),
        ('{"a": 0,\n "b": 0}', '{"a": 0,\n "b": 0,\n "new": 1}'),
        ('{"a": "x\\": y:"}', '{"a": "x\\": y:", "new": 1}'),
        ('{"a\\": ":"y"}', '{"a\\": ":"y","new":1}'),
    ],
)
def test_a_member_is_written_as_its_neighbours_are(text: str, after: str) -> None:
    assert added(text, 1) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('{"a":0}', '{"a":0,"new":{"A":[{"b":[1,{}]}]}}'),
        ('{"a": 0}', '{"a": 0, "new": {"A": [{"b": [1, {}]}]}}'),
        (
            '{"a" : {\r\n\t"c" : 1\r\n}}',
            '{"a" : {\r\n\t"c" : 1\r\n}, "new" : {\r\n\t"A" : [\r\n\t\t{\r\n\t\t\t"b" : [\r\n'
            "\t\t\t\t1,\r\n\t\t\t\t{}\r\n\t\t\t]\r\n\t\t}\r\n\t]\r\n}}",
        ),
    ],
)
def test_a_value_is_laid_out_as_the_file_is(text: str, after: str) -> None:
    assert added(text, {"A": [{"b": [1, {}]}]}) == after


def test_an_item_is_added_at_the_end_or_in_the_middle_of_nothing() -> None:
    text = '{\n  "a": [ ],\n  "b": [1,2],\n  "c": [\n    1\n  ]\n}'
    whole = root(text)
    file = Layout.of(text, whole)
    edits = [add(text, file, container(text, one.start), [9]) for one in whole.elements]
    expected = '{\n  "a": [\n    9\n  ],\n  "b": [1,2,9],\n  "c": [\n    1,\n    9\n  ]\n}'
    assert apply(text, edits) == expected


def test_several_members_go_behind_all_others() -> None:
    text = '{"a": 0,\n"b": 0, "c": 0}'
    whole = root(text)
    edit = add(text, Layout.of(text, whole), whole, {"x": 1, "y": 2})
    assert apply(text, [edit]) == '{"a": 0,\n"b": 0, "c": 0, "x": 1, "y": 2}'
    empty = root("{}")
    edit = add("{}", Layout.of("{}", empty), empty, {"x": 1, "y": 2})
    assert apply("{}", [edit]) == '{\n  "x": 1,\n  "y": 2\n}'


@pytest.mark.parametrize(
    ("indexes", "after"),
    [
        ([], "[ 1 ,\n 2,3 , 4\t]"),
        ([0], "[ 2,3 , 4\t]"),
        ([1], "[ 1,3 , 4\t]"),
        ([3], "[ 1 ,\n 2,3\t]"),
        ([0, 1], "[ 3 , 4\t]"),
        ([0, 2], "[ 2 , 4\t]"),
        ([1, 2, 3], "[ 1\t]"),
        ([0, 1, 2], "[ 4\t]"),
        ([0, 1, 2, 3], "[]"),
    ],
)
def test_an_element_goes_with_one_comma_and_the_space_to_its_neighbour(
    indexes: list[int], after: str
) -> None:
    text = "[ 1 ,\n 2,3 , 4\t]"
    assert apply(text, remove(container(text, 0), indexes)) == after


def test_a_value_is_replaced_alone() -> None:
    text = '{ "a" : "x" , "b":[1]}'
    one, other = root(text).elements
    assert apply(text, [replace_value(other, 5), replace_value(one, "é\u2028")]) == (
        '{ "a" : "é\u2028" , "b":5}'
    )
    assert apply(text, [replace_value(one, "\udc80")]) == '{ "a" : "\\udc80" , "b":[1]}'


@some
@given(settings(), st.sampled_from([1, {}, VALUE, [VALUE]]))
def test_what_was_added_anywhere_can_be_removed_to_the_byte(text: str, value: Any) -> None:
    text = text.removeprefix("\ufeff")
    whole = root(text)
    file = Layout.of(text, whole)
    after = apply(text, [add(text, file, whole, {"new": value})])
    assert load(after) == {**load(text), "new": value}
    left = apply(after, remove(root(after), [len(whole.elements)]))
    assert left == text or not whole.elements


# --- Where values stand --------------------------------------------------------------------------


def test_an_error_says_where_it_is_as_an_editor_counts() -> None:
    error = SettingsError("no", "a\r\n\tbé👍c\nd", 6)
    assert (error.line, error.column, error.source) == (2, 4, "\tbé👍c")
    assert str(error) == "line 2, column 4: no"
    assert SettingsError("no", "", 0).source == ""
    assert SettingsError("no", "a\n", 2).source == ""


def test_a_byte_order_mark_is_split_off_once() -> None:
    assert split_bom("\ufeff\ufeff{}") == ("\ufeff", "\ufeff{}")
    assert split_bom("{}") == ("", "{}")
    assert split_bom("") == ("", "")


@pytest.mark.parametrize("text", ["", " ", "\r\n\t "])
def test_nothing_but_white_space_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["\xa0", "\u2028", "\x0b", "\x00", "\ufeff", "{}", "0"])
def test_what_only_looks_blank_is_not(text: str) -> None:
    assert not is_blank(text)
    with pytest.raises(SettingsError):
        load(f"{text}!")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83d\\udc4d"', "👍"),
        ('"\\ud800"', "\ud800"),
        ("-0", 0),
        ("12345678901234567890", 12345678901234567890),
        ("1" * 999, int("1" * 999)),
        ("9" * 5000, "9" * 5000),
        ('{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_a_value_is_what_python_reads_but_for_endless_numbers(text: str, value: object) -> None:
    found = load(f'{{"key": {text}}}')["key"]
    assert found == value
    assert type(found) is type(value)


def test_of_a_key_that_is_there_twice_the_last_counts() -> None:
    found = root('{"a": 1, "\\u0061": 2}').get("a")
    assert found is not None
    assert found.value == 2
    assert root("{}").get("a") is None


def test_elements_are_found_where_they_stand() -> None:
    text = ' {\n "a" : [ 1,"]" , {} ],"\\u0062":null\t} '
    whole = root(text)
    assert text[whole.start : whole.end] == text.strip()
    assert [one.key for one in whole.elements] == ["a", "b"]
    assert [text[one.begin : one.end] for one in whole.elements] == [
        '"a" : [ 1,"]" , {} ]',
        '"\\u0062":null',
    ]
    array = container(text, whole.elements[0].start)
    assert [text[one.start : one.end] for one in array.elements] == ["1", '"]"', "{}"]
    assert [one.begin - one.start for one in array.elements] == [0, 0, 0]
    assert container(text, array.elements[2].start) == Container(*_span(text, "{}"), ())


def _span(text: str, part: str) -> tuple[int, int]:
    return text.index(part), text.index(part) + len(part)


@some
@given(settings())
def test_every_place_is_where_another_parser_finds_it(text: str) -> None:
    _, text = split_bom(text)
    load(text)
    waiting = [(root(text), oracle.tree(text))]
    while waiting:
        ours, theirs = waiting.pop()
        assert (ours.start, ours.end) == (theirs.start, theirs.end)
        for one, other in zip(ours.elements, theirs.children, strict=True):
            assert (one.key, one.begin, one.start, one.end) == other[:4]
            if text[one.start] in "{[":
                waiting.append((container(text, one.start), other))
            elif text[one.start] == '"':
                assert one.value == json.loads(text[one.start : one.end])
