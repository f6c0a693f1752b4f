"""When somebody last worked on a document, as far as its dates, git and the disk tell. Pure."""

from datetime import datetime, timedelta

from session_hooks import dates
from session_hooks.document import Document
from session_hooks.facts import GitFacts
from session_hooks.values import Value

MAX_AGE = timedelta(days=30)
MAX_COMMITS = 50


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
