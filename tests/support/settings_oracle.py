"""Settings read and merged by other means than ours, to hold the installer's edits against.

The reading is a small strict JSON parser that knows where everything stands; the merging works on
plain dictionaries. Nothing here calls the code under test, apart from the table of hooks.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from session_hooks.project.hooks import Hook
from session_hooks_installer.settings.handlers import Handler, Ownership

OUR_KEYS = {"type", "command", "args", "timeout"}
Whose = Callable[[Any, Hook], Ownership]
"""Tells whose a handler is, by what the test that wrote it knows."""


# --- Reading -------------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(
    r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
)


class Node(NamedTuple):
    """A value in the text, with its key where it has one."""

    key: str
    begin: int
    start: int
    end: int
    children: tuple["Node", ...] = ()

    def member(self, key: str) -> "Node":
        """Return the last member of that name."""
        return [child for child in self.children if child.key == key][-1]

    def has(self, key: str) -> bool:
        return any(child.key == key for child in self.children)


def tree(text: str) -> Node:
    """Parse a text, with or without a byte order mark. Raises ValueError for what is not JSON."""
    node = _value(text, text.startswith("\ufeff"))
    if _skip(text, node.end) != len(text):
        raise ValueError(f"text behind the end: {text[node.end :]!r}")
    return node


def _value(text: str, position: int) -> Node:
    start = _skip(text, position)
    opening = text[start : start + 1]
    if opening not in ("{", "["):
        end = _match(_SCALAR, text, start)
        return Node("", start, start, end)
    closing = "}" if opening == "{" else "]"
    children: list[Node] = []
    position = _skip(text, start + 1)
    while text[position] != closing:
        if children:
            position = _expect(text, position, ",")
        begin = _skip(text, position)
        key = ""
        if opening == "{":
            end = _match(_SCALAR, text, begin)
            key = json.loads(text[begin:end])
            if not isinstance(key, str):
                raise ValueError(f"no key: {text[begin:end]!r}")
            position = _expect(text, _skip(text, end), ":")
        child = _value(text, position)
        children.append(child._replace(key=key, begin=begin if opening == "{" else child.start))
        position = _skip(text, child.end)
    return Node("", start, start, position + 1, tuple(children))


def _skip(text: str, position: int) -> int:
    return _match(_SPACE, text, position)


def _match(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    if match is None:
        raise ValueError(f"not JSON at {position}: {text[position : position + 20]!r}")
    return match.end()


def _expect(text: str, position: int, character: str) -> int:
    if text[position] != character:
        raise ValueError(f"{character} is missing at {position}")
    return position + 1


# --- Merging -------------------------------------------------------------------------------------


class Place(NamedTuple):
    """One handler of ours, by its indexes."""

    hook: Hook
    group: int
    handler: int


def places(settings: dict[str, Any], hooks: Sequence[Hook], whose: Whose) -> Iterator[Place]:
    """Yield our handlers in settings, WRAPPED ones left out."""
    for hook in hooks:
        for number, group in enumerate(settings.get("hooks", {}).get(hook.event, [])):
            for index, handler in enumerate(group.get("hooks", [])):
                if whose(handler, hook) is Ownership.OURS:
                    yield Place(hook, number, index)


def handler_at(settings: dict[str, Any], place: Place) -> Handler:
    found: Handler = settings["hooks"][place.hook.event][place.group]["hooks"][place.handler]
    return found


def superfluous(settings: dict[str, Any], ours: Sequence[Place]) -> list[Place]:
    """Which handlers of ours another under the same matcher makes superfluous."""
    dropped = []
    for place in ours:
        same = [one for one in ours if _audience(settings, one) == _audience(settings, place)]
        edited = [one for one in same if _is_edited(handler_at(settings, one), one.hook)]
        if place != (edited or same)[0]:
            dropped.append(place)
    return dropped


def _audience(settings: dict[str, Any], place: Place) -> tuple[Hook, str]:
    matcher = settings["hooks"][place.hook.event][place.group].get("matcher")
    return place.hook, matcher if isinstance(matcher, str) and matcher != "*" else ""


def is_timeout(value: Any) -> bool:
    """Whether Claude Code takes it: a handler with any other is left out."""
    return type(value) in (int, float) and value > 0


def _is_edited(handler: Handler, hook: Hook) -> bool:
    timeout = handler.get("timeout")
    own = is_timeout(timeout) and timeout != hook.timeout
    return own or not set(handler) <= OUR_KEYS


def merged(
    settings: dict[str, Any], wanted: dict[str, Handler], hooks: Sequence[Hook], whose: Whose,
    adding: Sequence[Hook],
) -> dict[str, Any]:  # fmt: skip
    """What installing has to make of settings."""
    ours = list(places(settings, hooks, whose))
    dropped = superfluous(settings, ours)
    result = copy.deepcopy(settings)
    for place in ours:
        handler, want = handler_at(result, place), wanted[place.hook.event]
        timeout = handler.get("timeout")
        if not is_timeout(timeout):
            handler.pop("timeout", None)
        handler.pop("args", None)
        handler.update({key: want[key] for key in ("command", "args") if key in want})
        handler.setdefault("timeout", want["timeout"])
    result = without(result, dropped)
    for hook in adding:
        groups = result.setdefault("hooks", {}).setdefault(hook.event, [])
        handlers = [one for group in groups for one in group.get("hooks", [])]
        if all(whose(one, hook) is Ownership.FOREIGN for one in handlers):
            groups.append({"hooks": [wanted[hook.event]]})
    return result


def without(settings: dict[str, Any], dead: Sequence[Place]) -> dict[str, Any]:
    """What is left of settings without some handlers, and without what held only them."""
    result = copy.deepcopy(settings)
    for place in reversed(dead):
        groups = result["hooks"][place.hook.event]
        group = groups[place.group]
        del group["hooks"][place.handler]
        if not group["hooks"] and set(group) <= {"hooks", "matcher"}:
            del groups[place.group]
        if not groups:
            del result["hooks"][place.hook.event]
        if not result["hooks"]:
            del result["hooks"]
    return result


# --- What an edit may touch ----------------------------------------------------------------------


def node_of(root: Node, place: Place) -> Node:
    group = root.member("hooks").member(place.hook.event).children[place.group]
    return group.member("hooks").children[place.handler]


def topmost(root: Node, dead: Sequence[Place]) -> list[Node]:
    """The nodes that go with some handlers: these, or what held nothing else."""
    gone = {node_of(root, place).start for place in dead}
    nodes: dict[int, Node] = {}
    for place in dead:
        node = node_of(root, place)
        group = root.member("hooks").member(place.hook.event).children[place.group]
        if {one.key for one in group.children} <= {"hooks", "matcher"} and all(
            one.start in gone for one in group.member("hooks").children
        ):
            node = group
            gone.add(group.start)
        nodes[node.start] = node
    for name in {place.hook.event for place in dead}:
        event = root.member("hooks").member(name)
        if all(group.start in gone for group in event.children):
            nodes = {start: one for start, one in nodes.items() if not _inside(one, event)}
            nodes[event.start] = event
            gone.add(event.start)
    if dead and all(event.start in gone for event in root.member("hooks").children):
        return [root.member("hooks")]
    return list(nodes.values())


def _inside(node: Node, outer: Node) -> bool:
    return outer.start <= node.start < outer.end


def assert_confined(
    before: str,
    after: str,
    kept: tuple[Sequence[Node], Sequence[Node]],
    gone: Sequence[Node] = (),
    new: Sequence[Node] = (),
) -> None:
    """Assert that two texts differ by nodes alone, and by the commas and white space beside them.

    ``kept`` are the nodes that are in both and may differ inside.
    """
    old = _stretches(before, [*((one, "kept") for one in kept[0]), *((one, "") for one in gone)])
    now = _stretches(after, [*((one, "kept") for one in kept[1]), *((one, "") for one in new)])
    assert [stretch.token for stretch in old] == [stretch.token for stretch in now]
    for (left, one), other in zip(pairwise([None, *old]), now, strict=True):
        assert one is not None
        assert len(one.gaps) == len(other.gaps)
        for mine, theirs in zip(one.gaps, other.gaps, strict=True):
            is_empty = left is not None and left.token in ("{", "[") and one.token in ("}", "]")
            assert _alike(mine, theirs, is_empty=is_empty), (mine, theirs)


class _Stretch(NamedTuple):
    """What stands between two foreign tokens, and the second of them.

    The gaps between nodes of ours, in a list of its own for each node that is kept.
    """

    gaps: list[list[str]]
    token: str


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]|[^\s,{}\[\]:"\ufeff]+')


def _stretches(text: str, marks: Sequence[tuple[Node, str]]) -> list[_Stretch]:
    marks = sorted(marks, key=lambda mark: mark[0].begin)
    stretches: list[_Stretch] = []
    gaps: list[list[str]] = [[]]
    position = 0
    while True:
        match = _TOKEN.search(text, position)
        gap = text[position : match.start() if match else len(text)]
        assert not gap.strip(" \t\r\n,\ufeff")
        gaps[-1].append(gap)
        if match is None:
            return [*stretches, _Stretch(gaps, "")]
        position = match.end()
        if marks and marks[0][0].begin == match.start():
            node, label = marks.pop(0)
            position = node.end
            if label:
                gaps.append([])
            continue
        stretches.append(_Stretch(gaps, match[0]))
        gaps = [[]]


def _alike(old: list[str], now: list[str], *, is_empty: bool) -> bool:
    """Whether the gaps around nodes that went or came are what stays of the others."""
    if len(old) == len(now):
        return old == now
    many, one = (old, now) if len(old) > len(now) else (now, old)
    if len(one) > 1:
        return False
    first, last, left = many[0], many[-1], one[0]
    if is_empty:
        return not left.strip(" \t\r\n")
    fits = any(
        left == first[:end] + last[start:]
        for end in range(len(first) + 1)
        for start in range(len(last) + 1)
    )
    return fits and "".join(many).count(",") - left.count(",") == len(many) - 1


def assert_same_members(before: str, one: Node, after: str, other: Node) -> None:
    """Assert that of a handler of ours only members of ours differ, and no order is changed."""
    old = {member.key: before[member.begin : member.end] for member in one.children}
    now = {member.key: after[member.begin : member.end] for member in other.children}
    both = [key for key in old if key in now]
    assert both == [key for key in now if key in old]
    assert set(old) - set(now) <= {"args"}
    assert set(now) - set(old) <= {"args", "timeout"}
    for member in one.children:
        if member.key in now and now[member.key] != old[member.key]:
            assert member.key in OUR_KEYS
            then = other.member(member.key)
            was = json.loads(before[member.start : member.end])
            assert json.loads(after[then.start : then.end]) != was
