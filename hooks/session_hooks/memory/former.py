"""Take over the files that the version before kept beside the database."""

import json
import os
import re
import sqlite3
from collections.abc import Iterable

from session_hooks.documents import files
from session_hooks.memory import database

LAST = 3
"""The last version of the schema that had them."""
NAMES = re.compile(r"noted\.jsonl|(?:ready-[0-9a-f]{8}\.json|state\.json)(?:\.\d+)?")
_NOTES = "noted.jsonl"
_LATEST = 4_102_444_800_000
"""Milliseconds until the year 2100: nothing was noted later."""


def take_in(connection: sqlite3.Connection, folder: str) -> None:
    """Put the journal of starts that didn't open the database into it; raises sqlite3.Error."""
    path = os.path.join(folder, _NOTES)
    if not os.path.isfile(path) or os.path.islink(path):
        return
    try:
        found = files.read(path)
    except files.UnreadableFileError:
        return
    for line in found[0].split(b"\n") if found else ():
        try:
            _take_in(connection, json.loads(line))
        except (ValueError, TypeError, LookupError, RecursionError):
            continue  # it was cut off, as by a full disk, or is no note


def _take_in(connection: sqlite3.Connection, note: dict[str, list]) -> None:  # type: ignore[type-arg]  # of whatever the file holds
    if "told" in note:
        name, moment, source, documents = note["told"]
        _check((name, *(cell for row in documents for cell in row)), (source,), (moment,))
        database.deliver(connection, name, moment, source, [(*row, None) for row in documents])
    else:
        (key, claimed), row = note["began"]
        name, project, worktree, source, agent = row[:5]
        attended, process, path, began, resumed, branch, commit = row[5:]
        perhaps = (worktree, source, agent, process, path, branch, commit)
        _check((key, name, project), perhaps, (claimed, began, resumed))
        later = "SELECT 1 FROM conversation WHERE id = ? AND resumed > ?"
        if connection.execute(later, (name, resumed)).fetchone() is None:
            database.begin(connection, [*row[:5], bool(attended), *row[6:]])
        database.claim(connection, [key], claimed)


def _check(texts: Iterable[object], perhaps: Iterable[object], moments: Iterable[object]) -> None:
    """Raise ValueError for cells that no start noted; ``perhaps`` are texts or None."""
    if not (
        all(isinstance(cell, str) for cell in texts)
        and all(cell is None or isinstance(cell, str) for cell in perhaps)
        and all(isinstance(cell, int) and 0 <= cell < _LATEST for cell in moments)
    ):
        raise ValueError("that was noted by nothing")


def delete(folder: str) -> None:
    """Delete those files."""
    try:
        for name in os.listdir(folder):
            if NAMES.fullmatch(name):
                os.unlink(os.path.join(folder, name))
    except OSError:
        return  # one that stays says nothing to anybody
