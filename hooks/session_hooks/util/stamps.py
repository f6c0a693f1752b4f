"""Stamp files, to tell whether one has changed. Imported by every start: builtins alone."""

import os
import sys
from collections.abc import Iterable, Mapping

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from typing import Any

Stamp = tuple[int, int, int, int]  # inode, size, mtime and, which no tool sets, ctime in ns

RACY_NS = 2 * 1000**3
"""How long after a change a file may change again and keep its stamp: FAT's clock ticks every two
seconds. Git calls such a file "racily clean" (its Documentation/technical/racy-git.txt)."""


def of(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def stamp(path: str) -> Stamp | None:
    try:
        return of(os.stat(path))
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def is_racy(one: Stamp, looked_ns: int) -> bool:
    """Tell whether a file may change and keep its stamp, as one that was changed in the future."""
    return max(one[2], one[3]) > looked_ns - RACY_NS


def together(paths: Iterable[str], root: str) -> int:
    """Return one number for the stamps of many paths, given relative to ``root`` or absolute.

    Tuples hash alike in every process of one Python. Raises OSError where there is no ``root``.
    """
    found: list[object] = []
    folder = os.open(root, os.O_RDONLY)
    try:
        # Of ten thousand files a sixth of the time would be calls, another one the way to ``root``.
        for path in paths:
            try:
                status = os.stat(path, dir_fd=folder)
            except (OSError, ValueError):
                found.append(())
            else:
                found.append(of(status))
    finally:
        os.close(folder)
    return hash(tuple(found))


def saved(looked_at: Mapping[str, Stamp | None], root: str) -> dict[str, object]:
    """Return what ``is_unchanged`` needs to know of files, given absolute: as JSON has it."""
    inside = os.path.join(root, "")
    return {
        "files": "\0".join(path.removeprefix(inside) for path in looked_at),
        "stamps": hash(tuple(one or () for one in looked_at.values())),
    }


def is_unchanged(record: "Mapping[str, Any]", root: str) -> bool:
    """Tell whether the files of what was saved are as they were; raises as ``together`` does."""
    is_so: bool = record["stamps"] == together(record["files"].split("\0"), root)
    return is_so


def code() -> list[object]:
    """Return what tells this code, and the Python that runs it, from others: as JSON has it."""
    package = os.path.dirname(os.path.dirname(__file__))
    rooms = sorted(name for name in os.listdir(package) if not name.startswith("_"))
    nested = [os.path.join("documents", "formats"), os.path.join("cli", "check")]
    folders = (os.path.join(package, name) for name in ("", *rooms, *nested))
    return [package, *(list(stamp(folder) or ()) for folder in folders), sys.hexversion]
