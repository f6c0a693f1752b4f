"""``session-start-hook``: tells model and person what is active and what is next."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import (
    archive,
    config,
    conversations,
    debts,
    git_facts,
    handover,
    hook_io,
    hook_log,
    recollection,
    render_memory,
    render_start,
    report,
    told,
    transcript,
    witness,
)
from session_hooks.archive import FOLDER as ARCHIVE
from session_hooks.conversations import Life
from session_hooks.document import Document
from session_hooks.event import Event, is_attended
from session_hooks.facts import GitFacts, Scan, Transcript
from session_hooks.formats import next_session, read_body, session
from session_hooks.git_head import Head, read_head
from session_hooks.memory import Memory, for_hook
from session_hooks.process import identity
from session_hooks.project import CONFIG, Project, find_project
from session_hooks.ranking import View, entry_of, of_formats
from session_hooks.recollection import Recollection
from session_hooks.records import Archived, Claim, Conversation, Debt, Delivery, Past
from session_hooks.scan import scan
from session_hooks.state import state_folders

PROGRAM = "session-start-hook"
SECONDS = 8
"""The hook's own limit, inside the ten seconds that the settings give it."""
SCAN_SECONDS = 3
WORK_SECONDS = 1
PRUNE_EVERY = timedelta(days=1)
CONSUMING = ("startup", "clear")
"""The sources at which a conversation has nothing in it yet."""


class Scene(NamedTuple):
    """All that a start is judged by, besides what is remembered."""

    event: Event
    now: datetime
    project: Project
    settings: config.Config
    folders: list[str]
    documents: Scan
    view: View
    head: Head
    process: str | None
    pid: str | None
    attended: bool
    """Whether a person is there, and it is no subagent's."""


class Telling(NamedTuple):
    """What is said to whom, "" for nothing, and of which documents."""

    model: str = ""
    person: str = ""
    documents: tuple[Document, ...] = ()


class Notes(NamedTuple):
    """What is noted once all of it was written out."""

    archived: tuple[Archived, ...] = ()
    ended: tuple[Conversation, ...] = ()
    debts: tuple[Debt, ...] = ()


class Handed(NamedTuple):
    """What was left behind, and what this start took of it."""

    waiting: handover.Waiting
    taken: handover.Taken


class Balance(NamedTuple):
    """What dead conversations turn out to owe, and what is paid by now."""

    new: tuple[Debt, ...] = ()
    paid: tuple[Debt, ...] = ()


class Remembered(NamedTuple):
    """What is remembered, and what can be seen of it now."""

    past: Past
    lives: Mapping[str, Life]
    archive: str
    """The folder, absolute; "" where there is no memory."""


def main() -> int:
    """Run the hook on stdin and return the exit code."""
    return hook_io.run(PROGRAM, handle, SECONDS)


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, facts, memory, report, text."""
    scene = _look(event, surroundings)
    memory = for_hook(scene.folders, scene.now, PROGRAM, event.name)
    if event.session_id and event.agent_id is None:
        memory.open(create=_uses_documents(scene))
    own = transcript.read(event.transcript_path)
    known = _recall(scene, memory, own)
    if event.source in ("resume", "fork", "compact"):
        if not _begin(scene, memory, known, own, ()):
            return hook_io.Output()
        telling, notes = _go_on(scene, known, own), Notes()
    else:
        started = _start(scene, memory, known, own)
        if started is None:
            return hook_io.Output()
        telling, notes = started
    remarks = list(_remarks(scene)) if scene.attended else []
    message = "\n".join([*([telling.person] if telling.person else []), *remarks])

    def record() -> None:
        _record(scene, memory, telling, notes)

    said = hook_io.start_json(telling.model, message if scene.attended else "")
    return hook_io.Output(stdout=said, once_written=record)


def _look(event: Event, surroundings: hook_io.Surroundings) -> Scene:
    now, environ, here = surroundings
    project = find_project(event, environ, here)
    settings = config.read(project)
    documents = scan(project, SCAN_SECONDS, settings.places)
    pid = environ.get("CLAUDE_PID")
    return Scene(
        event,
        now,
        project,
        settings,
        state_folders(project, environ),
        documents,
        View(now, _facts(project, documents, settings, now), settings.max_age),
        read_head(project.git_top),
        identity(pid),
        pid,
        attended=is_attended(environ) and event.agent_id is None,
    )


def _facts(project: Project, documents: Scan, settings: config.Config, now: datetime) -> GitFacts:
    """Ask git only where there is something to ask it about: that costs a tenth of a second."""
    if not documents.documents:
        return GitFacts()
    return git_facts.read(project, settings.all_folders, settings.since(now))


def _uses_documents(scene: Scene) -> bool:
    """Tell whether the project writes any: elsewhere nothing is kept of its conversations."""
    found = scene.documents
    return scene.project.has_session_files or bool(
        found.documents or found.templates or found.unread
    )


# --- memory --------------------------------------------------------------------------------------


def _recall(scene: Scene, memory: Memory, own: Transcript) -> Remembered:
    root, conversation = scene.project.root, scene.event.session_id
    past = memory.do(lambda store: store.recall(root, conversation, own.forked_from), Past())
    unended = (one for one in (*past.takers, *past.open) if one.ended is None)
    folder = os.path.join(memory.folder, ARCHIVE) if memory.folder and memory.works else ""
    return Remembered(past, witness.look(unended), folder)


def _begin(
    scene: Scene, memory: Memory, known: Remembered, own: Transcript, taking: Iterable[Archived]
) -> bool:
    """Note that the conversation begins or goes on; False where another handler was faster."""
    event = scene.event
    if not event.session_id:
        return True
    claim = Claim(event.name or "", event.session_id, event.source or "", scene.pid, scene.now)
    before = known.past.own
    conversation = Conversation(
        event.session_id,
        scene.project.root,
        scene.project.git_top,
        event.source,
        event.agent_type,
        scene.attended,
        scene.process,
        event.transcript_path,
        began=before.began if before else scene.now,
        resumed=scene.now,
        branch_at_start=scene.head.branch,
        head_at_start=scene.head.commit,
        had_prompt=own.had_prompt or None,
        forked_from=own.forked_from or (before.forked_from if before else None),
    )
    if event.source == "compact" and before:  # it is still the same stretch of work
        conversation = before._replace(ended=None, reason=None, process=scene.process)
    return memory.do(lambda store: store.note(claim, conversation, taking=taking), otherwise=True)


def _record(scene: Scene, memory: Memory, telling: Telling, notes: Notes) -> None:
    event, root = scene.event, scene.project.root
    deliveries = [
        Delivery(
            event.session_id or "",
            os.path.join(root, *document.path.split("/")),
            document.digest,
            scene.now,
            event.source,
        )
        for document in telling.documents
    ]
    memory.do(
        lambda store: store.record(deliveries, notes.archived, notes.ended, notes.debts), None
    )
    if memory.folder:
        _prune(scene, memory, os.path.join(memory.folder, ARCHIVE))
    memory.close()


def _prune(scene: Scene, memory: Memory, folder: str) -> None:
    """Once a day, forget what is old and needs no telling any more."""
    settings = scene.settings
    is_due = memory.do(
        lambda store: store.prune(scene.now, settings.archive_max_age, PRUNE_EVERY),
        otherwise=False,
    )
    if not is_due:
        return
    keep = memory.do(lambda store: store.unsettled(), None)
    if keep is None:
        return
    names = archive.outdated(
        archive.items(folder), keep, scene.now, settings.archive_max_age, settings.archive_max_bytes
    )
    archive.delete(folder, [*names, *archive.leftovers(folder, scene.now)])
    memory.do(lambda store: store.forget_archived(names), None)


# --- a conversation that goes on -----------------------------------------------------------------


def _go_on(scene: Scene, known: Remembered, own: Transcript) -> Telling:
    if scene.event.source == "compact":
        return _restore(scene, own)
    root = os.path.join(scene.project.root, "")
    digests = {
        delivery.document.removeprefix(root).replace(os.sep, "/"): delivery.digest
        for delivery in known.past.told
    }
    before = report.Before(digests, _last_written(scene.event, own, scene.now))
    changed = report.at_resume(scene.documents, scene.view, before, own, scene.project.root)
    if changed is None:
        return Telling()
    return Telling(
        render_start.changes(changed, scene.now),
        render_start.changes_greeting(changed),
        tuple(entry.document for entry in changed.entries),
    )


def _restore(scene: Scene, own: Transcript) -> Telling:
    root = scene.project.root
    kept = report.after_compaction(scene.documents, scene.view, own, root, asks=scene.attended)
    if kept is None:
        return Telling()
    return Telling(
        render_start.restore(kept, scene.now),
        render_start.restore_greeting(kept),
        (kept.lead.entry.document,),
    )


def _last_written(event: Event, own: Transcript, now: datetime) -> datetime | None:
    """Return when the conversation was last written to.

    From the transcript's own records, since the client touches the file before this hook runs;
    else from what the client says of its last response.
    """
    if own.last_written is None and event.seconds_since_last_response is not None:
        return now - timedelta(seconds=event.seconds_since_last_response)
    return own.last_written


# --- a conversation that begins ------------------------------------------------------------------


def _start(
    scene: Scene, memory: Memory, known: Remembered, own: Transcript
) -> tuple[Telling, Notes] | None:
    """Return what is told and noted; None where another handler of the same event was faster."""
    may_take = (
        scene.attended
        and scene.event.source in CONSUMING
        and memory.works
        and scene.event.session_id is not None
    )
    ended = _ended(scene, known) if scene.attended else ()
    known = _with(known, ended)
    waiting = _waiting(scene, known) if may_take else handover.Waiting()
    document, stays = _free(scene) if may_take else (None, None)
    planned = _plan(scene, known, document, waiting) if may_take else None
    if not _begin(scene, memory, known, own, [planned.row] if planned else []):
        if planned:
            archive.give_back(known.archive, planned.row.name)
        return None
    # Without a note of who takes it, nothing is taken.
    if planned and not memory.works:
        archive.give_back(known.archive, planned.row.name)
        planned, waiting = None, handover.Waiting()
    taken = (
        handover.take(planned, document, known.archive, scene.now) if planned else handover.Taken()
    )
    debt = _debts(scene, known, ended) if scene.attended else Balance()
    found = _recollect(scene, known, Handed(waiting, taken), ended, debt)
    found = found._replace(holders=_holders(scene, memory, known, Handed(waiting, taken)))
    if taken.stays and document:
        stays = render_memory.stays(document.path, taken.stays)
    scene = _after(scene, taken, document)
    telling = _tell(scene, found, _uses(scene, known.past), stays)
    unread = [row for row in waiting.unread if taken.again is None or row != taken.again]
    left = handover.superseded(unread, taken.document, scene.now) if taken.document else []
    archived = (*taken.rows, *waiting.settled, *left)
    return telling, Notes(archived, ended, (*debt.paid, *debt.new))


def _ended(scene: Scene, known: Remembered) -> tuple[Conversation, ...]:
    """Return the conversations of this project that ended, and nobody told."""
    here = (one for one in known.past.open if one.project == scene.project.root)
    return conversations.died(here, known.lives, scene.process, scene.now)


def _with(known: Remembered, ended: Iterable[Conversation]) -> Remembered:
    """Put what was found out about conversations in the place of what is remembered."""
    by_id = {one.id: one for one in ended}
    past = known.past
    last = max(by_id.values(), key=lambda one: one.resumed, default=None)
    if last and (past.last is None or last.resumed > past.last.resumed):
        past = past._replace(last=last)
    return known._replace(
        past=past._replace(
            open=tuple(one for one in past.open if one.id not in by_id),
            takers=(*(by_id.get(one.id, one) for one in past.takers), *by_id.values()),
        )
    )


def _waiting(scene: Scene, known: Remembered) -> handover.Waiting:
    root = scene.project.root
    places = [
        os.path.join(root, *folder.split("/")) if folder else root
        for folder in scene.settings.places.get(next_session.NAME, ())
    ]
    return handover.waiting(known.past, known.lives, known.archive, places, scene.now)


def _free(scene: Scene) -> tuple[Document | None, str | None]:
    """Return the newest document that is left behind and may be taken, or why it stays."""
    entries = [
        entry_of(document, scene.view)
        for document in of_formats(scene.documents.documents, (next_session.NAME,))
    ]
    young = [entry.document for entry in entries if not entry.is_old]
    newest = max(young, key=lambda document: document.modified, default=None)
    if newest is None:
        return None, None
    is_free = handover.is_free(newest, scene.view.facts, scene.project, scene.settings.consume)
    if is_free:
        return newest, None
    is_tracked = is_free is False and scene.settings.consume != "never"
    return None, render_memory.tracked(newest.path) if is_tracked else None


def _plan(
    scene: Scene, known: Remembered, document: Document | None, waiting: handover.Waiting
) -> handover.Plan | None:
    conversation = scene.event.session_id or ""
    by = handover.Taker(scene.project.root, known.archive, conversation, scene.now)
    try:
        return handover.plan(document, waiting.unread, by)
    except OSError as error:
        hook_log.append(scene.folders, hook_log.entry(scene.now, PROGRAM, scene.event.name, error))
        return None


def _debts(scene: Scene, known: Remembered, ended: Iterable[Conversation]) -> Balance:
    """Return what the dead conversations owe, and what earlier ones owed and is paid by now."""
    past = known.past
    paid = debts.settle(past.owing, scene.documents, past.unsettled, scene.now, scene.head.branch)
    new: list[Debt] = []
    for one in recollection.to_report(ended):
        places = [*scene.settings.all_folders, *(d.path for d in scene.documents.documents)]
        work = git_facts.work(scene.project, places, one.head_at_start, WORK_SECONDS)
        if work is not None and one.worktree == scene.project.git_top:
            span = debts.Span(
                one.project, one.id, one.resumed, one.ended or scene.now, scene.head.branch, work
            )
            uses = _uses(scene, past)
            new += debts.owed(span, scene.documents, scene.view, uses=uses)
    return Balance(debts.merged(new, past.owing), paid)


def _uses(scene: Scene, past: Past) -> frozenset[str]:
    """Return the formats that the project writes down where its work stands in."""
    found = {document.format for document in scene.documents.documents}
    found |= {next_session.NAME} if past.has_archive else set()
    return frozenset(scene.settings.formats or ()) | found


def _recollect(
    scene: Scene,
    known: Remembered,
    handed: Handed,
    ended: Iterable[Conversation],
    balance: Balance,
) -> Recollection:
    past, taken, left = known.past, handed.taken, None
    if taken.document and taken.copy:
        since = taken.again.taken if taken.again else None
        name = os.path.basename(taken.copy)
        left = recollection.Left(taken.document, taken.copy, name, since)
    done = {(debt.kind, debt.document) for debt in (*balance.paid, *balance.new)}
    owing = [debt for debt in past.owing if (debt.kind, debt.document) not in done]
    unread = [row for row in handed.waiting.unread if row != taken.again]
    others = conversations.open_now(past.open, known.lives, scene.process, scene.now)
    return Recollection(
        left,
        unread=recollection.holders(unread, known.archive),
        owed=recollection.owed_now([*balance.new, *owing], past, known.lives, scene.now)
        if scene.attended
        else (),
        died=recollection.to_report(ended),
        neighbours=witness.neighbours(
            others, known.lives, scene.project, scene.documents.session_folder
        ),
    )


def _holders(
    scene: Scene, memory: Memory, known: Remembered, handed: Handed
) -> tuple[recollection.Holder, ...]:
    """Return what others have; where one was just faster, from the store as it is by now."""
    rows = handed.waiting.held
    if handed.taken.is_lost:
        own = scene.event.session_id
        past = memory.do(lambda store: store.recall(scene.project.root, own), Past())
        rows = tuple(row for row in past.unsettled if row.conversation != own)[:1] or rows
    return recollection.holders(rows, known.archive)


def _after(scene: Scene, taken: handover.Taken, wanted: Document | None) -> Scene:
    """Put what was taken, as it was taken, in the place of what was scanned."""
    facts, documents = scene.view.facts, scene.documents.documents
    if taken.is_lost and wanted:
        documents = tuple(document for document in documents if document.path != wanted.path)
    if taken.document:
        path = taken.document.path
        others = (document for document in documents if document.path != path)
        documents = (*others, taken.document)
        if facts.changed is not None:  # the time that it was written is its own
            facts = facts._replace(changed=facts.changed | {path})
    return scene._replace(
        documents=scene.documents._replace(documents=documents),
        view=scene.view._replace(facts=facts),
    )


def _tell(scene: Scene, found: Recollection, uses: frozenset[str], stays: str | None) -> Telling:
    settings, view, now = scene.settings, scene.view, scene.now
    local = now.astimezone()
    aside = render_start.Aside(
        report.Lead(entry_of(found.left.document, view), read_body(found.left.document))
        if found.left
        else None,
        tuple(render_memory.left_note(found, local)),
        tuple(render_memory.for_model(found, local)),
    )
    said = render_memory.for_person(found, local)
    if stays and told.is_news(scene.folders, "next-session", stays):
        said.append(stays)
    start = report.at_start(
        scene.documents,
        view,
        agent_type=scene.event.agent_type,
        asks=scene.attended,
        uses=uses,
    )
    documents = (found.left.document,) if found.left else ()
    if isinstance(start, report.Hint):
        used = scene.project.has_session_files and session.NAME in settings.places
        hint = render_start.hint(start, now, settings, aside, uses_session_files=used)
        person = [render_start.hint_greeting(start, settings), *said]
    else:
        hint = render_start.overview(start, now, settings, aside)
        person = [render_start.greeting(start, now, settings), *said]
        listed = (start.lead.entry, *start.others, *(lead.entry for lead in start.review.journals))
        documents = (*documents, *(entry.document for entry in listed))
    by_path = {document.path: document for document in documents}
    return Telling(hint, "\n".join(line for line in person if line), tuple(by_path.values()))


def _remarks(scene: Scene) -> Iterator[str]:
    """Say what is wrong in the configuration, and what went wrong in a hook, each once."""
    settings = scene.settings
    if settings.problems and told.is_news(scene.folders, "config", "\n".join(settings.problems)):
        yield from (f"{CONFIG}: {problem}" for problem in settings.problems[:3])
    untold = hook_log.untold(scene.folders)
    if untold:
        hook_log.mark_told(untold)
        yield render_start.errors(untold)
