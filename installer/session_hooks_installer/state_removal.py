"""``install-hooks --purge``: deletes what the hooks keep of a repository, and nothing else.

Only regular files whose names this package gives are deleted, never through a link, and a folder
only once it is empty. A document in the archive that perhaps nobody has read stops all of it.
"""

import contextlib
import os
import re
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from session_hooks import archive, former, hook_log, process, witness
from session_hooks.conversations import Fate, Life, fate
from session_hooks.database import NAME
from session_hooks.memory import BUSY, error_code
from session_hooks.plain import path as shown
from session_hooks.records import Archived, Conversation
from session_hooks.state import STATE_FOLDER
from session_hooks.store import NewerSchemaError, Store
from session_hooks_installer.locking import LOCK
from session_hooks_installer.record_file import FILE
from session_hooks_installer.refusal import RefusedError

_OURS = re.compile(
    rf"{re.escape(NAME)}(?:\.broken-\d+)?(?:-journal)?"
    rf"|{re.escape(hook_log.LOG)}(?:\.1)?"
    r"|[a-z-]+\.told"
    rf"|{former.NAMES.pattern}"
    rf"|{re.escape(LOCK)}"
)
_ARCHIVED = re.compile(r"\d{8}T\d{6}\.\d{6}Z-.+", re.DOTALL)
_PART = ".part"
_ALL = -1
"""SQLite's "no limit"."""


class State(NamedTuple):
    """What a state folder holds of ours."""

    folder: str
    files: tuple[str, ...]
    """Absolute paths; the database comes last, for it says what the others are."""
    documents: tuple[str, ...]
    """Those of them that are archived documents."""

    @property
    def remembers(self) -> bool:
        """Whether anything is remembered there: of the installer's lock alone nothing is."""
        return any(os.path.basename(path) != LOCK for path in self.files)


class _Rows(NamedTuple):
    """What the database says of the archive."""

    archived: Mapping[str, Archived]
    conversations: Mapping[str, Conversation]


def find(folders: Iterable[str]) -> tuple[State, ...]:
    """Return what is kept in each state folder that has anything of ours.

    Raises RefusedError where a folder is a link, or can't be read.
    """
    found = []
    for folder in folders:
        inside = os.path.join(folder, archive.FOLDER)
        own = [path for path in _regular(folder) if _OURS.fullmatch(os.path.basename(path))]
        unfinished = [path for path in _regular(inside) if _is_unfinished(path)]
        documents = [os.path.join(inside, item.name) for item in archive.items(inside)]
        if files := [*own, *unfinished, *documents]:
            last = os.path.join(folder, NAME)
            files.sort(key=lambda path: (path == last, path))
            found.append(State(folder, tuple(files), tuple(sorted(documents))))
    return tuple(found)


def _is_unfinished(path: str) -> bool:
    """Tell whether it is a name that is reserved in the archive, or half a copy."""
    if not _ARCHIVED.fullmatch(os.path.basename(path)):
        return False
    return path.endswith(_PART) or os.path.getsize(path) == 0


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


def purge(folders: Sequence[str], now: datetime, *, dry_run: bool = False) -> tuple[State, ...]:
    """Delete what is kept in the state folders, and return what that was.

    Raises RefusedError, with nothing deleted, where an archived document was perhaps never read,
    where another process writes to the database, or where the folder can't be written to.
    """
    with contextlib.ExitStack() as stack:
        # While the databases are held, no starting conversation can take a document: it would have
        # to note that first.
        rows = {folder: _rows(folder, stack) for folder in folders}
        found = find(folders)
        unread = [path for state in found for path in _unread(state, rows[state.folder], now)]
        if unread:
            blind = [state.folder for state in found if state.documents and not rows[state.folder]]
            raise RefusedError(_unread_message(unread, blind))
        for state in found:
            _be_writable(state)
        if dry_run:
            return found
        open_still = [path for state in found for path in state.files if not _delete(path)]
    for path in open_still:  # Windows deletes no file that is open
        if not _delete(path):
            raise RefusedError(f"{shown(path)} can't be deleted; what is beside it is deleted")
    for folder in folders:
        _remove_empty(folder)
    return found


def left_in(folder: str) -> tuple[str, ...]:
    """Return what is still in a state folder and isn't ours.

    The record of an installation stays as long as that does: it says how to take it back.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if name != FILE)
        return tuple(os.path.join(folder, name) for name in names)
    except OSError:
        return ()


def _rows(folder: str, stack: contextlib.ExitStack) -> _Rows | None:
    """Open and hold a folder's database; None where there is none that can be read."""
    path = os.path.join(folder, NAME)
    if os.path.islink(folder) or not os.path.lexists(path):
        return None
    try:
        store = stack.enter_context(contextlib.closing(Store(folder)))
        stack.enter_context(store.alone())
        log = store.log(most=_ALL)
    except sqlite3.Error as error:
        if error_code(error) in BUSY:
            raise RefusedError(
                f"{shown(path)} is in use by another process, so nothing was deleted: try again"
            ) from error
        return None
    except (OSError, ValueError, NewerSchemaError):  # ValueError: a row that isn't ours
        return None
    return _Rows(
        {row.name: row for row in log.archived}, {one.id: one for one in log.conversations}
    )


def _unread(state: State, rows: _Rows | None, now: datetime) -> Iterator[str]:
    """Name the documents that perhaps nobody has read; of an unknown one nobody can say."""
    archived = rows.archived if rows else {}
    for path in state.documents:
        if os.path.basename(path) not in archived:
            yield path
    if rows is None:
        return
    waiting = [row for row in archived.values() if row.settled is None]
    takers = (rows.conversations.get(row.conversation) for row in waiting)
    lives = witness.look(taker for taker in takers if taker and taker.ended is None)
    for row in waiting:
        became = _fate(row, rows, lives, now)
        path = os.path.join(state.folder, archive.FOLDER, row.name)
        if became is Fate.READ:
            continue
        beside = os.path.join(row.project, os.path.dirname(row.former))
        if on_the_way := archive.on_the_way([beside]).get(row.name):
            yield on_the_way
        elif path in state.documents or (became is Fate.HELD and path in state.files):
            yield path


def _fate(row: Archived, rows: _Rows, lives: Mapping[str, Life], now: datetime) -> Fate:
    taker = rows.conversations.get(row.conversation)
    hook = process.is_alive(row.hook)
    return fate(row, taker, lives.get(row.conversation, Life()), hook, now)


def _unread_message(unread: Sequence[str], blind: Sequence[str]) -> str:
    return "\n".join(
        [
            "perhaps nobody has read what is archived here, so nothing was deleted:",
            *(f"  {shown(path)}" for path in unread),
            *(
                f"{shown(os.path.join(folder, NAME))} would say so, and can't be read."
                for folder in blind
            ),
            f"To bring one back: agent-session restore {shown(_name(unread[0]))}",
            "Delete the file of one that you don't need. Then run this again.",
        ]
    )


def _name(path: str) -> str:
    return os.path.basename(path).removeprefix(".").removesuffix(".taken")


def _be_writable(state: State) -> None:
    for folder in {os.path.dirname(path): None for path in state.files}:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise RefusedError(f"{shown(folder)} can't be written to, so nothing was deleted")


def _delete(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _remove_empty(folder: str) -> None:
    """Remove a state folder, and those of this package's own around it, as far as all are empty."""
    around = os.path.dirname(folder)
    folders = [os.path.join(folder, archive.FOLDER), folder]
    if os.path.basename(around) == STATE_FOLDER:
        folders.append(around)
    for empty in folders:
        with contextlib.suppress(OSError):  # a link is none, and one with anything in it stays
            os.rmdir(empty)
