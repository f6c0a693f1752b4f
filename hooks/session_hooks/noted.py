"""What starts noted that answered at once: lines in a file, until the store takes them in.

Opening the database costs such a start as much as all the rest (``sqlite3`` and its journal, 5 ms
of 15), so it appends a line here. Whoever opens the store next takes the lines in first. The file
is locked meanwhile, by the operating system, so that a process that dies gives it back; and by
whoever notes an event in the store, so that of two handlers of one event the second sees the first.

Imported in front of a waiting person at every start: ``json`` and builtins.
"""

import json
import os
import stat
import time

FILE = "noted.jsonl"
_MOST_BYTES = 256 * 1024
"""What is longer is read for too long; the start that finds no room opens the store."""
SAME_EVENT_SECONDS = 2
"""Within which two handlers of one event were started by the same event."""
BEGAN, TOLD = "began", "told"
"""The kinds of lines: that a conversation began, and what it was told."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
_PAUSE = 0.001


class NoRoomError(OSError):
    """So much is noted that the store has to take it in first."""


class BusyError(OSError):
    """Another process has it, for longer than it could be waited for."""


class Notes:
    """The file in one state folder, held against every other process: a context manager."""

    def __init__(self, folder: str, seconds: float) -> None:
        """Say where it is, and for how many seconds another process that holds it is waited for."""
        self.path = os.path.join(folder, FILE)
        self._seconds = seconds
        self._fd = -1
        self.is_alone = False
        """Whether it is held: not where the system has no such locks, or another one kept it."""

    def __enter__(self) -> "Notes":  # noqa: PYI034  typing.Self costs an import of 3 ms
        """Make the file where it is missing, and wait for it; raises OSError."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | _NO_LINK | _NO_WAITING
        self._fd = os.open(self.path, flags, 0o600)
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            os.close(self._fd)
            raise OSError(f"{self.path} is no regular file")
        self.is_alone = self._lock()
        return self

    def __exit__(self, *_error: object) -> None:
        """Give it back."""
        os.close(self._fd)

    def _lock(self) -> bool:
        try:
            import fcntl
        except ImportError:  # Windows: no start answers at once there
            return False
        end = time.monotonic() + self._seconds
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= end:
                    return False
                time.sleep(_PAUSE)
            else:
                return True

    def lines(self, *, of_kind: str = "") -> list[object]:
        """Return what was noted; a line that was cut off, as by a full disk, is none.

        Of a file that is far longer than any of ours, its beginning.
        With ``of_kind`` the lines of one kind alone: the others are long, and a person waits.
        """
        size = os.fstat(self._fd).st_size
        if not size:
            return []
        os.lseek(self._fd, 0, os.SEEK_SET)
        found = []
        beginning = json.dumps({of_kind: 0})[:-2].encode() if of_kind else b""
        for line in os.read(self._fd, min(size, 4 * _MOST_BYTES)).split(b"\n"):
            if not line.startswith(beginning):
                continue
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError):
                continue
        return found

    def append(self, value: object, *, in_any_case: bool = False) -> None:
        """Note something; raises OSError where not all of it could be written.

        NoRoomError where so much is noted already that the store has to take it in first, unless
        this is to be noted in any case.
        """
        # Behind a line that was cut off a new one begins.
        data = b"\n" + json.dumps(value).encode()
        before = os.fstat(self._fd).st_size
        if not self.is_alone:  # who has it may be about to clear it
            raise BusyError(f"{self.path} is held by another process")
        if before + len(data) > _MOST_BYTES and not in_any_case:
            raise NoRoomError(f"{self.path} is full")
        if os.write(self._fd, data) < len(data):
            os.ftruncate(self._fd, before)
            raise OSError(f"{self.path} takes no more: the disk is full")

    def clear(self) -> None:
        """Forget all of it: the store has it."""
        os.ftruncate(self._fd, 0)


def is_empty(folder: str) -> bool:
    """Tell whether nothing is noted in a state folder."""
    try:
        return os.stat(os.path.join(folder, FILE)).st_size == 0
    except OSError:
        return True
