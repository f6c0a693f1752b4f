"""Index of parsed documents, so that an unchanged file is not parsed again."""

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

COMPLETED = "completed"
UNREADABLE = "unreadable"
"""A file without text; its text is the reason. One that may not be opened is tried again."""


class IndexEntry(Value):
    """What was found at one path, relative to the project."""

    path: str
    place: str
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    kind: str
    digest: str = ""
    text: str = ""


class Indexed(Value):
    """What is saved of a project, and when it was last seen."""

    entries: tuple[IndexEntry, ...] = ()
    seen: datetime | None = None


class Changes(Value):
    """Entries to save, and paths whose entries hold no more."""

    put: tuple[IndexEntry, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)


class Index:
    """The entries of one project, and what a scan finds out besides."""

    def __init__(self, saved: Indexed | None = None, looked_ns: int = 0) -> None:
        """Take what is saved; ``looked_ns`` is the time by the clock, before the scan."""
        saved = saved or Indexed()
        self._seen = saved.seen
        self._saved = {entry.path: entry for entry in saved.entries}
        self._looked_ns = looked_ns
        self._valid: dict[str, IndexEntry] = {}
        self._new: dict[str, IndexEntry] = {}

    def find(self, path: str, place: str, stamp: Stamp) -> IndexEntry | None:
        """Return the entry that holds for a file in a format's place; None where none does."""
        entry = self._saved.get(path)
        if entry is None or entry[1:6] != (place, *stamp) or not _is_sound(entry):
            return None
        if stamps.is_racy(stamp, self._looked_ns):
            return None
        self._valid[path] = entry
        return entry

    def add(self, entry: IndexEntry) -> None:
        """Take what was read now."""
        stamp = entry[2:6]
        is_storable = min(stamp) >= 0 and max(stamp) < _MOST_NUMBER
        if is_storable and not stamps.is_racy(stamp, self._looked_ns):
            is_saved = entry == self._saved.get(entry.path)
            (self._valid if is_saved else self._new)[entry.path] = entry

    def is_due(self, now: datetime) -> bool:
        """Tell whether to save that the project is still there: what nobody sees is forgotten."""
        return self._seen is not None and abs(now - self._seen) > SEEN_EVERY

    def changes(self) -> Changes:
        """Return what has to be saved."""
        room = MOST - len(self._valid.keys() - self._new.keys())
        put = tuple(self._new.values())[: max(room, 0)]
        gone = self._saved.keys() - self._valid.keys() - {entry.path for entry in put}
        return Changes(put, tuple(gone))


def _is_sound(entry: IndexEntry) -> bool:
    """Tell whether an entry's texts are text, and its kind is ours: SQLite keeps anything."""
    is_text = isinstance(entry.text, str) and isinstance(entry.digest, str)
    return is_text and entry.kind in (COMPLETED, UNREADABLE)


def reader(project: Project) -> str:
    """Return what tells this package's code, and how it reads, from another version's."""
    return repr((FORM, stamps.code(), project.redact))
