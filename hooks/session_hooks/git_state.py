"""What git's answers depend on, read from its own files: a warm start runs no git."""

import contextlib
import os
from collections.abc import Iterator
from itertools import islice

from session_hooks.git_head import read_head
from session_hooks.stamps import stamp
from session_hooks.state import git_common_dir, git_dir

MOST = 5000
"""Files; a repository with more refs in files of their own than that is asked each time."""
_MANY = 500
"""Refs in one folder, of which the folder's own stamp tells: git renames files into it."""
_OWN = ("HEAD", "index", "config.worktree", os.path.join("info", "sparse-checkout"))
_COMMON = (
    "HEAD", "packed-refs", "shallow", "config", "worktrees",
    os.path.join("reftable", "tables.list"), os.path.join("info", "exclude"),
)  # fmt: skip
_REFS = (os.path.join("refs", "heads"), os.path.join("refs", "remotes"))


def fingerprint(top: str) -> str | None:
    """Return what tells the repository at ``top`` from how it was before.

    HEAD, the index, the branches and the configuration, by their files' stamps. None where it can't
    be told, which counts as changed.
    """
    found = list(islice(files(top), MOST + 1))
    if len(found) > MOST or git_common_dir(top) is None:
        return None
    return repr((read_head(top), [(path, stamp(path)) for path in found]))


def files(top: str) -> Iterator[str]:
    """Yield the files and folders that tell how a repository stands (gitrepository-layout(5))."""
    pointer = os.path.join(top, ".git")
    if not os.path.isdir(pointer):  # else it changes with the state folder in it
        yield pointer
    own, common = git_dir(top), git_common_dir(top)
    if own is None or common is None:
        return
    yield from (os.path.join(own, name) for name in _OWN)
    yield from (os.path.join(common, name) for name in _COMMON)
    with contextlib.suppress(OSError):
        trees = os.path.join(common, "worktrees")
        for name in sorted(os.listdir(trees))[:_MANY]:
            yield os.path.join(trees, name, "HEAD")
    for name in _REFS:
        yield from _below(os.path.join(common, name))


def _below(folder: str) -> Iterator[str]:
    """Yield a folder and what is below it: a ref that is gone or new shows in its folder."""
    yield folder
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        elif len(entries) <= _MANY:
            yield entry.path
