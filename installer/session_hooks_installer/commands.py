"""What a handler of ours runs, and whether it may be run here for a trial.

A repository's settings may name any program, and a repository may bring any program along; nobody
has trusted it yet. So only what some installation of this package wrote is run, and never a file
from inside the repository, unless this very installation lies there.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer.handlers import Hook, shared_handler


class Form(NamedTuple):
    """A handler's command as one of the installers wrote it."""

    argv: tuple[str, ...]
    """How Claude Code starts it: through the shell as it is written, or directly."""
    program: str
    """The name that the shell looks for, or an absolute path."""

    @property
    def is_looked_for(self) -> bool:
        """Whether the PATH decides which program it is."""
        return not os.path.isabs(self.program)


def form_of(handler: Mapping[str, Any], hook: Hook) -> Form | None:
    """Return what a handler runs; None where no installer of ours writes such a command.

    That is the line for a shared file, the program's name alone, or one absolute path, as it is or
    quoted for the shell, in which nothing is for the shell to expand.
    """
    command, args = handler.get("command"), handler.get("args")
    if not isinstance(command, str):
        return None
    if isinstance(args, list):  # exec form: no shell
        return Form((command,), command) if os.path.isabs(command) and not args else None
    shell = ("/bin/sh", "-c", command)
    if command in (shared_handler(hook)["command"], hook.program):
        return Form(shell, hook.program)
    try:
        words = shlex.split(command)
    except ValueError:  # a quote that is never closed
        return None
    is_one_path = len(words) == 1 and os.path.isabs(words[0]) and shlex.quote(words[0]) == command
    return Form(shell, words[0]) if is_one_path else None


def objection(program: str, project: Path, ours: Path) -> str | None:
    """Return why a program that is there is not to be run for a trial; None where it may be.

    ``project`` is the repository's top, ``ours`` the folder of this installation's own programs.
    """
    path = os.path.abspath(os.path.join(project, program))  # a relative entry of the PATH
    real = os.path.realpath(path)
    if Path(real).parent == ours:
        return None
    top = project.resolve()
    if any(Path(place).is_relative_to(top) for place in (path, real)):
        return f"{path} lies inside the repository"
    if os.name == "posix" and os.stat(real).st_uid not in (0, os.geteuid()):
        return f"{path} belongs to somebody else"
    return None
