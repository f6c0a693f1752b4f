"""Which sources, triggers or reasons a handler group's ``matcher`` lets through; pure.

Nothing, "" and "*" match everything. Letters, digits, ``_``, ``-``, spaces, ``,`` and ``|`` are
names, each compared whole; with any other character it is a regular expression that may match
anywhere, and one that can't be read matches nothing (seen with 2.1.329). Case counts.

The expression is JavaScript's, and Python's ``re`` is close to that, not the same: it is spelled
anew, and what only Python knows is none.
"""

import re
import warnings
from collections.abc import Iterable

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
_PYTHONS_OWN = re.compile(r"\(\?(?:[aiLmsux]+\)|[A-Za-z-]*[aLux]|P|>|#|\()|[*+?}]\+")
"""What Python reads and JavaScript doesn't: ``(?i)``, ``(?x:…)``, ``(?P<x>…)``, ``a++``."""
_TOKEN = re.compile(
    r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|c[A-Za-z]|k<\w+>|.)"
    r"|\[\^?\]|\[\^?(?:\\.|[^\]\\])*\]|\(\?<(?![=!])|\{,\d*\}",
    re.DOTALL,
)
_PYTHONS_ESCAPES = frozenset("bBdDfnrsStvwW")
"""The letters that mean the same to both behind a backslash."""
_UNTOLD = re.compile(r"\)[*+{]|\\[1-9k]|\(\?<[=!][^)]*[*+?{|]|-\\[dDsSwW]|\\[dDsSwW]-")
"""A group that is repeated or looked back for, and what Python refuses that JavaScript reads."""
_LONGEST, _MOST_REPEATS, _MOST_BRANCHES = 200, 4, 10
"""A pattern with more takes too long to try: a hundred characters can be made to take years."""


def is_involved(matcher: str) -> bool:
    """Tell whether a matcher is a pattern that is not tried here: it may take long, or differ."""
    if matcher == "*" or _NAMES.fullmatch(matcher):
        return False
    if len(matcher) > _LONGEST or _UNTOLD.search(matcher):
        return True
    repeats = len(re.findall(r"[*+{]", matcher))
    branches = len(re.findall(r"[*+{|]|(?<!\()\?", matcher))
    return repeats > _MOST_REPEATS or branches > _MOST_BRANCHES


def matched(matcher: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that a matcher lets through, in their order; of an involved one all."""
    if matcher in ("", "*") or is_involved(matcher):
        return tuple(values)
    if _NAMES.fullmatch(matcher):
        names = {name.strip() for name in re.split(r"[,|]", matcher)}
        return tuple(value for value in values if value in names)
    pattern = _compiled(matcher)
    return tuple(value for value in values if pattern and pattern.search(value))


def is_pattern(matcher: str) -> bool:
    """Tell whether a matcher can be read at all; an involved one is not tried."""
    is_plain = matcher == "*" or _NAMES.fullmatch(matcher) or is_involved(matcher)
    return bool(is_plain) or _compiled(matcher) is not None


def _compiled(matcher: str) -> re.Pattern[str] | None:
    if _PYTHONS_OWN.search(matcher):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # a set that may mean more in some year
            return re.compile(_TOKEN.sub(_in_python, matcher))
    except (re.error, OverflowError, RecursionError):
        return None


def _in_python(match: re.Match[str]) -> str:
    r"""Return a part of JavaScript's expression in Python's spelling.

    There ``\A`` is the letter, ``[]`` nothing, ``[^]`` anything, and ``{,2}`` five characters.
    """
    part = match[0]
    if part in ("[]", "[^]"):
        return r"[\s\S]" if "^" in part else "(?!)"
    if part.startswith("["):
        begin = 2 if part[1] == "^" else 1
        return part[:begin] + _TOKEN.sub(_in_python, part[begin:-1].replace("[", r"\[")) + "]"
    if part.startswith("{"):
        return rf"\{part}"
    return "(?P<" if part == "(?<" else _escape(part)


def _escape(part: str) -> str:
    letter = part[1]
    if len(part) > 2:
        if letter == "c":
            return f"\\x{ord(part[2]) % 32:02x}"
        return f"(?P={part[3:-1]})" if letter == "k" else part
    is_letter = letter.isascii() and letter.isalpha()
    return letter if is_letter and letter not in _PYTHONS_ESCAPES else part
