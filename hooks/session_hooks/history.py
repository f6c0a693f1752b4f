"""What a line of commits tells, as far back as it was read. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import pairwise

from session_hooks.facts import Commit
from session_hooks.values import Value


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


def of_one_that_is_held(history: History, tip: str) -> History | None:
    """Return the commits of another branch that a branch holds, in git's order.

    None where that can't be told: it isn't held, older commits are not known, or their times
    don't give the order alone.
    """
    if tip == history.tip:
        return history
    by_id = {one.id: one for one in history.commits}
    if tip not in by_id or not history.is_all:
        return None
    held = ancestors(history, tip)
    commits = tuple(one for one in history.commits if one.id in held)
    times = [one.when for one in commits]
    is_in_order = all(later > earlier for later, earlier in pairwise(times))
    is_older = all(by_id[name].when < one.when for one in commits for name in one.parents)
    return History(commits) if is_in_order and is_older else None


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
