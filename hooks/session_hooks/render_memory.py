"""What is remembered of other conversations to text: for the model, and for the person."""

from collections.abc import Iterator
from datetime import datetime

from session_hooks.dates import clock, count
from session_hooks.plain import path, word
from session_hooks.recollection import Holder, Neighbour, Owed, Recollection
from session_hooks.records import DIED, SUPERSEDED, Conversation, Debt, DebtKind

_LISTED = 2
_REASONS = {
    "prompt_input_exit": "closed by /exit",
    "clear": "ended by /clear",
    "logout": "ended by logging out",
    "resume": "left for another one",
    SUPERSEDED: "left for another one",
    DIED: "never ended, its process is gone",
}


def for_model(found: Recollection, now: datetime) -> list[str]:
    """Say what the model has to know; ``now`` is in the person's time zone."""
    return [
        *_debts(found, now),
        *_deaths(found, now),
        *(_neighbour(neighbour, now) for neighbour in found.neighbours),
        *(_held(holder, now) for holder in found.holders),
        *(_unread(holder, now) for holder in found.unread[:_LISTED]),
    ]


def left_note(found: Recollection, now: datetime) -> Iterator[str]:
    """Say, below the text of what was left behind, that it is gone and where its copy is."""
    left = found.left
    if left is None:
        return
    name = path(left.document.path)
    if left.again:
        yield (
            f"({name} was taken before, {clock(now, left.again)}, by a conversation in which "
            "nobody spoke.)"
        )
    yield (
        f"{name} is read once: it is gone from the working tree. Its copy is {path(left.copy)}; "
        f"`agent-session restore {name}` brings it back. The next one is written "
        "anew when the conversation ends, without reading this one."
    )


def for_person(found: Recollection, now: datetime) -> list[str]:
    """Say the same in as few lines as there are things to know."""
    lines = []
    if left := found.left:
        again = ", which nobody had read," if left.again else ""
        lines.append(
            f"{path(left.document.path)}{again} was handed over and is gone from the working tree. "
            f"To bring it back: agent-session restore {path(left.document.path)}"
        )
    lines += [_owed_to_person(owed, now) for owed in found.owed[:_LISTED]]
    if len(found.owed) > _LISTED:
        lines.append(f"{len(found.owed) - _LISTED} more are owed: agent-session log")
    lines += [
        f"The conversation of {clock(now, one.resumed)} {_REASONS[DIED]}. "
        f"Its transcript: {_transcript(one)}"
        for one in found.died[:_LISTED]
    ]
    lines += [_neighbour(neighbour, now) for neighbour in found.neighbours]
    lines += [_held(holder, now) for holder in found.holders]
    return lines


def tracked(name: str) -> str:
    """Tell the person, once, how a document that git tracks can be read once."""
    return (
        f"{path(name)} is tracked by git, so it stays in the working tree and is told again. To "
        f"have it read once: git rm --cached {path(name)} && echo {path(name)} >> .gitignore"
    )


def stays(name: str, reason: str) -> str:
    """Tell the person, once, why a document was not moved."""
    return f"{path(name)} could not be moved away, so it is told again: {word(reason, 200)}"


def _debts(found: Recollection, now: datetime) -> Iterator[str]:
    for owed in found.owed[:_LISTED]:
        yield _owed(owed, now)
    if len(found.owed) > _LISTED:
        yield f"{len(found.owed) - _LISTED} more such debts: agent-session log"


def _owed(owed: Owed, now: datetime) -> str:
    debt = owed.debt
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return (
            f"{path(debt.document)} says completed ({clock(now, debt.owed)}) and is still there. "
            "In this project a completed session file is deleted, once what it teaches is kept."
        )
    which = "the last conversation here" if owed.is_last else "an earlier conversation here"
    happened = f"During {which} ({_ending(owed, now)}) {what_happened(debt)}"
    if debt.kind is DebtKind.NO_HANDOFF:
        return f"{happened}, and nothing was written that says where the work stands."
    return (
        f"{happened} after the last update of {path(debt.document)}, so that file may not show it. "
        "It is to be checked against them and brought up to date, or closed."
    )


def _owed_to_person(owed: Owed, now: datetime) -> str:
    debt = owed.debt
    when = _ending(owed, now)
    waive = "To drop it: agent-session waive"
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return f"Owed: {path(debt.document)} is completed and still there ({when}). {waive}"
    if debt.kind is DebtKind.NO_HANDOFF:
        return f"Owed: no handoff was written, though {what_happened(debt)} ({when}). {waive}"
    name = path(debt.document)
    return f"Owed: {name} was not updated, though {what_happened(debt)} ({when}). {waive}"


def _ending(owed: Owed, now: datetime) -> str:
    """Say when a conversation ended and how; before its end, when it was compacted."""
    conversation = owed.conversation
    when = clock(now, owed.debt.owed)
    if conversation is None or conversation.ended is None:
        return when
    return f"{when}, {how_ended(conversation)}"


def how_ended(conversation: Conversation) -> str:
    """Say how a conversation ended."""
    known = _REASONS.get(conversation.reason or "")
    return known or ("ended" if conversation.attended else "ended, nobody attended it")


def what_happened(debt: Debt) -> str:
    """Say what happened after a document's last update, or without one."""
    said = []
    if debt.commits:
        said.append(f"HEAD moved by {count(debt.commits, 'commit')}")
    if debt.files:
        verb = "was" if debt.files == 1 else "were"
        said.append(f"{count(debt.files, 'file')} {verb} left changed")
    return " and ".join(said)


def _deaths(found: Recollection, now: datetime) -> Iterator[str]:
    for one in found.died[:_LISTED]:
        yield (
            f"The conversation of {clock(now, one.resumed)} {_REASONS[DIED]}. What it did last is "
            f"in its transcript: {_transcript(one)}"
        )


def _transcript(conversation: Conversation) -> str:
    return path(conversation.transcript) if conversation.transcript else "unknown"


def _neighbour(neighbour: Neighbour, now: datetime) -> str:
    conversation = neighbour.conversation
    where = "here" if neighbour.is_here else f"in {path(conversation.worktree or '')}"
    branch = f", branch {word(neighbour.branch, 80)}" if neighbour.branch else ""
    files = ", ".join(path(name) for name in neighbour.documents[:_LISTED])
    writes = f", and writes {files}" if files else ""
    since = clock(now, conversation.resumed)
    return f"Another conversation is open {where} since {since}{branch}{writes}."


def _held(holder: Holder, now: datetime) -> str:
    return (
        f"{path(holder.path)} was taken by another conversation at {clock(now, holder.when)}: "
        f"{word(holder.conversation, 40)}. Its copy: {path(holder.copy)}"
    )


def _unread(holder: Holder, now: datetime) -> str:
    return (
        f"An earlier {path(holder.path)}, taken at {clock(now, holder.when)}, was read by nobody. "
        f"Its copy: {path(holder.copy)}"
    )
