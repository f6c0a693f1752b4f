"""Prepare the answer to the next start, with all that it depends on."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from session_hooks.documents.formats import session
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Document, Status
from session_hooks.events import prepared
from session_hooks.events.context import HookContext, Recalled
from session_hooks.events.conversation import BegunConversation
from session_hooks.evidence.model import Elsewhere, Evidence, Worktrees
from session_hooks.memory import archive, conversations
from session_hooks.memory.conversations import UNKNOWN_FOR, Life, last_seen
from session_hooks.memory.memory import Memory
from session_hooks.memory.model import Past
from session_hooks.project import error_log, gitdir
from session_hooks.project.project import CONFIG, Project, absolute
from session_hooks.report import debts
from session_hooks.report.debts import Reason
from session_hooks.report.ranking import RECENT, candidates
from session_hooks.util import stamps
from session_hooks.util.lazy import Value
from session_hooks.util.stamps import Stamp

_MOST_PATHS = 40  # named paths that are looked for; DESIGN allows a start so many
_OF_STATE = (
    error_log.LOG, error_log.TOLD, archive.FOLDER, "config.told", "next-session.told",
)  # fmt: skip
_A_YEAR = timedelta(days=365)


class Seen(Value):
    """How things were before any of them was read."""

    when_ns: int
    files: tuple[tuple[str, Stamp | None], ...]


class FoundElsewhere(Value):
    documents: tuple[Elsewhere, ...] = ()
    worktrees: Worktrees = Worktrees()


class StartMessage(Value):
    """What a start tells whom, "" for nothing, of which documents, and what is then recorded."""

    model: str = ""
    person: str = ""
    documents: tuple[Document, ...] = ()
    elsewhere: FoundElsewhere = FoundElsewhere()
    begun: BegunConversation | None = None
    lasts: bool = False  # the next conversation is told the same


def see(project: Project, folders: Iterable[str], now: datetime) -> Seen:
    """Look at what an answer depends on besides documents; ``folders`` are of the state."""
    when = int(now.timestamp() * 1000) * 1000**2
    paths = [absolute(project.root, CONFIG)]
    for folder in folders:
        paths += (os.path.join(folder, name) for name in _OF_STATE)
    if project.git_top is not None:
        paths += gitdir.files(project.git_top)
    return Seen(when, tuple((path, stamps.stamp(path)) for path in paths))


def see_others(seen: Seen, past: Past) -> tuple[Seen, Recalled]:
    # Of one that took something it counts whether it did anything before it ended.
    took = {row.conversation for row in past.unsettled}
    others = (*past.takers, *past.open)
    looked_at = {one.id: one for one in others if one.ended is None or one.id in took}
    latest = list(looked_at.values())[: conversations.MOST]
    paths = [one.transcript or "" for one in latest]
    transcripts = ((path, stamps.stamp(path)) for path in paths)
    seen = seen._replace(files=(*seen.files, *transcripts))
    return seen, Recalled(past, conversations.look(latest))


def save(
    memory: Memory, context: HookContext, seen: Seen, recalled: Recalled, message: StartMessage
) -> None:
    event, facts = context.event, context.view.facts
    past, lives = recalled
    worktrees = message.elsewhere.worktrees
    paths = tuple(_named_paths(context))
    looked_at = dict((*seen.files, *context.documents.stamps, *worktrees.stamps))
    is_doubtful = (
        not worktrees.is_all
        or event.session_id is None
        or event.agent_type is not None
        or past.unsettled
        or facts.left_out
        or facts.refusal is not None  # settings outside of the repository may change that
        or context.documents.not_reached
        or len(seen.files) > gitdir.MOST
        or len(paths) > _MOST_PATHS
        or any(one and stamps.is_racy(one, seen.when_ns) for one in looked_at.values())
    )
    if is_doubtful:
        return
    root, tree, attended = context.project.root, facts.tree, context.attended
    news = [one.document for one in message.elsewhere.documents]
    answer: dict[str, object] = {
        "made": context.now.timestamp(),
        "until": holds_until(context, recalled, news).timestamp(),
        "model": message.model,
        "person": message.person if attended else "",
        "told": told(context, message),
        "branch": context.head.branch,
        "head": context.head.commit,
        "seen": tree.recorded.timestamp() if tree else None,
        "others": {one.id: lives[one.id].is_alive for one in past.open if one.id in lives},
        "paths": paths,
        **stamps.saved(looked_at, root),
    }
    top, now, own = context.project.git_top, context.now, event.session_id or None
    start = prepared.key(root, top, event.source, context.agent.name, attended=attended)
    memory.do(lambda store: store.save_prepared(start, root, own, answer, now), None)


def told(context: HookContext, message: StartMessage) -> list[tuple[str, str, str, str | None]]:
    """Return of each document that is told its path, digest, format, and why it is not taken."""
    left = message.begun.found.left if message.begun else None
    start = debts.reason_of_start(
        context.event.source,
        attended=context.attended,
        takes=context.agent.takes,
    )
    rows = []
    for document in message.documents:
        why = start if document.format == NEXT or start is Reason.UNATTENDED else None
        if left and left.path == document.path and left.reason is Reason.COULD_NOT_MOVE:
            why = left.reason
        path = absolute(context.project.root, document.path)
        rows.append((path, document.digest, document.format, why and why.name))
    return rows


def _named_paths(context: HookContext) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield where the paths may be that the documents name, and whether they are there."""
    project = context.project
    tops = tuple(dict.fromkeys((project.root, project.git_top or project.root)))
    documents = context.documents.documents
    first = [entry.document for entry in candidates(documents, context.view)[:1]] or documents[:1]
    for document in first:
        evidence = context.view.facts.evidence.get(document.path, Evidence())
        for one in () if evidence.is_off_disk else evidence.paths:
            yield tuple(absolute(top, one.path) for top in tops), one.is_there


def holds_until(context: HookContext, recalled: Recalled, news: Iterable[Document]) -> datetime:
    """Return when something becomes old, or a date is no longer a future one (``dates.latest``)."""
    past = recalled.past
    view, now = context.view, context.now
    spans = [RECENT, *([view.max_age] if view.max_age is not None else [])]
    found = [debt.first + debts.MAX_AGE for debt in past.owing]
    for one in (*past.takers, *past.open):
        life = recalled.lives.get(one.id, Life())
        if life.is_alive is None:  # it counts as open for a while
            found.append(last_seen(one, life) + UNKNOWN_FOR)
    committed = view.facts.committed or {}
    for document in (*context.documents.documents, *news):
        if document.status is Status.COMPLETED and document.format == session.NAME:
            continue  # nothing is judged by its dates
        for moment in (
            document.updated, document.created, document.modified, committed.get(document.path)
        ):  # fmt: skip
            if moment is not None:
                found += [moment, *(moment + span for span in spans)]
    return min((moment for moment in found if moment > now), default=now + _A_YEAR)
