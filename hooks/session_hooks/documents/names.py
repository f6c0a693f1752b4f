"""Tell by a file's name whether it is a document."""

import re
from collections.abc import Iterable
from datetime import datetime

from session_hooks.documents.locations import FEW, WORDS
from session_hooks.util import dates
from session_hooks.util.lazy import pattern

MOST = 100
"""How many with a date are read in a folder that may be for something else, too."""

_README, _INDEX, _TEMPLATE, _EXAMPLE, _GUIDE = (
    "a README", "an index", "a template", "an example", "a guide"
)  # fmt: skip
_KINDS = {
    "readme": _README, "index": _INDEX, "toc": _INDEX,
    "template": _TEMPLATE, "templates": _TEMPLATE,
    "example": _EXAMPLE, "examples": _EXAMPLE, "sample": _EXAMPLE,
    "convention": _GUIDE, "conventions": _GUIDE, "guide": _GUIDE, "guidelines": _GUIDE,
    "instructions": _GUIDE, "protocol": _GUIDE, "howto": _GUIDE,
    "agents": _GUIDE, "claude": _GUIDE, "contributing": _GUIDE,
}  # fmt: skip
"""By the word that is all of a name: what that is, and no document."""
_BEGINNINGS = ("readme", "template", "example", "howto")
"""Those that say so at a name's beginning, too: "index-migration" is work on one."""
_ENDS = ("template", "example")
"""And at its end, where it has no date: "2026-01-05-example" is work on one."""
_SAYS_SO = pattern(WORDS, re.IGNORECASE)
_NUMBER = pattern(r"\d{1,18}")
_Order = tuple[list[int], str]


def is_markdown(name: str) -> bool:
    """Tell whether a file is markdown."""
    return name.casefold().endswith((".md", ".markdown"))


def is_prose(name: str) -> bool:
    """Tell whether a file may be a document: markdown that its name calls nothing else."""
    return is_markdown(name) and kind(name) is None


def kind(name: str) -> str | None:
    """Return what a markdown file's name calls it instead of a document; None for nothing."""
    stem = name.rpartition(".")[0].casefold()
    # Ten thousand of them begin with a digit: looking closer takes a µs each.
    if stem[:1].isdigit() and not stem.endswith(_ENDS):
        return None
    if stem.startswith(".") or not stem:
        return "a hidden file"
    if stem.startswith("yyyy"):
        return _TEMPLATE
    words = re.findall(r"[^\W_]+", re.sub(r"how[-_ ]to(?![^\W_])", "howto", stem)) or [""]
    if len(words) == 1 or words[0] in _BEGINNINGS:
        return _KINDS.get(words[0])
    if words[-1] in _ENDS and dates.parse_name(name) is None:
        return _KINDS[words[-1]]
    return None


def tells(name: str) -> bool:
    """Tell whether a name says that a file is a document: it has a date, or a word for one."""
    return _SAYS_SO.search(name) is not None or dates.parse_name(name) is not None


def likely(names: Iterable[str]) -> frozenset[str]:
    """Return which files are read in a folder that may be for something else, too.

    Those whose names tell, the newest by their names; and the others where they are few.
    """
    dated: list[tuple[datetime, _Order]] = []
    telling: list[_Order] = []
    others: list[_Order] = []
    for name in filter(is_markdown, names):
        moment = dates.parse_name(name)
        if moment is not None:
            dated.append((moment, _order(name)))
        else:
            (telling if _SAYS_SO.search(name) else others).append(_order(name))
    newest = [order for _, order in sorted(dated, reverse=True)][:MOST]
    newest += sorted(telling, reverse=True)[:FEW]
    newest += others if len(others) <= FEW else []
    return frozenset(name for _, name in newest if kind(name) is None)


def _order(name: str) -> _Order:
    """Return what puts "handoff-9" before "handoff-41"."""
    return [int(number) for number in _NUMBER.findall(name)], name
