"""``agent-session log``, ``restore`` and ``waive``."""

import argparse
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from session_hooks.cli import project as cli_project
from session_hooks.cli.project import (
    Copy,
    RefusedError,
    Survey,
    as_json,
    by_its_name,
    fields,
    from_here,
    print_json,
    print_path,
    print_table,
    print_text,
    say,
    warn,
    within,
)
from session_hooks.documents import files
from session_hooks.memory import archive, conversations, model
from session_hooks.memory.archive import FOLDER as ARCHIVE
from session_hooks.memory.model import (
    DIED,
    RESTORED,
    Archived,
    Conversation,
    Debt,
    DebtKind,
    Delivery,
)
from session_hooks.memory.store import Log, Store
from session_hooks.project.project import Project, absolute
from session_hooks.render.memory import how_ended, what_happened
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

WAIVED = "waived"
NO_DOCUMENT = "-"
"""How a debt is named that no document has: that no handoff was written."""
OPEN, ENDED, GONE, UNKNOWN = "open", "ended", "process_gone", "unknown"
"""How a conversation stands."""
_STANDS = {
    OPEN: "open",
    GONE: "never ended, its process is gone",
    UNKNOWN: "no end is known, and its process can't be looked at",
}
BECAME = {
    "read": "read",
    "held": "not read yet, that conversation is open",
    "unread": "not read, to be told again",
    model.RESTORED: "brought back",
    model.AGAIN: "not read, told again later",
    model.SUPERSEDED_BY_NEWER: "not read, a newer one was told",
    model.EQUAL: "not read, the same text was told again",
    model.GONE: "its copy is gone",
    model.LOST: "another conversation was faster",
    model.UNMOVED: "it could not be moved",
}
"""What became of a document that was taken."""

_LISTED = 3


class Remembered(Value):
    """All that is remembered, with what can be seen of it now, newest first."""

    conversations: list[tuple[Conversation, str, bool | None]]
    """Each with how it stands, and whether it had a prompt."""
    deliveries: list[Delivery]
    debts: list[Debt]
    archived: list[tuple[Archived, str, str | None]]
    """Each with what became of it, and its copy's path if that is there."""


class Scope(Value):
    """What is looked at."""

    root: str
    """The project's folder."""
    now: datetime
    everything: bool = False
    """Whether it is every project in the repository."""


# --- log -----------------------------------------------------------------------------------------


def print_log(arguments: argparse.Namespace, found: Survey) -> None:
    """Print the conversations, what each was told and took, and what it owes or owed.

    Raises RefusedError where the database can't be read.
    """
    scope = Scope(found.project.root, found.view.now, arguments.all)
    states = cli_project.remembered(found.project, everything=scope.everything)
    known = _look(states, scope.now)
    if arguments.json:
        print_json(_as_json(known, scope))
    elif known.conversations or known.debts or known.archived:
        _print(known, scope)
    else:
        more = "" if scope.everything else " The other worktrees': agent-session log --all"
        say(f"No conversation in this project is remembered.{more if states else ''}")


def _look(states: Iterable[tuple[str, Log]], now: datetime) -> Remembered:
    found = Remembered([], [], [], [])
    for folder, log in states:
        by_id = {one.id: one for one in log.conversations}
        for one in log.conversations:
            found.conversations.append((one, *_stand(one, now)))
        found.deliveries.extend(log.deliveries)
        found.debts.extend(log.debts)
        for row in log.archived:
            path = os.path.join(folder, ARCHIVE, row.name)
            there = path if os.path.isfile(path) and os.path.getsize(path) else None
            found.archived.append((row, cli_project.became(row, by_id, now), there))
    found.conversations.sort(key=lambda one: one[0].resumed, reverse=True)
    found.deliveries.sort(key=lambda delivery: delivery.when, reverse=True)
    found.debts.sort(key=lambda debt: debt.owed, reverse=True)
    found.archived.sort(key=lambda one: one[0].taken, reverse=True)
    return found


def _stand(one: Conversation, now: datetime) -> tuple[str, bool | None]:
    if one.ended is not None:
        return GONE if one.reason == DIED else ENDED, one.had_prompt
    life = cli_project.life(one)
    had_prompt = one.had_prompt or life.transcript.had_prompt or None
    if life.is_alive is False:
        return GONE, had_prompt
    return OPEN if conversations.is_open(one, life, now) else UNKNOWN, had_prompt


def _as_json(known: Remembered, scope: Scope) -> dict[str, Any]:
    root = scope.root
    return {
        "conversations": [
            {
                **fields(one, "id", "began", "resumed", "ended", "reason", "source", "agent"),
                **fields(one, "attended", "branch_at_end", "head_at_end", "forked_from"),
                "project": within(one.project, root),
                "worktree": within(one.worktree, root) if one.worktree else None,
                "state": state,
                "had_prompt": had_prompt,
                "branch": one.branch_at_start,
                "head": one.head_at_start,
                "transcript": within(one.transcript, root) if one.transcript else None,
            }
            for one, state, had_prompt in known.conversations
        ],
        "deliveries": [
            {
                **fields(one, "conversation", "digest", "when", "source"),
                "document": within(one.document, root),
            }
            for one in known.deliveries
        ],
        "debts": [debt_as_json(debt, root) for debt in known.debts],
        "archive": [
            archived_as_json(row, state, path, root) for row, state, path in known.archived
        ],
    }


def debt_as_json(debt: Debt, root: str) -> dict[str, Any]:
    """Return a debt as ``--json`` gives it, for the project at ``root``."""
    return {
        "project": within(debt.project, root),
        "document": _place(debt.project, debt.document, root) if debt.document else None,
        **fields(debt, "kind", "conversation", "first", "owed", "branch", "commits", "files"),
        **fields(debt, "paid", "how"),
    }


def archived_as_json(row: Archived, state: str, path: str | None, root: str) -> dict[str, Any]:
    """Return a document that was taken as ``--json`` gives it; ``path`` is its copy's."""
    return {
        "path": within(cli_project.place(path), root) if path else None,
        "former": _place(row.project, row.former, root),
        "state": state,
        **fields(row, "name", "taken", "conversation", "delivered", "settled", "how"),
    }


def _place(project: str, path: str, root: str) -> str:
    """Return a path, which is relative to its own project, from the project at ``root``."""
    return within(absolute(project, path), root)


def _print(known: Remembered, scope: Scope) -> None:
    from rich.text import Text

    shown = Text()
    listed = {one.id for one, _, _ in known.conversations}
    for one, state, had_prompt in known.conversations:
        shown.append(_head(one, state, scope), style="bold").append(f"  {_name(one)}\n")
        for line in _told(one, had_prompt, known, scope):
            shown.append(f"  {line}\n")
    forgotten = [
        *(_taken(row, state, scope) for row, state, _ in known.archived
          if row.conversation not in listed),
        *(_owed(debt, scope) for debt in known.debts if debt.conversation not in listed),
    ]  # fmt: skip
    if forgotten:
        shown.append("By conversations that are not remembered any more\n", style="bold")
        shown.append("".join(f"  {line}\n" for line in forgotten))
    if owing := sum(debt.paid is None and debt.project == scope.root for debt in known.debts):
        shown.append(f"{owing} owed in this project. To drop what is owed: agent-session waive\n")
    print_text(shown)


def _name(one: Conversation) -> str:
    return safe_text.word(one.id, 80)


def _head(one: Conversation, state: str, scope: Scope) -> str:
    """Say when a conversation began, whether it went on later, and when and how it ended."""
    said = dates.clock(scope.now, one.began)
    if one.resumed != one.began:
        said += f", went on {dates.clock(scope.now, one.resumed)}"
    if one.ended is not None:
        same_day = one.ended.astimezone().date() == one.resumed.astimezone().date()
        said += f" to {_time(one.ended) if same_day else dates.clock(scope.now, one.ended)}"
    return f"{said}, {_STANDS[state] if state != ENDED else how_ended(one)}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M}"


def _told(
    one: Conversation, had_prompt: bool | None, known: Remembered, scope: Scope
) -> Iterator[str]:
    branches = list(dict.fromkeys(filter(None, (one.branch_at_start, one.branch_at_end))))
    prompt = {True: "had a prompt", False: "had no prompt", None: "no prompt is known"}[had_prompt]
    facts = [
        *([f"in {safe_text.path(within(one.project, scope.root))}"] if scope.everything else []),
        *(
            ["branch " + ", then ".join(safe_text.quoted(name, 80) for name in branches)]
            * bool(branches)
        ),
        "attended" if one.attended else "not attended",
        *([f"agent {safe_text.word(one.agent)}"] if one.agent else []),
        prompt,
    ]
    yield ", ".join(facts)
    if one.reason == DIED and one.transcript:
        yield f"transcript {safe_text.path(one.transcript)}"
    mine = [delivery for delivery in reversed(known.deliveries) if delivery.conversation == one.id]
    for (when, source), told in groupby(mine, lambda delivery: (delivery.when, delivery.source)):
        paths = [safe_text.path(within(delivery.document, scope.root)) for delivery in told]
        names = safe_text.listed(paths, _LISTED)
        yield f"told at {safe_text.word(source or 'a start')} {_time(when)}: {names}"
    for row, state, _ in reversed(known.archived):
        if row.conversation == one.id:
            yield _taken(row, state, scope)
    for debt in reversed(known.debts):
        if debt.conversation == one.id:
            yield _owed(debt, scope)


def _taken(row: Archived, state: str, scope: Scope) -> str:
    former = safe_text.path(_place(row.project, row.former, scope.root))
    said = BECAME.get(state) or safe_text.word(state)
    return f"took {former}, now {safe_text.path(row.name)}: {said}"


def _owed(debt: Debt, scope: Scope) -> str:
    about = debt_said(debt, _place(debt.project, debt.document, scope.root))
    if debt.paid is None:
        return f"owes: {about}"
    when = dates.clock(scope.now, debt.paid)
    return f"owed, {safe_text.word(debt.how or 'paid')} {when}: {about}"


def debt_said(debt: Debt, path: str) -> str:
    """Say what a debt is; ``path`` is its document's as it is to be shown."""
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return f"{safe_text.path(path)} is completed and still there"
    if debt.kind is DebtKind.NO_HANDOFF:
        return f"no handoff was written, though {what_happened(debt)}"
    return f"{safe_text.path(path)} was not updated, though {what_happened(debt)}"


# --- waive ---------------------------------------------------------------------------------------


def waive(arguments: argparse.Namespace, found: Survey) -> None:
    """Drop what is owed in the project, or only what is owed for some documents.

    Raises RefusedError, with nothing dropped, where nothing is owed for one of them.
    """
    root, now = found.project.root, found.view.now
    owing = [
        (folder, debt)
        for folder, log in cli_project.remembered(found.project)
        for debt in log.debts
        if debt.paid is None
    ]
    named: set[str] = set()
    for name in arguments.documents:
        about = _owing_for(name, root, [debt for _, debt in owing])
        if not about:
            raise RefusedError(f"nothing is owed for {safe_text.path(name)}. {_owing(owing)}")
        named |= {debt.document for debt in about}
    chosen = [
        (folder, debt._replace(paid=now, how=WAIVED))
        for folder, debt in owing
        if not arguments.documents or debt.document in named
    ]
    for folder, pairs in groupby(chosen, lambda pair: pair[0]):
        debts = [debt for _, debt in pairs]
        cli_project.ask(folder, partial(Store.record, debts=debts))
    if arguments.json:
        print_json({"waived": [debt_as_json(debt, root) for _, debt in chosen]})
    elif chosen:
        for _, debt in chosen:
            say(f"Waived: {debt_said(debt, debt.document)}")
    else:
        say("Nothing is owed in this project.")


def _owing_for(name: str, root: str, owing: Iterable[Debt]) -> list[Debt]:
    if name == NO_DOCUMENT:
        return [debt for debt in owing if not debt.document]
    wanted = (cli_project.place(name), cli_project.place(os.path.join(root, name)))
    owing = [debt for debt in owing if debt.document]
    found = [debt for debt in owing if cli_project.place(absolute(root, debt.document)) in wanted]
    if found:
        return found
    meant = by_its_name(name, (debt.document for debt in owing))
    return [debt for debt in owing if debt.document == meant]


def _owing(owing: Iterable[tuple[str, Debt]]) -> str:
    names = sorted({debt.document for _, debt in owing})
    if not names:
        return "Nothing is owed in this project"
    shown = [safe_text.path(name) if name else f"{NO_DOCUMENT} (no handoff)" for name in names]
    return f"What is owed: {', '.join(shown)}"


# --- restore -------------------------------------------------------------------------------------


def restore(arguments: argparse.Namespace, found: Survey) -> None:
    """List the archive, or copy one document of it back to where it lay, and print its path.

    Raises RefusedError where it can't be copied there; nothing is ever overwritten.
    """
    project, now = found.project, found.view.now
    if arguments.name is None:
        _print_archive(cli_project.copies(found), project.root, now, as_json=arguments.json)
        return
    copy = cli_project.find_copy(arguments.name, found)
    if copy is None:
        raise RefusedError(
            f"{safe_text.path(arguments.name)} is not in the archive. "
            "What there is: agent-session restore"
        )
    target = _target(copy, project)
    _put_back(copy, target)
    _settle(copy, now)
    path = within(target, project.root)
    if arguments.json:
        print_json({"path": path, "name": copy.name, "copy": within(copy.path, project.root)})
    else:
        print_path(from_here(target))


# --- one document --------------------------------------------------------------------------------


def _target(copy: Copy, project: Project) -> str:
    """Return where a document is to be copied to; raises RefusedError where that may not be."""
    root = project.root
    if copy.project != root and os.path.isdir(copy.project):
        raise RefusedError(
            f"{safe_text.path(copy.name)} was taken from another working tree. To bring it back "
            f"there: agent-session restore --repo {safe_text.path(copy.project)} "
            f"{safe_text.path(copy.name)}"
        )
    target = absolute(root, copy.former)
    folder = os.path.dirname(target)
    is_inside = os.path.normpath(target).startswith(os.path.join(root, ""))
    if not is_inside or os.path.realpath(folder) != folder:
        shown = safe_text.path(within(folder, root))
        raise RefusedError(
            f"{shown} is a link or lies outside the project, so nothing is written through it. "
            f"The copy stays: {safe_text.path(copy.path)}"
        )
    return target


def _put_back(copy: Copy, target: str) -> None:
    place, source = safe_text.path(from_here(target)), safe_text.path(from_here(copy.path))
    try:
        archive.restore(copy.path, target)
    except OSError as error:
        if os.path.lexists(target) and isinstance(error, FileExistsError):
            raise RefusedError(
                f"{place} is there already and is not overwritten by {source}: move it away "
                "first, or read the copy where it is"
            ) from error
        raise RefusedError(
            f"{source} could not be copied to {place} ({files.reason(error)}); it stays where it "
            "is: see that the folder can be written to, or copy it elsewhere"
        ) from error


def _settle(copy: Copy, now: datetime) -> None:
    """Note that it needs no more telling; what was read before stays noted as that."""
    if copy.row is None or copy.row.settled is not None:
        return
    row = copy.row._replace(settled=now, how=RESTORED)
    try:
        cli_project.ask(copy.folder, lambda store: store.record(archived=[row]))
    except RefusedError as error:
        warn(f"it is back, but that could not be noted, so it may be told twice: {error}")


# --- the list ------------------------------------------------------------------------------------


def _print_archive(copies: list[Copy], root: str, now: datetime, *, as_json: bool) -> None:
    if as_json:
        print_json({"archive": [_copy_as_json(copy, root) for copy in copies]})
    elif copies:
        _print_table(copies, root, now)
    else:
        say("The archive is empty: no document was taken from the working tree.")


def _copy_as_json(copy: Copy, root: str) -> dict[str, Any]:
    """Return a document in the archive; what nothing tells of it is null."""
    if copy.row:
        return archived_as_json(copy.row, copy.became or "", copy.path, root)
    unknown = ("conversation", "delivered", "state", "settled", "how")
    return {
        "name": copy.name,
        "path": within(cli_project.place(copy.path), root),
        "former": within(copy.place, root),
        "taken": as_json(copy.taken),
        **dict.fromkeys(unknown),
    }


def _print_table(copies: list[Copy], root: str, now: datetime) -> None:
    headings = ("archived as", "where it lay", "taken", "by conversation", "read")
    rows = (
        (
            safe_text.path(copy.name),
            safe_text.path(within(copy.place, root)),
            dates.clock(now, copy.taken),
            safe_text.word(copy.row.conversation, 80) if copy.row else "unknown",
            safe_text.inline(BECAME.get(copy.became or "", copy.became) or "unknown", 80),
        )
        for copy in copies
    )
    print_table(headings, rows)
