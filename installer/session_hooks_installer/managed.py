"""What an administrator set for everybody, and which setting keeps the hooks from running.

Managed settings are ``managed-settings.json`` and, behind it by name, ``managed-settings.d/*.json``
in a folder of the system's; what is here of them was seen with 2.1.329. Claude Code knows other
places, such as Windows' registry and what an organisation's server sends: those are not read here.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer import as_read
from session_hooks_installer.findings import Code, Finding, Words
from session_hooks_installer.splice import SettingsError

_FOLDERS = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": r"C:\Program Files\ClaudeCode",
}
_OTHERWISE = "/etc/claude-code"
_OFF = "disableAllHooks"
_MANAGED_ONLY = "allowManagedHooksOnly"
_STRICT = "strictPluginOnlyCustomization"


class Level(NamedTuple):
    """One settings file's part in what is in effect."""

    path: str
    settings: Mapping[str, Any]


def folder(platform: str = sys.platform) -> Path:
    """Return the folder of managed settings."""
    return Path(_FOLDERS.get(platform, _OTHERWISE))


def read(place: Path) -> tuple[list[Level], list[Finding]]:
    """Return the managed settings, the strongest first, and what is wrong with them.

    A file that may not be read is none: Claude Code runs as the same person.
    """
    levels: list[Level] = []
    findings: list[Finding] = []
    for path in _files(place):
        try:
            levels.append(Level(str(path), as_read.parse(path.read_bytes())))
        except OSError:
            continue
        except SettingsError as error:
            findings.append(_unreadable(path, str(error)))
    return levels[::-1], findings


def _files(place: Path) -> list[Path]:
    try:
        parts = sorted(
            name
            for name in os.listdir(place / "managed-settings.d")
            if name.endswith(".json") and not name.startswith(".")
        )
    except OSError:
        parts = []
    return [
        place / "managed-settings.json",
        *(place / "managed-settings.d" / name for name in parts),
    ]


def _unreadable(path: Path, reason: str) -> Finding:
    return Finding(
        Code.UNREADABLE_MANAGED_SETTINGS,
        f"{path}, {reason}",
        "Claude Code refuses to start until that is mended.",
        Words("ask whoever looks after this machine"),
        path=str(path),
    )


class Switch(NamedTuple):
    """The setting that keeps our hooks from running."""

    path: str
    key: str
    is_managed: bool


def switched_off(managed: Sequence[Level], others: Sequence[Level]) -> Switch | None:
    """Return what keeps hooks of project, local and user settings from running; None if nothing.

    Both sequences come strongest first: managed settings by name, then local over project over
    user. ``disableAllHooks`` is one value like others, so the strongest file that has it decides.
    Managed settings have two more switches, which leave managed hooks alone, and which are on for
    whatever is not ``false``.
    """
    for key, is_on in ((_MANAGED_ONLY, _is_not_false), (_STRICT, _has_hooks)):
        for level in _deciding(managed, key):
            if is_on(level.settings[key]):
                return Switch(level.path, key, is_managed=True)
    for level in (*managed, *others):
        if isinstance(level.settings.get(_OFF), bool):
            if level.settings[_OFF]:
                return Switch(level.path, _OFF, is_managed=level in managed)
            break
    return None


def _deciding(managed: Sequence[Level], key: str) -> Sequence[Level]:
    """Return the files whose value counts: the strongest; of lists, which are joined, several."""
    said = [level for level in managed if level.settings.get(key) is not None]
    return list(takewhile(lambda level: isinstance(level.settings[key], list), said)) or said[:1]


def _is_not_false(value: object) -> bool:
    return value is not False


def _has_hooks(value: object) -> bool:
    """Tell whether hooks are meant; a list names what is."""
    return "hooks" in value if isinstance(value, list) else value is not False


def finding_of(switch: Switch) -> Finding:
    """Say what is switched off, and where."""
    if switch.is_managed:
        remedy = Words("ask whoever looks after this machine")
    else:
        remedy = Words(f'take "{switch.key}" out of {switch.path}')
    return Finding(
        Code.SWITCHED_OFF,
        f'{switch.path}: "{switch.key}" turns these hooks off',
        "Claude Code runs none of them, in any conversation.",
        remedy,
        path=switch.path,
    )
