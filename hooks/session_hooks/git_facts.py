"""What git knows of the working tree: the branch, the documents, and what was done since."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from session_hooks.facts import Commit, GitFacts, Work
from session_hooks.git_run import Git
from session_hooks.project import Project

_MOST_COMMITS = 500
_MOST_CHANGED = 500


def read(
    project: Project,
    folders: Sequence[str],
    since: datetime | None = None,
    seconds: float = 2,
) -> GitFacts:
    """Ask git for the branch and for the state of ``folders`` (relative to the project).

    With ``since`` also for the documents' last commits, as far back as that. All of it is bounded
    to ``seconds``. No git, a repository it refuses, or anything else that it
    complains about is an empty answer: a hook's report is then poorer, not wrong.
    """
    if project.git_top is None:
        return GitFacts()
    git = Git(project.root, seconds)
    files = [pattern for folder in folders for pattern in _files_in(folder)]
    answer = _status(git, files)
    if answer is None:
        return GitFacts()
    prefix = _prefix(project)
    facts = parse_status(answer, prefix)
    log = _log(git, files, since) if since else None
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
    git = Git(project.root, seconds)
    others = [f":(exclude,top,literal){_prefix(project)}{path}" for path in documents if path]
    status = _status(git, [".", *others], untracked="normal", ignored="no", share=0.6)
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
    log = git.ask(
        "log", "-z", "--format=%x00%ct", "--name-only", "--no-renames", "--no-show-signature",
        "--no-ext-diff", f"--max-count={_MOST_COMMITS}", f"{since}..HEAD",
    )  # fmt: skip
    return None if log is None else Work(tuple(_commits(log, _prefix(project))), written)


def _written(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # deleted
        return None


def user_name(project: Project, seconds: float = 2) -> str | None:
    """Return the name that git signs commits with; None where it has none."""
    answer = Git(project.root, seconds).ask("config", "--get", "user.name")
    return os.fsdecode(answer).strip() or None if answer else None


def is_ignored(project: Project, path: str, seconds: float = 2) -> bool | None:
    """Tell whether git ignores a path relative to the project; None where git doesn't tell."""
    if project.git_top is None:
        return None
    return Git(project.root, seconds).is_true("check-ignore", "--quiet", "--", path)


def _prefix(project: Project) -> str:
    """Return what leads from the top of the working tree to the project, with a slash."""
    prefix = os.path.relpath(project.root, project.git_top or project.root).replace(os.sep, "/")
    return "" if prefix == "." else f"{prefix}/"


def _status(
    git: Git,
    files: Sequence[str],
    untracked: str = "all",
    ignored: str = "traditional",
    share: float = 1,
) -> bytes | None:
    filters = _filters(git)
    if filters is None:
        return None
    off = [part for name in filters for part in ("-c", f"{name}=")]
    return git.ask(
        *off, "status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=all",
        "--no-renames", f"--untracked-files={untracked}", f"--ignored={ignored}", "--", *files,
        share=share,
    )  # fmt: skip


def _log(git: Git, files: Sequence[str], since: datetime) -> bytes | None:
    return git.ask(
        "log", "-z", "--format=%x00%ct", "--name-only", "--no-renames", "--no-show-signature",
        "--no-ext-diff", f"--since={since.isoformat()}", "--", *files,
    )  # fmt: skip


def _files_in(folder: str) -> list[str]:
    """Return the pathspecs of a folder's own files: below "docs" there may be thousands more.

    And of those in a folder of a session's own, which begins with its date.
    """
    return [f":(glob){folder}/*", f":(glob){folder}/[0-9]*/*.md"] if folder else [":(glob)*.md"]


def _filters(git: Git) -> list[str] | None:
    """Return the keys of the filter programs that git would run on a file that it looks into."""
    answer = git.ask(
        "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$",
        also=(1,),  # none is configured
    )  # fmt: skip
    return None if answer is None else [name for name in os.fsdecode(answer).split("\0") if name]


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
