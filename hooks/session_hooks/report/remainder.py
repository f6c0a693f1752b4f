"""Tell what of a session file is still to be done, by form alone: boxes, marks, headings. Pure.

What only a reader can tell is a doubt, and nothing is decided of it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import zip_longest

from session_hooks.documents import markdown, wordings
from session_hooks.documents.header import is_completed
from session_hooks.documents.markdown import ANY_ITEM, Block, blocks, each_box
from session_hooks.documents.model import Body, Document, Section, plain_line
from session_hooks.documents.registry import named
from session_hooks.documents.sections import end_of, is_done, is_nothing, says_nothing, sureness
from session_hooks.util.lazy import Value, pattern

_TO_DO = (
    wordings.NEXT_STEPS, wordings.REMAINING, wordings.NEXT_STEPS_PERHAPS, wordings.BLOCKERS,
    wordings.SOME_DAY,
)  # fmt: skip
_LISTED = (wordings.PROGRESS, wordings.TASKS)
_CRITERIA = pattern(
    r"acceptance|criteria|definition of done|kriterien|critères|criterios|验收", re.IGNORECASE
)
_ASKED = pattern(
    r"\b(?:open|needed|pending|required|to make|to be made|offene?|pendientes?|ouvertes?)\b|\?",
    re.IGNORECASE,
)
"""In the heading of decisions that nobody made yet."""
_CLOSING = pattern(
    r"(?:external )?issue updated|decisions captured|lessons learned added|remaining work created"
    r"|no orphaned references|(?:delete|close) (?:the|this) session(?: file)?|ready for cleanup"
    r"|sitzungsdatei löschen",
    re.IGNORECASE,
)
"""003's own checklist, pasted into the file: it is what ``close`` goes through."""
_PARTS = pattern(r"\s[—–-]+\s|[(),:;|，。；：（）]|\.\s")
_STRUCK = pattern(r"~~.+?~~")
_WHEN = pattern(r"[\d#/.:-]+|\b(?:on|in|by|via|at|am|le|pr|mr|issue)\b", re.IGNORECASE)
"""What may stand beside "done"."""
_NEVER = pattern(r"\b(?:won.t (?:do|fix)|(?:no longer|not) needed)\W*$", re.IGNORECASE)
_DONE_FIRST = pattern(
    r"[\s*\[]*(?:done|erledigt|fait|hecho|完了|完成)\**(?:[:\]]|\s+(?=[A-Z`]))", re.IGNORECASE
)
_TICKS = pattern("[✅☑✔✓]|:white_check_mark:")
_AGAINST = pattern(
    r"[❌⏳🚧🔴🟡⚠✗✘]|→|->|\?|<!--|\b(?:not|no|still|todo|false|status|until|but)\b", re.IGNORECASE
)
"""What makes "done" or a tick be said of something else, or of a part."""
_MET = ("implemented", "verified", "passed", "met", "tested", "dropped", "yes", "ja", "oui", "ok")
_ISSUE = (
    r"(?!(?:SHA|UTF|ISO|RFC|MD|AES|GPT|HTTP|ADR|CVE)-)(?:[A-Z][A-Z0-9]{1,9}-\d+|[\w./-]*#\d+"
    r"|https?://\S+/(?:issues?|pull|merge_requests|browse)/[^\s)]+)"
)
_NAMES_ISSUE = pattern(_ISSUE)
_AT_ISSUE = pattern(
    r"(?:\b(?:see|siehe|filed as|moved to|tracked (?:in|as|by))\s+(?:\w+ )?(?:issue )?"
    rf"|(?:→|->|=>)\s*)\W{{0,3}}{_ISSUE}(?:\]\([^)]*\))?[^\w]*$"
)
"""An item that ends with the issue that has it (003, "Remaining work")."""
_MOST_WORDS = 3
"""Of a wording for done."""
_FEW_WORDS = 6


def is_to_do(title: str) -> bool:
    """Tell whether all below a heading is to be done."""
    asks = sureness(title, wordings.DECISIONS) and _ASKED.search(title)
    return bool(asks) or any(sureness(title, words) for words in _TO_DO)


def is_list(title: str) -> bool:
    """Tell whether the items and rows below a heading are to be done."""
    is_listed = any(sureness(title, words) for words in _LISTED)
    return is_listed or _CRITERIA.search(title) is not None


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
    if _CLOSING.match(said) or _AT_ISSUE.search(said):
        return Standing.OVER
    if mark in markdown.CLOSED:
        is_partly = re.search(r"[❌⏳🚧]|<!--|\b(?:still|todo|not yet)\b", said, re.IGNORECASE)
        return Standing.UNSURE if is_partly else Standing.OVER
    if mark is not None:
        return Standing.OPEN
    if _is_over(said):
        return Standing.OVER
    is_unsure = (
        is_done(said)
        or says_nothing_first(said)
        or _NAMES_ISSUE.search(said) is not None
        or _TICKS.search(said) is not None
        or "? " in said
        or any(_is_said_done(part) for part in _PARTS.split(said))
    )
    return Standing.UNSURE if is_unsure else Standing.OPEN


def _is_over(said: str) -> bool:
    if is_nothing(said) or _NEVER.search(said):
        return True
    beside = _STRUCK.sub("", said)
    parts = [part for part in _PARTS.split(beside) if any(map(str.isalnum, part))]
    if _STRUCK.match(said.lstrip("* ")):
        return all(_is_done_word(part) for part in parts)
    if _AGAINST.search(said):
        return False
    is_row_over = " | " in said and any(_is_done_word(part) for part in said.split(" | "))
    is_ticked = _TICKS.search(said) is not None or _DONE_FIRST.match(said) is not None
    return is_ticked or is_row_over or bool(parts and _is_done_word(parts[-1]))


def _is_done_word(part: str) -> bool:
    key = wordings.key(_WHEN.sub(" ", part))
    return key in wordings.keys(wordings.DONE) or key in _MET


def _is_said_done(part: str) -> bool:
    """Find "All tasks completed"."""
    words = wordings.key(_WHEN.sub(" ", part)).split("_")
    ends = ("_".join(words[-number:]) for number in range(1, _MOST_WORDS + 1))
    return any(end in wordings.keys(wordings.DONE) or end in _MET for end in ends)


def says_nothing_first(said: str) -> bool:
    """Tell whether a text begins with a word for nothing, whatever comes then, or is short."""
    words = wordings.key(said).split("_")
    looked_at = words if len(words) <= _FEW_WORDS else words[:1]
    is_no = "no" in looked_at[: len(words) - 1]  # "no blockers", and not a table's "No"
    nothing = wordings.keys(wordings.NOTHING)
    return says_nothing(said) or is_no or not nothing.isdisjoint(looked_at)


# --- all of a file -------------------------------------------------------------------------------


def remaining(document: Document, body: Body) -> Remainder:
    """Return what is still to be done, and what may be, by line."""
    found = dict(_items(document))
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
        if plain_line(text) not in guidance and any(map(str.isalnum, text)):
            finding = Finding(max(line, 0), markdown.without_box(text))
            by_standing[standing(text)].append(finding)
    return Remainder(tuple(by_standing[Standing.OPEN]), tuple(by_standing[Standing.UNSURE]))


def _items(document: Document) -> Iterator[tuple[int, str]]:
    for box in each_box(document):
        if box.is_open:
            yield box.line, f"[ ] {box.text}"
    for section in sections_of(document, is_to_do):
        for block in _said(section):
            yield section.text_line + block.line, block.text
    for section in sections_of(document, is_list):
        for block in _said(section):
            if block.kind in ("item", "row", "heading"):
                yield section.text_line + block.line, block.text


def _said(section: Section) -> Iterator[Block]:
    """Yield what a section says; a heading with nothing below it is an item."""
    every = [one for one in blocks(section.text, code=True) if one.text]
    for block, below in zip_longest(every, every[1:]):
        if block.kind != "heading" or below is None or below.kind == "heading":
            yield block


def sections_of(document: Document, is_of_them: Callable[[str], bool]) -> Iterator[Section]:
    """Yield the sections with some headings, none within another, that say something."""
    found, _ = markdown.sections(document.body, document.body_line, bold=True)
    end = 0
    for section in found:
        if section.line > end and not is_title(section, found) and is_of_them(section.title):
            end = end_of(section)
            if not is_nothing(section.text):
                yield section


def is_title(section: Section, found: Sequence[Section]) -> bool:
    """Tell whether a heading is the document's own."""
    is_first = section is found[0] and section.level == 1
    return is_first and not any(one.level == 1 for one in found[1:])


# --- carried on ----------------------------------------------------------------------------------


def carried(document: Document, body: Body) -> dict[str, str]:
    """Return what remains, word for word, by the heading that it goes on under.

    What stands in the context or the state goes on with these.
    """
    whole = [range(one.line, end_of(one) + 1) for one in (body.context, body.state) if one]
    sections = [
        one
        for one in sections_of(document, is_to_do)
        if not any(one.line in part for part in whole)
    ]
    inside = [*whole, *(range(one.line, end_of(one) + 1) for one in sections)]
    lines = document.body.split("\n")
    others: list[str] = []
    taken = 0
    for finding in remaining(document, body).open:
        line = finding.line
        if line > taken and not any(line in part for part in inside):
            at = line - document.body_line
            if lines[at].lstrip().startswith("|"):
                others += ["", *_table(lines, at), ""]
            else:
                others += (item := _item(lines, at))
                taken = line + len(item) - 1
    steps = [one for one in sections if sureness(one.title, wordings.NEXT_STEPS)]
    first = steps[0] if steps else None
    others_ = [f"### {one.title}\n\n{one.text}" for one in sections if one is not first]
    parts = [first.text] if first else []
    parts += ["\n".join(others).strip("\n")] if others else []
    tasks = [f"- [ ] {one.name}: {one.task}" for one in document.agents if not is_completed(one)]
    parts += ["\n".join(tasks)] if tasks else []
    return {"Next Steps": "\n\n".join([*parts, *others_])}


def _item(lines: Sequence[str], at: int) -> list[str]:
    """Return an item's lines, with all that is indented below it."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = last = at + 1
    while end < len(lines):
        line = lines[end]
        deeper = len(line) - len(line.lstrip()) > indent
        is_blank = not line.strip()
        begins = end > last or line.startswith("#") or ANY_ITEM.match(line)
        if begins and not is_blank and not deeper:
            break
        end += 1
        last = last if is_blank else end
    return [line[indent:] if not line[:indent].strip() else line for line in lines[at:last]]


def _table(lines: Sequence[str], at: int) -> list[str]:
    """Return a row's whole table from its heading on, without the rows above it."""
    begin = at
    while begin > 0 and lines[begin - 1].lstrip()[:1] == "|":
        begin -= 1
    return [*lines[begin : min(begin + 2, at)], lines[at]]
