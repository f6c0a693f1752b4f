"""Parse a document's frontmatter and the labelled lines below its title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import NoneType

from session_hooks.documents import markdown, wordings
from session_hooks.documents.markdown import boxes
from session_hooks.documents.model import (
    Agent,
    Document,
    Problem,
    Section,
    Status,
    Template,
    own_words,
)
from session_hooks.util import dates
from session_hooks.util.lazy import Value, pattern

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from typing import Any

MAX_FRONTMATTER = 64 * 1024  # characters; more than any person writes
_OPENING = pattern(
    r"(?P<rule>-{3,}|\+{3,}|;{3,})(?P<name>[ \t]*(?:ya?ml|toml|json)|[a-z]{1,10}|)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_FORMS = {"---": "YAML", "+++": "TOML", ";;;": "JSON"}
_NAMED = {"": None, "yaml": "YAML", "yml": "YAML", "toml": "TOML", "json": "JSON"}
_BLANKS = pattern(r"\s*$", re.MULTILINE)
_UNKNOWN_FORM = "frontmatter in a form that is not read"
_JSON_KEY = pattern(r'\{\s*"[^"\n]*"\s*:')
_Labels = tuple[tuple[str, str], ...]
_DEEPEST = 20
_MOST_ALIASES = 20
_MOST_LINES = 1000  # tried one by one where they aren't valid together
_TEXT_LINE = pattern(r"(?P<key>\s*(?:- )?\w[\w -]*:[ \t]+)(?P<text>\S.*?)\s*")
_BLOCK = pattern(r"[|>][+-]?\d?[+-]?(?:\s+#.*)?")
_MAY_FAIL = pattern(r"[\[\]{}@`*&!%|>'\"#,?:-]|.*(?::(?:\s|$)|\s#)")
_NUMBER_SIGN = pattern(  # nobody means a comment by it: "#42 export", "Mend #42"
    r"^([ \t]*(?:- )?\w[\w -]*:[ \t]+)((?:#\w|[^\s'\"|>\[{&*!#].*?\s#\d).*?)(?=[ \t]*$)",
    re.MULTILINE,
)
_STATUSES = {
    Status.IN_PROGRESS: (wordings.IN_PROGRESS, wordings.IN_PROGRESS_MARKS),
    Status.PAUSED: (wordings.PAUSED, wordings.PAUSED_MARKS),
    Status.COMPLETED: (wordings.DONE_WORDS, wordings.DONE_MARKS),
}
_SPECIFIED = {status.value: status for status in _STATUSES}
_LONGEST_TEMPLATE = 20_000
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
_FOOT = 1_500  # characters at a document's end in which a label may date it
_ABOUT_ALL = pattern(
    r"\b(?:session|info|metadata|details|overview|summary|status)\b", re.IGNORECASE
)


class Front(Value):
    metadata: dict[Any, Any] | None
    body: str
    body_line: int
    problems: tuple[Problem, ...]


class _Found(Value):
    form: str
    raw: str
    raw_begin: int
    body_begin: int


def split(text: str) -> Front:
    """Split ``text`` into frontmatter and a body, keeping line numbers; never raises.

    YAML, TOML or JSON between ``---``, ``+++``, ``;;;`` or JSON's own braces.
    """
    stripped = text.lstrip()
    if not stripped.startswith(("---", "+++", ";;;", "{")):
        return Front(None, text, 1, ())
    first_line = text[: len(text) - len(stripped)].count("\n") + 1
    try:
        found = _found(stripped)
    except ValueError as error:
        return Front(None, text, 1, (Problem(first_line, str(error)),))
    if found is None:
        return Front(None, text, 1, ())
    body_line = first_line + stripped.count("\n", 0, found.body_begin)
    body = stripped[found.body_begin :]
    if len(found.raw) > MAX_FRONTMATTER:
        problem = Problem(
            first_line, f"the frontmatter is longer than {MAX_FRONTMATTER} characters"
        )
        return Front({}, body, body_line, (problem,))
    raw_line = first_line + stripped.count("\n", 0, found.raw_begin)
    loaders = {"YAML": _load_yaml, "TOML": _load_toml, "JSON": _load_json}
    metadata, problems = loaders[found.form](found.raw, raw_line)
    return Front(metadata, body, body_line, problems)


def read(form: str, path: str, text: str, modified: datetime, *, closes: bool = False) -> Document:
    """Read the head of a document of any format; never raises.

    Where a status word doesn't ``close`` the document (003, "Lifecycle States"), it speaks of the
    conversation that wrote it, not of what that one hands over. (003, "Required Frontmatter",
    nested as specified or flat; 001, "Header Section"; 004, "Header".)
    """
    parts = split(text)
    body, given = parts.body, _fields(parts.metadata)
    folder, name = path.split("/")[-2:] if "/" in path else ("", path)
    sections, _ = markdown.sections(body[:20_000])
    heading = next((section.title for section in sections if section.level == 1), None) or next(
        (section.title for section in sections), None
    )
    called = name if dates.parse_name(folder) is None else folder
    labels = _labels(body)
    word = given.get("status_word") or _labelled_status(labels)
    status = parse_status(word)
    return Document(
        path=path,
        format=form,
        title=given.get("title") or _title(sections, _described(called)) or called,
        status=Status.UNKNOWN if status is Status.COMPLETED and not closes else status,
        status_word=word,
        created=given.get("created")
        or dates.parse_name(name)
        or dates.parse_name(folder)
        or _labelled_date(body, labels, wordings.CREATED_LABELS)
        or dates.parse_time(heading)
        or _first_date(body),
        updated=given.get("updated") or _labelled_date(body, labels, wordings.UPDATED_LABELS),
        modified=modified,
        branch=given.get("branch") or _labelled_branch(labels),
        author=given.get("author") or _value(labels, "author"),
        number=_number(f"session {_value(labels, 'session')}") or _number(heading) or _number(name),
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


def is_blank(document: Document, template: Template) -> bool:
    body = document.body[:_LONGEST_TEMPLATE]
    return not own_words(template.without_fields(body), template.guidance)


def parse_status(word: str | None) -> Status:
    """Return what a status word means, however it is decorated ("✅ **Done** - all green").

    Nothing is known of a sentence that begins with one ("complete rewrite under way"), of a choice
    ("done / paused"), and of what is done in part.
    """
    if word in _SPECIFIED:
        return _SPECIFIED[word]
    plain = _TAG_BEFORE.sub("", wordings.bare(word or "")).replace("*", "")
    plain = re.sub(r"^\W+", "", plain)
    if not plain:
        found = (one for one, (_, marks) in _STATUSES.items() if {*marks} & {*(word or "")})
        return next(found, Status.UNKNOWN)
    first = _END_OF_STATUS.split(plain, maxsplit=1)[0]
    status = _of_word(first)
    part = _IN_PART.match(plain, len(first.rstrip()))
    if part and (part["all"] is None or int(part["some"]) < int(part["all"])):
        return Status.UNKNOWN
    others = {_of_word(other) for other in re.split("[|/]", plain)[1:]} - {Status.UNKNOWN}
    return status if others <= {status} else Status.UNKNOWN


def is_completed(agent: Agent) -> bool:
    """Tell whether an agent's task is done, in whatever words."""
    return parse_status(agent.status) is Status.COMPLETED


def label(body: str, name: str) -> str | None:
    return _value(_labels(body), name)


def _found(text: str) -> _Found | None:
    if text[0] == "{":
        return _braced(text)
    opening = _OPENING.match(text)
    if opening is None:  # splitting would take what lies between any two rules for frontmatter
        return None
    rule, name = opening["rule"][:3], opening["name"].strip().lower()
    closing = re.compile(rf"^{re.escape(rule[0])}{{3,}}\s*$", re.MULTILINE)
    closed = closing.search(text, opening.end())
    if name not in _NAMED:
        if closed is None:
            return None
        raise ValueError(_UNKNOWN_FORM)
    if closed is None:
        raise ValueError(f"the frontmatter is never closed by a {rule} line")
    raw = text[opening.end() : closed.start()]
    return _Found(_NAMED[name] or _FORMS[rule], raw, opening.end(), closed.end())


def _braced(text: str) -> _Found | None:
    import json

    begin = text[: MAX_FRONTMATTER + 1]
    if not _JSON_KEY.match(begin):
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(begin)
    except (ValueError, RecursionError):
        raise ValueError(_UNKNOWN_FORM) from None
    blanks = _BLANKS.match(text, end)
    return _Found("JSON", text[:end], 0, blanks.end()) if blanks else None


def _load_yaml(raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import yaml

    raw = _NUMBER_SIGN.sub(lambda match: match[1] + _quoted(match[2]), raw)
    try:
        metadata = parse_yaml(raw)
    except Exception as error:  # noqa: BLE001  YAML's constructors raise whatever int() and the like do
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        detail = ""
        if isinstance(error, yaml.scanner.ScannerError | yaml.parser.ParserError):
            detail = f": {error.problem}"  # the others' messages quote the document
        return _mended(raw), (Problem(line, f"the frontmatter is not valid YAML{detail}"),)
    return _mapping(metadata, first_line)


def _load_toml(raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import tomllib

    # 64 KB of "a.a.a" take 14 s.
    is_too_deep = any(line.count(".") > 2 * _DEEPEST for line in raw.split("\n"))
    try:
        return tomllib.loads("=" if is_too_deep else raw), ()
    except Exception as error:  # noqa: BLE001  RecursionError, and what dates and numbers raise
        found = re.search(r"\(at line (\d+),", str(error))
        line = first_line + (int(found[1]) - 1 if found else 0)
        return {}, (Problem(line, "the frontmatter is not valid TOML"),)


def _load_json(raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import json

    raw = raw.strip()
    try:
        return _mapping(json.loads(raw if raw.startswith("{") else f"{{{raw}}}"), first_line)
    except (ValueError, RecursionError):
        return {}, (Problem(first_line, "the frontmatter is not valid JSON"),)


def _mapping(metadata: object, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    if metadata is None:
        return {}, ()
    if not isinstance(metadata, dict):
        return {}, (Problem(first_line, "the frontmatter is not a mapping of keys to values"),)
    return metadata, ()


def parse_yaml(raw: str) -> Any:
    """Load YAML that is nested and repeated no more than people do; raises what YAML raises.

    The C composer recurses, and 25,000 levels end the interpreter; a merge key with aliases of
    aliases takes forever. The parser's events tell both before it is too late.
    """
    import yaml
    from frontmatter.default_handlers import YAMLHandler  # with yaml: 15 ms

    depth = aliases = 0
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for event in yaml.parse(raw, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > _DEEPEST or aliases > _MOST_ALIASES:
            problem = "nested or repeated more than people write it"
            raise yaml.parser.ParserError(problem=problem)
    return YAMLHandler().load(raw)


def _parse_or_none(raw: str) -> Any:
    try:
        return parse_yaml(raw)
    except Exception:  # noqa: BLE001  as above; that it is not valid has been said
        return None


def _mended(raw: str) -> dict[Any, Any]:
    quoted = "\n".join(map(_with_text, raw.split("\n")[:_MOST_LINES]))
    metadata = _parse_or_none(quoted)
    return metadata if isinstance(metadata, dict) else _lines_that_hold(quoted)


def _with_text(line: str) -> str:
    match = _TEXT_LINE.fullmatch(line)
    if match is None or not _MAY_FAIL.match(match["text"]) or _BLOCK.fullmatch(match["text"]):
        return line
    is_valid = _parse_or_none(line.strip()) is not None
    return line if is_valid else match["key"] + _quoted(match["text"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _lines_that_hold(raw: str) -> dict[Any, Any]:
    """Deeper lines and list items are passed over: an agent's status is not the session file's."""
    found: dict[Any, Any] = {}
    block: dict[Any, Any] = found
    block_indent: int | None = 0
    for line in raw.splitlines():
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        if not words or words.startswith(("-", "#")):
            continue
        if indent == 0:
            block, block_indent = found, 0
            if words.endswith(":"):
                block, block_indent = {}, None
                found.setdefault(words[:-1], block)
                continue
        elif block_indent is None:
            block_indent = indent
        if indent == block_indent and isinstance(pairs := _parse_or_none(words), dict):
            for key, value in pairs.items():
                if not isinstance(value, dict | list | NoneType):
                    block.setdefault(key, value)
    return found


def _fields(frontmatter: Mapping[Any, Any] | None) -> dict[str, Any]:
    metadata = _by_key(frontmatter) or {}
    head = _by_key(metadata.get("session")) or metadata
    orchestration = _by_key(metadata.get("orchestration")) or metadata
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


def _of_word(word: str) -> Status:
    return _status_by_key().get(wordings.key(word), Status.UNKNOWN)


@cache
def _status_by_key() -> dict[str, Status]:
    found = _STATUSES.items()
    return {key: status for status, (words, _) in found for key in wordings.keys(words)}


def _by_key(value: object) -> dict[Any, Any] | None:
    """Return a mapping by its keys as 003 has them: "Last Updated" is the same."""
    if not isinstance(value, dict):
        return None
    spelled: dict[Any, Any] = {}
    for key, held in value.items():
        if isinstance(key, str):
            spelled.setdefault(key.casefold().replace("-", "_").replace(" ", "_"), held)
    return spelled | {key: held for key, held in value.items() if key in spelled}


def _named(mapping: Mapping[Any, Any], name: str, labels: tuple[str, ...]) -> object:
    if mapping.get(name):
        return mapping[name]
    known = wordings.keys(labels)
    found = (value for key, value in mapping.items() if value and wordings.key(key) in known)
    return next(found, None)


def _words(value: object) -> str | None:
    """YAML takes "[WIP]" for a list of words."""
    words = [_scalar(word) for word in value] if isinstance(value, list) else []
    return ", ".join(word for word in words if word) or None if all(words) else None


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, date):  # or a datetime, which is one
        return value.isoformat()
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_plain and abs(value) < 1e18 else None  # type: ignore[arg-type]


def _agents(value: object) -> tuple[Agent, ...]:
    if not isinstance(value, list):
        return ()
    entries = [entry for one in value[:200] if (entry := _by_key(one)) is not None]
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
    """Below it, or a first part about the session, labels speak of a task or a test."""
    head = body[:8000]
    parts = list(_PART.finditer(head))
    about_all = bool(parts) and _ABOUT_ALL.search(parts[0].group(1)) is not None
    ends = [match.start() for match in parts[1 if about_all else 0 :]]
    return head[: ends[0]] if ends else head


def _labels(body: str) -> _Labels:
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
    named = ((wordings.key(name), value.strip(" \t*_|·•;")) for name, value in found)
    return tuple((name, value) for name, value in named if value)


def _values(labels: _Labels, names: tuple[str, ...]) -> list[str]:
    return [value for name, value in labels if name in wordings.keys(names)]


def _value(labels: _Labels, *names: str) -> str | None:
    return next(iter(_values(labels, names)), None)


def _labelled_date(body: str, labels: _Labels, names: tuple[str, ...]) -> datetime | None:
    """Also in the last lines, and behind a sentence."""
    name = "|".join(re.escape(name) for name in names)
    pattern = (
        rf"(?:^[ \t>*_#-]*+|[.;·•|(—–][ \t*_]*+)(?:{name})[*_]*\s?[:：][ \t*_]*(\S[^\n]{{,60}})"
    )
    found = _values(labels, names)
    for part in (_head_of(body), body[-_FOOT:]):
        for value in (*found, *re.findall(pattern, part, re.IGNORECASE | re.MULTILINE)):
            if (moment := dates.parse_time(value)) is not None:
                return moment
    return None


def _first_date(body: str) -> datetime | None:
    lines = [line for line in body[:2_000].split("\n") if line.strip()][:_FIRST_LINES]
    moments = (dates.parse_time(line[:300]) for line in lines if _BEGINS_WITH_DATE.match(line))
    return next((moment for moment in moments if moment is not None), None)


def _labelled_status(labels: _Labels) -> str | None:
    """Return the first that means one: "clean" is git's, "PASS" a test's."""
    words = _values(labels, wordings.STATUS_LABELS)
    return next((word for word in words if parse_status(word) is not Status.UNKNOWN), None)


def _labelled_branch(labels: _Labels) -> str | None:
    """Return the first word where that is a branch's name: not of "merged to `dev`"."""
    value = _value(labels, *wordings.BRANCH_LABELS)
    found = re.match(r"`([^`]+)`|(\S*[\d/_-]\S*|\S+(?=\s*(?:$|[^\w\s])))", value or "")
    return (found[1] or found[2]) if found else None


def _title(sections: Sequence[Section], described: str | None) -> str | None:
    """Return the first heading, or the name's description where that heads a part."""
    top = next((section.title for section in sections if section.level == 1), "")
    title = _HEADING_PREFIX.sub("", top).strip()
    title = title if any(map(str.isalpha, _DATE_OR_TIME.sub("", title))) else top
    key = markdown.heading_key(top)
    means_a_part = any(key in words for words in wordings.PARTS)
    is_part = len(sections) > 1 and means_a_part and key not in wordings.DOCUMENT_TITLES
    return described if described and is_part else title or described


def _number(text: str | None) -> int | None:
    """Return the last number of "Session 2 → 3", "Session 38", "session-41"."""
    match = _SESSION_NUMBER.search(text or "")
    return int(match.group(2) or match.group(1)) if match else None


def _described(name: str) -> str | None:
    stem = re.sub(r"^[\d_T-]+", "", name.rpartition(".")[0] or name)
    return stem.replace("-", " ").replace("_", " ").strip() or None
