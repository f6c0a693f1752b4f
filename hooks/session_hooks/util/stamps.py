"""Stamps of files: what tells a file from how it was before.

Imported by every start: builtins alone.
"""

import os
import sys
from collections.abc import Iterable

Stamp = tuple[int, int, int, int]
"""Inode, size, and when content and inode were last changed, in ns since 1970.

The last one, ctime, can't be set back: a file that was restored with its old time shows there. On
Windows it is when the file was made.
"""

RACY_NS = 2 * 1000**3
"""How long before it was looked at a file may have been changed, and be changed again with an equal
stamp: the coarsest clock of a file system (FAT's) ticks every two seconds. Git calls such a file
"racily clean" (its Documentation/technical/racy-git.txt), and reads it again."""
_ROOMS = (
    "", "documents", "documents/formats", "events", "evidence", "memory", "project", "render",
    "report", "util",
)  # fmt: skip
"""The folders of what a hook says: installing another version makes each of them anew."""


def of(status: os.stat_result) -> Stamp:
    """Return the stamp of a file whose status was read already."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def stamp(path: str) -> Stamp | None:
    """Return the stamp of what a path leads to; None where nothing can be seen."""
    try:
        return of(os.stat(path))
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def is_racy(one: Stamp, looked_ns: int) -> bool:
    """Tell whether a file may change after ``looked_ns`` and keep its stamp.

    One that was changed in the future by that clock may, too: the clock was set back.
    """
    return max(one[2], one[3]) > looked_ns - RACY_NS


def together(paths: Iterable[str]) -> int:
    """Return one number for the stamps of many files; raises OSError where one can't be seen.

    It is Python's own hash of a tuple of numbers, 64 bits and the same in every process of one
    Python: of ten thousand files that is found in 3 ms and compared at once, where their stamps
    as JSON take 8, and any digest of ``hashlib`` an import of 3 ms before.
    """
    return hash(
        tuple(
            [
                (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                for status in map(os.stat, paths)
            ]
        )
    )


def code() -> list[object]:
    """Return what tells this package's code, and the Python that runs it, from others.

    As JSON has it, so that it is equal to what was kept.
    """
    here = os.path.dirname(os.path.dirname(__file__))
    return [here, *(list(stamp(os.path.join(here, room)) or ()) for room in _ROOMS), sys.hexversion]
