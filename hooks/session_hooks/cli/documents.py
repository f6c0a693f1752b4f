"""``agent-session list`` and ``show``."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from session_hooks.cli.project import (
    RefusedError,
    Survey,
    as_json,
    fields,
    find_document,
    find_elsewhere,
    news_elsewhere,
    print_json,
    print_table,
    say,
)
from session_hooks.documents.model import Body, Document
from session_hooks.documents.registry import is_template, read_body
from session_hooks.documents.scan import describe_unread, passed_over
from session_hooks.evidence.model import Elsewhere, Evidence, View
from session_hooks.render import document as render_document
from session_hooks.report import ranking
from session_hooks.report.verdict import activity, judge
from session_hooks.util import dates, safe_text

BLANK = "not filled in yet"
_PARTS = {
    name: name
    for name in ("state", "next_steps", "context", "accomplished", "progress", "blockers")
} | {"decisions": "decisions", "files": "key_files", "log": "log"}


def list_documents(arguments: argparse.Namespace, found: Survey) -> None:
    rows = _rows(found, everything=arguments.all)
    beyond = [row_elsewhere(one, found.view) for one in news_elsewhere(found)]
    beyond = [row for row in beyond if arguments.all or row["active"]]
    if arguments.json:
        print_json({"documents": [*rows, *beyond]})
    else:
        if rows:
            _print_rows(rows, found.view.now)
        elif arguments.all:
            say("No document is here")
        else:
            say("No document is active here. See all there are: agent-session list --all")
        if beyond:
            say("\nElsewhere")
            _print_rows(beyond, found.view.now)
    for file in found.scan.unread:
        say(f"Not readable: {safe_text.path(file.path)} ({file.reason})", error=True)
    if arguments.all:
        for line in describe_unread(passed_over(found.project, found.settings, found.scan)):
            say(f"Not read: {line}", error=True)


def _rows(found: Survey, *, everything: bool) -> list[dict[str, Any]]:
    documents, view = found.scan.documents, found.view
    entries = ranking.candidates(documents, view) + ranking.put_aside(documents, view)
    ranked = {entry.document.path: entry for entry in entries}
    rows = [_row(one.document, view, active=one.is_active) for one in ranked.values()]
    rows += [_row(one, view, active=False) for one in found.scan.templates]
    if everything:
        rest = [document for document in documents if document.path not in ranked]
        rest.sort(key=lambda document: activity(document, view), reverse=True)
        rows += [_row(document, view, active=False) for document in rest]
        rows += [_row_of_copy(document, of, view) for document, of in found.scan.copies]
    return rows


def _row_of_copy(document: Document, of: str, view: View) -> dict[str, Any]:
    row = _row(document, view, active=False)
    return row | {"reasons": [f"a copy of {safe_text.path(of)}"]}


def row_elsewhere(one: Elsewhere, view: View) -> dict[str, Any]:
    active = ranking.is_active_elsewhere(one, view)
    return _row(one.document, ranking.view_elsewhere(one, view), active=active, ref=one.ref)


def _row(document: Document, view: View, *, active: bool, ref: str | None = None) -> dict[str, Any]:
    action = read_body(document).next_action
    return {
        **fields(document, "path", "format", "title", "created", "updated", "branch"),
        "status": document.status_word,
        "activity": as_json(activity(document, view)),
        "ref": ref,
        "active": active,
        "verdict": judge(document, view).verdict.value,
        # Of what nobody has filled in nothing is to be judged.
        "reasons": [BLANK] if is_template(document) else [*ranking.reasons(document, view)],
        "next_action": action.text if action else None,
    }


def _print_rows(rows: list[dict[str, Any]], now: datetime) -> None:
    print_table(("document", "next action", "why here"), (_cells(row, now) for row in rows))


def _cells(row: dict[str, Any], now: datetime) -> tuple[str, str, str]:
    moment = datetime.fromisoformat(row["activity"])
    where = [render_document.where(row["ref"])] if row["ref"] else []
    why = [*where, row["verdict"], *row["reasons"], f"last activity {dates.age(now - moment)}"]
    name = f"{safe_text.path(row['path'])}\n{safe_text.inline(row['title'], 80)}"
    return name, safe_text.inline(row["next_action"] or "-", 120), ", ".join(why)


def show_document(arguments: argparse.Namespace, found: Survey) -> None:
    row, document = _find(arguments.path, found)
    body = read_body(document)
    evidence = found.view.facts.evidence.get(document.path) if row["ref"] is None else None
    if arguments.json:
        print_json(row | _details(document, body) | {"evidence": evidence and _evidence(evidence)})
        return
    for line in _lines(row, document, body):
        say(line)
    for line in render_document.evidence_lines(evidence) if evidence else ():
        say(dates.fill(line, found.view.now.timestamp()))


def _find(name: str, found: Survey) -> tuple[dict[str, Any], Document]:
    try:
        document = find_document(name, found)
    except RefusedError:
        other = find_elsewhere(name, found)
        if other is None:
            raise
        return row_elsewhere(other, found.view), other.document
    for copy, of in found.scan.copies:
        if copy.path == document.path:
            return _row_of_copy(copy, of, found.view), copy
    ranked = ranking.candidates(found.scan.documents, found.view)
    active = any(one.is_active and one.document.path == document.path for one in ranked)
    return _row(document, found.view, active=active), document


def _details(document: Document, body: Body) -> dict[str, Any]:
    sections = {shown: getattr(body, name) for name, shown in _PARTS.items()}
    return {
        **fields(document, "author", "number", "issue", "issue_url", "current_task", "agents"),
        "next_action_found": as_json(body.next_action),
        **fields(body, "steps", "problems"),
        **{
            shown: section and fields(section, "line", "how", "title", "text")
            for shown, section in sections.items()
        },
    }


def _evidence(found: Evidence) -> dict[str, Any]:
    return {
        **fields(found, "written", "branch", "paths", "commits"),
        "commits_since": as_json(found.since),
        "possibly_done": as_json(found.ticks),
    }


def _lines(row: dict[str, Any], document: Document, body: Body) -> Iterator[str]:
    yield f"{safe_text.path(row['path'])}  {safe_text.inline(row['title'], 100)}"
    for name in ("ref", "format", "status", "created", "updated", "branch"):
        if row[name]:
            yield _field(name, row[name])
    yield _field("active", "yes" if row["active"] else "no")
    yield f"  {'verdict:':<14}{row['verdict']}, {', '.join(row['reasons'])}"
    for name in ("author", "issue", "current_task"):
        if value := getattr(document, name):
            yield _field(name.replace("_", " "), value)
    for agent in document.agents:
        yield _field("agent", f"{agent.name}, {agent.status or 'no status'}, {agent.task}")
    if step := body.next_action:
        yield f"\nnext action, line {step.line}, {safe_text.inline(step.how, 120)}:"
        yield f"  {safe_text.inline(step.text, 320)}"
    for step in body.steps:
        yield f"  then, line {step.line}: {safe_text.inline(step.text, 200)}"
    yield from _parts(body)
    for problem in body.problems:
        yield f"read in part: line {problem.line}, {problem.message}"


def _parts(body: Body) -> Iterator[str]:
    for name, shown in _PARTS.items():
        section = getattr(body, name)
        if section is not None:
            yield f"\n{shown.replace('_', ' ')}, line {section.line}, {section.how}:"
            text, cut = safe_text.shorten(safe_text.reveal(section.text[:20_000])[0], 600)
            yield from (f"  {line}".rstrip() for line in text.splitlines())
            if cut:
                yield f"  ({cut} lines are not shown whole)"


def _field(name: str, value: str) -> str:
    return f"  {name + ':':<14}{safe_text.inline(value, 200)}"
