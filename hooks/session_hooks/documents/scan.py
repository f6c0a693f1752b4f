"""Scan the project for documents; copies are told apart."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from session_hooks.documents import files, locations, redaction
from session_hooks.documents.files import MAX_FILE_BYTES, UnreadableFileError
from session_hooks.documents.formats import session
from session_hooks.documents.index import COMPLETED, UNREADABLE, Entry, Index
from session_hooks.documents.locations import Names
from session_hooks.documents.model import EMPTY, Document, Problem, Scan, Status, Unread
from session_hooks.documents.names import is_prose, likely
from session_hooks.documents.registry import FORMATS, Format, is_template, of_text
from session_hooks.project.project import SESSIONS, Project, absolute
from session_hooks.util import dates, stamps
from session_hooks.util.lazy import Value, pattern

_WORDS = "bak|backup|old|orig|original|copy|copie|copia|kopie"
_COPY = pattern(
    rf"(?P<name>.+?)(?:[ ._-]+(?:{_WORDS})[ ._-]?\d*| ?\(\d+\)|\.md|~)"
    rf"|(?:{_WORDS}) (?:of|de|von) (?P<of>.+)",
    re.IGNORECASE,
)
"""What people and their file managers call a copy, without the ending ".md"."""


def copies(documents: Iterable[Document]) -> dict[str, str]:
    """Return by a copy's path the path of what it is a copy of.

    A name that says so is one of the file of that name beside it, whatever is in it by now; of
    equal texts the one counts whose name doesn't look like a copy's, then the shortest, then the
    first. Completed session files are active in no case.
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
        best, *others = sorted(same, key=_likeness)
        found |= dict.fromkeys(others, best)
    # A copy of a copy is one of what counts.
    return {path: found.get(original, original) for path, original in found.items()}


def _is_closed(document: Document) -> bool:
    return document.status is Status.COMPLETED and document.format == session.NAME


def _likeness(path: str) -> tuple[bool, int, str]:
    return _original(path) != path, len(path), path


def _original(path: str) -> str:
    """Return the path of which another one is a copy's, by its name; the path itself for others."""
    folder, slash, name = path.rpartition("/")
    stem = name.removesuffix(".md")
    while found := _COPY.fullmatch(stem):
        stem = found["name"] or found["of"]
    return f"{folder}{slash}{stem}.md"


AT_LEAST = 20
"""How many files are read whatever the time: listing a large folder may take all of it."""
NEWEST = 10
"""How many of a folder's files, those that were written last, are always read whole."""
_LAST_SECOND = 253_402_300_799.0
"""Of the year 9999: a file may say that it was written later, and no datetime is."""
_MOST_FOLDERS = 50
"""How many folders are looked into where a place stands for several."""
_IN_A_FOLDER = ("session.md", "handoff.md", "context.md", "state.md", "notes.md", "README.md")
"""What the document is called in a folder of a session's own, the first that is there."""


class _File(Value):
    """A file that may be a document."""

    name: str
    """In its place; a folder of a session's own comes before it."""
    path: str
    shown: str
    """Relative to the project."""
    stamp: stamps.Stamp | None = None
    """Of what it leads to, where it is a link; None for nothing."""
    written: float = 0
    """When that was, in seconds since 1970."""
    is_plain: bool = False
    """Whether it is certain that it is a file, and that there is no link on the way to it."""


def scan(
    project: Project,
    seconds: float,
    places: Mapping[str, tuple[str, ...]] = locations.PLACES,
    index: Index | None = None,
) -> Scan:
    """Read the project's documents, the most recently written first, for at most ``seconds``.

    ``places`` says for each format that is read in which places, as ``locations`` has them. A file
    in two places is read once, in the first.
    Only regular files inside the project are opened, links resolved first; nothing in them or
    about them raises.

    With an ``index``, as hooks have one, of completed session files the newest alone are read: of
    ten thousand nearly all are completed, and none of the others is ever shown. Those are known by
    name, time and digest (``session.completed``); unchanged, they are not even opened.
    """
    return _Scanning(project, time.monotonic() + seconds, index).of(places)


class _Scanning:
    """A scan as far as it has come."""

    def __init__(self, project: Project, deadline: float, index: Index | None) -> None:
        self._project = project
        self._deadline = deadline
        self._index = index
        self._listed: dict[str, list[os.DirEntry[str]]] = {}
        self._found: set[str] = set()
        self._stamps: dict[str, stamps.Stamp | None] = {}
        self._documents: list[Document] = []
        self._templates: list[Document] = []
        self._unread: list[Unread] = []
        self._not_reached = 0
        self._linked: list[str] = []

    def of(self, places: Mapping[str, tuple[str, ...]]) -> Scan:
        for form in FORMATS:
            chosen = places.get(form.NAME, ())
            for place in chosen:
                which = locations.names_in(form.NAME, place, chosen)
                for folder in self._folders(place):
                    self._take_place(form, place, folder, which)
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
        """Return the folder that a place is, or each that it stands for."""
        if not place.endswith("/*"):
            return [locations.parts(place)[0]]
        above = place[:-2]
        try:
            inside = sorted(item.name for item in self._listing(above) if _is_folder(item))
        except (OSError, UnreadableFileError):
            return []
        return [f"{above}/{name}" for name in inside[-_MOST_FOLDERS:]]

    def _take_place(self, form: Format, place: str, folder: str, which: Names) -> None:
        try:
            found = self._files(form, place, folder, which)
        except (OSError, UnreadableFileError) as error:
            # The others may be anybody's: docs/, a linked .claude/.
            if form.NAME == session.NAME:
                link = files.link_on(self._project.root, folder)
                self._unread.append(Unread(link, files.reason(error)))
        else:
            self._take_all(form, found)

    def _files(self, form: Format, place: str, folder: str, which: Names) -> list[_File]:
        """Return the files of a folder that may be documents, the most recently written last."""
        only = locations.parts(place)[1]
        items = self._listing(folder)
        if which == locations.LIKELY:
            wanted = likely(map(_name, items))
            items = [item for item in items if _name(item) in wanted]
        found = []
        for item in items:
            if only is not None and item.name.casefold() != only.casefold():
                continue
            is_named = only is not None or form.is_document_name(item.name)
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

    def _listing(self, folder: str) -> list[os.DirEntry[str]]:
        """List a folder, once for all the formats that lie in it."""
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
        """Return the document of a folder that some keep for each session; None for another."""
        names = names_in_folder(form, item.name)
        if names:
            self._stamps[item.path] = stamps.stamp(item.path)
        for name in names:
            path = os.path.join(item.path, name)
            self._stamps[path] = stamps.stamp(path)
            if os.path.isfile(path):
                return _file(item, f"{item.name}/{name}", path, folder)
        return self._newest_in(item, folder) if names else None

    def _newest_in(self, item: os.DirEntry[str], folder: str) -> _File | None:
        """Return the newest document of a session's own folder that has none of the known names."""
        found = []
        try:
            with os.scandir(item.path) as listing:
                for inside in listing:
                    if is_prose(inside.name) and inside.is_file():
                        self._stamps[inside.path] = stamps.stamp(inside.path)
                        found.append(_file(item, f"{item.name}/{inside.name}", inside.path, folder))
        except OSError:
            return None
        return max(found, key=lambda file: (file.written, file.name), default=None)

    # --- what is in it ---------------------------------------------------------------------------

    def _take_all(self, form: Format, found: list[_File]) -> None:
        """Take files, the last one first; none is kept longer than needed: they are many."""
        seen = read = 0
        while found:
            file = found.pop()
            seen += 1
            is_new = seen <= NEWEST
            if self._take_known(form, file, is_new=is_new):
                continue
            if read >= AT_LEAST and time.monotonic() > self._deadline:
                self._not_reached += 1
                continue
            read += 1
            try:
                self._take(form, file, is_new=is_new)
            except UnreadableFileError as error:
                self._unread.append(Unread(file.shown, str(error)))

    def _take_known(self, form: Format, file: _File, *, is_new: bool) -> bool:
        """Take a file that needn't be opened; False for one that is to be read.

        However little time there is: each hook gets further than the one before. Of links nothing
        is remembered: they may lead elsewhere while all that they lead through looks alike.
        """
        if self._index is None or not file.is_plain or file.stamp is None:
            return False
        entry = self._index.find(file.shown, form.NAME, file.stamp)
        if entry is None or (is_new and entry.kind == COMPLETED):
            return False
        if entry.kind == COMPLETED:
            self._documents.append(
                session.completed(file.shown, _moment(file.written), entry.digest)
            )
        else:
            self._unread.append(Unread(file.shown, entry.text))
        return True

    def _take(self, form: Format, file: _File, *, is_new: bool) -> None:
        """Read a file; raises UnreadableFileError."""
        place = file.path if file.is_plain else _resolved(self._project, form, file)
        read = files.read(place)
        if read is None:  # it has vanished
            return
        data, status = read
        # Should it be written to in between, its next stamp is another one.
        self._stamps[file.path] = stamp = stamps.of(status)
        modified = _moment(status.st_mtime)
        is_far = self._index is not None and not is_new
        if is_far and form is session and session.says_completed(data):
            document = session.completed(file.shown, modified, files.digest_of(data))
        else:
            try:
                document = document_of(
                    form, file.shown, data, modified, redact=self._project.redact
                )
            except UnreadableFileError as error:
                self._note(form, file, stamp, (UNREADABLE, "", str(error)))
                raise
            document = _told_of_size(document, stamp)
        if document.format == session.NAME and document.status is Status.COMPLETED:
            self._note(form, file, stamp, (COMPLETED, document.digest, ""))
            if is_far:  # as it is from the index
                document = session.completed(document.path, modified, document.digest)
        (self._templates if is_template(document) else self._documents).append(document)

    def _note(
        self, form: Format, file: _File, stamp: stamps.Stamp, found: tuple[str, str, str]
    ) -> None:
        if self._index is not None and file.is_plain:
            self._index.note(Entry._make((file.shown, form.NAME, *stamp, *found)))


def _name(item: os.DirEntry[str]) -> str:
    """Return what a document that an item may be would be called: of a folder's own, by that."""
    return f"{item.name}.md" if _is_folder(item) else item.name


def _resolved_folder(project: Project, place: str) -> str:
    """Return where a folder of documents really is; raises UnreadableFileError.

    It may lie in another worktree of the same repository, so that all of them share it.
    """

    def others() -> Iterable[str]:
        from session_hooks.project.worktrees import other_worktrees  # hardly ever needed

        return other_worktrees(project)

    return files.resolve(project.root, place, others)


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a link to itself
        return False


def _file(item: os.DirEntry[str], name: str, path: str, folder: str) -> _File:
    """Look at a file; one that has vanished since it was listed, or leads nowhere, is one too."""
    shown = f"{folder}/{name}" if folder else name
    try:
        own = item.stat(follow_symlinks=False) if name == item.name else os.lstat(path)
        is_plain = stat.S_ISREG(own.st_mode) and (name == item.name or not item.is_symlink())
        status = os.stat(path) if stat.S_ISLNK(own.st_mode) else own
        return _File(name, path, shown, stamps.of(status), status.st_mtime, is_plain)
    except OSError:
        return _File(name, path, shown)


def _moment(seconds: float) -> datetime:
    if not 0 <= seconds <= _LAST_SECOND:
        seconds = min(max(seconds, 0), _LAST_SECOND)
    return datetime.fromtimestamp(seconds, UTC)


def _resolved(project: Project, form: Format, file: _File) -> str:
    """Return where a file with a link on the way to it really is; raises UnreadableFileError."""
    place, name = os.path.split(file.path)
    if os.path.islink(file.path) or place == project.root:
        real = files.resolve(project.root, file.path)
    else:
        real = os.path.join(_resolved_folder(project, place), name)
    is_alone = os.path.basename(file.name) == file.name
    is_renamed = os.path.basename(real) != os.path.basename(file.path)
    if is_alone and is_renamed and not form.is_document_name(os.path.basename(real)):
        raise UnreadableFileError("it is a link to a file of another kind")
    return real


def _told_of_size(document: Document, stamp: stamps.Stamp) -> Document:
    if stamp[1] <= MAX_FILE_BYTES:
        return document
    problem = Problem(1, f"only the first {MAX_FILE_BYTES // 1024} KiB were read")
    return document._replace(problems=(problem, *document.problems))


def names_in_folder(form: Format, folder: str) -> tuple[str, ...]:
    """Return what the document in a folder of that name may be called, the likeliest first.

    None where it is no folder of a session's own: that one begins with its date.
    """
    is_own = (
        folder[:1].isdigit()
        and form.is_document_name(f"{folder}.md")
        and dates.parse_name(folder) is not None
    )
    return _IN_A_FOLDER if is_own else ()


def document_of(
    form: Format,
    path: str,
    data: bytes,
    modified: datetime,
    *,
    redact: bool = True,
) -> Document:
    """Read the bytes of a file that lies in a place of ``form``'s.

    ``path`` is as it is to be shown, ``modified`` when it was written; whether to ``redact`` the
    project says. Raises UnreadableFileError for bytes that are no text, or hold none.
    """
    text, problems = files.decode(data)
    if not text.strip():
        raise UnreadableFileError(EMPTY)
    document = of_text(form, text).read(path, text, modified)
    if redact:
        document = redaction.redacted(document, text)
    return document._replace(problems=(*problems, *document.problems), digest=files.digest_of(data))
