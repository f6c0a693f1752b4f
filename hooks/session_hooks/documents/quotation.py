"""Choose which parts of a document are quoted within a budget."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import ne

from session_hooks.documents import wordings
from session_hooks.documents.markdown import BOLD, code_blocks, sections
from session_hooks.documents.model import Body, Document, Section, Step
from session_hooks.documents.sections import Wordings, is_update, sureness
from session_hooks.util.lazy import Value

_HEADINGS = 0.2
"""Of the room, for headings: of all levels where they fit, else of the higher ones."""
_SHARES = (
    (0.4, (wordings.NEXT_STEPS,)),
    (0.2, (wordings.STATE, wordings.GOALS)),
    (0.2, (wordings.URGENT, wordings.REMAINING, wordings.TASKS)),
    (0.15, (wordings.BLOCKERS, wordings.CAUTIONS)),
    (0.1, (wordings.DECISIONS,)),
)
"""Of the room, at first, for what the parts mean; what one doesn't need, the others get."""
_LAST = (wordings.ACCOMPLISHED, wordings.FILES, wordings.LOG, wordings.SOME_DAY)
"""What all else comes before."""
_FOR_NEXT, _FOR_STATE = 0, 1
_BEGINNING = 0.08
"""Of the room, for what stands under the title: what all of it is about."""
_END = 0.5
"""Of what is left then, for the end; people write what comes next last."""
_MARK = len("[lines 1031–1088 left out]\n") + 1
"""Characters that a gap costs."""
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
    found, _ = sections(text, document.body_line)
    picked = _Picked(lines, room)
    whole = range(len(lines))
    picked.take(_headings(found, document, room), int(room * _HEADINGS))
    picked.take(whole, int(room * _BEGINNING))
    parts = list(_parts(document, body, found))
    for part, (share, _) in zip(parts, _SHARES, strict=True):
        picked.take(part, int(room * share))
    past = set(_meant(_LAST, document, found))
    rest = [line for line in whole if line not in past]
    picked.take_last(rest, int(picked.left * _END))
    picked.take_of_each(_between_headings(rest, found, document))
    for part in (*parts, rest):
        picked.take(part, picked.left)
    picked.take_last(whole, picked.left)
    return picked.quotation(document.body_line)


def _headings(found: Sequence[Section], document: Document, room: int) -> list[int]:
    most = room * _HEADINGS
    for level in range(BOLD - 1, 0, -1):
        chosen = [section for section in found if section.level <= level]
        if sum(len(section.title) + _MARK for section in chosen) <= most:
            return [section.line - document.body_line for section in chosen]
    return []


def _parts(document: Document, body: Body, found: Sequence[Section]) -> Iterator[list[int]]:
    """Return for each share the lines of what it is for, the surest first."""
    for number, (_, meanings) in enumerate(_SHARES):
        lines: list[int] = []
        if number == _FOR_NEXT:
            step = body.next_action or body.likely
            for section in (one for one in found if is_update(one.title)):
                lines += _lines_of(section, document)
            lines += _around(step, document) + _lines_of(body.next_steps, document)
        if number == _FOR_STATE:
            lines += _lines_of(body.state, document)
        yield [*lines, *_meant(meanings, document, found)]


def _meant(
    meanings: Iterable[Wordings], document: Document, found: Sequence[Section]
) -> Iterator[int]:
    """Return the lines of the sections that mean something, the surest first."""
    for words in meanings:
        sure = [(rank, -one.line, one) for one in found if (rank := sureness(one.title, words))]
        for *_, section in sorted(sure, key=lambda one: one[:2]):
            yield from _lines_of(section, document)


def _between_headings(
    lines: Iterable[int], found: Sequence[Section], document: Document
) -> list[list[int]]:
    """Return lines in groups, each of what stands below one heading."""
    starts = [section.line - document.body_line for section in found]
    return [list(group) for _, group in groupby(lines, lambda line: bisect_right(starts, line))]


def _around(step: Step | None, document: Document) -> list[int]:
    if step is None:
        return []
    begin = max(step.line - document.body_line, 0)
    return list(range(begin, begin + _AROUND))


def _lines_of(section: Section | None, document: Document) -> list[int]:
    if section is None:
        return []
    begin = max(section.text_line - document.body_line, 0)
    end = begin + section.text.count("\n") + 1
    return [max(section.line - document.body_line, 0), *range(begin, end)]


class _Picked:
    def __init__(self, lines: Sequence[str], room: int) -> None:
        self._lines = lines
        self._blocks = {
            line: range(begin, end + 1)
            for begin, end in code_blocks(lines)
            for line in range(begin, end + 1)
        }
        self._shown: dict[int, str] = {}
        self._room = room
        self.left = room - _MARK

    def take(self, part: Iterable[int], room: int) -> None:
        """Take a part's lines in its order, as many as there is room for; one may be cut.

        A block of code is taken whole or not at all.
        """
        room = min(room, self.left)
        for index in part:
            if not 0 <= index < len(self._lines) or index in self._shown:
                continue
            block = self._blocks.get(index)
            wanted = block or range(index, index + 1)
            cost = self._cost(wanted)
            if cost > room and block is None:
                self._cut(index, room)
                return
            if cost > room:
                continue
            for one in wanted:
                self._shown[one] = self._lines[one]
            room -= cost
            self.left -= cost

    def take_of_each(self, parts: Sequence[Sequence[int]]) -> None:
        """Take of each part alike, of the short ones all."""
        by_length = sorted(parts, key=lambda part: sum(len(self._lines[one]) for one in part))
        for number, part in enumerate(by_length):
            self.take(part, self.left // (len(by_length) - number))

    def take_last(self, part: Sequence[int], room: int) -> None:
        """Take the last lines of a part, without one left out among them."""
        left = room
        begin = len(part)
        for index in reversed(part):
            left -= 0 if index in self._shown else len(self._lines[index]) + 1
            if left < _MARK:
                break
            begin -= 1
        self.take(part[begin:], room)

    def _cost(self, wanted: range) -> int:
        """Return what lines cost: their text, and a mark more or fewer for the gaps around them."""
        begins_apart = wanted[0] > 0 and wanted[0] - 1 not in self._shown
        ends_apart = wanted[-1] + 1 < len(self._lines) and wanted[-1] + 1 not in self._shown
        gaps = begins_apart + ends_apart - 1
        return sum(len(self._lines[one]) + 1 for one in wanted) + gaps * _MARK

    def _cut(self, index: int, room: int) -> None:
        """Show a part of a line that is too long, where that is worth it."""
        line = self._lines[index]
        if room <= _MARK + _LEAST_CUT or len(line) <= 2 * _LEAST_CUT:
            return
        self._shown[index] = line[: room - _MARK - 2].rstrip() + "…"
        self.left -= room

    def quotation(self, first_line: int) -> Quotation:
        """Return what was picked, each gap marked; a short one is filled where there is room."""
        for index in [one for one in self._shown if not self._lines[one].strip()]:
            if self._shown.keys().isdisjoint((index - 1, index + 1)):  # a blank between two gaps
                del self._shown[index]
        filled = self._quotation(first_line, 3 * _MARK)
        is_short = len(filled.text) <= self._room
        return filled if is_short else self._quotation(first_line, _MARK)

    def _quotation(self, first_line: int, most: int) -> Quotation:
        said: list[str] = []
        left_out = 0
        for is_shown, group in groupby(range(len(self._lines)), self._shown.__contains__):
            part = list(group)
            whole = [self._lines[index] for index in part]
            if is_shown:
                shown = [self._shown[index] for index in part]
            else:
                shown = self._mark(part[0], part[-1] + 1, first_line, most)
            said += shown
            left_out += len(part) if len(shown) < len(part) else sum(map(ne, shown, whole))
        return Quotation("\n".join(said).strip("\n"), left_out)

    def _mark(self, begin: int, end: int, first_line: int, most: int) -> list[str]:
        gap = list(self._lines[begin:end])
        if sum(len(line) + 1 for line in gap) <= most:
            return gap
        if end - begin == 1:
            return [f"[line {first_line + begin} left out]"]
        return [f"[lines {first_line + begin}–{first_line + end - 1} left out]"]
