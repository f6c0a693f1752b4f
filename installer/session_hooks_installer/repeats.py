"""Which events have two handlers, and of two copies of one, which runs; pure.

All files' handlers run, side by side. Of the same command in several places the last copy runs,
with its timeout: files count from the weakest to the strongest, and in a file the later one (seen
with 2.1.329). Another command for the same job runs beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from session_hooks_installer.acceptance import timeout_of
from session_hooks_installer.coverage import listed
from session_hooks_installer.findings import Code, Command, Finding
from session_hooks_installer.handlers import HOOKS, Ownership, Scope
from session_hooks_installer.installed import Installed
from session_hooks_installer.places import Edited, Place

_FIRST_TO_GO = (Scope.USER, Scope.LOCAL, Scope.PROJECT)


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
    pairs: dict[tuple[Code, Place, Place], list[tuple[Installed, Installed]]] = {}
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
            _remedy(found, command),
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


def _what_comes_of_it(code: Code, found: Sequence[tuple[Installed, Installed]]) -> str:
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


def _remedy(found: Sequence[tuple[Installed, Installed]], command: Command) -> str:
    """Return how one of two goes. What is somebody's own, no command takes out."""
    first, second = (item.place for item in found[0])
    if first == second:
        if any(item.ownership is Ownership.WRAPPED for pair in found for item in pair):
            return f"take one of the two out of {first.path}"
        return first.mended(command)
    for place in sorted((first, second), key=_who_goes):
        items = [item for pair in found for item in pair if item.place == place]
        is_ours = all(item.ownership is Ownership.OURS for item in items)
        if is_ours and place.edited is not Edited.BY_HAND:
            return place.mended(command, "--uninstall")
    return f"take one of the two out of {first.path} or {second.path}"


def _who_goes(place: Place) -> tuple[int, bool]:
    """Sort the file that goes before the one that others share; this checkout's before another."""
    return _FIRST_TO_GO.index(place.scope), place.edited is not Edited.HERE
