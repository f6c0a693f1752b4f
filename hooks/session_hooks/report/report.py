"""Choose what matters at a start, a compaction and an end. No I/O."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from session_hooks.agents.transcript import Command, Edit, Transcript
from session_hooks.documents.formats import session
from session_hooks.documents.header import is_completed
from session_hooks.documents.model import Agent, Document, Scan, Status
from session_hooks.documents.registry import BACKGROUND, HANDED_OVER
from session_hooks.evidence.model import GitFacts, Since, View
from session_hooks.project.project import absolute, relative
from session_hooks.report.ranking import (
    RankedDocument,
    candidates,
    newest_of_all,
    of_formats,
    put_aside,
    rank,
    rank_document,
    recent_of,
)
from session_hooks.util.lazy import Value, pattern

_MOST_JOURNALS = 3
_MOST_WARNED = 3  # each costs a reading
_DAY = timedelta(days=1)
_SLACK = timedelta(minutes=2)  # how much later than its own date a file is up to date with itself
_BLINK = timedelta(seconds=2)
_WRITES = pattern(r"agent-session (?:new|init|pause|resume|done|note|tick|next|agent|close)\b")
_CONSENT = timedelta(minutes=10)  # how long a tool may wait for it


class AgentTask(Value):
    agent: Agent
    document: Document


class Start(Value):
    scan: Scan
    facts: GitFacts
    uses: frozenset[str]
    asks: bool  # whether there is somebody to ask what to resume
    journals: tuple[RankedDocument, ...]
    aside: tuple[RankedDocument, ...]
    lead: RankedDocument | None
    newest: RankedDocument | None  # the last one written, without a lead
    others: tuple[RankedDocument, ...]
    agent: str | None
    tasks: tuple[AgentTask, ...]
    """That agent's open tasks; in the main conversation those of all agents."""
    outcomes: tuple[AgentTask, ...]  # of tasks that were done before it, to an agent
    taken: RankedDocument | None = None
    elsewhere: tuple[RankedDocument, ...] = ()


class Changes(Value):
    entries: tuple[RankedDocument, ...]
    lead: RankedDocument | None


class UnrecordedWork(Value):
    document: Document
    edited: tuple[str, ...] = ()  # files, after it was last written
    own_date: datetime | None = None  # the file's own newest, where it was written well after that
    since: Since | None = None
    changed: tuple[str, ...] = ()  # other files, not committed; newest first


class Compaction(Value):
    lead: RankedDocument
    unrecorded: tuple[UnrecordedWork, ...] = ()
    asks: bool = False  # whether there is somebody who wants it brought up to date
    modified: tuple[RankedDocument, ...] = ()
    not_reached: int = 0
    begun_with: RankedDocument | None = None  # a handoff that the conversation was told first


class End(Value):
    touched: tuple[RankedDocument, ...]
    untouched: tuple[RankedDocument, ...]
    completed: tuple[Document, ...]  # meanwhile
    aside: tuple[RankedDocument, ...]  # done or orphaned
    unrecorded: tuple[UnrecordedWork, ...]
    not_reached: int
    beginning_known: bool  # else ``touched`` means within a day
    is_idle: bool  # nothing was done
    is_settled: bool  # nothing is left to be gone through
    handoff: Document | None = None  # written meanwhile
    left: Document | None = None  # what it began with, where nothing says what is left of that


def at_start(
    scan: Scan,
    view: View,
    *,
    agent_type: str | None,
    asks: bool,
    uses: frozenset[str],
    others: frozenset[str] = frozenset(),
    taken: Document | None = None,
) -> Start:
    """Report on a start (003, "SessionStart Hook" and "PM Start Protocol").

    ``others`` are the documents that another open conversation writes, which come last; ``taken``
    is what this one took, which is quoted and so in no list.
    """
    ranked = _resumable(scan, view)
    ranked.sort(key=lambda entry: entry.document.path in others)
    every = [AgentTask(one, entry.document) for entry in ranked for one in entry.document.agents]
    own = [task for task in every if agent_type and _is_same(task.agent.name, agent_type)]
    tasks = [task for task in own or every if not is_completed(task.agent)]
    if own:
        in_hand = {task.document.path for task in tasks}
        ranked.sort(key=lambda entry: entry.document.path not in in_hand)
    lead = ranked[0] if ranked else None
    done = [task for task in every if own and lead and task.document == lead.document]
    recent = recent_of(scan.documents, BACKGROUND, view)
    journals = [one for one in recent if lead is None or one.document != lead.document]
    listed = (entry for entry in ranked[1:] if entry.document.format not in BACKGROUND)
    quoted = taken.path if taken else None
    aside = put_aside(scan.documents, view)
    return Start(
        scan,
        view.facts,
        uses | {document.format for document in scan.documents},
        asks and not own,
        tuple(journals[:_MOST_JOURNALS]),
        tuple(entry for entry in aside if entry.document.path != quoted),
        lead,
        newest_of_all(scan.documents, view) if lead is None else None,
        tuple(one for one in listed if one.is_active and one.document.path != quoted),
        agent_type if own else None,
        tuple(tasks),
        tuple(task for task in done if is_completed(task.agent) and task.agent.summary),
        rank_document(taken, view) if taken else None,
    )


def open_tasks(scan: Scan, view: View, agent: str) -> tuple[AgentTask, ...]:
    """Return the open tasks that session files name an agent for."""
    return tuple(
        AgentTask(one, entry.document)
        for entry in _resumable(scan, view)
        for one in entry.document.agents
        if _is_same(one.name, agent) and not is_completed(one)
    )


def at_resume(
    scan: Scan,
    view: View,
    transcript: Transcript,
    root: str,
    *,
    delivered: Mapping[str, str],
    since: datetime | None,
) -> Changes | None:
    """Report what changed while a conversation slept and it didn't write; None for nothing.

    ``delivered`` are the digests of what it was told, by path; for others counts ``since``, when it
    was last written to.
    """

    def is_news(document: Document) -> bool:
        if document.path in delivered:
            return document.digest != delivered[document.path]
        # A time in the future would be newer at every resume.
        return since is not None and since < document.modified <= view.now

    documents = [
        document
        for document in scan.documents
        if is_news(document) and not _wrote_itself(document, transcript, root)
    ]
    if not documents:
        return None
    documents.sort(key=lambda document: document.modified, reverse=True)
    entries = tuple(rank_document(document, view) for document in documents)
    return Changes(entries, next(iter(candidates(documents, view)), None))


def at_compaction(
    scan: Scan, view: View, transcript: Transcript, root: str, *, asks: bool
) -> Compaction | None:
    """Report on a compaction (003, "PreCompact Hook")."""
    ranked = _in_order_of_work(scan, view, transcript, root)
    if not ranked:
        return None
    lead = ranked[0]
    if lead.document.format != session.NAME:
        return Compaction(lead, not_reached=scan.not_reached)
    recent = [
        entry
        for entry in ranked
        if entry.document.format == session.NAME and _is_recent(entry.document, view, transcript)
    ]
    recent.sort(key=lambda entry: entry.document.modified, reverse=True)
    warned = [lead, *(entry for entry in recent if entry != lead)][:_MOST_WARNED]
    # What was written in its place since is not what it was told.
    left = (
        one
        for one in _resumable(scan, view)
        if one.document.format != session.NAME and not _is_since(one.document, transcript.began)
    )
    begun_with = next((one for one in left if view.told[:1] == (one.document.path,)), None)
    worked_on_here = worked_on(transcript, root, scan)
    edits = _edits(transcript, root, scan)
    found: list[UnrecordedWork] = []
    for entry in warned:
        # Another file's work is not this conversation's, unless this conversation wrote to it.
        is_its = entry == lead or entry.document.path in (worked_on_here or ())
        found += _unrecorded(entry, edits, view, is_written=entry in recent) if is_its else ()
    return Compaction(lead, tuple(found), asks, tuple(recent), scan.not_reached, begun_with)


def at_end(
    scan: Scan,
    view: View,
    transcript: Transcript,
    root: str,
    *,
    others: frozenset[str] = frozenset(),
    taken: Document | None = None,
) -> End | None:
    """Report on an end (003, "SessionEnd Hook").

    What ``others`` work on is theirs to close; ``taken`` is the handoff that it took, where nothing
    says what is left of that.
    """
    sessions = of_formats(scan.documents, (session.NAME,))
    sessions = tuple(one for one in sessions if one.path not in others)
    ranked = rank(sessions, view)
    active = [entry for entry in ranked if entry.is_active]
    aside = tuple(entry for entry in ranked if entry.judgement.verdict.is_over)
    completed = tuple(
        document
        for document in sessions
        if document.status is Status.COMPLETED and _is_since(document, transcript.began)
    )
    since = transcript.began or view.now - _DAY
    last = last_touched(transcript, root)
    worked_on_here, begun_with = worked_on(transcript, root, scan), view.told[:1]
    in_hand = {*begun_with, *(worked_on_here or ())}
    active.sort(key=lambda entry: entry.document.path not in last)
    written = [entry for entry in active if entry.document.modified >= since]
    touched = tuple(
        one
        for one in ([] if transcript.has_only_talked else written)
        if is_own(one.document.path, begun_with, worked_on_here)
    )
    # What came meanwhile, by a pull or from another agent, is not its to update, nor what was
    # paused before and not taken up again here.
    untouched = tuple(
        entry
        for entry in active
        if entry not in touched
        and (entry not in written or entry.document.path in view.told)
        and (entry.document.status is not Status.PAUSED or entry.document.path in in_hand)
        and (worked_on_here is None or not entry.is_theirs or entry.document.path in worked_on_here)
    )
    handoff = next(
        (
            one
            for one in of_formats(scan.documents, HANDED_OVER)
            if one.modified >= since and one.path in (worked_on_here or ())
        ),
        None,
    )
    left = None if handoff or transcript.has_only_talked else taken
    if not (touched or untouched or completed or aside or left):
        return None
    edits = _edits(transcript, root, scan)
    # Of several files the work belongs into those that were written, else into the best one.
    belongs_into = touched[:_MOST_WARNED] or untouched[:1]
    unrecorded = tuple(work for entry in belongs_into for work in _unrecorded(entry, edits, view))
    has_work = bool(touched) or _is_work_since(unrecorded, view, since)
    is_idle = transcript.has_only_talked and not has_work
    is_paused = all(entry.document.status is Status.PAUSED for entry in touched)
    is_handed_over = handoff is not None or (is_paused and not untouched and not unrecorded)
    return End(
        touched,
        untouched,
        completed,
        aside,
        unrecorded,
        scan.not_reached,
        transcript.began is not None,
        is_idle=is_idle,
        is_settled=not (aside or completed) and (is_handed_over or is_idle),
        handoff=handoff,
        left=left,
    )


def _is_work_since(unrecorded: Iterable[UnrecordedWork], view: View, since: datetime) -> bool:
    changed = view.facts.tree.changed if view.facts.tree else {}
    return any(
        any(commit.when >= since for commit in (work.since.newest if work.since else ()))
        or any(changed[path] >= since for path in work.changed)
        for work in unrecorded
    )


def last_touched(transcript: Transcript, root: str) -> dict[str, tuple[bool, datetime]]:
    """Return by path whether a conversation wrote a file, or only read it, and when last."""
    last: dict[str, tuple[bool, datetime]] = {}
    for found, wrote in ((transcript.reads, False), (transcript.edits, True)):
        for one in found:
            if path := relative(one.path, root):
                last[path] = max(last.get(path, (False, one.when)), (wrote, one.when))
    return last


def worked_on(transcript: Transcript, root: str, scan: Scan) -> frozenset[str] | None:
    """Return the documents that a conversation's tools touched, or its commands name or make.

    None where its transcript isn't read.
    """
    if transcript.began is None:
        return None
    paths = [one.path for one in scan.documents]
    named = [path for one in transcript.commands for path in _named_in(one, paths)]
    return frozenset((*last_touched(transcript, root), *named, *_written_unnamed(transcript, scan)))


def _named_in(command: Command, paths: Iterable[str]) -> list[str]:
    return [path for path in paths if path.rpartition("/")[2] in command.text]


def _written_unnamed(transcript: Transcript, scan: Scan) -> list[str]:
    """Return what the last ``agent-session note`` or the like wrote that names no document."""
    paths = [one.path for one in scan.documents]
    unnamed = (c for c in transcript.commands if _WRITES.search(c.text) and not _named_in(c, paths))
    when = max((command.when for command in unnamed), default=None)
    written = [d for d in scan.documents if when and _is_written_by(when, d)]
    return [min(written, key=lambda one: one.modified).path] if written else []


def is_own(path: str, told: Collection[str], touched: Collection[str] | None) -> bool:
    """Tell whether a conversation was told a document or touched it; yes where that isn't known."""
    return touched is None or not (told or touched) or path in told or path in touched


def _in_order_of_work(
    scan: Scan, view: View, transcript: Transcript, root: str
) -> Sequence[RankedDocument]:
    """Return what a conversation may work on: what it touched last, then the session files."""
    resumable = _resumable(scan, view)
    last = last_touched(transcript, root)
    touched = [entry for entry in resumable if entry.document.path in last]
    touched.sort(key=lambda entry: last[entry.document.path], reverse=True)
    sessions = rank(of_formats(scan.documents, (session.NAME,)), view)
    untouched = [one for one in sessions if one.is_active and one.document.path not in last]
    # What it was told first is its own, whatever somebody else wrote since.
    told = {path: number for number, path in enumerate(view.told)}
    untouched.sort(key=lambda entry: told.get(entry.document.path, len(told)))
    return [*touched, *untouched] or resumable


def _resumable(scan: Scan, view: View) -> list[RankedDocument]:
    # What doesn't say that work goes on comes last: its text may, in words that aren't known.
    return [entry for entry in candidates(scan.documents, view) if not entry.is_put_aside]


def _wrote_itself(document: Document, transcript: Transcript, root: str) -> bool:
    path = absolute(root, document.path)
    name = document.path.rpartition("/")[2]
    tools = (edit.when for edit in transcript.edits if edit.path == path)
    shell = (command.when for command in transcript.commands if name in command.text)
    return any(_is_written_by(when, document) for when in (*tools, *shell))


def _is_written_by(when: datetime, document: Document) -> bool:
    # The record is written first, and the tool may wait for a person's consent.
    return when - _BLINK <= document.modified <= when + _CONSENT


def _is_recent(document: Document, view: View, transcript: Transcript) -> bool:
    has_own_time = view.facts.has_own_time(document.path)
    within_a_day = has_own_time and document.modified >= view.now - _DAY
    return within_a_day or _is_since(document, transcript.began)


def _is_since(document: Document, moment: datetime | None) -> bool:
    return moment is not None and document.modified >= moment


def _edits(transcript: Transcript, root: str, scan: Scan) -> list[Edit]:
    """Return the edits of files that are no documents, by their paths in the project."""
    documents = {one.path for one in scan.documents}
    inside = [(edit, relative(edit.path, root)) for edit in transcript.edits]
    return [
        edit._replace(path=path)
        for edit, path in inside
        if path and path not in documents and not path.startswith(f"{scan.session_folder}/")
    ]


def _is_same(one: str, other: str) -> bool:
    """Compare agents' names in any case; a plugin's prefix counts only where both have one."""
    one, other = ("-".join(n.casefold().replace("_", " ").split()) for n in (one, other))
    if ":" in one and ":" in other:
        return one == other
    name = one.rpartition(":")[2]
    return name != "" and name == other.rpartition(":")[2]


def _unrecorded(
    entry: RankedDocument, edits: Sequence[Edit], view: View, *, is_written: bool = False
) -> Iterator[UnrecordedWork]:
    """Yield the work that a session file doesn't show yet.

    Where it ``is_written``, its own dates are held against its modification time.
    """
    document, tree = entry.document, view.facts.tree
    edited = dict.fromkeys(edit.path for edit in edits if edit.when > document.modified)
    said = (document.updated, entry.body.newest_log_entry) if is_written else ()
    own_date = max((date for date in said if date), default=None)
    if own_date is not None and document.modified - own_date <= _SLACK:
        own_date = None
    since, changed = None, []
    if tree is not None and not entry.on_other_branch:
        since = entry.evidence.since
        since = since if since and since.number else None
        written = entry.evidence.written
        later = [path for path, when in tree.changed.items() if written and when > written]
        later.sort(key=lambda path: tree.changed[path], reverse=True)
        changed = [path for path in later if not _holds(path, edited)]
    if edited or own_date or since or changed:
        yield UnrecordedWork(document, tuple(edited), own_date, since, tuple(changed))


def _holds(path: str, edited: Iterable[str]) -> bool:
    # A new folder is one changed path, with a slash at its end.
    return any(one == path or (path.endswith("/") and one.startswith(path)) for one in edited)
