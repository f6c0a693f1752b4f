"""Put our skills beside the settings, and take them out again (Claude Code, "Skills")."""

from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path

from session_hooks_installer.settings import file
from session_hooks_installer.settings.file import Change

FILE = "SKILL.md"
NAMES = ("handoff", "resume-session", "close-session")
_MARK = "<!-- agent-session-hooks: `install-hooks --skills` writes this file anew. -->\n"
"""Who takes this line out keeps the file."""


def install(settings: Path, *, dry_run: bool) -> tuple[list[Change], list[str]]:
    """Write the skills beside a settings file; return the changes, and what was left alone.

    Raises RefusedError.
    """
    changes, left = [], []
    for name, path in paths(settings):
        change = _change(path, partial(_written, text(name)), dry_run=dry_run)
        changes.append(change)
        if change.after is not None and _MARK not in change.after:
            left.append(f"{path} is somebody's own and stays as it is")
    return changes, left


def uninstall(settings: Path, *, dry_run: bool) -> list[Change]:
    """Delete the skills that are ours, and their folders; raises RefusedError."""
    changes = [
        _change(path, _without, dry_run=dry_run) for _, path in paths(settings) if path.exists()
    ]
    if not dry_run:
        gone = [change.path.parent for change in changes if change.after is None]
        file.remove_folders([settings.parent / "skills", *gone] if gone else [])
    return changes


def paths(settings: Path) -> list[tuple[str, Path]]:
    return [(name, settings.parent / "skills" / name / FILE) for name in NAMES]


def text(name: str) -> str:
    source = resources.files("session_hooks_installer") / "skills" / f"{name}.md"
    return f"{source.read_text(encoding='utf-8')}\n{_MARK}"


def _written(new: str, before: str | None) -> str:
    return new if before is None or _MARK in before else before


def _without(before: str | None) -> str | None:
    return None if before is None or _MARK in before else before


def _change(path: Path, edit: Callable[[str | None], str | None], *, dry_run: bool) -> Change:
    if dry_run:
        before = file.read(path)
        return Change(path, before, edit(before))
    return file.update(path, edit)
