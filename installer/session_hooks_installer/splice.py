"""Edits of JSON text: elements added, replaced or removed, written in the style around them.

The edits are all of one text, which has been checked (``json_text.check``), and ``apply`` makes
them together; every other byte stays. Pure.
"""

import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from session_hooks_installer.json_text import Container, Element, container


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


def add_members(
    text: str,
    file: Layout,
    outer: Container,
    members: Mapping[str, Any],
    *,
    behind: int | None = None,
    like: Element | None = None,
) -> Edit:
    """Add members to an object, behind its element of that number, else at the end.

    Their values are laid out as that of ``like``, else as the file.
    """
    colon = file.of(text, outer).colon
    values = [(_dumps(key) + colon, value) for key, value in members.items()]
    return _add(text, file, outer, values, behind=behind, like=like)


def add_item(
    text: str, file: Layout, outer: Container, value: Any, *, like: Element | None = None
) -> Edit:
    """Add an item at the end of an array, laid out as ``like``, else as the file."""
    return _add(text, file, outer, [("", value)], behind=None, like=like)


def _add(
    text: str,
    file: Layout,
    outer: Container,
    values: Sequence[tuple[str, Any]],
    *,
    behind: int | None,
    like: Element | None,
) -> Edit:
    """Add values, each after its key and colon."""
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
    """Return what stands between two elements, as it does near that one."""
    elements = outer.elements
    if len(elements) == 1:
        lead = text[outer.start + 1 : elements[0].begin]
        return layout.comma if layout.one_line else f",{lead}"
    last = len(elements) - 2
    left = last if behind is None else min(behind, last)
    return text[elements[left].end : elements[left + 1].begin]


def _layouts(text: str, file: Layout, like: Element | None) -> Iterator[Layout]:
    """Yield the layouts of a value's containers, from the outermost inward."""
    while like and _is_filled(like.value):
        inner = container(text, like.start)
        yield file.of(text, inner)
        like = next((one for one in reversed(inner.elements) if _is_filled(one.value)), None)


def _dump(value: Any, layouts: Sequence[Layout], indent: str, used: int) -> str:
    """Write a value, its containers as the layouts are; what is too long for its line, on several.

    The line is indented so, and so many characters of it are used.
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
    """Return the white space that the line of ``position`` begins with."""
    match = _INDENT.match(text, text.rfind("\n", 0, position) + 1, position)
    return match[0] if match else ""
