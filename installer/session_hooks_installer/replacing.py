"""One file put in another's place: written beside it, like it in all but the text, then renamed."""

import contextlib
import os
import re
import secrets
import shutil
import stat
from pathlib import Path

_MARK = "agent-session-hooks"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def write_beside(target: Path, data: bytes) -> Path:
    """Write a file that can take the place of ``target``, and return its path.

    It is on the disk when this returns, and has the mode, the owner and the extended attributes of
    ``target``, or where there is none what the folder gives to a new file. Raises OSError, with
    nothing left behind.
    """
    temporary = target.with_name(f".{target.name}.{_MARK}-{secrets.token_hex(4)}.tmp")
    is_new = not os.path.exists(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY
    fd = os.open(temporary, flags, 0o666 if is_new else 0o600)
    try:
        with open(fd, "wb") as file:
            if not is_new:  # while it is empty: the text is never readable for more than it was
                _be_like(temporary, target)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        drop(temporary)
        raise
    return temporary


def _be_like(temporary: Path, target: Path) -> None:
    """Give a file the owner, mode and extended attributes of another one.

    ACLs and SELinux labels are such attributes, and part of who may read the file. ``copystat``
    passes over those that the system alone may set.
    """
    status = target.stat()
    keeps_group = _give(temporary, status)
    shutil.copystat(target, temporary)
    if not keeps_group:
        # The bits that were one group's must not become another's: it has what all others have.
        mode = stat.S_IMODE(status.st_mode)
        temporary.chmod(mode & ~0o070 | (mode & 0o007) << 3)


def _give(temporary: Path, status: os.stat_result) -> bool:
    """Give a file the owner of another one as far as may be; return whether it has its group.

    Only root may give a file away: somebody else's then becomes the editor's own.
    """
    if not hasattr(os, "chown"):
        return True
    for owner in (status.st_uid, -1):
        with contextlib.suppress(OSError):  # not all file systems have owners either
            os.chown(temporary, owner, status.st_gid)
            break
    return temporary.stat().st_gid == status.st_gid


def put(temporary: Path, target: Path) -> None:
    """Rename a file into its place: there is the old one, then this. Raises OSError."""
    os.replace(temporary, target)
    sync(target.parent)


def drop(temporary: Path) -> None:
    """Delete a file that didn't get its place."""
    with contextlib.suppress(OSError):
        temporary.unlink()


def left_beside(target: Path) -> list[str]:
    """Return the paths of the files that killed runs left beside ``target``.

    They are regular files of this user with exactly the name that ``write_beside`` gives. One that
    is just being written looks the same: only who holds the lock can tell.
    """
    ours = re.compile(rf"\.{re.escape(target.name)}\.{_MARK}-[0-9a-f]{{8}}\.tmp")
    try:
        with os.scandir(target.parent) as listing:
            return [one.path for one in listing if ours.fullmatch(one.name) and _is_mine(one)]
    except OSError:
        return []


def _is_mine(entry: os.DirEntry[str]) -> bool:
    status = entry.stat(follow_symlinks=False)
    is_mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return is_mine and stat.S_ISREG(status.st_mode)


def sweep(target: Path) -> None:
    """Delete what killed runs left beside ``target``; for a caller that holds the lock."""
    for path in left_beside(target):
        with contextlib.suppress(OSError):
            os.unlink(path)


def sync(folder: Path) -> None:
    """Have a folder's own entries on the disk, where the platform can."""
    if os.name == "nt":  # a folder can't be opened there
        return
    # Some network file systems refuse it; the file itself is in place by now.
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
