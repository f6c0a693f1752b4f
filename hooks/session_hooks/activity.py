"""When somebody last worked on a document, as far as its dates, git and the disk tell. Pure."""

from datetime import datetime, timedelta

from session_hooks import dates
from session_hooks.document import Document
from session_hooks.facts import NEAR, GitFacts
from session_hooks.values import Value

MAX_AGE = timedelta(days=30)
MAX_COMMITS = 50
_A_DAY = timedelta(hours=26)
"""How much a date may be off that is none to the second: written by hand, without zone or time."""


class View(Value):
    """What documents are judged against: the moment, what git knows, and when a document is old."""

    now: datetime
    facts: GitFacts
    max_age: timedelta | None = MAX_AGE
    """Since its last activity; None for never."""
    max_commits: int | None = MAX_COMMITS
    """From how many commits on since its last change it is stale; None for never."""
    told: frozenset[str] = frozenset()
    """Documents that this conversation was told: what it committed since doesn't put them aside."""


def is_old(document: Document, view: View) -> bool:
    """Tell whether nothing shows that somebody wrote a document within the age limit."""
    shown = written(document, view.facts, view.now)
    return view.max_age is not None and (shown is None or view.now - shown > view.max_age)


def written(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a document was last written; None where nothing shows it.

    By its own dates, its modification time where that means something, and the last commit that
    touched it: one that adds it only records what its own date tells, one that changes it and
    leaves the date as it was is later than that. Dates in the future are ignored.
    """
    own = dates.latest(_own_dates(document, facts), now)
    said = [own, *_own_time(document, facts)]
    if not _is_only_recorded(document, facts, own):
        said.append(_committed(document, facts))
    return dates.latest(said, now) or _as_the_disk_says(document, facts, now)


def activity(document: Document, view: View) -> datetime:
    """Return when somebody last worked on a document, as far as its dates and the disk tell."""
    return shown_activity(document, view) or min(document.modified, view.now)


def shown_activity(document: Document, view: View) -> datetime | None:
    """Return the newest date that tells documents from one another; None where there is none.

    As ``written``, but that the last commit that touched it counts only where it has no date of
    its own: one commit may touch them all.
    """
    facts, now = view.facts, view.now
    own = [*_own_dates(document, facts), *_own_time(document, facts)]
    return (
        dates.latest(own, now)
        or dates.latest([_committed(document, facts)], now)
        or _as_the_disk_says(document, facts, now)
    )


def _own_dates(document: Document, facts: GitFacts) -> list[datetime | None]:
    """Return what a document says of its dates, without what git contradicts.

    Who writes last year's date into a file, commits it this year.
    """
    said = [document.updated, document.created]
    added = facts.added.get(document.path)
    if added is None:
        return said
    return [one for one in said if one is not None and one >= added - NEAR]


def _own_time(document: Document, facts: GitFacts) -> list[datetime | None]:
    """Return when a file was modified, where that says when somebody wrote it.

    That is where it is not in git or changed since; elsewhere a checkout may have set it.
    """
    has_own = facts.has_own_time(document.path) and not facts.is_silent
    return [document.modified] if has_own else []


def _as_the_disk_says(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a file was modified, for want of anything better, where git tells nothing."""
    return dates.latest([document.modified], now) if facts.is_silent else None


def _is_only_recorded(document: Document, facts: GitFacts, own: datetime | None) -> bool:
    """Tell whether the last commit of a document only holds what its ``own`` date tells."""
    committed, before = _committed(document, facts), facts.before.get(document.path)
    if own is None or committed is None:
        return False
    if before is None and document.path not in facts.added:
        return False
    if before is not None and own <= before:  # the text changed, and the date did not
        return False
    return _is_exact(own, document) or committed - own > _A_DAY


def _is_exact(own: datetime, document: Document) -> bool:
    """Tell whether a date was given to the second, and in UTC: as 003 has it, and file names."""
    return dates.iso(own) in document.head or f"{own:%Y%m%d-%H%M%S}" in document.path


def _committed(document: Document, facts: GitFacts) -> datetime | None:
    return (facts.committed or {}).get(document.path)
