"""Values for what is remembered between conversations."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from session_hooks.project.project import relative
from session_hooks.util.lazy import Value


class Claim(Value):
    event: str
    conversation: str
    detail: str  # its source, reason or trigger
    mark: str | None  # the client's process, or the event's moment: it tells two of them apart
    when: datetime
    is_moment: bool = False  # the mark is the event's moment: it is that one's, however late


class Conversation(Value):
    id: str
    project: str
    worktree: str | None  # None outside git
    source: str | None
    agent: str | None
    attended: bool
    process: str | None  # the client's (``process.identity``)
    transcript: str | None
    began: datetime
    resumed: datetime  # when it began or went on last; "at start" is then, too
    branch_at_start: str | None = None
    head_at_start: str | None = None
    ended: datetime | None = None
    reason: str | None = None
    had_prompt: bool | None = None  # None while that isn't known
    branch_at_end: str | None = None
    head_at_end: str | None = None
    forked_from: str | None = None


# Why a conversation ended, where no SessionEnd told:
DIED = "died"  # its process is gone
UNATTENDED = "unattended"  # nobody attended it
SUPERSEDED = "superseded"  # its process went on to another conversation


class Delivery(Value):
    """What one conversation was told; ``document`` is an absolute path."""

    conversation: str
    document: str
    digest: str
    when: datetime
    source: str | None
    format: str | None = None
    why_left: str | None = None  # the name of the reason why it was not taken, of ``Reason``


class Compacted(Value):
    """One compaction: its summary until that was used, then what that lacked."""

    conversation: str
    when: datetime
    summary: str | None = None
    document: str | None = None  # an absolute path
    asked: int | None = None  # of how many things it was to speak
    missing: str | None = None  # of which it did not, a line each


CLOSED = "closed"  # by a person, who may have said why
AGAIN = "again"  # it was told again, under another name in the archive
GONE = "gone"
LOST = "lost"  # another process was faster
PROMPTED = "prompted"  # somebody spoke in a conversation that was told it
RESTORED = "restored"
SUPERSEDED_BY_NEWER = "superseded"
UNMOVED = "unmoved"  # it could not be moved, and stays where it is
WITHOUT_FILE = (AGAIN, GONE, LOST, UNMOVED)  # their names in the archive hold nothing


class Archived(Value):
    name: str
    project: str
    former: str  # where it lay, relative to the project
    digest: str
    conversation: str
    hook: str | None
    taken: datetime
    delivered: datetime | None = None
    settled: datetime | None = None  # since when it needs no more telling, as ``how`` says
    how: str | None = None


class DebtKind(Enum):
    NOT_UPDATED = "not_updated"  # work went on after an active session file's last update
    NO_HANDOFF = "no_handoff"  # work was done, and nothing says where it stands
    COMPLETED_LEFT = "completed_left"  # a session file is completed, and still there (003)


class Debt(Value):
    project: str
    kind: DebtKind
    document: str  # relative to the project; "" where none was written
    conversation: str
    owed: datetime  # by the latest conversation that left it so; ``first``: by the first
    first: datetime
    digest: str = ""
    branch: str | None = None
    commits: int = 0  # since its last update, in that conversation; ``earlier``: in those before
    earlier: int = 0
    files: int = 0
    reason: str | None = None
    paid: datetime | None = None
    how: str | None = None  # updated, closed, gone, written, waived or old


class Past(Value):
    own: Conversation | None = None
    open: tuple[Conversation, ...] = ()  # the others in this repository whose end nobody told
    owing: tuple[Debt, ...] = ()
    unsettled: tuple[Archived, ...] = ()  # taken from this project and perhaps never read
    takers: tuple[Conversation, ...] = ()  # of those, and those that owe
    begun_with: Mapping[str, str] = {}  # what those that are open were told first, absolute
    told: tuple[Delivery, ...] = ()  # the latest of each document, of the one it forked from too
    taken: Archived | None = None  # by the conversation itself, and told
    last: Conversation | None = None  # to end here, of those that somebody spoke in
    has_archive: bool = False
    archived: frozenset[str] = frozenset()  # all names that are accounted for
    formats: frozenset[str] = frozenset()  # ever told here; git keeps no emptied folder

    def told_in(self, project: str) -> dict[str, str]:
        """Return by relative path the digest of what the conversation was told in a project."""
        found = {relative(one.document, project): one.digest for one in self.told}
        return {path: digest for path, digest in found.items() if path is not None}
