"""Where the work stood when a document was written, and what came since. Pure."""

from collections.abc import Sequence
from datetime import datetime

from session_hooks import dates, history
from session_hooks.document import Document
from session_hooks.facts import Commit, GitFacts, Since
from session_hooks.history import History
from session_hooks.values import Value

MOST_SHOWN = 20
"""How many commits since a document's last change are kept."""
_MOST_TOUCHED = 50
"""How many files of each of them are."""


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


def written(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a document was last changed; a checkout sets an unchanged file's time too."""
    said = [document.updated, document.created, (facts.committed or {}).get(document.path)]
    if facts.has_own_time(document.path):
        said.append(document.modified)
    return dates.latest(said, now)


def stand(document: Document, line: History, facts: GitFacts, written: datetime | None) -> Stand:
    """Return where the work on a line of commits stood at a document's last change.

    One that git holds as it is changed last with a commit, if its own date isn't later.
    """
    own = None
    if facts.is_tracked(document.path) and not facts.has_own_time(document.path):
        own = history.last_touching(line, document.path)
    if own is not None:
        commits = history.after(line, own.id)
        if written is None or written <= own.when:
            return Stand(written, line, own, commits, is_all=True)
        later = {one.id for one in history.since(line, written)}
        commits = tuple(one for one in commits if one.id in later)
        return Stand(written, line, history.at(line, written), commits, is_all=True)
    if written is None:
        return Stand(None, line, None, line.commits, line.is_all)
    commits = history.since(line, written)
    is_all = line.is_all or len(commits) < len(line.commits)
    return Stand(written, line, history.at(line, written), commits, is_all)


def since(stand: Stand, places: Sequence[str], me: str | None) -> Since | None:
    """Count the commits since; None where git doesn't tell whether there are any."""
    counted = [
        one
        for one in stand.commits
        if _is_work(one, places) and not _is_only_moved(one, stand.written, me)
    ]
    if not counted and not stand.is_all:
        return None
    by_others = sum(one.author != me for one in counted) if me else 0
    newest = tuple(_shown(one) for one in counted[:MOST_SHOWN])
    return Since(len(counted), stand.is_all, newest, by_others)


def _is_work(commit: Commit, places: Sequence[str]) -> bool:
    """Tell whether a commit changed more of the project than documents, or nothing anywhere.

    A merge counts by the commits that it brings. Of a shallow clone's last commits nothing tells.
    """
    if len(commit.parents) > 1:
        return False
    if not commit.paths:
        return not commit.is_outside
    return not all(_is_in(path, places) for path in commit.paths)


def _is_only_moved(commit: Commit, written: datetime | None, me: str | None) -> bool:
    """Tell whether a rebase made a commit anew that its author made before the document."""
    return (
        commit.author == me
        and commit.authored is not None
        and written is not None
        and commit.authored <= written < commit.when
    )


def _is_in(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places if place)


def _shown(commit: Commit) -> Commit:
    touched = frozenset(sorted(commit.paths)[:_MOST_TOUCHED])
    return commit._replace(paths=touched, deleted=commit.deleted & touched, authored=None)
