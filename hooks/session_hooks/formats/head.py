"""A document's head in whatever form it comes: frontmatter, a title, labels, a date in its name.

The formats differ in where their documents lie and what their bodies are for, hardly in how
people write their heads; so all of them read heads here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache

from session_hooks import dates, front, meaning, outline, reading, status_words, wordings
from session_hooks.document import Agent, Body, Document, Section, Status
from session_hooks.formats.template import Template
from session_hooks.outline import boxes
from session_hooks.patterns import pattern

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

STATUS_WORDS = {
    Status.IN_PROGRESS: status_words.IN_PROGRESS,
    Status.PAUSED: status_words.PAUSED,
    Status.COMPLETED: status_words.DONE,
}
_SPECIFIED = {status.value: status for status in STATUS_WORDS}
_MARKS = {
    Status.IN_PROGRESS: status_words.IN_PROGRESS_MARKS,
    Status.PAUSED: status_words.PAUSED_MARKS,
    Status.COMPLETED: status_words.DONE_MARKS,
}

_LONGEST_TEMPLATE = 20_000
"""Characters. What nobody has filled in is shorter."""
_HEADING_PREFIX = pattern(
    r"^\s*session(?:\s+(?:handoff|log|notes|summary))?(?:\s*\d+)?\s*[:—–-]\s+", re.IGNORECASE
)
_DATE_OR_TIME = pattern(r"\d[\dT:.+-]*Z?")
_SESSION_NUMBER = pattern(
    r"session[\s#_-]{0,3}(\d{1,5})\b(?!-\d)(?:\s*(?:→|->|=>|to)\s*#?(\d{1,5})\b)?", re.IGNORECASE
)
_TAG_BEFORE = pattern(r"^\W*\[[^\]]*\](?=\s*\w)")  # "[FINAL] completed"
_END_OF_STATUS = pattern(r"\s[-–—]+\s|[^\w\s-]")
_IN_PART = pattern(  # "done?", "done (80%)", "done: 3 of 5", "done (3/5 tasks)"
    r"\s*\?|\W*(?P<percent>\d{1,2})\s?%"
    r"|\W*(?P<some>\d{1,6})\s?(?:of|/(?=\s?\d+\s+[^\W\d]))\s?(?P<all>\d{1,6})"
)
_PART = pattern(r"^#{2,3} (?![^\n:]{2,20}:\s)(.*)", re.MULTILINE)  # "## Date: ..." is a label
_FIRST_LINES = 5
_LABEL = pattern(  # "- **Status**: done | **Branch:** x", "Status: done **Branch:** x"
    r"(?:^[^\w\n<]*+|(?:[|·•;]|[ \t]{2})[ \t]*[*_]*|[ \t]\*\*(?=[^*:：]+[:：]?\*\*))"
    r"(?P<name>[^\W\d_][^:：|·•;*_<>]{0,30}?)[*_]*\s*[:：](?!//)[ \t*_]*"
)
_LABEL_ROW = pattern(  # "| **Status** | done |"
    r"[ \t]*\|[ \t*_]*(?P<name>[^\W\d_][^|*_]{0,30}?)[*_: \t]*\|(?P<value>[^|]*)\|[ \t]*"
)
_BELOW_HEAD = pattern(r"[ \t]*\|[ \t:|-]*-[ \t:|-]*")
_BEGINS_WITH_DATE = pattern(r"[\W_]*\d{4}-\d{2}-\d{2}\b")
_FOOT = 1_500
"""Characters at a document's end in which a label may date it."""
_ABOUT_ALL = pattern(
    r"\b(?:session|info|metadata|details|overview|summary|status)\b", re.IGNORECASE
)


def read(form: str, path: str, text: str, modified: datetime) -> Document:
    """Read the head of a document of any format: frontmatter, title, labels, the name's date.

    Takes the format's name, the path as it is to be shown, the whole text, and the file's
    modification time. Reads what it can of any text and names the rest in ``problems``; never
    raises. (003, "Required Frontmatter", nested as specified or flat; 001, "Header Section"; 004,
    "Header".)
    """
    parts = front.split(text)
    body, given = parts.body, _fields(parts.metadata)
    folder, name = path.split("/")[-2:] if "/" in path else ("", path)
    sections, _ = outline.sections(body[:20_000])
    heading = next((section.title for section in sections if section.level == 1), None) or next(
        (section.title for section in sections), None
    )
    called = name if dates.parse_name(folder) is None else folder
    word = given.get("status_word") or _labelled_status(body)
    return Document(
        path=path,
        format=form,
        title=given.get("title") or _title(sections, _described(called)) or called,
        status=_status(form, word),
        status_word=word,
        created=given.get("created")
        or dates.parse_name(name)
        or dates.parse_name(folder)
        or _labelled_date(body, wordings.CREATED_LABELS)
        or dates.parse_time(heading)
        or _first_date(body),
        updated=given.get("updated") or _labelled_date(body, wordings.UPDATED_LABELS),
        modified=modified,
        branch=given.get("branch") or _labelled_branch(body),
        author=given.get("author") or label(body, "author"),
        number=_number(f"session {label(body, 'session')}") or _number(heading) or _number(name),
        issue=given.get("issue"),
        issue_url=given.get("issue_url"),
        current_task=given.get("current_task"),
        agents=given.get("agents", ()),
        has_frontmatter=parts.metadata is not None,
        head=text[: len(text) - len(body)],
        body=body,
        body_line=parts.body_line,
        problems=parts.problems,
        boxes=boxes(body),
    )


def _fields(frontmatter: Mapping[Any, Any] | None) -> dict[str, Any]:
    """Return the document's fields that a frontmatter gives."""
    metadata = _mapping(frontmatter) or {}
    head = _mapping(metadata.get("session")) or metadata
    orchestration = _mapping(metadata.get("orchestration")) or metadata
    title = _named(head, "title", wordings.TITLE_LABELS)
    fields = {
        "title": _scalar(title) or _words(title),
        "status_word": _scalar(_named(head, "status", wordings.STATUS_LABELS)),
        "created": dates.parse_time(_named(head, "created", wordings.CREATED_LABELS)),
        "updated": dates.parse_time(_named(head, "last_updated", wordings.UPDATED_LABELS)),
        "branch": _scalar(
            _named(head, "branch", wordings.BRANCH_LABELS)
            or _named(metadata, "branch", wordings.BRANCH_LABELS)
        ),
        "author": _scalar(head.get("author") or metadata.get("author")),
        "issue": _scalar(head.get("linear_issue") or head.get("issue")),
        "issue_url": _scalar(head.get("linear_url") or head.get("issue_url")),
        "current_task": _scalar(orchestration.get("current_task")),
        "agents": _agents(orchestration.get("spawned_agents")),
    }
    return {name: value for name, value in fields.items() if value}


def read_body(document: Document, template: Template) -> Body:
    """Read the rest of a document; a part that says no more than its template is missing."""
    guidance = template.guidance_in(document.body)
    is_finished = document.status is Status.COMPLETED
    body = reading.read(
        document.body,
        document.body_line,
        guidance,
        is_finished=is_finished,
        hands_over=template.hands_over,
    )
    return body._replace(problems=(*document.problems, *body.problems))


def is_blank(document: Document, template: Template) -> bool:
    """Tell whether a document's body says no more than its template, filled-in fields aside."""
    body = document.body[:_LONGEST_TEMPLATE]
    return not meaning.own_words(template.without_fields(body), template.guidance)


def parse_status(word: str | None) -> Status:
    """Return what a status word means, however it is decorated ("✅ **Done** - all green").

    Of a sentence that only begins with one ("complete rewrite under way") nothing is known, nor of
    a choice of several ("done / paused"), nor of what is done in part.
    """
    if word in _SPECIFIED:
        return _SPECIFIED[word]
    plain = _TAG_BEFORE.sub("", status_words.bare(word or "")).replace("*", "")
    plain = re.sub(r"^\W+", "", plain)
    if not plain:
        return _of_marks(word or "")
    first = _END_OF_STATUS.split(plain, maxsplit=1)[0]
    status = _of_word(first)
    part = _IN_PART.match(plain, len(first.rstrip()))
    if part and (part["all"] is None or int(part["some"]) < int(part["all"])):
        return Status.UNKNOWN
    others = {_of_word(other) for other in re.split("[|/]", plain)[1:]} - {Status.UNKNOWN}
    return status if others <= {status} else Status.UNKNOWN


def _of_word(word: str) -> Status:
    return _status_by_key().get(status_words.key(word), Status.UNKNOWN)


def _of_marks(marks: str) -> Status:
    found = (status for status, known in _MARKS.items() if any(mark in known for mark in marks))
    return next(found, Status.UNKNOWN)


@cache
def _status_by_key() -> dict[str, Status]:
    by_status = STATUS_WORDS.items()
    return {key: status for status, words in by_status for key in status_words.keys(words)}


def _status(form: str, word: str | None) -> Status:
    """Return what a status word says of a document's work.

    Only a session file is closed by its own word (003, "Lifecycle States"). In all others it
    speaks of the conversation that wrote it, not of what that one hands over.
    """
    status = parse_status(word)
    is_the_writers = status is Status.COMPLETED and form != "session"
    return Status.UNKNOWN if is_the_writers else status


def _mapping(value: object) -> dict[Any, Any] | None:
    """Return a mapping by its keys as the specification writes them: "Last Updated" is the same.

    A key that is written so stands before another; what is no mapping is None.
    """
    if not isinstance(value, dict):
        return None
    spelled: dict[Any, Any] = {}
    for key, held in value.items():
        if isinstance(key, str):
            spelled.setdefault(key.casefold().replace("-", "_").replace(" ", "_"), held)
    return spelled | {key: held for key, held in value.items() if key in spelled}


def _named(mapping: Mapping[Any, Any], name: str, labels: tuple[str, ...]) -> object:
    """Return the first value in a mapping that its own name has, or a label for the same."""
    if mapping.get(name):
        return mapping[name]
    known = _keys(labels)
    return next((value for key, value in mapping.items() if value and _key(key) in known), None)


def _words(value: object) -> str | None:
    """Return the text that YAML takes for a list of words: "[WIP]"."""
    words = [_scalar(word) for word in value] if isinstance(value, list) else []
    return ", ".join(word for word in words if word) or None if all(words) else None


def _scalar(value: object) -> str | None:
    """Return a plain YAML value as text. A list or mapping where a word belongs is no value."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_plain and abs(value) < 1e18 else None  # type: ignore[arg-type]


def _agents(value: object) -> tuple[Agent, ...]:
    if not isinstance(value, list):
        return ()
    entries = [entry for one in value[:200] if (entry := _mapping(one)) is not None]
    return tuple(
        Agent(
            name=_scalar(entry.get("agent") or entry.get("name")) or "",
            task=_scalar(entry.get("task")) or "",
            status=_scalar(entry.get("status")) or "",
            summary=_scalar(entry.get("summary")) or "",
        )
        for entry in entries
    )


def _head_of(body: str) -> str:
    """Return the part of a body in which labels speak of the whole document.

    It ends with the first part below a heading, or before it where that isn't about the session
    as a whole: further down a label speaks of something else, a task or a test.
    """
    head = body[:8000]
    parts = list(_PART.finditer(head))
    about_all = bool(parts) and _ABOUT_ALL.search(parts[0].group(1)) is not None
    ends = [match.start() for match in parts[1 if about_all else 0 :]]
    return head[: ends[0]] if ends else head


@lru_cache(maxsize=8)
def _labels(body: str) -> tuple[tuple[str, str], ...]:
    """Return the labels in the body's head with their values: ``**Name**: value``, in order.

    Several may stand on one line, or one in each row of a table.
    """
    found = []
    lines = _head_of(body).split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if row := _LABEL_ROW.fullmatch(line):
            if not _BELOW_HEAD.fullmatch(below):
                found.append((row["name"], row["value"]))
            continue
        labels = list(_LABEL.finditer(line))
        ends = [label.start() for label in labels]
        found += [
            (label["name"], line[label.end() : end])
            for label, end in zip(labels, [*ends[1:], len(line)], strict=False)
        ]
    named = ((status_words.key(name), value.strip(" \t*_|·•;")) for name, value in found)
    return tuple((name, value) for name, value in named if value)


@lru_cache(maxsize=500)
def _key(name: str) -> str:
    return status_words.key(name)


@cache
def _keys(names: tuple[str, ...]) -> frozenset[str]:
    return status_words.keys(names)


def _labelled(body: str, names: tuple[str, ...]) -> list[str]:
    """Return the values that a body's head has for labels of any of these names, in order."""
    return [value for name, value in _labels(body) if name in _keys(names)]


def label(body: str, name: str) -> str | None:
    """Return the value of the first ``**Name**: value`` line in the body's head, or None."""
    return next(iter(_labelled(body, (name,))), None)


def _labelled_date(body: str, names: tuple[str, ...]) -> datetime | None:
    """Return the first date that a label gives in a body's head, else in its last lines.

    Such a label may stand behind another sentence.
    """
    name = "|".join(re.escape(name) for name in names)
    pattern = (
        rf"(?:^[ \t>*_#-]*+|[.;·•|(—–][ \t*_]*+)(?:{name})[*_]*\s?[:：][ \t*_]*(\S[^\n]{{,60}})"
    )
    found = iter(_labelled(body, names))
    for part in (_head_of(body), body[-_FOOT:]):
        for value in (*found, *re.findall(pattern, part, re.IGNORECASE | re.MULTILINE)):
            if (moment := dates.parse_time(value)) is not None:
                return moment
    return None


def _first_date(body: str) -> datetime | None:
    """Return the date that one of a body's first lines begins with: a title's, or a note's."""
    lines = [line for line in body[:2_000].split("\n") if line.strip()][:_FIRST_LINES]
    moments = (dates.parse_time(line[:300]) for line in lines if _BEGINS_WITH_DATE.match(line))
    return next((moment for moment in moments if moment is not None), None)


def _labelled_status(body: str) -> str | None:
    """Return the first label that is a status word: "clean" is git's, "PASS" a test's."""
    words = _labelled(body, wordings.STATUS_LABELS)
    return next((word for word in words if parse_status(word) is not Status.UNKNOWN), None)


def _labelled_branch(body: str) -> str | None:
    """Return a label's branch: what stands in backticks, else its first word."""
    value = next(iter(_labelled(body, wordings.BRANCH_LABELS)), None)
    if value is None:
        return None
    quoted = re.match(r"`([^`]+)`", value)
    return quoted.group(1) if quoted else value.split()[0]


def _title(sections: Sequence[Section], described: str | None) -> str | None:
    """Return the title above a body: its first heading, unless that heads a part like the others.

    ``described`` is the description in the file's name, which then is to be preferred.
    """
    top = next((section.title for section in sections if section.level == 1), "")
    title = _HEADING_PREFIX.sub("", top).strip()
    title = title if any(map(str.isalpha, _DATE_OR_TIME.sub("", title))) else top
    is_part = len(sections) > 1 and outline.heading_key(top) in _parts()
    return described if described and is_part else title or described


@cache
def _parts() -> frozenset[str]:
    """Return what heads a part of a document, and is no document's title."""
    known = (
        wordings.NEXT_STEPS, wordings.STATE, wordings.BLOCKERS, wordings.DECISIONS, wordings.FILES,
        wordings.ACCOMPLISHED, wordings.CONTEXT, wordings.PROGRESS, wordings.LOG,
    )  # fmt: skip
    return frozenset(word for words in known for word in words).difference(wordings.DOCUMENT_TITLES)


def _number(text: str | None) -> int | None:
    """Return the last number of "Session 2 → 3", "Session 38", "session-41"."""
    match = _SESSION_NUMBER.search(text or "")
    return int(match.group(2) or match.group(1)) if match else None


def _described(name: str) -> str | None:
    """Return the description in a file's or a folder's name, without its date."""
    stem = re.sub(r"^[\d_T-]+", "", name.rpartition(".")[0] or name)
    return stem.replace("-", " ").replace("_", " ").strip() or None
