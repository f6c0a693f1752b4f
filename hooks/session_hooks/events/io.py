"""Stdin, output, client, attendance. Imported by every hook: keep imports minimal."""

import codecs
import json
import os
import select
import time
from collections.abc import Mapping

CLAUDE_CODE, COPILOT, ANOTHER = "Claude Code", "Copilot", "another"
"""The client that runs a hook. ``COPILOT`` takes the settings of Claude Code and reads the answer
in another place; of any other it is not known what becomes of an answer."""
_OWN = ("CLAUDE_CODE_", "CLAUDE_PID")


def client(environ: Mapping[str, str], source: object, session_id: object) -> str:
    """Tell which client a start comes from (CLIENT.md, "Other agents that run such hooks").

    A client that runs in another one's shell has that one's variables, too. So what Claude Code
    sets for each hook decides, then what others set, then what it sets for all that it runs.
    """
    own_session = environ.get("CLAUDE_CODE_SESSION_ID")
    if own_session and own_session == session_id:
        return CLAUDE_CODE
    if source == "new" or environ.get("COPILOT_CLI"):
        return COPILOT
    if own_session or environ.get("GEMINI_SESSION_ID"):
        return ANOTHER
    return CLAUDE_CODE if any(name.startswith(_OWN) for name in environ) else ANOTHER


def is_attended(environ: Mapping[str, str]) -> bool:
    """Tell whether a person is there to read and to answer (CLIENT.md, "Environment of a hook").

    Older clients don't set ``CLAUDE_CODE_SESSION_ATTENDED``; an IDE's or the desktop application's
    entry point is a person.
    """
    attended = environ.get("CLAUDE_CODE_SESSION_ATTENDED")
    if attended in ("0", "1"):
        return attended == "1"
    entry_point = environ.get("CLAUDE_CODE_ENTRYPOINT", "")
    if entry_point.startswith("sdk-") or entry_point == "claude-code-github-action":
        return False
    return environ.get("CI", "").casefold() in ("", "0", "false")


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
    event: str, context: str, message: str, *, at_top: bool = False, title: str = ""
) -> str:
    """``at_top`` is for a client that looks for the context there, too.

    ``title`` is what the conversation is called from now on; a client other than Claude Code may
    refuse an answer that has one.
    """
    given = {"additionalContext": context, "sessionTitle": title}
    specific = {key: text for key, text in given.items() if text}
    output: dict[str, object] = {}
    if specific:
        output["hookSpecificOutput"] = {"hookEventName": event, **specific}
    if context and at_top:
        output["additionalContext"] = context
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
