"""Which settings files Claude Code reads where it is started, and which of them are edited how.

Seen with 2.1.329: project settings come from the very folder that it is started in, and from none
above. Local settings come from there and from the git top level, of a linked worktree from that of
the main checkout; where two say something else, the latter counts. A link is followed wherever it
leads.
"""

import enum
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from session_hooks.state import main_checkout
from session_hooks_installer import settings_file
from session_hooks_installer.findings import Code, Command, Finding, Words
from session_hooks_installer.handlers import Scope
from session_hooks_installer.naming import RefusedError, project_root, quoted

_NAMES = {Scope.PROJECT: "settings.json", Scope.LOCAL: "settings.local.json"}


class Edited(enum.Enum):
    """How a settings file is edited."""

    HERE = enum.auto()
    """By install-hooks, as it is started for the checked folder."""
    THERE = enum.auto()
    """By install-hooks in another checkout."""
    BY_HAND = enum.auto()
    """By a person alone: install-hooks writes somewhere else, or refuses to."""


class Place(NamedTuple):
    """One settings file; it need not exist."""

    scope: Scope
    path: Path
    is_read: bool = True
    """Whether Claude Code reads it when it is started in the folder that is checked."""
    edited: Edited = Edited.HERE

    @property
    def named(self) -> str:
        """Where it is, for a person."""
        return f"{self.scope.value} scope ({self.path})"

    def mended(self, command: Command, option: str = "") -> str:
        """Return the command that edits it, with an option; where none does, ``Words``."""
        arguments = " ".join(filter(None, (option, "--scope", self.scope.value)))
        if self.edited is Edited.HERE:
            return command(arguments)
        if self.edited is Edited.THERE:
            return f"install-hooks {arguments} --repo {quoted(self.path.parent.parent)}"
        return Words(f"change it by hand, in {self.path}")


def find(repo: Path, environ: Mapping[str, str]) -> list[Place]:
    """Return the settings files of a folder, the weakest first; each file once.

    Those that stand at the git top level are among them even where Claude Code, started in a
    folder below, doesn't read them: install-hooks writes there.
    """
    unique: dict[str, Place] = {}
    for place in _every(repo, environ):
        unique.setdefault(os.path.realpath(place.path), place)
    return list(unique.values())


def _every(repo: Path, environ: Mapping[str, str]) -> Iterator[Place]:
    here, top = Path(os.path.realpath(repo)), project_root(repo)
    is_moved = environ.get("CLAUDE_CONFIG_DIR") == ""
    if user := settings_file.user_settings(environ):
        yield Place(Scope.USER, user, is_read=not is_moved)
    if is_moved:
        yield Place(Scope.USER, here / "settings.json", edited=Edited.BY_HAND)
    main = Path(main_checkout(str(top)))
    home = settings_file.home(environ)  # no project for the folders in it, even as a repository
    folders = dict.fromkeys(one for one in (here, top, main) if one == here or one != home)
    for folder in folders:
        if folder in (here, top):
            place = _place(Scope.PROJECT, folder, top, environ)
            yield place._replace(is_read=folder == here)
    for folder in folders:
        place = _place(Scope.LOCAL, folder, top, environ)
        yield place._replace(is_read=folder in (here, main))


def _place(scope: Scope, folder: Path, top: Path, environ: Mapping[str, str]) -> Place:
    path = folder / ".claude" / _NAMES[scope]
    try:
        is_edited = settings_file.locate(scope, folder, environ) == path
    except RefusedError:
        is_edited = False
    how = Edited.HERE if folder == top else Edited.THERE
    return Place(scope, path, edited=how if is_edited else Edited.BY_HAND)


def check_links(repo: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Say that ``.claude`` leads out of the project, where it does."""
    top = project_root(repo)
    if top == settings_file.home(environ):
        return  # no project: what is there is the user's
    try:
        settings_file.locate(Scope.PROJECT, repo, environ)
    except RefusedError as error:
        yield Finding(
            Code.LINKED_SETTINGS,
            str(error).partition("\n")[0],
            "Claude Code reads what is there, and install-hooks doesn't edit it.",
            Words("put a folder in its place, if it is meant for this project alone"),
            path=str(top / ".claude"),
        )


def check_config_dir(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Say what a CLAUDE_CONFIG_DIR does that is empty, or no whole path."""
    if settings_file.is_relative("CLAUDE_CONFIG_DIR", environ):
        yield Finding(
            Code.RELATIVE_CONFIG_DIR,
            f"CLAUDE_CONFIG_DIR is {environ['CLAUDE_CONFIG_DIR']}, which is no whole path",
            "Claude Code then has other settings of your own in each folder it is started in.",
            Words("set it to a whole path, without a ~"),
        )
    if environ.get("CLAUDE_CONFIG_DIR") == "":
        yield Finding(
            Code.EMPTY_CONFIG_DIR,
            "CLAUDE_CONFIG_DIR is set, and empty",
            "Claude Code then takes settings.json of the folder it is started in for your own.",
            "unset CLAUDE_CONFIG_DIR",
        )
