"""What a conversation has seen of the documents, and whether they are still so.

Fast path of a prompt: keep imports minimal.
"""

import json
import os
import re
from collections.abc import Mapping

from session_hooks.documents import locations
from session_hooks.events import stops
from session_hooks.project import state
from session_hooks.project.project import find_project
from session_hooks.util import stamps
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from session_hooks.util.stamps import Stamp

_MOST_BYTES = 8 * 1024 * 1024


class Seen(Value):
    """What a conversation saw at its last prompt."""

    documents: "tuple[tuple[Any, ...], ...]"
    """Of each its path, format, stamp and digest."""
    title: str | None
    """What the conversation was called here, if it was."""
    when: float = 0
    """In seconds since 1970, by the file's own time."""


def is_quiet(event: Mapping[str, object], environ: Mapping[str, str], here: str) -> bool:
    """Tell whether a prompt needs no word: nothing came since the last one, and work goes on."""
    cwd, name = event.get("cwd"), event.get("session_id")
    place = find_project(cwd if isinstance(cwd, str) else None, environ, here)
    root, top = place.root, place.git_top
    is_bare = not place.has_session_files and locations.is_bare(root, top, environ)
    if is_bare or event.get("agent_id"):
        return True
    from session_hooks.agents.agent import recognise  # nothing above needs it

    transcript = event.get("transcript_path")
    agent = recognise(environ, None, name)
    if not agent.is_attended(environ, transcript if isinstance(transcript, str) else None):
        return True
    if stops.is_stop(event.get("prompt")):
        return False
    folder = state.first_state_folder(root, top, environ)
    saved = _read(folder, name) if folder and isinstance(name, str) else None
    if saved is None or saved.get("root") != root:
        return False
    try:
        is_unchanged = stamps.is_unchanged(saved, root)
        if is_unchanged:  # what is done from now on is done after this prompt
            os.utime(path(str(folder), str(name)))
    except (OSError, LookupError, TypeError, AttributeError):
        return False
    return is_unchanged


def load(folder: str, conversation: str, root: str) -> Seen | None:
    """Return what a conversation saw last in a project; None where nothing can be read."""
    place = path(folder, conversation)
    first, _, rest = state.read_start(place, _MOST_BYTES).partition("\n")
    try:
        if json.loads(first)["root"] != root:
            return None
        title, documents = json.loads(rest)
        rows = tuple((*map(str, row[:2]), *map(int, row[2:6]), str(row[6])) for row in documents)
        return Seen(rows, title, os.stat(place).st_mtime)
    except (OSError, LookupError, TypeError, ValueError, RecursionError):
        return None


def _read(folder: str, conversation: str) -> "dict[str, Any] | None":
    try:
        text = state.read_start(path(folder, conversation), _MOST_BYTES)
        saved = json.loads(text.partition("\n")[0])
    except (ValueError, RecursionError):
        return None
    return saved if isinstance(saved, dict) else None


def save(
    folder: str,
    conversation: str,
    root: str,
    looked_at: "Iterable[tuple[str, Stamp | None]]",
    seen: Seen,
) -> None:
    """Save what is seen now, with the stamps of all that was looked at; raises OSError.

    The first line is all that a prompt needs where nothing came.
    """
    first = json.dumps({"root": root, **stamps.saved(dict(looked_at), root)})
    place = path(folder, conversation)
    new = f"{place}.{os.getpid()}.tmp"
    if state.remember(new, f"{first}\n{json.dumps([seen.title, seen.documents])}"):
        os.replace(new, place)  # whatever lies there


def path(folder: str, conversation: str, kind: str = "watch") -> str:
    name = re.sub(r"[^\w-]", "-", conversation, flags=re.ASCII)[:80]
    return os.path.join(folder, f"{kind}-{name}.json")
