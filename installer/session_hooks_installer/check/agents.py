"""Check the settings of an agent that is not Claude Code, and say what it can't do."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks.agents.agent import Agent
from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check.findings import Code, Command, Finding, Words
from session_hooks_installer.check.settings import Installed, Place, files_of
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import edit, file
from session_hooks_installer.settings.handlers import (
    CLAUDE,
    Ownership,
    Scope,
    handlers_for,
    is_timeout,
    up_to_date,
)
from session_hooks_installer.settings.json_edit import SettingsError


class AgentSettings(NamedTuple):
    agent: Agent
    handlers: tuple[Installed, ...] = ()
    findings: tuple[Finding, ...] = ()


def check(
    agent: Agent, repo: Path, environ: Mapping[str, str], programs: Path, command: Command
) -> AgentSettings:
    """Find our handlers in an agent's settings, for Claude Code none: it has rooms of its own."""
    if agent is CLAUDE:
        return AgentSettings(agent)
    installed: list[Installed] = []
    findings: list[Finding] = []
    for scope in (Scope.PROJECT, Scope.USER):
        try:
            place = Place(scope, file.locate(scope, repo, environ, agent), agent=agent.name)
            found = edit.find(file.read(place.path) or "", agent)
        except RefusedError as error:
            if scope is Scope.PROJECT:
                findings.append(Finding(Code.UNREADABLE_SETTINGS, str(error).partition("\n")[0]))
            continue
        except SettingsError as error:
            said, mend = f"{place.path}, {error}", Words(f"mend {place.path}")
            findings.append(place.finding(Code.UNREADABLE_SETTINGS, said, mend))
            continue
        installed += (_in_seconds(agent, place, one) for one in found)
        wanted = handlers_for(scope, programs, agent)
        old = [
            one.hook.event
            for one in found
            if one.ownership is Ownership.OURS
            and up_to_date(one.handler, wanted[one.hook.event]) != one.handler
        ]
        if old:
            what = f"{', '.join(old)}: not what this version writes, {place.named}"
            findings.append(place.finding(Code.OUT_OF_DATE, what, place.edit_command(command)))
    covered = _coverage(agent, installed, command)
    return AgentSettings(agent, tuple(installed), (*covered, *findings, *_limits(agent)))


def _in_seconds(agent: Agent, place: Place, found: edit.Found) -> Installed:
    handler = dict(found.handler)
    if is_timeout(timeout := handler.get("timeout")):
        handler["timeout"] = timeout / agent.per_second
    return Installed(place, found.hook, handler, found.ownership, found.matcher)


def _coverage(agent: Agent, installed: Sequence[Installed], command: Command) -> Iterator[Finding]:
    if not installed:
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
