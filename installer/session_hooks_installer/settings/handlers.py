"""The table of hooks, their handlers, and which handlers are ours."""

import collections
import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.project.hooks import HOOKS, Hook

Handler = dict[str, Any]


class Scope(enum.Enum):
    """Which settings file; the values are the command line's."""

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


def ownership(handler: Mapping[str, Any], program: str) -> Ownership:
    """Return whose a handler is, by what its command runs.

    ``echo session-start-hook`` runs ``echo``; ``/old/bin/session-start-hook`` runs ours.
    """
    command = handler.get("command")
    if handler.get("type") != "command" or not isinstance(command, str):
        return Ownership.FOREIGN
    if isinstance(args := handler.get("args"), list):  # exec form: the command is one path
        commands = [Simple((command, *map(str, args)))]
    elif program not in command:
        return Ownership.FOREIGN
    elif _ONE_PATH.fullmatch(command):
        commands = [Simple((command,))]
    else:
        commands = simple_commands(command)
    ours = [one for one in commands if _runs(one, program)]
    if not ours:
        return Ownership.FOREIGN
    is_plain = all(len(one.words) == 1 and not one.is_redirected for one in ours)
    guards = [one for one in commands if _is_guard(one, program)]
    is_off = commands[0].words[:1] == ("exit",)  # somebody's switch, in front of all
    is_alone = len(ours) == 1 and is_plain and 1 + len(guards) == len(commands) and not is_off
    return Ownership.OURS if is_alone else Ownership.WRAPPED


def up_to_date(handler: Handler, wanted: Handler, hook: Hook) -> Handler:
    """Return a handler of ours as it is written today, with what a person set in it.

    ``wanted`` is the handler of its scope. A timeout that no release of ours wrote is a person's
    own, and so is every key that we don't write. One that is no positive number is nobody's: Claude
    Code leaves out such a handler.
    """
    better = {**handler, **wanted}
    if "args" not in wanted:
        better.pop("args", None)
    timeout = handler.get("timeout")
    if _is_timeout(timeout) and timeout not in hook.former_timeouts:
        better["timeout"] = timeout
    return better


def _is_timeout(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def is_edited(handler: Handler, hook: Hook) -> bool:
    """Return True if a person set anything in a handler of ours."""
    timeout = handler.get("timeout")
    if _is_timeout(timeout) and timeout not in (hook.timeout, *hook.former_timeouts):
        return True
    return bool(handler.keys() - {"type", "command", "args", "timeout"})


class Simple(NamedTuple):
    """One simple command of a shell."""

    words: tuple[str, ...]
    """Its words without their quotes."""
    is_redirected: bool = False


_TOKEN = re.compile(
    r"""
      (?P<blank> (?: [ \t\r] | \\\r?\n )+ | \# [^\n]* )
    | (?P<redirection> [0-9]* (?: <<< | <<-? | &>>? | [<>]& | >[>|] | <> | [<>] (?!\() ) )
    | (?P<end> \n | [;&|()]+ | [<>]\( | \Z )
    | (?P<word> (?: [^ \t\r\n;&|()<>'"\\`] | \\. | '[^']*' | "(?:[^"\\]|\\.)*" | `[^`]*` )+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def simple_commands(command: str) -> list[Simple]:
    """Split a command into its simple commands, then those substituted in it.

    One with a quote that is never closed is a single word. What a here-document gives to a command
    counts as commands, too: whoever writes one keeps it.
    """
    commands: list[Simple] = []
    substituted: list[Simple] = []
    words: list[str] = []
    is_redirected = is_file = False
    position = 0
    while token := _TOKEN.match(command, position):
        kind, text = token.lastgroup, token[0]
        position = token.end()
        if kind == "redirection":
            is_redirected = is_file = True
        elif kind == "word" and is_file:
            is_file = False
        elif kind == "word":
            words.append(_unquoted(text))
            substituted += _substituted(text)
        elif kind == "end":
            if words:
                commands.append(Simple(tuple(words), is_redirected))
            words, is_redirected, is_file = [], False, False
            if not text:
                return commands + substituted
    return [Simple((command,))]


_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|(`[^`]*`|[^'"`\\]+)""", re.DOTALL)
_SUBSTITUTION = re.compile(r"\$\(([^)]*)|`([^`]*)`")


def _unquoted(word: str) -> str:
    return "".join(
        single + re.sub(r"""\\(["\\$`])""", r"\1", double) + escaped + rest
        for single, double, escaped, rest in _PART.findall(word)
    )


def _substituted(word: str) -> Iterator[Simple]:
    for _, double, _, rest in _PART.findall(word):
        for in_brackets, in_backquotes in _SUBSTITUTION.findall(double + rest):
            yield from simple_commands(in_brackets or in_backquotes)


_ONE_PATH = re.compile(r"""[^\s"'`;&|<>()]+""")
"""With backslashes too, which in a shell of Windows are no escapes."""
_GUARDS = (("exit", "0"), ("true",), (":",))
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_KEYWORDS = ("if", "then", "else", "elif", "while", "until", "do", "!", "{")
_PREFIXES = (
    *("env", "timeout", "nice", "nohup", "time", "command", "builtin", "exec", "sudo", "doas"),
    *("setsid", "stdbuf", "ionice", "chronic", "caffeinate"),
)
"""Programs that run the command that follows, after options, assignments and numbers."""
_WITH_A_VALUE = ("-C", "-a", "-c", "-g", "-k", "-n", "-o", "-p", "-s", "-u")
"""Options of theirs that the next word belongs to; where it is our program, it doesn't."""
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish")
_LAUNCHERS = (
    *("uv", "uvx", "pipx", "poetry", "pipenv", "pdm", "hatch", "rye", "tox", "nox", "pixi"),
    *("conda", "mamba", "micromamba", "mise", "asdf", "direnv", "devbox", "nix", "nix-shell"),
    *("docker", "podman", "wsl", "cmd", "powershell", "pwsh", "xargs", "python", "python3", "py"),
)
"""Programs that run one of their arguments, after what only they understand."""


def _runs(simple: Simple, program: str, depth: int = 5) -> bool:
    words = _command(simple.words, program)
    if not words or not depth:
        return False
    name = _name(words[0])
    script = None
    if name in _SHELLS:
        option = next((n for n, word in enumerate(words) if re.fullmatch(r"-\w*c", word)), None)
        script = "" if option is None else " ".join(words[option + 1 : option + 2])
    elif name == "eval":
        script = " ".join(words[1:])
    if script is not None:
        return any(_runs(one, program, depth - 1) for one in simple_commands(script))
    if name in _LAUNCHERS or re.fullmatch(r"python3\.\d+", name):
        return any(_name(word) == program for word in words[1:])
    return name == program


def _command(words: tuple[str, ...], program: str) -> Sequence[str]:
    """Return the words from the one that names what is run; none if it is only looked up."""
    rest = collections.deque(words)
    while rest and (
        rest[0] in _KEYWORDS or _name(rest[0]) in _PREFIXES or _ASSIGNMENT.match(rest[0])
    ):
        first = _name(rest.popleft())
        while first in _PREFIXES and rest and re.match(r"-|\w+=|[\d.]+[smhd]?$", rest[0]):
            option = rest.popleft()
            if first == "command" and option.lower() == "-v":
                return ()
            if option in _WITH_A_VALUE and rest and _name(rest[0]) != program:
                rest.popleft()
    return list(rest)


def _name(word: str) -> str:
    return word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


def _is_guard(simple: Simple, program: str) -> bool:
    words = simple.words
    is_test = words[:2] == ("command", "-v") and len(words) == 3 and _name(words[2]) == program
    return is_test or words in _GUARDS
