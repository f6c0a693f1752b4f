"""Handle SessionStart: what is active, what is next, and what changed."""

import os
from collections.abc import Iterator
from datetime import timedelta

from session_hooks.agents.transcript import Transcript
from session_hooks.events import conversation, io, prepare, watch
from session_hooks.events.context import (
    Event,
    HookContext,
    Output,
    Recalled,
    Surroundings,
    load_facts,
    read_context,
    save_facts,
)
from session_hooks.events.conversation import BegunConversation
from session_hooks.events.prepare import FoundElsewhere, StartMessage
from session_hooks.evidence.cache import Knowledge
from session_hooks.memory import archive
from session_hooks.memory.memory import Memory, for_hook
from session_hooks.memory.model import Compacted, Delivery, Past
from session_hooks.project import error_log, state
from session_hooks.project.hooks import BEGINNINGS, SESSION_START
from session_hooks.project.project import CONFIG, absolute, find_project
from session_hooks.project.state import has_other_worktrees, state_folders
from session_hooks.render import compact
from session_hooks.render import memory as render_memory
from session_hooks.render import start as render_start
from session_hooks.report import compaction, debts, report
from session_hooks.report.ranking import is_active_elsewhere, rank_elsewhere
from session_hooks.util import dates

SCAN_SECONDS = 3
GIT_SECONDS = 2
WORKTREES_SECONDS = 0.3
BUSY_SECONDS = 1.0
"""Longer than elsewhere: of eight that start at once on a slow disk, who could not record who has
NEXT_SESSION.md would tell it too."""
_MOST_PROBLEMS = 3
_JUST_NOW = timedelta(minutes=2)
"""How long after its summarizer stopped a compaction's start comes at the latest."""
PRUNE_EVERY = timedelta(days=1)


def handle(event: Event, surroundings: Surroundings) -> Output:
    now, environ, here = surroundings
    project = find_project(event.cwd, environ, here)
    folders = state_folders(project.root, project.git_top, environ)
    seen = prepare.see(project, folders, now)
    memory = for_hook(folders, now, SESSION_START.program, event.name, wait=BUSY_SECONDS)
    context = read_context(event, surroundings, project, SCAN_SECONDS)
    if event.session_id and event.agent_id is None:
        memory.open(create=context.uses_documents)
    learnt = load_facts(memory, context, GIT_SECONDS)
    context = context.with_facts(learnt.facts)
    past = memory.recall(project.root, event.session_id, context.own.forked_from)
    recalled = Recalled(past, {})
    if event.source == "compact":
        message = _restore(context, memory, past)
    else:
        seen, recalled = prepare.see_others(seen, past)
        message = _begin(context, memory, recalled, folders)
    if message is None:
        memory.close()
        return Output()
    remarks = list(_remarks(context, folders)) if context.is_shown else []

    def once_written() -> None:
        _record(context, memory, learnt, message)
        if message.lasts and not remarks:
            prepare.save(memory, context, seen, recalled, message)
        if memory.folder:
            _prune(context, memory, os.path.join(memory.folder, archive.FOLDER))
        memory.close()

    said = _lines(message.person, *remarks) if context.attended else ""
    model, person = (dates.fill(text, now.timestamp()) for text in (message.model, said))
    answer = io.told_json(SESSION_START.event, model, person, context.agent.context_in)
    return Output(answer, once_written=once_written)


def foresee(context: HookContext, memory: Memory, folders: list[str], seen: prepare.Seen) -> None:
    """``context`` is another event's, and ``seen`` how things were before it was read."""
    if context.attended and (context.settings.problems or error_log.untold(folders)):
        return
    nobody = Event(name=SESSION_START.event, session_id="", source=BEGINNINGS[0])
    view = context.view._replace(told=())
    context = context._replace(event=nobody, own=Transcript(), pid=None, process=None, view=view)
    seen, recalled = prepare.see_others(seen, memory.recall(context.project.root, None))
    begun = conversation.foresee(context, memory, recalled) if memory.works else None
    if begun is not None:
        message = _overview(begun, recalled)
        person = _lines(message.person, *render_memory.for_person(begun.found))
        message = message._replace(person=person)
        prepare.save(memory, context, seen, recalled, message)


def _restore(context: HookContext, memory: Memory, past: Past) -> StartMessage | None:
    """Return what a compacted conversation is told; None where another handler was faster."""
    resumed = (past.own or context.conversation())._replace(ended=None, reason=None)
    if not memory.record_event(context.claim(), resumed):
        return None
    context = conversation.with_taken(context.with_told(past), past.taken, memory, GIT_SECONDS)
    kept = report.at_compaction(
        context.documents, context.view, context.own, context.project.root, asks=context.attended
    )
    said = _summary(context, memory)
    if kept is None:
        return StartMessage()
    if said is not None:
        return _repair(context, memory, kept, said)
    return StartMessage(
        compact.restore(kept, context.settings.budget),
        compact.restore_greeting(kept),
        (kept.lead.document,),
    )


def _summary(context: HookContext, memory: Memory) -> Compacted | None:
    """Return the compaction whose summary was seen just now, and keep that no longer.

    A subagent's own is kept for its conversation, too, by whose name alone its summarizer goes:
    it is the agent's start that uses it, and remembers nothing else.
    """
    name, since = context.event.session_id or "", context.now - _JUST_NOW
    is_agent = context.event.agent_id is not None
    if is_agent:
        memory.open(create=False)
    found = memory.do(lambda store: store.take_compaction(name, since), None)
    if is_agent:
        memory.close()
    return found


def _repair(
    context: HookContext, memory: Memory, kept: report.Compaction, said: Compacted
) -> StartMessage:
    """Tell what the summary lacks of what it was asked to keep, and nothing else."""
    place = absolute(context.project.root, kept.lead.document.path)
    asked, summary = compaction.asked(kept), said.summary or ""
    lost = compaction.missing(asked, summary)
    is_named = not os.path.lexists(place) or compaction.is_named(kept.lead.document.path, summary)
    lines = "\n".join(" ".join(one.text.split()) for one in lost)
    row = said._replace(summary=None, document=place, asked=len(asked), missing=lines)
    memory.do(lambda store: store.save_compaction(row), None)
    return StartMessage(
        compact.repair(kept, lost, context.settings.budget, is_named=is_named),
        compact.repair_greeting(kept, lost, len(asked)),
        (kept.lead.document,),
    )


def _begin(
    context: HookContext, memory: Memory, recalled: Recalled, folders: list[str]
) -> StartMessage | None:
    begun = conversation.begin(context, memory, recalled)
    if begun is None:
        return None
    if context.event.source in ("resume", "fork"):
        message = _changes(begun, recalled, folders)
    else:
        message = _overview(begun, recalled)
    found = begun.found
    left = render_memory.left_behind(found.left) if found.left else ""
    if not (left and context.is_shown and state.is_news(folders, "next-session", left)):
        left = ""
    lasts = context.event.source in BEGINNINGS and not (
        left
        or found.taken
        or (found.left and found.left.reason.is_for_next)
        or begun.archived
        or begun.ended
        or begun.debts
    )
    person = _lines(message.person, *render_memory.for_person(found), left)
    return message._replace(person=person, begun=begun, lasts=lasts)


def _lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _changes(begun: BegunConversation, recalled: Recalled, folders: list[str]) -> StartMessage:
    context, root = begun.context, begun.context.project.root
    lines = list(render_memory.for_model(begun.found))
    # What came while it was open was told at a prompt.
    seen = watch.load(folders[0], context.event.session_id or "", root) if folders else None
    known = {str(row[0]): row[6] for row in seen.documents} if seen else {}
    there = {one.path: one.digest for one in context.documents.documents}
    as_seen = {path: digest for path, digest in there.items() if known.get(path) == digest}
    changed = report.at_resume(
        context.documents,
        context.view,
        context.own,
        root,
        delivered=recalled.past.told_in(root) | as_seen,
        since=context.own.last_written,
    )
    if changed is None:
        return StartMessage("\n".join(lines))
    return StartMessage(
        render_start.changes(changed, context.settings.budget, lines),
        render_start.changes_greeting(changed),
        tuple(entry.document for entry in changed.entries),
    )


def _overview(begun: BegunConversation, recalled: Recalled) -> StartMessage:
    context, found, view = begun.context, begun.found, begun.context.view
    taken = found.taken.document if found.taken else None
    start = report.at_start(
        context.documents,
        view,
        agent_type=context.event.agent_type,
        asks=context.attended,
        uses=recalled.used_formats(context),
        others=debts.written_by(found.open),
        taken=taken,
    )
    elsewhere = _find_elsewhere(context)
    active = (one for one in elsewhere.documents if is_active_elsewhere(one, view))
    start = start._replace(elsewhere=tuple(rank_elsewhere(one, view) for one in active))
    uses_session_files = recalled.has_sessions(context)
    model = render_start.start(
        start, context.settings, found, uses_session_files=uses_session_files
    )
    documents = [taken] if taken else []
    if start.lead:
        listed = (start.lead, *start.others, *start.journals)
        documents += [entry.document for entry in listed]
    by_path = {document.path: document for document in documents}
    return StartMessage(model, render_start.greeting(start), tuple(by_path.values()), elsewhere)


def _find_elsewhere(context: HookContext) -> FoundElsewhere:
    facts, project = context.view.facts, context.project
    if not facts.beyond and not has_other_worktrees(project.git_top):
        return FoundElsewhere()
    from session_hooks.evidence import elsewhere  # 3 ms, and most repositories have one worktree

    places = context.settings.places
    found = elsewhere.read_worktrees(project, places, WORKTREES_SECONDS, whole=False)
    documents = elsewhere.unique((*found.documents, *facts.beyond), context.documents)
    return FoundElsewhere(documents, found)


def _remarks(context: HookContext, folders: list[str]) -> Iterator[str]:
    problems = context.settings.problems
    if problems and state.is_news(folders, "config", "\n".join(problems)):
        yield from (f"{CONFIG}: {problem}" for problem in problems[:_MOST_PROBLEMS])
        if len(problems) > _MOST_PROBLEMS:
            yield f"{CONFIG}: {len(problems) - _MOST_PROBLEMS} more, see: agent-session check"
    refusal = context.view.facts.refusal
    if refusal and state.is_news(folders, "git", refusal):
        said = f"{refusal[0].upper()}{refusal[1:]}"
        yield f"{said}. No document is checked; see: install-hooks --check"
    untold = error_log.untold(folders)
    if untold:
        error_log.mark_told(untold)
        yield render_start.errors(untold)


def _record(context: HookContext, memory: Memory, learnt: Knowledge, message: StartMessage) -> None:
    save_facts(memory, context, learnt)
    event, now = context.event, context.now
    deliveries = [
        Delivery(event.session_id or "", path, digest, now, event.source, form, why_left)
        for path, digest, form, why_left in prepare.told(context, message)
    ]
    begun = message.begun
    changes = (begun.archived, begun.ended, begun.debts) if begun else ((), (), ())
    memory.do(lambda store: store.record(deliveries, *changes), None)


def _prune(context: HookContext, memory: Memory, folder: str) -> None:
    now, settings = context.now, context.settings
    max_age, max_bytes = settings.archive_max_age, settings.archive_max_bytes
    if not memory.do(lambda store: store.prune(now, max_age, PRUNE_EVERY), otherwise=False):
        return
    found = archive.list_files(folder)  # before the store is asked: the newest are not in it
    done = memory.do(lambda store: store.settled_names(), None)
    if done is None:
        return
    keep = [file.name for file in found if file.name not in done]
    names = archive.outdated(found, keep, now, max_age, max_bytes)
    archive.delete(folder, archive.leftovers(folder, now))
    gone = archive.delete(folder, names)  # without its row a file would count as unread
    memory.do(lambda store: store.forget_archived(gone), None)
