"""Find a project's state, and say remarks once. Imported by every start: builtins alone."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping

STATE_FOLDER = "agent-session-hooks"
WATCHES = r"(?:watch|agents)-[\w-]{1,80}\.json(?:\.\d+\.tmp)?"
"""What conversations have seen of the documents, and which of their agents ended."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)


def git_dir(top: str) -> str | None:
    """Return git's folder of one working tree, or None (gitrepository-layout(5), "gitfile")."""
    path = os.path.join(top, ".git")
    if os.path.isdir(path):
        return path
    before, is_pointer, own = _first_line(path).partition("gitdir: ")
    return os.path.join(top, own) if is_pointer and not before else None


def git_common_dir(top: str) -> str | None:
    own = git_dir(top)
    if own is None:
        return None
    common = os.path.normpath(os.path.join(own, _first_line(f"{own}/commondir") or "."))
    return common if os.path.isdir(common) else None


def main_checkout(top: str) -> str:
    """Return the main checkout of a linked worktree's repository, if it has one; else ``top``."""
    own, common = git_dir(top), git_common_dir(top)
    if own is None or common is None or os.path.realpath(own) == os.path.realpath(common):
        return top
    folder, name = os.path.split(os.path.realpath(common))
    return folder if name == ".git" else top


def has_other_worktrees(top: str | None) -> bool:
    common = git_common_dir(top) if top else None
    return common is not None and os.path.isdir(os.path.join(common, "worktrees"))


def _first_line(path: str) -> str:
    return read_start(path, 8192).partition("\n")[0].strip()


def read_start(path: str, size: int) -> str:
    """Return the beginning of a file's text; "" where there is none, or it is no regular file."""
    try:
        # Non-blocking: what lies there may be a FIFO that nobody writes to.
        fd = os.open(path, os.O_RDONLY | _NO_WAITING)
        with open(fd, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(size) if stat.S_ISREG(os.fstat(fd).st_mode) else ""
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return ""


def state_folders(root: str, git_top: str | None, environ: Mapping[str, str]) -> list[str]:
    """Return where a project's state may lie: in git's common folder, and in the person's own."""
    return list(_state_folders(root, git_top, environ))


def _state_folders(root: str, git_top: str | None, environ: Mapping[str, str]) -> Iterator[str]:
    if git_top and (common := git_common_dir(git_top)):
        yield os.path.join(common, STATE_FOLDER)
    if home := state_home(environ):
        yield os.path.join(home, STATE_FOLDER, _name(root))


def first_state_folder(root: str, git_top: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the first of them; in a repository without naming the others."""
    return next(_state_folders(root, git_top, environ), None)


def _name(root: str) -> str:
    import hashlib  # 3 ms, and most projects lie in a repository
    import re

    name = re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.basename(root)) or "root"
    return f"{name[:40]}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"


def remember(path: str, text: str) -> bool:
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
        with open(fd, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        return False
    return True


def state_home(environ: Mapping[str, str]) -> str | None:
    if os.name == "nt":
        local = environ.get("LOCALAPPDATA", "")
        return local if os.path.isabs(local) else None
    state_home = environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state_home):  # the XDG specification: a relative path is to be ignored
        return state_home
    home = environ.get("HOME", "")
    return os.path.join(home, ".local", "state") if os.path.isabs(home) else None


def is_news(folders: Iterable[str], name: str, text: str) -> bool:
    """Tell whether ``text`` is another one than the last under ``name``, and remember it."""
    import hashlib  # 3 ms, and where nothing is told, nobody needs it

    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    for folder in folders:
        path = os.path.join(folder, f"{name}.told")
        if read_start(path, 100) == digest:
            return False
        if remember(path, digest):
            break
    return True
