"""Run a handler so that no failure reaches the conversation; the event as a value."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from session_hooks.events import io
from session_hooks.project import error_log, project
from session_hooks.project.project import find_project
from session_hooks.project.state import state_folders
from session_hooks.util.deadline import OutOfTimeError, time_limit
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any


class Event(Value):
    """One hook event. Every field may be missing, and unknown ones are ignored.

    Claude Code adds and drops fields between versions (CLIENT.md, "Input on stdin"), so a field
    of an unexpected type is read as missing too.
    """

    name: str | None = None
    session_id: str | None = None
    """The conversation."""
    transcript_path: str | None = None
    cwd: str | None = None
    source: str | None = None
    reason: str | None = None
    trigger: str | None = None
    agent_type: str | None = None
    agent_id: str | None = None
    seconds_since_last_response: float | None = None

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Event:
        """Take what is there from the JSON object that Claude Code wrote."""
        return cls(
            name=_text(record, "hook_event_name"),
            session_id=_text(record, "session_id"),
            transcript_path=_text(record, "transcript_path"),
            cwd=_text(record, "cwd"),
            source=_text(record, "source"),
            reason=_text(record, "reason"),
            trigger=_text(record, "trigger"),
            agent_type=_text(record, "agent_type"),
            agent_id=_text(record, "agent_id"),
            seconds_since_last_response=_number(record, "seconds_since_last_response"),
        )


def _text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) and value else None


def _number(record: Mapping[str, Any], key: str) -> float | None:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e9 else None


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
            event = Event.parse(io.record(data))
            output = handle(event, _surroundings())
            io.write(
                io.STDERR, output.stderr
            )  # first: where stdout is closed, the person still sees it
            io.write(io.STDOUT, output.stdout)
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
        return Event.parse(io.record(data))
    except io.UnreadableInputError:
        return Event()


def _surroundings() -> Surroundings:
    return Surroundings(datetime.now(UTC), os.environ, project.current_folder())


def log(program: str, event: Event, error: BaseException) -> None:
    """Put what went wrong into ``hook-errors.log``; never raises."""
    now, environ, here = _surroundings()
    # Where even the log fails there is nothing left to tell it with, and nothing may pass.
    with contextlib.suppress(Exception):
        folders = state_folders(*find_project(event.cwd, environ, here)[:2], environ)
        # An end has so little time that it runs out on any busy machine, and nothing is broken.
        is_note = event.name == "SessionEnd" and isinstance(error, OutOfTimeError | TimeoutError)
        entry = error_log.entry(now, program, event.name, error, is_note=is_note)
        error_log.append(folders, entry)
