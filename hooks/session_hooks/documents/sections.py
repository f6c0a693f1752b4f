"""Find the part of a document that speaks of now, and its sections."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from session_hooks.documents import wordings
from session_hooks.documents.headings import (
    IN_A_REMARK,
    Wordings,
    head_key,
    is_filled,
    says_nothing,
    sureness,
)
from session_hooks.documents.markdown import BOLD, code_blocks, prose, sections
from session_hooks.documents.model import Section
from session_hooks.util import dates
from session_hooks.util.lazy import Value, pattern

_MAX_CAPITALS = 200
_BEFORE_AN_ENTRY = pattern(
    r"\W*(?:(?:session|update|entry|log|day|round|state|status|snapshot|as of|handoff|release"
    r"|sprint|iteration|sitzung|tag|séance|jour|sesión|sessão|sessione|sessie|sesja|запись|сессия)\b\W*)*",
    re.IGNORECASE,
)
"""What may stand before the date or the number that an entry begins with."""
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
_OF_A_LOG = pattern(
    r"\W*(?:(?:day|tag|jour|día|round|iteration|sprint)\s*#?(?P<number>\d+)"
    r"|(?:version|release|v)\s*(?P<version>\d+(?:\.\d+)+)"
    r"|(?P<clock>(?:[01]?\d|2[0-3])[:h][0-5]\d)(?!\d))",
    re.IGNORECASE,
)
"""What entries of a log begin with. In a document that hands work over it is a plan's."""
_DATE = pattern(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}")
_TITLE_VERSION = pattern(r"\bv(\d+(?:\.\d+)*)\b", re.IGNORECASE)
_PROSE_FENCE = pattern(r"\s{0,3}(?:`{3,}|~{3,})\s*(?:text|markdown|md)?\s*$", re.IGNORECASE)
_CAPITALS = pattern(r"[A-Z0-9][A-Z0-9 '/&,-]{2,50}(?:\([^)\n]*\))?:?\s*")


class Passage(Value):
    """A part of the body: its lines, the file's line that it begins on, and its sections."""

    lines: list[str]
    prose: list[str]
    """The same lines, those of code and comments blanked."""
    line: int
    sections: tuple[Section, ...]


class LogEntry(Value):
    """One of several dated, timed, numbered or versioned entries in one document."""

    section: Section
    age: tuple[str, tuple[int, ...]]
    """What is greater of a newer one: its date, then its time of day, number or version."""


def prompt_in_a_fence(passage: Passage) -> Passage:
    """Return the inside of the fence that holds most of a document, as a prompt to copy does."""
    best = (0, 0)
    for begin, end in code_blocks(passage.lines):
        is_prose = _PROSE_FENCE.match(passage.lines[begin]) is not None
        if is_prose and end - begin > best[1] - best[0]:
            best = (begin, end)
    inside = passage.lines[best[0] + 1 : best[1]]
    written = sum(bool(line.strip()) for line in passage.lines)
    if sum(bool(line.strip()) for line in inside) * 2 < written:
        return passage
    text, begins = "\n".join(inside), passage.line + best[0] + 1
    found, _ = sections(text, begins, bold=True)
    return Passage(inside, prose(text), begins, found or tuple(_capital_sections(inside, begins)))


def log_entries(found: tuple[Section, ...], *, is_log: bool) -> list[LogEntry]:
    """Return the sections that are entries: several of one level that begin with date or number."""
    by_level: dict[int, list[LogEntry]] = {}
    for section in found:
        may_be_one = section.level < BOLD and any(map(str.isdecimal, section.title))
        age = _age(section.title, is_log=is_log) if may_be_one else None
        if age is not None and not _says_itself(section.title):
            by_level.setdefault(section.level, []).append(LogEntry(section, age))
    several = [level for level, entries in by_level.items() if _are_several(entries)]
    return by_level[min(several)] if several else []


def newest_entry(entries: list[LogEntry]) -> LogEntry | None:
    """Return the newest of a log's entries; None where a body is no log."""
    if not entries:
        return None
    newest = max(entry.age for entry in entries)
    same = [entry for entry in entries if entry.age == newest]
    # Of one day's entries the last, for a log grows downward, unless this one grows upward.
    return same[0] if entries[0].age > entries[-1].age else same[-1]


def without_entries(passage: Passage, entries: list[LogEntry]) -> Passage:
    """Return what of a passage speaks of all of it: above the entries, and beside them."""
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
    """Return the last line of a section's text."""
    return section.text_line + section.text.count("\n")


def inside_of(section: Section, passage: Passage) -> Passage:
    """Return a section as a passage of its own."""
    end = end_of(section)
    part = slice(section.text_line - passage.line, end + 1 - passage.line)
    inner = tuple(s for s in passage.sections if section.line < s.line <= end)
    return Passage(passage.lines[part], passage.prose[part], section.text_line, inner)


def filled(passage: Passage, guidance: Sequence[str]) -> Passage:
    """Leave out the sections in which nobody has written yet."""
    kept = tuple(s for s in passage.sections if is_filled(s.text, guidance))
    return passage._replace(sections=kept)


def by_heading(
    passages: Iterable[Passage], words: Wordings, unsure: int = IN_A_REMARK
) -> Section | None:
    """Return the surest section whose heading means one of ``words`` and that says something."""
    found = all_by_heading(passages, words, unsure)
    return next((section for section in found if not says_nothing(section.text)), None)


def all_by_heading(
    passages: Iterable[Passage], words: Wordings, unsure: int = IN_A_REMARK
) -> Iterator[Section]:
    """Return the sections whose heading means one of ``words``, in each passage the surest first.

    ``unsure`` is how unsure a wording may be.
    """
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
    """Tell whether a heading is the document's own title, not a part's."""
    section = passage.sections[position]
    if section.level != 1:
        return False
    names_a_document = head_key(section.title) in wordings.DOCUMENT_TITLES
    if position == 0:
        is_only = all(other.level > 1 for other in passage.sections[1:])
        return names_a_document or (is_only and len(passage.sections) > 1)
    following = passage.sections[position + 1 : position + 2]
    return names_a_document and bool(following) and 1 < following[0].level < BOLD


def _capital_sections(lines: list[str], first_line: int) -> Iterator[Section]:
    """Take lines in capitals for headings, as prompts in plain text have them."""
    starts = [index for index, line in enumerate(lines) if _is_in_capitals(line)][:_MAX_CAPITALS]
    for start, end in pairwise([*starts, len(lines)]):
        text = "\n".join(lines[start + 1 : end]).rstrip()
        bare = text.lstrip("\n")
        below = first_line + start + 1 + len(text) - len(bare)
        yield Section(lines[start].strip(" :"), 2, first_line + start, bare, text_line=below)


def _is_in_capitals(line: str) -> bool:
    return _CAPITALS.fullmatch(line) is not None and re.search("[A-Z]{3}", line) is not None


def _says_itself(title: str) -> bool:
    """Tell whether a heading with a date or version is a part's, of which the newest counts."""
    return any(sureness(title, words) for words in (wordings.NEXT_STEPS, wordings.STATE))


def _are_several(entries: list[LogEntry]) -> bool:
    """Tell whether sections are entries, and not the parts of one that all give its date."""
    begin_alike = all(
        entry.section.title.lstrip(" *_[(#📅🗓✅")[:1].isdecimal() for entry in entries
    )
    return len(entries) > 1 and (begin_alike or len({entry.age for entry in entries}) > 1)


def _age(title: str, *, is_log: bool) -> tuple[str, tuple[int, ...]] | None:
    """Return what a title tells of an entry's age; None where it is no entry's."""
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
