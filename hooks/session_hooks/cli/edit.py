"""Commands that edit a document in place: ``pause``, ``done``, ``note``, ``tick``, …; ``undo``."""

import argparse
import os
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import chain, count

from session_hooks.cli.project import (
    RefusedError,
    Survey,
    as_json,
    find,
    from_here,
    print_json,
    say,
)
from session_hooks.documents import edit, files
from session_hooks.documents.edit import Change, EditError
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import each_box
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import is_template, named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.memory import archive, undo
from session_hooks.memory.undo import Action, Former
from session_hooks.project.project import absolute
from session_hooks.project.state import state_folders
from session_hooks.report import ranking
from session_hooks.util import dates, safe_text

AGENT_STATUSES = ("pending", "in_progress", "completed")
"""003, "Required Frontmatter"."""
_STATUSES = {
    "pause": Status.PAUSED,
    "resume": Status.IN_PROGRESS,
    "done": Status.COMPLETED,
}
_ACTIONS = {
    Status.PAUSED: "Paused",
    Status.IN_PROGRESS: "Resumed",
    Status.COMPLETED: "Completed",
}
_FROM = {
    Status.PAUSED: (Status.IN_PROGRESS, Status.UNKNOWN),
    Status.IN_PROGRESS: (Status.PAUSED,),
    Status.COMPLETED: (Status.IN_PROGRESS, Status.PAUSED, Status.UNKNOWN),
}
"""Which files a status may be meant for where none is named."""
_ACTIVE = (Status.IN_PROGRESS, Status.UNKNOWN)
_WIDTH = 110
_MOST_LISTED = 10
_SECONDS = 10
_MOST_LINES = 3
Step = Callable[[list[str], Document, Body], Change | None]


class Editing:
    """A document that is being edited: its bytes and what is read from them."""

    def __init__(self, document: Document, found: Survey) -> None:
        self._root = found.project.root
        self._now = found.view.now
        self._format = document.format
        self.path = document.path
        self.place = os.path.realpath(absolute(self._root, document.path))
        data = archive.read(self.place)
        if data is None:
            raise RefusedError(f"{safe_text.path(self.path)} can't be read any more: try again")
        self.before = self.data = data
        self.changes: list[Change] = []

    def read(self) -> tuple[Document, Body]:
        """Return the document as it is by now."""
        form = named(self._format)
        document = document_of(form, self.path, self.data, self._now, redact=False)
        return document, read_body(document)

    def do(self, step: Step) -> None:
        """Make one change; raises EditError."""
        document, body = self.read()
        change = step(edit.lines_of(self.data), document, body)
        if change is not None:
            self.data = edit.apply(self.data, change)
            self.changes.append(change)


# --- the commands --------------------------------------------------------------------------------


def change_status(arguments: argparse.Namespace, found: Survey) -> None:
    """Set a session file's status, and say so in its log; raises RefusedError."""
    status, now = _STATUSES[arguments.command], found.view.now
    document = in_hand(arguments.path, found, _FROM[status])
    text = safe_text.one_line(arguments.message or "")
    _edit(arguments, found, document, *status_steps(status, now, text))


def note(arguments: argparse.Namespace, found: Survey) -> None:
    """Add an entry to a document's log; raises RefusedError."""
    text, now = _text(arguments), found.view.now
    document = in_hand(arguments.path, found, _ACTIVE)
    _edit(
        arguments,
        found,
        document,
        lambda lines, read, _: edit.add_log_entry(lines, read, now, text),
    )


def tick(arguments: argparse.Namespace, found: Survey) -> None:
    """Tick a checkbox, or list them with their numbers; raises RefusedError."""
    document = in_hand(arguments.path, found, _ACTIVE)
    if arguments.text is None:
        _list_boxes(arguments, document)
        return
    text = _text(arguments)
    _edit(
        arguments, found, document,
        lambda lines, read, _: edit.tick(lines, edit.find_box([*each_box(read)], text)),
    )  # fmt: skip


def add_next(arguments: argparse.Namespace, found: Survey) -> None:
    """Put a step before the others in a document; raises RefusedError."""
    text = _text(arguments)
    document = in_hand(arguments.path, found, _ACTIVE)
    _edit(
        arguments,
        found,
        document,
        lambda lines, read, body: edit.add_next_step(lines, read, body, text),
    )


def set_agent(arguments: argparse.Namespace, found: Survey) -> None:
    """Set what a session file says of an agent; raises RefusedError."""
    given = {name: getattr(arguments, name) for name in ("task", "status", "summary")}
    given = {name: safe_text.one_line(value) for name, value in given.items() if value}
    if not given:
        raise RefusedError("say what to set: --status, --summary or --task")
    document = in_hand(arguments.path, found, _ACTIVE)
    agent = safe_text.one_line(arguments.name)

    def setting(name: str, value: str) -> Step:
        return lambda lines, _document, _body: edit.set_agent(lines, agent, name, value)

    _edit(arguments, found, document, *(setting(*one) for one in given.items()))


def _text(arguments: argparse.Namespace) -> str:
    text = safe_text.one_line(arguments.text)
    if not text:
        raise RefusedError("TEXT is empty")
    return text


def _list_boxes(arguments: argparse.Namespace, document: Document) -> None:
    boxes = [*each_box(document)]
    if arguments.json:
        shown = [{"number": n, **box._asdict()} for n, box in enumerate(boxes, start=1)]
        print_json({"path": document.path, "boxes": shown})
        return
    if not boxes:
        raise RefusedError(f"{safe_text.path(document.path)} has no boxes to tick")
    say(safe_text.path(document.path))
    for number, box in enumerate(boxes, start=1):
        mark = "x" if box.is_ticked else " " if box.is_open else "-"
        say(f"{number:4}  [{mark}] {safe_text.inline(box.text, _WIDTH)}")


# --- which document ------------------------------------------------------------------------------


def in_hand(path: str | None, found: Survey, statuses: tuple[Status, ...]) -> Document:
    """Return the document that is named, else the one session file that may be meant."""
    if path is not None:
        return find(path, found)
    meant = _meant(found, statuses)
    if len(meant) == 1:
        return meant[0]
    if meant:
        paths = safe_text.listed([safe_text.path(one.path) for one in meant], _MOST_LISTED)
        raise RefusedError(f"each of these may be meant, so name one: {paths}")
    words = " or ".join(status.value for status in statuses if status is not Status.UNKNOWN)
    raise RefusedError(
        f"no session file is {words}. Name a document by its PATH; those there are: "
        "agent-session list --all"
    )


def _meant(found: Survey, statuses: tuple[Status, ...]) -> list[Document]:
    """Return the session files with a status: completed ones first, else the one of the branch."""
    documents = found.scan.documents
    completed = [one for one in documents if one.status is Status.COMPLETED]
    if completed and Status.COMPLETED in statuses:
        return completed
    here = [
        entry
        for entry in ranking.candidates(documents, found.view)
        if entry.document.format == session.NAME and entry.document.status in statuses
    ]
    active = [entry for entry in here if not entry.is_put_aside] or here
    on_branch = [entry for entry in active if entry.on_branch]
    return [entry.document for entry in (on_branch if len(on_branch) == 1 else active)]


# --- changing it ---------------------------------------------------------------------------------


def _edit(arguments: argparse.Namespace, found: Survey, document: Document, *steps: Step) -> None:
    """Edit a document step by step, and print what changed; raises RefusedError."""
    editing = apply(found, document, arguments.command, steps)
    if arguments.json:
        print_json({"path": document.path, "changes": [as_json(one) for one in editing.changes]})
        return
    say(safe_text.path(document.path))
    for change in sorted(editing.changes, key=lambda one: one.line):
        _print_change(change)
    _print_next(*editing.read())
    say("To take it back: agent-session undo")


def apply(found: Survey, document: Document, command: str, steps: Iterable[Step]) -> Editing:
    """Edit a document step by step, to be taken back as ``command``; raises RefusedError."""
    shown = safe_text.path(document.path)
    if is_template(document):
        raise RefusedError(f"{shown} is still to be filled in")
    now = found.view.now
    with state_locked(found) as folder:
        editing = Editing(document, found)
        try:
            editing.do(lambda lines, read, _: edit.set_updated(lines, read, now))
            dated = len(editing.changes)
            for step in steps:
                editing.do(step)
            if len(editing.changes) == dated and command != "tidy":
                raise RefusedError(f"{shown} says that already")
        except EditError as error:
            raise RefusedError(f"{shown}: {error}") from error
        _write(editing, folder, command, found)
    return editing


def status_steps(status: Status, now: datetime, text: str) -> tuple[Step, Step, Step]:
    """Return the edits that set a status and say so in the log; the last one reads it again."""

    def check(_lines: list[str], read: Document, _body: Body) -> None:
        if read.status is not status:
            said = read.status_word or "nothing"
            raise EditError(f"its status can't be set in place, it still says {said!r}")

    return (
        lambda lines, read, _: edit.set_status(lines, read, status.value),
        lambda lines, read, _: edit.add_log_entry(lines, read, now, _ACTIONS[status], text),
        check,
    )


def _write(editing: Editing, folder: str, command: str, found: Survey) -> None:
    shown = safe_text.path(editing.path)
    digest = files.digest_of(editing.data)
    former = Former(editing.path, editing.before, digest)
    kept = record(folder, command, found, [former])
    try:
        is_written = files.replace(editing.place, editing.data, editing.before)
    except OSError as error:
        undo.forget(kept)
        raise RefusedError(f"{shown} can't be written ({files.reason(error)})") from error
    if not is_written:
        undo.forget(kept)
        raise RefusedError(f"{shown} was changed by another program just now: try again")
    undo.prune(folder)


def read_file(found: Survey, path: str) -> bytes | None:
    """Return a file's bytes, None where there is none; raises RefusedError."""
    try:
        read = files.read(absolute(found.project.root, path))
    except files.UnreadableFileError as error:
        raise RefusedError(f"{safe_text.path(path)} can't be read: {error}") from error
    return None if read is None else read[0]


def record(folder: str, command: str, found: Survey, formers: Sequence[Former]) -> str:
    """Keep what is about to be changed; raises RefusedError where that can't be."""
    try:
        return undo.record(folder, found.project.root, command, found.view.now, formers)
    except OSError as error:
        shown = safe_text.path(folder)
        raise RefusedError(f"{shown} can't be written ({files.reason(error)})") from error


def write_files(
    new: Mapping[str, bytes], found: Survey, command: str, *, over: Container[str] = ()
) -> None:
    """Write files by their paths in the project, to be taken back together; raises RefusedError.

    None is written over but those that are named.
    """
    if not new:
        return
    root = found.project.root
    with state_locked(found) as folder:
        before = {path: read_file(found, path) for path in new}
        for path in new:
            if path not in over and os.path.lexists(absolute(root, path)):
                raise RefusedError(f"{safe_text.path(path)} is there already: move it away first")
        formers = [Former(path, before[path], files.digest_of(new[path])) for path in new]
        kept = record(folder, command, found, formers)
        done: list[Former] = []
        try:
            for former in formers:
                _write_file(root, former, new[former.path])
                done.append(former)
        except (OSError, RefusedError) as error:
            for former in done:
                _put_back(root, former)
            undo.forget(kept)
            if isinstance(error, RefusedError):
                raise
            shown, reason = safe_text.path(former.path), files.reason(error)
            raise RefusedError(f"{shown} can't be written ({reason})") from error


def _write_file(root: str, former: Former, data: bytes) -> None:
    place = os.path.realpath(absolute(root, former.path))
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if former.before is None:
        files.create(place, data)
    elif not files.replace(place, data, former.before):
        raise RefusedError(f"{former.path} was changed by another program just now: try again")


def mode_of(place: str) -> int:
    """Return the bits of a file's mode; raises OSError."""
    return stat.S_IMODE(os.stat(place).st_mode)


def free_path(folder: str, stem: str, found: Survey, taken: Container[str] = ()) -> str:
    """Return a path in the project where nothing is yet: a name that is taken gets a number."""
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    paths = (f"{folder}/{name}.md" if folder else f"{name}.md" for name in names)
    root = found.project.root
    return next(
        path for path in paths if path not in taken and not os.path.lexists(absolute(root, path))
    )


def _print_change(change: Change) -> None:
    old = {line.strip() for line in change.removed}
    new = [(at, line.strip()) for at, line in enumerate(change.added, start=change.line)]
    for at, line in [(at, line) for at, line in new if line and line not in old][:_MOST_LINES]:
        if not line.startswith("last_updated:"):
            say(f"{at:5}  {safe_text.inline(line, _WIDTH)}")


def _print_next(document: Document, body: Body) -> None:
    if document.status is not Status.COMPLETED:
        if (action := body.next_action) is not None:
            say(f"Next, line {action.line}: {safe_text.quoted(action.text, _WIDTH)}")
        return
    still_open = [box.line for box in each_box(document) if box.is_open]
    if still_open:
        where = safe_text.listed([str(line) for line in still_open], _MOST_LISTED)
        say(f"Still open: boxes on lines {where}")


@contextmanager
def state_locked(found: Survey) -> Iterator[str]:
    """Yield the folder that keeps what is changed, with other commands kept waiting."""
    with ExitStack() as stack:
        yield _locked(found, stack)


def _locked(found: Survey, stack: ExitStack) -> str:
    reason = "there is no folder for it: set HOME"
    for folder in state_folders(found.project.root, found.project.git_top, os.environ):
        try:
            stack.enter_context(undo.alone(folder))
        except TimeoutError as error:
            raise RefusedError(f"{error}: try again") from error
        except OSError as error:
            reason = f"{safe_text.path(folder)}: {files.reason(error)}"
        else:
            return folder
    raise RefusedError(f"nothing is changed, for the text before can't be kept ({reason})")


# --- taking it back ------------------------------------------------------------------------------


def take_back(arguments: argparse.Namespace, found: Survey) -> None:
    """Take back what the last command changed; raises RefusedError where that would lose a text."""
    root = found.project.root
    with state_locked(found) as folder:
        last = next(undo.actions(folder, root), None)
        if last is None:
            raise RefusedError("there is nothing to take back")
        if not arguments.skip:
            _require_unchanged(last, root)
        changed = [] if arguments.skip else [_take_back(one, found) for one in last.files]
        (undo.skip if arguments.skip else undo.forget)(last.folder)
    paths = [former.path for former in last.files]
    if arguments.json:
        print_json({"command": last.command, "paths": paths, "changed": any(changed)})
        return
    when = dates.clock_time(found.view.now, last.when)
    for path in paths:
        said = "is again as it was" if any(changed) else "was as it was already"
        if arguments.skip:
            say(f"{safe_text.path(path)} is left as it is; {last.command}, {when}, is passed over")
        else:
            say(f"{safe_text.path(path)} {said} before {last.command}, {when}")


def _require_unchanged(last: Action, root: str) -> None:
    for number, former in enumerate(last.files):
        if not undo.unchanged_since(former, _current(root, former)):
            kept = safe_text.path(from_here(os.path.join(last.folder, str(number))))
            raise RefusedError(
                f"{safe_text.path(former.path)} was changed since {last.command}, so it is left as "
                "it is. To take back what was done before that: agent-session undo --skip, then "
                "undo. "
                + ("It was new" if former.before is None else f"What the file said before: {kept}")
            )


def _take_back(former: Former, found: Survey) -> bool:
    """Put a file back, and what git's index held of it; return whether anything changed."""
    root = found.project.root
    is_changed = _current(root, former) != former.before
    if is_changed:
        _put_back(root, former)
    if former.staged is None or not is_changed:
        return is_changed
    git = Git(root, _SECONDS)
    path = queries.prefix(found.project) + former.path
    if not queries.set_index(git, path, former.staged):
        say(f"git's index could not be taken back: git reset {former.path}", error=True)
    return True


def _current(root: str, former: Former) -> bytes | None:
    return archive.read(os.path.realpath(absolute(root, former.path)))


def _put_back(root: str, former: Former) -> None:
    place = os.path.realpath(absolute(root, former.path))
    now = _current(root, former)
    if now == former.before:
        return
    try:
        if former.before is None:
            os.unlink(place)
        elif now is None:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            files.create(place, former.before)
            if former.mode is not None:
                os.chmod(place, former.mode)
        elif not files.replace(place, former.before, now):
            raise RefusedError(f"{safe_text.path(former.path)} was changed just now: try again")
    except OSError as error:
        shown = safe_text.path(former.path)
        raise RefusedError(f"{shown} can't be written ({files.reason(error)})") from error
