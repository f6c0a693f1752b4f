"""Which documents are copies of others: backups, and the same text twice. Pure."""

import re
from collections.abc import Iterable

from session_hooks.document import Document, Status
from session_hooks.formats import session
from session_hooks.patterns import pattern

_WORDS = "bak|backup|old|orig|original|copy|copie|copia|kopie"
_COPY = pattern(
    rf"(?P<name>.+?)(?:[ ._-]+(?:{_WORDS})[ ._-]?\d*| ?\(\d+\)|\.md|~)"
    rf"|(?:{_WORDS}) (?:of|de|von) (?P<of>.+)",
    re.IGNORECASE,
)
"""What people and their file managers call a copy, without the ending ".md"."""


def copies(documents: Iterable[Document]) -> dict[str, str]:
    """Return by a copy's path the path of what it is a copy of.

    A name that says so is one of the file of that name beside it, whatever is in it by now; of
    equal texts the one counts whose name doesn't look like a copy's, then the shortest, then the
    first. Completed session files are active in no case.
    """
    open_ones = [one for one in documents if not _is_closed(one)]
    paths = {one.path for one in open_ones}
    found: dict[str, str] = {}
    by_text: dict[tuple[str, str], list[str]] = {}
    for one in open_ones:
        original = _original(one.path)
        if original != one.path and original in paths:
            found[one.path] = original
        elif one.digest:
            by_text.setdefault((one.format, one.digest), []).append(one.path)
    for same in by_text.values():
        best, *others = sorted(same, key=_likeness)
        found |= dict.fromkeys(others, best)
    # A copy of a copy is one of what counts.
    return {path: found.get(original, original) for path, original in found.items()}


def _is_closed(document: Document) -> bool:
    return document.status is Status.COMPLETED and document.format == session.NAME


def _likeness(path: str) -> tuple[bool, int, str]:
    return _original(path) != path, len(path), path


def _original(path: str) -> str:
    """Return the path of which another one is a copy's, by its name; the path itself for others."""
    folder, slash, name = path.rpartition("/")
    stem = name.removesuffix(".md")
    while found := _COPY.fullmatch(stem):
        stem = found["name"] or found["of"]
    return f"{folder}{slash}{stem}.md"
