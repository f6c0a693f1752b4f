"""Open the store for a hook, and keep its errors from the conversation."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime

from session_hooks.memory.database import NAME
from session_hooks.memory.model import Archived, Claim, Conversation, Past
from session_hooks.memory.store import BUSY_SECONDS, NewerSchemaError, Store
from session_hooks.project import error_log, state
from session_hooks.util.lazy import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG)
"""TOOBIG: nothing of ours is that long, so a length was damaged."""
UNUSABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Memory:
    """A project's memory, which may be missing; a broken one is kept aside, and a new one begun."""

    def __init__(
        self,
        folders: Iterable[str],
        report: Callable[[BaseException], None],
        wait: float = BUSY_SECONDS,
    ) -> None:
        self._folders = tuple(folders)
        self._wait = wait
        self.report = report
        self._store: Store | None = None
        self._has_failed = False
        self._kept = ""
        self.folder: str | None = None

    @property
    def works(self) -> bool:
        return self._store is not None

    def open(self, *, create: bool) -> None:
        if self._store is not None or self._has_failed:
            return
        for folder in self._folders:
            is_there = create or os.path.lexists(os.path.join(folder, NAME))
            if not is_there or not _is_writable(folder):
                continue
            try:
                self._store = self._opened(folder)
            except (OSError, sqlite3.Error, NewerSchemaError, ValueError) as error:
                self.report(error)
                if isinstance(error, OSError) or error_code(error) in UNUSABLE:
                    continue
                self._has_failed = True
                return
            self.folder = folder
            return

    def _opened(self, folder: str) -> Store:
        path = os.path.join(folder, NAME)
        self._kept = _free_name(path)
        try:
            return Store(folder, wait=self._wait)
        except (sqlite3.Error, ValueError) as error:
            if not _is_broken(error):
                raise
            _begin_anew(path, self._kept, error)
            self.report(error)
        self._kept = _free_name(path)
        return Store(folder, wait=self._wait)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store, self._has_failed = None, False

    def record_event(
        self,
        claim: Claim,
        conversation: Conversation | None = None,
        *,
        taking: Iterable[Archived] = (),
    ) -> bool:
        """Record an event as the store does; True where it can't be recorded."""
        return self.do(
            lambda store: store.record_event(claim, conversation, taking=taking), otherwise=True
        )

    def recall(self, project: str, conversation: str | None, parent: str | None = None) -> Past:
        return self.do(lambda store: store.recall(project, conversation, parent), Past())

    def do(self, what: Callable[[Store], _T], otherwise: _T) -> _T:
        """After a failure there is no store any more: half a memory would be worse."""
        if self._store is None:
            return otherwise
        try:
            return what(self._store)
        # ValueError and OverflowError: what SQLite can't hold.
        except (sqlite3.Error, ValueError, OverflowError) as error:
            broken, self._store, self._has_failed = self._store, None, True
            broken.close()
            if _is_broken(error):
                _begin_anew(broken.path, self._kept, error)
            self.report(error)
            return otherwise


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


def _begin_anew(path: str, kept: str, error: Exception) -> None:
    """Keep a copy of a broken database and empty it in place, and note that at the error.

    A file that is moved away would meet the journal of the one that takes its name: a process that
    has it open would undo the new one's transaction in it.
    """
    try:
        with open(path, "r+b") as file:
            _lock(file.fileno())
            if _free_name(path) != kept:  # another one was faster
                return
            with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
                shutil.copyfileobj(file, copy)
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{path}-journal", f"{kept}-journal")
            file.truncate(0)  # which is a new database
        error.add_note(f"A new memory is begun; the bytes of the old one are kept in {kept}")
    except OSError as failure:
        error.add_note(f"{path} could not be begun anew: {failure}")


def _lock(fd: int) -> None:
    """Take SQLite's own exclusive lock (its os_unix.h, PENDING_BYTE and the 511 bytes after it)."""
    try:
        import fcntl
    except ImportError:  # Windows: there two that find it broken at one instant are not kept apart
        return
    fcntl.lockf(fd, fcntl.LOCK_EX, 512, 0x40000000)


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
    def report(error: BaseException) -> None:
        # What is busy or broken is over after this; anything else is said again at each event.
        is_lasting = error_code(error) not in (*BUSY, *BROKEN)
        if is_lasting and not state.is_news(folders, "memory", str(error)):
            return
        error_log.append(folders, error_log.entry(now, program, event_name, error))

    return Memory(folders, report, wait)
