"""Where the work is: the project's folder, its session files, and where its state is kept."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from session_hooks.event import Event

SESSIONS = ".agents/sessions"
STATE_FOLDER = "agent-session-hooks"


class Project(NamedTuple):
    """A folder that conversations work in."""

    root: str
    """The folder that paths are relative to; absolute, links resolved."""
    git_top: str | None
    """The working tree it lies in, or None outside git."""
    has_sessions: bool
    """Whether it has a folder of session files."""


def find_project(event: Event, environ: Mapping[str, str], here: str) -> Project:
    """Find the project that an event belongs to.

    It is the nearest folder with ``.agents/sessions`` upward from the event's ``cwd``, else from
    ``CLAUDE_PROJECT_DIR``, else from ``here``; never beyond the git top level, and outside git
    only that folder itself. Where none has session files, it is the top level of the first.
    """
    starts = [start for start in (event.cwd, environ.get("CLAUDE_PROJECT_DIR"), here) if start]
    projects = (project_at(start) for start in starts if os.path.isdir(start))
    found = list(_until_sessions(projects))
    return found[-1] if found and found[-1].has_sessions else (found or [project_at(here)])[0]


def _until_sessions(projects: Iterator[Project]) -> Iterator[Project]:
    for project in projects:
        yield project
        if project.has_sessions:
            return


def project_at(start: str) -> Project:
    """Find the project that the folder ``start`` belongs to."""
    folder = os.path.realpath(start)
    top = find_git_top(folder)
    candidates = [folder] if top is None else list(_upward(folder, top))
    for candidate in candidates:
        # Not isdir(): a link that leads out of the project is told about when it is read.
        if os.path.lexists(os.path.join(candidate, SESSIONS)):
            return Project(candidate, top, has_sessions=True)
    return Project(candidates[-1], top, has_sessions=False)


def _upward(folder: str, top: str) -> Iterator[str]:
    while folder != top:
        yield folder
        folder = os.path.dirname(folder)
    yield top


def find_git_top(folder: str) -> str | None:
    """Return the nearest folder upward that holds ``.git`` (a folder, or a worktree's file)."""
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def git_common_dir(top: str) -> str | None:
    """Return the folder that all worktrees of the repository at ``top`` share.

    Read from the files that gitrepository-layout(5) documents, because starting git for it would
    double a hook's time: ``.git`` is the folder itself, or a file ``gitdir: PATH`` to one whose
    ``commondir`` file leads to the shared folder. None where it is not as documented.
    """
    path = os.path.join(top, ".git")
    if os.path.isdir(path):
        return path
    pointer = _first_line(path)
    if not pointer.startswith("gitdir: "):
        return None
    git_dir = os.path.join(top, pointer.removeprefix("gitdir: "))
    common = os.path.normpath(os.path.join(git_dir, _first_line(f"{git_dir}/commondir") or "."))
    return common if os.path.isdir(common) else None


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4096).strip()
    except OSError:
        return ""


def state_folders(project: Project, environ: Mapping[str, str]) -> list[str]:
    """Return where the project's state may lie, best first; none of them need exist.

    The repository's common git folder comes first, then a folder of the project's own under
    ``$XDG_STATE_HOME`` (``%LOCALAPPDATA%`` on Windows) for a project outside git, or one whose
    git folder can't be written to. Without a home the second is missing.
    """
    folders = []
    if project.git_top and (common := git_common_dir(project.git_top)):
        folders.append(os.path.join(common, STATE_FOLDER))
    if state_home := _state_home(environ):
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.basename(project.root)) or "root"
        digest = hashlib.sha256(os.fsencode(project.root)).hexdigest()[:12]
        folders.append(os.path.join(state_home, STATE_FOLDER, f"{name[:40]}-{digest}"))
    return folders


def _state_home(environ: Mapping[str, str]) -> str | None:
    if os.name == "nt":
        return environ.get("LOCALAPPDATA")
    state_home = environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state_home):  # the XDG specification: a relative path is to be ignored
        return state_home
    home = environ.get("HOME", "")
    return os.path.join(home, ".local", "state") if os.path.isabs(home) else None
