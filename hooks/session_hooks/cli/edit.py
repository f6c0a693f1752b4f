"""``agent-session pause``, ``note``, ``tick``, ``agent`` and more: edit a document in place."""

import argparse
import os
from collections.abc import Callable, Iterable
from datetime import datetime

from session_hooks.cli.project import RefusedError, Survey, as_json, find, print_json, say
from session_hooks.cli.undo import put, recorded, state_locked
from session_hooks.documents import edit, files
from session_hooks.documents.edit import Change, EditError
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import each_box
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import is_template, named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.memory import archive
from session_hooks.memory.undo import Former
from session_hooks.project.project import absolute
from session_hooks.render.document import possibly_done
from session_hooks.report import ranking
from session_hooks.util import safe_text

_STATUSES = {
    "pause": (Status.PAUSED, (Status.IN_PROGRESS, Status.UNKNOWN)),
    "resume": (Status.IN_PROGRESS, (Status.PAUSED,)),
    "done": (Status.COMPLETED, (Status.IN_PROGRESS, Status.PAUSED, Status.UNKNOWN)),
}
"""By a command the status that it sets, and of which it may be meant where none is named."""
_ACTIONS = {
    Status.PAUSED: "Paused",
    Status.IN_PROGRESS: "Resumed",
    Status.COMPLETED: "Completed",
}
ACTIVE = (Status.IN_PROGRESS, Status.UNKNOWN)
_WIDTH = 110
_MOST_LISTED = 10
_MOST_LINES = 3
Step = Callable[[list[str], Document, Body], Change | None]


# --- the commands --------------------------------------------------------------------------------


def change_status(arguments: argparse.Namespace, found: Survey) -> None:
    """Set a session file's status, and say so in its log; raises RefusedError."""
    status, before = _STATUSES[arguments.command]
    document = in_hand(arguments, found, before)
    text = safe_text.one_line(arguments.message or "")
    _edit(arguments, found, document, *status_steps(status, found.view.now, text))


def add_text(arguments: argparse.Namespace, found: Survey) -> None:
    """Add a log entry to a document, or a step before the others; raises RefusedError."""
    text, now = _text(arguments), found.view.now
    document = in_hand(arguments, found)
    steps: dict[str, Step] = {
        "note": lambda lines, read, _: edit.add_log_entry(lines, read, now, "", text),
        "next": lambda lines, read, body: edit.add_next_step(lines, read, body, text),
    }
    _edit(arguments, found, document, steps[arguments.command])


def tick(arguments: argparse.Namespace, found: Survey) -> None:
    """Tick a checkbox, or list them with their numbers; raises RefusedError."""
    document = in_hand(arguments, found)
    if arguments.text is None:
        _list_boxes(arguments, document)
        return
    text = _text(arguments)
    _edit(
        arguments, found, document,
        lambda lines, read, _: edit.tick(lines, edit.find_box([*each_box(read)], text)),
    )  # fmt: skip


def set_agent(arguments: argparse.Namespace, found: Survey) -> None:
    """Set what a session file says of an agent; raises RefusedError."""
    given = {name: getattr(arguments, name) for name in ("task", "status", "summary")}
    given = {name: safe_text.one_line(value) for name, value in given.items() if value}
    if not given:
        raise RefusedError("say what to set: --status, --summary or --task")
    document = in_hand(arguments, found)
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


def in_hand(
    arguments: argparse.Namespace, found: Survey, statuses: tuple[Status, ...] = ACTIVE
) -> Document:
    """Return the document that is named, else the one session file that may be meant."""
    if arguments.path is not None:
        return find(arguments.path, found)
    meant = may_be_meant(found, statuses)
    if not meant and statuses == ACTIVE:  # what is written down before one goes on
        meant = may_be_meant(found, (Status.PAUSED,))
    meant = meant or may_be_meant(found, statuses, theirs=True)
    if len(meant) == 1:
        return meant[0]
    if meant:
        paths = safe_text.listed([safe_text.path(one.path) for one in meant], _MOST_LISTED)
        given = "PATH" if hasattr(arguments, "named") else "… --path PATH"
        how = f"agent-session {arguments.command} {given}"
        raise RefusedError(f"each of these may be meant, so name one ({how}): {paths}")
    words = " or ".join(status.value for status in statuses if status is not Status.UNKNOWN)
    raise RefusedError(
        f"no session file is {words}. Name a document by its PATH; those there are: "
        "agent-session list --all"
    )


def may_be_meant(
    found: Survey, statuses: tuple[Status, ...], *, theirs: bool = False
) -> list[Document]:
    """Return the session files with a status: completed ones first, else the one of the branch.

    What somebody else changed last is meant only if asked for.
    """
    documents = found.scan.documents
    completed = [one for one in documents if one.status is Status.COMPLETED]
    if completed and Status.COMPLETED in statuses:
        return completed
    here = [
        entry
        for entry in ranking.candidates(documents, found.view)
        if entry.document.format == session.NAME
        and entry.document.status in statuses
        and entry.is_theirs is theirs
    ]
    active = [entry for entry in here if not entry.is_put_aside] or here
    return [entry.document for entry in ranking.meant(active)]


# --- changing it ---------------------------------------------------------------------------------


def _edit(arguments: argparse.Namespace, found: Survey, document: Document, *steps: Step) -> None:
    """Edit a document step by step, and print what changed; raises RefusedError."""
    # An agent's entry says nothing of the state of the work, so it makes the file no newer.
    dated = arguments.command != "agent"
    data, changes = apply(found, document, arguments.command, steps, dated=dated)
    if arguments.json:
        print_json({"path": document.path, "changes": [as_json(one) for one in changes]})
        return
    say(safe_text.path(document.path))
    for change in sorted(changes, key=lambda one: one.line):
        _print_change(change)
    _print_next(*_read(document, data))
    if arguments.command == "note":  # from now on these commits are older than the file
        for line in possibly_done(found.view.evidence(document)):
            say(line)
    say("To take it back: agent-session undo")


def apply(
    found: Survey, document: Document, command: str, steps: Iterable[Step], *, dated: bool = True
) -> tuple[bytes, list[Change]]:
    """Edit a document step by step, to be taken back as ``command``; raises RefusedError.

    Its ``last_updated`` is set with it; where it is not ``dated``, the file's times stay, too.
    """
    shown, now = safe_text.path(document.path), found.view.now
    place = absolute(found.project.root, document.path)
    if is_template(document):
        raise RefusedError(f"{shown} is still to be filled in")

    def set_date(lines: list[str], read: Document, _: Body) -> Change | None:
        return edit.set_updated(lines, read, now)

    with state_locked(found) as folder:
        before = archive.read(os.path.realpath(place))
        if before is None:
            raise RefusedError(f"{shown} can't be read any more: try again")
        try:
            data, first = _edited(document, before, [set_date] if dated else [])
            data, changes = _edited(document, data, steps)
        except EditError as error:
            raise RefusedError(f"{shown}: {error}") from error
        if not changes:
            raise RefusedError(f"{shown} says that already")
        former = Former(document.path, before, files.digest_of(data))
        with recorded(folder, command, found, [former]):
            put(place, before, data, keep_times=not dated)
    return data, [*first, *changes]


def _edited(document: Document, data: bytes, steps: Iterable[Step]) -> tuple[bytes, list[Change]]:
    """Return a document's bytes after some edits, and these; raises EditError."""
    changes: list[Change] = []
    for step in steps:
        change = step(edit.lines_of(data), *_read(document, data))
        if change is not None:
            data = edit.apply(data, change)
            changes.append(change)
    return data, changes


def _read(document: Document, data: bytes) -> tuple[Document, Body]:
    """Return a document as it is by now."""
    form = named(document.format)
    read = document_of(form, document.path, data, document.modified, redact=False)
    return read, read_body(read)


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
