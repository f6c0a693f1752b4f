"""What git knows of the working tree: the branch, the documents, and what was done since."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from session_hooks.facts import Commit, GitFacts, Work
from session_hooks.project import Project

_MOST_COMMITS = 500
_MOST_CHANGED = 500
_OTHER_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
)


def read(
    project: Project,
    folders: Sequence[str],
    since: datetime | None = None,
    seconds: float = 2,
) -> GitFacts:
    """Ask git for the branch and for the state of ``folders`` (relative to the project).

    With ``since`` also for the documents' last commits, as far back as that. Each of at most three
    calls is bounded to ``seconds``. No git, a repository it refuses, or anything else that it
    complains about is an empty answer: a hook's report is then poorer, not wrong.
    """
    if project.git_top is None:
        return GitFacts()
    run = _git(project.root, seconds)
    files = [pattern for folder in folders for pattern in _files_in(folder)]
    answer = _asked(lambda: _status(run, files))
    if answer is None:
        return GitFacts()
    prefix = _prefix(project)
    facts = parse_status(answer, prefix)
    log = _asked(lambda: _log(run, files, since)) if since else None
    return facts if log is None else facts._replace(committed=parse_log(log, prefix))


def work(
    project: Project, documents: Sequence[str], since: str | None, seconds: float
) -> Work | None:
    """Ask git what happened in the project since the commit ``since``; None where it doesn't tell.

    The commits since then that HEAD holds now, and the files that are changed or untracked now,
    without the ``documents`` (folders or files, relative to the project) that tell of the work.
    Where git had no time to look through a large working tree, the commits alone.
    """
    if project.git_top is None:
        return None
    run = _git(project.root, seconds)
    others = [f":(exclude,top,literal){_prefix(project)}{path}" for path in documents if path]
    status = _asked(lambda: _status(run, [".", *others], untracked="normal", ignored="no"))
    if status is None and since is None:
        return None
    entries = parse_status(status or b"", _prefix(project)).changed or ()
    written = {
        path: when
        for path in sorted(entries)[:_MOST_CHANGED]
        if (when := _written(os.path.join(project.root, path))) is not None
    }
    if since is None:
        return Work((), written)
    log = _asked(
        lambda: run(
            "log", "-z", "--format=%x00%ct", "--name-only", "--no-renames", "--no-show-signature",
            "--no-ext-diff", f"--max-count={_MOST_COMMITS}", f"{since}..HEAD",
        )
    )  # fmt: skip
    return None if log is None else Work(tuple(_commits(log, _prefix(project))), written)


def _written(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # deleted
        return None


def user_name(project: Project, seconds: float = 2) -> str | None:
    """Return the name that git signs commits with; None where it has none."""
    run = _git(project.root, seconds)
    answer = _asked(lambda: run("config", "--get", "user.name"))
    return os.fsdecode(answer).strip() or None if answer else None


def is_ignored(project: Project, path: str, seconds: float = 2) -> bool | None:
    """Tell whether git ignores a path relative to the project; None where git doesn't tell."""
    if project.git_top is None:
        return None
    run = _git(project.root, seconds)
    try:
        git = _library()
        try:
            run("-c", "core.fsmonitor=false", "check-ignore", "--quiet", "--", path)
        except git.GitCommandError as error:
            return False if error.status == 1 else None
        except git.GitCommandNotFound:
            return None
    except OSError:
        return None
    return True


def _library() -> Any:
    """Return GitPython; raises OSError where there is no git that it can use."""
    # GitPython refuses to be imported where git is missing, unless it is told before; and what a
    # git hook's environment says of another repository it would pass on.
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    for name in _OTHER_REPOSITORY:
        os.environ.pop(name, None)
    try:
        import git  # 70 ms
    except (ImportError, ValueError, IndexError) as error:  # what answers is not git
        raise OSError(f"git can't be used: {error}") from error
    return git


def _git(root: str, seconds: float) -> Callable[..., bytes]:
    """Return how git is called: bounded, without locks, prompts, a pager or the network."""

    def run(*command: str) -> bytes:
        answer: bytes = (
            _library()
            .Git(root)
            .execute(
                ["git", "--no-pager", *command],
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                kill_after_timeout=seconds if os.name == "posix" else None,
                env={
                    "GIT_OPTIONAL_LOCKS": "0",
                    "GIT_TERMINAL_PROMPT": "0",
                    "GIT_NO_LAZY_FETCH": "1",
                },
            )
        )
        return answer

    return run


def _asked(question: Callable[[], bytes]) -> bytes | None:
    """Return git's answer, or None where it has none."""
    try:
        git = _library()
        try:
            return question()
        except (git.GitCommandError, git.GitCommandNotFound):
            return None
    except OSError:
        return None


def _prefix(project: Project) -> str:
    """Return what leads from the top of the working tree to the project, with a slash."""
    prefix = os.path.relpath(project.root, project.git_top or project.root).replace(os.sep, "/")
    return "" if prefix == "." else f"{prefix}/"


def _status(
    run: Callable[..., bytes],
    files: Sequence[str],
    untracked: str = "all",
    ignored: str = "traditional",
) -> bytes:
    filters = _filters(run)
    off = [part for name in filters for part in ("-c", f"{name}=")]
    return run(
        "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", *off,
        "status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=all",
        "--no-renames", f"--untracked-files={untracked}", f"--ignored={ignored}", "--", *files,
    )  # fmt: skip


def _log(run: Callable[..., bytes], files: Sequence[str], since: datetime) -> bytes:
    return run(
        "log", "-z", "--format=%x00%ct", "--name-only", "--no-renames", "--no-show-signature",
        "--no-ext-diff", f"--since={since.isoformat()}", "--", *files,
    )  # fmt: skip


def _files_in(folder: str) -> list[str]:
    """Return the pathspecs of a folder's own files: below "docs" there may be thousands more.

    And of those in a folder of a session's own, which begins with its date.
    """
    return [f":(glob){folder}/*", f":(glob){folder}/[0-9]*/*.md"] if folder else [":(glob)*.md"]


def _filters(run: Callable[..., bytes]) -> list[str]:
    """Return the keys of the filter programs that git would run on a file that it looks into."""
    git = _library()
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
    untracked = set()
    ignored = set()
    for line in os.fsdecode(answer).split("\0"):
        kind, _, rest = line.partition(" ")
        if line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
            branch = None if head == "(detached)" else head
        elif kind in _FIELDS_BEFORE_PATH:
            path = rest.split(" ", _FIELDS_BEFORE_PATH[kind])[-1].removeprefix(prefix)
            changed.add(path)
            if kind in (_UNTRACKED, _IGNORED):
                untracked.add(path)
            if kind == _IGNORED:
                ignored.add(path)
    return GitFacts(branch, frozenset(changed), frozenset(ignored), untracked=frozenset(untracked))


# A changed entry has seven fields between its kind and its path, an unmerged one nine; of an
# untracked and of an ignored one there is the path alone.
_UNTRACKED = "?"
_IGNORED = "!"
_FIELDS_BEFORE_PATH = {"1": 7, "u": 9, _UNTRACKED: 0, _IGNORED: 0}


def parse_log(answer: bytes, prefix: str) -> dict[str, datetime]:
    """Read ``git log -z --format=%x00%ct --name-only``: when each path was last committed."""
    newest: dict[str, datetime] = {}
    for commit in _commits(answer, prefix):
        for path in commit.paths:
            newest[path] = max(commit.when, newest.get(path, commit.when))
    return newest


def _commits(answer: bytes, prefix: str) -> Iterator[Commit]:
    """Yield what the log names, the newest first.

    A commit is an empty field, its time, and its paths, the first of them behind a newline.
    """
    when: datetime | None = None
    paths: list[str] = []
    fields = iter(os.fsdecode(answer).split("\0"))
    for field in fields:
        if field:
            path = field.removeprefix("\n")
            if path.startswith(prefix):  # another folder's file may have the same name
                paths.append(path.removeprefix(prefix))
            continue
        if when is not None:
            yield Commit(when, frozenset(paths))
        when, paths = _moment(next(fields, "")), []
    if when is not None:
        yield Commit(when, frozenset(paths))


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
