"""What a conversation that begins has to know of the earlier ones and of its neighbours. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from session_hooks.conversations import Life, is_open
from session_hooks.document import Document
from session_hooks.records import DIED, Archived, Conversation, Debt, Past
from session_hooks.values import Value


class Left(Value):
    """What was left behind for this conversation, and taken by it."""

    document: Document
    copy: str
    """Where its copy is, absolute."""
    near: str
    """The same, relative to the project where it lies in it."""
    is_again: bool
    """Whether another conversation took it before, and didn't read it."""


class Stays(Value):
    """A document that was told and stays where it is."""

    path: str
    reason: str | None
    """Why it could not be moved; None where git tracks it."""


class Holder(Value):
    """Who else has a document that was left behind."""

    path: str
    when: datetime
    conversation: str
    copy: str


class Owed(Value):
    """A debt, and the conversation that left it."""

    debt: Debt
    conversation: Conversation | None
    title: str | None
    """The document's title, where it is there."""
    is_last: bool
    """Whether that was the last one here."""


class Neighbour(Value):
    """Another conversation that is open now in the same repository."""

    conversation: Conversation
    branch: str | None
    """What its working tree has checked out now."""
    documents: tuple[str, ...]
    """The session files that it has been changing, relative to its project."""
    is_here: bool
    """Whether it is in the same working tree."""


class Recollection(Value):
    """All of it."""

    left: Left | None = None
    holders: tuple[Holder, ...] = ()
    before: tuple[Holder, ...] = ()
    """What the conversation before this one took and read, where /clear came between."""
    unread: tuple[Holder, ...] = ()
    """What earlier conversations took and nobody read, besides ``left``."""
    stays: Stays | None = None
    waits: str | None = None
    """A document that is told and not taken here; the next conversation that is started takes it.
    """
    owed: tuple[Owed, ...] = ()
    died: tuple[Conversation, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


def written_by(neighbours: Iterable[Neighbour]) -> frozenset[str]:
    """Return the session files of this project that other open conversations write."""
    return frozenset(path for one in neighbours if one.is_here for path in one.documents)


def owed_now(
    owing: Iterable[Debt],
    past: Past,
    lives: Mapping[str, Life],
    documents: Iterable[Document],
    now: datetime,
) -> tuple[Owed, ...]:
    """Return what earlier conversations owe; one that is open may still pay."""
    by_path = {document.path: document for document in documents}
    by_id = {conversation.id: conversation for conversation in (*past.takers, *past.open)}
    found = []
    for debt in owing:
        conversation = by_id.get(debt.conversation)
        life = lives.get(debt.conversation, Life())
        if conversation and conversation.ended is None and is_open(conversation, life, now):
            continue
        is_last = _is_last(conversation, past.last)
        document = by_path.get(debt.document)
        found.append(Owed(debt, conversation, document and document.title, is_last))
    return tuple(sorted(found, key=lambda owed: owed.debt.owed, reverse=True))


def _is_last(conversation: Conversation | None, last: Conversation | None) -> bool:
    """Tell whether nobody spoke in another one that ended later."""
    if conversation is None or conversation.ended is None:
        return False
    return last is None or last.ended is None or conversation.ended >= last.ended


def last_of(ended: Iterable[Conversation]) -> Conversation | None:
    """Return the one that ended last, of those that somebody spoke in."""
    found = [one for one in ended if one.had_prompt and one.ended]
    return max(found, key=lambda one: one.ended or one.began, default=None)


def to_report(ended: Iterable[Conversation]) -> tuple[Conversation, ...]:
    """Return the deaths worth telling: of conversations that somebody spoke in."""
    return tuple(one for one in ended if one.reason == DIED and one.had_prompt)


def holders(rows: Iterable[Archived], folder: str) -> tuple[Holder, ...]:
    """Return who has what, or had it."""
    return tuple(
        Holder(row.former, row.taken, row.conversation, f"{folder}/{row.name}") for row in rows
    )
