"""A stretch of a conversation, from where it began or went on to its end or compaction.

What session-end-hook and pre-compact-hook share: what is remembered of the conversation, and what
is noted of it.
"""

from typing import NamedTuple

from session_hooks import debts, git_facts, witness
from session_hooks.config import Config
from session_hooks.conversations import open_now
from session_hooks.event import Event
from session_hooks.facts import Scan, Transcript, Work
from session_hooks.formats import next_session
from session_hooks.git_head import read_head
from session_hooks.memory import Memory
from session_hooks.process import identity
from session_hooks.project import Project
from session_hooks.ranking import View
from session_hooks.records import Claim, Conversation, Debt, Past


class Seen(NamedTuple):
    """What is seen when a stretch ends."""

    event: Event
    pid: str | None
    attended: bool
    project: Project
    settings: Config
    documents: Scan
    view: View
    own: Transcript


class Known(NamedTuple):
    """What is remembered when a stretch ends."""

    past: Past
    conversation: Conversation
    """The conversation as it stands now."""
    others: frozenset[str]
    """The session files that other open conversations work on, relative to the project."""

    @property
    def is_known(self) -> bool:
        """Whether the conversation is known from its beginning."""
        return self.past.own is not None


def recall(memory: Memory, seen: Seen) -> Known:
    """Return what is remembered, with where the conversation stands now."""
    event, project, now = seen.event, seen.project, seen.view.now
    name, own_process = event.session_id or "", identity(seen.pid)
    past = memory.do(lambda store: store.recall(project.root, name), Past())
    lives = witness.look(past.open)
    found = open_now(past.open, lives, own_process, now)
    neighbours = witness.neighbours(found, lives, project, seen.documents.session_folder)
    others = frozenset(path for one in neighbours if one.is_here for path in one.documents)
    before = past.own or Conversation(
        name,
        project.root,
        project.git_top,
        event.source,
        event.agent_type,
        seen.attended,
        own_process,
        event.transcript_path,
        began=now,
        resumed=now,
    )
    head = read_head(project.git_top)
    conversation = before._replace(
        branch_at_end=head.branch,
        head_at_end=head.commit,
        transcript=event.transcript_path or before.transcript,
        had_prompt=seen.own.had_prompt or bool(before.had_prompt),
    )
    return Known(past, conversation, others)


def note(
    memory: Memory, known: Known, seen: Seen, conversation: Conversation, git_seconds: float
) -> bool:
    """Note how the conversation stands, and what it owes or has paid.

    Returns False where another handler of the same event was faster.
    """
    if not memory.works:
        return True
    event = seen.event
    detail = event.reason or event.trigger or ""
    claim = Claim(event.name or "", conversation.id, detail, seen.pid, seen.view.now)
    owing = _owed(known, conversation, seen, git_seconds)
    return memory.do(lambda store: store.note(claim, conversation, debts=owing), otherwise=True)


def _owed(
    known: Known, conversation: Conversation, seen: Seen, git_seconds: float
) -> tuple[Debt, ...]:
    past, now, branch = known.past, seen.view.now, conversation.branch_at_end
    paid = debts.settle(past.owing, seen.documents, past.unsettled, now, branch)
    if not known.is_known or conversation.worktree != seen.project.git_top:
        return paid
    work = _work(conversation, seen, git_seconds)
    if work is None:
        return paid
    uses = frozenset(seen.settings.formats or ()) | {
        document.format for document in seen.documents.documents
    }
    if past.has_archive:  # what was taken is no document any more
        uses |= {next_session.NAME}
    span = debts.Span(seen.project.root, conversation.id, conversation.resumed, now, branch, work)
    new = debts.owed(span, seen.documents, seen.view, uses=uses, others=known.others)
    still = {(debt.kind, debt.document) for debt in new}
    owing = [debt for debt in past.owing if debt not in paid]
    return (
        *(debt for debt in paid if (debt.kind, debt.document) not in still),
        *debts.merged(new, owing),
    )


def _work(conversation: Conversation, seen: Seen, seconds: float) -> Work | None:
    """Ask git what happened since the stretch began; None where nothing tells."""
    since = conversation.head_at_start
    if since == conversation.head_at_end:
        since = None
    places = [*seen.settings.all_folders, *(d.path for d in seen.documents.documents)]
    return git_facts.work(seen.project, places, since, seconds)
