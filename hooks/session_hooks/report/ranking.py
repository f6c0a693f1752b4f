"""Rank documents by what survives of their claims. No I/O."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from session_hooks.documents.formats import session
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import BACKGROUND, HANDED_OVER, LEFT_BEHIND, NEWEST, read_body
from session_hooks.evidence.history import branch_name
from session_hooks.evidence.model import Elsewhere, Evidence, GitFacts, Judge, View
from session_hooks.report.verdict import (
    Judgement,
    Verdict,
    activity,
    is_old,
    judge,
    shown_activity,
    written,
)
from session_hooks.util import dates
from session_hooks.util.lazy import Value

RECENT = timedelta(days=7)  # how long what was handed over outlives its branch
_ONE_HANDOFF = timedelta(minutes=15)  # what is written so soon after it belongs to the same end
_MOST_READ = 10  # of the session files without a status, for what they call next
_RANK = {Status.IN_PROGRESS: 0, Status.UNKNOWN: 1, Status.PAUSED: 2}


class RankedDocument(Value):
    document: Document
    activity: datetime
    on_branch: bool
    on_other_branch: bool
    judgement: Judgement
    evidence: Evidence
    is_put_aside: bool  # done, orphaned or stale
    goes_on: bool = True  # by its status, or by what it calls next
    ref: str = ""  # the worktree or branch, where it is another one

    @property
    def is_theirs(self) -> bool:
        """Whether somebody else wrote it last."""
        return self.evidence.changed_by is not None

    @property
    def is_active(self) -> bool:
        return self.goes_on and not self.is_put_aside

    @property
    def body(self) -> Body:
        return read_body(self.document)


def candidates(documents: Iterable[Document], view: View) -> tuple[RankedDocument, ...]:
    """Return what a conversation could start from, the best first.

    What was left behind leads where nothing is newer (000, 004), or, as long as nobody took it,
    nothing that names this branch; of handoffs counts the newest, one for this branch before others
    (001); of journals the newest (002).
    """
    # First of all: of ten thousand nearly all are completed.
    documents = [document for document in documents if document.status is not Status.COMPLETED]
    sessions = rank(of_formats(documents, (session.NAME,)), view)
    left = recent_of(documents, LEFT_BEHIND, view)
    handoffs = [recent for form in NEWEST if (recent := recent_of(documents, (form,), view))]
    newest_ones = [next((e for e in recent if e.on_branch), recent[0]) for recent in handoffs]
    journals = recent_of(documents, BACKGROUND, view)
    found = [_with_next_action(entry) for entry in (*left, *newest_ones, *journals[:1])]
    ranked = sorted([*sessions, *found], key=_place)
    others = [entry for entry in ranked if entry.document.format not in LEFT_BEHIND + BACKGROUND]
    if left and not any(_is_newer(entry, left[0], view) for entry in others):
        first = next(entry for entry in ranked if entry.document == left[0].document)
        ranked.remove(first)
        ranked.insert(0, first)
    return tuple(ranked)


def _is_newer(entry: RankedDocument, left: RankedDocument, view: View) -> bool:
    """Tell whether work went on in a document since another one was left for the next start."""
    is_new = view.now - left.activity <= RECENT
    is_unread = is_new and view.facts.is_tracked(left.document.path) is False
    is_later = entry.activity > left.activity + _ONE_HANDOFF
    # A pull brings later ones, too.
    is_ours = entry.on_branch or view.facts.has_own_time(entry.document.path)
    return is_later and (is_ours or not is_unread)


def rank(documents: Iterable[Document], view: View) -> tuple[RankedDocument, ...]:
    found = [rank_document(one, view) for one in documents if one.status is not Status.COMPLETED]
    entries = [entry for entry in found if not _is_silent(entry.document)]
    silent = [entry for entry in found if _is_silent(entry.document)]
    silent.sort(key=lambda one: (one.is_put_aside, -one.activity.timestamp(), one.document.path))
    entries += [_with_next_action(entry) for entry in silent[:_MOST_READ]]
    entries += [entry._replace(goes_on=False) for entry in silent[_MOST_READ:]]
    return tuple(sorted(entries, key=_place))


def rank_document(document: Document, view: View) -> RankedDocument:
    on_branch = _is_on_branch(document, view)
    judgement = judge(document, view)
    return RankedDocument(
        document,
        activity(document, view),
        on_branch,
        on_other_branch=bool(document.branch and view.facts.branch) and not on_branch,
        judgement=judgement,
        evidence=view.evidence(document),
        is_put_aside=_is_put_aside(document, view, judgement.verdict),
    )


def put_aside(documents: Iterable[Document], view: View) -> tuple[RankedDocument, ...]:
    """Return what its own word or its place calls active, and the evidence does not."""
    documents = tuple(documents)
    sessions = rank(of_formats(documents, (session.NAME,)), view)
    claiming = [entry for entry in sessions if not _is_silent(entry.document)]
    left = [*of_formats(documents, LEFT_BEHIND)]
    for form in NEWEST:
        left += sorted(of_formats(documents, (form,)), key=lambda one: activity(one, view))[-1:]
    entries = [rank_document(one, view) for one in left]
    entries.sort(key=lambda entry: entry.activity, reverse=True)
    return tuple(entry for entry in (*claiming, *entries) if entry.is_put_aside)


def newest_of_all(documents: Iterable[Document], view: View) -> RankedDocument | None:
    documents = tuple(documents)
    completed = [document for document in documents if document.status is Status.COMPLETED]
    found = [document for document in documents if document.status is not Status.COMPLETED]
    # Of thousands one. Where a clone gave all of them one time, the date in its name counts.
    found += sorted(completed, key=lambda one: (one.modified, one.path))[-1:]
    newest = max(found, key=lambda one: (activity(one, view), one.path), default=None)
    return None if newest is None else _with_next_action(rank_document(newest, view))


def recent_of(
    documents: Iterable[Document], formats: tuple[str, ...], view: View
) -> tuple[RankedDocument, ...]:
    entries = [rank_document(document, view) for document in of_formats(documents, formats)]
    recent = [entry for entry in entries if not entry.is_put_aside]
    return tuple(sorted(recent, key=lambda entry: entry.activity, reverse=True))


def meant(active: Sequence[RankedDocument]) -> Sequence[RankedDocument]:
    """Return the ones that a command may mean where none is named: that of the branch, or all."""
    on_branch = [entry for entry in active if entry.on_branch]
    return on_branch if len(on_branch) == 1 else active


def of_formats(documents: Iterable[Document], formats: tuple[str, ...]) -> tuple[Document, ...]:
    return tuple(document for document in documents if document.format in formats)


def reasons(document: Document, view: View) -> tuple[str, ...]:
    said = []
    if document.status is not Status.UNKNOWN:
        said.append(str(document.status.value))
    elif document.status_word is not None and document.format == session.NAME:
        said.append("a status that nobody specified")
    if _is_on_branch(document, view):
        said.append("names this branch")
    elif document.branch and view.facts.branch:
        said.append("names another branch")
    now = view.now.timestamp()
    return (*(dates.fill(reason, now) for reason in judge(document, view).all_said), *said)


def why_ahead(entry: RankedDocument, other: RankedDocument) -> str:
    ours, theirs = _place(entry), _place(other)
    if ours > theirs:
        return "was left for the next conversation"
    has_branch = not _lost_its_branch(entry) and _lost_its_branch(other)
    is_open = entry.document.status is Status.IN_PROGRESS
    words = (
        "is not put aside",
        "says that work goes on",
        "is no journal",
        "still has its branch" if has_branch else "is in progress" if is_open else "isn't paused",
        "names this branch" if entry.on_branch else "names no other branch",
        "was worked on later",
        "comes first by its path",
    )
    return next(said for said, one, two in zip(words, ours, theirs, strict=True) if one != two)


def rank_elsewhere(found: Elsewhere, view: View) -> RankedDocument:
    entry = rank_document(found.document, view_elsewhere(found, view))
    return _with_next_action(entry)._replace(ref=found.ref)


def is_active_elsewhere(found: Elsewhere, view: View) -> bool:
    is_closed = found.document.status is Status.COMPLETED
    return not is_closed and rank_elsewhere(found, view).is_active


def view_elsewhere(found: Elsewhere, view: View) -> View:
    # A checkout of that worktree set the times of its files: they are no more than a commit's.
    document = found.document
    facts = GitFacts(
        branch=view.facts.branch,
        changed=frozenset(),
        committed={document.path: document.modified},
        evidence={
            document.path: Evidence(
                dates.latest([document.updated, document.modified], view.now),
                branch=view.facts.branches.get(branch_name(document.branch) or ""),
                unknown="not checked out here",
            )
        },
    )
    return view._replace(facts=facts)


def order(documents: Iterable[Document], view: View) -> tuple[Document, ...]:
    documents = tuple(documents)
    first = [entry.document for entry in candidates(documents, view)]
    paths = {document.path for document in first}
    return (*first, *(document for document in documents if document.path not in paths))


def _place(entry: RankedDocument) -> tuple[bool, bool, bool, int, int, float, str]:
    status = _RANK.get(entry.document.status, 1)
    branch = 0 if entry.on_branch else 2 if entry.on_other_branch else 1
    if _lost_its_branch(entry):  # as after a squash on the server: perhaps it is done
        status = len(_RANK)
    is_journal = entry.document.format in BACKGROUND
    return (
        entry.is_put_aside,
        not entry.goes_on,
        is_journal,
        status,
        branch,
        -entry.activity.timestamp(),
        entry.document.path,
    )


def _lost_its_branch(entry: RankedDocument) -> bool:
    branch = entry.evidence.branch
    return branch is not None and not branch.exists and branch.was_here


def _is_silent(document: Document) -> bool:
    """Tell whether a document says nothing itself of whether work on it goes on."""
    return document.status is Status.UNKNOWN and (
        document.status_word is None or document.format != session.NAME
    )


def _with_next_action(entry: RankedDocument) -> RankedDocument:
    if not _is_silent(entry.document):
        return entry
    return entry._replace(goes_on=entry.body.next_action is not None)


def _is_put_aside(document: Document, view: View, verdict: Verdict) -> bool:
    if verdict is Verdict.STALE:
        if is_old(document, view):
            return True
        since = view.evidence(document).since
        own = since.number - since.by_others if since else 0
        # Not where it is recent and behind only by what others did: a pull after a night.
        is_pulled = own < (view.max_commits or 0) and _is_recent(document, view)
        return not is_pulled and document.path not in view.told
    if verdict is Verdict.DONE and document.format in HANDED_OVER:
        # What comes next outlives the branch that it was written on.
        return not _is_recent(document, view)
    return verdict.is_over


def _is_recent(document: Document, view: View) -> bool:
    shown = shown_activity(document, view)
    return shown is not None and view.now - shown <= RECENT


def _is_on_branch(document: Document, view: View) -> bool:
    named = (branch_name(document.branch) or "").removeprefix("origin/")
    return view.facts.branch is not None and named == view.facts.branch


JUDGE = Judge(
    order,
    written,
    lambda document, view: judge(document, view).verdict is Verdict.DONE,
    is_active_elsewhere,
)
