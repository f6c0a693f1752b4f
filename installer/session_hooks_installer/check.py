"""``install-hooks --check``: whether the hooks are installed, found and working, as a report.

In the order in which it is read: settings, programs, the project and its memory, trial runs.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from session_hooks.project import project_at
from session_hooks.state import state_folders
from session_hooks_installer import (
    coverage,
    git_version,
    guarding,
    hooks_path,
    installed,
    log_check,
    managed,
    naming,
    outdated,
    places,
    programs,
    project_check,
    pythons,
    reach,
    repeats,
    state_check,
    trial,
    trust,
)
from session_hooks_installer.findings import Command, Finding, Report
from session_hooks_installer.guarding import Guard


class _Ground(NamedTuple):
    """What is checked, and with what."""

    repo: Path
    found: installed.Reading
    environ: dict[str, str]
    """What hooks have, the PATH as it is."""
    path_set_in: Path | None
    """The settings file that sets that PATH, if one does."""
    guard: Guard


def check(repo: Path, environ: Mapping[str, str], managed_in: Path | None = None) -> Report:
    """Look at every settings file and at what is remembered, and run our own commands.

    ``managed_in`` is the folder of managed settings, where it isn't the system's own.
    """
    ground = _ground(repo, dict(environ))  # asking git changes the process's own
    surroundings = list(_surroundings(ground, environ, managed_in or managed.folder()))
    with guarding.applied(ground.guard):
        return _check(ground, surroundings)


def _ground(repo: Path, environ: dict[str, str]) -> _Ground:
    found = installed.read_all(repo, environ)
    theirs, path_set_in = hooks_path.environment(environ, found.settings)
    own = programs.installed_in()
    guard = guarding.guard_for(repo, environ, own)
    # A PATH that the repository may have set has no say in what is run.
    if path_set_in and not guard.holds(str(path_set_in)):
        guard = guarding.guard_for(repo, theirs, own)
    clean = {name: value for name, value in guard.environ.items() if name in theirs}
    path = {"PATH": theirs["PATH"]} if "PATH" in theirs else {}
    return _Ground(repo, found, clean | path, path_set_in, guard)


def _check(ground: _Ground, surroundings: Sequence[Finding]) -> Report:
    """Look at programs and project, and run what may be run."""
    repo, found, environ, path_set_in, guard = ground
    command = command_for(repo)
    project = project_at(str(repo.resolve()))
    folders = state_folders(project.root, project.git_top, environ)
    reached = reach.check(found.handlers, repo, environ, command, path_set_in)
    taken = [target for target in reached.targets if not target.item.problem]
    may_run, held_back = trial.allowed(taken, guard)
    asked = pythons.ask_all(may_run, guard.environ)
    logged = log_check.read(folders)
    settings = [*_settings(found, reached, command), *surroundings]
    memory = [
        *project_check.check(project),
        *project_check.check_git(project),
        state_check.check(folders),
        *log_check.check(logged, datetime.now(UTC)),
    ]
    dead = [target for python in asked if not python.works for target in python.targets]
    alive = [target for target in may_run if target not in dead]
    tried, runs = trial.try_all(alive, repo, guard.environ)
    failed = log_check.read(folders)[len(logged) :]
    findings = (
        *settings,
        *reached.findings,
        *git_version.check(python.answer for python in asked),
        *pythons.check(asked, environ, command),
        # After the runs: Python compiles what it needs where it may write.
        *pythons.check_bytecode(pythons.uncompiled(asked)),
        *memory,
        *trial.no_forms(found.handlers),
        *held_back,
        *tried,
        *([log_check.failed_now(failed)] if failed else []),
    )
    return Report(findings, tuple(runs))


def _settings(
    found: installed.Reading, reached: reach.Reach, command: Command
) -> Iterator[Finding]:
    """Say how the handlers stand in the settings."""
    yield from found.findings
    yield from coverage.check(found, command)
    yield from repeats.check(found.handlers, command)
    # Worse, and mended by the same command: left out, a program that is gone, two in one file.
    pairs = Counter((item.place, item.hook) for item in found.handlers)
    others = [
        item
        for item in found.handlers
        if not item.problem and item not in reached.gone and pairs[item.place, item.hook] == 1
    ]
    yield from outdated.check(others, programs.installed_in(), command)
    yield from project_check.check_shared(found.handlers)
    yield from project_check.check_local(found.handlers, command)


def _surroundings(
    ground: _Ground, environ: Mapping[str, str], managed_in: Path
) -> Iterator[Finding]:
    """Say what else decides whether Claude Code runs them."""
    repo, found = ground.repo, ground.found
    yield from places.check_links(repo, environ)
    yield from places.check_config_dir(environ)
    levels, unreadable = managed.read(managed_in)
    yield from unreadable
    strongest_first = found.settings[::-1]
    others = [managed.Level(str(one.place.path), one.content) for one in strongest_first]
    if switch := managed.switched_off(levels, others):
        yield managed.finding_of(switch)
    yield trust.check(repo, environ)


def command_for(repo: Path) -> Command:
    """Return what makes a command line of arguments; it names ``repo`` unless one stands there."""
    return partial(naming.command, repo)
