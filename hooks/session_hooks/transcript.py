"""What a conversation's transcript tells: when it began, what it did, and whether anybody spoke.

The transcript is Claude Code's own file, JSON lines without a specification. Every record is taken
for what it seems to be, one that can't be read is passed over, and only the ends of a long file are
read: a transcript grows to many megabytes, and a person is waiting.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime

from session_hooks import dates
from session_hooks.facts import Command, Edit, Transcript

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 4 * 1024 * 1024
_MOST_EDITS = 2000
_LONGEST_PATH = 4096
_EDITING_TOOLS = {
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "Write": "file_path",
    "NotebookEdit": "notebook_path",
}
_READING_TOOLS = {"Read": "file_path"}
_COMMAND_TOOLS = {"Bash": "command"}
_NOT_SAID = ("<command-", "<local-command-", "<bash-")
"""How the client marks what a person typed for it alone, and what it answered."""


def read(path: str | None, tail_bytes: int = TAIL_BYTES) -> Transcript:
    """Read a transcript's ends; an empty value where there is none that can be read."""
    if not path:
        return Transcript()
    try:
        if not os.path.isfile(path):  # a FIFO would wait for a writer
            return Transcript()
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(HEAD_BYTES)
            start = max(0, size - tail_bytes)
            file.seek(start)
            tail = file.read(tail_bytes)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return Transcript()
    told = parse(head.splitlines(), tail.splitlines()[1 if start else 0 :])
    # The project's own path is without links, so that what was edited must be as well.
    edits, reads = told.edits[-_MOST_EDITS:], told.reads[-_MOST_EDITS:]
    real = {path: _real(path) for path in {one.path for one in (*edits, *reads)}}
    return told._replace(
        edits=_resolved(edits, real),
        reads=_resolved(reads, real),
        commands=told.commands[-_MOST_EDITS:],
    )


def _resolved(found: tuple[Edit, ...], real: Mapping[str, str | None]) -> tuple[Edit, ...]:
    return tuple(Edit(path, one.when) for one in found if (path := real[one.path]))


def _real(path: str) -> str | None:
    """Return where a path leads; None for what is no path, whatever a tool was given."""
    if len(path) > _LONGEST_PATH:
        return None
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # ValueError: a NUL, half a surrogate pair
        return None


def parse(head: list[bytes], tail: list[bytes]) -> Transcript:
    """Read the first and the last lines of a transcript; the two may overlap."""
    first = list(_records(head))
    began = next((when for record in first if (when := _when(record))), None)
    last: datetime | None = None
    edits: list[Edit] = []
    reads: list[Edit] = []
    commands: list[Command] = []
    had_prompt = any(_is_prompt(record) for record in first)
    for record in _records(tail):
        when = _when(record)
        if when is None:
            continue
        last = when if last is None else max(last, when)  # records are not in order of time
        had_prompt = had_prompt or _is_prompt(record)
        edits += [Edit(path, when) for path in _used(record, _EDITING_TOOLS)]
        reads += [Edit(path, when) for path in _used(record, _READING_TOOLS)]
        commands += [Command(command, when) for command in _used(record, _COMMAND_TOOLS)]
    forked_from = next((name for record in first if (name := _forked_from(record))), None)
    return Transcript(
        began, last, tuple(edits), tuple(reads), tuple(commands), had_prompt, forked_from
    )


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


def _is_prompt(record: dict[str, Any]) -> bool:
    """Tell whether a record shows that somebody spoke, and in this conversation.

    An answer shows it too: the words of a slash command that asks the model are marked as meta.
    What a person typed for the client itself is a user's record as well, and a fork begins with
    copies (observed with 2.1.329: ``/clear`` stands in the next conversation's transcript).
    """
    if record.get("isMeta") or record.get("isSidechain") or _forked_from(record):
        return False
    if record.get("type") == "assistant":
        return True
    if record.get("type") != "user":
        return False
    content = _content(record)
    text = content if isinstance(content, str) else next(_texts(content), "")
    return text != "" and not text.startswith(_NOT_SAID)


def _forked_from(record: dict[str, Any]) -> str | None:
    origin = record.get("forkedFrom")
    name = origin.get("sessionId") if isinstance(origin, dict) else None
    return name if isinstance(name, str) else None


def _content(record: dict[str, Any]) -> Any:
    message = record.get("message")
    return message.get("content") if isinstance(message, dict) else None


def _texts(content: Any) -> Iterator[str]:
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") == "text":
            text = block.get("text")
            yield text if isinstance(text, str) else ""


def _used(record: dict[str, Any], tools: Mapping[str, str]) -> Iterator[str]:
    """Yield what the conversation gave to some of its tools; by tool: the key that it is under."""
    content = _content(record)
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict) or block.get("type") != "tool_use":
            continue
        given, name = block.get("input"), block.get("name")
        key = tools.get(name) if isinstance(name, str) else None
        said = given.get(key) if isinstance(given, dict) and key else None
        if isinstance(said, str):
            yield said
