"""A document's head in whatever form it comes: frontmatter, a title, labels, a date in its name.

The formats differ in where their documents lie and what their bodies are for, hardly in how
people write their heads; so all of them read heads here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from session_hooks import dates, front, outline, reading, wordings
from session_hooks.checkboxes import boxes
from session_hooks.document import Agent, Body, Document, Problem, Status
from session_hooks.formats.template import Template
from session_hooks.patterns import pattern
from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

STATUS_WORDS = {
    Status.IN_PROGRESS: (
        "in_progress", "inprogress", "active", "wip", "work_in_progress", "ongoing", "started",
        "open", "doing", "working", "blocked",
    ),
    Status.PAUSED: ("paused", "pause", "stopped", "on_hold", "hold", "waiting", "suspended"),
    Status.COMPLETED: (
        "completed", "complete", "done", "finished", "closed", "archived", "abandoned", "cancelled",
        "canceled", "merged", "resolved", "obsolete", "superseded",
    ),
}  # fmt: skip
_STATUS_BY_WORD = {word: status for status, words in STATUS_WORDS.items() for word in words}

_LONGEST_TEMPLATE = 20_000
"""Characters. What nobody has filled in is shorter."""
_HEADING_PREFIX = pattern(
    r"^\s*session(?:\s+(?:handoff|log|notes|summary))?(?:\s*\d+)?\s*[:—–-]\s+", re.IGNORECASE
)
_SESSION_NUMBER = pattern(
    r"session[\s#_-]{0,3}(\d{1,5})\b(?!-\d)(?:\s*(?:→|->|=>|to)\s*#?(\d{1,5})\b)?", re.IGNORECASE
)
_TAG_BEFORE = pattern(r"^\W*\[[^\]]*\](?=\s*\w)")  # "[FINAL] completed"
_END_OF_STATUS = pattern(r"\s[-–—]+\s|[^\w\s-]")
_PART = pattern(r"^#{2,3} (?![^\n:]{2,20}:\s)(.*)", re.MULTILINE)  # "## Date: ..." is a label
_FIRST_LINES = 5
_BEGINS_WITH_DATE = pattern(r"[\W_]*\d{4}-\d{2}-\d{2}\b")
_FOOT = 1_500
"""Characters at a document's end in which a label may date it."""
_ABOUT_ALL = pattern(
    r"\b(?:session|info|metadata|details|overview|summary|status)\b", re.IGNORECASE
)


class _Top(Value):
    """What stands above a body, and the body."""

    given: Mapping[str, Any]
    """The document's fields that the frontmatter gives."""
    has_frontmatter: bool
    body: str
    body_line: int
    problems: tuple[Problem, ...] = ()


def read(
    form: str, path: str, text: str, modified: datetime, before: Document | None = None
) -> Document:
    """Read the head of a document of any format: frontmatter, title, labels, the name's date.

    Takes the format's name, the path as it is to be shown, the whole text, and the file's
    modification time. Reads what it can of any text and names the rest in ``problems``; never
    raises. (003, "Required Frontmatter", nested as specified or flat; 001, "Header Section"; 004,
    "Header".)

    ``before`` is what the file was read as before it was changed. Where its frontmatter is still
    the same it isn't read again: 15 ms, nearly all of it the import of ``yaml``.
    """
    top = _as_before(before, text) or _top(text)
    given = top.given
    folder, name = path.split("/")[-2:] if "/" in path else ("", path)
    heading = _heading(top.body)
    word = given.get("status_word") or _labelled_status(top.body)
    return Document(
        path=path,
        format=form,
        title=given.get("title")
        or _title(heading)
        or _title_from(name if dates.parse_name(folder) is None else folder),
        status=_status(form, word),
        status_word=word,
        created=given.get("created")
        or dates.parse_name(name)
        or dates.parse_name(folder)
        or _labelled_date(top.body, wordings.CREATED_LABELS)
        or dates.parse_time(heading)
        or _first_date(top.body),
        updated=given.get("updated") or _labelled_date(top.body, wordings.UPDATED_LABELS),
        modified=modified,
        branch=given.get("branch") or _labelled_branch(top.body),
        author=given.get("author") or label(top.body, "author"),
        number=_number(f"session {label(top.body, 'session')}")
        or _number(heading)
        or _number(name),
        issue=given.get("issue"),
        issue_url=given.get("issue_url"),
        current_task=given.get("current_task"),
        agents=given.get("agents", ()),
        has_frontmatter=top.has_frontmatter,
        given=tuple(given),
        head=text[: len(text) - len(top.body)],
        body=top.body,
        body_line=top.body_line,
        problems=top.problems,
        boxes=boxes(top.body),
    )


def _top(text: str) -> _Top:
    parts = front.split(text)
    metadata = parts.metadata or {}
    head = _mapping(metadata.get("session")) or metadata
    orchestration = _mapping(metadata.get("orchestration")) or metadata
    fields = {
        "title": _scalar(head.get("title")),
        "status_word": _scalar(head.get("status")),
        "created": dates.parse_time(head.get("created")),
        "updated": dates.parse_time(head.get("last_updated") or head.get("updated")),
        "branch": _scalar(head.get("branch") or metadata.get("branch")),
        "author": _scalar(head.get("author") or metadata.get("author")),
        "issue": _scalar(head.get("linear_issue") or head.get("issue")),
        "issue_url": _scalar(head.get("linear_url") or head.get("issue_url")),
        "current_task": _scalar(orchestration.get("current_task")),
        "agents": _agents(orchestration.get("spawned_agents")),
    }
    given = {name: value for name, value in fields.items() if value}
    return _Top(given, parts.metadata is not None, parts.body, parts.body_line, parts.problems)


def _as_before(before: Document | None, text: str) -> _Top | None:
    """Return what stands above a body where that is what stood there before; else None."""
    if before is None or before.given is None or before.problems or not before.has_frontmatter:
        return None
    body = front.body_below(before.head, text)
    if body is None:
        return None
    given = {name: getattr(before, name) for name in before.given}
    return _Top(given, True, body, before.body_line)


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
    return not reading.own_words(template.without_fields(body), template.guidance)


def parse_status(word: str | None) -> Status:
    """Return what a status word means, however it is decorated ("✅ **Done** - all green").

    Of a sentence that only begins with one ("complete rewrite under way") nothing is known.
    """
    plain = _TAG_BEFORE.sub("", word or "").strip().lstrip("[(")
    plain = re.sub(r"^\W+", "", plain.replace("*", ""))
    first = _END_OF_STATUS.split(plain, maxsplit=1)[0]
    words = re.findall(r"[^\W_]+", first.casefold())
    return _STATUS_BY_WORD.get("_".join(words), Status.UNKNOWN)


def _status(form: str, word: str | None) -> Status:
    """Return what a status word says of a document's work.

    Only a session file is closed by its own word (003, "Lifecycle States"). In all others it
    speaks of the conversation that wrote it, not of what that one hands over.
    """
    status = parse_status(word)
    is_the_writers = status is Status.COMPLETED and form != "session"
    return Status.UNKNOWN if is_the_writers else status


def _mapping(value: object) -> dict[Any, Any] | None:
    return value if isinstance(value, dict) else None


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
    entries = [entry for entry in value[:200] if isinstance(entry, dict)]
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


def _labels(body: str, name: str) -> list[str]:
    """Return the values of the ``**Name**: value`` lines in the body's head, in order."""
    pattern = rf"^[ \t>*_#-]*+{name}[*_]*\s*:[ \t*_]*(\S[^\n]*)$"
    found = re.findall(pattern, _head_of(body), re.IGNORECASE | re.MULTILINE)
    return [value for value in (text.strip(" \t*_") for text in found) if value]


def label(body: str, name: str) -> str | None:
    """Return the value of the first ``**Name**: value`` line in the body's head, or None."""
    return next(iter(_labels(body, name)), None)


def _labelled_date(body: str, names: Sequence[str]) -> datetime | None:
    """Return the first date that a label gives in a body's head, else in its last lines.

    Such a label may stand behind another sentence.
    """
    name = "|".join(re.escape(name) for name in names)
    pattern = (
        rf"(?:^[ \t>*_#-]*+|[.;·|(—–][ \t*_]*+)(?:{name})[*_]*\s?[:：][ \t*_]*(\S[^\n]{{,60}})"
    )
    for part in (_head_of(body), body[-_FOOT:]):
        for value in re.findall(pattern, part, re.IGNORECASE | re.MULTILINE):
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
    words = _labels(body, "status")
    return next((word for word in words if parse_status(word) is not Status.UNKNOWN), None)


def _labelled_branch(body: str) -> str | None:
    """Return a label's branch: what stands in backticks, else its first word."""
    value = label(body, "branch")
    if value is None:
        return None
    quoted = re.match(r"`([^`]+)`", value)
    return quoted.group(1) if quoted else value.split()[0]


def _heading(body: str) -> str | None:
    """Return the title above a body, whole."""
    sections, _ = outline.sections(body[:20_000])
    title = next((section.title for section in sections if section.level == 1), None)
    return title or next((section.title for section in sections), None)


def _title(heading: str | None) -> str | None:
    return _HEADING_PREFIX.sub("", heading).strip() or None if heading else None


def _number(text: str | None) -> int | None:
    """Return the last number of "Session 2 → 3", "Session 38", "session-41"."""
    match = _SESSION_NUMBER.search(text or "")
    return int(match.group(2) or match.group(1)) if match else None


def _title_from(name: str) -> str:
    stem = re.sub(r"^[\d_T-]+", "", name.rpartition(".")[0] or name)
    return stem.replace("-", " ").replace("_", " ").strip() or name
