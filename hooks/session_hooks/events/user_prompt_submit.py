"""Handle UserPromptSubmit: what came meanwhile, and that the handoff is written now."""

import contextlib
import os
import re
import zlib
from datetime import UTC, datetime, timedelta

from session_hooks.documents.model import Document
from session_hooks.events import conversation, io, watch
from session_hooks.events.context import Event, HookContext, Output, Surroundings, read_context
from session_hooks.memory.memory import Memory
from session_hooks.project.hooks import USER_PROMPT_SUBMIT
from session_hooks.project.project import find_project
from session_hooks.project.state import WATCHES, first_state_folder
from session_hooks.render import prompt
from session_hooks.report import report

SCAN_SECONDS = 2
_KEPT = timedelta(days=7)


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Compare the documents with those that this conversation saw at its last prompt."""
    project = find_project(event.cwd, surroundings.environ, surroundings.here)
    folder = first_state_folder(project.root, project.git_top, surroundings.environ)
    memory = Memory((), lambda _: None)  # nothing of it is needed
    context = read_context(event, surroundings, project, SCAN_SECONDS, memory)
    if not (context.attended and context.uses_documents and event.session_id and folder):
        return Output()
    seen = watch.load(folder, event.session_id, project.root)
    is_all = not context.documents.not_reached
    new, changed = _news(context, seen) if seen and is_all else ([], [])
    lines = list(prompt.news(new, changed))
    if watch.is_stop(event.prompt):
        documents, view, root = context.documents, context.view, project.root
        start = report.at_start(documents, view, agent_type=None, asks=True, uses=frozenset())
        own = report.at_compaction(documents, view, context.own, root, asks=True)
        lines += prompt.stop(start, own.lead if own else None, context.settings)
    if lines and not _is_first(event, surroundings, context):
        return Output()  # what was seen, the other handler saves
    known = {one.path: one.digest for one in context.documents.documents}
    known = {**(seen.known if seen else {}), **known}
    name, looked_at = event.session_id, context.documents.stamps

    def save() -> None:
        watch.save(folder, name, project.root, looked_at, known)
        _forget_old(folder, context.now.timestamp())

    greeting = prompt.greeting(len(new) + len(changed))
    said = io.told_json(USER_PROMPT_SUBMIT.event, "\n".join(lines), greeting)
    return Output(said, once_written=save)


def _is_first(event: Event, surroundings: Surroundings, context: HookContext) -> bool:
    """Tell whether no other handler answers this prompt; asked where there is a word for it."""
    _, memory = conversation.open_project(event, surroundings, USER_PROMPT_SUBMIT.program)
    detail = str(zlib.crc32((event.prompt or "").encode("utf-8", "replace")))
    is_first = memory.claim(context.claim()._replace(detail=detail))
    memory.close()
    return is_first


def _news(context: HookContext, seen: watch.Seen) -> tuple[list[Document], list[Document]]:
    """Return the documents that are new, and those with another text, but for its own doing."""
    since = datetime.fromtimestamp(int(seen.when), UTC)  # some transcripts have whole seconds
    own, root = context.own, context.project.root
    touched = report.last_touched(own, root).items()
    edited = {path for path, (wrote, when) in touched if wrote and when >= since}
    commands = " ".join(one.text for one in own.commands if one.when >= since)

    def is_foreign(one: Document) -> bool:
        is_named = one.path.rpartition("/")[2] in commands or "agent-session" in commands
        return one.path not in edited and not is_named

    others = [
        one
        for one in context.documents.documents
        if seen.known.get(one.path) != one.digest and is_foreign(one)
    ]
    new = [one for one in others if one.path not in seen.known]
    return new, [one for one in others if one.path in seen.known]


def _forget_old(folder: str, now: float) -> None:
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for one in listing:
            is_old = now - one.stat().st_mtime > _KEPT.total_seconds()
            if is_old and re.fullmatch(WATCHES, one.name):
                os.unlink(one.path)
