"""Check managed settings, trust, and settings that turn hooks off."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.project.project import find_git_top
from session_hooks.project.state import main_checkout
from session_hooks_installer.check.findings import Code, Finding, Words
from session_hooks_installer.check.settings import Settings, parse
from session_hooks_installer.settings import file
from session_hooks_installer.settings.handlers import Scope
from session_hooks_installer.settings.json_edit import SettingsError

_FOLDERS = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": r"C:\Program Files\ClaudeCode",
}
_OTHERWISE = "/etc/claude-code"
_OFF = "disableAllHooks"
_MANAGED_ONLY = "allowManagedHooksOnly"
_STRICT = "strictPluginOnlyCustomization"


# ``managed-settings.json`` and, behind it by name, ``managed-settings.d/*.json`` in a folder of the
# system's. Claude Code knows other places, such as Windows' registry and what an organisation's
# server sends: those are not read here.


class Level(NamedTuple):
    """One settings file's content."""

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
    parts = sorted((place / "managed-settings.d").glob("[!.]*.json"))
    for path in (place / "managed-settings.json", *parts):
        try:
            levels.append(Level(str(path), parse(path.read_bytes())))
        except OSError:
            continue
        except SettingsError as error:
            code = Code.UNREADABLE_MANAGED_SETTINGS
            findings.append(Finding(code, f"{path}, {error}", path=str(path)))
    return levels[::-1], findings


class Switch(NamedTuple):
    """The setting that keeps our hooks from running."""

    path: str
    key: str
    is_managed: bool


def switched_off(managed: Sequence[Level], others: Sequence[Level]) -> Switch | None:
    """Return what keeps hooks of project, local and user settings from running; None if nothing.

    Both sequences come strongest first. The strongest file that has a switch decides about it.
    Managed settings have two more, which are on for whatever is not ``false``; what the one of them
    lists is what it is for.
    """
    for key in (_MANAGED_ONLY, _STRICT):
        level = next((one for one in managed if one.settings.get(key) is not None), None)
        value = level.settings[key] if level else False
        is_on = "hooks" in value if key == _STRICT and isinstance(value, list) else value
        if level and is_on is not False:
            return Switch(level.path, key, is_managed=True)
    for level in (*managed, *others):
        if isinstance(level.settings.get(_OFF), bool):
            is_managed = level in managed
            return Switch(level.path, _OFF, is_managed) if level.settings[_OFF] else None
    return None


def check_switches(settings: Sequence[Settings], managed_in: Path) -> Iterator[Finding]:
    """Name the setting that keeps the hooks from running."""
    levels, unreadable = read(managed_in)
    yield from unreadable
    others = [Level(str(one.place.path), one.content) for one in reversed(settings)]
    if switch := switched_off(levels, others):
        path, key, is_managed = switch
        remedy = Code.UNREADABLE_MANAGED_SETTINGS.remedy if is_managed else ""
        yield Finding(
            Code.SWITCHED_OFF,
            f'{path}: "{key}" turns these hooks off',
            Words(remedy or f'take "{key}" out of {path}'),
            path=path,
        )


# In a terminal Claude Code asks first. Until that is answered no hook runs there; with ``-p``
# nothing is asked, and all run. The answers stand in ``.claude.json``: ``projects``, by folder,
# ``hasTrustDialogAccepted``.


def check_trust(repo: Path, environ: Mapping[str, str]) -> Finding:
    """Say whether Claude Code trusts ``repo``, and so runs hooks there."""
    folder = environ.get("CLAUDE_CONFIG_DIR") or file.home(environ)
    path = os.path.join(folder, ".claude.json") if folder else None
    if path and is_trusted(_read(path), folders_for(repo)):
        return Finding(Code.TRUSTED, "Claude Code trusts this folder", path=path)
    here = os.path.realpath(repo)
    what = f"in a terminal Claude Code will ask first whether it may work in {here}"
    return Finding(Code.UNTRUSTED, what, path=path)


def is_trusted(client: Mapping[str, Any], folders: Iterable[str]) -> bool:
    """Return True if Claude Code's own configuration has a yes for one of the folders."""
    projects = client.get("projects")
    asked = [projects.get(folder) for folder in folders] if isinstance(projects, dict) else []
    return any(isinstance(one, dict) and one.get("hasTrustDialogAccepted") is True for one in asked)


def folders_for(repo: Path) -> list[str]:
    """Return the folders whose trust is enough for ``repo``, links resolved.

    In git: the folder itself and those up to the top level, and the main checkout of a linked
    worktree. Outside: the folder and every one above.
    """
    folder = Path(os.path.realpath(repo))
    upward = [folder, *folder.parents]
    top = find_git_top(str(folder))
    if top is not None:
        upward = [one for one in upward if one.is_relative_to(top)]
        upward.append(Path(main_checkout(top)))
    return [str(one) for one in upward]


def _read(path: str) -> dict[str, Any]:
    try:
        client = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return client if isinstance(client, dict) else {}


def hooks_environ(
    environ: Mapping[str, str], settings: Iterable[Settings]
) -> tuple[dict[str, str], Path | None]:
    """Return the environment that hooks have, and the file that sets its PATH, if one does.

    ``env.PATH`` of the user's settings replaces the PATH. What a project's settings do there nobody
    has seen, so they are not read.
    """
    for one in settings:
        variables = one.content.get("env") if one.place.scope is Scope.USER else None
        path = variables.get("PATH") if isinstance(variables, dict) else None
        if isinstance(path, str):
            # An active virtual environment has no part in that PATH, nor in what a shell finds.
            rest = {name: value for name, value in environ.items() if name != "VIRTUAL_ENV"}
            return {**rest, "PATH": path}, one.place.path
    return dict(environ), None
