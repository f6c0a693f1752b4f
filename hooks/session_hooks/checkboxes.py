"""A document's checkboxes: which are open, under way, put off, ticked or dropped. Pure."""

from collections.abc import Iterable, Iterator

from session_hooks.document import Boxes, Document
from session_hooks.outline import prose
from session_hooks.patterns import pattern
from session_hooks.values import Value

UNDER_WAY, OPEN, DEFERRED, TICKED, DROPPED = "under way", "open", "deferred", "ticked", "dropped"
_MARKS = {
    " ": OPEN, "!": OPEN, "/": UNDER_WAY, "~": UNDER_WAY, ">": DEFERRED, "<": DEFERRED,
    "x": TICKED, "X": TICKED, "✓": TICKED, "✔": TICKED, "✅": TICKED, "-": DROPPED,
}  # fmt: skip
"""What people put between the brackets (as task plug-ins of editors have it)."""
_ORDER = (UNDER_WAY, OPEN, DEFERRED)
"""In which order open work is done."""
_SIGNS = "".join(_MARKS).replace("-", r"\-")
_MARK = pattern(rf"\[([{_SIGNS}])\](?:\s+|$)")
_BOX = pattern(rf"[ \t>]*+(?:[-*+]|\d{{1,9}}[.)])[ \t]+\[([{_SIGNS}])\][ \t]+(\S.*)")
_HAS_BOXES = pattern(rf"\[[{_SIGNS}]\][ \t]")


class Box(Value):
    """One checkbox."""

    text: str
    line: int
    mark: str

    @property
    def is_ticked(self) -> bool:
        """Whether it is done."""
        return self.mark == TICKED

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.mark in _ORDER

    @property
    def order(self) -> int:
        """Its place among open ones: what is under way first, what was put off last."""
        return _ORDER.index(self.mark)


def boxes(body: str) -> Boxes:
    """Return how many checkboxes of a body are ticked and open."""
    if not has_boxes(body):  # finding what is code takes far longer
        return Boxes()
    found = list(boxes_in(prose(body)))
    return Boxes(sum(box.is_ticked for box in found), sum(box.is_open for box in found))


def each_box(document: Document) -> Iterator[Box]:
    """Yield a document's checkboxes in order by the file's lines, none of code and comments."""
    if has_boxes(document.body):
        yield from boxes_in(prose(document.body), document.body_line)


def boxes_in(lines: Iterable[str], first_line: int = 0) -> Iterator[Box]:
    """Yield the checkboxes of lines in order, those in quotations among them."""
    for number, text in enumerate(lines, start=first_line):
        if "]" in text and (match := _BOX.match(text)):
            yield Box(match[2], number, _MARKS[match[1]])


def mark_of(text: str) -> str | None:
    """Return what the box says that a list item's text begins with; None where there is none."""
    match = _MARK.match(text)
    return _MARKS[match[1]] if match else None


def without_box(text: str) -> str:
    """Return an item's or a cell's text without its box."""
    match = _MARK.match(text)
    return text[match.end() :] if match else text


def is_closed(mark: str | None) -> bool:
    """Tell whether a box says that nothing is left to be done."""
    return mark in (TICKED, DROPPED)


def order_of(mark: str) -> int:
    """Return the place of an open box among others: under way first, put off last."""
    return _ORDER.index(mark)


def has_boxes(text: str) -> bool:
    """Tell whether a text may have a checkbox."""
    return _HAS_BOXES.search(text) is not None
