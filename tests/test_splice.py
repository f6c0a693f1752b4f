import json
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import STRESS
from session_hooks_installer.json_text import container, loads, root
from session_hooks_installer.splice import (
    Edit,
    Layout,
    add_item,
    add_members,
    apply,
    remove,
    replace_value,
)
from settings_examples import settings

some = hypothesis.settings(max_examples=400 if STRESS else 100)

VALUE = {"A": [{"b": [{"c": 1, "d": []}]}]}


def added(text: str, value: Any = VALUE, like: str = "") -> str:
    whole = root(text)
    model = whole.get(like)
    file = Layout.of_file(text, whole)
    return apply(text, [add_members(text, file, whole, {"new": value}, like=model)])


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


LONG = "x" * 70


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('{"a":0}', '{"a":0,"new":{"A":[{"b":[{"c":1,"d":[]}]}]}}'),
        ('{ "a": 0 }', '{ "a": 0, "new": { "A": [{ "b": [{ "c": 1, "d": [] }] }] } }'),
        (
            '{"a": {"b": [{\n    "c": 1\n}]}\n}',
            '{"a": {"b": [{\n    "c": 1\n}]}, "new": {"A": [{\n    "b": [\n        {\n'
            '            "c": 1,\n            "d": []\n        }\n    ]\n}]}\n}',
        ),
        (
            '{\n  "a": {"b": [ {"c":1} ]}\n}',
            '{\n  "a": {"b": [ {"c":1} ]},\n  "new": {"A": [ {"b":[{"c": 1, "d": []}]} ]}\n}',
        ),
    ],
)
def test_a_value_is_laid_out_as_its_model_is(text: str, after: str) -> None:
    assert loads(after) == {**loads(text), "new": VALUE}
    assert added(text, VALUE, "a") == after


def test_what_is_too_long_for_its_line_is_broken_where_a_file_has_lines() -> None:
    value = [{"b": LONG}]
    line = f'  "new": [{{"b": "{LONG}"}}]'
    broken = f'  "new": [\n    {{\n      "b": "{LONG}"\n    }}\n  ]'
    text = '{\n  "a": [{"b": 0}]\n}'
    assert len(line) > 80
    assert added(text, value, "a") == f'{{\n  "a": [{{"b": 0}}],\n{broken}\n}}'
    as_long = json.dumps("y" * (len(line) - 2))
    text = f'{{\n  {as_long}: 0,\n  "a": [{{"b": 0}}]\n}}'
    assert line in added(text, value, "a")
    assert "\n" not in added('{"a": [{"b": 0}]}', value, "a")


def test_an_item_is_added_at_the_end_or_in_the_middle_of_nothing() -> None:
    text = '{\n  "a": [ ],\n  "b": [1,2],\n  "c": [\n    1\n  ]\n}'
    whole = root(text)
    file = Layout.of_file(text, whole)
    edits = [add_item(text, file, container(text, one.start), 9) for one in whole.elements]
    expected = '{\n  "a": [\n    9\n  ],\n  "b": [1,2,9],\n  "c": [\n    1,\n    9\n  ]\n}'
    assert apply(text, edits) == expected


def test_members_go_behind_the_one_that_is_named_and_all_at_once() -> None:
    text = '{"a": 0,\n"b": 0, "c": 0}'
    whole = root(text)
    file = Layout.of_file(text, whole)
    edit = add_members(text, file, whole, {"x": 1, "y": 2}, behind=0)
    assert apply(text, [edit]) == '{"a": 0,\n"x": 1,\n"y": 2,\n"b": 0, "c": 0}'
    empty = root("{}")
    edit = add_members("{}", Layout.of_file("{}", empty), empty, {"x": 1, "y": 2})
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
    file = Layout.of_file(text, whole)
    model = whole.elements[-1] if whole.elements else None
    after = apply(text, [add_members(text, file, whole, {"new": value}, like=model)])
    assert loads(after) == {**loads(text), "new": value}
    left = apply(after, remove(root(after), [len(whole.elements)]))
    assert left == text or not whole.elements
