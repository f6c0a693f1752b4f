"""The ``agent-session`` command."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from session_hooks.cli import schema
from session_hooks.cli.check.check import check_documents
from session_hooks.cli.check.session import AGENT_STATUSES
from session_hooks.cli.close import close
from session_hooks.cli.documents import explain, list_documents, show_document
from session_hooks.cli.edit import add_text, change_status, set_agent, tick
from session_hooks.cli.memory import NO_DOCUMENT, print_log, restore, waive
from session_hooks.cli.new import begin, new_document
from session_hooks.cli.plugin import write_plugin
from session_hooks.cli.project import RefusedError, survey, warn
from session_hooks.cli.prompt import print_prompt
from session_hooks.cli.review import export, print_review, write_index
from session_hooks.cli.schema import print_schema
from session_hooks.cli.status import print_status
from session_hooks.cli.tidy import tidy
from session_hooks.cli.undo import take_back
from session_hooks.documents.formats import prompt, session
from session_hooks.documents.registry import FORMATS
from session_hooks.project.hooks import FEATURES, parse_features
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
    if getattr(arguments, "named", None):  # as for the commands whose argument is a text
        arguments.path = arguments.named
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
    common = _common(argparse.SUPPRESS)  # what stands before the command holds
    parser = argparse.ArgumentParser(
        prog="agent-session",
        parents=[_common(None)],
        description="See the session files and handoffs as the hooks do, check and write them.",
    )
    parser.set_defaults(run=print_status, limits=_LIST)
    parser.add_argument("--version", action="version", version=version("agent-session-hooks"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

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
    option(
        "--format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="of the findings",
    )
    option("--strict", action="store_true", help="fail at warnings too")

    formats = [form.NAME for form in FORMATS]
    option = add("init", begin, "make what a project needs to begin, with a first document")
    option("title", nargs="?", metavar="TITLE", help="what is to be done next, in one line")
    option(
        "--format", choices=formats, default=session.NAME, help="of documents (default: session)"
    )
    option = add("new", new_document, "write a new document to fill in, and print its path")
    option("title", nargs="?", metavar="TITLE", help="what the work is; next has none")
    option("--format", choices=formats, default=session.NAME, help="its format (default: session)")
    option("--issue", metavar="ID", help="session: the issue's id or address")
    option("--short", action="store_true", help="session: its required sections and the log alone")
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

    _add_edits(add)
    option = add("schema", print_schema, "a JSON Schema of what people and tools write")
    option("name", choices=schema.NAMES, help="a session file's frontmatter; the configuration")
    option = add("export", export, "everything on one page", _ALL)
    option("--html", metavar="FILE", required=True, help="the page, which needs nothing else")
    _add_plugin(add)
    option = add("log", print_log, "the conversations: what each was told, took and owes")
    option("--all", action="store_true", help="those of every worktree too")
    option = add("restore", restore, "a document from the archive, or what is in there")
    what = "its name there, its path, or where it lay (default: list them)"
    option("name", nargs="?", metavar="NAME", help=what)
    option = add("waive", waive, "drop what is owed")
    what = f"only for these; {NO_DOCUMENT} for a handoff not written (default: all of it)"
    option("documents", nargs="*", metavar="DOCUMENT", help=what)
    return parser


def _common(default: str | None) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    option = common.add_argument
    option("--repo", default=default or ".", metavar="DIR", help="the repository (default: here)")
    option("--json", action="store_true", default=default, help="machine-readable; see the README")
    return common


def _add_edits(add: Callable[..., Callable[..., Any]]) -> None:
    """Add the commands that edit a document in place."""

    def for_document(name: str, run: Callable[..., None], text: str) -> Callable[..., Any]:
        option = add(name, run, text, _FIRST)
        option("--path", metavar="PATH", help="the document (default: the one in hand)")
        return option

    for name, text in (
        ("pause", "stop work on a session file for now"),
        ("resume", "go on with a paused session file"),
        ("done", "say that a session file's work is completed"),
    ):
        option = add(name, change_status, text, _FIRST)
        option("path", nargs="?", metavar="PATH", help="the file (default: the one in hand)")
        option("--path", dest="named", metavar="PATH", help=argparse.SUPPRESS)
        option("-m", "--message", metavar="TEXT", help="what its log says of it")
    option = for_document("note", add_text, "add an entry to a document's log")
    option("text", metavar="TEXT", help="what happened")
    option = for_document("tick", tick, "tick a checkbox")
    option("text", nargs="?", metavar="TEXT|NUMBER", help="words in it, its number; none: list")
    option = for_document("next", add_text, "put a step before the other next steps")
    option("text", metavar="TEXT", help="what comes first")
    option = for_document("agent", set_agent, "set what a session file says of an agent")
    option("name", metavar="NAME", help="the agent; an entry is made if there is none")
    option("--status", choices=AGENT_STATUSES, help="where its task stands")
    option("--summary", metavar="TEXT", help="the outcome")
    option("--task", metavar="TEXT", help="what it does")
    option = add("close", close, "delete a session file whose knowledge is kept elsewhere", _FIRST)
    option("path", nargs="?", metavar="PATH", help="the file (default: the one in hand)")
    option("--path", dest="named", metavar="PATH", help=argparse.SUPPRESS)
    option("--yes", action="store_true", help="ask nothing; close it where nothing is lost")
    option("--force", action="store_true", help="close it whatever is lost")
    option("--reason", metavar="TEXT", help="why, with --force")
    option(
        "--extract",
        action="append",
        choices=("adr", "next", "issues"),
        help="first write its open decisions, its remaining work, or that as JSON for a tracker",
    )
    option = add("review", print_review, "what the last weeks' journals left open, and what recurs")
    option("--weeks", type=int, default=4, metavar="N", help="how far back (default: 4)")
    option("--markdown", action="store_true", help="as a file to start from")
    add("index", write_index, "write the handoffs' README, and keep what a person added")
    option = add("tidy", tidy, "what is to be done to all documents, each undoable", _ALL)
    option("--apply", action="store_true", help="do what loses nothing")
    option = add("undo", take_back, "take back what the last of these commands changed")
    option("--skip", action="store_true", help="leave that, and forget it")


def _add_plugin(add: Callable[..., Callable[..., Any]]) -> None:
    option = add("plugin", write_plugin, "write the hooks and skills as a plugin for Claude Code")
    option("folder", metavar="DIR", help="a new folder, or one that it was written into before")
    option(
        "--with", dest="features", type=parse_features, default=frozenset(), metavar="LIST",
        help=f"with the hooks of further features: {','.join(FEATURES)}",
    )  # fmt: skip
    option(
        "--all", dest="features", action="store_const", const=frozenset(FEATURES),
        help="with those of all features",
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
