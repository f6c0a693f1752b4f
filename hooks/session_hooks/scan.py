"""The project's folder on disk to documents: what may be read, how much, and for how long."""

import codecs
import os
import stat
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from session_hooks import archive, dates, stamps
from session_hooks.document import Document, Problem, Unread
from session_hooks.facts import Scan
from session_hooks.formats import FORMATS, PLACES, Format, is_template, of_text, session
from session_hooks.project import Project

MAX_FILE_BYTES = 1024 * 1024
"""How much of a file is read; what matters in a document stands at its head."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_WAITING = (
    getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)


AT_LEAST = 20
"""How many files are read whatever the time: listing a large folder may take all of it."""


_IN_A_FOLDER = ("session.md", "handoff.md", "context.md", "state.md", "notes.md", "README.md")
"""What the document is called in a folder of a session's own, the first that is there."""


class _Entry(NamedTuple):
    name: str
    path: str
    shown: str
    status: os.stat_result | None


class UnreadableFileError(Exception):
    """A file that is not to be read, or can't be; the message says why."""


def scan(project: Project, seconds: float, places: Mapping[str, tuple[str, ...]] = PLACES) -> Scan:
    """Read the project's documents, the most recently written first, for at most ``seconds``.

    ``places`` says for each format that is read in which folders, relative to the project.
    Only regular files inside the project are opened, links resolved first; nothing in them or
    about them raises.
    """
    deadline = time.monotonic() + seconds
    documents: list[Document] = []
    templates: list[Document] = []
    unread: list[Unread] = []
    not_reached = 0
    seen = []
    for form in FORMATS:
        for folder in places.get(form.NAME, ()):
            place = os.path.join(project.root, *folder.split("/")) if folder else project.root
            seen.append((place, stamps.stamp(place)))
            try:
                entries = _entries(project, form, folder)
            except (OSError, UnreadableFileError) as error:
                # The others may be anybody's: docs/, a linked .claude/.
                if form.NAME == session.NAME:
                    unread.append(Unread(folder, _reason(error)))
                continue
            for index, entry in enumerate(entries):
                if index >= AT_LEAST and time.monotonic() > deadline:
                    not_reached += len(entries) - index
                    break
                seen.append((entry.path, entry.status and stamps.of(entry.status)))
                try:
                    document = _read(project, form, entry)
                except UnreadableFileError as error:
                    unread.append(Unread(entry.shown, str(error)))
                else:
                    if document is not None:
                        is_blank = is_template(document)
                        (templates if is_blank else documents).append(document)
    folder = next(iter(places.get(session.NAME, ())), session.FOLDER)
    return Scan(tuple(documents), tuple(unread), not_reached, folder, tuple(templates), tuple(seen))


def _entries(project: Project, form: Format, folder: str) -> list[_Entry]:
    """Return the files of a folder that may be documents, the most recently written first."""
    place = os.path.join(project.root, *folder.split("/")) if folder else project.root
    if not os.path.lexists(place):
        return []
    found = []
    with os.scandir(_resolve(project, place) if folder else place) as listing:
        for item in listing:
            name = _document_in(item, form)
            if form.is_document_name(item.name) or name != item.name:
                path = os.path.join(place, name)
                try:
                    status = os.stat(path)
                except OSError:  # vanished since, or a link to nowhere
                    status = None
                shown = f"{folder}/{name}" if folder else name
                found.append(_Entry(name, path, shown, status))
    # By time written, then by name, where a clone has given every file the same time.
    found.sort(key=lambda entry: (entry.status.st_mtime if entry.status else 0, entry.name))
    return found[::-1]


def names_in_folder(form: Format, folder: str) -> tuple[str, ...]:
    """Return what the document in a folder of that name may be called, the likeliest first.

    None where it is no folder of a session's own: that one begins with its date.
    """
    is_own = form.is_document_name(f"{folder}.md") and dates.parse_name(folder) is not None
    return _IN_A_FOLDER if is_own else ()


def _document_in(item: "os.DirEntry[str]", form: Format) -> str:
    """Return a folder's document, as some keep a folder for each session; else its own name."""
    names = names_in_folder(form, item.name)
    for name in names if names and os.path.isdir(item.path) else ():
        if os.path.isfile(os.path.join(item.path, name)):
            return f"{item.name}/{name}"
    return item.name


def _read(project: Project, form: Format, entry: _Entry) -> Document | None:
    """Read one document; None for what turns out not to be one."""
    if entry.status is not None and stat.S_ISDIR(entry.status.st_mode):
        return None
    real = _resolve(project, entry.path)
    is_alone = os.path.basename(entry.name) == entry.name
    if is_alone and not form.is_document_name(os.path.basename(real)):
        raise UnreadableFileError("it is a link to a file of another kind")
    found = _read_regular(real)
    if found is None:
        return None
    data, status = found
    modified = datetime.fromtimestamp(max(status.st_mtime, 0), UTC)
    document = document_of(form, entry.shown, data, modified)
    if document is not None and status.st_size > MAX_FILE_BYTES:
        problem = Problem(1, f"only the first {MAX_FILE_BYTES // 1024} KiB were read")
        document = document._replace(problems=(problem, *document.problems))
    return document


def document_of(form: Format, path: str, data: bytes, modified: datetime) -> Document | None:
    """Read the bytes of a file that lies in a place of ``form``'s; None where it is no document.

    ``path`` is as it is to be shown, ``modified`` when it was written. Raises UnreadableFileError
    for bytes that are no text, or hold none.
    """
    text, problems = decode(data)
    if not text.strip():
        raise UnreadableFileError("it is empty")
    written_in = of_text(form, text)
    if written_in is None:
        return None
    document = written_in.read(path, text, modified)
    return document._replace(
        problems=(*problems, *document.problems), digest=archive.digest_of(data)
    )


def _resolve(project: Project, path: str) -> str:
    """Return where a path really leads; raises UnreadableFileError where that is elsewhere."""
    real = os.path.realpath(path)
    if os.path.islink(path) and not os.path.exists(path):
        raise UnreadableFileError("it is a link to a file that does not exist")
    if not real.startswith(os.path.join(project.root, "")):
        raise UnreadableFileError("it is a link that leaves the project, so it is not read")
    return real


def _read_regular(path: str) -> tuple[bytes, os.stat_result] | None:
    """Read the head of a regular file; None where it has vanished since it was listed."""
    try:
        # Non-blocking, so that opening a FIFO doesn't wait for a writer before it is refused.
        fd = os.open(path, os.O_RDONLY | _NO_WAITING)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFileError(_reason(error)) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError("it is not a regular file")
        with open(fd, "rb", closefd=False) as file:
            return file.read(MAX_FILE_BYTES), status
    except OSError as error:
        raise UnreadableFileError(_reason(error)) from error
    finally:
        os.close(fd)


def _reason(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return (said or type(error).__name__).lower()


def decode(data: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Decode a file's bytes, whatever their encoding and line ends.

    A problem says where the encoding had to be guessed.

    Raises UnreadableFileError for bytes that are no text.
    """
    text, problems = _decode(data)
    return text.replace("\r\n", "\n").replace("\r", "\n"), problems


def _decode(data: bytes) -> tuple[str, tuple[Problem, ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), ()
    if b"\0" in data:
        raise UnreadableFileError("it is not text")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return codecs.utf_8_decode(data, "strict", len(data) < MAX_FILE_BYTES - 4)[0], ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(line, "not UTF-8 from here on; read as Windows-1252")
        return data.decode("cp1252", "replace"), (problem,)
