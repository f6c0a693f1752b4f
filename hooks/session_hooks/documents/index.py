"""Index of parsed documents, so that an unchanged file is not parsed again."""

from datetime import datetime, timedelta

from session_hooks.project.project import Project
from session_hooks.util import stamps
from session_hooks.util.lazy import Value
from session_hooks.util.stamps import Stamp

FORM = "3"  # what entries look like; another one makes all of them be written anew
MOST = 20_000  # entries of one project; further documents are read at each event
SEEN_EVERY = timedelta(days=1)
_MOST_NUMBER = 2**63

COMPLETED = "completed"
UNREADABLE = "unreadable"  # a file without text; its text is the reason


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
    entries: tuple[IndexEntry, ...] = ()
    seen: datetime | None = None


class Changes(Value):
    put: tuple[IndexEntry, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)


class Index:
    """``looked_ns`` is the time by the clock, before the scan."""

    def __init__(self, saved: Indexed | None = None, looked_ns: int = 0) -> None:
        saved = saved or Indexed()
        self._seen = saved.seen
        self._saved = {entry.path: entry for entry in saved.entries}
        self._looked_ns = looked_ns
        self._valid: dict[str, IndexEntry] = {}
        self._new: dict[str, IndexEntry] = {}

    def find(self, path: str, place: str, stamp: Stamp) -> IndexEntry | None:
        entry = self._saved.get(path)
        if entry is None or entry[1:6] != (place, *stamp) or not _is_sound(entry):
            return None
        if stamps.is_racy(stamp, self._looked_ns):
            return None
        self._valid[path] = entry
        return entry

    def add(self, entry: IndexEntry) -> None:
        stamp = entry[2:6]
        is_storable = min(stamp) >= 0 and max(stamp) < _MOST_NUMBER
        if is_storable and not stamps.is_racy(stamp, self._looked_ns):
            is_saved = entry == self._saved.get(entry.path)
            (self._valid if is_saved else self._new)[entry.path] = entry

    def is_due(self, now: datetime) -> bool:
        """What nobody sees is forgotten."""
        return self._seen is not None and abs(now - self._seen) > SEEN_EVERY

    def changes(self) -> Changes:
        room = MOST - len(self._valid.keys() - self._new.keys())
        put = tuple(self._new.values())[: max(room, 0)]
        gone = self._saved.keys() - self._valid.keys() - {entry.path for entry in put}
        return Changes(put, tuple(gone))


def _is_sound(entry: IndexEntry) -> bool:
    """SQLite keeps anything."""
    is_text = isinstance(entry.text, str) and isinstance(entry.digest, str)
    return is_text and entry.kind in (COMPLETED, UNREADABLE)


def reader(project: Project) -> str:
    return repr((FORM, stamps.code(), project.redact))
