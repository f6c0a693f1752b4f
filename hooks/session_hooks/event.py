"""What Claude Code tells a hook: the JSON object on stdin, and who is at the other end."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Event(NamedTuple):
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
    def parse(cls, record: Mapping[str, Any]) -> "Event":
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


def is_attended(environ: Mapping[str, str]) -> bool:
    """Tell whether a person is there to read and to answer.

    ``CLAUDE_CODE_SESSION_ATTENDED`` decides. Older clients don't set it: there an SDK's entry
    point, a CI action, or ``CI`` in the environment mean that nobody is (CLIENT.md, "Environment
    of a hook"). An IDE's or the desktop application's entry point is a person.
    """
    attended = environ.get("CLAUDE_CODE_SESSION_ATTENDED")
    if attended in ("0", "1"):
        return attended == "1"
    entry_point = environ.get("CLAUDE_CODE_ENTRYPOINT", "")
    if entry_point.startswith("sdk-") or entry_point == "claude-code-github-action":
        return False
    return environ.get("CI", "").casefold() in ("", "0", "false")
