"""Plan the edit of a settings file: handlers added, updated, removed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from session_hooks.agents.agent import Agent
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks_installer.settings import json_edit, plugin
from session_hooks_installer.settings.handlers import (
    CLAUDE,
    OUR_KEYS,
    Handler,
    Ownership,
    is_edited,
    ownership,
    up_to_date,
)
from session_hooks_installer.settings.json_edit import (
    Container,
    Edit,
    Element,
    Layout,
    SettingsError,
)

_ROOT, _HOOKS, _GROUPS, _GROUP, _HANDLERS = range(5)  # of Found.way


class Found(NamedTuple):
    hook: Hook
    handler: Handler
    ownership: Ownership
    matcher: str  # "" for every source, and where it is no text
    way: tuple[Container, ...]  # from the root to the handler; a flat one has no group

    @property
    def event(self) -> str:
        return self.hook.event

    @property
    def start(self) -> int:
        return self.way[-1].start


def install(
    text: str,
    handlers: Mapping[str, Handler],
    features: Collection[str] = frozenset(),
    agent: Agent = CLAUDE,
) -> str:
    """Add each event's handler, or update ours in place; of several under a matcher one stays.

    What a feature wants is added for that alone; what is there stays. Raises SettingsError.
    """
    if agent.plugin:
        plugin.read(text)
        return plugin.written(agent, _install("", handlers, features, agent))
    return _install(text, handlers, features, agent)


def _install(
    text: str, handlers: Mapping[str, Handler], features: Collection[str], agent: Agent
) -> str:
    bom, text = json_edit.split_bom(text)
    text = "{}\n" if json_edit.is_blank(text) else text
    settings = _read(text, agent)
    layout = Layout.of(text, settings.root)
    superfluous = _superfluous(settings.ours, handlers)
    edits = _removed(superfluous)
    gone = {place.start for place in superfluous}
    for place in settings.ours:
        if place.start not in gone:
            edits += _updated(text, layout, place, handlers[place.hook.event])
    events = [hook.event for hook in wanted_hooks(features)]
    wanted = {event: handlers[event] for event in events if event in handlers}
    return bom + json_edit.apply(text, edits + _added(text, layout, settings, wanted, agent))


def wanted_hooks(features: Collection[str]) -> list[Hook]:
    return [hook for hook in HOOKS if not hook.feature or hook.feature in features]


def uninstall(text: str, agent: Agent = CLAUDE) -> str:
    """Groups and events that held only ours go with them. Raises SettingsError."""
    bom, text = json_edit.split_bom(text)
    if json_edit.is_blank(text):
        return bom + text
    if agent.plugin:
        plugin.read(text)
        return ""
    return bom + json_edit.apply(text, _removed(_read(text, agent).ours))


def find(text: str, agent: Agent = CLAUDE) -> list[Found]:
    """Raises SettingsError."""
    text = _settings(text, agent)
    return [] if json_edit.is_blank(text) else list(_read(text, agent).found)


def mentions(text: str) -> bool:
    """Tell whether a text that can't be read may hold handlers of ours."""
    return any(hook.program in text for hook in HOOKS)


def load(text: str, agent: Agent = CLAUDE) -> dict[str, Any]:
    """Raises SettingsError."""
    text = _settings(text, agent)
    return {} if json_edit.is_blank(text) else json_edit.load(text)


def _settings(text: str, agent: Agent) -> str:
    return plugin.read(text) if agent.plugin else json_edit.split_bom(text)[1]


class _Settings(NamedTuple):
    root: Container
    hooks: Container | None
    events: Mapping[str, Container | None]
    found: Sequence[Found]

    @property
    def ours(self) -> list[Found]:
        return [place for place in self.found if place.ownership is Ownership.OURS]


def _read(text: str, agent: Agent) -> _Settings:
    json_edit.load(text)
    whole = json_edit.root(text)
    hooks = _member(text, whole, "hooks", "{")
    mine = [hook for hook in HOOKS if hook.event in agent.events]
    events = {
        hook.event: _member(text, hooks, agent.events[hook.event], "[") if hooks else None
        for hook in mine
    }
    places = _flat_places if agent.is_flat else _places
    found = [
        place
        for hook in mine
        if hooks and (outer := events[hook.event])
        for place in places(text, hook, (whole, hooks, outer))
    ]
    return _Settings(whole, hooks, events, found)


def _places(text: str, hook: Hook, way: tuple[Container, ...]) -> Iterator[Found]:
    for element in way[_GROUPS].elements:
        if not isinstance(element.value, dict):
            message = f"each entry of hooks.{hook.event} must be an object"
            raise SettingsError(message, text, element.start)
        group = json_edit.container(text, element.start)
        said = group.get("matcher")
        matcher = said.value if said else ""
        if matcher == "*" or not isinstance(matcher, str):
            matcher = ""
        if handlers := _member(text, group, "hooks", "["):
            for place in _flat_places(text, hook, (*way, group, handlers)):
                yield place._replace(matcher=matcher)


def _flat_places(text: str, hook: Hook, way: tuple[Container, ...]) -> Iterator[Found]:
    for item in way[-1].elements:
        whose = ownership(item.value, hook.program) if isinstance(item.value, dict) else None
        if whose in (None, Ownership.FOREIGN):
            continue
        inside = json_edit.container(text, item.start)
        for key in OUR_KEYS:
            _only(text, inside, key)
        yield Found(hook, item.value, whose, "", (*way, inside))


def _member(text: str, outer: Container, key: str, opening: str) -> Container | None:
    found = _only(text, outer, key)
    if found is None:
        return None
    if text[found.start] != opening:
        what = "an object, {…}" if opening == "{" else "an array, […]"
        raise SettingsError(f'"{key}" must be {what}', text, found.start)
    return json_edit.container(text, found.start)


def _only(text: str, outer: Container, key: str) -> Element | None:
    same = [element for element in outer.elements if element.key == key]
    if len(same) > 1:
        raise SettingsError(f'"{key}" is here twice: join the two', text, same[1].begin)
    return same[0] if same else None


def _superfluous(ours: Sequence[Found], wanted: Mapping[str, Handler]) -> list[Found]:
    # Of several under one matcher, the one that a person edited stays, else the first.
    alike: dict[tuple[str, str], list[Found]] = {}
    for place in ours:
        alike.setdefault((place.hook.event, place.matcher), []).append(place)
    superfluous = []
    for same in alike.values():
        edited = (place for place in same if is_edited(place.handler, wanted[place.event]))
        kept = next(edited, same[0])
        superfluous += [place for place in same if place is not kept]
    return superfluous


def _updated(text: str, layout: Layout, place: Found, wanted: Handler) -> list[Edit]:
    inside = place.way[-1]
    better = up_to_date(place.handler, wanted)
    keys = [element.key for element in inside.elements]
    edits = json_edit.remove(inside, [index for index, key in enumerate(keys) if key not in better])
    for element in inside.elements:
        if element.key in better and element.value != better[element.key]:
            edits.append(json_edit.replace_value(element, better[element.key]))
    missing = {key: better[key] for key in better if key not in keys}
    return [*edits, json_edit.add(text, layout, inside, missing)] if missing else edits


def _added(
    text: str, layout: Layout, settings: _Settings, wanted: Mapping[str, Handler], agent: Agent
) -> list[Edit]:
    with_ours = {place.hook.event for place in settings.found}
    missing = [event for event in wanted if event not in with_ours]
    entries: dict[str, Any] = {
        event: wanted[event] if agent.is_flat else {"hooks": [wanted[event]]} for event in missing
    }
    new = {agent.events[event]: [entries[event]] for event in missing if not settings.events[event]}
    is_said = not missing or agent.version is None or settings.root.get("version")
    version = {} if is_said else {"version": agent.version}
    if settings.hooks is None:
        return [json_edit.add(text, layout, settings.root, {**version, "hooks": new})]
    edits = [json_edit.add(text, layout, settings.root, version)] if version else []
    edits += [json_edit.add(text, layout, settings.hooks, new)] if new else []
    there = ((event, settings.events[event]) for event in missing)
    return edits + [
        json_edit.add(text, layout, outer, [entries[event]]) for event, outer in there if outer
    ]


def _removed(dead: Sequence[Found]) -> list[Edit]:
    gone = {place.start for place in dead}
    edits: list[Edit] = []
    for level in (_HANDLERS, _GROUPS, _HOOKS, _ROOT):
        ways = (place.way for place in dead if len(place.way) > level + 1)
        for way in {way[level].start: way for way in ways}.values():
            outer = way[level]
            doomed = [index for index, one in enumerate(outer.elements) if one.start in gone]
            holder = _holder(way, level)
            if holder and len(doomed) == len(outer.elements):
                gone.add(holder.start)
            elif doomed:
                edits += json_edit.remove(outer, doomed)
    return edits


def _holder(way: Sequence[Container], level: int) -> Container | None:
    """Return what goes with a container that is emptied; None for a group with others' keys."""
    if level == _HANDLERS:
        keys = {element.key for element in way[_GROUP].elements}
        return way[_GROUP] if keys <= {"hooks", "matcher"} else None
    return None if level == _ROOT else way[level]
