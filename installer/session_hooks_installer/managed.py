"""What an administrator set for everybody, and which setting keeps the hooks from running.

Managed settings are ``managed-settings.json`` and, behind it by name, ``managed-settings.d/*.json``
in a folder of the system's (Claude Code's documentation, "Settings files").
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer.findings import Code, Finding

_FOLDERS = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": r"C:\Program Files\ClaudeCode",
}
_OTHERWISE = "/etc/claude-code"
_OFF = "disableAllHooks"
_MANAGED_ONLY = "allowManagedHooksOnly"


class Level(NamedTuple):
    """One settings file's part in what is in effect."""

    path: str
    settings: Mapping[str, Any]


def folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the folder of managed settings; Claude Code's own variable may name another."""
    named = environ.get("CLAUDE_CODE_MANAGED_SETTINGS_PATH")
    return Path(named or _FOLDERS.get(platform, _OTHERWISE))


def read(place: Path) -> tuple[list[Level], list[Finding]]:
    """Return the managed settings, the strongest first, and what is wrong with them.

    A file that may not be read is none: Claude Code runs as the same person.
    """
    levels: list[Level] = []
    findings: list[Finding] = []
    for path in _files(place):
        try:
            settings = json.loads(path.read_bytes())
        except OSError:
            continue
        except (ValueError, RecursionError) as error:
            findings.append(_unreadable(path, str(error)))
            continue
        if isinstance(settings, dict):
            levels.append(Level(str(path), settings))
        else:
            findings.append(_unreadable(path, "it holds no JSON object"))
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
        f"{path}: {reason}",
        "What your administrator meant to set can't be told.",
        "ask whoever looks after this machine",
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
    user. ``disableAllHooks`` is one value like others, so the strongest file that has it decides;
    ``allowManagedHooksOnly`` counts in managed settings alone.
    """
    for level in managed:
        if isinstance(level.settings.get(_MANAGED_ONLY), bool):
            if level.settings[_MANAGED_ONLY]:
                return Switch(level.path, _MANAGED_ONLY, is_managed=True)
            break
    for level in (*managed, *others):
        if isinstance(level.settings.get(_OFF), bool):
            if level.settings[_OFF]:
                return Switch(level.path, _OFF, is_managed=level in managed)
            break
    return None


def finding_of(switch: Switch) -> Finding:
    """Say what is switched off, and where."""
    if switch.is_managed:
        remedy = "ask whoever looks after this machine"
    else:
        remedy = f'take "{switch.key}" out of {switch.path}'
    return Finding(
        Code.SWITCHED_OFF,
        f'{switch.path}: "{switch.key}" turns these hooks off',
        "Claude Code runs none of them, in any conversation.",
        remedy,
        path=switch.path,
    )
