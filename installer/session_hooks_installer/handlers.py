"""The table of handlers: which event runs which program for how long, and which ones are ours."""

import enum
import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, NamedTuple

Handler = dict[str, Any]


class Hook(NamedTuple):
    """One event and the program that serves it."""

    event: str
    program: str
    timeout: int
    """Seconds. SessionEnd's also lifts the second and a half that such hooks share otherwise."""
    former_timeouts: tuple[int, ...] = ()
    """What earlier releases wrote there; any other number is a person's own."""


HOOKS = (
    Hook("SessionStart", "session-start-hook", 10),
    Hook("PreCompact", "pre-compact-hook", 10),
    Hook("SessionEnd", "session-end-hook", 5),
)


class Scope(enum.Enum):
    """Which settings file; the values are the words on the command line."""

    PROJECT = "project"
    LOCAL = "local"
    USER = "user"


def shared_handler(hook: Hook) -> Handler:
    """Return the handler for a file that a team shares: quiet where nothing is installed."""
    command = f"command -v {hook.program} >/dev/null || exit 0; {hook.program}"
    return {"type": "command", "command": command, "timeout": hook.timeout}


def own_handler(hook: Hook, programs: str) -> Handler:
    """Return the handler for one person: the program in the folder ``programs``, no shell."""
    command = f"{programs}/{hook.program}"
    return {"type": "command", "command": command, "args": [], "timeout": hook.timeout}


def handlers_for(scope: Scope, programs: Path) -> dict[str, Handler]:
    """Return the handler of each event for a scope; ``programs`` holds the installed programs."""
    if scope is Scope.PROJECT:
        return {hook.event: shared_handler(hook) for hook in HOOKS}
    return {hook.event: own_handler(hook, programs.as_posix()) for hook in HOOKS}


class Ownership(enum.Enum):
    """Whose a handler is."""

    OURS = enum.auto()
    """It runs our program and does nothing else."""
    WRAPPED = enum.auto()
    """It runs our program among other things: somebody's own, so it is never changed."""
    FOREIGN = enum.auto()


_SEPARATORS = {";", "&&", "||", "|", "&", "(", ")", "\n"}
_GUARDS = (("exit", "0"), ("true",), (":",))


def ownership(handler: Mapping[str, Any], program: str) -> Ownership:
    """Tell whether a handler runs ``program``, by the program's name as a command's own word.

    ``echo session-start-hook`` runs ``echo``; ``/old/bin/session-start-hook`` runs ours.
    """
    command = handler.get("command")
    if handler.get("type") != "command" or not isinstance(command, str):
        return Ownership.FOREIGN
    if isinstance(args := handler.get("args"), list):  # exec form: the command is one path
        if not _is_program(command, program):
            return Ownership.FOREIGN
        return Ownership.WRAPPED if args else Ownership.OURS
    commands = _simple_commands(command)
    runs = [words for words in commands if _runs(words, program)]
    if not runs:
        return Ownership.FOREIGN
    rest = [words for words in commands if words not in runs and not _is_guard(words, program)]
    is_alone = len(runs) == 1 and len(runs[0]) == 1 and not rest
    return Ownership.OURS if is_alone else Ownership.WRAPPED


def up_to_date(handler: Handler, wanted: Handler, hook: Hook) -> Handler:
    """Return a handler of ours as it is written today, with what a person set in it.

    ``wanted`` is the handler of its scope. Another timeout than those that a release of ours wrote
    is a person's own, and so is every key that we don't write. One that is no positive number is
    nobody's: Claude Code leaves out such a handler.
    """
    better = {key: value for key, value in handler.items() if key != "args" or "args" in wanted}
    timeout = handler.get("timeout")
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout > 0
    is_theirs = is_number and timeout not in hook.former_timeouts
    ours = {key: value for key, value in wanted.items() if key != "timeout" or not is_theirs}
    return {**better, **ours}


def is_edited(handler: Handler, hook: Hook) -> bool:
    """Tell whether a person set anything in a handler of ours."""
    known = (hook.timeout, *hook.former_timeouts)
    if "timeout" in handler and handler["timeout"] not in known:
        return True
    return bool(handler.keys() - {"type", "command", "args", "timeout"})


def _runs(words: tuple[str, ...], program: str) -> bool:
    """Tell whether a simple command runs the program, directly or through another command."""
    if _is_test(words, program):
        return False
    rest = list(words)
    while rest and (rest[0] in _BEFORE_A_COMMAND or _ASSIGNMENT.match(rest[0])):
        if rest.pop(0) in _WITH_OPTIONS:
            while rest and (rest[0].startswith("-") or _ASSIGNMENT.match(rest[0])):
                rest.pop(0)
            rest = rest[1:] if rest and re.fullmatch(r"[\d.]+[smhd]?", rest[0]) else rest
    if len(rest) > 2 and PurePath(rest[0]).name in _SHELLS and rest[1] == "-c":
        return any(_runs(inner, program) for inner in _simple_commands(rest[2]))
    return bool(rest) and _is_program(rest[0], program)


_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_WITH_OPTIONS = ("env", "timeout", "nice", "nohup", "time", "command", "exec")
_BEFORE_A_COMMAND = ("if", "then", "else", "elif", "while", "do", "!", "{", *_WITH_OPTIONS)
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh")


def _simple_commands(command: str) -> list[tuple[str, ...]]:
    """Split a shell command into its simple commands' words, redirections left out."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|()\n<>")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:  # a quote that is never closed
        return [(command,)]
    commands: list[tuple[str, ...]] = []
    words: list[str] = []
    skip = False
    for token in [*tokens, ";"]:
        if token in _SEPARATORS or set(token) <= set(";&|()\n"):
            if words:
                commands.append(tuple(words))
            words = []
        elif set(token) <= set("<>&"):
            skip = True  # the next word is a file, and a number before it a descriptor
            words = words[:-1] if words and words[-1].isdigit() else words
        elif skip:
            skip = False
        else:
            words.append(token)
    return commands


def _is_program(word: str, program: str) -> bool:
    name = PurePath(re.sub(r"\\", "/", word)).name
    return name.removesuffix(".exe") == program


def _is_guard(words: tuple[str, ...], program: str) -> bool:
    return _is_test(words, program) or words in _GUARDS


def _is_test(words: tuple[str, ...], program: str) -> bool:
    return words[:2] == ("command", "-v") and len(words) == 3 and _is_program(words[2], program)
