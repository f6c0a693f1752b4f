"""The projects that the benchmark measures in: session files, and a repository around them."""

import os
import random
import re
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

ACTIVE = 20
"""How many session files are active at most; half of them, where there are fewer."""
_SOURCES = 40
_COMMITS = 60
_WORDS = re.findall(
    r"\w+",
    "session token refresh login cache invalidates handler retries queue worker schema migration "
    "index export import parser budget renders fence status review deploy rollback timeout",
)


def make(folder: Path, documents: int, environ: Mapping[str, str] | None) -> None:
    """Make a project with session files; in a git repository where git's environment is given."""
    chance = random.Random(documents)
    now = datetime.now(UTC)
    sources = [f"src/app/module_{number:02}.py" for number in range(_SOURCES)]
    for source in sources:
        _write(folder / source, f'"""{source}"""\n')
    ids = [] if environ is None else _history(folder, sources, environ)
    active = min(ACTIVE, documents // 2)
    for number in range(documents):
        is_active = number < active
        # As after some time of work: nobody made ten thousand files this morning.
        when = now - timedelta(hours=5 * number + 2, minutes=chance.randrange(60))
        name = f"{when:%Y%m%d-%H%M%S}-{chance.choice(_WORDS)}-{number}.md"
        path = folder / ".agents" / "sessions" / name
        _write(path, _session(chance, when, is_active, sources, ids))
        os.utime(path, (when.timestamp(), when.timestamp()))
    if environ is not None:
        _git(folder, environ, "add", ".")
        _git(folder, environ, "commit", "-qm", "Session files")
    time.sleep(2.1)  # what was just written is looked at again


def copy(template: Path, folder: Path, environ: Mapping[str, str] | None) -> None:
    """Copy a project, its git's index as fresh as anybody's who asks git for the status at times.

    The copies are other files to git, and it would read all of them at every question.
    """
    subprocess.run(["cp", "-a", template, folder], check=True)
    if environ is not None:
        _git(folder, environ, "status", "--short")


def change(folder: Path, number: int) -> None:
    """Write to the newest session file, as its author would."""
    path = newest(folder)
    text = path.read_text()
    path.write_text(f"{text}- **[{number:05}]** Another entry\n"[-8000:] if number else text)


def change_head(folder: Path, number: int) -> None:
    """Bring the newest session file up to date, its frontmatter too."""
    change(folder, number)
    path = newest(folder)
    when = datetime.now(UTC) - timedelta(seconds=10_000 - number)
    text = re.sub(
        r"last_updated: \S+", f"last_updated: {when:%Y-%m-%dT%H:%M:%SZ}", path.read_text()
    )
    path.write_text(text)


def add_worktrees(folder: Path, environ: Mapping[str, str], number: int) -> None:
    """Check the repository out in more folders beside it, each on a branch of its own."""
    for one in range(number):
        tree = folder.with_name(f"{folder.name}-{one}")
        _git(folder, environ, "worktree", "add", "-q", "-b", f"tree/{one}", str(tree))


def newest(folder: Path) -> Path:
    """Return the session file that was written last by its name."""
    return max((folder / ".agents" / "sessions").iterdir(), key=lambda path: path.name)


def commit(folder: Path, environ: Mapping[str, str], number: int) -> None:
    """Commit a change to a source file."""
    with (folder / "src" / "app" / "module_00.py").open("a") as file:
        file.write(f"NUMBER = {number}\n")
    _git(folder, environ, "commit", "-qam", f"Change number {number}")


def _history(folder: Path, sources: list[str], environ: Mapping[str, str]) -> list[str]:
    _git(folder, environ, "init", "-q", "-b", "main")
    _git(folder, environ, "add", ".")
    now = time.time()
    for number in range(_COMMITS):
        with (folder / sources[number % len(sources)]).open("a") as file:
            file.write(f"VERSION = {number}\n")
        stamp = f"{int(now - (_COMMITS - number) * 7200)} +0000"
        when = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
        _git(folder, {**environ, **when}, "add", ".")
        _git(folder, {**environ, **when}, "commit", "-qm", f"Change {sources[number % 40]}")
    _git(folder, environ, "branch", "feat/login", "HEAD~20")
    log = subprocess.run(
        ["git", "log", "--format=%h", "-20"],
        cwd=folder, env=environ, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return log.stdout.split()


def _session(
    chance: random.Random, when: datetime, is_active: bool, sources: list[str], ids: list[str]
) -> str:
    stamp = f"{when:%Y-%m-%dT%H:%M:%SZ}"
    status = "in_progress" if is_active else "completed"
    title = " ".join(chance.sample(_WORDS, 4)).capitalize()
    named = chance.sample(sources, 5)
    done, open_ = named[:3], named[3:]
    commits = "".join(f"- {one}: {_line(chance)}\n" for one in chance.sample(ids, min(3, len(ids))))
    branch = chance.choice(["main", "feat/login"])
    lines = "\n".join(
        f"- **[{number:02}:00]** {_line(chance)}" for number in range(chance.randrange(5, 60))
    )
    return (
        f"---\nsession:\n  title: {title}\n  status: {status}\n  created: {stamp}\n"
        f"  last_updated: {stamp}\n  branch: {branch}\n  issue: {chance.randrange(1, 900)}\n"
        "orchestration:\n"
        f"  current_task: {_line(chance)}\n  spawned_agents:\n    - name: reviewer\n"
        f"      task: {_line(chance)}\n      status: completed\n      summary: {_line(chance)}\n"
        f"---\n\n# {title}\n\n## Context\n\n{_line(chance)}. {_line(chance)}.\n\n"
        f"## Progress\n\n"
        + "".join(f"- [x] {_line(chance)} in `{one}`\n" for one in done)
        + "".join(f"- [ ] {_line(chance)} in `{one}`\n" for one in open_)
        + f"\n## Current State\n\n{_line(chance)}. The handler in `{named[0]}` {_line(chance)}.\n\n"
        + "## Next Steps\n\n"
        + "".join(f"{index}. {_line(chance)} in `{one}`\n" for index, one in enumerate(open_, 1))
        + f"\n## Commits\n\n{commits}\n## Session Log\n\n{lines}\n"
    )


def _line(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=9))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _git(folder: Path, environ: Mapping[str, str], *command: str) -> None:
    # Its own housekeeping would go on while the folder is copied.
    subprocess.run(["git", "-c", "gc.auto=0", *command], cwd=folder, env=environ, check=True)
