"""What is remembered of a project's documents, so that an unchanged one is not parsed again.

An entry holds for a file in the same place, read by the same code. A document's holds for the same
bytes: those are read each time, for they may be quoted. Every other one holds for a file with the
same stamp, which is not opened; not where that may have been changed within a tick of its file
system's clock, or was changed in the future by the clock (``stamps.is_racy``).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from session_hooks import stamps
from session_hooks.project import Project
from session_hooks.stamps import Stamp
from session_hooks.values import Value

FORM = "2"
"""What entries look like; another one makes all of them be written anew."""
MOST = 20_000
"""Entries of one project; further documents are read at each event."""
MOST_TEXT = 100_000
"""Characters of one entry; a longer head is read at each event."""
SEEN_EVERY = timedelta(days=1)
_MOST_NUMBER = 2**63
"""What SQLite's integers end at."""

DOCUMENT = "document"
TEMPLATE = "template"
"""A document that nobody filled in."""
COMPLETED = "completed"
"""A completed session file; its text is its head, or "" where no more is known (``closed``)."""
UNREADABLE = "unreadable"
"""A file without text; its text is the reason. One that may not be opened is tried again."""
UNOPENED = (COMPLETED, UNREADABLE)
"""The kinds of files that are not opened while their stamp is the same."""


class Entry(Value):
    """What was found at one path, relative to the project."""

    path: str
    place: str
    """The format in whose place it lies."""
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    kind: str
    digest: str = ""
    text: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether digest and text are text: SQLite keeps whatever it is given."""
        return isinstance(self.text, str) and isinstance(self.digest, str)


class Indexed(Value):
    """What is remembered of a project."""

    entries: tuple[Entry, ...] = ()
    seen: datetime | None = None
    """When that was last noted."""


NOTHING = Indexed()


class Changes(Value):
    """What has to be remembered next."""

    put: tuple[Entry, ...] = ()
    gone: tuple[str, ...] = ()
    """Paths whose entries hold no more."""

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)


class Index:
    """The entries of one project, and what a scan finds out besides."""

    def __init__(self, remembered: Indexed = NOTHING, looked_ns: int = 0) -> None:
        """Take what is remembered; ``looked_ns`` is the time by the clock, before the scan."""
        self._seen = remembered.seen
        self._known: Mapping[str, Entry] = {entry.path: entry for entry in remembered.entries}
        self._looked_ns = looked_ns
        self._kept: dict[str, Entry] = {}
        self._new: dict[str, Entry] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was remembered."""
        return not self._known

    def find(self, path: str, place: str) -> Entry | None:
        """Return the entry of a file in a format's place, whatever became of it since."""
        for entry in (self._new.get(path), self._known.get(path)):
            if entry is not None and entry.is_sound and entry.place == place:
                return entry
        return None

    def is_unchanged(self, entry: Entry, stamp: Stamp) -> bool:
        """Tell by its stamp alone that a file is as it was when its entry was made."""
        return entry[2:6] == stamp and not stamps.is_racy(stamp, self._looked_ns)

    def keep(self, entry: Entry) -> None:
        """Keep an entry that was found."""
        self._kept[entry.path] = entry

    def note(self, entry: Entry) -> None:
        """Take what was read now."""
        path, stamp = entry.path, entry[2:6]
        if len(entry.text) > MOST_TEXT or max(stamp) >= _MOST_NUMBER or min(stamp) < 0:
            return
        if entry.kind in UNOPENED and stamps.is_racy(stamp, self._looked_ns):
            return
        if entry == self._known.get(path):
            self._kept[path] = entry
        else:
            self._new[path] = entry

    def is_due(self, now: datetime) -> bool:
        """Tell whether to note that the project is still there: what nobody notes is forgotten."""
        return self._seen is not None and abs(now - self._seen) > SEEN_EVERY

    def changes(self) -> Changes:
        """Return what has to be remembered next."""
        room = MOST - len(self._kept.keys() - self._new.keys())
        put = tuple(self._new.values())[: max(room, 0)]
        gone = self._known.keys() - self._kept.keys() - {entry.path for entry in put}
        return Changes(put, tuple(gone))


def reader(project: Project) -> str:
    """Return what tells this package's code, and how it reads, from another version's."""
    return repr((FORM, stamps.code(), project.redact))
