"""Choose what matters at a start, a compaction and an end. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from session_hooks.documents.formats import session
from session_hooks.documents.header import parse_status
from session_hooks.documents.model import Agent, Body, Document, Scan, Status
from session_hooks.documents.registry import REVIEWED, read_body
from session_hooks.evidence.model import GitFacts, Since, Tree, View
from session_hooks.memory.model import Edit, Transcript
from session_hooks.project.project import absolute
from session_hooks.report.ranking import (
    Entry,
    candidates,
    entry_of,
    newest_of_all,
    of_formats,
    put_aside,
    rank,
    recent_of,
)
from session_hooks.util.lazy import Value

MOST_JOURNALS = 3
DAY = timedelta(days=1)
_SLACK = timedelta(minutes=2)
"""How much later than its own date a file may be written and still be up to date with itself."""
_BLINK = timedelta(seconds=2)
_CONSENT = timedelta(minutes=10)
MOST_WARNED = 3
"""How many files are looked into for activity that they don't show; each costs a reading."""


class Lead(Value):
    """The best candidate to resume, its body read."""

    entry: Entry
    body: Body


class AgentTask(Value):
    """A task in ``spawned_agents``, and the session file that it stands in."""

    agent: Agent
    document: Document


class Review(Value):
    """What is worth knowing before new work, besides what can be resumed."""

    journals: tuple[Lead, ...]
    """The newest journals (002, "Before Starting New Work")."""
    aside: tuple[Entry, ...]
    """What is named and not quoted: done, orphaned or stale, whatever its status says."""
    uses: frozenset[str]
    """The formats that the project writes down where its work stands in."""


class Beyond(Value):
    """A document in another worktree or on another branch."""

    ref: str
    entry: Entry


class Hint(Value):
    """A conversation begins, and there is nothing to start from."""

    scan: Scan
    review: Review
    asks: bool
    newest: Lead | None = None
    """The document that was written last, where none is active; None where there is none."""
    beyond: tuple[Beyond, ...] = ()
    """What could be gone on with elsewhere, the newest first."""


class Overview(Value):
    """A conversation begins, and there is work to resume."""

    scan: Scan
    review: Review
    facts: GitFacts
    lead: Lead
    others: tuple[Entry, ...]
    agent: str | None
    """The agent that the conversation runs as, where a session file names it; else None."""
    tasks: tuple[AgentTask, ...]
    """The open tasks of that agent; in the main conversation those of all agents."""
    outcomes: tuple[AgentTask, ...]
    """To an agent: what those came to that were done before it."""
    asks: bool
    """Whether there is somebody to ask what to resume."""
    beyond: tuple[Beyond, ...] = ()
    """What could be gone on with elsewhere, the newest first."""


class Before(Value):
    """What a conversation that goes on knows already."""

    told: Mapping[str, str]
    """By path: the digest of the text that it was told."""
    since: datetime | None
    """When it was last written to, which counts for all other documents; None if unknown."""


class Changes(Value):
    """A conversation goes on, and these documents changed while it slept, newest first."""

    entries: tuple[Entry, ...]
    lead: Lead | None
    """The best active one of them."""


class Restore(Value):
    """A conversation was compacted: what has to be in it again."""

    lead: Lead
    pending: "Pending | None"
    asks: bool
    """Whether there is somebody who wants the file brought up to date."""


class Pending(Value):
    """Activity that a session file doesn't show yet."""

    document: Document
    edited: tuple[str, ...] = ()
    """Files that this conversation edited after the session file was last written."""
    own_date: datetime | None = None
    """The file's own newest date, where it was written well after that; else None."""
    since: Since | None = None
    """The commits since then; None for none, or where git doesn't tell."""
    changed: tuple[str, ...] = ()
    """Other files that are changed and not committed, and were written since; newest first."""


class Compaction(Value):
    """A conversation is about to be compacted."""

    lead: Lead
    modified: tuple[Entry, ...]
    """Active documents that were written lately, newest first."""
    pending: tuple[Pending, ...]
    not_reached: int
    asks: bool
    """Whether there is somebody who wants the file brought up to date."""


class End(Value):
    """A conversation ended."""

    touched: tuple[Entry, ...]
    untouched: tuple[Entry, ...]
    completed: tuple[Document, ...]
    """The session files that were marked completed meanwhile."""
    aside: tuple[Entry, ...]
    """Session files that are done or orphaned, whatever their status says."""
    pending: tuple[Pending, ...]
    """What those that the work belongs into don't show yet."""
    not_reached: int
    beginning_known: bool
    """Whether they were touched since the conversation began, or else within a day."""

    @property
    def active(self) -> int:
        """How many session files are active."""
        return len(self.touched) + len(self.untouched)


def at_start(
    scan: Scan,
    view: View,
    *,
    agent_type: str | None,
    asks: bool,
    uses: frozenset[str],
    others: frozenset[str] = frozenset(),
) -> Overview | Hint:
    """Report on a conversation that begins (003, "SessionStart Hook" and "PM Start Protocol").

    ``uses`` are the formats that the project says it uses, whether documents are there or not;
    ``others`` the documents that another open conversation writes, which come last.
    """
    ranked = _to_start_from(scan, view, others)
    agent = agent_type if agent_type and _tasks_of(ranked, agent_type) else None
    tasks = open_tasks(ranked, agent)
    if agent:
        in_hand = {task.document.path for task in tasks}
        ranked.sort(key=lambda entry: entry.document.path not in in_hand)
    lead = _lead(ranked[0]) if ranked else None
    recent = recent_of(scan.documents, REVIEWED, view)
    journals = [one for one in recent if lead is None or one.document != lead.entry.document]
    review = Review(
        journals=tuple(_lead(entry) for entry in journals[:MOST_JOURNALS]),
        aside=put_aside(scan.documents, view),
        uses=uses | {document.format for document in scan.documents},
    )
    if lead is None:
        newest = newest_of_all(scan.documents, view)
        return Hint(scan, review, asks, _lead(newest) if newest else None)
    listed = (entry for entry in ranked[1:] if entry.document.format not in REVIEWED)
    return Overview(
        scan,
        review,
        view.facts,
        lead=lead,
        others=tuple(entry for entry in listed if entry.is_active),
        agent=agent,
        tasks=tasks,
        outcomes=_outcomes(lead.entry.document) if agent else (),
        asks=asks and agent is None,
    )


def _to_start_from(scan: Scan, view: View, others: frozenset[str] = frozenset()) -> list[Entry]:
    """Return what a conversation can start from, the best first.

    What doesn't say that work goes on is the last resort: its text may, in words that aren't known.
    """
    young = [entry for entry in candidates(scan.documents, view) if not entry.rests]
    return sorted(young, key=lambda entry: entry.document.path in others)


def _young(scan: Scan, view: View) -> tuple[Entry, ...]:
    ranked = rank(_sessions(scan), view)
    return tuple(entry for entry in ranked if entry.is_active)


def _sessions(scan: Scan) -> tuple[Document, ...]:
    return of_formats(scan.documents, (session.NAME,))


def at_resume(
    scan: Scan, view: View, before: Before, transcript: Transcript, root: str
) -> Changes | None:
    """Report on a conversation that goes on: what changed since it was told; None where nothing.

    What it wrote itself it knows.
    """
    documents = [
        document
        for document in scan.documents
        if _is_news(document, before, view.now) and not _wrote_itself(document, transcript, root)
    ]
    entries = [entry_of(document, view) for document in documents]
    if not entries:
        return None
    ranked = candidates(documents, view)
    newest_first = sorted(entries, key=lambda entry: entry.document.modified, reverse=True)
    return Changes(tuple(newest_first), _lead(ranked[0]) if ranked else None)


def _is_news(document: Document, before: Before, now: datetime) -> bool:
    if (told := before.told.get(document.path)) is not None:
        return document.digest != told
    # A time in the future would be newer at every resume.
    return before.since is not None and before.since < document.modified <= now


def _wrote_itself(document: Document, transcript: Transcript, root: str) -> bool:
    """Tell whether a conversation wrote a document's last change.

    By one of its tools, or by a shell command that names the file, shortly before that change:
    the record is written first, and the tool may wait for a person's consent.
    """
    path = absolute(root, document.path)
    name = document.path.rpartition("/")[2]
    tools = (edit.when for edit in transcript.edits if edit.path == path)
    shell = (command.when for command in transcript.commands if name in command.text)
    return any(when - _BLINK <= document.modified <= when + _CONSENT for when in (*tools, *shell))


def after_compaction(
    scan: Scan, view: View, transcript: Transcript, root: str, *, asks: bool
) -> Restore | None:
    """Report on a conversation that was compacted; None where nothing is active."""
    ranked = _in_order_of_work(scan, view, transcript, root)
    if not ranked or ranked[0].document.format != session.NAME:
        return Restore(_lead(ranked[0]), None, asks=False) if ranked else None
    edits = _work(transcript, root, scan.session_folder)
    return Restore(_lead(ranked[0]), _unshown(ranked[0], view, transcript, edits), asks)


def before_compaction(
    scan: Scan, view: View, transcript: Transcript, root: str, *, asks: bool
) -> Compaction | None:
    """Report on a conversation about to be compacted (003, "PreCompact Hook")."""
    ranked = _in_order_of_work(scan, view, transcript, root)
    if not ranked or ranked[0].document.format != session.NAME:
        not_reached = scan.not_reached
        return Compaction(_lead(ranked[0]), (), (), not_reached, asks=False) if ranked else None
    lead = _lead(ranked[0])
    ranked = [entry for entry in ranked if entry.document.format == session.NAME]
    recent = [e for e in ranked if _is_recent(e.document, view, transcript)]
    recent.sort(key=lambda entry: entry.document.modified, reverse=True)
    warned = [lead.entry, *(entry for entry in recent if entry != lead.entry)][:MOST_WARNED]
    edits = _work(transcript, root, scan.session_folder)
    found = []
    for entry in warned:
        # Another file's work is not this conversation's, unless this conversation wrote to it.
        is_own = entry == lead.entry or _is_since(entry.document, transcript.began)
        found.append(_unshown(entry, view, transcript, edits if is_own else None))
    unshown = tuple(item for item in found if item)
    return Compaction(lead, tuple(recent), unshown, scan.not_reached, asks)


def _unshown(
    entry: Entry, view: View, transcript: Transcript, edits: Sequence[Edit] | None
) -> Pending | None:
    """Return what a session file doesn't show yet; of the work only where ``edits`` are its own."""
    body = read_body(entry.document) if _is_recent(entry.document, view, transcript) else None
    return pending(entry, body, edits or (), None if edits is None else view.facts.tree)


def _in_order_of_work(scan: Scan, view: View, transcript: Transcript, root: str) -> Sequence[Entry]:
    """Return what a conversation may be working on, the likeliest first.

    That is what it wrote or read last; else the session files; else what else it could start from.
    """
    young = _to_start_from(scan, view)
    last = last_touched(transcript, root)
    touched = [entry for entry in young if entry.document.path in last]
    touched.sort(key=lambda entry: last[entry.document.path], reverse=True)
    sessions = [entry for entry in _young(scan, view) if entry.document.path not in last]
    return [*touched, *sessions] or young


def last_touched(transcript: Transcript, root: str) -> dict[str, tuple[bool, datetime]]:
    """Return when a conversation last wrote or read files, by path in the project.

    What it wrote is greater than what it only read.
    """
    last: dict[str, tuple[bool, datetime]] = {}
    for found, wrote in ((transcript.reads, False), (transcript.edits, True)):
        for one in found:
            if path := _relative(one.path, root):
                last[path] = max(last.get(path, (False, one.when)), (wrote, one.when))
    return last


def _is_recent(document: Document, view: View, transcript: Transcript) -> bool:
    """Tell whether somebody wrote a document during the conversation, or within a day."""
    has_own_time = view.facts.has_own_time(document.path)
    within_a_day = has_own_time and document.modified >= view.now - DAY
    return within_a_day or _is_since(document, transcript.began)


def _is_since(document: Document, moment: datetime | None) -> bool:
    return moment is not None and document.modified >= moment


def at_end(
    scan: Scan,
    view: View,
    transcript: Transcript,
    root: str,
    others: frozenset[str] = frozenset(),
) -> End | None:
    """Report on a conversation that ended (003, "SessionEnd Hook"); None: there is nothing to do.

    ``others`` are the session files that other open conversations work on: theirs to close.
    """
    ranked = tuple(entry for entry in _young(scan, view) if entry.document.path not in others)
    since = transcript.began or view.now - DAY
    completed = tuple(
        document
        for document in _sessions(scan)
        if document.status is Status.COMPLETED
        and _is_since(document, transcript.began)
        and document.path not in others
    )
    aside = tuple(
        entry
        for entry in rank(_sessions(scan), view)
        if entry.judgement.verdict.is_over and entry.document.path not in others
    )
    if not ranked and not completed and not aside:
        return None
    last = last_touched(transcript, root)
    ranked = tuple(sorted(ranked, key=lambda entry: entry.document.path not in last))
    touched = tuple(entry for entry in ranked if entry.document.modified >= since)
    untouched = tuple(entry for entry in ranked if entry.document.modified < since)
    edits = _work(transcript, root, scan.session_folder)
    # Of several files the work belongs into those that were written, else into the best one.
    in_hand = touched[:MOST_WARNED] or untouched[:1]
    found = [pending(entry, None, edits, view.facts.tree) for entry in in_hand]
    return End(
        touched,
        untouched,
        completed,
        aside,
        tuple(item for item in found if item),
        scan.not_reached,
        transcript.began is not None,
    )


def open_tasks(ranked: Sequence[Entry], agent: str | None) -> tuple[AgentTask, ...]:
    """Return the tasks in ``spawned_agents`` that aren't completed: an agent's, or all of them."""
    found = _tasks_of(ranked, agent)
    return tuple(task for task in found if not _is_completed(task.agent))


def _tasks_of(ranked: Sequence[Entry], agent: str | None) -> tuple[AgentTask, ...]:
    return tuple(
        AgentTask(one, entry.document)
        for entry in ranked
        for one in entry.document.agents
        if agent is None or _is_same_agent(one.name, agent)
    )


def _outcomes(document: Document) -> tuple[AgentTask, ...]:
    done = (agent for agent in document.agents if _is_completed(agent) and agent.summary)
    return tuple(AgentTask(agent, document) for agent in done)


def _is_completed(agent: Agent) -> bool:
    return parse_status(agent.status) is Status.COMPLETED


def _is_same_agent(one: str, other: str) -> bool:
    """Compare agents' names in any case; a plugin's prefix counts only where both have one."""
    one, other = ("-".join(n.casefold().replace("_", " ").split()) for n in (one, other))
    if ":" in one and ":" in other:
        return one == other
    name = one.rpartition(":")[2]
    return name != "" and name == other.rpartition(":")[2]


def pending(
    entry: Entry, body: Body | None, edits: Sequence[Edit], tree: Tree | None
) -> Pending | None:
    """Return the activity that a session file doesn't show yet, or None.

    ``edits`` are the conversation's own, paths relative to the project; ``tree`` is what is
    changed in the working tree, None where that is not this file's. ``body`` is given where the
    file's modification time means somebody's writing, for its own dates to be held against it.
    """
    document = entry.document
    edited = dict.fromkeys(edit.path for edit in edits if edit.when > document.modified)
    said = (document.updated, body.newest_log_entry) if body else ()
    own_date = max((date for date in said if date), default=None)
    written_later = own_date is not None and document.modified - own_date > _SLACK
    is_here = tree is not None and not entry.on_other_branch
    since = entry.evidence.since if is_here else None
    changed = [path for path in _changed_since(entry, tree) if not _holds(path, edited)]
    has_commits = since is not None and since.number > 0
    if not edited and not written_later and not has_commits and not changed:
        return None
    return Pending(
        document,
        tuple(edited),
        own_date if written_later else None,
        since if has_commits else None,
        tuple(changed) if is_here else (),
    )


def _holds(path: str, edited: Iterable[str]) -> bool:
    """Tell whether a changed file, or a new folder, is or holds one of the edited ones."""
    return any(one == path or (path.endswith("/") and one.startswith(path)) for one in edited)


def _changed_since(entry: Entry, tree: Tree | None) -> list[str]:
    written = entry.evidence.written
    if tree is None or written is None:
        return []
    later = {path: when for path, when in tree.changed.items() if when > written}
    return sorted(later, key=lambda path: later[path], reverse=True)


def _work(transcript: Transcript, root: str, session_folder: str) -> list[Edit]:
    """Return a conversation's edits in the project; of a session file, it is none of the work."""
    inside = [(edit, _relative(edit.path, root)) for edit in transcript.edits]
    return [
        edit._replace(path=path)
        for edit, path in inside
        if path and not path.startswith(f"{session_folder}/")
    ]


def _relative(path: str, root: str) -> str | None:
    """Return a path relative to the project, or None for one outside it."""
    path, root = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/") + "/"
    return path.removeprefix(root) if path.startswith(root) else None


def _lead(entry: Entry) -> Lead:
    return Lead(entry, read_body(entry.document))
