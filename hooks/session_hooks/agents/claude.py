"""Claude Code: what its hooks get, and how its transcripts are read (CLIENT.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from session_hooks.agents.agent import Agent, is_outside_ci
from session_hooks.project.hooks import HOOKS

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from session_hooks.agents.transcript import Transcript

_EDITING_TOOLS = {
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "Write": "file_path",
    "NotebookEdit": "notebook_path",
}
_READING_TOOLS = {"Read": "file_path"}
_COMMAND_TOOLS = {"Bash": "command"}
_LOOKING_TOOLS = (  # of Bash its commands tell
    "AskUserQuestion", "Bash", "Glob", "Grep", "LS", "NotebookRead", "Read", "TodoWrite",
    "ToolSearch", "WebFetch", "WebSearch",
)  # fmt: skip
_NOT_SAID = ("<command-", "<local-command-", "<bash-")  # for the client alone, and its answers


def is_running(environ: Mapping[str, str], _source: object, session_id: object) -> bool:
    own_session = environ.get("CLAUDE_CODE_SESSION_ID")
    return bool(own_session) and own_session == session_id


def is_attended(environ: Mapping[str, str], _transcript: str | None = None) -> bool:
    """Tell whether a person is there (CLIENT.md, "Environment of a hook").

    Older clients don't set ``CLAUDE_CODE_SESSION_ATTENDED``; an IDE's or the desktop application's
    entry point is a person.
    """
    attended = environ.get("CLAUDE_CODE_SESSION_ATTENDED")
    if attended in ("0", "1"):
        return attended == "1"
    entry_point = environ.get("CLAUDE_CODE_ENTRYPOINT", "")
    if entry_point.startswith("sdk-") or entry_point == "claude-code-github-action":
        return False
    return is_outside_ci(environ)


def parse(head: list[bytes], tail: list[bytes]) -> Transcript:
    """Read the first and the last lines of a transcript; the two may overlap."""
    from session_hooks.agents.transcript import Command, Edit, Transcript, records

    first, latest = list(records(head)), list(records(tail))
    return Transcript(
        began=first[0][0] if first else None,
        last_written=max((when for when, _ in latest), default=None),
        edits=tuple(Edit(*one) for one in _used(latest, _EDITING_TOOLS)),
        reads=tuple(Edit(*one) for one in _used(latest, _READING_TOOLS)),
        commands=tuple(Command(*one) for one in _used(latest, _COMMAND_TOOLS)),
        had_prompt=any(_is_prompt(record) for _, record in (*first, *latest)),
        acted=any(_acts(record) for _, record in (*first, *latest)),
        forked_from=next((name for _, record in first if (name := _forked_from(record))), None),
    )


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


def _acts(record: dict[str, Any]) -> bool:
    """Tell whether a tool was called that may change something: an agent, or an MCP server's."""
    used = _blocks(_content(record), "tool_use")
    return any(block.get("name") not in _LOOKING_TOOLS for block in used)


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


AGENT = Agent(
    "claude",
    "Claude Code",
    is_running=is_running,
    is_attended=is_attended,
    parse=parse,
    process="CLAUDE_PID",
    shown=("SessionStart", "PreCompact", "SessionEnd"),
    has_titles=True,
    takes=True,
    project_file=".claude/settings.json",
    local_file=".claude/settings.local.json",
    home=".claude",
    home_variable="CLAUDE_CONFIG_DIR",
    user_file="settings.json",
    is_read_above=False,
    events={hook.event: hook.event for hook in HOOKS},
)
