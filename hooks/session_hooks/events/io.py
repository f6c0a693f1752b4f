"""Stdin and output. Imported by every hook: keep imports minimal."""

import codecs
import json
import os
import select
import time

from session_hooks.project.hooks import NESTED

MAX_BYTES = 4 * 1024 * 1024
STDIN = 0


class UnreadableInputError(Exception):
    """Stdin did not hold one JSON object."""


def is_given() -> bool:
    try:
        os.fstat(STDIN)
    except OSError:
        return False
    return not os.isatty(STDIN)


def is_blank(data: bytes) -> bool:
    return len(data) <= MAX_BYTES and not data.removeprefix(codecs.BOM_UTF8).strip()


def read(seconds: float) -> bytes:
    """What is over the limit is read off, too, so that no pipe breaks. Raises OSError."""
    data, end = b"", time.monotonic() + seconds
    while True:
        left = max(end - time.monotonic(), 0)
        # Windows can't wait for a pipe so: there the handler's timeout in the settings holds.
        if os.name == "posix" and not select.select([STDIN], [], [], left)[0]:
            raise TimeoutError("stdin was not closed in time")
        chunk = os.read(STDIN, 1 << 16)
        if not chunk:
            return data
        data += chunk if len(data) <= MAX_BYTES else b""


def record(data: bytes) -> dict[str, object]:
    """Raises UnreadableInputError."""
    if len(data) > MAX_BYTES:
        raise UnreadableInputError(f"stdin holds more than {MAX_BYTES} bytes")
    try:
        found = json.loads(data.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError) as error:
        raise UnreadableInputError(f"stdin is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableInputError(f"stdin holds no JSON object but a {type(found).__name__}")
    return found


STDOUT, STDERR = 1, 2


def told_json(
    event: str,
    context: str,
    message: str,
    context_in: tuple[str, ...] = (NESTED,),
    *,
    title: str = "",
) -> str:
    """Return the model's and the person's words as an agent reads them; "" for none of either.

    ``title`` is what the conversation is called from now on (``Agent.has_titles``).
    """
    output: dict[str, object] = {}
    given = {"additionalContext": context, "sessionTitle": title}
    specific = {key: text for key, text in given.items() if text}
    if specific and NESTED in context_in:
        output[NESTED] = {"hookEventName": event, **specific}
    if context:
        output |= dict.fromkeys((key for key in context_in if key != NESTED), context)
    if message:
        output["systemMessage"] = message
    return json.dumps(output, ensure_ascii=False) if output else ""


def end_json(terminal_sequence: str) -> str:
    return json.dumps({"terminalSequence": terminal_sequence}) if terminal_sequence else ""


def write(fd: int, text: str) -> None:
    # Bytes to the descriptor: independent of the locale, and no buffer is left to fail at exit.
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(fd, data) :]
