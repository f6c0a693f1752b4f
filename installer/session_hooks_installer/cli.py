"""``install-hooks``: the command line. Exit code 0 done, 1 --check found errors, 2 refused."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from session_hooks_installer import check_command, coming, installing, programs, purging, showing
from session_hooks_installer.handlers import Scope, handlers_for
from session_hooks_installer.installing import Outcome
from session_hooks_installer.refusal import RefusedError

DONE, REFUSED = 0, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; argparse exits with 2 on bad ones."""
    _speak_utf_8()
    parser = _parser()
    arguments = parser.parse_args(argv)
    if problem := _problem(arguments):
        parser.error(problem)
    repo: Path = arguments.repo
    try:
        if not repo.is_dir() or not repo.absolute().is_dir():
            return _refuse(f"{repo} is not a folder: name one with --repo DIR")
        code = _do(arguments, repo)
        sys.stdout.flush()
    except RefusedError as error:
        return _refuse(str(error))
    except FileNotFoundError:
        return _refuse("this folder is gone: go into one, or name one with --repo DIR")
    except KeyboardInterrupt:
        return _refuse("interrupted; every file is as it was, or as it was to be")
    except OSError as error:
        # What was to be written to disk is written; a reader that has seen enough is no failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE if isinstance(error, BrokenPipeError) else _refuse(f"can't print: {error}")
    return code


def _speak_utf_8() -> None:
    """Make the output UTF-8 whatever the locale, and harmless where there is none."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _refuse(reason: str) -> int:
    print(f"install-hooks: {reason}", file=sys.stderr)
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
    parser.add_argument(
        "--fix", action="store_true", help="with --check: mend what is safe to be mended"
    )
    parser.add_argument(
        "--gitignore",
        action="store_true",
        help="have the repository's .gitignore name NEXT_SESSION.md, too",
    )
    parser.add_argument(
        "--purge",
        action="store_true",
        help="delete what the hooks remember of this repository; with --uninstall, do both",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change, and write nothing"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what is wrong")
    parser.add_argument("--json", action="store_true", help="say it as one JSON object")
    parser.add_argument("--version", action="version", version=version("agent-session-hooks"))
    return parser


def _problem(arguments: argparse.Namespace) -> str:
    """Say which arguments don't go together; "" where all do."""
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
    if arguments.check:
        return _check(arguments, repo)
    if arguments.uninstall and arguments.purge:
        purging.purge(repo, dry_run=True)  # what refuses the one refuses both
    if arguments.uninstall:
        _uninstall(arguments, repo)
    elif not arguments.purge:
        _install(arguments, repo)
    if arguments.purge:
        purged = purging.purge(repo, dry_run=arguments.dry_run)
        if not arguments.quiet:
            purging.say_purged(purged, dry_run=arguments.dry_run)
    return DONE


def _check(arguments: argparse.Namespace, repo: Path) -> int:
    folder = programs.installed_in()

    def install(scope: Scope) -> None:
        installing.install(scope, repo, os.environ, handlers_for(scope, folder))

    return check_command.run(
        repo,
        os.environ,
        install,
        fix=arguments.fix,
        as_json=arguments.json,
        quiet=arguments.quiet,
        colour=_has_colours(),
    )


def _install(arguments: argparse.Namespace, repo: Path) -> None:
    scope = Scope(arguments.scope)
    folder = programs.installed_in()
    others = installing.where(repo, os.environ)
    is_new = others.pop(scope, None) is None
    if others and is_new and _is_asking(arguments) and not _is_wanted_too(others):
        print("Nothing was changed.")
        return
    outcome = installing.install(
        scope,
        repo,
        os.environ,
        handlers_for(scope, folder),
        gitignore=arguments.gitignore,
        dry_run=arguments.dry_run,
    )
    if arguments.json:
        _print_json(outcome, {} if arguments.dry_run else coming.as_json(scope, folder, repo))
        return
    _say_changes(outcome, arguments)
    is_all_said = not (arguments.quiet or arguments.dry_run)
    if is_all_said:
        _say(showing.installed(outcome, scope))
    _say([*showing.notes(outcome), *showing.twice(others)])
    if is_all_said:
        coming.say_reach(scope, folder)
        coming.say_preview(folder, repo.resolve())


def _uninstall(arguments: argparse.Namespace, repo: Path) -> None:
    scope = Scope(arguments.scope)
    outcome = installing.uninstall(scope, repo, os.environ, dry_run=arguments.dry_run)
    if arguments.json:
        _print_json(outcome, {})
        return
    _say_changes(outcome, arguments)
    if not (arguments.quiet or arguments.dry_run):
        _say(showing.uninstalled(outcome))
    _say([*showing.notes(outcome), *showing.left(outcome)])
    if not (arguments.quiet or arguments.dry_run or arguments.purge):
        purging.say_kept(repo)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _say_changes(outcome: Outcome, arguments: argparse.Namespace) -> None:
    """Show what changed, in a terminal in any case; elsewhere what would, where that is asked."""
    if arguments.dry_run and not outcome.changes:
        print(f"{outcome.settings.path}: nothing to change")
    if not (arguments.dry_run or (sys.stdout.isatty() and not arguments.quiet)):
        return
    for change in outcome.changes:
        patch = showing.diff(change)
        print(showing.coloured(patch) if _has_colours() else "".join(patch), end="")
    if outcome.changes and not arguments.dry_run:
        print()


def _print_json(outcome: Outcome, more: Mapping[str, object]) -> None:
    print(json.dumps({**showing.as_json(outcome), **more}, ensure_ascii=False, indent=2))


def _has_colours() -> bool:
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _is_asking(arguments: argparse.Namespace) -> bool:
    is_said = arguments.dry_run or arguments.quiet or arguments.json
    return sys.stdin.isatty() and sys.stdout.isatty() and not is_said


def _is_wanted_too(others: Mapping[Scope, Path]) -> bool:
    """Ask whether the hooks are wanted in one more scope."""
    _say(showing.twice(others))
    try:
        answer = input("Install them here, too? [y/N] ")
    except EOFError:
        print()
        return False
    return answer.strip().lower() in ("y", "yes")


if __name__ == "__main__":
    raise SystemExit(main())
