"""Hold a compaction's summary against what it was asked to keep. Pure: words are compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from session_hooks.documents import wordings
from session_hooks.documents.markdown import blocks, without_box
from session_hooks.report.remainder import Standing, standing
from session_hooks.report.report import Compaction
from session_hooks.util.lazy import Value, pattern

_PART = pattern(r"\d+(?=[^\W\d_]*\b)|[^\W_]+")
"""A word, or a number without its unit: "30s" is 30."""
_IDEOGRAPHS = pattern(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ENDS = pattern(r"\n+|(?<=[.!?。！？;])\s*")
_HEADING = r"^[#*]* ?\d+\."
_ASIDE = pattern(
    r"<analysis>.*?(?:</analysis>|(?=<summary>)|\Z)"
    rf"|{_HEADING}[* ]*(?:errors and fixes|all user messages)[*: ]*\n.*?(?={_HEADING}|\Z)",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
"""What the model never sees of a summarizer's words, and sections that don't say what is to be
done: a step's words stand there, too, where somebody asked about it or it failed."""
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_STEM = 5
"""Letters by which words count as the same: "migrated" and "migration"."""
_SHORT = 4
"""Letters of a word that may carry meaning; words of a line that may."""
_ENOUGH = 0.55
"""What part of a piece's words one place of the summary must have."""
_MOST = 10
"""Words that a piece counts as having at most: of a paragraph, a summary keeps the gist."""
_NEAR = 3
"""Sentences or lines that are one place: a step may go on below, or under a file's name."""
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
            is_text = block.text and block.kind != "heading" and not _announces(block.text)
            if is_text and standing(block.text) is not Standing.OVER:
                found.setdefault(section.text_line + block.line, without_box(block.text))
    return tuple(Piece(line, text) for line, text in sorted(found.items()))


def _announces(text: str) -> bool:
    """Tell whether a line only leads to what follows: "To:", "Two changes:"."""
    return text.rstrip("*_ ").endswith((":", "：")) and len(_words(text)) < _SHORT


def missing(pieces: tuple[Piece, ...], summary: str) -> tuple[Piece, ...]:
    """Return the pieces of which no place in the summary speaks."""
    summary = _ASIDE.sub("", summary)
    places = [*_places(summary)]
    words = [_words(one.text) for one in pieces]
    number = Counter(word for one in words for word in one)
    lacking = []
    for piece, said in zip(pieces, words, strict=True):
        if piece.line == 0:
            is_kept = piece.text.rpartition("/")[2] in summary
        else:  # what tells it from the others counts most
            is_kept = _is_kept({word: 1 / number[word] for word in said}, places)
        if not is_kept:
            lacking.append(piece)
    return tuple(lacking)


def _is_kept(weights: Mapping[str, float], places: Sequence[frozenset[str]]) -> bool:
    """Tell whether a place has enough of a piece's words, and of its numbers, if any, one."""
    words = frozenset(weights)
    numbers = {word for word in words if any(map(str.isdigit, word))}
    enough = _ENOUGH * min(sum(weights.values()), _MOST)
    return any(
        sum(weights[word] for word in found) >= enough and (not numbers or numbers & found)
        for found in map(words.intersection, places)
    )


def _places(summary: str) -> Iterator[frozenset[str]]:
    """Yield the words of each sentence or line, with those of the ones before it."""
    said = [words for text in _ENDS.split(summary) if (words := _words(text))]
    for end in range(1, len(said) + 1):
        yield frozenset().union(*said[max(0, end - _NEAR) : end])


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
        if any(map(str.isdigit, word)):
            yield word
        elif len(word) >= _SHORT and word not in _NO_MEANING:
            yield word[:_STEM]
