"""Find the project that a folder belongs to. Imported by every start: builtins alone."""

import os
from collections.abc import Iterator, Mapping
from itertools import takewhile

from session_hooks.util.lazy import Value

SESSIONS = ".agents/sessions"
CONFIG = ".agents/session-hooks.toml"


class Project(Value):
    root: str  # absolute, links resolved; paths are relative to it
    git_top: str | None  # the working tree that it lies in
    has_session_files: bool  # or a configuration, which may name another folder
    redact: bool = True  # mask credentials


def find_project(cwd: str | None, environ: Mapping[str, str], here: str) -> Project:
    """Find the nearest folder with session files or a configuration, up to the git top level.

    Upward from ``cwd``, else from ``CLAUDE_PROJECT_DIR``; ``here``, the process's own folder,
    counts only where the client named none. Outside git a folder stands for itself alone.
    """
    named = (cwd, environ.get("CLAUDE_PROJECT_DIR"))
    starts = [start for start in named if start and os.path.isdir(start)] or [here]
    found = [project_at(start) for start in starts]
    return next((project for project in found if project.has_session_files), found[0])


def project_at(start: str) -> Project:
    folder = os.path.realpath(start)
    top = find_git_top(folder)
    candidates = [folder]
    if top is not None:
        candidates = [*takewhile(lambda one: one != top, upward(folder)), top]
    for candidate in candidates:
        # Not isdir(): a link that leads out of the project is told about when it is read.
        if any(os.path.lexists(os.path.join(candidate, name)) for name in (SESSIONS, CONFIG)):
            return Project(candidate, top, has_session_files=True)
    return Project(candidates[-1], top, has_session_files=False)


def upward(folder: str) -> Iterator[str]:
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        yield (folder := parent)


def find_git_top(folder: str) -> str | None:
    found = (one for one in upward(folder) if os.path.exists(os.path.join(one, ".git")))
    return next(found, None)


def current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return os.sep


def absolute(root: str, path: str) -> str:
    return os.path.join(root, *path.split("/"))


def relative(path: str, root: str) -> str | None:
    """Return where a file lies in a folder; None where it lies elsewhere. Both are absolute."""
    path, root = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/") + "/"
    return path.removeprefix(root) if path.startswith(root) else None


def exists(project: Project, path: str) -> bool:
    tops = dict.fromkeys((project.root, project.git_top or project.root))
    return any(os.path.lexists(absolute(top, path)) for top in tops)
