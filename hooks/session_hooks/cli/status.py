"""``agent-session`` alone: where things stand, on one screen."""

import argparse
import os
from collections.abc import Iterator
from typing import Any

from session_hooks.cli.edit import ACTIVE, may_be_meant
from session_hooks.cli.memory import describe, describe_fate
from session_hooks.cli.project import (
    Survey,
    fields,
    load_log,
    look,
    print_json,
    say,
    with_again,
    within,
)
from session_hooks.documents.formats import session
from session_hooks.documents.model import Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.memory import conversations
from session_hooks.memory.model import Conversation, Debt, DebtKind
from session_hooks.project import error_log
from session_hooks.project.project import CONFIG
from session_hooks.project.state import state_folders
from session_hooks.report import ranking
from session_hooks.report.ranking import RankedDocument
from session_hooks.util import dates, safe_text
from session_hooks.util.dates import count

_MOST = 4
"""Of each kind: all of it fits a terminal of 24 lines."""
_WIDTH = 76
_KINDS = {
    "active": ("Active, too", "agent-session show PATH"),
    "paused": ("Paused", "agent-session resume PATH"),
    "put_aside": ("Put aside", "agent-session explain PATH"),
    "completed": ("Completed, and still there", "agent-session close PATH"),
    "blank": ("Not filled in yet", "write in it, or delete it"),
    "owed": ("Owed", "agent-session {}, waive"),
    "open": ("Open here", "agent-session log"),
    "problems": ("Wrong", "install-hooks --check"),
}
"""What each kind is called, and the command to go on with."""
_TO_PAY = {
    DebtKind.NOT_UPDATED: "note TEXT",
    DebtKind.NO_HANDOFF: "new --format next",
    DebtKind.COMPLETED_LEFT: "close PATH",
}
_Item = RankedDocument | Document | Debt | Conversation | str


def print_status(arguments: argparse.Namespace, found: Survey) -> None:
    """Print what leads, what else is active, what is owed, who is here and what is wrong."""
    found = with_again(found)
    lead, others = _standing(found)
    if arguments.json:
        kinds = {kind: [*map(_as_json, items)] for kind, items in others.items()}
        again = found.again and within(found.again.path, found.project.root)
        print_json({"leads": _as_json(lead) if lead else None, "told_again": again} | kinds)
        return
    for line in _of_lead(lead, found) if lead else _of_none():
        say(line)
    for kind, (title, command) in _KINDS.items():
        if items := others[kind]:
            ways = dict.fromkeys(_way(one) for one in items if isinstance(one, Debt))
            say(f"{title}: {len(items)}  ({command.format(', '.join(ways))})")
            for one in items[:_MOST]:
                say(f"  {_line(one, found)}")
            if len(items) > _MOST:
                say(f"  … {len(items) - _MOST} more")


def _standing(found: Survey) -> tuple[RankedDocument | None, dict[str, list[_Item]]]:
    """Return what leads, and of each kind what else there is, the most important first."""
    documents, view = found.scan.documents, found.view
    ranked = ranking.candidates(documents, view)
    active = [one for one in ranked if one.is_active]
    paused = [one for one in active if one.document.status is Status.PAUSED]
    others = [one for one in active if one not in paused]
    lead = next(iter(others or paused), None)
    sessions = (one for one in documents if one.format == session.NAME)
    log = load_log(found.project)
    still_open = [one for one in log.conversations if _is_open(one, found)]
    may_still_pay = {one.id for one in still_open}
    owing = [debt for debt in log.debts if debt.paid is None]
    return lead, {
        "active": [one for one in others if one is not lead],
        "paused": [one for one in paused if one is not lead],
        "put_aside": [one for one in ranked if not one.is_active],
        "completed": [one for one in sessions if one.status is Status.COMPLETED],
        "blank": [*found.scan.templates],
        "owed": [debt for debt in owing if debt.conversation not in may_still_pay],
        "open": [*still_open],
        "problems": [*_problems(found)],
    }


def _way(debt: Debt) -> str:
    is_left = debt.kind is DebtKind.NO_HANDOFF and debt.document
    return f"show {safe_text.path(debt.document)}" if is_left else _TO_PAY[debt.kind]


def _is_open(one: Conversation, found: Survey) -> bool:
    return one.ended is None and conversations.is_open(one, look(one), found.view.now)


def _problems(found: Survey) -> Iterator[str]:
    project = found.project
    for file in found.scan.unread:
        yield f"{safe_text.path(file.path)} can't be read: {file.reason}"
    for problem in found.settings.problems:
        yield f"{CONFIG}: {problem}"
    untold = error_log.untold(state_folders(project.root, project.git_top, os.environ))
    if untold is not None:
        yield f"{count(untold.entries, 'error')} of a hook in {within(untold.path, project.root)}"
    refusal = found.view.facts.refusal
    if refusal is not None:
        yield f"git tells nothing: {refusal}"


def _of_none() -> Iterator[str]:
    yield "No document is active here."
    yield "  begin: agent-session init TITLE"


def _of_lead(lead: RankedDocument, found: Survey) -> Iterator[str]:
    document = lead.document
    yield safe_text.path(document.path)
    yield f"  {safe_text.quoted(document.title, 60)}"
    yield f"  {_facts(lead, found)}"
    if action := read_body(document).next_action:
        yield f"  next, line {action.line}: {safe_text.quoted(action.text, 160)}"
    name = safe_text.path(document.path.rpartition("/")[2])
    if found.again and found.is_again(document.path):
        when = dates.clock_time(found.view.now, found.again.row.taken)
        yield f"  taken {when}: {describe_fate(found.again)}"
        yield f"  bring it back: agent-session restore {safe_text.path(document.path)}"
    elif document.status is Status.PAUSED:
        yield f"  go on: agent-session resume {name}"
    elif document.format == session.NAME:
        yield "  go on: claude; agent-session tick, next, note, pause, done"
        if may_be_meant(found, ACTIVE)[1:]:
            yield f"  of several, to each of these: --path {name}"
    else:
        yield "  go on: claude"


def _facts(entry: RankedDocument, found: Survey) -> str:
    status, branch = entry.document.status_word, entry.document.branch
    facts = (
        safe_text.word(status) if status else "no status",
        entry.judgement.verdict.value,
        *([f"branch {safe_text.quoted(branch, 40)}"] if branch else []),
        dates.age(found.view.now - entry.activity),
    )
    return ", ".join(facts)


def _line(one: _Item, found: Survey) -> str:
    match one:
        case RankedDocument():
            again = ", to be told again" if found.is_again(one.document.path) else ""
            return f"{_line(one.document, found)}  {_facts(one, found)}{again}"
        case Document():  # by the file's own name, which commands take, too
            return safe_text.path(one.path.rpartition("/")[2])
        case Debt():
            return safe_text.inline(describe(one, one.document), _WIDTH)
        case Conversation():
            branch = one.branch_at_start
            where = f", branch {safe_text.quoted(branch, 40)}" if branch else ""
            since = dates.clock_time(found.view.now, one.resumed)
            return f"a conversation since {since}{where}"
        case _:
            return one


def _as_json(one: _Item) -> Any:
    match one:
        case RankedDocument():
            action = read_body(one.document).next_action
            return {
                **fields(one.document, "path", "format", "title", "branch"),
                "status": one.document.status_word,
                **fields(one, "activity"),
                "verdict": one.judgement.verdict.value,
                "next_action": action and fields(action, "text", "line"),
            }
        case Document():
            return one.path
        case Debt():
            return fields(one, "kind", "document", "first")
        case Conversation():
            return fields(one, "id", "began", "resumed")
        case _:
            return one
