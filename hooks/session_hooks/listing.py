"""``agent-session list`` and ``show``: documents as a table, as lines, and as JSON."""

import argparse
import os
import sys
from datetime import datetime
from typing import Any

from session_hooks import moments, plain, ranking, render, render_evidence
from session_hooks.activity import View, activity
from session_hooks.dates import age, iso
from session_hooks.document import Body, Document, Section, Step
from session_hooks.facts import Elsewhere, Evidence
from session_hooks.formats import is_template, read_body
from session_hooks.kept import find
from session_hooks.output import print_json, say, warn
from session_hooks.survey import RefusedError, Survey, find_elsewhere
from session_hooks.unread import lines, passed_over
from session_hooks.verdict import judge

_PARTS = {
    "state": "state",
    "next_steps": "next_steps",
    "context": "context",
    "accomplished": "accomplished",
    "progress": "progress",
    "blockers": "blockers",
    "decisions": "decisions",
    "files": "key_files",
    "log": "log",
}
"""A body's parts, and what they are called where they are shown."""
BLANK = "not filled in yet"
"""Why a document is there that ``new`` made, and nobody wrote in."""


# --- list ----------------------------------------------------------------------------------------


def list_documents(arguments: argparse.Namespace, found: Survey) -> None:
    """List the documents in the hooks' order, and say why each is there."""
    rows = _rows(found, everything=arguments.all)
    beyond = _rows_elsewhere(found, everything=arguments.all)
    if arguments.json:
        print_json({"documents": [*rows, *beyond]})
    else:
        _print_rows(rows, beyond, found.view.now, everything=arguments.all)
    for file in found.scan.unread:
        say(f"Not readable: {plain.path(file.path)} ({file.reason})", error=True)
    if arguments.all:
        for line in lines(passed_over(found.project, found.settings, found.scan)):
            say(f"Not read: {line}", error=True)


def _rows(found: Survey, *, everything: bool) -> list[dict[str, Any]]:
    documents = found.scan.documents
    entries = ranking.candidates(documents, found.view) + ranking.put_aside(documents, found.view)
    ranked = {entry.document.path: entry for entry in entries}
    rows = [_row(one.document, found.view, active=one.is_active) for one in ranked.values()]
    rows += [_row(one, found.view, active=False) for one in found.scan.templates]
    if everything:
        shown = ranked.keys()
        rest = [document for document in found.scan.documents if document.path not in shown]
        rest.sort(key=lambda document: activity(document, found.view), reverse=True)
        rows += [_row(document, found.view, active=False) for document in rest]
        rows += [_row_of_copy(document, of, found.view) for document, of in found.scan.copies]
    return rows


def _row_of_copy(document: Document, of: str, view: View) -> dict[str, Any]:
    row = _row(document, view, active=False)
    return row | {"reasons": [f"a copy of {plain.path(of)}"]}


def _rows_elsewhere(found: Survey, *, everything: bool) -> list[dict[str, Any]]:
    rows = [_row_elsewhere(one, found.view) for one in found.elsewhere]
    return [row for row in rows if everything or row["active"]]


def _row_elsewhere(one: Elsewhere, view: View) -> dict[str, Any]:
    active = ranking.is_active_elsewhere(one, view)
    return _row(one.document, ranking.view_elsewhere(one, view), active=active, ref=one.ref)


def _row(document: Document, view: View, *, active: bool, ref: str | None = None) -> dict[str, Any]:
    """Return one document as ``list --json`` gives it."""
    action = read_body(document).next_action
    return {
        "path": document.path,
        "format": document.format,
        "title": document.title,
        "status": document.status_word,
        "created": _iso(document.created),
        "updated": _iso(document.updated),
        "activity": _iso(activity(document, view)),
        "branch": document.branch,
        "ref": ref,
        "active": active,
        "verdict": judge(document, view).verdict.value,
        # Of what nobody has filled in nothing is to be judged.
        "reasons": [BLANK] if is_template(document) else [*ranking.reasons(document, view)],
        "next_action": action.text if action else None,
    }


def _print_rows(
    rows: list[dict[str, Any]], beyond: list[dict[str, Any]], now: datetime, *, everything: bool
) -> None:
    if rows:
        _print_table(rows, now)
    else:
        all_of_them = "" if everything else ". See all there are: agent-session list --all"
        say(f"No document is {'' if everything else 'active '}here{all_of_them}")
    if beyond:
        say("\nElsewhere")
        _print_table(beyond, now)


def _print_table(rows: list[dict[str, Any]], now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, overflow in (("document", "fold"), ("next action", "fold"), ("why here", "fold")):
        table.add_column(heading, overflow=overflow)  # type: ignore[arg-type]
    for row in rows:
        moment = datetime.fromisoformat(row["activity"])
        name = f"{plain.path(row['path'])}\n{plain.inline(row['title'], 80)}"
        action = plain.inline(row["next_action"] or "-", 120)
        where = [render.where(row["ref"])] if row["ref"] else []
        said = [*where, row["verdict"], *row["reasons"], f"last activity {age(now, moment)}"]
        why = ", ".join(said)
        # Text, not str: in a str rich would read a document's [brackets] as its markup.
        table.add_row(Text(name), Text(action), Text(why))
    # Piped, there is no width to fit: every cell on lines as long as they are.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


# --- show ----------------------------------------------------------------------------------------


def show_document(arguments: argparse.Namespace, found: Survey) -> None:
    """Show everything that is read from one document.

    Raises RefusedError where there is no such document.
    """
    row, document = _named(arguments.path, found)
    body = read_body(document)
    is_here = row["ref"] is None
    evidence = found.view.facts.evidence.get(document.path) if is_here else None
    if arguments.json:
        print_json(row | _details(document, body) | {"evidence": _evidence(evidence)})
        return
    for line in _lines(row, document, body):
        say(line)
    for line in render_evidence.details(evidence) if evidence else ():
        say(moments.fill(line, found.view.now.timestamp()))


def _named(name: str, found: Survey) -> tuple[dict[str, Any], Document]:
    """Return the document that a person names, with its row: one from here before one elsewhere."""
    try:
        document = find(name, found, os.environ, warn)
    except RefusedError:
        other = find_elsewhere(name, found)
        if other is None:
            raise
        return _row_elsewhere(other, found.view), other.document
    for copy, of in found.scan.copies:
        if copy.path == document.path:
            return _row_of_copy(copy, of, found.view), copy
    ranked = ranking.candidates(found.scan.documents, found.view)
    active = {entry.document.path for entry in ranked if entry.is_active}
    return _row(document, found.view, active=document.path in active), document


def _details(document: Document, body: Body) -> dict[str, Any]:
    """Return what ``show --json`` gives beside the row: each thing with the line it is on."""
    return {
        "author": document.author,
        "number": document.number,
        "issue": document.issue,
        "issue_url": document.issue_url,
        "current_task": document.current_task,
        "agents": [agent._asdict() for agent in document.agents],
        "next_action_found": _step(body.next_action),
        "steps": [_step(step) for step in body.steps],
        **{shown: _section(getattr(body, name)) for name, shown in _PARTS.items()},
        "problems": [problem._asdict() for problem in body.problems],
    }


def _evidence(found: Evidence | None) -> dict[str, Any] | None:
    """Return what git and the disk say to what the document claims; null where nothing is known."""
    if found is None:
        return None
    since, branch = found.since, found.branch
    merged = branch.merged if branch else None
    return {
        "written": _iso(found.written),
        "commits_since": since
        and {
            "number": since.number,
            "is_all": since.is_all,
            "newest": [
                {
                    "id": commit.id,
                    "subject": commit.subject,
                    "author": commit.author,
                    "when": _iso(commit.when),
                }
                for commit in since.newest
            ],
        },
        "branch": branch
        and {
            **branch._asdict(),
            "merged": merged
            and {
                **merged._asdict(),
                "when": _iso(merged.when),
                "earliest": _iso(merged.earliest),
            },
        },
        "paths": [path._asdict() for path in found.paths],
        "commits": [commit._asdict() for commit in found.commits],
        "possibly_done": [
            {
                "line": tick.step.line,
                "step": tick.step.text,
                "kind": tick.kind.value,
                "what": tick.what,
                "commit": tick.commit.id if tick.commit else None,
            }
            for tick in found.ticks
        ],
    }


def _step(step: Step | None) -> dict[str, Any] | None:
    return step._asdict() if step else None


def _section(section: Section | None) -> dict[str, Any] | None:
    if section is None:
        return None
    return {"line": section.line, "how": section.how, "title": section.title, "text": section.text}


def _lines(row: dict[str, Any], document: Document, body: Body) -> list[str]:
    lines = [f"{plain.path(row['path'])}  {plain.inline(row['title'], 100)}"]
    lines += [
        f"  {name + ':':<14}{plain.inline(str(row[name]), 100)}"
        for name in ("ref", "format", "status", "created", "updated", "branch")
        if row[name]
    ]
    lines.append(f"  {'active:':<14}{'yes' if row['active'] else 'no'}")
    lines.append(f"  {'verdict:':<14}{row['verdict']}, {', '.join(row['reasons'])}")
    for name, value in (
        ("author", document.author),
        ("issue", document.issue),
        ("current task", document.current_task),
    ):
        if value:
            lines.append(f"  {name + ':':<14}{plain.inline(value, 200)}")
    for agent in document.agents:
        said = plain.inline(f"{agent.name}, {agent.status or 'no status'}, {agent.task}", 200)
        lines.append(f"  {'agent:':<14}{said}")
    if body.next_action:
        step = body.next_action
        lines += ["", f"next action, line {step.line}, {plain.inline(step.how, 120)}:"]
        lines.append(f"  {plain.inline(step.text, 320)}")
    lines += [f"  then, line {step.line}: {plain.inline(step.text, 200)}" for step in body.steps]
    for name, shown in _PARTS.items():
        section = getattr(body, name)
        if section is not None:
            lines += ["", f"{shown.replace('_', ' ')}, line {section.line}, {section.how}:"]
            text, cut = plain.shorten(plain.reveal(section.text[:20_000])[0], 600)
            lines += [f"  {line}".rstrip() for line in text.splitlines()]
            lines += [f"  ({cut} lines are not shown whole)"] if cut else []
    lines += [f"read in part: line {p.line}, {p.message}" for p in body.problems]
    return lines


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
