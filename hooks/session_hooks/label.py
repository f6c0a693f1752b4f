"""Lines that a label begins, or a sentence that says what is next: ``**Next action**: …``. Pure."""

import re
from collections.abc import Iterator

from session_hooks import wordings
from session_hooks.action import MAX_ACTION, action_of, is_action
from session_hooks.document import Step
from session_hooks.meaning import Wordings, has_stem_of, head_key
from session_hooks.outline import heading_key
from session_hooks.patterns import pattern
from session_hooks.placeholder import own_words
from session_hooks.values import Value

_TOP_LINES = 40
HEADER_LINES = 20
"""Lines in which a label speaks of the whole document; further down a status is a test's."""
_MAX_LABELS = 200
_NO_ACTION = pattern(r"\b(?:title|id|date|time|name|owner|review|meeting|version|release)$")
"""What a label says the next one of that is nothing to be done: "Next chat title: …"."""
_MOST_LABEL_WORDS = 5
"""Words of a label that isn't in bold; of more it is a sentence."""
_NEW_BLOCK = pattern(r"[-*+]\s|\d+[.)]\s|\*\*")
LABEL = pattern(
    r"[ \t>]*+(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+|#{2,6}[ \t]+)?(?:[^\w\s*_`|#>\[(-]+[ \t]+)?"
    r"(?:(?P<bold>\*\*|__)|[*_])?(?P<name>[^:：=*_|`#—–]{2,60})"
    r"(?:(?:\*\*|__)?[ \t]*[:：](?:\*\*|__)?|(?(bold)(?:\*\*|__)?[ \t]*(?:[=—–]|-[ \t])|(?!)))"
    r"[ \t]*(?P<value>.*)"
)
_VERSION = pattern(r" v?\d[\d ]*$")
_SAID = pattern(
    r"(?:^[ \t>]*+(?:[-*+][ \t]+)?(?:\*\*|__)?|[.!?:][ \t]+)(?P<name>"
    r"(?:the )?next (?:session|conversation|agent|person) (?:should|must|needs? to|has to|will"
    r"|is to|can)(?: (?:start|begin)(?: with| by)?)?|(?:start|begin)s? (?:with|by)|first(?=,)"
    r"|what(?:'s| is) next is|the next (?:step|task|thing) is"
    r"|next (?:up|steps?|actions?|tasks?|move)(?=:)|(?:als )?nächste[rs]?(?: schritt)? ist)"
    r"\b[,:]?(?:\*\*|__)?[ \t]*(?P<value>.*)",
    re.IGNORECASE,
)
"""A sentence that says what is next, without a label."""


class _Label(Value):
    """A line ``**Name**: value``."""

    key: str
    name: str
    value: str
    at: int
    """Which of the lines it stands on, counted from 0."""
    is_bold: bool


def shown(title: str) -> str:
    """Return a heading or a label as ``how`` names it."""
    return "'" + " ".join(title.split())[:80] + "'"


def _labels(lines: list[str]) -> Iterator[_Label]:
    for index, line in enumerate(lines):
        if match := LABEL.match(line[:1000]):
            key, is_bold = heading_key(match["name"]), match["bold"] is not None
            yield _Label(key, match["name"], match["value"], index, is_bold)


def by_label(lines: list[str], line: int, words: Wordings, begun: Wordings = ()) -> Step | None:
    """Return the value of the surest line whose label means one of ``words``."""
    return next(all_by_label(lines, line, words, begun), None)


def all_by_label(
    lines: list[str], line: int, words: Wordings, begun: Wordings = ()
) -> Iterator[Step]:
    """Return the values of the lines whose label means one of ``words``, the surest first.

    A label near the top comes before one further down, and then the surer one. ``line`` is the
    file's, of the first of ``lines``.
    """
    ranks = {word: rank for rank, word in reversed(list(enumerate(words)))}
    found = []
    for label in _labels(lines):
        keys = (label.key, head_key(label.name), _VERSION.sub("", label.key))
        rank = next((ranks[key] for key in keys if key in ranks), None)
        # Of what isn't in bold a sentence may begin with such words.
        is_short = len(label.key.split()) <= _MOST_LABEL_WORDS and '"' not in label.name
        is_label = (label.is_bold or is_short) and not _NO_ACTION.search(label.key)
        if rank is None and is_label and has_stem_of(label.key, begun):
            rank = len(ranks)
        if rank is not None:
            found.append((label.at > _TOP_LINES, rank, label.at, label))
    for _, _, _, label in sorted(found)[:_MAX_LABELS]:
        text, begin = _paragraph(lines, label)
        if own_words(text) and is_action(text):
            said = f"{label.name}: {text}" if label.key in wordings.TELLING_LABELS else text
            yield Step(action_of(said), line + begin, f"label {shown(label.name)}")


def _paragraph(lines: list[str], label: _Label) -> tuple[str, int]:
    """Return a label's value to the end of its paragraph, and the index of the line it begins on.

    Of an empty label that is what comes next.
    """
    words = [label.value] if label.value.strip(" *_") else []
    begin, length = label.at, 0
    for index in range(label.at + 1, min(label.at + 1 + HEADER_LINES, len(lines))):
        plain = lines[index].strip().lstrip("> ")
        is_over = not plain or _NEW_BLOCK.match(plain) or plain.startswith(("#", "|"))
        if (words and is_over) or length > 2 * MAX_ACTION or plain.startswith(("#", "|")):
            break
        begin = begin if words or not plain else index
        words += [plain] if plain else []
        length += len(plain)
    return " ".join(words), begin


def said_next(lines: list[str], first_line: int) -> Step | None:
    """Return a sentence that says what is next: "Next session should …", "Start by …"."""
    for at, line in enumerate(lines):
        if match := _SAID.search(line[:1000]):
            label = _Label("", match["name"], match["value"], at, is_bold=False)
            text, begin = _paragraph(lines, label)
            if is_action(text):
                return Step(action_of(text), first_line + begin, f"said by {shown(label.name)}")
    return None
