"""What an agent's transcript says of a conversation, and its records, read one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from session_hooks.util import dates
from session_hooks.util.lazy import TYPE_CHECKING, Value, pattern

if TYPE_CHECKING:
    from typing import Any


_NOWHERE = pattern(r"[12&]?>\s*(?:/dev/null|&[12])")
_PARTS = pattern(r"&&|\|\|?|;|\n")
_SHOWS = pattern(
    r"\s*(?:git (?:--no-pager )?(?:log|status|diff|show|blame|branch(?=\s*$| -[avr]+\s*$))|cat|cd"
    r"|echo|grep|head|ls|pwd|rg|tail|wc|find(?!.* -(?:delete|exec|execdir|fprint|fls|ok))"
    r"|agent-session(?=\s*$| (?:list|show|explain|log|check)\b))(?:\s|$)"
)
"""Commands that only show something; of others nobody knows."""


class Edit(Value):
    """One edit, or one reading, of a file; its path is absolute, links resolved."""

    path: str
    when: datetime


class Command(Value):
    text: str
    when: datetime


class Transcript(Value):
    began: datetime | None = None
    last_written: datetime | None = None
    edits: tuple[Edit, ...] = ()
    reads: tuple[Edit, ...] = ()
    commands: tuple[Command, ...] = ()
    had_prompt: bool = False
    forked_from: str | None = None  # what its first records were copied from
    acted: bool = False  # by a tool that may change something, whatever that is
    is_whole: bool = True  # all of it was read

    @property
    def has_only_talked(self) -> bool:
        """Whether nothing was done, where that is known."""
        did_something = self.edits or self.acted or any(map(_may_change, self.commands))
        return self.began is not None and self.is_whole and not did_something


def _may_change(command: Command) -> bool:
    text = _NOWHERE.sub("", command.text)
    parts = (part for part in _PARTS.split(text) if part.strip())
    return ">" in text or not all(map(_SHOWS.match, parts))


def records(lines: Iterable[bytes]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield the records of JSON lines that say when they were written; the others are left out."""
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


def member(record: object, *keys: str) -> Any:
    """Return what stands in a record under a key, below it under the next; None where nothing."""
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record
