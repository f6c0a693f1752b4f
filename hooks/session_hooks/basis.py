"""What facts were gathered from, so that they can be brought up to date; and as text. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from session_hooks.document import Document, Status
from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

NEAR = 60
"""How many documents are told apart, more than evidence is gathered of: of those the next ones."""
MOST_NEAR = 120
"""How many may have become of them before they are chosen anew."""
MOST_BRANCHES = 20
"""How many branches are looked into, as many as a hook can name documents; each costs git up to ten
questions, a merged one three."""
_MOST_TREE = 500_000
"""Characters of a tree's paths that are kept; of a larger one git is asked."""


class Line(Value):
    """A line of commits, by the newest one."""

    tip: str
    """"" where nothing is committed yet."""
    when: float
    """Seconds since 1970."""


class Entry(Value):
    """A file as git's index has it."""

    mode: str
    blob: str


State = tuple[str, float, tuple[bool, ...]]
"""What tells a document's file from before: its digest, its time, and which of its dates are in the
future and don't count yet."""


class Basis(Value):
    """What facts were gathered from."""

    near: Mapping[str, State]
    """By their paths the documents that are told apart."""
    rest: str
    """What tells all the others from before."""
    detailed: tuple[str, ...]
    """Of which of them every detail was looked into."""
    indexed: Mapping[str, Entry]
    """Of these documents what git's index has; not those of which something odd is noted there."""
    lines: Mapping[str, Line]
    """By a branch's name the commits that its documents are seen against, where they are others
    than those of the working tree; those are ""."""
    other_branches: tuple[str, ...]
    """Which branches were looked into for another reason than these documents."""
    is_whole: bool
    """Whether the documents' last commits were told by the newest commits alone."""
    trees: Mapping[str, str]
    """By a commit's id its files' paths, each on a line."""


def state(document: Document, now: datetime) -> State:
    """Return what tells a document's file from before."""
    later: tuple[bool, ...] = ()
    # Those of a completed document decide nothing.
    if document.status is not Status.COMPLETED:
        dates = (document.updated, document.created, document.modified)
        later = tuple(date is not None and date > now for date in dates)
    return document.digest, document.modified.timestamp(), later


def rest(marks: Iterable[str]) -> str:
    """Return what tells documents from before by their marks; "" where there are none."""
    said = "\0".join(sorted(marks))
    return _digest(said) if said else ""


def tree(paths: str) -> str | None:
    """Return a tree's paths, between NULs, as they are kept; None where they aren't."""
    if len(paths) > _MOST_TREE or "\n" in paths:
        return None
    return paths.replace("\0", "\n")


def to_text(basis: Basis) -> str:
    """Return it as two lines of JSON, the trees apart: hardly ever are they read."""
    lines = (json.dumps(basis[:-1], separators=(",", ":")), json.dumps(basis.trees))
    return "\n".join(f"{_digest(line)} {line}" for line in lines)


def from_text(text: str) -> Basis | None:
    """Read what ``to_text`` wrote, but for the trees; None for anything else."""
    row = _line(text.partition("\n")[0])
    if row is None:
        return None
    near, others, detailed, index, lines, other_branches, is_whole = row
    return Basis(
        {path: (said, modified, tuple(later)) for path, (said, modified, later) in near.items()},
        others,
        tuple(detailed),
        {path: Entry(*one) for path, one in index.items()},
        {name: Line(*one) for name, one in lines.items()},
        tuple(other_branches),
        is_whole,
        {},
    )


def trees_from_text(text: str) -> Mapping[str, str]:
    """Read the trees; none where they are damaged."""
    return _line(text.partition("\n")[2]) or {}


def _line(line: str) -> Any:
    said, _, row = line.partition(" ")
    return json.loads(row) if said == _digest(row) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
