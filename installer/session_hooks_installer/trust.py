"""Whether a person has told Claude Code that a folder is trusted; in a terminal it asks first.

Until that is answered no hook runs there; with ``-p`` nothing is asked, and all run. The answers
stand in ``.claude.json``: ``projects``, by folder, ``hasTrustDialogAccepted``. Which folders count
was seen with 2.1.329.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from session_hooks.roots import find_git_top
from session_hooks.state import main_checkout
from session_hooks_installer import settings_file
from session_hooks_installer.findings import Code, Finding, Words


def is_trusted(client: Mapping[str, Any], folders: Iterable[str]) -> bool:
    """Tell whether Claude Code's own configuration has a yes for one of the folders."""
    projects = client.get("projects")
    if not isinstance(projects, dict):
        return False
    asked = (projects.get(folder) for folder in folders)
    return any(
        isinstance(project, dict) and project.get("hasTrustDialogAccepted") is True
        for project in asked
    )


def folders_for(repo: Path) -> list[str]:
    """Return the folders whose trust is enough for ``repo``, links resolved.

    In git: the folder itself and those up to the top level, and the main checkout of a linked
    worktree. Outside: the folder and every one above.
    """
    folder = Path(os.path.realpath(repo))
    upward = [folder, *folder.parents]
    top = find_git_top(str(folder))
    if top is not None:
        upward = [one for one in upward if one.is_relative_to(top)]
        upward.append(Path(main_checkout(top)))
    return [str(one) for one in upward]


def check(repo: Path, environ: Mapping[str, str]) -> Finding:
    """Say whether Claude Code would run hooks in ``repo`` at all."""
    path = _client_file(environ)
    if path and is_trusted(_read(path), folders_for(repo)):
        return Finding(Code.TRUSTED, "Claude Code trusts this folder", path=str(path))
    return Finding(
        Code.UNTRUSTED,
        f"in a terminal Claude Code will ask first whether it may work in {os.path.realpath(repo)}",
        remedy=Words("start claude here once, and accept"),
        path=str(path) if path else None,
    )


def _client_file(environ: Mapping[str, str]) -> Path | None:
    folder = environ.get("CLAUDE_CONFIG_DIR") or settings_file.home(environ)
    return Path(folder) / ".claude.json" if folder else None


def _read(path: Path) -> dict[str, Any]:
    """Return the configuration; an empty one where it can't be read: then nothing is trusted."""
    try:
        client = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return client if isinstance(client, dict) else {}
