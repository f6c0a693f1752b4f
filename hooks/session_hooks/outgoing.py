"""What a hook writes: bytes to its standard output and error, in the client's own JSON.

Imported in front of a waiting person at every start: ``json`` and builtins.
"""

import json
import os

STDOUT, STDERR = 1, 2


def start_json(context: str, message: str) -> str:
    """Return SessionStart's JSON: ``context`` for the model, ``message`` for the person.

    Nothing for either is no output at all (CLIENT.md, "Where each hook's output goes").
    """
    output: dict[str, object] = {}
    if context:
        output["hookSpecificOutput"] = {
            "hookEventName": "SessionStart",
            "additionalContext": context,
        }
    if message:
        output["systemMessage"] = message
    return json.dumps(output, ensure_ascii=False) if output else ""


def end_json(terminal_sequence: str) -> str:
    """Return SessionEnd's JSON: a sequence that Claude Code writes to the terminal, or nothing."""
    return json.dumps({"terminalSequence": terminal_sequence}) if terminal_sequence else ""


def write(fd: int, text: str) -> None:
    """Write text to a descriptor, as UTF-8 whatever the locale; raises OSError."""
    # Bytes to the descriptor: independent of the locale, and no buffer is left to fail at exit.
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(fd, data) :]
