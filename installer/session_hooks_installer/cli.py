"""``install-hooks``: the command line. Exit code 0 done, 1 --check found errors, 2 refused."""

import argparse
import contextlib
import difflib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from session_hooks import plain
from session_hooks.project import SESSIONS, project_at
from session_hooks.state import state_folders
from session_hooks_installer import (
    check_command,
    programs,
    settings_edit,
    settings_file,
    state_removal,
)
from session_hooks_installer.handlers import HOOKS, Scope, handlers_for

DONE, REFUSED = 0, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; argparse exits with 2 on bad ones."""
    _speak_utf_8()
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.check and arguments.purge:
        parser.error("argument --purge: not allowed with argument --check")
    repo: Path = arguments.repo
    try:
        if not repo.is_dir() or not repo.absolute().is_dir():
            return _refuse(f"{repo} is not a folder: name one with --repo DIR")
        code = _do(arguments, repo)
        sys.stdout.flush()
    except settings_file.RefusedError as error:
        return _refuse(str(error))
    except FileNotFoundError:
        return _refuse("this folder is gone: go into one, or name one with --repo DIR")
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
        "--fix", action="store_true", help="with --check: mend what is safe to mend"
    )
    parser.add_argument("--json", action="store_true", help="with --check: machine-readable")
    parser.add_argument(
        "--purge",
        action="store_true",
        help="delete what the hooks remember of this repository; with --uninstall, do both",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change, and write nothing"
    )
    parser.add_argument("--version", action="version", version=version("agent-session-hooks"))
    return parser


def _do(arguments: argparse.Namespace, repo: Path) -> int:
    if arguments.check:
        return _check(arguments, repo)
    if not arguments.purge:
        return _edit(arguments, repo)
    if arguments.uninstall:
        _purge(repo, dry_run=True)  # what refuses the one refuses both
        _edit(arguments, repo)
    _say_purged(_purge(repo, dry_run=arguments.dry_run), dry_run=arguments.dry_run)
    return DONE


def _edit(arguments: argparse.Namespace, repo: Path) -> int:
    scope = Scope(arguments.scope)
    path = settings_file.locate(scope, repo, os.environ)
    folder = programs.installed_in()
    wanted = handlers_for(scope, folder)

    def edit(text: str) -> str:
        try:
            done = (
                settings_edit.uninstall(text)
                if arguments.uninstall
                else settings_edit.install(text, wanted)
            )
        except settings_edit.SettingsError as error:
            raise settings_file.RefusedError(_pointed(path, error)) from error
        return done

    if arguments.dry_run:
        return _show_diff(path, edit)
    change = settings_file.update(path, edit)
    if arguments.uninstall:
        _say_uninstalled(change)
        if not arguments.purge:
            _say_kept(repo)
        return DONE
    _say_installed(change, scope)
    if settings_edit.load(change.after).get("disableAllHooks") is True:
        print('But "disableAllHooks" in that file turns every hook off.')
    _say_reach(scope, folder)
    _say_preview(folder, repo.resolve())
    return DONE


def _pointed(path: Path, error: settings_edit.SettingsError) -> str:
    """Say where in the file the error is, and show the place."""
    lines = [f"{path}, {error}"]
    if error.source.strip() and len(error.source) < 200:
        marks = "".join(c if c == "\t" else " " for c in error.source[: error.column - 1])
        lines += ["", f"  {error.source}", f"  {marks}^", ""]
    lines.append("Nothing was written. Mend the file, then run install-hooks again.")
    return "\n".join(lines)


def _show_diff(path: Path, edit: Callable[[str], str]) -> int:
    before = settings_file.read(path)
    after = edit(before)
    if before == after:
        print(f"{path}: nothing to change")
        return DONE
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    for line in difflib.unified_diff(old, new, str(path) if old else os.devnull, str(path)):
        print(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", end="")
    return DONE


def _say_installed(change: settings_file.Change, scope: Scope) -> None:
    if change.after == change.before:
        print(f"Already installed in {change.path}; nothing changed.")
        return
    print(f"Installed in {change.path}:")
    for hook in HOOKS:
        print(f"  {hook.event:<13} {hook.program}")
    if scope is Scope.PROJECT:
        print("Commit that file, and everybody who installs the package has the hooks here too.")


def _say_uninstalled(change: settings_file.Change) -> None:
    if change.after == change.before:
        print(f"Not installed in {change.path}; nothing changed.")
    else:
        print(f"Taken out of {change.path}. Session files were not touched.")
    left = settings_edit.find(change.after)
    for found in left:
        print(
            f"Left in place, because it runs more than our program: {found.event}, "
            f"{found.handler.get('command')!r}"
        )


def _say_kept(repo: Path) -> None:
    with contextlib.suppress(settings_file.RefusedError):  # then there is nothing to be purged
        kept = [plain.path(state.folder) for state in state_removal.find(_state_folders(repo))]
        if kept:
            places = " and ".join(kept)
            print(f"What is remembered stays in {places}; to delete it: install-hooks --purge")


def _state_folders(repo: Path) -> list[str]:
    return state_folders(project_at(str(repo.resolve())), os.environ)


def _purge(repo: Path, *, dry_run: bool) -> tuple[state_removal.State, ...]:
    return state_removal.purge(_state_folders(repo), datetime.now(UTC), dry_run=dry_run)


def _say_purged(found: Sequence[state_removal.State], *, dry_run: bool) -> None:
    if not found:
        print("Nothing is remembered of this repository; nothing to delete.")
    for state in found:
        documents = len(state.documents)
        which = f", {_count(documents, 'archived document')} among them" if documents else ""
        lead = "Would delete" if dry_run else "Deleted"
        what = _count(len(state.files), "file")
        print(f"{lead} what was remembered in {plain.path(state.folder)}: {what}{which}.")
        if dry_run:
            for path in state.files:
                print(f"  {plain.path(path)}")
            continue
        for path in state_removal.left_in(state.folder):
            print(f"Left in place, because it isn't ours: {plain.path(path)}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _say_reach(scope: Scope, folder: Path) -> None:
    if scope is not Scope.PROJECT or programs.shell_finds(os.environ):
        return
    print("\nA new shell does not find the programs yet, so nothing would happen. To mend it:")
    for command in programs.how_to_be_found(folder, os.environ):
        print(f"  {command}")
    print("Then log in again, or start Claude Code from that shell.")


def _say_preview(folder: Path, repo: Path) -> None:
    """End with what the next conversation is told, from really running the hook."""
    try:
        told = programs.preview(folder, repo, os.environ)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        print(f"\nThe hook could not be tried: {error}", file=sys.stderr)
        return
    if not told.model and project_at(str(repo)).has_session_files:
        print("\nThe hook said nothing, though there are session files: run install-hooks --check")
    elif not told.model:
        print(f"\nThe next conversation here will be told nothing: there is no {SESSIONS}/ yet.")
        print(f"To begin: mkdir -p {SESSIONS}")
    else:
        print("\nThe next conversation here will be told:")
        _print_indented(told.model)
    if told.person:
        print("and you will see:")
        _print_indented(told.person)


def _print_indented(text: str) -> None:
    for line in text.splitlines():
        print(f"  | {line}".rstrip())


def _check(arguments: argparse.Namespace, repo: Path) -> int:
    return check_command.run(
        repo,
        os.environ,
        lambda scope: _install(scope, repo),
        fix=arguments.fix,
        as_json=arguments.json,
        quiet=False,
        colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
    )


def _install(scope: Scope, repo: Path) -> None:
    path = settings_file.locate(scope, repo, os.environ)
    wanted = handlers_for(scope, programs.installed_in())

    def edit(text: str) -> str:
        done = settings_edit.install(text, wanted)
        events = [found.event for found in settings_edit.find(done)]
        if len(set(events)) == len(events):
            return done
        return settings_edit.install(settings_edit.uninstall(text), wanted)

    try:
        settings_file.update(path, edit)
    except settings_edit.SettingsError as error:
        raise settings_file.RefusedError(f"{path}, {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
