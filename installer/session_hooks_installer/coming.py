"""What comes after an installation: whether a shell finds the programs, what will be told."""

import os
import subprocess
import sys
from pathlib import Path

from session_hooks.project import project_at
from session_hooks.roots import SESSIONS
from session_hooks_installer import naming, programs
from session_hooks_installer.handlers import Scope


def say_reach(scope: Scope, folder: Path) -> None:
    """Say how a new shell comes to find the programs, where it doesn't."""
    if scope is not Scope.PROJECT or programs.shell_finds(os.environ):
        return
    print("\nA new shell does not find the programs yet, so nothing would happen. To mend it:")
    for command in programs.how_to_be_found(folder, os.environ):
        print(f"  {command}")
    print("Then log in again, or start Claude Code from that shell.")


def say_preview(folder: Path, repo: Path) -> None:
    """End with what the next conversation is told, from really running the hook."""
    try:
        told = programs.preview(folder, repo, os.environ)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        print(f"\nThe hook could not be tried: {error}", file=sys.stderr)
        return
    if not told.model and project_at(str(repo)).has_session_files:
        check = naming.command(repo, "--check")
        print(f"\nThe hook said nothing, though there are session files: run {check}")
    elif not told.model:
        print(f"\nThe next conversation here will be told nothing: there is no {SESSIONS}/ yet.")
        print(f"To begin: {naming.make_folder(Path(project_at(str(repo)).root, SESSIONS))}")
    else:
        print("\nThe next conversation here will be told:")
        _print_indented(told.model)
    if told.person:
        print("and you will see:")
        _print_indented(told.person)


def _print_indented(text: str) -> None:
    for line in text.splitlines():
        print(f"  | {line}".rstrip())


def as_json(scope: Scope, folder: Path, repo: Path) -> dict[str, object]:
    """Return the same for a machine."""
    is_found = scope is not Scope.PROJECT or programs.shell_finds(os.environ)
    to_do = [] if is_found else programs.how_to_be_found(folder, os.environ)
    try:
        told = programs.preview(folder, repo.resolve(), os.environ)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return {"to_do": to_do, "error": f"the hook could not be tried: {error}"}
    return {"to_do": to_do, "next": {"model": told.model, "person": told.person}}
