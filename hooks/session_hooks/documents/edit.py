"""Edit a document's text in place: its status, log, boxes, next steps and agents. Pure.

Every edit replaces whole lines, and keeps every other byte.
"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import yaml

from session_hooks.documents import header, markdown, wordings
from session_hooks.documents.markdown import Box
from session_hooks.documents.model import Body, Document, Section, is_placeholder, plain_line
from session_hooks.documents.sections import IN_A_REMARK, is_nothing, sureness
from session_hooks.util import dates
from session_hooks.util.lazy import Value, pattern

Lines = Sequence[str]
"""A file's lines without their ends."""
_LINE = pattern(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_RULE = pattern(r"\s*---[ \t]*(?:ya?ml)?[ \t]*", re.IGNORECASE)
_PLAIN = pattern(r"[A-Za-z_]\w*")
_STATUS_LABEL = pattern(r"\bstatus\b[*_]*[ \t]*[:：|][*_ \t]*", re.IGNORECASE)
_STATUS = pattern(r"\W*\w[\w -]*?(?=\s+[-–—]+\s|\s*[^\w\s-]|\s*$)")
"""A status without the words behind it."""
_ITEM = pattern(
    r"(?P<before>[ \t>]*)(?:[-*+]|(?P<number>\d{1,9})(?P<mark>[.)]))(?P<gap>[ \t]+)"
    r"(?P<box>\[[^\]\n]\][ \t]+)?(?=\S)"
)
_DATED_ITEM = pattern(
    r"(?P<before>\s*[-*+]\s+[*_`]*)(?P<date>\d{4}-\d{2}-\d{2}(?:[ T]\d{1,2}:\d{2})?)"
    r"(?P<after>[*_`]*\s?[:–—-]?[*_`]*\s*)"
)
_DATED_ROW = pattern(r"(?P<before>\s*\|\s*)(?P<date>\d{4}-\d{2}-\d{2}[^|]*)(?P<after>)")
_DATE = pattern(r"\d{4}-\d{2}-\d{2}")
_UPDATED_LABEL = pattern(r"[\s>*_|-]*(?:last[ _])?updated[*_\s]*[:|]", re.IGNORECASE)
_DATED = pattern(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?![:\d]))?(?![:\dT])")
_CELLS = pattern(r"(?<!\\)\|")
_HEADING = pattern(r"(?!.*[.!?]\s).{1,60}")
"""What of a note fits into a heading: one short sentence."""
_LINE_ACROSS = pattern(r" {0,3}(?:-[ \t]*){3,}")
_DEEPEST = 30
_CODE = 4
"""Columns from which an indented line is code."""
_OPENS = pattern(r"[#>|=`~<+*_\[-]")
_UNDERLINE = pattern(r" {0,3}(?:=+|-+)[ \t]*")


class EditError(Exception):
    """What can't be edited; the message says why, and what to do."""


class Change(Value):
    """Lines, from ``line`` on as counted from 1, that are replaced by others."""

    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def inert(text: str) -> str:
    """Return a line that begins no block of markdown, whatever it says."""
    text = re.sub(r"^(\d+)(?=[.)])", r"\1\\", text)
    return f"\\{text}" if _OPENS.match(text) else text


# --- the file ------------------------------------------------------------------------------------


def lines_of(data: bytes) -> list[str]:
    """Return a file's lines; raises EditError for what is no UTF-8."""
    return [text for text, _ in _split(data)]


def apply(data: bytes, change: Change) -> bytes:
    """Return a file's bytes with a change made; new lines end as the ones around them do."""
    lines = _split(data)
    at, count = change.line - 1, len(change.removed)
    usual = next((end for _, end in lines[max(at - 1, 0) :] if end), lines[0][1] if lines else "")
    usual = usual or "\n"
    is_last = at + count == len(lines)
    last_end = lines[-1][1] if lines else ""
    ends = [usual] * (len(change.added) - count)  # what is new stands before what it moves
    ends += [end or usual for _, end in lines[at : at + count]]
    lines[:at] = [(text, end or usual) for text, end in lines[:at]]
    lines[at : at + count] = zip(change.added, ends[: len(change.added)], strict=True)
    if is_last and lines:  # where nothing ended the last line, nothing does
        lines[-1] = lines[-1][0], last_end
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return mark + "".join(text + end for text, end in lines).encode()


def _split(data: bytes) -> list[tuple[str, str]]:
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EditError(f"line {line} is not UTF-8: save the file as UTF-8 first") from error
    return [(match[1], match[2]) for match in _LINE.finditer(text) if match[0]]


def _replaced(lines: Lines, line: int, begin: int, end: int, text: str) -> Change:
    old = lines[line - 1]
    return Change(line, (old,), (old[:begin] + text + old[end:],))


# --- status and dates ----------------------------------------------------------------------------


def set_status(lines: Lines, document: Document, status: str) -> Change | None:
    """Set a document's status, in its frontmatter or its first label; raises EditError.

    What is said behind it stays: "in progress - waiting for Ann".
    """
    word, label = document.status_word or "", _status_label(lines, document)
    if word == status:
        note = f"agent-session note TEXT --path {document.path}"
        raise EditError(f"its status is {status} already; to add a line: {note}")
    if "*" in word or "`" in word:
        raise EditError(f"its status is {word!r}: edit it by hand")
    first = _STATUS.match(word)
    end = first.end() if first else len(word)
    if document.has_frontmatter:
        front = _Front(lines)
        table = front.table("session")
        known = (key for key, held in _pairs(table).items() if word and held.value == word)
        name = "status" if "status" in _pairs(table) else next(known, None)
        if name or label is None:
            return front.set(table, name or "status", status + word[end:])
    if label is None:
        raise EditError(
            "it says no status: begin it with lines of ---, 'session:' and '  status: …' between"
        )
    line, begin = label
    begin = lines[line - 1].index(word, begin)
    return _replaced(lines, line, begin, begin + end, status)


def set_updated(lines: Lines, document: Document, now: datetime) -> Change | None:
    """Set ``last_updated`` in a document's frontmatter, else in its first label for that.

    None where it has neither.
    """
    if not document.has_frontmatter:
        return _updated_label(lines, document, now)
    front = _Front(lines)
    return front.set(front.table("session"), "last_updated", dates.iso(now.astimezone(UTC)))


def _status_label(lines: Lines, document: Document) -> tuple[int, int] | None:
    """Return the line of the label with a document's status, and where its value begins."""
    word, body = document.status_word, "\n".join(lines[document.body_line - 1 :])
    for number, line in enumerate(markdown.prose(body), start=document.body_line):
        match = _STATUS_LABEL.search(line)
        if word and match and word in line[match.end() :]:
            return number, match.end()
    return None


def _updated_label(lines: Lines, document: Document, now: datetime) -> Change | None:
    body = "\n".join(lines[document.body_line - 1 :])
    for number, line in enumerate(markdown.prose(body), start=document.body_line):
        if line.startswith("## "):
            return None
        if (label := _UPDATED_LABEL.match(line)) and (date := _DATED.search(line, label.end())):
            said = f"{now.astimezone(UTC):%Y-%m-%d %H:%M}"[: len(date[0])]
            is_said = date[0] == said
            return None if is_said else _replaced(lines, number, date.start(), date.end(), said)
    return None


class _Front:
    """A document's YAML by its nodes, which know where they stand."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        begin = next((at for at, line in enumerate(lines) if line.strip()), 0)
        if not lines or not _RULE.fullmatch(lines[begin]):
            raise EditError("its frontmatter is no YAML between two lines of ---: edit it by hand")
        self._first = begin + 1
        """The index of the first line of YAML."""
        ends = (at for at in range(self._first, len(lines)) if lines[at].rstrip() == "---")
        self._end = next(ends, self._first)
        self.root = self._compose(lines)

    def _compose(self, lines: Lines) -> yaml.MappingNode:
        try:
            text = "\n".join(lines[self._first : self._end])
            header.parse_yaml(text)  # which is nested and repeated no more than people do
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except Exception as error:  # whatever YAML's constructors raise
            mark = getattr(error, "problem_mark", None)
            line = min(self._first + 1 + (mark.line if mark else 0), self._end)
            raise EditError(f"line {line}: its YAML is not valid; mend it first") from error
        if not isinstance(root, yaml.MappingNode):
            raise EditError("its frontmatter has no keys: edit it by hand")
        return root

    def table(self, name: str) -> yaml.MappingNode:
        """Return what stands below a key, or all of it where nothing does."""
        node = _pairs(self.root).get(name, self.root)
        return node if isinstance(node, yaml.MappingNode) and node.value else self.root

    def set(self, table: yaml.MappingNode, name: str, value: str) -> Change | None:
        """Set a key of a table, a missing one below its others; None where it says that already.

        Raises EditError.
        """
        held = _pairs(table).get(name)
        if held is None:
            return self.add(table, name, [f"{name}: {_written(value)}"])
        if held.value == value:
            return None
        begin, end = held.start_mark, held.end_mark
        line = self._first + 1 + begin.line
        if not isinstance(held, yaml.ScalarNode) or begin.line != end.line:
            raise EditError(f"line {line}: {name} is not a text on one line: edit it by hand")
        said = _written(value, held.style) if begin.column != end.column else f" {_written(value)}"
        return self._checked(_replaced(self._lines, line, begin.column, end.column, said), name)

    def add(self, table: yaml.MappingNode, name: str, new: Sequence[str]) -> Change:
        """Add the lines of a key to a table, below its others; raises EditError."""
        line = self._first + 1 + table.end_mark.line
        if table.flow_style and len(new) == 1:
            comma, at = ", " if table.value else "", table.end_mark.column - 1
            return self._checked(_replaced(self._lines, line, at, at, comma + new[0]), name)
        return self.insert(_last_line(table), table.start_mark.column, new, name)

    def insert(self, below: int, column: int, new: Sequence[str], name: str) -> Change:
        """Insert lines below one of the YAML's, counted from 0, that change a key alone."""
        added = tuple(" " * column + line for line in new)
        return self._checked(Change(self._first + below + 2, (), added), name)

    def replace_empty(self, held: yaml.Node, new: Sequence[str]) -> Change:
        """Put a list's lines in the place of a value that says nothing; raises EditError."""
        at = held.start_mark.line
        old = self._lines[self._first + at]
        column = len(old) - len(old.lstrip(" ")) + 2
        head = old[: held.start_mark.column].rstrip() + old[held.end_mark.column :]
        added = (head, *(" " * column + line for line in new))
        return self._checked(Change(self._first + at + 1, (old,), added), "spawned_agents")

    def _checked(self, change: Change, name: str) -> Change:
        at = change.line - 1
        lines = [*self._lines[:at], *change.added, *self._lines[at + len(change.removed) :]]
        try:
            before, after = dict(_leaves(self.root)), dict(_leaves(_Front(lines).root))
        except EditError:
            before, after = {}, {}
        changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        if not changed or not all(name in path for path in changed):
            raise EditError(f"line {change.line}: {name} can't be set there: edit it by hand")
        return change


def _pairs(table: yaml.MappingNode) -> dict[str, yaml.Node]:
    """Return the values by their keys as the specification writes them: "Last Updated" is one."""
    return {
        key.value.casefold().replace("-", "_").replace(" ", "_"): held
        for key, held in table.value
        if isinstance(key, yaml.ScalarNode)
    }


def _leaves(
    node: yaml.Node, path: tuple[object, ...] = ()
) -> Iterator[tuple[tuple[object, ...], object]]:
    if len(path) > _DEEPEST:
        raise EditError("its YAML refers to itself: edit it by hand")
    if isinstance(node, yaml.SequenceNode) and node.value:
        for number, one in enumerate(node.value):
            yield from _leaves(one, (*path, number))
    elif isinstance(node, yaml.MappingNode) and node.value:
        for key, held in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else repr(key.start_mark.line)
            yield from _leaves(held, (*path, name.casefold().replace("-", "_").replace(" ", "_")))
    else:
        yield path, str(node.value)


def _last_line(node: yaml.Node) -> int:
    """Return the last line of a node's, its own blank lines and remarks below it aside."""
    if isinstance(node, yaml.ScalarNode):
        is_below = node.style in ("|", ">") and node.end_mark.column == 0
        return int(node.end_mark.line) - is_below
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _written(value: str, style: str | None = None) -> str:
    """Return a text as YAML has it, in the style that is there where that can hold it."""
    if style is None and _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value, ensure_ascii=False)


# --- agents --------------------------------------------------------------------------------------


def set_agent(lines: Lines, agent: str, name: str, value: str) -> Change | None:
    """Set what ``spawned_agents`` says of an agent, its entry made if missing (003).

    Raises EditError.
    """
    front = _Front(lines)
    table = front.table("orchestration")
    entries = _pairs(table).get("spawned_agents")
    new = [f"- agent: {_written(agent)}", f"  {name}: {_written(value)}"]
    if entries is None:
        if table is front.root and "session" in _pairs(table):
            new = ["orchestration:", "  spawned_agents:", *(f"    {line}" for line in new)]
            return front.add(table, "spawned_agents", new)
        return front.add(table, "spawned_agents", ["spawned_agents:", *(f"  {one}" for one in new)])
    if isinstance(entries, yaml.SequenceNode) and entries.value:
        for entry in entries.value:
            if isinstance(entry, yaml.MappingNode) and _called(entry) == agent.casefold():
                return front.set(entry, name, value)
        column = entries.start_mark.column
        return front.insert(_last_line(entries), column, new, "spawned_agents")
    if entries.value not in ("", "null", "~", []):
        raise EditError("spawned_agents is no list: edit it by hand")
    return front.replace_empty(entries, new)


def _called(entry: yaml.MappingNode) -> str:
    pairs = _pairs(entry)
    held = pairs.get("agent") or pairs.get("name")
    return str(held.value).casefold() if held else ""


# --- the log, boxes and steps --------------------------------------------------------------------


def add_log_entry(
    lines: Lines, document: Document, now: datetime, action: str, text: str = ""
) -> Change:
    """Add an entry to the Session Log (003), written as its others are; a missing log is added.

    Without an ``action`` it is a note: a heading, or below one where it is long or theirs are.
    """
    stamp = f"{now.astimezone(UTC):%Y-%m-%d %H:%M}"
    log = _section(document, wordings.LOG, unsure=1)
    inside = markdown.sections(log.text)[0] if log else ()
    entries = [one for one in inside if dates.parse_time(one.title)]
    with_text = sum(bool(one.text.strip()) for one in entries)
    said = ": ".join(filter(None, (action, text)))
    if not action:
        is_heading = _HEADING.fullmatch(text) and with_text * 2 <= len(entries)
        action, text = (text, "") if is_heading else ("Note", text)
    below = [inert(text)] if text else []
    if log is None:
        above = [""] if lines and lines[-1].strip() else []
        entry = ("## Session Log", "", f"### {stamp} - {action}", *below)
        return Change(len(lines) + 1, (), (*above, *entry))
    level = "#" * min(log.level + 1, 6)
    if not log.text:
        return Change(_below_heading(lines, log), (), ("", f"{level} {stamp} - {action}", *below))
    own = markdown.prose(log.text)
    dated = [at for at, line in enumerate(own) if _DATE.search(line)]
    rules = (at for at, line in enumerate(own) if _LINE_ACROSS.fullmatch(line))
    end = next((at for at in rules if at > max(dated, default=-1)), len(own))
    written = log.text.split("\n")
    while end and not written[end - 1].strip():  # above a footer's rule
        end -= 1
    cell = said.replace("|", "\\|")
    for form, new in ((_DATED_ITEM, f"{stamp}{{after}}{said}"), (_DATED_ROW, f"{stamp} | {cell}")):
        lines_ = [(at, m) for at, line in enumerate(own[:end]) if (m := form.match(line))]
        if lines_:
            (first_at, first), (last_at, last) = lines_[0], lines_[-1]
            line = first["before"] + new.replace("{after}", first["after"] or " - ")
            if form is _DATED_ROW:
                line += " |" * max(len(_CELLS.findall(own[last_at])) - 2, 1)
            at = first_at if first["date"] > last["date"] else end
            return Change(log.text_line + at, (), (line,))
    level = "#" * entries[0].level if entries else level
    entry = (f"{level} {stamp} - {action}", *below)
    if len(entries) > 1 and entries[0].title > entries[-1].title:  # the newest stands first
        return Change(log.text_line + entries[0].line - 1, (), (*entry, ""))
    return Change(log.text_line + end, (), ("", *entry))


def _section(
    document: Document, words: tuple[str, ...], unsure: int = IN_A_REMARK
) -> Section | None:
    """Return the section whose heading means one of some words most surely, an empty one, too."""
    found, _ = markdown.sections(document.body, document.body_line)
    sure = [(how, one.line, one) for one in found if (how := sureness(one.title, words))]
    sure = [one for one in sure if one[0][0] <= unsure]
    return min(sure)[2] if sure else None


def _below_heading(lines: Lines, section: Section) -> int:
    """Return the line below a heading, and below its underline."""
    below = lines[section.line : section.line + 1]
    is_underlined = bool(below) and _UNDERLINE.fullmatch(below[0]) is not None
    return section.line + 1 + is_underlined


def tick(lines: Lines, box: Box) -> Change:
    """Tick a checkbox."""
    begin = lines[box.line - 1].index("[") + 1
    return _replaced(lines, box.line, begin, begin + 1, "x")


def find_box(boxes: Sequence[Box], named: str) -> Box:
    """Return the open box that a person names by its number among all, or by words in it.

    Raises EditError where there is none, or several may be meant.
    """
    if named.isdecimal():
        if not 0 < int(named) <= len(boxes):
            raise EditError(f"its boxes have the numbers 1 to {len(boxes)}")
        found = [boxes[int(named) - 1]]
    else:
        found = _best_match(boxes, named)
    still_open = [box for box in found if box.is_open]
    if len(still_open) == 1:
        return still_open[0]
    if found and not still_open:
        raise EditError(f"line {found[0].line}: that box is ticked already")
    if still_open:
        lines = ", ".join(str(box.line) for box in still_open[:10])
        raise EditError(f"{named!r} may be each of the boxes on lines {lines}: say more of it")
    raise EditError(f"no box says {named!r}")


def _best_match(boxes: Sequence[Box], named: str) -> list[Box]:
    """Return the boxes that say all of it; else open ones that begin so, or have it in them."""
    wanted = plain_line(named).casefold()
    said = [(box, plain_line(box.text).casefold()) for box in boxes]
    ways = (
        [box for box, text in said if text == wanted],
        [box for box, text in said if text.startswith(wanted) and box.is_open],
        [box for box, text in said if wanted in text and box.is_open],
        [box for box, text in said if wanted in text],
    )
    return next(filter(None, ways), [])


def add_next_step(lines: Lines, document: Document, body: Body, text: str) -> Change:
    """Put a step before the others of Next Steps, written as they are."""
    text = inert(text)
    section = body.next_steps or _section(document, wordings.NEXT_STEPS)
    if section is None or section.level == 0:
        return _new_section(lines, document, ["## Next Steps", "", f"1. {text}", ""])
    if not section.text:
        return Change(_below_heading(lines, section), (), ("", f"1. {text}"))
    own = section.text.split("\n")
    if is_nothing(section.text) or is_placeholder(section.text):
        return Change(section.text_line, tuple(own), (f"1. {text}",))
    prose = markdown.prose(section.text)
    # Before what a start would read as the next step: not among ticked ones, or above a subheading.
    first = body.next_action.line - section.text_line if body.next_action else 0
    for at, line in enumerate(prose):
        item = _ITEM.match(line)
        if item and at >= first and len(item["before"].expandtabs(4)) < _CODE:
            box = "[ ] " if item["box"] else ""
            said = f"{item[0].removesuffix(item['box'] or '')}{box}{text}"
            removed, added = _counted_on(prose[at:], own[at:], item)
            return Change(section.text_line + at, removed, (said, *added))
        if line.startswith("#") and at > first:
            break
    return Change(section.text_line, (), (f"1. {text}", ""))


def _counted_on(
    prose: Lines, own: Lines, item: re.Match[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of a list from an item on, and the same with each number one more.

    Nothing where they don't count on, or where what stands below an item would not fit any more.
    """
    if not item["number"]:
        return (), ()
    number, new = int(item["number"]), []
    for masked, line in zip(prose, own, strict=True):
        found = _ITEM.match(masked)
        if found and _place(found) == (str(number), item["mark"], item["before"]):
            number += 1
            begin, end = found.span("number")
            new.append(f"{line[:begin]}{number}{line[end:]}")
        elif found and _place(found)[1:] == _place(item)[1:]:
            return (), ()  # each has the same number, or they are in another order
        elif line.strip() and not line.startswith((" ", "\t")):
            break
        else:
            new.append(line)
    old = own[: len(new)]
    while new and new[-1] == old[-1]:
        old, new = old[:-1], new[:-1]
    is_wider = any(len(one) != len(other) for one, other in zip(old, new, strict=True))
    has_more = any(line.startswith((" ", "\t")) for line in own[: len(new) + 1])
    return ((), ()) if is_wider and has_more else (tuple(old), tuple(new))


def _place(item: re.Match[str]) -> tuple[str, str, str]:
    return item["number"], item["mark"], item["before"]


def _new_section(lines: Lines, document: Document, new: Sequence[str]) -> Change:
    """Add a section above the log and the rule over it, or at the end."""
    log = _section(document, wordings.LOG)
    at = log.line - 1 if log else len(lines)
    while (
        log
        and at > document.body_line
        and (not lines[at - 1].strip() or lines[at - 1].strip() == "---")
    ):
        at -= 1
    above = ("",) if at and lines[at - 1].strip() else ()
    below = new if log else new[:-1]
    return Change(at + 1, (), (*above, *below))
