"""Values for what is remembered between conversations."""

import os
from datetime import datetime
from enum import Enum

from session_hooks.util.lazy import Value


class Claim(Value):
    """One hook event, as far as it tells it from another."""

    event: str
    conversation: str
    detail: str
    """Its source, reason or trigger."""
    pid: str | None
    when: datetime


class Conversation(Value):
    """One conversation and where it stood when it began and when it ended."""

    id: str
    project: str
    worktree: str | None
    """The git working tree; None outside git."""
    source: str | None
    agent: str | None
    attended: bool
    process: str | None
    """The client's (``process.identity``)."""
    transcript: str | None
    began: datetime
    resumed: datetime
    """When it began or went on last; "at start" is then, too."""
    branch_at_start: str | None = None
    head_at_start: str | None = None
    ended: datetime | None = None
    reason: str | None = None
    had_prompt: bool | None = None
    """Whether anybody said anything in it; None while that isn't known."""
    branch_at_end: str | None = None
    head_at_end: str | None = None
    forked_from: str | None = None


# Why a conversation ended, where no SessionEnd told:
DIED = "died"  # its process is gone
UNATTENDED = "unattended"  # nobody attended it
SUPERSEDED = "superseded"  # its process went on to another conversation


class Delivery(Value):
    """One document's text that one conversation was told; the path is absolute."""

    conversation: str
    document: str
    digest: str
    when: datetime
    source: str | None
    format: str | None = None


CLOSED = "closed"  # by a person, who may have said why
AGAIN = "again"  # it was told again, under another name in the archive
GONE = "gone"
LOST = "lost"  # another process was faster
PROMPTED = "prompted"  # somebody spoke in a conversation that was told it
RESTORED = "restored"
SUPERSEDED_BY_NEWER = "superseded"
UNMOVED = "unmoved"  # it could not be moved, and stays where it is
WITHOUT_FILE = (AGAIN, GONE, LOST, UNMOVED)
"""Those whose name in the archive holds nothing any more."""


class Archived(Value):
    """A document that was moved out of the working tree."""

    name: str
    project: str
    former: str
    """Where it lay, relative to the project."""
    digest: str
    conversation: str
    hook: str | None
    taken: datetime
    delivered: datetime | None = None
    settled: datetime | None = None
    """Since when it needs no more telling, as ``how`` says."""
    how: str | None = None


class DebtKind(Enum):
    """What a conversation left undone."""

    NOT_UPDATED = "not_updated"  # work went on after an active session file's last update
    NO_HANDOFF = "no_handoff"  # work was done, and nothing says where it stands
    COMPLETED_LEFT = "completed_left"  # a session file is completed, and still there (003)


class Debt(Value):
    """What is owed since a conversation ended or was compacted."""

    project: str
    kind: DebtKind
    document: str
    """Relative to the project; "" where none was written."""
    conversation: str
    owed: datetime
    """Since when, by the latest conversation that left it so; ``first``: by the first."""
    first: datetime
    digest: str = ""
    branch: str | None = None
    commits: int = 0
    """Made after the document's last update, in that conversation; ``earlier``: in those before."""
    earlier: int = 0
    files: int = 0
    reason: str | None = None
    paid: datetime | None = None
    how: str | None = None
    """Why nothing is owed any more: updated, closed, gone, written, waived or old."""


class Past(Value):
    """What is remembered for one conversation in one project."""

    own: Conversation | None = None
    open: tuple[Conversation, ...] = ()
    """The others in this repository whose end nobody told."""
    owing: tuple[Debt, ...] = ()
    unsettled: tuple[Archived, ...] = ()
    """What was taken from this project and perhaps never read."""
    takers: tuple[Conversation, ...] = ()
    """The conversations that took those, and those that owe."""
    told: tuple[Delivery, ...] = ()
    """The latest of each document that the conversation, or the one it forked from, was told."""
    taken: Archived | None = None
    """What the conversation itself took last, and was told."""
    last: Conversation | None = None
    """The one in this project that ended last, of those that somebody spoke in."""
    has_archive: bool = False
    archived: frozenset[str] = frozenset()
    """The names of all documents in the archive that are accounted for."""
    formats: frozenset[str] = frozenset()
    """The formats of what was ever told here: of deleted session files git keeps no folder."""

    def told_in(self, project: str) -> dict[str, str]:
        """Return what the conversation was told in a project: by relative path, the digest."""
        root = os.path.join(project, "")
        return {
            delivery.document.removeprefix(root).replace(os.sep, "/"): delivery.digest
            for delivery in self.told
            if delivery.document.startswith(root)
        }


class Edit(Value):
    """One edit, or one reading, of a file; its path is absolute, links resolved."""

    path: str
    when: datetime


class Command(Value):
    """One shell command, which may have changed any file."""

    text: str
    when: datetime


class Transcript(Value):
    """What is known of a conversation; empty where it has no transcript yet."""

    began: datetime | None = None
    last_written: datetime | None = None
    edits: tuple[Edit, ...] = ()
    reads: tuple[Edit, ...] = ()
    commands: tuple[Command, ...] = ()
    had_prompt: bool = False
    forked_from: str | None = None
    """The conversation that its first records were copied from."""
