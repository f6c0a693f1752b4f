"""The table of places where documents lie; detect projects without any, so that hooks exit early.

A format's row here and the module of its name in ``formats`` are all that it takes. Imported by
every start: builtins alone.
"""

import os
from collections.abc import Mapping

from session_hooks.project import state
from session_hooks.project.project import SESSIONS

ANY = "any markdown file"
DATED = "names with a date"
LIKELY = "names with a date or a word that says so; where there are few others, those too"
"""Of a folder that may be for something else, too."""
FEW = 50
"""How many others are few; and how many are read whose names have such a word and no date."""
WORDS = r"hand[-_ ]?(?:off|over)|session"
"""The words that say so, in any case of their letters."""
DATES = r"(?:19|20)\d\d[-_]?\d\d[-_]?\d\d"
"""What every name with a date has, and some others."""

NEXT_SESSION = "NEXT_SESSION.md"
HANDOFFS = (
    "HANDOFF.md",
    "HANDOVER.md",
    "SESSION_HANDOFF.md",
    "NEXT_SESSION_PROMPT.md",
    "SESSION_NOTES.md",
)
_TOP = ("", "docs", ".claude")

Names = str | tuple[str, ...]

TABLE: tuple[tuple[str, Names, tuple[str, ...]], ...] = (
    # The format, the names, in any case of their letters, and the places: folders, "" for the
    # project itself; what ends in "/*", each folder in one; what ends in ".md", that file.
    # A text that opens as a handoff prompt is one wherever it lies (004, "Header"); without that
    # line HANDOFF.md and its kind are handoffs.
    ("session", ANY, (SESSIONS,)),
    ("next", (NEXT_SESSION,), _TOP),
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
    ("journal", DATED, ("sessions", "docs/sessions")),
    ("prompt", HANDOFFS, _TOP),
)  # fmt: skip

PLACES = {
    form: tuple(place for of, _, places in TABLE if of == form for place in places)
    for form, _, _ in TABLE
}
"""By format: where its documents lie, unless a project says otherwise."""


def parts(place: str) -> tuple[str, str | None]:
    """Return a place's folder, and the one file in it that is meant; None for all that fit."""
    if not place.casefold().endswith(".md"):
        return place, None
    folder, _, name = place.rpartition("/")
    return folder, name


def is_one_file(path: str, places: tuple[str, ...]) -> bool:
    """Tell whether a document is written anew in its place, and gets no file for each."""
    name = path.rpartition("/")[2]
    return path in places or name.casefold() in {one.casefold() for one in HANDOFFS}


def holds(place: str, folder: str) -> bool:
    """Tell whether a folder is a place, or one of those that it stands for."""
    if place.endswith("/*"):
        return folder.rpartition("/")[0] == place[:-2]
    return folder == place


def names_in(form: str, place: str, places: tuple[str, ...]) -> Names:
    """Return which names are a format's in a place, one of all its ``places``.

    A folder that a project names itself is the format's own.
    """
    rows = [(names, among) for of, names, among in TABLE if of == form]
    if places == PLACES[form]:
        return next(names for names, among in rows if place in among)
    return rows[0][0]


def signs() -> tuple[list[str], dict[str, set[str]], dict[str, str]]:
    """Return what tells that there may be a document.

    Folders; by other folders the names, in small letters; by others again which kind of names.
    """
    folders: list[str] = []
    names: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    for _, among, places in TABLE:
        for place in places:
            folder, only = parts(place.removesuffix("/*"))
            if only or isinstance(among, tuple):
                known = names.setdefault(folder, set())
                known.update(name.casefold() for name in ((only,) if only else among))
            elif among == ANY or folder != place:
                folders.append(folder)
            else:
                kinds[folder] = among
    return folders, names, kinds


def is_bare(root: str, git_top: str | None, environ: Mapping[str, str]) -> bool:
    """Tell whether a project without a folder of session files has nothing else either."""
    folders, names, kinds = signs()
    return not (
        any(os.path.lexists(os.path.join(root, folder)) for folder in folders)
        or any(_has_one(os.path.join(root, folder), among) for folder, among in names.items())
        or any(_may_have_one(os.path.join(root, at), kind) for at, kind in kinds.items())
        or state.has_other_worktrees(git_top)
        or any(os.path.lexists(folder) for folder in _state_folders(root, git_top, environ))
    )


def _has_one(folder: str, names: set[str]) -> bool:
    return any(name.casefold() in names for name in _listed(folder))


def _may_have_one(folder: str, kind: str) -> bool:
    """Tell whether there may be a document among anything: ten thousand notes take 5 ms."""
    found = _listed(folder)
    if not found:
        return False
    import re  # json has it already; compiling is 0.2 ms

    pattern = f"{WORDS}|{DATES}" if kind == LIKELY else DATES
    if re.search(pattern, "\n".join(found), re.IGNORECASE):
        return True
    notes = [name for name in found if name.casefold().endswith((".md", ".markdown"))]
    return kind == LIKELY and 0 < len(notes) <= FEW


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # a folder that can't be read is told of nowhere
        return []


def _state_folders(root: str, git_top: str | None, environ: Mapping[str, str]) -> list[str]:
    """Return where something may be kept; the second place's name takes longer to find out."""
    home = state.state_home(environ)
    if home is None or not os.path.lexists(os.path.join(home, state.STATE_FOLDER)):
        first = state.first_state_folder(root, git_top, {})
        return [] if first is None else [first]
    return state.state_folders(root, git_top, environ)
