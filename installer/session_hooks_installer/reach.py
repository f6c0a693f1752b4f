"""Where the programs of our handlers are: as a new shell finds them, and as an IDE does."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks_installer import programs
from session_hooks_installer.commands import Form, form_of
from session_hooks_installer.findings import Code, Command, Finding, Words
from session_hooks_installer.handlers import Ownership
from session_hooks_installer.installed import Installed, files_of


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
    installed: Sequence[Installed],
    repo: Path,
    environ: Mapping[str, str],
    command: Command,
    path_set_in: Path | None = None,
) -> Reach:
    """Look for the programs, as from ``repo``; nothing of them is run.

    ``path_set_in`` is the settings file that sets the PATH, if one does: then it is the same in
    each shell and each IDE.
    """
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
        *_not_found([name for name in names if name not in found], environ, path_set_in),
        *(() if path_set_in else _minimal([name for name in names if name in found], environ)),
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
    for place in files_of(item for item, _ in gone):
        paths = dict.fromkeys(path for item, path in gone if item.place == place)
        is_file = any(os.path.exists(path) for path in paths)
        reason = "not a program that can be run" if is_file else "no such file"
        yield Finding(
            Code.PROGRAM_MISSING,
            f"{', '.join(paths)}: {reason}",
            "So these hooks don't run, and Claude Code complains each time.",
            place.mended(command),
            scope=place.scope,
            path=str(place.path),
        )


def _not_found(
    names: Sequence[str], environ: Mapping[str, str], path_set_in: Path | None
) -> Iterator[Finding]:
    if not names:
        return
    folder = programs.installed_in()
    if path_set_in:
        what = f'the PATH that "env" sets in {path_set_in} does not lead to'
        remedy: str = Words(f"put {folder} into that PATH")
    else:
        what = "a new shell does not find"
        commands = programs.how_to_be_found(folder, environ)
        remedy = " && ".join(commands) or Words("put their folder on the PATH of new shells")
    yield Finding(
        Code.PROGRAM_NOT_FOUND,
        f"{what} the programs: {', '.join(names)}",
        "So nothing happens in conversations, and nobody is told.",
        remedy,
    )


def _minimal(names: Sequence[str], environ: Mapping[str, str]) -> Iterator[Finding]:
    found = programs.look_up(names, programs.MINIMAL_PATH, environ)
    missing = [name for name in names if name not in found]
    if missing:
        yield Finding(
            Code.MINIMAL_PATH,
            f"an IDE that was started from a desktop may not find {', '.join(missing)}",
            remedy=Words("start such an IDE from a terminal"),
        )


def _no_git() -> Finding:
    return Finding(
        Code.GIT_NOT_FOUND,
        "git is not on the PATH of a new shell",
        "So nothing that a document claims is checked.",
        Words("install git, or put its folder on the PATH"),
    )
