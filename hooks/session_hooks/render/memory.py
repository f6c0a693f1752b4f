"""Render what other conversations did, took and owe."""

from collections.abc import Iterator, Sequence

from session_hooks.memory.conversations import Neighbour
from session_hooks.memory.model import DIED, SUPERSEDED, UNATTENDED, Conversation, Debt, DebtKind
from session_hooks.report.debts import Holder, Owed, Recollection, Stays
from session_hooks.util.ages import clock, count
from session_hooks.util.safe_text import path, quoted, word

_LISTED = 2
_KILLED = "never ended, its process is gone"
_REASONS = {
    "prompt_input_exit": "closed by /exit",
    "clear": "ended by /clear",
    "logout": "ended by logging out",
    "resume": "left for another one",
    SUPERSEDED: "left for another one",
    UNATTENDED: "ended, nobody attended it",
    DIED: _KILLED,
}


def for_model(found: Recollection) -> list[str]:
    """Say what the model has to know."""
    return [
        *([_waits(found.waits)] if found.waits else []),
        *_debts(found),
        *_deaths(found),
        *_neighbours(found, ": that file is not to be edited here without asking the person"),
        *(_held(holder) for holder in found.holders[:_LISTED]),
        *(_before(holder) for holder in found.before[:_LISTED]),
        *(_unread(holder) for holder in found.unread[:_LISTED]),
    ]


def left_note(found: Recollection, *, is_whole: bool) -> Iterator[str]:
    """Say, below the text of what was left behind, that it is gone and where its copy is."""
    left = found.left
    if left is None:
        return
    name, copy = path(left.document.path), path(left.copy)
    where = f"Its copy is {copy}"
    if not is_whole:
        yield f"That is only a part of it. It is to be read whole before work goes on: {copy}"
        where = "Its copy is the file just named"
    yield (
        f"{name} is read once: it is gone from the working tree. {where}; "
        f"`agent-session restore {name}` brings it back. The next one is written "
        "anew when the conversation ends, without reading this one."
    )


def for_person(found: Recollection) -> list[str]:
    """Say the same in as few lines as there are things to know."""
    lines = []
    if left := found.left:
        name = path(left.document.path)
        again = ", which nobody had read yet," if left.is_again else ""
        lines.append(
            f"{name}{again} was taken into this conversation and is gone from the working tree. "
            f"Its copy: {path(left.near)}; to bring it back: agent-session restore {name}"
        )
    lines += [
        f"An earlier {path(holder.path)}, which nobody has read: {path(holder.copy)}"
        for holder in found.unread[:1]
    ]
    for owed in found.owed[:1]:
        more = f". {len(found.owed) - 1} more: agent-session log" if found.owed[1:] else ""
        lines.append(_owed_to_person(owed) + more)
    lines += _deaths(found, to_person=True)
    lines += _neighbours(found)
    lines += [
        f"{path(holder.path)} was taken by another conversation at "
        f"{clock(holder.when.timestamp())} ({word(holder.conversation, 8)}). To see it: "
        f"agent-session show {path(holder.path)}"
        for holder in found.holders[:1]
    ]
    return lines


def _waits(name: str) -> str:
    return (
        f"{path(name)} stays in the working tree: the person may not have been shown it here. "
        "Whoever goes on with it says so to the person and deletes it (it is read once); otherwise "
        "the next conversation that is started takes it."
    )


def stays(found: Stays) -> str:
    """Tell the person, once, why a document stays, and how it can be read once."""
    name = path(found.path)
    if found.reason:
        return f"{name} could not be moved away, so it is told again: {word(found.reason, 200)}"
    return (
        f"{name} is tracked by git, so it stays in the working tree and is told again. To "
        f"have it read once: git rm --cached {name} && echo {name} >> .gitignore"
    )


# --- debts ---------------------------------------------------------------------------------------


def _debts(found: Recollection) -> Iterator[str]:
    for owed in found.owed[:_LISTED]:
        yield _owed(owed)
    if len(found.owed) > _LISTED:
        yield f"{len(found.owed) - _LISTED} more of the kind: agent-session log"


def _owed(owed: Owed) -> str:
    debt = owed.debt
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return (
            f"{path(debt.document)} says completed ({clock(debt.owed.timestamp())}) and is still "
            "there. In this project a completed session file is deleted, once what it teaches is "
            "kept."
        )
    happened = f"{_when(owed)} {what_happened(debt)}"
    if debt.kind is DebtKind.NO_HANDOFF:
        return f"{happened}, and nothing was written that says where the work stands{_range(owed)}."
    return (
        f"{happened} after the last update of {path(debt.document)}, so that file may not show "
        f"it{_range(owed)}. It is to be checked against that and brought up to date, or closed."
    )


def _when(owed: Owed) -> str:
    """Say in which time something happened; what came after a death is part of it."""
    debt, ending = owed.debt, _ending(owed.debt)
    which = "the last conversation" if owed.is_last else "an earlier conversation"
    if debt.earlier:
        since = clock(debt.first.timestamp())
        return f"During the conversations here since {since} (the last {ending})"
    if debt.reason == DIED:
        return f"Since {which} here began ({ending})"
    return f"During {which} here ({ending})"


def _range(owed: Owed) -> str:
    conversation = owed.conversation
    if conversation is None or owed.debt.earlier or not owed.debt.commits:
        return ""
    start, end = conversation.head_at_start, conversation.head_at_end
    if not start or start == end:  # it went on since, and where it began then isn't known any more
        return ""
    return f" (git log --oneline {start[:12]}..{(end or 'HEAD')[:12]})"


def _owed_to_person(owed: Owed) -> str:
    debt, when = owed.debt, _ending(owed.debt)
    name = quoted(owed.title, 60) if owed.title else path(debt.document)
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return (
            f"Owed: {name} is completed and still there ({when}). Keep what it teaches and delete "
            "it, or: agent-session waive"
        )
    if debt.kind is DebtKind.NO_HANDOFF:
        return (
            f"Owed: {_amount(debt)}, and no word on where the work stands ({when}). "
            "Write it down, or: agent-session waive"
        )
    return f"Owed: {name} lacks {_amount(debt)} ({when}). Update it, or: agent-session waive"


def _ending(debt: Debt) -> str:
    """Say when a conversation ended and how; before its end, when it was compacted."""
    reason = _REASONS.get(debt.reason or "") or ("ended" if debt.reason else "before compaction")
    return f"{clock(debt.owed.timestamp())}, {reason}"


def how_ended(conversation: Conversation) -> str:
    """Say how a conversation ended, in a person's words."""
    known = _REASONS.get(conversation.reason or "")
    return known or ("ended" if conversation.attended else _REASONS[UNATTENDED])


def what_happened(debt: Debt) -> str:
    """Say what happened after a document's last update."""
    said = []
    if commits := debt.commits + debt.earlier:
        said.append(f"HEAD moved by {count(commits, 'commit')}")
    if debt.files:
        verb = "was" if debt.files == 1 else "were"
        said.append(f"{count(debt.files, 'file')} {verb} left changed")
    return " and ".join(said)


def _amount(debt: Debt) -> str:
    commits = debt.commits + debt.earlier
    said = [count(commits, "commit")] if commits else []
    return " and ".join([*said, *([count(debt.files, "changed file")] if debt.files else [])])


# --- other conversations -------------------------------------------------------------------------


def _deaths(found: Recollection, *, to_person: bool = False) -> Iterator[str]:
    for one in found.died[: 1 if to_person else _LISTED]:
        resume = f". To go on with it: claude --resume {word(one.id, 40)}" if to_person else ""
        place = path(one.transcript) if one.transcript else "unknown"
        when = clock(one.resumed.timestamp())
        yield f"The conversation of {when} {_KILLED}. Its transcript: {place}{resume}"
    more = len(found.died) - (1 if to_person else _LISTED)
    if more > 0:
        those = "another one was" if more == 1 else f"{more} others were"
        yield f"So {those}; their transcripts: agent-session log"


def _neighbours(found: Recollection, warning: str = "") -> Iterator[str]:
    idle = [one for one in found.neighbours if one.is_here and not one.documents]
    for one in found.neighbours:
        if one not in idle:
            yield _neighbour(one, warning)
    if len(idle) == 1:
        yield _neighbour(idle[0], "")
    elif idle:
        yield (
            f"{len(idle)} other conversations are open here, the first since {_since(idle)}"
            f"{_branch(idle[0])}."
        )


def _since(neighbours: Sequence[Neighbour]) -> str:
    return clock(min(one.conversation.resumed for one in neighbours).timestamp())


def _neighbour(neighbour: Neighbour, warning: str) -> str:
    where = (
        "here" if neighbour.is_here else f"in {quoted(neighbour.conversation.worktree or '', 400)}"
    )
    said = f"Another conversation is open {where} since {_since([neighbour])}"
    said += _branch(neighbour)
    if not neighbour.documents:
        return f"{said}."
    files = ", ".join(path(name) for name in neighbour.documents[:_LISTED])
    return f"{said}, and writes {files}{warning if neighbour.is_here else ''}."


def _branch(neighbour: Neighbour) -> str:
    return f", branch {quoted(neighbour.branch, 80)}" if neighbour.branch else ""


def _held(holder: Holder) -> str:
    return (
        f"{path(holder.path)} was taken by another conversation at "
        f"{clock(holder.when.timestamp())}, {word(holder.conversation, 40)}, and is that one's to "
        f"act on. Its copy: {path(holder.copy)}"
    )


def _before(holder: Holder) -> str:
    return (
        f"The conversation before this one read {path(holder.path)}, at "
        f"{clock(holder.when.timestamp())}. Its copy: {path(holder.copy)}"
    )


def _unread(holder: Holder) -> str:
    return (
        f"An earlier {path(holder.path)}, taken at {clock(holder.when.timestamp())}, was read by "
        f"nobody. Its copy: {path(holder.copy)}"
    )
