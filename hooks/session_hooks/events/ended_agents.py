"""Which agents ended with a task still open: noted for the conversation's next prompt.

A file beside what the conversation has seen, which that counts among the files it looked at: where
there is one, the next prompt is not answered at once.
"""

import contextlib
import json
import os

from session_hooks.events import watch
from session_hooks.project import state

_MOST_BYTES = 64 * 1024


def path(folder: str, conversation: str) -> str:
    return watch.path(folder, conversation, "agents")


def note(folder: str, conversation: str, agent: str) -> None:
    state.remember(path(folder, conversation), json.dumps([*read(folder, conversation), agent]))


def read(folder: str, conversation: str) -> list[str]:
    try:
        named = json.loads(state.read_start(path(folder, conversation), _MOST_BYTES))
    except (ValueError, RecursionError):
        return []
    return [*dict.fromkeys(filter(None, map(str, named)))] if isinstance(named, list) else []


def forget(folder: str, conversation: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path(folder, conversation))
