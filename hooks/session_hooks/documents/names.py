"""Tell by a file's name whether it is a document."""

import re
from collections.abc import Iterable
from datetime import datetime

from session_hooks.documents.locations import FEW, WORDS
from session_hooks.util import dates
from session_hooks.util.lazy import pattern

MOST = 100
"""How many with a date are read in a folder that may be for something else, too."""

_KINDS = {
    "readme": "a README",
    **dict.fromkeys(("index", "toc"), "an index"),
    **dict.fromkeys(("template", "templates"), "a template"),
    **dict.fromkeys(("example", "examples", "sample"), "an example"),
    **dict.fromkeys(
        (
            "convention", "conventions", "guide", "guidelines", "instructions", "protocol", "howto",
            "agents", "claude", "contributing",
        ),
        "a guide",
    ),
}  # fmt: skip
"""By the word that is all of a name: what that is, and no document."""
_BEGINNINGS = ("readme", "template", "example", "howto")
"""Those that say so at a name's beginning, too: "index-migration" is work on one."""
_ENDS = ("template", "example")
"""And at its end, where it has no date: "2026-01-05-example" is work on one."""
_SAYS_SO = pattern(WORDS, re.IGNORECASE)
_NUMBER = pattern(r"\d{1,18}")
_Order = tuple[list[int], str]
"""Puts "handoff-9" before "handoff-41"."""


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
        return _KINDS["template"]
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
    return [int(number) for number in _NUMBER.findall(name)], name
