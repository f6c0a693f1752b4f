"""Compute what of a session file is still to be kept elsewhere before it is deleted (003). Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from session_hooks.documents import markdown, wordings
from session_hooks.documents.formats import session
from session_hooks.documents.header import is_completed
from session_hooks.documents.markdown import blocks, each_box
from session_hooks.documents.model import Body, Document, Section, is_filled, plain_line
from session_hooks.documents.registry import named
from session_hooks.documents.sections import end_of, is_done, is_nothing, sureness
from session_hooks.evidence.model import Evidence
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_LESSONS = pattern(r"lessons?\b|learn(?:ed|t|ings?)\b|gotchas?\b|pitfalls?\b", re.IGNORECASE)
_CONTRACT = pattern(r"(?<![\w/])(?:GET|POST|PUT|PATCH|DELETE) (/[\w./{}:<>-]+)")
_LABEL = pattern(r"^\W*(?:decision|decided)\W*:\W*(.+)$", re.IGNORECASE | re.MULTILINE)
_OPEN = pattern(r"\b(?:open|needed|pending|required|to make|to be made)\b|\?", re.IGNORECASE)
"""In the heading of decisions that nobody made yet."""
_NUMBERED = pattern(r"^decision\s*\d*\s*[:.–—-]\s*", re.IGNORECASE)
_BLANK = pattern(r"\n[ \t]*\n|\n(?=#|[ \t]*(?:[-*+]|\d{1,9}[.)]) )")
_BETWEEN = pattern(r"[\s.,;:!?()\[\]{}\"'`*_~|<>=\\-]+")
"""What stands between words, in any script: a letter's marks are a part of it."""
_ITEM = pattern(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_ROW = pattern(r"[ \t]*\|(?![ \t:|-]*$)")
_TO_DO = (
    wordings.NEXT_STEPS, wordings.REMAINING, wordings.NEXT_STEPS_PERHAPS, wordings.BLOCKERS,
)  # fmt: skip
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
    """Of what remains in other active documents, each with its path."""
    folder: str
    """Where decision records lie, or would."""


def paragraphs(text: str) -> Iterator[Words]:
    """Yield the words of each paragraph of a text."""
    for part in _BLANK.split(text):
        if words := _words(part):
            yield words


def _words(text: str) -> Words:
    return frozenset(
        word for word in _BETWEEN.split(text.casefold()) if any(map(str.isalnum, word))
    )


def points(
    document: Document, body: Body, evidence: Evidence, kept: Kept, references: Sequence[str]
) -> tuple[Point, ...]:
    """Return the checklists of 003, "Completing a Session", each point with its evidence.

    ``references`` are where tracked files name the document: "docs/x.md:3".
    """
    return (
        _issue(document, evidence),
        _reading(body),
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
        is_of_them = sureness(section.title, wordings.DECISIONS) and not _OPEN.search(section.title)
        if section.line > end and is_of_them:
            end = end_of(section)
            if not is_nothing(section.text):
                every += _in_section(section)
    return tuple(one for one in every if is_filled(f"{one.title}\n{one.text}", guidance))


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
            body = text.partition("\n")[2].strip("\n") if first.startswith("#") else text
            shown = safe_text.shorten(title, _TITLE)[0]
            yield Decision(shown, section.text_line + begin, (body or title) if inner else text)


def open_decisions(document: Document, kept: Kept) -> tuple[Decision, ...]:
    """Return the decisions that stand in no decision record."""
    return tuple(one for one in decisions(document) if not _stands(one, kept.records))


def _stands(decision: Decision, records: Sequence[Words]) -> bool:
    lines = [one.strip() for one in _LABEL.findall(decision.text)]
    lines = lines or [decision.title, *decision.text.split("\n")]
    return all(_is_kept(line, records) for line in lines)


def _decisions(document: Document, kept: Kept) -> Point:
    every, left = decisions(document), open_decisions(document, kept)
    said = f"{len(every) - len(left)} of {len(every)} stand in {kept.folder}" if every else "none"
    return _point("decisions", "May these be lost?", said, ((one.line, one.title) for one in left))


def _lessons(document: Document, kept: Kept) -> Point:
    found, _ = markdown.sections(document.body, document.body_line)
    lessons = [one for one in found if _LESSONS.search(one.title) and not is_nothing(one.text)]
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
    """Return what is still to be done, by line: of every section and box that says so."""
    found = {box.line: box.text for box in each_box(document) if box.is_open}
    for section in _to_do(document):
        for block in blocks(section.text, code=True):
            mark = markdown.mark_of(block.text)
            is_over = is_done(block.text) or is_nothing(block.text) or mark in markdown.CLOSED
            if block.text and block.kind != "heading" and not is_over:
                found.setdefault(section.text_line + block.line, markdown.without_box(block.text))
    if body.next_action is not None:
        found.setdefault(body.next_action.line, body.next_action.text)
    for agent in document.agents:
        if not is_completed(agent):
            found[-len(found) - 1] = f"{agent.name}: {agent.task}"
    said = {plain_line(line) for line in named(document.format).TEMPLATE.guidance}
    return tuple(
        Finding(max(line, 0), text)
        for line, text in sorted(found.items())
        if plain_line(text) not in said and any(map(str.isalnum, text))
    )


def _to_do(document: Document) -> Iterator[Section]:
    """Yield the sections whose headings mean that something is to be done, none within another."""
    found, _ = markdown.sections(document.body, document.body_line)
    end = 0
    for section in found:
        is_of_them = any(sureness(section.title, words) for words in _TO_DO)
        if section.line > end and section.level > 1 and is_of_them:
            end = end_of(section)
            if not is_nothing(section.text):
                yield section


def carried(document: Document, body: Body) -> dict[str, str]:
    """Return what remains, word for word, by the heading that it goes on under.

    What stands in the context or the state goes on with these.
    """
    whole = [range(one.line, end_of(one) + 1) for one in (body.context, body.state) if one]
    sections = [one for one in _to_do(document) if not any(one.line in part for part in whole)]
    inside = [*whole, *(range(one.line, end_of(one) + 1) for one in sections)]
    lines = document.body.split("\n")
    others: list[str] = []
    taken = 0
    for box in each_box(document):
        if box.is_open and box.line > taken and not any(box.line in part for part in inside):
            item = _item(lines, box.line - document.body_line)
            taken = box.line + len(item) - 1
            others += item
    steps = [one for one in sections if sureness(one.title, wordings.NEXT_STEPS)]
    first = steps[0] if steps else None
    others_ = [f"### {one.title}\n\n{one.text}" for one in sections if one is not first]
    parts = [first.text] if first else []
    parts += ["\n".join(others)] if others else []
    tasks = [f"- [ ] {one.name}: {one.task}" for one in document.agents if not is_completed(one)]
    parts += ["\n".join(tasks)] if tasks else []
    return {"Next Steps": "\n\n".join([*parts, *others_])}


def _item(lines: Sequence[str], at: int) -> list[str]:
    """Return an item's lines: up to the next one that is no deeper, a heading or a blank one."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines):
        line = lines[end]
        deeper = len(line) - len(line.lstrip()) > indent
        if not line.strip() or line.startswith("#") or (_ITEM.match(line) and not deeper):
            break
        end += 1
    return [line[indent:] if not line[:indent].strip() else line for line in lines[at:end]]


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
    left = [
        (line, call)
        for call, line in named_.items()
        if not any(_words(call) <= one for one in kept.documents)
    ]
    said = f"{len(named_) - len(left)} of {len(named_)} stand in other documents"
    return _point("API", "May these be lost?", said if named_ else "none", left)


def _references(references: Sequence[str]) -> Point:
    said = "tracked files name it" if references else "nothing tracked names it"
    return _point("references", "May these lead nowhere?", said, ((0, one) for one in references))


def _reading(body: Body) -> Point:
    """Tell whether the file was read whole: what was not looked at may hold anything."""
    left = ((one.line, one.message) for one in body.problems)
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
