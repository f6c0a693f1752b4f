"""A document's checkboxes: which are ticked and which are open. Pure."""

from collections.abc import Iterator

from session_hooks.document import Boxes, Document
from session_hooks.outline import MAX_BODY, prose
from session_hooks.patterns import pattern
from session_hooks.values import Value

_BOX = pattern(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\][ \t]+(\S.*)")

MOST_TEXT = 200_000
"""Characters of a body; a longer one isn't searched for checkboxes by a hook."""


class Box(Value):
    """One checkbox."""

    text: str
    line: int
    """The line of the file, counted from 1."""
    is_ticked: bool


def boxes(body: str) -> Boxes:
    """Return how many checkboxes of a body are ticked and open; none of a very long one's."""
    if len(body) > MOST_TEXT:
        return Boxes()
    ticked = [box.is_ticked for box in _each_box(body, 1)]
    return Boxes(sum(ticked), len(ticked) - sum(ticked))


def each_box(document: Document) -> Iterator[Box]:
    """Yield a document's checkboxes in order, those in code, comments and quotations left out."""
    yield from _each_box(document.body, document.body_line)


def _each_box(body: str, first_line: int) -> Iterator[Box]:
    if not has_boxes(body):  # finding what is code takes far longer than this
        return
    for number, text in enumerate(prose(body[:MAX_BODY]), start=first_line):
        if match := _BOX.match(text):
            yield Box(match.group(2), number, match.group(1) != " ")


def has_boxes(text: str) -> bool:
    """Tell whether a text may have a checkbox."""
    return "[ ]" in text or "[x]" in text or "[X]" in text
