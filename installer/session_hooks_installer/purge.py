"""Remove the state that the hooks keep."""

import contextlib
import os
import re
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from session_hooks.agents.agent import every
from session_hooks.memory import archive, conversations, former, process, undo
from session_hooks.memory.conversations import Fate, Life, fate
from session_hooks.memory.database import NAME
from session_hooks.memory.memory import BUSY, error_code
from session_hooks.memory.store import Log, NewerSchemaError, Store
from session_hooks.project import error_log
from session_hooks.project.project import project_at
from session_hooks.project.state import WATCHES, state_folders
from session_hooks.util.dates import count
from session_hooks.util.safe_text import path as shown
from session_hooks_installer import common
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import install, record
from session_hooks_installer.settings.file import LOCK, MARK, remove_folders

_OURS = re.compile(
    rf"{re.escape(NAME)}(?:\.broken-\d+)?(?:-journal)?"
    rf"|{re.escape(error_log.LOG)}(?:\.1)?"
    rf"|[a-z-]+\.told|{WATCHES}"
    rf"|{former.NAMES.pattern}"
    rf"|\.{re.escape(record.FILE)}\.{MARK}-[0-9a-f]{{8}}\.tmp"
)
_ARCHIVED = re.compile(r"\d{8}T\d{6}\.\d{6}Z-.+", re.DOTALL)


class State(NamedTuple):
    folder: str
    files: tuple[str, ...]  # absolute; the database last: it says what the others are
    documents: tuple[str, ...]


def purge(repo: Path, *, dry_run: bool) -> list[State]:
    """Delete what is remembered of a repository; the record stays while the hooks are installed.

    Raises RefusedError, with nothing deleted, if perhaps nobody read an archived document, another
    process writes to the database, or a folder can't be written to.
    """
    folders = _state_folders(repo)
    with contextlib.ExitStack() as stack:
        # While the databases are locked, no starting conversation can take a document.
        logs = {folder: _log(folder, stack) for folder in folders}
        found = find(folders)
        _require_read(found, logs)
        for folder in {os.path.dirname(path): None for state in found for path in state.files}:
            if not os.access(folder, os.W_OK | os.X_OK):
                raise RefusedError(f"{shown(folder)} can't be written to, so nothing was deleted")
        paths = [] if dry_run else [path for state in found for path in state.files]
        open_still = [path for path in paths if not _delete(path)]
    for path in open_still:  # Windows deletes no file that is open
        if not _delete(path):
            raise RefusedError(f"{shown(path)} can't be deleted; what is beside it is deleted")
    if not dry_run:
        for folder in folders:
            empty = [os.path.join(folder, archive.FOLDER), *undo.folders(folder)]
            remove_folders(map(Path, empty))  # a link is none, and one with anything in it stays
        if not any(install.where(repo, os.environ, agent) for agent in every()):
            record.write(folders, ())
        record.remove_empty(folders)
    return found


def _state_folders(repo: Path) -> list[str]:
    return state_folders(*project_at(str(repo.resolve()))[:2], os.environ)


def find(folders: Sequence[str]) -> list[State]:
    """Return what each state folder holds; raises RefusedError for a link, and if unreadable."""
    found = []
    for folder in folders:
        inside = os.path.join(folder, archive.FOLDER)
        own = _named(folder, _OURS)
        # A name that is reserved in the archive, or half a copy.
        reserved = _named(inside, _ARCHIVED)
        unfinished = [one for one in reserved if one.endswith(".part") or not os.path.getsize(one)]
        documents = [os.path.join(inside, item.name) for item in archive.list_files(inside)]
        undoable = [path for one in undo.folders(folder) for path in _named(one, undo.NAMES)]
        if files := [*own, *unfinished, *documents, *undoable]:
            last = os.path.join(folder, NAME)
            files.sort(key=lambda path: (path == last, path))
            found.append(State(folder, tuple(files), tuple(sorted(documents))))
    return found


def _named(folder: str, names: re.Pattern[str]) -> list[str]:
    return [path for path in _regular(folder) if names.fullmatch(os.path.basename(path))]


def _regular(folder: str) -> Iterator[str]:
    try:
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            raise RefusedError(f"{shown(folder)} is a link: delete what it leads to by hand")
        with os.scandir(folder) as listing:
            for entry in listing:
                if entry.is_file(follow_symlinks=False):
                    yield entry.path
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise RefusedError(f"{shown(folder)} can't be read: {error.strerror}") from error


def _log(folder: str, stack: contextlib.ExitStack) -> Log | None:
    """Lock a folder's database for as long as ``stack``, and read it; None if it can't be read."""
    path = os.path.join(folder, NAME)
    if os.path.islink(folder) or not os.path.lexists(path):
        return None
    try:
        store = stack.enter_context(contextlib.closing(Store(folder)))
        stack.enter_context(store.transaction())
        return store.log()
    except sqlite3.Error as error:
        if error_code(error) in BUSY:
            raise RefusedError(
                f"{shown(path)} is in use by another process, so nothing was deleted: try again"
            ) from error
        return None
    except (OSError, ValueError, NewerSchemaError):  # ValueError: a row that isn't ours
        return None


def _require_read(found: Sequence[State], logs: dict[str, Log | None]) -> None:
    unread = [path for state in found for path in _unread(state, logs[state.folder])]
    if not unread:
        return
    lines = ["perhaps nobody has read what is archived here, so nothing was deleted:"]
    lines += [f"  {shown(path)}" for path in unread]
    for state in found:
        if state.documents and logs[state.folder] is None:
            path = shown(os.path.join(state.folder, NAME))
            lines.append(f"{path} would say so, and can't be read.")
    name = shown(os.path.basename(unread[0]))
    lines.append(f"To bring one back: agent-session restore {name}")
    lines.append("Delete the file of one that you don't need. Then run this again.")
    raise RefusedError("\n".join(lines))


def _unread(state: State, log: Log | None) -> Iterator[str]:
    """Yield the documents that perhaps nobody has read, unknown ones among them."""
    archived = log.archived if log else ()
    names = {row.name for row in archived}
    yield from (path for path in state.documents if os.path.basename(path) not in names)
    by_id = {one.id: one for one in log.conversations} if log else {}
    waiting = [row for row in archived if row.settled is None]
    now = datetime.now(UTC)
    for row in waiting:
        taker = by_id.get(row.conversation)
        life = conversations.look([taker])[taker.id] if taker else Life()
        became = fate(row, taker, life, process.is_alive(row.hook), now)
        if became is Fate.READ:
            continue
        path = os.path.join(state.folder, archive.FOLDER, row.name)
        if path in state.documents or (became is Fate.HELD and path in state.files):
            yield path


def _delete(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def say_kept(repo: Path) -> None:
    with contextlib.suppress(RefusedError):  # then there is nothing to be purged
        kept = [shown(state.folder) for state in find(_state_folders(repo))]
        if kept:
            command = common.command(repo, "--purge")
            print(f"What is remembered stays in {' and '.join(kept)}; to delete it: {command}")


def say_purged(found: Sequence[State], *, dry_run: bool) -> None:
    if not found:
        print("Nothing is remembered of this repository; nothing to delete.")
    for state in found:
        documents = len(state.documents)
        which = f", {count(documents, 'archived document')} among them" if documents else ""
        lead = "Would delete" if dry_run else "Deleted"
        what = count(len(state.files), "file")
        print(f"{lead} what was remembered in {shown(state.folder)}: {what}{which}.")
        if dry_run:
            for path in state.files:
                print(f"  {shown(path)}")
        elif os.path.isdir(state.folder):
            for name in sorted(os.listdir(state.folder)):
                if name not in (record.FILE, LOCK):  # how to take the hooks out again
                    path = os.path.join(state.folder, name)
                    print(f"Left in place, because it isn't ours: {shown(path)}")
