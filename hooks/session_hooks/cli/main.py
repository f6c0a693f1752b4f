"""The ``agent-session`` command."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from session_hooks.cli.check import check
from session_hooks.cli.check.check import Finding
from session_hooks.cli.documents import list_documents, show_document
from session_hooks.cli.explain import explain
from session_hooks.cli.memory import NO_DOCUMENT, print_log, restore, waive
from session_hooks.cli.new import new_document
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    print_json,
    print_text,
    say,
    survey,
    warn,
)
from session_hooks.cli.prompt import print_prompt
from session_hooks.documents.formats import prompt, session
from session_hooks.documents.registry import FORMATS
from session_hooks.project.project import project_at
from session_hooks.util import ages, safe_text

DONE, FAULTY, REFUSED = 0, 1, 2
_Limits = tuple[int | None, int] | None
"""Of how many documents a command needs the evidence, and of how many what they name."""
_NONE, _FIRST, _LIST, _ALL = (0, 0), (20, 1), (None, 20), None
_COLOURS = {"error": "bold red", "warning": "yellow", "info": "blue"}


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; argparse exits with 2 on bad ones."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = _parser().parse_args(argv)
    if not os.path.isdir(arguments.repo):
        warn(f"{arguments.repo} is not a folder: name one with --repo DIR")
        return REFUSED
    try:
        project = project_at(arguments.repo)
        found = survey(
            project,
            datetime.now(UTC),
            limits=arguments.limits,
            name=arguments.path if arguments.run in (show_document, print_prompt) else None,
        )
        code: int = arguments.run(arguments, found) or DONE
        sys.stdout.flush()
    except RefusedError as error:
        warn(str(error))
        return REFUSED
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    return code


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--repo", default=".", metavar="DIR", help="the repository (default: here)")
    common.add_argument("--json", action="store_true", help="machine-readable; see the README")
    parser = argparse.ArgumentParser(
        prog="agent-session",
        description="See the session files and handoffs as the hooks do, check and write them.",
    )
    parser.add_argument("--version", action="version", version=version("agent-session-hooks"))
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[..., int | None], text: str, limits: _Limits = _NONE
    ) -> Callable[..., Any]:
        command = commands.add_parser(name, parents=[common], help=text)
        command.set_defaults(run=run, limits=limits)
        return command.add_argument

    option = add("list", list_documents, "the documents as the hooks rank them, and why", _LIST)
    option("--all", action="store_true", help="the ones that aren't active too")
    option = add("show", show_document, "everything read from one document")
    option("path", metavar="PATH", help="the document; REF:PATH for one on another branch")
    option = add("explain", explain, "why a document stands where it does; what a rule asks", _LIST)
    option("what", metavar="PATH|RULE", help="the document, or the code: S101")
    option = add("check", _check, "the documents against their specifications", _ALL)
    option("paths", nargs="*", metavar="PATH", help="documents or folders (default: all there are)")
    option("--format", choices=("text", "json", "github"), default="text", help="of the findings")
    option("--strict", action="store_true", help="fail at warnings too")

    formats = [form.NAME for form in FORMATS]
    option = add("new", new_document, "write a new document to fill in, and print its path")
    option("title", nargs="?", metavar="TITLE", help="what the work is; next has none")
    option("--format", choices=formats, default=session.NAME, help="its format (default: session)")
    option("--issue", metavar="ID", help="session: the issue's id or address")
    option("--agent", action="append", metavar="NAME", help="session: who works on it")
    option("--domain", choices=[*prompt.DOMAINS], help="prompt: its sections too")
    option("--template", metavar="URL", help="prompt: the address of the bootstrap template")
    option("--trigger", metavar="WORD", help="prompt: what a person says to get the next one")
    option = add("prompt", print_prompt, "a document as a handoff prompt to copy", _FIRST)
    option("path", nargs="?", metavar="PATH", help="the document (default: the first of list)")
    option(
        "--output",
        metavar="PATH",
        help="write it to this file when all is read (a shell's '> HANDOFF.md' empties that file "
        "before it can be read); only a handoff prompt is replaced",
    )
    option("--template", metavar="URL", help="the address of the bootstrap template")
    option("--trigger", metavar="WORD", help="what a person says to get the next one")

    option = add("log", print_log, "the conversations: what each was told, took and owes")
    option("--all", action="store_true", help="those of every worktree too")
    option = add("restore", restore, "a document from the archive, or what is in there")
    what = "its name there, its path, or where it lay (default: list them)"
    option("name", nargs="?", metavar="NAME", help=what)
    option = add("waive", waive, "drop what is owed")
    what = f"only for these; {NO_DOCUMENT} for a handoff not written (default: all of it)"
    option("documents", nargs="*", metavar="DOCUMENT", help=what)
    return parser


def _check(arguments: argparse.Namespace, found: Survey) -> int:
    selection = check.select(found, arguments.paths)
    findings = check.findings(found, selection)
    for name in selection.passed_over:
        say(f"{safe_text.path(name)} is no document, so it is not checked", error=True)
    if arguments.json or arguments.format == "json":
        print_json({"findings": [finding._asdict() for finding in findings]})
    elif arguments.format == "github":
        for finding in findings:
            say(_annotation(finding))
    else:
        _print_findings(findings, len(selection.documents) + len(selection.unread))
    fails = ("error", "warning") if arguments.strict else ("error",)
    return FAULTY if any(finding.severity in fails for finding in findings) else DONE


def _annotation(finding: Finding) -> str:
    """Return a finding as a GitHub workflow command (workflow-commands, "Setting an error")."""
    command = {"error": "error", "warning": "warning", "info": "notice"}[finding.severity]
    escaped = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
    place = safe_text.single(finding.path).translate(escaped | {58: "%3A", 44: "%2C"})
    message = f"{safe_text.inline(finding.message, 300)}. {finding.help}".translate(escaped)
    return f"::{command} file={place},line={finding.line},title={finding.code}::{message}"


def _print_findings(findings: list[Finding], documents: int) -> None:
    from rich.text import Text

    shown = Text()
    helped = set()
    for finding in findings:
        shown.append(f"{safe_text.path(finding.path)}:{finding.line}: ")
        shown.append(finding.severity, _COLOURS[finding.severity])
        shown.append(f" {finding.code} {safe_text.inline(finding.message, 300)}\n")
        if finding.code not in helped:  # the same advice each time would bury the findings
            helped.add(finding.code)
            shown.append(f"    {finding.help}\n", "dim")
    print_text(shown)
    counts = [
        ages.count(number, word)
        for word in ("error", "warning")
        if (number := sum(finding.severity == word for finding in findings))
    ]
    files = ages.count(documents, "document")
    say(f"{', '.join(counts)} in {files}" if counts else f"{files} checked, no errors or warnings")


if __name__ == "__main__":
    raise SystemExit(main())
