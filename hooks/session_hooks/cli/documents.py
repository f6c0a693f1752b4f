"""``agent-session list`` and ``show``."""

import argparse
import os
from datetime import UTC, datetime
from typing import Any

from session_hooks.cli.new import session_number, template_url, trigger
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    as_json,
    fields,
    find_document,
    find_elsewhere,
    from_here,
    print_json,
    print_path,
    print_table,
    say,
    within,
)
from session_hooks.cli.prompt import Source, compose, session_of
from session_hooks.documents import files
from session_hooks.documents.files import UnreadableFileError
from session_hooks.documents.formats import prompt
from session_hooks.documents.model import Body, Document, Section
from session_hooks.documents.registry import is_template, read_body
from session_hooks.documents.scan import describe_unread, passed_over
from session_hooks.evidence.model import Elsewhere, Evidence, View
from session_hooks.project.project import CONFIG, absolute
from session_hooks.render import document as render_document
from session_hooks.render import evidence as render_evidence
from session_hooks.report import ranking
from session_hooks.report.verdict import activity, judge
from session_hooks.util import ages, safe_text
from session_hooks.util.dates import age

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
_ANOTHER = "move it away, or name another file with --output PATH"


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
        say(f"Not readable: {safe_text.path(file.path)} ({file.reason})", error=True)
    if arguments.all:
        for line in describe_unread(passed_over(found.project, found.settings, found.scan)):
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
    return row | {"reasons": [f"a copy of {safe_text.path(of)}"]}


def _rows_elsewhere(found: Survey, *, everything: bool) -> list[dict[str, Any]]:
    rows = [row_elsewhere(one, found.view) for one in found.elsewhere]
    return [row for row in rows if everything or row["active"]]


def row_elsewhere(one: Elsewhere, view: View) -> dict[str, Any]:
    """Return a document in another worktree or on another branch as ``list --json`` gives it."""
    active = ranking.is_active_elsewhere(one, view)
    return _row(one.document, ranking.view_elsewhere(one, view), active=active, ref=one.ref)


def _row(document: Document, view: View, *, active: bool, ref: str | None = None) -> dict[str, Any]:
    """Return one document as ``list --json`` gives it."""
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
    print_table(("document", "next action", "why here"), (_cells(row, now) for row in rows))


def _cells(row: dict[str, Any], now: datetime) -> tuple[str, str, str]:
    moment = datetime.fromisoformat(row["activity"])
    where = [render_document.where(row["ref"])] if row["ref"] else []
    why = [*where, row["verdict"], *row["reasons"], f"last activity {age(now, moment)}"]
    name = f"{safe_text.path(row['path'])}\n{safe_text.inline(row['title'], 80)}"
    return name, safe_text.inline(row["next_action"] or "-", 120), ", ".join(why)


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
        say(ages.fill(line, found.view.now.timestamp()))


def _named(name: str, found: Survey) -> tuple[dict[str, Any], Document]:
    """Return the document that a person names, with its row: one from here before one elsewhere."""
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
    active = {entry.document.path for entry in ranked if entry.is_active}
    return _row(document, found.view, active=document.path in active), document


def _details(document: Document, body: Body) -> dict[str, Any]:
    """Return what ``show --json`` gives beside the row: each thing with the line it is on."""
    return {
        **fields(document, "author", "number", "issue", "issue_url", "current_task", "agents"),
        "next_action_found": as_json(body.next_action),
        **fields(body, "steps", "problems"),
        **{shown: _section(getattr(body, name)) for name, shown in _PARTS.items()},
    }


def _evidence(found: Evidence | None) -> dict[str, Any] | None:
    """Return what git and the disk say to what the document claims; null where nothing is known."""
    if found is None:
        return None
    since = found.since
    return {
        **fields(found, "written", "branch", "paths", "commits"),
        "commits_since": since
        and {
            **fields(since, "number", "is_all"),
            "newest": [fields(one, "id", "subject", "author", "when") for one in since.newest],
        },
        "possibly_done": [
            {
                **fields(tick.step, "line"),
                "step": tick.step.text,
                **fields(tick, "kind", "what"),
                "commit": tick.commit.id if tick.commit else None,
            }
            for tick in found.ticks
        ],
    }


def _section(section: Section | None) -> dict[str, Any] | None:
    return fields(section, "line", "how", "title", "text") if section else None


def _lines(row: dict[str, Any], document: Document, body: Body) -> list[str]:
    lines = [f"{safe_text.path(row['path'])}  {safe_text.inline(row['title'], 100)}"]
    lines += [
        f"  {name + ':':<14}{safe_text.inline(str(row[name]), 100)}"
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
            lines.append(f"  {name + ':':<14}{safe_text.inline(value, 200)}")
    for agent in document.agents:
        said = safe_text.inline(f"{agent.name}, {agent.status or 'no status'}, {agent.task}", 200)
        lines.append(f"  {'agent:':<14}{said}")
    if body.next_action:
        step = body.next_action
        lines += ["", f"next action, line {step.line}, {safe_text.inline(step.how, 120)}:"]
        lines.append(f"  {safe_text.inline(step.text, 320)}")
    lines += [
        f"  then, line {step.line}: {safe_text.inline(step.text, 200)}" for step in body.steps
    ]
    for name, shown in _PARTS.items():
        section = getattr(body, name)
        if section is not None:
            lines += ["", f"{shown.replace('_', ' ')}, line {section.line}, {section.how}:"]
            text, cut = safe_text.shorten(safe_text.reveal(section.text[:20_000])[0], 600)
            lines += [f"  {line}".rstrip() for line in text.splitlines()]
            lines += [f"  ({cut} lines are not shown whole)"] if cut else []
    lines += [f"read in part: line {p.line}, {p.message}" for p in body.problems]
    return lines


# --- prompt --------------------------------------------------------------------------------------


def print_prompt(arguments: argparse.Namespace, found: Survey) -> None:
    """Print the handoff prompt of one document, or of the one that a conversation would resume.

    Or write it to a file, when all was read: it may take the place of what it is made from. Raises
    RefusedError where there is none, no bootstrap template to name, or something else in its place.
    """
    template = template_url(arguments, found)
    if template is None:
        raise RefusedError(
            "a handoff prompt names its bootstrap template: give --template URL, or set template "
            f"below [prompt] in {CONFIG}"
        )
    said = trigger(arguments, found)
    output = None if arguments.output is None else os.path.realpath(arguments.output)
    before = _replaced(output) if output else None
    source = _source(_document(arguments.path, found), found, before)
    text = compose(source, found.view.now, template, said)
    if output:
        _write(output, text)
    if arguments.json:
        path = source.document.path
        answer = {"path": path, "session": session_of(source), "prompt": text}
        print_json(answer | ({"output": within(output, found.project.root)} if output else {}))
    elif output:
        print_path(from_here(output))
    else:
        say(text.removesuffix("\n"))


def _document(name: str | None, found: Survey) -> Document:
    if name is None:
        ranked = ranking.candidates(found.scan.documents, found.view)
        best = next((entry.document for entry in ranked if not entry.rests), None)
        if best is None:
            raise RefusedError(
                "no document is active here. Name one: agent-session prompt PATH; "
                "those there are: agent-session list --all"
            )
        return best
    document = find_document(name, found)
    if is_template(document):
        raise RefusedError(f"{safe_text.path(document.path)} is still to be filled in")
    return document


def _source(document: Document, found: Survey, before: Document | None) -> Source:
    root = found.project.root

    def exists(path: str) -> bool:
        return os.path.lexists(absolute(root, path))

    name = os.path.basename(found.project.git_top or root) or root
    called = safe_text.one_line(name).replace("`", "")
    number = (before and before.number) or session_number(found)
    return Source(document, read_body(document), called, exists, number)


# --- the file that it is written to --------------------------------------------------------------


def _replaced(output: str) -> Document | None:
    """Return the prompt that is to be replaced; None where there is nothing.

    Raises RefusedError where something else is there.
    """
    shown = safe_text.path(from_here(output))
    try:
        read = files.read(output)
        text = "" if read is None else files.decode(read[0])[0]
    except UnreadableFileError as error:
        raise RefusedError(f"{shown} can't be written over ({error}): {_ANOTHER}") from error
    if not text.strip():
        return None
    if not prompt.opens(text):
        raise RefusedError(f"{shown} is no handoff prompt, so it is not overwritten: {_ANOTHER}")
    return prompt.read(output, text, datetime.now(UTC))


def _write(output: str, text: str) -> None:
    folder, name = os.path.split(output)
    part = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(part, "x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(text)
                file.flush()
                if os.path.exists(output):
                    os.chmod(part, os.stat(output).st_mode & 0o777)
                os.replace(part, output)
            except OSError:
                os.unlink(part)
                raise
    except OSError as error:
        shown, reason = safe_text.path(from_here(output)), files.reason(error)
        raise RefusedError(f"can't write {shown} ({reason}): {_ANOTHER}") from error
