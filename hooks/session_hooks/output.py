"""What ``agent-session`` prints."""

import json
import os
import sys
from typing import Any

from session_hooks import plain


def say(line: str, *, error: bool = False) -> None:
    """Print a line, on stderr where it isn't the answer itself."""
    print(line, file=sys.stderr if error else sys.stdout)


def print_json(value: dict[str, Any]) -> None:
    """Print an object as people can read it too."""
    say(plain.json_safe(json.dumps(value, ensure_ascii=False, indent=2)))


def warn(reason: str) -> None:
    """Say on stderr what the answer lacks."""
    say(plain.single(f"agent-session: {reason}"), error=True)


def print_path(path: str) -> None:
    """Print a path for another program to use; one that could write to the terminal is escaped."""
    say(path if plain.one_line(path) == path else plain.path(path))


def from_here(path: str) -> str:
    """Return an absolute path as it can be used in the current folder."""
    return path.removeprefix(os.path.join(os.getcwd(), ""))


def within(path: str, root: str) -> str:
    """Return an absolute path relative to the project at ``root``, with ``/``, if it lies in it."""
    if path == root:
        return "."
    inside = os.path.join(root, "")
    return path.removeprefix(inside).replace(os.sep, "/") if path.startswith(inside) else path
