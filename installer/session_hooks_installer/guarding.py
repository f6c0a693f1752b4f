"""What a checked repository can't choose: whose programs are run for a trial, and with what.

A repository's settings may name any program, and a repository may bring any program along; nobody
has trusted it yet. Where a path leads can depend on who looks and from where (``/proc/self/cwd``, a
link, a folder above). So a path from settings is compared letter by letter with the folders that a
person or this installation chose; and those, where they lie in the repository, don't count.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks.search_path import is_chosen, lies_in, repositories
from session_hooks_installer import programs

_LISTS = (
    "PATH",
    "PYTHONPATH",
    # An empty entry of these is the current folder, which may hold a libc of anybody's.
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
)
_SINGLE = ("PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE", "GIT_EXEC_PATH")
"""What else says where code comes from that runs in every Python, or in git."""


class Guard(NamedTuple):
    """What may be run for a checked folder."""

    repositories: tuple[str, ...]
    """The folders that count as the repository's, links resolved."""
    own: tuple[str, ...]
    """The folder of this installation's programs, as it is named, and links resolved."""
    environ: dict[str, str]
    """What programs are run with; its PATH is that of a new shell."""
    on_path: frozenset[str]
    """The folders in which they find others by name."""
    folders: frozenset[str]
    """The folders whose programs may be run."""

    def holds(self, path: str) -> bool:
        """Tell whether a path leads into the repository."""
        return lies_in(path, self.repositories)


def guard_for(repo: Path, environ: Mapping[str, str], own: Path) -> Guard:
    """Return what may be run for ``repo``; ``own`` is the folder of this installation's programs.

    ``environ`` is the person's.
    """
    tops, mine = repositories(str(repo)), (_plain(str(own)), os.path.realpath(own))
    path = _kept(programs.new_shells_path(environ), tops, mine)
    on_path = frozenset(_entries(path))
    links = programs.links_folder(environ)
    chosen = {*_entries(_kept(environ.get("PATH", ""), tops, mine)), *mine}
    running = {**_cleaned(environ, tops, mine), "PATH": path or os.defpath}
    folders = on_path | chosen | ({str(links)} if links else set())
    return Guard(tops, mine, running, on_path, folders)


@contextlib.contextmanager
def applied(guard: Guard) -> Iterator[None]:
    """Have this very process start git, too, with nothing that the repository brought along."""
    names = (*_LISTS, *_SINGLE)
    before = {name: os.environ[name] for name in names if name in os.environ}
    _set({name: guard.environ[name] for name in names if name in guard.environ}, names)
    try:
        yield
    finally:
        _set(before, names)


def _set(values: Mapping[str, str], names: Sequence[str]) -> None:
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(values)


def _cleaned(environ: Mapping[str, str], tops: Sequence[str], own: Sequence[str]) -> dict[str, str]:
    """Return an environment in which nothing names code of the repository's."""
    lists = {name: _kept(environ.get(name, ""), tops, own) for name in _LISTS}
    single = {
        name: value for name in _SINGLE if _is_kept(value := environ.get(name, ""), tops, own)
    }
    others = {name: value for name, value in environ.items() if name not in (*_LISTS, *_SINGLE)}
    return others | single | {name: value for name, value in lists.items() if value}


def _kept(path: str, tops: Sequence[str], own: Sequence[str]) -> str:
    entries = path.split(os.pathsep)
    return os.pathsep.join(one for one in entries if _is_kept(one, tops, own))


def _is_kept(entry: str, tops: Sequence[str], own: Sequence[str]) -> bool:
    """Tell whether an entry is not the repository's; that of this installation runs already."""
    return _plain(entry) in own or is_chosen(entry, tops)


def _entries(path: str) -> list[str]:
    return [_plain(entry) for entry in path.split(os.pathsep) if entry]


def _plain(entry: str) -> str:
    """Return a folder as ``os.path.dirname`` names that of a program in it."""
    return os.path.dirname(os.path.join(entry, "program"))
