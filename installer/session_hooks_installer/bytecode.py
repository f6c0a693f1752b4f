"""Whether Python finds its own compiled form of the hooks, or compiles them at every start.

The head of a ``.pyc`` file (PEP 552): a magic number, flags, then the source's modification time
and size, or its hash.
"""

import os
from collections.abc import Iterable

from session_hooks_installer.probe import Module

_HEAD = 16
_HASHED = 1
_MASK = 0xFFFFFFFF


def missing(modules: Iterable[Module], magic: bytes) -> list[Module]:
    """Return the modules that an interpreter with that magic number has to compile."""
    return [module for module in modules if not _is_compiled(module, magic)]


def _is_compiled(module: Module, magic: bytes) -> bool:
    try:
        source = os.stat(module.source)
    except OSError:  # gone since: nothing is to be compiled
        return True
    try:
        with open(module.compiled, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return is_fresh(head, magic, int(source.st_mtime), source.st_size)


def is_fresh(head: bytes, magic: bytes, modified: int, size: int) -> bool:
    """Tell whether a ``.pyc`` with these first bytes is for a source of that time and size.

    One that goes by the source's hash is taken for fresh: whether it is checked at all is the
    interpreter's setting.
    """
    if len(head) < _HEAD or head[:4] != magic:
        return False
    flags, when, length = (int.from_bytes(head[at : at + 4], "little") for at in (4, 8, 12))
    return bool(flags & _HASHED) or (when == modified & _MASK and length == size & _MASK)


def can_be_written(modules: Iterable[Module]) -> bool:
    """Tell whether the folders that the compiled forms belong in can be written to."""
    folders = {os.path.dirname(module.compiled) for module in modules}
    return all(os.access(_nearest(folder), os.W_OK | os.X_OK) for folder in folders)


def _nearest(folder: str) -> str:
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder
