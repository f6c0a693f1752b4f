"""The folder of documents that were moved out of the working tree: nothing in it is ever lost.

A document is moved by a rename, which one process alone can win. Where the archive is on another
file system it is first renamed beside itself, to a name that says where it goes, and then copied;
``recover`` finishes what a killed process began.
"""

import contextlib
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

FOLDER = "archive"
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-(.+)", re.DOTALL)
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ON_THE_WAY = re.compile(r"\.(\d{8}T\d{6}\.\d{6}Z-.+)\.taken", re.DOTALL)
"""What a document is called beside its place while it is copied."""
_PART = ".part"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
MOST_BYTES = 64 * 1024 * 1024
"""A file larger than this is no handoff, and is left where it is."""


class NotMovedError(Exception):
    """A document stays where it is; the message says why."""


class Item(NamedTuple):
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
        if os.lstat(path).st_size == 0:
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
    if status.st_size > MOST_BYTES:
        raise NotMovedError(f"it is larger than {MOST_BYTES // 1024**2} MiB")
    try:
        os.replace(path, _at(folder, reserved))
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
            os.link(on_the_way, path)  # unlike a rename, over nothing
            os.unlink(on_the_way)
        raise
    return True


def _finish(on_the_way: str, folder: str, reserved: str) -> None:
    """Copy a document to its reserved name, whole or not at all, and only then let it go."""
    target = _at(folder, reserved)
    with open(on_the_way, "rb") as file:
        data = file.read()
        status = os.fstat(file.fileno())
    part = f"{target}{_PART}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK | _BINARY
    with open(os.open(part, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(part, target)
    _sync(folder)
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
            if match := _ON_THE_WAY.fullmatch(name):
                found[match[1]] = os.path.join(folder, name)
    return found


def recover(path: str, folder: str, reserved: str) -> None:
    """Finish what a dead process began: bring a document from beside its place to the archive.

    A copy that is there already is kept, and the document let go, where both are the same.
    Raises OSError.
    """
    there = digest(_at(folder, reserved))
    if there is not None and there == digest(path):
        os.unlink(path)
    elif there in (None, EMPTY):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _finish(path, folder, reserved)


def digest(path: str) -> str | None:
    """Return the digest of a regular file's bytes; None where there is none to be read."""
    data = read(path)
    return None if data is None else digest_of(data)


def digest_of(data: bytes) -> str:
    """Return what tells a text from another."""
    return hashlib.sha256(data).hexdigest()


EMPTY = digest_of(b"")
"""The digest of a name that is reserved, and nothing moved to it yet."""


def read(path: str) -> bytes | None:
    """Return a regular file's bytes; None where there is none to be read."""
    try:
        fd = os.open(path, os.O_RDONLY | _NO_LINK | _BINARY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return None
    with open(fd, "rb") as file:
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return None
            return file.read()
        except OSError:
            return None


def items(folder: str) -> tuple[Item, ...]:
    """Return what is in the archive, the newest first; reserved names are not."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            match = _NAME.fullmatch(entry.name)
            if not match or entry.name.endswith(_PART):
                continue
            status = entry.stat(follow_symlinks=False)
            since = _since(match[1])
            if stat.S_ISREG(status.st_mode) and status.st_size and since:
                found.append(Item(entry.name, match[2], since, status.st_size))
    return tuple(sorted(found, reverse=True))


def _since(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:  # the thirteenth month
        return None


def put_back(source: str, target: str) -> None:
    """Copy an archived document into the working tree, never over anything.

    Raises FileExistsError where something is there, and OSError.
    """
    with open(source, "rb") as file:
        data = file.read()
        status = os.fstat(file.fileno())
    os.makedirs(os.path.dirname(target), exist_ok=True)
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY, 0o644)
    try:
        with open(fd, "wb") as file:
            file.write(data)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError:
        os.unlink(target)  # half of it would look like all of it
        raise


def outdated(
    found: Iterable[Item], keep: Iterable[str], now: datetime, max_age: timedelta, max_bytes: int
) -> tuple[str, ...]:
    """Return the names of what is too old, or too much; never of what is to be kept.

    The oldest go first.
    """
    kept = set(keep)
    total, gone = 0, []
    for item in sorted(found, reverse=True):
        total += item.size
        if item.name not in kept and (now - item.since > max_age or total > max_bytes):
            gone.append(item.name)
            total -= item.size
    return tuple(gone)


def delete(folder: str, names: Iterable[str]) -> None:
    """Delete files from the archive."""
    for name in names:
        with contextlib.suppress(OSError):
            os.unlink(_at(folder, name))


def leftovers(folder: str, now: datetime) -> tuple[str, ...]:
    """Return reserved names and unfinished copies that are more than a day old."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            status = entry.stat(follow_symlinks=False)
            is_old = now.timestamp() - status.st_mtime > timedelta(days=1).total_seconds()
            if is_old and (entry.name.endswith(_PART) or status.st_size == 0):
                found.append(entry.name)
    return tuple(found)


def _at(folder: str, name: str) -> str:
    return os.path.join(folder, name)
