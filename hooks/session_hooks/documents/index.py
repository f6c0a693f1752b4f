"""Index of parsed documents, so that an unchanged file is not parsed again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from session_hooks.project.project import Project
from session_hooks.util import stamps
from session_hooks.util.lazy import Value
from session_hooks.util.stamps import Stamp

FORM = "3"
"""What entries look like; another one makes all of them be written anew."""
MOST = 20_000
"""Entries of one project; further documents are read at each event."""
SEEN_EVERY = timedelta(days=1)
_MOST_NUMBER = 2**63
"""What SQLite's integers end at."""

COMPLETED = "completed"
"""A completed session file."""
UNREADABLE = "unreadable"
"""A file without text; its text is the reason. One that may not be opened is tried again."""


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

    def find(self, path: str, place: str, stamp: Stamp) -> Entry | None:
        """Return the entry that holds for a file in a format's place, and keep it; else None."""
        entry = self._known.get(path)
        if entry is None or entry[1:6] != (place, *stamp) or not _is_sound(entry):
            return None
        if stamps.is_racy(stamp, self._looked_ns):
            return None
        self._kept[path] = entry
        return entry

    def note(self, entry: Entry) -> None:
        """Take what was read now."""
        path, stamp = entry.path, entry[2:6]
        if max(stamp) >= _MOST_NUMBER or min(stamp) < 0:
            return
        if stamps.is_racy(stamp, self._looked_ns):
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


def _is_sound(entry: Entry) -> bool:
    """Tell whether an entry is of our kinds and its texts are text: SQLite keeps anything."""
    is_text = isinstance(entry.text, str) and isinstance(entry.digest, str)
    return is_text and entry.kind in (COMPLETED, UNREADABLE)


def reader(project: Project) -> str:
    """Return what tells this package's code, and how it reads, from another version's."""
    return repr((FORM, stamps.code(), project.redact))
