"""Gemini CLI: what its hooks get, and how its chats are read (observed with 0.61)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from session_hooks.agents.agent import Agent
from session_hooks.agents.transcript import Command, Edit, Transcript, member, records

_EDITING_TOOLS = ("write_file", "replace")
_READING_TOOLS = ("read_file",)


def is_running(environ: Mapping[str, str], _source: object, session_id: object) -> bool:
    return bool(session_id) and environ.get("GEMINI_SESSION_ID") == session_id


def parse(head: list[bytes], tail: list[bytes]) -> Transcript | None:
    if not (head and b'"projectHash"' in head[0]):
        return None
    first, latest = list(records(head)), list(records(tail))
    used = [(when, one) for when, record in latest for one in _calls(record)]
    return Transcript(
        began=first[0][0] if first else None,
        last_written=max((when for when, _ in latest), default=None),
        edits=tuple(Edit(*one) for one in _given(used, _EDITING_TOOLS, "file_path")),
        reads=tuple(Edit(*one) for one in _given(used, _READING_TOOLS, "file_path")),
        commands=tuple(Command(*one) for one in _given(used, ("run_shell_command",), "command")),
        # What a person says and what a hook does both count as the user's; only one is answered.
        had_prompt=any(record.get("type") == "gemini" for _, record in (*first, *latest)),
    )


def _calls(record: dict[str, object]) -> Iterator[object]:
    calls = record.get("toolCalls")
    yield from calls if isinstance(calls, list) else ()


def _given(
    used: list[tuple[datetime, object]], tools: tuple[str, ...], key: str
) -> Iterator[tuple[str, datetime]]:
    for when, call in used:
        said = member(call, "args", key)
        if member(call, "name") in tools and isinstance(said, str):
            yield said, when


AGENT = Agent(
    "gemini",
    "Gemini CLI",
    is_running=is_running,
    parse=parse,
    shown=("SessionStart",),
    project_file=".gemini/settings.json",
    home_variable="GEMINI_CLI_HOME",
    user_file=".gemini/settings.json",
    events={"SessionStart": "SessionStart", "SessionEnd": "SessionEnd"},
    is_read_above=False,
    advice="runs hooks in folders that you trust: start gemini here, and say so when it asks",
    handler={"name": "session files"},  # it shows this, or the whole command, with what is said
    per_second=1000,
    lacks=(
        "it doesn't tell whether a person attends, so NEXT_SESSION.md is told and stays",
        "nothing of an end is shown: what it leaves open is told at the next start",
        "its summarizer and prompts are told nothing",
    ),
)
