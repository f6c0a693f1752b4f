"""Move documents to the archive, list, restore and prune them."""

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from session_hooks.documents import files
from session_hooks.documents.files import UnreadableFileError
from session_hooks.util import stamps
from session_hooks.util.lazy import Value, pattern

FOLDER = "archive"
_NAME = pattern(r"(\d{8}T\d{6}\.\d{6}Z)-(.+)", re.DOTALL)
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_PART = ".part"
MAX_BYTES = 64 * 1024 * 1024
"""A larger file is no handoff, and is left where it is."""


class NotMovedError(Exception):
    """A document stays where it is; the message says why."""


class ArchivedFile(Value):
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
        path = os.path.join(folder, reserved)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            now += timedelta(microseconds=1)
        else:
            return reserved


def release(folder: str, reserved: str) -> None:
    """Free a reserved name that nothing was moved to."""
    path = os.path.join(folder, reserved)
    with contextlib.suppress(OSError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size == 0:
            os.unlink(path)


def move(path: str, folder: str, reserved: str) -> bool:
    """Move a document to its reserved name; False where another process was faster.

    Raises NotMovedError where it has to stay, with nothing changed, and OSError.
    """
    target = os.path.join(folder, reserved)
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            raise NotMovedError("it is a link, or no regular file")
        if not status.st_size:  # in the archive it would look like a name that is only reserved
            raise NotMovedError("it is empty")
        if status.st_size > MAX_BYTES:
            raise NotMovedError(f"it is larger than {MAX_BYTES // 1024**2} MiB")
        os.replace(path, target)
        with contextlib.suppress(OSError):
            os.chmod(target, 0o600)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _move_across(path, target)
    return True


def _move_across(path: str, target: str) -> bool:
    """Copy a document to another file system; the process that then deletes it has it."""
    try:
        data, status = _read(path)
    except FileNotFoundError:
        return False
    part = f"{target}{_PART}"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.replace(part, target)
        _sync(os.path.dirname(target))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    is_ours = False
    try:
        if stamps.stamp(path) == stamps.of(status):  # else another text was written meanwhile
            os.unlink(path)
            is_ours = True
    except FileNotFoundError:
        pass
    finally:
        if not is_ours:
            os.truncate(target, 0)
    return is_ours


def _sync(folder: str) -> None:
    """Have a folder's own entries on the disk, where the platform can."""
    if os.name != "nt":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def read(path: str) -> bytes | None:
    """Return a regular file's bytes; None where there is none to be read."""
    try:
        return _read(path)[0]
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def _read(path: str) -> tuple[bytes, os.stat_result]:
    """Read a whole file, and its status before that; raises OSError."""
    try:
        found = files.read(path, MAX_BYTES)
    except UnreadableFileError as error:
        raise OSError(errno.EINVAL, str(error), path) from error
    if found is None:
        raise FileNotFoundError(errno.ENOENT, "it is gone", path)
    data, status = found
    if status.st_size > len(data):
        raise OSError(errno.EFBIG, "it is too large", path)
    return found


def list_files(folder: str) -> tuple[ArchivedFile, ...]:
    """Return what is in the archive, the newest first; names that are only reserved are not."""
    found = []
    for name, status in _regular_files(folder):
        match = _NAME.fullmatch(name)
        since = _parse_stamp(match[1]) if match else None
        if match and since and status.st_size and not name.endswith(_PART):
            found.append(ArchivedFile(name, match[2], since, status.st_size))
    return tuple(sorted(found, reverse=True))


def _regular_files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            with contextlib.suppress(OSError):  # another process has deleted it
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield entry.name, status


def _parse_stamp(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:  # the thirteenth month
        return None


def restore(source: str, target: str) -> None:
    """Copy an archived document into the working tree, never over anything.

    Raises FileExistsError where something is there, and OSError.
    """
    data, status = _read(source)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    files.create(target, data, (status.st_atime_ns, status.st_mtime_ns))


def outdated(
    found: Iterable[ArchivedFile],
    keep: Iterable[str],
    now: datetime,
    max_age: timedelta,
    max_bytes: int,
) -> tuple[str, ...]:
    """Return the names of what is too old, or too much; never of what is to be kept.

    The oldest go first. What is kept counts, too.
    """
    kept = set(keep)
    everything = sorted(found)
    total, gone = sum(file.size for file in everything), []
    for file in everything:
        if file.name not in kept and (now - file.since > max_age or total > max_bytes):
            gone.append(file.name)
            total -= file.size
    return tuple(gone)


def delete(folder: str, names: Iterable[str]) -> tuple[str, ...]:
    """Delete files from the archive, and return the names of those that are gone."""
    gone = []
    for name in names:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, name))
            gone.append(name)
    return tuple(gone)


def leftovers(folder: str, now: datetime) -> tuple[str, ...]:
    """Return reserved names and unfinished copies that are more than a day old."""
    a_day_ago = (now - timedelta(days=1)).timestamp()
    return tuple(
        name
        for name, status in _regular_files(folder)
        if status.st_mtime < a_day_ago and (name.endswith(_PART) or not status.st_size)
    )
