"""``agent-session``: for people, agents and CI to see what the hooks see.

Exit code 0 done, 1 where ``check`` found errors, 2 usage or not found.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from session_hooks import checking, dates, plain, ranking
from session_hooks.checking import Finding
from session_hooks.dates import age
from session_hooks.document import Body, Document, Section, Step
from session_hooks.formats import read_body
from session_hooks.project import project_at
from session_hooks.ranking import View
from session_hooks.survey import RefusedError, Survey, find, survey

DONE, FAULTY, REFUSED = 0, 1, 2
_PARTS = (
    "state", "next_steps", "context", "accomplished", "progress", "blockers", "decisions", "files",
    "log",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; argparse exits with 2 on bad ones."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = _parser().parse_args(argv)
    if not os.path.isdir(arguments.repo):
        return _refuse(f"{arguments.repo} is not a folder: name one with --repo DIR")
    try:
        found = survey(project_at(arguments.repo), datetime.now(UTC))
        code: int = arguments.run(arguments, found) or DONE
        sys.stdout.flush()
    except RefusedError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    return code


def _refuse(reason: str) -> int:
    _say(f"agent-session: {reason}", error=True)
    return REFUSED


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--repo", default=".", metavar="DIR", help="the repository (default: here)")
    common.add_argument("--json", action="store_true", help="machine-readable; see the README")
    parser = argparse.ArgumentParser(
        prog="agent-session", description="See the session files and handoffs as the hooks do."
    )
    parser.add_argument("--version", action="version", version=version("agent-session-hooks"))
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = commands.add_parser(
        "list", parents=[common], help="the documents as the hooks rank them, and why"
    )
    listing.add_argument("--all", action="store_true", help="the ones that aren't active too")
    listing.set_defaults(run=_list)
    show = commands.add_parser("show", parents=[common], help="everything read from one document")
    show.add_argument("path", metavar="PATH", help="the document")
    show.set_defaults(run=_show)
    check = commands.add_parser(
        "check", parents=[common], help="the documents against their specifications"
    )
    check.add_argument(
        "paths", nargs="*", metavar="PATH", help="documents or folders (default: all there are)"
    )
    check.add_argument(
        "--format", choices=("text", "json", "github"), default="text", help="of the findings"
    )
    check.add_argument("--strict", action="store_true", help="fail at warnings too")
    check.set_defaults(run=_check)
    return parser


# --- list ----------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace, found: Survey) -> None:
    rows = _rows(found, everything=arguments.all)
    if arguments.json:
        _print_json({"documents": rows})
    elif rows:
        _print_table(rows, found.view.now)
    else:
        _say("No document is active here. See all there are: agent-session list --all")
    for file in found.scan.unread:
        _say(f"Not readable: {plain.path(file.path)} ({file.reason})", error=True)


def _rows(found: Survey, *, everything: bool) -> list[dict[str, Any]]:
    ranked = ranking.candidates(found.scan.documents, found.view)
    rows = [_row(entry.document, found.view, active=not entry.is_old) for entry in ranked]
    if everything:
        shown = {entry.document.path for entry in ranked}
        rest = [document for document in found.scan.documents if document.path not in shown]
        rest.sort(key=lambda document: ranking.activity(document, found.view), reverse=True)
        rows += [_row(document, found.view, active=False) for document in rest]
    return rows


def _row(document: Document, view: View, *, active: bool) -> dict[str, Any]:
    """Return one document as ``list --json`` gives it."""
    action = read_body(document).next_action
    return {
        "path": document.path,
        "format": document.format,
        "title": document.title,
        "status": document.status_word,
        "created": _iso(document.created),
        "updated": _iso(document.updated),
        "activity": _iso(ranking.activity(document, view)),
        "branch": document.branch,
        "ref": None,
        "active": active,
        "reasons": list(ranking.reasons(document, view)),
        "next_action": action.text if action else None,
    }


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
        why = ", ".join([*row["reasons"], f"last activity {age(now, moment)}"])
        # Text, not str: in a str rich would read a document's [brackets] as its markup.
        table.add_row(Text(name), Text(action), Text(why))
    # Piped, there is no width to fit: every cell on lines as long as they are.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


# --- show ----------------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace, found: Survey) -> None:
    document = find(arguments.path, found)
    body = read_body(document)
    ranked = ranking.candidates(found.scan.documents, found.view)
    active = {entry.document.path for entry in ranked if not entry.is_old}
    row = _row(document, found.view, active=document.path in active)
    if arguments.json:
        _print_json(row | _details(document, body))
        return
    for line in _lines(row, document, body):
        _say(line)


def _details(document: Document, body: Body) -> dict[str, Any]:
    """Return what ``show --json`` gives beside the row: each thing with the line it is on."""
    return {
        "issue": document.issue,
        "issue_url": document.issue_url,
        "current_task": document.current_task,
        "agents": [agent._asdict() for agent in document.agents],
        "next_action_found": _step(body.next_action),
        "steps": [_step(step) for step in body.steps],
        **{name: _section(getattr(body, name)) for name in _PARTS},
        "problems": [problem._asdict() for problem in body.problems],
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
        for name in ("format", "status", "created", "updated", "branch")
        if row[name]
    ]
    lines.append(f"  {'active:':<14}{'yes' if row['active'] else 'no'}")
    for name, value in (("issue", document.issue), ("current task", document.current_task)):
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
    for name in _PARTS:
        section = getattr(body, name)
        if section is not None:
            lines += ["", f"{name.replace('_', ' ')}, line {section.line}, {section.how}:"]
            text, cut = plain.shorten(plain.clean(section.text[:20_000]), 600)
            lines += [f"  {line}".rstrip() for line in text.splitlines()]
            lines += [f"  ({cut} lines are not shown whole)"] if cut else []
    lines += [f"read in part: line {p.line}, {p.message}" for p in body.problems]
    return lines


# --- check ---------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace, found: Survey) -> int:
    selection = checking.select(found, arguments.paths)
    findings = checking.findings(found, selection)
    for name in selection.passed_over:
        _say(f"{plain.path(name)} is no document, so it is not checked", error=True)
    if arguments.json or arguments.format == "json":
        _print_json({"findings": [finding._asdict() for finding in findings]})
    elif arguments.format == "github":
        for finding in findings:
            _say(_annotation(finding))
    else:
        _print_findings(findings, len(selection.documents) + len(selection.unread))
    fails = ("error", "warning") if arguments.strict else ("error",)
    return FAULTY if any(finding.severity in fails for finding in findings) else DONE


def _annotation(finding: Finding) -> str:
    """Return a finding as a GitHub workflow command (workflow-commands, "Setting an error")."""
    command = {"error": "error", "warning": "warning", "info": "notice"}[finding.severity]
    place = _escaped(plain.clean(finding.path)).replace(":", "%3A").replace(",", "%2C")
    message = _escaped(f"{plain.inline(finding.message, 300)}. {finding.help}")
    return f"::{command} file={place},line={finding.line},title={finding.code}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _print_findings(findings: list[Finding], documents: int) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    helped = set()
    for finding in findings:
        place = f"{plain.path(finding.path)}:{finding.line}: "
        severity = (finding.severity, _COLOURS[finding.severity])
        console.print(
            Text.assemble(place, severity, f" {finding.code} {plain.inline(finding.message, 300)}"),
            soft_wrap=True,
        )
        if finding.code not in helped:  # the same advice each time would bury the findings
            helped.add(finding.code)
            console.print(Text(f"    {finding.help}", style="dim"), soft_wrap=True)
    counts = [
        dates.count(number, word)
        for word in ("error", "warning")
        if (number := sum(finding.severity == word for finding in findings))
    ]
    files = dates.count(documents, "document")
    _say(f"{', '.join(counts)} in {files}" if counts else f"{files} checked, no errors or warnings")


_COLOURS = {"error": "bold red", "warning": "yellow", "info": "blue"}


# --- output --------------------------------------------------------------------------------------


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _print_json(value: dict[str, Any]) -> None:
    _say(json.dumps(value, ensure_ascii=False, indent=2))


def _say(line: str, *, error: bool = False) -> None:
    print(line, file=sys.stderr if error else sys.stdout)


if __name__ == "__main__":
    raise SystemExit(main())
