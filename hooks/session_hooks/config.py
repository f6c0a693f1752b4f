"""``.agents/session-hooks.toml``: optional, and every key has a default that works."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from session_hooks.project import Project

FILE = ".agents/session-hooks.toml"
_WHEN = ("always", "debts", "never")


class Config(NamedTuple):
    """What a project sets; ``problems`` names each key whose default holds instead."""

    budget: int = 4000
    """Characters that the model is told at a start. The client's own limit is 10,000."""
    max_age: timedelta | None = timedelta(days=30)
    """How old a handoff may be and still be quoted; None for no limit."""
    checklist: str = "always"
    """When SessionEnd shows its checklist: always, debts (something was not updated) or never."""
    notify: str = "debts"
    """When SessionEnd notifies the desktop, in the same words."""
    problems: tuple[str, ...] = ()


def read(project: Project) -> Config:
    """Read a project's configuration; never raises."""
    path = os.path.join(project.root, *FILE.split("/"))
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
    for table, keys in settings.items():
        if not isinstance(keys, dict) or table not in {name for name, _ in _KEYS}:
            problems.append(f"{table}: there is no such table")
            continue
        for key, value in keys.items():
            check = _KEYS.get((table, key))
            if check is None:
                problems.append(f"{table}.{key}: there is no such key")
                continue
            changed = check(config, value)
            if isinstance(changed, str):
                problems.append(f"{table}.{key}: {changed}")
            else:
                config = changed
    return config._replace(problems=tuple(problems))


def _budget(config: Config, value: object) -> Config | str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or not 1500 <= int(str(value)) <= 9500:
        return "it must be a number from 1500 to 9500"
    return config._replace(budget=int(str(value)))


def _max_age(config: Config, value: object) -> Config | str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or not 0 <= int(str(value)) <= 36_500:
        return "it must be a number of days, 0 for no limit"
    days = int(str(value))
    return config._replace(max_age=timedelta(days=days) if days else None)


def _checklist(config: Config, value: object) -> Config | str:
    return config._replace(checklist=str(value)) if _is_when(value) else _one_of()


def _notify(config: Config, value: object) -> Config | str:
    return config._replace(notify=str(value)) if _is_when(value) else _one_of()


def _is_when(value: object) -> bool:
    return isinstance(value, str) and value in _WHEN


def _one_of() -> str:
    return f"it must be one of {', '.join(_WHEN)}"


_KEYS: dict[tuple[str, str], Callable[[Config, object], Config | str]] = {
    ("context", "budget"): _budget,
    ("documents", "max_age_days"): _max_age,
    ("end", "checklist"): _checklist,
    ("end", "notify"): _notify,
}
