"""Which documents a conversation could start from, and in what order. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import dates
from session_hooks.document import Document, Status
from session_hooks.facts import GitFacts
from session_hooks.formats import handoff, next_session, prompt, session

MAX_AGE = timedelta(days=30)
RECENT = timedelta(days=7)
"""How long a file counts as active that doesn't say whether it is."""
LEFT_BEHIND = (next_session.NAME, prompt.NAME)
"""The formats whose documents are left behind for the next conversation."""

_RANK = {Status.IN_PROGRESS: 0, Status.UNKNOWN: 1, Status.PAUSED: 2}


class View(NamedTuple):
    """What documents are judged against: the moment, what git knows, and when a document is old."""

    now: datetime
    facts: GitFacts
    max_age: timedelta | None = MAX_AGE
    """Since its last activity; None for never."""


class Entry(NamedTuple):
    """A document that could be resumed and what its place in the order comes from."""

    document: Document
    activity: datetime
    on_branch: bool
    """Whether it names the branch that is checked out."""
    on_other_branch: bool
    """Whether it names another one."""
    is_old: bool
    """Whether nobody touched it for so long that what it claims is not to be repeated."""


def candidates(documents: Iterable[Document], view: View) -> tuple[Entry, ...]:
    """Return what a conversation could start from, of every format, the best first.

    The active session files; what was left behind for the next conversation (000, 004), which
    leads where it is newer than everything else; and the newest handoff for this branch, else
    the newest (001). Old session files come last, whatever their status says.
    """
    documents = tuple(documents)
    sessions = rank(of_formats(documents, (session.NAME,)), view)
    left = recent_of(documents, LEFT_BEHIND, view)
    handoffs = recent_of(documents, (handoff.NAME,), view)
    mine = [entry for entry in handoffs if entry.on_branch] or list(handoffs)
    ranked = sorted([*sessions, *left, *mine[:1]], key=_place)
    newest = max(ranked, key=lambda entry: entry.activity, default=None)
    if newest is not None and newest.document.format in LEFT_BEHIND:
        ranked.remove(newest)
        ranked.insert(0, newest)
    return tuple(ranked)


def rank(documents: Iterable[Document], view: View) -> tuple[Entry, ...]:
    """Return the active documents, the best to resume first.

    In progress before paused; then those that name the current branch, then those that name none;
    then the newest activity; then the old ones.
    """
    entries = [entry_of(document, view) for document in documents if is_active(document, view)]
    return tuple(sorted(entries, key=_place))


def entry_of(document: Document, view: View) -> Entry:
    """Return a document with what its place in the order comes from."""
    on_branch = _is_on(document, view)
    return Entry(
        document,
        activity(document, view),
        on_branch,
        on_other_branch=bool(document.branch and view.facts.branch) and not on_branch,
        is_old=is_old(document, view),
    )


def _place(entry: Entry) -> tuple[bool, int, int, float, str]:
    status = _RANK.get(entry.document.status, 1)
    branch = 0 if entry.on_branch else 2 if entry.on_other_branch else 1
    return entry.is_old, status, branch, -entry.activity.timestamp(), entry.document.path


def _is_on(document: Document, view: View) -> bool:
    named = (document.branch or "").removeprefix("refs/heads/").removeprefix("origin/")
    return view.facts.branch is not None and named == view.facts.branch


def is_active(document: Document, view: View) -> bool:
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
    shown = shown_activity(document, view)
    return shown is not None and view.now - shown <= RECENT


def is_old(document: Document, view: View) -> bool:
    """Tell whether nothing shows that somebody worked on a document within the age limit.

    Neither its own dates nor the last commit that touched it, even where that only moved it.
    """
    shown = dates.latest([shown_activity(document, view), _committed(document, view)], view.now)
    return view.max_age is not None and (shown is None or view.now - shown > view.max_age)


def activity(document: Document, view: View) -> datetime:
    """Return when somebody last worked on a document, as far as its dates and the disk tell."""
    return shown_activity(document, view) or min(document.modified, view.now)


def shown_activity(document: Document, view: View) -> datetime | None:
    """Return the newest date that means something; None where there is none.

    Dates in the future are ignored. The modification time counts where the file is not in git or
    changed since; elsewhere a checkout may have set it. The last commit that touched it counts
    where it has no date of its own: one commit may touch them all.
    """
    own = [document.updated, document.created]
    if view.facts.has_own_time(document.path):
        own.append(document.modified)
    return dates.latest(own, view.now) or dates.latest([_committed(document, view)], view.now)


def _committed(document: Document, view: View) -> datetime | None:
    return (view.facts.committed or {}).get(document.path)


def recent_of(
    documents: Iterable[Document], formats: tuple[str, ...], view: View
) -> tuple[Entry, ...]:
    """Return the documents of some formats that are neither old nor done, newest first."""
    entries = [
        entry_of(document, view)
        for document in of_formats(documents, formats)
        if document.status is not Status.COMPLETED
    ]
    recent = [entry for entry in entries if not entry.is_old]
    return tuple(sorted(recent, key=lambda entry: entry.activity, reverse=True))


def of_formats(documents: Iterable[Document], formats: tuple[str, ...]) -> tuple[Document, ...]:
    """Return the documents of some formats."""
    return tuple(document for document in documents if document.format in formats)


def reasons(document: Document, view: View) -> tuple[str, ...]:
    """Say in a few words each why a document stands where it does."""
    said = []
    if document.status is not Status.UNKNOWN:
        said.append(str(document.status.value))
    elif document.status_word is not None:
        said.append("a status that nobody specified")
    if _is_on(document, view):
        said.append("names this branch")
    elif document.branch:
        said.append("names another branch")
    if shown_activity(document, view) is None:
        said.append("nothing shows when it was written")
    elif is_old(document, view) and view.max_age is not None:
        said.append(f"untouched for more than {dates.days(view.max_age)}")
    return tuple(said)
