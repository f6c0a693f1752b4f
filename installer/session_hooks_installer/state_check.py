"""Where the hooks' memory of a project is, and whether it takes anything, as a finding."""

import os
import sqlite3

from session_hooks.memory import BROKEN, BUSY, UNUSABLE, error_code
from session_hooks.store import BUSY_SECONDS, NAME, NewerSchemaError, Store
from session_hooks_installer.findings import Finding, Severity

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
            besides = [f"({path} can't be written to.)" for path in closed]
            return found._replace(what="\n".join([found.what, *besides]))
        closed.append(found)
    if not closed:
        what = "there is no folder to remember anything in"
        return Finding(Severity.WARNING, f"{what}\n{_FORGETFUL}", "set HOME or XDG_STATE_HOME")
    what = f"nothing can be remembered: {' and '.join(closed)} can't be written to"
    remedy = f"give yourself the right to write to {closed[0]}, or set XDG_STATE_HOME"
    return Finding(Severity.WARNING, f"{what}\n{_FORGETFUL}", remedy)


def _look(folder: str) -> Finding | str:
    """Say how one folder takes it; the path, where it can't be written to and the next is tried."""
    path, nearest = os.path.join(folder, NAME), _nearest(folder)
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
        return nearest
    if not os.path.lexists(path):
        return Finding(Severity.OK, f"nothing is remembered yet; it will be in {path}")
    try:
        _try_store(folder)
    except OSError:
        return path
    except (sqlite3.Error, NewerSchemaError) as error:
        code = error_code(error) if isinstance(error, sqlite3.Error) else 0
        return path if code in UNUSABLE else _failed(path, code, error)
    return Finding(Severity.OK, f"what is remembered is in {path}, which can be written to")


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
        remedy = "update agent-session-hooks: until then nothing is remembered"
        return Finding(Severity.ERROR, str(error), remedy)
    if code in BUSY:
        what = f"{path} is locked by another process for longer than {BUSY_SECONDS} s"
        remedy = f"check again; where it stays locked, end the process: fuser {path}"
        return Finding(Severity.WARNING, f"{what}\n{_FORGETFUL}", remedy)
    if code in BROKEN:
        what = f"{path} is broken: {error}"
        remedy = (
            "nothing is to be done: the next conversation keeps a copy of it and begins anew\n"
            "agent-session restore lists the documents that are kept beside it"
        )
        return Finding(Severity.WARNING, what, remedy)
    remedy = "see whether the disk is full" if code == sqlite3.SQLITE_FULL else f"move {path} away"
    return Finding(Severity.ERROR, f"{path} is of no use: {error}\n{_FORGETFUL}", remedy)
