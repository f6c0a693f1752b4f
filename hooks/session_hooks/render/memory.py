"""Render what other conversations did, took and owe."""

from collections.abc import Iterator, Sequence

from session_hooks.memory.conversations import Neighbour
from session_hooks.memory.model import (
    DIED,
    SUPERSEDED,
    UNATTENDED,
    Archived,
    Conversation,
    Debt,
    DebtKind,
)
from session_hooks.report.debts import LeftDocument, MemoryReport, OpenDebt, Reason
from session_hooks.report.ranking import RankedDocument
from session_hooks.util.dates import clock, count
from session_hooks.util.safe_text import listed, path, quoted, word

_LISTED = 2
_MOST_STEPS = 5
_KILLED = "never ended, its process is gone"
_REASONS = {
    "prompt_input_exit": "closed by the person",  # /exit or Ctrl-D: the client tells one reason
    "clear": "ended by /clear",
    "logout": "ended by logging out",
    "resume": "left for another one",
    SUPERSEDED: "left for another one",
    UNATTENDED: "ended, nobody attended it",
    DIED: _KILLED,
}


def for_model(report: MemoryReport, lead: RankedDocument | None = None) -> Iterator[str]:
    """``lead`` is quoted with the commits since."""
    if report.left and report.left.reason.is_for_next:
        yield (
            f"{path(report.left.path)} stays in the working tree: the person may not have been "
            "shown it here. Whoever goes on with it says so to the person and deletes it (it is "
            "read once); otherwise the next conversation that is started takes it."
        )
    yield from (_debt(owed, lead) for owed in report.debts[:_LISTED])
    if len(report.debts) > _LISTED:
        yield f"{len(report.debts) - _LISTED} more of the kind: agent-session log"
    yield from _deaths(report.died, _LISTED)
    yield from _conversations(
        report.open, ": that file is not to be edited here without asking the person"
    )
    for one in report.taken_by_others[:_LISTED]:
        taker = word(one.conversation, 40)
        yield f"{_taken_by(one)}, {taker}, and is that one's to act on. {_copy(one, report)}"
    for one in report.read_before[:_LISTED]:
        read = f"The conversation before this one read {path(one.former)}"
        yield f"{read}, at {clock(one.taken.timestamp())}. {_copy(one, report)}"
    for one in report.unread[:_LISTED]:
        taken = f"An earlier {path(one.former)}, taken at {clock(one.taken.timestamp())}"
        yield f"{taken}, had nothing done with it. {_copy(one, report)}"


def taken_note(report: MemoryReport, *, is_whole: bool) -> tuple[str, ...]:
    if report.taken is None:
        return ()
    name, copy = path(report.taken.document.path), path(report.taken.copy)
    part = f"That is only a part of it. It is to be read whole before work goes on: {copy}"
    where = f"Its copy is {copy}" if is_whole else "Its copy is the file just named"
    note = (
        f"{name} is read once: it is gone from the working tree. {where}; "
        f"`agent-session restore {name}` brings it back. The next one is written "
        "anew when the conversation ends, without reading this one."
    )
    return (note,) if is_whole else (part, note)


def for_person(report: MemoryReport) -> Iterator[str]:
    if taken := report.taken:
        name = path(taken.document.path)
        again = ", with which nothing was done yet," if taken.is_again else ""
        yield (
            f"{name}{again} was taken into this conversation and is gone from the working tree. "
            f"Its copy: {path(taken.near)}; to bring it back: agent-session restore {name}"
        )
    for one in report.unread[:1]:
        copy = path(f"{report.archive}/{one.name}")
        yield f"An earlier {path(one.former)}, with which nothing was done: {copy}"
    for owed in report.debts[:1]:
        more = f". {len(report.debts) - 1} more: agent-session log" if report.debts[1:] else ""
        yield _debt_to_person(owed) + more
    yield from _deaths(report.died, 1, to_person=True)
    yield from _conversations(report.open)
    for one in report.taken_by_others[:1]:
        see = f"To see it: agent-session show {path(one.former)}"
        yield f"{_taken_by(one)} ({word(one.conversation[:8])}). {see}"


def left_behind(left: LeftDocument) -> str:
    name = path(left.path)
    if left.reason is Reason.COULD_NOT_MOVE:
        return f"{name} could not be moved away, so it is told again: {word(left.error, 200)}"
    if left.reason is not Reason.TRACKED:
        return ""
    return (
        f"{name} is tracked by git, so it stays in the working tree and is told again. To "
        f"have it read once: git rm --cached {name} && echo {name} >> .gitignore"
    )


def how_ended(conversation: Conversation) -> str:
    known = _REASONS.get(conversation.reason or "")
    return known or ("ended" if conversation.attended else _REASONS[UNATTENDED])


def what_happened(debt: Debt) -> str:
    said = []
    if commits := debt.commits + debt.earlier:
        said.append(f"HEAD moved by {count(commits, 'commit')}")
    if debt.files:
        verb = "was" if debt.files == 1 else "were"
        said.append(f"{count(debt.files, 'file')} {verb} left changed")
    return " and ".join(said)


def _taken_by(one: Archived) -> str:
    return f"{path(one.former)} was taken by another conversation at {clock(one.taken.timestamp())}"


def _copy(one: Archived, report: MemoryReport) -> str:
    return f"Its copy: {path(f'{report.archive}/{one.name}')}"


def _debt(owed: OpenDebt, lead: RankedDocument | None) -> str:
    debt = owed.debt
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return (
            f"{path(debt.document)} says completed ({clock(debt.owed.timestamp())}) and is still "
            "there. In this project a completed session file is deleted, once what it teaches is "
            "kept."
        )
    happened = f"{_during(owed)} {what_happened(debt)}"
    if debt.kind is DebtKind.NO_HANDOFF:
        said = f"{happened}, and nothing was written that says where the work stands{_range(owed)}."
        return f"{said} {_steps_left(owed)}" if owed.steps else said
    to_do = "It is to be checked against that and brought up to date, or closed."
    if lead and lead.document.path == debt.document and lead.evidence.since:
        return f"{happened}, and the file to resume was not updated. {to_do}"
    return (
        f"{happened} after the last update of {path(debt.document)}, so that file may not show "
        f"it{_range(owed)}. {to_do}"
    )


def _steps_left(owed: OpenDebt) -> str:
    name = path(owed.debt.document)
    steps = "; ".join(quoted(step, 160) for step in owed.steps[:_MOST_STEPS])
    more = f"; {len(owed.steps) - _MOST_STEPS} more" if owed.steps[_MOST_STEPS:] else ""
    where = f"agent-session show {name}"
    return f"It had begun with {name} ({where}), of which nothing speaks any more: {steps}{more}."


def _during(owed: OpenDebt) -> str:
    debt, ending = owed.debt, _ending(owed.debt)
    which = "the last conversation" if owed.is_last else "an earlier conversation"
    if debt.earlier:
        since = clock(debt.first.timestamp())
        return f"During the conversations here since {since} (the last {ending})"
    if debt.reason == DIED:
        return f"Since {which} here began ({ending})"
    return f"During {which} here ({ending})"


def _range(owed: OpenDebt) -> str:
    conversation = owed.conversation
    if conversation is None or owed.debt.earlier or not owed.debt.commits:
        return ""
    start, end = conversation.head_at_start, conversation.head_at_end
    if not start or start == end:  # it went on since, and where it began then isn't known any more
        return ""
    last = (end or "HEAD")[:12]
    # The first of that conversation's commits may be in the file that was not updated since.
    if owed.debt.kind is DebtKind.NOT_UPDATED:
        return f" (git log --oneline -{owed.debt.commits} {last})"
    return f" (git log --oneline {start[:12]}..{last})"


def _debt_to_person(owed: OpenDebt) -> str:
    debt, when = owed.debt, _ending(owed.debt)
    name = quoted(owed.title, 60) if owed.title else path(debt.document)
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return (
            f"Owed: {name} is completed and still there ({when}). Keep what it teaches and delete "
            "it, or: agent-session waive"
        )
    commits = debt.commits + debt.earlier
    amounts = ((commits, "commit"), (debt.files, "changed file"))
    amount = " and ".join(count(number, unit) for number, unit in amounts if number)
    if debt.kind is DebtKind.NO_HANDOFF:
        said = f"Owed: {amount}, and no word on where the work stands ({when})."
        if owed.steps:
            steps = listed([quoted(step, 60) for step in owed.steps], 1)
            what = f"what is left of {path(debt.document)}"
            said = f"Owed: {amount}, and no word on {what} ({when}): {steps}."
        return f"{said} Write it down, or: agent-session waive"
    return f"Owed: {name} lacks {amount} ({when}). Update it, or: agent-session waive"


def _ending(debt: Debt) -> str:
    reason = _REASONS.get(debt.reason or "") or ("ended" if debt.reason else "before compaction")
    return f"{clock(debt.owed.timestamp())}, {reason}"


def _deaths(died: Sequence[Conversation], most: int, *, to_person: bool = False) -> Iterator[str]:
    for one in died[:most]:
        resume = f". To go on with it: claude --resume {word(one.id, 40)}" if to_person else ""
        place = path(one.transcript) if one.transcript else "unknown"
        when = clock(one.resumed.timestamp())
        yield f"The conversation of {when} {_KILLED}. Its transcript: {place}{resume}"
    if (more := len(died) - most) > 0:
        those = "another one was" if more == 1 else f"{more} others were"
        yield f"So {those}; their transcripts: agent-session log"


def _conversations(found: Sequence[Neighbour], warning: str = "") -> Iterator[str]:
    """Name the open conversations; those here that write nothing, together."""
    idle = [one for one in found if one.is_here and not one.documents]
    yield from (_conversation(one, warning) for one in found if one not in idle)
    if len(idle) == 1:
        yield _conversation(idle[0], "")
    elif idle:
        since = clock(min(one.conversation.resumed for one in idle).timestamp())
        said = f"{len(idle)} other conversations are open here, the first since {since}"
        yield f"{said}{_branch(idle[0])}{_begun_with(idle)}."


def _conversation(one: Neighbour, warning: str) -> str:
    where = "here" if one.is_here else f"in {quoted(one.conversation.worktree or '', 400)}"
    since = clock(one.conversation.resumed.timestamp())
    said = f"Another conversation is open {where} since {since}{_branch(one)}"
    if not one.documents:
        return f"{said}{_begun_with([one])}."
    files = ", ".join(path(name) for name in one.documents[:_LISTED])
    return f"{said}, and writes {files}{warning if one.is_here else ''}."


def _begun_with(found: Sequence[Neighbour]) -> str:
    names = dict.fromkeys(path(one.begun_with) for one in found if one.begun_with)
    return f", begun with {listed(list(names), _LISTED)}" if names else ""


def _branch(one: Neighbour) -> str:
    return f", branch {quoted(one.branch, 80)}" if one.branch else ""
