"""Compute what of a session file is still to be kept elsewhere before it is deleted (003). Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from session_hooks.documents import markdown
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import blocks, each_box
from session_hooks.documents.model import Body, Document, Section, Step, is_filled
from session_hooks.documents.next_steps import first_action
from session_hooks.documents.registry import named
from session_hooks.documents.sections import end_of, is_done, says_nothing
from session_hooks.evidence.model import Evidence
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_LESSONS = pattern(r"lessons?\b|learn(?:ed|t|ings?)\b|gotchas?\b|pitfalls?\b", re.IGNORECASE)
_CONTRACT = pattern(r"(?<![\w/])(?:GET|POST|PUT|PATCH|DELETE) (/[\w./{}:<>-]+)")
_LABEL = pattern(r"^\W*(?:decision|decided)\W*:\W*(.+)$", re.IGNORECASE | re.MULTILINE)
_NUMBERED = pattern(r"^decision\s*\d*\s*[:.–—-]\s*", re.IGNORECASE)
_BLANK = pattern(r"\n[ \t]*\n|\n(?=#|[ \t]*[-*+] )")
_WORD = pattern(r"[^\W_]{3,}")
_MOST = 50
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
        _decisions(body, kept),
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


def decisions(body: Body) -> tuple[Decision, ...]:
    """Return the decisions of a body's section for them, one for each heading or item."""
    section = body.decisions
    if section is None or says_nothing(section.text):
        return ()
    inner, _ = markdown.sections(section.text, section.text_line)
    top = min((one.level for one in inner), default=0)
    guidance = session.TEMPLATE.guidance
    headed = [one for one in inner if one.level == top and is_filled(one.text, guidance)]
    if inner:
        found = [Decision(_NUMBERED.sub("", one.title), one.line, one.text) for one in headed]
    else:
        found = [
            Decision(safe_text.shorten(one.text, 80)[0], section.text_line + one.line, one.text)
            for one in blocks(section.text)
            if one.depth <= 1 and one.kind != "heading" and is_filled(one.text, guidance)
        ]
    return tuple(found[:_MOST])


def open_decisions(body: Body, kept: Kept) -> tuple[Decision, ...]:
    """Return the decisions that stand in no decision record."""
    return tuple(one for one in decisions(body) if not _is_kept(_said(one), kept.records))


def _said(decision: Decision) -> str:
    labelled = _LABEL.search(decision.text)
    return labelled[1] if labelled else f"{decision.title} {decision.text}"


def _decisions(body: Body, kept: Kept) -> Point:
    every, left = decisions(body), open_decisions(body, kept)
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
    action = body.next_action
    for step in _steps(body.next_steps, action, body.steps):
        found.setdefault(step.line, step.text)
    blockers = body.blockers
    if blockers and not says_nothing(blockers.text) and is_filled(blockers.text, ()):
        for block in blocks(blockers.text):
            if block.kind in ("item", "paragraph") and block.text and not is_done(block.text):
                found.setdefault(blockers.text_line + block.line, f"blocker: {block.text}")
    guidance = named(document.format).TEMPLATE.guidance
    lines = ((line, text) for line, text in sorted(found.items()) if is_filled(text, guidance))
    return tuple(Finding(line, safe_text.inline(text, 200)) for line, text in lines)[:_MOST]


def _steps(section: Section | None, action: Step | None, steps: Sequence[Step]) -> Iterator[Step]:
    if section is None or says_nothing(section.text):
        return
    first = first_action(section)
    if first is not None:
        yield first
    elif action is not None and section.line < action.line <= end_of(section):
        yield action
    yield from steps


def _remaining(document: Document, body: Body, kept: Kept) -> Point:
    every = remaining(document, body)
    others = [words for path, words in kept.active if path != document.path]
    left = [(one.line, one.text) for one in every if not _is_kept(one.text, others)]
    carried = f"{len(every) - len(left)} of {len(every)} stand in another active document"
    return _point("remaining", "Is this done, or an issue?", carried if every else "none", left)


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


def _point(name: str, question: str, evidence: str, left: Iterable[tuple[int, str]]) -> Point:
    found = tuple(Finding(line, safe_text.inline(text, 200)) for line, text in left)
    return Point(name, question, evidence, found, not found)


def _is_kept(text: str, documents: Sequence[Words]) -> bool:
    """Tell whether one paragraph has most of a text's words."""
    words = _words(text)
    return not words or any(len(words & one) >= _ENOUGH * len(words) for one in documents)
