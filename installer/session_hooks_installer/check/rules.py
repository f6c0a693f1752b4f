"""Claude Code's own rules for settings: what it accepts, and what a matcher matches."""

import functools
import re
import warnings
from collections.abc import Mapping
from typing import Any

from session_hooks_installer.settings.handlers import Handler

MAX_BYTES = 2 * 1024 * 1024
"""The largest settings file that it reads."""
WIDTH = 200
"""How much of what a file says is shown."""
_DEFAULT = 60.0
_SHARED = 1.5
"""Seconds that a hook has whose handler sets no timeout (CLIENT.md: SessionEnd hooks share 1.5)."""
_MOST = 1e9
"""Seconds; a float has no room for some larger numbers."""
_SHELLS = ("bash", "powershell")
_KINDS: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    list: "a list",
    dict: "an object, {…}",
}
_OF_A_HANDLER: dict[str, type] = {"statusMessage": str, "if": str, "async": bool, "once": bool}
SETTINGS: dict[str, type] = {
    **dict.fromkeys(("model", "language", "outputStyle", "apiKeyHelper", "plansDirectory"), str),
    **dict.fromkeys(("disableAllHooks", "includeCoAuthoredBy", "alwaysThinkingEnabled"), bool),
    **dict.fromkeys(("verbose", "respectGitignore", "spinnerTipsEnabled"), bool),
    **dict.fromkeys(("companyAnnouncements", "availableModels"), list),
    **dict.fromkeys(("env", "permissions", "sandbox", "statusLine", "enabledPlugins"), dict),
}
"""Those that people set by hand."""

VALUES = {
    "SessionStart": ("startup", "resume", "clear", "compact"),
    "PreCompact": ("manual", "auto"),
    "SessionEnd": ("clear", "resume", "logout", "prompt_input_exit", "other"),
}
"""By event: what its matcher is compared with (CLIENT.md, "When they fire").

Not SessionStart's ``fork``: nobody has seen one, and a matcher that names the others leaves out
nothing that anybody would miss.
"""
_NAMES = re.compile(r"[A-Za-z0-9_\- ,|]*")
_LONGEST, _MOST_REPEATS, _MOST_BRANCHES = 200, 3, 10
"""A pattern with more takes too long to try: a hundred characters can be made to take years."""


def file_problem(size: int, settings: Mapping[str, Any]) -> str:
    """Return why it refuses a whole file of so many bytes; "" where it doesn't, as far as known."""
    if size > MAX_BYTES:
        return "it is larger than 2 MiB"
    days = settings.get("cleanupPeriodDays", 1)
    if not _is_number(days) or days < 1:
        return '"cleanupPeriodDays" is not a whole number from 1'
    return _wrong_kind(settings, SETTINGS)


def handler_problem(handler: Handler) -> str:
    """Return why it leaves out a command handler; "" where it doesn't."""
    timeout, args = handler.get("timeout", 1), handler.get("args", [])
    if not _is_number(timeout):
        return 'its "timeout" is no number'
    if timeout <= 0:
        return f'its "timeout" is {max(timeout, -_MOST):g}'
    if not isinstance(args, list) or not all(isinstance(one, str) for one in args):
        return 'its "args" is no list of strings'
    if handler.get("shell", _SHELLS[0]) not in _SHELLS:
        return f'its "shell" is none of {" and ".join(_SHELLS)}'
    wrong = _wrong_kind(handler, _OF_A_HANDLER)
    return wrong and f"its {wrong}"


def _wrong_kind(values: Mapping[str, Any], kinds: Mapping[str, type]) -> str:
    wrong = (
        f'"{key}" is not {_KINDS[kind]}'
        for key, kind in kinds.items()
        if key in values and not isinstance(values[key], kind)
    )
    return next(wrong, "")


def timeout_of(handler: Handler, event: str) -> float:
    """Return for how many seconds it lets a handler run."""
    timeout = handler.get("timeout", 0)
    if _is_number(timeout) and timeout > 0:
        return float(min(timeout, _MOST))
    return _SHARED if event == "SessionEnd" else _DEFAULT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# Nothing, "" and "*" match everything. Letters, digits, "_", "-", spaces, "," and "|" are names,
# each compared whole; with any other character it is a regular expression that may match anywhere,
# and one that can't be read matches nothing. Case counts.


def matcher_problem(matcher: object) -> str:
    """Return why a group with that matcher never runs; "" where it may."""
    if not isinstance(matcher, str):
        return 'its group\'s "matcher" is no string'
    if not _is_plain(matcher) and not _is_involved(matcher) and not _compiled(matcher):
        return f"its group's matcher {matcher[:WIDTH]!r} is no regular expression"
    return ""


@functools.lru_cache(maxsize=1024)  # a hundred of them are compared with each other
def matched(matcher: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that a matcher lets through, in their order, as far as can be told."""
    if matcher in ("", "*"):
        return values
    if _is_plain(matcher):
        names = {name.strip() for name in re.split(r"[,|]", matcher)}
        return tuple(value for value in values if value in names)
    pattern = None if _is_involved(matcher) else _compiled(matcher)
    return tuple(value for value in values if pattern and pattern.search(value))


def _is_plain(matcher: str) -> bool:
    return matcher == "*" or _NAMES.fullmatch(matcher) is not None


def _is_involved(matcher: str) -> bool:
    """Tell whether a pattern may take long."""
    if len(matcher) > _LONGEST or re.search(r"\)[*+{]|\\[1-9]|\(\?P=", matcher):
        return True
    repeats = len(re.findall(r"[*+{]", matcher))
    branches = len(re.findall(r"[*+{|]|(?<!\()\?", matcher))
    return repeats > _MOST_REPEATS or branches > _MOST_BRANCHES


def _compiled(matcher: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings(action="ignore"):  # a set that may mean more in some year
            return re.compile(matcher)
    except (re.error, OverflowError, RecursionError):
        return None
