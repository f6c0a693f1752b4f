"""Find a repository's other worktrees in git's own files, without starting git."""

import os
import re
from collections.abc import Iterator
from itertools import islice

from session_hooks.project.project import Project
from session_hooks.project.state import git_common_dir, git_dir, read_start
from session_hooks.util.stamps import stamp

MOST_LISTED = 1000
"""Worktrees and branches of which the newest are looked for."""
_MOST_BYTES = 1024 * 1024
_BARE = re.compile(r"^\s*bare\s*=\s*(true|false)\b", re.IGNORECASE | re.MULTILINE)


def other_worktrees(project: Project) -> tuple[str, ...]:
    """Return the repository's other worktrees, links resolved: the main one, then the last used.

    None where the project's own is no worktree of it: anybody may write a path into ``.git``.
    """
    common = git_common_dir(project.git_top) if project.git_top else None
    if project.git_top is None or common is None:
        return ()
    common, own = os.path.realpath(common), os.path.realpath(project.git_top)
    tops = dict.fromkeys(top for top in (_main_top(common), *_linked_tops(common)) if top)
    return tuple(top for top in tops if top != own) if own in tops else ()


def signs(own: str) -> Iterator[str]:
    """Yield the files that tell which worktrees there are, and what they have checked out."""
    common = git_common_dir(own)
    if common is None:
        return
    yield os.path.join(common, "config.worktree")
    for admin in _admins(common):
        yield from (os.path.join(admin, name) for name in ("gitdir", "HEAD", "commondir"))
        if pointer := _pointer(admin):
            yield pointer


def has_links(own: str) -> bool:
    """Tell whether a link lies on the way to a linked worktree, as git has it written down."""
    common = git_common_dir(own)
    pointers = (_pointer(admin) for admin in _admins(os.path.realpath(common))) if common else ()
    folders = (os.path.dirname(os.path.normpath(one)) for one in pointers if one)
    return any(os.path.realpath(folder) != folder for folder in folders)


def _main_top(common: str) -> str | None:
    if os.path.basename(common) != ".git" or _is_bare(common):
        return None
    return os.path.dirname(common)


def _is_bare(common: str) -> bool:
    """Tell whether a repository has no main worktree, as its configuration says."""
    files = (os.path.join(common, name) for name in ("config", "config.worktree"))
    said = _BARE.findall("\n".join(read_start(path, _MOST_BYTES) for path in files))
    return bool(said) and said[-1].lower() == "true"


def _linked_tops(common: str) -> list[str]:
    tops = ((_last_used(admin), _linked_top(admin)) for admin in _admins(common))
    return [top for _, top in sorted(((used, top) for used, top in tops if top), reverse=True)]


def _admins(common: str) -> list[str]:
    try:
        with os.scandir(os.path.join(common, "worktrees")) as listing:
            return sorted(item.path for item in islice(listing, MOST_LISTED))
    except OSError:  # it has none
        return []


def _pointer(admin: str) -> str | None:
    """Return the file in a linked worktree that leads to git's folder of it."""
    said = read_start(os.path.join(admin, "gitdir"), _MOST_BYTES).removesuffix("\n")
    if not said or "\0" in said:
        return None
    return os.path.join(admin, said)  # relative with worktree.useRelativePaths


def _linked_top(admin: str) -> str | None:
    pointer = _pointer(admin)
    if pointer is None:
        return None
    top = os.path.realpath(os.path.dirname(pointer))
    back = git_dir(top)  # another repository may be in its place
    return top if back and os.path.realpath(back) == os.path.realpath(admin) else None


def _last_used(admin: str) -> int:
    stamps = (stamp(os.path.join(admin, name)) for name in ("index", "HEAD"))
    return max((one[2] for one in stamps if one), default=0)
