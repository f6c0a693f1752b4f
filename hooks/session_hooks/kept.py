"""What is kept of a project, for ``agent-session``: nothing is made, nothing begun anew.

What a hook passes over in silence, a person who asks is told: errors come as refusals.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from session_hooks import archive, conversations, plain, process, survey, transcript
from session_hooks.archive import FOLDER as ARCHIVE
from session_hooks.conversations import Life
from session_hooks.database import NAME
from session_hooks.document import Document
from session_hooks.handover import document_of
from session_hooks.memory import BROKEN, BUSY, error_code
from session_hooks.output import within
from session_hooks.project import Project
from session_hooks.records import PROMPTED, Archived, Conversation
from session_hooks.state import state_folders
from session_hooks.store import Log, NewerSchemaError, Store
from session_hooks.survey import RefusedError, Survey
from session_hooks.values import Value

WAIT_SECONDS = 2
"""How long another process's transaction is waited for; no conversation waits here."""
MOST_SECONDS = 60
ALL = -1

_T = TypeVar("_T")


class BrokenError(RefusedError):
    """The database holds nothing that can be read."""


class Kept(Value):
    """What one state folder holds of a project, or of all that share the folder."""

    folder: str
    log: Log


class Copy(Value):
    """A document in the archive."""

    name: str
    """Its file's name there."""
    path: str
    """Absolute."""
    project: str
    """The folder of the project that it was taken from; the one that asks where nothing tells."""
    former: str
    """Where it lay, relative to that."""
    taken: datetime
    folder: str
    """The state folder."""
    row: Archived | None = None
    """What the store says of it, and what became of it."""
    became: str | None = None

    @property
    def place(self) -> str:
        """Where it lay, absolute."""
        return os.path.join(self.project, *self.former.split("/"))


def ask(folder: str, what: Callable[[Store], _T]) -> _T:
    """Do something with the store in ``folder``, which is there already.

    Raises RefusedError, which names the file and what to do, where it can't be had.
    """
    path = os.path.join(folder, NAME)
    try:
        store = Store(folder, create=False, wait=WAIT_SECONDS, seconds=MOST_SECONDS)
        try:
            return what(store)
        finally:
            store.close()
    except NewerSchemaError as error:
        raise RefusedError(plain.one_line(str(error))) from error
    except sqlite3.Error as error:
        raise _refusal(path, error) from error
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from error


def _refusal(path: str, error: sqlite3.Error) -> RefusedError:
    code = error_code(error)
    if code in BUSY:
        return RefusedError(f"{plain.path(path)} is in use by another process: try again")
    if code in BROKEN:
        return BrokenError(
            f"{plain.path(path)} is broken ({plain.inline(str(error))}). The next conversation "
            "here keeps a copy of it and begins anew; the archive is not touched: "
            "agent-session restore"
        )
    return _unusable(path, str(error))


def _unusable(path: str, reason: str) -> RefusedError:
    return RefusedError(
        f"{plain.path(path)} can't be used ({plain.inline(reason).lower()}): see that it is a "
        "regular file which you may read and write, or move it away"
    )


# --- what is remembered --------------------------------------------------------------------------


def remembered(
    project: Project, environ: Mapping[str, str], *, everything: bool = False
) -> list[Kept]:
    """Return what each state folder with a database remembers of the project.

    With ``everything`` of all projects that share the folder: every worktree of the repository.
    Raises RefusedError.
    """
    root = None if everything else project.root
    return [
        Kept(folder, ask(folder, lambda store: store.log(root, ALL)))
        for folder in state_folders(project.root, project.git_top, environ)
        if os.path.lexists(os.path.join(folder, NAME))
    ]


def life(conversation: Conversation) -> Life:
    """Return what is seen of a conversation now; nothing of one that ended."""
    if conversation.ended is not None:
        return Life()
    is_alive = process.is_alive(conversation.process)
    return Life(is_alive, transcript.read(conversation.transcript))


def became(row: Archived, by_id: Mapping[str, Conversation], now: datetime) -> str:
    """Say in a word what became of a document that was taken: how it was settled, else its fate."""
    if row.settled is not None:
        return "read" if row.how == PROMPTED else row.how or "settled"
    taker = by_id.get(row.conversation)
    seen = life(taker) if taker else Life()
    return conversations.fate(row, taker, seen, process.is_alive(row.hook), now).value


# --- the archive ---------------------------------------------------------------------------------


def copies(
    project: Project, environ: Mapping[str, str], now: datetime, warn: Callable[[str], None]
) -> list[Copy]:
    """Return the documents in the project's archives, of every worktree, the newest first.

    A broken database is told to ``warn``: the documents are there all the same. Raises
    RefusedError where it is only in use, or a later version's.
    """
    found: list[Copy] = []
    for folder in state_folders(project.root, project.git_top, environ):
        items = archive.items(os.path.join(folder, ARCHIVE))
        log = _log(folder, warn) if items else None
        rows = {row.name: row for row in log.archived} if log else {}
        by_id = {one.id: one for one in log.conversations} if log else {}
        for item in items:
            row = rows.get(item.name)
            found.append(
                Copy(
                    item.name,
                    os.path.join(folder, ARCHIVE, item.name),
                    row.project if row else project.root,
                    row.former if row else item.former_name,
                    row.taken if row else item.since,
                    folder,
                    row,
                    became(row, by_id, now) if row else None,
                )
            )
    return sorted(found, key=lambda copy: (copy.taken, copy.name), reverse=True)


def _log(folder: str, warn: Callable[[str], None]) -> Log | None:
    if not os.path.lexists(os.path.join(folder, NAME)):
        return None
    try:
        return ask(folder, lambda store: store.log(None, ALL))
    except BrokenError as error:
        warn(str(error))
        return None


def named(name: str, project: Project, found: Iterable[Copy]) -> Copy | None:
    """Return the copy that a person means.

    That is by its name in the archive, by its path, or by its former path, from here or from the
    project: then the newest of those.
    """
    found = tuple(found)
    wanted = [place(name), place(os.path.join(project.root, name))]
    for copy in found:
        if name == copy.name or place(copy.path) in wanted:
            return copy
    return next((copy for one in wanted for copy in found if place(copy.place) == one), None)


def place(path: str) -> str:
    """Return where a path is, absolute; where its last part is a link, the link's own place."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def find(
    name: str, found: Survey, environ: Mapping[str, str], warn: Callable[[str], None]
) -> Document:
    """Return the document that a person names: in the working tree, else in the archive.

    Raises RefusedError where there is none.
    """
    try:
        return survey.find(name, found)
    except RefusedError:
        project = found.project
        copy = named(name, project, copies(project, environ, found.view.now, warn))
        by_its_name = copy is not None and os.path.basename(name) == copy.name
        if copy is None or (os.path.lexists(copy.place) and not by_its_name):
            raise
        data = archive.read(copy.path)
        if data is None:
            raise
        document = document_of(copy.former, data, copy.path, redact=project.redact)
        return document._replace(path=within(place(copy.path), project.root))
