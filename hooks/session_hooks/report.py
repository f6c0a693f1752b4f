"""What matters at an event, in order: pure functions from documents and facts to a report.

A report holds no wording and no limits of length; ``render`` turns it into text.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import dates
from session_hooks.document import Agent, Body, Document, Status, Unread
from session_hooks.facts import GitFacts, Scan, Transcript
from session_hooks.formats import handoff, journal, next_session, prompt, read_body, session
from session_hooks.formats.head import parse_status

MAX_AGE = timedelta(days=30)
"""How long a handoff is worth quoting."""
MOST_JOURNALS = 3
_LEFT_BEHIND = (next_session.NAME, prompt.NAME)
RECENT = timedelta(days=7)
"""How long a file counts as active that doesn't say whether it is."""
DAY = timedelta(days=1)
_SLACK = timedelta(minutes=2)
"""How much later than its own date a file may be written and still be up to date with itself."""
MOST_WARNED = 3
"""How many files are looked into for activity that they don't show; each costs a reading."""

_RANK = {Status.IN_PROGRESS: 0, Status.UNKNOWN: 1, Status.PAUSED: 2}


class Entry(NamedTuple):
    """An active document and what its place in the order comes from."""

    document: Document
    activity: datetime
    on_branch: bool
    """Whether it names the branch that is checked out."""
    on_other_branch: bool
    """Whether it names another one."""


class Lead(NamedTuple):
    """The best candidate to resume, its body read."""

    entry: Entry
    body: Body


class AgentTask(NamedTuple):
    """An open task of the agent that the conversation runs as."""

    agent: Agent
    document: Document


class Hint(NamedTuple):
    """There is nothing to start from, but perhaps something to review."""

    unread: tuple[Unread, ...]
    not_reached: int
    journals: tuple["Lead", ...]
    older: tuple[Document, ...]


class Overview(NamedTuple):
    """A conversation begins, and there is work to resume."""

    lead: Lead
    others: tuple[Entry, ...]
    unread: tuple[Unread, ...]
    not_reached: int
    agent: str | None
    """The agent that the conversation runs as, or None for the main one."""
    tasks: tuple[AgentTask, ...]
    journals: tuple[Lead, ...]
    """The newest journals, to review before new work (002, "Before Starting New Work")."""
    older: tuple[Document, ...]
    """Handoffs that are old or have no date: named, not quoted."""
    uses: frozenset[str]
    """The formats that documents here are in."""
    asks: bool
    """Whether there is somebody to ask what to resume."""


class Changes(NamedTuple):
    """A conversation goes on, and these documents changed while it slept, newest first."""

    entries: tuple[Entry, ...]
    lead: Lead | None
    """The best active one of them."""


class Restore(NamedTuple):
    """A conversation was compacted: what has to be in it again."""

    lead: Lead
    pending: "Pending | None"
    asks: bool
    """Whether there is somebody who wants the file brought up to date."""


class Pending(NamedTuple):
    """Activity that a session file doesn't show yet."""

    document: Document
    edited: tuple[str, ...]
    """Files that this conversation edited after the session file was last written."""
    own_date: datetime | None
    """The file's own newest date, where it was written well after that; else None."""


class Compaction(NamedTuple):
    """A conversation is about to be compacted."""

    lead: Lead
    modified: tuple[Entry, ...]
    """Active documents that were written lately, newest first."""
    pending: tuple[Pending, ...]
    not_reached: int
    asks: bool
    """Whether there is somebody who wants the file brought up to date."""


class End(NamedTuple):
    """A conversation ended."""

    touched: tuple[Entry, ...]
    untouched: tuple[Entry, ...]
    not_reached: int
    beginning_known: bool
    """Whether they were touched since the conversation began, or else within a day."""

    @property
    def active(self) -> int:
        """How many session files are active."""
        return len(self.touched) + len(self.untouched)


def is_active(document: Document, now: datetime, facts: GitFacts) -> bool:
    """Tell whether work on a document goes on.

    In progress and paused are; so is a word that nobody specified. A document without any status
    is while something shows that it is recent.
    """
    if document.status in (Status.IN_PROGRESS, Status.PAUSED):
        return True
    if document.status is Status.COMPLETED:
        return False
    if document.status_word is not None:
        return True
    shown = _shown_activity(document, now, facts)
    return shown is not None and now - shown <= RECENT


def activity(document: Document, now: datetime, facts: GitFacts) -> datetime:
    """Return when somebody last worked on a document, as far as its dates and the disk tell."""
    return _shown_activity(document, now, facts) or min(document.modified, now)


def _shown_activity(document: Document, now: datetime, facts: GitFacts) -> datetime | None:
    """Return the newest date that means something; None where there is none.

    Dates in the future are ignored. The modification time counts where the file is not in git or
    changed since; elsewhere a checkout may have set it.
    """
    own = [document.updated, document.created]
    if facts.has_own_time(document.path):
        own.append(document.modified)
    return dates.latest(own, now)


def rank(documents: tuple[Document, ...], now: datetime, facts: GitFacts) -> tuple[Entry, ...]:
    """Return the active documents, the best to resume first.

    In progress before paused; then those that name the current branch, then those that name none;
    then the newest activity.
    """
    entries = [
        _entry(document, now, facts) for document in documents if is_active(document, now, facts)
    ]

    return tuple(sorted(entries, key=_place))


def _entry(document: Document, now: datetime, facts: GitFacts) -> Entry:
    on_branch = _is_on(document, facts)
    names_other = bool(document.branch and facts.branch) and not on_branch
    return Entry(document, activity(document, now, facts), on_branch, names_other)


def _place(entry: Entry) -> tuple[int, int, float, str]:
    branch = 0 if entry.on_branch else 2 if entry.on_other_branch else 1
    age = -entry.activity.timestamp()
    return _RANK.get(entry.document.status, 1), branch, age, entry.document.path


def _is_on(document: Document, facts: GitFacts) -> bool:
    named = (document.branch or "").removeprefix("refs/heads/").removeprefix("origin/")
    return facts.branch is not None and named == facts.branch


def at_start(
    scan: Scan,
    facts: GitFacts,
    now: datetime,
    *,
    agent_type: str | None,
    asks: bool,
    max_age: timedelta | None = MAX_AGE,
) -> Overview | Hint:
    """Report on a conversation that begins (003, "SessionStart Hook" and "PM Start Protocol")."""
    ranked = candidates(scan.documents, now, facts, max_age)
    recent = _recent_of(scan.documents, (journal.NAME,), now, facts, max_age)
    journals = tuple(_lead((entry,)) for entry in recent[:MOST_JOURNALS])
    older = tuple(
        document
        for document in _of(scan.documents, (*_LEFT_BEHIND, handoff.NAME))
        if not _is_young(document, now, facts, max_age)
    )
    if not ranked:
        return Hint(scan.unread, scan.not_reached, journals, older)
    return Overview(
        lead=_lead(ranked),
        others=ranked[1:],
        unread=scan.unread,
        not_reached=scan.not_reached,
        agent=agent_type,
        tasks=open_tasks(ranked, agent_type) if agent_type else (),
        journals=journals,
        older=older,
        uses=frozenset(document.format for document in scan.documents),
        asks=asks and agent_type is None,
    )


def candidates(
    documents: tuple[Document, ...],
    now: datetime,
    facts: GitFacts,
    max_age: timedelta | None = MAX_AGE,
) -> tuple[Entry, ...]:
    """Return what a conversation could start from, of every format, the best first.

    The active session files; what was left behind for the next conversation (000, 004), which
    leads where it is newer than everything else; and the newest handoff for this branch, else
    the newest (001).
    """
    sessions = rank(_of(documents, (session.NAME,)), now, facts)
    left = _recent_of(documents, _LEFT_BEHIND, now, facts, max_age)
    handoffs = _recent_of(documents, (handoff.NAME,), now, facts, max_age)
    mine = [entry for entry in handoffs if entry.on_branch] or list(handoffs)
    ranked = sorted([*sessions, *left, *mine[:1]], key=_place)
    newest = max(ranked, key=lambda entry: entry.activity, default=None)
    if newest is not None and newest.document.format in _LEFT_BEHIND:
        ranked.remove(newest)
        ranked.insert(0, newest)
    return tuple(ranked)


def reasons(document: Document, now: datetime, facts: GitFacts) -> tuple[str, ...]:
    """Say in a few words each why a document stands where it does."""
    said = []
    if document.status is not Status.UNKNOWN:
        said.append(str(document.status.value))
    elif document.status_word is not None:
        said.append("a status that nobody specified")
    if _is_on(document, facts):
        said.append("names this branch")
    elif document.branch:
        said.append("names another branch")
    shown = _shown_activity(document, now, facts)
    if shown is None:
        said.append("no date of its own")
    elif now - shown > MAX_AGE and document.format != session.NAME:
        said.append("older than 30 days")
    return tuple(said)


def _of(documents: tuple[Document, ...], formats: tuple[str, ...]) -> tuple[Document, ...]:
    return tuple(document for document in documents if document.format in formats)


def _recent_of(
    documents: tuple[Document, ...],
    formats: tuple[str, ...],
    now: datetime,
    facts: GitFacts,
    max_age: timedelta | None,
) -> tuple[Entry, ...]:
    """Return the young documents of some formats that don't say they are done, newest first."""
    entries = [
        _entry(document, now, facts)
        for document in _of(documents, formats)
        if _is_young(document, now, facts, max_age) and document.status is not Status.COMPLETED
    ]
    return tuple(sorted(entries, key=lambda entry: entry.activity, reverse=True))


def _is_young(
    document: Document, now: datetime, facts: GitFacts, max_age: timedelta | None
) -> bool:
    shown = _shown_activity(document, now, facts)
    return max_age is None or (shown is not None and now - shown <= max_age)


def at_resume(scan: Scan, facts: GitFacts, now: datetime, since: datetime | None) -> Changes | None:
    """Report on a conversation that goes on: what changed since it was last written.

    None where nothing did, or where it isn't known when that was.
    """
    if since is None:
        return None
    # A time in the future would be newer at every resume.
    documents = [document for document in scan.documents if since < document.modified <= now]
    entries = [_entry(document, now, facts) for document in documents]
    if not entries:
        return None
    ranked = candidates(tuple(documents), now, facts)
    newest_first = sorted(entries, key=lambda entry: entry.document.modified, reverse=True)
    return Changes(tuple(newest_first), _lead(ranked) if ranked else None)


def after_compaction(
    scan: Scan, facts: GitFacts, now: datetime, transcript: Transcript, root: str, *, asks: bool
) -> Restore | None:
    """Report on a conversation that was compacted; None where nothing is active."""
    ranked = rank(_of(scan.documents, (session.NAME,)), now, facts)
    if not ranked:
        return None
    lead = _lead(ranked)
    recent = _is_recent(lead.entry.document, now, facts, transcript)
    found = pending(lead.entry.document, lead.body, transcript, root, recent=recent)
    return Restore(lead, found, asks)


def before_compaction(
    scan: Scan, facts: GitFacts, now: datetime, transcript: Transcript, root: str, *, asks: bool
) -> Compaction | None:
    """Report on a conversation about to be compacted (003, "PreCompact Hook")."""
    ranked = rank(_of(scan.documents, (session.NAME,)), now, facts)
    if not ranked:
        return None
    lead = _lead(ranked)
    recent = [e for e in ranked if _is_recent(e.document, now, facts, transcript)]
    recent.sort(key=lambda entry: entry.document.modified, reverse=True)
    warned = [lead.entry, *(entry for entry in recent if entry != lead.entry)][:MOST_WARNED]
    found = [_pending_of(entry, lead, recent, transcript, root) for entry in warned]
    unshown = tuple(item for item in found if item)
    return Compaction(lead, tuple(recent), unshown, scan.not_reached, asks)


def _pending_of(
    entry: Entry, lead: Lead, recent: list[Entry], transcript: Transcript, root: str
) -> Pending | None:
    document = entry.document
    body = lead.body if entry == lead.entry else read_body(document)
    # Another file's work is not this conversation's, unless this conversation wrote to it.
    is_ours = entry == lead.entry or _is_since(document, transcript.began)
    edits = transcript if is_ours else Transcript()
    return pending(document, body, edits, root, recent=entry in recent)


def _is_recent(document: Document, now: datetime, facts: GitFacts, transcript: Transcript) -> bool:
    """Tell whether somebody wrote a document during the conversation, or within a day."""
    within_a_day = facts.has_own_time(document.path) and document.modified >= now - DAY
    return within_a_day or _is_since(document, transcript.began)


def _is_since(document: Document, moment: datetime | None) -> bool:
    return moment is not None and document.modified >= moment


def at_end(scan: Scan, facts: GitFacts, now: datetime, transcript: Transcript) -> End | None:
    """Report on a conversation that ended (003, "SessionEnd Hook"); None: nothing is active."""
    ranked = rank(_of(scan.documents, (session.NAME,)), now, facts)
    if not ranked:
        return None
    since = transcript.began or now - DAY
    touched = tuple(entry for entry in ranked if entry.document.modified >= since)
    untouched = tuple(entry for entry in ranked if entry.document.modified < since)
    return End(touched, untouched, scan.not_reached, transcript.began is not None)


def open_tasks(ranked: tuple[Entry, ...], agent_type: str) -> tuple[AgentTask, ...]:
    """Return the tasks in ``spawned_agents`` that are the agent's and not completed."""
    return tuple(
        AgentTask(agent, entry.document)
        for entry in ranked
        for agent in entry.document.agents
        if _is_same_agent(agent.name, agent_type)
        and parse_status(agent.status) is not Status.COMPLETED
    )


def _is_same_agent(one: str, other: str) -> bool:
    """Compare agents' names in any case; a plugin's prefix counts only where both have one."""
    one, other = ("-".join(n.casefold().replace("_", " ").split()) for n in (one, other))
    if ":" in one and ":" in other:
        return one == other
    name = one.rpartition(":")[2]
    return name != "" and name == other.rpartition(":")[2]


def pending(
    document: Document, body: Body, transcript: Transcript, root: str, *, recent: bool
) -> Pending | None:
    """Return the activity that a session file doesn't show yet, or None.

    ``recent`` says that its modification time means somebody's writing.
    """
    folders = tuple(f"{folder}/" for folder in session.FOLDERS)
    edited: dict[str, None] = {}  # in order, each once
    for edit in transcript.edits:
        path = _relative(edit.path, root)
        if edit.when > document.modified and path and not path.startswith(folders):
            edited[path] = None
    own_date = max(
        (date for date in (document.updated, body.newest_log_entry) if date), default=None
    )
    written_later = recent and own_date is not None and document.modified - own_date > _SLACK
    if not edited and not written_later:
        return None
    return Pending(document, tuple(edited), own_date if written_later else None)


def _relative(path: str, root: str) -> str | None:
    """Return a path relative to the project, or None for one outside it."""
    path, root = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/") + "/"
    return path.removeprefix(root) if path.startswith(root) else None


def _lead(ranked: tuple[Entry, ...]) -> Lead:
    return Lead(ranked[0], read_body(ranked[0].document))
