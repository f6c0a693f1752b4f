"""The ``install-hooks`` command."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from session_hooks.util import safe_text
from session_hooks_installer import messages, programs, purge
from session_hooks_installer.check import run
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import install
from session_hooks_installer.settings.handlers import Scope, handlers_for
from session_hooks_installer.settings.install import Outcome

DONE, REFUSED = 0, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; argparse exits with 2 on bad arguments."""
    _speak_utf_8()
    parser = _parser()
    arguments = parser.parse_args(argv)
    if problem := _problem(arguments):
        parser.error(problem)
    repo: Path = arguments.repo
    try:
        _require_folder(repo)
        code = _do(arguments, repo)
        sys.stdout.flush()
    except RefusedError as error:
        return _refuse(arguments, str(error))
    except KeyboardInterrupt:
        return _refuse(arguments, "interrupted: each file is as it was, or as it was to be")
    except OSError as error:
        if error.filename is not None:  # no stream has one
            return _refuse(arguments, f"{error.filename}: {error.strerror}")
        # What was to be done is done; a reader that has seen enough is no failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            print(f"install-hooks: can't print: {error}", file=sys.stderr)
        return REFUSED if arguments.check and not isinstance(error, BrokenPipeError) else DONE
    return code


def _require_folder(repo: Path) -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        reason = "this folder is gone: go into one, or name one with --repo DIR"
        raise RefusedError(reason) from error
    if not os.path.isdir(repo):
        raise RefusedError(f"{repo} is not a folder: name one with --repo DIR")


def _speak_utf_8() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _refuse(arguments: argparse.Namespace, reason: str) -> int:
    for line in f"install-hooks: {reason}".split("\n"):
        print(safe_text.single(line), file=sys.stderr)
    if arguments.json:
        _print_json({"error": reason})
    return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="install-hooks",
        description="Put the session hooks into Claude Code's settings: once per repository.",
        epilog="Exit code: 0 done, 1 --check found errors, 2 refused, and nothing was written.",
    )
    parser.add_argument(
        "--scope",
        choices=[scope.value for scope in Scope],
        default=Scope.PROJECT.value,
        help="project: .claude/settings.json, for the team (the default); "
        "local: .claude/settings.local.json, for you here; "
        "user: ~/.claude/settings.json, for you everywhere",
    )
    parser.add_argument(
        "--repo", type=Path, default=Path(), metavar="DIR", help="the repository (default: here)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--uninstall", action="store_true", help="take the hooks out again")
    what.add_argument(
        "--check", action="store_true", help="say whether they are installed, found and working"
    )
    what.add_argument("--explain", metavar="CODE", help="say what a finding of --check means")
    purge_help = "delete what the hooks remember of this repository; with --uninstall, do both"
    for names, text in (
        (["--fix"], "with --check: mend what is safe to be mended"),
        (["--gitignore"], "have the repository's .gitignore name NEXT_SESSION.md, too"),
        (["--purge"], purge_help),
        (["--dry-run"], "show what would change, and write nothing"),
        (["-q", "--quiet"], "say only what is wrong"),
        (["--json"], "say it as one JSON object"),
    ):
        parser.add_argument(*names, action="store_true", help=text)
    parser.add_argument("--version", action="version", version=version("agent-session-hooks"))
    return parser


def _problem(arguments: argparse.Namespace) -> str:
    if arguments.fix and not arguments.check:
        return "argument --fix: only with argument --check"
    if arguments.purge and arguments.json:
        return "argument --purge: not allowed with argument --json"
    for name in ("purge", "dry_run", "gitignore"):
        if arguments.check and getattr(arguments, name):
            return f"argument --{name.replace('_', '-')}: not allowed with argument --check"
    if arguments.gitignore and (arguments.uninstall or arguments.purge):
        return "argument --gitignore: not allowed with arguments --uninstall and --purge"
    return ""


def _do(arguments: argparse.Namespace, repo: Path) -> int:
    if arguments.explain is not None:
        return run.explain(arguments.explain)
    if arguments.check:
        return _check(arguments, repo)
    if arguments.uninstall and arguments.purge:
        purge.purge(repo, dry_run=True)  # what refuses the one refuses both
    if arguments.uninstall:
        _uninstall(arguments, repo)
    elif not arguments.purge:
        _install(arguments, repo)
    if arguments.purge:
        purged = purge.purge(repo, dry_run=arguments.dry_run)
        if not arguments.quiet:
            purge.say_purged(purged, dry_run=arguments.dry_run)
    return DONE


def _check(arguments: argparse.Namespace, repo: Path) -> int:
    def install_in(scope: Scope) -> None:
        handlers = handlers_for(scope, programs.programs_folder())
        install.install(scope, repo, os.environ, handlers)

    return run.run(
        repo,
        os.environ,
        install_in,
        fix=arguments.fix,
        as_json=arguments.json,
        quiet=arguments.quiet,
        colour=_has_colours(),
    )


def _install(arguments: argparse.Namespace, repo: Path) -> None:
    scope = Scope(arguments.scope)
    folder = programs.programs_folder()
    handlers = handlers_for(scope, folder)
    there = install.where(repo, os.environ)
    others = {  # of the same handler Claude Code runs one
        other: path
        for other, path in there.items()
        if other is not scope and handlers_for(other, folder) != handlers
    }
    twice = [*messages.also_installed(others, repo)]
    if twice and scope not in there and _is_asking(arguments) and not _is_wanted_too(twice):
        print("Nothing was changed.")
        return
    options = {"gitignore": arguments.gitignore, "dry_run": arguments.dry_run}
    outcome = install.install(scope, repo, os.environ, handlers, **options)
    notes = [*messages.notes(outcome), *twice]
    if arguments.json:
        following = {} if arguments.dry_run else messages.next_as_json(scope, folder, repo)
        _print_json(messages.outcome_as_json(outcome, notes) | following)
        return
    _say_outcome(outcome, messages.installed(outcome), notes, arguments)
    if not (arguments.quiet or arguments.dry_run):
        messages.say_reach(scope, folder)
        messages.say_preview(folder, repo.resolve())


def _uninstall(arguments: argparse.Namespace, repo: Path) -> None:
    scope = Scope(arguments.scope)
    outcome = install.uninstall(scope, repo, os.environ, dry_run=arguments.dry_run)
    others = install.where(repo, os.environ)
    others.pop(scope, None)
    notes = [
        *messages.notes(outcome),
        *messages.left_in_place(outcome),
        *messages.still_installed(others, repo),
    ]
    if arguments.json:
        _print_json(messages.outcome_as_json(outcome, notes))
        return
    _say_outcome(outcome, messages.uninstalled(outcome), notes, arguments)
    if not (arguments.quiet or arguments.dry_run or arguments.purge):
        purge.say_kept(repo)


def _say_outcome(
    outcome: Outcome, lines: Iterable[str], notes: Iterable[str], arguments: argparse.Namespace
) -> None:
    _say_changes(outcome, arguments)
    if not (arguments.quiet or arguments.dry_run):
        _say(lines)
    _say(f"Note: {note}" for note in notes)


def _say(lines: Iterable[str]) -> None:
    for line in lines:  # a repository's names may hold what a terminal obeys
        print(safe_text.single(line))


def _say_changes(outcome: Outcome, arguments: argparse.Namespace) -> None:
    if arguments.dry_run and not outcome.changes:
        _say([f"{outcome.settings.path}: nothing to change"])
    if not (arguments.dry_run or (sys.stdout.isatty() and not arguments.quiet)):
        return
    for change in outcome.changes:
        patch = messages.diff(change)
        if sys.stdout.isatty():
            for line in messages.for_terminal(patch, colour=_has_colours()):
                print(line)
        else:
            print("".join(patch), end="")
    if outcome.changes and not arguments.dry_run:
        print()


def _print_json(answer: Mapping[str, object]) -> None:
    print(safe_text.json_safe(json.dumps(answer, ensure_ascii=False, indent=2)))


def _has_colours() -> bool:
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _is_asking(arguments: argparse.Namespace) -> bool:
    is_said = arguments.dry_run or arguments.quiet or arguments.json
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty() and not is_said)


def _is_wanted_too(twice: Sequence[str]) -> bool:
    _say(f"Note: {note}" for note in twice)
    try:
        answer = input("Install them here, too? [y/N] ")
    except EOFError:
        print()
        return False
    return answer.strip().lower() in ("y", "yes")


if __name__ == "__main__":
    raise SystemExit(main())
