"""Hold a compaction's summary against what it was asked to keep. Pure: words are compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from session_hooks.documents import wordings
from session_hooks.documents.markdown import blocks, without_box
from session_hooks.report.remainder import Standing, standing
from session_hooks.report.report import Compaction
from session_hooks.util.lazy import Value, pattern

_WORD = pattern(r"[^\W_]+(?:[._/-][^\W_]+)*")
_PART = pattern(r"[^\W_]+")
_IDEOGRAPHS = pattern(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ENDS = pattern(r"\n+|(?<=[.!?。！？;])\s*")
_ANALYSIS = pattern(r"<analysis>.*?(?:</analysis>|(?=<summary>)|\Z)", re.DOTALL | re.IGNORECASE)
"""What a summarizer writes before its summary; the model never sees it."""
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_STEM = 5
"""Letters by which words count as the same: "migrated" and "migration"."""
_SHORT = 4
"""Letters of a word that may carry meaning; words of a piece below which all are wanted."""
_ENOUGH = 0.6
"""What part of a piece's words one place of the summary must have."""
_NO_MEANING = frozenset(
    word
    for words in (
        "about after also before been being could does each from have into just more must need",
        "needs next only other over same should some such than that their them then there these",
        "they this those through until very were what when where which while will with would your",
    )
    for word in words.split()
)


class Piece(Value):
    """One thing that the summary was asked to keep, and its line; 0 is the file's path."""

    line: int
    text: str


def asked(report: Compaction, *, is_there: bool) -> tuple[Piece, ...]:
    """Return what is asked for: what is next, the next steps, blockers, decisions.

    And the path, where the file still lies there.
    """
    body = report.lead.body
    found = {0: report.lead.document.path} if is_there else {}
    if body.next_action is not None:
        found[body.next_action.line] = body.next_action.text
    for section in (body.next_steps, body.blockers, body.decisions):
        if section is None:
            continue
        for block in blocks(section.text):
            if block.text and block.kind != "heading" and standing(block.text) is not Standing.OVER:
                found.setdefault(section.text_line + block.line, without_box(block.text))
    return tuple(Piece(line, text) for line, text in sorted(found.items()))


def missing(pieces: tuple[Piece, ...], summary: str) -> tuple[Piece, ...]:
    """Return the pieces of which no place in the summary speaks."""
    summary = _ANALYSIS.sub("", summary)
    places = [*_places(summary)]
    words = [_words(one.text) for one in pieces]
    number = Counter(word for one in words for word in one)
    lacking = []
    for piece, said in zip(pieces, words, strict=True):
        own = frozenset(word for word in said if number[word] == 1)  # they tell it from the others
        is_kept = any(_speaks_of(place, said, own) for place in places)
        if piece.line == 0:
            is_kept = piece.text.rpartition("/")[2] in summary
        if not is_kept:
            lacking.append(piece)
    return tuple(lacking)


def _speaks_of(place: frozenset[str], words: frozenset[str], own: frozenset[str]) -> bool:
    exact = {word for word in words if any(map(str.isdigit, word))}
    least = len(words) if len(words) < _SHORT else _ENOUGH * len(words)
    return exact <= place and len(words & place) >= least and len(own & place) >= _ENOUGH * len(own)


def _places(summary: str) -> Iterator[frozenset[str]]:
    """Yield the words of each sentence or line, with those of the one below: it may go on."""
    before: frozenset[str] = frozenset()
    for text in _ENDS.split(summary):
        if words := _words(text):
            yield words | before
            before = words


def _words(text: str) -> frozenset[str]:
    """Return the words that carry meaning, by their stems; all, where none does."""
    plain = wordings.bare(text)
    found = {*_carrying(plain)}
    return frozenset(found or _PART.findall(plain))


def _carrying(plain: str) -> Iterator[str]:
    for run in _IDEOGRAPHS.findall(plain):  # scripts that set no blanks: by two characters
        yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
    for whole in _WORD.findall(_IDEOGRAPHS.sub(" ", plain)):
        for word in (_NUMBERS.get(one, one) for one in _PART.findall(whole)):
            if any(map(str.isdigit, word)):
                yield word
            elif len(word) >= _SHORT and word not in _NO_MEANING:
                yield word[:_STEM]
