"""Find the programs that handlers run, decide which may be tried, and try them."""

import math
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.agents.agent import every
from session_hooks.evidence.git import is_chosen, lies_in, repositories
from session_hooks.project.hooks import Hook
from session_hooks.util import safe_text
from session_hooks.util.dates import count
from session_hooks_installer import programs
from session_hooks_installer.check.findings import Code, Finding, Words
from session_hooks_installer.check.settings import WIDTH, Installed, files_of, timeout_of
from session_hooks_installer.programs import Run
from session_hooks_installer.settings.handlers import Ownership, without_agent
from session_hooks_installer.settings.handlers import handler as written

_GRACE = 1.0  # seconds beyond a timeout, to be able to say how long it takes
_NOT_STARTED = (127, 126)  # a shell's exit codes for what is not there, or is no program
_EXIT_CODES = {"SessionEnd": (0, 2)}  # with 2, Claude Code shows a person what SessionEnd says
# What says where code comes from that runs in every program, in every Python, or in git. An empty
# entry of a list is the current folder, which may hold a libc of anybody's.
_LISTS = (
    *("PATH", "PYTHONPATH"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
)
_SINGLE = ("PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE", "GIT_EXEC_PATH")
_LINES = 3
_WIDTH = 88


class Form(NamedTuple):
    argv: tuple[str, ...]
    program: str  # a name that the shell looks for, or an absolute path

    @property
    def is_looked_for(self) -> bool:
        return not os.path.isabs(self.program)


def form_of(handler: Mapping[str, Any], hook: Hook) -> Form | None:
    """None if no installer of ours writes such a command: it may hold what a shell expands."""
    command, args = handler.get("command"), handler.get("args")
    if not isinstance(command, str):
        return None
    if isinstance(args, list):  # exec form: no shell
        return Form((command,), command) if os.path.isabs(command) and not args else None
    shell = ("/bin/sh", "-c", command)
    if command == hook.program or any(
        command == written(hook, agent=agent)["command"] for agent in every()
    ):
        return Form(shell, hook.program)
    naming, _, rest = command.partition(" ")
    path = rest if without_agent([naming]) == [] else command
    try:
        words = shlex.split(path)
    except ValueError:  # a quote that is never closed
        return None
    is_one_path = len(words) == 1 and os.path.isabs(words[0]) and shlex.quote(words[0]) == path
    return Form(shell, words[0]) if is_one_path else None


_UNKNOWN = Form((), "")


class Target(NamedTuple):
    item: Installed
    form: Form
    program: str = ""  # where it is, if it is there; relative only if the PATH is


class FoundPrograms(NamedTuple):
    targets: tuple[Target, ...]
    gone: tuple[Installed, ...]
    findings: tuple[Finding, ...]


def check(installed: Sequence[Installed], repo: Path, environ: Mapping[str, str]) -> FoundPrograms:
    forms = [
        (item, form_of(item.handler, item.hook) if item.ownership is Ownership.OURS else None)
        for item in installed
    ]
    known = [form for _, form in forms if form]
    names = list(dict.fromkeys(form.program for form in known if form.is_looked_for))
    found = programs.look_up(names, programs.new_shells_path(environ), repo)
    targets = [Target(item, form or _UNKNOWN, _place(form, found)) for item, form in forms]
    gone = [one for one in targets if not (one.program or one.form.is_looked_for)]
    findings: list[Finding] = []
    there = [target.program for target in targets if target.program]
    if there and len(there) == len(known):
        folders = dict.fromkeys(map(os.path.dirname, there))
        said = "a new shell finds the programs" if names else "the programs are there"
        findings.append(Finding(Code.PROGRAMS_FOUND, f"{said}: {' and '.join(folders)}"))
    findings += _missing(gone)
    if unfound := [name for name in names if name not in found]:
        what = f"a new shell does not find the programs: {', '.join(unfound)}"
        remedy = " && ".join(programs.path_commands(programs.programs_folder(), environ))
        findings.append(Finding(Code.PROGRAM_NOT_FOUND, what, remedy))
    looked_for = [name for name in names if name in found]
    usual = programs.look_up(looked_for, programs.MINIMAL_PATH)
    if missing := [name for name in looked_for if name not in usual]:
        what = f"an IDE that was started from a desktop may not find {', '.join(missing)}"
        findings.append(Finding(Code.MINIMAL_PATH, what))
    return FoundPrograms(tuple(targets), tuple(one.item for one in gone), tuple(findings))


def _place(form: Form | None, found: Mapping[str, str]) -> str:
    if form is None or form.is_looked_for:
        return found.get(form.program, "") if form else ""
    is_there = os.path.isfile(form.program) and os.access(form.program, os.X_OK)
    return form.program if is_there else ""


def _missing(gone: Sequence[Target]) -> Iterator[Finding]:
    for place in files_of(one.item for one in gone):
        paths = dict.fromkeys(one.form.program for one in gone if one.item.place == place)
        is_file = any(os.path.exists(path) for path in paths)
        reason = "not a program that can be run" if is_file else "no such file"
        what = f"{', '.join(paths)}: {reason}"
        yield place.finding(Code.PROGRAM_MISSING, what, place.edit_command())


class Guard(NamedTuple):
    repositories: tuple[str, ...]  # links resolved
    own: tuple[str, ...]  # of this installation's programs, as named, and links resolved
    environ: dict[str, str]  # its PATH is that of a new shell
    folders: frozenset[str]


def guard_for(repo: Path, environ: Mapping[str, str], own: Path) -> Guard:
    tops, mine = repositories(str(repo)), (_plain(str(own)), os.path.realpath(own))

    def is_safe(entry: str) -> bool:  # what of this installation is in the repository runs already
        return _plain(entry) in mine or is_chosen(entry, tops)

    def safe(path: str) -> str:
        return os.pathsep.join(entry for entry in path.split(os.pathsep) if is_safe(entry))

    lists = {name: safe(environ.get(name, "")) for name in _LISTS}
    path = safe(programs.new_shells_path(environ))
    running = {
        **{name: value for name, value in environ.items() if name not in (*_LISTS, *_SINGLE)},
        **{name: environ[name] for name in _SINGLE if is_safe(environ.get(name, ""))},
        **{name: value for name, value in lists.items() if value},
        "PATH": path or os.defpath,
    }
    on_path = [_plain(entry) for entry in lists["PATH"].split(os.pathsep) if entry]
    links = programs.links_folder(environ)
    folders = frozenset({*on_path, *mine, *([str(links)] if links else [])})
    return Guard(tops, mine, running, folders)


def _plain(entry: str) -> str:
    """Return a folder as ``os.path.dirname`` names that of a program in it."""
    return os.path.dirname(os.path.join(entry, "program"))


def objection(program: str, guard: Guard) -> str | None:
    """Return why a program is not to be run for a trial, None if it may."""
    if not os.path.isabs(program):
        return f"{program} comes from an entry of the PATH that is no whole path"
    is_chosen_one = os.path.dirname(program) in guard.folders
    try:
        real = os.path.realpath(program)
        if is_chosen_one and os.path.dirname(real) in guard.own:
            return None
        if lies_in(real, guard.repositories):
            return f"{program} lies inside the repository"
        is_theirs = os.name != "posix" or os.stat(real).st_uid in (0, os.geteuid())
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return f"{program} can't be looked at ({error})"
    if not is_chosen_one:
        return f"{program} is in no folder of your PATH, nor in that of this installation"
    return None if is_theirs else f"{program} belongs to somebody else"


def choose(targets: Iterable[Target], guard: Guard) -> tuple[list[Target], list[Finding]]:
    """Return what may be tried, and what not: what no installer writes may run anything."""
    may_run: list[Target] = []
    findings: list[Finding] = []
    for target in targets:
        item, reason = target.item, None
        said = repr(item.command if len(item.command) <= WIDTH else f"{item.command[:WIDTH]}…")
        if item.ownership is Ownership.WRAPPED:
            reason = f"it runs more than our program: {said}"
        elif target.form is _UNKNOWN and not item.problem:
            reason = f"no install-hooks writes it like that: {said}"
        elif target.program and not item.problem:
            reason = objection(target.program, guard)
            may_run += [] if reason else [target]
        if reason:
            what = f"{item.event}: not tried, because {reason}"
            findings.append(item.place.finding(Code.NOT_TRIED, what))
    return may_run, findings


def try_all(
    targets: Sequence[Target], repo: Path, environ: Mapping[str, str]
) -> tuple[list[Finding], list[tuple[Installed, Run]]]:
    """Run what is installed, one after the other; of copies the last, as Claude Code does."""
    last = {(target.item.hook, target.form.argv): target for target in targets}
    findings: list[Finding] = []
    runs: list[tuple[Installed, Run]] = []
    for target in last.values():
        timeout = timeout_of(target.item.handler, target.item.hook.event)
        ran = _run(target, timeout, repo, environ)
        runs.append((target.item, ran))
        finding = judge(ran, target.item, timeout)
        if finding.code is Code.PYTHON_BROKEN:
            finding = finding._replace(remedy=_use_ours(target, environ))
        findings.append(finding)
    return findings, runs


def _run(target: Target, timeout: float, repo: Path, environ: Mapping[str, str]) -> Run:
    event, seconds = target.item.hook.event, min(timeout + _GRACE, float(programs.SECONDS))
    try:
        return programs.run(target.form.argv, event, repo.resolve(), environ, seconds)
    except OSError as error:
        return Run(_NOT_STARTED[0], 0, "", error.strerror or str(error))


def judge(run: Run, item: Installed, timeout: float) -> Finding:
    event, lines = item.hook.event, printed(item.hook, run)
    name, time = f"{event}, {item.place.whose}", f"{run.seconds:.2f} s"
    code, remedy = Code.RUN_FAILED, ""
    enough = max(item.hook.timeout, math.ceil(2 * run.seconds))
    enough *= item.place.agent.per_second
    more_time = Words(f'set "timeout": {enough} on that handler in {item.place.path}')
    if run.exit_code is None or run.seconds > timeout:
        not_done = "not done within" if run.exit_code is None else "done only after"
        what = f"{name}: {not_done} {time}, and its timeout is {timeout:g} s"
        code, remedy = Code.TOO_SLOW, more_time
    elif run.exit_code in _NOT_STARTED:
        what = f"{name}: could not be started, as if its Python were gone: {item.command}"
        code = Code.PYTHON_BROKEN
    elif run.exit_code not in _EXIT_CODES.get(event, (0,)):
        what = f"{name}: failed with exit code {run.exit_code} after {time}"
    else:
        code = Code.RAN
        what = f"{name}: ran in {time}{'' if lines else ' and said nothing'}"
    return item.place.finding(code, what, remedy)._replace(detail=lines)


def _use_ours(target: Target, environ: Mapping[str, str]) -> str:
    if not target.form.is_looked_for:
        return target.item.place.edit_command()
    links = programs.links_folder(environ)
    if links and Path(target.program).parent == links:
        return programs.link(programs.programs_folder())
    return Words(f"take {os.path.dirname(target.program)} off the PATH, or update what is in it")


def printed(hook: Hook, run: Run) -> tuple[str, ...]:
    """Return what each reader is told (CLIENT.md, "Where each hook's output goes"), shortened."""
    try:
        model, person = programs.told(run.stdout)
        said = [("to the model", model), ("to you", person)]
    except ValueError:
        said = [(hook.reader, run.stdout)]
    is_shown = hook.event == "SessionEnd" and run.exit_code == 2
    said.append(("to you" if is_shown else "on stderr", run.stderr))
    return tuple(
        line
        for reader, text in said
        for line in ([f"{reader}:", *_first(text)] if text.strip() else [])
    )


def _first(text: str) -> Iterator[str]:
    shown = [line.rstrip() for line in safe_text.clean(text).split("\n") if line.strip()]
    for line in shown[:_LINES]:
        yield "| " + (line if len(line) <= _WIDTH else line[: _WIDTH - 1].rstrip() + "…")
    if len(shown) > _LINES:
        yield f"| … {count(len(shown) - _LINES, 'more line')}"
