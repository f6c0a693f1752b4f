"""Which settings files an agent reads, what Claude Code accepts in them, and our handlers there."""

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.agents.agent import Agent, load
from session_hooks.agents.transcript import member
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks.project.state import main_checkout
from session_hooks_installer.check.findings import Code, Finding, Words
from session_hooks_installer.common import RefusedError, project_root
from session_hooks_installer.settings import edit, file
from session_hooks_installer.settings.handlers import (
    CLAUDE,
    Handler,
    Ownership,
    Scope,
    command,
    is_timeout,
    ownership,
)
from session_hooks_installer.settings.install import in_project, may_hold_ours
from session_hooks_installer.settings.json_edit import SettingsError

PLUGIN = f"session-hooks@{file.MARK}"  # as ``agent-session plugin`` names it
SWITCHES = {"claude": ("disableAllHooks", True), "gemini": ("hooksConfig.enabled", False)}
"""A key of an agent's settings, and the value that turns all hooks off."""
_MAX_HANDLERS = 100  # of ours in one file
WIDTH = 200  # of what a file says and is shown
_NAMES = re.compile(r"[A-Za-z0-9_\- ,|]+")
_DEFAULT_SECONDS = 60.0
_SHARED_SECONDS = 1.5  # the second is SessionEnd's, whose hooks share it (CLIENT.md)
_MAX_SECONDS = 1e9  # a float has no room for some larger numbers


class Place(NamedTuple):
    scope: Scope
    path: Path
    is_read: bool = True  # by the agent, started in the checked folder
    is_edited: bool = True  # by install-hooks in its project; else by hand alone
    agent_name: str = CLAUDE.name

    @property
    def agent(self) -> Agent:
        return load(self.agent_name)

    @property
    def whose(self) -> str:
        title = "" if self.agent is CLAUDE else f"{self.agent.title}, "
        return f"{title}{self.scope.value} scope"

    @property
    def named(self) -> str:
        return f"{self.whose} ({self.path})"

    @property
    def top(self) -> Path:
        """Return the folder that a project's settings are for."""
        return self.path.parents[self.agent.project_file.count("/")]

    def edit_command(self, what: str = "") -> str:
        """Return ``Words`` if no command edits it."""
        if not self.is_edited:
            return Words(f"change it by hand, in {self.path}")
        return command(self.top, self.scope, self.agent, what)

    def finding(self, code: Code, what: str, remedy: str = "", why: str = "") -> Finding:
        why = why or code.why.replace(CLAUDE.title, self.agent.title)
        return Finding(code, what, remedy, why, self.scope, str(self.path))


class Installed(NamedTuple):
    place: Place
    hook: Hook
    handler: Handler
    ownership: Ownership
    matcher: Any = ""  # of its group; not always a string

    @property
    def command(self) -> str:
        return str(self.handler.get("command"))

    @property
    def problem(self) -> str:
        """Why Claude Code leaves it out; "" if it doesn't."""
        if not isinstance(self.matcher, str):
            return 'its group\'s "matcher" is no string'
        return handler_problem(self.handler)

    @property
    def sources(self) -> tuple[str, ...]:
        return () if self.problem else matched(self.matcher, self.hook.matched)

    @property
    def event(self) -> str:
        return self.place.agent.events[self.hook.event]


Level = tuple[str, Mapping[str, Any]]  # a file's path, and what it says


class AllSettings(NamedTuple):
    """Of an agent; the weakest first."""

    agent: Agent
    places: tuple[Place, ...] = ()  # also of files that don't exist
    settings: tuple[Level, ...] = ()  # of the files that the agent reads
    handlers: tuple[Installed, ...] = ()
    findings: tuple[Finding, ...] = ()
    also_read: tuple[Path, ...] = ()  # other agents' files whose hooks it runs, too
    may_be_ours: bool = False  # what is unreadable speaks of the hooks

    @property
    def is_ours(self) -> bool:
        return bool(self.handlers or self.plugin) or self.may_be_ours

    @property
    def plugin(self) -> str:
        """Return the file that enables our plugin of Claude Code; the strongest decides."""
        for path, content in reversed(self.settings):
            is_enabled = member(content, "enabledPlugins", PLUGIN)
            if is_enabled is not None:
                return path if is_enabled is True else ""
        return ""


def files_of(installed: Iterable[Installed]) -> list[Place]:
    return list(dict.fromkeys(item.place for item in installed))


def find(repo: Path, environ: Mapping[str, str], agent: Agent = CLAUDE) -> list[Place]:
    """Return an agent's settings files for a folder, the weakest first, each once.

    Also where install-hooks writes, at the git top level, though it is not read below.
    """
    unique: dict[str, Place] = {}
    for place in _every(repo, environ, agent):
        unique.setdefault(os.path.realpath(place.path), place)
    return list(unique.values())


def _every(repo: Path, environ: Mapping[str, str], agent: Agent) -> Iterator[Place]:
    here, top = Path(os.path.realpath(repo)), project_root(repo)
    if user := file.user_settings(environ, agent):
        yield Place(Scope.USER, user, agent_name=agent.name)
    main = Path(main_checkout(str(top)))
    home = file.home(environ)  # no project for the folders in it, even as a repository
    above = [here, top] if agent.is_read_above else [here]
    files = [(Scope.PROJECT, agent.project_file, [here, top], above)]
    if agent.local_file:
        files.append((Scope.LOCAL, agent.local_file, [here, top, main], [here, main]))
    for scope, name, folders, read_from in files:
        for folder in (one for one in dict.fromkeys(folders) if one == here or one != home):
            is_edited = _is_edited(scope, folder, name, environ, agent)
            yield Place(scope, folder / name, folder in read_from, is_edited, agent.name)


def _is_edited(
    scope: Scope, folder: Path, name: str, environ: Mapping[str, str], agent: Agent
) -> bool:
    try:
        return file.locate(scope, folder, environ, agent) == folder / name
    except RefusedError:
        return False


def read_all(repo: Path, environ: Mapping[str, str], agent: Agent = CLAUDE) -> AllSettings:
    places: list[Place] = []
    settings: list[Level] = []
    installed: list[Installed] = []
    findings: list[Finding] = []
    may_be_ours = False
    for place in find(repo, environ, agent):
        try:
            content, found = _read(place)
        except (SettingsError, RefusedError) as error:
            is_named = isinstance(error, RefusedError)
            said = str(error).partition("\n")[0] if is_named else f"{place.path}, {error}"
            mend = Words(f"mend {place.path}")
            findings.append(place.finding(Code.UNREADABLE_SETTINGS, said, mend))
            places.append(place._replace(is_edited=False))
            may_be_ours |= may_hold_ours(place.scope, repo, environ, agent)
            continue
        places.append(place)
        if place.is_read:
            settings.append((str(place.path), content))
        installed += islice(found, _MAX_HANDLERS)
    also = [path for name in agent.also_reads for path in in_project(repo, environ, load(name))]
    return AllSettings(
        agent,
        tuple(places),
        tuple(settings),
        tuple(installed),
        tuple(findings),
        tuple(also),
        may_be_ours,
    )


def _read(place: Place) -> tuple[Mapping[str, Any], Iterable[Installed]]:
    """Read one file, Claude Code's as that does. Raises SettingsError and RefusedError."""
    if place.agent is CLAUDE:
        content = parse(file.read_bytes(place.path) or b"")
        return content, handlers(content, place)
    text = file.read(place.path) or ""
    found = (_in_seconds(place, one) for one in edit.find(text, place.agent))
    return edit.load(text) if place.agent.name in SWITCHES else {}, found


def _in_seconds(place: Place, found: edit.Found) -> Installed:
    handler = dict(found.handler)
    if is_timeout(timeout := handler.get("timeout")):
        handler["timeout"] = timeout / place.agent.per_second
    return Installed(place, found.hook, handler, found.ownership, found.matcher)


def parse(data: bytes) -> dict[str, Any]:
    """Parse a settings file as Claude Code does. Raises SettingsError for what it refuses."""
    encoding = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-8"
    return edit.load(data.decode(encoding, "replace"))


def handlers(settings: Mapping[str, Any], place: Place) -> Iterator[Installed]:
    for hook in HOOKS:
        for group in _list_in(settings.get("hooks"), hook.event):
            for handler in _list_in(group, "hooks"):
                if not isinstance(handler, dict):
                    continue
                whose = ownership(handler, hook.program)
                if whose is not Ownership.FOREIGN:
                    yield Installed(place, hook, handler, whose, group.get("matcher", ""))


def _list_in(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def handler_problem(handler: Handler) -> str:
    """Return why Claude Code leaves out a command handler; "" if it doesn't."""
    if not is_timeout(handler.get("timeout", 1)):
        return 'its "timeout" is no positive number'
    args = handler.get("args", [])
    if not isinstance(args, list) or not all(isinstance(one, str) for one in args):
        return 'its "args" is no list of strings'
    return ""


def timeout_of(handler: Handler, event: str) -> float:
    if is_timeout(timeout := handler.get("timeout")):
        return float(min(timeout, _MAX_SECONDS))
    return _SHARED_SECONDS if event == "SessionEnd" else _DEFAULT_SECONDS


def matched(matcher: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that a matcher lets through; a regular expression counts for all.

    Nothing and "*" match everything, and names are compared whole.
    """
    if not _NAMES.fullmatch(matcher):
        return values
    names = {name.strip() for name in re.split(r"[,|]", matcher)}
    return tuple(value for value in values if value in names)
