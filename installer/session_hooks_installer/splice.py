"""JSON text to JSON text: one element added, replaced or removed, in the style around it.

Every other byte stays. The texts have been checked (``json_text.check``). Pure.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from session_hooks_installer.json_text import Container, root


class _Style(NamedTuple):
    """How new text is written so that it looks like what stands around it."""

    newline: str
    unit: str
    indent: str
    one_line: bool
    compact: bool

    def dump(self, value: Any) -> str:
        if self.one_line:
            separators = (",", ":") if self.compact else (", ", ": ")
            return _dumps(value, separators=separators)
        lines = _dumps(value, indent=self.unit).split("\n")
        return (self.newline + self.indent).join(lines)

    def member(self, key: str, value: Any) -> str:
        colon = ":" if self.one_line and self.compact else ": "
        return f"{json.dumps(key)}{colon}{self.dump(value)}"


def _dumps(value: Any, **options: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, **options)
    # Half a surrogate pair can be spelled in JSON, and not be written in UTF-8.
    is_text = not re.search("[\ud800-\udfff]", written)
    return written if is_text else json.dumps(value, **options)


def add_member(
    text: str, container: Container, key: str, value: Any, index: int | None = None
) -> str:
    """Add a member to an object, as its element number ``index``, else at the end."""
    place = len(container.elements) if index is None else index
    return _add(text, container, place, lambda style: style.member(key, value))


def add_item(text: str, container: Container, value: Any) -> str:
    """Add an item at the end of an array."""
    return _add(text, container, len(container.elements), lambda style: style.dump(value))


def replace_value(text: str, container: Container, index: int, value: Any) -> str:
    """Write another value in place of an element's."""
    element = container.elements[index]
    return text[: element.start] + _style(text, container).dump(value) + text[element.end :]


def remove(text: str, container: Container, index: int) -> str:
    """Remove an element, with its comma and the white space between it and its neighbour.

    The only one takes the container's white space with it.
    """
    elements = container.elements
    if len(elements) == 1:
        return text[: container.start + 1] + text[container.end - 1 :]
    if index == 0:
        return text[: elements[0].begin] + text[elements[1].begin :]
    return text[: elements[index - 1].end] + text[elements[index].end :]


def _add(text: str, container: Container, index: int, write: Callable[[_Style], str]) -> str:
    style = _style(text, container)
    element = write(style)
    if container.elements:
        between = f",{style.newline}{style.indent}"
        if style.one_line:
            between = "," if style.compact else ", "
        if index == 0:
            begin = container.elements[0].begin
            return text[:begin] + element + between + text[begin:]
        end = container.elements[index - 1].end
        return text[:end] + between + element + text[end:]
    if not style.one_line:
        line = style.newline + style.indent
        element = line + element + line.removesuffix(style.unit)
    return text[: container.start + 1] + element + text[container.end - 1 :]


def _style(text: str, container: Container) -> _Style:
    """Read the style from the container that is changed, and from the file around it."""
    whole = root(text)
    unit = _indent_of(text, whole.elements[0].begin) if _is_broken(text, whole) else ""
    if container.elements:
        is_broken = _is_broken(text, container)
        indent = _indent_of(text, container.elements[0].begin)
    else:
        is_broken = _is_broken(text, whole) or not whole.elements
        indent = _indent_of(text, container.start) + (unit or "  ")
    return _Style(
        newline="\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n",
        unit=unit or "  ",
        indent=indent,
        one_line=not is_broken,
        compact=re.search(r'"\s*:\s', text) is None,
    )


def _is_broken(text: str, container: Container) -> bool:
    """Tell whether a container's first element stands on a line of its own."""
    first = container.elements[:1]
    return bool(first) and "\n" in text[container.start : first[0].begin]


def _indent_of(text: str, position: int) -> str:
    """Return the white space that the line of ``position`` begins with."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]
