"""A document's text split into its frontmatter and its body, whatever state they are in."""

from __future__ import annotations

import re

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
    from session_hooks import front_values

    metadata, problems = front_values.load(found.form, found.raw, raw_line)
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
