"""One settings file on disk: where it is, how it is read, and how it is replaced in one step."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from session_hooks.project import find_git_top
from session_hooks_installer.handlers import Scope

MAX_BYTES = 10 * 1024 * 1024
_TRIES = 5


class RefusedError(Exception):
    """A file that is not to be touched; the message names it, the reason and the way out."""


class Change(NamedTuple):
    """A file's text before and after; equal where nothing was to do."""

    path: Path
    before: str
    after: str


def locate(scope: Scope, repo: Path, environ: Mapping[str, str]) -> Path:
    """Return a scope's settings file for the repository that ``repo`` lies in.

    Raises RefusedError where the project's file would be the user's own.
    """
    home = Path(environ.get("HOME") or Path.home()).resolve()
    configured = environ.get("CLAUDE_CONFIG_DIR")
    user_folder = Path(configured) if configured else home / ".claude"
    if scope is Scope.USER:
        return user_folder / "settings.json"
    top = project_root(repo)
    if top == home:
        raise RefusedError(
            f"{top} is your home folder, and its .claude/settings.json is for all projects.\n"
            "Go into a project, name one with --repo, or mean it: --scope user"
        )
    name = "settings.json" if scope is Scope.PROJECT else "settings.local.json"
    return top / ".claude" / name


def project_root(repo: Path) -> Path:
    """Return the git top level that ``repo`` lies in, else ``repo`` itself."""
    folder = repo.absolute().resolve()
    return Path(find_git_top(str(folder)) or folder)


def read(path: Path) -> str:
    """Return a settings file's text, "" where there is none. Raises RefusedError."""
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise RefusedError(
                f"{path} is a link to a file that does not exist: mend the link"
            ) from None
        return ""
    except NotADirectoryError as error:
        raise RefusedError(f"{path.parent} is a file, and has to be a folder: move it") from error
    except OSError as error:
        raise RefusedError(f"{path} can't be read: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError(f"{path} is not a regular file: move it away")
    if status.st_size > MAX_BYTES:
        raise RefusedError(f"{path} is larger than 10 MB: these can't be settings")
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise RefusedError(f"{path} can't be read: {error.strerror}") from error


def update(path: Path, edit: Callable[[str], str]) -> Change:
    """Apply ``edit`` to a settings file; at every instant it is the old one or the new one.

    The file is read again right before it is replaced, and where somebody changed it meanwhile
    the edit starts over on their text. Between that reading and the replacement lies a moment in
    which another program's save would be lost; no file system offers to close it.
    """
    for _ in range(_TRIES):
        before = read(path)
        after = edit(before)
        if after == before:
            return Change(path, before, after)
        if _replace(path, before, after):
            return Change(path, before, after)
    raise RefusedError(f"{path} keeps changing while it is edited: try again")


def _replace(path: Path, before: str, after: str) -> bool:
    """Write ``after`` in place of ``before``; False where the file holds something else by now."""
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.exists() and not os.access(target, os.W_OK):
        raise RefusedError(f"{target} is read-only: make it writable if you want it changed")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        what = "is a file, and has to be a folder" if target.parent.is_file() else error.strerror
        raise RefusedError(f"{target.parent} can't be written to: {what}") from error
    temporary = Path(name)
    try:
        with open(fd, "wb") as file:
            file.write(after.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        _copy_mode(target, temporary)
        if read(path) != before:
            return False
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise RefusedError(f"{target} can't be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _copy_mode(target: Path, temporary: Path) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        return
    temporary.chmod(stat.S_IMODE(status.st_mode))
    if hasattr(os, "chown"):
        # Only root may give a file away; somebody else's file then becomes the editor's own.
        with contextlib.suppress(PermissionError):
            os.chown(temporary, status.st_uid, status.st_gid)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder can't be opened there
        return
    # Some network file systems refuse it; the file itself is in place by now.
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
