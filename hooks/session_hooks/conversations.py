"""What became of earlier conversations, and which others are open now. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.facts import Transcript
from session_hooks.records import DIED, SUPERSEDED, Archived, Conversation
from session_hooks.values import Value

A_DAY = timedelta(days=1)
UNKNOWN_FOR = timedelta(minutes=10)
"""How lately a conversation has to have been written to, to count as open where its process can't
be looked at."""
HOOK_SECONDS = timedelta(seconds=30)
"""Longer than any hook may run."""


class Life(Value):
    """What is seen of a conversation now, besides what is remembered."""

    is_alive: bool | None = None
    """Whether its process is there; None where that can't be known."""
    told: Transcript = Transcript()
    """What its transcript tells."""


class Neighbour(Value):
    """Another conversation that is open now in the same repository."""

    conversation: Conversation
    branch: str | None
    """What its working tree has checked out now."""
    documents: tuple[str, ...]
    """The session files that it has been changing, relative to its project."""
    is_here: bool
    """Whether it is in the same working tree."""


class Fate(Enum):
    """What is to be done about a document that was taken and perhaps never read."""

    READ = "read"
    """Somebody spoke in the conversation that was told it."""
    HELD = "held"
    """The conversation that took it is open, and may still read it."""
    UNREAD = "unread"
    """It is to be told again."""


def fate(
    item: Archived, taker: Conversation | None, life: Life, hook: bool | None, now: datetime
) -> Fate:
    """Say what became of a document that was taken.

    ``hook`` tells whether the hook that took it still runs. Where the process can't be looked at,
    a day without a prompt counts as its end.
    """
    if item.delivered is None:
        is_running = hook is True or (hook is None and now - item.taken < HOOK_SECONDS)
        return Fate.HELD if is_running else Fate.UNREAD
    if life.told.had_prompt or (taker is not None and taker.had_prompt):
        return Fate.READ
    if taker is not None and taker.ended is not None:
        return Fate.UNREAD
    if life.is_alive is None:
        return Fate.UNREAD if now - item.taken > A_DAY else Fate.HELD
    return Fate.HELD if life.is_alive else Fate.UNREAD


def is_open(conversation: Conversation, life: Life, now: datetime) -> bool:
    """Tell whether a conversation whose end nobody told goes on.

    Where its process can't be looked at, only while its transcript is being written to.
    """
    if life.is_alive is None:
        return now - last_seen(conversation, life) < UNKNOWN_FOR
    return life.is_alive


def open_now(
    unended: Iterable[Conversation], lives: Mapping[str, Life], process: str | None, now: datetime
) -> tuple[Conversation, ...]:
    """Return the conversations that go on, besides those of the ``process`` that asks."""
    return tuple(
        one
        for one in unended
        if one.id in lives
        and is_open(one, lives[one.id], now)
        and (process is None or one.process != process)
    )


def last_seen(conversation: Conversation, life: Life) -> datetime:
    """Return when a conversation began, went on, or was written to last."""
    return max(conversation.resumed, life.told.last_written or conversation.resumed)


def died(
    unended: Iterable[Conversation], lives: Mapping[str, Life], process: str | None, now: datetime
) -> tuple[Conversation, ...]:
    """Return the conversations whose process is gone or went on to another one, as ended.

    ``process`` is the one that the hook runs for.
    """
    found = []
    for conversation in unended:
        life = lives.get(conversation.id, Life())
        ended = min(now, last_seen(conversation, life))
        if process is not None and conversation.process == process:
            reason = SUPERSEDED
        elif life.is_alive is False:
            reason = DIED
        else:
            continue
        had_prompt = life.told.had_prompt or bool(conversation.had_prompt)
        found.append(conversation._replace(ended=ended, reason=reason, had_prompt=had_prompt))
    return tuple(found)
