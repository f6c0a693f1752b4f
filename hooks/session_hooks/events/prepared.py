"""The fast path of a start, its prepared answer: keep imports minimal."""

import json
import os
from collections.abc import Mapping

from session_hooks.documents import locations
from session_hooks.memory import database, process
from session_hooks.project import state
from session_hooks.project.hooks import BEGINNINGS
from session_hooks.project.project import find_project
from session_hooks.util import stamps
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

PRUNE_SECONDS = 7 * 24 * 60 * 60  # a start that goes the whole way prunes daily
_WAIT_SECONDS = 0.05  # for another process's transaction; the whole way waits longer
_MOST_STEPS = 20_000_000  # SQLite's instructions for one query: a view may never end
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


class Answer(Value):
    model: str = ""
    person: str = ""
    context_in: tuple[str, ...] = ()


def key(root: str, top: str | None, source: object, agent: str, *, attended: bool) -> str:
    """Return what tells the starts that get one answer from all others; the code is part of it."""
    return repr((stamps.code(), root, top, source, agent, attended))


def answer(
    event: Mapping[str, object], environ: Mapping[str, str], here: str, now: float
) -> Answer | None:
    """Return the prepared answer, recorded as told, or None; ``now`` is in seconds since 1970."""
    root, top, has_session_files, _ = find_project(_text(event.get("cwd")), environ, here)
    if not has_session_files and locations.is_bare(root, top, environ):
        return Answer()
    folder = state.first_state_folder(root, top, environ)
    if folder is None or not _begins(event):
        return None
    import sqlite3  # nothing above needs it

    try:
        connection = database.connect(folder, create=False, wait=_WAIT_SECONDS)
        try:
            connection.set_progress_handler(lambda: True, _MOST_STEPS)
            return _answer(connection, event, environ, (root, top), now)
        finally:
            connection.close()
    except (sqlite3.Error, OSError, *_DAMAGED):
        return None


def _begins(event: Mapping[str, object]) -> bool:
    """Tell whether a conversation begins: one that has records may be a fork, or have begun."""
    if event.get("source") not in BEGINNINGS or not _text(event.get("session_id")):
        return False
    found = stamps.stamp(_text(event.get("transcript_path")) or "")
    is_agent = event.get("agent_id") or event.get("agent_type")
    return not is_agent and (found is None or found[1] == 0)


def _answer(
    connection: "sqlite3.Connection",
    event: Mapping[str, object],
    environ: Mapping[str, str],
    place: tuple[str, str | None],
    now: float,
) -> Answer | None:
    from session_hooks.agents.agent import recognise  # nothing above needs them
    from session_hooks.util import dates

    root, top = place
    source, name = str(event["source"]), str(event["session_id"])
    agent = recognise(environ, source, name)
    pid, at = environ.get(agent.process), _text(event.get("timestamp"))
    attended = agent.is_attended(environ, None)  # its transcript is empty
    saved = _load(connection, key(root, top, source, agent.name, attended=attended), root, now)
    if saved is None:
        return None
    own, moment = process.identity(pid), int(now * 1000)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        found, pruned = database.remembered(connection, root, name), database.pruned(connection)
        is_as_before = (
            repr(found) == saved["memory"]
            and now - PRUNE_SECONDS < pruned / 1000 <= now
            and database.processes(connection, name) <= {None, own}  # open in no other terminal
            and _live_on(found[-1], saved["others"], own)
        )
        if not is_as_before:
            return None
        mark = pid or at or agent.mark
        within = database.AN_HOUR_MS if mark is at else database.SAME_EVENT_MS
        parts = (_text(event.get("hook_event_name")), name, source, mark)
        if mark is not None and not database.claim(connection, parts, moment, within):
            return Answer()  # another handler of the same event was faster
        row = (
            name, root, top, source, None, attended, own, _text(event.get("transcript_path")),
            moment, moment, saved["branch"], saved["head"],
        )  # fmt: skip
        database.begin(connection, row, had_prompt=bool(_text(event.get("initial_prompt"))))
        database.deliver(connection, name, moment, source, saved["told"])
        model = saved["model"]
        if saved["seen"] is not None:  # the same files may have been seen again since
            seen = dates.as_of(database.seen(connection, root))
            model = model.replace(dates.as_of(saved["seen"]), seen)
        return Answer(dates.fill(model, now), dates.fill(saved["person"], now), agent.context_in)


def _load(
    connection: "sqlite3.Connection", start: str, root: str, now: float
) -> "dict[str, Any] | None":
    if database.version(connection) != len(database.MIGRATIONS):
        return None
    row = connection.execute("SELECT answer FROM prepared WHERE start = ?", (start,)).fetchone()
    saved = json.loads(row[0]) if row else None
    is_current = saved and saved["made"] <= now < saved["until"] and _is_unchanged(saved, root)
    return saved if is_current else None


def _is_unchanged(saved: "dict[str, Any]", root: str) -> bool:
    if any(any(map(os.path.lexists, paths)) != there for paths, there in saved["paths"]):
        return False
    return stamps.is_unchanged(saved, root)


def _live_on(
    rows: "list[tuple[Any, ...]]", others: "dict[str, bool | None]", own: str | None
) -> bool:
    if own is not None and any(row[1] == own for row in rows):
        return False  # the client went on from that one: it is over, which is to be recorded
    return {row[0]: process.is_alive(row[1]) for row in rows if row[0] in others} == others


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
