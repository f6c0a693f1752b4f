"""The ``agent-session`` command."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from session_hooks.cli.check.check import check_documents
from session_hooks.cli.documents import list_documents, show_document
from session_hooks.cli.explain import explain
from session_hooks.cli.memory import NO_DOCUMENT, print_log, restore, waive
from session_hooks.cli.new import new_document
from session_hooks.cli.project import RefusedError, survey, warn
from session_hooks.cli.prompt import print_prompt
from session_hooks.documents.formats import prompt, session
from session_hooks.documents.registry import FORMATS
from session_hooks.project.project import project_at

DONE, REFUSED = 0, 2
# Of how many documents a command needs the evidence, and of how many what they name.
_Limits = tuple[int | None, int] | None
_NONE, _FIRST, _LIST, _ALL = (0, 0), (20, 1), (None, 20), None


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code; argparse exits with 2 on bad arguments."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = _parser().parse_args(argv)
    if not os.path.isdir(arguments.repo):
        warn(f"{arguments.repo} is not a folder: name one with --repo DIR")
        return REFUSED
    try:
        now, name = datetime.now(UTC), getattr(arguments, "path", None)
        found = survey(project_at(arguments.repo), now, limits=arguments.limits, name=name)
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
    option = add("check", check_documents, "the documents against their specifications", _ALL)
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


if __name__ == "__main__":
    raise SystemExit(main())
