"""SessionEnd's report to text: all of it for the person."""

from session_hooks.plain import path, quoted
from session_hooks.ranking import Entry
from session_hooks.render import LISTED, missing, status
from session_hooks.report import End, Pending


def checklist(report: End) -> str:
    """Show the person the completion checklist of 003, short enough for a prompt.

    The client prints ``SessionEnd hook [command] failed:`` before it.
    """
    lines = ["Reminder, nothing failed.", f"{_counts(report)}:"]
    lines += _listed("not updated", report.untouched, report.pending)
    lines += _listed("updated", report.touched, report.pending)
    lines += [
        f"  {entry.judgement.verdict.value:<11}  {path(entry.document.path)}  "
        f"{'; '.join(entry.judgement.reasons[:2])}"
        for entry in report.aside[:LISTED]
    ]
    if report.not_reached:
        lines.append(f"  not read for lack of time: {report.not_reached} older files")
    lines += [
        f"  {'completed':<11}  {path(document.path)}  {quoted(document.title, 60)}"
        for document in report.completed[:LISTED]
    ]
    if report.active:
        lines += [
            "To hand over:  [ ] Current State  [ ] Next Steps  [ ] progress checklist",
            "               [ ] Files Modified  [ ] Session Log entry  "
            "[ ] status (paused if it rests)",
        ]
    lines += [
        "If finished:   [ ] issue updated  [ ] decisions to ADRs  [ ] lessons to docs",
        "               [ ] rest as issues  [ ] no references left  [ ] delete the session file",
    ]
    return "\n".join(lines) + "\n"


def short_reminder(report: End) -> str:
    """Show the person one line, where a conversation ends only to make room for the next.

    The client folds it into its footer, behind ``SessionEnd hook error:``.
    """
    return f"Reminder, nothing failed: {_counts(report)}.\n"


def notification(report: End) -> str:
    """One sentence for the desktop: counts only, for a screen that others may see."""
    return f"{_counts(report)}."


def _counts(report: End) -> str:
    active = report.active
    if not active and not report.completed:
        count = len(report.aside)
        files = "1 session file seems" if count == 1 else f"{count} session files seem"
        return f"{files} to be done, or given up"
    if not active:
        count = len(report.completed)
        files = "1 session file" if count == 1 else f"{count} session files"
        return f"{files} completed in this conversation"
    files = "1 active session file" if active == 1 else f"{active} active session files"
    missing = len(report.untouched)
    if missing == 0:
        which = "updated" if active == 1 else "all updated"
    elif missing < active:
        which = f"{missing} not updated"
    else:
        which = "not updated" if active == 1 else "none updated"
    when = "in this conversation" if report.beginning_known else "within a day"
    return f"{files}, {which} {when}"


def _listed(label: str, entries: tuple[Entry, ...], pending: tuple[Pending, ...]) -> list[str]:
    """List some files, each with what it doesn't show yet."""
    by_path = {item.document.path: missing(item) for item in pending}
    lines = []
    for entry in entries[:LISTED]:
        lines.append(f"  {label:<11}  {_ending(entry)}")
        if unshown := by_path.get(entry.document.path):
            lines.append(f"               it doesn't show yet: {unshown}")
    if len(entries) > LISTED:
        lines.append(f"  {label:<11}  {len(entries) - LISTED} more")
    return lines


def _ending(entry: Entry) -> str:
    document = entry.document
    return f"{path(document.path)}  {quoted(document.title, 60)} ({status(document)})"
