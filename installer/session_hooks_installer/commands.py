"""What a handler of ours runs, and whether it may be run here for a trial.

Only what an installer of this package writes is run, and of that only a program in a folder that
the repository could not choose (``guarding``).
"""

import os
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from session_hooks_installer.guarding import Guard
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


def objection(form: Form, program: str, guard: Guard) -> str | None:
    """Return why a program is not to be run for a trial; None where it may be.

    ``program`` is what the form leads to: a path as the shell or the handler names it.
    """
    if not os.path.isabs(program):
        return f"{program} comes from an entry of the PATH that is no whole path"
    is_chosen = os.path.dirname(program) in (guard.on_path if form.is_looked_for else guard.folders)
    try:
        real = os.path.realpath(program)
        if is_chosen and os.path.dirname(real) in guard.own:
            return None
        if guard.holds(real):
            return f"{program} lies inside the repository"
        is_theirs = os.name != "posix" or os.stat(real).st_uid in (0, os.geteuid())
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return f"{program} can't be looked at ({error})"
    if not is_chosen:
        return f"{program} is in no folder of your PATH, nor in that of this installation"
    return None if is_theirs else f"{program} belongs to somebody else"
