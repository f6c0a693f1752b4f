"""Inspect other conversations: process liveness and transcript."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.agents.agent import load
from session_hooks.agents.transcript import Edit, Transcript
from session_hooks.memory import process
from session_hooks.memory.model import DIED, SUPERSEDED, Archived, Conversation
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project, relative
from session_hooks.util.lazy import Value

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 4 * 1024 * 1024
_MOST_EDITS = 2000
_LONGEST_PATH = 4096
_BY_FORM = ("codex", "gemini", "claude")  # what none of the others wrote is Claude Code's


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
    lines = head.splitlines(), tail.splitlines()[1 if start else 0 :]
    found = next(parsed for one in _BY_FORM if (parsed := load(one).parse(*lines)) is not None)
    real: dict[str, str] = {}
    return found._replace(
        is_whole=start == 0,
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


UNKNOWN_FOR = timedelta(minutes=10)  # since it was written to, if its process can't be seen
HOOK_SECONDS = timedelta(seconds=30)  # longer than any hook may run


class Life(Value):
    is_alive: bool | None = None  # None where that can't be known
    transcript: Transcript = Transcript()


class Neighbour(Value):
    conversation: Conversation
    branch: str | None
    documents: tuple[str, ...]  # session files that it has been changing, relative to its project
    begun_with: str | None  # what it was told first, likewise
    is_here: bool


class Fate(Enum):
    READ = "read"  # the conversation that was told it did something since
    HELD = "held"  # the conversation that took it is open, and may still read it
    UNREAD = "unread"  # it is to be told again


def fate(
    item: Archived, taker: Conversation | None, life: Life, hook: bool | None, now: datetime
) -> Fate:
    """``hook`` tells whether the hook that took the document still runs."""
    if item.delivered is None:
        is_running = hook is True or (hook is None and now - item.taken < HOOK_SECONDS)
        return Fate.HELD if is_running else Fate.UNREAD
    had_prompt = life.transcript.had_prompt or (taker is not None and taker.had_prompt)
    was_committed = taker and taker.head_at_end and taker.head_at_end != taker.head_at_start
    if had_prompt and (was_committed or not life.transcript.has_only_talked):
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
    found: Iterable[Conversation],
    lives: Mapping[str, Life],
    begun_with: Mapping[str, str],
    project: Project,
    folder: str,
) -> tuple[Neighbour, ...]:
    seen = [
        Neighbour(
            one,
            read_head(one.worktree).branch,
            _session_files(one, lives[one.id], folder),
            relative(begun_with.get(one.id, ""), one.project),
            is_here=one.worktree == project.git_top and one.project == project.root,
        )
        for one in found
    ]
    return tuple(sorted(seen, key=lambda neighbour: not neighbour.is_here)[:_MOST_NAMED])


def _session_files(conversation: Conversation, life: Life, folder: str) -> tuple[str, ...]:
    edits = reversed(life.transcript.edits)
    inside = (relative(edit.path, conversation.project) or "" for edit in edits)
    return tuple(dict.fromkeys(path for path in inside if path.startswith(f"{folder}/")))
