"""Keep what commands changed, so that the last one can be taken back."""

import contextlib
import glob
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from session_hooks.documents import files
from session_hooks.documents.files import digest_of
from session_hooks.memory import archive
from session_hooks.util.lazy import Value

FOLDER = "undo"
_RECORD = "action.json"
NAMES = re.compile(r"lock|action\.json|\d+")
_LOCK = "lock"
_LOCK_SECONDS = 5
_MOST = 50  # commands
_STAMP = "%Y%m%dT%H%M%S.%fZ"


class Former(Value):
    """A file that a command changed."""

    path: str
    """Relative to the project, with ``/``."""
    before: bytes | None
    """Its bytes; None where there was no file."""
    after: str | None
    """The digest of what the command wrote; None where it deleted the file."""
    mode: int | None = None
    """Its mode's bits, where the command deleted it."""
    staged: str | None = None
    """What git's index held of it; None where the command left that alone."""


class Action(Value):
    """What one command did."""

    folder: str
    """Where it is kept, absolute."""
    command: str
    when: datetime
    files: tuple[Former, ...]


@contextlib.contextmanager
def alone(state_folder: str) -> Iterator[None]:
    """Keep other commands that change documents waiting; raises TimeoutError and OSError."""
    from filelock import FileLock  # only where something is changed

    folder = os.path.join(state_folder, FOLDER)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with FileLock(os.path.join(folder, _LOCK), timeout=_LOCK_SECONDS, mode=0o600):
        yield


def record(
    state_folder: str, project: str, command: str, now: datetime, changed: Sequence[Former]
) -> str:
    """Keep what a command is about to change, whole or not at all, and return where.

    What all but the last commands changed is forgotten. Raises OSError.
    """
    above = os.path.join(state_folder, FOLDER)
    kept = _folders(state_folder)
    stamp = now.astimezone(UTC).strftime(_STAMP)
    if kept and stamp <= (last := os.path.basename(kept[-1])):  # a command waited for another
        stamp = (_moment(last) + timedelta(microseconds=1)).strftime(_STAMP)
    folder = os.path.join(above, stamp)
    part = f"{folder}.part"
    os.mkdir(part, 0o700)
    for number, former in enumerate(changed):
        if former.before is not None:
            files.create(os.path.join(part, str(number)), former.before)
    rows = [(one.path, one.before is None, *one[2:]) for one in changed]
    row = {"project": project, "command": command, "files": rows}
    files.create(os.path.join(part, _RECORD), json.dumps(row).encode())
    os.rename(part, folder)
    for old in kept[: 1 - _MOST]:
        forget(old)
    return folder


def actions(state_folder: str, project: str) -> Iterator[Action]:
    """Yield what commands changed in a project, the last one first; nothing that can't be read."""
    for folder in reversed(_folders(state_folder)):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            with open(os.path.join(folder, _RECORD), "rb") as file:
                row = json.load(file)
            if row["project"] == project:
                changed = tuple(_former(folder, *one) for one in enumerate(row["files"]))
                yield Action(folder, row["command"], _moment(os.path.basename(folder)), changed)


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def _former(folder: str, number: int, row: Sequence[Any]) -> Former:
    path, is_new, *rest = row
    before = None if is_new else archive.read(os.path.join(folder, str(number)))
    if not is_new and before is None:
        raise ValueError(f"the former text of {path} is gone")
    return Former(path, before, *rest)


def folders(state_folder: str) -> list[str]:
    """Return the folders that hold what commands changed, outermost first, for their removal."""
    above = os.path.join(state_folder, FOLDER)
    return [above, *_folders(state_folder), *glob.glob(os.path.join(glob.escape(above), "*.part"))]


def _folders(state_folder: str) -> list[str]:
    above = os.path.join(state_folder, FOLDER)
    with contextlib.suppress(OSError), os.scandir(above) as listing:
        names = sorted(one.name for one in listing if one.name[:1].isdigit())
        return [os.path.join(above, name) for name in names if not name.endswith(".part")]
    return []


def forget(folder: str) -> None:
    """Forget what a command changed."""
    shutil.rmtree(folder, ignore_errors=True)


def skip(folder: str) -> None:
    """Leave what a command changed, and keep the former text a while."""
    with contextlib.suppress(OSError):
        os.rename(folder, f"{folder}.part")


def unchanged_since(former: Former, now: bytes | None) -> bool:
    """Tell whether a file is as the command left it, or as it was before."""
    digest = None if now is None else digest_of(now)
    return digest == former.after or now == former.before
