"""A stretch of a conversation, from where it began or went on to its end or compaction.

What session-end-hook and pre-compact-hook share: what is remembered of the conversation, and what
is noted of it.
"""

import os

from session_hooks import (
    archive,
    debts,
    git_facts,
    handover,
    knowing,
    looking,
    report,
    witness,
)
from session_hooks.conversations import open_now
from session_hooks.debts import written_by
from session_hooks.event import Event
from session_hooks.facts import GitFacts, Work
from session_hooks.git_head import read_head
from session_hooks.hook_io import Surroundings
from session_hooks.memory import Memory, for_hook
from session_hooks.process import is_alive
from session_hooks.project import Project, find_project, project_at
from session_hooks.records import UNATTENDED, Archived, Conversation, Debt
from session_hooks.scene import Known, Scene
from session_hooks.state import state_folders
from session_hooks.values import Value

_LOG_SECONDS = 0.15
"""For the one question that is asked when everything was said."""


class Stretch(Value):
    """What is remembered when a stretch ends."""

    known: Known
    conversation: Conversation
    """The conversation as it stands now."""
    others: frozenset[str]
    """The session files that other open conversations work on, relative to the project."""
    goes_on: bool
    """Whether it is open in another terminal too, where it began."""

    @property
    def is_known(self) -> bool:
        """Whether the conversation is known from its beginning."""
        return self.known.past.own is not None


def find(event: Event, surroundings: Surroundings, program: str) -> tuple[Project, Memory]:
    """Return the conversation's project, with its memory.

    A conversation may have gone into another repository meanwhile: then it is where it began, if
    that is where it is remembered. Otherwise it is where the event is.
    """
    now, environ, here = surroundings
    project = find_project(event.cwd, environ, here)
    memory = for_hook(
        state_folders(project.root, project.git_top, environ), now, program, event.name
    )
    name = event.session_id
    if name is None or event.agent_id is not None:
        return project, memory
    memory.open(create=project.has_session_files)
    began_in = environ.get("CLAUDE_PROJECT_DIR", "")
    other = project_at(began_in) if os.path.isdir(began_in) else project
    if other == project or memory.do(lambda store: store.knows(name), otherwise=False):
        return project, memory
    elsewhere = for_hook(
        state_folders(other.root, other.git_top, environ), now, program, event.name
    )
    elsewhere.open(create=False)
    if elsewhere.do(lambda store: store.knows(name), otherwise=False):
        memory.close()
        return other, elsewhere
    elsewhere.close()
    return project, memory


def recall(memory: Memory, scene: Scene) -> Stretch:
    """Return what is remembered, with where the conversation stands now."""
    past = memory.recall(scene.project.root, scene.event.session_id)
    known = Known(past, witness.look(past.open))
    found = open_now(past.open, known.lives, scene.process, scene.now)
    folder = scene.documents.session_folder
    neighbours = witness.neighbours(found, known.lives, scene.project, folder)
    before = past.own or scene.conversation()
    head = scene.head
    if before.worktree != scene.project.git_top:  # it went on in another one
        head = read_head(before.worktree)
    conversation = before._replace(
        branch_at_end=head.branch,
        head_at_end=head.commit,
        transcript=scene.event.transcript_path or before.transcript,
        had_prompt=scene.own.had_prompt or bool(before.had_prompt),
    )
    is_another = scene.process is not None and before.process != scene.process
    return Stretch(
        known,
        conversation,
        written_by(neighbours),
        goes_on=is_another and is_alive(before.process) is True,
    )


def with_facts(scene: Scene, stretch: Stretch, facts: GitFacts) -> Scene:
    """Return the scene with what git knows, and with what the conversation was told."""
    scene = scene.with_facts(facts)
    told = frozenset(stretch.known.past.told_in(scene.project.root))
    return scene._replace(view=scene.view._replace(told=told))


def with_taken(scene: Scene, row: Archived | None, memory: Memory, git_seconds: float) -> Scene:
    """Return the scene with what the conversation took when it began, and what git knows of it.

    One that lies in its place by now was written since, and counts.
    """
    there = {document.path for document in scene.documents.documents}
    if row is None or row.former in there:
        return scene
    folder = os.path.join(memory.folder or "", archive.FOLDER)
    taken = handover.taken_before(row, folder, redact=scene.project.redact)
    if taken is None:
        return scene
    facts = knowing.about(taken, scene.asked(), scene.view.facts, git_seconds)
    return scene.with_facts(facts).with_document(taken)


def settle(
    memory: Memory,
    scene: Scene,
    stretch: Stretch,
    conversation: Conversation,
    learnt: knowing.Knowledge,
) -> None:
    """Note what the conversation owes, what was owed and is paid, and what git knew.

    After everything else: nobody waits for it.
    """
    if memory.works:
        owing = _owed(scene, stretch, conversation)
        memory.do(lambda store: store.record(debts=owing), None)
        looking.keep_learnt(memory, scene, learnt)
        looking.keep(memory, scene)


def _owed(scene: Scene, stretch: Stretch, conversation: Conversation) -> tuple[Debt, ...]:
    past = stretch.known.past
    branch = conversation.branch_at_end
    paid = debts.settle(past.owing, scene.documents, past.unsettled, scene.view, branch)
    is_here = stretch.is_known and conversation.worktree == scene.project.git_top
    if not is_here or not conversation.had_prompt:  # where nobody spoke, nothing was begun
        return paid
    has_moved = conversation.head_at_start != conversation.head_at_end
    since = conversation.head_at_start if has_moved else None
    commits = git_facts.commits_since(scene.project, since, _LOG_SECONDS) if since else ()
    tree = scene.view.facts.tree
    if commits is None or (tree is None and since is None):
        return paid
    work = Work(commits, tree.changed if tree else {})
    span = debts.span_of(conversation, scene.now, branch, work, scene.view.told)._replace(
        places=scene.document_places(),
        project=scene.project.root,
        reason=conversation.reason if scene.attended else UNATTENDED,
    )
    # Of a script's run nobody expects a handoff.
    uses = stretch.known.uses(scene) if scene.attended else frozenset()
    touched = report.last_touched(scene.own, scene.project.root)
    new = debts.owed(
        span, scene.documents, scene.view, uses=uses, others=stretch.others, touched=touched
    )
    still = {(debt.kind, debt.document) for debt in new}
    return (
        *(debt for debt in paid if (debt.kind, debt.document) not in still),
        *debts.merged(new, debts.unpaid(past.owing, paid)),
    )
