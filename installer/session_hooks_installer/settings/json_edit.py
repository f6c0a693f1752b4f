"""Edit JSON text, byte-preserving; report what is wrong by line and column."""

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

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
        """Return an object's element; the last of several, as JSON readers do."""
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
    # Python refuses one of more than 4,300 digits, JSON doesn't.
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


class Edit(NamedTuple):
    """What stands between two places of a text is replaced."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Make edits that don't overlap; of those at one place, in the order given."""
    parts = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def remove(outer: Container, indexes: Collection[int]) -> list[Edit]:
    """Remove elements, each with its comma and the white space between it and its neighbour.

    The only ones take the container's white space with them.
    """
    elements = outer.elements
    first = next((index for index in range(len(elements)) if index not in indexes), None)
    if first is None:
        return [Edit(outer.start + 1, outer.end - 1, "")]
    edits = [Edit(elements[0].begin, elements[first].begin, "")] if first else []
    later = (index for index in indexes if index > first)
    return edits + [Edit(elements[index - 1].end, elements[index].end, "") for index in later]


def replace_value(element: Element, value: Any) -> Edit:
    """Write another value, one without elements, in place of an element's."""
    return Edit(element.start, element.end, _dumps(value))


class Layout(NamedTuple):
    """How containers are written."""

    one_line: bool
    step: str
    """How much further in the lines of elements begin than the container's, where they have any."""
    pad: str
    """The white space inside the brackets of one on one line."""
    colon: str
    comma: str
    newline: str
    width: int
    """How long a line may get by what is on one line: as the longest one is, and 80 anyway."""

    @classmethod
    def of_file(cls, text: str, root: Container) -> Self:
        """Read the layout for what has no model: that of the settings themselves."""
        newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        default = cls(False, "  ", "", ": ", ", ", newline, max(80, *map(len, text.splitlines())))
        layout = default.of(text, root)
        if "\n" in text[root.start : root.end]:
            return layout._replace(one_line=False)
        return layout._replace(width=sys.maxsize) if layout.one_line else layout

    def of(self, text: str, outer: Container) -> Self:
        """Read the layout of one container; this one where it doesn't show."""
        if not outer.elements:
            return self
        first, *others = outer.elements
        lead = text[outer.start + 1 : first.begin]
        one_line = "\n" not in lead
        line, inner = _indent_of(text, outer.start), _indent_of(text, first.begin)
        fits = not one_line and inner.startswith(line)
        step = inner.removeprefix(line) if fits else self.step
        colon = re.sub(r'^"(?:[^"\\]|\\.)*"', "", text[first.begin : first.start])
        colon = colon if colon in {":", ": ", " : "} else self.colon
        comma = text[first.end : others[0].begin] if others else "\n"
        if "\n" in comma:
            comma = ", " if colon.endswith(" ") else ","
        pad = lead if one_line else ""
        return self._replace(one_line=one_line, step=step, pad=pad, colon=colon, comma=comma)

    def joined(self, parts: Sequence[str], indent: str) -> str:
        """Return what stands between the brackets of a container whose line is indented so."""
        if self.one_line:
            return self.pad + self.comma.join(parts) + self.pad
        line = self.newline + indent
        return line + self.step + f",{line}{self.step}".join(parts) + line


def add(
    text: str,
    file: Layout,
    outer: Container,
    new: Mapping[str, Any] | Sequence[Any],
    *,
    behind: int | None = None,
    like: Element | None = None,
) -> Edit:
    """Add members to an object, or items to an array.

    They go behind its element of that number, else to the end, and are laid out as ``like`` is,
    else as the file.
    """
    colon = file.of(text, outer).colon
    if isinstance(new, Mapping):
        values = [(_dumps(key) + colon, value) for key, value in new.items()]
    else:
        values = [("", value) for value in new]
    layouts = list(_layouts(text, file, like))
    steps = (layout.step for layout in layouts if not layout.one_line)
    one_line = layouts[-1].one_line if layouts else file.one_line
    layouts.append(file._replace(one_line=one_line, step=next(steps, file.step)))
    if not outer.elements:
        indent = _indent_of(text, outer.start)
        inner = indent if file.one_line else indent + file.step
        parts = [key + _dump(value, layouts, inner, len(inner + key)) for key, value in values]
        return Edit(outer.start + 1, outer.end - 1, file.joined(parts, indent))
    before = outer.elements[-1 if behind is None else behind]
    gap = _gap(text, file.of(text, outer), outer, behind)
    column = before.end - text.rfind("\n", 0, before.end) - 1
    _, is_broken, line = gap.rpartition("\n")
    indent = _indent_of(line, len(line)) if is_broken else _indent_of(text, before.end)
    used = len(line) + (0 if is_broken else column)
    parts = [gap + key + _dump(value, layouts, indent, used + len(key)) for key, value in values]
    return Edit(before.end, before.end, "".join(parts))


def _gap(text: str, layout: Layout, outer: Container, behind: int | None) -> str:
    elements = outer.elements
    if len(elements) == 1:
        lead = text[outer.start + 1 : elements[0].begin]
        return layout.comma if layout.one_line else f",{lead}"
    last = len(elements) - 2
    left = last if behind is None else min(behind, last)
    return text[elements[left].end : elements[left + 1].begin]


def _layouts(text: str, file: Layout, like: Element | None) -> Iterator[Layout]:
    while like and _is_filled(like.value):
        inner = container(text, like.start)
        yield file.of(text, inner)
        like = next((one for one in reversed(inner.elements) if _is_filled(one.value)), None)


def _dump(value: Any, layouts: Sequence[Layout], indent: str, used: int) -> str:
    """Write a value, its containers from the outermost inward as the layouts are.

    What is too long for its line, of which ``used`` characters are taken, gets several.
    """
    if not _is_filled(value):
        return _dumps(value)
    layout, *inner = layouts
    if layout.one_line:
        endless = [one._replace(width=sys.maxsize) for one in layouts]
        written = _dump_elements(value, endless, indent)
        if "\n" not in written and used + len(written) > layout.width:
            layouts = [layout._replace(one_line=False, step=layouts[-1].step), *inner]
    return _dump_elements(value, layouts, indent)


def _dump_elements(value: Any, layouts: Sequence[Layout], indent: str) -> str:
    layout, *inner = layouts
    further = indent if layout.one_line else indent + layout.step
    if isinstance(value, dict):
        parts = []
        for key, one in value.items():
            lead = _dumps(key) + layout.colon
            parts.append(lead + _dump(one, inner or layouts, further, len(further + lead)))
        return "{" + layout.joined(parts, indent) + "}"
    parts = [_dump(one, inner or layouts, further, len(further)) for one in value]
    layout = layout if inner else layout._replace(pad="")  # a file's own pad is that of objects
    return "[" + layout.joined(parts, indent) + "]"


_INDENT = re.compile(r"[ \t]*")


def _is_filled(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _dumps(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    # Half a surrogate pair can be spelled in JSON, and not be written in UTF-8.
    is_text = not re.search("[\ud800-\udfff]", written)
    return written if is_text else json.dumps(value)


def _indent_of(text: str, position: int) -> str:
    match = _INDENT.match(text, text.rfind("\n", 0, position) + 1, position)
    return match[0] if match else ""
