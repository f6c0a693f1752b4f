"""Open the store for a hook, and keep its errors from the conversation."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from session_hooks.memory.database import NAME
from session_hooks.memory.model import Archived, Claim, Conversation, Past
from session_hooks.memory.store import BUSY_SECONDS, NewerSchemaError, Store
from session_hooks.project import error_log, state
from session_hooks.util.stamps import Stamp, stamp

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG)
"""TOOBIG: nothing of ours is that long, so a length was damaged."""
UNUSABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Memory:
    """A project's memory, which may be missing; a broken one is kept aside, and a new one begun.

    ``folders`` are the project's state folders, best first: the first one that can be written to
    holds it.
    """

    def __init__(
        self,
        folders: Iterable[str],
        report: Callable[[BaseException], None],
        wait: float = BUSY_SECONDS,
    ) -> None:
        """Open nothing yet; ``report`` is told of errors, ``wait`` is in seconds."""
        self._folders = tuple(folders)
        self._wait = wait
        self.report = report
        self._store: Store | None = None
        self._has_failed = False
        self._seen: Stamp | None = None
        self.folder: str | None = None

    @property
    def works(self) -> bool:
        """Whether it is open, and took everything so far."""
        return self._store is not None

    def open(self, *, create: bool) -> None:
        """Open it, unless that failed before; where there is none yet only if ``create``."""
        if self._store is not None or self._has_failed:
            return
        for folder in self._folders:
            is_there = create or os.path.lexists(os.path.join(folder, NAME))
            if not is_there or not _is_writable(folder):
                continue
            try:
                self._store = _open(folder, self._wait, self.report)
            except (OSError, sqlite3.Error, NewerSchemaError, ValueError) as error:
                self.report(error)
                if isinstance(error, OSError) or error_code(error) in UNUSABLE:
                    continue
                self._has_failed = True
                return
            self._seen = stamp(self._store.path)
            self.folder = folder
            return

    def close(self) -> None:
        """Close it; it may be opened again."""
        if self._store is not None:
            self._store.close()
        self._store, self._has_failed = None, False

    def record_event(
        self, claim: Claim, conversation: Conversation, *, taking: Iterable[Archived] = ()
    ) -> bool:
        """Record an event as the store does; True where it can't be recorded."""
        return self.do(
            lambda store: store.record_event(claim, conversation, taking=taking), otherwise=True
        )

    def recall(self, project: str, conversation: str | None, parent: str | None = None) -> Past:
        """Return what is remembered for a conversation in a project; nothing where it fails."""
        return self.do(lambda store: store.recall(project, conversation, parent), Past())

    def do(self, what: Callable[[Store], _T], otherwise: _T) -> _T:
        """Do something with the store; ``otherwise`` where there is none or it fails.

        After a failure there is none any more: half a memory would be worse.
        """
        if self._store is None:
            return otherwise
        try:
            return what(self._store)
        # ValueError and OverflowError: what SQLite can't hold.
        except (sqlite3.Error, ValueError, OverflowError) as error:
            broken, self._store, self._has_failed = self._store, None, True
            broken.close()
            if _is_broken(error):
                _move_aside(broken.path, self._seen, error)
            self.report(error)
            return otherwise


def _open(folder: str, wait: float, report: Callable[[BaseException], None]) -> Store:
    path = os.path.join(folder, NAME)
    seen = stamp(path)
    try:
        return Store(folder, wait=wait)
    except (sqlite3.Error, ValueError) as error:
        if not _is_broken(error):
            raise
        _move_aside(path, seen, error)
        report(error)
        return Store(folder, wait=wait)


def _is_writable(folder: str) -> bool:
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK | os.X_OK)


def _is_broken(error: Exception) -> bool:
    # The file's noise may be in the error's message, too.
    return error_code(error) in BROKEN or isinstance(error, UnicodeDecodeError)


def error_code(error: BaseException) -> int:
    """Return which of SQLite's errors it is, without the detail; 0 for any other."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _move_aside(path: str, seen: Stamp | None, error: Exception) -> None:
    """Move a broken database aside, so that a new one is begun, and note that at the error."""
    try:
        with _alone(os.path.dirname(path)):
            found = stamp(path)
            if found is None or seen is None or found[0] != seen[0]:  # another one was faster
                return
            kept = _free_name(path)
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{path}-journal", f"{kept}-journal")
            os.rename(path, kept)
        error.add_note(f"A new memory is begun; the bytes of the old one are kept in {kept}")
    except OSError as failure:
        error.add_note(f"{path} could not be begun anew: {failure}")


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Keep other processes that do the same in a folder waiting; raises OSError."""
    try:
        import fcntl
    except ImportError:  # Windows: there two that find it broken at one instant are not kept apart
        yield
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a network's file system locks no folder
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _free_name(path: str) -> str:
    number = 1
    while os.path.lexists(f"{path}.broken-{number}"):
        number += 1
    return f"{path}.broken-{number}"


def for_hook(
    folders: list[str],
    now: datetime,
    program: str,
    event_name: str | None,
    wait: float = BUSY_SECONDS,
) -> Memory:
    """Return the memory of a hook, whose errors go to ``hook-errors.log``."""

    def report(error: BaseException) -> None:
        # What is busy or broken is over after this; anything else is said again at each event.
        is_lasting = error_code(error) not in (*BUSY, *BROKEN)
        if is_lasting and not state.is_news(folders, "memory", str(error)):
            return
        error_log.append(folders, error_log.entry(now, program, event_name, error))

    return Memory(folders, report, wait)
