"""A body read for what it means: the next action and the state, however its author headed them.

Structure and meaning decide, not exact headings: ``wordings`` holds what people write. Where a
document doesn't say a thing outright, the closest there is stands in, and ``how`` tells so.
Pure, and linear in the text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from session_hooks import dates, wordings
from session_hooks.document import Body, Section, Step
from session_hooks.outline import Block, blocks, heading_key, sections

WHAT_WAS_DONE = "what was done"
"""How a state was found that is none, but the closest there is."""
MAX_ACTION = 300
"""Characters of an action; a longer paragraph is cut at a sentence or a word."""
_MAX_STEPS = 20
_TOP_LINES = 40
_HEADER_LINES = 20
"""Lines in which a label speaks of the whole document; further down a status is a test's."""
_BEHIND_A_BRACKET = 4
"""Places that a wording loses where it stands in a heading's remark only."""
_TELLING = 9
"""Characters from which a wording means the same inside a longer heading."""
_MAX_SECTION = 20_000
"""Characters of a section that are looked into for actions."""

_PLACEHOLDER = re.compile(
    r"\s*(?:\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\.\.\.|…|tbd|todo)[.\s]*", re.IGNORECASE
)
_TICKED = re.compile(r"\[[xX]\]|~~|✅|☑|✔")
_DONE = re.compile(
    r"(?:—|–|-|:|\(|✅)\s*\**(?:done|complete|completed|merged|shipped|erledigt|fertig)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^\W*(?:task|priority|prio|job|todo|p|aufgabe|priorität|tâche|priorité|tarea|prioridad|tarefa"
    r"|attività|priorità|taak|prioriteit|zadanie|priorytet)\s*#?(\d+)(?:[.:)\s—–-]|$)\W*(.*)",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(?:see|refer to|details in|siehe|voir|ver|véase|vedi|zie|zobacz|vaata|参见|参照)\b",
    re.IGNORECASE,
)
_NEW_BLOCK = re.compile(r"[-*+]\s|\d+[.)]\s|\*\*")
_OPEN_BOX = re.compile(r"^[ \t]*[-*+][ \t]+\[ \][ \t]*(\S[^\n]*)", re.MULTILINE)
_BEFORE_A_DATE = " *_[(📅🗓✅"
_BEGINS_WITH_DATE = re.compile(
    r"(?:session\s+)?\d{4}-\d{2}-\d{2}|[a-z]{3,9}\.? \d{1,2},? \d{4}", re.IGNORECASE
)
_HEAD_OF_TITLE = re.compile(r"[:(（—–,!]|\s-\s")
_ENTRY_NUMBER = re.compile(
    r"\b(?:session|sitzung|sesión|sessão|sessie|sesja)\s*#?(\d+)", re.IGNORECASE
)
_CAPITALS = re.compile(r"[A-Z0-9][A-Z0-9 '/&,-]{2,50}(?:\([^)\n]*\))?:?\s*")
_LABEL = re.compile(
    r"^[ \t>]*+(?:[-*+][ \t]+|\d+[.)][ \t]+)?(?:\*\*|__)?(?P<name>[^\n:：*_|`#]{2,60})(?:\*\*|__)?"
    r"[ \t]*[:：](?:\*\*|__)?[ \t]*(?P<value>[^\n]*)$",
    re.MULTILINE,
)


class _Scope(NamedTuple):
    """A part of the body: its text, the file's line that it begins on, and its sections."""

    text: str
    line: int
    sections: tuple[Section, ...]


class _Entry(NamedTuple):
    """One of several dated or numbered entries in one document."""

    section: Section
    when: datetime | None
    number: int


def read(body: str, first_line: int, guidance: Sequence[str] = ()) -> Body:
    """Read a body that begins on ``first_line`` of its file; never raises.

    ``guidance`` is what the format's template says in its sections; a section that says no more
    than that, or holds only placeholders, is taken as missing.
    """
    found, problems = sections(body, first_line)
    scope = _prompt_in_a_fence(_Scope(body, first_line, found))
    newest = _newest_entry(scope.sections)
    scopes = [_without_entries(scope)]
    if newest is not None:
        scopes.append(_inside(newest.section, scope))
    scopes = [_filled(part, guidance) for part in scopes]
    steps = _by_any(scopes, wordings.NEXT_STEPS)
    action = _next_action(steps, scopes, scope, newest, guidance)
    log = _by_any(scopes[:1], wordings.LOG)
    return Body(
        next_action=action,
        next_steps=steps,
        steps=_other_steps(steps, action),
        state=_state(scopes, newest, scope, guidance),
        context=_by_any(scopes, wordings.CONTEXT),
        progress=_by_any(scopes, wordings.PROGRESS),
        accomplished=_by_any(scopes, wordings.ACCOMPLISHED),
        blockers=_by_any(scopes, wordings.BLOCKERS),
        decisions=_by_any(scopes, wordings.DECISIONS),
        files=_by_any(scopes, wordings.FILES),
        log=log,
        newest_log_entry=_newest_date(found, log),
        problems=problems,
    )


# --- Which part of the body is read --------------------------------------------------------------


def _prompt_in_a_fence(scope: _Scope) -> _Scope:
    """Return the inside of the fence that holds most of a document, as a prompt to copy does."""
    lines = scope.text.split("\n")
    opened: int | None = None
    mark = ""
    best = (0, 0)
    for index, line in enumerate(lines):
        match = re.match(r"\s{0,3}(`{3,}|~{3,})\s*(\w*)\s*$", line)
        if match is None:
            continue
        if opened is None:
            is_prose = match.group(2).lower() in ("", "text", "markdown", "md")
            opened, mark = (index if is_prose else -1), match.group(1)
        elif match.group(1).startswith(mark) and not match.group(2):
            if opened >= 0 and index - opened > best[1] - best[0]:
                best = (opened, index)
            opened = None
    inside = lines[best[0] + 1 : best[1]]
    written = sum(bool(line.strip()) for line in lines)
    if sum(bool(line.strip()) for line in inside) * 2 < written:
        return scope
    text, begins = "\n".join(inside), scope.line + best[0] + 1
    found, _ = sections(text, begins)
    return _Scope(text, begins, found or tuple(_capital_sections(inside, begins)))


def _capital_sections(lines: list[str], first_line: int) -> Iterator[Section]:
    """Take lines in capitals for headings, as prompts in plain text have them."""
    starts = [index for index, line in enumerate(lines) if _is_in_capitals(line)]
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(lines)
        text = "\n".join(lines[start + 1 : end]).strip("\n")
        yield Section(lines[start].strip(" :"), 2, first_line + start, text)


def _is_in_capitals(line: str) -> bool:
    return _CAPITALS.fullmatch(line) is not None and re.search("[A-Z]{3}", line) is not None


def _entries(found: tuple[Section, ...]) -> list[_Entry]:
    """Return the sections that are entries: several of one level that begin with date or number."""
    by_level: dict[int, list[_Entry]] = {}
    for section in found:
        title = section.title.lstrip(_BEFORE_A_DATE)
        when = dates.parse_time(title[:25]) if _BEGINS_WITH_DATE.match(title) else None
        number = _ENTRY_NUMBER.match(title)
        if when or number:
            entry = _Entry(section, when, int(number.group(1)[:6]) if number else -1)
            by_level.setdefault(section.level, []).append(entry)
    several = [entries for entries in by_level.values() if len(entries) > 1]
    return several[0] if several else []


def _newest_entry(found: tuple[Section, ...]) -> _Entry | None:
    entries = _entries(found)
    if not entries:
        return None
    newest = max(entries, key=lambda entry: (str(entry.when or ""), entry.number))
    same = [e for e in entries if (e.when, e.number) == (newest.when, newest.number)]
    return same[-1]  # of one day's, the last: a log grows downward


def _without_entries(scope: _Scope) -> _Scope:
    entries = [entry.section for entry in _entries(scope.sections)]
    if not entries:
        return scope
    starts = [section.line for section in entries]  # in order, as they stand in the text
    ends = [section.line + section.text.count("\n") + 1 for section in entries]

    def is_inside(section: Section) -> bool:
        nearest = bisect_right(starts, section.line) - 1
        return nearest >= 0 and section.line <= ends[nearest]

    first = starts[0]
    text = "\n".join(scope.text.split("\n")[: max(first - scope.line, 0)])
    return _Scope(text, scope.line, tuple(s for s in scope.sections if not is_inside(s)))


def _inside(section: Section, scope: _Scope) -> _Scope:
    end = section.line + section.text.count("\n") + 2
    inner = tuple(s for s in scope.sections if section.line < s.line <= end)
    return _Scope(section.text, section.line + 1, inner)


def _filled(scope: _Scope, guidance: Sequence[str]) -> _Scope:
    kept = tuple(s for s in scope.sections if own_words(s.text, guidance))
    return scope._replace(sections=kept)


def own_words(text: str, guidance: Sequence[str] = ()) -> str:
    """Return what is left of a text without the template's words, comments and placeholders."""
    text = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    left = []
    for line in text.splitlines():
        plain = re.sub(r"^[\s>*+-]*(?:\d+[.)]\s*)?(?:\[[ xX]?\]\s*)?", "", line)
        plain = plain.replace("*", "").replace("`", "").strip()
        for sentence in guidance:
            plain = plain.replace(sentence, "").strip()
        is_rule = not any(character.isalnum() for character in plain)
        if not (is_rule or is_placeholder(plain) or plain.startswith("#")):
            left.append(plain)
    return "\n".join(left)


def is_placeholder(text: str) -> bool:
    """Tell whether a text is only a template's blank: ``[Title]``, ``{name}``, ``...``."""
    return _PLACEHOLDER.fullmatch(text) is not None


# --- Parts by their headings ---------------------------------------------------------------------


def _by_any(scopes: Iterable[_Scope], words: Sequence[str]) -> Section | None:
    found = (_by_heading(scope, words) for scope in scopes)
    return next((section for section in found if section is not None), None)


def _by_heading(scope: _Scope, words: Sequence[str]) -> Section | None:
    """Return the section whose heading means one of ``words``, the surest first."""
    ranks = {word: rank for rank, word in reversed(list(enumerate(words)))}
    best: tuple[int, int, int] | None = None
    found: Section | None = None
    for position, section in enumerate(scope.sections):
        if (position == 0 and _is_title(section, scope)) or _DONE.search(section.title):
            continue
        sureness = _sureness(section.title, ranks)
        if sureness is None or _says_nothing(section.text):
            continue
        place = (*sureness, position)
        if best is None or place < best:
            best, found = place, section
    if found is None:
        return None
    return found


def _is_title(section: Section, scope: _Scope) -> bool:
    """Tell whether a first heading is the document's own title, not a part's."""
    names_a_document = heading_key(_HEAD_OF_TITLE.split(section.title, maxsplit=1)[0])
    return section.level == 1 and (
        len(scope.sections) > 1 or names_a_document in wordings.TITLE_BEFORE_ACTION
    )


def _sureness(title: str, ranks: dict[str, int]) -> tuple[int, int] | None:
    """Return how a heading means a wording: whole, before a bracket or dash, or somewhere."""
    key = heading_key(title)
    if key in ranks:
        return 0, ranks[key]
    head = heading_key(_HEAD_OF_TITLE.split(title, maxsplit=1)[0])
    if head in ranks:
        return 1, ranks[head]
    for word, rank in ranks.items():
        if len(word) >= _TELLING and f" {word} " in f" {key} ":
            return 2, rank if f" {word} " in f" {head} " else rank + _BEHIND_A_BRACKET
        if not word.isascii() and len(word) > 1 and not word[0].isascii() and word in key:
            return 2, rank
    return None


def _says_nothing(text: str) -> bool:
    key = heading_key(text[:60])
    first = heading_key(re.split(r"[.,;:—–\n-]", text.strip(" -*\n"), maxsplit=1)[0][:60])
    return key in wordings.NOTHING or first in wordings.NOTHING


def _shown(title: str) -> str:
    return "'" + " ".join(title.split())[:80] + "'"


# --- The next action -----------------------------------------------------------------------------


def _next_action(
    steps: Section | None,
    scopes: list[_Scope],
    whole: _Scope,
    newest: _Entry | None,
    guidance: Sequence[str],
) -> Step | None:
    if steps is not None and (action := first_action(steps)):
        return action
    title = _from_title(whole) if newest is None else None
    for scope in scopes:
        found = (
            _by_label(scope, wordings.ACTION_LABELS)
            or (title if title and len(title.text.split()) > 2 else None)
            or _open_checkbox(scope, guidance)
            or _from_perhaps(scope)
            or _numbered_heading(scope)
        )
        if found:
            return found
    return title


def _from_perhaps(scope: _Scope) -> Step | None:
    perhaps = _by_heading(scope, wordings.NEXT_STEPS_PERHAPS)
    return first_action(perhaps) if perhaps else None


def _by_label(scope: _Scope, words: Sequence[str]) -> Step | None:
    """Return the value of the line whose label means one of ``words``.

    A label near the top comes before one further down, and then the surer one.
    """
    text = without_code(scope.text)
    best: tuple[bool, int, re.Match[str]] | None = None
    for match in _LABEL.finditer(text):
        key = heading_key(match["name"])
        if key not in words or not own_words(_paragraph(text, match)):
            continue
        is_far = text.count("\n", 0, match.start()) > _TOP_LINES
        place = (is_far, words.index(key))
        if best is None or place < best[:2]:
            best = (*place, match)
    if best is None:
        return None
    match = best[2]
    line = scope.line + text.count("\n", 0, match.start("name"))
    return Step(_action(_paragraph(text, match)), line, f"label {_shown(match['name'])}")


def _paragraph(text: str, match: re.Match[str]) -> str:
    """Return a label's value to the end of its paragraph; of an empty label, what comes next."""
    rest = text[match.start("value") : match.start("value") + 3 * MAX_ACTION]
    if not match["value"].strip(" *_"):
        rest = rest[len(match["value"]) :].lstrip("\n \t")
    words: list[str] = []
    for line in rest.split("\n"):
        plain = line.strip().lstrip("> ")
        if not plain or (words and _NEW_BLOCK.match(plain)) or plain.startswith(("#", "|")):
            break
        words.append(plain)
    return " ".join(words)


def without_code(text: str) -> str:
    """Return the text with the lines of code fences blanked, so that places stay the same."""
    inside = False
    lines = []
    for line in text.split("\n"):
        is_mark = re.match(r"\s{0,3}(?:```|~~~)", line) is not None
        lines.append(" " * len(line) if inside or is_mark else line)
        inside = inside != is_mark
    return "\n".join(lines)


def _open_checkbox(scope: _Scope, guidance: Sequence[str]) -> Step | None:
    boxes = _OPEN_BOX.finditer(without_code(scope.text))
    match = next((box for box in boxes if own_words(box.group(1), guidance)), None)
    if match is None:
        return None
    line = scope.line + scope.text.count("\n", 0, match.start())
    return Step(_action(match.group(1)), line, "the first open checkbox")


def _numbered_heading(scope: _Scope) -> Step | None:
    """Return the first heading that is a numbered task: "Task 1 — Delete the adapter"."""
    for section in scope.sections:
        match = _NUMBERED.match(section.title)
        if match and match.group(2) and not _is_done(section.title):
            return Step(_action(match.group(2)), section.line, "the first numbered heading")
    return None


def _from_title(scope: _Scope) -> Step | None:
    """Return what the title itself says is next, else the first paragraph."""
    if scope.sections:
        title = scope.sections[0].title
        parts = re.split(r"\s*(?:[:—–]|\s-\s)\s*", title, maxsplit=1)
        if len(parts) == 2 and heading_key(parts[0]) in wordings.TITLE_BEFORE_ACTION:
            return Step(_action(parts[1]), scope.sections[0].line, "the title")
    return None


def first_action(section: Section) -> Step | None:
    """Return the first thing that a section says is to be done; None where all of it is done."""
    text = section.text[:_MAX_SECTION]
    found = blocks(text)
    under = f"under {_shown(section.title)}"
    labelled = _by_label(_Scope(text, section.line + 1, ()), wordings.ACTION_LABELS)
    if labelled is not None:
        return labelled._replace(how=f"{labelled.how} {under}")
    open_ones = [block for block in found if not _is_done(block.text)]
    boxes = [block for block in open_ones if block.text.startswith("[ ]")]
    urgent = _most_urgent(open_ones)
    for kind, block in (
        *(("first open checkbox", box) for box in boxes[:1]),
        *((("most urgent item", urgent),) if urgent else ()),
        *((f"first {block.kind}", block) for block in _actionable(open_ones)),
    ):
        words = " — ".join(_cells(block.text)) if block.kind == "row" else block.text
        action = _action(words)
        if _POINTER.match(action) and len(found) > 1:
            continue
        if action and not _says_nothing(action) and not is_placeholder(action):
            return Step(action, _line_of(section, block), f"{kind} {under}")
    return None


def _line_of(section: Section, block: Block) -> int:
    return section.line + 1 + block.line


def _most_urgent(found: list[Block]) -> Block | None:
    items = [block for block in found if block.kind == "item" and block.depth == 1]
    for mark in wordings.URGENT:
        for block in items:
            if mark in block.text.casefold()[:40]:
                return block
    return None


def _actionable(found: list[Block]) -> list[Block]:
    """Pass over a paragraph that only introduces what follows it."""
    kept = [b for b in found if not (b.kind == "paragraph" and b.text.rstrip("*_ ").endswith(":"))]
    numbered = kept and re.match(r"\W*(?:\w+\s)?#?\d", kept[0].text)
    if kept and kept[0].kind == "heading" and len(kept) > 1 and not numbered:
        return kept[1:]  # a subheading such as "Immediate" names its list
    return kept


def _cells(row: str) -> list[str]:
    return [c for c in row.split(" | ") if len(c) > 2 and not c.strip("#*` ").isdigit()][:3]


def _is_done(text: str) -> bool:
    return _TICKED.match(text.lstrip("* ")) is not None or _DONE.search(text) is not None


def _other_steps(steps: Section | None, action: Step | None) -> tuple[Step, ...]:
    if steps is None:
        return ()
    found = []
    for block in blocks(steps.text[:_MAX_SECTION]):
        is_step = block.kind in ("item", "row") and block.depth <= 1 and not _is_done(block.text)
        text = _action(block.text)
        if is_step and text and (action is None or text != action.text):
            found.append(Step(text, _line_of(steps, block), f"under {_shown(steps.title)}"))
    return tuple(found[:_MAX_STEPS])


def _action(text: str) -> str:
    """Return an action on one line, without its box, number and emphasis, and not too long."""
    text = re.sub(r"^\s*(?:\[[ xX]?\]\s*|[-*+]\s+|\d+[.)]\s+)*", "", text)
    text = " ".join(re.sub(r"\*\*|__|`", "", text).split())
    if len(text) <= MAX_ACTION:
        return text
    cut = text[:MAX_ACTION]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > MAX_ACTION // 3 else cut[: cut.rfind(" ")] + "…"


# --- The state -----------------------------------------------------------------------------------


def _state(
    scopes: list[_Scope], newest: _Entry | None, whole: _Scope, guidance: Sequence[str]
) -> Section | None:
    if found := _by_any(scopes, wordings.STATE):
        return found
    for scope in scopes:
        top = scope._replace(text="\n".join(scope.text.split("\n")[:_HEADER_LINES]))
        if labelled := _by_label(top, wordings.STATE_LABELS):
            return Section(labelled.how, 0, labelled.line, labelled.text, "by a label")
    if found := _by_any(scopes, wordings.ACCOMPLISHED):
        return found._replace(how=WHAT_WAS_DONE)
    if newest is not None:
        return newest.section._replace(how="the newest entry")
    return _introduction(whole, scopes[0], guidance)


def _introduction(scope: _Scope, filled: _Scope, guidance: Sequence[str]) -> Section | None:
    """Return what stands under the title, before the next heading: the closest to a state."""
    lines = scope.text.split("\n")
    starts = [section.line - scope.line for section in scope.sections]
    begin = starts[0] + 1 if starts and scope.sections[0].level == 1 else 0
    later = [start for start in starts if start >= begin]
    text = "\n".join(lines[begin : later[0] if later else len(lines)]).strip("\n")
    if own_words(text, guidance):
        return Section("", 0, scope.line + max(begin - 1, 0), text, "the text under the title")
    first = next((section for section in filled.sections if section.level > 1), None)
    return first._replace(how="the first section") if first else None


def _newest_date(found: tuple[Section, ...], log: Section | None) -> datetime | None:
    """Return the newest date that an entry below the log's heading gives."""
    if log is None:
        return None
    end = log.line + log.text.count("\n") + 2
    moments = [dates.parse_time(s.title) for s in found if log.line < s.line <= end]
    return max((moment for moment in moments if moment is not None), default=None)
