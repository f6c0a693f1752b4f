"""Read the blocks of simple markdown without the library, whose import takes 20 ms."""

import re
from collections.abc import Iterator

from session_hooks.util.lazy import Value, pattern


class Block(Value):
    """One piece of a body's text: a paragraph, a list's item, a table's row, a heading or code."""

    kind: str
    """``paragraph``, ``item``, ``row``, ``heading`` or ``code``."""
    depth: int
    """How deep in lists; 1 is an item of the outermost."""
    text: str
    line: int
    """Counted from the text's own first line, 0."""
    is_numbered: bool = False


class _UnsureError(Exception):
    """A line may mean what is not read here."""


class _Piece(Value):
    """A block, while lines may still be added to it."""

    kind: str
    depth: int
    lines: list[str]
    line: int
    is_numbered: bool = False


_DEEPEST = 8
"""Lists in lists; a little deeper the library leaves out what comes."""
_INDENTED = 4
"""Columns from which an indented line is code, unless it goes on with a paragraph."""
_UNUSUAL = pattern("[\t\r\0]")
_OPENING = pattern(
    r"(?P<rule>([-*_])(?: *\2){2,}$)"
    r"|(?P<item>(?:[-+*]|(?P<number>[0-9]{1,9})[.)]) {1,4}(?P<words>[^ ].*))"
    r"|(?P<heading>#{1,6} +(?P<title>[^ ].*(?<!#))$)"
    r"|(?P<fence>`{3,}(?=[^`]*$)|~{3,})"
    # An empty item or heading, code in an item, hashes after a heading, a quotation, HTML.
    r"|(?P<unsure>(?:[-+*]|[0-9]{1,9}[.)]|#{1,6})(?: |$)|[<>]|```)"
)
_DEFINITION = pattern(r"\[(?![^\]\\]*\](?!:))")
"""How a paragraph begins that may define a link; a checkbox doesn't."""
_BELOW_HEAD = pattern(r"[-:|][-:| ]*$")
_SURELY_BELOW_HEAD = pattern(r"\|(?: *:?-+:? *\|)+$")
_ROW = pattern(r"\|[^\\]*\|$")


def simple_blocks(text: str, *, code: bool) -> list[Block] | None:
    """Return the blocks of a text in order, code only if asked for; None where it isn't certain.

    The import of markdown-it alone takes as long as four bare starts, and most of what people write
    below a heading is paragraphs and lists: those are read here by the same rules (CommonMark
    0.31.2; "Paragraphs", "List items", "ATX headings", "Fenced code blocks", and tables as GitHub
    has them). Where a line could be anything else, the library is asked. A test holds both equal.
    """
    if _UNUSUAL.search(text):
        return None
    reader = _Reader(text)
    try:
        reader.read()
    except _UnsureError:
        return None
    return [_block(piece) for piece in reader.found if code or piece.kind != "code"]


def _block(piece: _Piece) -> Block:
    kind, depth, lines, line, is_numbered = piece
    text = "\n".join(lines).rstrip("\n") if kind == "code" else " ".join(" ".join(lines).split())
    return Block(kind, depth, text, line, is_numbered)


class _Reader:
    """A text, read line by line."""

    def __init__(self, text: str) -> None:
        self.found: list[_Piece] = []
        self._lines = enumerate(text.split("\n"))
        self._columns = [0]
        """Where the text begins: the whole one, then that of each open item."""
        self._is_open = False
        """Whether a line that begins nothing goes on with the last piece."""

    def read(self) -> None:
        above = ""
        for index, line in self._lines:
            said, indent = line.strip(" "), _indent(line)
            opening = _OPENING.match(said)
            if not said:
                self._is_open = False
            elif "|" in above and _BELOW_HEAD.match(said):
                self._table(above, said, indent)
                said = ""
            elif self._is_open and not (opening and self._interrupts(opening, indent)):
                self.found[-1].lines.append(said)
            else:
                self._leave_items(indent)
                self._begin(opening, said, index, indent)
            above = said

    def _interrupts(self, opening: re.Match[str], indent: int) -> bool:
        """Tell whether a line ends the paragraph above it."""
        if indent - self._columns[-1] >= _INDENTED:
            return False
        if opening.lastgroup != "item":
            return True
        if indent >= self._columns[-1]:
            return int(opening["number"] or 1) == 1
        return indent - self._columns[-2] < _INDENTED

    def _leave_items(self, indent: int) -> None:
        while self._columns[-1] > indent:
            self._columns.pop()
        if indent - self._columns[-1] >= _INDENTED:
            raise _UnsureError

    def _begin(self, opening: re.Match[str] | None, said: str, index: int, indent: int) -> None:
        self._is_open = False
        if opening is None:
            self._add_text("paragraph", said, index)
        elif opening.lastgroup == "item":
            self._columns.append(indent + opening.start("words"))
            self._add_text("item", opening["words"], index, opening["number"])
        elif opening.lastgroup == "heading":
            self._add("heading", [opening["title"]], index)
        elif opening.lastgroup == "fence":
            self._add("code", list(self._code(opening["fence"], indent)), index)
        elif opening.lastgroup != "rule":
            raise _UnsureError

    def _add(self, kind: str, lines: list[str], index: int, number: str | None = None) -> None:
        depth = len(self._columns) - 1
        if depth > _DEEPEST:
            raise _UnsureError
        self.found.append(_Piece(kind, depth, lines, index, number is not None))

    def _add_text(self, kind: str, said: str, index: int, number: str | None = None) -> None:
        if _OPENING.match(said) or _DEFINITION.match(said):
            raise _UnsureError
        self._add(kind, [said], index, number)
        self._is_open = True

    def _code(self, fence: str, indent: int) -> Iterator[str]:
        """Yield the lines up to the one that closes a fence."""
        for _, line in self._lines:
            said, within = line.strip(" "), _indent(line) - self._columns[-1]
            if said and within < 0:
                break
            if within < _INDENTED and len(said) >= len(fence) and not said.strip(fence[0]):
                return
            yield line[min(indent, _indent(line)) :]
        raise _UnsureError

    def _table(self, head: str, below: str, indent: int) -> None:
        """Read a table's rows; its head has been taken for a paragraph."""
        is_head = self.found[-1].lines == [head] and _ROW.match(head)
        is_below = _SURELY_BELOW_HEAD.match(below) and self._is_within(indent)
        if not (is_head and is_below and head.count("|") == below.count("|")):
            raise _UnsureError
        self.found.pop()
        self._is_open = False
        for index, line in self._lines:
            said = line.strip(" ")
            if not said:
                break
            if not (_ROW.match(said) and self._is_within(_indent(line))):
                raise _UnsureError
            cells = said[1:-1].split("|")[: head.count("|") - 1]
            words = [cell.strip() for cell in cells]
            if any(words):
                self._add("row", [" | ".join(filter(None, words))], index)

    def _is_within(self, indent: int) -> bool:
        return 0 <= indent - self._columns[-1] < _INDENTED


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
