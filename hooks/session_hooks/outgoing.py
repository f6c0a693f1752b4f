"""What a hook leaves: bytes on its standard output and error, in the client's own JSON; its end.

Imported in front of a waiting person at every start: ``json`` and builtins.
"""

import json
import os

STDOUT, STDERR = 1, 2


def start_json(context: str, message: str, *, at_top: bool = False) -> str:
    """Return SessionStart's JSON: ``context`` for the model, ``message`` for the person.

    Nothing for either is no output at all (CLIENT.md, "Where each hook's output goes"). ``at_top``
    has the context at the top level, too, for a client that looks for it there.
    """
    output: dict[str, object] = {}
    if context:
        output["hookSpecificOutput"] = {
            "hookEventName": "SessionStart",
            "additionalContext": context,
        }
        if at_top:
            output["additionalContext"] = context
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


def leave(exit_code: int) -> None:
    """End the process, without the interpreter's own end.

    That one takes apart every module and object, which nobody waits for but the person: 2 of the
    20 ms of a start that is answered at once, 14 of 130 where documents are read. Nothing is left
    for it to do: output is written by now (``write``), and no file, database or thread is open.
    """
    os._exit(exit_code)
