"""Where the work stood when a document was written, and what came since. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from session_hooks import history
from session_hooks.document import Document
from session_hooks.facts import Commit, GitFacts, Since
from session_hooks.history import History
from session_hooks.values import Value

MOST_SHOWN = 20
"""How many commits since a document's last change are kept."""
_MOST_TOUCHED = 50
"""How many files of each of them are."""
_TOGETHER = timedelta(days=1)
"""How long after its own date a document may be committed together with the work that it tells of:
what comes later in that commit, it can't know."""


class Stand(Value):
    """Where the work stood when a document was written, and what came since."""

    written: datetime | None
    line: History
    """The commits that it is seen against."""
    base: Commit | None
    """The newest commit that was there."""
    commits: Sequence[Commit]
    is_all: bool
    """Whether these are all the commits since."""


def stand(document: Document, line: History, facts: GitFacts, written: datetime | None) -> Stand:
    """Return where the work on a line of commits stood when a document was ``written``.

    Where that is when a commit changed it, it stood at that commit; where the document's own date
    comes later, or counts although it was committed later, at that date.
    """
    own = None
    if facts.is_tracked(document.path) and not facts.has_own_time(document.path):
        own = history.last_touching(line, document.path)
    if own is not None and (written is None or not _is_own_date(document, facts, written, own)):
        return Stand(written, line, own, history.after(line, own.id), is_all=True)
    if written is None:
        return Stand(None, line, None, line.commits, line.is_all)
    commits = history.since(line, written)
    if own is not None:
        after = history.after(line, own.id)
        if written > own.when:
            ids = {one.id for one in after}
            commits = tuple(one for one in commits if one.id in ids)
            return Stand(written, line, history.at(line, written), commits, is_all=True)
        if own.when - written <= _TOGETHER:
            commits = tuple(one for one in commits if one.id != own.id)
            if commits == after:
                return Stand(written, line, own, after, is_all=True)
    is_all = line.is_all or len(commits) < len(line.commits)
    return Stand(written, line, history.at(line, written), commits, is_all)


def _is_own_date(document: Document, facts: GitFacts, written: datetime, own: Commit) -> bool:
    """Tell whether it was not the commit ``own`` that said when a document was written."""
    recorded = (facts.committed or {}).get(document.path)
    return written > own.when or (recorded is not None and written < recorded)


def since(stand: Stand, places: Sequence[str], me: str | None) -> Since | None:
    """Count the commits since; None where git doesn't tell whether there are any."""
    counted = [
        one
        for one in stand.commits
        if is_work(one, places) and not _is_only_moved(one, stand.written, me)
    ]
    if not counted and not stand.is_all:
        return None
    by_others = sum(one.author != me for one in counted) if me else 0
    newest = tuple(_shown(one) for one in counted[:MOST_SHOWN])
    return Since(len(counted), stand.is_all, newest, by_others)


def is_work(commit: Commit, places: Sequence[str]) -> bool:
    """Tell whether a commit changed more of the project than documents, or nothing anywhere.

    A merge counts by the commits that it brings. Of a shallow clone's last commits nothing tells.
    """
    if len(commit.parents) > 1:
        return False
    if not commit.paths:
        return not commit.is_outside
    inside = tuple(f"{place}/" for place in places if place)
    return not all(path in places or path.startswith(inside) for path in commit.paths)


def _is_only_moved(commit: Commit, written: datetime | None, me: str | None) -> bool:
    """Tell whether a rebase made a commit anew that its author made before the document."""
    return (
        commit.author == me
        and commit.authored is not None
        and written is not None
        and commit.authored <= written < commit.when
    )


def _shown(commit: Commit) -> Commit:
    touched = frozenset(sorted(commit.paths)[:_MOST_TOUCHED])
    return commit._replace(
        paths=touched, deleted=commit.deleted & touched, authored=None, added=frozenset()
    )
