"""What git knows of the working tree: the branch, and which session files it sees as changed."""

import os
from collections.abc import Callable, Sequence

from session_hooks.facts import GitFacts
from session_hooks.project import Project

_OTHER_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
)


def read(project: Project, folders: Sequence[str], seconds: float = 2) -> GitFacts:
    """Ask git for the branch and for the state of ``folders`` (relative to the project).

    Two calls, each bounded to ``seconds``. No git, a repository it refuses, or anything else that
    it complains about is an empty answer: a hook's report is then poorer, not wrong.
    """
    if project.git_top is None:
        return GitFacts()
    answer = _status(project.root, folders, seconds)
    if answer is None:
        return GitFacts()
    prefix = os.path.relpath(project.root, project.git_top).replace(os.sep, "/")
    return parse_status(answer, "" if prefix == "." else f"{prefix}/")


def _status(root: str, folders: Sequence[str], seconds: float) -> bytes | None:
    # GitPython refuses to be imported where git is missing, unless it is told before; and what a
    # git hook's environment says of another repository it would pass on.
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    for name in _OTHER_REPOSITORY:
        os.environ.pop(name, None)
    import git  # 70 ms

    def run(*command: str) -> bytes:
        return git.Git(root).execute(
            ["git", "--no-pager", *command],
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=seconds if os.name == "posix" else None,
            env={"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )

    try:
        filters = _filters(run)
        files = [_files_in(folder) for folder in folders]
        off = [part for name in filters for part in ("-c", f"{name}=")]
        return run(
            "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", *off,
            "status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=all",
            "--no-renames", "--untracked-files=all", "--ignored=traditional", "--", *files,
        )  # fmt: skip
    except (git.GitCommandError, git.GitCommandNotFound, OSError):
        return None


def _files_in(folder: str) -> str:
    """Return the pathspec of a folder's own files: below "docs" there may be thousands more."""
    return f":(glob){folder}/*" if folder else ":(glob)*.md"


def _filters(run: Callable[..., bytes]) -> list[str]:
    """Return the keys of the filter programs that git would run on a file that it looks into."""
    import git

    try:
        answer = run(
            "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$"
        )
    except git.GitCommandError as error:
        if error.status == 1:  # none is configured
            return []
        raise
    return [name for name in os.fsdecode(answer).split("\0") if name]


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
