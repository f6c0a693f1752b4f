"""What ``install-hooks`` says of an edit: what changed, the result, what comes next."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from session_hooks import plain
from session_hooks_installer import settings_edit
from session_hooks_installer.handlers import HOOKS, Scope
from session_hooks_installer.installing import Outcome
from session_hooks_installer.settings_file import Change

_COLOURS = (("---", "1"), ("+++", "1"), ("@@", "36"), ("+", "32"), ("-", "31"))


def diff(change: Change) -> list[str]:
    """Return a file's change as a patch has it, line by line, ends of lines included."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text or "") for text in change[1:3])
    name = plain.path(str(change.path))
    former, now = (os.devnull if text is None else name for text in change[1:3])
    return [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(old, new, former, now)
    ]


def coloured(patch: list[str]) -> str:
    """Return a patch for a terminal: in colours, and with nothing in it that a terminal obeys."""
    return "".join(_coloured(line) for part in patch for line in part.rstrip("\n").split("\n"))


def _coloured(line: str) -> str:
    colour = next((colour for start, colour in _COLOURS if line.startswith(start)), "0")
    return f"\x1b[{colour}m{plain.clean(line)}\x1b[0m\n"


def installed(outcome: Outcome, scope: Scope) -> Iterator[str]:
    """Yield the lines that say what became of an installation."""
    settings = outcome.settings
    if settings.after == settings.before:
        yield f"Already installed in {settings.path}; nothing changed."
    else:
        yield f"Installed in {settings.path}:"
        for hook in HOOKS:
            yield f"  {hook.event:<13} {hook.program}"
    for change in outcome.changes:
        if change is not settings:
            yield f"Added to {change.path}: {_added(change)}"
    if settings.after != settings.before and scope is Scope.PROJECT:
        yield "Commit that file, and everybody who installs the package has the hooks here too."


def _added(change: Change) -> str:
    return (change.after or "").splitlines()[-1]


def uninstalled(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that say what became of an uninstallation."""
    settings = outcome.settings
    if settings.after == settings.before:
        yield f"Not installed in {settings.path}; nothing changed."
    elif settings.after is None:
        yield f"Deleted {settings.path}, which held nothing else. Session files were not touched."
    else:
        yield f"Taken out of {settings.path}. Session files were not touched."
    for change in outcome.changes:
        if change is not settings:
            yield f"Taken out of {change.path}, too."


def left(outcome: Outcome) -> Iterator[str]:
    """Yield a line for each handler that an uninstallation left in place."""
    for found in settings_edit.find(outcome.settings.after or ""):
        command = plain.quoted(str(found.handler.get("command")))
        yield f"Left in place, because it runs more than our program: {found.event}, {command}"


def notes(outcome: Outcome) -> Iterator[str]:
    """Yield what a person has to know besides."""
    settings = outcome.settings
    if settings.other_names:
        yield (
            f"Note: {settings.path} had {settings.other_names} other names (hard links); they "
            "still hold the former text."
        )
    if settings_edit.load(settings.after or "").get("disableAllHooks") is True:
        yield 'But "disableAllHooks" in that file turns every hook off.'
    for note in outcome.notes:
        yield f"Note: {note}"


def twice(others: Mapping[Scope, Path]) -> Iterator[str]:
    """Yield a line for each other scope that runs our programs."""
    for scope, path in others.items():
        yield (
            f"Note: the hooks are installed in the {scope.value} scope, too ({path}). With both, "
            "each event starts two, and one keeps quiet.\n"
            f"To keep one: install-hooks --uninstall --scope {scope.value}"
        )


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return an outcome for a machine."""
    return {
        "path": str(outcome.settings.path),
        "changed": bool(outcome.changes),
        "files": [
            {
                "path": str(change.path),
                "created": change.before is None,
                "deleted": change.after is None,
                "diff": "".join(diff(change)),
            }
            for change in outcome.changes
        ],
        "notes": list(outcome.notes),
    }
