"""Compute what a conversation owes, and why a document is left for another. No I/O."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.documents.formats import session
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Document, Scan, Status
from session_hooks.documents.registry import HANDED_OVER
from session_hooks.evidence.history import is_work
from session_hooks.evidence.model import Commit, View, Work
from session_hooks.memory.conversations import Life, Neighbour, is_open
from session_hooks.memory.model import DIED, Archived, Conversation, Debt, DebtKind, Past
from session_hooks.project.hooks import BEGINNINGS
from session_hooks.project.project import CONFIG
from session_hooks.report.ranking import of_formats, rank, recent_of
from session_hooks.report.report import is_own
from session_hooks.report.verdict import is_old
from session_hooks.util.lazy import Value

MAX_AGE = timedelta(days=14)
_HANDOFFS = (session.NAME, *HANDED_OVER)  # that say where the work stands
_SLACK = timedelta(minutes=2)  # what is so much later than an update still belongs to it
_FEW_FILES = 3  # so many are no substantial work yet


class Span(Value):
    conversation: Conversation
    until: datetime
    branch: str | None
    work: Work
    delivered: tuple[str, ...] = ()  # what it was told, what led first, relative to the project
    places: tuple[str, ...] = ()  # what tells of the work, and is none of it
    taken: Document | None = None  # the handoff that it took, where nothing says what is left of it

    @property
    def began(self) -> datetime:
        return self.conversation.resumed


class TakenDocument(Value):
    document: Document
    copy: str  # absolute
    near: str  # relative to the project where it lies in it
    is_again: bool  # another conversation took it before, and didn't read it


class Reason(Enum):
    """Why a ``NEXT_SESSION.md`` is left where it lies."""

    # Of the document, by ``reason_to_leave``: no conversation takes it.
    PUT_ASIDE = "what is put aside is not told, so nobody reads it"
    NEVER_TAKEN = f'[next_session] consume is "never" in {CONFIG}'
    NOT_THE_NEWEST = "a start takes the newest"
    TRACKED = "git tracks it"
    NOT_KNOWN_IF_TRACKED = "git doesn't tell whether it tracks it"
    # Of a conversation that was told it, by ``reason_of_start``: another one may take it.
    UNATTENDED = "which nobody attended"
    RESUMED = "which went on, and takes nothing"
    FORKED = "which went on as a fork, and takes nothing"
    COMPACTED = "which was compacted, and takes nothing"
    CLEARED = "which began with /clear: there nobody is shown what becomes of it"
    OTHER_AGENT = "whose agent doesn't tell whether somebody read it"
    # Seen where it is tried: by ``events.conversation``, and by ``cli.explain`` for a link.
    COULD_NOT_MOVE = "which could not move it away"
    IS_LINK = "it is a link"

    @property
    def is_for_next(self) -> bool:
        """Whether the next conversation that is started may take it."""
        return self in (Reason.CLEARED, Reason.OTHER_AGENT)


_GO_ON = {"fork": Reason.FORKED, "compact": Reason.COMPACTED}


class LeftDocument(Value):
    path: str
    reason: Reason
    error: str = ""


class OpenDebt(Value):
    debt: Debt
    conversation: Conversation | None
    title: str | None
    is_last: bool
    steps: tuple[str, ...] = ()  # of the handoff that it had begun with, which nothing speaks of


class MemoryReport(Value):
    taken: TakenDocument | None = None
    archive: str = ""  # the folder of their copies
    taken_by_others: tuple[Archived, ...] = ()
    read_before: tuple[Archived, ...] = ()  # by the conversation before /clear
    unread: tuple[Archived, ...] = ()  # by nobody, besides ``taken``
    left: LeftDocument | None = None
    debts: tuple[OpenDebt, ...] = ()
    died: tuple[Conversation, ...] = ()
    open: tuple[Neighbour, ...] = ()


def newest_left(documents: Iterable[Document], view: View) -> Document | None:
    told = recent_of(documents, (NEXT,), view)
    return max((one.document for one in told), key=lambda one: one.modified, default=None)


def reason_to_leave(
    document: Document, documents: Iterable[Document], view: View, *, in_git: bool, consume: str
) -> Reason | None:
    told = [one.document for one in recent_of(documents, (NEXT,), view)]
    if document not in told:
        return Reason.PUT_ASIDE
    if consume == "never":
        return Reason.NEVER_TAKEN
    if document != newest_left(told, view):
        return Reason.NOT_THE_NEWEST
    is_tracked = view.facts.is_tracked(document.path)
    if consume == "always" or not in_git or is_tracked is False:
        return None
    return Reason.TRACKED if is_tracked else Reason.NOT_KNOWN_IF_TRACKED


def reason_of_start(source: str | None, *, attended: bool, takes: bool) -> Reason | None:
    if not attended:
        return Reason.UNATTENDED
    is_begun = source in BEGINNINGS or (source is None and not takes)  # not all tell the source
    if not is_begun:
        return _GO_ON.get(source or "", Reason.RESUMED)
    # The text has to be sure to arrive, and the person to be shown what becomes of the file.
    if not takes:
        return Reason.OTHER_AGENT
    return Reason.CLEARED if source == "clear" else None


def find_debts(
    span: Span,
    scan: Scan,
    view: View,
    *,
    uses: frozenset[str],
    others: frozenset[str] = frozenset(),
    touched: Collection[str] | None = None,
) -> tuple[Debt, ...]:
    """Return what is owed at the end of a span; what ``others`` work on is theirs."""
    span = span._replace(work=_work_within(span))
    one, now = span.conversation, span.until

    def owe(kind: DebtKind, path: str, digest: str, commits: int = 0, files: int = 0) -> Debt:
        return Debt(
            one.project, kind, path, one.id, now, now, digest, span.branch,
            commits, files=files, reason=one.reason,
        )  # fmt: skip

    found = [
        owe(DebtKind.NOT_UPDATED, document.path, document.digest, *counts)
        for document in _in_hand(scan, view, span, others, touched)
        if any(counts := _count_after(document, view, span))
    ]
    begun_with = span.taken.path if span.taken else ""
    is_asked = uses & set(_HANDOFFS) and (begun_with or not found)
    if is_asked and (work := _count_unwritten(span, scan, view)):
        found.append(owe(DebtKind.NO_HANDOFF, begun_with, "", *work))
    found += [
        owe(DebtKind.COMPLETED_LEFT, document.path, document.digest)
        for document in of_formats(scan.documents, (session.NAME,))
        if document.status is Status.COMPLETED and _is_written(document, view, span)
    ]
    return tuple(found)


def paid_debts(
    owing: Iterable[Debt],
    scan: Scan,
    taken: Iterable[Archived],
    view: View,
    branch: str | None,
    *,
    steps: Mapping[str, Sequence[str]] = {},
) -> tuple[Debt, ...]:
    """Return the debts that are paid by now. A file that is gone on another branch pays nothing.

    ``steps`` are by its path those of a handoff that nothing speaks of yet.
    """
    documents = {document.path: document for document in (*scan.documents, *scan.templates)}
    unread = {file.path for file in scan.unread}
    newest_taken = max((item.taken for item in taken), default=None)
    paid = []
    for debt in owing:
        document = documents.get(debt.document)
        how = None
        if view.now - debt.first > MAX_AGE:
            how = "old"
        elif debt.kind is DebtKind.NO_HANDOFF:
            is_taken = newest_taken is not None and newest_taken > debt.owed
            is_told = _has_handoff(scan, view, debt.owed)
            is_said = not steps.get(debt.document) if debt.document else is_told
            how = "written" if is_taken or is_said else None
        elif document is None:
            is_gone = debt.document not in unread and not scan.not_reached
            how = "gone" if is_gone and branch == debt.branch else None
        elif debt.kind is DebtKind.COMPLETED_LEFT:
            how = None if document.status is Status.COMPLETED else "updated"
        elif document.status is Status.COMPLETED:
            how = "closed"
        elif document.digest != debt.digest:
            how = "updated"
        if how:
            paid.append(debt._replace(paid=view.now, how=how))
    return tuple(paid)


def unpaid_debts(owing: Iterable[Debt], paid: Iterable[Debt]) -> list[Debt]:
    done = {(debt.kind, debt.document) for debt in paid}
    return [debt for debt in owing if (debt.kind, debt.document) not in done]


def merge_debts(new: Iterable[Debt], owing: Iterable[Debt]) -> tuple[Debt, ...]:
    before = {(debt.kind, debt.document): debt for debt in owing}
    merged = []
    for debt in new:
        if old := before.get((debt.kind, debt.document)):
            # A conversation that was compacted counts from its beginning again when it ends.
            is_same = debt.conversation == old.conversation
            earlier = old.earlier if is_same else old.earlier + old.commits
            merged.append(debt._replace(first=old.first, earlier=earlier))
        else:
            merged.append(debt)
    return tuple(merged)


def open_debts(
    owing: Iterable[Debt],
    past: Past,
    lives: Mapping[str, Life],
    documents: Iterable[Document],
    now: datetime,
    *,
    steps: Mapping[str, tuple[str, ...]] = {},
) -> tuple[OpenDebt, ...]:
    """Return what earlier conversations owe; one that is open may still pay."""
    by_path = {document.path: document for document in documents}
    by_id = {conversation.id: conversation for conversation in (*past.takers, *past.open)}
    last = past.last.ended if past.last else None
    found = []
    for debt in owing:
        conversation = by_id.get(debt.conversation)
        ended = conversation.ended if conversation else None
        life = lives.get(debt.conversation, Life())
        if conversation and ended is None and is_open(conversation, life, now):
            continue
        document = by_path.get(debt.document)
        is_last = ended is not None and (last is None or ended >= last)
        own = steps.get(debt.document, ()) if debt.kind is DebtKind.NO_HANDOFF else ()
        found.append(OpenDebt(debt, conversation, document and document.title, is_last, own))
    return tuple(sorted(found, key=lambda one: (one.debt.owed, bool(one.steps)), reverse=True))


def last_ended(ended: Iterable[Conversation]) -> Conversation | None:
    found = [one for one in ended if one.had_prompt and one.ended]
    return max(found, key=lambda one: one.ended or one.began, default=None)


def deaths(ended: Iterable[Conversation]) -> tuple[Conversation, ...]:
    return tuple(one for one in ended if one.reason == DIED and one.had_prompt)


def written_by(others: Iterable[Neighbour]) -> frozenset[str]:
    return frozenset(path for one in others if one.is_here for path in one.documents)


def _work_within(span: Span) -> Work:
    """Leave out what happened after the span, and what a branch held that was only checked out."""
    latest, is_same_branch = span.until + _SLACK, span.conversation.branch_at_start == span.branch
    commits = tuple(
        commit
        for commit in span.work.commits
        if commit.when <= latest and (is_same_branch or commit.when >= span.began)
    )
    changed = {path: when for path, when in span.work.changed.items() if when <= latest}
    return Work(commits, changed)


def _in_hand(
    scan: Scan, view: View, span: Span, others: frozenset[str], touched: Collection[str] | None
) -> tuple[Document, ...]:
    """Return the session files that the work in this working tree belongs into.

    Those that were written meanwhile; else the one that was read, or told first, or would be
    resumed here: what names another branch, or another conversation writes, is not this one's, nor
    what came while it was open and was neither told nor touched, where it is known what was.
    """
    ranked = [
        entry
        for entry in rank(of_formats(scan.documents, (session.NAME,)), view)
        if not entry.judgement.verdict.is_over
        and not is_old(entry.document, view)
        and entry.document.path not in others
    ]
    written = [
        entry.document
        for entry in ranked
        if _is_written(entry.document, view, span)
        and is_own(entry.document.path, span.delivered, touched)
    ]
    if written:
        return tuple(written)
    is_known, touched = touched is not None, touched or ()
    mine = [
        entry.document
        for entry in ranked
        if entry.document.path in touched
        or (
            entry.document.status is not Status.PAUSED
            and not entry.on_other_branch
            and not (is_known and entry.is_theirs)
        )
    ]
    told = {path: number for number, path in enumerate(span.delivered)}
    mine.sort(key=lambda one: (one.path not in touched, told.get(one.path, len(told))))
    return tuple(mine[:1])


def _is_written(document: Document, view: View, span: Span) -> bool:
    if any(document.path in commit.paths for commit in _made(span)):
        return True
    # A pull or a checkout sets its time, too.
    return document.modified >= span.began and view.facts.has_own_time(document.path)


def _made(span: Span) -> list[Commit]:
    """Return the commits that were made meanwhile: a pull brings older ones, too."""
    began = span.began.replace(microsecond=0)  # git's own times are in seconds
    return [commit for commit in span.work.commits if commit.when >= began]


def _count_after(document: Document, view: View, span: Span) -> tuple[int, int]:
    # A commit that holds it brought it up to date with those before.
    commits = list(itertools.takewhile(lambda c: document.path not in c.paths, span.work.commits))
    if not _is_written(document, view, span):
        return _count(span, span.began, commits)
    later = document.modified + _SLACK
    return _count(span, later, [commit for commit in commits if commit.when > later])


def _count(span: Span, moment: datetime, commits: Sequence[Commit]) -> tuple[int, int]:
    files = sum(when > moment for when in span.work.changed.values())
    return sum(is_work(commit, span.places) for commit in commits), files


def _count_unwritten(span: Span, scan: Scan, view: View) -> tuple[int, int] | None:
    """Count the same of all work, where nothing says where it stands.

    A session file that was deleted says that nothing is left (003, "Completing a Session"); of one
    small commit the commit says enough (001, "When to Create Handoffs"), but not of the other
    steps of a handoff that was taken.
    """
    made = _made(span)
    commits, files = _count(span, span.began, made)
    if span.taken:
        return (commits, files) if commits or files else None
    there = {document.path for document in (*scan.documents, *scan.templates)}
    gone = {path for commit in made for path in commit.deleted} | {*span.delivered}
    has_closed = any(
        path.startswith(f"{scan.session_folder}/") and path not in there for path in gone
    )
    handoffs = {document.path for document in of_formats(scan.documents, _HANDOFFS)}
    has_committed = any(commit.paths & handoffs for commit in made)
    if has_closed or has_committed or _has_handoff(scan, view, span.began):
        return None
    touched = {path for path, when in span.work.changed.items() if when > span.began}
    touched.update(*(commit.paths for commit in made if is_work(commit, span.places)))
    is_small = commits <= 1 and len(touched) <= _FEW_FILES
    return None if is_small else (commits, files)


def _has_handoff(scan: Scan, view: View, since: datetime) -> bool:
    return any(
        document.modified >= since and view.facts.has_own_time(document.path)
        for document in of_formats(scan.documents, _HANDOFFS)
    )
