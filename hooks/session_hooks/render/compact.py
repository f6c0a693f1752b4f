"""Render what a compaction keeps: for the summary, and for the conversation after it."""

from collections.abc import Iterator, Sequence

from session_hooks.documents.formats import session
from session_hooks.render.document import (
    NOTES,
    called,
    document_lines,
    length,
    limited,
    lines_perhaps_done,
    unrecorded,
)
from session_hooks.report.compaction import Piece
from session_hooks.report.report import Compaction
from session_hooks.util.dates import ago
from session_hooks.util.safe_text import path, quoted

_BUDGET = 4000  # characters: it is shorter than what it sums up, and a person reads it, too
_NOTES_ROOM = 1200
_PIECE = 600


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
    lines = _quoted(report, _BUDGET - length([first, *below]))
    return "\n".join([first, *lines, *([""] if below else []), *below]) + "\n"


def _quoted(report: Compaction, room: int) -> list[str]:
    if report.begun_with is None:
        return document_lines(report.lead, room)
    first, *others = document_lines(report.begun_with, room // 2)
    lines = [f"And what the work was begun with: {first}", *others]
    return [*document_lines(report.lead, room - length(lines)), "", *lines]


def _notes(report: Compaction) -> Iterator[str]:
    for work in report.unrecorded:
        yield f"Warning: {path(work.document.path)} doesn't show yet: {unrecorded(work)}."
    others = (entry.document for entry in report.modified if entry != report.lead)
    for document in others:  # the lead is quoted with its age
        yield f"Recently modified: {path(document.path)}, {ago(document.modified.timestamp())}"
    if report.not_reached:
        yield f"Not read for lack of time: {report.not_reached} older files."


def restore(report: Compaction, budget: int) -> str:
    end = list(_to_do(report))
    lines = _quoted(report, budget - length([NOTES, *end]))
    return "\n".join([f"After compaction. {NOTES}", *lines, *end])


def _to_do(report: Compaction) -> Iterator[str]:
    """Say what the file doesn't show yet, and that it is brought up to date."""
    document = report.lead.document
    own = (work for work in report.unrecorded if work.document == document)
    yield from (f"Not in that file yet: {unrecorded(work)}." for work in own)
    if report.asks:
        yield (
            f"Before other work goes on, {path(document.path)} is brought up to date: "
            "Current State, Next Steps (agent-session next), and an entry in Session Log for what "
            "was done (agent-session note)."
        )


def repair(report: Compaction, lost: Sequence[Piece], budget: int, *, is_named: bool) -> str:
    """Tell what a summary lacks, and what is to be done about the file, if anything."""
    where, end = path(report.lead.document.path), list(_to_do(report))
    both = f"{where} and {path(report.begun_with.document.path)}" if report.begun_with else where
    others = [report.begun_with] if report.begun_with else []
    done = {"": lines_perhaps_done(report.lead.evidence)}
    done |= {one.document.path: lines_perhaps_done(one.evidence) for one in others}
    last = [one for one in lost if one.line in done[one.path]]
    lines = [f"- {_place(one)}: {quoted(one.text, _PIECE)}" for one in lost if one not in last]
    lines += [f"- {_place(one)}, possibly done: {quoted(one.text, _PIECE)}" for one in last]
    if lines:
        first = f"After compaction. The summary lacks this of {both}. {NOTES}"
    elif not is_named:
        first = f"After compaction. The summary doesn't name {where}, by which this work goes."
    else:
        return "\n".join(["After compaction.", *end]) if end else ""
    room = budget - length([first, *end])
    return "\n".join([first, *limited(lines, room, f"more, all in {both}"), *end])


def _place(one: Piece) -> str:
    within = f"{path(one.path)}, " if one.path else ""
    kind = "" if one.kind == "step" else f"{one.kind}, "
    return f"{kind}{within}line {one.line}"


def repair_greeting(report: Compaction, lost: Sequence[Piece], asked: int) -> str:
    if not lost:
        return ""
    documents = (report.lead, *([report.begun_with] if report.begun_with else []))
    titles = " and ".join(called(one.document) for one in documents)
    return f"Back in context after compaction: {len(lost)} of {asked} points of {titles}"


def restore_greeting(report: Compaction) -> str:
    return f"Back in context after compaction: {called(report.lead.document)}"
