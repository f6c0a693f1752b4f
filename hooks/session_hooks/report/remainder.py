"""Find what a session file says is still to be done, wherever it says so. Pure."""

import re
from collections.abc import Iterator, Sequence

from session_hooks.documents import markdown, wordings
from session_hooks.documents.header import is_completed
from session_hooks.documents.markdown import blocks, each_box
from session_hooks.documents.model import Body, Document, Section, plain_line
from session_hooks.documents.registry import named
from session_hooks.documents.sections import end_of, is_done, is_nothing, sureness
from session_hooks.util.lazy import Value, pattern

_TO_DO = (
    wordings.NEXT_STEPS, wordings.REMAINING, wordings.NEXT_STEPS_PERHAPS, wordings.BLOCKERS,
)  # fmt: skip
_HISTORY = (wordings.LOG, wordings.ACCOMPLISHED, wordings.CONTEXT)
"""Sections that tell what once was open, too."""
_OWN_CHECKLIST = pattern(
    r"(?:deletion|completion|extraction) checklist|completing a session", re.IGNORECASE
)
"""003's own, pasted into the file: it is what ``close`` goes through."""
_ITEM = pattern(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_NEVER = pattern(r"\bwon.t (?:do|fix)\W*$", re.IGNORECASE)
_STRUCK = pattern(r"~~.+?~~")
_IN_BRACKETS = pattern(r"\([^()]*\)")
_LEFT_OVER = pattern(
    r"\b(?:still|except|missing|not (?:yet|met|done|all|every)|yet to|to-?do|fixme|tbd|revisit"
    r"|follow-?ups?|partly|partially|remaining|remains|unresolved|left to do|noch|reste|falta)\b"
    r"|[☐🔲⬜❌⏳🚧]",
    re.IGNORECASE,
)
"""What makes an item that is ticked, or an entry of a log, speak of more."""
_OPEN = pattern(
    rf"{_LEFT_OVER.pattern}|\b(?:not (?:started|finished|implemented|tested|run|verified|migrated)"
    r"|yet|pending|in progress|active(?=\))|blocked|blocking|waiting (?:for|on)|on hold"
    r"|open question|known (?:bug|issue|limitation|problem)s?|needs? to|ha(?:s|ve) to"
    r"|to be (?:done|decided)|un(?:finished|tested|clear|decided)|incomplete|next:|blockers?:)",
    re.IGNORECASE,
)
_PARTS = pattern(r"\s[—–-]+\s|[|(),;:\[\]]|\*\*")
_BY_NOW = pattern(
    r"(?:(?:it|all|everything|work|the work|session|this session|task|nothing)\b[\s:]*)?"
    r"(?:is |are )?(?:now )?(?:all )?(?:done|complete|completed|finished|merged|shipped|resolved)"
    r"(?: (?:and|,) (?:done|complete|completed|finished|merged|shipped|deployed))*"
    r"|no(?:thing)? (?:more|further|remaining|other|left)(?: (?:steps?|work|actions?|tasks?|items?"
    r"|blockers?|to do|required|needed|open))*|nothing (?:left )?to do|all (?:done|merged)"
    r"|pr #?\d+ (?:is )?merged|none|nothing",
    re.IGNORECASE,
)
_SENTENCES = pattern(r"[.;!]\s+|[.;!]?$|\s[—–-]+\s", re.MULTILINE)
_MOVED = pattern(
    r"(?:\b(?:see|moved to|filed as|tracked (?:in|as|by))\s+|(?:→|->|=>)\s*)"
    r"(?:[A-Z][A-Z0-9]*-\d+|\S*#\d+|https?://\S+)"
)
"""Where an item says which issue has it (003, "Remaining work")."""


class Finding(Value):
    """One thing that would be lost, and where it stands."""

    line: int
    text: str


def remaining(document: Document, body: Body) -> tuple[Finding, ...]:
    """Return what is still to be done, by line: of every section, box and line that says so."""
    own = [*_own_checklists(document)]
    found = {box.line: box.text for box in each_box(document) if box.is_open}
    for section in _to_do(document):
        for block in blocks(section.text, code=True):
            if block.text and block.kind != "heading" and not is_over(block.text):
                found.setdefault(section.text_line + block.line, markdown.without_box(block.text))
    if body.next_action is not None and not is_over(body.next_action.text):
        found.setdefault(body.next_action.line, body.next_action.text)
    covered = _covered(document, found)
    found |= {line: text for line, text in _open_lines(document) if line not in covered}
    found |= {-number: text for number, text in enumerate(_of_agents(document), start=1)}
    said = {plain_line(line) for line in named(document.format).TEMPLATE.guidance}
    return tuple(
        Finding(max(line, 0), text)
        for line, text in sorted(found.items())
        if plain_line(text) not in said
        and any(map(str.isalnum, text))
        and not _MOVED.search(text)
        and not any(line in part for part in own)
    )


def is_over(text: str) -> bool:
    """Tell whether an item is done, and says of nothing that it is not."""
    if _is_finished(text) or _NEVER.search(text):
        return True
    mark = markdown.mark_of(text)
    if not (mark in markdown.CLOSED or is_done(text)) or _LEFT_OVER.search(text):
        return False
    if not _STRUCK.search(text):
        return True
    beside = _IN_BRACKETS.sub("", _STRUCK.sub("", markdown.without_box(text)))
    return not any(map(str.isalnum, beside)) or is_done(beside) or _is_finished(beside)


def _is_finished(text: str) -> bool:
    """Tell whether a text says no more than that all is done: "No further steps."."""
    said = [plain_line(part).strip(" .!") for part in _SENTENCES.split(text)]
    said = [part for part in said if part]
    return is_nothing(text) or (bool(said) and all(_BY_NOW.fullmatch(part) for part in said))


def _to_do(document: Document) -> Iterator[Section]:
    """Yield the sections whose headings mean that something is to be done, none within another."""
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    end = 0
    for section in found:
        is_of_them = any(sureness(section.title, words) for words in _TO_DO)
        if section.line > end and section.level > 1 and is_of_them:
            end = end_of(section)
            if not _is_finished(section.text):
                yield section


def _open_lines(document: Document) -> Iterator[tuple[int, str]]:
    """Yield the lines that say that something is open, with a word or a mark."""
    found, _ = markdown.sections(document.body, document.body_line)
    history = [
        range(one.line, end_of(one) + 1)
        for one in found
        if one.level > 1
        and any(sureness(one.title, words) for words in _HISTORY)
        and not sureness(one.title, wordings.PROGRESS)
    ]
    headings = {one.line for one in found if any(sureness(one.title, words) for words in _TO_DO)}
    told = {"no", *wordings.keys(wordings.IN_PROGRESS), *wordings.keys(wordings.PAUSED)}
    for number, line in enumerate(markdown.prose(document.body), start=document.body_line):
        if not line.strip() or number in headings or _is_finished(line):
            continue
        is_ticked = markdown.mark_of(line.strip()) in markdown.CLOSED or _STRUCK.search(line)
        if is_ticked or any(number in part for part in history):
            is_open = _LEFT_OVER.search(line) is not None
        else:
            words = (wordings.key(part) for part in _PARTS.split(line)[1:])
            is_open = _OPEN.search(line) is not None or any(word in told for word in words)
        if is_open:
            yield number, plain_line(line.strip().lstrip("#| "))


def _covered(document: Document, found: dict[int, str]) -> set[int]:
    """Return the lines of what is found already: an item goes on below its first line."""
    lines = document.body.split("\n")
    covered: set[int] = set()
    for line in found:
        at = line - document.body_line
        if 0 <= at < len(lines):
            covered.update(range(line, line + len(_item(lines, at))))
    return covered


def _own_checklists(document: Document) -> Iterator[range]:
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    for section in found:
        if _OWN_CHECKLIST.search(section.title):
            yield range(section.line, end_of(section) + 1)


def _of_agents(document: Document) -> Iterator[str]:
    for agent in document.agents:
        if not is_completed(agent):
            yield f"{agent.name}: {agent.task}"
        elif _LEFT_OVER.search(agent.summary) or _OPEN.search(agent.summary):
            yield f"{agent.name}: {agent.summary}"


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
    for finding in remaining(document, body):
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
    tasks = [f"- [ ] {text}" for text in _of_agents(document)]
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
