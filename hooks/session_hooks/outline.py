"""The structure of a markdown body: its headings, and what stands below each."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from session_hooks.document import Problem, Section

if TYPE_CHECKING:
    from markdown_it.token import Token

_MARKUP = re.compile(r"[*_`~]+")
_NUMBER = re.compile(r"^\s*(?:\d+[.):]|[a-z][.)]|step \d+:?)\s*", re.IGNORECASE)
_MAX_UNCLOSED = 3
MAX_BODY = 200_000
"""Characters that are looked into: about a second of the slowest markdown there is."""


def sections(body: str, first_line: int = 1) -> tuple[tuple[Section, ...], tuple[Problem, ...]]:
    """Return the sections of ``body`` in order, and what kept it from being read whole.

    A heading inside a code fence is no heading. A fence that is never closed would swallow the
    rest of the document, so its opening line is then read as text, and said.
    """
    problems: list[Problem] = []
    if len(body) > MAX_BODY:
        body = body[:MAX_BODY].rpartition("\n")[0]
        end = first_line + body.count("\n")
        problems.append(Problem(end, "what comes after is too long to be looked into"))
    lines = _lines(body)
    tokens = _parse("\n".join(lines))
    while len(problems) <= _MAX_UNCLOSED and (opened := _unclosed_fence(tokens, lines)) is not None:
        problems.append(
            Problem(first_line + opened, "a code fence is opened here and never closed")
        )
        lines[opened] = ""
        tokens = _parse("\n".join(lines))
    return tuple(_cut(tokens, _lines(body), first_line)), tuple(problems)


def _lines(text: str) -> list[str]:
    # As markdown-it counts them; str.splitlines() knows a dozen more line ends.
    return re.split(r"\r\n?|\n", text)


def _parse(text: str) -> "list[Token]":
    from markdown_it import MarkdownIt  # 30 ms

    # Only the block structure is needed, and only the top level's: the deepest quotes and lists
    # of a hostile document are cut off early.
    return MarkdownIt("commonmark", {"maxNesting": 20}).disable("inline").parse(text)


def _unclosed_fence(tokens: "list[Token]", lines: list[str]) -> int | None:
    for token in tokens:
        if token.type == "fence" and token.level == 0 and token.map is not None:
            start, end = token.map
            last = lines[end - 1].strip() if end - 1 > start else ""
            closed = last.startswith(token.markup) and not last.strip(token.markup[0])
            if end >= len(lines) - 1 and not closed:
                return start
    return None


def _cut(tokens: "list[Token]", lines: list[str], first_line: int) -> "list[Section]":
    headings = [
        (int(opening.tag[1:]), opening.map[0], opening.map[1], content.content)
        for opening, content in pairwise(tokens)
        if opening.type == "heading_open" and opening.level == 0 and opening.map is not None
    ]
    found = []
    nearest = [len(lines)] * 7  # by level: where the next heading of that level begins
    for level, start, text_start, title in reversed(headings):
        end = min(nearest[: level + 1])
        text = "\n".join(lines[text_start:end]).strip("\n")
        found.append(Section(title.strip(), level, first_line + start, text))
        nearest[level] = start
    return found[::-1]


def heading_key(title: str) -> str:
    """Return a heading in the form that it is looked up by: no markup, emoji, number or case."""
    words = _NUMBER.sub("", _MARKUP.sub("", title))
    letters = "".join(c if c.isalnum() or c in "'’/&" else " " for c in words)
    return " ".join(letters.casefold().replace("’", "'").split())


class Block(NamedTuple):
    """One piece of a body's text: a paragraph, a list's item, a table's row, a heading or code."""

    kind: str
    """``paragraph``, ``item``, ``row``, ``heading`` or ``code``."""
    depth: int
    """How deep in lists; 1 is an item of the outermost."""
    text: str
    line: int
    """Counted from the text's own first line, 0."""


def blocks(text: str, *, code: bool = False) -> list[Block]:
    """Return the pieces of a text in order; code, as it stands, only if it is asked for."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable("inline")
    found: list[Block] = []
    depth = 0
    cells: list[str] = []
    kind = "paragraph"
    in_head = False
    for token in parser.parse(text):
        line = token.map[0] if token.map else 0
        depth += _DEEPER.get(token.type, 0)
        if token.type in ("thead_open", "thead_close"):
            in_head = token.type == "thead_open"
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and not in_head:
            found.append(Block("row", depth, " | ".join(cell for cell in cells if cell), line))
        elif token.type in ("fence", "code_block") and code:
            found.append(Block("code", depth, token.content.rstrip("\n"), line))
        elif token.type in _KINDS:
            kind = _KINDS[token.type]
        elif token.type == "inline":
            content = " ".join(token.content.split())
            if kind == "cell":
                cells.append(content)
            else:
                found.append(Block(kind, depth, content, line))
                kind = "paragraph"
    return found


_DEEPER = {
    "bullet_list_open": 1,
    "ordered_list_open": 1,
    "bullet_list_close": -1,
    "ordered_list_close": -1,
}
_KINDS = {
    "list_item_open": "item",
    "heading_open": "heading",
    "td_open": "cell",
    "th_open": "cell",
    "blockquote_open": "paragraph",
    "table_close": "paragraph",
}
