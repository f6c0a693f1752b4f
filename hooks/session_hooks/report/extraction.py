"""Go through what a session file knows before it is deleted: 003's checklists. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from session_hooks.documents import markdown, wordings
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import blocks
from session_hooks.documents.model import Body, Document, Section, Status, is_filled
from session_hooks.documents.sections import end_of, is_nothing, sureness
from session_hooks.evidence.model import Evidence
from session_hooks.report import knowledge, remainder
from session_hooks.report.knowledge import Decision, Kept, as_said
from session_hooks.report.remainder import Finding, Standing, remaining
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

_CONTRACT = pattern(r"(?<![\w/])(?:GET|POST|PUT|PATCH|DELETE) (/[\w./{}:<>-]+)")
_HOLDS = pattern(
    r"block|remain|to_?do|next|open|pending|decision|lesson|follow|question|risk|note|learn"
    r"|unresolved|defer|caveat|issues|waiting|handoff",
    re.IGNORECASE,
)
"""In a frontmatter's key whose value nothing else reads."""
_KEY = pattern(r"[ \t]*([A-Za-z_][\w -]*):[ \t]*(.*)")
_HIDDEN = pattern(
    r"[ \t]*(?:<!--(?!\s*-->)|<(?:details|summary|table|ul|ol|h\d|p|div)\b)", re.IGNORECASE
)
"""What is not read: comments and HTML."""
_LISTS = pattern(
    r"files? to|files? (?:modified|changed)|key commands?|references|links|related"
    r"|techni(?:cal|scher) (?:context|kontext)|contexto técnico|contexte technique",
    re.IGNORECASE,
)
_PROSE = (
    wordings.STATE, wordings.CONTEXT, wordings.ACCOMPLISHED, wordings.LOG, wordings.FILES,
)  # fmt: skip
_KNOWLEDGE = (wordings.DECISIONS, wordings.LESSONS)


class Point(Value):
    """One line of 003's checklists, with its evidence."""

    name: str
    question: str
    """What a person is asked where it isn't satisfied."""
    evidence: str
    findings: tuple[Finding, ...] = ()
    """What would be lost."""
    doubts: tuple[Finding, ...] = ()
    """What only a reader can tell."""

    @property
    def is_satisfied(self) -> bool:
        return not self.findings

    @property
    def is_sure(self) -> bool:
        return not (self.findings or self.doubts)


def points(
    document: Document, body: Body, evidence: Evidence, kept: Kept, references: Sequence[str]
) -> tuple[Point, ...]:
    """Return the checklists of 003, "Completing a Session", each point with its evidence.

    ``references`` are where tracked files name the document: "docs/x.md:3".
    """
    return (
        _status(document),
        _issue(document, evidence),
        _reading(document, body),
        _decisions(document, kept),
        _lessons(document, kept),
        _remaining(document, body, kept),
        _contracts(document, kept),
        _rest(document, kept),
        _prose(document),
        _references(references),
    )


def _status(document: Document) -> Point:
    said = safe_text.inline(document.status_word or "it says none", 40)
    left = [] if document.status is Status.COMPLETED else [Finding(0, "it is not completed")]
    return Point("status", "Is it completed?", said, tuple(left))


def _issue(document: Document, evidence: Evidence) -> Point:
    issue = document.issue or document.issue_url
    branch = evidence.branch
    where, left = "", []
    if branch and branch.merged:
        where = f"branch {branch.name} is in {branch.merged.into}"
    elif branch and branch.exists and not branch.is_default:
        where = f"branch {branch.name} is not merged"
        left = [Finding(0, where)]
    said = f"{safe_text.inline(issue, 100)}, to be updated there" if issue else "it names none"
    return Point(
        "issue",
        "Is the issue up to date, and may the file go before the branch is merged?",
        ", ".join(part for part in (said, where) if part),
        tuple(left),
        (Finding(0, "nothing here knows how the issue stands"),) if issue else (),
    )


def _reading(document: Document, body: Body) -> Point:
    """Tell whether the file was read whole: what was not looked at may hold anything."""
    left = tuple(Finding(one.line, one.message) for one in body.problems)
    unread = [
        Finding(number, line.strip())
        for number, line in enumerate(document.body.split("\n"), start=document.body_line)
        if _HIDDEN.match(line)
    ]
    said = "the whole file was read" if not (left or unread) else "not all of it was read"
    return Point("reading", "May what was not read be lost?", said, left, tuple(unread))


def open_decisions(document: Document, kept: Kept) -> tuple[Decision, ...]:
    """Return the decisions that stand nowhere else."""
    every = knowledge.decisions(document)
    return tuple(one for one in every if _standing(one, kept) is Standing.OPEN)


def _standing(decision: Decision, kept: Kept) -> Standing:
    text = decision.text
    if decision.title not in text:
        title = knowledge.standing(decision.title, kept, kept.records)
        if title is Standing.OVER and as_said(decision.title) not in kept.statements:
            return title  # it names its record
    return knowledge.standing(text, kept, kept.records)


def _decisions(document: Document, kept: Kept) -> Point:
    found = [
        (_standing(one, kept), Finding(one.line, one.title))
        for one in knowledge.decisions(document)
    ]
    return _point("decisions", "May these be lost?", found, "stand elsewhere, or name their record")


def _lessons(document: Document, kept: Kept) -> Point:
    paths = (*kept.records, *kept.documents)
    found = [
        (knowledge.standing(one.text, kept, paths), Finding(one.line, one.text))
        for one in knowledge.lessons(document)
    ]
    return _point("lessons", "May these be lost?", found, "stand elsewhere, or say where")


def left_open(document: Document, body: Body, kept: Kept) -> tuple[Finding, ...]:
    """Return what remains, and stands word for word in no active document on the same work."""
    others = [
        f" {one.text} "
        for one in kept.active
        if one.path != document.path and _is_same_work(document, one.title, one.issue)
    ]
    found = remaining(document, body).open
    return tuple(
        one for one in found if not any(f" {as_said(one.text)} " in text for text in others)
    )


def _is_same_work(document: Document, title: str, issue: str | None) -> bool:
    return title == document.title or (issue is not None and issue == document.issue)


def _remaining(document: Document, body: Body, kept: Kept) -> Point:
    every, left = remaining(document, body), left_open(document, body, kept)
    found = [
        *((Standing.OPEN if one in left else Standing.OVER, one) for one in every.open),
        *((Standing.UNSURE, one) for one in every.unsure),
    ]
    where = "stand in another active document on this"
    return _point("remaining", "Is this done, or an issue?", found, where)


def _contracts(document: Document, kept: Kept) -> Point:
    named_: dict[str, int] = {}
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        for match in _CONTRACT.finditer(line):
            named_.setdefault(match[0], number)

    def is_kept(call: str) -> bool:
        return any(f" {as_said(call)} " in f" {said} " for said in kept.statements)

    found = [
        (Standing.OVER if is_kept(call) else Standing.OPEN, Finding(line, call))
        for call, line in named_.items()
    ]
    return _point("API", "May these be lost?", found, "stand in other documents")


def _rest(document: Document, kept: Kept) -> Point:
    """Find what no other point looks into: other headings, other keys of the frontmatter."""
    left = [Finding(number, text) for number, text in _other_keys(document)]
    left += [
        Finding(section.line, section.title)
        for section in _outermost(document)
        if not (_is_known(section.title) or _is_kept(section, kept))
    ]
    said = "other sections, which may hold anything" if left else "nothing besides"
    return Point("rest", "Is all of this kept elsewhere, or not needed?", said, tuple(left))


def _is_kept(section: Section, kept: Kept) -> bool:
    """Tell whether each piece of a section is over, or stands elsewhere."""
    paths = (*kept.records, *kept.documents)
    said = [one.text for one in blocks(section.text) if one.text and one.kind != "heading"]
    return knowledge.standing(section.title, kept, paths) is Standing.OVER or all(
        Standing.OVER in (remainder.standing(text), knowledge.standing(text, kept, paths))
        for text in said
    )


def _prose(document: Document) -> Point:
    """Name the sections that only a reader can judge."""
    found = [*_beside(document)]
    found += [
        Finding(section.line, section.title)
        for section in _outermost(document)
        if _is_prose(section)
    ]
    places = ", ".join(f"{safe_text.inline(one.text, 40)} (line {one.line})" for one in found)
    said = f"to be read: {places}" if found else "none"
    return Point("prose", "Does it say nothing that is open?", said, (), tuple(found))


def _beside(document: Document) -> Iterator[Finding]:
    """Yield what is said in the frontmatter, and under the title before any heading."""
    for number, line in enumerate(document.head.split("\n"), start=1):
        match = _KEY.match(line)
        if match and match[1] in ("current_task", "summary"):
            said = match[2].strip("\"' ")
            if said and not is_nothing(said):
                yield Finding(number, match[1])
    found, _ = markdown.sections(document.body, document.body_line)
    first = document.body_line
    if found and remainder.is_title(found[0], found):
        first, found = found[0].text_line, found[1:]
    end = found[0].line if found else document.body_line + document.body.count("\n") + 1
    lines = document.body.split("\n")[first - document.body_line : end - document.body_line]
    if is_filled("\n".join(lines), session.TEMPLATE.guidance):
        yield Finding(first, "the beginning")


def _is_prose(section: Section) -> bool:
    if _LISTS.search(section.title) or _means(section.title, _PROSE):
        return True
    others = ("paragraph", "code")
    return remainder.is_list(section.title) and any(
        block.kind in others for block in blocks(section.text, code=True)
    )


def _outermost(document: Document) -> Iterator[Section]:
    """Yield the sections that say something, none within another."""
    found, _ = markdown.sections(document.body, document.body_line)
    end = 0
    for section in found:
        if section.line > end and not remainder.is_title(section, found):
            end = end_of(section)
            is_said = is_filled(section.text, session.TEMPLATE.guidance)
            if is_said and not is_nothing(section.text):
                yield section


def _means(title: str, meanings: Iterable[tuple[str, ...]]) -> bool:
    return any(sureness(title, words) for words in meanings)


def _is_known(title: str) -> bool:
    """Tell whether a point looks into a section, or names it to be read."""
    is_prose = _LISTS.search(title) is not None or _means(title, (*_PROSE, *_KNOWLEDGE))
    return is_prose or remainder.is_to_do(title) or remainder.is_list(title)


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


def _references(references: Sequence[str]) -> Point:
    said = "tracked files name it" if references else "nothing tracked names it"
    left = tuple(Finding(0, one) for one in references)
    return Point("references", "May these lead nowhere?", said, left)


def _point(
    name: str, question: str, found: Sequence[tuple[Standing, Finding]], where: str
) -> Point:
    by_standing: dict[Standing, list[Finding]] = {one: [] for one in Standing}
    for how, finding in found:
        by_standing[how].append(finding)
    said = f"{len(by_standing[Standing.OVER])} of {len(found)} {where}" if found else "none"
    return Point(
        name, question, said,
        tuple(by_standing[Standing.OPEN]), tuple(by_standing[Standing.UNSURE]),
    )  # fmt: skip
