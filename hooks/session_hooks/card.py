"""What the store holds in brief, for a start that doesn't open it.

The card says which state of the database it was written from: the number that SQLite counts up
with every transaction, in the file's own header (sqlite.org/fileformat.html, "File change
counter"). It holds while that is the same. Who wrote to the store writes it anew.

Imported in front of a waiting person at every start: ``json`` and builtins.
"""

import json
import os

FILE = "state.json"
DATABASE = "state.db"
FORM = 1
_COUNTER = slice(24, 28)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def write(folder: str, version: list[int], held: dict[str, object]) -> None:
    """Write the card of a database in its ``version``; raises OSError."""
    replace(os.path.join(folder, FILE), {"form": FORM, "version": version, **held})


def read(folder: str) -> dict[str, object] | None:
    """Return what the database holds, if its card is up to date; else None."""
    card = load(os.path.join(folder, FILE))
    is_current = card.get("form") == FORM and card.get("version") == version(folder)
    # Where a journal is left, a transaction is on its way, or is to be undone.
    is_whole = not os.path.lexists(os.path.join(folder, f"{DATABASE}-journal"))
    return card if is_current and is_whole else None


def version(folder: str) -> list[int] | None:
    """Return what tells the database's state from every other; None where there is none."""
    try:
        fd = os.open(os.path.join(folder, DATABASE), os.O_RDONLY | _NO_LINK)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        # Its other signs tell a database that was put in the place of this one, or begun anew.
        signs = [status.st_ino, status.st_size, status.st_mtime_ns]
        return [*signs, *os.read(fd, _COUNTER.stop)[_COUNTER]]
    finally:
        os.close(fd)


def load(path: str) -> dict[str, object]:
    """Return the JSON object in a file; an empty one where there is none that can be read."""
    try:
        with open(os.open(path, os.O_RDONLY | _NO_LINK), "rb") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def replace(path: str, value: dict[str, object]) -> None:
    """Put a JSON object in a file's place, for its owner alone; raises OSError.

    At every moment there is the old one or the new one: another start may be reading.
    """
    new = f"{path}.{os.getpid()}"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
    try:
        with open(fd, "w", encoding="ascii") as file:
            json.dump(value, file)
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
