"""Choose which parts of a document are quoted within a budget."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import ne

from session_hooks.documents import wordings
from session_hooks.documents.headings import Wordings, is_update, sureness
from session_hooks.documents.markdown import BOLD, code_blocks, sections
from session_hooks.documents.model import Body, Document, Section, Step
from session_hooks.util.lazy import Value, pattern

_NAMES = 0.15
"""Of the room, for the headings that a gap names: of all levels where they fit, else the higher."""
_NAME = 60
"""Characters of a heading there."""
_LABEL = 40
"""Characters of a line that only leads to what is below it, as ``**Commands:**``."""
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
_BLOCK = pattern(r"\s*(?:[-*+]\s|[>|#]|\*\*|\d{1,3}[.)]\s)")
"""Begins a line that stands on its own: an item, a heading, a row, a quoted line, a label."""
_AROUND = 12
"""Lines of a paragraph, on either side of the one that was asked for."""


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
    picked = _Picked(lines, room, {one.line - document.body_line: one for one in found})
    whole = range(len(lines))
    picked.take(whole, int(room * _BEGINNING))
    parts = list(_parts(document, body, found))
    for part, (share, _) in zip(parts, _SHARES, strict=True):
        picked.take(part, int(room * share))
    past = set(_meant(_LAST, document, found))
    rest = [line for line in whole if line not in past]
    picked.take_last(rest, int(picked.left * _END))
    picked.take_whole(_between_headings(rest, found, document))
    for part in (*parts, rest):
        picked.take(part, picked.left, may_cut=False)
    picked.tidy()
    picked.take_last(whole, picked.left)
    picked.tidy()
    return picked.quotation(document.body_line)


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
    def __init__(self, lines: Sequence[str], room: int, headings: Mapping[int, Section]) -> None:
        self._lines = lines
        self._headings = headings
        self._code = {
            line: range(begin, end + 1)
            for begin, end in code_blocks(lines)
            for line in range(begin, end + 1)
        }
        self._shown: dict[int, str] = {}
        self._room = room
        names = sum(len(_name(one)) + 2 for one in headings.values())
        self.left = room - _MARK - min(names, int(room * _NAMES))

    def take(self, part: Iterable[int], room: int, *, may_cut: bool = True) -> None:
        """Take a part's lines in its order, as many as there is room for.

        A block of code is taken whole or not at all, a paragraph too, unless it is the first one.
        """
        room = min(room, self.left)
        first = range(0)
        for index in part:
            if not 0 <= index < len(self._lines) or index in self._shown:
                continue
            code, paragraph = self._code.get(index), self._paragraph(index)
            if not first and index not in self._headings and self._lines[index].strip():
                first = paragraph
            is_first = may_cut and index in first
            wanted = code or (range(index, index + 1) if is_first else paragraph)
            cost = self._cost(wanted)
            if cost > room and code:
                continue
            if cost > room:
                if is_first:
                    self._cut(index, room)
                return
            for one in wanted:
                self._shown[one] = self._lines[one]
            room -= cost
            self.left -= cost

    def take_whole(self, parts: Iterable[Sequence[int]]) -> None:
        """Take each part that there is room for, the short ones first."""
        for part in sorted(parts, key=lambda part: sum(len(self._lines[one]) for one in part)):
            hidden = [one for one in part if one not in self._shown]
            if sum(len(self._lines[one]) + 1 for one in hidden) + _MARK <= self.left:
                self.take(part, self.left)

    def take_last(self, part: Sequence[int], room: int) -> None:
        """Take the last lines of a part, without one left out among them."""
        left = room
        begin = len(part)
        for index in reversed(part):
            left -= 0 if index in self._shown else len(self._lines[index]) + 1
            if left < _MARK:
                break
            begin -= 1
        apart = (at for at in range(begin, len(part)) if not self._is_within(part[at]))
        self.take(part[next(apart, begin) :], room)

    def _is_within(self, index: int) -> bool:
        """Tell whether a line is a part of what stands above it."""
        return self._lines[index].startswith((" ", "\t")) or self._runs_on(index)

    def _paragraph(self, index: int) -> range:
        """Return the lines around one that run on, as far as they aren't shown."""
        begin, end, last = index, index + 1, min(len(self._lines), index + _AROUND)
        while begin > index - _AROUND and self._runs_on(begin) and begin - 1 not in self._shown:
            begin -= 1
        while end < last and self._runs_on(end) and end not in self._shown:
            end += 1
        return range(begin, end)

    def _runs_on(self, index: int) -> bool:
        """Tell whether a line goes on with the paragraph of the one above it."""
        above, line = self._lines[index - 1] if index else "", self._lines[index]
        is_below_text = bool(above.strip()) and index - 1 not in self._headings
        is_text = bool(line.strip()) and index not in self._code
        return is_below_text and is_text and not _BLOCK.match(line)

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
        most = room - _MARK - 2
        words = line[:most].rpartition(" ")[0]
        cut = words if len(words) > most - _LEAST_CUT else line[:most]
        self._shown[index] = cut.rstrip() + "…"
        self.left -= room

    def tidy(self) -> None:
        """Take out again what only leads to something below it that is not shown."""
        below: int | None = None
        for index in reversed(range(len(self._lines))):
            line = self._lines[index].strip()
            if not line:
                continue
            if below is not None and index in self._shown and below not in self._shown:
                is_label = line.rstrip("*_ ").endswith(":") and len(line) <= _LABEL
                if index in self._headings or is_label or line == "---":
                    del self._shown[index]
                    self.left += len(line) + 1
            below = index

    def quotation(self, first_line: int) -> Quotation:
        """Return what was picked, each gap marked; a short one is filled where there is room."""
        for index in [one for one in self._shown if not self._lines[one].strip()]:
            if self._shown.keys().isdisjoint((index - 1, index + 1)):  # a blank between two gaps
                del self._shown[index]
        level = self._level(self._room - len(self._quotation(first_line, _MARK, 0).text))
        filled = self._quotation(first_line, 3 * _MARK, level)
        is_short = len(filled.text) <= self._room
        return filled if is_short else self._quotation(first_line, _MARK, level)

    def _level(self, room: int) -> int:
        """Return down to which level the headings that are left out can be named."""
        hidden = [one for line, one in self._headings.items() if line not in self._shown]
        fits = (
            level
            for level in range(BOLD, 0, -1)
            if sum(len(_name(one)) + 2 for one in hidden if one.level <= level) <= room
        )
        return next(fits, 0)

    def _quotation(self, first_line: int, most: int, level: int) -> Quotation:
        said: list[str] = []
        left_out = 0
        for is_shown, group in groupby(range(len(self._lines)), self._shown.__contains__):
            part = list(group)
            whole = [self._lines[index] for index in part]
            if is_shown:
                shown = [self._shown[index] for index in part]
            elif sum(len(line) + 1 for line in whole) <= most:
                shown = whole
            else:
                shown = [self._mark(part, first_line, level)]
            said += shown
            left_out += len(part) if len(shown) < len(part) else sum(map(ne, shown, whole))
        return Quotation("\n".join(said).strip("\n"), left_out)

    def _mark(self, gap: Sequence[int], first_line: int, level: int) -> str:
        """Say which lines are left out, and under which headings they stand."""
        begin, end = first_line + gap[0], first_line + gap[-1]
        lines = f"lines {begin}–{end}" if end > begin else f"line {begin}"
        heads = (self._headings[index] for index in gap if index in self._headings)
        names = "; ".join(_name(one) for one in heads if one.level <= level)
        return f"[{lines} left out{': ' if names else ''}{names}]"


def _name(section: Section) -> str:
    title = section.title
    return title if len(title) <= _NAME else title[: _NAME - 1].rstrip() + "…"
