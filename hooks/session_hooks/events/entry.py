"""Run a hook from stdin to exit code. Imported by every hook: keep imports minimal."""

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping

from session_hooks.documents import locations
from session_hooks.events import io
from session_hooks.project.hooks import (
    HOOKS,
    SESSION_END,
    SESSION_START,
    USER_PROMPT_SUBMIT,
    Hook,
)
from session_hooks.project.project import Project, current_folder, find_project, project_at

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from session_hooks.events.context import Event, Output, Surroundings

_BY_HAND = """\
{program} {version} is run by an agent, which writes one JSON object to its standard input.
It has no options. To try it: install-hooks --check runs it as Claude Code does, and shows what it
says.
"""
_ASKS = (["--help"], ["-h"], ["--version"])
_AT_LEAST = 0.05  # seconds, to say that there was no time


def __getattr__(name: str) -> Callable[[], None]:
    """Return the program of a row: ``entry:session_start`` is ``session-start-hook``."""
    hook = next((hook for hook in HOOKS if hook.module == name), None)
    if hook is None:
        raise AttributeError(name)
    # To take modules and objects apart at the end would be a tenth of the time.
    return lambda: os._exit(run(hook))


def run(hook: Hook) -> int:
    """Run a hook on stdin, for at most its own seconds, and return its exit code.

    Whatever goes wrong, the conversation goes on: the exit code is 0, the error is in
    ``hook-errors.log``, and the next SessionStart names that log to the person.
    """
    gc.disable()  # a tenth of the time that a handler takes, and there is hardly any garbage in it
    began = time.monotonic()
    data: bytes | None = None
    try:
        is_by_hand = sys.argv[1:] in _ASKS or not io.is_given()
        data = b"" if is_by_hand else io.read(hook.seconds)
        code = _introduce(hook.program) if io.is_blank(data) else answer_at_once(hook, data)
    except KeyboardInterrupt:  # the person cancelled
        return 0
    except Exception as error:  # noqa: BLE001  whatever is wrong with an answer, it can be made anew
        _log(hook, data, error)
        code = 0 if data is None else None
    if data is None or code is not None:
        return code or 0
    left = max(hook.seconds - (time.monotonic() - began), _AT_LEAST)
    from importlib import import_module

    module = import_module(f"session_hooks.events.{hook.module}")
    return handle(hook, module.handle, left, data)


def handle(
    hook: Hook, handler: "Callable[[Event, Surroundings], Output]", seconds: float, data: bytes
) -> int:
    from datetime import UTC, datetime

    from session_hooks.util.deadline import OutOfTimeError, time_limit

    try:
        with time_limit(seconds):
            from session_hooks.events.context import Event, Surroundings

            event, now = Event.parse(io.record(data)), datetime.now(UTC)
            output = handler(event, Surroundings(now, os.environ, current_folder()))
            # stderr first: where stdout is closed, the person still sees it.
            io.write(io.STDERR, output.stderr)
            io.write(io.STDOUT, output.stdout)
            try:
                output.once_written()
            except (Exception, OutOfTimeError) as error:  # noqa: BLE001  what was said stands
                _log(hook, data, error)
            return output.exit_code
    except KeyboardInterrupt:  # the person cancelled: nothing failed
        return 0
    except (Exception, OutOfTimeError) as error:  # noqa: BLE001  the boundary: nothing may pass
        _log(hook, data, error)
        return 0


def _introduce(program: str) -> int:
    import contextlib
    from importlib.metadata import version

    with contextlib.suppress(Exception):  # nobody reads it
        said = _BY_HAND.format(program=program, version=version("agent-session-hooks"))
        io.write(io.STDERR, said)
    return 0


def answer_at_once(hook: Hook, data: bytes) -> int | None:
    """Answer without the handler, and return the exit code; None where the handler is needed."""
    try:
        event = io.record(data)
    except io.UnreadableInputError:
        return None
    if hook is USER_PROMPT_SUBMIT:
        from session_hooks.events import watch

        return 0 if watch.is_quiet(event, os.environ, current_folder()) else None
    if hook is not SESSION_START:
        return 0 if _is_silent(event) else None
    from session_hooks.events import prepared

    # A few dozen stamps, or one for each document: the client's own limit is enough.
    answer = prepared.answer(event, os.environ, current_folder(), time.time())
    if answer is None:
        return None
    try:
        said = io.told_json(hook.event, answer.model, answer.person, answer.context_in)
        io.write(io.STDOUT, said)
    except Exception as error:  # noqa: BLE001  nobody reads it any more
        _log(hook, data, error)
    return 0


def _is_silent(event: Mapping[str, object]) -> bool:
    """Tell whether there is no document, neither where the conversation is nor where it began."""
    places, began_in = [_project_of(event)], os.environ.get("CLAUDE_PROJECT_DIR", "")
    if os.path.isdir(began_in):
        places.append(project_at(began_in))
    return not any(
        place.has_session_files or not locations.is_bare(place.root, place.git_top, os.environ)
        for place in places
    )


def _project_of(event: Mapping[str, object]) -> Project:
    cwd = event.get("cwd")
    return find_project(cwd if isinstance(cwd, str) else None, os.environ, current_folder())


def _log(hook: Hook, data: bytes | None, error: BaseException) -> None:
    """Put what went wrong at the event into ``hook-errors.log``; never raises."""
    import contextlib
    from datetime import UTC, datetime

    from session_hooks.project import error_log, state
    from session_hooks.util.deadline import OutOfTimeError

    event: Mapping[str, object] = {}
    with contextlib.suppress(io.UnreadableInputError):
        event = io.record(data or b"")
    # Where even the log fails there is nothing left to tell it with, and nothing may pass.
    with contextlib.suppress(Exception):
        project, name = _project_of(event), event.get("hook_event_name")
        name = name if isinstance(name, str) and name else None
        # An end has so little time that it runs out on any busy machine, and nothing is broken.
        is_note = hook is SESSION_END and isinstance(error, OutOfTimeError | TimeoutError)
        entry = error_log.entry(datetime.now(UTC), hook.program, name, error, is_note=is_note)
        error_log.append(state.state_folders(project.root, project.git_top, os.environ), entry)
