"""A document's text to its frontmatter's values and its body, whatever state they are in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType

from session_hooks.document import Problem
from session_hooks.patterns import pattern
from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

MAX_FRONTMATTER = 64 * 1024
"""Characters. More than any person writes."""
_OPENING = pattern(
    r"(?P<rule>-{3,}|\+{3,}|;{3,})(?P<name>[ \t]*(?:ya?ml|toml|json)|[a-z]{1,10}|)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_ON_ONE_LINE = pattern(r"---[ \t]+(?P<raw>[^\n]*\S)[ \t]+---\s*$", re.MULTILINE)
_FORMS = {"---": "YAML", "+++": "TOML", ";;;": "JSON"}
_NAMED = {"": None, "yaml": "YAML", "yml": "YAML", "toml": "TOML", "json": "JSON"}
_BLANKS = pattern(r"\s*$", re.MULTILINE)
_JSON_KEY = pattern(r'\{\s*"[^"\n]*"\s*:')
_JSON_END = pattern(r"^\}\s*$", re.MULTILINE)
_PAIR_ON_A_LINE = pattern(
    r"(?:title|status|created|updated|date|branch|author)\s*:\s", re.IGNORECASE
)


class Front(Value):
    """What stands before and after the frontmatter's closing line."""

    metadata: dict[Any, Any] | None
    """The frontmatter; None where there is none."""
    body: str
    body_line: int
    """The body's first line in the file, counted from 1."""
    problems: tuple[Problem, ...]


class _Found(Value):
    """Frontmatter where it was found in a text that begins with it."""

    form: str
    raw: str
    begin: int
    """Where ``raw`` begins in the text."""
    end: int
    """Where the body begins."""


class _UnreadError(Exception):
    """What begins like frontmatter and isn't read; a message says why, where its form isn't."""


def split(text: str) -> Front:
    """Split ``text`` into YAML, TOML or JSON and a body, keeping line numbers; never raises.

    As python-frontmatter does it: between ``---``, ``+++`` or ``;;;``, or JSON's own braces; with
    the form's name behind the rule, too, or all of it on one line.
    """
    stripped = text.lstrip()
    if not stripped.startswith(("---", "+++", ";;;", "{")):
        return Front(None, text, 1, ())
    first_line = text[: len(text) - len(stripped)].count("\n") + 1
    try:
        found = _found(stripped)
    except _UnreadError as error:
        message = str(error) or "frontmatter in a form that is not read"
        return Front(None, text, 1, (Problem(first_line, message),))
    if found is None:
        return Front(None, text, 1, ())
    body_line = first_line + stripped.count("\n", 0, found.end)
    body = stripped[found.end :]
    if len(found.raw) > MAX_FRONTMATTER:
        problem = Problem(
            first_line, f"the frontmatter is longer than {MAX_FRONTMATTER} characters"
        )
        return Front({}, body, body_line, (problem,))
    raw_line = first_line + stripped.count("\n", 0, found.begin)
    metadata, problems = load(found.form, found.raw, raw_line)
    return Front(metadata, body, body_line, problems)


def _found(text: str) -> _Found | None:
    """Find the frontmatter that a text begins with, in whatever form; None where there is none."""
    if text[0] == "{":
        return _braced(text)
    opening = _OPENING.match(text)
    if opening is None:  # splitting would take what lies between any two rules for frontmatter
        return _on_one_line(text)
    rule, name = opening["rule"][:3], opening["name"].strip().lower()
    closing = re.compile(rf"^{re.escape(rule[0])}{{3,}}\s*$", re.MULTILINE)
    closed = closing.search(text, opening.end())
    if name not in _NAMED:
        if closed is None:
            return None
        raise _UnreadError
    if closed is None:
        raise _UnreadError(f"the frontmatter is never closed by a {rule} line")
    raw = text[opening.end() : closed.start()]
    return _Found(_NAMED[name] or _FORMS[rule], raw, opening.end(), closed.end())


def _on_one_line(text: str) -> _Found | None:
    line = _ON_ONE_LINE.match(text)
    if line is None or not _PAIR_ON_A_LINE.match(line["raw"]):
        return None
    return _Found("YAML", line["raw"], line.start("raw"), line.end())


def _braced(text: str) -> _Found | None:
    import json

    begin = text[: MAX_FRONTMATTER + 1]
    if not _JSON_KEY.match(begin):
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(begin)
    except (ValueError, RecursionError):
        closing = _JSON_END.search(text)
        if closing is None:
            raise _UnreadError from None
        end = closing.start() + 1
    blanks = _BLANKS.match(text, end)
    return _Found("JSON", text[:end], 0, blanks.end()) if blanks else None


_DEEPEST = 20
_MOST_ALIASES = 20
_MOST_LINES = 1000
"""How many lines are tried one by one where they are not valid together."""
_KEYS = "title|status|created|updated|last_updated|date|branch|author|issue"
_KEY_ON_A_LINE = pattern(rf"(?:^|[\s|·•;,]+)({_KEYS})[ \t]*:[ \t]+", re.IGNORECASE)
_TEXT_LINE = pattern(r"(?P<key>\s*(?:- )?\w[\w -]*:[ \t]+)(?P<text>\S.*?)\s*")
_TOML_LINE = pattern(r"(?P<key>\w[\w-]*)\s*=\s*(?P<text>\S.*?)\s*")
_TOML_TABLE = pattern(r"\[\s*(\w[\w-]*)\s*\]\s*(?:#.*)?")
_BLOCK = pattern(r"[|>][+-]?\d?[+-]?(?:\s+#.*)?")
_MAY_FAIL = pattern(r"[\[\]{}@`*&!%|>'\"#,?:-]|.*(?::(?:\s|$)|\s#)")
"""How a text begins, or what is in it, that YAML may not take for text."""
_NUMBER_SIGN = pattern(
    r"^([ \t]*(?:- )?\w[\w -]*:[ \t]+)((?:#\w|[^\s'\"|>\[{&*!#].*?\s#\d).*?)(?=[ \t]*$)",
    re.MULTILINE,
)
"""A line with a number sign that nobody means as a comment: "#42 export", "Mend #42"."""


def load(form: str, raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    """Return what YAML, TOML or JSON says, and what is wrong with it; never raises.

    What isn't valid is read line by line: each ``key: value`` is kept, as text where it isn't valid
    on its own, and the problem names the line that was refused.
    """
    if form == "TOML":
        return _load_toml(raw, first_line)
    return (_load_json if form == "JSON" else _load_yaml)(raw, first_line)


def _load_yaml(raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import yaml
    from frontmatter.default_handlers import YAMLHandler  # with yaml: 15 ms

    handler = YAMLHandler()
    raw = _NUMBER_SIGN.sub(lambda match: match[1] + _quoted(match[2]), raw)
    try:
        metadata = _load_bounded(handler, raw)
    except Exception as error:  # noqa: BLE001  YAML's constructors raise whatever int() and the like do
        if "\n" not in raw.strip() and len(pairs := _pairs_on_a_line(raw.strip())) > 1:
            return pairs, ()
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        # Only these speak in words of their own; the others' messages quote the document.
        speaks = isinstance(
            error, yaml.scanner.ScannerError | yaml.parser.ParserError | TooMuchError
        )
        detail = f": {getattr(error, 'problem', error)}" if speaks else ""
        problem = Problem(line, f"the frontmatter is not valid YAML{detail}")
        return _mended(handler, raw), (problem,)
    return _mapping(metadata, first_line)


def _load_toml(raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    try:
        return _load_toml_bounded(raw), ()
    except Exception as error:  # noqa: BLE001  RecursionError, and what dates and numbers raise
        said = re.search(r"\(at line (\d+),", str(error))
        line = first_line + (int(said[1]) - 1 if said else 0)
        return _toml_lines_that_hold(raw), (Problem(line, "the frontmatter is not valid TOML"),)


def _load_toml_bounded(raw: str) -> dict[str, Any]:
    """Load TOML with keys that are nested no deeper than people do: 64 KB of "a.a.a" take 14 s."""
    import tomllib

    if any(line.count(".") > 2 * _DEEPEST for line in raw.split("\n")):
        raise TooMuchError
    return tomllib.loads(raw)


def _load_json(raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import json

    raw = raw.strip()
    try:
        return _mapping(json.loads(raw if raw.startswith("{") else f"{{{raw}}}"), first_line)
    except (ValueError, RecursionError):
        # YAML takes what people add: a last comma, a remark.
        metadata, _ = _load_yaml(raw.expandtabs(), first_line)
        return metadata, (Problem(first_line, "the frontmatter is not valid JSON"),)


def _mapping(metadata: object, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    if metadata is None:
        return {}, ()
    if not isinstance(metadata, dict):
        return {}, (Problem(first_line, "the frontmatter is not a mapping of keys to values"),)
    return metadata, ()


def _pairs_on_a_line(line: str) -> dict[Any, Any]:
    """Read "title: Export | status: done", or with no more than blanks between them."""
    found = list(_KEY_ON_A_LINE.finditer(line))
    ends = [*(match.start() for match in found[1:]), len(line)]
    pairs = ((match[1], line[match.end() : end]) for match, end in zip(found, ends, strict=False))
    return {key: value.strip() for key, value in pairs}


class TooMuchError(Exception):
    """What nobody writes by hand."""


def _load_bounded(handler: Any, raw: str) -> Any:
    """Load YAML that is nested and repeated no more than people do; raises what YAML raises.

    The C composer recurses, and 25,000 levels end the interpreter; a merge key with aliases of
    aliases takes forever. The parser's events cost little and tell both before it is too late.
    """
    import yaml

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
            raise TooMuchError("nested or repeated more than people write it")
    return handler.load(raw)


def _mended(handler: Any, raw: str) -> dict[Any, Any]:
    """Read what is not valid: each line that isn't so on its own as a key and a text."""
    lines = raw.split("\n")
    quoted = "\n".join([_with_text(handler, line) for line in lines[:_MOST_LINES]])
    try:
        metadata = _load_bounded(handler, quoted)
    except Exception:  # noqa: BLE001  as above
        metadata = None
    return metadata if isinstance(metadata, dict) else _lines_that_hold(handler, quoted)


def _with_text(handler: Any, line: str) -> str:
    """Return a line with its text in quotes, where YAML doesn't take it for one."""
    match = _TEXT_LINE.fullmatch(line)
    if match is None or not _MAY_FAIL.match(match["text"]) or _BLOCK.fullmatch(match["text"]):
        return line
    try:
        _load_bounded(handler, line.strip())
    except Exception:  # noqa: BLE001  as above
        return match["key"] + _quoted(match["text"])
    return line


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _lines_that_hold(handler: Any, raw: str) -> dict[Any, Any]:
    """Read line by line what is not valid as a whole: ``key: value``, and one level of blocks.

    A line counts if it is valid YAML on its own. Deeper lines and list items are passed over:
    an agent's status is not the session file's.
    """
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
        if indent == block_indent:
            for key, value in _pairs(handler, words):
                block.setdefault(key, value)
    return found


def _pairs(handler: Any, line: str) -> Iterator[tuple[Any, Any]]:
    try:
        value = _load_bounded(handler, line)
    except Exception:  # noqa: BLE001  as above; this line is lost, and the problem has been noted
        return
    if isinstance(value, dict):
        yield from ((k, v) for k, v in value.items() if not isinstance(v, dict | list | NoneType))


def _toml_lines_that_hold(raw: str) -> dict[Any, Any]:
    """Read line by line what is not valid TOML: ``key = value``, and one level of tables."""
    found: dict[Any, Any] = {}
    table = found
    for line in raw.split("\n")[:_MOST_LINES]:
        if name := _TOML_TABLE.fullmatch(line.strip()):
            held = found.setdefault(name[1], {})
            table = held if isinstance(held, dict) else {}
        elif pair := _TOML_LINE.fullmatch(line.strip()):
            try:
                value = _load_toml_bounded(line)[pair["key"]]
            except Exception:  # noqa: BLE001  as above
                value = pair["text"].strip("\"'")
            table.setdefault(pair["key"], value)
        elif line.strip().startswith("["):
            table = {}  # of a list or deeper: passed over
    return found
