"""One file of a project to bytes and text: what may be opened, and how much of it is read."""

import codecs
import os
import stat
from collections.abc import Callable, Iterable

from session_hooks import document_text
from session_hooks.document import LEAVES, Problem

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


class UnreadableFileError(Exception):
    """A file that is not to be read, or can't be; the message says why."""


def resolve(root: str, path: str, others: Callable[[], Iterable[str]] = tuple) -> str:
    """Return where a path in the folder ``root`` really leads.

    Raises UnreadableFileError where that is nowhere, or outside it and those of ``others``, which
    are asked for only then.
    """
    real = os.path.realpath(path)
    if os.path.islink(path) and not os.path.exists(path):
        raise UnreadableFileError("it is a link to a file that does not exist")
    if not is_inside(real, [root]) and not is_inside(real, others()):
        raise UnreadableFileError(LEAVES)
    return real


def is_inside(real: str, folders: Iterable[str]) -> bool:
    """Tell whether a path without links lies in one of some folders."""
    return any(real.startswith(os.path.join(folder, "")) for folder in folders)


def link_on(root: str, path: str) -> str:
    """Return the first link on the way from ``root`` to a path; the path where there is none."""
    parts = path.split("/")
    ways = ["/".join(parts[: number + 1]) for number in range(len(parts))]
    return next((way for way in ways if os.path.islink(os.path.join(root, way))), path)


def read(path: str) -> tuple[bytes, os.stat_result] | None:
    """Read the head of a regular file, and its status before that; None where it has vanished.

    Raises UnreadableFileError. Five system calls, a third of what a buffered file takes.
    """
    fd = _open(path)
    if fd is None:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError("it is not a regular file")
        return _read(fd, status.st_size), status
    except OSError as error:
        raise UnreadableFileError(reason(error)) from error
    finally:
        os.close(fd)


def read_again(path: str, size: int) -> bytes | None:
    """Read the head of what was a regular file of that ``size`` just now; None as above.

    What came into its place meanwhile, a FIFO even, is not waited for. Raises UnreadableFileError.
    """
    fd = _open(path)
    if fd is None:
        return None
    try:
        return _read(fd, size)
    except OSError as error:
        raise UnreadableFileError(reason(error)) from error
    finally:
        os.close(fd)


def _open(path: str) -> int | None:
    try:
        # Non-blocking, so that opening a FIFO doesn't wait for a writer before it is refused.
        return os.open(path, os.O_RDONLY | _NO_WAITING)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFileError(reason(error)) from error


def _read(fd: int, size: int) -> bytes:
    # One byte more than there should be tells in one call that there is none.
    data = os.read(fd, min(size + 1, MAX_FILE_BYTES))
    if len(data) == size or len(data) == MAX_FILE_BYTES:
        return data
    parts = [data]  # a network's short answer, or it is being written to
    left = MAX_FILE_BYTES - len(data)
    while left and (data := os.read(fd, left)):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def reason(error: Exception) -> str:
    """Say why a file can't be read, in a few words."""
    said = error.strerror if isinstance(error, OSError) else str(error)
    return (said or type(error).__name__).lower()


def decode(data: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Decode a file's bytes, whatever their encoding and line ends, as far as it is interpreted.

    A problem says where the encoding had to be guessed, and what is left out (``document_text``).

    Raises UnreadableFileError for bytes that are no text.
    """
    text, problems = _decode(data)
    text, left_out = document_text.interpreted(text.replace("\r\n", "\n").replace("\r", "\n"))
    return text, (*left_out, *problems)


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
