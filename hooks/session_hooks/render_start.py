"""SessionStart's reports to text: what the model is told, and what the person sees."""

from collections.abc import Iterator
from datetime import datetime

from session_hooks.dates import age
from session_hooks.document import Document
from session_hooks.facts import Untold
from session_hooks.formats import handoff, journal, next_session, prompt, session
from session_hooks.plain import path, quoted, word
from session_hooks.render import (
    BUDGET,
    NOTES,
    as_many,
    first_step,
    length,
    line,
    missing,
    named,
    parts,
    status,
    unread_lines,
)
from session_hooks.report import Changes, Hint, Lead, Overview, Restore

_NEW_FILE = f"{session.FOLDER}/YYYYMMDD-HHMMSS-<description>.md (UTC)"
_UPDATES = (
    "In this project a session file is brought up to date after each significant action: Current "
    "State, progress checklist, Next Steps, last_updated, and an entry in Session Log."
)
_TASKS_ROOM = 1500
_UNREAD_ROOM = 500


def hint(report: Hint, now: datetime, *, uses_session_files: bool) -> str:
    """Say how a session file is made, where none of them is active, and what to review."""
    lines = [_HOW_TO_BEGIN] if uses_session_files else []
    lines += unread_lines(report.unread, report.not_reached)
    if report.journals or report.older:
        review = [*_journals(report.journals, now), *_older(report.older)]
        lines += review if lines else [line for line in review if line]
    return "\n".join(lines)


_HOW_TO_BEGIN = (
    f"No session file in {session.FOLDER}/ is active. Work of several steps gets one here: "
    f"{_NEW_FILE}, with frontmatter session.title, status: in_progress, created and last_updated, "
    "orchestration.current_task, and the sections Context, Current State and Next Steps."
)


def overview(report: Overview, now: datetime, budget: int = BUDGET) -> str:
    """Tell the model what is active and what is next, the most valuable first."""
    head = list(_of_agent(report, report.agent) if report.agent else _of_lead(report, now))
    head_rest = [*_journals(report.journals, now), *_older(report.older)]
    tail = [*head_rest, *(["", *_protocol(report)] if report.asks else [])]
    unread = list(unread_lines(report.unread, report.not_reached))
    end = [*as_many(unread, _UNREAD_ROOM, "more lines on unread files are left out"), *tail]
    room = budget - length([*head, *end])
    return "\n".join([*head, *_others(report, now, room), *end])


def _of_lead(report: Overview, now: datetime) -> Iterator[str]:
    yield f"{_active_files(report)}. {NOTES}"
    yield ""
    yield f"Suggested to resume: {path(report.lead.entry.document.path)}"
    yield from parts(report.lead, now)
    if report.others:
        yield ""
        yield "Other active session files:" if _only_sessions(report) else "Others:"


def _of_agent(report: Overview, agent: str) -> Iterator[str]:
    if report.tasks:
        yield f"Open tasks of {word(agent)} in session files. {NOTES}"
        yield from as_many(list(_tasks(report)), _TASKS_ROOM, "more lines are left out")
    else:
        yield f"No session file names an open task of {word(agent)}. {NOTES}"
    yield ""
    yield f"{_active_files(report)}:"


def _tasks(report: Overview) -> Iterator[str]:
    for task in report.tasks:
        progress = word(task.agent.status, 30) if task.agent.status else "no status"
        yield f"- {quoted(task.agent.task, 240)} ({progress}) in {named(task.document)}"
        if task.agent.summary:
            yield f"  So far: {quoted(task.agent.summary, 240)}"


def _others(report: Overview, now: datetime, room: int) -> Iterator[str]:
    entries = (report.lead.entry, *report.others) if report.agent else report.others
    lines = [f"- {line(entry, now)}" for entry in entries]
    if report.agent and (step := first_step(report.lead.body)):
        lines[0] += f", next {quoted(step)}"
    rest = f"more active ones are not listed here; see {session.FOLDER}/"
    yield from as_many(lines, room, rest)


def _journals(journals: tuple[Lead, ...], now: datetime) -> Iterator[str]:
    if journals:
        yield ""
        yield "Recent journals, to review before new work:"
    for lead in journals:
        step = first_step(lead.body)
        follow_up = f", follow-up {quoted(step, 110)}" if step else ""
        yield f"- {named(lead.entry.document)}, {age(now, lead.entry.activity)}{follow_up}"


def _older(older: tuple[Document, ...]) -> Iterator[str]:
    if older:
        names = ", ".join(path(document.path) for document in older[:2])
        more = f" and {len(older) - 2} more" if len(older) > 2 else ""
        yield f"Old or without a date, so not quoted: {names}{more}"


def _protocol(report: Overview) -> Iterator[str]:
    if session.NAME in report.uses:
        yield from _sessions_protocol(report)
    yield from (rule for name, rule in _WRITTEN_WHEN.items() if name in report.uses)


_WRITTEN_WHEN = {
    next_session.NAME: (
        "NEXT_SESSION.md is written only when a session ends (the person says so, tokens run low, "
        "or it is a natural stopping point), never mid-session; it is read once, then deleted."
    ),
    handoff.NAME: (
        "A handoff is written at the end of a work session, at a milestone, at a switch of "
        "context, before a break, and after complex work."
    ),
    journal.NAME: "A journal is written when something notable happened, off plan or learned.",
    prompt.NAME: "A handoff prompt is written when the person says its trigger word.",
}


def _sessions_protocol(report: Overview) -> Iterator[str]:
    yield "How work starts in this project (unless the first message already answers it):"
    choice = "which of them to resume" if report.others else "resume it"
    yield f"- The person is asked: {choice}, or start fresh?"
    yield "- Before resuming, the whole session file is read."
    yield f"- Starting fresh means a new file: {_NEW_FILE}."
    yield _UPDATES


def _active_files(report: Overview) -> str:
    count = 1 + len(report.others)
    if _only_sessions(report):
        files = "session file is" if count == 1 else "session files are"
        return f"{count} {files} active in {session.FOLDER}/"
    return f"{count} document{' says' if count == 1 else 's say'} where the work here stands"


def _only_sessions(report: Overview) -> bool:
    entries = (report.lead.entry, *report.others)
    return all(entry.document.format == session.NAME for entry in entries)


def changes(report: Changes, now: datetime) -> str:
    """Tell the model what changed while its conversation slept."""
    head = [f"Changed since this conversation was last written to. {NOTES}"]
    lead = report.lead
    tail = [] if lead is None else ["", f"Now in {path(lead.entry.document.path)}:"]
    tail += [] if lead is None else parts(lead, now)
    lines = [f"- {line(entry, now)}" for entry in report.entries]
    room = BUDGET - length([*head, *tail])
    names = as_many(lines, room, f"more changed ones are not listed here; see {session.FOLDER}/")
    return "\n".join([*head, *names, *tail])


def restore(report: Restore, now: datetime) -> str:
    """Give the model back what compaction may have dropped."""
    name = path(report.lead.entry.document.path)
    lines = [f"After compaction, from the session file {name}. {NOTES}"]
    lines += parts(report.lead, now)
    if report.pending:
        lines += ["", f"Not in that file yet: {missing(report.pending)}."]
    if report.asks:
        lines += [
            "",
            f"Before other work goes on, {name} is to be brought up to date now: Current State, "
            "Next Steps, and an entry in Session Log for what was done.",
        ]
    return "\n".join(lines)


def greeting(report: Overview, now: datetime) -> str:
    """Tell the person in two lines, three at most, what is active and what is next."""
    entry = report.lead.entry
    where = "on this branch" if entry.on_branch else age(now, entry.activity)
    count = 1 + len(report.others)
    kind = "active session file" if _only_sessions(report) else "document"
    files = f"{count} {kind}" + ("" if count == 1 else "s")
    known = f"{status(entry.document)}, " if entry.document.format == session.NAME else ""
    best = f"{quoted(entry.document.title, 70)} ({known}{where})"
    lines = [f"{files}. {'To resume' if count == 1 else 'First to resume'}: {best}"]
    if step := first_step(report.lead.body):
        lines.append(f"Next: {step}")
    if report.agent and report.tasks:
        lines.append(f"Open tasks of {word(report.agent)}: {len(report.tasks)}")
    return "\n".join(lines)


def changes_greeting(report: Changes) -> str:
    """Tell the person what the conversation was just told."""
    titles = [quoted(entry.document.title, 60) for entry in report.entries[:2]]
    more = f" and {len(report.entries) - 2} more" if len(report.entries) > 2 else ""
    return f"Session files changed since this conversation last ran: {', '.join(titles)}{more}"


def restore_greeting(report: Restore) -> str:
    """Tell the person that the thread was kept."""
    return f"Back in context after compaction: {quoted(report.lead.entry.document.title, 70)}"


def errors(untold: Untold) -> str:
    """Name the log to the person."""
    count = "An error" if untold.entries == 1 else f"{untold.entries} errors"
    return f"{count} in a session hook since you were last told: {untold.path}"
