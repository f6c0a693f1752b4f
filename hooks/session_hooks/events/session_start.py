"""Handle SessionStart."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from session_hooks.documents.index import Index
from session_hooks.documents.model import Document
from session_hooks.events import boundary, context, io, prepare, prepared
from session_hooks.events import conversation as events_conversation
from session_hooks.events.boundary import Event
from session_hooks.events.context import Known, Scene, look
from session_hooks.events.io import COPILOT
from session_hooks.evidence import cache
from session_hooks.evidence.model import Elsewhere, Worktrees
from session_hooks.memory import archive
from session_hooks.memory.memory import Memory, for_hook
from session_hooks.memory.model import Archived, Conversation, Debt, Delivery, Past, Transcript
from session_hooks.project import error_log, state
from session_hooks.project.hooks import SESSION_START
from session_hooks.project.project import CONFIG, Project, absolute, find_project
from session_hooks.project.state import has_other_worktrees, state_folders
from session_hooks.render import compact
from session_hooks.render import memory as render_memory
from session_hooks.render import start as render_start
from session_hooks.report import debts, report
from session_hooks.report.ranking import RankedDocument, is_active_elsewhere, rank_elsewhere
from session_hooks.util import ages
from session_hooks.util.lazy import Value

SCAN_SECONDS = 3
GIT_SECONDS = 2
WORKTREES_SECONDS = 0.3
BUSY_SECONDS = 1.0
"""Longer than elsewhere: of eight that start at once on a slow disk, who could not note who has
NEXT_SESSION.md would tell it too."""
_MOST_PROBLEMS = 3
PRUNE_EVERY = timedelta(days=1)


class News(Value):
    """What lies in other worktrees and on other branches, and not here."""

    documents: tuple[Elsewhere, ...] = ()
    worktrees: Worktrees = Worktrees()
    noted: tuple[tuple[Project, Index], ...] = ()
    """What is remembered of the documents in each of them, and what is to be."""


class Telling(Value):
    """What is said to whom, "" for nothing, of which documents, and what is noted of it."""

    model: str = ""
    person: str = ""
    documents: tuple[Document, ...] = ()
    archived: tuple[Archived, ...] = ()
    ended: tuple[Conversation, ...] = ()
    debts: tuple[Debt, ...] = ()
    lasts: bool = False
    """Whether the next conversation that begins is told the same, if nothing changes."""
    news: News = News()


def handle(event: Event, surroundings: boundary.Surroundings) -> boundary.Output:
    """From the event to what is said: documents, facts, memory, report, text."""
    project = find_project(event.cwd, surroundings.environ, surroundings.here)
    folders = state_folders(project.root, project.git_top, surroundings.environ)
    seen = prepare.see(project, folders, surroundings.now)
    memory = for_hook(
        folders, surroundings.now, SESSION_START.program, event.name, wait=BUSY_SECONDS
    )
    remembers = event.session_id and event.agent_id is None
    if remembers:
        memory.open(create=False)
    scene = look(event, surroundings, project, SCAN_SECONDS, memory)
    if remembers:
        memory.open(create=scene.uses_documents)
    learnt = context.learn(memory, scene, GIT_SECONDS)
    scene = scene.with_facts(learnt.facts)
    past = memory.recall(project.root, event.session_id, scene.own.forked_from)
    last: prepare.Before | None = None
    if event.source == "compact":
        telling = _restore(scene, memory, past)
    else:
        last = prepare.see_others(seen, past)
        telling = _begin(scene, memory, last.known, folders)
    if telling is None:
        memory.close()
        return boundary.Output()
    remarks = list(_remarks(scene, folders)) if scene.is_shown else []
    seconds = scene.now.timestamp()
    person = [ages.fill(telling.person, seconds)] if telling.person else []
    message = "\n".join([*person, *remarks]) if scene.attended else ""

    def once_written() -> None:
        _record(scene, memory, learnt, telling)
        if last is not None and telling.lasts and not remarks:
            _keep(scene, memory, last, telling)
        if memory.folder:
            _prune(scene, memory, os.path.join(memory.folder, archive.FOLDER))
        memory.close()

    return boundary.Output(
        stdout=io.start_json(
            ages.fill(telling.model, seconds), message, at_top=scene.client == COPILOT
        ),
        once_written=once_written,
    )


def _record(scene: Scene, memory: Memory, learnt: cache.Knowledge, telling: Telling) -> None:
    """Note what was told, now that it was written out."""
    context.keep_learnt(memory, scene, learnt)
    deliveries = [
        Delivery(
            scene.event.session_id or "",
            absolute(scene.project.root, document.path),
            document.digest,
            scene.now,
            scene.event.source,
            document.format,
        )
        for document in telling.documents
    ]
    memory.do(
        lambda store: store.record(deliveries, telling.archived, telling.ended, telling.debts),
        None,
    )
    context.keep(memory, scene)
    _record_worktrees(scene, memory, telling)


def _record_worktrees(scene: Scene, memory: Memory, telling: Telling) -> None:
    for there, index in telling.news.noted:
        context.keep_of(memory, there, index, scene.now)


def _keep(scene: Scene, memory: Memory, before: prepare.Before, telling: Telling) -> None:
    """Keep the answer, for the next start to tell at once."""
    worktrees, news = telling.news.worktrees, telling.news.documents
    if worktrees.is_all:
        person, elsewhere = telling.person if scene.attended else "", worktrees.stamps
        there = tuple(one.document for one in news)
        told = prepare.Told(telling.model, person, telling.documents, there, elsewhere)
        prepare.keep(memory, scene, before, told)


def foresee(scene: Scene, memory: Memory, folders: list[str], seen: prepare.Seen) -> None:
    """Keep what the next start will say, where it would only say it; nothing is noted or told.

    ``scene`` is what the hook of another event sees, with git's facts, and ``seen`` how things were
    before it looked; ``folders`` are the state's.
    """
    if scene.attended and (scene.settings.problems or error_log.untold(folders)):
        return
    nobody = Event(name="SessionStart", session_id="", source=prepared.SOURCES[0])
    view = scene.view._replace(told=frozenset())
    scene = scene._replace(event=nobody, own=Transcript(), pid=None, process=None, view=view)
    past = memory.recall(scene.project.root, None)
    last = prepare.see_others(seen, past)
    begun = events_conversation.foresee(scene, memory, last.known) if memory.works else None
    telling = _overview(begun, last.known, memory) if begun else Telling()
    _record_worktrees(scene, memory, telling)
    if begun is not None:
        _keep(scene, memory, last, telling._replace(person=_for_person(telling, begun)))


def _prune(scene: Scene, memory: Memory, folder: str) -> None:
    """Once a day, forget what is old and needs no telling any more."""
    now, settings = scene.now, scene.settings
    max_age, max_bytes = settings.archive_max_age, settings.archive_max_bytes
    is_due = memory.do(lambda store: store.prune(now, max_age, PRUNE_EVERY), otherwise=False)
    found = archive.items(folder) if is_due else ()  # before the store: the newest are not in it
    done = memory.do(lambda store: store.settled(), None) if is_due else None
    if done is None:
        return
    keep = [item.name for item in found if item.name not in done]
    names = archive.outdated(found, keep, now, max_age, max_bytes)
    archive.delete(folder, archive.leftovers(folder, now))
    gone = archive.delete(folder, names)  # without its row a file would count as unread
    memory.do(lambda store: store.forget_archived(gone), None)


def _restore(scene: Scene, memory: Memory, past: Past) -> Telling | None:
    """Return what a compacted conversation is told; None where another handler was faster."""
    # It is still the same stretch of work.
    conversation = (past.own or scene.conversation())._replace(ended=None, reason=None)
    if not memory.note(scene.claim(), conversation):
        return None
    told = frozenset(past.told_in(scene.project.root))
    scene = scene._replace(view=scene.view._replace(told=told))
    from session_hooks.events import (
        conversation as events_conversation,  # other starts don't need it
    )

    scene = events_conversation.with_taken(scene, past.taken, memory, GIT_SECONDS)
    kept = report.after_compaction(
        scene.documents, scene.view, scene.own, scene.project.root, asks=scene.attended
    )
    if kept is None:
        return Telling()
    return Telling(
        compact.restore(kept, scene.settings.budget),
        compact.restore_greeting(kept),
        (kept.lead.document,),
    )


def _begin(scene: Scene, memory: Memory, known: Known, folders: list[str]) -> Telling | None:
    """Return what a conversation is told that begins or goes on; None as above."""

    def log(error: OSError) -> None:
        error_log.append(
            folders, error_log.entry(scene.now, SESSION_START.program, scene.event.name, error)
        )

    begun = events_conversation.begin(scene, memory, known, log)
    if begun is None:
        return None
    if scene.event.source in ("resume", "fork"):
        telling = _changes(begun, known)
    else:
        telling = _overview(begun, known, memory)
    lasts = scene.event.source in prepared.SOURCES and not (
        begun.found.taken or begun.found.waiting or begun.archived or begun.ended or begun.debts
    )
    said = [_for_person(telling, begun)]
    stays = render_memory.unmoved(begun.found.unmoved) if begun.found.unmoved else ""
    if stays and scene.is_shown and state.is_news(folders, "next-session", stays):
        said.append(stays)
        lasts = False
    return telling._replace(
        person="\n".join(line for line in said if line),
        archived=begun.archived,
        ended=begun.ended,
        debts=begun.debts,
        lasts=lasts,
    )


def _for_person(telling: Telling, begun: events_conversation.Beginning) -> str:
    said = (telling.person, *render_memory.for_person(begun.found))
    return "\n".join(line for line in said if line)


def _changes(begun: events_conversation.Beginning, known: Known) -> Telling:
    """Tell a conversation that goes on what changed since it was told."""
    scene = begun.scene
    lines = list(render_memory.for_model(begun.found))
    changed = report.at_resume(
        scene.documents,
        scene.view,
        scene.own,
        scene.project.root,
        delivered=known.past.told_in(scene.project.root),
        since=_last_written(scene),
    )
    if changed is None:
        return Telling("\n".join(lines))
    return Telling(
        render_start.changes(changed, scene.settings.budget, lines),
        render_start.changes_greeting(changed),
        tuple(entry.document for entry in changed.entries),
    )


def _last_written(scene: Scene) -> datetime | None:
    """Return when the conversation was last written to.

    From the transcript's own records, since the client touches the file before this hook runs;
    else from what the client says of its last response.
    """
    seconds = scene.event.seconds_since_last_response
    if scene.own.last_written is None and seconds is not None:
        return scene.now - timedelta(seconds=seconds)
    return scene.own.last_written


def _overview(begun: events_conversation.Beginning, known: Known, memory: Memory) -> Telling:
    """Tell a conversation that begins what is active and what is next."""
    scene, found = begun.scene, begun.found
    taken = found.taken.document if found.taken else None
    start = report.at_start(
        scene.documents,
        scene.view,
        agent_type=scene.event.agent_type,
        asks=scene.attended,
        uses=known.uses(scene),
        others=debts.written_by(found.open),
        taken=taken,
    )
    news = _news(scene, memory)
    start = start._replace(elsewhere=_active(news.documents, scene))
    model = render_start.start(
        start, scene.settings, found, uses_session_files=known.has_sessions(scene)
    )
    documents = [taken] if taken else []
    if start.lead:
        listed = (start.lead, *start.others, *start.journals)
        documents += [entry.document for entry in listed]
    by_path = {document.path: document for document in documents}
    return Telling(model, render_start.greeting(start), tuple(by_path.values()), news=news)


def _news(scene: Scene, memory: Memory) -> News:
    """Return what is news in other worktrees and on other branches."""
    facts, project = scene.view.facts, scene.project
    if not facts.beyond and not has_other_worktrees(project.git_top):
        return News()
    from session_hooks.evidence import elsewhere  # 3 ms, and most repositories have one worktree

    noted = []

    def remembered(there: Project) -> Index:
        index = context.remembered(memory, there, scene.now)
        noted.append((there, index))
        return index

    found = elsewhere.read_worktrees(project, scene.settings.places, WORKTREES_SECONDS, remembered)
    everything = (*found.documents, *facts.beyond)
    return News(elsewhere.unique(everything, scene.documents), found, tuple(noted))


def _active(news: tuple[Elsewhere, ...], scene: Scene) -> tuple[RankedDocument, ...]:
    """Return what of the news could be gone on with."""
    return tuple(
        rank_elsewhere(one, scene.view) for one in news if is_active_elsewhere(one, scene.view)
    )


def _remarks(scene: Scene, folders: list[str]) -> Iterator[str]:
    """Say what is wrong in the configuration, and what went wrong in a hook, each once."""
    problems = scene.settings.problems
    if problems and state.is_news(folders, "config", "\n".join(problems)):
        yield from (f"{CONFIG}: {problem}" for problem in problems[:_MOST_PROBLEMS])
        if len(problems) > _MOST_PROBLEMS:
            yield f"{CONFIG}: {len(problems) - _MOST_PROBLEMS} more, see: agent-session check"
    refusal = scene.view.facts.refusal
    if refusal and state.is_news(folders, "git", refusal):
        said = f"{refusal[0].upper()}{refusal[1:]}"
        yield f"{said}. No document is checked; see: install-hooks --check"
    untold = error_log.untold(folders)
    if untold:
        error_log.mark_told(untold)
        yield render_start.errors(untold)
