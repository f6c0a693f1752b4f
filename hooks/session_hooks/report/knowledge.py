"""Find what a session file decided and learnt, and whether that stands elsewhere (003). Pure."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from session_hooks.documents import markdown, wordings
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import ANY_ITEM, blocks
from session_hooks.documents.model import Document, Section, is_filled, is_placeholder, plain_line
from session_hooks.documents.sections import end_of, is_nothing, sureness
from session_hooks.report.remainder import Standing, is_to_do, says_nothing_first
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_DECIDED = (
    "decision|decided|entscheidung|entschieden|décision|décidé|decisión|decidido|decisão|decisione"
    "|besluit|decyzja|решение|决定|决策|決定|결정"
)
_LEARNT = (
    "lessons?(?: learned)?|gotcha|pitfall|caveat|root cause|erkenntnis|leçon|lección|lição|lezione"
    "|wniosek|вывод|经验|教训|教訓|교훈"
)
_LABEL = pattern(
    rf"[\s>*_\-\d.)✅☑]*(?P<what>(?P<decided>{_DECIDED})|(?P<learnt>{_LEARNT})|rationale)"
    r"(?: \d+| ?\([^)\n]*\))?[\s*_]*[:：][\s*_]*(?=\S)",
    re.IGNORECASE,
)
_NUMBERED = pattern(rf"^(?:{_DECIDED})\s*\d*\s*[:：.–—-]\s*", re.IGNORECASE)
_INNER_LABEL = pattern(r"\*\*[^*\n]{2,40}(?:[:：]\*\*|\*\*\s*[:：])")
_BETWEEN = pattern(r"[\s.,;:!?()\[\]{}\"'`*_~|<>=\\-]+")
"""What stands between words, in any script: a letter's marks are a part of it."""
_SENTENCE = pattern(r"(?<=[.!?;。])\s*")
_RULE = pattern(r"[ \t]*\|[ \t:|-]*")
_FILE = pattern(r"[\w./-]+\.(?:mdx?|markdown|rst)\b")
_TOLD = pattern(
    r"(?:\b(?:see|siehe|voir|ver|record|(?:recorded|captured|written) in|(?:added|moved) to):?\s*"
    r"|(?:→|->|=>)\s*|[(\[（])[`*\[]*(?:docs?\W|the )?$",
    re.IGNORECASE,
)
"""What stands before a file that has it."""
_ADR = pattern(r"\bADR[-\s#]{0,2}(\d{1,5})\b", re.IGNORECASE)
_AGAINST = pattern(
    r"\b(?:revers|supersed|unlike|contradict|replac|instead|wrong|outdated|not |exception|deviat"
    r"|amend|contrary|ersetzt|widerruf|entgegen)",
    re.IGNORECASE,
)
_OPTIONS = pattern(r"options?|alternatives?|considered|rejected|optionen", re.IGNORECASE)
"""In a record's heading of what was not decided."""
_FIRST_NUMBER = pattern(r"\d{1,5}")
_TITLE = 80
"""Characters of a decision's title that is taken from its text."""


class Decision(Value):
    """A decision that a session file records."""

    title: str
    line: int
    text: str


class Lesson(Value):
    """A lesson that a session file records."""

    line: int
    text: str


class Ongoing(Value):
    """Another active document: its words, in order."""

    path: str
    title: str
    issue: str | None
    text: str


class Kept(Value):
    """What a file's knowledge is looked for in."""

    statements: frozenset[str] = frozenset()
    """All that decision records and other documents say, piece by piece."""
    records: tuple[str, ...] = ()
    """The paths of the decision records."""
    documents: tuple[str, ...] = ()
    """Those of the other documents."""
    active: tuple[Ongoing, ...] = ()
    folder: str = ""
    """Where decision records lie, or would."""


# --- word for word -------------------------------------------------------------------------------


def as_said(text: str) -> str:
    """Return a text's words in order, without a label before them."""
    label = _LABEL.match(text)
    words = _BETWEEN.split(text[label.end() if label else 0 :].casefold())
    return " ".join(word for word in words if any(map(str.isalnum, word)))


def statements(text: str) -> Iterator[str]:
    """Yield what a text says, piece by piece: paragraphs, items and rows, and their sentences.

    Not the options of a decision record: one of them was decided, and stands there once more.
    """
    found, _ = markdown.sections(text)
    options = [range(one.text_line, end_of(one) + 1) for one in found if _OPTIONS.search(one.title)]
    for block in blocks(text, code=True):
        if any(block.line + 1 in part for part in options):
            continue
        yield as_said(block.text)
        for piece in _INNER_LABEL.split(block.text):
            yield as_said(piece)
            yield from map(as_said, _SENTENCE.split(piece))


def standing(text: str, kept: Kept, paths: Iterable[str]) -> Standing:
    """Tell whether a text stands elsewhere: word for word, or in one of some files that it names.

    It is not sure where it names one for another reason: "Reverses ADR-1".
    """
    said = [block.text for block in blocks(text, code=True) if block.kind != "heading"] or [text]
    named = {_standing_in(one, [*paths]) for one in (text.split("\n", maxsplit=1)[0], *said)}
    pieces = [piece for one in said for piece in _INNER_LABEL.split(one)]
    words = [one for piece in pieces if (one := as_said(piece))]
    if Standing.OVER in named or (words and kept.statements.issuperset(words)):
        return Standing.OVER
    is_unsure = Standing.UNSURE in named or says_nothing_first(said[0])
    return Standing.UNSURE if is_unsure else Standing.OPEN


def _standing_in(text: str, paths: list[str]) -> Standing:
    found = Standing.OPEN
    for match, is_there in _named(text, paths):
        if is_there:
            is_told = _TOLD.search(text[: match.start()]) or f"]({match[0]}" in text
            if is_told and not _AGAINST.search(text):
                return Standing.OVER
            found = Standing.UNSURE
    return found


def _named(text: str, paths: list[str]) -> Iterator[tuple[re.Match[str], bool]]:
    """Yield the files and records that a text names, and whether they are there."""
    names = [path.rpartition("/")[2] for path in paths]
    numbers = {int(number[0]) for name in names if (number := _FIRST_NUMBER.search(name))}
    for match in _FILE.finditer(text):
        path = re.sub(r"^(?:\.{1,2}/)+", "", match[0])
        yield match, path in names or any(f"/{one}".endswith(f"/{path}") for one in paths)
    for match in _ADR.finditer(text):
        yield match, int(match[1]) in numbers


# --- decisions and lessons -----------------------------------------------------------------------


def decisions(document: Document) -> tuple[Decision, ...]:
    """Return the decisions of all sections for them, one for each heading, item or row.

    And those that say so themselves, wherever they stand: "**Decision**: …".
    """
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    every: list[Decision] = []
    end = 0
    for section in found:
        if section.line <= end or is_to_do(section.title):
            continue
        if sureness(section.title, wordings.DECISIONS):
            end = end_of(section)
            every += [] if is_nothing(section.text) else _in_section(section)
        elif _NUMBERED.match(section.title):
            end = end_of(section)
            title = _NUMBERED.sub("", section.title)
            every.append(Decision(title, section.line, section.text or title))
    inside = {one.line + at for one in every for at in range(one.text.count("\n") + 3)}
    for line, text, label in _labelled(document):
        if label["decided"] and line not in inside:
            title = safe_text.shorten(plain_line(text[label.end() :].split("\n")[0]), _TITLE)[0]
            every.append(Decision(title, line, text))
    guidance = session.TEMPLATE.guidance
    return tuple(one for one in every if is_filled(f"{one.title}\n{one.text}", guidance))


def lessons(document: Document) -> tuple[Lesson, ...]:
    """Return the lessons: those below headings for them, and those that say so themselves."""
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    every = [
        Lesson(section.text_line + block.line, block.text)
        for section in found
        if sureness(section.title, wordings.LESSONS) or _is_lesson(section.title)
        for block in blocks(section.text)
        if block.kind != "heading" and block.text and not is_nothing(block.text)
    ]
    lines = {one.line for one in every}
    for line, text, label in _labelled(document):
        if label["learnt"] and line not in lines:
            every.append(Lesson(line, text[label.end() :].strip()))
    return tuple(dict.fromkeys(every))


def _is_lesson(title: str) -> bool:
    label = _LABEL.match(f"{title}: x")
    return label is not None and label["learnt"] is not None


def _labelled(document: Document) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Yield the paragraphs that say themselves what they are, with their lines and labels."""
    lines = document.body.split("\n")
    prose = markdown.prose(document.body)
    for at, line in enumerate(prose):
        label = _LABEL.match(line)
        if label is None or line.startswith("#") or is_placeholder(line[label.end() :].strip()):
            continue
        end = at + 1
        while end < len(prose) and prose[end].strip() and not _begins(prose[end]):
            end += 1
        yield document.body_line + at, "\n".join(lines[at:end]).strip(), label


def _begins(line: str) -> bool:
    return (
        line.startswith("#") or ANY_ITEM.match(line) is not None or _LABEL.match(line) is not None
    )


def _in_section(section: Section) -> Iterator[Decision]:
    """Yield what a section says, cut before each heading, else before each item or row."""
    lines = section.text.split("\n")
    prose = markdown.prose(section.text)
    inner, _ = markdown.sections(section.text, 1, bold=True)
    level = min((one.level for one in inner), default=0)
    starts = [one.line - 1 for one in inner if one.level == level]
    table: list[str] = []
    if not starts:
        items = [(len(m[1]), at) for at, line in enumerate(prose) if (m := ANY_ITEM.match(line))]
        least = min(items, default=(0, 0))[0]
        rows = [at for at, line in enumerate(prose) if line.lstrip()[:1] == "|"]
        table = [lines[at] for at in rows[:2]]
        lines = [
            "" if at in rows[:1] or _RULE.fullmatch(line) else line for at, line in enumerate(lines)
        ]
        starts = [at for indent, at in items if indent == least]
        starts += [at for at in rows[1:] if lines[at]]
        if starts:  # a paragraph below a list is none of its items
            starts += [
                at
                for at, line in enumerate(prose)
                if at > min(starts) and line[:1].strip() and not lines[at - 1].strip()
            ]
    for begin, end in pairwise(sorted({0, *starts, len(lines)})):
        text = "\n".join(lines[begin:end]).strip("\n")
        if text:
            first = lines[begin].strip() or text.split("\n")[0]
            body = text.partition("\n")[2].strip("\n") if first.startswith("#") else text
            if first.startswith("|"):
                first, body = _cell(table[0], first), "\n".join([*table, text])
            title = _NUMBERED.sub("", plain_line(first.lstrip("# ")))
            shown = safe_text.shorten(title, _TITLE)[0]
            yield Decision(shown, section.text_line + begin, body or title)


def _cell(head: str, row: str) -> str:
    """Return a row's cell that is the decision: below that heading, else the first text."""
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    names = [cell.strip() for cell in head.strip().strip("|").split("|")]
    for name, cell in zip(names, cells, strict=False):
        if sureness(name, wordings.DECISIONS) or _LABEL.match(f"{name}: x"):
            return cell
    return next((cell for cell in cells if any(map(str.isalpha, cell))), row)
