"""A stretch of a conversation, from where it began or went on to its end or compaction.

What session-end-hook and pre-compact-hook share: what is remembered of the conversation, and what
is noted of it.
"""

from typing import NamedTuple

from session_hooks import debts, git_facts, witness
from session_hooks.conversations import open_now
from session_hooks.memory import Memory
from session_hooks.records import UNATTENDED, Conversation, Debt, Past
from session_hooks.scene import Known, Scene


class Stretch(NamedTuple):
    """What is remembered when a stretch ends."""

    known: Known
    conversation: Conversation
    """The conversation as it stands now."""
    others: frozenset[str]
    """The session files that other open conversations work on, relative to the project."""

    @property
    def is_known(self) -> bool:
        """Whether the conversation is known from its beginning."""
        return self.known.past.own is not None


def recall(memory: Memory, scene: Scene) -> Stretch:
    """Return what is remembered, with where the conversation stands now."""
    root, name = scene.project.root, scene.event.session_id
    past = memory.do(lambda store: store.recall(root, name), Past())
    known = Known(past, witness.look(past.open))
    found = open_now(past.open, known.lives, scene.process, scene.now)
    folder = scene.documents.session_folder
    neighbours = witness.neighbours(found, known.lives, scene.project, folder)
    before = past.own or scene.conversation()
    conversation = before._replace(
        branch_at_end=scene.head.branch,
        head_at_end=scene.head.commit,
        transcript=scene.event.transcript_path or before.transcript,
        had_prompt=scene.own.had_prompt or bool(before.had_prompt),
    )
    others = frozenset(path for one in neighbours if one.is_here for path in one.documents)
    return Stretch(known, conversation, others)


def note(
    memory: Memory, scene: Scene, stretch: Stretch, conversation: Conversation, git_seconds: float
) -> bool:
    """Note how the conversation stands, and what it owes or has paid.

    Returns False where another handler of the same event was faster.
    """
    if not memory.works:
        return True
    owing = _owed(scene, stretch, conversation, git_seconds)
    claim = scene.claim()
    return memory.do(lambda store: store.note(claim, conversation, debts=owing), otherwise=True)


def _owed(
    scene: Scene, stretch: Stretch, conversation: Conversation, git_seconds: float
) -> tuple[Debt, ...]:
    past = stretch.known.past
    branch = conversation.branch_at_end
    paid = debts.settle(past.owing, scene.documents, past.unsettled, scene.now, branch)
    if not stretch.is_known or conversation.worktree != scene.project.git_top:
        return paid
    has_moved = conversation.head_at_start != conversation.head_at_end
    since = conversation.head_at_start if has_moved else None
    work = git_facts.work(scene.project, scene.document_places(), since, git_seconds)
    if work is None:
        return paid
    other_branch = conversation.branch_at_start != branch
    work = debts.within(work, conversation.resumed, scene.now, other_branch=other_branch)
    span = debts.Span(
        scene.project.root,
        conversation.id,
        conversation.resumed,
        scene.now,
        branch,
        work,
        conversation.reason if scene.attended else UNATTENDED,
        frozenset(past.told_in(scene.project.root)),
    )
    # Of a script's run nobody expects a handoff.
    uses = stretch.known.uses(scene) if scene.attended else frozenset()
    new = debts.owed(span, scene.documents, scene.view, uses=uses, others=stretch.others)
    still = {(debt.kind, debt.document) for debt in new}
    return (
        *(debt for debt in paid if (debt.kind, debt.document) not in still),
        *debts.merged(new, [debt for debt in past.owing if debt not in paid]),
    )
