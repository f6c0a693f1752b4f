"""The project's folder on disk to documents: which files are read, and for how long."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from session_hooks import archive, closed, dates, files, head_text, stamps
from session_hooks.copies import copies
from session_hooks.deferred import Deferred, Read, deferred
from session_hooks.document import Document, Problem, Status, Unread
from session_hooks.facts import Scan
from session_hooks.files import MAX_FILE_BYTES, UnreadableFileError
from session_hooks.formats import FORMATS, PLACES, Format, is_template, named, of_text, session
from session_hooks.index import COMPLETED, DOCUMENT, NONE, TEMPLATE, UNREADABLE, Entry, Index
from session_hooks.project import Project
from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

AT_LEAST = 20
"""How many files are read whatever the time: listing a large folder may take all of it."""
_FEW = 40
"""How many heads are read before telling completed files by a pattern pays: compiling it takes as
long as they do."""
_LAST_SECOND = 253_402_300_799.0
"""Of the year 9999: a file may say that it was written later, and no datetime is."""
_PATH, _FORMAT, _STATUS, _WORD, _MODIFIED, _DIGEST = map(
    Document._fields.index, ("path", "format", "status", "status_word", "modified", "digest")
)
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
    places: Mapping[str, tuple[str, ...]] = PLACES,
    index: Index | None = None,
) -> Scan:
    """Read the project's documents, the most recently written first, for at most ``seconds``.

    ``places`` says for each format that is read in which folders, relative to the project.
    Only regular files inside the project are opened, links resolved first; nothing in them or
    about them raises.

    With an ``index``, what that holds of an unchanged file is taken as it is, and whatever else is
    found is noted in it. Documents are then ``Deferred``: what is not at hand of them is read when
    it is asked for.
    """
    return _Scanning(project, time.monotonic() + seconds, index).of(places)


class _Scanning:
    """A scan as far as it has come."""

    def __init__(self, project: Project, deadline: float, index: Index | None) -> None:
        self._project = project
        self._deadline = deadline
        self._index = index
        rest = _Rest(project, index)  # not the scan itself, which holds more than what is found
        self._with_body = rest.with_body
        self._of_a_completed: list[Any] = [rest.whole] * len(Document._fields)
        self._of_a_completed[_FORMAT] = session.NAME
        self._of_a_completed[_STATUS] = Status.COMPLETED
        self._listed: dict[str, list[os.DirEntry[str]]] = {}
        self._stamps: dict[str, stamps.Stamp | None] = {}
        self._documents: list[Document] = []
        self._templates: list[Document] = []
        self._unread: list[Unread] = []
        self._not_reached = 0
        self._heads_read = 0
        self._linked: list[str] = []

    def of(self, places: Mapping[str, tuple[str, ...]]) -> Scan:
        for form in FORMATS:
            for folder in places.get(form.NAME, ()):
                try:
                    found = self._files(form, folder)
                except (OSError, UnreadableFileError) as error:
                    # The others may be anybody's: docs/, a linked .claude/.
                    if form.NAME == session.NAME:
                        link = files.link_on(self._project.root, folder)
                        self._unread.append(Unread(link, files.reason(error)))
                else:
                    self._take_all(form, found)
        same = copies(self._documents)
        return Scan(
            tuple(one for one in self._documents if one.path not in same),
            tuple(self._unread),
            self._not_reached,
            next(iter(places.get(session.NAME, ())), session.FOLDER),
            tuple(self._templates),
            tuple(self._stamps.items()),
            tuple(self._linked),
            tuple((one, same[one.path]) for one in self._documents if one.path in same),
        )

    # --- what is there ---------------------------------------------------------------------------

    def _files(self, form: Format, folder: str) -> list[_File]:
        """Return the files of a folder that may be documents, the most recently written last."""
        found = []
        for item in self._listing(folder):
            if _is_folder(item):
                file = self._in_folder(item, form, folder)
                if form.is_document_name(item.name):  # a link may lead to a file tomorrow
                    self._stamps[item.path] = stamps.stamp(item.path)
            elif form.is_document_name(item.name):
                file = _file(item, item.name, item.path, folder)
            else:
                continue
            if file is not None:
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
        return None

    # --- what is in it ---------------------------------------------------------------------------

    def _take_all(self, form: Format, found: list[_File]) -> None:
        """Take files, the last one first; none is kept longer than needed: they are many."""
        read = 0
        known = None if self._index is None or self._index.is_empty else self._index
        while found:
            file = found.pop()
            if known is not None and self._take_known(known, form, file):
                continue
            if read >= AT_LEAST and time.monotonic() > self._deadline:
                self._not_reached += 1
                continue
            read += 1
            try:
                self._take(form, file)
            except UnreadableFileError as error:
                self._unread.append(Unread(file.shown, str(error)))

    def _take_known(self, index: Index, form: Format, file: _File) -> bool:
        """Take what is remembered of an unchanged file; False where that is nothing.

        Of links nothing is: they may lead elsewhere while all that they lead through looks alike.
        """
        if file.stamp is None or not file.is_plain:
            return False
        written = file.written
        known = index.find(file.shown, form.NAME, file.stamp)
        if known is None or not known.is_sound:
            return False
        if known.kind == COMPLETED:
            self._documents.append(
                self._completed(known.text, known.digest, file.shown, _moment(written))
            )
        elif known.kind == UNREADABLE:
            self._unread.append(Unread(file.shown, known.text))
        elif known.kind in (DOCUMENT, TEMPLATE):
            document = _remembered(known, _moment(written), self._with_body)
            if document is None:
                return False
            (self._documents if known.kind == DOCUMENT else self._templates).append(document)
        elif known.kind != NONE:
            return False
        index.keep(known)
        return True

    def _take(self, form: Format, file: _File) -> None:
        """Read a file; raises UnreadableFileError."""
        read = _read(self._project, form, file)
        if read is None:
            return
        data, stamp, written = read
        self._stamps[file.path] = stamp
        is_triaged = self._heads_read >= _FEW and form is session and len(data) < MAX_FILE_BYTES
        word = closed.status_word(data) if is_triaged and self._index is not None else None
        if word is not None:
            digest = archive.digest_of(data)
            self._documents.append(self._completed(word, digest, file.shown, _moment(written)))
            self._note(form, file, stamp, (COMPLETED, digest, word))
            return
        self._heads_read += 1
        try:
            before = self._before(form, file)
            document = document_of(form, file.shown, data, _moment(written), before)
        except UnreadableFileError as error:
            self._note(form, file, stamp, (UNREADABLE, "", str(error)))
            raise
        if document is None:
            self._note(form, file, stamp, (NONE, "", ""))
            return
        document = _told_of_size(document, stamp)
        kind = TEMPLATE if is_template(document) else DOCUMENT
        if self._index is not None:
            self._note(form, file, stamp, (kind, document.digest, head_text.to_text(document)))
            if document.status is Status.COMPLETED:  # its text would stay in memory for nobody
                without: Any = document._asdict() | {"body": self._with_body}
                document = deferred(without.values())
        (self._documents if kind == DOCUMENT else self._templates).append(document)

    def _before(self, form: Format, file: _File) -> Document | None:
        """Return what is remembered of a file that has changed since."""
        entry = self._index.outdated(file.shown, form.NAME) if self._index else None
        if entry is None or entry.kind != DOCUMENT:
            return None
        return _remembered(entry, datetime.fromtimestamp(0, UTC), self._with_body)

    def _note(
        self, form: Format, file: _File, stamp: stamps.Stamp, found: tuple[str, str, str]
    ) -> None:
        if self._index is not None and file.is_plain:
            self._index.note(Entry._make((file.shown, form.NAME, *stamp, *found)))

    def _completed(self, word: str, digest: str, path: str, modified: datetime) -> Deferred:
        fields = self._of_a_completed.copy()
        fields[_PATH], fields[_WORD], fields[_MODIFIED] = path, word, modified
        fields[_DIGEST] = digest
        return deferred(fields)


def _remembered(entry: Entry, modified: datetime, read_body: Read) -> Deferred | None:
    return head_text.from_text(entry.text, entry.path, modified, entry.digest, read_body)


class _Rest:
    """Reads what is not at hand of documents."""

    def __init__(self, project: Project, index: Index | None) -> None:
        self._project = project
        self._index = index

    def whole(self, held: Deferred) -> Document:
        """Read a document of which a part is at hand; by its name, where its file is gone."""
        place = self._index.place_of(held.path) if self._index else None
        try:
            read = self._read_again(held.path, named(place or session.NAME))
            if read is not None:
                form = named(place or session.NAME)
                document = document_of(form, held.path, read.data, held.modified)
                if document is not None:
                    return _told_of_size(document, read.stamp)
        except UnreadableFileError:
            pass
        return named(held.format).read(held.path, "", held.modified)

    def with_body(self, held: Deferred) -> Document:
        """Read the body of a document whose head is at hand; all of it, where it changed since."""
        try:
            read = self._read_again(held.path, named(held.format))
        except UnreadableFileError:
            read = None
        if read is None or archive.digest_of(read.data) != held.digest:
            return self.whole(held)
        text, _ = files.decode(read.data)
        return held.with_body(text[len(held.head) :])

    def _read_again(self, path: str, form: Format) -> _Bytes | None:
        name = os.path.basename(path)
        name = name if form.is_document_name(name) else path  # in a folder of a session's own
        at = os.path.join(self._project.root, *path.split("/"))
        return _read(self._project, form, _File(name, at, path))


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
    if is_alone and not form.is_document_name(os.path.basename(real)):
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
    is_own = form.is_document_name(f"{folder}.md") and dates.parse_name(folder) is not None
    return _IN_A_FOLDER if is_own else ()


def document_of(
    form: Format, path: str, data: bytes, modified: datetime, before: Document | None = None
) -> Document | None:
    """Read the bytes of a file that lies in a place of ``form``'s; None where it is no document.

    ``path`` is as it is to be shown, ``modified`` when it was written, ``before`` what the file was
    read as before. Raises UnreadableFileError for bytes that are no text, or hold none.
    """
    text, problems = files.decode(data)
    if not text.strip():
        raise UnreadableFileError("it is empty")
    written_in = of_text(form, text)
    if written_in is None:
        return None
    document = written_in.read(path, text, modified, before)
    return document._replace(
        problems=(*problems, *document.problems), digest=archive.digest_of(data)
    )
