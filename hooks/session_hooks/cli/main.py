"""The ``agent-session`` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from session_hooks.cli.check import check as check_check
from session_hooks.cli.check.check import Finding
from session_hooks.cli.documents import list_documents, print_prompt, show_document
from session_hooks.cli.explain import explain
from session_hooks.cli.memory import NO_DOCUMENT, print_log, restore, waive
from session_hooks.cli.new import new_document
from session_hooks.cli.project import (
    NOTHING,
    RefusedError,
    Survey,
    print_json,
    print_text,
    say,
    survey,
    warn,
)
from session_hooks.documents.formats import prompt, session
from session_hooks.documents.registry import FORMATS
from session_hooks.project.project import project_at
from session_hooks.util import ages, safe_text

DONE, FAULTY, REFUSED = 0, 1, 2
_IN_DETAIL = 20
"""Of how many documents a list looks into what they name: git is asked for each."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; argparse exits with 2 on bad ones."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = _parser().parse_args(argv)
    if not os.path.isdir(arguments.repo):
        return _refuse(f"{arguments.repo} is not a folder: name one with --repo DIR")
    try:
        project = project_at(arguments.repo)
        found = survey(
            project,
            datetime.now(UTC),
            limits=_LIMITS.get(arguments.run, NOTHING),
            name=arguments.path if arguments.run in (show_document, print_prompt) else None,
            beyond=arguments.run is list_documents,
        )
        code: int = arguments.run(arguments, found) or DONE
        sys.stdout.flush()
    except RefusedError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    return code


def _refuse(reason: str) -> int:
    warn(reason)
    return REFUSED


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
    listing = commands.add_parser(
        "list", parents=[common], help="the documents as the hooks rank them, and why"
    )
    listing.add_argument("--all", action="store_true", help="the ones that aren't active too")
    listing.set_defaults(run=list_documents)
    show = commands.add_parser("show", parents=[common], help="everything read from one document")
    show.add_argument(
        "path", metavar="PATH", help="the document; REF:PATH for one on another branch"
    )
    show.set_defaults(run=show_document)
    why = commands.add_parser(
        "explain",
        parents=[common],
        help="why a document stands where it does; what a rule asks for",
    )
    why.add_argument("what", metavar="PATH|RULE", help="the document, or the code: S101")
    why.set_defaults(run=explain)
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
    _add_writing(commands, common)
    _add_memory(commands, common)
    return parser


def _add_writing(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    new = commands.add_parser(
        "new", parents=[common], help="write a new document to fill in, and print its path"
    )
    new.add_argument("title", nargs="?", metavar="TITLE", help="what the work is; next has none")
    new.add_argument(
        "--format",
        choices=[form.NAME for form in FORMATS],
        default=session.NAME,
        help="of the document (default: session)",
    )
    new.add_argument("--issue", metavar="ID", help="session: the issue's id or address")
    new.add_argument(
        "--agent", action="append", default=[], metavar="NAME", help="session: who works on it"
    )
    new.add_argument("--domain", choices=[*prompt.DOMAINS], help="prompt: its sections too")
    _add_naming(new, "prompt: ")
    new.set_defaults(run=new_document)
    handoff = commands.add_parser(
        "prompt", parents=[common], help="a document as a handoff prompt to copy"
    )
    handoff.add_argument(
        "path", nargs="?", metavar="PATH", help="the document (default: the first of list)"
    )
    handoff.add_argument(
        "--output",
        metavar="PATH",
        help="write it to this file when all is read (a shell's '> HANDOFF.md' empties that file "
        "before it can be read); only a handoff prompt is replaced",
    )
    _add_naming(handoff)
    handoff.set_defaults(run=print_prompt)


def _add_memory(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    log = commands.add_parser(
        "log", parents=[common], help="the conversations: what each was told, took and owes"
    )
    log.add_argument("--all", action="store_true", help="those of every worktree too")
    log.set_defaults(run=print_log)
    back = commands.add_parser(
        "restore", parents=[common], help="a document from the archive, or what is in there"
    )
    back.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="its name there, its path, or where it lay (default: list them)",
    )
    back.set_defaults(run=restore)
    drop = commands.add_parser("waive", parents=[common], help="drop what is owed")
    drop.add_argument(
        "documents",
        nargs="*",
        metavar="DOCUMENT",
        help=f"only for these; {NO_DOCUMENT} for a handoff not written (default: all of it)",
    )
    drop.set_defaults(run=waive)


def _add_naming(parser: argparse.ArgumentParser, whose: str = "") -> None:
    parser.add_argument(
        "--template", metavar="URL", help=f"{whose}the address of the bootstrap template"
    )
    parser.add_argument(
        "--trigger", metavar="WORD", help=f"{whose}what a person says to get the next one"
    )


# --- check ---------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace, found: Survey) -> int:
    selection = check_check.select(found, arguments.paths)
    findings = check_check.findings(found, selection)
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
    place = _escaped(safe_text.single(finding.path)).replace(":", "%3A").replace(",", "%2C")
    message = _escaped(f"{safe_text.inline(finding.message, 300)}. {finding.help}")
    return f"::{command} file={place},line={finding.line},title={finding.code}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


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


_LIMITS = {
    _check: None,
    list_documents: (None, _IN_DETAIL),
    explain: (None, _IN_DETAIL),
    print_prompt: (_IN_DETAIL, 1),
}
"""Of how many documents the evidence is needed, and of how many what they name; else of none."""
_COLOURS = {"error": "bold red", "warning": "yellow", "info": "blue"}


if __name__ == "__main__":
    raise SystemExit(main())
