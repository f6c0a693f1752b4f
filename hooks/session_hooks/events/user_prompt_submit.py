"""Handle UserPromptSubmit: what came meanwhile, what is written at a stop, what it is called."""

import contextlib
import os
import re
from datetime import UTC, datetime, timedelta

from session_hooks.documents.index import COMPLETED, Indexed, IndexEntry
from session_hooks.documents.model import Document, Status
from session_hooks.events import ended_agents, io, stops, watch
from session_hooks.events.context import (
    Event,
    HookContext,
    Output,
    Recalled,
    Surroundings,
    read_context,
)
from session_hooks.memory import archive
from session_hooks.memory.memory import Memory, for_hook
from session_hooks.memory.model import Past
from session_hooks.project.hooks import USER_PROMPT_SUBMIT
from session_hooks.project.project import absolute, find_project
from session_hooks.project.state import WATCHES, state_folders
from session_hooks.render import prompt
from session_hooks.report import report
from session_hooks.util.lazy import Value

SCAN_SECONDS = 2
_KEPT = timedelta(days=7)


class _Before(Value):
    """What a conversation knew of the documents at its last prompt; at the first, of its start."""

    is_first: bool
    since: datetime | None  # None where its start is not remembered
    entries: tuple[IndexEntry, ...]  # of the last prompt, their digests alone
    told: dict[str, str]  # the digests of what its starts told
    title: str | None  # what it was called here

    @property
    def digests(self) -> dict[str, str]:
        return {entry.path: entry.digest for entry in self.entries}

    def is_since(self, when: datetime) -> bool:
        return self.since is None or when >= self.since


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Compare the documents with those that this conversation saw last."""
    now, environ, here = surroundings
    project = find_project(event.cwd, environ, here)
    folders = state_folders(project.root, project.git_top, environ)
    if not (folders and event.session_id):
        return Output()
    folder, name = folders[0], event.session_id
    memory = for_hook(folders, now, USER_PROMPT_SUBMIT.program, event.name)
    memory.open(create=False)
    past = memory.recall(project.root, name)
    before = _before(watch.load(folder, name, project.root), past, project.root)
    is_stop, agents = stops.is_stop(event.prompt), ended_agents.read(folder, name)
    # Where the others say nothing, none is read but those that changed.
    known = None if before.is_first or is_stop or agents else Indexed(before.entries)
    context = read_context(event, surroundings, project, SCAN_SECONDS, memory, known=known)
    if not (context.attended and (context.uses_documents or memory.works)):
        memory.close()
        return Output()
    news = [one for one in _changed(context, before) if not _is_own(context, one, before)]
    lines = list(prompt.news(news, {*before.told, *before.digests}, is_first=before.is_first))
    for agent in agents:
        lines += prompt.left_open(report.open_tasks(context.documents, context.view, agent))
    if is_stop:
        documents, uses = context.documents, Recalled(past, {}).used_formats(context)
        start = report.at_start(documents, context.view, agent_type=None, asks=True, uses=uses)
        lines += prompt.stop(start, _own_file(context, before), context.settings)
    called = _called(context, before, _work(context, before, past, memory))
    memory.close()

    def save() -> None:
        ended_agents.forget(folder, name)
        noted = (ended_agents.path(folder, name), None)
        looked_at, rows = (*context.documents.stamps, noted), _rows(context, before)
        watch.save(folder, name, project.root, looked_at, watch.Seen(rows, called))
        _forget_old(folder, now.timestamp())

    title = called if called and called != event.session_title else ""
    greeting, told = prompt.greeting(len(news)), "\n".join(lines)
    said = io.told_json(USER_PROMPT_SUBMIT.event, told, greeting, title=title)
    return Output(said, once_written=save)


def _before(seen: watch.Seen | None, past: Past, root: str) -> _Before:
    told = past.told_in(root)
    if seen is None:
        return _Before(True, past.own.resumed if past.own else None, (), told, None)
    # Some transcripts have whole seconds.
    since = datetime.fromtimestamp(int(seen.when), UTC)
    entries = tuple(IndexEntry._make((*row[:6], COMPLETED, row[6], "")) for row in seen.documents)
    return _Before(False, since, entries, told, seen.title)


def _changed(context: HookContext, before: _Before) -> list[Document]:
    """Return the documents that are new, or have another text than this conversation knows."""
    digests, told, since = before.digests, before.told, before.since

    def is_changed(one: Document) -> bool:
        if since is None or one.digest in (digests.get(one.path), told.get(one.path)):
            return False
        # Which others there were at its start isn't kept; a time in the future tells nothing.
        return not before.is_first or one.path in told or since < one.modified <= context.now

    return [one for one in context.documents.documents if is_changed(one)]


def _is_own(context: HookContext, one: Document, before: _Before) -> bool:
    """Tell whether the conversation itself wrote a document since then, or may have."""
    commands = [c.text for c in context.own.commands if before.is_since(c.when)]
    name = one.path.rpartition("/")[2]
    return one.path in _written(context, before) or any(
        name in text or "agent-session" in text for text in commands
    )


def _written(context: HookContext, before: _Before) -> dict[str, datetime]:
    """Return what the conversation wrote to since then, by path, and when."""
    last = report.last_touched(context.own, context.project.root).items()
    return {path: when for path, (wrote, when) in last if wrote and before.is_since(when)}


def _work(context: HookContext, before: _Before, past: Past, memory: Memory) -> Document | None:
    """Return what the conversation wrote to last; at its first prompt else what it was told first.

    What it didn't write to since the last prompt is not read.
    """
    written, documents = _written(context, before), context.documents.documents
    own = [one for one in documents if one.path in written]
    if own or not before.is_first:
        return max(own, key=lambda one: written[one.path], default=None)
    told, taken = next(iter(before.told), None), past.taken
    there = next((one for one in documents if one.path == told), None)
    if there is None and taken is not None and taken.former == told:
        copy = os.path.join(memory.folder or "", archive.FOLDER, taken.name)
        return archive.read_copy(taken.former, copy, redact=context.project.redact)
    return there


def _own_file(context: HookContext, before: _Before) -> Document | None:
    """Return what the conversation touched last, else what its start told first.

    Where no start is remembered, it is what it may work on.
    """
    documents, root = context.documents, context.project.root
    found = report.at_compaction(documents, context.view, context.own, root, asks=True)
    lead, told = found.lead.document if found else None, next(iter(before.told), None)
    if lead is None or told is None or lead.path in report.last_touched(context.own, root):
        return lead
    there = (one for one in documents.documents if one.path == told)
    return next((one for one in there if one.status is not Status.COMPLETED), None)


def _called(context: HookContext, before: _Before, work: Document | None) -> str | None:
    """Return what the conversation is to be called; None where a person named it, or nobody.

    After /clear the client still calls it what it called the one before.
    """
    given = context.event.session_title
    is_ours = given == before.title or (before.is_first and given in _titles(context))
    if context.client != io.CLAUDE_CODE or not is_ours:
        return None
    return prompt.title(work) if work else given


def _titles(context: HookContext) -> set[str | None]:
    return {prompt.title(one) for one in context.documents.documents}


def _rows(context: HookContext, before: _Before) -> tuple[tuple[object, ...], ...]:
    """Return of each document what tells that it is unchanged, and its digest."""
    scan, root = context.documents, context.project.root
    looked_at, rows = dict(scan.stamps), {}
    if scan.not_reached:
        rows = {old.path: (*old[:6], old.digest) for old in before.entries}
    for one in (*scan.documents, *(copy for copy, _ in scan.copies)):
        stamp = looked_at.get(absolute(root, one.path)) or (0, 0, 0, 0)
        rows[one.path] = (one.path, one.format, *stamp, one.digest)
    return tuple(rows.values())


def _forget_old(folder: str, now: float) -> None:
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for one in listing:
            is_old = now - one.stat().st_mtime > _KEPT.total_seconds()
            if is_old and re.fullmatch(WATCHES, one.name):
                os.unlink(one.path)
