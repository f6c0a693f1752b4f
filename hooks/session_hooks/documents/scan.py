"""Scan the project for documents; tell copies apart, and what is passed over with the reason."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from session_hooks.documents import files, locations, redaction
from session_hooks.documents.config import Config
from session_hooks.documents.files import MAX_FILE_BYTES, UnreadableFileError
from session_hooks.documents.formats import session
from session_hooks.documents.locations import Names
from session_hooks.documents.model import EMPTY, Document, Problem, Scan, Status, Unread
from session_hooks.documents.registry import FORMATS, Format, is_template, of_text
from session_hooks.project.project import CONFIG, SESSIONS, Project, absolute
from session_hooks.util import dates, safe_text, stamps
from session_hooks.util.dates import count
from session_hooks.util.lazy import Value, pattern

AT_LEAST = 20  # are read whatever the time: listing a large folder may take all of it
NEWEST = 10  # of a folder's files are always read whole
_LAST_SECOND = 253_402_300_799.0  # of 9999: a file may say it was written later, no datetime is
_MOST_FOLDERS = 50  # are looked into where a place stands for several
_IN_A_FOLDER = ("session.md", "handoff.md", "context.md", "state.md", "notes.md", "README.md")
_WORDS = "bak|backup|old|orig|original|copy|copie|copia|kopie"
_COPY = pattern(  # what people and file managers call a copy, without ".md"
    rf"(?P<name>.+?)(?:[ ._-]+(?:{_WORDS})[ ._-]?\d*| ?\(\d+\)|\.md|~)"
    rf"|(?:{_WORDS}) (?:of|de|von) (?P<of>.+)",
    re.IGNORECASE,
)
_MOST_NAMED = 3  # of one folder that are passed over for one reason
_FIXED_NAMES = (locations.NEXT_SESSION, *locations.HANDOFFS)
_MEANT = pattern(r"hand[-_ ]?(?:off|over)|next[-_ ]session|session[-_ ]notes", re.IGNORECASE)


class Known(Value):
    """A file as it was once: the format in whose place it lay, its stamp and its text's digest."""

    place: str
    stamp: stamps.Stamp
    digest: str


class _File(Value):
    name: str  # with that of a session's own folder before it
    path: str
    shown: str
    stamp: stamps.Stamp | None = None  # of what a link leads to; None for nothing
    written: float = 0
    is_plain: bool = False  # certainly a file, and no link on the way to it


def scan(
    project: Project,
    seconds: float,
    places: Mapping[str, tuple[str, ...]] = locations.PLACES,
    *,
    whole: bool = True,
    known: Mapping[str, Known] = {},
) -> Scan:
    """Read the project's documents, the most recently written first, for at most ``seconds``.

    Only regular files inside the project are opened, links resolved first; nothing in them or about
    them raises.

    Unless they are wanted ``whole``, only the newest of the completed session files are more than
    their name, time and digest: there may be ten thousand. Nor is more of a file that is as it is
    ``known``, by its path, which isn't opened.
    """
    return _Scanning(project, time.monotonic() + seconds, known, whole=whole).run(places)


def document_of(
    form: Format, path: str, data: bytes, modified: datetime, *, redact: bool = True
) -> Document:
    """Raise UnreadableFileError for bytes that are no text, or hold none."""
    text, problems = files.decode(data)
    if not text.strip():
        raise UnreadableFileError(EMPTY)
    document = of_text(form, text).read(path, text, modified)
    if redact:
        document = redaction.redacted(document, text)
    return document._replace(problems=(*problems, *document.problems), digest=files.digest_of(data))


def names_in_folder(form: Format, folder: str) -> tuple[str, ...]:
    """Return what the document in a session's own folder, named by its date, may be called."""
    is_own = (
        folder[:1].isdigit()
        and locations.fits(form.NAME, f"{folder}.md")
        and dates.parse_name(folder) is not None
    )
    return _IN_A_FOLDER if is_own else ()


def copies(documents: Iterable[Document]) -> dict[str, str]:
    """Return by a copy's path the path of what it is a copy of.

    By its name it is one of the file beside it, whatever is in it by now; of equal texts the one
    counts whose name isn't a copy's, then the shortest.
    """
    open_ones = [one for one in documents if not _is_closed(one)]
    paths = {one.path for one in open_ones}
    found: dict[str, str] = {}
    by_text: dict[tuple[str, str], list[str]] = {}
    for one in open_ones:
        original = _original(one.path)
        if original != one.path and original in paths:
            found[one.path] = original
        elif one.digest:
            by_text.setdefault((one.format, one.digest), []).append(one.path)
    for same in by_text.values():
        best, *others = sorted(same, key=lambda path: (_original(path) != path, len(path), path))
        found |= dict.fromkeys(others, best)
    # A copy of a copy is one of what counts.
    return {path: found.get(original, original) for path, original in found.items()}


def passed_over(project: Project, settings: Config, found: Scan) -> tuple[Unread, ...]:
    """Return what is no document; of anybody's folders the names that may be meant for one."""
    reasons = _Scanning(project, 0, {}, whole=True).passed_over(settings)
    return tuple(Unread(path, reasons[path]) for path in sorted(reasons.keys() - {*found.paths}))


def reason_unread(path: str, project: Project, settings: Config, found: Scan) -> str | None:
    return {one.path: one.reason for one in passed_over(project, settings, found)}.get(path)


def describe_unread(unread: Iterable[Unread]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for one in unread:
        folder = one.path.rpartition("/")[0]
        groups.setdefault((folder, one.reason), []).append(one.path)
    for (folder, reason), paths in groups.items():
        if len(paths) <= _MOST_NAMED:
            yield f"{', '.join(map(safe_text.path, paths))} ({reason})"
        else:
            first = (safe_text.path(path.rpartition("/")[2]) for path in paths[:_MOST_NAMED])
            place = safe_text.path(folder) if folder else "the project's folder"
            yield f"{count(len(paths), 'file')} in {place}: {', '.join(first)}, … ({reason})"


class _Scanning:
    def __init__(
        self, project: Project, deadline: float, known: Mapping[str, Known], *, whole: bool
    ) -> None:
        self._project = project
        self._deadline = deadline
        self._known = known
        self._whole = whole
        self._listed: dict[str, list[os.DirEntry[str]]] = {}
        self._found: set[str] = set()
        self._stamps: dict[str, stamps.Stamp | None] = {}
        self._documents: list[Document] = []
        self._templates: list[Document] = []
        self._unread: list[Unread] = []
        self._not_reached = 0
        self._linked: list[str] = []

    def run(self, places: Mapping[str, tuple[str, ...]]) -> Scan:
        for form in FORMATS:
            chosen = places.get(form.NAME, ())
            for place in chosen:
                which = locations.names_in(form.NAME, place, chosen)
                for folder in self._folders(place):
                    self._read_place(form, place, folder, which)
        same = copies(self._documents)
        return Scan(
            tuple(one for one in self._documents if one.path not in same),
            tuple(self._unread),
            self._not_reached,
            locations.parts(next(iter(places.get(session.NAME, ())), SESSIONS))[0],
            tuple(self._templates),
            tuple(self._stamps.items()),
            tuple(self._linked),
            tuple((one, same[one.path]) for one in self._documents if one.path in same),
        )

    # --- what is there ---------------------------------------------------------------------------

    def _folders(self, place: str) -> list[str]:
        if not place.endswith("/*"):
            return [locations.parts(place)[0]]
        above = place[:-2]
        try:
            inside = sorted(item.name for item in self._list(above) if _is_folder(item))
        except (OSError, UnreadableFileError):
            return []
        return [f"{above}/{name}" for name in inside[-_MOST_FOLDERS:]]

    def _read_place(self, form: Format, place: str, folder: str, which: Names) -> None:
        try:
            found = self._files(form, place, folder, which)
        except (OSError, UnreadableFileError) as error:
            # The others may be anybody's: docs/, a linked .claude/.
            if form.NAME == session.NAME:
                link = files.link_on(self._project.root, folder)
                self._unread.append(Unread(link, files.reason(error)))
        else:
            self._read_all(form, found)

    def _files(self, form: Format, place: str, folder: str, which: Names) -> list[_File]:
        """Return what may be documents, the most recently written last."""
        only = locations.parts(place)[1]
        items = self._list(folder)
        if which == locations.LIKELY:
            wanted = locations.likely(map(_name, items))
            items = [item for item in items if _name(item) in wanted]
        found = []
        for item in items:
            if only is not None and not locations.is_named(item.name, (only,)):
                continue
            is_named = only is not None or locations.fits(form.NAME, item.name)
            if _is_folder(item):
                file = self._in_folder(item, form, folder)
                if is_named:  # a link may lead to a file tomorrow
                    self._stamps[item.path] = stamps.stamp(item.path)
            elif is_named:
                file = _file(item, item.name, item.path, folder)
            else:
                continue
            if file is not None and file.shown not in self._found:
                self._found.add(file.shown)
                # A link's own stamp shows in its folder's: it is replaced, never changed.
                self._stamps[file.path] = file.stamp
                found.append(file)
        # By time written, then by name, where a clone has given every file the same time.
        found.sort(key=lambda file: (file.written, file.name))
        return found

    def _list(self, folder: str) -> list[os.DirEntry[str]]:
        if folder not in self._listed:
            root = self._project.root
            place = absolute(root, folder) if folder else root
            self._stamps[place] = stamps.stamp(place)
            if not os.path.lexists(place):
                return []
            real = _resolved_folder(self._project, place) if folder else place
            if not files.is_inside(os.path.join(real, ""), [root]):
                self._linked.append(folder)
            with os.scandir(real) as listing:
                self._listed[folder] = list(listing)
        return self._listed[folder]

    def _in_folder(self, item: os.DirEntry[str], form: Format, folder: str) -> _File | None:
        known = names_in_folder(form, item.name)
        if not known:
            return None
        self._stamps[item.path] = stamps.stamp(item.path)
        for name in known:
            path = os.path.join(item.path, name)
            self._stamps[path] = stamps.stamp(path)
            if os.path.isfile(path):
                return _file(item, f"{item.name}/{name}", path, folder)
        return self._newest_in(item, folder)

    def _newest_in(self, item: os.DirEntry[str], folder: str) -> _File | None:
        found = []
        try:
            with os.scandir(item.path) as listing:
                for inside in listing:
                    if locations.is_prose(inside.name) and inside.is_file():
                        self._stamps[inside.path] = stamps.stamp(inside.path)
                        found.append(_file(item, f"{item.name}/{inside.name}", inside.path, folder))
        except OSError:
            return None
        return max(found, key=lambda file: (file.written, file.name), default=None)

    def passed_over(self, settings: Config) -> dict[str, str]:
        """Return the reasons by path."""
        reasons: dict[str, str] = {}
        for form in FORMATS:
            chosen = settings.folders[form.NAME]
            is_left_out = form.NAME not in settings.places
            for place in chosen:
                if locations.parts(place)[1] is not None:
                    continue
                which = locations.names_in(form.NAME, place, chosen)
                for folder in self._folders(place):
                    try:
                        names = [item.name for item in self._list(folder)]
                    except (OSError, UnreadableFileError) as error:
                        reasons.setdefault(folder, files.reason(error))
                        continue
                    there = sorted(filter(locations.is_markdown, names))
                    for name, reason in _reasons(form, which, there, is_left_out=is_left_out):
                        reasons.setdefault(f"{folder}/{name}" if folder else name, reason)
                    if not names:
                        reasons |= self._spelled_otherwise(form, folder)
        return reasons

    def _spelled_otherwise(self, form: Format, folder: str) -> dict[str, str]:
        above, slash, name = folder.rpartition("/")
        try:
            beside = [item.name for item in self._list(above) if _is_folder(item)]
        except (OSError, UnreadableFileError):
            return {}
        others = [one for one in beside if one.casefold() == name.casefold() and one != name]
        reason = f"{folder} is read; [folders] {form.NAME} in {CONFIG} names another folder"
        return {above + slash + one: reason for one in others}

    # --- what is in it ---------------------------------------------------------------------------

    def _read_all(self, form: Format, found: list[_File]) -> None:
        # The last one first, and none is kept longer than needed: they are many.
        seen = read = 0
        while found:
            file = found.pop()
            seen += 1
            is_new = seen <= NEWEST
            if not is_new and (digest := self._known_digest(form, file)):
                modified = _moment(file.written)
                self._documents.append(session.completed(file.shown, modified, digest))
                continue
            if read >= AT_LEAST and time.monotonic() > self._deadline:
                self._not_reached += 1
                continue
            read += 1
            try:
                self._read(form, file, is_new=is_new)
            except UnreadableFileError as error:
                self._unread.append(Unread(file.shown, str(error)))

    def _known_digest(self, form: Format, file: _File) -> str | None:
        one = self._known.get(file.shown)
        # A link may lead elsewhere while all on the way looks alike.
        is_so = one and file.is_plain and (one.place, one.stamp) == (form.NAME, file.stamp)
        return one.digest if one and is_so else None

    def _read(self, form: Format, file: _File, *, is_new: bool) -> None:
        read = files.read(file.path if file.is_plain else _resolved(self._project, form, file))
        if read is None:  # it has vanished
            return
        data, status = read
        self._stamps[file.path] = stamps.of(status)
        modified = _moment(status.st_mtime)
        is_brief = not (is_new or self._whole)
        if is_brief and form is session and session.says_completed(data):
            document = session.completed(file.shown, modified, files.digest_of(data))
            self._documents.append(document)
            return
        document = document_of(form, file.shown, data, modified, redact=self._project.redact)
        if status.st_size > MAX_FILE_BYTES:
            problem = Problem(1, f"only the first {MAX_FILE_BYTES // 1024} KiB were read")
            document = document._replace(problems=(problem, *document.problems))
        if is_brief and _is_closed(document):
            document = session.completed(document.path, modified, document.digest)
        (self._templates if is_template(document) else self._documents).append(document)


def _is_closed(document: Document) -> bool:
    return document.status is Status.COMPLETED and document.format == session.NAME


def _original(path: str) -> str:
    """Return the path that a copy's name is made of; the path itself for others."""
    folder, slash, name = path.rpartition("/")
    stem = name.removesuffix(".md")
    while found := _COPY.fullmatch(stem):
        stem = found["name"] or found["of"]
    return f"{folder}{slash}{stem}.md"


def _name(item: os.DirEntry[str]) -> str:
    # As the document in a folder of its own would be called.
    return f"{item.name}.md" if _is_folder(item) else item.name


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a link to itself
        return False


def _file(item: os.DirEntry[str], name: str, path: str, folder: str) -> _File:
    shown = f"{folder}/{name}" if folder else name
    try:
        own = item.stat(follow_symlinks=False) if name == item.name else os.lstat(path)
        is_plain = stat.S_ISREG(own.st_mode) and (name == item.name or not item.is_symlink())
        status = os.stat(path) if stat.S_ISLNK(own.st_mode) else own
        return _File(name, path, shown, stamps.of(status), status.st_mtime, is_plain)
    except OSError:
        return _File(name, path, shown)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC)


def _resolved_folder(project: Project, place: str) -> str:
    """A folder may be in another worktree that all share."""

    def others() -> Iterable[str]:
        from session_hooks.project.gitdir import other_worktrees  # hardly ever needed

        return other_worktrees(project)

    return files.resolve(project.root, place, others)


def _resolved(project: Project, form: Format, file: _File) -> str:
    place, name = os.path.split(file.path)
    if os.path.islink(file.path) or place == project.root:
        real = files.resolve(project.root, file.path)
    else:
        real = os.path.join(_resolved_folder(project, place), name)
    is_alone = os.path.basename(file.name) == file.name
    is_renamed = os.path.basename(real) != os.path.basename(file.path)
    if is_alone and is_renamed and not locations.fits(form.NAME, os.path.basename(real)):
        raise UnreadableFileError("it is a link to a file of another kind")
    return real


def _reasons(
    form: Format, which: Names, there: list[str], *, is_left_out: bool
) -> Iterator[tuple[str, str]]:
    likely = locations.likely(there) if which == locations.LIKELY else frozenset(there)
    for name in there:
        if isinstance(which, tuple) and not locations.fits(form.NAME, name):
            is_known = locations.is_named(name, _FIXED_NAMES)
            if _MEANT.search(name) and not is_known:
                others = f"there only {', '.join(_FIXED_NAMES)} are read"
                yield name, locations.kind(name) or others
        elif (kind := locations.kind(name)) is not None:
            yield name, kind
        elif not locations.fits(form.NAME, name):
            yield name, "its name has no date"
        elif name not in likely and locations.tells(name):
            yield name, "others there are newer by their names"
        elif name not in likely:
            yield name, f"its name has no date, as those of more than {locations.FEW} files there"
        elif is_left_out:
            yield name, f"[documents] formats in {CONFIG} leaves {form.NAME} out"
