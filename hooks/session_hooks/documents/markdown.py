"""Split markdown into blocks, sections and checkboxes."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from session_hooks.documents.model import Boxes, Document, Problem, Section
from session_hooks.util.lazy import Value, pattern

BOLD = 7  # the level of a line in bold that stands alone: below every heading
_HIDING = ("```", "~~~", "<!--")
_COMMENT_END = "-->"
_MAX_UNCLOSED = 3
_MAX_HEADINGS = 2_000
_MARKUP = pattern(r"[*_`~]+")
_NUMBER = pattern(r"^\s*(?:\d+(?:[.):]|\ufe0f?\u20e3)|[a-z][.)]|step \d+:?)\s*", re.IGNORECASE)
_FENCE = pattern(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_HASHES = pattern(r" {0,3}(#{1,6})(?=[ \t]|$)")
_UNDERLINE = pattern(r" {0,3}(=+|-+)[ \t]*$")
_LABEL_LINE = pattern(r"\s*(?:\*\*[^*\n]+(?:\*\*)?|[^*:\n]{2,30})[:：](?:\*\*)?\s*\S")
ANY_ITEM = pattern(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
"""How an item begins, however deep; the first group is its indent."""
_TAG = (
    r"</?(?i:div|details|summary|table|p|section|article|center|ul|ol|li|h[1-6]|hr|pre|blockquote"
    r"|form|iframe|main|nav|header|footer|figure|dl)\b"
)
_QUOTE = pattern(r"( *)> ?(?: {0,3}> ?)*")
_OPENING = pattern(
    r"(?P<rule>([-*_])(?: *\2){2,}$)"
    r"|(?P<item>(?:[-+*]|(?P<number>[0-9]{1,9})[.)])(?: +(?P<words>.*)|$))"
    r"|(?P<heading>#{1,6}(?: +(?P<title>.*)|$))"
    r"|(?P<fence>`{3,}(?=[^`]*$)|~{3,})"
    r"|(?P<comment><!--)"
    rf"|(?P<html>{_TAG})"
)
_BELOW_HEAD = pattern(r"(?=.*\|)\|? *:?-+:? *(?:\| *:?-+:? *)*\|?$")
_DEEPEST = 20
_CODE = 4  # columns from which an indented line is code in markdown, and text here
_CELL_END = pattern(r"(?<!\\)\|")
_BOLD_LINE = pattern(
    r" {0,3}(?:[^\w\s*_>|`#+.()\[\]-]+ ?)?(\*\*|__)(?=\S)([^*]{2,80}?)\1[:：]?\s*$"
)
UNDER_WAY, OPEN, DEFERRED, TICKED, DROPPED = "under way", "open", "deferred", "ticked", "dropped"
_MARKS = {  # as task plug-ins of editors have it
    " ": OPEN, "!": OPEN, "/": UNDER_WAY, "~": UNDER_WAY, ">": DEFERRED, "<": DEFERRED,
    "x": TICKED, "X": TICKED, "✓": TICKED, "✔": TICKED, "✅": TICKED, "-": DROPPED,
}  # fmt: skip
CLOSED = (TICKED, DROPPED)
ORDER = (UNDER_WAY, OPEN, DEFERRED)
_SIGNS = "".join(_MARKS).replace("-", r"\-")
_MARK = pattern(rf"\[([{_SIGNS}])\](?:\s+|$)")
_BOX = pattern(rf"[ \t>]*+(?:[-*+]|\d{{1,9}}[.)])[ \t]+\[([{_SIGNS}])\][ \t]+(\S.*)")
_HAS_BOXES = pattern(rf"\[[{_SIGNS}]\][ \t]")


class Heading(Value):
    level: int
    begin: int
    end: int
    title: str


class Block(Value):
    kind: str  # ``paragraph``, ``item``, ``row``, ``heading`` or ``code``
    depth: int  # in lists; 1 is an item of the outermost
    text: str
    line: int
    is_numbered: bool = False


class Box(Value):
    text: str
    line: int
    mark: str

    @property
    def is_ticked(self) -> bool:
        return self.mark == TICKED

    @property
    def is_open(self) -> bool:
        return self.mark in ORDER


def sections(
    body: str, first_line: int = 1, *, bold: bool = False
) -> tuple[tuple[Section, ...], tuple[Problem, ...]]:
    """Return the sections of ``body`` in order, and what kept it from being read whole.

    A fence that is never closed would swallow the rest, so its opening line is read as text. With
    ``bold``, a line in bold that stands alone is a heading of the level ``BOLD``.
    """
    lines = body.split("\n")
    prose, unclosed = _prose(lines)
    never_closed = "a code fence is opened here and never closed"
    problems = [Problem(first_line + opened, never_closed) for opened in unclosed]
    headings = list(_headings(prose, bold=bold))
    if len(headings) > _MAX_HEADINGS:
        half = _MAX_HEADINGS // 2
        begin = first_line + headings[half].begin
        problems.append(Problem(begin, "there are too many headings to look into each from here"))
        headings = headings[:half] + headings[-half:]
    return cut(headings, lines, first_line), tuple(problems)


def prose(text: str) -> list[str]:
    """Return a text's lines, those of code and comments blanked."""
    return _prose(text.split("\n"))[0]


def code_blocks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the lines of each code fence that is closed."""
    for begin, end, mark in _hidden(lines):
        if end is not None and mark != _COMMENT_END:
            yield begin, end


def heading_key(title: str) -> str:
    """Return a heading in the form that it is looked up by: no markup, emoji, number or case."""
    words = _NUMBER.sub("", _MARKUP.sub("", title))
    letters = "".join(c if c.isalnum() or c in "'’/&" or _is_mark(c) else " " for c in words)
    return " ".join(letters.casefold().replace("’", "'").split())


def blocks(text: str, *, code: bool = False) -> list[Block]:
    """Return the pieces of a text in order; code, as it stands, only if it is asked for.

    Paragraphs, lists, headings, fences and tables are what markdown-it finds, whose import takes as
    long as four bare starts; code that is only indented is text.
    """
    reader = _BlockReader()
    for number, written in enumerate(text.expandtabs(4).split("\n")):
        reader.read(number, written)
    found = []
    for kind, depth, lines, line, is_numbered in reader.found:
        if kind == "code":
            if code:
                found.append(Block(kind, depth, "\n".join(lines).rstrip("\n"), line))
            continue
        said = " ".join(" ".join(lines).split())
        is_bold = kind == "paragraph" and _BOLD_LINE.match(said) is not None
        found.append(Block("heading" if is_bold else kind, depth, said, line, is_numbered))
    return found


def boxes(body: str) -> Boxes:
    found = list(_boxes(body, 0))
    return Boxes(sum(box.is_ticked for box in found), sum(box.is_open for box in found))


def each_box(document: Document) -> Iterator[Box]:
    """None of code and comments; lines are the file's."""
    return _boxes(document.body, document.body_line)


def boxes_in(lines: Iterable[str], first_line: int = 0) -> Iterator[Box]:
    for number, text in enumerate(lines, start=first_line):
        if "]" in text and (match := _BOX.match(text)):
            yield Box(match[2], number, _MARKS[match[1]])


def mark_of(text: str) -> str | None:
    match = _MARK.match(text)
    return _MARKS[match[1]] if match else None


def without_box(text: str) -> str:
    match = _MARK.match(text)
    return text[match.end() :] if match else text


class _BlockReader:
    """Reads line by line: what begins nothing goes on with the last piece."""

    def __init__(self, *, is_prose: bool = False) -> None:
        self.found: list[tuple[str, int, list[str], int, bool]] = []  # as blocks
        self._columns = [0]  # where the text begins: the whole one, then that of each open item
        self._is_open = False  # whether the last piece may go on
        self._is_quoted = False
        self._fence = ""  # of the code that is read
        self._fence_indent = 0
        self._html_end: str | None = None  # what ends the HTML that is read: "" for a blank line
        self._width = 0  # of the table that is read
        self._is_prose = is_prose  # code and comments that end are blanked in it

    @property
    def is_at_top(self) -> bool:
        """Whether what was read last stands in no list and no quotation."""
        return len(self._columns) == 1 and not self._is_quoted

    @property
    def paragraph(self) -> list[str]:
        """The lines of one that may go on, in no list and no quotation."""
        return self.found[-1][2] if self._is_open and self.is_at_top else []

    def read(self, number: int, line: str) -> None:
        if not (line or self._fence or self._html_end):  # as most lines of a text cut in its midst
            self._is_open, self._width, self._html_end = False, 0, None
            return
        bare = _unquoted(line)
        said, indent = bare.strip(" "), _indent(bare)
        within = indent - self._columns[-1]
        opening = None if within >= _CODE else _OPENING.match(said)
        is_quoted = bare != line
        self._is_open = self._is_open and (self._is_quoted or not is_quoted)
        self._is_quoted = is_quoted
        if self._fence and not (said and within < 0):
            self._read_code(bare, said, indent)
        elif self._html_end is not None:
            is_over = self._html_end in said if self._html_end else not said
            self._html_end = None if is_over else self._html_end
        elif not said:
            self._is_open, self._width = False, 0
        elif self._width and not opening and 0 <= within < _CODE:
            if cells := [cell for cell in _cells(said)[: self._width] if cell]:
                self._add("row", number, " | ".join(cells))
        elif self._is_open and within >= 0 and self._begins_table(said):
            self._is_open = False
        elif self._is_open and not (opening and self._interrupts(opening, within)):
            self.found[-1][2].append(said)
        else:
            while self._columns[-1] > indent:
                self._columns.pop()
            self._is_open, self._width, self._fence = False, 0, ""
            self._begin(number, opening, said, indent)

    @staticmethod
    def _interrupts(opening: re.Match[str], within: int) -> bool:
        """In a paragraph a list begins with 1, for a year begins a line of prose, too."""
        is_likely = bool(opening["words"]) and int(opening["number"] or 1) == 1
        return not opening["item"] or within < 0 or is_likely

    def _begin(self, number: int, opening: re.Match[str] | None, said: str, indent: int) -> None:
        item: re.Match[str] | None = None
        while opening and opening["item"] and len(self._columns) < _DEEPEST:
            item, said = opening, opening["words"] or ""
            indent += opening.start("words") if said else opening.end() + 1
            self._columns.append(indent)
            opening = _OPENING.match(said)
        if opening and opening["heading"]:
            self._add("heading", number, _without_hashes(opening["title"] or ""))
        elif opening and opening["fence"] and not self._is_prose:
            self._fence, self._fence_indent = opening["fence"], indent
            self._add("code", number)
        elif opening and opening["html"]:
            self._html_end = ""
        elif opening and opening["comment"] and not self._is_prose:
            self._html_end = None if _COMMENT_END in said else _COMMENT_END
        elif said and not (opening and opening["rule"]):
            is_numbered = item is not None and item["number"] is not None
            self._add("item" if item else "paragraph", number, said, is_numbered=is_numbered)
            self._is_open = indent - self._columns[-1] < _CODE

    def _add(self, kind: str, number: int, *lines: str, is_numbered: bool = False) -> None:
        self.found.append((kind, len(self._columns) - 1, [*lines], number, is_numbered))

    def _read_code(self, line: str, said: str, indent: int) -> None:
        if len(said) >= len(self._fence) and not said.strip(self._fence[0]):
            self._fence = ""
        else:
            self.found[-1][2].append(line[min(self._fence_indent, indent) :])

    def _begins_table(self, below: str) -> bool:
        """Take the head of a table out of the paragraph that it seemed to end."""
        if not _BELOW_HEAD.match(below):
            return False
        above, width = self.found[-1][2], len(_cells(below))
        if "|" not in above[-1] or len(_cells(above[-1])) != width:
            return False
        above.pop()
        if not above:
            self.found.pop()
        self._width = width
        return True


def _unquoted(line: str) -> str:
    match = _QUOTE.match(line) if ">" in line else None
    return match[1] + line[match.end() :] if match else line


def _cells(row: str) -> list[str]:
    inner = row.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [" ".join(cell.replace("\\|", "|").split()) for cell in _CELL_END.split(inner)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _prose(lines: list[str]) -> tuple[list[str], list[int]]:
    kept = list(lines)
    unclosed = []
    for begin, end, _ in _hidden(lines):
        if end is None:
            unclosed.append(begin)
        else:
            kept[begin : end + 1] = [" " * len(line) for line in lines[begin : end + 1]]
    return kept, unclosed


def _hidden(lines: Sequence[str]) -> Iterator[tuple[int, int | None, str]]:
    """Yield where code and comments begin and end, and their marks; no end for an open fence."""
    whole = "\n".join(lines)
    if not any(mark in whole for mark in _HIDING):
        return  # as in most texts, and a look at each line takes ten times as long
    last_comment = max((at for at, line in enumerate(lines) if _COMMENT_END in line), default=-1)
    begin = unclosed = 0
    while unclosed <= _MAX_UNCLOSED and (found := _opening(lines, begin, last_comment)):
        opened, mark = found
        closed = _closing(lines, opened, mark)
        yield opened, closed, mark
        unclosed += closed is None
        begin = (opened if closed is None else closed) + 1


def _opening(lines: Sequence[str], begin: int, last_comment: int) -> tuple[int, str] | None:
    for index in range(begin, len(lines)):
        start = lines[index].lstrip()[:4]
        if start[:3] in ("```", "~~~") and (match := _FENCE.match(lines[index])):
            return index, match[1]
        if start == "<!--" and index <= last_comment:
            return index, _COMMENT_END
    return None


def _closing(lines: Sequence[str], opened: int, mark: str) -> int | None:
    if mark == _COMMENT_END:
        return next(at for at in range(opened, len(lines)) if mark in lines[at])
    for index in range(opened + 1, len(lines)):
        line = lines[index].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return index
    return None


def _headings(lines: list[str], *, bold: bool) -> Iterator[Heading]:
    reader = _BlockReader(is_prose=True)
    for index, line in enumerate(lines):
        above = reader.paragraph
        if above and _UNDERLINE.match(line):
            reader.read(index, "")
            # Below several lines or a label people mean a rule, whatever markdown makes of it.
            if len(above) == 1 and not _LABEL_LINE.match(above[0]):
                level = 1 if line.lstrip()[0] == "=" else 2
                yield Heading(level, index - 1, index + 1, above[0].strip())
            continue
        before = len(reader.found)
        reader.read(index, line.expandtabs(4))
        if len(reader.found) <= before or not reader.is_at_top:
            continue
        if match := _HASHES.match(line):
            title = _without_hashes(line[match.end() :])
            yield Heading(len(match[1]), index, index + 1, title)
        elif bold and (match := _BOLD_LINE.match(line)):
            yield Heading(BOLD, index, index + 1, match[2])


def _without_hashes(title: str) -> str:
    title = title.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


def cut(headings: list[Heading], lines: list[str], first_line: int) -> tuple[Section, ...]:
    found = []
    nearest = [len(lines)] * (BOLD + 1)  # by level: where the next heading of that level begins
    for level, start, begin, title in reversed(headings):
        end = min(nearest[: level + 1])
        while begin < end and not lines[begin].strip():
            begin += 1  # noqa: PLW2901 - the text begins on its first line that isn't blank
        text = "\n".join(lines[begin:end]).rstrip()
        found.append(Section(title, level, first_line + start, text, text_line=first_line + begin))
        nearest[level] = start
    return tuple(found[::-1])


def _is_mark(character: str) -> bool:
    """Thai's and Hindi's vowels are parts of letters."""
    return character > "\u02ff" and unicodedata.category(character)[0] == "M"


def _boxes(body: str, first_line: int) -> Iterator[Box]:
    if _HAS_BOXES.search(body):  # finding what is code takes far longer
        yield from boxes_in(prose(body), first_line)
