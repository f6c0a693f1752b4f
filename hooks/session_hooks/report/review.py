"""Compute what journals and handoffs left open, and what recurs in several of them. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from session_hooks.documents import markdown, references
from session_hooks.documents.markdown import blocks, each_box
from session_hooks.documents.model import Document, Section, is_filled
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.sections import end_of, is_check, is_done, says_nothing
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_OFTEN = 3
"""In how many documents something recurs (002, "Synthesis Opportunities": repeatedly)."""
_ALIKE = 0.7
"""What part of their words two texts share that say the same."""
_WORD = pattern(r"[^\W_]{3,}")
_LESSONS = pattern(r"lessons?\b|learn(?:ed|t|ings?)\b|gotchas?\b", re.IGNORECASE)
_MOST_ITEMS = 200


class Item(Value):
    """One thing that a document left open, or says."""

    path: str
    line: int
    text: str


class Left(Value):
    """What one document left open."""

    path: str
    title: str
    when: datetime
    items: tuple[Item, ...]


class Recurrence(Value):
    """What several documents say alike, and where it could go (002)."""

    kind: str
    """``file``, ``follow-up``, ``blocker`` or ``lesson``."""
    text: str
    places: tuple[Item, ...]
    to: str


class Review(Value):
    """What was left open, the newest document first, and what recurs, the most often first."""

    left: tuple[Left, ...]
    recurring: tuple[Recurrence, ...]


_TO = {
    "file": "an investigation: why does this file come up so often?",
    "follow-up": "the plan: nobody got to it",
    "blocker": "an investigation: what would remove it?",
    "lesson": "a playbook",
}


def review(documents: Iterable[tuple[Document, datetime]]) -> Review:
    """Review documents, each with when it was written last."""
    newest_first = sorted(documents, key=lambda one: (one[1], one[0].path), reverse=True)
    left = []
    said: dict[str, list[Item]] = {kind: [] for kind in _TO}
    for document, when in newest_first:
        body = read_body(document)
        items = [*_open(document, body.next_steps)]
        left.append(Left(document.path, document.title, when, tuple(items)))
        said["follow-up"] += items
        said["blocker"] += _items(document, body.blockers)
        said["file"] += (
            Item(document.path, one.line, one.text) for one in references.paths(document)
        )
        for section in _sections(document, _LESSONS):
            said["lesson"] += _items(document, section)
    found = [one for kind, items in said.items() for one in _recurring(kind, items)]
    found.sort(key=lambda one: (-len(one.places), one.kind, one.text))
    return Review(tuple(one for one in left if one.items), tuple(found))


def _open(document: Document, steps: Section | None) -> Iterator[Item]:
    """Yield the open boxes and steps of a document, each once."""
    boxes = {box.line: box for box in each_box(document)}
    found, _ = markdown.sections(document.body, document.body_line)
    checks = [range(one.line, end_of(one) + 1) for one in found if is_check(one.title)]
    for box in boxes.values():
        if box.is_open and not any(box.line in lines for lines in checks):
            yield Item(document.path, box.line, box.text)
    for item in _items(document, steps):
        if item.line not in boxes:
            yield item


def _items(document: Document, section: Section | None) -> Iterator[Item]:
    if section is None or says_nothing(section.text):
        return
    guidance = named(document.format).TEMPLATE.guidance
    for block in blocks(section.text)[:_MOST_ITEMS]:
        is_said = block.kind in ("item", "row") and block.depth <= 1
        if is_said and is_filled(block.text, guidance) and not is_done(block.text):
            yield Item(document.path, section.text_line + block.line, block.text)


def _sections(document: Document, words: re.Pattern[str]) -> Iterator[Section]:
    found, _ = markdown.sections(document.body, document.body_line)
    return (one for one in found if words.search(one.title))


def _recurring(kind: str, items: Sequence[Item]) -> Iterator[Recurrence]:
    """Yield what several documents say; of those that say it one by one the newest's words."""
    groups: list[tuple[frozenset[str], list[Item]]] = []
    for item in items:
        words = frozenset(map(str.casefold, _WORD.findall(item.text)))
        alike = (one for known, one in groups if _is_alike(kind, known, words, one[0], item))
        group = next(alike, None)
        if group is None:
            groups.append((words, [item]))
        elif all(one.path != item.path for one in group):
            group.append(item)
    for _, group in groups:
        if len(group) >= _OFTEN:
            text = safe_text.inline(group[0].text, 160)
            yield Recurrence(kind, text, tuple(group), _TO[kind])


def _is_alike(
    kind: str, known: frozenset[str], words: frozenset[str], first: Item, item: Item
) -> bool:
    if kind == "file":
        return first.text == item.text
    return bool(words) and len(known & words) >= _ALIKE * len(known | words)
