"""``agent-session close``: what a session file knows is kept elsewhere, then it goes (003)."""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from session_hooks.cli.edit import in_hand, state_locked, write_files
from session_hooks.cli.new import SHORT, Wish, draft, filled_part, folder_for, slug
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    as_json,
    print_json,
    say,
)
from session_hooks.documents import files, locations
from session_hooks.documents.formats import session
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.memory import archive, undo
from session_hooks.memory.archive import FOLDER as ARCHIVE
from session_hooks.memory.model import CLOSED, Archived
from session_hooks.memory.store import Store, StoreError
from session_hooks.memory.undo import Former
from session_hooks.project.project import absolute
from session_hooks.report.extraction import (
    Kept,
    Point,
    open_decisions,
    paragraphs,
    points,
    remaining,
)
from session_hooks.util import safe_text

RECORDS = ("docs/decisions", "docs/adr", "adr")
"""Where decision records lie (003, "Knowledge Extraction Checklist")."""
NOT_CLOSED = 1
_GIT_SECONDS = 10
_MOST_BYTES = 4 * 1024 * 1024
"""Of documents that a file's knowledge is looked for in."""
_MOST_SHOWN = 8
_NUMBER = re.compile(r"(?P<before>\D*?)(?P<number>\d{1,6})(?P<after>\D.*)?\.md$")
_YES = ("y", "yes")


def close(arguments: argparse.Namespace, found: Survey) -> int:
    """Close a session file; NOT_CLOSED where something would be lost. Raises RefusedError."""
    statuses = (Status.COMPLETED, Status.IN_PROGRESS, Status.UNKNOWN, Status.PAUSED)
    document = in_hand(arguments.path, found, statuses)
    shown = safe_text.path(document.path)
    if document.format != session.NAME:
        raise RefusedError(f"{shown} is no session file: what hands work over is not closed")
    if arguments.force and not arguments.reason:
        raise RefusedError("--force needs --reason TEXT, which is kept with the copy")
    body = read_body(document)
    git = Git(found.project.root, _GIT_SECONDS)
    kept = read_kept(found, git)
    if arguments.extract:
        written = _extract(arguments.extract, document, body, kept, found)
        kept = read_kept(found, git, written)
    named = references(found, document, git)
    checked = points(document, body, found.view.evidence(document), kept, named)
    unsatisfied = [point for point in checked if not point.is_satisfied]
    if not arguments.json:
        say(shown)
        for point in checked:
            _print_point(point)
    is_closing = arguments.force or (not unsatisfied and (arguments.yes or _is_agreed("Close it?")))
    if unsatisfied and not is_closing and not arguments.yes and _is_asked():
        is_closing = all(_is_agreed(f"{point.name}: {point.question}") for point in unsatisfied)
    copy = remove(document, arguments.reason or "", found, git, "close") if is_closing else None
    if arguments.json:
        print_json(
            {"path": document.path, "points": [as_json(one) for one in checked], "copy": copy}
        )
    elif copy:
        say(f"{shown} is closed. To have it back: agent-session undo, or restore {copy}")
    else:
        say(_what_to_do(unsatisfied, asked=_is_asked()))
    return 0 if copy else NOT_CLOSED


def _what_to_do(unsatisfied: list[Point], *, asked: bool) -> str:
    if asked or not unsatisfied:
        return "It stays. To close it without being asked: agent-session close --yes"
    names = ", ".join(point.name for point in unsatisfied)
    return (
        f"It stays, for the sake of: {names}. To keep them: --extract adr, next or issues; "
        "to let them go: --force --reason TEXT"
    )


def _print_point(point: Point) -> None:
    mark = "x" if point.is_satisfied else " "
    say(f"  [{mark}] {point.name + ':':<12}{point.evidence}")
    for finding in point.findings[:_MOST_SHOWN]:
        place = f"line {finding.line}: " if finding.line else ""
        say(f"        {place}{safe_text.inline(finding.text, 100)}")
    if len(point.findings) > _MOST_SHOWN:
        say(f"        … {len(point.findings) - _MOST_SHOWN} more")


def _is_asked() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _is_agreed(question: str) -> bool:
    if not _is_asked():
        return False
    try:
        return input(f"{question} [y/N] ").strip().casefold() in _YES
    except (EOFError, KeyboardInterrupt):
        say("")
        return False


# --- what is kept elsewhere ----------------------------------------------------------------------


def read_kept(found: Survey, git: Git, written: Mapping[str, str] | None = None) -> Kept:
    """Read what a file's knowledge is looked for in, files ``written`` just now among it."""
    root, own = found.project.root, {*found.scan.paths}
    folder = _records(root)
    records = [*_texts(root, _markdown_in(root, folder))]
    tracked = [path for path in queries.tracked(git, "*.md", "*.mdx", "*.rst") if path not in own]
    documents = (one for one in found.scan.documents if one.status is not Status.COMPLETED)
    active = {one.path: one.body for one in documents} | dict(written or {})
    return Kept(
        tuple(words for text in records for words in paragraphs(text)),
        tuple(words for text in (*records, *_texts(root, tracked)) for words in paragraphs(text)),
        tuple((path, words) for path, text in active.items() for words in paragraphs(text)),
        folder,
    )


def references(found: Survey, document: Document, git: Git) -> tuple[str, ...]:
    """Return where tracked files name a document, those that are not documents themselves."""
    naming = queries.start_naming(git, document.path.rpartition("/")[2])() or ()
    ours = queries.prefix(found.project) + document.path
    return tuple(place for place in naming if place.rpartition(":")[0] != ours)


def _records(root: str) -> str:
    there = (folder for folder in RECORDS if os.path.isdir(absolute(root, folder)))
    return next(there, RECORDS[0])


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
    kinds: list[str], document: Document, body: Body, kept: Kept, found: Survey
) -> dict[str, str]:
    """Write what would be lost elsewhere, and return the texts by their paths."""
    root, left = found.project.root, remaining(document, body)
    new: dict[str, str] = {}
    if "adr" in kinds:
        new |= _new_records(body, kept, root, found)
    if "next" in kinds and left:
        path, text = _follow_up(document, body, found)
        new[path] = text
    write_files({path: text.encode() for path, text in new.items()}, found, "close --extract")
    for path in new:
        say(f"Wrote {safe_text.path(path)}", error=True)
    if "issues" in kinds and left:
        for finding in left:
            about = f"From {document.path}, line {finding.line}"
            say(json.dumps({"title": finding.text, "body": about}, ensure_ascii=False))
        say("Each with: gh issue create --title TITLE --body BODY", error=True)
    return new


def _new_records(body: Body, kept: Kept, root: str, found: Survey) -> dict[str, str]:
    """Return by its path a record of each open decision, in the folder's own style."""
    new = {}
    names = [path.rpartition("/")[2] for path in _markdown_in(root, kept.folder)]
    numbered = [match for name in names if (match := _NUMBER.match(name))]
    last = max(numbered, key=lambda match: int(match["number"]), default=None)
    width = len(last["number"]) if last else 4
    before = last["before"] if last else ""
    number = int(last["number"]) if last else 0
    example = _example(root, f"{kept.folder}/{last[0]}") if last else ""
    for decision in open_decisions(body, kept):
        number += 1
        stamp = f"{number:0{width}}"
        text = _record(example, stamp, decision.title, decision.text, f"{found.view.now:%Y-%m-%d}")
        new[f"{kept.folder}/{before}{stamp}-{slug(decision.title)}.md"] = text
    return new


def _example(root: str, path: str) -> str:
    return next(iter(_texts(root, [path])), "")


def _record(example: str, number: str, title: str, text: str, date: str) -> str:
    """Write a decision as its folder's last record is headed."""
    heading = re.search(r"^# (?P<before>.*?)(?P<number>\d+)(?P<after>\W+)", example, re.MULTILINE)
    plain = str(int(number))
    said = heading and (number if heading["number"].startswith("0") else plain)
    first = f"# {heading['before']}{said}{heading['after']}{title}" if heading else f"# {title}"
    parts = re.findall(r"^## (.+)$", example, re.MULTILINE) or ["Status", "Decision"]
    filled = {"status": "Accepted", "date": date, "decision": text, "decision outcome": text}
    if not filled.keys() & {part.strip().casefold() for part in parts[1:]}:
        parts.append("Decision")
    sections = [
        f"## {part}\n\n{filled.get(part.strip().casefold(), 'To be written.')}" for part in parts
    ]
    return "\n\n".join([first, *sections]) + "\n"


def _follow_up(document: Document, body: Body, found: Survey) -> tuple[str, str]:
    """Return the path and text of a session file with the work that remains."""
    wish = Wish(
        title=document.title,
        now=found.view.now.astimezone(),
        branch=document.branch,
        author=None,
        issue=document.issue,
    )
    stem, text = draft(session.NAME, wish, SHORT)
    steps = "\n".join(f"- [ ] {finding.text}" for finding in remaining(document, body))
    context = body.context.text if body.context else f"Goes on from {document.path}."
    state = body.state.text if body.state else "See the steps."
    for heading, said in (("Context", context), ("Current State", state), ("Next Steps", steps)):
        text = filled_part(text, heading, said)
    task = steps.partition("\n")[0].removeprefix("- [ ] ")
    text = text.replace(session.TEMPLATE_TASK, task.replace("'", "''").replace('"', ""), 1)
    return f"{folder_for(found, session.NAME)}/{stem}.md", text


# --- the file goes -------------------------------------------------------------------------------


def remove(document: Document, reason: str, found: Survey, git: Git, command: str) -> str:
    """Keep a copy in the archive, delete the file, stage that; return the copy's name.

    To be taken back as ``command``. Raises RefusedError.
    """
    project, now = found.project, found.view.now
    shown = safe_text.path(document.path)
    place = absolute(project.root, document.path)
    with state_locked(found) as folder:
        data = archive.read(place)
        if data is None or files.digest_of(data) != document.digest:
            raise RefusedError(f"{shown} was changed by another program just now: try again")
        try:
            copies = os.path.join(folder, ARCHIVE)
            name = archive.reserve(copies, os.path.basename(document.path), now)
            row = Archived(
                name, project.root, document.path, document.digest, "", None, now,
                settled=now, how=f"{CLOSED}: {reason}" if reason else CLOSED,
            )  # fmt: skip
            with closing(Store(folder)) as store:
                store.record(archived=[row])
            archive.keep(copies, name, data)
            is_tracked = document.path in queries.tracked(git, f":(literal){document.path}")
            undo.record(
                folder, project.root, command, now,
                [Former(document.path, data, None, is_tracked=is_tracked)],
            )  # fmt: skip
            os.unlink(place)
        except (OSError, StoreError) as error:
            raise RefusedError(f"{shown} can't be deleted ({error}), so it stays") from error
        if is_tracked and not queries.remove_from_index(git, document.path):
            say(f"git could not stage that: git rm --cached {shown}", error=True)
        undo.prune(folder)
    return name
