"""``install-hooks --purge``: what is remembered of a repository is deleted, and what is said."""

import contextlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from session_hooks import plain
from session_hooks.project import project_at
from session_hooks.state import state_folders
from session_hooks_installer import installing, naming, record_file, state_removal
from session_hooks_installer.refusal import RefusedError


def say_kept(repo: Path) -> None:
    """Say where something is remembered of a repository, after an uninstallation."""
    with contextlib.suppress(RefusedError):  # then there is nothing to be purged
        found = state_removal.find(_state_folders(repo))
        kept = [plain.path(state.folder) for state in found if state.remembers]
        if kept:
            places = " and ".join(kept)
            command = naming.command(repo, "--purge")
            print(f"What is remembered stays in {places}; to delete it: {command}")


def _state_folders(repo: Path) -> list[str]:
    return state_folders(*project_at(str(repo.resolve()))[:2], os.environ)


def purge(repo: Path, *, dry_run: bool) -> tuple[state_removal.State, ...]:
    """Delete what is remembered of a repository. Raises RefusedError, with nothing deleted.

    How the hooks are taken out again is kept for as long as they are in.
    """
    folders = _state_folders(repo)
    purged = state_removal.purge(folders, datetime.now(UTC), dry_run=dry_run)
    if not dry_run and not installing.where(repo, os.environ):
        record_file.write(folders, {})
        record_file.remove_empty(folders)
    return tuple(state for state in purged if state.remembers)


def say_purged(found: Sequence[state_removal.State], *, dry_run: bool) -> None:
    """Say what was deleted, or would be."""
    if not found:
        print("Nothing is remembered of this repository; nothing to delete.")
    for state in found:
        documents = len(state.documents)
        which = f", {_count(documents, 'archived document')} among them" if documents else ""
        lead = "Would delete" if dry_run else "Deleted"
        what = _count(len(state.files), "file")
        print(f"{lead} what was remembered in {plain.path(state.folder)}: {what}{which}.")
        if dry_run:
            for path in state.files:
                print(f"  {plain.path(path)}")
            continue
        for path in state_removal.left_in(state.folder):
            print(f"Left in place, because it isn't ours: {plain.path(path)}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
