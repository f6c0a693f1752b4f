"""A word for a command that a person is to paste: one line, whatever a path is called; pure."""

import os
import re
import shlex
from pathlib import Path

from session_hooks import plain

_PLAIN = re.compile(rb"[A-Za-z0-9_./@%+=:, -]")


def quoted(word: str | Path) -> str:
    r"""Return a word as a shell takes it; what can't be shown as it is, as ``$'\012'``.

    That form is bash's, zsh's and, since 2024, POSIX's.
    """
    text = str(word)
    if text.isprintable() and plain.clean(text) == text:
        return shlex.quote(text)
    spelled = (
        chr(byte) if _PLAIN.match(bytes([byte])) else f"\\{byte:03o}" for byte in os.fsencode(text)
    )
    return f"$'{''.join(spelled)}'"
