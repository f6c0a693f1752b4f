"""What the store holds in brief, for a start that doesn't open it.

The card says which state of the database it was written from: the number that SQLite counts up
with every transaction, in the file's own header (sqlite.org/fileformat.html, "File change
counter"). It holds while that is the same. Who wrote to the store writes it anew.

Imported in front of a waiting person at every start: ``json`` and builtins.
"""

import json
import os
import stat

FILE = "state.json"
DATABASE = "state.db"
FORM = 1
_COUNTER = slice(24, 28)
_JOURNAL_HEAD = 28
_MOST_BYTES = 16 * 1024 * 1024
"""Of a card or an answer; with ten thousand documents one has a megabyte."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)


def write(folder: str, version: list[int], held: dict[str, object]) -> None:
    """Write the card of a database in its ``version``; raises OSError."""
    replace(os.path.join(folder, FILE), {"form": FORM, "version": version, **held})


def read(folder: str) -> dict[str, object] | None:
    """Return what the database holds, if its card is up to date; else None."""
    card = load(os.path.join(folder, FILE))
    is_current = card.get("form") == FORM and card.get("version") == version(folder)
    return card if is_current and not _has_journal(folder) else None


def _has_journal(folder: str) -> bool:
    """Tell whether a transaction is on its way, or is to be undone.

    Of one that is done the journal's head holds zeros (sqlite.org/pragma.html, "journal_mode",
    PERSIST).
    """
    try:
        head = _read(os.path.join(folder, f"{DATABASE}-journal"), _JOURNAL_HEAD)
    except FileNotFoundError:
        return False
    return head.strip(b"\0") != b""


def version(folder: str) -> list[int] | None:
    """Return what tells the database's state from every other; None where there is none."""
    path = os.path.join(folder, DATABASE)
    try:
        status = os.stat(path)
        # Its other signs tell a database that was put in the place of this one, or begun anew.
        signs = [status.st_ino, status.st_size, status.st_mtime_ns]
        return [*signs, *_read(path, _COUNTER.stop)[_COUNTER]]
    except OSError:
        return None


def load(path: str) -> dict[str, object]:
    """Return the JSON object in a file; an empty one where there is none that can be read."""
    try:
        found = json.loads(_read(path, _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(path: str, most: int) -> bytes:
    """Return the beginning of a regular file; raises OSError for anything else."""
    fd = os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAITING)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{path} is no regular file")
        data = b""
        while len(data) < most and (chunk := os.read(fd, most - len(data))):
            data += chunk
        return data
    finally:
        os.close(fd)


def replace(path: str, value: dict[str, object]) -> None:
    """Put a JSON object in a file's place, for its owner alone; raises OSError.

    At every moment there is the old one or the new one: another start may be reading.
    """
    new = f"{path}.{os.getpid()}"
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
        try:
            with open(fd, "wb") as file:
                # Not json.dump, which goes through it in Python, piece by piece.
                file.write(json.dumps(value).encode())
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise
    except OSError as error:  # named as it is called each time, so that it is told once
        raise OSError(f"{path} can't be written: {error.strerror or error}") from error
