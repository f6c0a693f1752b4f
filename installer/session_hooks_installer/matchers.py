"""Which sources, triggers or reasons a handler group's ``matcher`` lets through; pure.

Nothing, "" and "*" match everything. Letters, digits, ``_``, ``-``, spaces, ``,`` and ``|`` are
names, each compared whole; with any other character it is a regular expression that may match
anywhere, and one that can't be read matches nothing (seen with 2.1.329). Case counts.

The expression is JavaScript's, and Python's ``re`` is close to that, not the same: what only one of
the two knows is told apart as far as people use it.
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
_PYTHONS_OWN = re.compile(r"\(\?(?:[aiLmsux]+\)|P|>|#|\()|[*+?}]\+")
"""What Python reads and JavaScript doesn't: ``(?i)``, ``(?P<x>…)``, ``(?>…)``, ``a++``."""
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")


def matched(matcher: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that a matcher lets through, in their order."""
    if matcher in ("", "*"):
        return tuple(values)
    if _NAMES.fullmatch(matcher):
        names = {name.strip() for name in re.split(r"[,|]", matcher)}
        return tuple(value for value in values if value in names)
    pattern = _compiled(matcher)
    return tuple(value for value in values if pattern and pattern.search(value))


def is_pattern(matcher: str) -> bool:
    """Tell whether a matcher can be read at all."""
    is_plain = matcher == "*" or _NAMES.fullmatch(matcher)
    return bool(is_plain) or _compiled(matcher) is not None


def _compiled(matcher: str) -> re.Pattern[str] | None:
    if _PYTHONS_OWN.search(matcher):
        return None
    spelled = _NAMED_GROUP.sub("(?P<", matcher).replace("[^]", r"[\s\S]")
    try:
        with warnings.catch_warnings(action="ignore"):  # a set that may mean more in some year
            return re.compile(spelled)
    except (re.error, OverflowError, RecursionError):
        return None
