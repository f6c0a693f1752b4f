"""What git prints, read into values. Pure."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

from session_hooks.basis import Entry
from session_hooks.facts import Commit, GitFacts
from session_hooks.values import Value

COMMIT = "%x00%H%x1f%ct%x1f%at%x1f%P%x1f%an%x1f%s"
"""The format that ``parse_commits`` reads (git-log(1), "PRETTY FORMATS")."""
REF = "%(refname)%00%(objectname)%00%(upstream)%00%(symref)"
"""The format that ``parse_refs`` reads (git-for-each-ref(1), "FIELD NAMES")."""
_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/"


def parse_status(answer: bytes, prefix: str) -> GitFacts:
    """Read ``git status --porcelain=v2 --branch -z``; ``prefix`` leads from the top to the project.

    (git-status(1), "Porcelain Format Version 2".)
    """
    branch = None
    is_unborn = False
    changed = set()
    untracked = set()
    ignored = set()
    for line in os.fsdecode(answer).split("\0"):
        kind, _, rest = line.partition(" ")
        if line == "# branch.oid (initial)":
            is_unborn = True
        elif line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
            branch = None if head == "(detached)" else head
        elif kind in _FIELDS_BEFORE_PATH:
            path = rest.split(" ", _FIELDS_BEFORE_PATH[kind])[-1].removeprefix(prefix)
            changed.add(path)
            if kind in (_UNTRACKED, _IGNORED):
                untracked.add(path)
            if kind == _IGNORED:
                ignored.add(path)
    return GitFacts(
        branch,
        frozenset(changed),
        frozenset(ignored),
        untracked=frozenset(untracked),
        is_unborn=is_unborn,
    )


# A changed entry has seven fields between its kind and its path, an unmerged one nine; of an
# untracked and of an ignored one there is the path alone.
_UNTRACKED = "?"
_IGNORED = "!"
_FIELDS_BEFORE_PATH = {"1": 7, "u": 9, _UNTRACKED: 0, _IGNORED: 0}


def parse_index(answer: bytes) -> dict[str, Entry]:
    """Read ``git ls-files -s -v -z``: "TAG MODE BLOB STAGE", a tab and the path.

    Without what is unmerged, and what git was told not to look at.
    """
    found = {}
    for field in os.fsdecode(answer).split("\0")[:-1]:
        said, _, path = field.partition("\t")
        parts = said.split(" ")
        if len(parts) == 4 and (parts[0], parts[3]) == ("H", "0"):
            found[path] = Entry(parts[1], parts[2])
    return found


def parse_commits(answer: bytes, prefix: str = "") -> Iterator[Commit]:
    """Read ``git log -z --format=COMMIT``, with ``--name-status --no-renames`` or without.

    A commit is an empty field, its own, and two for each file: what became of it, the first one
    behind a newline, and its path.
    """
    fields = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    commit: Commit | None = None
    paths: set[str] = set()
    deleted: set[str] = set()
    added: set[str] = set()
    is_outside = False
    for field in fields:
        if field:
            path = next(fields, "")
            if not path.startswith(prefix):
                is_outside = True
                continue
            path = path.removeprefix(prefix)
            paths.add(path)
            kind = field.lstrip("\n")[:1]
            if kind == "D":
                deleted.add(path)
            elif kind == "A":
                added.add(path)
            continue
        if commit is not None:
            yield _with_files(commit, (paths, deleted, added), is_outside=is_outside)
        commit, is_outside = _commit(next(fields, "")), False
        paths, deleted, added = set(), set(), set()
    if commit is not None:
        yield _with_files(commit, (paths, deleted, added), is_outside=is_outside)


def _with_files(
    commit: Commit, files: tuple[set[str], set[str], set[str]], *, is_outside: bool
) -> Commit:
    paths, deleted, added = map(frozenset, files)
    return commit._replace(paths=paths, deleted=deleted, added=added, is_outside=is_outside)


def _commit(field: str) -> Commit | None:
    parts = field.split("\x1f", 5)
    if len(parts) != 6:
        return None
    name, seconds, authored, parents, author, subject = parts
    when = moment(seconds)
    if when is None:
        return None
    made = Commit(when, frozenset(), name, subject, author, tuple(parents.split()))
    return made._replace(authored=moment(authored))


def moment(seconds: str) -> datetime | None:
    """Read a time; of one that no clock shows, which makes no commit less of one, the nearest."""
    try:
        return datetime.fromtimestamp(max(0, min(int(seconds), _LATEST)), UTC)
    except ValueError:
        return None


_LATEST = 7_258_118_400  # 2200: late enough, and no time zone makes it a date that there is not


class Refs(Value):
    """The branches of a repository: by their full names, the commits that they point at."""

    tips: dict[str, str]
    upstreams: dict[str, str]
    """By a local branch: the branch that it follows, which need not be there."""
    default: str | None
    """The default branch, by its short name; None where none can be told."""

    def local(self, name: str) -> str | None:
        """Return a local branch's full name."""
        return self._there(_LOCAL + name)

    def remote(self, name: str) -> str | None:
        """Return the full name of a remote-tracking branch, given with its remote or without."""
        ours = (
            ref
            for ref in self.tips
            if ref.startswith(_REMOTE) and ref.removeprefix(_REMOTE).partition("/")[2] == name
        )
        return (
            self._there(f"{_REMOTE}origin/{name}")
            or self._there(_REMOTE + name)
            or next(ours, None)
        )

    def _there(self, ref: str) -> str | None:
        return ref if ref in self.tips else None


def parse_refs(answer: bytes) -> Refs:
    """Read ``git for-each-ref --format=REF refs/heads refs/remotes``."""
    tips: dict[str, str] = {}
    upstreams: dict[str, str] = {}
    default = None
    for line in answer.decode("utf-8", "surrogateescape").split("\n"):
        parts = line.split("\0")
        if len(parts) != 4:
            continue
        ref, commit, upstream, target = parts
        if target:
            if ref == f"{_REMOTE}origin/HEAD":
                default = target.removeprefix(f"{_REMOTE}origin/")
            continue
        tips[ref] = commit
        if upstream:
            upstreams[ref] = upstream
    names = [default] if default else ["main", "master"]
    there = (n for n in names if tips.keys() & {_LOCAL + n, f"{_REMOTE}origin/{n}"})
    return Refs(tips, upstreams, next(there, None))


def short(ref: str) -> str:
    """Return a branch's name as people write it."""
    return ref.removeprefix(_LOCAL).removeprefix(_REMOTE)


def parse_renames(answer: bytes, prefix: str) -> dict[str, str]:
    """Read ``git diff-tree -z -M --diff-filter=R --name-status``: where each path went."""
    moved: dict[str, str] = {}
    fields = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    for field in fields:
        if field.startswith("R"):
            old, new = next(fields, ""), next(fields, "")
            if old.startswith(prefix):
                moved[old.removeprefix(prefix)] = new.removeprefix(prefix)
    return moved


def parse_paths(answer: bytes) -> list[str]:
    """Read paths that are separated by NUL."""
    return [path for path in answer.decode("utf-8", "surrogateescape").split("\0") if path]
