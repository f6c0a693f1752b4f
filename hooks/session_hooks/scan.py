"""The project's folder on disk to documents: which files are read, and for how long."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from session_hooks import archive, closed, dates, files, head_text, locations, redaction, stamps
from session_hooks.copies import copies
from session_hooks.deferred import Deferred, deferred
from session_hooks.document import EMPTY, Document, Problem, Status, Unread
from session_hooks.facts import Scan
from session_hooks.files import MAX_FILE_BYTES, UnreadableFileError
from session_hooks.formats import FORMATS, Format, is_template, of_text, session
from session_hooks.formats.names import is_prose, likely
from session_hooks.index import (
    COMPLETED,
    DOCUMENT,
    TEMPLATE,
    UNOPENED,
    UNREADABLE,
    Entry,
    Index,
)
from session_hooks.locations import Names
from session_hooks.project import Project
from session_hooks.roots import SESSIONS
from session_hooks.values import Value

AT_LEAST = 20
"""How many files are read whatever the time: listing a large folder may take all of it."""
_FEW = 40
"""How many heads are read before telling completed files by a pattern pays: compiling it takes as
long as they do."""
_LAST_SECOND = 253_402_300_799.0
"""Of the year 9999: a file may say that it was written later, and no datetime is."""
_LONG_AGO = datetime.fromtimestamp(0, UTC)
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


class _Bytes(Value):
    """What a file holds, as it was seen before it was read.

    Should it be written to in between, its next stamp is another one.
    """

    data: bytes
    stamp: stamps.Stamp
    written: float


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

    With an ``index``, what that holds of an unchanged file is not found out again, and whatever
    else is found is noted in it. Completed session files are then ``Deferred``: read when they are
    asked for. Every other document is whole, and of one text.
    """
    return _Scanning(project, time.monotonic() + seconds, index).of(places)


class _Scanning:
    """A scan as far as it has come."""

    def __init__(self, project: Project, deadline: float, index: Index | None) -> None:
        self._project = project
        self._deadline = deadline
        self._index = index
        self._again = _Again(project, index)  # not the scan itself, which holds more
        self._listed: dict[str, list[os.DirEntry[str]]] = {}
        self._found: set[str] = set()
        self._stamps: dict[str, stamps.Stamp | None] = {}
        self._documents: list[Document] = []
        self._templates: list[Document] = []
        self._unread: list[Unread] = []
        self._not_reached = 0
        self._heads_read = 0
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
            place = os.path.join(root, *folder.split("/")) if folder else root
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
        read = 0
        while found:
            file = found.pop()
            entry = self._remembered(form, file)
            if entry is not None and self._take_known(entry, form, file):
                continue
            if read >= AT_LEAST and time.monotonic() > self._deadline:
                self._not_reached += 1
                continue
            read += 1
            try:
                self._take(form, file, entry)
            except UnreadableFileError as error:
                self._unread.append(Unread(file.shown, str(error)))

    def _remembered(self, form: Format, file: _File) -> Entry | None:
        """Return what is remembered of a file.

        Of links nothing is: they may lead elsewhere while all that they lead through looks alike.
        """
        if self._index is None or not file.is_plain:
            return None
        return self._index.find(file.shown, form.NAME)

    def _take_known(self, entry: Entry, form: Format, file: _File) -> bool:
        """Take a file of which all is remembered; False for one that is to be read anew.

        However little time there is: each hook gets further than the one before.
        """
        if self._index is None or file.stamp is None:
            return False
        if entry.kind in UNOPENED:
            if not self._index.is_unchanged(entry, file.stamp):
                return False
            if entry.kind == COMPLETED:
                self._add_completed(file, entry.digest, file.written)
            elif entry.kind == UNREADABLE:
                self._unread.append(Unread(file.shown, entry.text))
        else:
            document = _as_known(entry, self._project, form, file)
            if document is None:
                return False
            (self._documents if entry.kind == DOCUMENT else self._templates).append(document)
        self._index.keep(entry)
        return True

    def _take(self, form: Format, file: _File, entry: Entry | None) -> None:
        """Read a file, ``entry`` is what is remembered of it; raises UnreadableFileError."""
        read = _read(self._project, form, file)
        if read is None:
            return
        data, stamp, written = read
        self._stamps[file.path] = stamp
        digest = "" if self._index is None else archive.digest_of(data)
        is_triaged = self._heads_read >= _FEW and form is session and len(data) < MAX_FILE_BYTES
        if is_triaged and self._index is not None and closed.status_word(data) is not None:
            self._note(form, file, stamp, (COMPLETED, digest, ""))
            self._add_completed(file, digest, written)
            return
        self._heads_read += 1
        try:
            before = _before(entry) if entry is not None else None
            document = document_of(
                form, file.shown, data, _moment(written), before, redact=self._project.redact
            )
        except UnreadableFileError as error:
            self._note(form, file, stamp, (UNREADABLE, "", str(error)))
            raise
        document = _told_of_size(document, stamp)
        is_blank = is_template(document)
        kind = TEMPLATE if is_blank else COMPLETED if _is_completed(document) else DOCUMENT
        if self._index is not None:
            self._note(form, file, stamp, (kind, digest, head_text.to_text(document)))
            if kind == COMPLETED:  # its text would stay in memory for nobody
                self._add_completed(file, digest, written)
                return
        (self._templates if is_blank else self._documents).append(document)

    def _note(
        self, form: Format, file: _File, stamp: stamps.Stamp, found: tuple[str, str, str]
    ) -> None:
        if self._index is not None and file.is_plain:
            self._index.note(Entry._make((file.shown, form.NAME, *stamp, *found)))

    def _add_completed(self, file: _File, digest: str, written: float) -> None:
        self._documents.append(deferred(file.shown, _moment(written), digest, self._again.whole))


def _is_completed(document: Document) -> bool:
    return document.format == session.NAME and document.status is Status.COMPLETED


def _as_known(entry: Entry, project: Project, form: Format, file: _File) -> Document | None:
    """Read a document that is known by its bytes; None where these are others."""
    if entry.kind not in (DOCUMENT, TEMPLATE):
        return None
    try:
        read = _read(project, form, file)
        if read is None or len(read.data) != entry.size:
            return None
        if archive.digest_of(read.data) != entry.digest:
            return None
        text, _ = files.decode(read.data)
    except UnreadableFileError:
        return None
    modified = _moment(read.written)
    found = head_text.from_text(entry.text, file.shown, modified, entry.digest, text)
    return found and _masked(found, project)


def _masked(document: Document, project: Project) -> Document:
    """Return a document whose head is masked already with its body masked, too."""
    return document._replace(body=redaction.redact(document.body)) if project.redact else document


def _before(entry: Entry) -> Document | None:
    """Return the head of what a file was before it changed."""
    return head_text.from_text(entry.text, entry.path, _LONG_AGO, "", "") if entry.text else None


class _Again:
    """Reads completed session files once more, when they are asked for."""

    def __init__(self, project: Project, index: Index | None) -> None:
        self._project = project
        self._index = index

    def whole(self, held: Deferred) -> Document | None:
        """Read all of one; None where its file is gone, or not as it was."""
        name = os.path.basename(held.path)
        name = name if session.is_document_name(name) else held.path  # in a folder of its own
        place = os.path.join(self._project.root, *held.path.split("/"))
        try:
            read = _read(self._project, session, _File(name, place, held.path))
            if read is None or archive.digest_of(read.data) != held.digest:
                return None
            return self._of(held, read)
        except UnreadableFileError:
            return None

    def _of(self, held: Deferred, read: _Bytes) -> Document | None:
        entry = self._index.find(held.path, session.NAME) if self._index else None
        text, _ = files.decode(read.data)
        if entry is not None and entry.text and entry.digest == held.digest:
            found = head_text.from_text(entry.text, held.path, held.modified, held.digest, text)
            if found is not None:
                return _masked(found, self._project)
        document = document_of(
            session, held.path, read.data, held.modified, redact=self._project.redact
        )
        document = _told_of_size(document, read.stamp)
        if entry is not None and self._index is not None:
            self._index.note(entry._replace(text=head_text.to_text(document)))
        return document


def _name(item: os.DirEntry[str]) -> str:
    """Return what a document that an item may be would be called: of a folder's own, by that."""
    return f"{item.name}.md" if _is_folder(item) else item.name


def _resolved_folder(project: Project, place: str) -> str:
    """Return where a folder of documents really is; raises UnreadableFileError.

    It may lie in another worktree of the same repository, so that all of them share it.
    """

    def others() -> Iterable[str]:
        from session_hooks.elsewhere import other_worktrees  # hardly ever needed

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


def _read(project: Project, form: Format, file: _File) -> _Bytes | None:
    """Read a file's bytes; None where it has vanished. Raises UnreadableFileError."""
    if file.is_plain and file.stamp is not None:
        data = files.read_again(file.path, file.stamp[1])
        return None if data is None else _Bytes(data, file.stamp, file.written)
    place, name = os.path.split(file.path)
    if os.path.islink(file.path) or place == project.root:
        real = files.resolve(project.root, file.path)
    else:
        real = os.path.join(_resolved_folder(project, place), name)
    is_alone = os.path.basename(file.name) == file.name
    is_renamed = os.path.basename(real) != os.path.basename(file.path)
    if is_alone and is_renamed and not form.is_document_name(os.path.basename(real)):
        raise UnreadableFileError("it is a link to a file of another kind")
    read = files.read(real)
    if read is None:
        return None
    data, status = read
    return _Bytes(data, stamps.of(status), status.st_mtime)


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
    before: Document | None = None,
    *,
    redact: bool = True,
) -> Document:
    """Read the bytes of a file that lies in a place of ``form``'s.

    ``path`` is as it is to be shown, ``modified`` when it was written, ``before`` what the file was
    read as before; whether to ``redact`` the project says. Raises UnreadableFileError for bytes
    that are no text, or hold none.
    """
    text, problems = files.decode(data)
    if not text.strip():
        raise UnreadableFileError(EMPTY)
    document = of_text(form, text).read(path, text, modified, before)
    if redact:
        document = redaction.redacted(document, text)
    return document._replace(
        problems=(*problems, *document.problems), digest=archive.digest_of(data)
    )
