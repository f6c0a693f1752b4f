"""Where the hooks' memory of a project is, and whether it takes anything, as a finding."""

import os
import sqlite3

from session_hooks.memory import BROKEN, BUSY, UNUSABLE, error_code
from session_hooks.store import BUSY_SECONDS, NAME, NewerSchemaError, Store
from session_hooks_installer.findings import Code, Finding, Words
from session_hooks_installer.naming import quoted

_FORGETFUL = (
    "So every conversation is told everything again, and NEXT_SESSION.md stays where it is."
)


def check(folders: list[str]) -> Finding:
    """Say where the hooks' memory is, and whether it takes anything; nothing is begun for that.

    The folders are tried as the hooks try them: the first that can be written to has it.
    """
    closed: list[str] = []
    for folder in folders:
        found = _look(folder)
        if isinstance(found, Finding):
            besides = tuple(f"({path} can't be written to.)" for path in closed)
            return found._replace(detail=besides)
        closed.append(found)
    if not closed:
        what = "there is no folder to remember anything in"
        return Finding(Code.NO_STATE_FOLDER, what, _FORGETFUL, Words("set HOME or XDG_STATE_HOME"))
    what = f"nothing can be remembered: {' and '.join(closed)} can't be written to"
    remedy = f"chmod u+rwx {quoted(closed[0])}"
    if not _is_own_folder(closed[0]):
        remedy = Words(f"give yourself the right to write to {closed[0]}, or set XDG_STATE_HOME")
    return Finding(Code.STATE_NOT_WRITABLE, what, _FORGETFUL, remedy, path=closed[0])


def _is_own_folder(path: str) -> bool:
    """Tell whether a folder is this person's, so that they may change its mode."""
    try:
        return os.name == "posix" and os.path.isdir(path) and os.stat(path).st_uid == os.geteuid()
    except OSError:
        return False


def _look(folder: str) -> Finding | str:
    """Say how one folder takes it; the path, where it can't be written to and the next is tried."""
    path, nearest = os.path.join(folder, NAME), _nearest(folder)
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
        return nearest
    if not os.path.lexists(path):
        what = f"nothing is remembered yet; it will be in {path}"
        return Finding(Code.STATE_WORKS, what, path=path)
    try:
        _try_store(folder)
    except OSError:
        return path
    except (sqlite3.Error, NewerSchemaError) as error:
        code = error_code(error) if isinstance(error, sqlite3.Error) else 0
        return path if code in UNUSABLE else _failed(path, code, error)
    what = f"what is remembered is in {path}, which can be written to"
    return Finding(Code.STATE_WORKS, what, path=path)


def _nearest(folder: str) -> str:
    """Return the nearest thing upward that is there."""
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def _try_store(folder: str) -> None:
    store = Store(folder)
    try:
        store.check()
        store.log()
    finally:
        store.close()


def _failed(path: str, code: int, error: Exception) -> Finding:
    if isinstance(error, NewerSchemaError):
        why = "Until then nothing is remembered."
        return Finding(
            Code.STATE_NEWER, str(error), why, Words("update agent-session-hooks"), path=path
        )
    if code in BUSY:
        what = f"{path} is locked by another process for longer than {BUSY_SECONDS} s"
        look = Words(f"check again; to see who has it: fuser {quoted(path)}")
        return Finding(Code.STATE_LOCKED, what, _FORGETFUL, look, path=path)
    if code in BROKEN:
        return Finding(
            Code.STATE_BROKEN,
            f"{path} is broken: {error}",
            "The next conversation keeps a copy of it and begins anew; archived documents stay.",
            Words("nothing is to be done; agent-session restore lists those documents"),
            path=path,
        )
    is_full = code == sqlite3.SQLITE_FULL
    aside = f"mv {quoted(path)} {quoted(path + '.aside')}"
    remedy = Words("see whether the disk is full") if is_full else aside
    return Finding(
        Code.STATE_UNUSABLE, f"{path} is of no use: {error}", _FORGETFUL, remedy, path=path
    )
