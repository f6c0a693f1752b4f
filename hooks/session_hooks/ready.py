"""A start's answer that is ready: it was made before, and nothing that it depends on has changed.

What an answer depends on is written beside it (``keeping``): the stamps of every file that was
looked into, the moment until which its judgements hold, what the store remembered, which other
conversations were open. Where all of that is as it was, the answer is told with today's ages
(``moments``), and the conversation is noted. In every other case, and for every doubt, there is
none, and the start goes the whole way.

Imported in front of a waiting person at every start: ``json`` and builtins, no ``typing``, which
costs a third of a bare interpreter's start, and no ``sqlite3``, which costs another.
"""

import os
import zlib
from collections.abc import Mapping

from session_hooks import attendance, bare, card, moments, noted, process, roots, stamps, state

FORM = 2
"""Which form the files have; what another version of this module wrote is made anew."""
SOURCES = ("startup", "clear", "new")
"""Those at which a conversation has nothing in it yet: the answer to one is the answer to all. The
last one is Copilot's."""
PRUNE_SECONDS = 7 * 24 * 60 * 60
"""How long what is old may wait to be forgotten; a start that goes the whole way does it daily."""
_WAIT_SECONDS = 0.05
_WAIT_ONCE_TOLD = 1.0
"""The person has the answer already."""
_NOTHING: dict[str, object] = {}


class Silence:
    """The answer where there is nothing to say."""


class Ready:
    """An answer, and who is told."""

    def __init__(
        self, kept: Mapping[str, object], folder: str, event: Mapping[str, object]
    ) -> None:
        """Take the answer as it was kept, the state folder, and the event's fields."""
        self._kept = kept
        self._folder = folder
        self._event = event
        self.client = kept["client"]
        self._told = _list(kept["told"])
        self.said = ("", "")
        """What the model and what the person is told, once it is noted."""
        self.is_second = False
        """Whether another handler of the same event was faster: then nothing is said."""

    def _say(self, held: Mapping[str, object], now: float) -> tuple[str, str]:
        """Write the answer's words; ``held`` is the store's card."""
        model, person = str(self._kept["model"]), str(self._kept["person"])
        if self._kept["seen"] is not None:  # the same files may have been seen again since
            before = moments.as_of(_number(self._kept["seen"]))
            model = model.replace(before, moments.as_of(_seen(held, self._kept["root"])))
        return moments.fill(model, now), moments.fill(person, now)

    def note(self, now: float, pid: str | None) -> bool:
        """Note that the conversation begins; False where the store changed since.

        Raises OSError.
        """
        with noted.Notes(self._folder, _WAIT_SECONDS) as notes:
            held = card.read(self._folder) if notes.is_alone else None
            if held is None:
                return False
            began = [
                _list(line[noted.BEGAN]) for line in _objects(notes.lines(of_kind=noted.BEGAN))
            ]
            claims = [*_list(held.get("claims")), *(claim for claim, _ in began)]
            claim = [self._claim(pid), int(now * 1000)]
            self.is_second = pid is not None and any(_is_same(claim, one) for one in claims)
            if self.is_second:
                return True
            own, others = process.identity(pid), _list(self._kept["others"])
            new = {row[0] for _, row in began} - {self._id}
            if not (
                _is_remembered(self._kept, held, new, now)
                and _are_as_they_were(others, held, self._id, own)
            ):
                return False
            self.said = self._say(held, now)
            try:
                notes.append({noted.BEGAN: [claim, self._row(now, own)]})
            except noted.NoRoomError:
                return False
        return True

    def note_told(self, now: float) -> None:
        """Note that it was told; raises OSError."""
        if self._told:
            row = [self._id, int(now * 1000), self._event.get("source"), self._told]
            with noted.Notes(self._folder, _WAIT_ONCE_TOLD) as notes:
                notes.append({noted.TOLD: row}, in_any_case=True)

    @property
    def _id(self) -> str:
        return str(self._event["session_id"])

    def _claim(self, pid: str | None) -> str:
        parts = (self._event.get("hook_event_name"), self._id, self._event.get("source"), pid)
        return "\x1f".join(str(part or "") for part in parts)

    def _row(self, now: float, own: str | None) -> list[object]:
        """Return the conversation as ``records.Conversation`` has it, its moments in ms."""
        kept, moment = self._kept, int(now * 1000)
        return [
            self._id, kept["root"], kept["top"], self._event.get("source"), None,
            kept["attended"], own, _text(self._event.get("transcript_path")),
            moment, moment, kept["branch"], kept["head"],
        ]  # fmt: skip


def file_name(root: str, source: str, client: str, *, attended: bool) -> str:
    """Return the name of the file that an answer is kept in; two may have the same."""
    said = f"{root}\n{source}\n{client}\n{attended}"
    number = zlib.crc32(said.encode("utf-8", "surrogateescape"))
    return f"ready-{number:08x}.json"


def find(
    event: Mapping[str, object], environ: Mapping[str, str], here: str, now: float
) -> Ready | Silence | None:
    """Return the answer to an event, where one is ready; ``now`` in seconds since 1970."""
    root, top, has_session_files = roots.find(_text(event.get("cwd")), environ, here)
    if not has_session_files and bare.is_bare(root, top, environ):
        return Silence()
    source, name = event.get("source"), event.get("session_id")
    if source not in SOURCES or not isinstance(name, str) or not name:
        return None
    if event.get("agent_id") or event.get("agent_type") or _has_transcript(event):
        return None
    folder = state.first_state_folder(root, top, environ)
    if folder is None:
        return None
    attended = attendance.is_attended(environ)
    client = attendance.client(environ, source, name)
    kept = card.load(os.path.join(folder, file_name(root, str(source), client, attended=attended)))
    is_meant = (
        kept.get("form") == FORM
        and kept.get("code") == stamps.code()
        and (kept["root"], kept["top"], kept["source"]) == (root, top, source)
        and (kept["client"], kept["attended"]) == (client, attended)
    )
    if not is_meant or not _number(kept["made"]) <= now < _number(kept["until"]):
        return None
    return Ready(kept, folder, event) if _is_unchanged(kept) else None


def _has_transcript(event: Mapping[str, object]) -> bool:
    """Tell whether the conversation has records already: then it may be a fork, or have begun."""
    path = event.get("transcript_path")
    found = stamps.stamp(path) if isinstance(path, str) else None
    return found is not None and found[1] > 0


def _is_unchanged(kept: Mapping[str, object]) -> bool:
    """Tell whether every file is as it was when the answer was made."""
    for path, before in _list(kept["files"]):
        if _plain_stamp(path) != before:
            return False
    for paths, is_there in _list(kept["paths"]):
        if any(map(os.path.lexists, paths)) != is_there:
            return False
    for place, names, before in _list(kept["documents"]):
        inside = os.path.join(place, "")
        try:
            if stamps.together([inside + name for name in names.split("\0")]) != before:
                return False
        except OSError:
            return False
    return True


def _is_remembered(
    kept: Mapping[str, object], held: Mapping[str, object], began: "set[object]", now: float
) -> bool:
    """Tell whether the store remembers what it did when the answer was made.

    ``held`` is the store's card, ``began`` which other conversations were noted since.
    """
    pruned = _number(held.get("pruned"))
    if not now - PRUNE_SECONDS < pruned / 1000 <= now:
        return False
    projects = held.get("projects")
    memory = projects.get(str(kept["root"]), _NOTHING) if isinstance(projects, dict) else None
    return memory == kept["memory"] and began <= {one[0] for one in _list(kept["others"])}


def _are_as_they_were(
    others: "list[list[object]]",
    held: Mapping[str, object],
    name: str,
    own_process: str | None,
) -> bool:
    """Tell whether the same other conversations are open, and nothing happened in them.

    One that the client's own process went on from is over, and that is still to be noted; so is
    that this one, of the id ``name``, is open in another process, too.
    """
    rows = {row[0]: row for row in _list(held.get("open"))}
    own = rows.pop(name, None)
    if own is not None and own[1] not in (None, own_process):
        return False
    if own_process is not None and any(row[1] == own_process for row in rows.values()):
        return False
    return rows.keys() == {one[0] for one in others} and all(
        process.is_alive(rows[other][1]) is is_alive
        and rows[other][3] == resumed
        and _plain_stamp(rows[other][2]) == before
        for other, is_alive, resumed, before in others
    )


def _plain_stamp(path: str | None) -> list[int] | None:
    """Return a file's stamp as JSON has it."""
    found = stamps.stamp(path or "")
    return None if found is None else list(found)


def _seen(held: Mapping[str, object], root: object) -> float:
    found = held.get("seen")
    moment = found.get(str(root)) if isinstance(found, dict) else None
    return int(moment) / 1e6 if isinstance(moment, str) and moment.isdecimal() else 0


def _is_same(claim: list[object], other: object) -> bool:
    """Tell whether two handlers were started by one event."""
    if not isinstance(other, list) or len(other) != 2 or other[0] != claim[0]:
        return False
    return abs(_number(other[1]) - _number(claim[1])) <= noted.SAME_EVENT_SECONDS * 1000


def _list(value: object) -> "list[list]":  # type: ignore[type-arg]  # of whatever the file holds
    return value if isinstance(value, list) else []


def _objects(lines: "list[object]") -> "list[dict[str, object]]":
    return [line for line in lines if isinstance(line, dict)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
