"""What git's answers depend on, read from its own files: a warm start runs no git."""

import os
from collections.abc import Iterator
from itertools import islice

from session_hooks.git_head import read_head
from session_hooks.state import git_common_dir, git_dir
from session_hooks.values import Value

_MOST_REFS = 5000
"""Stamps; a repository with more refs in files of their own than that is asked each time."""
_MANY = 500
"""Refs in one folder, of which the folder's own stamp tells: git renames files into it."""
_COMMON = ("packed-refs", "shallow", "config", os.path.join("reftable", "tables.list"))
_OWN = ("HEAD", "index", "config.worktree")
_REFS = (os.path.join("refs", "heads"), os.path.join("refs", "remotes"))


class _Stamp(Value):
    """What changes when a file is written: git replaces it, so that its number changes too."""

    path: str
    inode: int
    size: int
    modified_ns: int


def fingerprint(top: str) -> str | None:
    """Return what tells the repository at ``top`` from how it was before.

    HEAD, the index, the branches and the configuration, by their files' stamps
    (gitrepository-layout(5)). None where it can't be told, which counts as changed.
    """
    own, common = git_dir(top), git_common_dir(top)
    if own is None or common is None:
        return None
    stamps = [
        *(_stamp(own, name) for name in _OWN),
        *(_stamp(common, name) for name in _COMMON),
    ]
    stamps += _worktrees(common)
    for folder in _REFS:
        for stamp in _stamps(common, folder):
            stamps.append(stamp)
            if len(stamps) > _MOST_REFS:
                return None
    return repr((read_head(top), stamps))


def _worktrees(common: str) -> Iterator[_Stamp]:
    """Yield what tells what the worktrees have checked out: the main one, and the others."""
    main = _stamp(common, "HEAD")
    if main is not None:
        yield main
    try:
        with os.scandir(os.path.join(common, "worktrees")) as listing:
            names = sorted(entry.name for entry in islice(listing, _MANY))
    except OSError:
        return
    for name in names:
        stamp = _stamp(common, os.path.join("worktrees", name, "HEAD"))
        if stamp is not None:
            yield stamp


def _stamp(folder: str, name: str) -> _Stamp | None:
    try:
        status = os.lstat(os.path.join(folder, name))
    except OSError:
        return None
    return _Stamp(name, status.st_ino, status.st_size, status.st_mtime_ns)


def _stamps(common: str, folder: str) -> Iterator[_Stamp]:
    """Yield the stamps of the files below a folder, in an order of their own."""
    try:
        with os.scandir(os.path.join(common, folder)) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    has_many = len(entries) > _MANY
    if has_many and (own := _stamp(common, folder)) is not None:
        yield own
    for entry in entries:
        name = os.path.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _stamps(common, name)
        elif not has_many and (stamp := _stamp(common, name)) is not None:
            yield stamp
