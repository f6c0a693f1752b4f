"""Tell what of a session file is still to be done, by form alone: boxes, marks, headings. Pure.

What only a reader can tell is a doubt, and nothing is decided of it.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum

from session_hooks.documents import markdown, wordings
from session_hooks.documents.header import is_completed
from session_hooks.documents.markdown import blocks, each_box
from session_hooks.documents.model import Body, Document, Section, plain_line
from session_hooks.documents.registry import named
from session_hooks.documents.sections import end_of, is_done, is_nothing, says_nothing, sureness
from session_hooks.util.lazy import Value, pattern

TO_DO = (
    wordings.NEXT_STEPS, wordings.REMAINING, wordings.NEXT_STEPS_PERHAPS, wordings.BLOCKERS,
    wordings.SOME_DAY,
)  # fmt: skip
"""Headings below which everything is to be done."""
LISTED = (wordings.PROGRESS, wordings.TASKS)
"""Headings below which the items and rows are."""
CRITERIA = pattern(
    r"acceptance|criteria|definition of done|kriterien|critères|criterios|验收", re.IGNORECASE
)
_OWN_CHECKLIST = pattern(r"(?:deletion|completion|extraction) checklist", re.IGNORECASE)
"""003's own, pasted into the file: it is what ``close`` goes through."""
_ITEM = pattern(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_PARTS = pattern(r"\s[—–-]+\s|[(),:;|→。，；：（）]|\.\s")
_FIRST = pattern(r"[\s*\[]*([^\s:\]*]+)\**[:\]]")
"""The word in "DONE: …" and "[done] …"."""
_STRUCK = pattern(r"~~.+?~~")
_WHEN = pattern(r"[\d#/.:-]+|\b(?:on|in|by|via|at|am|le|pr|mr|issue)\b", re.IGNORECASE)
"""What may stand beside "done"."""
_NEVER = pattern(r"\bwon.t (?:do|fix)\W*$", re.IGNORECASE)
_ISSUE = (
    r"(?!(?:SHA|UTF|ISO|RFC|MD|AES|GPT|HTTP|ADR|CVE)-)(?:[A-Z][A-Z0-9]{1,9}-\d+|[\w./-]*#\d+"
    r"|https?://\S+/(?:issues?|pull|merge_requests|browse)/[^\s)]+)"
)
_NAMES_ISSUE = pattern(_ISSUE)
_AT_ISSUE = pattern(
    rf"(?:\b(?:see|in|as|to|by|issue|follow-?up|now)\s+|[(\[]\s*|(?:→|->|=>)\s*)\W{{0,3}}{_ISSUE}"
    r"(?:\]\([^)]*\))?[^\w]*$"
)
"""An item that ends with the issue that has it (003, "Remaining work")."""
_MOST_WORDS = 3
"""Of a wording for done."""


class Finding(Value):
    """One thing that would be lost, and where it stands."""

    line: int
    text: str


class Standing(Enum):
    """What an item's form says of it."""

    OPEN = "open"
    UNSURE = "unsure"
    OVER = "over"


class Remainder(Value):
    """What is still to be done, and what may be."""

    open: tuple[Finding, ...]
    unsure: tuple[Finding, ...]


def standing(text: str) -> Standing:
    """Tell how an item stands: done or open as a whole, or partly so."""
    mark, said = markdown.mark_of(text), markdown.without_box(text)
    if mark in markdown.CLOSED or _AT_ISSUE.search(said):
        return Standing.OVER
    if mark is not None:
        return Standing.OPEN
    if _is_over(said):
        return Standing.OVER
    is_unsure = (
        is_done(said)
        or says_nothing_first(said)
        or _NAMES_ISSUE.search(said) is not None
        or any(_is_said_done(part) for part in _PARTS.split(said))
    )
    return Standing.UNSURE if is_unsure else Standing.OPEN


def _is_over(said: str) -> bool:
    if is_nothing(said) or said.lstrip("* ").startswith(("✅", "☑", "✔")) or _NEVER.search(said):
        return True
    parts = [part for part in _PARTS.split(_STRUCK.sub("", said)) if any(map(str.isalnum, part))]
    if not parts:  # all of it is struck out
        return True
    if _STRUCK.match(said.lstrip("* ")) and len(parts) == 1 and said.rstrip("*. ").endswith(")"):
        return True  # and what stands beside it says why
    first = _FIRST.match(said)
    return _is_done_word(parts[-1]) or (first is not None and _is_done_word(first[1]))


def _is_done_word(part: str) -> bool:
    return wordings.key(_WHEN.sub(" ", part)) in wordings.keys(wordings.DONE)


def _is_said_done(part: str) -> bool:
    """Find "All tasks completed"."""
    words = wordings.key(_WHEN.sub(" ", part)).split("_")
    ends = ("_".join(words[-number:]) for number in range(1, _MOST_WORDS + 1))
    return any(end in wordings.keys(wordings.DONE) for end in ends)


def says_nothing_first(said: str) -> bool:
    """Tell whether a text begins with a word for nothing, whatever comes then."""
    first = wordings.key(said).partition("_")[0]
    return says_nothing(said) or first == "no" or first in wordings.keys(wordings.NOTHING)


# --- all of a file -------------------------------------------------------------------------------


def remaining(document: Document, body: Body) -> Remainder:
    """Return what is still to be done, and what may be, by line."""
    found = dict(_items(document))
    own = [*_own_checklists(document)]
    if body.next_action is not None:
        found.setdefault(body.next_action.line, body.next_action.text)
    found |= {
        -number: f"[ ] {agent.name}: {agent.task}"
        for number, agent in enumerate(document.agents, start=1)
        if not is_completed(agent)
    }
    guidance = {plain_line(line) for line in named(document.format).TEMPLATE.guidance}
    by_standing: dict[Standing, list[Finding]] = {one: [] for one in Standing}
    for line, text in sorted(found.items()):
        is_said = plain_line(text) not in guidance and any(map(str.isalnum, text))
        if is_said and not any(line in part for part in own):
            finding = Finding(max(line, 0), markdown.without_box(text))
            by_standing[standing(text)].append(finding)
    return Remainder(tuple(by_standing[Standing.OPEN]), tuple(by_standing[Standing.UNSURE]))


def _items(document: Document) -> Iterator[tuple[int, str]]:
    for box in each_box(document):
        if box.is_open:
            yield box.line, f"[ ] {box.text}"
    for section in _with(document, TO_DO):
        for block in blocks(section.text, code=True):
            if block.kind != "heading":
                yield section.text_line + block.line, block.text
    for section in _listed(document):
        for block in blocks(section.text):
            if block.kind in ("item", "row"):
                yield section.text_line + block.line, block.text


def _with(document: Document, meanings: Sequence[tuple[str, ...]]) -> Iterator[Section]:
    """Yield the sections whose headings have one of some meanings, none within another."""
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    end = 0
    for section in found:
        is_of_them = any(sureness(section.title, words) for words in meanings)
        if section.line > end and section.level > 1 and is_of_them:
            end = end_of(section)
            if not is_nothing(section.text):
                yield section


def _listed(document: Document) -> Iterator[Section]:
    yield from _with(document, LISTED)
    found, _ = markdown.sections(document.body, document.body_line)
    yield from (one for one in found if one.level > 1 and CRITERIA.search(one.title))


def _own_checklists(document: Document) -> Iterator[range]:
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    for section in found:
        if _OWN_CHECKLIST.search(section.title):
            yield range(section.line, end_of(section) + 1)


# --- carried on ----------------------------------------------------------------------------------


def carried(document: Document, body: Body) -> dict[str, str]:
    """Return what remains, word for word, by the heading that it goes on under.

    What stands in the context or the state goes on with these.
    """
    whole = [range(one.line, end_of(one) + 1) for one in (body.context, body.state) if one]
    sections = [
        one for one in _with(document, TO_DO) if not any(one.line in part for part in whole)
    ]
    inside = [*whole, *(range(one.line, end_of(one) + 1) for one in sections)]
    lines = document.body.split("\n")
    others: list[str] = []
    taken = 0
    for finding in remaining(document, body).open:
        line = finding.line
        if line > taken and not any(line in part for part in inside):
            item = _item(lines, line - document.body_line)
            taken = line + len(item) - 1
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
