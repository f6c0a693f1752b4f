"""What the tests share: real repositories, real files, and the installed programs as processes."""

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, NamedTuple

import warm
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import GitFacts
from session_hooks.project.project import Project

PROGRAMS = Path(sys.executable).parent
"""Where this installation's console scripts are."""
ROOT = Path(__file__).resolve().parents[2]
GIT = shutil.which("git") or "git"
STRESS = os.environ.get("STRESS") in ("1", "2")
"""Whether the counts that take long are large."""
FULL = os.environ.get("STRESS") == "2"
"""Whether those that take minutes are full."""


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def environment(home: Path, **more: str) -> dict[str, str]:
    """A small environment of an attended conversation, independent of the one the tests run in."""
    path = os.pathsep.join([str(PROGRAMS), str(Path(GIT).parent), "/usr/bin", "/bin"])
    base = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "CLAUDE_CODE_SESSION_ATTENDED": "1"}
    return {**base, **more}


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON object on stdout."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer

    @property
    def model(self) -> str:
        """What the model is told."""
        context = self.answer["hookSpecificOutput"]["additionalContext"]
        assert isinstance(context, str)
        return context

    @property
    def person(self) -> str:
        """What the person is shown at a start."""
        message = self.answer["systemMessage"]
        assert isinstance(message, str)
        return message


def run(
    program: str,
    stdin: dict[str, Any] | bytes,
    env: dict[str, str],
    cwd: Path | None = None,
    seconds: float = 30,
    *,
    is_bound: bool = False,
) -> Ran:
    """Run an installed program as Claude Code does: one JSON object on stdin."""
    data = stdin if isinstance(stdin, bytes) else json.dumps(stdin).encode()
    if not STRESS and warm.can_run(program, data, env):
        done = warm.run(PROGRAMS / program, (), data, env, cwd, seconds, is_bound=is_bound)
    else:
        done = subprocess.run(
            bound_by_modes(program) if is_bound else [str(PROGRAMS / program)],
            input=data,
            capture_output=True,
            env=env,
            cwd=cwd,
            timeout=seconds,
            check=False,
        )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def command(
    program: str, env: dict[str, str], cwd: Path, *arguments: str, is_bound: bool = False
) -> Ran:
    """Run an installed program as a person does: arguments, and no standard input.

    One that is bound is bound by the modes of files, for root too.
    """
    if not STRESS and warm.can_run(program, b"", env):
        done = warm.run(PROGRAMS / program, arguments, None, env, cwd, None, is_bound=is_bound)
    else:
        plain = [str(PROGRAMS / program), *arguments]
        done = subprocess.run(
            bound_by_modes(program, *arguments) if is_bound else plain,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


_BOUND = """
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, for which modes are nothing
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP, from the next exec on
os.execv(sys.argv[1], sys.argv[1:])
"""


def bound_by_modes(program: str, *arguments: str) -> list[str]:
    """Return the command that runs a program for which a file's mode counts, for root too.

    Another user could not reach this installation where it lies in root's own folder.
    """
    return [sys.executable, "-c", _BOUND, str(PROGRAMS / program), *arguments]


def in_processes(work: Callable[[int], None], count: int) -> None:
    """Run ``work``, with its number, in processes that begin at the same instant."""
    forks = multiprocessing.get_context("fork")
    gate = forks.Barrier(count)

    def begin(number: int) -> None:
        gate.wait()
        work(number)

    started = [forks.Process(target=begin, args=(number,)) for number in range(count)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * count


def forked(work: Callable[[], object]) -> ForkProcess:
    """Begin ``work`` in a process of its own that has all that is loaded here; end it or wait."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    return process


def git(repo: Path, *arguments: str, when: datetime | None = None) -> str:
    """Run git in a repository of the test's own, a commit made at ``when``."""
    env = {
        "HOME": str(repo),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        # A commit starts no second git that looks whether there is something to tidy.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "maintenance.auto",
        "GIT_CONFIG_VALUE_0": "false",
        **({"GIT_COMMITTER_DATE": iso(when)} if when else {}),
    }
    done = subprocess.run(
        [GIT, *arguments], cwd=repo, env=env, capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(
    repo: Path,
    *paths: str,
    message: str = "work",
    when: datetime | None = None,
    text: str | None = None,
) -> str:
    """Write some files, and commit them with what git tracks and is changed; return the id."""
    for path in paths:
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text if text is not None else f"{path} {os.urandom(4).hex()}\n")
    git(repo, "add", "-u")
    if paths:
        git(repo, "add", "-f", "--", *paths)
    git(repo, "commit", "-q", "--allow-empty", "-m", message, when=when)
    return git(repo, "rev-parse", "HEAD").strip()


def commits(repo: Path, number: int, first: datetime) -> None:
    """Make many empty commits on the branch that is checked out, a second apart."""
    branch = git(repo, "symbolic-ref", "HEAD").strip()
    begin = int(first.timestamp())
    stream = "".join(
        f"commit {branch}\ncommitter A <a@example.org> {begin + index} +0000\ndata 4\nwork\n"
        + (f"from {branch}^0\n" if index == 0 else "")
        for index in range(number)
    )
    subprocess.run(
        [GIT, "fast-import", "--quiet"], cwd=repo, input=stream.encode(), check=True, timeout=30
    )


def facts_of(project: Project, folders: Sequence[str], seconds: float = 2) -> GitFacts:
    """What git knows of the documents in some folders."""
    asked = Git(project.root, seconds)
    found = queries.start_documents(asked, project, folders)() if project.git_top else None
    return found or GitFacts()


def make_repository(folder: Path, branch: str = "main") -> Path:
    """Do what ``git init`` does, with what it wrote the first time: it is the same everywhere."""
    git_folder = folder / ".git"
    git_folder.mkdir(parents=True)
    for name, (mode, content) in _new_repository().items():
        path = git_folder / name
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
            path.chmod(mode)
    (git_folder / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    return folder


@cache
def _new_repository() -> dict[str, tuple[int, bytes | None]]:
    """Return mode and content of all in a new git folder; a folder has none, and comes first."""
    with tempfile.TemporaryDirectory() as folder:
        git(Path(folder), "init", "-q")
        made = Path(folder) / ".git"
        return {
            str(path.relative_to(made)): (
                path.stat().st_mode,
                None if path.is_dir() else path.read_bytes(),
            )
            for path in sorted(made.rglob("*"))
        }


def session_text(
    title: str = "Weather fallback",
    status: str = "in_progress",
    *,
    updated: datetime | None = None,
    branch: str | None = None,
    task: str = "Cache the last good answer",
    agents: str = "",
    state: str = "The retry is in and tested.",
    steps: str = "1. Implement CacheAdapter.read\n2. Serve the cached answer with its age",
    more: str = "",
) -> str:
    """A session file as 003 specifies it."""
    stamp = iso(updated or ago(hours=2))
    branch_line = f"  branch: {branch}\n" if branch else ""
    return (
        f'---\nsession:\n  title: "{title}"\n  status: {status}\n{branch_line}'
        f'  created: "{stamp}"\n  last_updated: "{stamp}"\n\n'
        f'orchestration:\n  current_task: "{task}"\n{agents}---\n\n'
        f"# Session: {title}\n\n## Context\nThe provider fails twice a week.\n\n"
        f"## Current State\n{state}\n\n## Next Steps\n{steps}\n\n{more}"
    )


def add_session(
    project: Path, name: str, text: str | bytes, written: datetime | None = None
) -> Path:
    """Write a session file, and set when it was written."""
    path = project / ".agents" / "sessions" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    moment = (written or ago(hours=2)).timestamp()
    os.utime(path, (moment, moment))
    return path


def line_count(text: str) -> int:
    """How many lines markdown sees in a text: a carriage return alone ends one too."""
    return len(re.split(r"\r\n?|\n", text))


def transcript(path: Path, *records: dict[str, Any]) -> Path:
    """Write a transcript in the shape that Claude Code gives it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def spoke(when: datetime) -> dict[str, Any]:
    """A record of a person's prompt."""
    return {"type": "user", "timestamp": iso(when), "message": {"role": "user", "content": "Go"}}


def edited(path: Path | str, when: datetime, tool: str = "Edit") -> dict[str, Any]:
    """A record of the model editing a file."""
    use = {"type": "tool_use", "id": "t", "name": tool, "input": {"file_path": str(path)}}
    message = {"role": "assistant", "content": [use]}
    return {"type": "assistant", "timestamp": iso(when), "message": message}


def trust(home: Path, *folders: Path) -> None:
    """Have a person accept Claude Code's question whether it may work in some folders."""
    projects = {str(folder): {"hasTrustDialogAccepted": True} for folder in folders}
    (home / ".claude.json").write_text(json.dumps({"projects": projects}))
