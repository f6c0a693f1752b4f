"""A new file: written beside its place, and put there whole, never over anything."""

import contextlib
import os
import re
import time

from session_hooks.patterns import pattern

_MARK = ".agent-session-hooks"
_LEFT = pattern(re.escape(_MARK) + r"-(\d{1,10})-\d{1,20}\.tmp")
_LONGEST_SECONDS = 60
"""What is older is nobody's any more, even if the number of its process was given out again."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def create(path: str, data: bytes, times: tuple[int, int] | None = None) -> None:
    """Write a new file; whenever this is killed, it is there whole or not at all.

    ``times`` are of the last access and the last change, in nanoseconds. What killed runs left in
    its folder is taken away first. Raises FileExistsError where there is anything, be it a link to
    nothing, and OSError.
    """
    folder = os.path.dirname(path)
    _sweep(folder)
    part = os.path.join(folder, f"{_MARK}-{os.getpid()}-{time.time_ns()}.tmp")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY, 0o666)
    try:
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if times:
            os.utime(part, ns=times)
        rename_over_nothing(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def rename_over_nothing(source: str, target: str) -> None:
    """Rename a file; raises FileExistsError where there is anything, and OSError."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:  # the file system knows no hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from error
        os.rename(source, target)
    else:
        os.unlink(source)


def _sweep(folder: str) -> None:
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if match := _LEFT.fullmatch(name):
                _drop(os.path.join(folder, name), int(match[1]))


def _drop(path: str, pid: int) -> None:
    with contextlib.suppress(OSError):
        is_old = time.time() - os.lstat(path).st_mtime > _LONGEST_SECONDS
        if is_old or pid == os.getpid() or _is_gone(pid):
            os.unlink(path)


def _is_gone(pid: int) -> bool:
    if os.name != "posix":  # where this would end it
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False
