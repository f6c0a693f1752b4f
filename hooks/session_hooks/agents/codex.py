"""Codex: what its hooks get, and how its rollouts are read (observed with 0.171)."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping

from session_hooks.agents.agent import Agent, is_unless_in_ci
from session_hooks.agents.transcript import Command, Edit, Transcript, member, records

_FIRST_LINE = 1024 * 1024  # the first record holds the model's instructions


def is_attended(environ: Mapping[str, str], transcript: str | None) -> bool:
    """``codex exec`` sets nothing: its rollout's first record names what began it."""
    first = None
    if transcript and os.path.isfile(transcript):  # a FIFO would wait for a writer
        kept = contextlib.suppress(OSError, ValueError, RecursionError)
        with kept, open(transcript, "rb") as file:
            first = json.loads(file.readline(_FIRST_LINE))
    return member(first, "payload", "source") != "exec" and is_unless_in_ci(environ)


def parse(head: list[bytes], tail: list[bytes]) -> Transcript | None:
    first = next(records(head[:1]), None)
    if first is None or first[1].get("type") != "session_meta":
        return None
    latest, forked_from = list(records(tail)), member(first[1], "payload", "forked_from_id")
    items = [(when, one) for when, record in latest if (one := _item(record))]
    spoken = (_item(record) for _, record in (*records(head), *latest))
    return Transcript(
        began=first[0],
        last_written=max((when for when, _ in latest), default=first[0]),
        edits=tuple(Edit(path, when) for when, item in items for path in _changed(item)),
        commands=tuple(Command(text, when) for when, item in items for text in _run(item)),
        had_prompt=any(one and one.get("type") == "UserMessage" for one in spoken),
        forked_from=forked_from if isinstance(forked_from, str) else None,
    )


def _item(record: dict[str, object]) -> dict[str, object] | None:
    """Return what was completed, by a record: a message, a change of files, a command."""
    item = member(record, "payload", "item")
    return item if isinstance(item, dict) else None


def _changed(item: dict[str, object]) -> Iterator[str]:
    changes = item.get("changes") if item.get("type") == "FileChange" else None
    yield from changes if isinstance(changes, dict) else ()


def _run(item: dict[str, object]) -> Iterator[str]:
    words = item.get("command") if item.get("type") == "CommandExecution" else None
    if isinstance(words, list) and words and isinstance(words[-1], str):
        yield words[-1]  # behind the shell and its option


AGENT = Agent(
    "codex",
    "Codex",
    is_attended=is_attended,
    parse=parse,
    shown=("SessionStart",),
    takes=True,
    project_file=".codex/hooks.json",
    home=".codex",
    home_variable="CODEX_HOME",
    user_file="hooks.json",
    events={"SessionStart": "SessionStart", "SessionEnd": "SessionEnd"},
    longest={"SessionEnd": 3},
    advice="runs hooks once you trust them: start codex here, and say so when it asks",
    lacks=(
        "nothing of an end is shown: what it leaves open is told at the next start",
        "its summarizer is told nothing; what is next is told again after the summary",
    ),
)
