"""A document's head as text, to be remembered, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from session_hooks.document import Agent, Boxes, Document, Problem, Status

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

_TIMES = ("created", "updated")
_ELSEWHERE = ("path", "modified", "body", "digest")
"""Fields that the file or its entry tells."""
_KEPT = tuple(name for name in Document._fields if name not in _ELSEWHERE)
_TEXTS = ("format", "title", "head")
_NUMBERS = ("body_line", "has_frontmatter")
_NOT_ALWAYS = (
    "status_word", "branch", "author", "issue", "issue_url", "current_task",
)  # fmt: skip


def to_text(document: Document) -> str:
    """Return all of a document but its body, and what its file tells."""
    held: dict[str, Any] = {name: getattr(document, name) for name in _KEPT}
    held["status"] = document.status.value
    for name in _TIMES:
        held[name] = held[name] and held[name].isoformat()
    return json.dumps(list(held.values()), separators=(",", ":"))


def from_text(
    text: str, path: str, modified: datetime, digest: str, content: str
) -> Document | None:
    """Return what ``to_text`` was given; None for what it never returned.

    ``content`` is the document's own text, of the same ``digest``: its body is the rest of it.
    """
    try:
        held = dict(zip(_KEPT, json.loads(text), strict=True))
        if not _is_of_our_types(held):
            return None
        held["status"] = Status(held["status"])
        for name in _TIMES:
            held[name] = held[name] and datetime.fromisoformat(held[name])
        held["agents"] = tuple(Agent(*one) for one in held["agents"])
        held["given"] = None if held["given"] is None else tuple(held["given"])
        held["boxes"] = Boxes(*held["boxes"])
        held["problems"] = tuple(Problem(*one) for one in held["problems"])
        body = content[len(held["head"]) :]
        held |= {"path": path, "modified": modified, "body": body, "digest": digest}
        return Document._make(held[name] for name in Document._fields)
    except (ValueError, TypeError, KeyError):
        return None


def _is_of_our_types(held: Mapping[str, Any]) -> bool:
    return (
        all(isinstance(held[name], str) for name in _TEXTS)
        and all(isinstance(held[name], int) for name in _NUMBERS)
        and all(held[name] is None or isinstance(held[name], str) for name in _NOT_ALWAYS)
        and all(isinstance(number, int) for number in held["boxes"])
        and (held["given"] is None or all(name in _KEPT for name in held["given"]))
        and (held["number"] is None or isinstance(held["number"], int))
    )
