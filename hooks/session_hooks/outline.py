"""The structure of a markdown body: its headings, and what stands below each."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from session_hooks.document import Problem, Section

if TYPE_CHECKING:
    from markdown_it.token import Token

_MARKUP = re.compile(r"[*_`~]+")
_NUMBER = re.compile(r"^\s*(?:\d+[.):]|[a-z][.)]|step \d+:?)\s*", re.IGNORECASE)
_MAX_UNCLOSED = 3


def sections(body: str, first_line: int = 1) -> tuple[tuple[Section, ...], tuple[Problem, ...]]:
    """Return the sections of ``body`` in order, and what kept it from being read whole.

    A heading inside a code fence is no heading. A fence that is never closed would swallow the
    rest of the document, so its opening line is then read as text, and said.
    """
    problems: list[Problem] = []
    lines = _lines(body)
    tokens = _parse("\n".join(lines))
    while len(problems) < _MAX_UNCLOSED and (opened := _unclosed_fence(tokens, lines)) is not None:
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


def first_item(text: str) -> str:
    """Return the first thing that a list or paragraph says is to be done; "" where nothing is.

    A ticked box is done, so the first open one comes before it; code blocks are not items.
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"maxNesting": 20}).disable("inline").parse(text)
    contents = [
        " ".join(token.content.split())
        for opening, token in pairwise(tokens)
        if token.type == "inline" and opening.type == "paragraph_open"
    ]
    open_ones = [item for item in contents if not re.match(r"\[[xX]\]", item)]
    boxes = [item for item in open_ones if item.startswith("[ ]")]
    first = next(iter(boxes or open_ones), "")
    return re.sub(r"\*\*|`", "", first.removeprefix("[ ]").strip())
