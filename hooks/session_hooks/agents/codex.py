"""Codex: what its hooks get, and how its rollouts are read (observed with 0.171)."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping

from session_hooks.agents.agent import Agent, is_outside_ci
from session_hooks.agents.transcript import Command, Edit, Transcript, member, records

_READ = 256 * 1024  # of either end
_FIRST_KEYS = 1024  # before the model's instructions, which make that line long
_TURN_BY = re.compile(rb'"turn_trigger": ?"(\w+)"')  # what is said has its quotes escaped
_BEGUN_BY = re.compile(rb'"source": ?"(\w+)"')


def is_attended(environ: Mapping[str, str], transcript: str | None) -> bool:
    """``codex exec`` sets nothing: its rollout says what began each turn, and the conversation."""
    written = _ends(transcript)
    begun_by = _TURN_BY.findall(written) or _BEGUN_BY.findall(written[:_FIRST_KEYS])
    return bool(begun_by) and begun_by[-1] != b"exec" and is_outside_ci(environ)


def _ends(path: str | None) -> bytes:
    """Return what a rollout begins and ends with; nothing where there is none: it may be exec's."""
    if not path or not os.path.isfile(path):  # a FIFO would wait for a writer
        return b""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        begin, size = file.read(_READ), os.fstat(file.fileno()).st_size
        file.seek(max(len(begin), size - _READ))
        return begin + file.read()
    return b""


def parse(head: list[bytes], tail: list[bytes]) -> Transcript | None:
    if not (head and b'"session_meta"' in head[0][:_FIRST_KEYS]):
        return None
    first, latest = list(records(head)), list(records(tail))
    forked_from = next((member(one, "payload", "forked_from_id") for _, one in first[:1]), None)
    items = [(when, one) for when, record in latest if (one := _item(record))]
    spoken = (_item(record) for _, record in (*first, *latest))
    return Transcript(
        began=first[0][0] if first else None,
        last_written=max((when for when, _ in latest), default=None),
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
        "its summarizer and prompts are told nothing; what is next is told again after a summary",
    ),
)
