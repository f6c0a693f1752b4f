"""Each installed command, run as it is written with a sample on its input, and what came of it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from session_hooks_installer import programs, said
from session_hooks_installer.acceptance import timeout_of
from session_hooks_installer.commands import form_of, objection
from session_hooks_installer.findings import Code, Finding, Run, Words
from session_hooks_installer.guarding import Guard
from session_hooks_installer.handlers import Ownership
from session_hooks_installer.installed import Installed
from session_hooks_installer.reach import Target
from session_hooks_installer.repeats import is_superseded

_GRACE = 1.0
"""Seconds that a command is watched beyond its timeout, to be able to say how long it takes."""
_WIDTH = 200
"""How much of a command is shown."""
_EXIT_CODES = {"SessionEnd": (0, 2)}
"""Those that are no failure: with 2, Claude Code shows a person what SessionEnd says."""


def allowed(targets: Iterable[Target], guard: Guard) -> tuple[list[Target], list[Finding]]:
    """Return the targets that may be run, and why the others are not tried."""
    kept: list[Target] = []
    findings: list[Finding] = []
    for target in targets:
        reason = objection(target.form, target.program, guard)
        if reason is None:
            kept.append(target)
        else:
            findings.append(_not_tried(target.item, reason))
    return kept, findings


def no_forms(installed: Iterable[Installed]) -> Iterator[Finding]:
    """Name the handlers that no installer writes in this way: they may run anything."""
    for item in installed:
        if item.ownership is Ownership.WRAPPED:
            yield _not_tried(item, f"it runs more than our program: {_short(item.command)}")
        elif not item.problem and form_of(item.handler, item.hook) is None:
            yield _not_tried(item, f"no install-hooks writes it like that: {_short(item.command)}")


def _short(command: str) -> str:
    return repr(command if len(command) <= _WIDTH else f"{command[:_WIDTH]}…")


def _not_tried(item: Installed, reason: str) -> Finding:
    return Finding(
        Code.NOT_TRIED,
        f"{item.hook.event}: not tried, because {reason}",
        "Whether it works is not known.",
        Words("see for yourself what it does"),
        scope=item.scope,
        path=str(item.path),
    )


def try_all(
    targets: Sequence[Target], repo: Path, environ: Mapping[str, str]
) -> tuple[list[Finding], list[Run]]:
    """Run what is installed, one after the other; of copies that one which Claude Code runs."""
    findings: list[Finding] = []
    runs: list[Run] = []
    tried: set[tuple[str, tuple[str, ...], float]] = set()
    items = [target.item for target in targets]
    for index, target in enumerate(targets):
        event = target.item.hook.event
        timeout = timeout_of(target.item.handler, event)
        is_new = (event, target.form.argv, timeout) not in tried  # it may have many matchers
        if is_new and not is_superseded(target.item, items[index + 1 :]):
            tried.add((event, target.form.argv, timeout))
            runs.append(_run(target, timeout, repo, environ))
            findings.append(judge(runs[-1], target.item, timeout))
    return findings, runs


def _run(target: Target, timeout: float, repo: Path, environ: Mapping[str, str]) -> Run:
    event = target.item.hook.event
    seconds = min(timeout + _GRACE, float(programs.SECONDS))
    try:
        ran = programs.run(target.form.argv, event, repo.resolve(), environ, seconds)
    except OSError as error:
        ran = programs.Run(None, "", error.strerror or str(error), 0)
    return Run(
        event,
        target.item.command,
        target.item.scope,
        ran.exit_code,
        round(ran.seconds, 3),
        ran.stdout,
        ran.stderr,
    )


def judge(run: Run, item: Installed, timeout: float) -> Finding:
    """Say what one run came to, for a handler with that timeout in seconds; pure."""
    name, time = f"{run.event}, {item.scope.value} scope", f"{run.seconds:.2f} s"
    finding = Finding(Code.RAN, "", scope=item.scope, path=str(item.path), detail=said.lines(run))
    if run.exit_code is None and run.seconds < timeout:
        return finding._replace(
            code=Code.RUN_FAILED,
            what=f"{name}: could not be started: {item.command}",
            why="So this hook does nothing.",
            remedy=Words("see what it is and who may run it"),
        )
    enough = _enough(run.seconds, item)
    more_time = Words(f'set "timeout": {enough} on that handler in {item.path}')
    if run.exit_code is None or run.seconds > timeout:
        not_done = "not done within" if run.exit_code is None else "done only after"
        return finding._replace(
            code=Code.TOO_SLOW,
            what=f"{name}: {not_done} {time}, and its timeout is {timeout:g} s",
            why="Claude Code stops it before it has said anything.",
            remedy=more_time,
        )
    if run.exit_code not in _EXIT_CODES.get(run.event, (0,)):
        return finding._replace(
            code=Code.RUN_FAILED,
            what=f"{name}: failed with exit code {run.exit_code} after {time}",
            why="So this hook does nothing.",
            remedy=Words("see what it says above"),
        )
    if run.event == "SessionEnd" and run.seconds > timeout / 2:
        return finding._replace(
            code=Code.LITTLE_TIME,
            what=f"{name}: ran in {time}, and its timeout is {timeout:g} s",
            why="On a busy day Claude Code stops it before it is done.",
            remedy=more_time,
        )
    silent = "" if finding.detail else " and said nothing"
    return finding._replace(what=f"{name}: ran in {time}{silent}")


def _enough(seconds: float, item: Installed) -> int:
    return max(item.hook.timeout, math.ceil(2 * seconds))
