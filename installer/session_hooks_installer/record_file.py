"""Where the record of installations is kept: in the state folder of the project it is about."""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from session_hooks.project import project_at
from session_hooks.state import STATE_FOLDER, state_folders
from session_hooks_installer import record
from session_hooks_installer.locking import LOCK
from session_hooks_installer.record import Record

FILE = "installed.json"
PART = ".part"
"""What its name ends with while it is written."""
_MAX_BYTES = 64 * 1024 * 1024


def folders_for(path: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the state folders, best first, for a settings file, where its links lead to.

    Two projects that share a settings file through a link share its record, and its lock.
    """
    folder = Path(os.path.realpath(path)).parent
    place = folder.parent if folder.name == ".claude" else folder
    folders = state_folders(*project_at(str(place))[:2], environ)
    # One that came with an archive may lead anywhere.
    return [one for one in folders if not os.path.islink(one)]


def read(folders: Sequence[str]) -> Record:
    """Return the record in the first folder that has one; an empty one where it can't be read.

    Without it nothing is lost: an uninstallation then takes out our handlers alone. The file names
    paths as they lie from its folder, so that a repository can be moved.
    """
    for folder in folders:
        path = os.path.join(folder, FILE)
        with contextlib.suppress(OSError, ValueError):
            if os.path.isfile(path) and os.path.getsize(path) <= _MAX_BYTES:
                kept = record.from_text(Path(path).read_bytes().decode())
                return _renamed(kept, _beside(folder))
    return {}


def write(folders: Sequence[str], kept: Record) -> bool:
    """Keep a record in the first folder that takes it, in one step; an empty one is deleted.

    Returns whether a folder took it.
    """
    if not kept:
        for folder in folders:
            _delete(folder)
        return True
    return any(_write(folder, kept) for folder in folders)


def _renamed(kept: Record, rename: Callable[[str], str]) -> Record:
    return {
        rename(path): entry._replace(wanted_by=tuple(map(rename, entry.wanted_by)))
        for path, entry in kept.items()
    }


def _beside(folder: str) -> Callable[[str], str]:
    return lambda path: os.path.normpath(os.path.join(folder, path))


def _from(folder: str) -> Callable[[str], str]:
    def from_folder(path: str) -> str:
        try:
            return os.path.relpath(path, folder)
        except ValueError:  # on another drive
            return path

    return from_folder


def _write(folder: str, kept: Record) -> bool:
    text = record.to_text(_renamed(kept, _from(folder)))
    part = os.path.join(folder, FILE + PART)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)  # of a run that was killed
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, os.path.join(folder, FILE))
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        return False
    return True


def _delete(folder: str) -> None:
    for name in (FILE + PART, FILE):
        with contextlib.suppress(OSError):  # one that can't be deleted fits no text any more
            os.unlink(os.path.join(folder, name))


def is_left(folders: Sequence[str]) -> bool:
    """Tell whether a killed run left a part of the record, or folders with nothing in them."""
    around = [os.path.dirname(folder) for folder in folders]
    for folder in (*folders, *(one for one in around if os.path.basename(one) == STATE_FOLDER)):
        with contextlib.suppress(OSError):
            names = set(os.listdir(folder))
            if names <= {LOCK} or FILE + PART in names:
                return True
    return False


def remove_empty(folders: Sequence[str]) -> None:
    """Remove the lock file, which the caller holds, and the state folders that then are empty.

    What a killed run wrote of the record goes, too.
    """
    for folder in folders:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, FILE + PART))
        with contextlib.suppress(OSError):  # what is not empty stays
            if os.listdir(folder) == [LOCK]:
                os.unlink(os.path.join(folder, LOCK))
            os.rmdir(folder)
            if os.path.basename(around := os.path.dirname(folder)) == STATE_FOLDER:
                os.rmdir(around)
