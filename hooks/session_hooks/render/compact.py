"""Render what a compaction keeps: for the summary, and for the conversation after it."""

from collections.abc import Iterator

from session_hooks.documents.formats import session
from session_hooks.render.document import NOTES, document_lines, length, limited, unrecorded
from session_hooks.report.report import Compaction
from session_hooks.util.dates import ago
from session_hooks.util.safe_text import path, quoted

_BUDGET = 4000  # characters: it is shorter than what it sums up, and a person reads it, too
_NOTES_ROOM = 1200


def compaction(report: Compaction) -> str:
    document = report.lead.document
    is_session = document.format == session.NAME
    kind = "a session file" if is_session else "what the work was begun from"
    first = f"The summary keeps the following word for word; it is quoted from {kind}:"
    end = (
        f"Right after compaction: bring {path(document.path)} up to date, or write a snapshot of "
        "the state into its Current State and Session Log (agent-session note)."
    )
    below = [*limited(_notes(report), _NOTES_ROOM, "more lines are left out")]
    below += [end] if report.asks else []
    lines = document_lines(report.lead, _BUDGET - length([first, *below]))
    return "\n".join([first, *lines, *([""] if below else []), *below]) + "\n"


def _notes(report: Compaction) -> Iterator[str]:
    for work in report.unrecorded:
        yield f"Warning: {path(work.document.path)} doesn't show yet: {unrecorded(work)}."
    for entry in report.modified:
        document = entry.document
        yield f"Recently modified: {path(document.path)}, {ago(document.modified.timestamp())}"
    if report.not_reached:
        yield f"Not read for lack of time: {report.not_reached} older files."


def restore(report: Compaction, budget: int) -> str:
    document = report.lead.document
    own = (work for work in report.unrecorded if work.document == document)
    end = [f"Not in that file yet: {unrecorded(work)}." for work in own]
    if report.asks:
        end.append(
            f"Before other work goes on, {path(document.path)} is brought up to date: "
            "Current State, Next Steps (agent-session next), and an entry in Session Log for what "
            "was done (agent-session note)."
        )
    lines = document_lines(report.lead, budget - length([NOTES, *end]))
    return "\n".join([f"After compaction. {NOTES}", *lines, *end])


def restore_greeting(report: Compaction) -> str:
    return f"Back in context after compaction: {quoted(report.lead.document.title, 70)}"
