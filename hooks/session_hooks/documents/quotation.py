"""Choose which parts of a document are quoted within a budget."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile

from session_hooks.documents import wordings
from session_hooks.documents.markdown import code_blocks, sections
from session_hooks.documents.model import Body, Document, Section
from session_hooks.documents.sections import Wordings, is_update, sureness
from session_hooks.util.lazy import Value, pattern

_LAST = (  # what all else comes before
    wordings.ACCOMPLISHED,
    wordings.FILES,
    wordings.LOG,
    wordings.SOME_DAY,
    wordings.FORMALITIES,
)
_BEGINNING = 0.08  # of the room, for what stands under the title
_END = 0.1  # of the room, for the end
_ONE_SECTION = 0.5  # of what is left then; the last come first: there people say what follows
_NAMES = 0.1  # of the room, for the names of what is left out
_NAMES_IN_A_GAP = (240, 120, 60, 0)  # characters in one gap, the first with which all fits
_NAME = 60  # characters of one name
_MARK = len("[lines 1031–1088 left out]\n\n") + 1  # characters that a gap costs
_LEAST_CUT = 80  # characters of a line that are worth showing of a longer one
_BLOCK = 600  # characters that are shown whole or not at all
_BEGINS = pattern(r"(?:[-*+]\s|[>|#]|\*\*|\d{1,3}[.)]\s)")  # an item, a row, a quoted line, a label
_WITHIN = pattern(r"[ \t]|(?!1[.)])\d{1,3}[.)]\s")  # what is a part of the above
_BLANK = ("", "---")
_FENCE = pattern(r"\s*(?:```|~~~)")
_CUT = "…"
_REST = "the rest of this section"
_AROUND = 12  # lines that a step stands in


class Quotation(Value):
    text: str
    left_out: int  # lines that are not in it, or not whole
    hidden: int = 0  # characters that nobody sees, taken out of it


def quote(document: Document, body: Body, room: int) -> Quotation:
    """Return a body's text in at most about ``room`` characters, in its own order."""
    text = document.body.rstrip()
    first = len(text) - len(text.lstrip("\n"))
    lines = text.split("\n")
    if len(text) - first <= room:
        return Quotation(text[first:], 0)
    found, _ = sections(text, document.body_line)
    headings = {one.line - document.body_line: one for one in found}
    step = body.next_action or body.likely
    picked = _Picked(lines, headings, room, step.line - document.body_line if step else -1)
    whole = range(len(lines))
    picked.take(whole, int(room * _BEGINNING))
    parts = list(_parts(document, body, found))
    for share, part in parts:
        picked.take(part, int(room * share))
    for _, part in parts[:-1]:  # of decisions the newest may stand last
        if 2 * len(set(part)) < len(lines):  # else it says nothing of what comes first
            picked.take(part, picked.left - int(room * _END), may_cut=False)
    picked.take_whole(parts[-1][1], int(picked.left * _ONE_SECTION))
    picked.take_last(int(room * _END))
    past = set(_meant(_LAST, document, found))
    rest = [line for line in whole if line not in past]
    heads = list(headings)
    below_headings = groupby(rest, lambda line: bisect_right(heads, line))
    for part in reversed([list(lines) for _, lines in below_headings]):
        picked.take_whole(part, int(picked.left * _ONE_SECTION))
    picked.take(rest, picked.left, may_cut=False)
    picked.tidy()
    picked.take_last(picked.left)
    picked.tidy()
    return picked.quotation(document.body_line)


def _parts(
    document: Document, body: Body, found: Sequence[Section]
) -> Iterator[tuple[float, list[int]]]:
    """Yield shares of the room and the lines that each is for first, the surest before others.

    What one doesn't need, the others get.
    """
    step = body.next_action or body.likely
    begin = max(step.line - document.body_line, 0) if step else 0
    around = range(begin, begin + _AROUND if step else 0)
    updates = [line for one in found if is_update(one.title) for line in _lines_of(one, document)]
    steps, state = _lines_of(body.next_steps, document), _lines_of(body.state, document)

    def meant(*words: Wordings) -> Iterator[int]:
        return _meant(words, document, found)

    yield 0.4, [*updates, *around, *steps, *meant(wordings.NEXT_STEPS)]
    yield 0.2, [*state, *meant(wordings.STATE, wordings.GOALS)]
    yield 0.2, [*meant(wordings.URGENT, wordings.REMAINING, wordings.TASKS)]
    yield 0.15, [*meant(wordings.BLOCKERS, wordings.CAUTIONS)]
    yield 0.1, [*meant(wordings.DECISIONS)]


def _meant(
    meanings: Iterable[Wordings], document: Document, found: Sequence[Section]
) -> Iterator[int]:
    for words in meanings:
        sure = [(rank, -one.line, one) for one in found if (rank := sureness(one.title, words))]
        for *_, section in sorted(sure, key=lambda one: one[:2]):
            yield from _lines_of(section, document)


def _lines_of(section: Section | None, document: Document) -> list[int]:
    if section is None:
        return []
    begin = max(section.text_line - document.body_line, 0)
    end = begin + section.text.count("\n") + 1
    return [max(section.line - document.body_line, 0), *range(begin, end)]


def _block_starts(lines: Sequence[str], headings: Container[int]) -> Iterator[int]:
    """A block has the blank lines and rules below it; of a long one each item or line is one."""
    code = dict(code_blocks(lines))
    at = 0
    while at < len(lines):
        begin, is_code = at, at in code
        at = code[at] + 1 if is_code else at + 1
        if lines[begin].strip() and not is_code and begin not in headings:
            while at < len(lines) and lines[at].strip() and at not in code and at not in headings:
                at += 1
        starts, size = [begin], sum(map(len, lines[begin:at]))
        if size > _BLOCK and not is_code:
            starts += [one for one in range(begin + 1, at) if _BEGINS.match(lines[one])]
            if size > _BLOCK * len(starts):  # a long paragraph
                starts = list(range(begin, at))
        yield from starts
        while at < len(lines) and lines[at].strip() in _BLANK:
            at += 1


class _Picked:
    """The blocks of a body that are shown, and how many characters are ``left`` for others."""

    def __init__(
        self, lines: Sequence[str], headings: Mapping[int, Section], room: int, step: int
    ) -> None:
        self._lines = lines
        self._headings = headings
        self._heading_lines = list(headings)
        self._starts = list(_block_starts(lines, headings))
        self._ends = [*self._starts[1:], len(lines)]
        self._above = dict(self._headings_above())
        self._shown: dict[int, str] = {}
        self._step = step
        self._room = room
        names = sum(len(_name(one)) + 2 for one in headings.values())
        self.left = room - _MARK - min(names, int(room * _NAMES))

    def _headings_above(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        above: tuple[tuple[int, int], ...] = ()
        for line, heading in self._headings.items():
            outer = tuple(one for one in above if one[0] < heading.level)
            above = (*outer, (heading.level, self._number(line)))
            yield line, tuple(number for _, number in above)

    def _number(self, line: int) -> int:
        return bisect_right(self._starts, line) - 1

    def _heads(self, number: int) -> tuple[int, ...]:
        """Return the blocks that head a block, itself among them if it is a heading."""
        at = bisect_right(self._heading_lines, self._starts[number])
        return self._above[self._heading_lines[at - 1]] if at else ()

    def _text(self, number: int) -> str:
        begin, end = self._starts[number], self._ends[number]
        while end > begin + 1 and self._lines[end - 1].strip() in _BLANK:
            end -= 1
        return "\n".join(self._lines[begin:end])

    def _size(self, number: int) -> int:
        lines = self._lines[self._starts[number] : self._ends[number]]
        return sum(map(len, lines)) + len(lines) - len(self._shown.get(number, ""))

    def _is_whole(self, number: int) -> bool:
        return number in self._shown and not self._shown[number].endswith(_CUT)

    def _in(self, part: Iterable[int]) -> Iterator[int]:
        among = (line for line in part if 0 <= line < len(self._lines))
        numbers = (number for number, _ in groupby(among, self._number))
        return (number for number in numbers if not self._is_whole(number))

    def take(self, part: Iterable[int], room: int, *, may_cut: bool = True) -> None:
        """Take a part's blocks in its order, as many as there is room for; the first may be cut."""
        room = min(room, self.left)
        for number in self._in(part):
            begin = self._starts[number]
            cost = self._cost([number])
            if cost > room and _FENCE.match(self._lines[begin]):
                continue
            if cost > room:
                if may_cut:
                    self._cut(number, room)
                return
            self._show([number], cost)
            room -= cost
            may_cut = may_cut and begin in self._headings

    def take_whole(self, part: Sequence[int], room: int) -> None:
        if len(part) <= room and (numbers := list(self._in(part))):
            cost = self._cost(numbers)
            if cost <= room:
                self._show(numbers, cost)

    def take_last(self, room: int) -> None:
        """Take the last blocks, without one left out among them."""
        hidden: list[int] = []
        left = min(room, self.left) - _MARK
        for number in reversed(range(len(self._starts))):
            if not self._is_whole(number):
                left -= self._size(number)
                if left < 0:
                    break
                hidden.insert(0, number)
        apart = (at for at, number in enumerate(hidden) if not self._goes_on(number))
        hidden = hidden[next(apart, 0) :]
        if hidden and (cost := self._cost(hidden)) <= min(room, self.left):
            self._show(hidden, cost)

    def _goes_on(self, number: int) -> bool:
        begin = self._starts[number]
        line, is_below = self._lines[begin], begin > 0 and self._lines[begin - 1].strip()
        is_own = begin in self._headings or begin - 1 in self._headings or _BEGINS.match(line)
        return bool(_WITHIN.match(line) or (is_below and not is_own))

    def _with_heads(self, numbers: Iterable[int]) -> set[int]:
        wanted = (one for number in numbers for one in (*self._heads(number), number))
        return {one for one in wanted if not self._is_whole(one)}

    def _cost(self, numbers: Iterable[int]) -> int:
        wanted = self._with_heads(numbers)
        gaps = sum(one - 1 not in self._shown and one - 1 not in wanted for one in wanted)
        return sum(map(self._size, wanted)) + gaps * _MARK

    def _show(self, numbers: Iterable[int], cost: int) -> None:
        for number in self._with_heads(numbers):
            self._shown[number] = self._text(number)
        self.left -= cost

    def _cut(self, number: int, room: int) -> None:
        heads = [one for one in self._heads(number) if one != number]
        cost = self._cost(heads)
        room += len(self._shown.get(number, "")) - cost - _MARK
        text = self._text(number)
        if room <= _LEAST_CUT or len(text) <= 2 * _LEAST_CUT:
            return
        self._show(heads, cost)
        end = max(text.rfind("\n", room // 2, room), text.rfind(" ", room - _LEAST_CUT, room))
        self._shown[number] = text[: end if end > 0 else room].rstrip() + _CUT
        self.left -= room + _MARK

    def tidy(self) -> None:
        """Take out again what only leads to something below it that is not shown."""
        for number in sorted(self._shown, reverse=True):
            begin, end = self._starts[number], self._ends[number]
            is_followed = number + 1 in self._shown or end == len(self._lines)
            if begin in self._headings:
                is_followed |= any(
                    number in self._heads(one) for one in self._shown if one > number
                )
            elif begin <= self._step < end or not self._shown[number].rstrip("*_ ").endswith(":"):
                continue
            if not is_followed:
                self.left += len(self._shown.pop(number)) + 1

    def quotation(self, first_line: int) -> Quotation:
        """Return what was picked, each gap marked; a short one is filled where there is room."""
        found = Quotation("", 0)
        for names in _NAMES_IN_A_GAP:
            for shortest_gap in (3 * _MARK, _MARK):
                found = self._quotation(first_line, shortest_gap, names)
                if len(found.text) <= self._room:
                    return found
        return found

    def _quotation(self, first_line: int, shortest_gap: int, names: int) -> Quotation:
        said: list[str] = []
        left_out = at = 0
        for number in (*sorted(self._shown), len(self._starts)):
            begin = self._starts[number] if number < len(self._starts) else len(self._lines)
            gap = self._lines[at:begin]
            last = begin - sum(1 for _ in takewhile(lambda line: not line.strip(), reversed(gap)))
            if sum(map(len, gap)) + len(gap) <= shortest_gap:
                said += gap
            else:
                said += [self._mark(at, last, first_line, names), *self._lines[last:begin]]
                left_out += last - at
            if number in self._shown:
                text, shown, at = self._text(number), self._shown[number], self._ends[number]
                said += [shown, *self._lines[begin + text.count("\n") + 1 : at]]
                left_out += text.count("\n") - shown.count("\n") + 1 if shown != text else 0
        return Quotation("\n".join(said).strip("\n"), left_out)

    def _mark(self, begin: int, end: int, first_line: int, names: int) -> str:
        first, last = first_line + begin, first_line + end - 1
        lines = f"lines {first}–{last}" if last > first else f"line {first}"
        among = self._heading_lines[
            bisect_left(self._heading_lines, begin) : bisect_left(self._heading_lines, end)
        ]
        said = _names([self._headings[line] for line in among], names)
        if said and begin not in self._headings:
            said = f"{_REST}; {said}"
        return f"[{lines} left out{': ' if said else ''}{said}]"


def _names(heads: Sequence[Section], room: int) -> str:
    """Name headings of all levels, else of the higher ones."""
    for level in sorted({one.level for one in heads}, reverse=True):
        names = "; ".join(_name(one) for one in heads if one.level <= level)
        if len(names) <= room:
            return names
    return f"{names[: room - 1].rstrip()}…" if heads and room else ""


def _name(section: Section) -> str:
    title = section.title
    return title if len(title) <= _NAME else title[: _NAME - 1].rstrip() + "…"
