"""The store behind a boundary: what it can't do is logged, and the hook goes on without it."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from session_hooks import hook_log
from session_hooks.store import NAME, NewerSchemaError, Store

_T = TypeVar("_T")
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
UNUSABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_CODE = 0xFF
"""The part of SQLite's error codes that isn't a detail of another one."""


class Memory:
    """A project's memory, which may be missing.

    ``folders`` are the project's state folders, best first; the first one that can be written to
    holds it. A broken database is moved aside, its bytes kept, and a new one begun.
    """

    def __init__(self, folders: Iterable[str], report: Callable[[BaseException], None]) -> None:
        """Remember where it may lie and whom to tell of an error; nothing is opened yet."""
        self._folders = tuple(folders)
        self._report = report
        self._store: Store | None = None
        self.folder: str | None = None
        """Where it lies, once it is open."""

    @property
    def works(self) -> bool:
        """Whether it is open, and took everything so far."""
        return self._store is not None

    def open(self, *, create: bool) -> None:
        """Open it; where there is none yet only if it is to be created."""
        for folder in self._folders:
            if not create and not os.path.lexists(os.path.join(folder, NAME)):
                continue
            try:
                self._store = _open(folder, self._report)
            except (OSError, sqlite3.Error) as error:
                if isinstance(error, OSError) or error_code(error) in UNUSABLE:
                    continue
                self._report(error)
                return
            except NewerSchemaError as error:
                self._report(error)
                return
            self.folder = folder
            return

    def close(self) -> None:
        """Give it back."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def do(self, what: Callable[[Store], _T], otherwise: _T) -> _T:
        """Do something with the store; ``otherwise`` where there is none or it fails.

        After a failure there is none any more: half a memory would be worse.
        """
        if self._store is None:
            return otherwise
        try:
            return what(self._store)
        except (sqlite3.Error, OSError, ValueError) as error:  # ValueError: a row that isn't ours
            broken, self._store = self._store, None
            broken.close()
            self._report(error)
            if isinstance(error, sqlite3.Error) and error_code(error) in BROKEN:
                _set_aside(broken.path, broken.inode, self._report)
            return otherwise


def _open(folder: str, report: Callable[[BaseException], None]) -> Store:
    if not os.access(folder if os.path.isdir(folder) else _nearest(folder), os.W_OK):
        raise PermissionError(folder)
    try:
        return Store(folder)
    except sqlite3.Error as error:
        if error_code(error) not in BROKEN:
            raise
        report(error)
        path = os.path.join(folder, NAME)
        _set_aside(path, os.stat(path).st_ino, report)
        return Store(folder)


def _nearest(folder: str) -> str:
    """Return the nearest folder upward that is there."""
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def error_code(error: sqlite3.Error) -> int:
    """Return which of SQLite's errors it is, without the detail."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _CODE


def _set_aside(path: str, inode: int, report: Callable[[BaseException], None]) -> None:
    """Move a broken database away, unless another process has done so."""
    try:
        if os.stat(path).st_ino != inode:
            return
        number = 1
        while os.path.lexists(f"{path}.broken-{number}"):
            number += 1
        os.rename(path, f"{path}.broken-{number}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}-journal", f"{path}.broken-{number}-journal")
    except OSError as error:
        report(error)


def for_hook(folders: list[str], now: datetime, program: str, event_name: str | None) -> "Memory":
    """Return the memory of a hook, whose errors go to ``hook-errors.log``."""

    def report(error: BaseException) -> None:
        hook_log.append(folders, hook_log.entry(now, program, event_name, error))

    return Memory(folders, report)
