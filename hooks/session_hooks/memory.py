"""The store behind a boundary: what it can't do is logged, and the hook goes on without it."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from session_hooks import hook_log, told
from session_hooks.store import NAME, NewerSchemaError, Store

_T = TypeVar("_T")
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNUSABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
_CODE = 0xFF
"""The part of SQLite's error codes that isn't a detail of another one."""
_ABANDONED_SECONDS = 60
"""After which no hook is still at moving a broken database aside."""


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
            if not _is_writable(folder):
                continue
            try:
                self._store = _open(folder, self._report)
            except (OSError, sqlite3.Error, NewerSchemaError, ValueError) as error:
                self._report(error)
                if isinstance(error, OSError) or _code(error) in _UNUSABLE:
                    continue
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
        except (sqlite3.Error, ValueError) as error:  # ValueError: what SQLite can't hold
            broken, self._store = self._store, None
            broken.close()
            if _is_broken(error):
                _set_aside(broken.path, broken.inode, error)
            self._report(error)
            return otherwise


def _open(folder: str, report: Callable[[BaseException], None]) -> Store:
    path = os.path.join(folder, NAME)
    inode = _inode(path)  # before it is looked into: another hook may begin a new one meanwhile
    try:
        return Store(folder)
    except (sqlite3.Error, ValueError) as error:
        if not _is_broken(error) or inode is None:
            raise
        _set_aside(path, inode, error)
        report(error)
        return Store(folder)


def _is_writable(folder: str) -> bool:
    """Tell whether a folder can be written to, or made where it is missing."""
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK | os.X_OK)


def _is_broken(error: Exception) -> bool:
    """Tell whether an error is the file's own; its noise may be in the error's message, too."""
    return _code(error) in _BROKEN or isinstance(error, UnicodeDecodeError)


def _code(error: Exception) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _CODE


def _inode(path: str) -> int | None:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return None


def _set_aside(path: str, inode: int, error: Exception) -> None:
    """Move a broken database away, unless another process has done so, and note it at the error.

    The name that it gets is made of its inode, which no other file has while it keeps it: so one
    process alone can give it, and nobody moves what another has begun anew.
    """
    aside = f"{path}.broken-{inode}"
    try:
        if _inode(path) != inode:
            return
        try:
            os.link(path, aside)
        except FileExistsError:
            # Another process is at it, or was killed at it.
            if time.time() - os.stat(aside).st_ctime < _ABANDONED_SECONDS:
                return
        # First: to the new database it would be a journal to be rolled back.
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}-journal", f"{aside}-journal")
        os.unlink(path)
        error.add_note(f"A new memory is begun; the bytes of the old one are kept in {aside}")
    except OSError as failure:
        error.add_note(f"{path} could not be moved aside: {failure}")


def for_hook(folders: list[str], now: datetime, program: str, event_name: str | None) -> "Memory":
    """Return the memory of a hook, whose errors go to ``hook-errors.log``."""

    def report(error: BaseException) -> None:
        is_lasting = isinstance(error, OSError | NewerSchemaError) or (
            isinstance(error, sqlite3.Error) and _code(error) in _UNUSABLE
        )
        if is_lasting and not told.is_news(folders, "memory", str(error)):
            return
        hook_log.append(folders, hook_log.entry(now, program, event_name, error))

    return Memory(folders, report)
