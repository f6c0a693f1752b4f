"""From a hook's start to its exit code: an answer at once where there is one, else the whole way.

Imported in front of a waiting person by every hook: ``json`` and builtins.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping

from session_hooks import bare, incoming, outgoing, roots

TYPE_CHECKING = False  # typing's own takes a third of a bare interpreter's start
if TYPE_CHECKING:
    from session_hooks import hook_io

_BY_HAND = """\
{program} {version} is run by Claude Code, which writes one JSON object to its standard input.
It has no options. To try it: install-hooks --check runs it as Claude Code does, and shows what it
says.
"""
_ASKS = (["--help"], ["-h"], ["--version"])
"""The arguments of somebody who looks what this is; any others are nobody's."""
_AT_LEAST = 0.05
"""Seconds that the whole way has in any case: to say that there was no time."""
Handle = Callable[..., "hook_io.Output"]
Whole = Callable[[], Handle]
"""Imports what the whole way takes, and returns what handles the event."""


def run(program: str, seconds: float, at_once: Callable[[bytes], int | None], whole: Whole) -> int:
    """Run a hook on stdin, for at most some seconds, and return its exit code.

    ``at_once`` gives it for what stdin holds; None where all has to be looked at, as after whatever
    goes wrong there.
    """
    began = time.monotonic()
    data: bytes | None = None
    try:
        is_by_hand = sys.argv[1:] in _ASKS or not incoming.is_given()
        data = b"" if is_by_hand else incoming.read(seconds)
        code = _introduce(program) if incoming.is_blank(data) else at_once(data)
    except KeyboardInterrupt:  # the person cancelled
        return 0
    except Exception as error:  # noqa: BLE001  whatever is wrong with an answer, it can be made anew
        log(program, data, error)
        code = 0 if data is None else None
    if data is None or code is not None:
        return code or 0
    left = max(seconds - (time.monotonic() - began), _AT_LEAST)
    import gc

    # A tenth of the time that the whole way takes, and there is hardly any garbage in it.
    gc.disable()
    handle = whole()
    from session_hooks import hook_io

    return hook_io.run(program, handle, left, data)


def _introduce(program: str) -> int:
    """Tell somebody who runs a hook by hand what it is, and how it is tried; never raises."""
    import contextlib
    from importlib.metadata import version

    with contextlib.suppress(Exception):  # nobody reads it
        said = _BY_HAND.format(program=program, version=version("agent-session-hooks"))
        outgoing.write(outgoing.STDERR, said)
    return 0


def silence(data: bytes) -> int | None:
    """Return 0 where nothing is to be said at the end, or halfway: there is no document anywhere.

    That is where the conversation is now, and where it began.
    """
    try:
        event = incoming.record(data)
    except incoming.UnreadableInputError:
        return None
    environ, cwd = os.environ, event.get("cwd")
    places = [roots.find(cwd if isinstance(cwd, str) else None, environ, roots.current_folder())]
    began_in = environ.get("CLAUDE_PROJECT_DIR", "")
    if os.path.isdir(began_in):
        places.append(roots.at(began_in))
    return 0 if all(_is_bare(place, environ) for place in places) else None


def _is_bare(place: roots.Root, environ: Mapping[str, str]) -> bool:
    root, top, has_session_files = place
    return not has_session_files and bare.is_bare(root, top, environ)


def log(program: str, data: bytes | None, error: Exception) -> None:
    """Put what went wrong at the event into ``hook-errors.log``; never raises."""
    from session_hooks import hook_io

    hook_io.log(program, hook_io.event_in(data or b""), error)
