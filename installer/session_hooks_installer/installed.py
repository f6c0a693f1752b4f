"""All settings as they stand on disk, and our handlers in them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer import acceptance, places, settings_edit, settings_file
from session_hooks_installer.findings import Code, Finding
from session_hooks_installer.handlers import HOOKS, Handler, Hook, Ownership, Scope
from session_hooks_installer.json_text import SettingsError, check, split_bom
from session_hooks_installer.matchers import VALUES, matched
from session_hooks_installer.places import Place
from session_hooks_installer.refusal import RefusedError


class Settings(NamedTuple):
    """One settings file that Claude Code takes."""

    place: Place
    content: Mapping[str, Any]
    """What it says; empty where there is no such file."""


class Installed(NamedTuple):
    """One handler that runs one of our programs."""

    place: Place
    hook: Hook
    handler: Handler
    ownership: Ownership
    matcher: Any = ""
    """What its group says there; a string, where Claude Code is to take it."""

    @property
    def scope(self) -> Scope:
        """The scope of its file."""
        return self.place.scope

    @property
    def path(self) -> Path:
        """Its file."""
        return self.place.path

    @property
    def command(self) -> str:
        """Its command line, as far as it has one."""
        return str(self.handler.get("command"))

    @property
    def runs(self) -> tuple[object, object]:
        """What makes it the same as another: of such, Claude Code runs the last one alone."""
        return self.command, self.handler.get("args")

    @property
    def problem(self) -> str:
        """Why Claude Code leaves it out; "" where it doesn't."""
        said = acceptance.handler_problem(self.handler)
        return said or acceptance.matcher_problem(self.matcher)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources, triggers or reasons at which it runs."""
        return () if self.problem else matched(self.matcher, VALUES[self.hook.event])


class Reading(NamedTuple):
    """What all settings say together, the weakest first."""

    settings: tuple[Settings, ...]
    handlers: tuple[Installed, ...]
    findings: tuple[Finding, ...]
    """The files that can't be read, or that are refused."""


def read_all(repo: Path, environ: Mapping[str, str]) -> Reading:
    """Read every settings file that ``repo`` has; raises nothing for a broken one."""
    settings: list[Settings] = []
    handlers: list[Installed] = []
    findings: list[Finding] = []
    for place in places.find(repo, environ):
        try:
            text = settings_file.read(place.path) or ""
            content = settings_edit.load(text)
            if reason := acceptance.file_problem(text, content):
                findings.append(_refused(place, reason))
            else:
                settings.append(Settings(place, content))
            handlers += [_installed(place, found) for found in settings_edit.find(text)]
        except SettingsError as error:
            findings.append(_unreadable(place, f"{place.path}, {error}", _why(text)))
        except RefusedError as error:
            why = "What Claude Code makes of it is not known here, nor which hooks are in it."
            findings.append(_unreadable(place, str(error).partition("\n")[0], why))
    return Reading(tuple(settings), tuple(handlers), tuple(findings))


def files_of(installed: Iterable[Installed]) -> list[Place]:
    """Return the files that some handlers stand in, each once."""
    return list(dict.fromkeys(item.place for item in installed))


def _installed(place: Place, found: settings_edit.Found) -> Installed:
    hook = next(hook for hook in HOOKS if hook.event == found.event)
    return Installed(place, hook, found.handler, found.ownership, found.matcher)


def _why(text: str) -> str:
    """Say what comes of settings that install-hooks doesn't read."""
    try:
        check(split_bom(text)[1])
    except SettingsError:
        return "Claude Code can't read it either, and no hook in it runs."
    return "Claude Code leaves out what is wrong; which hooks are in it is not known here."


def _unreadable(place: Place, what: str, why: str) -> Finding:
    remedy = f"mend {place.path}"
    return Finding(
        Code.UNREADABLE_SETTINGS, what, why, remedy, scope=place.scope, path=str(place.path)
    )


def _refused(place: Place, reason: str) -> Finding:
    return Finding(
        Code.REFUSED_SETTINGS,
        f"{place.path}: {reason}",
        "So Claude Code takes nothing of that file, and no hook in it runs.",
        f"mend {place.path}",
        scope=place.scope,
        path=str(place.path),
    )
