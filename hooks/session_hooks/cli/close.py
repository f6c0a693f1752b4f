"""``agent-session close``: what a session file knows is kept elsewhere, then it goes (003)."""

import argparse
import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping

from session_hooks.cli.edit import in_hand
from session_hooks.cli.new import SHORT, Wish, draft, filled_part, path_for, slug
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    as_json,
    ask,
    is_terminal,
    is_yes,
    print_json,
    say,
)
from session_hooks.cli.undo import (
    free_path,
    mode_of,
    read_file,
    recorded,
    state_locked,
    write_files,
)
from session_hooks.documents import files, locations, markdown
from session_hooks.documents.files import UnreadableFileError
from session_hooks.documents.formats import session
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.evidence import queries
from session_hooks.memory import archive
from session_hooks.memory.archive import FOLDER as ARCHIVE
from session_hooks.memory.model import CLOSED, Archived
from session_hooks.memory.store import Store, StoreError
from session_hooks.memory.undo import Former
from session_hooks.project.project import absolute
from session_hooks.report.extraction import Point, left_open, open_decisions, points
from session_hooks.report.knowledge import Kept, Ongoing, as_said, statements
from session_hooks.report.remainder import carried, remaining
from session_hooks.util import safe_text

NOT_CLOSED = 1
_MOST_BYTES = 4 * 1024 * 1024
"""Of documents that a file's knowledge is looked for in."""
_MOST_SHOWN = 8
_PART = 2
"""The level of a record's sections."""
_NUMBER = re.compile(r"(?P<before>\D*?)(?P<number>\d{1,5})(?!\d|-\d\d-\d\d)(?:\D.*)?\.md$")
_VOID = re.compile(
    r"^\W*status\W+(?:rejected|superseded|deprecated)\b", re.IGNORECASE | re.MULTILINE
)
"""In a decision record that holds no more, or never did."""
_WAYS = {
    "status": "agent-session done",
    "decisions": "--extract adr",
    "remaining": "--extract next, or issues",
    **dict.fromkeys(
        ("lessons", "API", "rest"), "write it into a document, and (docs/x.md) beside it here"
    ),
}
"""By a point, what satisfies it."""


def close(arguments: argparse.Namespace, found: Survey) -> int:
    """Close a session file; NOT_CLOSED where something would be lost. Raises RefusedError."""
    statuses = (Status.COMPLETED, Status.IN_PROGRESS, Status.UNKNOWN, Status.PAUSED)
    document = in_hand(arguments, found, statuses)
    shown = safe_text.path(document.path)
    if document.format != session.NAME:
        raise RefusedError(f"{shown} is no session file: what hands work over is not closed")
    if arguments.force and not arguments.reason:
        raise RefusedError("--force needs --reason TEXT, which is kept with the copy")
    document = read_whole(document, found)
    body = read_body(document)
    kept = read_kept(found)
    if arguments.extract:
        written = _extract(arguments, document, body, kept, found)
        kept = read_kept(found, written)
    checked = examine(document, body, kept, found)
    unsatisfied = [point for point in checked if not point.is_satisfied]
    if not arguments.json:
        say(shown)
        for point in checked:
            _print_point(point)
    is_closing = arguments.force or (arguments.yes and not unsatisfied)
    if not is_closing and not arguments.yes and is_terminal():
        asked = [f"{point.name}: {point.question}" for point in checked if not point.is_sure]
        is_closing = all(is_yes(ask(f"{question} [y/N]")) for question in asked or ["Close it?"])
    copy = remove(document, arguments.reason or "", found, "close") if is_closing else None
    if arguments.json:
        answer = {"path": document.path, "points": [as_json(one) for one in checked]}
        if "issues" in (arguments.extract or ()):
            answer["issues"] = _issues(document, body)
        print_json(answer | {"copy": copy})
    elif copy:
        again = ", and once more for what was written" if arguments.extract else ""
        say(f"{shown} is closed. To have it back: agent-session undo{again}, or restore {copy}")
    else:
        say(_what_to_do(unsatisfied, asked=is_terminal()))
    return 0 if copy else NOT_CLOSED


def _what_to_do(unsatisfied: list[Point], *, asked: bool) -> str:
    if asked or not unsatisfied:
        return "It stays. If nothing that is marked ? is to be kept: agent-session close --yes"
    names = [point.name for point in unsatisfied]
    ways = dict.fromkeys(_WAYS[name] for name in names if name in _WAYS)
    first = f" First: {'; '.join(ways)}." if ways else ""
    return (
        f"It stays, for the sake of: {', '.join(names)}.{first} "
        "If all of that may go: --force --reason TEXT"
    )


def _print_point(point: Point) -> None:
    mark = " " if point.findings else "?" if point.doubts else "x"
    say(f"  [{mark}] {point.name + ':':<12}{point.evidence}")
    shown = [("", one) for one in point.findings]
    shown += [("? ", one) for one in point.doubts if one.line and one.text not in point.evidence]
    for doubt, finding in shown[:_MOST_SHOWN]:
        place = f"line {finding.line}: " if finding.line else ""
        say(f"        {doubt}{place}{safe_text.inline(finding.text, 100)}")
    if len(shown) > _MOST_SHOWN:
        say(f"        … {len(shown) - _MOST_SHOWN} more: --json has all")


# --- what is kept elsewhere ----------------------------------------------------------------------


def read_kept(found: Survey, written: Mapping[str, str] | None = None) -> Kept:
    """Read what a file's knowledge is looked for in, files ``written`` just now among it."""
    root, own = found.project.root, {*found.scan.paths}
    places = found.settings.records
    records = [path for folder in places for path in _markdown_in(root, folder)]
    listed = queries.documents(found.git, "*.md", "*.mdx", "*.rst")
    documents = [path for path in listed if path not in own and path not in records]
    said = _texts(root, (*records, *documents))
    active = [one for one in found.scan.documents if one.status is not Status.COMPLETED]
    form, now = named(session.NAME), found.view.now
    active += [form.read(path, text, now) for path, text in (written or {}).items()]
    return Kept(
        frozenset(one for text in said if not _VOID.search(text) for one in statements(text)),
        tuple(records),
        tuple(documents),
        tuple(Ongoing(one.path, one.title, one.issue, as_said(one.body)) for one in active),
        next((one for one in places if os.path.isdir(absolute(root, one))), places[0]),
    )


def examine(document: Document, body: Body, kept: Kept, found: Survey) -> tuple[Point, ...]:
    """Return what is to be seen to before a file goes, each point with what was found."""
    return points(document, body, found.view.evidence(document), kept, _references(found, document))


def _references(found: Survey, document: Document) -> tuple[str, ...]:
    """Return where tracked files name a document, those that are not documents themselves."""
    name = document.path.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    is_telling = any(map(str.isdigit, stem))  # another text may say "weather", too
    naming = queries.start_naming(found.git, stem if is_telling else name)() or ()
    ours = queries.prefix(found.project) + document.path
    return tuple(place for place in naming if place.rpartition(":")[0] != ours)


def _markdown_in(root: str, folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(absolute(root, folder)))
    except OSError:
        return []
    return [f"{folder}/{name}" for name in names if locations.is_prose(name)]


def _texts(root: str, paths: Iterable[str]) -> Iterator[str]:
    left = _MOST_BYTES
    for path in paths:
        try:
            data = files.read(absolute(root, path), left)
            if data is not None and left > 0:
                left -= len(data[0])
                yield files.decode(data[0])[0]
        except files.UnreadableFileError:
            continue


# --- extraction ----------------------------------------------------------------------------------


def _extract(
    arguments: argparse.Namespace, document: Document, body: Body, kept: Kept, found: Survey
) -> dict[str, str]:
    """Write what would be lost elsewhere, and return the texts by their paths."""
    kinds = arguments.extract
    new: dict[str, str] = {}
    if "adr" in kinds:
        new |= _new_records(document, kept, found)
    if "next" in kinds and left_open(document, body, kept):
        path, text = _follow_up(document, body, found)
        new[path] = text
    write_files({path: text.encode() for path, text in new.items()}, found, "close --extract")
    for path in new:
        say(f"Wrote {safe_text.path(path)}", error=True)
    if "issues" in kinds and not arguments.json:
        for issue in _issues(document, body):
            say(json.dumps(issue, ensure_ascii=False))
        say("Each with: gh issue create --title TITLE --body BODY", error=True)
    return new


def _issues(document: Document, body: Body) -> list[dict[str, str]]:
    return [
        {
            "title": safe_text.inline(finding.text, 120),
            "body": f"{finding.text}\n\nFrom {document.path}, line {finding.line}",
        }
        for finding in remaining(document, body).open
    ]


def _new_records(document: Document, kept: Kept, found: Survey) -> dict[str, str]:
    """Return by its path a record of each open decision, in the folder's own style."""
    new: dict[str, str] = {}
    root, folder = found.project.root, kept.folder
    names = [path.rpartition("/")[2] for path in _markdown_in(root, folder)]
    numbered = [match for name in (*names, "0000.md") if (match := _NUMBER.match(name))]
    last = max(numbered, key=lambda match: int(match["number"]))
    number, width = int(last["number"]), len(last["number"])
    example = next(_texts(root, [f"{folder}/{last[0]}"]), "")
    heading = re.match(r"\s*# (?P<before>\D*)(?P<number>\d+)(?P<after>\W+)\S", example)
    if heading and int(heading["number"]) != number:
        heading = None  # that number is a part of the title
    for decision in open_decisions(document, kept):
        number += 1
        stamp = f"{number:0{width}}"
        first = f"# {decision.title}"
        if heading:
            said = stamp if heading["number"].startswith("0") else str(number)
            first = f"# {heading['before']}{said}{heading['after']}{decision.title}"
        text = _record(example, first, decision.text, f"{found.view.now:%Y-%m-%d}")
        stem = f"{last['before']}{stamp}-{slug(decision.title)}"
        new[free_path(folder, stem, found, new)] = text
    return new


def _record(example: str, first: str, text: str, date: str) -> str:
    """Write a decision in the sections of its folder's last record."""
    found, _ = markdown.sections(example)
    parts = [one.title for one in found if one.level == _PART] or ["Status", "Decision"]
    filled = {"status": "Accepted", "date": date, "decision": text, "decision outcome": text}
    if not filled.keys() & {part.strip().casefold() for part in parts[1:]}:
        parts.append("Decision")
    labels = {label.casefold() for label in re.findall(r"\*\*(\w[\w ]*)\*\*\s*:", text)}
    sections = [
        f"## {part}\n\n{filled.get(part.strip().casefold(), 'To be written.')}"
        for part in parts
        if part.casefold() in filled or part.casefold() not in labels  # the text has it already
    ]
    return "\n\n".join([first, *sections]) + "\n"


def _follow_up(document: Document, body: Body, found: Survey) -> tuple[str, str]:
    """Return the path and text of a session file with the work that remains, word for word."""
    action = body.next_action or remaining(document, body).open[0]
    first = action.text
    wish = Wish(
        title=document.title,
        now=found.view.now.astimezone(),
        branch=document.branch,
        issue=document.issue,
        task=safe_text.inline(first, 160),
    )
    stem, text = draft(session.NAME, wish, SHORT)
    parts = {
        "Context": body.context.text if body.context else f"Goes on from {document.path}.",
        "Current State": body.state.text if body.state else "See the steps.",
        **carried(document, body),
    }
    for heading, said in reversed(parts.items()):  # what is filled in may hold such a heading
        text = filled_part(text, heading, said or first)
    return path_for(found, session.NAME, stem), text


def read_whole(document: Document, found: Survey) -> Document:
    """Read a file as it is, credentials and all: what is kept elsewhere is kept as it was.

    Raises RefusedError for a link, and where it can't be read.
    """
    shown = safe_text.path(document.path)
    if os.path.islink(absolute(found.project.root, document.path)):
        raise RefusedError(f"{shown} is a link: close what it leads to")
    data = read_file(found, document.path)
    if data is None:
        raise RefusedError(f"{shown} is gone")
    form = named(document.format)
    try:
        return document_of(form, document.path, data, document.modified, redact=False)
    except UnreadableFileError as error:
        raise RefusedError(f"{shown} can't be read: {error}") from error


# --- the file goes -------------------------------------------------------------------------------


def remove(document: Document, reason: str, found: Survey, command: str) -> str:
    """Keep a copy in the archive, delete the file, stage that; return the copy's name.

    To be taken back as ``command``. Raises RefusedError.
    """
    project, shown = found.project, safe_text.path(document.path)
    place = absolute(project.root, document.path)
    with state_locked(found) as folder:
        data = archive.read(place)
        if data is None or files.digest_of(data) != document.digest:
            raise RefusedError(f"{shown} was changed by another program just now: try again")
        index = queries.index_entries(found.git, document.path)
        former = Former(document.path, data, None, mode_of(place), index or None)
        with (
            recorded(folder, command, found, [former]),
            _archived(document.path, data, reason, folder, found) as name,
        ):
            os.unlink(place)
        path = queries.prefix(project) + document.path
        if index and not queries.set_index(found.git, path, ""):
            say(f"git could not stage that: git rm --cached {shown}", error=True)
    return name


@contextlib.contextmanager
def _archived(path: str, data: bytes, reason: str, folder: str, found: Survey) -> Iterator[str]:
    """Keep a closed file's bytes in the archive, unless what is done within fails."""
    root, now, copies = found.project.root, found.view.now, os.path.join(folder, ARCHIVE)
    how = f"{CLOSED}: {reason}" if reason else CLOSED
    with contextlib.closing(Store(folder)) as store:
        name = archive.reserve(copies, os.path.basename(path), now)
        digest = files.digest_of(data)
        row = Archived(name, root, path, digest, "", None, now, settled=now, how=how)
        try:
            store.record(archived=[row])
            archive.keep(copies, name, data)
            yield name
        except (OSError, StoreError):
            if archive.delete(copies, [name]):  # else it would count as one that nobody has read
                store.forget_archived([name])
            raise
