"""JSON text that is to be edited: what it says, where each value stands, what is wrong with it.

``json`` reads the text and finds where a value ends; this adds where the elements of a container
begin, so that a change can be spliced in. Pure.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CONSTANT = re.compile(rf"{_STRING.pattern}|(NaN|-?Infinity)")


class SettingsError(Exception):
    """Settings that are not to be edited, where that is, and what to do about it."""

    def __init__(self, message: str, text: str, position: int) -> None:
        before = text[:position]
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        self.source = text.split("\n")[self.line - 1].rstrip("\r") if text else ""
        self.message = message
        super().__init__(f"line {self.line}, column {self.column}: {message}")


class Element(NamedTuple):
    """One element of an object or an array."""

    key: str
    """Of an object's element, escapes resolved; "" in an array."""
    begin: int
    """Where it begins in the text: an object's element at its key, an array's at its value."""
    start: int
    """Where its value begins."""
    end: int


class Container(NamedTuple):
    """An object or an array in the text."""

    start: int
    end: int
    elements: tuple[Element, ...]

    def get(self, key: str) -> Element | None:
        """Return an object's element; of a key that is there twice the last, as JSON readers do."""
        return next((one for one in reversed(self.elements) if one.key == key), None)


def split_bom(text: str) -> tuple[str, str]:
    """Return the byte order mark, or "", and the text behind it."""
    return (BOM, text[1:]) if text.startswith(BOM) else ("", text)


def check(text: str) -> None:
    """Raise SettingsError where a text is not one JSON object."""
    try:
        loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise SettingsError(_explain(text, error), text, error.pos) from error
    except _ConstantError as error:
        message = f"{error} is not valid JSON: write a number, or null"
        raise SettingsError(message, text, _find_constant(text)) from error
    except RecursionError as error:
        raise SettingsError("nested too deeply to be settings", text, 0) from error
    start = _skip(text, 0)
    if text[start] != "{":
        raise SettingsError("settings must be one JSON object, {…}", text, start)


def loads(text: str, **options: Any) -> Any:
    """Return what JSON text says; a number of 1,000 digits or more stays text.

    Python refuses to read an integer of more than 4,300 digits; JSON doesn't.
    """
    return json.loads(text, parse_int=_integer, **options)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 1000 else digits


class _ConstantError(ValueError):
    """NaN or Infinity, which Python reads and JSON does not have."""


def _refuse_constant(name: str) -> None:
    raise _ConstantError(name)


def _find_constant(text: str) -> int:
    return next((match.start() for match in _CONSTANT.finditer(text) if match[1]), 0)


def _explain(text: str, error: json.JSONDecodeError) -> str:
    """Say what is wrong in the words of somebody who has to mend it."""
    rest = text[error.pos :].lstrip()
    before = text[: error.pos].rstrip()
    if rest[:2] in ("//", "/*") or rest[:1] == "#":
        return "JSON has no comments: remove it"
    if (rest[:1] in ("}", "]") and before.endswith(",")) or "trailing comma" in error.msg:
        return "a comma before a closing bracket: remove it"
    if not rest:
        return "the file ends in the middle: a closing bracket or quote is missing"
    if rest[0] == "'":
        return "JSON has double quotes only: write \"…\" for '…'"
    return f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"


def root(text: str) -> Container:
    """Return the object that a checked text is."""
    return container(text, _skip(text, 0))


def container(text: str, start: int) -> Container:
    """Return the object or array that begins at ``start`` of a checked text."""
    elements = tuple(_elements(text, start))
    return Container(start, _skip(text, elements[-1].end if elements else start + 1) + 1, elements)


# A number's value doesn't matter here, and Python reads no integer of more than 4,300 digits.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def _elements(text: str, start: int) -> Iterator[Element]:
    position = _skip(text, start + 1)
    while text[position] not in "}]":
        begin, key = position, ""
        if text[start] == "{":
            key, end = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, end) + 1)  # over the colon
        _, end = _DECODER.raw_decode(text, position)
        yield Element(key, begin, position, end)
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
