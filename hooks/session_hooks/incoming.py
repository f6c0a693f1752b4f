"""What Claude Code writes to a hook's standard input: one JSON object.

Imported in front of a waiting person at every start: ``json``, for it can't be done without,
``select`` (0.2 ms) for an input that never ends, and builtins.
"""

import codecs
import json
import os
import select
import time

MAX_BYTES = 4 * 1024 * 1024
STDIN = 0


class UnreadableInputError(Exception):
    """Stdin did not hold one JSON object."""


def is_given() -> bool:
    """Tell whether there is an input that will end: no terminal, and not a closed descriptor."""
    try:
        os.fstat(STDIN)
    except OSError:
        return False
    return not os.isatty(STDIN)


def is_blank(data: bytes) -> bool:
    """Tell whether an input says nothing."""
    return len(data) <= MAX_BYTES and not data.removeprefix(codecs.BOM_UTF8).strip()


def read(seconds: float) -> bytes:
    """Read all of stdin; what is over the limit is read off, too, so that no pipe breaks.

    Raises OSError, as TimeoutError where it takes longer than that.
    """
    data, end = b"", time.monotonic() + seconds
    while chunk := _next(end - time.monotonic()):
        data += chunk if len(data) <= MAX_BYTES else b""
    return data


def _next(seconds: float) -> bytes:
    # Windows can't wait for a pipe so: there the handler's timeout in the settings holds.
    if os.name == "posix" and not select.select([STDIN], [], [], max(seconds, 0))[0]:
        raise TimeoutError("stdin was not closed in time")
    return os.read(STDIN, 1 << 16)


def record(data: bytes) -> dict[str, object]:
    """Return the JSON object in stdin's bytes; raises UnreadableInputError."""
    if len(data) > MAX_BYTES:
        raise UnreadableInputError(f"stdin holds more than {MAX_BYTES} bytes")
    try:
        found = json.loads(data.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError) as error:
        raise UnreadableInputError(f"stdin is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableInputError(f"stdin holds no JSON object but a {type(found).__name__}")
    return found
