"""``install-hooks --check``: whether the hooks are installed, found and working, as findings."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from session_hooks import config, hook_log
from session_hooks.project import CONFIG, project_at
from session_hooks.state import state_folders
from session_hooks_installer import programs, settings_edit, settings_file, state_check
from session_hooks_installer.findings import Finding, Severity
from session_hooks_installer.handlers import (
    HOOKS,
    Ownership,
    Scope,
    own_handler,
    shared_handler,
)
from session_hooks_installer.json_text import SettingsError
from session_hooks_installer.refusal import RefusedError


class _Installed(NamedTuple):
    scope: Scope
    path: Path
    found: settings_edit.Found


def check(repo: Path, environ: Mapping[str, str]) -> list[Finding]:
    """Look at every scope's settings, the state and the error log, then run our own commands."""
    installed: list[_Installed] = []
    findings: list[Finding] = []
    for scope in Scope:
        try:
            path = settings_file.locate(scope, repo, environ)
        except RefusedError:
            continue  # the home folder is no project: what is there is the user scope's
        try:
            text = settings_file.read(path) or ""
            installed += [_Installed(scope, path, found) for found in settings_edit.find(text)]
            if settings_edit.load(text).get("disableAllHooks") is True:
                what = f'{path}: "disableAllHooks" turns every hook off'
                findings.append(Finding(Severity.ERROR, what, "remove that line"))
        except SettingsError as error:
            findings.append(Finding(Severity.ERROR, f"{path}, {error}"))
        except RefusedError as error:
            findings.append(Finding(Severity.ERROR, str(error)))
    findings += _coverage(installed)
    if installed:
        findings += _reach(installed, environ)
    folders = state_folders(project_at(str(repo.resolve())), environ)
    findings.append(state_check.check(folders))
    # The start hook that is tried below tells of them too, once, and nobody would see it.
    problems = config.read(project_at(str(repo.resolve()))).problems
    findings += [Finding(Severity.WARNING, f"{CONFIG}: {problem}") for problem in problems]
    before = hook_log.untold(folders)
    if before:
        what = f"hooks failed {before.entries} times, and nobody has been told yet"
        findings.append(Finding(Severity.WARNING, what, f"read {before.path}"))
    findings += [_try(item, repo, environ) for item in installed]
    after = hook_log.untold(folders)
    if after and (before is None or after.size > before.size):
        what = "a hook failed while it was tried"
        findings.append(Finding(Severity.ERROR, what, f"read {after.path}"))
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
            last = mine[-1].scope.value
            remedy = f"install-hooks --uninstall --scope {last}"
            if mine[0].scope is mine[-1].scope:
                remedy += f" && install-hooks --scope {last}"
            what = (
                f"{hook.event}: installed twice, {where}\n"
                "Both run each time; only with a working memory and CLAUDE_PID does one keep quiet."
            )
            yield Finding(Severity.WARNING, what, remedy)
        elif mine[0].found.matcher:
            what = f"{hook.event}: only for {mine[0].found.matcher!r}, {where}"
            remedy = f'remove "matcher" from that group in {mine[0].path}'
            yield Finding(Severity.WARNING, what, remedy)
        else:
            yield Finding(Severity.OK, f"{hook.event}: {where}")


def _reach(installed: list[_Installed], environ: Mapping[str, str]) -> Iterator[Finding]:
    if all(isinstance(item.found.handler.get("args"), list) for item in installed):
        return  # absolute paths: whether they exist is seen when they are run
    if programs.shell_finds(environ):
        yield Finding(Severity.OK, "a new shell finds the programs")
        return
    commands = programs.how_to_be_found(programs.installed_in(), environ)
    what = "a new shell does not find the programs, so nothing happens in conversations"
    yield Finding(Severity.ERROR, what, "\n".join(commands))


def _try(item: _Installed, repo: Path, environ: Mapping[str, str]) -> Finding:
    """Run a handler's command as written and say what came of it.

    Only what this installation wrote is run: a repository's settings may name any program, and
    nobody has trusted it yet.
    """
    event, handler = item.found.event, item.found.handler
    hook = next(hook for hook in HOOKS if hook.event == event)
    command = str(handler.get("command"))
    own = own_handler(hook, programs.installed_in().as_posix())["command"]
    remedy = f"install-hooks --scope {item.scope.value}"
    if command == shared_handler(hook)["command"] and "args" not in handler:
        return _run(["/bin/sh", "-c", command], event, repo, environ)
    if command == own and handler.get("args") == []:
        return _run([command], event, repo, environ)
    if item.found.ownership is Ownership.WRAPPED:
        what = f"{event}: not tried, because it runs more than our program: {command!r}"
        return Finding(Severity.WARNING, what)
    if isinstance(handler.get("args"), list) and not Path(command).exists():
        return Finding(Severity.ERROR, f"{event}: {command}: no such file", remedy)
    what = f"{event}: not tried, because it is not what this installation writes: {command!r}"
    return Finding(Severity.WARNING, what, remedy)


def _run(command: list[str], event: str, repo: Path, environ: Mapping[str, str]) -> Finding:
    try:
        ran = programs.run(command, event, repo.resolve(), environ)
    except OSError as error:
        return Finding(Severity.ERROR, f"{event}: {command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Finding(Severity.ERROR, f"{event}: not done within {programs.SECONDS} s")
    said = f"{len(ran.stdout)} characters on stdout, {len(ran.stderr)} on stderr"
    what = f"{event}: ran in {ran.seconds:.2f} s, exit code {ran.exit_code}, {said}"
    expected = (0, 2) if event == "SessionEnd" else (0,)
    if ran.exit_code not in expected:
        return Finding(Severity.ERROR, f"{what}\n{ran.stderr.strip()}")
    return Finding(Severity.OK, what)
