"""A line of commits, and where it stood when a document was written."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from session_hooks.documents.model import Document
from session_hooks.evidence.model import Commit, GitFacts, Since
from session_hooks.util.lazy import Value

MOST_SHOWN = 20
"""How many commits since a document's last change are kept."""
_MOST_TOUCHED = 50
"""How many files of each of them are."""
_TOGETHER = timedelta(days=1)
"""How long after its own date a document may be committed together with the work that it tells of:
what comes later in that commit, it can't know."""


class History(Value):
    """The newest commits that a branch holds, the newest first."""

    commits: tuple[Commit, ...]
    is_all: bool = True
    """False where there are older ones, or a shallow clone lacks some."""

    @property
    def tip(self) -> str:
        """The newest commit's id; "" where nothing is committed."""
        return self.commits[0].id if self.commits else ""


NOTHING = History(())


def ancestors(history: History, commit: str) -> frozenset[str]:
    """Return the ids of a commit and of all that it holds, as far as the history goes back."""
    return _reached(commit, {one.id: one.parents for one in history.commits})


def _reached(commit: str, neighbours: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return a commit, its neighbours, theirs, and so on."""
    found: set[str] = set()
    waiting = [commit]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += neighbours.get(one, ())
    return frozenset(found)


def after(history: History, commit: str) -> tuple[Commit, ...]:
    """Return the commits that another one doesn't hold, as ``git log COMMIT..`` does."""
    held = ancestors(history, commit)
    return tuple(one for one in history.commits if one.id not in held)


def since(history: History, moment: datetime) -> tuple[Commit, ...]:
    """Return the commits that came after a moment; a merge brings older ones, too."""
    before = at(history, moment)
    return history.commits if before is None else after(history, before.id)


def last_touching(history: History, path: str) -> Commit | None:
    """Return the newest commit that touched a path."""
    return next((one for one in history.commits if path in one.paths), None)


def touches(commits: Iterable[Commit], paths: Collection[str]) -> dict[str, list[Commit]]:
    """Return by path the commits that wrote it, in their order."""
    wanted = frozenset(paths)
    found: dict[str, list[Commit]] = {}
    for one in commits:
        for path in (one.paths & wanted) - one.deleted:
            found.setdefault(path, []).append(one)
    return found


def at(history: History, moment: datetime) -> Commit | None:
    """Return the commit that a branch's own line stood at at a moment."""
    return next((one for one in first_parents(history) if one.when <= moment), None)


def first_parents(history: History) -> tuple[Commit, ...]:
    """Return the line of commits that a branch itself went along, the newest first."""
    by_id = {one.id: one for one in history.commits}
    line = []
    one = by_id.get(history.tip)
    while one is not None:
        line.append(one)
        one = by_id.get(one.parents[0]) if one.parents else None
    return tuple(line)


def arrival(history: History, tip: str) -> Commit | None:
    """Return the commit with which a branch's own line came to hold ``tip``.

    That is ``tip`` itself where it is on the line. None where the history doesn't go back so far.
    """
    children: dict[str, list[str]] = {}
    for one in history.commits:
        for parent in one.parents:
            children.setdefault(parent, []).append(one.id)
    holding = _reached(tip, children)
    arrived = None
    for one in first_parents(history):
        if one.id not in holding:
            return arrived
        arrived = one
    return arrived if arrived is not None and arrived.id == tip else None


def merge_of(history: History, branch: str) -> Commit | None:
    """Return the merge that names a branch in the words of git, GitHub, GitLab or Bitbucket.

    What is left of a branch that was deleted after it.
    """
    name = re.escape(branch)
    said = re.compile(
        rf"Merge (?:remote-tracking )?branch '(?:origin/)?{name}'(?: of \S+)?(?: into \S+)?"
        rf"|Merge pull request #\d+ from [^/\s]+/{name}"
        rf"|Merged in {name} \(pull request #\d+\)"
    )
    merges = (one for one in history.commits if len(one.parents) > 1)
    return next((one for one in merges if said.fullmatch(one.subject)), None)


def is_reverted(history: History, commit: Commit) -> bool:
    """Tell whether a later commit takes another one back, as ``git revert`` names it."""
    subject = f'Revert "{commit.subject}"'
    again = (f'Revert "{subject}"', f'Reapply "{commit.subject}"')  # before and since git 2.43
    takes = [one.subject for one in history.commits if one.subject in (subject, *again)]
    return bool(takes) and takes[0] == subject  # the newest first


def deletion(history: History, path: str) -> Commit | None:
    """Return the newest commit that deleted a path."""
    return next((one for one in history.commits if path in one.deleted), None)


# --- since a document was written ----------------------------------------------------------------


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
        own = last_touching(line, document.path)
    if own is not None and (written is None or not _is_own_date(document, facts, written, own)):
        return Stand(written, line, own, after(line, own.id), is_all=True)
    if written is None:
        return Stand(None, line, None, line.commits, line.is_all)
    commits = since(line, written)
    if own is not None:
        later = after(line, own.id)
        if written > own.when:
            ids = {one.id for one in later}
            commits = tuple(one for one in commits if one.id in ids)
            return Stand(written, line, at(line, written), commits, is_all=True)
        if own.when - written <= _TOGETHER:
            commits = tuple(one for one in commits if one.id != own.id)
            if commits == later:
                return Stand(written, line, own, later, is_all=True)
    is_all = line.is_all or len(commits) < len(line.commits)
    return Stand(written, line, at(line, written), commits, is_all)


def _is_own_date(document: Document, facts: GitFacts, written: datetime, own: Commit) -> bool:
    """Tell whether it was not the commit ``own`` that said when a document was written."""
    recorded = (facts.committed or {}).get(document.path)
    return written > own.when or (recorded is not None and written < recorded)


def work_since(stand: Stand, places: Sequence[str], me: str | None) -> Since | None:
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
