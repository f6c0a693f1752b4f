"""What the commands share: a project's documents, what is remembered of it, how it is printed."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import Any, TypeVar

from session_hooks.documents import config, files
from session_hooks.documents.model import Document, Scan
from session_hooks.documents.registry import LEFT_BEHIND
from session_hooks.documents.scan import reason_unread, scan
from session_hooks.evidence import elsewhere
from session_hooks.evidence.cache import about, asked
from session_hooks.evidence.evidence import gather
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Elsewhere, GitFacts, View
from session_hooks.memory import archive, conversations, process
from session_hooks.memory.archive import FOLDER as ARCHIVE
from session_hooks.memory.archive import ArchivedFile
from session_hooks.memory.conversations import Fate, Life
from session_hooks.memory.database import NAME
from session_hooks.memory.memory import BROKEN, BUSY, error_code
from session_hooks.memory.model import PROMPTED, Archived, Conversation
from session_hooks.memory.store import Log, NewerSchemaError, Store, StoreError
from session_hooks.project.project import Project, absolute
from session_hooks.project.state import state_folders
from session_hooks.report.ranking import JUDGE
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

SECONDS = 60
GIT_SECONDS = 15  # what a person waits for
_WAIT_SECONDS = 2  # for another process's transaction
_MOST_NAMED = 10
_T = TypeVar("_T")


class RefusedError(Exception):
    """The message says why, and what to do."""


class BrokenError(RefusedError):
    """The database holds nothing that can be read."""


class Copy(Value):
    row: Archived  # what the store says, else what its name tells
    path: str  # absolute; "" where that is gone
    fate: str | None  # None where the store says nothing

    @property
    def place(self) -> str:
        return absolute(self.row.project, self.row.former)


class Survey(Value):
    project: Project
    settings: config.Config
    scan: Scan
    view: View
    again: Copy | None = None  # of what the next conversation is told again, if that was added

    @property
    def git(self) -> Git:
        """What git is asked through, for some seconds from now on."""
        return Git(self.project.root, GIT_SECONDS)

    def is_again(self, path: str) -> bool:
        return self.again is not None and self.again.row.former == path


# --- documents -----------------------------------------------------------------------------------


def survey(
    project: Project,
    now: datetime,
    *,
    limits: tuple[int | None, int] | None = None,
    name: str | None = None,
) -> Survey:
    """Read a project's documents, and ask git about them or about the one of that ``name``."""
    settings = config.read(project)
    project = project._replace(redact=settings.redact)
    found = scan(project, SECONDS, settings.places)
    view = View(now, GitFacts(), settings.max_age, settings.max_commits)
    seen = Survey(project, settings, found, view)
    wanted = asked(project, settings, found, view, JUDGE, limits=limits if name is None else None)
    if name is not None:
        try:
            path = find(name, seen).path
        except RefusedError:
            path = ""
        alone = tuple(one for one in wanted.documents if one.path == path)
        wanted = wanted._replace(documents=alone)
    facts = gather(wanted, SECONDS if limits is None and name is None else GIT_SECONDS)
    return seen._replace(view=view._replace(facts=facts))


def _worktrees(found: Survey) -> tuple[Elsewhere, ...]:
    return elsewhere.read_worktrees(found.project, found.settings.places, SECONDS).documents


def _branches(found: Survey) -> tuple[Elsewhere, ...]:
    places, branch = found.settings.places, found.view.facts.branch
    return elsewhere.branches(found.project, places, found.git, branch)


def find(name: str, found: Survey) -> Document:
    """Return a document by its path or its file's name; raises RefusedError for none or several."""
    root = found.project.root
    places = [os.path.realpath(path) for path in (name, os.path.join(root, name))]
    copies = (document for document, _ in found.scan.copies)
    for document in (*found.scan.documents, *found.scan.templates, *copies):
        if os.path.realpath(os.path.join(root, document.path)) in places:
            return document
    for file in found.scan.unread:
        if os.path.abspath(os.path.join(root, file.path)) in places:
            raise RefusedError(f"{name} can't be read: {file.reason}")
    if there := next(filter(os.path.exists, places), None):
        path = within(there, root)
        reason = reason_unread(path, found.project, found.settings, found.scan)
        if reason is not None:
            raise RefusedError(f"{name} is not read: {reason}")
        raise RefusedError(
            f"{name} is no document: its folder or name is of no format. "
            "Those there are: agent-session list --all"
        )
    if (known := by_its_name(name, found.scan.paths)) is not None:
        return find(os.path.join(root, known), found)
    raise RefusedError(f"{name} does not exist. The documents there are: agent-session list --all")


def meant(name: str, paths: Iterable[str], project: Project) -> str | None:
    """Return the one of some paths that a person names, by its place, else by its file's name."""
    wanted, known = places(name, project), list(paths)
    there = (path for path in known if place(absolute(project.root, path)) in wanted)
    return next(there, None) or by_its_name(name, known)


def by_its_name(name: str, paths: Iterable[str]) -> str | None:
    """Return the one path that ends in a file's name, or None; raises RefusedError for several."""
    found = sorted({path for path in paths if path.rpartition("/")[2] == name})
    if len(found) > 1:
        shown = safe_text.listed([safe_text.path(path) for path in found], _MOST_NAMED)
        raise RefusedError(f"{name} may be each of these: {shown}. Name one by its path")
    return found[0] if found else None


def news_elsewhere(found: Survey) -> tuple[Elsewhere, ...]:
    others = (*_worktrees(found), *(_branches(found) if found.settings.branches else ()))
    return elsewhere.unique(others, found.scan)


def find_elsewhere(name: str, found: Survey) -> Elsewhere | None:
    """Return a document by its file in a worktree, or by REF:PATH; raises RefusedError for none."""
    others = _worktrees(found)
    wanted = [os.path.realpath(path) for path in (name, os.path.join(found.project.root, name))]
    there = next((one for one in others if one.file in wanted), None)
    if there or ":" not in name:
        return there
    others = (*others, *_branches(found))
    named = {f"{one.ref}:{one.document.path}": one for one in others}
    if name in named:
        return named[name]
    news = elsewhere.unique(others, found.scan)
    shown = [safe_text.path(key) for key, one in named.items() if one in news]
    there_are = f"Those there are: {safe_text.listed(shown, _MOST_NAMED)}"
    raise RefusedError(
        f"{name} is no document that another worktree or branch added or changed. "
        f"{there_are if shown else 'There is none.'}"
    )


# --- what is remembered --------------------------------------------------------------------------


def databases(project: Project) -> list[str]:
    """Return the state folders that have one."""
    folders = state_folders(project.root, project.git_top, os.environ)
    return [folder for folder in folders if os.path.lexists(os.path.join(folder, NAME))]


def load_log(project: Project, *, everything: bool = False) -> Log:
    """Return what is remembered, of all worktrees if asked; raises RefusedError."""
    root = None if everything else project.root
    logs = [use_store(folder, lambda store: store.log(root)) for folder in databases(project)]
    return Log(*(tuple(chain.from_iterable(kind)) for kind in zip(*logs, strict=True)))


def use_store(folder: str, what: Callable[[Store], _T]) -> _T:
    """Raises RefusedError where the store can't be had."""
    try:
        with closing(Store(folder, create=False, wait=_WAIT_SECONDS, seconds=SECONDS)) as store:
            return what(store)
    except NewerSchemaError as error:
        raise RefusedError(safe_text.one_line(str(error))) from error
    except (StoreError, OSError) as error:
        raise _refusal(safe_text.path(os.path.join(folder, NAME)), error) from error


def _refusal(path: str, error: StoreError | OSError) -> RefusedError:
    code = None if isinstance(error, OSError) else error_code(error)
    if code in BUSY:
        return RefusedError(f"{path} is in use by another process: try again")
    if code in BROKEN:
        return BrokenError(
            f"{path} is broken ({safe_text.inline(str(error))}). The next conversation here keeps "
            "a copy of it and begins anew; the archive is not touched: agent-session restore"
        )
    reason = files.reason(error) if isinstance(error, OSError) else str(error)
    return RefusedError(
        f"{path} can't be used ({safe_text.inline(reason).lower()}): see that it is a regular "
        "file which you may read and write, or move it away"
    )


def look(conversation: Conversation) -> Life:
    if conversation.ended is not None:
        return Life()
    is_alive = process.is_alive(conversation.process)
    return Life(is_alive, conversations.read(conversation.transcript))


# --- the archive ---------------------------------------------------------------------------------


def recorded_copies(found: Survey, log: Log) -> list[Copy]:
    paths = {item.name: path for path, item in _archived(found.project)}
    by_id = {one.id: one for one in log.conversations}
    return [
        Copy(row, paths.get(row.name, ""), _fate(row, by_id.get(row.conversation), found.view.now))
        for row in log.archived
    ]


def _archived(project: Project) -> Iterator[tuple[str, ArchivedFile]]:
    for folder in state_folders(project.root, project.git_top, os.environ):
        inside = os.path.join(folder, ARCHIVE)
        for item in archive.list_files(inside):
            yield os.path.join(inside, item.name), item


def _fate(row: Archived, taker: Conversation | None, now: datetime) -> str:
    if row.settled is not None:
        return "read" if row.how == PROMPTED else row.how or "settled"
    seen = Life(transcript=conversations.read(taker.transcript)) if taker else Life()
    if taker and taker.ended is None:
        seen = look(taker)
    return conversations.fate(row, taker, seen, process.is_alive(row.hook), now).value


def find_copies(found: Survey) -> list[Copy]:
    """Return the copies of every worktree, newest first; warns of a broken database."""
    try:
        log = load_log(found.project, everything=True)
    except BrokenError as error:
        warn(str(error))
        log = Log()
    copies = [copy for copy in recorded_copies(found, log) if copy.path]
    names = {copy.row.name for copy in copies}
    for path, item in _archived(found.project):
        if item.name not in names:
            root = found.project.root
            row = Archived(item.name, root, item.former_name, "", "", None, item.since)
            copies.append(Copy(row, path, fate=None))
    return sorted(copies, key=lambda copy: (copy.row.taken, copy.row.name), reverse=True)


def with_again(found: Survey) -> Survey:
    """Add the handoff that was taken, with which nothing was done, as the next start will."""
    try:
        copies = recorded_copies(found, load_log(found.project))
    except RefusedError:
        return found
    known = [one for one in copies if one.path and one.fate in (Fate.READ.value, Fate.UNREAD.value)]
    newest = max(known, key=lambda one: one.row.taken, default=None)
    is_left = any(one.format in LEFT_BEHIND for one in found.scan.documents)
    if newest is None or newest.fate != Fate.UNREAD.value or is_left:
        return found
    former, redact = newest.row.former, found.project.redact
    document = archive.read_copy(former, newest.path, redact=redact)
    return with_taken(document, found)._replace(again=newest) if document else found


def with_taken(document: Document, found: Survey) -> Survey:
    """Add a document that is not in the working tree any more, with what git says of it."""
    scan, view = found.scan, found.view
    wanted = asked(found.project, found.settings, scan, view, JUDGE)
    facts = about(document, wanted, view.facts, GIT_SECONDS)
    if facts.changed is not None:  # the time that it was written is its own
        facts = facts._replace(changed=facts.changed | {document.path})
    scan = scan._replace(documents=(*scan.documents, document))
    return found._replace(scan=scan, view=view._replace(facts=facts))


def find_copy(name: str, found: Survey) -> Copy | None:
    copies = find_copies(found)
    wanted = places(name, found.project)
    for copy in copies:
        if name == copy.row.name or place(copy.path) in wanted:
            return copy
    return next((copy for one in wanted for copy in copies if place(copy.place) == one), None)


def find_taken(name: str, found: Survey) -> Copy | None:
    """Return the copy that a person names where nothing lies in its former place."""
    copy = find_copy(name, found)
    is_named = copy is not None and os.path.basename(name) == copy.row.name
    return copy if copy and (is_named or not os.path.lexists(copy.place)) else None


def find_document(name: str, found: Survey) -> Document:
    """Return the document that a person names, here or in the archive; raises RefusedError."""
    try:
        return find(name, found)
    except RefusedError:
        copy = find_taken(name, found)
        if copy is None:
            raise
        redact = found.project.redact
        document = archive.read_copy(copy.row.former, copy.path, redact=redact)
        if document is None:
            raise
        return document._replace(path=within(place(copy.path), found.project.root))


# --- paths ---------------------------------------------------------------------------------------


def place(path: str) -> str:
    """Return where a path is, absolute; where its last part is a link, the link's own place."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def places(name: str, project: Project) -> list[str]:
    return [place(name), place(os.path.join(project.root, name))]


def from_here(path: str) -> str:
    return path.removeprefix(os.path.join(os.getcwd(), ""))


def within(path: str, root: str) -> str:
    if path == root:
        return "."
    inside = os.path.join(root, "")
    return path.removeprefix(inside).replace(os.sep, "/") if path.startswith(inside) else path


# --- what is printed -----------------------------------------------------------------------------


def say(line: str, *, error: bool = False) -> None:
    print(line, file=sys.stderr if error else sys.stdout)


def warn(reason: str) -> None:
    say(safe_text.single(f"agent-session: {reason}"), error=True)


def is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str) -> str | None:
    """Return what a person answers; None where nobody does."""
    try:
        return input(f"{question} ").strip() if is_terminal() else None
    except (EOFError, KeyboardInterrupt):
        say("")
        return None


def is_yes(answer: str | None) -> bool:
    return answer is not None and answer.casefold() in ("y", "yes")


def print_path(path: str) -> None:
    path = from_here(path)
    say(path if safe_text.single(path) == path else safe_text.path(path))


def print_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text, not str: in a str rich would read a document's [brackets] as its markup.
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def print_json(value: dict[str, Any]) -> None:
    say(safe_text.json_safe(json.dumps(value, ensure_ascii=False, indent=2)))


def as_json(value: object) -> Any:
    if isinstance(value, datetime):
        return dates.iso(value)
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "_asdict"):
        return {name: as_json(one) for name, one in value._asdict().items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [as_json(one) for one in value] if isinstance(value, tuple) else value


def fields(value: object, *names: str) -> dict[str, Any]:
    return {name: as_json(getattr(value, name)) for name in names}
