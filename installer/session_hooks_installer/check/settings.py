"""Which settings files Claude Code reads, what it accepts in them, and our handlers there."""

import codecs
import enum
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.agents.agent import load
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks.project.state import main_checkout
from session_hooks_installer.check.findings import Code, Command, Finding, Words
from session_hooks_installer.common import RefusedError, project_root, quoted
from session_hooks_installer.settings import edit, file
from session_hooks_installer.settings.handlers import (
    CLAUDE,
    Handler,
    Ownership,
    Scope,
    is_timeout,
    ownership,
)
from session_hooks_installer.settings.handlers import option as naming
from session_hooks_installer.settings.json_edit import SettingsError

_FILES = {Scope.PROJECT: "settings.json", Scope.LOCAL: "settings.local.json"}
_MAX_HANDLERS = 100  # of ours in one file
WIDTH = 200  # of what a file says and is shown
_NAMES = re.compile(r"[A-Za-z0-9_\- ,|]+")
_DEFAULT_SECONDS = 60.0
_SHARED_SECONDS = 1.5  # the second is SessionEnd's, whose hooks share it (CLIENT.md)
_MAX_SECONDS = 1e9  # a float has no room for some larger numbers


class Edited(enum.Enum):
    HERE = enum.auto()  # by install-hooks, as it is started for the checked folder
    THERE = enum.auto()  # by install-hooks in another checkout
    BY_HAND = enum.auto()  # install-hooks writes somewhere else, or refuses to


class Place(NamedTuple):
    scope: Scope
    path: Path
    is_read: bool = True  # by Claude Code, started in the checked folder
    edited: Edited = Edited.HERE
    agent: str = CLAUDE.name

    @property
    def whose(self) -> str:
        title = "" if self.agent == CLAUDE.name else f"{load(self.agent).title}, "
        return f"{title}{self.scope.value} scope"

    @property
    def named(self) -> str:
        return f"{self.whose} ({self.path})"

    @property
    def top(self) -> Path:
        return self.path.parent.parent

    def edit_command(self, command: Command, option: str = "") -> str:
        """Return ``Words`` if no command edits it."""
        whose = naming(load(self.agent)).strip()
        arguments = " ".join(filter(None, (option, whose, "--scope", self.scope.value)))
        if self.edited is Edited.HERE:
            return command(arguments)
        if self.edited is Edited.THERE:
            return f"install-hooks {arguments} --repo {quoted(self.top)}"
        return Words(f"change it by hand, in {self.path}")

    def finding(self, code: Code, what: str, remedy: str = "", why: str = "") -> Finding:
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


Level = tuple[str, Mapping[str, Any]]  # a file's path, and what it says


class AllSettings(NamedTuple):
    """The weakest first."""

    places: tuple[Place, ...]  # also of files that don't exist
    settings: tuple[Level, ...]  # of the files that Claude Code reads
    handlers: tuple[Installed, ...]
    findings: tuple[Finding, ...]


NOTHING = AllSettings((), (), (), ())


def files_of(installed: Iterable[Installed]) -> list[Place]:
    return list(dict.fromkeys(item.place for item in installed))


def find(repo: Path, environ: Mapping[str, str]) -> list[Place]:
    """Return the settings files of a folder, the weakest first, each once.

    Also where install-hooks writes, at the git top level, though it is not read below.
    """
    unique: dict[str, Place] = {}
    for place in _every(repo, environ):
        unique.setdefault(os.path.realpath(place.path), place)
    return list(unique.values())


def _every(repo: Path, environ: Mapping[str, str]) -> Iterator[Place]:
    here, top = Path(os.path.realpath(repo)), project_root(repo)
    if user := file.user_settings(environ):
        yield Place(Scope.USER, user)
    main = Path(main_checkout(str(top)))
    home = file.home(environ)  # no project for the folders in it, even as a repository
    folders = dict.fromkeys(one for one in (here, top, main) if one == here or one != home)
    for scope, read_from in ((Scope.PROJECT, (here,)), (Scope.LOCAL, (here, main))):
        for folder in folders:
            if folder in (here, top) or scope is Scope.LOCAL:
                path = folder / ".claude" / _FILES[scope]
                how = _how_edited(scope, folder, top, environ)
                yield Place(scope, path, is_read=folder in read_from, edited=how)


def _how_edited(scope: Scope, folder: Path, top: Path, environ: Mapping[str, str]) -> Edited:
    try:
        path = file.locate(scope, folder, environ)
    except RefusedError:
        return Edited.BY_HAND
    if path != folder / ".claude" / _FILES[scope]:
        return Edited.BY_HAND
    return Edited.HERE if folder == top else Edited.THERE


def read_all(repo: Path, environ: Mapping[str, str]) -> AllSettings:
    places: list[Place] = []
    settings: list[Level] = []
    installed: list[Installed] = []
    findings: list[Finding] = []
    for place in find(repo, environ):
        try:
            content = parse(file.read_bytes(place.path) or b"")
        except (SettingsError, RefusedError) as error:
            is_named = isinstance(error, RefusedError)
            said = str(error).partition("\n")[0] if is_named else f"{place.path}, {error}"
            mend = Words(f"mend {place.path}")
            findings.append(place.finding(Code.UNREADABLE_SETTINGS, said, mend))
            places.append(place._replace(edited=Edited.BY_HAND))
            continue
        places.append(place)
        if place.is_read:
            settings.append((str(place.path), content))
        installed += islice(handlers(content, place), _MAX_HANDLERS)
    return AllSettings(tuple(places), tuple(settings), tuple(installed), tuple(findings))


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
