"""JSON text that is to be edited: what it says, where each value stands, what is wrong with it.

``json`` reads the text and finds where a value ends; this adds where the elements of a container
begin, so that a change can be spliced in. Pure.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

BOM = "\ufeff"
_BLANK = " \t\r\n"
_SPACE = re.compile(f"[{_BLANK}]*")
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
    value: Any


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


def is_blank(text: str) -> bool:
    """Tell whether a text is nothing but white space, as JSON has it."""
    return not text.strip(_BLANK)


def check(text: str) -> None:
    """Raise SettingsError where a text is not one JSON object."""
    try:
        _decode(text, _CHECKER.decode)
    except json.JSONDecodeError as error:
        position, message = _explain(text, error)
        raise SettingsError(message, text, position) from error
    except _ConstantError as error:
        message = f"{error} is not valid JSON: write a number, or null"
        raise SettingsError(message, text, _find_constant(text)) from error
    start = _skip(text, 0)
    if text[start] != "{":
        raise SettingsError("settings must be one JSON object, {…}", text, start)


def loads(text: str) -> Any:
    """Return what a checked text says; a number of 1,000 digits or more stays text."""
    return _decode(text, _DECODER.decode)


def _decode(text: str, decode: Callable[..., Any], *position: int) -> Any:
    try:
        return decode(text, *position)
    except RecursionError as error:  # how deep is too deep depends on who calls, so: at every call
        raise SettingsError(
            "nested too deeply to be settings", text, *(position or (0,))
        ) from error


def _integer(digits: str) -> int | str:
    """Read an integer; Python refuses one of more than 4,300 digits, JSON doesn't."""
    return int(digits) if len(digits) < 1000 else digits


class _ConstantError(ValueError):
    """NaN or Infinity, which Python reads and JSON does not have."""


def _refuse_constant(name: str) -> None:
    raise _ConstantError(name)


_DECODER = json.JSONDecoder(parse_int=_integer)
_CHECKER = json.JSONDecoder(parse_int=_integer, parse_constant=_refuse_constant)


def _find_constant(text: str) -> int:
    return next((match.start() for match in _CONSTANT.finditer(text) if match[1]), 0)


_BY_SIGN = {
    r"//|/\*|#": "JSON has no comments: remove it",
    r"\Z": "the file ends in the middle: a closing bracket or quote is missing",
    r"['‘’“”„]": 'JSON has straight double quotes only: "…"',
    BOM: "a byte order mark in the middle: save the file as UTF-8 anew",
    r"\s": "a space that JSON does not have: type a plain one",
}
"""What is wrong, by what stands there."""
_BY_COMPLAINT = {
    "Unterminated": "a quote is opened here and never closed",
    "Invalid control": r"a line break or tab in a string: close its quote, or write \n, \t",
    r"Invalid \escape": r"a backslash in a string is written \\",
    r"Invalid \u": r"\u needs four hex digits; a backslash alone is written \\",
    "Expecting property": 'a key in double quotes is missing here: "key": …',
    "Expecting ':'": "a colon is missing here, after the key",
    "Expecting ','": "a comma or a closing bracket is missing here",
    "Expecting value": "not a value as JSON has it; text needs double quotes, a number a digit",
    "Extra data": "the settings end before this: remove it, or the bracket that closes too early",
}
"""What is wrong, by how ``json`` begins its own message."""
_COMMA = "a comma before a closing bracket: remove it"


def _explain(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """Say where something is wrong, and what, in the words of somebody who has to mend it."""
    position, complaint = error.pos, error.msg
    rest = text[position:].lstrip(_BLANK)
    before = text[:position].rstrip(_BLANK)
    if rest[:1] in ("}", "]") and before.endswith(","):
        return len(before) - 1, _COMMA
    if "trailing comma" in complaint:
        return position, _COMMA
    if rest[:1] == "," and complaint.startswith(("Expecting value", "Expecting property", "Extra")):
        return position, "a comma too many: remove it"
    if complaint.startswith("Expecting ','") and re.match(r"\d[\w.]", text[position - 1 :]):
        return position, "not a number as JSON has it: no leading zero, no bare point, no hex"
    is_in_string = complaint.startswith(("Unterminated", "Invalid"))
    ways = [] if is_in_string else [w for sign, w in _BY_SIGN.items() if re.match(sign, rest)]
    ways += [w for begin, w in _BY_COMPLAINT.items() if complaint.startswith(begin)]
    return position, ways[0] if ways else f"not valid JSON: {complaint[:1].lower()}{complaint[1:]}"


def root(text: str) -> Container:
    """Return the object that a checked text is."""
    return container(text, _skip(text, 0))


def container(text: str, start: int) -> Container:
    """Return the object or array that begins at ``start`` of a checked text."""
    elements = tuple(_elements(text, start))
    return Container(start, _skip(text, elements[-1].end if elements else start + 1) + 1, elements)


def _elements(text: str, start: int) -> Iterator[Element]:
    position = _skip(text, start + 1)
    while text[position] not in "}]":
        begin, key = position, ""
        if text[start] == "{":
            key, end = _decode(text, _DECODER.raw_decode, position)
            position = _skip(text, _skip(text, end) + 1)  # over the colon
        value, end = _decode(text, _DECODER.raw_decode, position)
        yield Element(key, begin, position, end, value)
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
