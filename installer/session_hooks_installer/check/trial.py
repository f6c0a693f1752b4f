"""Run the hooks as Claude Code does."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from session_hooks_installer import programs
from session_hooks_installer.check import output
from session_hooks_installer.check.findings import Code, Finding, Run, Words
from session_hooks_installer.check.rules import WIDTH, timeout_of
from session_hooks_installer.check.settings import Installed
from session_hooks_installer.check.targets import Guard, Target, form_of, objection
from session_hooks_installer.settings.handlers import Ownership

_GRACE = 1.0
"""Seconds that a command is watched beyond its timeout, to be able to say how long it takes."""
_EXIT_CODES = {"SessionEnd": (0, 2)}
"""Those that are no failure: with 2, Claude Code shows a person what SessionEnd says."""


def allowed(targets: Iterable[Target], guard: Guard) -> tuple[list[Target], list[Finding]]:
    """Return the targets that may be run, and why the others are not tried."""
    kept: list[Target] = []
    findings: list[Finding] = []
    for target in targets:
        if reason := objection(target.form, target.program, guard):
            findings.append(_not_tried(target.item, reason))
        else:
            kept.append(target)
    return kept, findings


def no_forms(installed: Iterable[Installed]) -> Iterator[Finding]:
    """Name the handlers that no installer writes in this way: they may run anything."""
    for item in installed:
        command = item.command
        command = repr(command if len(command) <= WIDTH else f"{command[:WIDTH]}…")
        if item.ownership is Ownership.WRAPPED:
            yield _not_tried(item, f"it runs more than our program: {command}")
        elif not item.problem and form_of(item.handler, item.hook) is None:
            yield _not_tried(item, f"no install-hooks writes it like that: {command}")


def _not_tried(item: Installed, reason: str) -> Finding:
    what = f"{item.hook.event}: not tried, because {reason}"
    return item.place.finding(Code.NOT_TRIED, what)


def try_all(
    targets: Sequence[Target], repo: Path, environ: Mapping[str, str]
) -> tuple[list[Finding], list[Run]]:
    """Run what is installed, one after the other; of copies the last, as Claude Code does."""
    last = {(target.item.hook, target.form.argv): target for target in targets}
    findings: list[Finding] = []
    runs: list[Run] = []
    for target in last.values():
        timeout = timeout_of(target.item.handler, target.item.hook.event)
        runs.append(_run(target, timeout, repo, environ))
        findings.append(judge(runs[-1], target.item, timeout))
    return findings, runs


def _run(target: Target, timeout: float, repo: Path, environ: Mapping[str, str]) -> Run:
    item, event = target.item, target.item.hook.event
    seconds = min(timeout + _GRACE, float(programs.SECONDS))
    try:
        ran = programs.run(target.form.argv, event, repo.resolve(), environ, seconds)
    except OSError as error:
        ran = programs.Run(None, "", error.strerror or str(error), 0)
    scope, taken = item.place.scope, round(ran.seconds, 3)
    return Run(event, item.command, scope, ran.exit_code, taken, ran.stdout, ran.stderr)


def judge(run: Run, item: Installed, timeout: float) -> Finding:
    """Say what one run came to, for a handler with that timeout in seconds; pure."""
    lines = output.lines(run)
    name, time = f"{run.event}, {run.scope.value} scope", f"{run.seconds:.2f} s"
    code, remedy = Code.RUN_FAILED, ""
    enough = max(item.hook.timeout, math.ceil(2 * run.seconds))
    more_time = Words(f'set "timeout": {enough} on that handler in {item.place.path}')
    if run.exit_code is None and run.seconds < timeout:
        what = f"{name}: could not be started: {item.command}"
        remedy = Words("see what it is and who may run it")
    elif run.exit_code is None or run.seconds > timeout:
        not_done = "not done within" if run.exit_code is None else "done only after"
        what = f"{name}: {not_done} {time}, and its timeout is {timeout:g} s"
        code, remedy = Code.TOO_SLOW, more_time
    elif run.exit_code not in _EXIT_CODES.get(run.event, (0,)):
        what = f"{name}: failed with exit code {run.exit_code} after {time}"
    elif run.event == "SessionEnd" and run.seconds > timeout / 2:
        what = f"{name}: ran in {time}, and its timeout is {timeout:g} s"
        code, remedy = Code.LITTLE_TIME, more_time
    else:
        code = Code.RAN
        what = f"{name}: ran in {time}{'' if lines else ' and said nothing'}"
    return item.place.finding(code, what, remedy)._replace(detail=lines)
