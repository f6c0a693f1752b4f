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
    """When the handler was started."""


class Conversation(Value):
    """One conversation and where it stood when it began and when it ended."""

    id: str
    project: str
    """The project's folder, absolute."""
    worktree: str | None
    """The git working tree, absolute; None outside git."""
    source: str | None
    agent: str | None
    attended: bool
    process: str | None
    """The client's process (``process.identity``)."""
    transcript: str | None
    began: datetime
    resumed: datetime
    """When it began or went on last."""
    branch_at_start: str | None = None
    head_at_start: str | None = None
    """The commit that was checked out when it began or went on last."""
    ended: datetime | None = None
    reason: str | None = None
    had_prompt: bool | None = None
    """Whether anybody said anything in it; None while that isn't known."""
    branch_at_end: str | None = None
    head_at_end: str | None = None
    forked_from: str | None = None


DIED = "died"
"""The reason of a conversation whose process is gone and whose end nobody told."""
UNATTENDED = "unattended"
"""The reason of one that nobody attended."""
SUPERSEDED = "superseded"
"""The reason of one whose process went on to another conversation."""


class Delivery(Value):
    """One document's text that one conversation was told."""

    conversation: str
    document: str
    """The document's path, absolute."""
    digest: str
    when: datetime
    source: str | None
    format: str | None = None


AGAIN = "again"
"""It was told again, under another name in the archive."""
EQUAL = "equal"
"""Its text was told as another document's."""
GONE = "gone"
LOST = "lost"
"""Another process was faster."""
PROMPTED = "prompted"
"""Somebody spoke in a conversation that was told it."""
RESTORED = "restored"
SUPERSEDED_BY_NEWER = "superseded"
UNMOVED = "unmoved"
"""It could not be moved, and stays where it is."""
WITHOUT_FILE = (AGAIN, GONE, LOST, UNMOVED)
"""Those whose name in the archive holds nothing any more."""


class Archived(Value):
    """A document that was moved out of the working tree."""

    name: str
    """Its file's name in the archive."""
    project: str
    former: str
    """Where it lay, relative to the project."""
    digest: str
    conversation: str
    """The conversation that took it last."""
    hook: str | None
    """The hook's own process."""
    taken: datetime
    delivered: datetime | None = None
    """When its text had been written out."""
    settled: datetime | None = None
    """Since when it needs no more telling."""
    how: str | None = None
    """Why that is so: one of the words above."""


class Gathered(Value):
    """What git knew of a project's documents, as text, and what that depends on."""

    project: str
    key: str
    recorded: datetime
    facts: str


class DebtKind(Enum):
    """What a conversation left undone."""

    NOT_UPDATED = "not_updated"
    """A session file was active, and work went on after its last update."""
    NO_HANDOFF = "no_handoff"
    """Work was done, and nothing says where it stands."""
    COMPLETED_LEFT = "completed_left"
    """A session file says completed, and is still there (003, "Completing a Session")."""


class Debt(Value):
    """What is owed since a conversation ended or was compacted."""

    project: str
    kind: DebtKind
    document: str
    """Relative to the project; "" where none was written."""
    conversation: str
    owed: datetime
    """Since when, by the latest conversation that left it so."""
    first: datetime
    """Since when, by the first."""
    digest: str = ""
    """The document's text when it was owed."""
    branch: str | None = None
    commits: int = 0
    """By how many commits HEAD moved after the document's last update, in that conversation."""
    earlier: int = 0
    """By how many in the conversations before it."""
    files: int = 0
    """How many files were left changed after it."""
    reason: str | None = None
    """How that conversation ended, as far as it has by then."""
    paid: datetime | None = None
    how: str | None = None
    """Why nothing is owed any more: updated, closed, gone, written, waived or old."""


class Past(Value):
    """What the store tells a hook."""

    own: Conversation | None = None
    """The conversation itself, as remembered."""
    open: tuple[Conversation, ...] = ()
    """The others in this repository whose end nobody told."""
    owing: tuple[Debt, ...] = ()
    """What is owed in this project."""
    unsettled: tuple[Archived, ...] = ()
    """What was taken from this project and perhaps never read."""
    takers: tuple[Conversation, ...] = ()
    """The conversations that took those, and those that owe."""
    told: tuple[Delivery, ...] = ()
    """The latest of each document that the conversation, or the one it forked from, was told."""
    taken: Archived | None = None
    """What the conversation itself took last, and was told."""
    last: Conversation | None = None
    """The conversation in this project that ended last, of those that somebody spoke in."""
    has_archive: bool = False
    """Whether anything was ever taken from this project."""
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
    """One edit, or one reading, of a file that the conversation asked for."""

    path: str
    """Absolute, links resolved."""
    when: datetime


class Command(Value):
    """One shell command that the conversation asked for."""

    text: str
    when: datetime


class Transcript(Value):
    """What is known of a conversation; empty where it has no transcript yet."""

    began: datetime | None = None
    last_written: datetime | None = None
    edits: tuple[Edit, ...] = ()
    reads: tuple[Edit, ...] = ()
    """The files that it read with a tool of its own."""
    commands: tuple["Command", ...] = ()
    """The shell commands that it ran, which may have changed any file."""
    had_prompt: bool = False
    """Whether anybody said anything in it."""
    forked_from: str | None = None
    """The conversation that its first records were copied from."""
