"""Where the programs of our handlers are: as a new shell finds them, and as an IDE does."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks_installer import programs
from session_hooks_installer.commands import Form, form_of
from session_hooks_installer.findings import Code, Command, Finding
from session_hooks_installer.handlers import Ownership, Scope
from session_hooks_installer.installed import Installed


class Target(NamedTuple):
    """A handler, what it runs, and the program that this turns out to be."""

    item: Installed
    form: Form
    program: str
    """A path; relative only where the PATH is."""


class Reach(NamedTuple):
    """Which handlers' programs are there, and what is to be said of the others."""

    targets: tuple[Target, ...]
    gone: tuple[Installed, ...]
    """Handlers that name a path at which there is no program."""
    findings: tuple[Finding, ...]


def check(
    installed: Sequence[Installed], repo: Path, environ: Mapping[str, str], command: Command
) -> Reach:
    """Look for the programs, as from ``repo``; nothing of them is run."""
    forms = [
        (item, form)
        for item in installed
        if item.ownership is Ownership.OURS
        and (form := form_of(item.handler, item.hook)) is not None
    ]
    names = tuple(dict.fromkeys(form.program for _, form in forms if form.is_looked_for))
    # "command -v" is asked for git in the same go: the hooks start it by its name.
    found = programs.look_up([*names, "git"], programs.new_shells_path(environ), environ, repo)
    targets = [
        Target(item, form, place)
        for item, form in forms
        if (place := found.get(form.program) if form.is_looked_for else _there(form.program))
    ]
    gone = [
        (item, form.program)
        for item, form in forms
        if not form.is_looked_for and not _there(form.program)
    ]
    findings = (
        *(_found(targets) if len(targets) == len(forms) else ()),
        *_missing(gone, command),
        *_not_found([name for name in names if name not in found], environ),
        *_minimal([name for name in names if name in found], environ),
        *(() if "git" in found else (_no_git(),)),
    )
    return Reach(tuple(targets), tuple(item for item, _ in gone), findings)


def _found(targets: Sequence[Target]) -> Iterator[Finding]:
    if targets:
        folders = dict.fromkeys(os.path.dirname(target.program) for target in targets)
        is_looked_for = any(target.form.is_looked_for for target in targets)
        said = "a new shell finds the programs" if is_looked_for else "the programs are there"
        yield Finding(Code.PROGRAMS_FOUND, f"{said}: {' and '.join(folders)}")


def _there(path: str) -> str | None:
    return path if os.path.isfile(path) and os.access(path, os.X_OK) else None


def _missing(gone: Sequence[tuple[Installed, str]], command: Command) -> Iterator[Finding]:
    for scope in Scope:
        mine = [(item, path) for item, path in gone if item.scope is scope]
        if mine:
            paths = dict.fromkeys(path for _, path in mine)
            is_file = any(os.path.exists(path) for path in paths)
            reason = "not a program that can be run" if is_file else "no such file"
            yield Finding(
                Code.PROGRAM_MISSING,
                f"{', '.join(paths)}: {reason}",
                "So these hooks don't run, and Claude Code complains each time.",
                command(f"--scope {scope.value}"),
                scope=scope,
                path=str(mine[0][0].path),
            )


def _not_found(names: Sequence[str], environ: Mapping[str, str]) -> Iterator[Finding]:
    if names:
        commands = programs.how_to_be_found(programs.installed_in(), environ)
        yield Finding(
            Code.PROGRAM_NOT_FOUND,
            f"a new shell does not find the programs: {', '.join(names)}",
            "So nothing happens in conversations, and nobody is told.",
            " && ".join(commands) or "put their folder on the PATH of new shells",
        )


def _minimal(names: Sequence[str], environ: Mapping[str, str]) -> Iterator[Finding]:
    found = programs.look_up(names, programs.MINIMAL_PATH, environ)
    missing = [name for name in names if name not in found]
    if missing:
        yield Finding(
            Code.MINIMAL_PATH,
            f"on {programs.MINIMAL_PATH} alone are not found: {', '.join(missing)}",
            "An IDE that was started from a desktop may have no more, and then nothing happens.",
            "start such an IDE from a terminal",
        )


def _no_git() -> Finding:
    return Finding(
        Code.GIT_NOT_FOUND,
        "git is not on the PATH of a new shell",
        "So nothing that a document claims is checked.",
        "install git, or put its folder on the PATH",
    )
