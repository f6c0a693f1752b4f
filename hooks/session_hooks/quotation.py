"""A document's body as it is quoted: whole where it fits, else the lines that matter most. Pure.

What is left out is said where it stood, with its lines: a reader is never given two lines as
neighbours that aren't.
"""

from collections.abc import Sequence

from session_hooks.document import Body, Document, Section, Step
from session_hooks.values import Value

_SHARES = (0.4, 0.2, 0.1, 0.1, 0.05)
"""Of the room, for what is next, the state, what is in the way, the decisions, the files: at
first. What one of them doesn't need, the others get."""
_HEAD = 0.1
"""Of the room, for the beginning: a title and a date tell what all of it is about."""
_END = 0.75
"""Of what is left then, for the end; people write what comes next last."""
_MARK = 28
"""Characters that a gap costs: ``[lines 1031–1088 left out]`` and its line end."""
_LEAST_CUT = 80
"""Characters of a line that are worth showing of a longer one."""
_AROUND = 12
"""Lines of a paragraph that a step stands in."""


class Quotation(Value):
    """The text that is quoted of a body."""

    text: str
    left_out: int
    """How many lines are not in it, or not whole."""
    hidden: int = 0
    """How many characters that nobody sees were taken out of it."""


def quote(document: Document, body: Body, room: int) -> Quotation:
    """Return a body's text in at most about ``room`` characters, in its own order."""
    text = document.body.rstrip()
    first = len(text) - len(text.lstrip("\n"))
    lines = text.split("\n")
    if len(text) - first <= room:
        return Quotation(text[first:], 0)
    picked = _Picked(lines, room)
    picked.take(range(len(lines)), int(room * _HEAD))
    parts = [_lines_of(part, document, len(lines)) for part in _parts(body)]
    for part, share in zip(parts, _SHARES, strict=True):
        picked.take(part, int(room * share))
    for part in parts:
        picked.take(part, picked.left)
    picked.take(range(len(lines) - 1, -1, -1), int(picked.left * _END))
    picked.take(range(len(lines)), picked.left)
    return picked.quotation(document.body_line)


def _parts(body: Body) -> tuple[Section | Step | None, ...]:
    return (
        body.next_steps or body.next_action or body.likely,
        body.state,
        body.blockers,
        body.decisions,
        body.files,
    )


def _lines_of(part: Section | Step | None, document: Document, number: int) -> range:
    """Return the indexes of a part's lines, its heading's among them; of a step its paragraph's."""
    if part is None:
        return range(0)
    begin = part.line - document.body_line
    if isinstance(part, Step):
        return range(max(begin, 0), min(begin + _AROUND, number))
    end = part.text_line - document.body_line + part.text.count("\n") + 1
    return range(max(begin, 0), min(max(end, begin + 1), number))


class _Picked:
    """The lines that were picked so far, and the room that is left."""

    def __init__(self, lines: Sequence[str], room: int) -> None:
        self._lines = lines
        self._shown: dict[int, str] = {}
        self.left = room - _MARK

    def take(self, part: range, room: int) -> None:
        """Take a part's lines in its order, as many as there is room for; the last may be cut."""
        room = min(room, self.left)
        for index in part:
            if index in self._shown:
                continue
            line = self._lines[index]
            cost = len(line) + 1 + (0 if self._has_neighbour(index) else _MARK)
            if cost > room:
                if room > _MARK + _LEAST_CUT and len(line) > 2 * _LEAST_CUT:
                    self._shown[index] = line[: room - _MARK - 2].rstrip() + "…"
                    self.left -= room
                return
            self._shown[index] = line
            room -= cost
            self.left -= cost

    def _has_neighbour(self, index: int) -> bool:
        return index - 1 in self._shown or index + 1 in self._shown

    def quotation(self, first_line: int) -> Quotation:
        """Return what was picked, each gap marked."""
        said: list[str] = []
        left_out = gap = 0
        for index, line in enumerate(self._lines):
            shown = self._shown.get(index)
            if shown is None:
                gap += 1
                continue
            if gap:
                mark = self._mark(index - gap, index, first_line)
                said += mark
                left_out += gap if mark != self._lines[index - gap : index] else 0
            gap = 0
            left_out += shown != line
            said.append(shown)
        if gap:
            said += self._mark(len(self._lines) - gap, len(self._lines), first_line)
            left_out += gap
        return Quotation("\n".join(said).strip("\n"), left_out)

    def _mark(self, begin: int, end: int, first_line: int) -> list[str]:
        """Return the lines that stand for those from ``begin`` to before ``end``."""
        gap = list(self._lines[begin:end])
        if sum(len(line) + 1 for line in gap) <= _MARK:  # blank, or shorter than the mark
            return gap
        if end - begin == 1:
            return [f"[line {first_line + begin} left out]"]
        return [f"[lines {first_line + begin}–{first_line + end - 1} left out]"]
