"""What ``install-hooks`` prints."""

import difflib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from session_hooks.project.hooks import HOOKS
from session_hooks.project.project import SESSIONS, project_at
from session_hooks.util import safe_text
from session_hooks_installer import common, programs
from session_hooks_installer.settings import edit
from session_hooks_installer.settings.file import Change
from session_hooks_installer.settings.handlers import Scope
from session_hooks_installer.settings.install import Outcome

_COLOURS = (("---", "1"), ("+++", "1"), ("@@", "36"), ("+", "32"), ("-", "31"))
_FOR_WHOM = {
    Scope.PROJECT: "for everybody in this project",
    Scope.LOCAL: "for you in this project",
    Scope.USER: "for you in all projects",
}


def diff(change: Change) -> list[str]:
    """Return a file's change as a patch has it, line by line, ends of lines included."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text or "") for text in change[1:3])
    name = safe_text.path(str(change.path))
    former, now = (os.devnull if text is None else name for text in change[1:3])
    return [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(old, new, former, now)
    ]


def for_terminal(patch: list[str], *, colour: bool) -> Iterator[str]:
    """Yield a patch's lines for a terminal, with nothing in them that a terminal obeys."""
    for line in "".join(patch).rstrip("\n").split("\n"):
        colours = (code for start, code in _COLOURS if line.startswith(start))
        code = next(colours, None) if colour else None
        shown = safe_text.single(line)
        yield f"\x1b[{code}m{shown}\x1b[0m" if code else shown


def installed(outcome: Outcome) -> Iterator[str]:
    """Yield the report of an installation."""
    settings = outcome.settings
    place = _place(settings)
    if settings.after == settings.before:
        yield f"Already installed in {place}; nothing changed there."
    else:
        yield f"Installed in {place}:"
        for hook in HOOKS:
            yield f"  {hook.event:<13} {hook.program}"
    for change in outcome.changes:
        if change is not settings:
            yield f"Added to {change.path}: {(change.after or '').splitlines()[-1]}"
    if settings.after != settings.before and outcome.can_be_committed and not _leads_to(settings):
        yield "Commit that file, and everybody who installs the package has the hooks here too."


def _place(settings: Change) -> str:
    link = _leads_to(settings)
    return f"{settings.path}, a link to {link}" if link else str(settings.path)


def _leads_to(settings: Change) -> str:
    real = os.path.realpath(settings.path)
    return "" if real == str(settings.path) else real


def uninstalled(outcome: Outcome) -> Iterator[str]:
    """Yield the report of an uninstallation."""
    settings = outcome.settings
    place = _place(settings)
    if settings.after == settings.before:
        yield f"Not installed in {place}; nothing changed there."
    elif settings.after is None:
        yield f"Deleted {place}, which held nothing else. Session files were not touched."
    else:
        yield f"Taken out of {place}. Session files were not touched."
    for change in outcome.changes:
        if change is not settings:
            yield f"Taken out of {change.path}, too."


def notes(outcome: Outcome) -> Iterator[str]:
    """Yield warnings about an installation or uninstallation."""
    settings = outcome.settings
    if number := settings.other_names:
        several = f"{number} other names (hard links)"
        names = "another name (a hard link)" if number == 1 else several
        yield f"{settings.path} had {names}, where the former text still stands."
    if edit.load(settings.after or "").get("disableAllHooks") is True:
        yield f'"disableAllHooks" in {settings.path} turns every hook off.'
    yield from outcome.notes


def left_in_place(outcome: Outcome) -> Iterator[str]:
    """Yield a sentence for each handler that an uninstallation left in place."""
    for found in edit.find(outcome.settings.after or ""):
        command = safe_text.quoted(str(found.handler.get("command")))
        yield f"{found.event} was left in place, because it runs more than our program: {command}"


def also_installed(others: Mapping[Scope, Path], repo: Path) -> Iterator[str]:
    """Yield a sentence for each other scope that runs our programs by another command."""
    for scope, path in others.items():
        yield (
            f"the hooks are installed {_FOR_WHOM[scope]}, too ({path}). With both, each event "
            "starts two, and one keeps quiet. To keep one: "
            + common.command(repo, f"--uninstall --scope {scope.value}")
        )


def still_installed(others: Mapping[Scope, Path], repo: Path) -> Iterator[str]:
    """Yield a sentence for each other scope that the hooks stay in."""
    for scope, path in others.items():
        yield (
            f"the hooks stay installed {_FOR_WHOM[scope]} ({path}). To take them out there: "
            + common.command(repo, f"--uninstall --scope {scope.value}")
        )


def outcome_as_json(outcome: Outcome, notes: Sequence[str]) -> dict[str, object]:
    """Return an outcome for JSON."""
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
        "notes": list(notes),
    }


def say_reach(scope: Scope, folder: Path) -> None:
    """Print how to make a new shell find the programs, if it doesn't."""
    if scope is not Scope.PROJECT or programs.shell_finds(os.environ):
        return
    print("\nA new shell does not find the programs yet, so nothing would happen. To mend it:")
    for command in programs.path_commands(folder, os.environ):
        print(f"  {command}")
    print("Then log in again, or start Claude Code from that shell.")


def say_preview(folder: Path, repo: Path) -> None:
    """Run the hook and print what the next conversation will be told."""
    try:
        preview = programs.preview(folder, repo, os.environ)
    except (OSError, ValueError) as error:
        print(f"\nThe hook could not be tried: {error}", file=sys.stderr)
        return
    if not preview.model and project_at(str(repo)).has_session_files:
        check = common.command(repo, "--check")
        print(f"\nThe hook said nothing, though there are session files: run {check}")
    elif not preview.model:
        print(f"\nThe next conversation here will be told nothing: there is no {SESSIONS}/ yet.")
        print(f"To begin: {common.make_folder(Path(project_at(str(repo)).root, SESSIONS))}")
    else:
        print("\nThe next conversation here will be told:")
        _print_indented(preview.model)
    if preview.person:
        print("and you will see:")
        _print_indented(preview.person)


def _print_indented(text: str) -> None:
    for line in text.splitlines():
        print(f"  | {line}".rstrip())


def next_as_json(scope: Scope, folder: Path, repo: Path) -> dict[str, object]:
    """Return the preview and the commands that are left to run, for JSON."""
    is_found = scope is not Scope.PROJECT or programs.shell_finds(os.environ)
    to_do = [] if is_found else programs.path_commands(folder, os.environ)
    try:
        preview = programs.preview(folder, repo.resolve(), os.environ)
    except (OSError, ValueError) as error:
        return {"to_do": to_do, "error": f"the hook could not be tried: {error}"}
    return {"to_do": to_do, "next": {"model": preview.model, "person": preview.person}}
