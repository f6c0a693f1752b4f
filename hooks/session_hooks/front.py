"""A document's text split into its frontmatter and its body, whatever state they are in."""

from __future__ import annotations

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
MAX_DEPTH = 20
MAX_ALIASES = 20
_RULE = "---"
_BELOW = pattern(r"\n[^\S\n]*\S")
"""How a body begins: the rule above it takes all blank lines but the last line end."""


class Front(Value):
    """What stands before and after the frontmatter's closing line."""

    metadata: dict[Any, Any] | None
    """The frontmatter; None where there is none."""
    body: str
    body_line: int
    """The body's first line in the file, counted from 1."""
    problems: tuple[Problem, ...]


def split(text: str) -> Front:
    """Split ``text`` as python-frontmatter does, keeping line numbers; never raises.

    Frontmatter that isn't valid YAML is read line by line instead: each ``key: value`` that is
    valid on its own is kept, nested or not, and the problem names the line that YAML refused.
    """
    stripped = text.lstrip()
    if not stripped.startswith(_RULE):
        return Front(None, text, 1, ())
    from frontmatter.default_handlers import YAMLHandler  # and with it yaml: 15 ms

    handler = YAMLHandler()
    opening = handler.FM_BOUNDARY.match(stripped) if handler.FM_BOUNDARY else None
    if opening is None:  # split() would take what lies between any two rules for frontmatter
        return Front(None, text, 1, ())
    try:
        raw, body = handler.split(stripped)
    except ValueError:
        return Front(None, text, 1, (Problem(1, "the frontmatter is never closed by a --- line"),))
    first_line = text[: len(text) - len(stripped)].count("\n") + 1
    body_line = first_line + stripped[: len(stripped) - len(body)].count("\n")
    if len(raw) > MAX_FRONTMATTER:
        problem = Problem(
            first_line, f"the frontmatter is longer than {MAX_FRONTMATTER} characters"
        )
        return Front({}, body, body_line, (problem,))
    raw_line = first_line + stripped[: opening.end()].count("\n")
    metadata, problems = _load(handler, raw, raw_line)
    return Front(metadata, body, body_line, problems)


def body_below(head: str, text: str) -> str | None:
    """Return the body of a text that has the same frontmatter as one that was split; else None.

    ``head`` is what stood above that one's body, its rules included. Where this returns a body,
    ``split`` would return the same and what it returned for that one's frontmatter.
    """
    if not head or not text.startswith(head):
        return None
    return text[len(head) :] if _BELOW.match(text, len(head)) else None


def _load(handler: Any, raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import yaml

    try:
        metadata = _load_bounded(handler, raw)
    except Exception as error:  # noqa: BLE001  YAML's constructors raise whatever int() and the like do
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        # Only these speak in words of their own; the others' messages quote the document.
        speaks = isinstance(
            error, yaml.scanner.ScannerError | yaml.parser.ParserError | TooMuchError
        )
        detail = f": {getattr(error, 'problem', error)}" if speaks else ""
        problem = Problem(line, f"the frontmatter is not valid YAML{detail}")
        return _lines_that_hold(handler, raw), (problem,)
    if metadata is None:
        return {}, ()
    if not isinstance(metadata, dict):
        return {}, (Problem(first_line, "the frontmatter is not a mapping of keys to values"),)
    return metadata, ()


class TooMuchError(Exception):
    """YAML that nobody writes by hand."""


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
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            raise TooMuchError("nested or repeated more than people write it")
    return handler.load(raw)


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
