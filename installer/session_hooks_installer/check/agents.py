"""Check the settings of an agent that is not Claude Code, and say what it can't do."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks.agents.agent import Agent, load
from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check import coverage
from session_hooks_installer.check.findings import Code, Command, Finding, Words
from session_hooks_installer.check.settings import WIDTH, Installed, Place, files_of
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import edit, file, install
from session_hooks_installer.settings.handlers import (
    CLAUDE,
    Handler,
    Ownership,
    Scope,
    handlers_for,
    is_timeout,
    up_to_date,
)
from session_hooks_installer.settings.json_edit import SettingsError


class AgentSettings(NamedTuple):
    handlers: tuple[Installed, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_ours: bool = False  # the hooks are there, or may be


def check(
    agent: Agent, repo: Path, environ: Mapping[str, str], programs: Path, command: Command
) -> AgentSettings:
    """Find our handlers in an agent's settings, for Claude Code none: it has rooms of its own."""
    if agent is CLAUDE:
        return AgentSettings()
    installed: list[Installed] = []
    findings: list[Finding] = []
    is_ours = False
    for scope in (Scope.PROJECT, Scope.USER):
        try:
            place = Place(scope, file.locate(scope, repo, environ, agent), agent=agent.name)
            found = _find(place.path, agent)
        except RefusedError as error:
            findings.append(_unreadable(agent, scope, error))
            is_ours |= may_hold_ours(scope, repo, environ, agent)
            continue
        installed += (_in_seconds(agent, place, one) for one in found)
        findings += _compared(place, found, handlers_for(scope, programs, agent), command)
    findings += coverage.check_repeats(installed, command)
    covered = _coverage(agent, installed, repo, environ, command)
    is_ours |= bool(installed)
    return AgentSettings(tuple(installed), (*covered, *findings, *_limits(agent)), is_ours)


def _find(path: Path, agent: Agent) -> list[edit.Found]:
    """Raises RefusedError."""
    try:
        return edit.find(file.read(path) or "", agent)
    except SettingsError as error:
        raise RefusedError(f"{path}, {error}") from error


def may_hold_ours(scope: Scope, repo: Path, environ: Mapping[str, str], agent: Agent) -> bool:
    """Tell whether a file that can't be read or edited speaks of our programs."""
    try:
        path = file.locate(scope, repo, environ, agent)
        return edit.mentions((file.read_bytes(path) or b"").decode("utf-8", "replace"))
    except RefusedError:
        return False


def _unreadable(agent: Agent, scope: Scope, error: RefusedError) -> Finding:
    first, _, rest = str(error).partition("\n")
    why = f"So {agent.title} runs none of its hooks, or nothing can be installed there."
    remedy = Words(" ".join(rest.split()) or "mend it, then install again")
    return Finding(Code.UNREADABLE_SETTINGS, f"{agent.title}: {first}", remedy, why, scope)


def _compared(
    place: Place, found: Sequence[edit.Found], wanted: Mapping[str, Handler], command: Command
) -> Iterator[Finding]:
    """Hold what is installed against what this version writes."""
    ours = [one for one in found if one.ownership is Ownership.OURS]
    old = [one.event for one in ours if up_to_date(one.handler, wanted[one.event]) != one.handler]
    if old:
        what = f"{', '.join(old)}: not what this version writes, {place.named}"
        yield place.finding(Code.OUT_OF_DATE, what, place.edit_command(command))
    for one in found:
        if one.matcher:
            what = f"{one.event}: only for {one.matcher[:WIDTH]!r}, {place.named}"
            yield place.finding(Code.SOURCES_LEFT_OUT, what)


def _in_seconds(agent: Agent, place: Place, found: edit.Found) -> Installed:
    handler = dict(found.handler)
    if is_timeout(timeout := handler.get("timeout")):
        handler["timeout"] = timeout / agent.per_second
    return Installed(place, found.hook, handler, found.ownership, found.matcher)


def _coverage(
    agent: Agent,
    installed: Sequence[Installed],
    repo: Path,
    environ: Mapping[str, str],
    command: Command,
) -> Iterator[Finding]:
    others = [install.where(repo, environ, load(name)) for name in agent.also_reads]
    read = [path for there in others for scope, path in there.items() if scope is not Scope.USER]
    if not installed and read:
        yield Finding(Code.INSTALLED, f"{agent.title} runs the hooks in {read[0]}")
    elif not installed:
        what = f"the hooks are not installed here for {agent.title}"
        why = f"So {agent.title} doesn't know of them."
        yield Finding(Code.NOT_INSTALLED, what, command(f"--agent {agent.name}"), why)
    for place in files_of(installed):
        mine = (item.hook for item in installed if item.place == place)
        events = dict.fromkeys(agent.events[hook.event] for hook in mine)
        yield place.finding(Code.INSTALLED, f"{', '.join(events)}: {place.named}")
        for hook in HOOKS:
            if hook.event in agent.events and agent.events[hook.event] not in events:
                what = f"{agent.events[hook.event]}: no handler, {place.named}"
                remedy = place.edit_command(command)
                yield place.finding(Code.PARTLY_INSTALLED, what, remedy, hook.missed)


def _limits(agent: Agent) -> Iterator[Finding]:
    if agent.advice:
        yield Finding(Code.AGENT_LIMITS, f"{agent.title} {agent.advice}")
    for one in agent.lacks:
        yield Finding(Code.AGENT_LIMITS, f"{agent.title}: {one}")
