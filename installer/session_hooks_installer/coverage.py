"""Whether every event has a handler, that Claude Code takes, for all of its sources; pure."""

from collections.abc import Iterable, Iterator, Sequence

from session_hooks_installer.acceptance import handler_problem, matcher_problem
from session_hooks_installer.findings import Code, Command, Finding, Words
from session_hooks_installer.handlers import HOOKS, Hook, Ownership, Scope
from session_hooks_installer.installed import Installed, Misplaced, Reading, files_of
from session_hooks_installer.matchers import VALUES, is_involved
from session_hooks_installer.places import Edited, Place

_WIDTH = 200
"""How much of what a file says is shown."""

_MISSED = {
    "SessionStart": "So no conversation is told where the work stands.",
    "PreCompact": "So a summary may lose what is next.",
    "SessionEnd": "So nobody is reminded, and nothing is noted of how a conversation ended.",
}


def check(reading: Reading, command: Command) -> Iterator[Finding]:
    """Say which events have a handler, and which have none, or one for some sources alone."""
    installed = reading.handlers
    if installed:
        taken = [item for item in installed if not item.problem]
        yield from _present(installed)
        yield from _absent(installed, command)
        yield from _ignored(installed, command)
        yield from _left_out(taken)
        yield from _not_read(taken)
    else:
        yield _nowhere(reading.places, command)
    yield from _misplaced(reading.misplaced)


def _nowhere(places: Sequence[Place], command: Command) -> Finding:
    """Say that nothing is installed, and where it is to be: where Claude Code reads it."""
    here = [place for place in places if place.scope is not Scope.USER and place.is_read]
    own = [place for place in places if place.scope is Scope.PROJECT]
    remedy: str = Words("mend what is said of the settings above, then: install-hooks")
    scope = None
    if any(place.edited is Edited.HERE for place in here if place.scope is Scope.PROJECT):
        remedy, scope = command(""), Scope.PROJECT
    elif len(own) > 1 and any(place.edited is Edited.HERE for place in here):
        # Below the top level, of what is edited there, Claude Code reads the local settings alone.
        remedy, scope = command(f"--scope {Scope.LOCAL.value}"), Scope.LOCAL
    elif not any(place.scope is Scope.PROJECT for place in places):
        remedy = Words("go into a project, or for all of yours: install-hooks --scope user")
    return Finding(
        Code.NOT_INSTALLED,
        "the hooks are not installed here",
        "So Claude Code doesn't know of them.",
        remedy,
        scope=scope,
    )


def _present(installed: Sequence[Installed]) -> Iterator[Finding]:
    """One line for each file: which events it has handlers for."""
    for place in files_of(installed):
        events = dict.fromkeys(item.hook.event for item in installed if item.place == place)
        what = f"{listed(events)}: {place.named}"
        yield Finding(Code.INSTALLED, what, scope=place.scope, path=str(place.path))


def _absent(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    files = files_of(installed)
    fullest = max(files, key=lambda file: sum(item.place == file for item in installed))
    present = {item.hook.event for item in installed}
    for hook in HOOKS:
        if hook.event not in present:
            yield Finding(
                Code.PARTLY_INSTALLED,
                f"{hook.event}: no handler",
                _MISSED[hook.event],
                fullest.mended(command),
                scope=fullest.scope,
                path=str(fullest.path),
            )


def _ignored(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    """Say which handlers Claude Code leaves out."""
    for item in installed:
        if item.problem:
            yield Finding(
                Code.HANDLER_IGNORED,
                f"{item.hook.event}: left out by Claude Code, {item.place.named}: {item.problem}",
                _MISSED[item.hook.event],
                _heals(item, command),
                scope=item.scope,
                path=str(item.path),
            )


def _heals(item: Installed, command: Command) -> str:
    """Return what mends a handler that is left out: installing, where we wrote what is wrong."""
    if matcher_problem(item.matcher):
        return Words(f"mend that matcher in {item.path}")
    theirs = {key: value for key, value in item.handler.items() if key not in ("timeout", "args")}
    if item.ownership is Ownership.WRAPPED or handler_problem(theirs):
        return Words(f"mend that handler in {item.path}")
    return item.place.mended(command)


def _left_out(taken: Sequence[Installed]) -> Iterator[Finding]:
    """Say which sources have no handler; of files that aren't read only where no other has one.

    What can't be told doesn't count: a check that passes has to mean something.
    """
    for hook in HOOKS:
        mine = [item for item in taken if item.hook is hook]
        mine = [item for item in mine if item.place.is_read] or mine
        told = [item for item in mine if not is_involved(item.matcher)]
        missing = _missing(hook, told)
        if not mine or not missing:
            continue
        is_none = len(missing) == len(VALUES[hook.event])
        item = next((item for item in mine if item not in told), mine[0])
        why = f"Its matcher lets only {item.matcher[:_WIDTH]!r} through."
        if item not in told:
            why = f"Its matcher is too involved to tell: {item.matcher[:_WIDTH]!r}."
        sources = "any source that there is" if is_none else listed(missing)
        yield Finding(
            Code.NO_SOURCE if is_none else Code.SOURCES_LEFT_OUT,
            f"{hook.event}: not for {sources}, {item.place.named}",
            why,
            Words(f'take "matcher" out of that group in {item.path}'),
            scope=item.scope,
            path=str(item.path),
        )


def _missing(hook: Hook, mine: Sequence[Installed]) -> list[str]:
    covered = {value for item in mine for value in item.sources}
    return [value for value in VALUES[hook.event] if value not in covered]


def _not_read(taken: Sequence[Installed]) -> Iterator[Finding]:
    """Say that Claude Code, started in the checked folder, doesn't read what is installed."""
    here = {item.hook for item in taken if item.place.is_read}
    unread = [item for item in taken if not item.place.is_read and item.hook not in here]
    for place in files_of(unread):
        folder = place.path.parent.parent
        is_below = place.scope is not Scope.USER
        yield Finding(
            Code.NOT_READ,
            f"Claude Code, started in this folder, doesn't read {place.path}",
            "So nothing happens here."
            if not is_below
            else f"So nothing happens here; started in {folder}, it does.",
            Words(f"start claude in {folder}") if is_below else "unset CLAUDE_CONFIG_DIR",
            scope=place.scope,
            path=str(place.path),
        )


def _misplaced(found: Iterable[Misplaced]) -> Iterator[Finding]:
    """Say which of our programs are run at an event that they are not for."""
    for one in dict.fromkeys(found):
        event = one.event[:_WIDTH]
        yield Finding(
            Code.OTHER_EVENT,
            f"{one.hook.program} is run at {event}, {one.place.named}",
            f"It is for {one.hook.event} alone.",
            Words(f"take it out of {event} in {one.place.path}"),
            scope=one.place.scope,
            path=str(one.place.path),
        )


def listed(words: Iterable[str]) -> str:
    """Return some words as a sentence has them."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
