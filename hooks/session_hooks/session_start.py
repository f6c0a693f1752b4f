"""``session-start-hook``: tells model and person what is active and what is next.

A start whose answer is ready tells it and is done (``ready``); any other goes the whole way
(``starting``), whose imports alone take several times as long.
"""

import os
import time

from session_hooks import incoming, outgoing, ready

PROGRAM = "session-start-hook"


def program() -> None:
    """Be the console script."""
    outgoing.leave(main())


def main() -> int:
    """Run the hook on stdin and return the exit code."""
    if os.isatty(incoming.STDIN):
        return _go_the_whole_way(None)
    try:
        data = incoming.read()
    except OSError:  # there is none: said in the log as any other
        return _go_the_whole_way(None)
    except KeyboardInterrupt:
        return 0
    trouble: Exception | None = None
    answer: ready.Ready | ready.Silence | None = None
    now = time.time()
    try:
        answer = _ready(data, now)
    except Exception as error:  # noqa: BLE001  whatever is wrong with it, it can be made anew
        trouble = error
    except KeyboardInterrupt:  # the person cancelled
        return 0
    if answer is None:
        return _go_the_whole_way(data, trouble)
    return _tell(answer, data, now) if isinstance(answer, ready.Ready) else 0


def _ready(data: bytes, now: float) -> ready.Ready | ready.Silence | None:
    """Return the answer that is ready, noted as told to this conversation."""
    try:
        event = incoming.record(data)
    except incoming.UnreadableInputError:
        return None
    # Nothing here takes long: a few dozen stamps, or one for each document. So no limit of its own
    # is set; the client's holds.
    answer = ready.find(event, os.environ, _current_folder(), now)
    if isinstance(answer, ready.Ready) and not answer.note(now, os.environ.get("CLAUDE_PID")):
        return None
    return answer


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return os.sep


def _tell(answer: ready.Ready, data: bytes, now: float) -> int:
    if answer.is_second:
        return 0
    try:
        outgoing.write(outgoing.STDOUT, outgoing.start_json(*answer.said))
        answer.note_told(now)
    except KeyboardInterrupt:
        return 0
    except Exception as error:  # noqa: BLE001  nobody reads it any more, or the disk is full
        _log(error, data)
    return 0


def _go_the_whole_way(data: bytes | None, trouble: Exception | None = None) -> int:
    import gc

    # A tenth of the time that the whole way takes, and there is hardly any garbage in it.
    gc.disable()
    from session_hooks import hook_io, starting

    if trouble is not None and data is not None:
        _log(trouble, data)
    return hook_io.run(PROGRAM, starting.handle, starting.SECONDS, data)


def _log(error: Exception, data: bytes) -> None:
    from session_hooks import hook_io
    from session_hooks.event import Event

    hook_io.log(PROGRAM, Event.parse(incoming.record(data)), error)
