"""What Claude Code makes of our handlers and the files they stand in; pure.

It leaves out a handler or a group with a value that it doesn't know, and says so on a screen that
nobody sees with ``-p``; a whole file for one wrong switch. All as seen with 2.1.329.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from session_hooks_installer.handlers import Handler
from session_hooks_installer.matchers import is_pattern

MAX_BYTES = 2 * 1024 * 1024
"""The largest settings file that it reads."""
_WIDTH = 200
"""How much of a matcher is shown."""
_DEFAULT = 60.0
_SHARED = 1.5
"""Seconds that a hook has whose handler sets no timeout (CLIENT.md: SessionEnd hooks share 1.5)."""
_MOST = 1e9
"""Seconds that are as good as any more of them; a float has no room for some."""
_SHELLS = ("bash", "powershell")


class _Kind(NamedTuple):
    """What a value has to be, and how that is said."""

    words: str
    has: Callable[[Any], bool]


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _one_of(*names: str) -> _Kind:
    return _Kind(f"one of {', '.join(names)}", lambda value: value in names)


_TEXT = _Kind("a string", lambda value: isinstance(value, str))
_SWITCH = _Kind("true or false", _is_switch)
_SWITCH_OR_NULL = _Kind("true or false", lambda value: value is None or _is_switch(value))
_LIST = _Kind("a list of strings", _is_list)
_LIST_OR_TEXT = _Kind("a list of strings", lambda value: isinstance(value, str) or _is_list(value))
_OBJECT = _Kind("an object, {…}", lambda value: isinstance(value, dict))
_COMMAND = _Kind(
    'an object with a "command"',
    lambda value: isinstance(value, dict) and isinstance(value.get("command"), str),
)
_RULES = _Kind(
    "an object with lists",
    lambda value: (
        isinstance(value, dict)
        and all(isinstance(value.get(key, []), list) for key in ("allow", "ask", "deny"))
    ),
)
_DAYS = _Kind(
    "a whole number from 1",
    lambda value: _is_number(value) and value >= 1 and value == value // 1,
)
_TYPES = {"statusMessage": _TEXT, "if": _TEXT, "async": _SWITCH, "once": _SWITCH}
"""Of a handler."""
SETTINGS = {
    "$schema": _TEXT,
    "advisorModel": _TEXT,
    "allowManagedHooksOnly": _SWITCH_OR_NULL,
    "allowedHttpHookUrls": _LIST,
    "alwaysThinkingEnabled": _SWITCH,
    "apiKeyHelper": _TEXT,
    "autoMemoryEnabled": _SWITCH,
    "autoUpdatesChannel": _one_of("latest", "stable", "rc"),
    "availableModels": _LIST,
    "awsAuthRefresh": _TEXT,
    "cleanupPeriodDays": _DAYS,
    "companyAnnouncements": _LIST,
    "defaultShell": _one_of(*_SHELLS),
    "disableAllHooks": _SWITCH,
    "disabledMcpjsonServers": _LIST_OR_TEXT,
    "enableAllProjectMcpServers": _SWITCH_OR_NULL,
    "enabledMcpjsonServers": _LIST_OR_TEXT,
    "enabledPlugins": _OBJECT,
    "env": _OBJECT,
    "fileSuggestion": _COMMAND,
    "httpHookAllowedEnvVars": _LIST,
    "includeCoAuthoredBy": _SWITCH,
    "language": _TEXT,
    "model": _TEXT,
    "modelOverrides": _OBJECT,
    "otelHeadersHelper": _TEXT,
    "outputStyle": _TEXT,
    "permissions": _RULES,
    "plansDirectory": _TEXT,
    "prefersReducedMotion": _SWITCH,
    "promptSuggestionEnabled": _SWITCH,
    "respectGitignore": _SWITCH,
    "sandbox": _OBJECT,
    "showTurnDuration": _SWITCH,
    "skipWebFetchPreflight": _SWITCH_OR_NULL,
    "spinnerTipsEnabled": _SWITCH,
    "statusLine": _COMMAND,
    "tui": _one_of("default", "fullscreen"),
    "verbose": _SWITCH,
    "worktree": _OBJECT,
}
"""Of a file: each was tried with every kind of value."""


def file_problem(size: int, settings: Mapping[str, Any]) -> str:
    """Return why it refuses a whole file of so many bytes; "" where it doesn't, as far as is known.

    One wrong value of any setting is enough; of the settings that there are, many were tried.
    """
    if size > MAX_BYTES:
        return "it is larger than 2 MiB"
    wrong = ((key, kind) for key, kind in SETTINGS.items() if key in settings)
    return next(
        (f'"{key}" is not {kind.words}' for key, kind in wrong if not kind.has(settings[key])), ""
    )


def handler_problem(handler: Handler) -> str:
    """Return why it leaves out a command handler; "" where it doesn't."""
    timeout = handler.get("timeout", 1)
    if not _is_number(timeout):
        return 'its "timeout" is no number'
    if timeout <= 0:
        return f'its "timeout" is {max(timeout, -_MOST):g}'
    if not _is_list(handler.get("args", [])):
        return 'its "args" is no list of strings'
    if handler.get("shell", _SHELLS[0]) not in _SHELLS:
        return f'its "shell" is none of {" and ".join(_SHELLS)}'
    for key, kind in _TYPES.items():
        if key in handler and not kind.has(handler[key]):
            return f'its "{key}" is not {kind.words}'
    return ""


def matcher_problem(matcher: object) -> str:
    """Return why a group with that matcher never runs; "" where it may."""
    if not isinstance(matcher, str):
        return 'its group\'s "matcher" is no string'
    if not is_pattern(matcher):
        return f"its group's matcher {matcher[:_WIDTH]!r} is no regular expression"
    return ""


def timeout_of(handler: Handler, event: str) -> float:
    """Return for how many seconds it lets a handler run."""
    timeout = handler.get("timeout", 0)
    if _is_number(timeout) and timeout > 0:
        return float(min(timeout, _MOST))
    return _SHARED if event == "SessionEnd" else _DEFAULT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
