"""Find the project that a folder belongs to, and detect one without documents.

Imported by every start: builtins alone.
"""

import os
from collections.abc import Iterator, Mapping

from session_hooks.util.lazy import Value

SESSIONS = ".agents/sessions"
CONFIG = ".agents/session-hooks.toml"


class Project(Value):
    """A folder that conversations work in."""

    root: str
    """The folder that paths are relative to; absolute, links resolved."""
    git_top: str | None
    """The working tree it lies in, or None outside git."""
    has_session_files: bool
    """Whether it has a folder of session files, or a configuration that may name another."""
    redact: bool = True
    """Whether credentials in its documents are masked, as its configuration says."""


def find_project(cwd: str | None, environ: Mapping[str, str], here: str) -> Project:
    """Find the project of a conversation in the folder ``cwd``.

    It is the nearest folder with ``.agents/sessions``, or with a configuration, upward from
    ``cwd``, else from ``CLAUDE_PROJECT_DIR``; never beyond the git top level, and outside git only
    that folder itself. Where neither has session files, it is the top level of the first. ``here``,
    the process's own folder, counts only where the client named none.
    """
    named = (cwd, environ.get("CLAUDE_PROJECT_DIR"))
    starts = [start for start in named if start and os.path.isdir(start)] or [here]
    found = [project_at(start) for start in starts]
    return next((project for project in found if project.has_session_files), found[0])


def project_at(start: str) -> Project:
    """Find the project that the folder ``start`` belongs to."""
    folder = os.path.realpath(start)
    top = find_git_top(folder)
    candidates = [folder] if top is None else list(_upward(folder, top))
    for candidate in candidates:
        # Not isdir(): a link that leads out of the project is told about when it is read.
        if any(os.path.lexists(os.path.join(candidate, name)) for name in (SESSIONS, CONFIG)):
            return Project(candidate, top, has_session_files=True)
    return Project(candidates[-1], top, has_session_files=False)


def _upward(folder: str, top: str) -> Iterator[str]:
    while folder != top:
        yield folder
        folder = os.path.dirname(folder)
    yield top


def find_git_top(folder: str) -> str | None:
    """Return the nearest folder upward that holds ``.git`` (a folder, or a worktree's file)."""
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def current_folder() -> str:
    """Return the process's own folder; the root of all where it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def absolute(root: str, path: str) -> str:
    """Return where a path with ``/``, relative to ``root``, is."""
    return os.path.join(root, *path.split("/"))


def exists(project: Project, path: str) -> bool:
    """Tell whether a path is there, from the project's folder or from the repository's."""
    tops = dict.fromkeys((project.root, project.git_top or project.root))
    return any(os.path.lexists(absolute(top, path)) for top in tops)
