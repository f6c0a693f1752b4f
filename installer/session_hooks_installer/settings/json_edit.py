"""Edit JSON text, byte-preserving; report what is wrong by line and column."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

BOM = "\ufeff"
_BLANK = " \t\r\n"
_SPACE = re.compile(f"[{_BLANK}]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CONSTANT = re.compile(rf"{_STRING.pattern}|(NaN|-?Infinity)")


class SettingsError(Exception):
    def __init__(self, message: str, text: str, position: int) -> None:
        before = text[:position]
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        self.source = text.split("\n")[self.line - 1].rstrip("\r") if text else ""
        self.message = message
        super().__init__(f"line {self.line}, column {self.column}: {message}")


class Element(NamedTuple):
    key: str  # escapes resolved; "" in an array
    begin: int  # of an object's element at its key
    start: int
    end: int
    value: Any


class Container(NamedTuple):
    start: int
    end: int
    elements: tuple[Element, ...]

    def get(self, key: str) -> Element | None:
        """Return an object's element; the last of several, as JSON readers do."""
        return next((one for one in reversed(self.elements) if one.key == key), None)


def split_bom(text: str) -> tuple[str, str]:
    return (BOM, text[1:]) if text.startswith(BOM) else ("", text)


def is_blank(text: str) -> bool:
    return not text.strip(_BLANK)


def load(text: str) -> dict[str, Any]:
    """A number of 1,000 digits or more stays text. Raises SettingsError for what is no object."""
    try:
        value = _decode(text, _DECODER.decode)
    except json.JSONDecodeError as error:
        position, message = _explain(text, error)
        raise SettingsError(message, text, position) from error
    if constant := next((one for one in _CONSTANT.finditer(text) if one[1]), None):
        message = f"{constant[1]} is not valid JSON: write a number, or null"
        raise SettingsError(message, text, constant.start())
    if not isinstance(value, dict):
        raise SettingsError("settings must be one JSON object, {…}", text, _skip(text, 0))
    return value


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


_DECODER = json.JSONDecoder(parse_int=_integer)


_BY_SIGN = {  # what is wrong, by what stands there
    r"//|/\*|#": "JSON has no comments: remove it",
    r"\Z": "the file ends in the middle: a closing bracket or quote is missing",
    r"['‘’“”„]": 'JSON has straight double quotes only: "…"',
    BOM: "a byte order mark in the middle: save the file as UTF-8 anew",
    r"\s": "a space that JSON does not have: type a plain one",
}
_BY_COMPLAINT = {  # and by how ``json`` begins its own message
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
    """Remove elements, each with its comma and white space; all of them, with the container's."""
    elements = outer.elements
    first = next((index for index in range(len(elements)) if index not in indexes), None)
    if first is None:
        return [Edit(outer.start + 1, outer.end - 1, "")]
    edits = [Edit(elements[0].begin, elements[first].begin, "")] if first else []
    later = (index for index in indexes if index > first)
    return edits + [Edit(elements[index - 1].end, elements[index].end, "") for index in later]


class Layout(NamedTuple):
    one_line: bool
    step: str  # how much further in the lines of elements begin than the container's
    colon: str
    comma: str  # between elements on one line
    newline: str

    @classmethod
    def of(cls, text: str, settings: Container) -> Self:
        colon = ": "
        if settings.elements:
            first = settings.elements[0]
            colon = _STRING.sub("", text[first.begin : first.start])
        indented = re.search(r"\n([ \t]+)\S", text)
        return cls(
            one_line=bool(settings.elements) and "\n" not in text[settings.start : settings.end],
            step=indented[1] if indented else "  ",
            colon=colon if colon in {":", ": ", " : "} else ": ",
            comma="," if colon == ":" else ", ",
            newline="\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n",
        )

    def dump(self, value: Any, indent: str) -> str:
        if self.one_line:
            return _dumps(value, separators=(self.comma, self.colon))
        written = _dumps(value, indent=self.step, separators=(",", self.colon))
        return written.replace("\n", self.newline + indent)


def replace_value(element: Element, value: Any) -> Edit:
    """Write another value, one without elements, in place of an element's."""
    return Edit(element.start, element.end, _dumps(value))


def add(
    text: str, layout: Layout, outer: Container, new: Mapping[str, Any] | Sequence[Any]
) -> Edit:
    """Add members to an object, or items to an array, behind all others."""
    if isinstance(new, Mapping):
        values = [(_dumps(key) + layout.colon, value) for key, value in new.items()]
    else:
        values = [("", value) for value in new]
    if not outer.elements:
        indent = _indent_at(text, outer.start)
        inner = indent + layout.step
        begin, end = layout.newline + inner, layout.newline + indent
        gap = f",{begin}"
        if layout.one_line:
            begin, end, gap = "", "", layout.comma
        parts = [key + layout.dump(value, inner) for key, value in values]
        return Edit(outer.start + 1, outer.end - 1, begin + gap.join(parts) + end)
    before = outer.elements[-1]
    gap = _gap(text, layout, outer)
    _, is_broken, line = gap.rpartition("\n")
    indent = _indent_at(line, len(line)) if is_broken else _indent_at(text, before.end)
    parts = [gap + key + layout.dump(value, indent) for key, value in values]
    return Edit(before.end, before.end, "".join(parts))


def _gap(text: str, layout: Layout, outer: Container) -> str:
    """Return what is between two elements where others are to go."""
    elements = outer.elements
    if len(elements) == 1:
        lead = text[outer.start + 1 : elements[0].begin]
        return f",{lead}" if "\n" in lead else layout.comma
    return text[elements[-2].end : elements[-1].begin]


def _indent_at(text: str, position: int) -> str:
    match = re.compile(r"[ \t]*").match(text, text.rfind("\n", 0, position) + 1, position)
    return match[0] if match else ""


def _dumps(value: Any, **options: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, **options)
    # Half a surrogate pair can be spelled in JSON, and not be written in UTF-8.
    is_text = not re.search("[\ud800-\udfff]", written)
    return written if is_text else json.dumps(value, **options)
