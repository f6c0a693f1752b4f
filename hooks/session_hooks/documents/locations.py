"""Where documents lie, and what they are called. Imported by every start: builtins alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from session_hooks.project import state
from session_hooks.project.project import SESSIONS
from session_hooks.util.lazy import pattern

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from datetime import datetime

ANY = "any markdown file"
DATED = "names with a date, or with a session's number"
LIKELY = "names with a date or a word that says so; where there are few others, those too"
FEW = 50  # how many others are few, and how many with such a word and no date are read
MOST = 100  # how many with a date are read there
_SAYS_SO = pattern(r"hand[-_ ]?(?:off|over)|session", re.IGNORECASE)
_DATE = pattern(r"(?:19|20)\d\d[-_]?\d\d[-_]?\d\d")
_NUMBER = pattern(r"\d{1,18}")
_OF_A_SESSION = pattern(r"session[-_ ]?\d", re.IGNORECASE)
_KINDS = {  # by the word that is all of a name: what that is, and no document
    word: kind
    for kind, words in (
        ("a README", "readme"),
        ("an index", "index toc"),
        ("a template", "template templates"),
        ("an example", "example examples sample"),
        ("a guide", "convention conventions guide guidelines instructions protocol howto"),
        ("a guide", "agents claude contributing"),
    )
    for word in words.split()
}
_BEGINNINGS = ("readme", "template", "example", "howto")  # "index-migration" is work on one
_ENDS = ("template", "example")  # "2026-01-05-example" is work on one

NEXT, NEXT_SESSION = "next", "NEXT_SESSION.md"
HANDOFFS = (
    "HANDOFF.md", "HANDOVER.md", "SESSION_HANDOFF.md", "NEXT_SESSION_PROMPT.md", "SESSION_NOTES.md",
)  # fmt: skip
_TOP = ("", "docs", ".claude")

Names = str | tuple[str, ...]

TABLE: tuple[tuple[str, Names, tuple[str, ...]], ...] = (
    # The format, the names, as ``is_named`` has them, and the places: folders, "" for the project
    # itself; what ends in "/*", each folder in one; what ends in ".md", that file.
    # A text that opens as a handoff prompt is one wherever it lies (004, "Header"); without that
    # line HANDOFF.md and its kind are handoffs.
    ("session", ANY, (SESSIONS,)),
    (NEXT, (NEXT_SESSION,), _TOP),
    ("handoff", ANY, ("session-handoffs", "docs/session-handoffs")),
    (
        "handoff",
        LIKELY,
        (
            "handoffs", "docs/handoffs", "docs/handoff", ".claude/handoffs", ".agents/handoffs",
            "thoughts/shared/handoffs", "thoughts/shared/handoffs/*", ".claude/sessions",
        ),
    ),
    ("handoff", ANY, ("memory-bank/activeContext.md", ".planning/STATE.md")),
    (
        "journal",
        DATED,
        ("sessions", "docs/sessions", "dev-journal", "docs/dev-journal", "docs/journal"),
    ),
    ("prompt", HANDOFFS, _TOP),
)  # fmt: skip

PLACES = {  # unless a project says otherwise
    form: tuple(place for of, _, places in TABLE if of == form for place in places)
    for form, _, _ in TABLE
}


def parts(place: str) -> tuple[str, str | None]:
    """Return a place's folder, and the one file in it that is meant; None for all that fit."""
    if not place.casefold().endswith(".md"):
        return place, None
    folder, _, name = place.rpartition("/")
    return folder, name


def is_one_file(path: str, places: tuple[str, ...]) -> bool:
    """Some documents are written anew in their place."""
    name = path.rpartition("/")[2]
    return path in places or is_named(name, HANDOFFS)


def holds(place: str, folder: str) -> bool:
    if place.endswith("/*"):
        return folder.rpartition("/")[0] == place[:-2]
    return folder == place


def names_in(form: str, place: str, places: tuple[str, ...]) -> Names:
    """A folder that a project names itself is the format's own."""
    rows = [(names, among) for of, names, among in TABLE if of == form]
    if places == PLACES[form]:
        return next(names for names, among in rows if place in among)
    return rows[0][0]


def fits(form: str, name: str) -> bool:
    """Tell whether a file may be a format's by its name, in a folder that is the format's own."""
    names = names_in(form, "", ())
    if isinstance(names, tuple):
        return is_named(name, names)
    return is_prose(name) and (names != DATED or _is_dated(name))


def is_named(name: str, names: Iterable[str]) -> bool:
    """Tell whether a file has one of some names: "next-session.md" is NEXT_SESSION.md."""
    return _spelled(name) in map(_spelled, names)


def _spelled(name: str) -> str:
    return name.casefold().replace("-", "_")


def is_bare(root: str, git_top: str | None, environ: Mapping[str, str]) -> bool:
    """``root`` has no folder of session files."""
    return not (
        any(_may_have_one(root, place, among) for _, among, places in TABLE for place in places)
        or state.has_other_worktrees(git_top)
        or any(os.path.lexists(folder) for folder in _state_folders(root, git_top, environ))
    )


def is_markdown(name: str) -> bool:
    return name.casefold().endswith((".md", ".markdown"))


def is_prose(name: str) -> bool:
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
    if words[-1] in _ENDS and _date_in(name) is None:
        return _KINDS[words[-1]]
    return None


def tells(name: str) -> bool:
    return _SAYS_SO.search(name) is not None or _date_in(name) is not None


def likely(names: Iterable[str]) -> frozenset[str]:
    """Return those whose names tell, the newest by their names; and others where they are few."""
    moments = {name: _date_in(name) for name in names if is_markdown(name)}
    dated = [(moment, _order(name)) for name, moment in moments.items() if moment]
    undated = [name for name, moment in moments.items() if not moment]
    telling = [name for name in undated if _SAYS_SO.search(name)]
    others = [name for name in undated if not _SAYS_SO.search(name)]
    chosen = [name for _, (_, name) in sorted(dated, reverse=True)][:MOST]
    chosen += sorted(telling, key=_order, reverse=True)[:FEW]
    chosen += others if len(others) <= FEW else []
    return frozenset(name for name in chosen if kind(name) is None)


def _is_dated(name: str) -> bool:
    return _OF_A_SESSION.match(name) is not None or _date_in(name) is not None


def _date_in(name: str) -> datetime | None:
    from session_hooks.util.dates import parse_name  # a start that is answered at once needs none

    return parse_name(name)


def _order(name: str) -> tuple[list[int], str]:
    """Put "handoff-9" before "handoff-41"."""
    return [int(number) for number in _NUMBER.findall(name)], name


def _may_have_one(root: str, place: str, among: Names) -> bool:
    """Ten thousand notes take 5 ms."""
    folder, only = parts(place.removesuffix("/*"))
    path = os.path.join(root, folder)
    if only is None and (among == ANY or folder != place):
        return os.path.lexists(path)
    try:
        found = os.listdir(path)
    except OSError:  # a folder that can't be read is told of nowhere
        return False
    if only or isinstance(among, tuple):
        known = {_spelled(name) for name in ((only,) if only else among)}
        return any(_spelled(name) in known for name in found)
    tells_so = _SAYS_SO if among == LIKELY else _OF_A_SESSION
    if any(_DATE.search(name) or tells_so.search(name) for name in found):
        return True
    return among == LIKELY and 0 < sum(map(is_markdown, found)) <= FEW


def _state_folders(root: str, git_top: str | None, environ: Mapping[str, str]) -> list[str]:
    """The second place's name takes longer to find out."""
    home = state.state_home(environ)
    if home is None or not os.path.lexists(os.path.join(home, state.STATE_FOLDER)):
        first = state.first_state_folder(root, git_top, {})
        return [] if first is None else [first]
    return state.state_folders(root, git_top, environ)
