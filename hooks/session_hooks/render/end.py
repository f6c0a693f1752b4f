"""Render the end of a conversation for the person: the checklist and the notification."""

from collections.abc import Iterator

from session_hooks.render.document import LISTED, status, unrecorded
from session_hooks.report.ranking import RankedDocument
from session_hooks.report.report import End
from session_hooks.util.dates import count
from session_hooks.util.safe_text import path, quoted

_TO_HAND_OVER = (
    "To hand over:  [ ] Current State  [ ] Next Steps  [ ] progress checklist",
    "               [ ] Files Modified  [ ] Session Log entry  [ ] status: agent-session pause",
)
_IF_FINISHED = (
    "If finished:   [ ] issue updated  [ ] decisions to ADRs  [ ] lessons to docs",
    "               [ ] rest as issues  [ ] no references left  [ ] delete the session file",
)
_FOR_THESE = (
    "               agent-session close goes through these and deletes it; undo takes it back",
)


def checklist(report: End) -> str:
    """Show the checklist of 003, behind the client's ``SessionEnd hook [command] failed:``."""
    lines = [
        "Reminder, nothing failed.",
        f"{_counts(report)}:",
        *_listed("not updated", report.untouched, report),
        *_listed("updated", report.touched, report),
    ]
    for entry in report.aside[:LISTED]:
        why = "; ".join(entry.judgement.all_said[:2])
        lines.append(f"  {entry.judgement.verdict.value:<11}  {path(entry.document.path)}  {why}")
    if report.not_reached:
        lines.append(f"  not read for lack of time: {report.not_reached} older files")
    for document in report.completed[:LISTED]:
        title = quoted(document.title, 60)
        lines.append(f"  {'completed':<11}  {path(document.path)}  {title}")
    if report.touched or report.untouched:
        lines += _TO_HAND_OVER
    return "\n".join([*lines, *_IF_FINISHED, *_FOR_THESE]) + "\n"


def short_reminder(report: End) -> str:
    """Show one line, which the client folds into its footer behind ``SessionEnd hook error:``."""
    return f"Reminder, nothing failed: {_counts(report)}.\n"


def notification(report: End) -> str:
    """Count only: others may see the screen."""
    return f"{_counts(report)}."


def _counts(report: End) -> str:
    return "; ".join([*_session_files(report), *_handoff(report)])


def _handoff(report: End) -> Iterator[str]:
    if report.left:
        name = path(report.left.path)
        yield f"nothing says what is left of {name} (agent-session restore {name})"
    elif report.handoff:
        yield f"{path(report.handoff.path)} is written"


def _session_files(report: End) -> Iterator[str]:
    if report.touched or report.untouched or report.completed or report.aside:
        yield _count(report)


def _count(report: End) -> str:
    missing = len(report.untouched)
    active = missing + len(report.touched)
    if not active and not report.completed:
        files = count(len(report.aside), "session file")
        return f"{files} seem{'s' if len(report.aside) == 1 else ''} to be done, or given up"
    if not active:
        return f"{count(len(report.completed), 'session file')} completed in this conversation"
    if report.is_idle:
        return f"{count(active, 'active session file')}; nothing was done in this conversation"
    if missing == 0:
        which = "updated" if active == 1 else "all updated"
    elif missing < active:
        which = f"{missing} not updated"
    else:
        which = "not updated" if active == 1 else "none updated"
    when = "in this conversation" if report.beginning_known else "within a day"
    return f"{count(active, 'active session file')}, {which} {when}"


def _listed(label: str, entries: tuple[RankedDocument, ...], report: End) -> list[str]:
    by_path = {work.document.path: unrecorded(work) for work in report.unrecorded}
    lines = []
    for entry in entries[:LISTED]:
        document = entry.document
        name = f"{path(document.path)}  {quoted(document.title, 60)} ({status(document)})"
        lines.append(f"  {label:<11}  {name}")
        if missing := by_path.get(document.path):
            lines.append(f"               it doesn't show yet: {missing}")
    if len(entries) > LISTED:
        lines.append(f"  {label:<11}  {len(entries) - LISTED} more")
    return lines
