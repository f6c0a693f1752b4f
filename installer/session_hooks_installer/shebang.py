"""Which interpreter runs a console script, from the script's first bytes; pure.

Either the kernel's ``#!`` line names it (execve(2)), or, where that would be too long or holds a
space, pip and uv write a script for ``/bin/sh`` whose second line starts it:
``'''exec' "/a path/python" "$0" "$@"``.
"""

import os
import re
import shlex

HEAD = 4096
"""How many bytes of a script are enough."""
_PYTHON = re.compile(r"python[\d.]*(\.exe)?|pypy[\d.]*(\.exe)?", re.IGNORECASE)


def interpreter(head: bytes) -> str | None:
    """Return the Python that a script starts: a path, or the name that ``env`` looks for.

    None where it starts none, as far as can be told: a program of another kind.
    """
    if not head.startswith(b"#!"):
        return None
    first, _, rest = head.partition(b"\n")
    words = os.fsdecode(first[2:]).split(None, 1)
    if not words:
        return None
    name = os.path.basename(words[0])
    if name == "env":
        return _env_names(words[1:])
    if name == "sh":
        return _exec_names(os.fsdecode(rest.partition(b"\n")[0]))
    # What follows the path is one argument; a path with a space in it can't be had this way.
    return words[0] if _PYTHON.fullmatch(name) else None


def _env_names(arguments: list[str]) -> str | None:
    words = [word for word in " ".join(arguments).split() if not word.startswith("-")]
    return words[0] if words and _PYTHON.fullmatch(os.path.basename(words[0])) else None


def _exec_names(line: str) -> str | None:
    """Return what pip's second line starts: ``'''exec'`` is an empty string, then ``exec``."""
    if not line.startswith("'''exec' "):
        return None
    try:
        words = shlex.split(line.removeprefix("'''exec' "))
    except ValueError:  # a quote that is never closed
        return None
    return words[0] if words else None
