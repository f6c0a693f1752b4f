"""Open and decode one file safely: regular, inside the project, bounded."""

import codecs
import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from session_hooks.documents.model import LEAVES, Problem
from session_hooks.util.lazy import pattern

MAX_FILE_BYTES = 1024 * 1024  # what matters in a document stands at its head
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
MOST_TEXT = 200_000
MOST_LINES = 10_000
_OURS, _BASE, _THEIRS, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
_MARKER = pattern(r"={7}|(?:<{7}|\|{7}|>{7})(?: .*)?")  # git writes a name behind each but one
_NEXT = {_OURS: (_BASE, _THEIRS), _BASE: (_THEIRS,), _THEIRS: (_END,)}


class UnreadableFileError(Exception):
    """A file that is not to be read, or can't be; the message says why."""


def resolve(root: str, path: str, others: Callable[[], Iterable[str]] = tuple) -> str:
    """Return where a path in the folder ``root`` really leads.

    Raises UnreadableFileError where that is nowhere, or outside it and ``others``, asked for last.
    """
    real = os.path.realpath(path)
    if os.path.islink(path) and not os.path.exists(path):
        raise UnreadableFileError("it is a link to a file that does not exist")
    if not is_inside(real, [root]) and not is_inside(real, others()):
        raise UnreadableFileError(LEAVES)
    return real


def is_inside(real: str, folders: Iterable[str]) -> bool:
    """``real`` has no links in it."""
    return any(real.startswith(os.path.join(folder, "")) for folder in folders)


def link_on(root: str, path: str) -> str:
    """Return the first link on the way from ``root`` to a path; the path where there is none."""
    ways = accumulate(path.split("/"), "{}/{}".format)
    return next((way for way in ways if os.path.islink(os.path.join(root, way))), path)


def read(path: str, most: int = MAX_FILE_BYTES) -> tuple[bytes, os.stat_result] | None:
    """Return bytes and the status before; None where it vanished. Raises UnreadableFileError."""
    try:
        # Non-blocking, so that opening a FIFO doesn't wait for a writer before it is refused.
        fd = os.open(path, os.O_RDONLY | _SAFE | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFileError(reason(error)) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError("it is not a regular file")
        return os.read(fd, min(status.st_size + 1, most)), status
    except OSError as error:
        raise UnreadableFileError(reason(error)) from error
    finally:
        os.close(fd)


def reason(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return (said or type(error).__name__).lower()


def decode(data: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Decode a file's bytes, whatever their encoding and line ends, as far as it is interpreted.

    Of a merge conflict that is ours; of a text that is too long, its first and last lines. Raises
    UnreadableFileError for bytes that are no text.
    """
    text, guessed = _decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    conflicts: tuple[Problem, ...] = ()
    if _OURS in text and _END in text:
        text, conflicts = _ours(text)
    text, left_out = _bounded(text)
    return text, (*conflicts, *left_out, *guessed)


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


def _bounded(text: str) -> tuple[str, tuple[Problem, ...]]:
    if len(text) <= MOST_TEXT and text.count("\n") < MOST_LINES:
        return text, ()
    begin, end = _end_of_first(text), _begin_of_last(text)
    if not text[begin:end].strip("\n"):
        return text, ()
    line, empty = text.count("\n", 0, begin) + 1, text.count("\n", begin, end)
    which = f"lines {line} to {line + empty} were" if empty else f"line {line} was"
    problem = Problem(line, f"too long: {which} not interpreted whole")
    return text[:begin] + "\n" * empty + text[end:], (problem,)


def _end_of_first(text: str) -> int:
    lines = text[: MOST_TEXT // 2].split("\n", MOST_LINES // 2)
    return sum(map(len, lines[:-1])) + len(lines) - 1 or MOST_TEXT // 2


def _begin_of_last(text: str) -> int:
    lines = text[-(MOST_TEXT // 2) :].rsplit("\n", MOST_LINES // 2)
    return len(text) - (sum(map(len, lines[1:])) + len(lines) - 2 if lines[1:] else MOST_TEXT // 2)


def _ours(text: str) -> tuple[str, tuple[Problem, ...]]:
    lines = text.split("\n")
    markers = [(at, line[:7]) for at, line in enumerate(lines) if _MARKER.fullmatch(line)]
    problems = []
    seen: list[tuple[int, str]] = []
    for at, marker in markers:
        if marker == _OURS:
            seen = [(at, marker)]
        elif not seen or marker not in _NEXT[seen[-1][1]]:
            # A heading's underline, a quotation: in ours or theirs they are text.
            continue
        elif marker != _END:
            seen.append((at, marker))
        else:
            begin, (other, _) = seen[0][0], seen[1]
            lines[begin] = ""
            lines[other : at + 1] = [""] * (at + 1 - other)
            problems.append(Problem(begin + 1, "merge conflict"))
            seen = []
    return "\n".join(lines), tuple(problems)


def create(path: str, data: bytes, times: tuple[int, int] | None = None) -> None:
    """Write a new file, whole or not at all.

    ``times`` are of the last access and the last change, in nanoseconds. Raises FileExistsError
    where there is anything, be it a link to nothing, and OSError.
    """
    with _part(path, data, 0o666) as part:
        if times:
            os.utime(part, ns=times)
        rename_over_nothing(part, path)


def replace(path: str, data: bytes, before: bytes, *, keep_times: bool = False) -> bool:
    """Replace a file that still holds ``before``, at once; False where it was changed meanwhile.

    Its mode stays, and its times if asked. Raises OSError, with nothing changed.
    """
    with _part(path, data, 0o600) as part:
        with open(path, "rb") as current:
            if current.read() != before:
                return False
            status = os.fstat(current.fileno())
            os.chmod(part, stat.S_IMODE(status.st_mode))
        if keep_times:
            os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.replace(part, path)
    return True


@contextlib.contextmanager
def _part(path: str, data: bytes, mode: int) -> Iterator[str]:
    """Write data beside a path, on the disk; what is left of it at the end goes."""
    name = f".agent-session-hooks-{os.getpid()}-{time.time_ns()}.tmp"
    part = os.path.join(os.path.dirname(path), name)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, mode)
    try:
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)


def rename_over_nothing(source: str, target: str) -> None:
    """Rename a file; raises FileExistsError where there is anything, and OSError."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:  # the file system knows no hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from error
        os.rename(source, target)
    else:
        os.unlink(source)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
