"""Compute what of a session file is still to be kept elsewhere before it is deleted (003). Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from session_hooks.documents import markdown, wordings
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import blocks
from session_hooks.documents.model import (
    Body,
    Document,
    Section,
    Status,
    is_filled,
    is_placeholder,
    plain_line,
)
from session_hooks.documents.sections import end_of, is_nothing, sureness
from session_hooks.evidence.model import Evidence
from session_hooks.report.remainder import Finding, is_over, remaining
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_CONTRACT = pattern(r"(?<![\w/])(?:GET|POST|PUT|PATCH|DELETE) (/[\w./{}:<>-]+)")
_LABEL = pattern(
    r"[\s>*_\-\d.)]*\b(decision|decided|rationale|lessons?(?: learned)?)\b(?: \d+)?"
    r"[\s*_]*:[\s*_]*(?=\S)",
    re.IGNORECASE,
)
_OPEN = pattern(r"\b(?:open|needed|pending|required|to make|to be made)\b|\?", re.IGNORECASE)
"""In the heading of decisions that nobody made yet."""
_NUMBERED = pattern(r"^decision\s*\d*\s*[:.–—-]\s*", re.IGNORECASE)
_HOLDS = pattern(
    r"block|remain|to_?do|next|open|pending|decision|lesson|follow|question|risk|note|learn",
    re.IGNORECASE,
)
"""In a frontmatter's key whose value nothing else reads."""
_KEY = pattern(r"[ \t]*([A-Za-z_][\w -]*):[ \t]*(.*)")
_BETWEEN = pattern(r"[\s.,;:!?()\[\]{}\"'`*_~|<>=\\-]+")
"""What stands between words, in any script: a letter's marks are a part of it."""
_SENTENCE = pattern(r"(?<=[.!?;])\s+")
_ITEM = pattern(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_ROW = pattern(r"[ \t]*\|(?![ \t:|-]*$)")
_POINTER = pattern(
    r"(?:\b(?:see|in|as)\s+|[(\[]\s*|(?:→|->|=>)\s*)[`*\[]*([\w./-]+\.(?:mdx?|markdown|rst))\b",
    re.IGNORECASE,
)
_ADR = pattern(r"\bADR[-\s#]{0,2}(\d{1,5})\b", re.IGNORECASE)
_FIRST_NUMBER = pattern(r"\d{1,5}")
_TITLE = 80
"""Characters of a decision's title that is taken from its text."""
_FREEFORM = (
    *(part.heading for part in session.TEMPLATE.parts),
    "Files to Update", "Key Commands", "References", "Links", "Related",
)  # fmt: skip
"""Sections of 003 of which it asks that nothing be kept, but for what is open in them."""


class Point(Value):
    """One line of 003's checklists, with its evidence."""

    name: str
    question: str
    """What a person is asked where it isn't satisfied."""
    evidence: str
    findings: tuple[Finding, ...] = ()
    is_satisfied: bool = True
    is_known: bool = True
    """Whether anything here can tell it."""


class Decision(Value):
    """A decision that a session file records."""

    title: str
    line: int
    text: str


class Kept(Value):
    """What a file's knowledge is looked for in."""

    statements: frozenset[str] = frozenset()
    """All that decision records and other documents say, piece by piece."""
    records: tuple[str, ...] = ()
    """The paths of the decision records."""
    documents: tuple[str, ...] = ()
    """Those of the other documents."""
    active: tuple[tuple[str, frozenset[str]], ...] = ()
    """What remains in other active documents, each with its path."""
    folder: str = ""
    """Where decision records lie, or would."""

    def says(self, text: str) -> bool:
        """Tell whether a text stands there word for word."""
        return as_said(text) in self.statements


def _points_to(text: str, paths: Iterable[str]) -> bool:
    """Tell whether a text says in which of some files it is: "(docs/decisions/0007-cache.md)"."""
    named = {match[1].removeprefix("./") for match in _POINTER.finditer(text)}
    numbers = {int(number) for number in _ADR.findall(text)}
    for path in paths:
        name = path.rpartition("/")[2]
        number = _FIRST_NUMBER.search(name)
        if not named.isdisjoint((path, name)) or (number and int(number[0]) in numbers):
            return True
    return False


def as_said(text: str) -> str:
    """Return a text's words in order, without a label before them."""
    label = _LABEL.match(text)
    words = _BETWEEN.split(text[label.end() if label else 0 :].casefold())
    return " ".join(word for word in words if any(map(str.isalnum, word)))


def statements(text: str) -> Iterator[str]:
    """Yield what a text says, piece by piece: paragraphs, items and rows, and their sentences."""
    for block in blocks(text, code=True):
        yield as_said(block.text)
        yield from map(as_said, _SENTENCE.split(block.text))


def points(
    document: Document, body: Body, evidence: Evidence, kept: Kept, references: Sequence[str]
) -> tuple[Point, ...]:
    """Return the checklists of 003, "Completing a Session", each point with its evidence.

    ``references`` are where tracked files name the document: "docs/x.md:3".
    """
    return (
        _status(document),
        _issue(document, evidence),
        _reading(body),
        _decisions(document, kept),
        _lessons(document, kept),
        _remaining(document, body, kept),
        _contracts(document, kept),
        _rest(document),
        _references(references),
    )


def _status(document: Document) -> Point:
    said = document.status_word or "it says none"
    is_completed = document.status is Status.COMPLETED
    return Point("status", "Is it completed?", safe_text.inline(said, 40), (), is_completed)


def _issue(document: Document, evidence: Evidence) -> Point:
    issue = document.issue or document.issue_url
    branch = evidence.branch
    where = ""
    is_open = False
    if branch and branch.merged:
        where = f"branch {branch.name} is in {branch.merged.into}"
    elif branch and branch.exists and not branch.is_default:
        where, is_open = f"branch {branch.name} is not merged", True
    named_ = f"{safe_text.inline(issue, 100)}, to be updated there" if issue else "it names none"
    return Point(
        "issue",
        "Is the issue up to date, and may the file go before the branch is merged?",
        ", ".join(part for part in (named_, where) if part),
        is_satisfied=not is_open,
        is_known=not issue,
    )


def decisions(document: Document) -> tuple[Decision, ...]:
    """Return the decisions of all sections for them, one for each heading, item or row."""
    found, _ = markdown.sections(document.body, document.body_line)
    guidance = session.TEMPLATE.guidance
    every: list[Decision] = []
    end = 0
    for section in found:
        is_of_them = sureness(section.title, wordings.DECISIONS) and not _OPEN.search(section.title)
        if section.line > end and is_of_them:
            end = end_of(section)
            if not is_nothing(section.text):
                every += _in_section(section)
    inside = {one.line + at for one in every for at in range(one.text.count("\n") + 3)}
    for number, line, match in _labelled(document):
        if match[1].casefold().startswith("deci") and number not in inside:
            title = safe_text.shorten(plain_line(line[match.end() :]), _TITLE)[0]
            every.append(Decision(title, number, line.strip()))
    return tuple(one for one in every if is_filled(f"{one.title}\n{one.text}", guidance))


def _labelled(document: Document) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Yield the lines that say themselves what they are: "**Decision**: …"."""
    for number, line in enumerate(markdown.prose(document.body), start=document.body_line):
        match = _LABEL.match(line)
        if match and not is_placeholder(line[match.end() :].strip()):
            yield number, line, match


def _in_section(section: Section) -> Iterator[Decision]:
    """Yield what a section says, cut before each heading, else before each item or row."""
    lines = section.text.split("\n")
    prose = markdown.prose(section.text)
    inner, _ = markdown.sections(section.text, 1)
    level = min((one.level for one in inner), default=0)
    starts = [one.line - 1 for one in inner if one.level == level]
    if not starts:
        items = [(len(m[1]), at) for at, line in enumerate(prose) if (m := _ITEM.match(line))]
        least = min(items, default=(0, 0))[0]
        head, *rows = [at for at, line in enumerate(prose) if line.lstrip()[:1] == "|"] or [-1]
        rules = [at for at in rows if not _ROW.match(prose[at])]
        lines = ["" if at in (head, *rules) else line for at, line in enumerate(lines)]
        starts = [at for indent, at in items if indent == least]
        starts += [at for at in rows if at not in rules]
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
            title = _NUMBERED.sub("", plain_line(first.lstrip("# ").strip("| ")))
            body = text.partition("\n")[2].strip("\n") if first.startswith("#") else text
            shown = safe_text.shorten(title, _TITLE)[0]
            yield Decision(shown, section.text_line + begin, (body or title) if inner else text)


def open_decisions(document: Document, kept: Kept) -> tuple[Decision, ...]:
    """Return the decisions that stand nowhere else."""
    return tuple(one for one in decisions(document) if not _stands(one, kept))


def _stands(decision: Decision, kept: Kept) -> bool:
    said = [one.text for one in blocks(decision.text, code=True) if one.kind != "heading"]
    if any(_points_to(text, kept.records) for text in (decision.title, *said)):
        return True
    return all(kept.says(text) for text in said or [decision.title])


def _decisions(document: Document, kept: Kept) -> Point:
    every, left = decisions(document), open_decisions(document, kept)
    said = _counted(len(every), len(left), "stand elsewhere, or name their record")
    return _point("decisions", "May these be lost?", said, ((one.line, one.title) for one in left))


def _lessons(document: Document, kept: Kept) -> Point:
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    items = [
        (section.text_line + block.line, block.text)
        for section in found
        if sureness(section.title, wordings.LESSONS) and not is_nothing(section.text)
        for block in blocks(section.text)
        if block.kind != "heading" and block.text and not is_nothing(block.text)
    ]
    lines = {line for line, _ in items}
    items += [
        (number, line[match.end() :].strip())
        for number, line, match in _labelled(document)
        if match[1].casefold().startswith("less") and number not in lines
    ]
    every = (*kept.records, *kept.documents)
    left = [one for one in items if not (kept.says(one[1]) or _points_to(one[1], every))]
    said = _counted(len(items), len(left), "stand elsewhere, or say where")
    return _point("lessons", "May these be lost?", said, left)


def left_open(document: Document, body: Body, kept: Kept) -> tuple[Finding, ...]:
    """Return what remains, and stands word for word in no other active document."""
    others = {text for path, texts in kept.active if path != document.path for text in texts}
    return tuple(one for one in remaining(document, body) if as_said(one.text) not in others)


def _remaining(document: Document, body: Body, kept: Kept) -> Point:
    every, left = remaining(document, body), left_open(document, body, kept)
    said = _counted(len(every), len(left), "stand in another active document")
    return _point("remaining", "Is this done, or an issue?", said, left)


def _rest(document: Document) -> Point:
    """Find what no other point looks into: other headings, other keys of the frontmatter."""
    found, _ = markdown.sections(document.body, document.body_line)
    guidance = session.TEMPLATE.guidance
    left = [Finding(number, text) for number, text in _other_keys(document)]
    end = 0
    for section in found:
        if section.line <= end or section.level == 1:
            continue
        end = end_of(section)
        if not _is_known(section.title) and is_filled(section.text, guidance):
            left += [] if is_over(section.text) else [Finding(section.line, section.title)]
    said = "other sections, which may hold anything" if left else "nothing besides"
    return _point("rest", "Is all of this kept elsewhere, or not needed?", said, left)


def _is_known(title: str) -> bool:
    words = (*wordings.PARTS, wordings.LESSONS, wordings.REMAINING, wordings.NEXT_STEPS_PERHAPS)
    known = {markdown.heading_key(one) for one in _FREEFORM}
    return markdown.heading_key(title) in known or any(sureness(title, one) for one in words)


def _other_keys(document: Document) -> Iterator[tuple[int, str]]:
    known = {field.name for field in session.FIELDS}
    lines = document.head.split("\n")
    for number, line in enumerate(lines, start=1):
        match = _KEY.match(line)
        if not match or match[1].casefold() in known or not _HOLDS.search(match[1]):
            continue
        below = lines[number : number + 1]
        said = match[2].strip(" []") or "".join(below).strip(" -")
        if said and not is_nothing(said) and said not in ("null", "~", "{}"):
            yield number, line.strip() if match[2] else f"{match[1]}: {said}"


def _contracts(document: Document, kept: Kept) -> Point:
    named_: dict[str, int] = {}
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        for match in _CONTRACT.finditer(line):
            named_.setdefault(match[0], number)
    left = [
        (line, call)
        for call, line in named_.items()
        if not any(f" {as_said(call)} " in f" {said} " for said in kept.statements)
    ]
    said = _counted(len(named_), len(left), "stand in other documents")
    return _point("API", "May these be lost?", said, left)


def _references(references: Sequence[str]) -> Point:
    said = "tracked files name it" if references else "nothing tracked names it"
    return _point("references", "May these lead nowhere?", said, ((0, one) for one in references))


def _reading(body: Body) -> Point:
    """Tell whether the file was read whole: what was not looked at may hold anything."""
    left = ((one.line, one.message) for one in body.problems)
    return _point("reading", "May what was not read be lost?", "the whole file was read", left)


def _counted(every: int, left: int, where: str) -> str:
    return f"{every - left} of {every} {where}" if every else "none"


def _point(
    name: str, question: str, evidence: str, left: Iterable[Finding | tuple[int, str]]
) -> Point:
    found = tuple(Finding(line, text) for line, text in left)
    return Point(name, question, evidence, found, not found)
