"""Settings as JSON text to JSON text: only our own lines are written, every other byte stays.

``json`` says whether the text is valid and what it means; the scanner here only adds where each
value stands, so that a change can be spliced in. Pure: no file is touched.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from session_hooks_installer.handlers import HOOKS, Handler, Ownership, ownership

BOM = "\ufeff"
_SPACE = " \t\r\n"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r"[^\s,\]}]+")


class SettingsError(Exception):
    """Settings that are not to be edited, where that is, and what to do about it."""

    def __init__(self, message: str, text: str, position: int) -> None:
        before = text[:position]
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        self.source = text.split("\n")[self.line - 1].rstrip("\r") if text else ""
        self.message = message
        super().__init__(f"line {self.line}, column {self.column}: {message}")


class Node(NamedTuple):
    """One JSON value and where it stands in the text."""

    start: int
    end: int
    kind: type
    """``dict`` for an object, ``list`` for an array, ``str`` for anything else."""
    items: tuple["Node", ...] = ()
    keys: tuple[str, ...] = ()
    """An object's keys, as many as it has items; one may be there twice."""
    starts: tuple[int, ...] = ()
    """Where each element begins: an object's at its key, an array's at its item."""

    def get(self, key: str) -> "Node | None":
        """Return an object's value; of a key that is there twice the last, as JSON readers do."""
        found = [item for name, item in zip(self.keys, self.items, strict=True) if name == key]
        return found[-1] if found else None


def install(text: str, wanted: Mapping[str, Handler]) -> str:
    """Return ``text`` with each event's handler in it; the same text where nothing is missing.

    An event that already runs our program keeps its handler, and gets another command only where
    it is ours alone and differs. Raises SettingsError for what is not valid settings.
    """
    bom, text = _split_bom(text)
    text = text if text.strip() else "{}\n"
    find(text)  # a wrong shape anywhere is refused before the first change, with its own place
    for hook in HOOKS:
        text = _install_one(text, hook.event, hook.program, wanted[hook.event])
    return bom + text


def uninstall(text: str) -> str:
    """Return ``text`` without our handlers, and without groups and events that held only them."""
    bom, text = _split_bom(text)
    if not text.strip():
        return bom + text
    find(text)  # as in install()
    for hook in HOOKS:
        while (path := _find_ours(_parse(text), text, hook.event, hook.program)) is not None:
            text = _remove(text, path)
    return bom + text


class Found(NamedTuple):
    """One handler in settings that runs one of our programs."""

    event: str
    handler: Handler
    ownership: Ownership
    matcher: str
    """What its group is for; "" for every source."""


def find(text: str) -> list[Found]:
    """Return the handlers that run our programs at the events they are for.

    Raises SettingsError as ``install`` does.
    """
    _, text = _split_bom(text)
    if not text.strip():
        return []
    root = _parse(text)
    found = []
    for hook in HOOKS:
        for path, handler in _handlers(root, text, hook.event):
            whose = ownership(handler, hook.program)
            if whose is not Ownership.FOREIGN:
                found.append(Found(hook.event, handler, whose, _matcher(root, text, path)))
    return found


def _matcher(root: Node, text: str, path: "Path") -> str:
    node = root
    for step in path[:3]:
        node = node.items[_index(node, step)]
    matcher = node.get("matcher")
    value = _loads(text[matcher.start : matcher.end]) if matcher else ""
    return value if isinstance(value, str) and value != "*" else ""


def load(text: str) -> dict[str, Any]:
    """Return what the settings say. Raises SettingsError for what is not valid settings."""
    _, text = _split_bom(text)
    if not text.strip():
        return {}
    _parse(text)
    settings: dict[str, Any] = _loads(text)
    return settings


# --- Reading -------------------------------------------------------------------------------------


def _split_bom(text: str) -> tuple[str, str]:
    return (BOM, text[1:]) if text.startswith(BOM) else ("", text)


def _parse(text: str) -> Node:
    try:
        _loads(text, parse_constant=_refuse_constant)
        root = _scan(text, _skip(text, 0))
    except json.JSONDecodeError as error:
        raise SettingsError(_explain(text, error), text, error.pos) from error
    except _ConstantError as error:
        message = f"{error} is not valid JSON: write a number, or null"
        raise SettingsError(message, text, _find_constant(text)) from error
    except RecursionError as error:
        raise SettingsError("nested too deeply to be settings", text, 0) from error
    if root.kind is not dict:
        raise SettingsError("settings must be one JSON object, {…}", text, root.start)
    return root


def _loads(text: str, **options: Any) -> Any:
    # Long integers as text: Python refuses to read one of more than 4,300 digits, JSON doesn't.
    return json.loads(text, parse_int=_integer, **options)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 1000 else digits


class _ConstantError(ValueError):
    """NaN or Infinity, which Python reads and JSON does not have."""


def _refuse_constant(name: str) -> None:
    raise _ConstantError(name)


def _find_constant(text: str) -> int:
    for match in re.finditer(rf"{_STRING.pattern}|NaN|-?Infinity", text):
        if not match.group().startswith('"'):
            return match.start()
    return 0


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
    return f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _scan(text: str, start: int) -> Node:
    """Scan the value that begins at ``start`` of text that is valid JSON."""
    opening = text[start]
    if opening not in "{[":
        match = (_STRING if opening == '"' else _SCALAR).match(text, start)
        assert match is not None  # noqa: S101  json has read this text
        return Node(start, match.end(), str)
    items: list[Node] = []
    keys: list[str] = []
    starts: list[int] = []
    position = _skip(text, start + 1)
    while text[position] not in "}]":
        starts.append(position)
        if opening == "{":
            key = _scan(text, position)
            keys.append(json.loads(text[key.start : key.end]))
            position = _skip(text, _skip(text, key.end) + 1)  # over the colon
        items.append(_scan(text, position))
        position = _skip(text, items[-1].end)
        if text[position] == ",":
            position = _skip(text, position + 1)
    kind = dict if opening == "{" else list
    return Node(start, position + 1, kind, tuple(items), tuple(keys), tuple(starts))


Path = tuple[str | int, ...]


def _handlers(root: Node, text: str, event: str) -> Iterator[tuple[Path, Handler]]:
    """Yield each handler of an event with its path; raises SettingsError for a wrong shape."""
    hooks = _member(root, text, "hooks", dict)
    groups = _member(hooks, text, event, list) if hooks else None
    for index, group in enumerate(groups.items if groups else ()):
        if group.kind is not dict:
            raise SettingsError(f"each entry of hooks.{event} must be an object", text, group.start)
        handlers = _member(group, text, "hooks", list)
        for place, handler in enumerate(handlers.items if handlers else ()):
            if handler.kind is dict:
                written = text[handler.start : handler.end]
                yield ("hooks", event, index, "hooks", place), _loads(written)


def _member(node: Node, text: str, key: str, kind: type) -> Node | None:
    """Return an object's value of the given kind, None where it has none."""
    places = [start for name, start in zip(node.keys, node.starts, strict=True) if name == key]
    if len(places) > 1:
        raise SettingsError(f'"{key}" is here twice: join the two', text, places[1])
    found = node.get(key)
    if found is not None and found.kind is not kind:
        what = "an object, {…}" if kind is dict else "an array, […]"
        raise SettingsError(f'"{key}" must be {what}', text, found.start)
    return found


def _find_ours(root: Node, text: str, event: str, program: str) -> Path | None:
    for path, handler in _handlers(root, text, event):
        if ownership(handler, program) is Ownership.OURS:
            return path
    return None


# --- Writing -------------------------------------------------------------------------------------


def _install_one(text: str, event: str, program: str, wanted: Handler) -> str:
    root = _parse(text)
    found = [
        (path, handler, whose)
        for path, handler in _handlers(root, text, event)
        if (whose := ownership(handler, program)) is not Ownership.FOREIGN
    ]
    for path, handler, whose in found:
        if whose is Ownership.OURS and _command(handler) != _command(wanted):
            kept = {key: value for key, value in handler.items() if key not in ("command", "args")}
            text = _replace(text, path, _merge(kept, wanted))
    if found:
        return text
    hooks = _member(root, text, "hooks", dict)
    group = {"hooks": [wanted]}
    if hooks is None:
        return _add(text, root, lambda style: style.member("hooks", {event: [group]}))
    groups = _member(hooks, text, event, list)
    if groups is None:
        return _add(text, hooks, lambda style: style.member(event, [group]))
    return _add(text, groups, lambda style: style.dump(group))


def _command(handler: Handler) -> tuple[Any, Any]:
    return handler.get("command"), handler.get("args")


def _merge(kept: Handler, wanted: Handler) -> Handler:
    """Return the wanted command in the order of the table, with what a person set beside it."""
    return {**{key: kept.get(key, value) for key, value in wanted.items()}, **kept}


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


def _style(text: str, container: Node) -> _Style:
    """Read the style from the container that is added to, and from the file around it."""
    root = _scan(text, _skip(text, 0))
    unit = _indent_of(text, root.starts[0]) if _is_broken(text, root) else None
    if container.items:
        is_broken = _is_broken(text, container)
        indent = _indent_of(text, container.starts[0])
    else:
        is_broken = _is_broken(text, root) or not root.items
        indent = _indent_of(text, container.start) + (unit or "  ")
    return _Style(
        newline="\r\n" if "\r\n" in text else "\n",
        unit=unit or "  ",
        indent=indent,
        one_line=not is_broken,
        compact=re.search(r'"\s*:\s', text) is None,
    )


def _is_broken(text: str, container: Node) -> bool:
    """Tell whether a container's first element stands on a line of its own."""
    return bool(container.items) and "\n" in text[container.start : container.starts[0]]


def _indent_of(text: str, position: int) -> str:
    """Return the white space that the line of ``position`` begins with."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _add(text: str, container: Node, write: Callable[[_Style], str]) -> str:
    """Add an element at the end of a container."""
    style = _style(text, container)
    element = write(style)
    if style.one_line:
        between = "," if style.compact else ", "
    else:
        between = "," + style.newline + style.indent
    if container.items:
        end = container.items[-1].end
        return text[:end] + between + element + text[end:]
    if not style.one_line:
        line = style.newline + style.indent
        element = line + element + line.removesuffix(style.unit)
    return text[: container.start + 1] + element + text[container.end - 1 :]


def _at(text: str, path: Path) -> list[Node]:
    """Return the nodes from the root to the one at ``path``."""
    nodes = [_parse(text)]
    for step in path:
        nodes.append(nodes[-1].items[_index(nodes[-1], step)])
    return nodes


def _index(container: Node, step: str | int) -> int:
    return step if isinstance(step, int) else container.keys.index(step)


def _replace(text: str, path: Path, value: Handler) -> str:
    node = _at(text, path)[-1]
    style = _style(text, node)._replace(
        indent=_indent_of(text, node.start), one_line=not _is_broken(text, node)
    )
    return text[: node.start] + style.dump(value) + text[node.end :]


def _remove(text: str, path: Path) -> str:
    """Remove the handler at ``path``, and upward every container that then holds nothing else."""
    nodes = _at(text, path)
    depth = _depth_to_remove(nodes)
    container = nodes[depth]
    index = _index(container, path[depth])
    if len(container.items) == 1:
        return text[: container.start + 1] + text[container.end - 1 :]
    if index == 0:
        return text[: container.starts[0]] + text[container.starts[1] :]
    return text[: container.items[index - 1].end] + text[container.items[index].end :]


def _depth_to_remove(nodes: list[Node]) -> int:
    """Return which of the nodes on the way to a handler loses an element.

    The nodes are root, hooks, event, group, its "hooks", and the handler. A group goes with its
    last handler, its matcher with it; one that has other keys stays, for they are somebody's.
    """
    root, hooks, event, group, handlers = range(5)
    if len(nodes[handlers].items) > 1 or set(nodes[group].keys) - {"hooks", "matcher"}:
        return handlers
    if len(nodes[event].items) > 1:
        return event
    return hooks if len(nodes[hooks].items) > 1 else root
