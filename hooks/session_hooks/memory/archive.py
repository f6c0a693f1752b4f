"""Take NEXT_SESSION.md into the archive for one conversation; list, restore and prune there."""

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from session_hooks.documents import files
from session_hooks.documents.files import UnreadableFileError, decode, digest_of, reason
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Document
from session_hooks.documents.redaction import redacted
from session_hooks.documents.registry import named, of_text
from session_hooks.memory import process
from session_hooks.memory.conversations import HOOK_SECONDS, Fate, Life, fate
from session_hooks.memory.model import (
    AGAIN,
    GONE,
    LOST,
    PROMPTED,
    SUPERSEDED_BY_NEWER,
    UNMOVED,
    Archived,
    Past,
)
from session_hooks.project.project import absolute
from session_hooks.util import stamps
from session_hooks.util.lazy import Value, pattern

FOLDER = "archive"
_NAME = pattern(r"(\d{8}T\d{6}\.\d{6}Z)-(.+)", re.DOTALL)
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_PART = ".part"
_UNFINISHED = (_PART, ".tmp")  # the latter by ``files.create``
MAX_BYTES = 64 * 1024 * 1024  # a larger file is no handoff


class NotMovedError(Exception):
    """A document stays where it is; the message says why."""


class ArchivedFile(Value):
    name: str
    former_name: str
    since: datetime
    size: int


def reserve(folder: str, name: str, now: datetime) -> str:
    """Reserve a name in the archive by an empty file, and return it; raises OSError."""
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
    path = os.path.join(folder, reserved)
    with contextlib.suppress(OSError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size == 0:
            os.unlink(path)


def move(path: str, folder: str, reserved: str) -> bool:
    """False where another process was faster. Raises NotMovedError, nothing changed, or OSError."""
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
    keep(*os.path.split(target), data, (status.st_atime_ns, status.st_mtime_ns))
    _sync(os.path.dirname(target))
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
    if os.name != "nt":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def keep(folder: str, reserved: str, data: bytes, times: tuple[int, int] | None = None) -> None:
    """Write a copy to its reserved name; raises OSError."""
    part = os.path.join(folder, f"{reserved}{_PART}")
    files.create(part, data, times)
    os.chmod(part, 0o600)
    os.replace(part, os.path.join(folder, reserved))


def read(path: str) -> bytes | None:
    try:
        return _read(path)[0]
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def _read(path: str) -> tuple[bytes, os.stat_result]:
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
    found = []
    for name, status in _regular_files(folder):
        match = _NAME.fullmatch(name)
        if match is None or not status.st_size or name.endswith(_PART):
            continue
        with contextlib.suppress(ValueError):  # the thirteenth month
            since = datetime.fromisoformat(match[1])
            found.append(ArchivedFile(name, match[2], since, status.st_size))
    return tuple(sorted(found, reverse=True))


def _regular_files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            with contextlib.suppress(OSError):  # another process has deleted it
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield entry.name, status


def restore(source: str, target: str) -> None:
    """Copy it into the working tree; raises FileExistsError where something is, and OSError."""
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
    """Return the names of what is too old, or too much, the oldest first; what is kept counts."""
    kept = set(keep)
    everything = sorted(found)
    total, gone = sum(file.size for file in everything), []
    for file in everything:
        if file.name not in kept and (now - file.since > max_age or total > max_bytes):
            gone.append(file.name)
            total -= file.size
    return tuple(gone)


def delete(folder: str, names: Iterable[str]) -> tuple[str, ...]:
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
        if status.st_mtime < a_day_ago and (name.endswith(_UNFINISHED) or not status.st_size)
    )


# --- who takes what ------------------------------------------------------------------------------


class TakenBefore(Value):
    unread: tuple[Archived, ...] = ()  # the newest first
    taken_by_others: tuple[Archived, ...] = ()
    settled: tuple[Archived, ...] = ()


class Taker(Value):
    root: str
    folder: str
    conversation: str
    now: datetime


class Plan(Value):
    source: str  # absolute: in the working tree, or in the archive
    row: Archived
    former: Archived | None = None  # of a document that is told again


class Taken(Value):
    document: Document | None = None
    rows: tuple[Archived, ...] = ()
    copy: str | None = None
    again: Archived | None = None  # how it was taken before
    is_lost: bool = False  # another process was faster
    error: str = ""


def taken_before(past: Past, lives: Mapping[str, Life], by: Taker) -> TakenBefore:
    takers = {taker.id: taker for taker in past.takers}
    unread, taken_by_others, settled = list(_without_rows(past, by)), [], []
    for row in past.unsettled:
        found = fate(
            row,
            takers.get(row.conversation),
            lives.get(row.conversation, Life()),
            process.is_alive(row.hook),
            by.now,
        )
        is_there = _is_there(row, by.folder)
        if is_there is None:
            continue  # it can't be seen now: the next start looks again
        if found is Fate.HELD:
            taken_by_others += [row] if is_there else []
        elif not is_there:
            settled.append(row._replace(settled=by.now, how=GONE))
        elif found is Fate.READ:
            settled.append(row._replace(settled=by.now, how=PROMPTED))
        else:
            unread.append(row)
    # What was written after them has been read, with the place of these.
    read = max((row.taken for row in settled if row.how == PROMPTED), default=None)
    older = [row for row in unread if read is not None and row.taken < read]
    settled += [row._replace(settled=by.now, how=SUPERSEDED_BY_NEWER) for row in older]
    unread = [row for row in unread if row not in older]
    unread.sort(key=lambda row: row.taken, reverse=True)
    return TakenBefore(tuple(unread), tuple(taken_by_others), tuple(settled))


def _without_rows(past: Past, by: Taker) -> Iterator[Archived]:
    """Yield what is in the archive, and not in a store that was lost: it counts as unread."""
    for item in list_files(by.folder):
        if item.name in past.archived or by.now - item.since < HOOK_SECONDS:
            continue
        data = read(os.path.join(by.folder, item.name))
        if data is not None:
            yield Archived(
                item.name, by.root, item.former_name, digest_of(data), "", None, item.since
            )


def _is_there(row: Archived, folder: str) -> bool | None:
    """Tell whether a document's copy is in the archive; None where that can't be seen."""
    try:
        return os.lstat(os.path.join(folder, row.name)).st_size > 0
    except FileNotFoundError:
        return False if os.path.isdir(folder) else None
    except OSError:
        return None


def plan(document: Document | None, unread: Sequence[Archived], by: Taker) -> Plan | None:
    """Reserve a place for a document in the tree, else the newest unread one; raises OSError."""
    hook = process.identity(str(os.getpid()))
    if document is not None:
        path, digest = document.path, document.digest
        name = reserve(by.folder, os.path.basename(path), by.now)
        row = Archived(name, by.root, path, digest, by.conversation, hook, by.now)
        return Plan(absolute(by.root, path), row)
    if not unread:
        return None
    former = unread[0]
    name = reserve(by.folder, os.path.basename(former.former), by.now)
    row = former._replace(
        name=name, conversation=by.conversation, hook=hook, taken=by.now, delivered=None
    )
    return Plan(os.path.join(by.folder, former.name), row, former)


def take(planned: Plan, folder: str, now: datetime, *, redact: bool) -> Taken:
    """Move what was planned, and return what is to be told: the text that is there by now."""
    row = planned.row
    try:
        is_ours = move(planned.source, folder, row.name)
    except (OSError, NotMovedError) as error:
        release(folder, row.name)
        return Taken(rows=(row._replace(settled=now, how=UNMOVED),), error=reason(error))
    if not is_ours:
        release(folder, row.name)
        return Taken(rows=(row._replace(settled=now, how=LOST),), is_lost=planned.former is None)
    copy = os.path.join(folder, row.name)
    document = read_copy(row.former, copy, redact=redact)
    if document is None:  # it stays undelivered: a later start tells it
        return Taken(error=f"its copy, {copy}, can't be read")
    rows = [row._replace(digest=document.digest, delivered=now)]
    if planned.former:
        rows.append(planned.former._replace(settled=now, how=AGAIN))
    return Taken(document, tuple(rows), copy, planned.former)


def read_copy(path: str, copy: str, *, redact: bool) -> Document | None:
    data = read(copy)
    if not data:
        return None
    modified = datetime.fromtimestamp(max(os.stat(copy).st_mtime, 0), UTC)
    try:
        text, problems = decode(data)
    except UnreadableFileError:
        text, problems = "", ()
    document = of_text(named(NEXT), text).read(path, text, modified)
    if redact:
        document = redacted(document, text)
    return document._replace(problems=(*problems, *document.problems), digest=digest_of(data))
