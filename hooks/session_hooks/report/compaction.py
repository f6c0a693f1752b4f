"""Hold a compaction's summary against what it was asked to keep. Pure: words are compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from session_hooks.documents import wordings
from session_hooks.documents.markdown import blocks, without_box
from session_hooks.documents.model import Body, Document
from session_hooks.documents.registry import read_body
from session_hooks.report.remainder import Standing, standing
from session_hooks.report.report import Compaction
from session_hooks.util.lazy import Value, pattern

_PART = pattern(r"\d+(?=[^\W\d_]*\b)|[^\W_]+")
"""A word, or a number without its unit: "30s" is 30."""
_IDEOGRAPHS = pattern(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ENDS = pattern(r"(?<=[.!?;])\s+|(?<=[。！？])")
_UNSEEN = pattern(r"<analysis>.*?(?:</analysis>|(?=<summary>)|\Z)|</?summary>", re.DOTALL)
"""What the model never sees of a summarizer's words."""
_SECTION = pattern(
    r"(?! )[#*\d. ]*(?:(?P<aside>errors\b|all user\b)"
    r"|(?P<pending>(?:pending|optional|next|remaining|open|to.?do|blocked|blockers?)\b)"
    r"|primary request|key |files|problem|current|done|completed)|#",
    re.IGNORECASE,
)
"""How the sections of a summary begin that Claude Code asks for. A step's words stand in an aside,
too, where somebody asked about it or it failed."""
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_STEM = 5
"""Letters by which words count as the same: "migrated" and "migration"."""
_SHORT = 4
"""Letters of a word that may carry meaning; words of a line that may."""
_ENDS_ASIDE = pattern(r"[*#\w].*[:*]\s*$")
"""A line of its own that leads to something else."""
_BEGINS = pattern(r"\s*(?:$|[-*+•#|]|\d+[.)]\s)")
"""What is no part of the sentence before it: an item, a heading, or nothing."""
_ENOUGH, _PENDING = 0.6, 0.3
"""What part of a piece's words one place must have, and one that tells what is still to be done."""
_MOST = 10
"""Words that a piece counts as having at most: of a paragraph, a summary keeps the gist."""
_NEAR = 2
"""Sentences or lines of a paragraph, or of an item, that are one place."""
_NO_MEANING = frozenset(
    word
    for words in (
        "about after also before been being could does each from have into just more must need",
        "needs next only other over same should some such than that their them then there these",
        "they this those through until very were what when where which while will with would your",
        "create created implement implemented make update updated used write written",
    )
    for word in words.split()
)


class Piece(Value):
    """One thing that the summary was asked to keep, and its line."""

    line: int
    text: str
    kind: str = "step"
    path: str = ""  # of another document than the one that leads


def asked(report: Compaction) -> tuple[Piece, ...]:
    """Return what is asked for besides the path: what is next, next steps, blockers, decisions."""
    other = report.begun_with
    of_other = _asked(other.body, other.document.path) if other else ()
    return (*_asked(report.lead.body), *of_other)


def _asked(body: Body, path: str = "") -> Iterator[Piece]:
    found: dict[int, tuple[str, str]] = {}
    if body.next_action is not None:
        found[body.next_action.line] = body.next_action.text, "step"
    sections = (body.next_steps, "step"), (body.blockers, "blocker"), (body.decisions, "decision")
    for section, kind in sections:
        if section is None:
            continue
        for block in blocks(section.text):
            is_text = _words(block.text) and block.kind != "heading" and not _announces(block.text)
            if is_text and standing(block.text) is not Standing.OVER:
                line = section.text_line + block.line
                found.setdefault(line, (without_box(block.text), kind))
    yield from (Piece(line, text, kind, path) for line, (text, kind) in sorted(found.items()))


def is_named(path: str, summary: str) -> bool:
    """Tell whether a summary speaks of a file."""
    return path.rpartition("/")[2] in _UNSEEN.sub("", summary)


def _announces(text: str) -> bool:
    """Tell whether a line only leads to what follows: "To:", "Two changes:"."""
    return text.rstrip("*_ ").endswith((":", "：")) and len(_words(text)) < _SHORT


def unsaid_steps(handoff: Document, said: str) -> tuple[str, ...]:
    """Return the steps of a handoff behind its first one that a text doesn't speak of."""
    steps = tuple(Piece(one.line, one.text) for one in read_body(handoff).steps)
    return tuple(one.text for one in missing(steps, said))


def missing(pieces: tuple[Piece, ...], summary: str) -> tuple[Piece, ...]:
    """Return the pieces of which no place in the summary speaks."""
    words = [_words(one.text) for one in pieces]
    number = Counter(word for one in words for word in one)
    # What tells a piece from the others counts most.
    sought = [_Sought.of({word: 1 / number[word] for word in one}) for one in words]
    kept: set[int] = set()
    for place, enough in _places(_UNSEEN.sub("", summary)):
        numbers = frozenset(filter(_is_number, place))
        fits = [one.fit(place, numbers) for one in sought]
        fitting = [at for at, fit in enumerate(fits) if fit >= enough]
        best = max(fitting, key=lambda at: (fits[at], len(words[at])), default=0)
        for at in fitting:
            # What several have in common speaks for the one alone that fits best.
            is_second = fits[at] < fits[best] or words[at] < words[best]
            if not is_second or sought[at].fit(place - words[best], numbers) >= enough:
                kept.add(at)
    return tuple(piece for at, piece in enumerate(pieces) if at not in kept)


class _Sought(Value):
    """A piece's words by their weight."""

    weights: dict[str, float]
    total: float
    numbers: frozenset[str]

    @classmethod
    def of(cls, weights: dict[str, float]) -> _Sought:
        total = min(sum(weights.values()), _MOST)
        return cls(weights, total, frozenset(filter(_is_number, weights)))

    def fit(self, place: frozenset[str], numbers: frozenset[str]) -> float:
        """Return what part of the words a place has; 0 where the place's numbers are others."""
        if self.numbers and numbers and self.numbers.isdisjoint(numbers):
            return 0
        found = place.intersection(self.weights)
        return sum(map(self.weights.__getitem__, found)) / (self.total or 1)


def _is_number(word: str) -> bool:
    return any(map(str.isdigit, word))


def _places(summary: str) -> Iterator[tuple[frozenset[str], float]]:
    """Yield the words of sentences, alone and with the one before, and what part they must have."""
    enough: float | None = _ENOUGH
    said: list[frozenset[str]] = []
    for line in summary.splitlines():
        if begins := _SECTION.match(line):
            enough = None if begins["aside"] else _PENDING if begins["pending"] else _ENOUGH
        elif enough is None and _ENDS_ASIDE.match(line):
            enough = _ENOUGH
        if _BEGINS.match(line):
            said = []
        for text in _ENDS.split(line):
            if enough is not None and (words := _said(text)):
                said = [*said, words][-_NEAR:]
                yield words, enough
                if said[1:]:
                    yield frozenset().union(*said), enough


def _said(text: str) -> frozenset[str]:
    """Return all words of a place, by their stems where they carry meaning."""
    plain = wordings.bare(text)
    return frozenset((*_carrying(plain), *_PART.findall(plain)))


def _words(text: str) -> frozenset[str]:
    """Return the words that carry meaning, by their stems; all, where none does."""
    plain = wordings.bare(text)
    found = {*_carrying(plain)}
    return frozenset(found or _PART.findall(plain))


def _carrying(plain: str) -> Iterator[str]:
    for run in _IDEOGRAPHS.findall(plain):  # scripts that set no blanks: by two characters
        yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
    for part in _PART.findall(_IDEOGRAPHS.sub(" ", plain)):
        word = _NUMBERS.get(part, part)
        if _is_number(word):
            yield word
        elif len(word) >= _SHORT and word not in _NO_MEANING:
            yield word[:_STEM]
