"""The frame around every hook: stdin to event, output to bytes, and the one crash boundary."""

import contextlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from session_hooks import hook_log, incoming, outgoing, roots
from session_hooks.deadline import OutOfTimeError, time_limit
from session_hooks.event import Event
from session_hooks.project import find_project
from session_hooks.state import state_folders
from session_hooks.values import Value


class Surroundings(Value):
    """What a hook reads once, at its edge: the time, the environment and the current folder."""

    now: datetime
    environ: Mapping[str, str]
    here: str


def _nothing() -> None:
    pass


class Output(Value):
    """What a hook leaves behind."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    once_written: Callable[[], None] = _nothing
    """What is to be done when all of it has been written out."""


def run(
    program: str,
    handle: Callable[[Event, Surroundings], Output],
    seconds: float,
    data: bytes,
) -> int:
    """Run one hook on what stdin held and return its exit code; ``seconds`` bounds its time.

    Whatever goes wrong inside, the conversation goes on: the exit code is 0, the error is in
    ``hook-errors.log``, and the next SessionStart names that log to the person.
    """
    event = event_in(data)
    try:
        with time_limit(seconds):
            event = Event.parse(incoming.record(data))
            output = handle(event, _surroundings())
            outgoing.write(
                outgoing.STDERR, output.stderr
            )  # first: where stdout is closed, the person still sees it
            outgoing.write(outgoing.STDOUT, output.stdout)
            try:
                output.once_written()
            except (Exception, OutOfTimeError) as error:  # noqa: BLE001  what was said stands
                log(program, event, error)
            return output.exit_code
    except KeyboardInterrupt:  # the person cancelled: nothing failed
        return 0
    except (Exception, OutOfTimeError) as error:  # noqa: BLE001  the boundary: nothing may pass
        log(program, event, error)
        return 0


def event_in(data: bytes) -> Event:
    """Return the event in what stdin held; one of which nothing is known, where it holds none."""
    try:
        return Event.parse(incoming.record(data))
    except incoming.UnreadableInputError:
        return Event()


def _surroundings() -> Surroundings:
    return Surroundings(datetime.now(UTC), os.environ, roots.current_folder())


def log(program: str, event: Event, error: BaseException) -> None:
    """Put what went wrong into ``hook-errors.log``; never raises."""
    now, environ, here = _surroundings()
    # Where even the log fails there is nothing left to tell it with, and nothing may pass.
    with contextlib.suppress(Exception):
        folders = state_folders(*find_project(event.cwd, environ, here)[:2], environ)
        # An end has so little time that it runs out on any busy machine, and nothing is broken.
        is_note = event.name == "SessionEnd" and isinstance(error, OutOfTimeError | TimeoutError)
        entry = hook_log.entry(now, program, event.name, error, is_note=is_note)
        hook_log.append(folders, entry)
