"""A document's text split into its frontmatter and its body, whatever state they are in."""

from typing import Any, NamedTuple

from session_hooks.document import Problem

MAX_FRONTMATTER = 64 * 1024
"""Characters. More than any person writes, and little enough for any YAML to be read in time."""


class Front(NamedTuple):
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
    from frontmatter.default_handlers import YAMLHandler  # and with it yaml: 25 ms

    handler = YAMLHandler()
    stripped = text.lstrip()
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


def _load(handler: Any, raw: str, first_line: int) -> tuple[dict[Any, Any], tuple[Problem, ...]]:
    import yaml

    try:
        metadata = handler.load(raw)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: the 31st of June
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        what = getattr(error, "problem", None) or str(error).partition("\n")[0]
        problem = Problem(line, f"the frontmatter is not valid YAML: {what}")
        return _lines_that_hold(handler, raw), (problem,)
    if metadata is None:
        return {}, ()
    if not isinstance(metadata, dict):
        return {}, (Problem(first_line, "the frontmatter is not a mapping of keys to values"),)
    return metadata, ()


def _lines_that_hold(handler: Any, raw: str) -> dict[Any, Any]:
    """Read each line as YAML of its own; the first line that gives a key a plain value wins."""
    import yaml

    found: dict[Any, Any] = {}
    for line in raw.splitlines():
        try:
            value = handler.load(line.strip())
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            for key, item in value.items():
                if item is not None and not isinstance(item, dict | list):
                    found.setdefault(key, item)
    return found
