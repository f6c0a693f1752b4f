"""Read HEAD, worktrees and a fingerprint from git's own files, without starting git."""

import os
import re
from collections.abc import Iterator
from itertools import islice

from session_hooks.project.project import Project, absolute
from session_hooks.project.state import git_common_dir, git_dir, read_start
from session_hooks.util.lazy import Value
from session_hooks.util.stamps import stamp

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PACKED_BYTES = 8 * 1024 * 1024
_BARE = re.compile(r"^\s*bare\s*=\s*(true|false)\b", re.IGNORECASE | re.MULTILINE)
_MOST_BYTES = 1024 * 1024
_REF = "ref: "
_BRANCHES = "refs/heads/"
_REBASED = tuple(os.path.join(name, "head-name") for name in ("rebase-merge", "rebase-apply"))
MOST = 5000  # files; a repository with more refs in files of their own is asked each time
_MANY = 500  # refs in a folder, whose own stamp tells of them: git renames files into it
MOST_LISTED = 1000  # worktrees and branches
_OWN = ("HEAD", "index", "config.worktree", os.path.join("info", "sparse-checkout"))
_COMMON = (
    "HEAD", "packed-refs", "shallow", "config", "worktrees",
    os.path.join("reftable", "tables.list"), os.path.join("info", "exclude"),
)  # fmt: skip
_REFS = (os.path.join("refs", "heads"), os.path.join("refs", "remotes"))


class Head(Value):
    """What is checked out; None for what isn't known: detached, unborn, or kept in a reftable."""

    branch: str | None = None
    commit: str | None = None


def read_head(top: str | None) -> Head:
    own, common = (git_dir(top), git_common_dir(top)) if top else (None, None)
    if own is None or common is None:
        return Head()
    said = read_start(os.path.join(own, "HEAD"), 4096).strip()
    if not said.startswith(_REF):
        commit = _commit(said)
        return Head(_rebased(own) if commit else None, commit)
    ref = said.removeprefix(_REF).strip()
    if not _is_branch(ref):
        return Head()
    commit = _commit(read_start(absolute(common, ref), 200).strip())
    return Head(ref.removeprefix(_BRANCHES), commit or _packed(common, ref))


def _is_branch(ref: str) -> bool:
    return ref.startswith(_BRANCHES) and ".." not in ref and not ref.endswith("/.invalid")


def _rebased(own: str) -> str | None:
    """Return the branch that is being rebased (git-rebase(1)): it counts as checked out."""
    names = (read_start(os.path.join(own, name), 4096).strip() for name in _REBASED)
    return next((name.removeprefix(_BRANCHES) for name in names if _is_branch(name)), None)


def _packed(common: str, ref: str) -> str | None:
    packed = read_start(os.path.join(common, "packed-refs"), _PACKED_BYTES)
    lines = (line.partition(" ") for line in packed.splitlines())
    return next((_commit(commit) for commit, _, name in lines if name == ref), None)


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def fingerprint(top: str) -> str | None:
    """Return HEAD and the stamps of git's files; None where it can't be told what changed."""
    found = list(islice(files(top), MOST + 1))
    if len(found) > MOST or git_common_dir(top) is None:
        return None
    return repr((read_head(top), [(path, stamp(path)) for path in found]))


def files(top: str) -> Iterator[str]:
    pointer = os.path.join(top, ".git")
    if not os.path.isdir(pointer):  # else it changes with the state folder in it
        yield pointer
    own, common = git_dir(top), git_common_dir(top)
    if own is None or common is None:
        return
    yield from (os.path.join(own, name) for name in _OWN)
    yield from (os.path.join(common, name) for name in _COMMON)
    yield from (os.path.join(admin, "HEAD") for admin in _admins(common))
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


def other_worktrees(project: Project) -> tuple[str, ...]:
    """Return the main one, then the last used, links resolved; none where ours is none of them."""
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


def _main_top(common: str) -> str | None:
    files = (os.path.join(common, name) for name in ("config", "config.worktree"))
    said = _BARE.findall("\n".join(read_start(path, _MOST_BYTES) for path in files))
    is_bare = bool(said) and said[-1].lower() == "true"
    return None if is_bare or os.path.basename(common) != ".git" else os.path.dirname(common)


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
