"""Which session files say beyond doubt that they are completed, told without reading their YAML.

Of ten thousand session files nearly all are completed, and hardly one is ever shown. The YAML and
the rest of a head take the real reader 300 µs for each; this takes 8. What is not of the plainest
kind is left to that reader: a completed file may be missed here, but no other is ever taken for
one, which a test holds against the real reader. Pure.
"""

import re
from functools import cache

from session_hooks.document import Status

_MOST = 4096
"""Bytes of a file's beginning in which its frontmatter has to end."""
# ASCII, and UTF-8 of two and three bytes in which there is no control character, space or mark.
_WIDE = r"[\xc3-\xcb\xce-\xd4][\x80-\xbf]|[\xe4-\xe9][\x80-\xbf]{2}"
_LETTER = rf"(?:[A-Za-z]|{_WIDE})"
# No quotes, braces, comments, anchors or tags, and no ": ": YAML takes it as it is.
_WORDS = rf"{_LETTER}(?:[A-Za-z0-9 ._/,()+-]++|{_WIDE}|:(?=[0-9A-Za-z/]))*+"
_QUOTED = rf"\"(?:[ !#-\[\]-~]++|{_WIDE})*+\"|'(?:[ -&(-~]++|{_WIDE})*+'"
_DAY = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = rf"[12][0-9]{{3}}-{_DAY}(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?"
_VALUE = rf"(?:{_WORDS}|{_QUOTED}|{_TIME}|0|[1-9][0-9]{{0,8}})"
_KEY = r"(?!(?:status|session|orchestration|current_task|spawned_agents)\b)[a-z][a-z_]{0,40}+"
_END = r" *+(?:\r?\n)++"
_PAIR = rf"{_KEY}: {_VALUE}{_END}"
_OWN_TASK = r"(?!(?i:tbd|todo|what)\b)" + _LETTER
"""A task that begins so is not the template's, and none of its blanks."""


@cache
def _pattern() -> re.Pattern[bytes]:
    from session_hooks.formats.head import STATUS_WORDS

    words = "|".join(word for word in STATUS_WORDS[Status.COMPLETED] if word.isascii())

    def status(name: str) -> str:
        return rf"status: (?P<quote_{name}>[\"']?+)(?P<{name}>{words})(?P=quote_{name}){_END}"

    task = rf"  current_task: (?=(?P<task>\"?{_OWN_TASK}[^\s\"]*+ {_LETTER})?){_VALUE}{_END}"
    agent = rf"    - {_PAIR}(?:      (?:{_PAIR}|status: [a-z_]++{_END}))*+"
    agents = rf"  spawned_agents:(?: \[\]{_END}|{_END}(?:{agent})++)"
    nested = (
        rf"session:{_END}(?:  {_PAIR})*+  {status('nested')}(?:  {_PAIR})*+"
        rf"(?:orchestration:{_END}{task}(?:{agents})?+)?+"
    )
    flat = rf"(?:{_PAIR})*+{status('flat')}(?:{_PAIR})*+"
    return re.compile(rf"---\r?\n(?:{nested}|{flat})---\r?\n".encode("latin-1"))


@cache
def _headings() -> tuple[bytes, ...]:
    from session_hooks.formats.session import REQUIRED

    return tuple(part.heading.encode() for part in REQUIRED)


def status_word(data: bytes) -> str | None:
    """Return the word by which a session file surely says that it is completed; else None.

    ``data`` is all of the file. A template that nobody filled in may be completed too, so a file
    without a task of its own counts only where it has none of the template's headings.
    """
    match = _pattern().match(data, 0, _MOST)
    if match is None or b"\0" in data:
        return None
    if match["task"] is None and any(heading in data for heading in _headings()):
        return None
    word: bytes = match["nested"] or match["flat"]
    return word.decode("ascii")
