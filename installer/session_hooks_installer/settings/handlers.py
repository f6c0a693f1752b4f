"""The table of hooks, their handlers, and which handlers are ours."""

import enum
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from session_hooks.agents.agent import COMMAND_NAMES_IT, NAMES, Agent, load
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks_installer import common

Handler = dict[str, Any]
CLAUDE = load("claude")
OUR_KEYS = ("type", "name", "command", "args", "timeout")
_MAX_COMMAND = 2_000  # nobody writes one that long


class Scope(enum.Enum):
    PROJECT = "project"
    LOCAL = "local"
    USER = "user"

    @property
    def whom(self) -> str:
        for_all = {Scope.PROJECT: "everybody in this project", Scope.LOCAL: "you in this project"}
        return f"for {for_all.get(self, 'you in all projects')}"


def handler(hook: Hook, programs: str = "", agent: Agent = CLAUDE) -> Handler:
    """Return a team's, which looks for its program, or one person's, which names the folder."""
    seconds = min(hook.timeout, agent.longest.get(hook.event, hook.timeout))
    timeout = {"timeout": seconds * agent.per_second}
    program = f"{programs}/{hook.program}"
    if programs and agent is CLAUDE:
        return {"type": "command", "command": program, "args": [], **timeout}
    naming = "" if agent is CLAUDE else f"{COMMAND_NAMES_IT}={agent.name} "
    command = f"command -v {hook.program} >/dev/null || exit 0; {naming}{hook.program}"
    if programs:
        command = f"{naming}{shlex.quote(program)}"
    return {"type": "command", **agent.handler, "command": command, **timeout}


def command(repo: Path, scope: Scope, agent: Agent = CLAUDE, what: str = "") -> str:
    """Return the command that installs, or does ``what`` instead, with the project's ``repo``."""
    whose = "" if agent is CLAUDE else f"--agent {agent.name}"
    where = f"--scope {scope.value}" if what or scope is not Scope.PROJECT else ""
    arguments = " ".join(filter(None, (what, whose, where)))
    return f"install-hooks {arguments}" if scope is Scope.USER else common.command(repo, arguments)


def handlers_for(scope: Scope, programs: Path, agent: Agent = CLAUDE) -> dict[str, Handler]:
    """Return the handler of each event that the agent has."""
    folder = "" if scope is Scope.PROJECT else programs.as_posix()
    mine = (hook for hook in HOOKS if hook.event in agent.events)
    return {hook.event: handler(hook, folder, agent) for hook in mine}


class Ownership(enum.Enum):
    OURS = enum.auto()
    WRAPPED = enum.auto()  # runs our program among other things: somebody's own, never changed
    FOREIGN = enum.auto()


def ownership(handler: Mapping[str, Any], program: str) -> Ownership:
    """``echo session-start-hook`` runs ``echo``; ``/old/bin/session-start-hook`` runs ours."""
    command = handler.get("command")
    if handler.get("type") != "command" or not isinstance(command, str):
        return Ownership.FOREIGN
    if isinstance(args := handler.get("args"), list):  # exec form: the command is one path
        commands = [Simple((command, *map(str, args)))]
    elif program not in command:
        return Ownership.FOREIGN
    elif len(command) > _MAX_COMMAND:
        return Ownership.WRAPPED
    elif _ONE_PATH.fullmatch(command):
        commands = [Simple((command,))]
    else:
        commands = simple_commands(command)
    others = [one for one in commands if not _is_guard(one, program)]
    is_off = bool(commands) and commands[0].words[0] == "exit"  # somebody's switch, before all
    if len(others) == 1 and _is_plain(others[0], program) and not is_off:
        return Ownership.OURS
    is_run = any(_runs(one, program) for one in others)
    return Ownership.WRAPPED if is_run else Ownership.FOREIGN


def up_to_date(handler: Handler, wanted: Handler) -> Handler:
    """Update a handler of ours, but for a positive timeout and the keys that we don't write."""
    better = {**handler, **wanted}
    if "args" not in wanted:
        better.pop("args", None)
    if is_timeout(timeout := handler.get("timeout")):
        better["timeout"] = timeout
    if "name" in handler:
        better["name"] = handler["name"]
    return better


def is_timeout(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def is_edited(handler: Handler, wanted: Handler) -> bool:
    timeout = handler.get("timeout")
    if is_timeout(timeout) and timeout != wanted["timeout"]:
        return True
    return bool(handler.keys() - {*OUR_KEYS})


class Simple(NamedTuple):
    words: tuple[str, ...]
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
    """What a here-document holds counts as commands, too; an unclosed quote makes all one word."""
    commands: list[Simple] = []
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
        elif kind == "end":
            if words:
                commands.append(Simple(tuple(words), is_redirected))
            words, is_redirected, is_file = [], False, False
            if not text:
                return commands
    return [Simple((command,))]


_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|(`[^`]*`|[^'"`\\]+)""", re.DOTALL)


def _unquoted(word: str) -> str:
    return "".join(
        single + re.sub(r"""\\(["\\$`])""", r"\1", double) + escaped + rest
        for single, double, escaped, rest in _PART.findall(word)
    )


_ONE_PATH = re.compile(r"""[^\s"'`;&|<>()]+""")  # with Windows' backslashes, no escapes there
_GUARDS = (("exit", "0"), ("true",), (":",))
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_KEYWORDS = ("if", "then", "else", "elif", "while", "until", "do", "!", "{")
_RUNNERS = (
    *("env", "timeout", "nice", "nohup", "time", "command", "builtin", "exec", "sudo", "doas"),
    *("setsid", "stdbuf", "ionice", "chronic", "caffeinate", "eval"),
    *("sh", "bash", "dash", "zsh", "ksh", "fish", "cmd", "powershell", "pwsh", "wsl"),
    *("uv", "uvx", "pipx", "poetry", "pipenv", "pdm", "hatch", "rye", "tox", "nox", "pixi"),
    *("conda", "mamba", "micromamba", "mise", "asdf", "direnv", "devbox", "nix", "nix-shell"),
    *("docker", "podman", "xargs", "python", "python3", "py"),
)
"""Programs that run what they are given, in ways that only they understand."""


def _is_plain(simple: Simple, program: str) -> bool:
    words = without_agent(simple.words)
    return len(words) == 1 and _name(words[0]) == program and not simple.is_redirected


_NAMED = frozenset(f"{COMMAND_NAMES_IT}={name}" for name in NAMES)


def without_agent(words: Sequence[str]) -> Sequence[str]:
    """Leave out what names the agent, in front of a command."""
    return words[1:] if words and words[0] in _NAMED else words


def _runs(simple: Simple, program: str) -> bool:
    words = list(simple.words)
    while words and (words[0] in _KEYWORDS or _ASSIGNMENT.match(words[0])):
        words.pop(0)
    first = _name(words[0]) if words else ""
    if first == program:
        return True
    if words[:1] == ["command"] and words[1:2] and words[1].lower() == "-v":
        return False  # it is only looked up
    named = re.compile(rf"(?<![\w.-]){re.escape(program)}(?![\w.-])")
    if first in _RUNNERS or re.fullmatch(r"python3\.\d+", first):
        return any(map(named.search, words[1:]))
    return any(named.search(word) for word in simple.words if "$(" in word or "`" in word)


def _name(word: str) -> str:
    return word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


def _is_guard(simple: Simple, program: str) -> bool:
    words = simple.words
    is_test = words[:2] == ("command", "-v") and len(words) == 3 and _name(words[2]) == program
    return is_test or words in _GUARDS
