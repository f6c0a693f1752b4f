"""What Claude Code makes of our handlers and the files they stand in; pure.

It leaves out a handler or a group with a value that it doesn't know, and says so on a screen that
nobody sees with ``-p``; a whole file for one wrong switch. All as seen with 2.1.329.
"""

from collections.abc import Mapping
from typing import Any

from session_hooks_installer.handlers import Handler
from session_hooks_installer.matchers import is_pattern

MAX_BYTES = 2 * 1024 * 1024
"""The largest settings file that it reads."""
_DEFAULT = 60.0
_SHARED = 1.5
"""Seconds that a hook has whose handler sets no timeout (CLIENT.md: SessionEnd hooks share 1.5)."""
_SHELLS = ("bash", "powershell")
_TEXT, _SWITCH = (str, "a string"), (bool, "true or false")
_TYPES = {"statusMessage": _TEXT, "if": _TEXT, "async": _SWITCH, "once": _SWITCH}


def file_problem(text: str, settings: Mapping[str, Any]) -> str:
    """Return why it refuses a whole file; "" where it doesn't, as far as that is looked at."""
    if len(text.encode("utf-8")) > MAX_BYTES:
        return "it is larger than 2 MiB"
    if not isinstance(settings.get("disableAllHooks", False), bool):
        return '"disableAllHooks" is neither true nor false'
    return ""


def handler_problem(handler: Handler) -> str:
    """Return why it leaves out a command handler; "" where it doesn't."""
    timeout = handler.get("timeout", 1)
    if not _is_number(timeout):
        return 'its "timeout" is no number'
    if timeout <= 0:
        return f'its "timeout" is {timeout}'
    args = handler.get("args", [])
    if not isinstance(args, list) or not all(isinstance(arg, str) for arg in args):
        return 'its "args" is no list of strings'
    if handler.get("shell", _SHELLS[0]) not in _SHELLS:
        return f'its "shell" is none of {" and ".join(_SHELLS)}'
    for key, (kind, words) in _TYPES.items():
        if key in handler and not isinstance(handler[key], kind):
            return f'its "{key}" is not {words}'
    return ""


def matcher_problem(matcher: object) -> str:
    """Return why a group with that matcher never runs; "" where it may."""
    if not isinstance(matcher, str):
        return 'its group\'s "matcher" is no string'
    if not is_pattern(matcher):
        return f"its group's matcher {matcher!r} is no regular expression"
    return ""


def timeout_of(handler: Handler, event: str) -> float:
    """Return for how many seconds it lets a handler run."""
    timeout = handler.get("timeout", 0)
    if _is_number(timeout) and timeout > 0:
        return float(timeout)
    return _SHARED if event == "SessionEnd" else _DEFAULT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
