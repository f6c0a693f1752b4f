"""The PATH that git is found by, without what a repository brought along.

Nobody has to trust a repository that is only looked at. Direnv and npm put folders of it in front
of the PATH, and what is called git in there is the repository's own.
"""

import os
from collections.abc import Collection

from session_hooks.state import main_checkout

_OF_EACH_PROCESS = ("/proc", "/dev")
"""Below these one name leads each process somewhere else."""


def repositories(folder: str) -> tuple[str, ...]:
    """Return the folders that count as the repository's that ``folder`` lies in, links resolved.

    They are it, the top levels around it, their main checkouts, and what is around those: a
    submodule's superproject is as little trusted as the submodule.
    """
    folder = os.path.realpath(folder)
    tops = _tops(folder)
    mains = [os.path.realpath(main_checkout(top)) for top in tops]
    around = [top for main in mains for top in _tops(main)]
    return tuple(dict.fromkeys([folder, *tops, *mains, *around]))


def _tops(folder: str) -> list[str]:
    return [one for one in _upward(folder) if os.path.lexists(os.path.join(one, ".git"))]


def _upward(folder: str) -> list[str]:
    found = [folder]
    while (parent := os.path.dirname(found[-1])) != found[-1]:
        found.append(parent)
    return found


def lies_in(path: str, folders: Collection[str]) -> bool:
    """Tell whether a path leads into one of some folders, however either is spelled."""
    same = {_identity(folder) for folder in folders}
    return any(_identity(one) in same for one in _upward(os.path.realpath(path)))


def _identity(folder: str) -> object:
    try:
        status = os.stat(folder)
    except OSError:  # it is not there, or not to be looked at
        return folder
    return status.st_dev, status.st_ino


def is_chosen(entry: str, folders: Collection[str]) -> bool:
    """Tell whether an entry is a whole path, the same to each process, and not in ``folders``.

    What runs a program takes a ``~`` for a name like any other, so such an entry is none.
    """
    if not os.path.isabs(entry):
        return False
    named = "/" + os.path.normpath(entry).lstrip("/")
    if any(named == one or named.startswith(f"{one}/") for one in _OF_EACH_PROCESS):
        return False
    return not lies_in(entry, folders)


def chosen(path: str, folders: Collection[str]) -> str:
    """Return a PATH with those entries alone; the system's own where there are none."""
    entries = path.split(os.pathsep)
    return os.pathsep.join(one for one in entries if is_chosen(one, folders)) or os.defpath
