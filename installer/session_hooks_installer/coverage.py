"""Whether every event has one handler: none missing, none twice, no source left out; pure.

All scopes' handlers run, side by side. The same command in several places runs once, and another
command for the same job runs beside it (CLIENT.md, "Where each hook's output goes").
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from session_hooks_installer.findings import Code, Command, Finding
from session_hooks_installer.handlers import HOOKS, Hook, Ownership, Scope
from session_hooks_installer.installed import Installed
from session_hooks_installer.matchers import VALUES, matched

_MISSED = {
    "SessionStart": "So no conversation is told where the work stands.",
    "PreCompact": "So a summary may lose what is next.",
    "SessionEnd": "So nobody is reminded, and nothing is noted of how a conversation ended.",
}


def check(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    """Say which events have a handler, and which have none, too many, or one for some sources."""
    if not installed:
        yield Finding(
            Code.NOT_INSTALLED,
            "the hooks are not installed here",
            "So Claude Code doesn't know of them.",
            command(""),
        )
        return
    yield from _present(installed)
    yield from _absent(installed, command)
    yield from _twice(installed, command)
    yield from _left_out(installed)


def _present(installed: Sequence[Installed]) -> Iterator[Finding]:
    """One line for each file: which events it has handlers for."""
    for scope in Scope:
        mine = [item for item in installed if item.scope is scope]
        if mine:
            events = dict.fromkeys(item.hook.event for item in mine)
            what = f"{_list(events)}: {mine[0].place}"
            yield Finding(Code.INSTALLED, what, scope=scope, path=str(mine[0].path))


def _absent(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    fullest = max(Scope, key=lambda scope: sum(item.scope is scope for item in installed))
    present = {item.hook.event for item in installed}
    for hook in HOOKS:
        if hook.event not in present:
            yield Finding(
                Code.PARTLY_INSTALLED,
                f"{hook.event}: no handler",
                _MISSED[hook.event],
                command(f"--scope {fullest.value}"),
                scope=fullest,
                path=next(str(item.path) for item in installed if item.scope is fullest),
            )


def _twice(installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    """Say once for each pair of places which events run twice from there."""
    pairs: dict[tuple[Code, Scope, Scope], list[tuple[Installed, Installed]]] = {}
    for hook in HOOKS:
        mine = [item for item in installed if item.hook is hook]
        for first, second in combinations(mine, 2):
            if _overlap(first, second):
                code = _how(first, second)
                pairs.setdefault((code, first.scope, second.scope), []).append((first, second))
    for (code, one, other), found in pairs.items():
        events = _list(dict.fromkeys(first.hook.event for first, _ in found))
        first = found[0][0]
        where = f"in {first.path}"
        if one is not other:
            where = f"in the {one.value} and in the {other.value} scope"
        yield Finding(
            code,
            f"{events}: installed twice, {where}",
            _what_comes_of_it(code),
            _remedy(found, command),
            scope=one if one is other else None,
            path=str(first.path) if one is other else None,
        )


def _overlap(first: Installed, second: Installed) -> bool:
    values = VALUES[first.hook.event]
    return not set(matched(first.matcher, values)).isdisjoint(matched(second.matcher, values))


def _how(first: Installed, second: Installed) -> Code:
    if _runs(first) == _runs(second):
        return Code.REPEATED
    return Code.TWO_HANDLERS if first.scope is second.scope else Code.TWO_SCOPES


def _runs(item: Installed) -> tuple[object, object]:
    return item.handler.get("command"), item.handler.get("args")


def _what_comes_of_it(code: Code) -> str:
    if code is Code.REPEATED:
        return "Claude Code runs the same command once, so one of the two is of no use."
    return (
        "Both run each time; only with a working memory and CLAUDE_PID does one of them keep quiet."
    )


def _remedy(found: Sequence[tuple[Installed, Installed]], command: Command) -> str:
    """Return how one of two goes. What is somebody's own, no command takes out."""
    first, second = found[0]
    if first.scope is second.scope:
        if any(item.ownership is Ownership.WRAPPED for pair in found for item in pair):
            return f"take one of the two out of {first.path}"
        return command(f"--scope {first.scope.value}")
    for place in (1, 0):  # the narrower scope goes before the one that others share
        if all(pair[place].ownership is Ownership.OURS for pair in found):
            return command(f"--uninstall --scope {found[0][place].scope.value}")
    return f"take one of the two out of {first.path} or {second.path}"


def _left_out(installed: Sequence[Installed]) -> Iterator[Finding]:
    for hook in HOOKS:
        mine = [item for item in installed if item.hook is hook]
        missing = _missing(hook, mine)
        if mine and missing:
            yield Finding(
                Code.SOURCES_LEFT_OUT,
                f"{hook.event}: not for {_list(missing)}, {mine[0].place}",
                f"Its matcher lets only {mine[0].matcher!r} through.",
                f'take "matcher" out of that group in {mine[0].path}',
                scope=mine[0].scope,
                path=str(mine[0].path),
            )


def _missing(hook: Hook, mine: Sequence[Installed]) -> list[str]:
    values = VALUES[hook.event]
    covered = {value for item in mine for value in matched(item.matcher, values)}
    return [value for value in values if value not in covered]


def _list(words: "dict[str, None] | list[str]") -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
