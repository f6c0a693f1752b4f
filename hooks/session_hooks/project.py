"""Where the work is: the project's folder and its session files."""

import os
from collections.abc import Mapping

from session_hooks import roots
from session_hooks.values import Value


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
    """Find the project of a conversation in the folder ``cwd``, as ``roots.find`` says."""
    return Project(*roots.find(cwd, environ, here))


def project_at(start: str) -> Project:
    """Find the project that the folder ``start`` belongs to."""
    return Project(*roots.at(start))


def exists(project: Project, path: str) -> bool:
    """Tell whether a path is there, from the project's folder or from the repository's."""
    tops = dict.fromkeys((project.root, project.git_top or project.root))
    return any(os.path.lexists(os.path.join(top, *path.split("/"))) for top in tops)
