"""How long the hooks take, against a bare interpreter's start.

``python tests/benchmarks/hooks.py`` prints a table of medians and ratios.

Makes its own projects and, unless ``--bin`` names an installation, installs the package as a wheel
into an environment of its own. Every round runs each case once, so that a machine whose speed
drifts does so for all of them; the figures are medians over the rounds.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import projects

ROOT = Path(__file__).parents[2]
BARE = "python -c pass"
CONVERSATION = "5d2d1f60-2f0d-4c38-9c7c-7c3a6d7d4a10"
_MEGABYTE = 1024  # in the kilobytes of ru_maxrss


class Case(NamedTuple):
    """One row of the table."""

    name: str
    command: tuple[str, ...]
    folder: Path
    stdin: Path
    limit: float | None = None
    """How many times as long as a bare interpreter's start it may take."""
    aim: float | None = None
    before: Callable[[int], None] = lambda _: None
    """What is done before each run; its argument is the round."""
    least_megabytes: float | None = None
    """How much memory it may take at most."""


class Run(NamedTuple):
    """One process: milliseconds, and kilobytes at the most."""

    milliseconds: float
    kilobytes: int


def main() -> int:
    """Measure, print the table, and return 1 where a limit is not kept."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        place = Path(name).resolve()
        bin_ = arguments.bin or _install(place / "venv")
        environ = _environment(place, bin_)
        cases = _cases(place, bin_, environ, arguments.peer)
        if arguments.only:
            cases = [one for one in cases if any(word in one.name for word in arguments.only)]
        bare = Case(BARE, (str(bin_ / "python"), "-c", "pass"), place, Path(os.devnull))
        time.sleep(2.1)  # what was changed just before it was read is read again
        runs = _measure([bare, *cases], environ, arguments.runs)
    sys.stdout.write(_table(runs, arguments.runs) + "\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(runs), indent=2) + "\n")
    missed = [case.name for case in cases if not _is_kept(case, runs)]
    for one in missed:
        sys.stderr.write(f"over its limit: {one}\n")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=30, help="how often each command is run")
    parser.add_argument("--bin", type=Path, help="the folder of the programs to be measured")
    parser.add_argument("--only", nargs="*", help="cases whose names hold one of these words")
    parser.add_argument("--json", type=Path, help="a file for every figure")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="COMMAND",
        help="another tool's SessionStart command, to be run in the project with 10 documents",
    )  # fmt: skip
    return parser.parse_args()


def _install(folder: Path) -> Path:
    """Install the package as a person does, with its bytecode."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "-q", "--compile"]
    subprocess.run([*pip, "--disable-pip-version-check", ROOT], check=True)
    return folder / "bin"


def _environment(place: Path, bin_: Path) -> dict[str, str]:
    home = place / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "CLAUDE_CODE_SESSION_ATTENDED": "1",
        "CLAUDE_CODE_ENTRYPOINT": "cli",
        "CLAUDE_CODE_SESSION_ID": CONVERSATION,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "Somebody" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "somebody@example.com" for who in ("AUTHOR", "COMMITTER")},
    }


def _cases(  # noqa: PLR0915  a row after the other
    place: Path, bin_: Path, environ: Mapping[str, str], peers: Sequence[str]
) -> list[Case]:
    start, end, compact, at_prompt = (
        str(bin_ / f"{name}-hook")
        for name in ("session-start", "session-end", "pre-compact", "user-prompt-submit")
    )

    def project(name: str, documents: int, *, in_git: bool = True) -> tuple[Path, Path]:
        folder = place / name
        template = place / f"documents-{documents}-{in_git}"
        if not template.exists():
            projects.make(template, documents, environ if in_git else None)
        projects.copy(template, folder, environ if in_git else None)
        return folder, _stdin(place, folder, "SessionStart", source="startup")

    def forget(folder: Path, _round: int) -> None:
        shutil.rmtree(folder / ".git" / "agent-session-hooks", ignore_errors=True)
        shutil.rmtree(_state_home(folder), ignore_errors=True)

    found = []

    def add(
        name: str, where: tuple[Path, Path], limit: float | None, aim: float | None = None,
        before: Callable[[Path, int], None] | None = None, command: str = start,
        megabytes: float | None = None,
    ) -> None:  # fmt: skip
        argv = tuple(shlex.split(command))
        prepared = partial(before, where[0]) if before else lambda _: None
        found.append(Case(name, argv, *where, limit, aim, prepared, megabytes))

    def changed(folder: Path, number: int) -> None:
        projects.change(folder, number + 1)

    def changed_head(folder: Path, number: int) -> None:
        projects.change_head(folder, number + 1)

    def committed(folder: Path, number: int) -> None:
        projects.commit(folder, environ, number)

    add("start, warm, 10 documents", project("warm10", 10), 2.7, 1.8, megabytes=30)
    outside = project("outside", 10, in_git=False)
    add("start, warm, 10, outside git", outside, 2.7, 1.8)
    for name, more in (("an open one", {"CLAUDE_PID": str(os.getpid())}), ("one unseen", {})):
        where = _open_another(start, project(name.replace(" ", "-"), 10), {**environ, **more})
        add(f"start, warm, 10, beside {name}", where, 2.7)
    trees = project("trees", 10)
    projects.add_worktrees(trees[0], environ, 3)
    add("start, warm, 10, 3 more worktrees", trees, None)
    add("start, warm, 1,000", project("warm1000", 1000), 2.7)
    add("start, warm, 10,000", project("warm10000", 10_000), 5, 3)
    add("start, one document changed, 10", project("changed10", 10), 20, 5, changed)
    add("start, one document changed, 1,000", project("changed1000", 1000), 20, 5, changed)
    add("start, its frontmatter changed too, 10", project("head10", 10), None, None, changed_head)
    cold = project("cold-outside", 10, in_git=False)
    add("start, cold, 10, outside git", cold, 11, 6, forget)
    add("start, cold, 10, in git", project("cold10", 10), 22, 12, forget)
    add("start, cold, 10,000", project("cold10000", 10_000), 66, None, forget, megabytes=65)
    for name, program, event in (
        ("session-end", end, {"hook_event_name": "SessionEnd", "reason": "prompt_input_exit"}),
        ("pre-compact", compact, {"hook_event_name": "PreCompact", "trigger": "manual"}),
    ):
        folder, _ = project(name, 10)
        stdin = _stdin(place, folder, **event)
        add(f"{name}, warm, 10, after a commit", (folder, stdin), 20, None, committed, program)
    nothing = place / "nothing"
    nothing.mkdir()
    stdin = _stdin(place, nothing, "SessionEnd", reason="prompt_input_exit")
    add("session-end, no documents", (nothing, stdin), None, None, None, end)
    few, many = (project(f"prompts{number}", number)[0] for number in (10, 1000))
    given = _stdin(place, few, "UserPromptSubmit", prompt="go on")
    add("a prompt, nothing new, 10", (few, given), 2.2, None, None, at_prompt)
    given = _stdin(place, many, "UserPromptSubmit", prompt="go on")
    add("a prompt, one document changed, 1,000", (many, given), 20, None, changed, at_prompt)
    shell = "command -v session-start-hook >/dev/null || exit 0; session-start-hook"
    folder, stdin = project("shell", 10)
    found.append(
        Case("start, warm, 10, through sh -c", ("/bin/sh", "-c", shell), folder, stdin, 2.8)
    )
    folder, stdin = project("peers", 10)
    found += [Case(f"peer: {one}", tuple(shlex.split(one)), folder, stdin) for one in peers]
    return found


def _open_another(
    start: str, where: tuple[Path, Path], environ: Mapping[str, str]
) -> tuple[Path, Path]:
    """Begin another conversation in a project; without a process in ``environ`` none is seen."""
    folder, stdin = where
    event = json.loads(stdin.read_text()) | {"session_id": "another"}
    given = {**environ, "CLAUDE_CODE_SESSION_ID": "another"}
    subprocess.run(
        [start], input=json.dumps(event), env=given, cwd=folder, text=True,
        stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return where


def _stdin(place: Path, folder: Path, hook_event_name: str, **given: str) -> Path:
    event = {
        "session_id": CONVERSATION,
        "transcript_path": str(place / "no-transcript-yet.jsonl"),
        "cwd": str(folder),
        "hook_event_name": hook_event_name,
        **given,
    }
    path = place / f"{folder.name}.{hook_event_name}.json"
    path.write_text(json.dumps(event))
    return path


def _measure(
    cases: Sequence[Case], environ: Mapping[str, str], rounds: int
) -> dict[Case, list[Run]]:
    found: dict[Case, list[Run]] = {case: [] for case in cases}
    for case in cases:
        for _ in range(2):  # nothing remembered yet, then what the first one left
            _run(case, environ)
    for number in range(rounds):
        for case in cases:
            case.before(number)
            found[case].append(_run(case, environ))
    return found


def _run(case: Case, environ: Mapping[str, str]) -> Run:
    os.chdir(case.folder)
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    actions = [(os.POSIX_SPAWN_OPEN, 0, str(case.stdin), os.O_RDONLY, 0), nowhere]
    folders = {"CLAUDE_PROJECT_DIR": case.folder, "XDG_STATE_HOME": _state_home(case.folder)}
    given = {**environ, **{name: str(folder) for name, folder in folders.items()}}
    began = time.perf_counter()
    pid = os.posix_spawn(case.command[0], case.command, given, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in (0, 2):
        raise SystemExit(f"{case.name}: exit code {os.waitstatus_to_exitcode(status)}")
    return Run(took * 1000, usage.ru_maxrss)


def _state_home(folder: Path) -> Path:
    """Return where a project outside git has its state: none shares it."""
    return folder.with_name(f"{folder.name}-state")


def _median(runs: Sequence[Run]) -> float:
    return statistics.median(run.milliseconds for run in runs)


def _ratio(case: Case, runs: Mapping[Case, list[Run]]) -> float:
    bare = next(iter(runs.values()))
    return _median(runs[case]) / _median(bare)


def _memory(runs: Sequence[Run]) -> float:
    return max(run.kilobytes for run in runs) / _MEGABYTE


def _is_kept(case: Case, runs: Mapping[Case, list[Run]]) -> bool:
    if case.limit is not None and _ratio(case, runs) > case.limit:
        return False
    return case.least_megabytes is None or _memory(runs[case]) <= case.least_megabytes


def _table(runs: Mapping[Case, list[Run]], rounds: int) -> str:
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors, Python {platform.python_version()}, {rounds} rounds",
        "",
        f"| {'case':<40} | median ms | middle half   | times bare | limit | peak MB |",
        f"| {'-' * 40} | --------: | ------------: | ---------: | ----: | ------: |",
    ]
    for case, found in runs.items():
        times = sorted(run.milliseconds for run in found)
        quarter = len(times) // 4
        limit = "" if case.limit is None else f"{case.limit:g}"
        lines.append(
            f"| {case.name:<40} | {_median(found):9.1f} "
            f"| {times[quarter]:6.1f}-{times[-1 - quarter]:6.1f} "
            f"| {_ratio(case, runs):10.2f} | {limit:>5} | {_memory(found):7.1f} |"
        )
    return "\n".join(lines)


def _as_json(runs: Mapping[Case, list[Run]]) -> list[dict[str, object]]:
    return [
        {
            "case": case.name,
            "limit": case.limit,
            "aim": case.aim,
            "ratio": _ratio(case, runs),
            "milliseconds": [run.milliseconds for run in found],
            "kilobytes": [run.kilobytes for run in found],
        }
        for case, found in runs.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
