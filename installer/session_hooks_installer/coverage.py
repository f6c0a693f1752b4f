"""Whether every event has a handler, that Claude Code takes, for all of its sources; pure."""

from collections.abc import Iterable, Iterator, Sequence

from session_hooks_installer.acceptance import handler_problem, matcher_problem
from session_hooks_installer.findings import Code, Command, Finding
from session_hooks_installer.handlers import HOOKS, Hook, Ownership
from session_hooks_installer.installed import Installed, files_of
from session_hooks_installer.matchers import VALUES

_MISSED = {
    "SessionStart": "So no conversation is told where the work stands.",
    "PreCompact": "So a summary may lose what is next.",
    "SessionEnd": "So nobody is reminded, and nothing is noted of how a conversation ended.",
}


def check(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    """Say which events have a handler, and which have none, or one for some sources alone."""
    if not installed:
        yield Finding(
            Code.NOT_INSTALLED,
            "the hooks are not installed here",
            "So Claude Code doesn't know of them.",
            command(""),
        )
        return
    taken = [item for item in installed if not item.problem]
    yield from _present(installed)
    yield from _absent(installed, command)
    yield from _ignored(installed, command)
    yield from _left_out(taken)
    yield from _below(taken)


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
        return f"mend that matcher in {item.path}"
    theirs = {key: value for key, value in item.handler.items() if key not in ("timeout", "args")}
    if item.ownership is Ownership.WRAPPED or handler_problem(theirs):
        return f"mend that handler in {item.path}"
    return item.place.mended(command)


def _left_out(installed: Sequence[Installed]) -> Iterator[Finding]:
    for hook in HOOKS:
        mine = [item for item in installed if item.hook is hook]
        missing = _missing(hook, mine)
        if mine and missing:
            yield Finding(
                Code.SOURCES_LEFT_OUT,
                f"{hook.event}: not for {listed(missing)}, {mine[0].place.named}",
                f"Its matcher lets only {mine[0].matcher!r} through.",
                f'take "matcher" out of that group in {mine[0].path}',
                scope=mine[0].scope,
                path=str(mine[0].path),
            )


def _missing(hook: Hook, mine: Sequence[Installed]) -> list[str]:
    covered = {value for item in mine for value in item.sources}
    return [value for value in VALUES[hook.event] if value not in covered]


def _below(installed: Sequence[Installed]) -> Iterator[Finding]:
    """Say that Claude Code, started in the checked folder, doesn't read what is installed."""
    here = {item.hook for item in installed if item.place.is_read}
    above = [item for item in installed if not item.place.is_read and item.hook not in here]
    if above:
        path = above[0].path
        yield Finding(
            Code.STARTED_BELOW,
            f"Claude Code, started in this folder, doesn't read {path}",
            f"So nothing happens here; started in {path.parent.parent}, it does.",
            "install-hooks --scope user",
            scope=above[0].scope,
            path=str(path),
        )


def listed(words: Iterable[str]) -> str:
    """Return some words as a sentence has them."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
