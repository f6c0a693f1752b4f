"""Whether a person has told Claude Code that a folder is trusted; until then it runs no hook there.

That stands in ``.claude.json``: ``projects``, by folder, ``hasTrustDialogAccepted`` (CLIENT.md,
"Driving it in a test"). A folder below a trusted one is trusted.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from session_hooks_installer.findings import Code, Finding


def is_trusted(client: Mapping[str, Any], folders: Iterable[str]) -> bool:
    """Tell whether Claude Code's own configuration trusts one of the folders, or one above it."""
    projects = client.get("projects")
    if not isinstance(projects, dict):
        return False
    trusted = {
        os.path.normpath(folder)
        for folder, project in projects.items()
        if isinstance(project, dict) and project.get("hasTrustDialogAccepted") is True
    }
    wanted = {str(path) for folder in folders for path in (Path(folder), *Path(folder).parents)}
    return not trusted.isdisjoint(wanted)


def check(repo: Path, environ: Mapping[str, str]) -> Finding:
    """Say whether Claude Code would run hooks in ``repo`` at all."""
    path = _client_file(environ)
    if is_trusted(_read(path), (str(repo.absolute()), str(repo.resolve()))):
        return Finding(Code.TRUSTED, "Claude Code trusts this folder", path=str(path))
    return Finding(
        Code.UNTRUSTED,
        f"Claude Code has not been told yet that {repo.resolve()} is trusted",
        "In a terminal it runs no hook here until then.",
        "start claude here once, and accept",
        path=str(path),
    )


def _client_file(environ: Mapping[str, str]) -> Path:
    folder = environ.get("CLAUDE_CONFIG_DIR") or environ.get("HOME") or Path.home()
    return Path(folder) / ".claude.json"


def _read(path: Path) -> dict[str, Any]:
    """Return the configuration; an empty one where it can't be read: then nothing is trusted."""
    try:
        client = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return client if isinstance(client, dict) else {}
