"""``install-hooks --check`` and ``--check --fix``."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from session_hooks.project.project import project_at
from session_hooks.project.state import state_folders
from session_hooks.util import safe_text
from session_hooks.util.dates import count
from session_hooks_installer import common, programs
from session_hooks_installer.check import (
    commands,
    coverage,
    project,
    settings,
)
from session_hooks_installer.check.findings import Code, Command, Finding, Report, Severity
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings.handlers import Scope

_INDENT = 9
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.OK: "32"}
"""ANSI: red, yellow, green."""
IN_ORDER, FOUND_ERRORS, UNKNOWN = 0, 1, 2
Install = Callable[[Scope], None]
"""What puts the handlers into a scope's settings; raises RefusedError where it won't."""


def run(
    repo: Path,
    environ: Mapping[str, str],
    install: Install,
    *,
    fix: bool,
    as_json: bool,
    quiet: bool,
    colour: bool,
) -> int:
    """Check, mend what is safe if ``fix``, print what is left, and return 1 if errors are.

    What was mended is printed to stderr if stdout is JSON.
    """
    report = check(repo, environ)
    if fix:
        guard = commands.guard_for(repo, environ, programs.programs_folder())
        with commands.applied(guard):
            done = list(mend(report, install, guard.environ, partial(common.command, repo)))
        for line in done:
            print(line, file=sys.stderr if as_json else sys.stdout)
        report = check(repo, environ) if done else report
    lines = [report_as_json(report)] if as_json else text(report, quiet=quiet, colour=colour)
    for line in lines:
        print(line)
    return IN_ORDER if report.is_ok else FOUND_ERRORS


def explain(word: str) -> int:
    """Print what a finding means; return 2 for an unknown code."""
    codes = {code.word: code for code in Code}
    if word not in codes:
        print(f"install-hooks: no such finding. There are: {', '.join(codes)}", file=sys.stderr)
        return UNKNOWN
    for line in explanation(codes[word]):
        print(line)
    return IN_ORDER


def check(repo: Path, environ: Mapping[str, str], managed_in: Path | None = None) -> Report:
    """Check settings, programs, project and memory, and run our own commands.

    ``managed_in`` is the folder of managed settings, if it isn't the system's own.
    """
    environ = dict(environ)  # asking git changes the process's own
    found = settings.read_all(repo, environ)
    theirs, path_set_in = settings.hooks_environ(environ, found.settings)
    own = programs.programs_folder()
    guard = commands.guard_for(repo, environ, own)
    # A PATH that the repository may have set has no say in what is run.
    if path_set_in and not guard.holds(str(path_set_in)):
        guard = commands.guard_for(repo, theirs, own)
    # As hooks have it, with nothing in it that the repository brought along but for the PATH.
    kept = {name: value for name, value in guard.environ.items() if name in theirs}
    kept |= {"PATH": theirs["PATH"]} if "PATH" in theirs else {}
    command = partial(common.command, repo)
    with commands.applied(guard):
        reached = commands.check(found.handlers, repo, kept, command, path_set_in)
        installed = (
            *found.findings,
            *coverage.check_coverage(found, command),
            *coverage.check_repeats(found.handlers, command),
            *coverage.check_age(found.handlers, own, reached.gone, command),
            *project.check_sharing(found.handlers, command),
        )
        taken = [target for target in reached.targets if not target.item.problem]
        may_run, held_back = commands.allowed(taken, guard)
        versions = [*commands.check_versions(may_run, guard, command)]
        here = project_at(str(repo.resolve()))
        folders = state_folders(here.root, here.git_top, kept)
        logged = project.read_logs(folders)
        memory = (
            *project.check_documents(here),
            *project.check_git(here),
            project.check_memory(folders),
            *project.check_log(logged, datetime.now(UTC)),
        )
        tried, runs = commands.try_all(may_run, repo, guard.environ, command)
        failed = project.read_logs(folders)[len(logged) :]
    findings = (
        *installed,
        *settings.check_places(repo, environ),
        *coverage.check_switches(found.settings, managed_in or coverage.managed_folder()),
        coverage.check_trust(repo, environ),
        *reached.findings,
        *versions,
        *memory,
        *commands.check_forms(found.handlers),
        *held_back,
        *tried,
        *project.check_new_entries(failed),
    )
    return Report(findings, tuple(runs))


def mend(
    report: Report, install: Install, environ: Mapping[str, str], command: Command
) -> Iterator[str]:
    """Mend what can safely be mended, and yield a line on each thing that was tried.

    Safe is what install-hooks does anyway, and a link under a free name. Never: a profile, another
    scope's handlers, a switch, anybody's trust.
    """
    remedies: dict[Scope, str] = {}
    for finding in report.findings:
        scope, remedy = finding.scope, finding.remedy
        if scope and remedy in (command(""), command(f"--scope {scope.value}")):
            remedies.setdefault(scope, remedy)
    for scope, remedy in remedies.items():
        try:
            install(scope)
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
    """Yield the lines that a person reads; the quiet form has errors and warnings alone."""
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
    """Return the report as JSON: ``ok``, ``findings`` and ``runs``."""
    answer = json.dumps(
        {
            "ok": report.is_ok,
            "findings": [_finding_as_json(finding) for finding in report.findings],
            "runs": [{**run._asdict(), "scope": run.scope.value} for run in report.runs],
        },
        ensure_ascii=False,
        indent=2,
    )
    return safe_text.json_safe(answer)


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


def explanation(code: Code) -> Iterator[str]:
    """Yield what a finding means, what comes of it, and how it is mended: a line for each."""
    yield f"{code.word} ({code.severity.value}): {code.about}."
    if code.why:
        yield code.why
    if code.remedy:
        yield f"To mend it: {code.remedy}."
