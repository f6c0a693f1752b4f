import json

import hypothesis
import pytest
from hypothesis import given

import settings_oracle as oracle
from helpers import STRESS
from session_hooks_installer import json_text
from session_hooks_installer.json_text import Container, SettingsError, check, container, root
from settings_examples import settings

some = hypothesis.settings(max_examples=400 if STRESS else 100)


def test_an_error_says_where_it_is_as_an_editor_counts() -> None:
    error = SettingsError("no", "a\r\n\tbé👍c\nd", 6)
    assert (error.line, error.column, error.source) == (2, 4, "\tbé👍c")
    assert str(error) == "line 2, column 4: no"
    assert SettingsError("no", "", 0).source == ""
    assert SettingsError("no", "a\n", 2).source == ""


def test_a_byte_order_mark_is_split_off_once() -> None:
    assert json_text.split_bom("\ufeff\ufeff{}") == ("\ufeff", "\ufeff{}")
    assert json_text.split_bom("{}") == ("", "{}")
    assert json_text.split_bom("") == ("", "")


@pytest.mark.parametrize("text", ["", " ", "\r\n\t "])
def test_nothing_but_white_space_is_blank(text: str) -> None:
    assert json_text.is_blank(text)


@pytest.mark.parametrize("text", ["\xa0", "\u2028", "\x0b", "\x00", "\ufeff", "{}", "0"])
def test_what_only_looks_blank_is_not(text: str) -> None:
    assert not json_text.is_blank(text)
    with pytest.raises(SettingsError):
        check(f"{text}!")


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
    assert json_text.loads(text) == value
    assert type(json_text.loads(text)) is type(value)


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
    _, text = json_text.split_bom(text)
    check(text)
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
