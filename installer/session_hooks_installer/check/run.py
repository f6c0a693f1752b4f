"""``install-hooks --check`` and ``--check --fix``."""

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from session_hooks.agents.agent import Agent, every
from session_hooks.project.project import project_at
from session_hooks.project.state import state_folders
from session_hooks.util import safe_text
from session_hooks.util.dates import count
from session_hooks_installer import common, programs
from session_hooks_installer.check import commands, coverage, project, settings
from session_hooks_installer.check.findings import Code, Finding, Severity
from session_hooks_installer.check.settings import Installed
from session_hooks_installer.common import RefusedError
from session_hooks_installer.programs import Run
from session_hooks_installer.settings.handlers import CLAUDE, Scope, command, handlers_for
from session_hooks_installer.settings.install import install

_INDENT = 9
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.OK: "32"}
IN_ORDER, FOUND_ERRORS, UNKNOWN = 0, 1, 2


class Report(NamedTuple):
    findings: tuple[Finding, ...]
    runs: tuple[tuple[Installed, Run], ...] = ()

    @property
    def is_ok(self) -> bool:
        return self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)


def run(
    repo: Path,
    environ: Mapping[str, str],
    *,
    agent: Agent | None = None,
    fix: bool,
    as_json: bool,
    quiet: bool,
    colour: bool,
) -> int:
    """Print what is left once what is safe was mended; beside JSON, that is said on stderr."""
    report = check(repo, environ, agent)
    if fix:
        done = list(mend(report, repo, environ))
        for line in done:
            print(line, file=sys.stderr if as_json else sys.stdout)
        report = check(repo, environ, agent) if done else report
    lines = [report_as_json(report)] if as_json else text(report, quiet=quiet, colour=colour)
    for line in lines:
        print(line)
    return IN_ORDER if report.is_ok else FOUND_ERRORS


def explain(word: str) -> int:
    """Print what a finding means; return 2 for an unknown code."""
    codes = {code.word: code for code in Code}
    code = codes.get(word)
    if code is None:
        print(f"install-hooks: no such finding. There are: {', '.join(codes)}", file=sys.stderr)
        return UNKNOWN
    print(f"{word} ({code.severity.value}): {code.about}.")
    if code.why:
        print(code.why)
    if code.remedy:
        print(f"To mend it: {code.remedy}.")
    return IN_ORDER


def check(
    repo: Path,
    environ: Mapping[str, str],
    agent: Agent | None = None,
    managed_in: Path | None = None,
) -> Report:
    """Check an agent's settings; without one each one's where the hooks are, or Claude Code's."""
    own = programs.programs_folder()
    guard = commands.guard_for(repo, environ, own)
    # As hooks have it, with nothing in it that the repository brought along but for the PATH.
    theirs = guard.environ | {"PATH": environ.get("PATH", os.defpath)}
    every_one = [settings.read_all(repo, environ, one) for one in ([agent] if agent else every())]
    found = [one for one in every_one if one.is_ours] or every_one[:1]
    handlers = [item for one in found for item in one.handlers]
    reached = commands.check(handlers, repo, theirs)
    installed: list[Finding] = []
    for one in found:
        installed += one.findings
        installed += coverage.check_coverage(one)
        installed += coverage.check_repeats(one.handlers)
        installed += coverage.check_age(one.handlers, own, reached.gone)
        installed += project.check_sharing(one.handlers)
        installed += coverage.check_switches(one, managed_in or coverage.managed_folder())
        installed += coverage.check_limits(one.agent)
        if one.agent is CLAUDE:
            installed.append(coverage.check_trust(repo, environ))
    may_run, held_back = commands.choose(reached.targets, guard)
    here = project_at(str(repo.resolve()))
    folders = state_folders(here.root, here.git_top, theirs)
    logged = project.read_logs(folders)
    memory = (
        *project.check_documents(here),
        *project.check_git(here),
        project.check_memory(folders),
        *project.check_log(logged, datetime.now(UTC)),
    )
    tried, runs = commands.try_all(may_run, repo, guard.environ)
    failed = project.read_logs(folders)[len(logged) :]
    findings = (
        *installed,
        *reached.findings,
        *memory,
        *held_back,
        *tried,
        *project.check_new_entries(failed),
    )
    return Report(findings, tuple(runs))


def mend(report: Report, repo: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """Do what install-hooks does anyway, and link under free names.

    Never changed: a profile, another checkout's handlers, a switch, anybody's trust.
    """
    ways = {command(repo, scope, agent): (scope, agent) for agent in every() for scope in Scope}
    said = dict.fromkeys(one.remedy for one in report.findings)
    for remedy, (scope, agent) in ((one, ways[one]) for one in said if one in ways):
        handlers = handlers_for(scope, programs.programs_folder(), agent)
        try:
            install(scope, repo, environ, handlers, agent=agent)
        except RefusedError as error:
            yield f"not done: {remedy}: {error}"
        else:
            yield f"done: {remedy}"
    if any(finding.code is Code.PROGRAM_NOT_FOUND for finding in report.findings):
        yield from _link(environ)


def _link(environ: Mapping[str, str]) -> Iterator[str]:
    folder, links = programs.programs_folder(), programs.links_folder(environ)
    if os.name != "posix" or links is None or str(folder) == os.path.realpath(links):
        return
    linked = []
    try:
        links.mkdir(parents=True, exist_ok=True)
        for name in programs.all_in(folder):
            if not os.path.lexists(links / name):
                (links / name).symlink_to(folder / name)
                linked.append(name)
    except OSError as error:
        yield f"not done: links in {links}: {error.strerror}"
    if linked:
        yield f"done: links in {links} to {', '.join(linked)}"


def text(report: Report, *, quiet: bool, colour: bool) -> Iterator[str]:
    for finding in report.findings:
        if not quiet or finding.severity is not Severity.OK:
            yield from _lines(finding, colour=colour)
    if not quiet:
        numbers = {one: report.count(one) for one in (Severity.ERROR, Severity.WARNING)}
        counts = [count(number, one.value) for one, number in numbers.items() if number]
        yield from ("", ", ".join(counts) or "Everything is in order.")


def _lines(finding: Finding, *, colour: bool) -> Iterator[str]:
    word = f"{finding.severity.value:<{_INDENT}}"
    indent = " " * _INDENT
    if colour:
        word = f"\x1b[{_COLOURS[finding.severity]}m{word}\x1b[0m"
    # With its code, for --explain; what is well needs none.
    code = "" if finding.severity is Severity.OK else f" [{finding.code.word}]"
    yield word + safe_text.single(finding.what) + code
    if finding.reason:
        yield indent + safe_text.single(finding.reason)
    for line in finding.detail:
        yield indent + safe_text.single(line)
    if finding.is_command:
        yield f"{indent}To mend it:"
        yield f"{indent}  {safe_text.single(finding.advice)}"
    elif finding.advice:
        yield f"{indent}What to do: {safe_text.single(finding.advice)}"


def report_as_json(report: Report) -> str:
    findings = [_finding_as_json(finding) for finding in report.findings]
    runs = [_run_as_json(item, run) for item, run in report.runs]
    return common.as_json({"ok": report.is_ok, "findings": findings, "runs": runs})


def _run_as_json(item: Installed, run: Run) -> dict[str, object]:
    what = {"event": item.hook.event, "command": item.command, "scope": item.place.scope.value}
    return what | run._asdict() | {"seconds": round(run.seconds, 3)}


def _finding_as_json(finding: Finding) -> dict[str, str | bool | None]:
    return {
        "code": finding.code.word,
        "severity": finding.severity.value,
        "what": finding.what,
        "why": finding.reason,
        "remedy": finding.advice,
        "is_command": finding.is_command,
        "scope": finding.scope.value if finding.scope else None,
        "path": finding.path,
    }
