"""``.agents/session-hooks.toml``: optional, and every key has a default that works."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from session_hooks.locations import PLACES, names_in, parts
from session_hooks.project import Project
from session_hooks.roots import CONFIG
from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

_WHEN = ("always", "debts", "never")
_CONSUME = ("always", "untracked", "never")
_MOST_FOLDERS = 30
_MOST_DAYS = 36_500
_LONG = timedelta(days=365)
TEMPLATE_URL = "the http(s) address of the bootstrap template"
TRIGGER = "a word or a few, without quotation marks, of at most 60 characters"
_HOST = re.compile(r"https?://[^\s/]+\S*")


class Config(Value):
    """What a project sets; ``problems`` names each key whose default holds instead."""

    budget: int = 6000
    """Characters that the model is told at a start. The client's own limit is 10,000."""
    max_age: timedelta | None = timedelta(days=30)
    """How old a document may be and still be quoted; None for no limit."""
    max_commits: int | None = 50
    """How many commits may have come since; None for no limit."""
    formats: tuple[str, ...] | None = None
    """The formats that are read, where the project names them; None for all of them."""
    folders: Mapping[str, tuple[str, ...]] = PLACES
    """By format: where its documents lie, as ``locations`` writes places."""
    branches: bool = False
    """Whether the documents on other branches are read, too."""
    template: str | None = None
    """The URL of the bootstrap template that a handoff prompt names (004, "Restoration Prompt")."""
    trigger: str | None = None
    """The word with which a person asks for the next handoff prompt."""
    checklist: str = "always"
    """When SessionEnd shows its checklist: always, debts (something was not updated) or never."""
    notify: str = "debts"
    """When SessionEnd notifies the desktop, in the same words."""
    consume: str = "untracked"
    """Which NEXT_SESSION.md leaves the working tree when it is read: always, untracked, never."""
    archive_max_age: timedelta = timedelta(days=90)
    """How long what left it is kept."""
    archive_max_bytes: int = 50 * 1024**2
    redact: bool = True
    """Whether what looks like a credential is masked wherever a document is repeated."""
    problems: tuple[str, ...] = ()

    def since(self, now: datetime) -> datetime:
        """Return how far back a document's last commit is looked for: it is old before that."""
        return now - (self.max_age or _LONG)

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """Where documents are looked for: the folders of the formats that are read."""
        names = self.folders if self.formats is None else self.formats
        return {name: self.folders[name] for name in self.folders if name in names}

    @property
    def all_folders(self) -> tuple[str, ...]:
        """Every folder that documents may lie in, each once."""
        places = (place for places in self.places.values() for place in places)
        return tuple(dict.fromkeys(parts(place)[0] for place in places))


def read(project: Project) -> Config:
    """Read a project's configuration; never raises."""
    path = os.path.join(project.root, *CONFIG.split("/"))
    if not os.path.isfile(path):
        return Config()
    import tomllib  # 8 ms, and most projects have no such file

    try:
        with open(path, "rb") as file:
            return parse(tomllib.load(file))
    except (OSError, ValueError) as error:  # ValueError: TOML's, and UTF-8's
        return Config(problems=(f"it can't be read: {error}",))


def parse(settings: dict[str, Any]) -> Config:
    """Check what TOML gave, key by key."""
    config, problems = Config(), []
    tables = {name for name, _ in _KEYS}
    for table, keys in settings.items():
        if not isinstance(keys, dict) or table not in tables:
            problems.append(f"{table}: there is no such table; there are {_words(sorted(tables))}")
            continue
        for key, value in keys.items():
            check = _KEYS.get((table, key))
            if check is None:
                known = [name for place, name in _KEYS if place == table]
                problems.append(f"{table}.{key}: there is no such key; there are {_words(known)}")
                continue
            changed = check(config, value)
            if isinstance(changed, str):
                problems.append(f"{table}.{key}: {changed}")
            else:
                config = changed
    return config._replace(problems=tuple(problems))


def _words(names: list[str]) -> str:
    return ", ".join(names)


def _budget(config: Config, value: object) -> Config | str:
    number = _number(value, 1500, 9500)
    if number is None:
        return "it must be a number from 1500 to 9500"
    return config._replace(budget=number)


def _max_age(config: Config, value: object) -> Config | str:
    days = _number(value, 0, _MOST_DAYS)
    if days is None:
        return "it must be a number of days, 0 for no limit"
    return config._replace(max_age=timedelta(days=days) if days else None)


def _max_commits(config: Config, value: object) -> Config | str:
    number = _number(value, 0, 100_000)
    if number is None:
        return "it must be a number of commits, 0 for no limit"
    return config._replace(max_commits=number or None)


def _archive_max_age(config: Config, value: object) -> Config | str:
    days = _number(value, 1, _MOST_DAYS)
    if days is None:
        return "it must be a number of days, at least 1"
    return config._replace(archive_max_age=timedelta(days=days))


def _archive_max_mb(config: Config, value: object) -> Config | str:
    number = _number(value, 1, 100_000)
    if number is None:
        return "it must be a number of megabytes, at least 1"
    return config._replace(archive_max_bytes=number * 1024**2)


def _number(value: object, least: int, most: int) -> int | None:
    """Return a whole number within bounds; None for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        return None
    return value


def _formats(config: Config, value: object) -> Config | str:
    if not isinstance(value, list) or not all(_is_text(name) and name in PLACES for name in value):
        return f"it must be a list of some of {_words(list(PLACES))}"
    return config._replace(formats=tuple(name for name in PLACES if name in value))


def _folders_of(form: str) -> Callable[[Config, object], Config | str]:
    is_named = isinstance(names_in(form, "", ()), tuple)

    def check(config: Config, value: object) -> Config | str:
        folders = [value] if isinstance(value, str) else value
        if not isinstance(folders, list) or not 1 <= len(folders) <= _MOST_FOLDERS:
            return 'it must be a list of folders, "." for the project itself'
        places = [_folder(folder) for folder in folders]
        for folder, place in zip(folders, places, strict=True):
            if place is None:
                return f"{folder!r} is not a folder inside the project, as docs/handoffs is"
            if is_named and parts(place)[1] is not None:
                return f"{folder!r} is a file; it must be the folder that such files lie in"
        inside = tuple(place for place in places if place is not None)
        return config._replace(folders={**config.folders, form: inside})

    return check


def _folder(value: object) -> str | None:
    """Return a folder as ``Config.folders`` holds it; None for one that isn't in the project."""
    if not isinstance(value, str) or not value or len(value) > 300:
        return None
    if value.startswith("/") or "\\" in value or ":" in value or not value.isprintable():
        return None
    parts = [part for part in value.split("/") if part not in ("", ".")]
    return None if ".." in parts else "/".join(parts)


def _template(config: Config, value: object) -> Config | str:
    if not isinstance(value, str) or not is_template_url(value):
        return f"it must be {TEMPLATE_URL}"
    return config._replace(template=value)


def _trigger(config: Config, value: object) -> Config | str:
    if not isinstance(value, str) or not is_trigger(value):
        return f"it must be {TRIGGER}"
    return config._replace(trigger=value)


def is_template_url(value: str) -> bool:
    """Tell whether a text is an address that a handoff prompt can name."""
    return value.isprintable() and _HOST.fullmatch(value) is not None


def is_trigger(value: str) -> bool:
    """Tell whether a person can say a text to ask for a handoff prompt."""
    return 0 < len(value.strip()) <= 60 and value.isprintable() and '"' not in value


def _switch(key: str) -> Callable[[Config, object], Config | str]:
    def check(config: Config, value: object) -> Config | str:
        if not isinstance(value, bool):
            return "it must be true or false"
        return config._replace(**{key: value})  # type: ignore[arg-type]  # of the key's own type

    return check


def _one_of(key: str, words: tuple[str, ...] = _WHEN) -> Callable[[Config, object], Config | str]:
    def check(config: Config, value: object) -> Config | str:
        if not _is_text(value) or value not in words:
            return f"it must be one of {_words(list(words))}"
        return config._replace(**{key: value})  # type: ignore[arg-type]  # of the key's own type

    return check


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_KEYS: dict[tuple[str, str], Callable[[Config, object], Config | str]] = {
    ("context", "budget"): _budget,
    ("context", "redact"): _switch("redact"),
    ("documents", "max_age_days"): _max_age,
    ("documents", "max_commits"): _max_commits,
    ("documents", "formats"): _formats,
    ("documents", "branches"): _switch("branches"),
    **{("folders", form): _folders_of(form) for form in PLACES},
    ("prompt", "template"): _template,
    ("prompt", "trigger"): _trigger,
    ("end", "checklist"): _one_of("checklist"),
    ("end", "notify"): _one_of("notify"),
    ("next_session", "consume"): _one_of("consume", _CONSUME),
    ("archive", "max_age_days"): _archive_max_age,
    ("archive", "max_mb"): _archive_max_mb,
}
