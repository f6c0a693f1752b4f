"""Claim NEXT_SESSION.md for one conversation and archive it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from session_hooks.documents.files import UnreadableFileError, decode, digest_of, reason
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Document
from session_hooks.documents.redaction import redacted
from session_hooks.documents.registry import named, of_text
from session_hooks.memory import archive, process
from session_hooks.memory.conversations import HOOK_SECONDS, Fate, Life, fate
from session_hooks.memory.model import (
    AGAIN,
    EQUAL,
    GONE,
    LOST,
    PROMPTED,
    SUPERSEDED_BY_NEWER,
    UNMOVED,
    Archived,
    Past,
)
from session_hooks.project.project import absolute
from session_hooks.util.lazy import Value


class TakenBefore(Value):
    """What was taken earlier: to be told again, in another open conversation, or told by now."""

    unread: tuple[Archived, ...] = ()
    """The newest first."""
    held: tuple[Archived, ...] = ()
    settled: tuple[Archived, ...] = ()


class Taker(Value):
    """Who takes something, when and where to."""

    root: str
    folder: str
    """The archive."""
    conversation: str
    now: datetime


class Plan(Value):
    """What this start is about to take."""

    source: str
    """The file's path, absolute: in the working tree, or in the archive."""
    row: Archived
    former: Archived | None = None
    """The row of a document that is told again."""


class Taken(Value):
    """What came of it."""

    document: Document | None = None
    rows: tuple[Archived, ...] = ()
    """What is to be recorded once the text was written out."""
    copy: str | None = None
    """The copy's path, absolute."""
    again: Archived | None = None
    """How it was taken before."""
    is_lost: bool = False
    """Whether another process was faster."""
    stays: str | None = None
    """Why it stays where it is."""


def taken_before(past: Past, lives: Mapping[str, Life], by: Taker) -> TakenBefore:
    """Sort the documents that were taken from a project by what became of them."""
    takers = {taker.id: taker for taker in past.takers}
    unread, held, settled = list(_without_rows(past, by)), [], []
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
            held += [row] if is_there else []
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
    return TakenBefore(tuple(unread), tuple(held), tuple(settled))


def _without_rows(past: Past, by: Taker) -> Iterator[Archived]:
    """Yield what is in the archive and not in the store: that was lost, or is another one.

    Whether anybody has read it is not known, so it counts as unread.
    """
    for item in archive.list_files(by.folder):
        if item.name in past.archived or by.now - item.since < HOOK_SECONDS:
            continue
        data = archive.read(os.path.join(by.folder, item.name))
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


def is_free(*, tracked: bool | None, in_git: bool, consume: str) -> bool | None:
    """Return True if a document may leave the working tree; None where git doesn't tell."""
    if consume == "never":
        return False
    if consume == "always" or not in_git:
        return True
    return None if tracked is None else not tracked


def plan(document: Document | None, unread: Iterable[Archived], by: Taker) -> Plan | None:
    """Reserve a place for what is to be taken: a document in the tree, else the newest unread one.

    Raises OSError where the archive takes nothing.
    """
    hook = process.identity(str(os.getpid()))
    if document is not None:
        path, digest = document.path, document.digest
        name = archive.reserve(by.folder, os.path.basename(path), by.now)
        row = Archived(name, by.root, path, digest, by.conversation, hook, by.now)
        return Plan(absolute(by.root, path), row)
    for former in unread:
        name = archive.reserve(by.folder, os.path.basename(former.former), by.now)
        row = former._replace(
            name=name, conversation=by.conversation, hook=hook, taken=by.now, delivered=None
        )
        return Plan(os.path.join(by.folder, former.name), row, former)
    return None


def take(planned: Plan, folder: str, now: datetime, *, redact: bool) -> Taken:
    """Move what was planned, and return what is to be told: the text that was moved.

    Somebody may have written another one since it was read.
    """
    row = planned.row
    try:
        is_ours = archive.move(planned.source, folder, row.name)
    except (OSError, archive.NotMovedError) as error:
        archive.release(folder, row.name)
        return Taken(rows=(row._replace(settled=now, how=UNMOVED),), stays=reason(error))
    if not is_ours:
        archive.release(folder, row.name)
        return Taken(rows=(row._replace(settled=now, how=LOST),), is_lost=planned.former is None)
    copy = os.path.join(folder, row.name)
    data = archive.read(copy)
    if data is None:  # it stays undelivered: a later start tells it
        return Taken(stays=f"its copy, {copy}, can't be read")
    document = document_of(row.former, data, copy, redact=redact)
    rows = [row._replace(digest=document.digest, delivered=now)]
    if planned.former:
        rows.append(planned.former._replace(settled=now, how=AGAIN))
    return Taken(document, tuple(rows), copy, planned.former)


def document_of(path: str, data: bytes, copy: str, *, redact: bool) -> Document:
    """Read a document that was moved from ``path``, and is ``copy`` now; any bytes are read.

    Whether to ``redact`` the project says.
    """
    modified = datetime.fromtimestamp(max(os.stat(copy).st_mtime, 0), UTC)
    try:
        text, problems = decode(data)
    except UnreadableFileError:
        text, problems = "", ()
    form = of_text(named(NEXT), text)
    document = form.read(path, text, modified)
    if redact:
        document = redacted(document, text)
    return document._replace(problems=(*problems, *document.problems), digest=digest_of(data))


def taken_by(row: Archived, folder: str, *, redact: bool) -> Document | None:
    """Return what a conversation took when it began, from its copy in the archive."""
    copy = os.path.join(folder, row.name)
    data = archive.read(copy)
    return document_of(row.former, data, copy, redact=redact) if data else None


def settle_equal(rows: Iterable[Archived], to: Document, now: datetime) -> tuple[Archived, ...]:
    """Settle the rows whose text is told as another document's."""
    return tuple(row._replace(settled=now, how=EQUAL) for row in rows if row.digest == to.digest)
