"""Settings as JSON text to JSON text: only our own handlers are written, every other byte stays.

Pure: no file is touched.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from session_hooks_installer import splice
from session_hooks_installer.handlers import (
    HOOKS,
    Handler,
    Hook,
    Ownership,
    is_edited,
    ownership,
    up_to_date,
)
from session_hooks_installer.json_text import (
    Container,
    Element,
    SettingsError,
    check,
    container,
    loads,
    root,
    split_bom,
)

_OUR_KEYS = ("type", "command", "args", "timeout")


def install(text: str, wanted: Mapping[str, Handler]) -> str:
    """Return ``text`` with each event's handler in it; the same text where nothing is missing.

    An event that runs our program already keeps its handler: one of an earlier form is brought up
    to date in place, and of several under the same matcher one stays. Raises SettingsError for
    what is not valid settings.
    """
    bom, text = split_bom(text)
    text = text if text.strip() else "{}\n"
    _read(text)  # a wrong shape anywhere is refused before the first change, with its own place
    for hook in HOOKS:
        text = _repeat(text, _collapse, hook)
        text = _repeat(text, _update, hook, wanted[hook.event])
        text = _add(text, hook, wanted[hook.event])
    return bom + text


def uninstall(text: str) -> str:
    """Return ``text`` without our handlers, and without groups and events that held only them.

    Raises SettingsError as ``install`` does.
    """
    bom, text = split_bom(text)
    if not text.strip():
        return bom + text
    _read(text)  # as in install()
    for hook in HOOKS:
        text = _repeat(text, _remove_one, hook)
    return bom + text


class Found(NamedTuple):
    """One handler in settings that runs one of our programs."""

    event: str
    handler: Handler
    ownership: Ownership
    matcher: Any
    """What its group says there; "" where it says nothing."""


def find(text: str) -> list[Found]:
    """Return the handlers that run our programs at the events they are for.

    Raises SettingsError as ``install`` does.
    """
    _, text = split_bom(text)
    if not text.strip():
        return []
    return [
        Found(place.hook.event, place.handler, place.ownership, place.said) for place in _read(text)
    ]


def load(text: str) -> dict[str, Any]:
    """Return what the settings say. Raises SettingsError for what is not valid settings."""
    _, text = split_bom(text)
    if not text.strip():
        return {}
    check(text)
    settings: dict[str, Any] = loads(text)
    return settings


# --- Reading -------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """Where a handler that runs one of our programs stands in the text."""

    hook: Hook
    handler: Handler
    ownership: Ownership
    said: Any
    """What its group's matcher is, a string or not."""
    containers: tuple[Container, Container, Container, Container, Container, Container]
    """The settings, their "hooks", the event's groups, the group, its "hooks", and the handler."""

    @property
    def matcher(self) -> str:
        """What its group is for; "" for every source."""
        return self.said if isinstance(self.said, str) and self.said != "*" else ""


def _read(text: str) -> list[_Place]:
    check(text)
    return [place for hook in HOOKS for place in _places(text, hook)]


def _places(text: str, hook: Hook) -> Iterator[_Place]:
    """Yield the handlers that run a hook's program; raises SettingsError for a wrong shape."""
    settings = root(text)
    hooks = _member(text, settings, "hooks", "{")
    groups = _member(text, hooks, hook.event, "[") if hooks else None
    if hooks is None or groups is None:
        return
    for element in groups.elements:
        if text[element.start] != "{":
            message = f"each entry of hooks.{hook.event} must be an object"
            raise SettingsError(message, text, element.start)
        group = container(text, element.start)
        handlers = _member(text, group, "hooks", "[")
        for item in handlers.elements if handlers else ():
            handler = loads(text[item.start : item.end])
            if not isinstance(handler, dict):
                continue
            whose = ownership(handler, hook.program)
            if handlers is None or whose is Ownership.FOREIGN:
                continue
            inside = container(text, item.start)
            for key in _OUR_KEYS:
                _only(text, inside, key)
            way = (settings, hooks, groups, group, handlers, inside)
            yield _Place(hook, handler, whose, _matcher(text, group), way)


def _member(text: str, outer: Container, key: str, opening: str) -> Container | None:
    """Return an object's object or array of that name; None where it has none."""
    found = _only(text, outer, key)
    if found is None:
        return None
    if text[found.start] != opening:
        what = "an object, {…}" if opening == "{" else "an array, […]"
        raise SettingsError(f'"{key}" must be {what}', text, found.start)
    return container(text, found.start)


def _only(text: str, outer: Container, key: str) -> Element | None:
    same = [element for element in outer.elements if element.key == key]
    if len(same) > 1:
        raise SettingsError(f'"{key}" is here twice: join the two', text, same[1].begin)
    return same[0] if same else None


def _matcher(text: str, group: Container) -> Any:
    matcher = group.get("matcher")
    return loads(text[matcher.start : matcher.end]) if matcher else ""


# --- Writing -------------------------------------------------------------------------------------


def _repeat(text: str, step: Callable[..., str | None], *arguments: Any) -> str:
    """Take a step until there is none left; each moves what stands behind it."""
    while (after := step(text, *arguments)) is not None:
        text = after
    return text


def _collapse(text: str, hook: Hook) -> str | None:
    """Remove one handler of ours that another under the same matcher makes superfluous.

    The one that a person edited stays, else the first.
    """
    ours: dict[str, list[_Place]] = {}
    for place in _ours(text, hook):
        ours.setdefault(place.matcher, []).append(place)
    for same in ours.values():
        kept = next((place for place in same if is_edited(place.handler, hook)), same[0])
        if len(same) > 1:
            return _remove(text, next(place for place in same if place is not kept))
    return None


def _update(text: str, hook: Hook, wanted: Handler) -> str | None:
    """Bring one handler of ours up to date, where one isn't."""
    for place in _ours(text, hook):
        better = up_to_date(place.handler, wanted, hook)
        if better != place.handler:
            start = place.containers[-1].start  # which no change inside it moves
            return _repeat(text, _approach, start, better)
    return None


def _approach(text: str, start: int, better: Handler) -> str | None:
    """Change one member of the object at ``start`` that isn't as in ``better`` yet."""
    inside = container(text, start)
    members = [loads(text[element.start : element.end]) for element in inside.elements]
    keys = [element.key for element in inside.elements]
    for index, (key, value) in enumerate(zip(keys, members, strict=True)):
        if key not in better:
            return splice.remove(text, inside, index)
        if key in _OUR_KEYS and value != better[key]:
            return splice.replace_value(text, inside, index, better[key])
    for place, key in enumerate(_OUR_KEYS):
        if key in better and key not in keys:
            before = (keys.index(other) + 1 for other in _OUR_KEYS[:place] if other in keys)
            return splice.add_member(text, inside, key, better[key], max(before))
    return None


def _add(text: str, hook: Hook, wanted: Handler) -> str:
    """Add a hook's handler where the event doesn't run our program yet."""
    if any(_places(text, hook)):
        return text
    settings = root(text)
    group = {"hooks": [wanted]}
    hooks = _member(text, settings, "hooks", "{")
    if hooks is None:
        return splice.add_member(text, settings, "hooks", {hook.event: [group]})
    groups = _member(text, hooks, hook.event, "[")
    if groups is None:
        return splice.add_member(text, hooks, hook.event, [group])
    return splice.add_item(text, groups, group)


def _remove_one(text: str, hook: Hook) -> str | None:
    place = next(_ours(text, hook), None)
    return _remove(text, place) if place else None


def _ours(text: str, hook: Hook) -> Iterator[_Place]:
    return (place for place in _places(text, hook) if place.ownership is Ownership.OURS)


def _remove(text: str, place: _Place) -> str:
    """Remove a handler, and upward every container that then holds nothing else.

    A group goes with its last handler, its matcher with it; one that has other keys stays, for
    they are somebody's.
    """
    settings, hooks, groups, group, handlers, handler = place.containers
    outer, inner = handlers, handler
    if len(handlers.elements) == 1 and {one.key for one in group.elements} <= {"hooks", "matcher"}:
        outer, inner = groups, group
        if len(groups.elements) == 1:
            outer, inner = hooks, groups
            if len(hooks.elements) == 1:
                outer, inner = settings, hooks
    starts = [element.start for element in outer.elements]
    return splice.remove(text, outer, starts.index(inner.start))
