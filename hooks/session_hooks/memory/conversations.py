"""Inspect other conversations: process liveness and transcript."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.memory import process
from session_hooks.memory.model import (
    DIED,
    SUPERSEDED,
    Archived,
    Command,
    Conversation,
    Edit,
    Transcript,
)
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project
from session_hooks.util import dates
from session_hooks.util.lazy import TYPE_CHECKING, Value

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
_NOT_SAID = ("<command-", "<local-command-", "<bash-")  # for the client alone, and its answers


def read(path: str | None, tail_bytes: int = TAIL_BYTES) -> Transcript:
    if not path or not os.path.isfile(path):  # a FIFO would wait for a writer
        return Transcript()
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(HEAD_BYTES)
            start = max(0, size - tail_bytes)
            file.seek(start)
            tail = file.read(tail_bytes)
    except OSError:
        return Transcript()
    found = parse(head.splitlines(), tail.splitlines()[1 if start else 0 :])
    real: dict[str, str] = {}
    return found._replace(
        edits=_resolved(found.edits[-_MOST_EDITS:], real),
        reads=_resolved(found.reads[-_MOST_EDITS:], real),
        commands=found.commands[-_MOST_EDITS:],
    )


def _resolved(edits: Iterable[Edit], real: dict[str, str]) -> tuple[Edit, ...]:
    """Resolve links, as the project's own path is without; ``real`` holds those known already."""
    found = []
    for one in edits:
        if one.path not in real and len(one.path) <= _LONGEST_PATH:
            with contextlib.suppress(OSError, ValueError):  # a NUL, half a surrogate pair
                real[one.path] = os.path.realpath(one.path)
        if one.path in real:
            found.append(Edit(real[one.path], one.when))
    return tuple(found)


def parse(head: list[bytes], tail: list[bytes]) -> Transcript:
    """Read the first and the last lines of a transcript; the two may overlap."""
    first, latest = list(_records(head)), list(_records(tail))
    return Transcript(
        began=first[0][0] if first else None,
        last_written=max((when for when, _ in latest), default=None),
        edits=tuple(Edit(*one) for one in _used(latest, _EDITING_TOOLS)),
        reads=tuple(Edit(*one) for one in _used(latest, _READING_TOOLS)),
        commands=tuple(Command(*one) for one in _used(latest, _COMMAND_TOOLS)),
        had_prompt=any(_is_prompt(record) for _, record in (*first, *latest)),
        forked_from=next((name for _, record in first if (name := _forked_from(record))), None),
    )


def _records(lines: list[bytes]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for line in lines:
        if b'"timestamp"' not in line:
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        when = dates.parse_time(record.get("timestamp")) if isinstance(record, dict) else None
        if when is not None:
            yield when, record


def _is_prompt(record: dict[str, Any]) -> bool:
    """Tell whether somebody spoke here; a fork begins with copies (observed with 2.1.329)."""
    if record.get("isMeta") or record.get("isSidechain") or _forked_from(record):
        return False
    if record.get("type") != "user":
        return record.get("type") == "assistant"  # to a slash command, too, whose words are meta
    content = _content(record)
    if not isinstance(content, str):
        texts = (block.get("text") for block in _blocks(content, "text"))
        content = next(texts, "")
    return isinstance(content, str) and content != "" and not content.startswith(_NOT_SAID)


def _forked_from(record: dict[str, Any]) -> str | None:
    origin = record.get("forkedFrom")
    name = origin.get("sessionId") if isinstance(origin, dict) else None
    return name if isinstance(name, str) else None


def _content(record: dict[str, Any]) -> Any:
    message = record.get("message")
    return message.get("content") if isinstance(message, dict) else None


def _blocks(content: Any, kind: str) -> Iterator[dict[str, Any]]:
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") == kind:
            yield block


def _used(
    records: Iterable[tuple[datetime, dict[str, Any]]], tools: Mapping[str, str]
) -> Iterator[tuple[str, datetime]]:
    for when, record in records:
        for block in _blocks(_content(record), "tool_use"):
            given, name = block.get("input"), block.get("name")
            key = tools.get(name) if isinstance(name, str) else None
            said = given.get(key) if isinstance(given, dict) and key else None
            if isinstance(said, str):
                yield said, when


UNKNOWN_FOR = timedelta(minutes=10)  # since it was written to, if its process can't be seen
HOOK_SECONDS = timedelta(seconds=30)  # longer than any hook may run


class Life(Value):
    is_alive: bool | None = None  # None where that can't be known
    transcript: Transcript = Transcript()


class Neighbour(Value):
    conversation: Conversation
    branch: str | None
    documents: tuple[str, ...]  # session files that it has been changing, relative to its project
    is_here: bool


class Fate(Enum):
    READ = "read"  # somebody spoke in the conversation that was told it
    HELD = "held"  # the conversation that took it is open, and may still read it
    UNREAD = "unread"  # it is to be told again


def fate(
    item: Archived, taker: Conversation | None, life: Life, hook: bool | None, now: datetime
) -> Fate:
    """``hook`` tells whether the hook that took the document still runs."""
    if item.delivered is None:
        is_running = hook is True or (hook is None and now - item.taken < HOOK_SECONDS)
        return Fate.HELD if is_running else Fate.UNREAD
    if life.transcript.had_prompt or (taker is not None and taker.had_prompt):
        return Fate.READ
    if taker is not None and taker.ended is not None:
        return Fate.UNREAD
    if life.is_alive is None:  # a day without a prompt counts as its end
        return Fate.UNREAD if now - item.taken > timedelta(days=1) else Fate.HELD
    return Fate.HELD if life.is_alive else Fate.UNREAD


def is_open(conversation: Conversation, life: Life, now: datetime) -> bool:
    if life.is_alive is None:
        return now - last_seen(conversation, life) < UNKNOWN_FOR
    return life.is_alive


def open_now(
    unended: Iterable[Conversation], lives: Mapping[str, Life], process: str | None, now: datetime
) -> tuple[Conversation, ...]:
    return tuple(
        one
        for one in unended
        if one.id in lives
        and is_open(one, lives[one.id], now)
        and (process is None or one.process != process)
    )


def last_seen(conversation: Conversation, life: Life) -> datetime:
    return max(conversation.resumed, life.transcript.last_written or conversation.resumed)


def died(
    unended: Iterable[Conversation], lives: Mapping[str, Life], process: str | None, now: datetime
) -> tuple[Conversation, ...]:
    """Return, as ended, those whose process is gone, or is the hook's own and went on."""
    found = []
    for one in unended:
        life = lives.get(one.id, Life())
        is_superseded = process is not None and one.process == process
        if is_superseded or life.is_alive is False:
            reason = SUPERSEDED if is_superseded else DIED
            ended = min(now, last_seen(one, life))
            had_prompt = life.transcript.had_prompt or bool(one.had_prompt)
            found.append(one._replace(ended=ended, reason=reason, had_prompt=had_prompt))
    return tuple(found)


MOST = 20  # the latest: each costs the reading of a transcript
_RECENT_BYTES = 256 * 1024  # what another conversation did lately is enough
_MOST_NAMED = 3


def look(conversations: Iterable[Conversation]) -> dict[str, Life]:
    latest = list({one.id: one for one in conversations}.values())[:MOST]
    return {
        one.id: Life(process.is_alive(one.process), read(one.transcript, _RECENT_BYTES))
        for one in latest
    }


def neighbours(
    found: Iterable[Conversation], lives: Mapping[str, Life], project: Project, folder: str
) -> tuple[Neighbour, ...]:
    seen = [
        Neighbour(
            one,
            read_head(one.worktree).branch,
            _session_files(one, lives[one.id], folder),
            is_here=one.worktree == project.git_top and one.project == project.root,
        )
        for one in found
    ]
    return tuple(sorted(seen, key=lambda neighbour: not neighbour.is_here)[:_MOST_NAMED])


def _session_files(conversation: Conversation, life: Life, folder: str) -> tuple[str, ...]:
    root = os.path.join(conversation.project, "")
    paths = [edit.path for edit in reversed(life.transcript.edits) if edit.path.startswith(root)]
    inside = (path.removeprefix(root).replace(os.sep, "/") for path in paths)
    return tuple(dict.fromkeys(path for path in inside if path.startswith(f"{folder}/")))
