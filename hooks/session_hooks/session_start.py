"""``session-start-hook``: tells model and person what is active and what is next.

A start whose answer is ready tells it and is done (``ready``); any other goes the whole way
(``starting``), whose imports alone take several times as long.
"""

import os
import time

from session_hooks import attendance, entering, incoming, outgoing, ready, roots

PROGRAM = "session-start-hook"
SECONDS = 8
"""The hook's own limit, inside the ten seconds that the settings give it."""


def program() -> None:
    """Be the console script."""
    outgoing.leave(main())


def main() -> int:
    """Run the hook on stdin and return the exit code."""
    return entering.run(PROGRAM, SECONDS, _at_once, _whole)


def _whole() -> entering.Handle:
    from session_hooks import starting

    return starting.handle


def _at_once(data: bytes) -> int | None:
    """Tell the answer that is ready; None where there is none."""
    now = time.time()
    answer = _ready(data, now)
    if isinstance(answer, ready.Ready):
        return _tell(answer, data, now)
    return None if answer is None else 0


def _ready(data: bytes, now: float) -> ready.Ready | ready.Silence | None:
    """Return the answer that is ready, noted as told to this conversation."""
    try:
        event = incoming.record(data)
    except incoming.UnreadableInputError:
        return None
    # Nothing here takes long: a few dozen stamps, or one for each document. So no limit of its own
    # is set; the client's holds.
    answer = ready.find(event, os.environ, roots.current_folder(), now)
    if isinstance(answer, ready.Ready) and not answer.note(now, os.environ.get("CLAUDE_PID")):
        return None
    return answer


def _tell(answer: ready.Ready, data: bytes, now: float) -> int:
    if answer.is_second:
        return 0
    try:
        at_top = answer.client == attendance.COPILOT
        outgoing.write(outgoing.STDOUT, outgoing.start_json(*answer.said, at_top=at_top))
        answer.note_told(now)
    except KeyboardInterrupt:
        return 0
    except Exception as error:  # noqa: BLE001  nobody reads it any more, or the disk is full
        entering.log(PROGRAM, data, error)
    return 0
