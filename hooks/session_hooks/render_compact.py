"""PreCompact's report to text: for the summarizer, and for the person who reads it too."""

from collections.abc import Iterator

from session_hooks.formats import session
from session_hooks.moments import ago
from session_hooks.plain import path
from session_hooks.render import as_many, document_lines, length, missing
from session_hooks.report import Compaction

_BUDGET = 4000
"""Characters of all of it: the summary is to be shorter than what it sums up, and a person reads
it, too."""
_NOTES_ROOM = 1200


def compaction(report: Compaction) -> str:
    """Say what the summary has to keep, and what the session files don't show yet."""
    name = path(report.lead.entry.document.path)
    first = f"The summary keeps the following word for word; it is quoted from {_kind(report)}:"
    end = (
        f"Right after compaction: bring {name} up to date, or write a snapshot of the state into "
        "its Current State and Session Log."
    )
    tail = [end] if report.asks else []
    notes = list(as_many(list(_notes(report)), _NOTES_ROOM, "more lines are left out"))
    lines = document_lines(report.lead, _BUDGET - length([first, *notes, *tail]))
    head = [first, *lines]
    return "\n".join([*head, *([""] if notes or tail else []), *notes, *tail]) + "\n"


def _is_session_file(report: Compaction) -> bool:
    return report.lead.entry.document.format == session.NAME


def _kind(report: Compaction) -> str:
    return "a session file" if _is_session_file(report) else "what the work was begun from"


def _notes(report: Compaction) -> Iterator[str]:
    for item in report.pending:
        yield f"Warning: {path(item.document.path)} doesn't show yet: {missing(item)}."
    for entry in report.modified:
        document = entry.document
        yield f"Recently modified: {path(document.path)}, {ago(document.modified.timestamp())}"
    if report.not_reached:
        yield f"Not read for lack of time: {report.not_reached} older files."
