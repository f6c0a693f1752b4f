"""``agent-session review``, ``index`` and ``export``: what all documents say together."""

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from session_hooks.cli.memory import describe, describe_fate
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    as_json,
    load_log,
    print_json,
    print_path,
    recorded_copies,
    say,
    within,
)
from session_hooks.cli.undo import put, read_file, read_output, write_files
from session_hooks.documents.formats import handoff, session
from session_hooks.documents.locations import parts
from session_hooks.documents.markdown import code_blocks, sections
from session_hooks.documents.model import Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.memory.model import Conversation
from session_hooks.render.memory import how_ended
from session_hooks.render.page import Entry, Page, page
from session_hooks.report.review import Item, Review, review
from session_hooks.report.verdict import activity, judge
from session_hooks.util import dates, safe_text
from session_hooks.util.dates import count

_BEGIN, _END = "<!-- handoffs -->", "<!-- /handoffs -->"
"""Around what ``index`` writes anew; what a person adds stands outside."""
_HEAD = "# Session handoffs\n\n"
_MOST_DOCUMENTS, _MOST_ITEMS, _MOST_RECURRING = 6, 3, 5
_WIDTH = 100
_MOST_WEEKS = 520
_MOST_LOG = 20
_MOST_CONVERSATIONS = 50


def print_review(arguments: argparse.Namespace, found: Survey) -> None:
    """Print what journals and handoffs of the last weeks left open, and what recurs in them."""
    if not 0 < arguments.weeks <= _MOST_WEEKS:
        raise RefusedError(f"--weeks is a number from 1 to {_MOST_WEEKS}")
    since = found.view.now - timedelta(weeks=arguments.weeks)
    written = [  # a clone gives all of them its own time
        (one, one.updated or one.created or activity(one, found.view))
        for one in found.scan.documents
        if one.format != session.NAME
    ]
    recent = [(one, when) for one, when in written if when >= since]
    seen = review(recent)
    if arguments.json:
        print_json({"documents": len(recent), **as_json(seen)})
    elif arguments.markdown:
        say("\n".join(_markdown(seen, found)).rstrip("\n"))
    else:
        weeks = count(arguments.weeks, "week")
        say(f"Journals and handoffs of the last {weeks}: {len(recent)}")
        for line in _lines(seen, found):
            say(line)


def _lines(seen: Review, found: Survey) -> Iterator[str]:
    for one in seen.recurring[:_MOST_RECURRING]:
        yield f"{len(one.places)} times, {one.kind}: {one.text}"
        yield f"  {_places(one.places)}"
        yield f"  could go to {one.to}"
    for left in seen.left[:_MOST_DOCUMENTS]:
        age = dates.age(found.view.now - left.when)
        yield f"{safe_text.path(left.path)} ({age}) left open: {len(left.items)}"
        for item in left.items[:_MOST_ITEMS]:
            yield f"  line {item.line}: {safe_text.inline(item.text, _WIDTH)}"
    if len(seen.left) > _MOST_DOCUMENTS:
        yield f"… {len(seen.left) - _MOST_DOCUMENTS} more: agent-session review --markdown"


def _places(places: Sequence[Item]) -> str:
    return ", ".join(f"{safe_text.path(one.path)}:{one.line}" for one in places[:4])


def _markdown(seen: Review, found: Survey) -> Iterator[str]:
    yield f"# Review of {found.view.now.astimezone():%Y-%m-%d}\n"
    if seen.recurring:
        yield "## What recurs\n"
        for one in seen.recurring:
            yield f"- [ ] {one.text} ({one.kind}, {len(one.places)} times: {_places(one.places)})"
            yield f"  - Could go to {one.to}"
        yield ""
    if seen.left:
        yield "## What was left open\n"
    for left in seen.left:
        yield f"### {safe_text.path(left.path)}\n"
        yield from (f"- [ ] {safe_text.inline(i.text, 300)} (line {i.line})" for i in left.items)
        yield ""


# --- the index of handoffs -----------------------------------------------------------------------


def write_index(arguments: argparse.Namespace, found: Survey) -> None:
    """Write the handoffs' README (001, "Location"), and keep what a person added to it."""
    places = found.settings.folders[handoff.NAME]
    folder = parts(places[0])[0]
    path = f"{folder}/README.md" if folder else "README.md"
    here = [one for one in found.scan.documents if one.path.startswith(f"{folder}/")]
    here.sort(key=lambda one: activity(one, found.view), reverse=True)
    rows = []
    for one in here:
        name = one.path.removeprefix(f"{folder}/")
        action = read_body(one).next_action
        cells = (
            f"[{_cell(one.title)}](<{name}>)",
            f"{activity(one, found.view):%Y-%m-%d}",
            _cell(one.branch or ""),
            _cell(action.text if action else ""),
        )
        rows.append(f"| {' | '.join(cells)} |")
    table = ["| handoff | date | branch | next |", "| --- | --- | --- | --- |", *rows]
    block = "\n".join([_BEGIN, "", *table, "", _END])
    before = read_file(found, path)
    text = _with(block, before.decode("utf-8", "surrogateescape") if before is not None else None)
    data = text.encode("utf-8", "surrogateescape")
    written = data != before
    write_files({path: data} if written else {}, found, "index", over=(path,))
    if arguments.json:
        print_json({"path": path, "handoffs": len(here), "written": written})
    else:
        say(f"{path}: {count(len(here), 'handoff')}{'' if written else ', as before'}")


def _cell(text: str) -> str:
    return safe_text.inline(text, 80).replace("|", "\\|")


def _with(block: str, text: str | None) -> str:
    """Return the index with its block written anew, below what is there where it has none yet."""
    if text is None:
        return f"{_HEAD}{block}\n"
    mark = "\r" if "\r\n" in text else ""
    new, lines = [line + mark for line in block.split("\n")], text.split("\n")
    said = [line.rstrip("\r") for line in lines]
    for opened, closed in code_blocks(said):
        said[opened:closed] = [""] * (closed - opened)
    begin = max((at for at, line in enumerate(said) if line == _BEGIN), default=len(said))
    end = next((at for at in range(begin, len(said)) if said[at] == _END), None)
    if end is None:
        return "\n".join([text.rstrip() + mark, mark, *new, ""])
    is_last = end == len(lines) - 1  # where nothing ended the last line, nothing does
    new[-1] = new[-1].rstrip("\r") if is_last else new[-1]
    return "\n".join([*lines[:begin], *new, *lines[end + 1 :]])


# --- all of it on one page -----------------------------------------------------------------------


def export(arguments: argparse.Namespace, found: Survey) -> None:
    """Write the page; raises RefusedError where it can't be written."""
    path = os.path.realpath(arguments.html)
    before = read_output(path, lambda data: data.startswith(b"<!doctype html>"))
    put(path, before, page(_page(found)).encode("utf-8", "replace"))
    if arguments.json:
        print_json({"path": within(path, found.project.root)})
    else:
        print_path(path)


def _page(found: Survey) -> Page:
    root, now = found.project.root, found.view.now
    log = load_log(found.project)
    documents = sorted(
        found.scan.documents, key=lambda one: activity(one, found.view), reverse=True
    )
    conversations = sorted(log.conversations, key=lambda one: one.resumed, reverse=True)
    return Page(
        os.path.basename(root),
        now,
        tuple(_entry(one, found) for one in documents),
        tuple(_conversation(one, now) for one in conversations[:_MOST_CONVERSATIONS]),
        tuple(describe(debt, debt.document) for debt in log.debts if debt.paid is None),
        tuple(
            f"{copy.row.former}, {dates.clock_time(now, copy.row.taken)}: {describe_fate(copy)}"
            for copy in recorded_copies(found, log)
        ),
    )


def _entry(document: Document, found: Survey) -> Entry:
    body, judgement = read_body(document), judge(document, found.view)
    ends = max(activity(document, found.view), document.updated or document.modified)
    begins = min(document.created or ends, ends)
    headings, _ = sections(body.log.text) if body.log else ((), ())
    entries = [one.title for one in headings][-_MOST_LOG:]
    moments = (dates.parse_time(re.split(r"\s[-–—]\s", title)[0]) for title in entries)
    marks: list[datetime] = [moment for moment in moments if moment is not None]
    return Entry(
        document.path,
        document.title,
        document.status_word or "no status",
        judgement.verdict.value,
        tuple(dates.fill(one, found.view.now.timestamp()) for one in judgement.reasons[:3]),
        document.branch,
        begins,
        min(ends, found.view.now),
        tuple(marks),
        body.next_action.text if body.next_action else None,
        tuple(f"{one.name}, {one.status}: {one.summary or one.task}" for one in document.agents),
        tuple(entries),
        document.status is Status.COMPLETED or judgement.verdict.is_over,
    )


def _conversation(one: Conversation, now: datetime) -> str:
    ended = how_ended(one) if one.ended else "open"
    branch = f", branch {one.branch_at_start}" if one.branch_at_start else ""
    return f"{dates.clock_time(now, one.began)}, {ended}{branch}"
