"""``agent-session export --html``: everything on one page."""

import argparse
import os
import re
from datetime import datetime

from session_hooks.cli.memory import describe, describe_fate
from session_hooks.cli.project import (
    Survey,
    load_log,
    print_json,
    print_path,
    recorded_copies,
    within,
)
from session_hooks.cli.undo import put, read_output
from session_hooks.documents import markdown
from session_hooks.documents.model import Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.memory.model import Conversation
from session_hooks.render.memory import how_ended
from session_hooks.render.page import Entry, Page, page
from session_hooks.report.verdict import activity, judge
from session_hooks.util import dates

_MOST_LOG = 20
_MOST_CONVERSATIONS = 50


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
    headings, _ = markdown.sections(body.log.text) if body.log else ((), ())
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
