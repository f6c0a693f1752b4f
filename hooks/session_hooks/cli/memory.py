"""``agent-session log``, ``restore`` and ``waive``."""

import argparse
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from session_hooks.cli.project import (
    Copy,
    RefusedError,
    Survey,
    as_json,
    databases,
    find_copies,
    find_copy,
    from_here,
    load_log,
    look,
    meant,
    place,
    print_json,
    print_path,
    print_table,
    recorded_copies,
    say,
    use_store,
    warn,
    within,
)
from session_hooks.documents import files
from session_hooks.evidence import queries
from session_hooks.memory import archive, conversations, model
from session_hooks.memory.model import Compacted, Conversation, Debt, DebtKind
from session_hooks.memory.store import Log, Store
from session_hooks.project.project import Project, absolute
from session_hooks.render.memory import how_ended, what_happened
from session_hooks.util import dates, safe_text
from session_hooks.util.dates import count
from session_hooks.util.lazy import Value

NO_DOCUMENT = "-"  # a debt of no document: no handoff was written
_OPEN, _ENDED, _GONE, _UNKNOWN = "open", "ended", "process_gone", "unknown"
_STANDS = {
    _OPEN: "open",
    _GONE: "never ended, its process is gone",
    _UNKNOWN: "no end is known, and its process can't be looked at",
}
_FATES = {
    "read": "read",
    "held": "nothing was done with it yet, that conversation is open",
    "unread": "nothing was done with it, to be told again",
    model.RESTORED: "brought back",
    model.AGAIN: "nothing was done with it, told again later",
    model.SUPERSEDED_BY_NEWER: "nothing was done with it, a newer one was told",
    model.GONE: "its copy is gone",
    model.LOST: "another conversation was faster",
    model.UNMOVED: "it could not be moved",
}
_PROMPTS = {True: "had a prompt", False: "had no prompt", None: "no prompt is known"}
_PAID = {"waived": "waived", "old": "too old to be owed", "gone": "gone with its file"}
"""What else became of a debt."""
_LISTED = 3


class History(Value):
    """What is remembered of conversations, the newest first."""

    root: str
    now: datetime
    everything: bool
    log: Log
    conversations: list[tuple[Conversation, str]]  # how each stands
    copies: list[Copy]

    def is_owing(self, debt: Debt) -> bool:
        """Whether it is unpaid, and its conversation not open: that one may still pay."""
        still_open = (one.id for one, state in self.conversations if state == _OPEN)
        return debt.paid is None and debt.conversation not in still_open


def describe_fate(copy: Copy) -> str:
    return _FATES.get(copy.fate or "") or safe_text.inline(copy.fate or "", 80)


def describe_copy(copy: Copy, now: datetime) -> str:
    """Say when a document was taken, by whom, and what came of it."""
    row = copy.row
    by = f" by conversation {safe_text.word(row.conversation, 80)}" if row.conversation else ""
    said = describe_fate(copy) or "whether anybody read it is not known"
    return f"taken {dates.clock_time(now, row.taken)}{by}: {said}"


def print_log(arguments: argparse.Namespace, found: Survey) -> None:
    root, now = found.project.root, found.view.now
    log = load_log(found.project, everything=arguments.all)
    newest = sorted(log.conversations, key=lambda one: one.resumed, reverse=True)
    conversations = [_stand(one, now) for one in newest]
    copies = recorded_copies(found, log)
    history = History(root, now, arguments.all, log, conversations, copies)
    if arguments.json:
        print_json(_as_json(history))
    elif conversations or log.debts or copies:
        for line in _lines(history):
            say(line)
    else:
        others = " The other worktrees': agent-session log --all"
        more = others if databases(found.project) and not arguments.all else ""
        say(f"No conversation in this project is remembered.{more}")


def _stand(one: Conversation, now: datetime) -> tuple[Conversation, str]:
    """Return a conversation as it is by now, and how it stands."""
    if one.ended is not None:
        return one, _GONE if one.reason == model.DIED else _ENDED
    life = look(one)
    one = one._replace(had_prompt=one.had_prompt or life.transcript.had_prompt or None)
    if life.is_alive is False:
        return one, _GONE
    return one, _OPEN if conversations.is_open(one, life, now) else _UNKNOWN


def _as_json(history: History) -> dict[str, Any]:
    root, log = history.root, history.log
    return {
        "conversations": [
            _relative(one, root) | {"state": state} for one, state in history.conversations
        ],
        "deliveries": [_relative(one, root) for one in log.deliveries],
        "compactions": [
            _relative(one, root) | {"missing": (one.missing or "").splitlines()}
            for one in log.compactions
        ],
        "debts": [_debt_as_json(debt, root) for debt in log.debts],
        "archive": [_copy_as_json(copy, root) for copy in history.copies],
    }


def _relative(row: Value, root: str) -> dict[str, Any]:
    """Return a row as JSON, its paths relative to a project where they lie in it."""
    cells: dict[str, Any] = as_json(row)
    return {
        name: within(cell, root) if isinstance(cell, str) else cell for name, cell in cells.items()
    }


def _debt_as_json(debt: Debt, root: str) -> dict[str, Any]:
    document = _document_of(debt, root) if debt.document else None
    return _relative(debt, root) | {"document": document}


def _copy_as_json(copy: Copy, root: str) -> dict[str, Any]:
    return {
        **_relative(copy.row, root),
        "path": within(place(copy.path), root) if copy.path else None,
        "former": within(copy.place, root),
        "state": copy.fate,
        "conversation": copy.row.conversation or None,
    }


def _document_of(debt: Debt, root: str) -> str:
    return within(absolute(debt.project, debt.document), root)


def _lines(history: History) -> Iterator[str]:
    listed = {one.id for one, _ in history.conversations}
    for one, state in history.conversations:
        yield f"{_head(one, state, history.now)}  {safe_text.word(one.id, 80)}"
        yield from (f"  {line}" for line in _details(one, history))
    forgotten = [
        *(_taken(one, history) for one in history.copies if one.row.conversation not in listed),
        *(_owed(debt, history) for debt in history.log.debts if debt.conversation not in listed),
    ]
    if forgotten:
        yield "By conversations that are not remembered any more"
        yield from (f"  {line}" for line in forgotten)
    here = (debt for debt in history.log.debts if debt.project == history.root)
    if owing := sum(map(history.is_owing, here)):
        yield f"{owing} owed in this project. To drop what is owed: agent-session waive"


def _head(one: Conversation, state: str, now: datetime) -> str:
    said = dates.clock_time(now, one.began)
    if one.resumed != one.began:
        said += f", went on {dates.clock_time(now, one.resumed)}"
    if one.ended is not None:
        same_day = one.ended.astimezone().date() == one.resumed.astimezone().date()
        said += f" to {_time(one.ended) if same_day else dates.clock_time(now, one.ended)}"
    return f"{said}, {_STANDS[state] if state != _ENDED else how_ended(one)}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M}"


def _details(one: Conversation, history: History) -> Iterator[str]:
    branches = dict.fromkeys(filter(None, (one.branch_at_start, one.branch_at_end)))
    names = ", then ".join(safe_text.quoted(name, 80) for name in branches)
    where = safe_text.path(within(one.project, history.root))
    facts = (
        f"in {where}" if history.everything else "",
        f"branch {names}" if names else "",
        "attended" if one.attended else "not attended",
        f"agent {safe_text.word(one.agent)}" if one.agent else "",
        _PROMPTS[one.had_prompt],
    )
    yield ", ".join(filter(None, facts))
    if one.reason == model.DIED and one.transcript:
        yield f"transcript {safe_text.path(one.transcript)}"
    mine = [told for told in reversed(history.log.deliveries) if told.conversation == one.id]
    for (when, source), told in groupby(mine, lambda delivery: (delivery.when, delivery.source)):
        paths = [safe_text.path(within(delivery.document, history.root)) for delivery in told]
        listed = safe_text.listed(paths, _LISTED)
        yield f"told at {safe_text.word(source or 'a start')} {_time(when)}: {listed}"
    for compaction in reversed(history.log.compactions):
        if compaction.conversation == one.id:
            yield from _compacted(compaction, history)
    for copy in reversed(history.copies):
        if copy.row.conversation == one.id:
            yield _taken(copy, history)
    for debt in reversed(history.log.debts):
        if debt.conversation == one.id:
            yield _owed(debt, history)


def _compacted(one: Compacted, history: History) -> Iterator[str]:
    lost = (one.missing or "").splitlines()
    # Not "of that file": some points may be those of the handoff that the work was begun with.
    path = within(one.document or "", history.root)
    where = f", at work on {safe_text.path(path)}" if path else ""
    kept = f"the summary kept {(one.asked or 0) - len(lost)} of {count(one.asked or 0, 'point')}"
    again = "; told again:" if lost else ""
    yield f"compacted {_time(one.when)}{where}: {kept}{again}"
    for text in lost[:_LISTED]:
        yield f"  {safe_text.inline(text, 100)}"
    if lost[_LISTED:]:
        yield f"  and {len(lost) - _LISTED} more"


def _taken(copy: Copy, history: History) -> str:
    former = safe_text.path(within(copy.place, history.root))
    return f"took {former}, now {safe_text.path(copy.row.name)}: {describe_fate(copy)}"


def _owed(debt: Debt, history: History) -> str:
    about = describe(debt, _document_of(debt, history.root))
    if debt.paid is None:
        return f"{'owes' if history.is_owing(debt) else 'may still pay'}: {about}"
    when = dates.clock_time(history.now, debt.paid)
    return f"{_PAID.get(debt.how or '', 'paid')} {when}: {about}"


def describe(debt: Debt, document: str) -> str:
    """Say what is owed."""
    if debt.kind is DebtKind.COMPLETED_LEFT:
        return f"{safe_text.path(document)} is completed and still there"
    if debt.kind is DebtKind.NO_HANDOFF:
        if debt.document:
            said = f"nothing says what is left of {safe_text.path(document)}"
            return f"{said}, though {what_happened(debt)}"
        return f"no handoff was written, though {what_happened(debt)}"
    return f"{safe_text.path(document)} was not updated, though {what_happened(debt)}"


def waive(arguments: argparse.Namespace, found: Survey) -> None:
    """Drop what is owed; nothing, where for one of the documents nothing is."""
    project = found.project
    owed = [debt for debt in load_log(project).debts if debt.paid is None]
    there = {debt.document for debt in owed}
    named = {_owing_for(name, project, there) for name in arguments.documents} or there
    waived = [debt for debt in owed if debt.document in named]
    waived = [debt._replace(paid=found.view.now, how="waived") for debt in waived]
    for folder in databases(project) if waived else ():
        use_store(folder, partial(Store.record, debts=waived))
    if arguments.json:
        print_json({"waived": [_debt_as_json(debt, project.root) for debt in waived]})
        return
    for debt in waived:
        say(f"Waived: {describe(debt, debt.document)}")
    if not waived:
        say("Nothing is owed in this project.")


def _owing_for(name: str, project: Project, there: Iterable[str]) -> str:
    documents = sorted(filter(None, there))
    if name == NO_DOCUMENT and "" in there:
        return ""
    if (document := meant(name, documents, project)) is not None:
        return document
    shown = [f"{NO_DOCUMENT} (no handoff)"] if "" in there else []
    shown += map(safe_text.path, documents)
    said = f"What is owed: {', '.join(shown)}" if shown else "Nothing is owed in this project"
    raise RefusedError(f"nothing is owed for {safe_text.path(name)}. {said}")


def restore(arguments: argparse.Namespace, found: Survey) -> None:
    """List the archive, or copy a document of it back to where it lay, never over anything."""
    root = found.project.root
    if arguments.name is None:
        _list_archive(find_copies(found), found, as_json=arguments.json)
        return
    copy = find_copy(arguments.name, found)
    if copy is None:
        raise RefusedError(
            f"{safe_text.path(arguments.name)} is not in the archive. "
            "What there is: agent-session restore"
        )
    target = _target(copy, root)
    _put_back(copy.path, target)
    if (copy.row.how or "").startswith(model.CLOSED):  # whose deletion may be staged still
        queries.restore_in_index(found.git, copy.row.former)
    if copy.fate is not None and copy.row.settled is None:  # what was read stays known as that
        row = copy.row._replace(settled=found.view.now, how=model.RESTORED)
        try:
            folder = os.path.dirname(os.path.dirname(copy.path))
            use_store(folder, lambda store: store.record(archived=[row]))
        except RefusedError as error:
            warn(f"it is back, but that could not be noted, so it may be told twice: {error}")
    if arguments.json:
        answer = {"path": within(target, root), "copy": within(copy.path, root)}
        print_json({"name": copy.row.name, **answer})
    else:
        print_path(target)


def _target(copy: Copy, root: str) -> str:
    name, project = safe_text.path(copy.row.name), copy.row.project
    if project != root and os.path.isdir(project):
        raise RefusedError(
            f"{name} was taken from another working tree. To bring it back there: "
            f"agent-session restore --repo {safe_text.path(project)} {name}"
        )
    target = absolute(root, copy.row.former)
    folder = os.path.dirname(target)
    is_inside = os.path.normpath(target).startswith(os.path.join(root, ""))
    if not is_inside or os.path.realpath(folder) != folder:
        shown = safe_text.path(within(folder, root))
        raise RefusedError(
            f"{shown} is a link or lies outside the project, so nothing is written through it. "
            f"The copy stays: {safe_text.path(copy.path)}"
        )
    return target


def _put_back(source: str, target: str) -> None:
    shown, copy = safe_text.path(from_here(target)), safe_text.path(from_here(source))
    try:
        archive.restore(source, target)
    except OSError as error:
        if os.path.lexists(target) and isinstance(error, FileExistsError):
            raise RefusedError(
                f"{shown} is there already and is not overwritten by {copy}: move it away "
                "first, or read the copy where it is"
            ) from error
        raise RefusedError(
            f"{copy} could not be copied to {shown} ({files.reason(error)}); it stays where it "
            "is: see that the folder can be written to, or copy it elsewhere"
        ) from error


def _list_archive(copies: list[Copy], found: Survey, *, as_json: bool) -> None:
    root = found.project.root
    if as_json:
        print_json({"archive": [_copy_as_json(copy, root) for copy in copies]})
        return
    if not copies:
        say("The archive is empty: no document was taken from the working tree.")
        return
    print_table(
        ("archived as", "where it lay", "taken", "by conversation", "what came of it"),
        (
            (
                safe_text.path(copy.row.name),
                safe_text.path(within(copy.place, root)),
                dates.clock_time(found.view.now, copy.row.taken),
                safe_text.word(copy.row.conversation or "unknown", 80),
                describe_fate(copy) or "unknown",
            )
            for copy in copies
        ),
    )
