"""The record of an installation: the former text of each settings file."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks.project.project import project_at
from session_hooks.project.state import STATE_FOLDER, state_folders
from session_hooks_installer.settings.file import LOCK, write_beside

FILE = "installed.json"
_FORM = 2
_MAX_TEXTS = 20  # of one file: each branch has its own
_MAX_CHARACTERS = 1024 * 1024
_MAX_BYTES = 64 * 1024 * 1024


class FileRecord(NamedTuple):
    """A file that we wrote, or a folder that we made."""

    settings: str  # the file for whose sake
    path: str
    written: str = ""  # SHA-256 of a file's new text; "" if unknown, and of a folder
    former: str | None = None  # None where there was no file


Record = tuple[FileRecord, ...]  # the newest comes last


def find(record: Record, path: str, text: str | None) -> FileRecord | None:
    """Return the note of a file's text; None where that isn't what we wrote."""
    if text is None:
        return None
    digest = _digest(text)
    return next((n for n in reversed(record) if (n.path, n.written) == (path, digest)), None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def add(record: Record, settings: str, path: str, before: str | None, after: str) -> Record:
    """Add a file's change; where it follows another of ours, the first text stays the former."""
    earlier = find(record, path, before)
    former = earlier.former if earlier else before
    note = FileRecord(settings, path)
    if len(former or "") <= _MAX_CHARACTERS:
        note = FileRecord(settings, path, _digest(after), former)
    others = [one for one in record if one != note]
    dropped = [one for one in others if one[:2] == note[:2]][: 1 - _MAX_TEXTS]
    return (*(one for one in others if one not in dropped), note)


def share(record: Record, settings: str, paths: Collection[str]) -> Record:
    """Record that what is ours of some paths serves one more settings file."""
    more = (one._replace(settings=settings) for one in record if one.path in paths)
    return tuple(dict.fromkeys((*record, *more)))


def forget(record: Record, settings: str, text: str | None) -> Record:
    """Remove what led to a settings file's ``text``, and served it; another branch's texts stay."""
    led = find(record, settings, text)
    return tuple(
        one
        for one in record
        if one.settings != settings
        or (one.path == settings and (led is None or one.former != led.former))
    )


def folders_for(path: Path, environ: Mapping[str, str]) -> list[str]:
    """By where links lead: projects that share a settings file share its record, and its lock."""
    folder = Path(os.path.realpath(path)).parent
    place = folder.parent if folder.name == ".claude" else folder
    folders = state_folders(*project_at(str(place))[:2], environ)
    # One that came with an archive may lead anywhere.
    return [one for one in folders if not os.path.islink(one)]


def read(folders: Sequence[str]) -> Record:
    """Return the record in the first folder that has one; an empty one where it can't be read."""
    for folder in folders:
        path = os.path.join(folder, FILE)
        with contextlib.suppress(OSError, ValueError):
            if os.path.isfile(path) and os.path.getsize(path) <= _MAX_BYTES:
                return _parse(Path(path).read_bytes(), folder)
    return ()


def _parse(data: bytes, folder: str) -> Record:
    try:
        whole = json.loads(data)
        notes = tuple(FileRecord(*fields) for fields in whole["notes"])
        if whole["form"] != _FORM:
            raise ValueError(f"a record of form {_FORM} was expected")
        for note in notes:
            "".join(note[:3])  # a TypeError where that is no text
            if note.former is not None:
                note.former.encode()  # a damaged one may hold half a surrogate pair
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a record of installations: {error}") from error
    return _renamed(notes, lambda path: os.path.normpath(os.path.join(folder, path)))


def write(folders: Sequence[str], record: Record) -> bool:
    """Save a record in the first folder that takes it, delete an empty one; return success."""
    if record:
        return any(_write(folder, record) for folder in folders)
    for folder in folders:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, FILE))
    return True


def _write(folder: str, record: Record) -> bool:
    path = os.path.join(folder, FILE)
    # Relative, so that a repository can be moved.
    notes = _renamed(record, lambda path: os.path.relpath(path, folder))
    text = json.dumps({"form": _FORM, "notes": notes}, indent=1)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with write_beside(Path(path), text.encode(), mode=0o600) as temporary:
            os.replace(temporary, path)
    except (OSError, ValueError):  # ValueError: it is on another drive of Windows
        return False
    return True


def _renamed(record: Record, rename: Callable[[str], str]) -> Record:
    return tuple(
        one._replace(settings=rename(one.settings), path=rename(one.path)) for one in record
    )


def remove_empty(folders: Sequence[str]) -> None:
    """Remove the lock file, which the caller holds, and the state folders that then are empty."""
    for folder in folders:
        with contextlib.suppress(OSError):  # what is not empty stays
            if os.listdir(folder) == [LOCK]:
                os.unlink(os.path.join(folder, LOCK))
            os.rmdir(folder)
            if os.path.basename(around := os.path.dirname(folder)) == STATE_FOLDER:
                os.rmdir(around)
