"""The environment that Claude Code gives hooks: its own, with the PATH that user settings set.

Seen with 2.1.329: ``env.PATH`` of the user's settings takes the place of the PATH, for hooks too.
What a project's settings do there nobody has seen, so they are not asked.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from session_hooks_installer.handlers import Scope
from session_hooks_installer.installed import Settings


def environment(
    environ: Mapping[str, str], settings: Iterable[Settings]
) -> tuple[dict[str, str], Path | None]:
    """Return the environment, and the file that sets its PATH, if one does."""
    for one in settings:
        variables = one.content.get("env") if one.place.scope is Scope.USER else None
        path = variables.get("PATH") if isinstance(variables, dict) else None
        if isinstance(path, str):
            # An active virtual environment has no part in that PATH, nor in what a shell finds.
            rest = {name: value for name, value in environ.items() if name != "VIRTUAL_ENV"}
            return {**rest, "PATH": path}, one.place.path
    return dict(environ), None
