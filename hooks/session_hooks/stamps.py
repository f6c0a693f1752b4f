"""What tells a file from how it was before, without opening it.

Imported in front of a waiting person at every start: builtins alone.
"""

import os
import stat

Stamp = tuple[int, ...]
"""Inode, size, and when content and inode were last changed, in ns since 1970.

The last one, ctime, can't be set back: a file that was restored with its old time shows there. On
Windows it is when the file was made. A link's stamp is its own, and after it that of what it leads
to, where it leads anywhere.
"""

RACY_NS = 2 * 1000**3
"""How long before it was looked at a file may have been changed, and be changed again with an equal
stamp: the coarsest clock of a file system (FAT's) ticks every two seconds. Git calls such a file
"racily clean" (its Documentation/technical/racy-git.txt), and reads it again."""


def of(status: os.stat_result) -> Stamp:
    """Return the stamp of a file whose status was read already."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def stamp(path: str) -> Stamp | None:
    """Return the stamp of what is at a path; None where there is nothing, or it can't be seen."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return of_link(path, status) if stat.S_ISLNK(status.st_mode) else of(status)


def of_link(path: str, status: os.stat_result) -> Stamp:
    """Return the stamp of a link, whose own status was read already."""
    try:
        return of(status) + of(os.stat(path))
    except OSError:
        return of(status)


def is_racy(one: Stamp, looked_ns: int) -> bool:
    """Tell whether a file may change after ``looked_ns`` and keep its stamp.

    One that was changed in the future by that clock may, too: the clock was set back.
    """
    limit = looked_ns - RACY_NS
    return one[2] > limit or one[3] > limit or (len(one) > 4 and is_racy(one[4:], looked_ns))
