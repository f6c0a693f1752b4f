"""Which events have two handlers, and of two copies of one, which runs; pure.

All files' handlers run, side by side. Of the same command in several places the last copy runs,
with its timeout: files count from the weakest to the strongest, and in a file the later one (seen
with 2.1.329). Another command for the same job runs beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from session_hooks_installer.acceptance import timeout_of
from session_hooks_installer.coverage import listed
from session_hooks_installer.findings import Code, Command, Finding, Words
from session_hooks_installer.handlers import HOOKS, Ownership, Scope
from session_hooks_installer.installed import Installed
from session_hooks_installer.places import Edited, Place

_Pair = tuple[Installed, Installed]
_WIDTH = 200
"""How much of a matcher is shown."""
_TAKES_OUT = {
    Scope.USER: "takes them out of all your projects",
    Scope.PROJECT: "takes them out of this project, for everybody who shares it",
    Scope.LOCAL: "takes them out of this project, for you alone",
}


def is_superseded(item: Installed, later: Iterable[Installed]) -> bool:
    """Tell whether a later copy of a handler runs in its place, at whatever it is for."""
    return any(
        other.hook is item.hook
        and other.runs == item.runs
        and set(item.sources) <= set(other.sources)
        for other in later
    )


def check(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    """Say once for each pair of files which events run twice from there."""
    pairs: dict[tuple[Code, Place, Place], list[_Pair]] = {}
    for hook in HOOKS:
        mine = [item for item in installed if item.hook is hook]
        for first, second in combinations(mine, 2):
            if _are_together(first.place, second.place) and _overlap(first, second):
                code = _how(first, second)
                pairs.setdefault((code, first.place, second.place), []).append((first, second))
    for (code, one, other), found in pairs.items():
        events = listed(dict.fromkeys(first.hook.event for first, _ in found))
        is_one = one == other
        yield Finding(
            code,
            f"{events}: installed twice, {_where(one, other)}",
            _what_comes_of_it(code, found),
            _remedy(found, installed, command),
            scope=one.scope if is_one else None,
            path=str(one.path) if is_one else None,
        )


def _where(one: Place, other: Place) -> str:
    if one == other:
        return f"in {one.path}"
    if one.scope is other.scope:
        return f"in {one.path} and in {other.path}"
    return f"in the {one.scope.value} and in the {other.scope.value} scope"


def _are_together(one: Place, other: Place) -> bool:
    """Tell whether Claude Code ever reads both: of one scope not those of two folders."""
    return one == other or one.scope is not other.scope or (one.is_read and other.is_read)


def _overlap(first: Installed, second: Installed) -> bool:
    return not set(first.sources).isdisjoint(second.sources)


def _how(first: Installed, second: Installed) -> Code:
    if first.runs == second.runs:
        return Code.REPEATED
    return Code.TWO_HANDLERS if first.place == second.place else Code.TWO_SCOPES


def _what_comes_of_it(code: Code, found: Sequence[_Pair]) -> str:
    if code is not Code.REPEATED:
        return (
            "Both run each time; only with a working memory and CLAUDE_PID does one of them keep "
            "quiet."
        )
    for pair in found:
        event = pair[0].hook.event
        first, last = (timeout_of(item.handler, event) for item in pair)
        if last < first:
            return (
                f"Claude Code runs the last one alone, and that lowers {event}'s timeout from "
                f"{first:g} to {last:g} s."
            )
    return "Claude Code runs the same command once, so one of the two is of no use."


def _remedy(found: Sequence[_Pair], installed: Sequence[Installed], command: Command) -> str:
    """Return how one of two goes; a command only where that does nothing besides."""
    first, second = (item.place for item in found[0])
    if first == second:
        return _within(first, found, command)
    for place in sorted((first, second), key=lambda place: place.edited is not Edited.HERE):
        if _may_go(place, found, installed):
            return place.mended(command, "--uninstall")
    return _choice((first, second), found, command)


def _within(place: Place, found: Sequence[_Pair], command: Command) -> str:
    """Return how one of two goes in one file: installing joins those of the same matcher."""
    if any(item.ownership is Ownership.WRAPPED for pair in found for item in pair):
        return Words(f"take one of the two out of {place.path}")
    apart = next((pair for pair in found if _group(pair[0]) != _group(pair[1])), None)
    if apart is None:
        return place.mended(command)
    one, other = sorted(apart, key=lambda item: (len(item.sources), not _group(item)))
    if not set(one.sources) <= set(other.sources):
        matchers = f"{one.matcher[:_WIDTH]!r} and {other.matcher[:_WIDTH]!r}"
        return Words(f"let the matchers {matchers} have nothing in common, in {place.path}")
    program, matcher = one.hook.program, one.matcher[:_WIDTH]
    return Words(f"take {program} out of the group with matcher {matcher!r} in {place.path}")


def _group(item: Installed) -> str:
    """Return what a handler's group is for, as install-hooks compares groups."""
    return item.matcher if isinstance(item.matcher, str) and item.matcher != "*" else ""


def _may_go(place: Place, found: Sequence[_Pair], installed: Sequence[Installed]) -> bool:
    """Tell whether all of our handlers can go from a file, and nobody will miss any of them.

    Local settings alone: the user's are for all projects, and the project's for everybody in it.
    What stays has to be read here, to be for the same, and to have as much time.
    """
    mine = [item for item in installed if item.place == place]
    twice = [item for pair in found for item in pair if item.place == place]
    if place.scope is not Scope.LOCAL or place.edited is Edited.BY_HAND:
        return False
    if any(item.ownership is not Ownership.OURS for item in twice):
        return False
    rest = [item for item in installed if item.place != place and item.place.is_read]
    return all(_is_served(item, rest) for item in mine if item.ownership is Ownership.OURS)


def _is_served(item: Installed, rest: Sequence[Installed]) -> bool:
    others = [one for one in rest if one.hook is item.hook and _overlap(one, item)]
    event, covered = item.hook.event, {source for one in others for source in one.sources}
    has_time = all(
        timeout_of(one.handler, event) >= timeout_of(item.handler, event) for one in others
    )
    return has_time and set(item.sources) <= covered


def _choice(places: Sequence[Place], found: Sequence[_Pair], command: Command) -> str:
    """Say what each of two ways does, for a person to decide."""
    ways = []
    for place in places:
        items = [item for pair in found for item in pair if item.place == place]
        if place.edited is Edited.BY_HAND or any(
            item.ownership is not Ownership.OURS for item in items
        ):
            ways.append(f"take it out of {place.path} by hand")
        else:
            ways.append(f"{place.mended(command, '--uninstall')} {_TAKES_OUT[place.scope]}")
    return Words(f"keep one: {'; or '.join(ways)}")
