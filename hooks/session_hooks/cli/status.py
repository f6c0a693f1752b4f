"""``agent-session`` alone: where things stand, on one screen."""

import argparse
import os
from collections.abc import Iterator, Sequence
from typing import Any

from session_hooks.cli.memory import describe
from session_hooks.cli.project import Survey, fields, load_log, look, print_json, say, within
from session_hooks.documents.formats import session
from session_hooks.documents.model import Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.memory import conversations
from session_hooks.memory.model import Conversation, Debt
from session_hooks.project import error_log
from session_hooks.project.project import CONFIG
from session_hooks.project.state import state_folders
from session_hooks.report import ranking
from session_hooks.report.ranking import RankedDocument
from session_hooks.util import dates, safe_text
from session_hooks.util.dates import count
from session_hooks.util.lazy import Value

_MOST = 4
"""Of each kind: all of it fits a terminal of 24 lines."""
_WIDTH = 76


class Standing(Value):
    """What there is to be said, each kind the most important first."""

    lead: RankedDocument | None
    others: tuple[RankedDocument, ...]
    paused: tuple[RankedDocument, ...]
    aside: tuple[RankedDocument, ...]
    completed: tuple[Document, ...]
    blank: tuple[Document, ...]
    debts: tuple[Debt, ...]
    open: tuple[Conversation, ...]
    problems: tuple[str, ...]


def print_status(arguments: argparse.Namespace, found: Survey) -> None:
    """Print what leads, what else is active, what is owed, who is here and what is wrong."""
    standing = _standing(found)
    if arguments.json:
        print_json(_as_json(standing))
        return
    for line in _lines(standing, found):
        say(line)


def _standing(found: Survey) -> Standing:
    documents, view = found.scan.documents, found.view
    ranked = ranking.candidates(documents, view)
    active = [one for one in ranked if one.is_active]
    paused = [one for one in active if one.document.status is Status.PAUSED]
    others = [one for one in active if one not in paused]
    lead = next(iter(others or paused), None)
    log = load_log(found.project)
    return Standing(
        lead,
        tuple(one for one in others if one is not lead),
        tuple(one for one in paused if one is not lead),
        tuple(one for one in ranked if not one.is_active),
        tuple(
            one for one in documents
            if one.format == session.NAME and one.status is Status.COMPLETED
        ),
        found.scan.templates,
        tuple(debt for debt in log.debts if debt.paid is None),
        tuple(one for one in log.conversations if _is_open(one, found)),
        tuple(_problems(found)),
    )  # fmt: skip


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


def _lines(standing: Standing, found: Survey) -> Iterator[str]:
    if standing.lead is not None:
        yield from _of_lead(standing.lead, found)
    else:
        yield "No document is active here."
        yield "  begin: agent-session init TITLE"
    yield from _listed("Active, too", standing.others, found, "agent-session show PATH")
    yield from _listed("Paused", standing.paused, found, "agent-session resume PATH")
    yield from _listed("Put aside", standing.aside, found, "agent-session explain PATH")
    yield from _paths("Completed, and still there", standing.completed, "agent-session close PATH")
    yield from _paths("Not filled in yet", standing.blank, "write in it, or delete it")
    owed = [safe_text.inline(describe(debt, debt.document), _WIDTH) for debt in standing.debts]
    yield from _several("Owed", owed, "agent-session note TEXT, or agent-session waive")
    yield from _several("Open here", [*_open(standing, found)], "agent-session log")
    yield from _several("Wrong", standing.problems, "install-hooks --check")


def _of_lead(lead: RankedDocument, found: Survey) -> Iterator[str]:
    document = lead.document
    yield safe_text.path(document.path)
    yield f"  {safe_text.quoted(document.title, 60)}"
    yield f"  {_facts(lead, found)}"
    if action := read_body(document).next_action:
        yield f"  next, line {action.line}: {safe_text.quoted(action.text, 160)}"
    if document.status is Status.PAUSED:
        yield "  go on: agent-session resume"
    elif document.format == session.NAME:
        yield "  go on: claude; agent-session tick, next, note, pause, done"


def _facts(entry: RankedDocument, found: Survey) -> str:
    status = entry.document.status_word
    age = dates.age(found.view.now - entry.activity)
    facts = (
        safe_text.word(status) if status else "no status",
        entry.judgement.verdict.value,
        f"branch {safe_text.quoted(entry.document.branch, 40)}" if entry.document.branch else "",
        age,
    )
    return ", ".join(filter(None, facts))


def _listed(
    title: str, entries: Sequence[RankedDocument], found: Survey, command: str
) -> Iterator[str]:
    said = (f"{_name(one.document)}  {_facts(one, found)}" for one in entries)
    yield from _several(title, [*said], command)


def _name(document: Document) -> str:
    """Return a file's own name, which commands take, too."""
    return safe_text.path(document.path.rpartition("/")[2])


def _paths(title: str, documents: Sequence[Document], command: str) -> Iterator[str]:
    yield from _several(title, [*map(_name, documents)], command)


def _several(title: str, lines: Sequence[str], command: str) -> Iterator[str]:
    if lines:
        yield f"{title}: {len(lines)}  ({command})"
        yield from (f"  {line}" for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"  … {len(lines) - _MOST} more"


def _open(standing: Standing, found: Survey) -> Iterator[str]:
    for one in standing.open:
        branch = (
            f", branch {safe_text.quoted(one.branch_at_start, 40)}" if one.branch_at_start else ""
        )
        yield f"a conversation since {dates.clock_time(found.view.now, one.resumed)}{branch}"


def _as_json(standing: Standing) -> dict[str, Any]:
    def row(entry: RankedDocument) -> dict[str, Any]:
        action = read_body(entry.document).next_action
        return {
            **fields(entry.document, "path", "format", "title", "branch"),
            "status": entry.document.status_word,
            **fields(entry, "activity"),
            "verdict": entry.judgement.verdict.value,
            "next_action": action and {"text": action.text, "line": action.line},
        }

    return {
        "leads": row(standing.lead) if standing.lead else None,
        "active": [row(one) for one in standing.others],
        "paused": [row(one) for one in standing.paused],
        "put_aside": [row(one) for one in standing.aside],
        "completed": [one.path for one in standing.completed],
        "blank": [one.path for one in standing.blank],
        "owed": [fields(debt, "kind", "document", "first") for debt in standing.debts],
        "open": [fields(one, "id", "began", "resumed") for one in standing.open],
        "problems": [*standing.problems],
    }
