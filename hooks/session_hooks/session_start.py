"""``session-start-hook``: tells model and person what is active and what is next.

A start whose answer is prepared tells it and is done (``ready``); any other goes the whole way
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
    """Tell the prepared answer; None where there is none."""
    try:
        event = incoming.record(data)
    except incoming.UnreadableInputError:
        return None
    # Nothing here takes long: a few dozen stamps, or one for each document. So no limit of its own
    # is set; the client's holds.
    answer = ready.answer(event, os.environ, roots.current_folder(), time.time())
    if answer is None:
        return None
    try:
        if answer.model or answer.person:
            at_top = answer.client == attendance.COPILOT
            text = outgoing.start_json(answer.model, answer.person, at_top=at_top)
            outgoing.write(outgoing.STDOUT, text)
    except KeyboardInterrupt:
        return 0
    except Exception as error:  # noqa: BLE001  nobody reads it any more
        entering.log(PROGRAM, data, error)
    return 0
