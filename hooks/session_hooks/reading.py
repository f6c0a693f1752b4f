"""A body read for what it means: the next action and the state, however its author headed them.

Structure and meaning decide, not exact headings: ``wordings`` holds what people write. Where a
document doesn't say a thing outright, the closest there is stands in, and ``how`` tells so.
Pure, and linear in the text.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice, pairwise, takewhile

from session_hooks import dates, wordings
from session_hooks.checkboxes import (
    DEFERRED,
    boxes_in,
    is_closed,
    mark_of,
    order_of,
    without_box,
)
from session_hooks.document import Body, Section, Step
from session_hooks.meaning import (
    IN_A_REMARK,
    Wordings,
    has_stem_of,
    head_key,
    is_check,
    is_done,
    is_done_row,
    is_done_word,
    is_update,
    says_nothing,
    sureness,
)
from session_hooks.outline import BOLD, blocks, heading_key, prose, sections
from session_hooks.patterns import pattern
from session_hooks.simple_blocks import Block
from session_hooks.values import Value

WHAT_WAS_DONE = "what was done"
"""How a state was found that is none, but the closest there is."""
MAX_ACTION = 300
"""Characters of an action; a longer paragraph is cut at a sentence or a word."""
_MAX_STEPS = 20
_TOP_LINES = 40
_HEADER_LINES = 20
"""Lines in which a label speaks of the whole document; further down a status is a test's."""
_MAX_SECTION = 20_000
"""Characters of a section that are looked into for actions."""
_MAX_LABELS = 200
_NO_ACTION = pattern(r"\b(?:title|id|date|time|name|owner|review|meeting|version|release)$")
"""What a label says the next one of that is nothing to be done: "Next chat title: …"."""
_MOST_LABEL_WORDS = 5
"""Words of a label that isn't in bold; of more it is a sentence."""
_FEW_WORDS = 3
"""Words from which a line above code says what it is for: "Create the module with:"."""
_FOOT_LINES = 12
"""Lines with text at a document's end in which a label speaks of all of it."""
_MAX_HEADED = 50
"""Sections of the same meaning that are looked into."""
_NO_DEPTH = 100

_PLACEHOLDER = pattern(
    r"\s*(?:\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\.\.\.|…|tbd|todo)[.\s]*", re.IGNORECASE
)
_URGENT = [
    pattern(
        rf"\W*{mark}(?!\w)" if not mark.isalpha()  # a sign; a word may be the sentence's own
        else rf"\W*{mark}\s*(?:[:\])|*—–-]|prio)|.{{0,60}}?[(\[]{mark}(?!\w)",
        re.IGNORECASE,
    )
    for mark in wordings.URGENT
]  # fmt: skip
_HAS_URGENT = pattern("|".join(wordings.URGENT), re.IGNORECASE)
"""What only a few items have; each of the above takes 0.15 ms to compile."""
_TASK_WORD = (
    "task|priority|prio|job|todo|p|step|phase|fase|faza|etap|part|aufgabe|schritt|priorität|tâche|étape|priorité"
    "|tarea|paso|prioridad|tarefa|passo|etapa|attività|priorità|taak|stap|prioriteit|zadanie|krok"
    "|priorytet"
)
_NUMBERED = pattern(rf"^\W*(?:(?:{_TASK_WORD})\s*)#?(\d+)(?:[.:)\s—–-]|$)\W*(.*)", re.IGNORECASE)
_NUMBERED_STEP = pattern(
    rf"\W*(?:(?:{_TASK_WORD})\s*)?#?\d{{1,3}}[a-z]?(?!\d*:\d|[-/]\d)(?:[.:)\s—–-]|\ufe0f?\u20e3|$)"
    r"|\W*[a-z][.)]\s",
    re.IGNORECASE,
)
_POINTER = pattern(
    r"(?:see|refer to|details in|siehe|voir|ver|véase|vedi|zie|zobacz|vaata|参见|参照)\b",
    re.IGNORECASE,
)
_NEW_BLOCK = pattern(r"[-*+]\s|\d+[.)]\s|\*\*")
_BEFORE_AN_ACTION = pattern(  # a box, a bullet, "2.", "2.1", a number in a keycap
    r"^\s*(?:\[[ xX/~>!-]?\]\s*|[-*+]\s+|\d+(?:\.\d+)*[.)]\s+|\d+(?:\.\d+)+\s+"
    r"|\d+\ufe0f?\u20e3\s*)*"
)
_BEFORE_AN_ENTRY = pattern(
    r"\W*(?:(?:session|update|entry|log|day|round|state|status|snapshot|as of|handoff|release"
    r"|sprint|iteration|sitzung|tag|séance|jour|sesión|sessão|sessione|sessie|sesja|запись|сессия)\b\W*)*",
    re.IGNORECASE,
)
"""What may stand before the date or the number that an entry begins with."""
_BEGINS_WITH_DATE = pattern(
    r"(?:\d{4}[-/年]\d{1,2}[-/月]\d{1,2}|\d{1,2}\.\s?\d{1,2}\.\s?\d{4}"
    r"|[^\W\d]{3,10}\.? \d{1,2},? \d{4}|\d{1,2}\.? [^\W\d]{3,10}\.?,? \d{4})",
    re.IGNORECASE,
)
_ENTRY_NUMBER = pattern(
    r"\W*(?:session|sitzung|sesión|sessão|sessione|sessie|sesja|сессия|update)\s*#?(\d+)"
    r"|\W*第\s*(\d+)\s*[回次]",
    re.IGNORECASE,
)
_OF_A_LOG = pattern(
    r"\W*(?:(?:day|tag|jour|día|round|iteration|sprint)\s*#?(?P<number>\d+)"
    r"|(?:version|release|v)\s*(?P<version>\d+(?:\.\d+)+)"
    r"|(?P<clock>(?:[01]?\d|2[0-3])[:h][0-5]\d)(?!\d))",
    re.IGNORECASE,
)
"""What entries of a log begin with. In a document that hands work over it is a plan's."""
_DATE = pattern(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}")
_TITLE_VERSION = pattern(r"\bv(\d+(?:\.\d+)*)\b", re.IGNORECASE)
_COMMENT = pattern(r"(?:[#$%>;]|//|--)+\s*")
"""What begins a comment or a command in code."""
_RANK_CELL = pattern(r"\W*[a-z]?\d{1,3}\W*", re.IGNORECASE)
"""A table's cell that only says how important or the how many a row is: "P0"."""
_CAPITALS = pattern(r"[A-Z0-9][A-Z0-9 '/&,-]{2,50}(?:\([^)\n]*\))?:?\s*")
_LABEL = pattern(
    r"[ \t>]*+(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+|#{2,6}[ \t]+)?(?:[^\w\s*_`|#>\[(-]+[ \t]+)?"
    r"(?:(?P<bold>\*\*|__)|[*_])?(?P<name>[^:：=*_|`#—–]{2,60})"
    r"(?:(?:\*\*|__)?[ \t]*[:：](?:\*\*|__)?|(?(bold)(?:\*\*|__)?[ \t]*(?:[=—–]|-[ \t])|(?!)))"
    r"[ \t]*(?P<value>.*)"
)
_VERSION = pattern(r" v?\d[\d ]*$")
_SAID = pattern(
    r"(?:^[ \t>]*+(?:[-*+][ \t]+)?(?:\*\*|__)?|[.!?:][ \t]+)(?P<name>"
    r"(?:the )?next (?:session|conversation|agent|person) (?:should|must|needs? to|has to|will"
    r"|is to|can)(?: (?:start|begin)(?: with| by)?)?|(?:start|begin)s? (?:with|by)|first(?=,)"
    r"|what(?:'s| is) next is|the next (?:step|task|thing) is"
    r"|next (?:up|steps?|actions?|tasks?|move)(?=:)|(?:als )?nächste[rs]?(?: schritt)? ist)"
    r"\b[,:]?(?:\*\*|__)?[ \t]*(?P<value>.*)",
    re.IGNORECASE,
)
"""A sentence that says what is next, without a label."""
_CHOICE = pattern(
    r"\W*(?:pick|choose|select|decide(?: between| which| on)?)\b.{0,40}"
    r"\b(?:one|two|three|which|between|among|of)\b",
    re.IGNORECASE,
)
"""A paragraph that leaves it open which of a list's items comes next."""
_SENTENCES = pattern(r"[.!?]\s+(?=\S)")
_DOUBT = pattern(
    r"\b(?:brainstorm|ideas?|maybe|perhaps|optional|backlog|consider|possible|candidates?|could"
    r"|nice to have|some ?day)\b",
    re.IGNORECASE,
)
_READS = pattern(
    r"\W*(?:re-?read|read|see|lire|lies|lesen|leer|ler|leggere|lees|przeczytaj|loe|прочита\w*|阅读|読む)\b",
    re.IGNORECASE,
)
"""What only prepares work: "read PLAN.md"."""
_HEADING_REMARK = pattern(r"([^—–:：(]{2,60}?)\s*(?:[—–:：]|\s-\s)\s*(.*\S)")
_HOW = pattern(r"\b(?:order|priorit|steps?\b|one of|week|day|hour|min)", re.IGNORECASE)
"""What a heading's remark says of how things are listed, or when."""
_REMARK = pattern(rf"\W*(?:{'|'.join(wordings.REMARKS)})\s*(?:\*\*|__)?\s*[:：]", re.IGNORECASE)
"""An item that says something of another one: "Why: …", "Status: …"."""


_KNOWN = (
    wordings.STATE, wordings.CONTEXT, wordings.PROGRESS, wordings.ACCOMPLISHED, wordings.BLOCKERS,
    wordings.DECISIONS, wordings.FILES, wordings.LOG, wordings.FORMALITIES, wordings.NEXT_STEPS,
)  # fmt: skip
"""What the headings of parts may mean; what stands below any other may be anything."""


class _Scope(Value):
    """A part of the body: its lines, the file's line that it begins on, and its sections."""

    lines: list[str]
    prose: list[str]
    """The same lines, those of code and comments blanked."""
    line: int
    sections: tuple[Section, ...]


class _Entry(Value):
    """One of several dated, timed, numbered or versioned entries in one document."""

    section: Section
    age: tuple[str, tuple[int, ...]]
    """What is greater of a newer one: its date, then its time of day, number or version."""


class _Label(Value):
    """A line ``**Name**: value``."""

    key: str
    name: str
    value: str
    at: int
    """Which of the lines it stands on, counted from 0."""
    is_bold: bool


def read(
    body: str,
    first_line: int,
    guidance: Sequence[str] = (),
    *,
    is_finished: bool = False,
    hands_over: bool = False,
) -> Body:
    """Read a body that begins on ``first_line`` of its file; never raises.

    ``guidance`` is what the format's template says in its sections; a section that says no more
    than that, or holds only placeholders, is taken as missing. Of work that its head calls
    finished, only what the body itself calls next is next. Where all of a document ``hands_over``
    work, its tasks are the next conversation's; elsewhere they may be what was done.
    """
    found, problems = sections(body, first_line, bold=True)
    lines = body.split("\n")
    scope = _prompt_in_a_fence(_Scope(lines, prose(body), first_line, found))
    entries = _entries(scope.sections, is_log=not hands_over)
    newest = _newest_entry(entries)
    scopes = [_without_entries(scope, entries)]
    if newest is not None:
        scopes.append(_inside(newest.section, scope))
    scopes = [_filled(part, guidance) for part in scopes]
    steps, action = _next(scopes, guidance, is_finished=is_finished, hands_over=hands_over)
    titled = scope if newest is None else None
    is_open = action is None and not is_finished
    log = _by_any(scopes[:1], wordings.LOG)
    return Body(
        next_action=action,
        likely=_likely(scopes, titled, guidance) if is_open else None,
        next_steps=steps,
        steps=_other_steps(steps, action),
        state=_state(scopes, newest, scope, guidance),
        context=_by_any(scopes, wordings.CONTEXT),
        progress=_by_any(scopes, wordings.PROGRESS),
        accomplished=_by_any(scopes, wordings.ACCOMPLISHED),
        blockers=_by_any(scopes, wordings.BLOCKERS, unsure=2),
        decisions=_by_any(scopes, wordings.DECISIONS),
        files=_by_any(scopes, wordings.FILES),
        log=log,
        unknown=_unknown(scopes, guidance),
        newest_log_entry=_newest_date(found, log),
        problems=problems,
    )


# --- Which part of the body is read --------------------------------------------------------------


def _prompt_in_a_fence(scope: _Scope) -> _Scope:
    """Return the inside of the fence that holds most of a document, as a prompt to copy does."""
    if not any("```" in line or "~~~" in line for line in scope.lines):
        return scope
    opened: int | None = None
    mark = ""
    best = (0, 0)
    for index, line in enumerate(scope.lines):
        if line.lstrip()[:3] not in ("```", "~~~"):
            continue
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
    inside = scope.lines[best[0] + 1 : best[1]]
    written = sum(bool(line.strip()) for line in scope.lines)
    if sum(bool(line.strip()) for line in inside) * 2 < written:
        return scope
    text, begins = "\n".join(inside), scope.line + best[0] + 1
    found, _ = sections(text, begins, bold=True)
    return _Scope(inside, prose(text), begins, found or tuple(_capital_sections(inside, begins)))


def _capital_sections(lines: list[str], first_line: int) -> Iterator[Section]:
    """Take lines in capitals for headings, as prompts in plain text have them."""
    starts = [index for index, line in enumerate(lines) if _is_in_capitals(line)][:_MAX_LABELS]
    for start, end in pairwise([*starts, len(lines)]):
        text = "\n".join(lines[start + 1 : end]).rstrip()
        bare = text.lstrip("\n")
        below = first_line + start + 1 + len(text) - len(bare)
        yield Section(lines[start].strip(" :"), 2, first_line + start, bare, text_line=below)


def _is_in_capitals(line: str) -> bool:
    return _CAPITALS.fullmatch(line) is not None and re.search("[A-Z]{3}", line) is not None


def _entries(found: tuple[Section, ...], *, is_log: bool) -> list[_Entry]:
    """Return the sections that are entries: several of one level that begin with date or number."""
    by_level: dict[int, list[_Entry]] = {}
    for section in found:
        title, level = section.title, section.level
        has_number = level < BOLD and any(map(str.isdecimal, title))
        if has_number and _says_itself(title):
            continue
        if has_number and (age := _age(title, is_log=is_log)) is not None:
            by_level.setdefault(level, []).append(_Entry(section, age))
    several = [level for level, entries in by_level.items() if _are_several(entries)]
    return by_level[min(several)] if several else []


def _says_itself(title: str) -> bool:
    """Tell whether a heading with a date or version is a part's, of which the newest counts."""
    return any(sureness(title, words) for words in (wordings.NEXT_STEPS, wordings.STATE))


def _are_several(entries: list[_Entry]) -> bool:
    """Tell whether sections are entries, and not the parts of one that all give its date."""
    begin_alike = all(
        entry.section.title.lstrip(" *_[(#📅🗓✅")[:1].isdecimal() for entry in entries
    )
    return len(entries) > 1 and (begin_alike or len({entry.age for entry in entries}) > 1)


def _age(title: str, *, is_log: bool) -> tuple[str, tuple[int, ...]] | None:
    """Return what a title tells of an entry's age; None where it is no entry's."""
    number = _ENTRY_NUMBER.match(title)
    before = _BEFORE_AN_ENTRY.match(title)
    rest = title[before.end() :] if before else title
    when = dates.parse_time(rest[:30]) if _BEGINS_WITH_DATE.match(rest) else None
    if number:
        return str(when or ""), (int((number[1] or number[2])[:6]),)
    if when:
        return str(when), ()
    if is_log and (match := _OF_A_LOG.match(title)):
        digits = re.findall(r"\d+", next(filter(None, match.groups())))
        return "", tuple(int(part[:6]) for part in digits)
    return None


def _newest_entry(entries: list[_Entry]) -> _Entry | None:
    if not entries:
        return None
    newest = max(entry.age for entry in entries)
    same = [entry for entry in entries if entry.age == newest]
    # Of one day's entries the last, for a log grows downward, unless this one grows upward.
    return same[0] if entries[0].age > entries[-1].age else same[-1]


def _without_entries(scope: _Scope, entries: list[_Entry]) -> _Scope:
    if not entries:
        return scope
    starts = [entry.section.line for entry in entries]  # in order, as they stand in the text
    ends = [_end(entry.section) for entry in entries]

    def is_inside(section: Section) -> bool:
        nearest = bisect_right(starts, section.line) - 1
        return nearest >= 0 and section.line <= ends[nearest]

    above = max(starts[0] - scope.line, 0)
    outside = tuple(s for s in scope.sections if not is_inside(s))
    return _Scope(scope.lines[:above], scope.prose[:above], scope.line, outside)


def _end(section: Section) -> int:
    """Return the last line of a section's text."""
    return section.text_line + section.text.count("\n")


def _inside(section: Section, scope: _Scope) -> _Scope:
    end = _end(section)
    part = slice(section.text_line - scope.line, end + 1 - scope.line)
    inner = tuple(s for s in scope.sections if section.line < s.line <= end)
    return _Scope(scope.lines[part], scope.prose[part], section.text_line, inner)


def _filled(scope: _Scope, guidance: Sequence[str]) -> _Scope:
    kept = tuple(s for s in scope.sections if _is_filled(s.text, guidance))
    return scope._replace(sections=kept)


def _is_filled(text: str, guidance: Sequence[str]) -> bool:
    return next(_own_lines(text[:_MAX_SECTION], guidance), None) is not None


def own_words(text: str, guidance: Sequence[str] = ()) -> str:
    """Return what is left of a text without the template's words, comments and placeholders."""
    return "\n".join(_own_lines(text, guidance))


def _own_lines(text: str, guidance: Sequence[str]) -> Iterator[str]:
    text = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        plain = re.sub(r"^[\s>*+-]*+(?:\d+[.)]\s*)?(?:\[[ xX]?\]\s*)?", "", line)
        plain = plain.replace("*", "").replace("`", "").strip()
        for sentence in guidance:
            plain = plain.replace(sentence, "").strip()
        is_rule = not any(character.isalnum() for character in plain)
        if not (is_rule or is_placeholder(plain) or plain.startswith("#")):
            yield plain


def is_placeholder(text: str) -> bool:
    """Tell whether a text is only a template's blank: ``[Title]``, ``{name}``, ``...``."""
    return _PLACEHOLDER.fullmatch(text) is not None


# --- Parts by their headings ---------------------------------------------------------------------


def _by_any(scopes: Iterable[_Scope], words: Wordings, unsure: int = IN_A_REMARK) -> Section | None:
    found = _all_by_any(scopes, words, unsure)
    return next((section for section in found if not says_nothing(section.text)), None)


def _all_by_any(
    scopes: Iterable[_Scope], words: Wordings, unsure: int = IN_A_REMARK
) -> Iterator[Section]:
    """Return the sections whose heading means one of ``words``, scope by scope, the surest first.

    ``unsure`` is how unsure a wording may be.
    """
    for scope in scopes:
        found = []
        for position, section in enumerate(scope.sections):
            sure = None if _is_title(position, scope) else sureness(section.title, words)
            if sure is not None and sure[0] <= unsure:
                found.append((section.level == BOLD, *sure, position))
        # Of several that say their date or version the newest counts; one that says none is of now.
        found.sort(key=lambda one: _newness(scope.sections[one[-1]].title), reverse=True)
        found.sort(key=lambda one: one[:-1])
        yield from (scope.sections[position] for *_, position in found)


def _newness(title: str) -> tuple[int, str, tuple[int, ...]]:
    """Return what is greater of a newer title: its date or version, where it has one."""
    digits = any(map(str.isdecimal, title))
    if digits and (date := _DATE.search(title)) and (when := dates.parse_time(date[0])):
        return 0, str(when), ()
    if digits and (version := _TITLE_VERSION.search(title)):
        return 0, "", tuple(int(part[:6]) for part in version[1].split("."))
    return 1, "", ()


def _is_title(position: int, scope: _Scope) -> bool:
    """Tell whether a heading is the document's own title, not a part's."""
    section = scope.sections[position]
    if section.level != 1:
        return False
    names_a_document = head_key(section.title) in wordings.DOCUMENT_TITLES
    if position == 0:
        is_only = all(other.level > 1 for other in scope.sections[1:])
        return names_a_document or (is_only and len(scope.sections) > 1)
    following = scope.sections[position + 1 : position + 2]
    return names_a_document and bool(following) and 1 < following[0].level < BOLD


def _shown(title: str) -> str:
    return "'" + " ".join(title.split())[:80] + "'"


# --- Labels --------------------------------------------------------------------------------------


def _labels(lines: list[str]) -> Iterator[_Label]:
    for index, line in enumerate(lines):
        if match := _LABEL.match(line[:1000]):
            key, is_bold = heading_key(match["name"]), match["bold"] is not None
            yield _Label(key, match["name"], match["value"], index, is_bold)


def _by_label(lines: list[str], line: int, words: Wordings, begun: Wordings = ()) -> Step | None:
    """Return the value of the surest line whose label means one of ``words``."""
    return next(_all_by_label(lines, line, words, begun), None)


def _all_by_label(
    lines: list[str], line: int, words: Wordings, begun: Wordings = ()
) -> Iterator[Step]:
    """Return the values of the lines whose label means one of ``words``, the surest first.

    A label near the top comes before one further down, and then the surer one. ``line`` is the
    file's, of the first of ``lines``.
    """
    ranks = {word: rank for rank, word in reversed(list(enumerate(words)))}
    found = []
    for label in _labels(lines):
        keys = (label.key, head_key(label.name), _VERSION.sub("", label.key))
        rank = next((ranks[key] for key in keys if key in ranks), None)
        # Of what isn't in bold a sentence may begin with such words.
        is_short = len(label.key.split()) <= _MOST_LABEL_WORDS and '"' not in label.name
        is_label = (label.is_bold or is_short) and not _NO_ACTION.search(label.key)
        if rank is None and is_label and has_stem_of(label.key, begun):
            rank = len(ranks)
        if rank is not None:
            found.append((label.at > _TOP_LINES, rank, label.at, label))
    for _, _, _, label in sorted(found)[:_MAX_LABELS]:
        text, begin = _paragraph(lines, label)
        if own_words(text) and _is_an_action(text):
            said = f"{label.name}: {text}" if label.key in wordings.TELLING_LABELS else text
            yield Step(_action(said), line + begin, f"label {_shown(label.name)}")


def _paragraph(lines: list[str], label: _Label) -> tuple[str, int]:
    """Return a label's value to the end of its paragraph, and the index of the line it begins on.

    Of an empty label that is what comes next.
    """
    words = [label.value] if label.value.strip(" *_") else []
    begin, length = label.at, 0
    for index in range(label.at + 1, min(label.at + 1 + _HEADER_LINES, len(lines))):
        plain = lines[index].strip().lstrip("> ")
        is_over = not plain or _NEW_BLOCK.match(plain) or plain.startswith(("#", "|"))
        if (words and is_over) or length > 2 * MAX_ACTION or plain.startswith(("#", "|")):
            break
        begin = begin if words or not plain else index
        words += [plain] if plain else []
        length += len(plain)
    return " ".join(words), begin


# --- The next action -----------------------------------------------------------------------------


def _next(
    scopes: list[_Scope], guidance: Sequence[str], *, is_finished: bool, hands_over: bool
) -> tuple[Section | None, Step | None]:
    """Return the section of the next steps, and the next action, where the body says it outright.

    By a heading or a label that means it, or an open box. What is only likely isn't among them.
    """
    headed = list(islice(_to_do(scopes, wordings.NEXT_STEPS), _MAX_HEADED))
    steps = next((section for section in headed if not says_nothing(section.text)), None)
    at_the_foot = _first(_at_the_foot, scopes)
    is_overtaken = any(_has_update_below(section, scopes) for section in headed)
    if at_the_foot or is_overtaken:
        return steps, at_the_foot or _first(_in_the_last_update, scopes)
    for section in headed:
        if action := first_action(section):
            return section, action
    action = _first(_labelled_action, scopes)
    # Where the steps say that nothing is left, nothing is.
    if action or is_finished or (headed and steps is None):
        return steps, action
    # A goal is next only as long as nothing tells what came of it.
    is_report = _by_any(scopes, wordings.ACCOMPLISHED) is not None
    has_goal = hands_over and not is_report
    for words in (
        wordings.REMAINING,
        *((wordings.TASKS,) if hands_over else ()),
        *((wordings.GOALS,) if has_goal else ()),
    ):
        for section in islice(_to_do(scopes, words), _MAX_HEADED):
            if action := first_action(section, items_first=True):
                return steps or section, action
    return steps, (
        _first(lambda scope: _open_checkbox(scope, guidance, in_checks=False), scopes)
        or (_first(_numbered_heading, scopes) if hands_over else None)
        or (_first(_labelled_goal, scopes) if has_goal else None)
        or (_first(_said_in_a_prompt, scopes) if hands_over else None)
        or (_first(_listed_alone, scopes) if hands_over else None)
    )


def _in_the_last_update(scope: _Scope) -> Step | None:
    """Return what the last update of a document says is left: a list below such a sentence."""
    updates = [one for one in scope.sections if one.level < BOLD and is_update(one.title)]
    for section in updates[-1:]:
        found = blocks(section.text[:_MAX_SECTION])
        for above, block in pairwise(found):
            said = (
                above.text.rstrip("*_ ").endswith((":", "：")) and _SENTENCES.split(above.text)[-1]
            )
            words = (wordings.NEXT_STEPS, wordings.REMAINING)
            if block.kind == "item" and said and any(sureness(said, one) for one in words):
                how = f"first item under {_shown(section.title)}"
                return Step(_words(block), section.text_line + block.line, how)
    return None


def _first(way: Callable[[_Scope], Step | None], scopes: list[_Scope]) -> Step | None:
    return next((step for scope in scopes if (step := way(scope))), None)


def _labelled_action(scope: _Scope) -> Step | None:
    words, begun = wordings.ACTION_LABELS, wordings.NEXT_STEPS
    return _by_label(scope.prose, scope.line, words, begun) or _said(scope.prose, scope.line)


def _said_in_a_prompt(scope: _Scope) -> Step | None:
    """Return what a text says that stands in a fence to be copied."""
    words = wordings.SURE_ACTION_LABELS
    return _by_label(scope.lines, scope.line, words) or _said(scope.lines, scope.line)


def _listed_alone(scope: _Scope) -> Step | None:
    """Return the first item of a document that is one numbered list without any part's heading."""
    if any(not _is_title(at, scope) for at, _ in enumerate(scope.sections)):
        return None
    text = "\n".join(scope.lines)[:_MAX_SECTION]
    items = (block for block in blocks(text) if block.is_numbered and _is_an_action(block.text))
    first = next(items, None)
    if first is None:
        return None
    return Step(_words(first), scope.line + first.line, "the first item of a list alone")


def _labelled_goal(scope: _Scope) -> Step | None:
    return _by_label(scope.prose, scope.line, wordings.GOALS)


def _has_update_below(section: Section, scopes: list[_Scope]) -> bool:
    """Tell whether a later part of a document may have overtaken a section: "Update: accepted"."""
    return any(
        one.line > _end(section) and one.level < BOLD and is_update(one.title)
        for scope in scopes
        for one in scope.sections
    )


def _likely(scopes: list[_Scope], titled: _Scope | None, guidance: Sequence[str]) -> Step | None:
    """Return what is likely to be next where nothing says it outright.

    ``titled`` is the whole document where its title may speak of all of it.
    """
    title = _from_title(titled) if titled is not None else None
    ways: tuple[Callable[[_Scope], Step | None], ...] = (
        lambda scope: _from(scope, wordings.NEXT_STEPS),
        lambda scope: _from(scope, wordings.TASKS),
        lambda _: title if title and len(title.text.split()) > 2 else None,
        lambda scope: _from(scope, wordings.NEXT_STEPS_PERHAPS),
        _numbered_heading,
        _labelled_goal,
        lambda scope: _from(scope, wordings.GOALS),
        lambda scope: _open_checkbox(scope, guidance, in_checks=True),
        lambda scope: _from(scope, wordings.SOME_DAY),
        lambda _: title,
    )
    return next((step for way in ways if (step := _first(way, scopes))), None)


def _at_the_foot(scope: _Scope) -> Step | None:
    """Return what a label says is next in the last lines: there it speaks of all of the document.

    It is what its author wrote last.
    """
    last = [at for at, line in enumerate(scope.prose) if line.strip()][-_FOOT_LINES:]
    begin = last[0] if last else 0
    lines = scope.prose[begin:]
    return _by_label(lines, scope.line + begin, wordings.SURE_ACTION_LABELS)


def _said(lines: list[str], first_line: int) -> Step | None:
    """Return a sentence that says what is next: "Next session should …", "Start by …"."""
    for at, line in enumerate(lines):
        if match := _SAID.search(line[:1000]):
            label = _Label("", match["name"], match["value"], at, is_bold=False)
            text, begin = _paragraph(lines, label)
            if _is_an_action(text):
                return Step(_action(text), first_line + begin, f"said by {_shown(label.name)}")
    return None


def _to_do(scopes: list[_Scope], words: Wordings) -> Iterator[Section]:
    """Return the sections that mean one of ``words``, and not what was done: "Tasks completed"."""
    over = {section.line for section in _all_by_any(scopes, wordings.ACCOMPLISHED, unsure=3)}
    for section in _all_by_any(scopes, words):
        if section.line not in over and not is_done(section.title):
            yield section


def _from(scope: _Scope, words: Wordings) -> Step | None:
    found = (first_action(s) for s in islice(_to_do([scope], words), _MAX_HEADED))
    return next((step for step in found if step is not None), None)


def _open_checkbox(scope: _Scope, guidance: Sequence[str], *, in_checks: bool) -> Step | None:
    """Return the first open box, of lists that check finished work or of all others."""
    starts = [section.line for section in scope.sections]
    boxes = [box for box in islice(boxes_in(scope.prose), _MAX_LABELS) if box.is_open]
    for box in sorted(boxes, key=lambda box: box.order):
        above = bisect_right(starts, scope.line + box.line) - 1
        is_wanted = in_checks or above < 0 or not is_check(scope.sections[above].title)
        if is_wanted and own_words(box.text, guidance) and _is_an_action(box.text):
            return Step(_action(box.text), scope.line + box.line, "the first open checkbox")
    return None


def _numbered_heading(scope: _Scope) -> Step | None:
    """Return the first heading of several that are numbered tasks: "Task 1 — Delete it"."""
    found = []
    for position, section in enumerate(scope.sections):
        match = None if _is_title(position, scope) else _NUMBERED.match(section.title)
        if match and match.group(2):
            found.append((int(match.group(1)[:6]), match.group(2), section))
    is_series = len(found) > 1 or any(number <= 1 for number, *_ in found)
    for _, text, section in found if is_series else ():
        if not is_done(section.title):
            return Step(_action(text), section.line, "the first numbered heading")
    return None


def _from_title(scope: _Scope) -> Step | None:
    """Return what the title itself says is next: "Next session: write the adapter"."""
    if scope.sections:
        title = scope.sections[0].title
        parts = re.split(r"\s*(?:[:：—–]|\s-\s)\s*", title, maxsplit=1)
        names_work = heading_key(parts[-1]).rpartition(" ")[2] not in wordings.DOCUMENTS
        is_one = heading_key(parts[0]) in wordings.TITLE_BEFORE_ACTION and names_work
        if len(parts) == 2 and is_one:
            return Step(_action(parts[1]), scope.sections[0].line, "the title")
    return None


def first_action(section: Section, *, items_first: bool = False) -> Step | None:
    """Return the first thing that a section says is to be done; None where all of it is done.

    With ``items_first`` a paragraph counts only where there is no list: it speaks of all of that.
    """
    text = section.text[:_MAX_SECTION]
    under = f"under {_shown(section.title)}"
    above = list(takewhile(lambda line: not line.startswith("#"), prose(text)))
    labelled = list(_all_by_label(prose(text), section.text_line, wordings.ACTION_LABELS))
    labelled += _all_by_label(above, section.text_line, wordings.GOALS)
    # Reading comes first, and is what is next only where nothing else is.
    for step in sorted(labelled, key=lambda one: _READS.match(one.text) is not None)[:1]:
        return step._replace(how=f"{step.how} {under}")
    open_ones = _next_first(_open_blocks(blocks(text, code=True)))
    boxes = [(mark, block) for block in open_ones if (mark := mark_of(block.text))]
    boxes.sort(key=lambda box: order_of(box[0]))
    urgent = _most_urgent(open_ones)
    choices = (block for block in open_ones if block.depth == 0 and _CHOICE.match(block.text))
    listed = [block for block in open_ones if block.kind in ("item", "row", "heading")]
    for kind, block in (
        *(("choice", block) for block in choices),
        *(("first open checkbox", box) for mark, box in boxes if mark != DEFERRED),
        *((("most urgent item", urgent),) if urgent else ()),
        *((f"first {block.kind}", block) for block in _actionable(listed if items_first else [])),
        *((f"first {block.kind}", block) for block in _actionable(open_ones)),
        *(("first deferred checkbox", box) for mark, box in boxes if mark == DEFERRED),
        *(("first code", block) for block in open_ones if block.kind == "code"),
    ):
        action = _with_its_heading(section.title, _with_its_first(block, open_ones))
        action = _action(f"{_doubt(block, open_ones)}{action}")
        is_pointer = _POINTER.match(action) and len(open_ones) > 1
        if action and not is_pointer and _is_an_action(action):
            line = section.text_line + block.line + (block.kind == "code")
            return Step(action, line, f"{kind} {under}")
    return None


def _next_first(found: list[Block]) -> list[Block]:
    """Put what stands under a subheading that means it before what stands under another one."""
    for at, block in enumerate(found):
        if block.kind == "heading" and at and sureness(block.text, wordings.NEXT_STEPS):
            return found[at:] + found[:at]
    return found


def _doubt(block: Block, found: list[Block]) -> str:
    """Return what stands above a list and says that its items are only ideas; else ""."""
    at = next(index for index, other in enumerate(found) if other is block)
    above = next((one for one in found[:at][::-1] if one.kind not in ("item", "row")), None)
    is_listed = block.kind in ("item", "row") and above is not None and above.kind == "paragraph"
    if above is None or not is_listed or not _DOUBT.search(above.text[:80]):
        return ""
    return f"{_words(above).rstrip(':：')}: "


def _with_its_heading(title: str, action: str) -> str:
    """Return an action behind what the section's heading says of it: "Next up — the new parser"."""
    match = _HEADING_REMARK.match(title)
    if match is None or not action or sureness(match[1], wordings.NEXT_STEPS) is None:
        return action
    remark = match[2]
    says_how = _HOW.search(remark) or dates.parse_time(remark[:30]) or is_done(remark)
    if says_how or len(remark.split()) < _FEW_WORDS:
        return action
    return _action(f"{remark}: {action}")


def _with_its_first(block: Block, found: list[Block]) -> str:
    """Return what a block says; of one that only heads a list, with the first thing below it."""
    action = _words(block)
    at = next(index for index, other in enumerate(found) if other is block)
    below = next(iter(found[at + 1 : at + 2]), None)
    is_list = below is not None and below.kind in ("item", "row") and below.depth > block.depth
    heads = block.kind == "heading" or action.endswith((":", "："))
    if below is None or not is_list or not heads or not action:
        return action
    return _action(f"{action.rstrip(':：')}: {_words(below)}")


def _is_an_action(text: str) -> bool:
    """Tell whether a text may be what is to be done: no question, no remark, no blank."""
    is_over = is_done(text) or says_nothing(text) or is_placeholder(text)
    is_question = text.rstrip("*_) ").endswith(("?", "？", "؟"))
    return not is_over and not is_question and _REMARK.match(text) is None


def _open_blocks(found: list[Block]) -> list[Block]:
    """Leave out what is done, what stands below it, and the headings of nothing else."""
    starts = [index for index, block in enumerate(found) if block.kind == "heading" or index == 0]
    kept = []
    for begin, end in pairwise([*starts, len(found)]):
        heading = [block for block in found[begin : begin + 1] if block.kind == "heading"]
        below = found[begin + len(heading) : end]
        open_ones = _open_below(below)
        is_over = any(is_done(b.text) or is_done_word(b.text) for b in heading)
        if not is_over and (open_ones or not below):
            kept += heading + open_ones
    return kept


def _open_below(found: list[Block]) -> list[Block]:
    kept = []
    done_depth = _NO_DEPTH
    for block in found:
        mark = mark_of(block.text)
        if block.depth > done_depth:
            # It belongs to an item that is done, unless it says itself that it isn't.
            kept += [block] if mark and not is_closed(mark) else []
            continue
        is_over = is_closed(mark) or is_done(block.text)
        is_over = is_over or (block.kind == "row" and is_done_row(block.text))
        done_depth = block.depth if is_over and block.kind == "item" else _NO_DEPTH
        kept += [] if is_over else [block]
    return kept


def _most_urgent(found: list[Block]) -> Block | None:
    items = [
        block
        for block in found
        if block.kind in ("item", "row")
        and block.depth <= 1
        and _HAS_URGENT.search(block.text[:80])
    ]
    marked = ((mark, block) for mark in _URGENT for block in items)
    return next((block for mark, block in marked if mark.match(block.text[:80])), None)


def _actionable(found: list[Block]) -> Iterator[Block]:
    """Pass over what only introduces the next block: a subheading, a paragraph above a list."""
    for block, following in pairwise([*found, Block("end", 0, "", 0)]):
        is_above_a_list = following.kind in ("item", "row")
        if block.kind == "paragraph" and block.depth == 0:
            introduces = block.text.rstrip("*_ ").endswith((":", "："))
            is_above = following.kind != "code" or len(block.text.split()) < _FEW_WORDS
            if (introduces and is_above) or (is_above_a_list and following.is_numbered):
                continue
        names_its_list = block.kind == "heading" and not _NUMBERED_STEP.match(block.text)
        if block.kind != "code" and not (names_its_list and following.kind not in ("code", "end")):
            yield block


def _words(block: Block) -> str:
    """Return what a block says on one line; a row's first cells that say something."""
    if block.kind == "code":
        lines = (line.strip() for line in block.text.split("\n"))
        return _action(_COMMENT.sub("", next(filter(None, lines), "")))
    if block.kind != "row":
        return _action(block.text)
    cells = [without_box(cell) for cell in block.text.split(" | ")]
    said = [c for c in cells if any(map(str.isalpha, c)) and not _RANK_CELL.fullmatch(c)]
    # In two letters a first cell names the task ("CI"), a later one its owner or its size.
    return _action(" — ".join([*said[:1], *(cell for cell in said[1:3] if len(cell) > 2)]))


def _other_steps(steps: Section | None, action: Step | None) -> tuple[Step, ...]:
    if steps is None:
        return ()
    found = []
    for block in _open_blocks(blocks(steps.text[:_MAX_SECTION])):
        text = _words(block)
        is_step = block.kind in ("item", "row") and block.depth <= 1
        if is_step and text and (action is None or text != action.text):
            line = steps.text_line + block.line
            found.append(Step(text, line, f"under {_shown(steps.title)}"))
    return tuple(found[:_MAX_STEPS])


def _action(text: str) -> str:
    """Return an action on one line, without its box, number and emphasis, and not too long."""
    text = _BEFORE_AN_ACTION.sub("", text[: 4 * MAX_ACTION])
    text = " ".join(re.sub(r"\*\*|__|`", "", text).split()).strip("* ")
    if len(text) <= MAX_ACTION:
        return text
    cut = text[:MAX_ACTION]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > MAX_ACTION // 3 else cut[: cut.rfind(" ")] + "…"


# --- The state -----------------------------------------------------------------------------------


def _state(
    scopes: list[_Scope], newest: _Entry | None, whole: _Scope, guidance: Sequence[str]
) -> Section | None:
    """Return where the work stands, or the closest to it that the document has."""
    stated = [s for s in _all_by_any(scopes, wordings.STATE, 3) if not says_nothing(s.text)]
    introduction = _introduction(whole)
    tells = introduction is not None and _tells(introduction.text, guidance)
    ways: tuple[Callable[[], Section | None], ...] = (
        lambda: next((section for section in stated if section.level < BOLD), None),
        lambda: _labelled_state(scopes),
        lambda: next(iter(stated), None),
        lambda: _called(_by_any(scopes, wordings.ACCOMPLISHED), WHAT_WAS_DONE),
        lambda: _called(newest.section if newest else None, "the newest entry"),
        lambda: introduction if tells else None,
        lambda: _called(_by_any(scopes, wordings.CONTEXT), "the context"),
        lambda: _called(_first_part(scopes[0], guidance), "the first section"),
        lambda: introduction if introduction and _is_filled(introduction.text, guidance) else None,
    )
    return next((found for way in ways if (found := way()) is not None), None)


def _called(section: Section | None, how: str) -> Section | None:
    return section._replace(how=how) if section is not None else None


def _labelled_state(scopes: list[_Scope]) -> Section | None:
    for scope in scopes:
        if found := _by_label(scope.prose[:_HEADER_LINES], scope.line, wordings.STATE_LABELS):
            return Section(found.how, 0, found.line, found.text, "by a label", found.line)
    return None


def _first_part(scope: _Scope, guidance: Sequence[str]) -> Section | None:
    """Return the first section that tells something of the work."""
    for section in scope.sections:
        is_formal = head_key(section.title) in wordings.FORMALITIES
        if 1 < section.level < BOLD and not is_formal and _tells(section.text, guidance):
            return section
    return None


def _introduction(scope: _Scope) -> Section | None:
    """Return what stands under the title, before the next heading."""
    starts = [s.line - scope.line for s in scope.sections if s.level < BOLD]
    titled = bool(starts) and scope.sections[0].level == 1
    begin = scope.sections[0].text_line - scope.line if titled else 0
    later = [start for start in starts if start >= begin]
    lines = scope.lines[begin : later[0] if later else len(scope.lines)]
    text = "\n".join(lines).strip("\n")
    line = scope.line + (starts[0] if titled else begin)
    below = scope.line + begin
    return Section("", 0, line, text, "the text under the title", below) if text else None


def _tells(text: str, guidance: Sequence[str]) -> bool:
    """Tell whether a text says more than labels do: a date, a branch, a brief to copy."""
    for line in text[:_MAX_SECTION].split("\n"):
        label = _LABEL.match(line)
        is_label = label is not None and (label["bold"] or len(label["name"].split()) < 4)
        if not is_label and not line.startswith(">") and _is_filled(line, guidance):
            return True
    return False


def _unknown(scopes: list[_Scope], guidance: Sequence[str]) -> Section | None:
    """Return the last section that may say anything: its heading means nothing that is known."""
    found = None
    for scope in scopes:
        for position, section in enumerate(scope.sections):
            text = _own_text(position, scope)
            if not _is_title(position, scope) and not _is_known(section, scope):
                found = section if _is_filled(text, guidance) else found
    return found


def _own_text(position: int, scope: _Scope) -> str:
    """Return a section's text up to the next heading."""
    section = scope.sections[position]
    after = scope.sections[position + 1 : position + 2]
    lines = section.text.split("\n")
    return "\n".join(lines[: max(after[0].line - section.text_line, 0)] if after else lines)


def _is_known(section: Section, scope: _Scope) -> bool:
    """Tell whether a section, or one that it stands in, is one of those that are looked for."""
    around = [s for s in scope.sections if s.line < section.line <= _end(s) and s.level > 1]
    return any(
        sureness(one.title, words) is not None or is_check(one.title)
        for one in (section, *around)
        for words in _KNOWN
    )


def _newest_date(found: tuple[Section, ...], log: Section | None) -> datetime | None:
    """Return the newest date that an entry below the log's heading gives."""
    if log is None:
        return None
    moments = [dates.parse_time(s.title) for s in found if log.line < s.line <= _end(log)]
    return max((moment for moment in moments if moment is not None), default=None)


def without_code(text: str) -> str:
    """Return the text with the lines of code and comments blanked, so that places stay the same."""
    return "\n".join(prose(text))
