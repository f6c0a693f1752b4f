"""All scopes' settings as they stand on disk, and our handlers in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer import settings_edit, settings_file
from session_hooks_installer.findings import Code, Finding
from session_hooks_installer.handlers import HOOKS, Handler, Hook, Ownership, Scope
from session_hooks_installer.json_text import SettingsError
from session_hooks_installer.refusal import RefusedError


class Settings(NamedTuple):
    """One scope's settings file."""

    scope: Scope
    path: Path
    content: Mapping[str, Any]
    """What it says; empty where there is no such file."""


class Installed(NamedTuple):
    """One handler that runs one of our programs."""

    scope: Scope
    path: Path
    hook: Hook
    handler: Handler
    ownership: Ownership
    matcher: str

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        return f"{self.scope.value} scope ({self.path})"

    @property
    def command(self) -> str:
        """Its command line, as far as it has one."""
        return str(self.handler.get("command"))


class Reading(NamedTuple):
    """What all scopes say together."""

    settings: tuple[Settings, ...]
    handlers: tuple[Installed, ...]
    findings: tuple[Finding, ...]
    """The files that can't be read, or that no installer would touch."""


def read_all(repo: Path, environ: Mapping[str, str]) -> Reading:
    """Read the settings of every scope that ``repo`` has; raises nothing for a broken one."""
    settings: list[Settings] = []
    handlers: list[Installed] = []
    findings: list[Finding] = []
    for scope in Scope:
        try:
            path = settings_file.locate(scope, repo, environ)
        except RefusedError:
            continue  # the home folder is no project: what is there is the user scope's
        try:
            text = settings_file.read(path) or ""
            handlers += [_installed(scope, path, found) for found in settings_edit.find(text)]
            settings.append(Settings(scope, path, settings_edit.load(text)))
        except SettingsError as error:
            findings.append(_unreadable(scope, path, f"{path}, {error}"))
        except RefusedError as error:
            findings.append(_unreadable(scope, path, str(error)))
    return Reading(tuple(settings), tuple(handlers), tuple(findings))


def _installed(scope: Scope, path: Path, found: settings_edit.Found) -> Installed:
    hook = next(hook for hook in HOOKS if hook.event == found.event)
    return Installed(scope, path, hook, found.handler, found.ownership, found.matcher)


def _unreadable(scope: Scope, path: Path, what: str) -> Finding:
    why = "Claude Code can't read it either, and no hook in it runs."
    return Finding(Code.UNREADABLE_SETTINGS, what, why, f"mend {path}", scope=scope, path=str(path))
