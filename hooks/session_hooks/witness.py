"""What can be seen of other conversations from here: their processes and their transcripts."""

import os
from collections.abc import Iterable, Mapping

from session_hooks import process, transcript
from session_hooks.conversations import Life, Neighbour
from session_hooks.git_head import read_head
from session_hooks.project import Project
from session_hooks.records import Conversation

MOST = 20
"""How many are looked at, the latest: each costs the reading of a transcript."""
_RECENT_BYTES = 256 * 1024
"""How much of that: what another conversation did lately is enough."""
_MOST_NAMED = 3


def look(conversations: Iterable[Conversation]) -> dict[str, Life]:
    """Return by its id what is seen of each conversation."""
    found: dict[str, Life] = {}
    for conversation in conversations:
        if conversation.id not in found and len(found) < MOST:
            is_alive = process.is_alive(conversation.process)
            found[conversation.id] = Life(
                is_alive, transcript.read(conversation.transcript, _RECENT_BYTES)
            )
    return found


def neighbours(
    found: Iterable[Conversation], lives: Mapping[str, Life], project: Project, folder: str
) -> tuple[Neighbour, ...]:
    """Return what is seen of other open conversations, those in this working tree first.

    ``folder`` is where session files lie, relative to their project.
    """
    seen = [
        Neighbour(
            one,
            read_head(one.worktree).branch,
            _session_files(one, lives[one.id], folder),
            is_here=one.worktree == project.git_top and one.project == project.root,
        )
        for one in found
    ]
    return tuple(sorted(seen, key=lambda neighbour: not neighbour.is_here)[:_MOST_NAMED])


def _session_files(conversation: Conversation, life: Life, folder: str) -> tuple[str, ...]:
    """Return the session files that a conversation has been changing, the latest first."""
    root = os.path.join(conversation.project, "")
    paths = [edit.path for edit in reversed(life.told.edits) if edit.path.startswith(root)]
    inside = (path.removeprefix(root).replace(os.sep, "/") for path in paths)
    return tuple(dict.fromkeys(path for path in inside if path.startswith(f"{folder}/")))
