"""What Claude Code tells a hook: the JSON object on stdin, as a value."""

from __future__ import annotations

from collections.abc import Mapping

from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any


class Event(Value):
    """One hook event. Every field may be missing, and unknown ones are ignored.

    Claude Code adds and drops fields between versions (CLIENT.md, "Input on stdin"), so a field
    of an unexpected type is read as missing too.
    """

    name: str | None = None
    session_id: str | None = None
    """The conversation."""
    transcript_path: str | None = None
    cwd: str | None = None
    source: str | None = None
    reason: str | None = None
    trigger: str | None = None
    agent_type: str | None = None
    agent_id: str | None = None
    seconds_since_last_response: float | None = None

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Event:
        """Take what is there from the JSON object that Claude Code wrote."""
        return cls(
            name=_text(record, "hook_event_name"),
            session_id=_text(record, "session_id"),
            transcript_path=_text(record, "transcript_path"),
            cwd=_text(record, "cwd"),
            source=_text(record, "source"),
            reason=_text(record, "reason"),
            trigger=_text(record, "trigger"),
            agent_type=_text(record, "agent_type"),
            agent_id=_text(record, "agent_id"),
            seconds_since_last_response=_number(record, "seconds_since_last_response"),
        )


def _text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) and value else None


def _number(record: Mapping[str, Any], key: str) -> float | None:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e9 else None
