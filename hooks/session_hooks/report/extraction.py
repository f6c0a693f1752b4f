"""Compute what of a session file is still to be kept elsewhere before it is deleted (003). Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from session_hooks.documents import markdown, wordings
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import blocks, each_box
from session_hooks.documents.model import Body, Document, Section, Step, is_filled, plain_line
from session_hooks.documents.next_steps import first_action
from session_hooks.documents.registry import named
from session_hooks.documents.sections import end_of, is_done, says_nothing, sureness
from session_hooks.evidence.model import Evidence
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_LESSONS = pattern(r"lessons?\b|learn(?:ed|t|ings?)\b|gotchas?\b|pitfalls?\b", re.IGNORECASE)
_CONTRACT = pattern(r"(?<![\w/])(?:GET|POST|PUT|PATCH|DELETE) (/[\w./{}:<>-]+)")
_LABEL = pattern(r"^\W*(?:decision|decided)\W*:\W*(.+)$", re.IGNORECASE | re.MULTILINE)
_NUMBERED = pattern(r"^decision\s*\d*\s*[:.–—-]\s*", re.IGNORECASE)
_BLANK = pattern(r"\n[ \t]*\n|\n(?=#|[ \t]*[-*+] )")
_WORD = pattern(r"[^\W_]+")
_ITEM = pattern(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_ROW = pattern(r"[ \t]*\|(?![ \t:|-]*$)")
_TITLE = 80
"""Characters of a decision's title that is taken from its text."""
_ENOUGH = 0.7
"""What part of a text's words a paragraph must have for it to be kept there."""


class Finding(Value):
    """One thing that would be lost, and where it stands."""

    line: int
    text: str


class Point(Value):
    """One line of 003's checklists, with its evidence."""

    name: str
    question: str
    """What a person is asked where it isn't satisfied."""
    evidence: str
    findings: tuple[Finding, ...] = ()
    is_satisfied: bool = True


class Decision(Value):
    """A decision that a session file records."""

    title: str
    line: int
    text: str


Words = frozenset[str]
"""Of one paragraph, in lower case."""


class Kept(Value):
    """What is looked for a file's knowledge in, paragraph by paragraph."""

    records: tuple[Words, ...]
    documents: tuple[Words, ...]
    """Of the other tracked documents, and of the records."""
    active: tuple[tuple[str, Words], ...]
    """Of what work goes on from, each with its path."""
    folder: str
    """Where decision records lie, or would."""


def paragraphs(text: str) -> Iterator[Words]:
    """Yield the words of each paragraph of a text."""
    for part in _BLANK.split(text):
        if words := _words(part):
            yield words


def _words(text: str) -> Words:
    return frozenset(word.casefold() for word in _WORD.findall(text))


def points(
    document: Document, body: Body, evidence: Evidence, kept: Kept, references: Sequence[str]
) -> tuple[Point, ...]:
    """Return the checklists of 003, "Completing a Session", each point with its evidence.

    ``references`` are where tracked files name the document: "docs/x.md:3".
    """
    return (
        _issue(document, evidence),
        _reading(document),
        _decisions(document, kept),
        _lessons(document, kept),
        _remaining(document, body, kept),
        _contracts(document, kept),
        _references(references),
    )


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
    )


def decisions(document: Document) -> tuple[Decision, ...]:
    """Return the decisions of all sections for them, one for each heading, item or row."""
    found, _ = markdown.sections(document.body, document.body_line)
    guidance = session.TEMPLATE.guidance
    every: list[Decision] = []
    end = 0
    for section in found:
        if section.line > end and sureness(section.title, wordings.DECISIONS):
            end = end_of(section)
            if not says_nothing(section.text):
                every += _in_section(section)
    return tuple(one for one in every if is_filled(one.text, guidance))


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
        starts = [at for indent, at in items if indent == least]
    if not starts:
        _, *starts = [at for at, line in enumerate(prose) if _ROW.match(line)] or [-1]
        lines = [line if at in starts or line[:1] != "|" else "" for at, line in enumerate(lines)]
    for begin, end in pairwise(sorted({0, *starts, len(lines)})):
        text = "\n".join(lines[begin:end]).strip("\n")
        if text:
            first = lines[begin].strip() or text.split("\n")[0]
            title = _NUMBERED.sub("", plain_line(first.lstrip("# ").strip("| ")))
            body = text.split("\n", 1)[1].strip("\n") if first.startswith("#") else text
            shown = safe_text.shorten(title, _TITLE)[0]
            yield Decision(shown, section.text_line + begin, body if inner else text)


def open_decisions(document: Document, kept: Kept) -> tuple[Decision, ...]:
    """Return the decisions that stand in no decision record."""
    return tuple(one for one in decisions(document) if not _stands(one, kept.records))


def _stands(decision: Decision, records: Sequence[Words]) -> bool:
    labelled = _LABEL.search(decision.text)
    lines = [labelled[1]] if labelled else decision.text.split("\n")
    return all(_is_kept(line, records) for line in lines)


def _decisions(document: Document, kept: Kept) -> Point:
    every, left = decisions(document), open_decisions(document, kept)
    said = f"{len(every) - len(left)} of {len(every)} stand in {kept.folder}" if every else "none"
    return _point("decisions", "May these be lost?", said, ((one.line, one.title) for one in left))


def _lessons(document: Document, kept: Kept) -> Point:
    found, _ = markdown.sections(document.body, document.body_line)
    lessons = [one for one in found if _LESSONS.search(one.title) and not says_nothing(one.text)]
    items = [
        (section.text_line + block.line, block.text)
        for section in lessons
        for block in blocks(section.text)
        if block.kind != "heading" and block.text
    ]
    left = [one for one in items if not _is_kept(one[1], kept.documents)]
    said = f"{len(items) - len(left)} of {len(items)} stand in other documents" if items else "none"
    return _point("lessons", "May these be lost?", said, left)


def remaining(document: Document, body: Body) -> tuple[Finding, ...]:
    """Return what is still to be done: open boxes, next steps and blockers, by line."""
    found = {box.line: box.text for box in each_box(document) if box.is_open}
    for step in _steps(body.next_steps, body.next_action, body.steps):
        found.setdefault(step.line, step.text)
    if blockers := _said_in(body.blockers):
        for block in blocks(blockers.text):
            if block.kind in ("item", "paragraph") and block.text and not is_done(block.text):
                found.setdefault(blockers.text_line + block.line, block.text)
    guidance = named(document.format).TEMPLATE.guidance
    lines = ((line, text) for line, text in sorted(found.items()) if is_filled(text, guidance))
    return tuple(Finding(line, text) for line, text in lines)


def carried(document: Document, body: Body) -> dict[str, str]:
    """Return what remains, word for word, by the heading that it goes on under."""
    steps, blockers = _said_in(body.next_steps), _said_in(body.blockers)
    inside = [range(one.line, end_of(one) + 1) for one in (steps, blockers) if one]
    lines = document.body.split("\n")
    others: list[str] = []
    for box in each_box(document):
        if box.is_open and not any(box.line in part for part in inside):
            others += _item(lines, box.line - document.body_line)
    found = {
        "Next Steps": steps.text if steps else "\n".join(others),
        "Execution Progress": "\n".join(others) if steps else "",
        "Blockers": blockers.text if blockers else "",
    }
    return {heading: text for heading, text in found.items() if text}


def _item(lines: Sequence[str], at: int) -> list[str]:
    """Return an item's line and those below it that are indented deeper."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent
    ):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return [line[indent:] for line in lines[at:end]]


def _said_in(section: Section | None) -> Section | None:
    is_said = section is not None and not says_nothing(section.text)
    return section if section and is_said and is_filled(section.text, ()) else None


def _steps(section: Section | None, action: Step | None, steps: Sequence[Step]) -> Iterator[Step]:
    if section is None or says_nothing(section.text):
        return
    first = first_action(section)
    if first is not None:
        yield first
    elif action is not None and section.line < action.line <= end_of(section):
        yield action
    yield from steps


def left_open(document: Document, body: Body, kept: Kept) -> tuple[Finding, ...]:
    """Return what remains, and stands in no other active document."""
    others = [words for path, words in kept.active if path != document.path]
    return tuple(one for one in remaining(document, body) if not _is_kept(one.text, others))


def _remaining(document: Document, body: Body, kept: Kept) -> Point:
    every, left = remaining(document, body), left_open(document, body, kept)
    said = f"{len(every) - len(left)} of {len(every)} stand in another active document"
    return _point("remaining", "Is this done, or an issue?", said if every else "none", left)


def _contracts(document: Document, kept: Kept) -> Point:
    named_: dict[str, int] = {}
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        for match in _CONTRACT.finditer(line):
            named_.setdefault(match[0], number)
    left = [(line, call) for call, line in named_.items() if not _is_kept(call, kept.documents)]
    said = f"{len(named_) - len(left)} of {len(named_)} stand in other documents"
    return _point("API", "May these be lost?", said if named_ else "none", left)


def _references(references: Sequence[str]) -> Point:
    said = "tracked files name it" if references else "nothing tracked names it"
    return _point("references", "May these lead nowhere?", said, ((0, one) for one in references))


def _reading(document: Document) -> Point:
    """Tell whether the file was read whole: what was not looked at may hold anything."""
    left = ((one.line, one.message) for one in document.problems)
    return _point("reading", "May what was not read be lost?", "the whole file was read", left)


def _point(
    name: str, question: str, evidence: str, left: Iterable[Finding | tuple[int, str]]
) -> Point:
    found = tuple(Finding(line, text) for line, text in left)
    return Point(name, question, evidence, found, not found)


def _is_kept(text: str, documents: Sequence[Words]) -> bool:
    """Tell whether one paragraph has most of a text's words."""
    words = _words(text)
    return not words or any(len(words & one) >= _ENOUGH * len(words) for one in documents)
