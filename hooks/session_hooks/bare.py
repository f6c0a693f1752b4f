"""Whether a project has nothing of what is read here, and nothing is kept of it.

Installed for a person, the hooks run in every project there is. In most of them there is nothing
to say, and finding that out must cost next to nothing.

Imported in front of a waiting person at every start: builtins alone.
"""

import os
from collections.abc import Mapping

from session_hooks import state


def is_bare(root: str, git_top: str | None, environ: Mapping[str, str]) -> bool:
    """Tell whether a project without a folder of session files has nothing else either."""
    from session_hooks import locations  # where session files lie nobody asks

    folders, names, kinds = locations.signs()
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

    from session_hooks.locations import DATES, FEW, LIKELY, WORDS

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
