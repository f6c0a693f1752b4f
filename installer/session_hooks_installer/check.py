"""``install-hooks --check``: whether the hooks are installed, found and working, as findings."""

import enum
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from session_hooks_installer import programs, settings_edit, settings_file
from session_hooks_installer.handlers import HOOKS, Scope


class Severity(enum.Enum):
    """How bad a finding is; an error makes the check fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Finding(NamedTuple):
    """One thing that the check found."""

    severity: Severity
    what: str
    remedy: str = ""
    """The one command, or the few words, that mend it."""


class _Installed(NamedTuple):
    scope: Scope
    path: Path
    found: settings_edit.Found


def check(repo: Path, environ: Mapping[str, str]) -> list[Finding]:
    """Look at every scope's settings, then run each installed command as written."""
    installed: list[_Installed] = []
    findings: list[Finding] = []
    for scope in Scope:
        try:
            path = settings_file.locate(scope, repo, environ)
        except settings_file.RefusedError:
            continue  # the home folder is no project: what is there is the user scope's
        try:
            text = settings_file.read(path)
            installed += [_Installed(scope, path, found) for found in settings_edit.find(text)]
            if settings_edit.load(text).get("disableAllHooks") is True:
                what = f'{path}: "disableAllHooks" turns every hook off'
                findings.append(Finding(Severity.ERROR, what, "remove that line"))
        except settings_edit.SettingsError as error:
            findings.append(Finding(Severity.ERROR, f"{path}, {error}"))
        except settings_file.RefusedError as error:
            findings.append(Finding(Severity.ERROR, str(error)))
    findings += _coverage(installed)
    if installed:
        findings += _reach(installed, environ)
        for item in installed:
            findings.append(_try(item, repo, environ))
    return findings


def _coverage(installed: list[_Installed]) -> Iterator[Finding]:
    """Say which events have a handler, and which have none or two."""
    if not installed:
        yield Finding(Severity.ERROR, "the hooks are not installed here", "install-hooks")
        return
    for hook in HOOKS:
        mine = [item for item in installed if item.found.event == hook.event]
        where = ", ".join(f"{item.scope.value} scope ({item.path})" for item in mine)
        if not mine:
            scope = installed[0].scope.value
            remedy = f"install-hooks --scope {scope}"
            yield Finding(Severity.ERROR, f"{hook.event}: no handler", remedy)
        elif len(mine) > 1:
            remedy = f"install-hooks --uninstall --scope {mine[-1].scope.value}"
            yield Finding(Severity.ERROR, f"{hook.event}: installed twice, {where}", remedy)
        else:
            yield Finding(Severity.OK, f"{hook.event}: {where}")


def _reach(installed: list[_Installed], environ: Mapping[str, str]) -> Iterator[Finding]:
    if not any("args" not in item.found.handler for item in installed):
        return  # absolute paths: whether they exist is seen when they are run
    if programs.shell_finds(environ):
        yield Finding(Severity.OK, "a new shell finds the programs")
        return
    commands = programs.how_to_be_found(programs.installed_in(), environ)
    what = "a new shell does not find the programs, so nothing happens in conversations"
    yield Finding(Severity.ERROR, what, "\n".join(commands))


def _try(item: _Installed, repo: Path, environ: Mapping[str, str]) -> Finding:
    """Run a handler's command as written and say what came of it."""
    handler = item.found.handler
    command = [str(handler.get("command")), *map(str, handler.get("args", []))]
    if "args" not in handler:
        command = ["/bin/sh", "-c", command[0]]
    event = item.found.event
    try:
        ran = programs.run(command, event, repo.resolve(), environ)
    except OSError as error:
        remedy = f"install-hooks --scope {item.scope.value}"
        return Finding(Severity.ERROR, f"{event}: {command[0]}: {error.strerror}", remedy)
    except subprocess.TimeoutExpired:
        return Finding(Severity.ERROR, f"{event}: not done within {programs.SECONDS} s")
    said = f"{len(ran.stdout)} characters on stdout, {len(ran.stderr)} on stderr"
    what = f"{event}: ran in {ran.seconds:.2f} s, exit code {ran.exit_code}, {said}"
    expected = (0, 2) if event == "SessionEnd" else (0,)
    if ran.exit_code not in expected:
        return Finding(Severity.ERROR, f"{what}\n{ran.stderr.strip()}")
    return Finding(Severity.OK, what)
