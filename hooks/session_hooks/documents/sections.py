"""Find the part of a document that speaks of now, and its sections by what their headings mean."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice

from session_hooks.documents import wordings
from session_hooks.documents.markdown import (
    BOLD,
    Heading,
    code_blocks,
    cut,
    heading_key,
    prose,
    sections,
)
from session_hooks.documents.model import Section, is_filled, plain_line
from session_hooks.util import dates
from session_hooks.util.lazy import Value, pattern

Wordings = tuple[str, ...]
_TELLING = 9  # characters from which a wording means the same inside a longer heading
IN_A_REMARK = 4  # how unsure a wording is behind a heading's bracket or dash
_MOST_WORDS = 4  # of the longest for done, "no action needed"
_TICKED = ("[x]", "[X]", "~~", "✅", "☑", "✔")
_DONE_MARK = pattern(r"(?:[—–:(✅✔☑🎉-]|\*\*)\s*(?=(\w+))")
_WORD = pattern(r"[^\W_]+")
_AFTER_DONE = pattern(
    r"\W*$|\s*[.,;:!)\]*~—–✅]"
    r"|\s+(?:\(|\d+|on|in|at|by|via|with|per|am|le(?=\s+\d))\b(?=.{0,40}$)",
    re.IGNORECASE,
)
_CELL = pattern(r"\W*(\w.*?)(?:\s*\(.*|\W*)")
_DONE_AT_LAST = pattern(  # in scripts that set no blanks
    r"(?:完了(?:しました|済み?|した)?|已完成|完成了|완료(?:됨|했습니다|되었습니다|됐습니다)?)[。.!！)）\s]*$"
)
_NONE_AT_ALL = pattern(
    r"(?:no|nothing|none) (?:(?:is|was|are) )?(?:active|pending|open|remaining|further|outstanding"
    r"|immediate|known|blocking|more|left|queued|planned|scheduled|required|needed|next|for this"
    r"|(?:work|steps?|tasks?|actions?) (?:remains?|left|needed|required|planned|$))\b"
    r"|(?:ready for|a?waiting(?: for)?) (?:new|further|more|(?:the )?next)"
    r" (?:tasks?|work|instructions)\b"
    r"|(?:the )?(?:project|work|session|task) is (?:complete|done|finished)\b"
    r"|(?:keine|aucune?|ningun[ao]?|nenhuma?|nessuna?|geen|inga|ingen|žádné|brak|cap|hiçbir|нет"
    r"|немає) (?:\w+e[nr]? )?(?:\w+)"
    r"|没有|無し|なし"
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
_AFTER_FIRST = pattern(r"\s*(?:\*\*)?[\]:)】]")  # ``DONE: wire the API``, ``[DONE] Write docs``
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
    wordings.NOT_STEPS: wordings.NOT_STEPS,
}
_MAX_CAPITALS = 200
_BEFORE_AN_ENTRY = pattern(  # before the date or the number that an entry begins with
    r"\W*(?:(?:session|update|entry|log|day|round|state|status|snapshot|as of|handoff|release"
    r"|sprint|iteration|sitzung|tag|séance|jour|sesión|sessão|sessione|sessie|sesja|запись|сессия)\b\W*)*",
    re.IGNORECASE,
)
_BEGINS_WITH_DATE = pattern(
    r"(?:\d{4}[-/年]\d{1,2}[-/月]\d{1,2}|\d{1,2}\.\s?\d{1,2}\.\s?\d{4}"
    r"|[^\W\d]{3,10}\.? \d{1,2},? \d{4}|\d{1,2}\.? [^\W\d]{3,10}\.?,? \d{4})",
    re.IGNORECASE,
)
_ENTRY_NUMBER = pattern(
    r"\W*(?:session|sitzung|sesión|sessão|sessione|sessie|sesja|сессия|update)\s*#?(\d+)"
    r"|\W*第\s*(\d+)\s*[回次]",
    re.IGNORECASE,
)
_OF_A_LOG = pattern(  # in a document that hands work over it is a plan's
    r"\W*(?:(?:day|tag|jour|día|round|iteration|sprint)\s*#?(?P<number>\d+)"
    r"|(?:version|release|v)\s*(?P<version>\d+(?:\.\d+)+)"
    r"|(?P<clock>(?:[01]?\d|2[0-3])[:h][0-5]\d)(?!\d))",
    re.IGNORECASE,
)
_DATE = pattern(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}")
_TITLE_VERSION = pattern(r"\bv(\d+(?:\.\d+)*)\b", re.IGNORECASE)
_PROSE_FENCE = pattern(r"\s{0,3}(?:`{3,}|~{3,})\s*(?:text|markdown|md)?\s*$", re.IGNORECASE)
_CAPITALS = pattern(r"[A-Z0-9][A-Z0-9 '/&,-]{2,50}(?:\([^)\n]*\))?:?\s*")


class Passage(Value):
    lines: list[str]
    prose: list[str]  # the same, those of code and comments blanked
    line: int
    sections: tuple[Section, ...]


class LogEntry(Value):
    section: Section
    age: tuple[str, tuple[int, ...]]  # the date; the time of day, number or version


def prompt_in_a_fence(passage: Passage) -> Passage:
    """A prompt to copy fills most of a document."""
    fences = [
        one for one in code_blocks(passage.lines) if _PROSE_FENCE.match(passage.lines[one[0]])
    ]
    begin, end = max(fences, key=lambda one: one[1] - one[0], default=(0, 0))
    inside = passage.lines[begin + 1 : end]
    written = sum(bool(line.strip()) for line in passage.lines)
    if not inside or sum(bool(line.strip()) for line in inside) * 2 < written:
        return passage
    text, begins = "\n".join(inside), passage.line + begin + 1
    found, _ = sections(text, begins, bold=True)
    return Passage(inside, prose(text), begins, found or _capital_sections(inside, begins))


def log_entries(found: tuple[Section, ...], *, is_log: bool) -> list[LogEntry]:
    """Return the sections of one level that begin with date or number."""
    by_level: dict[int, list[LogEntry]] = {}
    for section in found:
        may_be_one = section.level < BOLD and any(map(str.isdecimal, section.title))
        age = _age(section.title, is_log=is_log) if may_be_one else None
        if age is not None and not _says_itself(section.title):
            by_level.setdefault(section.level, []).append(LogEntry(section, age))
    several = [level for level, entries in by_level.items() if _are_several(entries)]
    return by_level[min(several)] if several else []


def newest_entry(entries: list[LogEntry]) -> Section | None:
    if not entries:
        return None
    newest = max(entry.age for entry in entries)
    same = [entry.section for entry in entries if entry.age == newest]
    # Of one day's entries the last, for a log grows downward, unless this one grows upward.
    return same[0] if entries[0].age > entries[-1].age else same[-1]


def without_entries(passage: Passage, entries: list[LogEntry]) -> Passage:
    """Return what speaks of all of a passage: above the entries, and beside them."""
    if not entries:
        return passage
    starts = [entry.section.line for entry in entries]  # in order, as they stand in the text
    ends = [end_of(entry.section) for entry in entries]

    def is_inside(section: Section) -> bool:
        nearest = bisect_right(starts, section.line) - 1
        return nearest >= 0 and section.line <= ends[nearest]

    above = max(starts[0] - passage.line, 0)
    outside = tuple(s for s in passage.sections if not is_inside(s))
    return Passage(passage.lines[:above], passage.prose[:above], passage.line, outside)


def end_of(section: Section) -> int:
    return section.text_line + section.text.count("\n")


def inside_of(section: Section, passage: Passage) -> Passage:
    end = end_of(section)
    part = slice(section.text_line - passage.line, end + 1 - passage.line)
    inner = tuple(s for s in passage.sections if section.line < s.line <= end)
    return Passage(passage.lines[part], passage.prose[part], section.text_line, inner)


def filled(passage: Passage, guidance: Sequence[str]) -> Passage:
    kept = tuple(s for s in passage.sections if is_filled(s.text, guidance))
    return passage._replace(sections=kept)


def by_heading(
    passages: Iterable[Passage], words: Wordings, unsure: int = IN_A_REMARK
) -> Section | None:
    """Return the surest one that says something."""
    found = all_by_heading(passages, words, unsure)
    return next((section for section in found if not says_nothing(section.text)), None)


def all_by_heading(
    passages: Iterable[Passage], words: Wordings, unsure: int = IN_A_REMARK
) -> Iterator[Section]:
    """Yield them passage by passage, the surest first."""
    for passage in passages:
        found = []
        for position, section in enumerate(passage.sections):
            sure = None if is_title(position, passage) else sureness(section.title, words)
            if sure is not None and sure[0] <= unsure:
                found.append((section.level == BOLD, *sure, position))
        # Of several that say their date or version the newest counts; one that says none is of now.
        found.sort(key=lambda one: _newness(passage.sections[one[-1]].title), reverse=True)
        found.sort(key=lambda one: one[:-1])
        yield from (passage.sections[position] for *_, position in found)


def is_title(position: int, passage: Passage) -> bool:
    section = passage.sections[position]
    if section.level != 1:
        return False
    names_a_document = head_key(section.title) in wordings.DOCUMENT_TITLES
    if position == 0:
        is_only = all(other.level > 1 for other in passage.sections[1:])
        return names_a_document or (is_only and len(passage.sections) > 1)
    following = passage.sections[position + 1 : position + 2]
    return names_a_document and bool(following) and 1 < following[0].level < BOLD


@lru_cache(maxsize=4_096)  # the same headings stand in every document, and mean ten things or none
def sureness(title: str, words: Wordings) -> tuple[int, int] | None:
    """Return how surely a heading means one of ``words``, 0 the surest, and which; None if not.

    0 is the whole heading, 1 what stands before a colon or a remark, 2 a wording in it, 3 the
    beginnings of its words, ``IN_A_REMARK`` either in a remark.
    """
    key = heading_key(title)
    without_remark = heading_key(_REMARK.split(title, maxsplit=1)[0])
    ranks = _ranks(words)
    found = (
        ranks.get(key),
        ranks.get(head_key(title)),
        _rank_inside(without_remark, words),
        rank_by_stem(without_remark, words),
        _rank_inside(key, words),
        rank_by_stem(key, words),
    )
    sure = next((sure for sure, rank in enumerate(found) if rank is not None), None)
    if sure is not None and sure > 1 and words is wordings.NEXT_STEPS:
        sure = sure if rank_by_stem(key, wordings.NOT_STEPS) is None else None
    return None if sure is None else (min(sure, IN_A_REMARK), found[sure] or 0)


def head_key(title: str) -> str:
    return heading_key(_HEAD_OF_TITLE.split(title, maxsplit=1)[0])


def says_nothing(text: str) -> bool:
    """Find "None yet.", "Rien, c'est fini"."""
    key = heading_key(text[:60])
    said = re.split(r"[.,;:—–\n。，；：、！(（-]", text.strip(" -*_(\n"), maxsplit=1)[0]
    first = heading_key(said[:60])
    is_nothing = any(one in wordings.NOTHING for one in (key, first, _FOR_NOW.sub("", first)))
    return is_nothing or _NONE_AT_ALL.match(first) is not None


def is_nothing(text: str) -> bool:
    """Tell whether a text says no more than that there is nothing: not "None, but mend it"."""
    lines = [key for line in text.split("\n") if (key := heading_key(plain_line(line)))]
    nothing = {*wordings.NOTHING}
    return bool(lines) and all({one, _FOR_NOW.sub("", one)} & nothing for one in lines)


def is_update(title: str) -> bool:
    return _UPDATE.match(title) is not None


def is_check(title: str) -> bool:
    key = f" {heading_key(title)} "
    return any(
        word in key if not word.isascii() else f" {word} " in key for word in wordings.CHECKS
    )


def is_done(text: str) -> bool:
    if text.lstrip("* ").startswith(_TICKED) or text.rstrip("*_.)\ufe0f ").endswith(_TICKED_LAST):
        return True
    plain = wordings.bare(text)
    said_first = _says_done(plain, _FIRST.match(plain), _AFTER_FIRST)
    behind_a_mark = any(_says_done(plain, mark, _AFTER_DONE) for mark in _DONE_MARK.finditer(plain))
    return said_first or behind_a_mark or _DONE_AT_LAST.search(text) is not None


def is_done_word(text: str) -> bool:
    cell = _CELL.fullmatch(text)
    return cell is not None and wordings.key(cell[1]) in wordings.keys(wordings.DONE)


def is_done_row(text: str) -> bool:
    return any(cell.startswith(_TICKED) or is_done_word(cell) for cell in text.split(" | "))


def _capital_sections(lines: list[str], first_line: int) -> tuple[Section, ...]:
    """Prompts in plain text have headings in capitals."""
    found = (
        Heading(2, at, at + 1, line.strip(" :"))
        for at, line in enumerate(lines)
        if _CAPITALS.fullmatch(line) and re.search("[A-Z]{3}", line)
    )
    return cut(list(islice(found, _MAX_CAPITALS)), lines, first_line)


def _says_itself(title: str) -> bool:
    """Of parts whose headings have a date or version the newest counts."""
    return any(sureness(title, words) for words in (wordings.NEXT_STEPS, wordings.STATE))


def _are_several(entries: list[LogEntry]) -> bool:
    """The parts of one entry may all give its date."""
    begin_alike = all(
        entry.section.title.lstrip(" *_[(#📅🗓✅")[:1].isdecimal() for entry in entries
    )
    return len(entries) > 1 and (begin_alike or len({entry.age for entry in entries}) > 1)


def _age(title: str, *, is_log: bool) -> tuple[str, tuple[int, ...]] | None:
    number = _ENTRY_NUMBER.match(title)
    before = _BEFORE_AN_ENTRY.match(title)
    rest = title[before.end() :] if before else title
    when = dates.parse_time(rest[:30]) if _BEGINS_WITH_DATE.match(rest) else None
    if number:
        return str(when or ""), (int((number[1] or number[2])[:6]),)
    if when:
        return str(when), ()
    if is_log and (match := _OF_A_LOG.match(title)):
        digits = re.findall(r"\d+", next(filter(None, match.groups())))
        return "", tuple(int(part[:6]) for part in digits)
    return None


def _newness(title: str) -> tuple[int, str, tuple[int, ...]]:
    if (date := _DATE.search(title)) and (when := dates.parse_time(date[0])):
        return 0, str(when), ()
    if version := _TITLE_VERSION.search(title):
        return 0, "", tuple(int(part[:6]) for part in version[1].split("."))
    return 1, "", ()


@lru_cache(maxsize=64)
def _ranks(words: Wordings) -> dict[str, int]:
    return {word: rank for rank, word in enumerate(words)}


@lru_cache(maxsize=64)
def _inside(words: Wordings) -> tuple[tuple[str, int], ...]:
    inside = [(word, rank) for rank, word in enumerate(words) if word not in wordings.WHOLE]
    # A blank stands around words only in some scripts.
    spaced = [(f" {word} ", rank) for word, rank in inside if len(word) >= _TELLING]
    unspaced = [(word, rank) for word, rank in inside if not word[0].isascii() and len(word) > 1]
    return (*spaced, *unspaced)


@lru_cache(maxsize=64)
def _stems(words: Wordings) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(_begins, stem.split())) for stem in _STEMS.get(words, ()))


def _begins(part: str) -> str:
    """Some scripts set no blanks."""
    part = part.replace("+", " ")
    is_unspaced = "\u0e00" <= part[0] < "\u0e80" or "\u2e80" < part[0] < "\uac00"
    return part if is_unspaced else f" {part}".replace(" ^", " ^ ")


def _rank_inside(key: str, words: Wordings) -> int | None:
    return min((rank for word, rank in _inside(words) if word in f" {key} "), default=None)


def rank_by_stem(key: str, words: Wordings) -> int | None:
    letters = (c for c in unicodedata.normalize("NFD", key) if not "\u0300" <= c < "\u0370")
    plain = f" ^ {unicodedata.normalize('NFC', ''.join(letters))}"
    folded = _UMLAUT.sub(r"\1", plain)
    found = (
        rank for rank, stem in enumerate(_stems(words)) if _has(plain, stem) or _has(folded, stem)
    )
    return next(found, None)


def _has(plain: str, stem: tuple[str, ...]) -> bool:
    place = 0
    for part in stem:
        place = plain.find(part, place)
        if place < 0:
            return False
    return True


def _says_done(plain: str, before: re.Match[str] | None, after: re.Pattern[str]) -> bool:
    if before is None or before[1] not in _first_done_words():
        return False
    said, done = "", wordings.keys(wordings.DONE)
    for word in islice(_WORD.finditer(plain, before.end()), _MOST_WORDS):
        said = f"{said}_{word[0]}" if said else word[0]
        if said in done and after.match(plain, word.end()):
            return True
    return False


@cache
def _first_done_words() -> frozenset[str]:
    return frozenset(key.partition("_")[0] for key in wordings.keys(wordings.DONE))
