"""Read ``.agents/session-hooks.toml``; every key has a default."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from session_hooks.documents.locations import PLACES, names_in, parts
from session_hooks.project.project import CONFIG, Project, absolute
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from typing import Any

_MOST_FOLDERS = 30
_MOST_DAYS = 36_500
TEMPLATE_URL = "the http(s) address of the bootstrap template"
TRIGGER = "a word or a few, without quotation marks, of at most 60 characters"
_HOST = re.compile(r"https?://[^\s/]+\S*")


class Config(Value):
    """What a project sets; ``problems`` names each key whose default holds instead."""

    budget: int = 6000  # characters told at a start; the client's own limit is 10,000
    max_age: timedelta | None = timedelta(days=30)  # of a document that is quoted; None: no limit
    max_commits: int | None = 50  # that came since; None: no limit
    formats: tuple[str, ...] | None = None  # None for all of them
    folders: Mapping[str, tuple[str, ...]] = PLACES  # by format, as ``locations`` has them
    branches: bool = False
    template: str | None = None  # a URL (004, "Restoration Prompt")
    trigger: str | None = None  # the word that asks for a handoff prompt
    checklist: str = "always"  # SessionEnd's: always, debts (something was not updated), never
    notify: str = "debts"  # the desktop, at an end, likewise
    consume: str = "untracked"  # NEXT_SESSION.md: always, untracked, never
    archive_max_age: timedelta = timedelta(days=90)
    archive_max_bytes: int = 50 * 1024**2
    records: tuple[str, ...] = ("docs/decisions", "docs/adr", "adr")  # 003's, of decisions
    redact: bool = True
    problems: tuple[str, ...] = ()

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        names = self.folders if self.formats is None else self.formats
        return {name: self.folders[name] for name in self.folders if name in names}

    @property
    def all_folders(self) -> tuple[str, ...]:
        places = (place for places in self.places.values() for place in places)
        return tuple(dict.fromkeys(parts(place)[0] for place in places))


def read(project: Project) -> Config:
    path = absolute(project.root, CONFIG)
    if not os.path.isfile(path):
        return Config()
    import tomllib  # 8 ms, and most projects have no such file

    try:
        with open(path, "rb") as file:
            return parse(tomllib.load(file))
    except (OSError, ValueError) as error:  # ValueError: TOML's, and UTF-8's
        return Config(problems=(f"it can't be read: {error}",))


def parse(settings: dict[str, Any]) -> Config:
    fields: dict[str, Any] = {}
    folders, problems = dict(PLACES), []
    tables = {name for name, _ in KEYS}
    for table, keys in settings.items():
        if not isinstance(keys, dict) or table not in tables:
            known = ", ".join(sorted(tables))
            problems.append(f"{table}: there is no such table; there are {known}")
            continue
        for key, value in keys.items():
            if (table, key) not in KEYS:
                known = ", ".join(name for place, name in KEYS if place == table)
                problems.append(f"{table}.{key}: there is no such key; there are {known}")
                continue
            known_key = KEYS[table, key]
            field = known_key.field or key
            try:
                (folders if table == "folders" else fields)[field] = known_key.read(value)
            except ValueError as error:
                problems.append(f"{table}.{key}: {error}")
    return Config(**fields, folders=folders, problems=tuple(problems))


class Key(Value):
    """How a key's value is read, and what it may be (JSON Schema)."""

    read: Callable[[object], Any]
    schema: Mapping[str, object]
    field: str = ""


def _checked(
    kind: type,
    is_right: Callable[[Any], bool],
    must: str,
    schema: Mapping[str, object],
    means: Callable[[Any], object] = lambda value: value,
) -> Key:
    def read(value: object) -> object:
        if type(value) is not kind or not is_right(value):  # a bool is an int, too
            raise ValueError(f"it must be {must}")
        return means(value)

    return Key(read, schema)


def _number(least: int, most: int, must: str, means: Callable[[int], object] = int) -> Key:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return _checked(int, lambda value: least <= value <= most, f"a number {must}", schema, means)


def _one_of(*known: str) -> Key:
    schema = {"enum": [*known]}
    return _checked(str, lambda value: value in known, f"one of {', '.join(known)}", schema)


def _folders(field: str, *, is_named: bool) -> Key:
    def read(value: object) -> tuple[str, ...]:
        folders = [value] if isinstance(value, str) else value
        if not isinstance(folders, list) or not 1 <= len(folders) <= _MOST_FOLDERS:
            raise ValueError('it must be a list of folders, "." for the project itself')
        return tuple(_folder(folder, is_named=is_named) for folder in folders)

    some = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": _MOST_FOLDERS}
    return Key(read, {"anyOf": [{"type": "string"}, some]}, field)


def _folders_of(form: str) -> Key:
    return _folders(form, is_named=isinstance(names_in(form, "", ()), tuple))


def _folder(value: object, *, is_named: bool) -> str:
    is_text = isinstance(value, str) and 0 < len(value) <= 300 and value.isprintable()
    inside = [part for part in str(value).split("/") if part not in ("", ".")]
    if not is_text or str(value).startswith("/") or {"\\", ":"} & {*str(value)} or ".." in inside:
        raise ValueError(f"{value!r} is not a folder inside the project, as docs/handoffs is")
    place = "/".join(inside)
    if is_named and parts(place)[1] is not None:
        raise ValueError(f"{value!r} is a file; it must be the folder that such files lie in")
    return place


def is_template_url(value: str) -> bool:
    return value.isprintable() and _HOST.fullmatch(value) is not None


def is_trigger(value: str) -> bool:
    return 0 < len(value.strip()) <= 60 and value.isprintable() and '"' not in value


_SWITCH = _checked(bool, lambda _: True, "true or false", {"type": "boolean"})
_FORMATS = _checked(
    list,
    lambda names: all(name in tuple(PLACES) for name in names),
    f"a list of some of {', '.join(PLACES)}",
    {"type": "array", "items": {"enum": [*PLACES]}},
    lambda names: tuple(name for name in PLACES if name in names),
)
_WHEN = _one_of("always", "debts", "never")
_DAYS = _number(0, _MOST_DAYS, "of days, 0 for no limit", lambda n: timedelta(n) if n else None)
_COMMITS = _number(0, 100_000, "of commits, 0 for no limit", lambda one: one or None)
_KEPT = _number(1, _MOST_DAYS, "of days, at least 1", lambda number: timedelta(days=number))
_KEPT_BYTES = _number(1, 100_000, "of megabytes, at least 1", lambda number: number * 1024**2)
_URL = {"type": "string", "format": "uri", "pattern": "^https?://"}
_SAID = {"type": "string", "minLength": 1, "maxLength": 60}
KEYS: dict[tuple[str, str], Key] = {  # by table and key
    ("context", "budget"): _number(1500, 9500, "from 1500 to 9500"),
    ("context", "redact"): _SWITCH,
    ("documents", "max_age_days"): _DAYS._replace(field="max_age"),
    ("documents", "max_commits"): _COMMITS,
    ("documents", "formats"): _FORMATS,
    ("documents", "branches"): _SWITCH,
    **{("folders", form): _folders_of(form) for form in PLACES},
    ("prompt", "template"): _checked(str, is_template_url, TEMPLATE_URL, _URL),
    ("prompt", "trigger"): _checked(str, is_trigger, TRIGGER, _SAID),
    ("end", "checklist"): _WHEN,
    ("end", "notify"): _WHEN,
    ("next_session", "consume"): _one_of("always", "untracked", "never"),
    ("close", "records"): _folders("records", is_named=True),
    ("archive", "max_age_days"): _KEPT._replace(field="archive_max_age"),
    ("archive", "max_mb"): _KEPT_BYTES._replace(field="archive_max_bytes"),
}
