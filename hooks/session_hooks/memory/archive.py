"""Copy documents to the archive, list and prune it."""

import contextlib
import errno
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from session_hooks.documents.files import create, digest_of, rename_over_nothing
from session_hooks.util.lazy import Value, pattern

FOLDER = "archive"
_NAME = pattern(r"(\d{8}T\d{6}\.\d{6}Z)-(.+)", re.DOTALL)
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ON_THE_WAY = pattern(r"\.(\d{8}T\d{6}\.\d{6}Z-.+)\.taken", re.DOTALL)
"""What a document is called beside its place while it is copied."""
_PART = ".part"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
MOST_BYTES = 64 * 1024 * 1024
"""A file larger than this is no handoff, and is left where it is."""


class NotMovedError(Exception):
    """A document stays where it is; the message says why."""


class Item(Value):
    """A document in the archive."""

    name: str
    former_name: str
    since: datetime
    size: int


def reserve(folder: str, name: str, now: datetime) -> str:
    """Reserve a name in the archive for a document, and return it.

    An empty file holds the place, so that nothing is overwritten. Raises OSError.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    while True:
        reserved = f"{now.astimezone(UTC).strftime(_STAMP)}-{name}"
        try:
            os.close(os.open(_at(folder, reserved), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            now += timedelta(microseconds=1)
        else:
            return reserved


def give_back(folder: str, reserved: str) -> None:
    """Free a reserved name that nothing was moved to."""
    path = _at(folder, reserved)
    with contextlib.suppress(OSError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size == 0:
            os.unlink(path)


def move(path: str, folder: str, reserved: str) -> bool:
    """Move a document to its reserved name; False where another process was faster.

    Raises NotMovedError where it has to stay, with nothing changed, and OSError.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        raise NotMovedError("it is a link, or no regular file")
    if not status.st_size:  # in the archive it would look like a name that is only reserved
        raise NotMovedError("it is empty")
    if status.st_size > MOST_BYTES:
        raise NotMovedError(f"it is larger than {MOST_BYTES // 1024**2} MiB")
    try:
        os.replace(path, _at(folder, reserved))
        with contextlib.suppress(OSError):
            os.chmod(_at(folder, reserved), 0o600)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _move_across(path, folder, reserved)
    return True


def _move_across(path: str, folder: str, reserved: str) -> bool:
    """Move a document to another file system: one process wins the first rename."""
    on_the_way = os.path.join(os.path.dirname(path), f".{reserved}.taken")
    try:
        os.rename(path, on_the_way)
    except FileNotFoundError:
        return False
    try:
        _finish(on_the_way, folder, reserved)
    except OSError:
        with contextlib.suppress(OSError):  # else it stays beside its place, for ``recover``
            rename_over_nothing(on_the_way, path)
        raise
    return True


def _finish(on_the_way: str, folder: str, reserved: str) -> None:
    """Copy a document to its reserved name, whole or not at all, and only then let it go."""
    target = _at(folder, reserved)
    data, status = _read(on_the_way)
    # Its own for each process: two may recover the same document.
    part = f"{target}.{os.getpid()}-{time.time_ns()}{_PART}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    try:
        with open(os.open(part, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.replace(part, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    _sync(folder)
    with contextlib.suppress(FileNotFoundError):  # another process recovered it too
        os.unlink(on_the_way)


def _sync(folder: str) -> None:
    """Have the folder's own entries on the disk, where the platform can."""
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def on_the_way(folders: Iterable[str]) -> dict[str, str]:
    """Return what processes left beside its place: by its reserved name, its path.

    ``folders`` are those that documents were taken from.
    """
    found = {}
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            match = _ON_THE_WAY.fullmatch(name)
            if match and _is_regular(os.path.join(folder, name)):
                found[match[1]] = os.path.join(folder, name)
    return found


def recover(path: str, folder: str, reserved: str) -> None:
    """Finish what a dead process began: bring a document from beside its place to the archive.

    A copy that is there already is kept, and the document let go, where both are the same.
    Raises OSError.
    """
    target = _at(folder, reserved)
    there = digest(target)
    if there == EMPTY or not os.path.lexists(target):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _finish(path, folder, reserved)
    elif there is not None and there == digest(path):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            os.unlink(path)


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def digest(path: str) -> str | None:
    """Return the digest of a regular file's bytes; None where there is none to be read."""
    data = read(path)
    return None if data is None else digest_of(data)


EMPTY = digest_of(b"")
"""The digest of a name that is reserved, and nothing moved to it yet."""


def read(path: str) -> bytes | None:
    """Return a regular file's bytes; None where there is none to be read."""
    try:
        return _read(path)[0]
    except (OSError, ValueError):
        return None


def _read(path: str) -> tuple[bytes, os.stat_result]:
    """Return a regular file's bytes and what it is; raises OSError for anything else."""
    fd = os.open(path, os.O_RDONLY | _NO_LINK | _BINARY | getattr(os, "O_NONBLOCK", 0))
    with open(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", path)
        if status.st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, "it is too large", path)
        return file.read(), status


def items(folder: str) -> tuple[Item, ...]:
    """Return what is in the archive, the newest first; reserved names are not."""
    found = []
    for name, status in _files(folder):
        match = _NAME.fullmatch(name)
        since = _since(match[1]) if match else None
        if match and since and status.st_size and not name.endswith(_PART):
            found.append(Item(name, match[2], since, status.st_size))
    return tuple(sorted(found, reverse=True))


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files in a folder."""
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            with contextlib.suppress(OSError):  # another process has deleted it
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield entry.name, status


def _since(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:  # the thirteenth month
        return None


def put_back(source: str, target: str) -> None:
    """Copy an archived document into the working tree, never over anything.

    Raises FileExistsError where something is there, and OSError.
    """
    data, status = _read(source)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    create(target, data, (status.st_atime_ns, status.st_mtime_ns))


def outdated(
    found: Iterable[Item], keep: Iterable[str], now: datetime, max_age: timedelta, max_bytes: int
) -> tuple[str, ...]:
    """Return the names of what is too old, or too much; never of what is to be kept.

    The oldest go first. What is kept counts, too.
    """
    kept = set(keep)
    everything = sorted(found)
    total, gone = sum(item.size for item in everything), []
    for item in everything:
        if item.name not in kept and (now - item.since > max_age or total > max_bytes):
            gone.append(item.name)
            total -= item.size
    return tuple(gone)


def delete(folder: str, names: Iterable[str]) -> tuple[str, ...]:
    """Delete files from the archive, and return the names of those that are gone."""
    gone = []
    for name in names:
        with contextlib.suppress(OSError):
            os.unlink(_at(folder, name))
            gone.append(name)
    return tuple(gone)


def leftovers(folder: str, now: datetime) -> tuple[str, ...]:
    """Return reserved names and unfinished copies that are more than a day old."""
    a_day_ago = (now - timedelta(days=1)).timestamp()
    return tuple(
        name
        for name, status in _files(folder)
        if status.st_mtime < a_day_ago and (name.endswith(_PART) or not status.st_size)
    )


def _at(folder: str, name: str) -> str:
    return os.path.join(folder, name)
