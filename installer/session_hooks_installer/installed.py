"""All settings as they stand on disk, and our handlers in them."""

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer import acceptance, as_read, places, settings_edit, settings_file
from session_hooks_installer.as_read import Found
from session_hooks_installer.findings import Code, Finding, Words
from session_hooks_installer.handlers import HOOKS, Handler, Hook, Ownership, Scope
from session_hooks_installer.matchers import VALUES, matched
from session_hooks_installer.naming import RefusedError
from session_hooks_installer.places import Edited, Place
from session_hooks_installer.splice import SettingsError

_MOST = 100
"""Handlers of ours in one file that are looked at."""
_TRIED = 100_000
"""Bytes of a file of which it is tried whether it can be edited: a larger one may take long."""


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


class Misplaced(NamedTuple):
    """One of our programs at an event that it is not for."""

    place: Place
    event: str
    hook: Hook


class Reading(NamedTuple):
    """What all settings say together, the weakest first."""

    places: tuple[Place, ...]
    """Every file that there may be; one that is refused, or can't be read, is edited by hand."""
    settings: tuple[Settings, ...]
    """What Claude Code takes, of the files that it reads."""
    handlers: tuple[Installed, ...]
    misplaced: tuple[Misplaced, ...]
    findings: tuple[Finding, ...]
    """The files that can't be read or edited, or that are refused."""


class _One(NamedTuple):
    """One file of those."""

    place: Place
    taken: Mapping[str, Any] | None
    """What Claude Code takes of it; None for nothing."""
    found: tuple[Found, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_all(repo: Path, environ: Mapping[str, str]) -> Reading:
    """Read every settings file that ``repo`` has; raises nothing for a broken one."""
    every = [_read(place) for place in places.find(repo, environ)]
    found = [(one.place, found) for one in every for found in one.found]
    return Reading(
        tuple(one.place for one in every),
        tuple(
            Settings(one.place, one.taken)
            for one in every
            if one.taken is not None and one.place.is_read
        ),
        tuple(
            Installed(place, one.hook, one.handler, one.ownership, one.matcher)
            for place, one in found
            if one.event == one.hook.event
        ),
        tuple(
            Misplaced(place, one.event, one.hook)
            for place, one in found
            if one.event != one.hook.event
        ),
        tuple(finding for one in every for finding in one.findings),
    )


def _read(place: Place) -> _One:
    try:
        data = settings_file.read_bytes(place.path) or b""
        return _judged(place, data, as_read.parse(data))
    except SettingsError as error:
        return _One(_by_hand(place), None, (), (_unreadable(place, f"{place.path}, {error}"),))
    except RefusedError as error:
        what = _first_line(error)
    if not _leads_nowhere(place.path):
        return _One(_by_hand(place), None, (), (_unreadable(place, what),))
    why = "Claude Code takes it for no settings at all; install-hooks doesn't write there."
    remedy = "take that link away, or bring back what it leads to"
    return _One(_by_hand(place), {}, (), (_not_editable(place, what, why, remedy),))


def _judged(place: Place, data: bytes, content: Mapping[str, Any]) -> _One:
    """Say of a file that can be read what Claude Code takes of it, and whether it can be edited."""
    found = tuple(islice(as_read.handlers(content), _MOST + 1))
    found = tuple(sorted(found, key=lambda one: HOOKS.index(one.hook)))
    if len(found) > _MOST:
        return _One(_by_hand(place), content, found[:_MOST], (_too_many(place),))
    if reason := acceptance.file_problem(len(data), content):
        return _One(_by_hand(place), None, found, (_refused(place, reason),))
    if reason := _why_not_edited(place, data):
        why = "Claude Code takes of it what it can; install-hooks edits nothing there."
        finding = _not_editable(place, reason, why, f"mend that in {place.path}")
        return _One(_by_hand(place), content, found, (finding,))
    return _One(place, content, found)


def _by_hand(place: Place) -> Place:
    return place._replace(edited=Edited.BY_HAND)


def _leads_nowhere(path: Path) -> bool:
    """Tell whether there is nothing at a path, for all that a link says."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _why_not_edited(place: Place, data: bytes) -> str:
    """Return why install-hooks refuses to edit a file that can be read; "" where it doesn't."""
    if place.edited is Edited.BY_HAND or len(data) > _TRIED:
        return ""
    try:
        settings_edit.find(settings_file.read(place.path) or "")
    except SettingsError as error:
        return f"{place.path}, {error}"
    except RefusedError as error:
        return _first_line(error)
    return ""


def _first_line(error: RefusedError) -> str:
    return str(error).partition("\n")[0]


def files_of(installed: Iterable[Installed]) -> list[Place]:
    """Return the files that some handlers stand in, each once."""
    return list(dict.fromkeys(item.place for item in installed))


def _unreadable(place: Place, what: str) -> Finding:
    return Finding(
        Code.UNREADABLE_SETTINGS,
        what,
        "Claude Code can't read it either, and no hook in it runs.",
        Words(f"mend {place.path}"),
        scope=place.scope,
        path=str(place.path),
    )


def _too_many(place: Place) -> Finding:
    return Finding(
        Code.UNREADABLE_SETTINGS,
        f"{place.path}: more than {_MOST} handlers run our programs",
        "Whatever comes behind those is not looked at.",
        Words(f"take all but one of each event out of {place.path}"),
        scope=place.scope,
        path=str(place.path),
    )


def _not_editable(place: Place, what: str, why: str, remedy: str) -> Finding:
    return Finding(
        Code.NOT_EDITABLE, what, why, Words(remedy), scope=place.scope, path=str(place.path)
    )


def _refused(place: Place, reason: str) -> Finding:
    return Finding(
        Code.REFUSED_SETTINGS,
        f"{place.path}: {reason}",
        "So Claude Code takes nothing of that file, and no hook in it runs.",
        Words(f"mend {place.path}"),
        scope=place.scope,
        path=str(place.path),
    )
