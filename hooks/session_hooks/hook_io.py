"""The frame around every hook: stdin to event, output to bytes, and the one crash boundary."""

import codecs
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from session_hooks import hook_log
from session_hooks.event import Event
from session_hooks.project import find_project
from session_hooks.state import state_folders

MAX_INPUT_BYTES = 4 * 1024 * 1024
STDIN, STDOUT, STDERR = 0, 1, 2
BY_HAND = """\
{program} is run by Claude Code, which writes one JSON object to its standard input.
install-hooks shows what it says here, and install-hooks --check whether it works.
"""


class Surroundings(NamedTuple):
    """What a hook reads once, at its edge: the time, the environment and the current folder."""

    now: datetime
    environ: Mapping[str, str]
    here: str


def _nothing() -> None:
    pass


class Output(NamedTuple):
    """What a hook leaves behind."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    once_written: Callable[[], None] = _nothing
    """What is to be done when all of it has been written out."""


class UnreadableInputError(Exception):
    """Stdin did not hold one JSON object."""


class OutOfTimeError(BaseException):
    """The hook's own time is up.

    Not an Exception: the readers catch those of a library that may raise any of them.
    """


def run(program: str, handle: Callable[[Event, Surroundings], Output], seconds: float) -> int:
    """Run one hook and return its exit code; ``seconds`` bounds its time.

    Whatever goes wrong inside, the conversation goes on: the exit code is 0, the error is in
    ``hook-errors.log``, and the next SessionStart names that log to the person.
    """
    event = Event()
    try:
        with time_limit(seconds):
            if os.isatty(STDIN):
                _write(STDERR, BY_HAND.format(program=program))
                return 0
            event = Event.parse(_read_object())
            output = handle(event, _surroundings())
            _write(STDERR, output.stderr)  # first: where stdout is closed, the person still sees it
            _write(STDOUT, output.stdout)
            try:
                output.once_written()
            except (Exception, OutOfTimeError) as error:  # noqa: BLE001  what was said stands
                _log(program, event, error)
            return output.exit_code
    except KeyboardInterrupt:  # the person cancelled: nothing failed
        return 0
    except (Exception, OutOfTimeError) as error:  # noqa: BLE001  the boundary: nothing may pass
        _log(program, event, error)
        return 0


def start_json(context: str, message: str) -> str:
    """Return SessionStart's JSON: ``context`` for the model, ``message`` for the person.

    Nothing for either is no output at all (CLIENT.md, "Where each hook's output goes").
    """
    output: dict[str, Any] = {}
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


def _surroundings() -> Surroundings:
    return Surroundings(datetime.now(UTC), os.environ, _current_folder())


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return os.sep


def _read_object() -> Mapping[str, Any]:
    data = b""
    while chunk := os.read(STDIN, 1 << 16):
        # What is over the limit is read off all the same, so that no pipe breaks.
        data += chunk if len(data) <= MAX_INPUT_BYTES else b""
    if len(data) > MAX_INPUT_BYTES:
        raise UnreadableInputError(f"stdin holds more than {MAX_INPUT_BYTES} bytes")
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise UnreadableInputError("stdin is empty")
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableInputError(f"stdin is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise UnreadableInputError(f"stdin holds no JSON object but a {type(record).__name__}")
    return record


def _write(fd: int, text: str) -> None:
    # Bytes to the descriptor: independent of the locale, and no buffer is left to fail at exit.
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(fd, data) :]


def _log(program: str, event: Event, error: BaseException) -> None:
    now, environ, here = _surroundings()
    # Where even the log fails there is nothing left to tell it with, and nothing may pass.
    with contextlib.suppress(Exception):
        folders = state_folders(find_project(event, environ, here), environ)
        hook_log.append(folders, hook_log.entry(now, program, event.name, error))


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError when the block takes longer, where the platform has timers.

    One limit may stand inside another; the outer one goes on afterwards.
    """
    if not hasattr(signal, "setitimer"):  # Windows: the handler's timeout in the settings holds
        yield
        return

    def expire(_signal: int, _frame: object) -> None:
        raise OutOfTimeError(f"not done within {seconds} s")

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, expire)
    outer, _ = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, outer) if outer else seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if outer:  # at least a little: zero would turn it off
            left = max(outer - (time.monotonic() - began), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left)
