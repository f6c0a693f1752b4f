"""Classify headings: next steps, state, blockers, decisions, history."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice

from session_hooks.documents import wordings
from session_hooks.documents.markdown import MAX_SECTION, heading_key
from session_hooks.util.lazy import Value, pattern

Wordings = tuple[str, ...]
"""One of the lists of ``wordings``."""
_TELLING = 9
"""Characters from which a wording means the same inside a longer heading."""
IN_A_REMARK = 4
"""How unsure a wording is that stands only behind a heading's bracket or dash."""
_MOST_WORDS = 4
"""Of how many words the longest word for done is: "no action needed"."""
_TICKED = ("[x]", "[X]", "~~", "✅", "☑", "✔")
_DONE_MARK = pattern(r"(?:[—–:(✅✔☑🎉-]|\*\*)\s*(?=(\w+))")
_WORD = pattern(r"[^\W_]+")
_AFTER_DONE = pattern(
    r"\W*$|\s*[.,;:!)\]*~—–✅]"
    r"|\s+(?:\(|\d|on|in|at|by|via|with|per|am|le(?=\s+\d))\b(?=.{0,40}$)",
    re.IGNORECASE,
)
_CELL = pattern(r"\W*(\w.*?)(?:\s*\(.*|\W*)")
_DONE_AT_LAST = pattern(
    r"(?:完了(?:しました|済み?|した)?|已完成|完成了|완료(?:됨|했습니다|되었습니다|됐습니다)?)[。.!！)）\s]*$"
)
"""How a sentence ends that says so in a script that sets no blanks."""
_NONE_AT_ALL = pattern(
    r"(?:no|nothing) (?:active|pending|open|remaining|further|outstanding|immediate|known|blocking"
    r"|more|left)\b"
)
_FOR_NOW = pattern(
    r" (?:yet|currently|so far|left|pending|open|known|remaining|at the moment|at this time|for now"
    r"|right now|outstanding)$"
)
_UPDATE = pattern(
    r"\W*(?:update|addendum|correction|post-?handoff|postscript|nachtrag|aktualisierung|mise à jour"
    r"|actualización|atualização|aggiornamento|aktualizacja|обновление|更新|追記|업데이트)\b",
    re.IGNORECASE,
)
_FIRST = pattern(r"[\W_]*(?=(\w+))")
_AFTER_FIRST = pattern(r"\s*(?:\*\*)?[\]:)】]")
"""``DONE: wire the API``, ``[DONE] Write docs``."""
_TICKED_LAST = ("✅", "☑", "✔", "✓")
_HEAD_OF_TITLE = pattern(r"[:：(（—–,!]|\s-\s")
_UMLAUT = pattern(r"([aou])e")
_REMARK = pattern(r"[(（]|\s[—–-]\s")
_STEMS: dict[Wordings, Wordings] = {
    wordings.NEXT_STEPS: wordings.NEXT_STEPS_STEMS,
    wordings.REMAINING: wordings.REMAINING_STEMS,
    wordings.TASKS: wordings.TASKS_STEMS,
    wordings.NEXT_STEPS_PERHAPS: wordings.NEXT_STEPS_PERHAPS_STEMS,
    wordings.STATE: wordings.STATE_STEMS,
    wordings.ACCOMPLISHED: wordings.ACCOMPLISHED_STEMS,
    wordings.CONTEXT: wordings.CONTEXT_STEMS,
}
_PLACEHOLDER = pattern(
    r"\s*(?:\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\.\.\.|…|tbd|todo)[.\s]*", re.IGNORECASE
)


class _Forms(Value):
    key: str
    head: str
    """Before a colon, a comma, a bracket or a dash."""
    before: str
    """Before a bracket or a dash."""


class _Known(Value):
    ranks: dict[str, int]
    """By a wording its place among them."""
    inside: tuple[tuple[str, int], ...]
    """Those that mean the same inside a longer heading, with the blanks that have to be there."""
    stems: tuple[tuple[str, ...], ...]
    """The beginnings of words that a heading may hold, in their order."""


@lru_cache(maxsize=4_096)  # the same headings stand in every document, and mean ten things or none
def sureness(title: str, words: Wordings) -> tuple[int, int] | None:
    """Return how surely a heading means one of ``words``, 0 the surest, and which; None if not.

    0 is the whole heading, 1 what stands before a colon, a comma or a remark, 2 a wording in it, 3
    the beginnings of its words, ``IN_A_REMARK`` either in a remark.
    """
    forms, known = _forms(title), _known(words)
    ways: tuple[Callable[[], int | None], ...] = (
        lambda: known.ranks.get(forms.key),
        lambda: known.ranks.get(forms.head),
        lambda: _held(forms.before, known),
        lambda: _begun(forms.before, known),
        lambda: _held(forms.key, known),
        lambda: _begun(forms.key, known),
    )
    found = ((sure, rank) for sure, way in enumerate(ways) if (rank := way()) is not None)
    return next(((min(sure, IN_A_REMARK), rank) for sure, rank in found), None)


def has_stem_of(key: str, words: Wordings) -> bool:
    """Tell whether words of a label begin as those for ``words`` do."""
    return _begun(key, _known(words)) is not None


def head_key(title: str) -> str:
    """Return what stands before a heading's first colon, comma, bracket or dash, to look up."""
    return heading_key(_HEAD_OF_TITLE.split(title, maxsplit=1)[0])


def says_nothing(text: str) -> bool:
    """Tell whether a text says that there is nothing: "None yet.", "Rien, c'est fini"."""
    key = heading_key(text[:60])
    first = heading_key(re.split(r"[.,;:—–\n-]", text.strip(" -*_(\n"), maxsplit=1)[0][:60])
    is_nothing = any(one in wordings.NOTHING for one in (key, first, _FOR_NOW.sub("", first)))
    return is_nothing or _NONE_AT_ALL.match(first) is not None


def is_update(title: str) -> bool:
    """Tell whether what a heading heads came after the rest, and may have overtaken it."""
    return _UPDATE.match(title) is not None


def is_check(title: str) -> bool:
    """Tell whether what a heading heads checks work rather than names it."""
    key = f" {heading_key(title)} "
    return any(
        word in key if not word.isascii() else f" {word} " in key for word in wordings.CHECKS
    )


def is_done(text: str) -> bool:
    """Tell whether a text is ticked, struck out, or says at either end that it is done."""
    if text.lstrip("* ").startswith(_TICKED) or text.rstrip("*_.)\ufe0f ").endswith(_TICKED_LAST):
        return True
    plain = wordings.bare(text)
    said_first = _says_done(plain, _FIRST.match(plain), _AFTER_FIRST)
    behind_a_mark = any(_says_done(plain, mark, _AFTER_DONE) for mark in _DONE_MARK.finditer(plain))
    return said_first or behind_a_mark or _DONE_AT_LAST.search(text) is not None


def is_done_word(text: str) -> bool:
    """Tell whether a text says no more than that something is done."""
    cell = _CELL.fullmatch(text)
    return cell is not None and wordings.key(cell[1]) in _done_keys()


def is_done_row(text: str) -> bool:
    """Tell whether a table's row has a cell that says so."""
    return any(cell.startswith(_TICKED) or is_done_word(cell) for cell in text.split(" | "))


def is_filled(text: str, guidance: Sequence[str]) -> bool:
    """Tell whether somebody wrote in a section more than the template does."""
    return next(_own_lines(text[:MAX_SECTION], guidance), None) is not None


def own_words(text: str, guidance: Sequence[str] = ()) -> str:
    """Return what is left of a text without the template's words, comments and placeholders."""
    return "\n".join(_own_lines(text, guidance))


def is_placeholder(text: str) -> bool:
    """Tell whether a text is only a template's blank: ``[Title]``, ``{name}``, ``...``."""
    return _PLACEHOLDER.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _known(words: Wordings) -> _Known:
    inside = [(word, rank) for rank, word in enumerate(words) if word not in wordings.WHOLE]
    # A blank stands around words only in some scripts.
    spaced = [(f" {word} ", rank) for word, rank in inside if len(word) >= _TELLING]
    unspaced = [(word, rank) for word, rank in inside if not word[0].isascii() and len(word) > 1]
    return _Known(
        {word: rank for rank, word in enumerate(words)},
        (*spaced, *unspaced),
        tuple(tuple(map(_begins, stem.split())) for stem in _STEMS.get(words, ())),
    )


def _begins(part: str) -> str:
    """Return how a word that begins so is found: behind a blank, in scripts that set one."""
    is_unspaced = "\u0e00" <= part[0] < "\u0e80" or "\u2e80" < part[0] < "\uac00"
    return part if is_unspaced else f" {part}".replace(" ^", " ^ ")


@lru_cache(maxsize=4_096)
def _forms(title: str) -> _Forms:
    before = heading_key(_REMARK.split(title, maxsplit=1)[0])
    return _Forms(heading_key(title), head_key(title), before)


def _held(key: str, known: _Known) -> int | None:
    """Return the first wording's place that stands inside a heading; None for none."""
    return min((rank for word, rank in known.inside if word in f" {key} "), default=None)


def _begun(key: str, known: _Known) -> int | None:
    """Return the place of the first stem that a heading's words begin with; None for none."""
    plain = f" ^ {_without_accents(key)}"
    folded = _UMLAUT.sub(r"\1", plain)
    found = (
        rank for rank, stem in enumerate(known.stems) if _has(plain, stem) or _has(folded, stem)
    )
    return next(found, None)


def _has(plain: str, stem: tuple[str, ...]) -> bool:
    """Tell whether words of a heading begin with each part of a stem, in this order."""
    place = 0
    for part in stem:
        place = plain.find(part, place)
        if place < 0:
            return False
    return True


def _without_accents(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c < "\u0370")
    return unicodedata.normalize("NFC", bare)


def _says_done(plain: str, before: re.Match[str] | None, after: re.Pattern[str]) -> bool:
    if before is None or before[1] not in _first_done_words():
        return False
    said = ""
    for word in islice(_WORD.finditer(plain, before.end()), _MOST_WORDS):
        said = f"{said}_{word[0]}" if said else word[0]
        if said in _done_keys() and after.match(plain, word.end()):
            return True
    return False


@cache
def _done_keys() -> frozenset[str]:
    return wordings.keys(wordings.DONE)


@cache
def _first_done_words() -> frozenset[str]:
    return frozenset(key.partition("_")[0] for key in _done_keys())


def _own_lines(text: str, guidance: Sequence[str]) -> Iterator[str]:
    text = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        plain = re.sub(r"^[\s>*+-]*+(?:\d+[.)]\s*)?(?:\[[ xX]?\]\s*)?", "", line)
        plain = plain.replace("*", "").replace("`", "").strip()
        for sentence in guidance:
            plain = plain.replace(sentence, "").strip()
        is_rule = not any(character.isalnum() for character in plain)
        if not (is_rule or is_placeholder(plain) or plain.startswith("#")):
            yield plain
