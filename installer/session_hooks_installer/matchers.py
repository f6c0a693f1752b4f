"""Which sources, triggers or reasons a handler group's ``matcher`` lets through.

As Claude Code documents it (hooks reference, "Matcher patterns"): nothing, "" and "*" match
everything; letters, digits, ``_``, ``-``, spaces, ``,`` and ``|`` are words, compared whole; with
any other character it is a regular expression that may match anywhere in the value.
"""

import re
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
_WORDS = re.compile(r"[A-Za-z0-9_\-\s,|]*")


def matched(matcher: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that a matcher lets through, in their order.

    A regular expression that Python can't read lets through none: what JavaScript makes of it is
    not known here.
    """
    if matcher in ("", "*"):
        return tuple(values)
    if _WORDS.fullmatch(matcher):
        words = {word.strip() for word in re.split(r"[,|]", matcher)}
        return tuple(value for value in values if value in words)
    try:
        pattern = re.compile(matcher)
    except re.error:
        return ()
    return tuple(value for value in values if pattern.search(value))
