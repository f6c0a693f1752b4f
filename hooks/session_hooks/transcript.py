"""What a conversation's transcript tells: when it began, when it last wrote, which files it edited.

The transcript is Claude Code's own file, JSON lines without a specification. Every record is taken
for what it seems to be, one that can't be read is passed over, and only the ends of a long file are
read: a transcript grows to many megabytes, and a person is waiting.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from session_hooks import dates
from session_hooks.facts import Edit, Transcript

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 4 * 1024 * 1024
_EDITING_TOOLS = {
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "Write": "file_path",
    "NotebookEdit": "notebook_path",
}


def read(path: str | None) -> Transcript:
    """Read a transcript's ends; an empty value where there is none that can be read."""
    if not path:
        return Transcript()
    try:
        if not os.path.isfile(path):  # a FIFO would wait for a writer
            return Transcript()
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(HEAD_BYTES)
            start = max(0, size - TAIL_BYTES)
            file.seek(start)
            tail = file.read(TAIL_BYTES)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return Transcript()
    told = parse(head.splitlines(), tail.splitlines()[1 if start else 0 :])
    # The project's own path is without links, so that what was edited must be as well.
    edits = tuple(Edit(os.path.realpath(edit.path), edit.when) for edit in told.edits)
    return told._replace(edits=edits)


def parse(head: list[bytes], tail: list[bytes]) -> Transcript:
    """Read the first and the last lines of a transcript; the two may overlap."""
    began = next((when for record in _records(head) if (when := _when(record))), None)
    last: datetime | None = None
    edits: list[Edit] = []
    for record in _records(tail):
        when = _when(record)
        if when is None:
            continue
        last = when if last is None else max(last, when)  # records are not in order of time
        edits += [Edit(path, when) for path in _edited(record)]
    return Transcript(began, last, tuple(edits))


def _records(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if b'"timestamp"' not in line:
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def _when(record: dict[str, Any]) -> datetime | None:
    value = record.get("timestamp")
    return dates.parse_time(value) if isinstance(value, str) else None


def _edited(record: dict[str, Any]) -> Iterator[str]:
    message = record.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict) or block.get("type") != "tool_use":
            continue
        given, name = block.get("input"), block.get("name")
        key = _EDITING_TOOLS.get(name) if isinstance(name, str) else None
        path = given.get(key) if isinstance(given, dict) and key else None
        if isinstance(path, str):
            yield path
