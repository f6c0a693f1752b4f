"""Begin, resume and settle a conversation; steps that several hooks share."""

import os
from collections.abc import Callable, Iterable

from session_hooks.documents.formats import next as formats_next_session
from session_hooks.documents.model import Document
from session_hooks.events import context, prepared
from session_hooks.events.boundary import Event, Surroundings
from session_hooks.events.context import Known, Scene
from session_hooks.events.io import CLAUDE_CODE
from session_hooks.evidence import cache, queries
from session_hooks.evidence.model import GitFacts, Work
from session_hooks.memory import archive, conversations, next_session, process
from session_hooks.memory import next_session as memory_next_session
from session_hooks.memory.conversations import Neighbour, open_now
from session_hooks.memory.memory import Memory, for_hook
from session_hooks.memory.model import (
    DIED,
    PROMPTED,
    UNATTENDED,
    Archived,
    Conversation,
    Debt,
    Past,
)
from session_hooks.memory.process import is_alive
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project, absolute, find_project, project_at
from session_hooks.project.state import state_folders
from session_hooks.report import debts, report
from session_hooks.report.debts import MemoryReport, written_by
from session_hooks.report.ranking import of_formats, rank_document
from session_hooks.util.lazy import Value

WORK_SECONDS = 1


class Beginning(Value):
    """What came of it."""

    scene: Scene
    """With what was taken in the place of what was scanned."""
    found: MemoryReport
    archived: tuple[Archived, ...]
    """What is to be noted once all was written out; so are the following."""
    ended: tuple[Conversation, ...]
    debts: tuple[Debt, ...]


class _Taking(Value):
    """What there is to take, and what is about to be."""

    folder: str = ""
    """The archive."""
    waiting: memory_next_session.Waiting = memory_next_session.Waiting()
    stays: debts.UnmovedDocument | None = None
    waits: Document | None = None
    """What may be taken, and is not here."""
    planned: memory_next_session.Plan | None = None


class _Balance(Value):
    """What dead conversations turn out to owe, and what is paid by now."""

    new: tuple[Debt, ...] = ()
    paid: tuple[Debt, ...] = ()


def begin(
    scene: Scene, memory: Memory, known: Known, report: Callable[[OSError], None]
) -> Beginning | None:
    """Let a conversation begin or go on; None where another handler of the same event was faster.

    ``report`` is told of what went wrong on the way.
    """
    ended = _ended(scene, known) if scene.attended else ()
    known = _with(known, ended)
    taking = _taking(scene, memory, known, report)
    rows = [taking.planned.row] if taking.planned else []
    is_first = memory.note(scene.claim(), _conversation(scene, known), taking=rows)
    if taking.planned and not (is_first and memory.works):
        # Without a note of who takes it, nothing is taken.
        archive.give_back(taking.folder, taking.planned.row.name)
        taking = _Taking()
    if not is_first:
        return None
    taken = (
        memory_next_session.take(
            taking.planned, taking.folder, scene.now, redact=scene.project.redact
        )
        if taking.planned
        else memory_next_session.Taken()
    )
    balance = _balance(scene, memory, known, ended) if scene.attended else _Balance()
    found = _recollect(scene, known, taking, taken, balance)._replace(
        unmoved=_stays(taking, taken),
        waiting=taking.waits.path if taking.waits else None,
        held=_holders(scene, memory, taking, taken),
        died=debts.deaths(ended),
    )
    return Beginning(
        _after(scene, taken, taking.planned),
        found,
        _settled(scene, taking, taken),
        ended,
        (*balance.paid, *balance.new),
    )


def foresee(scene: Scene, memory: Memory, known: Known) -> Beginning | None:
    """Return what a conversation would begin with now; None where it would take or note anything.

    Anything but itself, that is. Nothing is done.
    """
    known, balance = _with(known, ()), _Balance()
    if scene.attended:
        if _ended(scene, known) or any(_free(scene)) or _waits(memory, known.past):
            return None
        balance = _balance(scene, memory, known, ())
    if balance.new or balance.paid:
        return None
    found = _recollect(scene, known, _Taking(), memory_next_session.Taken(), balance)
    return Beginning(scene, found, (), (), ())


def _waits(memory: Memory, past: Past) -> bool:
    """Tell whether something was taken that perhaps nobody read."""
    found = archive.items(os.path.join(memory.folder or "", archive.FOLDER))
    return bool(past.unsettled) or any(item.name not in past.archived for item in found)


def _conversation(scene: Scene, known: Known) -> Conversation:
    new, before = scene.conversation(), known.past.own
    if before is None:
        return new
    # In a second terminal the same conversation may be open too: the first one's process counts.
    is_open_elsewhere = before.ended is None and process.is_alive(before.process)
    return new._replace(
        began=before.began,
        forked_from=new.forked_from or before.forked_from,
        attended=new.attended or before.attended,
        process=before.process if is_open_elsewhere else new.process,
    )


# --- what is taken -------------------------------------------------------------------------------


def _taking(
    scene: Scene, memory: Memory, known: Known, report: Callable[[OSError], None]
) -> _Taking:
    """Find what may be taken, and reserve its place in the archive."""
    begins = scene.attended and scene.event.source in prepared.SOURCES and scene.event.session_id
    if not begins or not memory.works or memory.folder is None:
        return _Taking()
    root = scene.project.root
    folder = os.path.join(memory.folder, archive.FOLDER)
    places = [
        absolute(root, place) if place else root
        for place in scene.settings.places.get(formats_next_session.NAME, ())
    ]
    by = memory_next_session.Taker(root, folder, scene.event.session_id or "", scene.now)
    waiting = memory_next_session.waiting(known.past, known.lives, by, places)
    document, stays = _free(scene)
    if scene.client != CLAUDE_CODE or (document and not scene.is_shown):
        # It isn't known that the text arrives, or the person isn't shown what becomes of the file.
        return _Taking(folder, waiting, stays, document)
    there = {one.path for one in scene.documents.documents}
    again = [row for row in waiting.unread if row.former not in there]
    try:
        planned = memory_next_session.plan(document, again, by)
    except OSError as error:
        report(error)
        planned = None
    return _Taking(folder, waiting, stays, planned=planned)


def _free(scene: Scene) -> tuple[Document | None, debts.UnmovedDocument | None]:
    """Return the newest document that is left behind and may be taken, or why it stays."""
    entries = [
        rank_document(document, scene.view)
        for document in of_formats(scene.documents.documents, (formats_next_session.NAME,))
    ]
    # An old one is named and not quoted, so nobody is told its text.
    young = [entry.document for entry in entries if not entry.rests]
    newest = max(young, key=lambda document: document.modified, default=None)
    if newest is None:
        return None, None
    consume = scene.settings.consume
    is_free = memory_next_session.is_free(
        tracked=scene.view.facts.is_tracked(newest.path),
        in_git=scene.project.git_top is not None,
        consume=consume,
    )
    if is_free:
        return newest, None
    is_tracked = is_free is False and consume != "never"
    return None, debts.UnmovedDocument(newest.path, None) if is_tracked else None


def _stays(taking: _Taking, taken: memory_next_session.Taken) -> debts.UnmovedDocument | None:
    if taken.stays and taking.planned:
        return debts.UnmovedDocument(taking.planned.row.former, taken.stays)
    return taking.stays


def _settled(
    scene: Scene, taking: _Taking, taken: memory_next_session.Taken
) -> tuple[Archived, ...]:
    """Return what is to be noted of everything that was ever taken."""
    rows = (*taken.rows, *taking.waiting.settled)
    if taken.document is None:
        return rows
    others = [row for row in taking.waiting.unread if row != taken.again]
    return (*rows, *memory_next_session.equal(others, taken.document, scene.now))


def _after(
    scene: Scene, taken: memory_next_session.Taken, planned: memory_next_session.Plan | None
) -> Scene:
    """Put what was taken, as it was taken, in the place of what was scanned."""
    if taken.is_lost and planned:
        documents = scene.documents.documents
        left = tuple(document for document in documents if document.path != planned.row.former)
        scene = scene._replace(documents=scene.documents._replace(documents=left))
    return scene.with_document(taken.document)


# --- what is known of others ---------------------------------------------------------------------


def _ended(scene: Scene, known: Known) -> tuple[Conversation, ...]:
    """Return the conversations of this project that ended, and nobody told.

    A death is told once, so it waits for a start that the person is shown.
    """
    here = (one for one in known.past.open if one.project == scene.project.root)
    found = conversations.died(here, known.lives, scene.process, scene.now)
    return tuple(one for one in found if scene.is_shown or one.reason != DIED)


def _with(known: Known, ended: Iterable[Conversation]) -> Known:
    """Put what was found out about conversations in the place of what is remembered."""
    by_id = {one.id: one for one in ended}
    past = known.past
    last = debts.last_ended([*ended, *([past.last] if past.last else [])])
    takers = {one.id: one for one in past.takers} | by_id
    still_open = tuple(one for one in past.open if one.id not in by_id)
    return known._replace(
        past=past._replace(last=last, open=still_open, takers=tuple(takers.values()))
    )


def _balance(scene: Scene, memory: Memory, known: Known, ended: Iterable[Conversation]) -> _Balance:
    """Return what the dead conversations owe, and what was owed and is paid by now."""
    past = known.past
    paid = debts.paid_debts(
        past.owing, scene.documents, past.unsettled, scene.view, scene.head.branch
    )
    new: tuple[Debt, ...] = ()
    dead = [one for one in debts.deaths(ended) if one.worktree == scene.project.git_top]
    # Of several the first saw the most; asking git for each could take all the time there is.
    for one in sorted(dead, key=lambda one: one.resumed)[:1]:
        places = scene.document_places()
        work = queries.work(scene.project, places, one.head_at_start, WORK_SECONDS)
        if work is not None:
            until = max(other.ended or scene.now for other in dead)
            told = frozenset(memory.recall(one.project, one.id).told_in(one.project))
            span = debts.Span(one, until, scene.head.branch, work, told, places)
            # Of a script's run nobody expects a handoff.
            uses = known.uses(scene) if one.attended else frozenset()
            others = debts.written_by(_neighbours(scene, known))
            new = debts.find_debts(span, scene.documents, scene.view, uses=uses, others=others)
    return _Balance(debts.merge_debts(new, debts.unpaid_debts(past.owing, paid)), paid)


def _neighbours(scene: Scene, known: Known) -> tuple[Neighbour, ...]:
    others = conversations.open_now(known.past.open, known.lives, scene.process, scene.now)
    folder = scene.documents.session_folder
    return conversations.neighbours(others, known.lives, scene.project, folder)


def _recollect(
    scene: Scene, known: Known, taking: _Taking, taken: memory_next_session.Taken, balance: _Balance
) -> MemoryReport:
    past, left = known.past, None
    if taken.document and taken.copy:
        near = taken.copy.removeprefix(os.path.join(scene.project.root, ""))
        left = debts.TakenDocument(taken.document, taken.copy, near, taken.again is not None)
    owing = debts.unpaid_debts(past.owing, (*balance.paid, *balance.new))
    owed = debts.open_debts(
        [*balance.new, *owing], past, known.lives, scene.documents.documents, scene.now
    )
    if scene.event.source in ("resume", "fork") and past.own:  # its last start told the others
        owed = tuple(one for one in owed if one.debt.owed > past.own.resumed)
    unread = [row for row in taking.waiting.unread if row != taken.again]
    return MemoryReport(
        left,
        archive=taking.folder,
        read_before=_read_before(scene, known, taking),
        unread=tuple(unread),
        debts=owed if scene.attended else (),
        open=_neighbours(scene, known),
    )


def _read_before(scene: Scene, known: Known, taking: _Taking) -> tuple[Archived, ...]:
    """Return what the conversation before a /clear read: this one knows nothing of it."""
    takers = {one.id: one.process for one in known.past.takers}
    if scene.event.source != "clear" or scene.process is None:
        return ()
    return tuple(
        row
        for row in taking.waiting.settled
        if row.how == PROMPTED and takers.get(row.conversation) == scene.process
    )


def _holders(
    scene: Scene, memory: Memory, taking: _Taking, taken: memory_next_session.Taken
) -> tuple[Archived, ...]:
    """Return what others have; where one was just faster, from the store as it is by now."""
    rows = taking.waiting.held
    if taken.is_lost:
        own = scene.event.session_id
        past = memory.recall(scene.project.root, own)
        rows = tuple(row for row in past.unsettled if row.conversation != own)[:1] or rows
    return rows


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
    known = Known(past, conversations.look(past.open))
    found = open_now(past.open, known.lives, scene.process, scene.now)
    folder = scene.documents.session_folder
    neighbours = conversations.neighbours(found, known.lives, scene.project, folder)
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
    taken = next_session.taken_before(row, folder, redact=scene.project.redact)
    if taken is None:
        return scene
    facts = cache.about(taken, scene.asked(), scene.view.facts, git_seconds)
    return scene.with_facts(facts).with_document(taken)


def settle(
    memory: Memory,
    scene: Scene,
    stretch: Stretch,
    conversation: Conversation,
    learnt: cache.Knowledge,
) -> None:
    """Note what the conversation owes, what was owed and is paid, and what git knew.

    After everything else: nobody waits for it.
    """
    if memory.works:
        owing = _owed(scene, stretch, conversation)
        memory.do(lambda store: store.record(debts=owing), None)
        context.keep_learnt(memory, scene, learnt)
        context.keep(memory, scene)


def _owed(scene: Scene, stretch: Stretch, conversation: Conversation) -> tuple[Debt, ...]:
    past = stretch.known.past
    branch = conversation.branch_at_end
    paid = debts.paid_debts(past.owing, scene.documents, past.unsettled, scene.view, branch)
    is_here = stretch.is_known and conversation.worktree == scene.project.git_top
    if not is_here or not conversation.had_prompt:  # where nobody spoke, nothing was begun
        return paid
    has_moved = conversation.head_at_start != conversation.head_at_end
    since = conversation.head_at_start if has_moved else None
    commits = queries.commits_since(scene.project, since, _LOG_SECONDS) if since else ()
    tree = scene.view.facts.tree
    if commits is None or (tree is None and since is None):
        return paid
    work = Work(commits, tree.changed if tree else {})
    conversation = conversation._replace(
        project=scene.project.root,
        reason=conversation.reason if scene.attended else UNATTENDED,
    )
    places = scene.document_places()
    span = debts.Span(conversation, scene.now, branch, work, scene.view.told, places)
    # Of a script's run nobody expects a handoff.
    uses = stretch.known.uses(scene) if scene.attended else frozenset()
    touched = report.last_touched(scene.own, scene.project.root)
    new = debts.find_debts(
        span, scene.documents, scene.view, uses=uses, others=stretch.others, touched=touched
    )
    still = {(debt.kind, debt.document) for debt in new}
    return (
        *(debt for debt in paid if (debt.kind, debt.document) not in still),
        *debts.merge_debts(new, debts.unpaid_debts(past.owing, paid)),
    )
