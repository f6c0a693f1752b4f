"""A conversation that begins or goes on: what it takes, and what it has to know of the others.

Between the entry module, which knows all the steps, and the pure judgements of ``conversations``,
and ``debts``.
"""

import os
from collections.abc import Callable, Iterable

from session_hooks import (
    archive,
    conversations,
    debts,
    git_facts,
    handover,
    process,
    ready,
    witness,
)
from session_hooks.attendance import CLAUDE_CODE
from session_hooks.conversations import Neighbour
from session_hooks.debts import Recollection
from session_hooks.document import Document
from session_hooks.formats import next_session
from session_hooks.memory import Memory
from session_hooks.ranking import entry_of, of_formats
from session_hooks.records import DIED, PROMPTED, Archived, Conversation, Debt, Past
from session_hooks.scene import Known, Scene
from session_hooks.values import Value

WORK_SECONDS = 1


class Beginning(Value):
    """What came of it."""

    scene: Scene
    """With what was taken in the place of what was scanned."""
    found: Recollection
    archived: tuple[Archived, ...]
    """What is to be noted once all was written out; so are the following."""
    ended: tuple[Conversation, ...]
    debts: tuple[Debt, ...]


class _Taking(Value):
    """What there is to take, and what is about to be."""

    folder: str = ""
    """The archive."""
    waiting: handover.Waiting = handover.Waiting()
    stays: debts.Stays | None = None
    waits: Document | None = None
    """What may be taken, and is not here."""
    planned: handover.Plan | None = None


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
        handover.take(taking.planned, taking.folder, scene.now, redact=scene.project.redact)
        if taking.planned
        else handover.Taken()
    )
    balance = _balance(scene, memory, known, ended) if scene.attended else _Balance()
    found = _recollect(scene, known, taking, taken, balance)._replace(
        stays=_stays(taking, taken),
        waits=taking.waits.path if taking.waits else None,
        holders=_holders(scene, memory, taking, taken),
        died=debts.to_report(ended),
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
    found = _recollect(scene, known, _Taking(), handover.Taken(), balance)
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
    begins = scene.attended and scene.event.source in ready.SOURCES and scene.event.session_id
    if not begins or not memory.works or memory.folder is None:
        return _Taking()
    root = scene.project.root
    folder = os.path.join(memory.folder, archive.FOLDER)
    places = [
        os.path.join(root, *place.split("/")) if place else root
        for place in scene.settings.places.get(next_session.NAME, ())
    ]
    by = handover.Taker(root, folder, scene.event.session_id or "", scene.now)
    waiting = handover.waiting(known.past, known.lives, by, places)
    document, stays = _free(scene)
    if scene.client != CLAUDE_CODE or (document and not scene.is_shown):
        # It isn't known that the text arrives, or the person isn't shown what becomes of the file.
        return _Taking(folder, waiting, stays, document)
    there = {one.path for one in scene.documents.documents}
    again = [row for row in waiting.unread if row.former not in there]
    try:
        planned = handover.plan(document, again, by)
    except OSError as error:
        report(error)
        planned = None
    return _Taking(folder, waiting, stays, planned=planned)


def _free(scene: Scene) -> tuple[Document | None, debts.Stays | None]:
    """Return the newest document that is left behind and may be taken, or why it stays."""
    entries = [
        entry_of(document, scene.view)
        for document in of_formats(scene.documents.documents, (next_session.NAME,))
    ]
    # An old one is named and not quoted, so nobody is told its text.
    young = [entry.document for entry in entries if not entry.rests]
    newest = max(young, key=lambda document: document.modified, default=None)
    if newest is None:
        return None, None
    consume = scene.settings.consume
    is_free = handover.is_free(newest, scene.view.facts, scene.project, consume)
    if is_free:
        return newest, None
    is_tracked = is_free is False and consume != "never"
    return None, debts.Stays(newest.path, None) if is_tracked else None


def _stays(taking: _Taking, taken: handover.Taken) -> debts.Stays | None:
    if taken.stays and taking.planned:
        return debts.Stays(taking.planned.row.former, taken.stays)
    return taking.stays


def _settled(scene: Scene, taking: _Taking, taken: handover.Taken) -> tuple[Archived, ...]:
    """Return what is to be noted of everything that was ever taken."""
    rows = (*taken.rows, *taking.waiting.settled)
    if taken.document is None:
        return rows
    others = [row for row in taking.waiting.unread if row != taken.again]
    return (*rows, *handover.equal(others, taken.document, scene.now))


def _after(scene: Scene, taken: handover.Taken, planned: handover.Plan | None) -> Scene:
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
    last = debts.last_of([*ended, *([past.last] if past.last else [])])
    takers = {one.id: one for one in past.takers} | by_id
    still_open = tuple(one for one in past.open if one.id not in by_id)
    return known._replace(
        past=past._replace(last=last, open=still_open, takers=tuple(takers.values()))
    )


def _balance(scene: Scene, memory: Memory, known: Known, ended: Iterable[Conversation]) -> _Balance:
    """Return what the dead conversations owe, and what was owed and is paid by now."""
    past = known.past
    paid = debts.settle(past.owing, scene.documents, past.unsettled, scene.view, scene.head.branch)
    new: tuple[Debt, ...] = ()
    dead = [one for one in debts.to_report(ended) if one.worktree == scene.project.git_top]
    # Of several the first saw the most; asking git for each could take all the time there is.
    for one in sorted(dead, key=lambda one: one.resumed)[:1]:
        places = scene.document_places()
        work = git_facts.work(scene.project, places, one.head_at_start, WORK_SECONDS)
        if work is not None:
            until = max(other.ended or scene.now for other in dead)
            told = frozenset(memory.recall(one.project, one.id).told_in(one.project))
            span = debts.span_of(one, until, scene.head.branch, work, told)
            span = span._replace(places=places)
            # Of a script's run nobody expects a handoff.
            uses = known.uses(scene) if one.attended else frozenset()
            others = debts.written_by(_neighbours(scene, known))
            new = debts.owed(span, scene.documents, scene.view, uses=uses, others=others)
    return _Balance(debts.merged(new, debts.unpaid(past.owing, paid)), paid)


def _neighbours(scene: Scene, known: Known) -> tuple[Neighbour, ...]:
    others = conversations.open_now(known.past.open, known.lives, scene.process, scene.now)
    folder = scene.documents.session_folder
    return witness.neighbours(others, known.lives, scene.project, folder)


def _recollect(
    scene: Scene, known: Known, taking: _Taking, taken: handover.Taken, balance: _Balance
) -> Recollection:
    past, left = known.past, None
    if taken.document and taken.copy:
        near = taken.copy.removeprefix(os.path.join(scene.project.root, ""))
        left = debts.Left(taken.document, taken.copy, near, taken.again is not None)
    owing = debts.unpaid(past.owing, (*balance.paid, *balance.new))
    owed = debts.owed_now(
        [*balance.new, *owing], past, known.lives, scene.documents.documents, scene.now
    )
    if scene.event.source in ("resume", "fork") and past.own:  # its last start told the others
        owed = tuple(one for one in owed if one.debt.owed > past.own.resumed)
    unread = [row for row in taking.waiting.unread if row != taken.again]
    return Recollection(
        left,
        before=debts.holders(_read_before(scene, known, taking), taking.folder),
        unread=debts.holders(unread, taking.folder),
        owed=owed if scene.attended else (),
        neighbours=_neighbours(scene, known),
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
    scene: Scene, memory: Memory, taking: _Taking, taken: handover.Taken
) -> tuple[debts.Holder, ...]:
    """Return what others have; where one was just faster, from the store as it is by now."""
    rows = taking.waiting.held
    if taken.is_lost:
        own = scene.event.session_id
        past = memory.recall(scene.project.root, own)
        rows = tuple(row for row in past.unsettled if row.conversation != own)[:1] or rows
    return debts.holders(rows, taking.folder)
