"""What git knows of the working tree: the branch, and which session files it sees as changed."""

import os
from typing import NamedTuple

from session_hooks.project import Project

TIMEOUT_SECONDS = 2


class GitFacts(NamedTuple):
    """The facts of one moment. ``branch`` is None outside git, with a detached HEAD, or unknown."""

    branch: str | None = None
    changed: frozenset[str] | None = None
    """Paths in the asked-for folder, relative to the project, that are untracked, ignored or
    changed; None where git doesn't tell. Only of these does the modification time mean anything:
    a clone or a checkout sets everybody else's to now."""

    def has_own_time(self, path: str) -> bool:
        """Tell whether a file's modification time says when somebody wrote it."""
        return self.changed is None or path in self.changed


def read(project: Project, folder: str) -> GitFacts:
    """Ask git for the branch and for the state of ``folder`` (relative to the project).

    One call, bounded in time. No git, a repository it refuses, or anything else that it complains
    about is an empty answer: a hook's report is then poorer, not wrong.
    """
    if project.git_top is None:
        return GitFacts()
    # GitPython refuses to be imported where git is missing, unless it is told before.
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    import git  # 70 ms

    command = [
        "git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false",
        "status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=all", "--no-renames",
        "--untracked-files=all", "--ignored=traditional", "--", folder,
    ]  # fmt: skip
    try:
        answer = git.Git(project.root).execute(
            command,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=TIMEOUT_SECONDS if os.name == "posix" else None,
            env={"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (git.GitCommandError, git.GitCommandNotFound, OSError):
        return GitFacts()
    prefix = os.path.relpath(project.root, project.git_top).replace(os.sep, "/")
    return parse_status(answer, "" if prefix == "." else f"{prefix}/")


def parse_status(answer: bytes, prefix: str) -> GitFacts:
    """Read ``git status --porcelain=v2 --branch -z``; ``prefix`` leads from the top to the project.

    (git-status(1), "Porcelain Format Version 2".)
    """
    branch = None
    changed = set()
    for line in os.fsdecode(answer).split("\0"):
        kind, _, rest = line.partition(" ")
        if line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
            branch = None if head == "(detached)" else head
        elif kind in _FIELDS_BEFORE_PATH:
            path = rest.split(" ", _FIELDS_BEFORE_PATH[kind])[-1]
            changed.add(path.removeprefix(prefix))
    return GitFacts(branch, frozenset(changed))


# A changed entry has seven fields between its kind and its path, an unmerged one nine; of an
# untracked and of an ignored one there is the path alone.
_FIELDS_BEFORE_PATH = {"1": 7, "u": 9, "?": 0, "!": 0}
