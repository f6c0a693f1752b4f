"""What git knows of a working tree: each function one question, or a few about one thing.

Those that start with a question return what waits for its answer. Nothing outside a repository, and
wherever git has no answer an empty one: a hook's report is then poorer, not wrong.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from session_hooks.basis import Entry
from session_hooks.facts import Commit, GitFacts, Tree, Work
from session_hooks.git_parse import (
    COMMIT,
    REF,
    Refs,
    parse_commits,
    parse_index,
    parse_paths,
    parse_refs,
    parse_renames,
    parse_status,
)
from session_hooks.git_run import Git
from session_hooks.history import History
from session_hooks.project import Project
from session_hooks.state import git_common_dir, git_dir

MOST_COMMITS = 1000
"""How far back the history is read: far enough to say how stale is stale."""
_MOST_HISTORY = 16 * 1024 * 1024
"""Bytes; a repository may have many commits that touch fifty thousand files each."""
_MOST_WORK = 500
MOST_CHANGED = 500
CHANGED_FILES = "which files are changed"
"""What ``tree`` asks for, as ``Git.unanswered`` names it."""
_RENAME_LIMIT = 400
_LOG = ("log", "-z", f"--format={COMMIT}", "--encoding=UTF-8", "--no-ext-diff", "--no-textconv")
_IGNORED_TOO = ("--untracked-files=all", "--ignored=traditional")
_UNTRACKED_TOO = ("--untracked-files=normal", "--ignored=no")
_FILES = ("--name-status", "--no-renames")


def start_documents(
    git: Git, project: Project, folders: Sequence[str]
) -> Callable[[], GitFacts | None]:
    """Ask for the branch and for the state of the documents in ``folders``."""
    return _start_state(git, project, _files_in(folders))


def start_state(
    git: Git, project: Project, documents: Sequence[str]
) -> Callable[[], GitFacts | None]:
    """Ask for the state of some documents alone."""
    return _start_state(git, project, [f":(literal){path}" for path in documents])


def _start_state(git: Git, project: Project, files: Sequence[str]) -> Callable[[], GitFacts | None]:
    wait = _status(git, files, _IGNORED_TOO, what="which documents are changed")

    def found() -> GitFacts | None:
        answer = wait()
        return None if answer is None else parse_status(answer, prefix(project))

    return found


def start_index(git: Git, documents: Sequence[str]) -> Callable[[], dict[str, Entry] | None]:
    """Ask what the index has of documents: those alone that status would see a change of."""
    wait = git.start("ls-files", "-z", "-s", "-v", "--", *(f":(literal){one}" for one in documents))

    def found() -> dict[str, Entry] | None:
        answer = wait()
        return None if answer is None else parse_index(answer)

    return found


def document_commits(
    git: Git, project: Project, folders: Sequence[str], since: datetime
) -> tuple[Commit, ...]:
    """Ask for the commits that touched the documents in ``folders``, as far back as ``since``."""
    answer = git.ask(
        *_LOG, *_FILES, f"--since={since.isoformat()}", "--", *_files_in(folders),
        what="when documents were last committed",
    )  # fmt: skip
    commits = parse_commits(answer or b"", prefix(project))
    return tuple(_without_boundary(commits, project))


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
    changed = _changed(git, project, documents, share=0.6)()
    if changed is None and since is None:
        return None
    written = _first(changed or {})
    if since is None:
        return Work((), written)
    commits = _since(git, project, since)
    return None if commits is None else Work(commits, written)


def commits_since(project: Project, since: str, seconds: float) -> tuple[Commit, ...] | None:
    """Ask for the commits that HEAD holds now and the commit ``since`` doesn't."""
    return _since(Git(project.root, seconds), project, since)


def _since(git: Git, project: Project, since: str) -> tuple[Commit, ...] | None:
    log = git.ask(*_LOG, *_FILES, f"--max-count={_MOST_WORK}", f"{since}..HEAD", "--")
    return None if log is None else tuple(parse_commits(log, prefix(project)))


def start_tree(
    git: Git, project: Project, documents: Sequence[str], now: datetime
) -> Callable[[], Tree | None]:
    """Ask which files are changed or untracked now, without the ``documents``."""
    wait = _changed(git, project, documents, share=0.5)

    def found() -> Tree | None:
        changed = wait()
        if changed is None:
            return None
        return Tree(_first(changed), now, len(changed) <= MOST_CHANGED)

    return found


def _first(changed: Mapping[str, datetime]) -> dict[str, datetime]:
    return dict(list(changed.items())[:MOST_CHANGED])


def _changed(
    git: Git, project: Project, documents: Sequence[str], share: float
) -> Callable[[], dict[str, datetime] | None]:
    others = [f":(exclude,top,literal){prefix(project)}{path}" for path in documents if path]
    wait = _status(git, [".", *others], _UNTRACKED_TOO, what=CHANGED_FILES, share=share)

    def found() -> dict[str, datetime] | None:
        answer = wait()
        if answer is None:
            return None
        paths = sorted(parse_status(answer, prefix(project)).changed or ())
        return {
            path: when
            for path in paths
            if (when := _written(os.path.join(project.root, path))) is not None
        }

    return found


def _written(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # deleted
        return None


def history(git: Git, project: Project, tip: str, what: str) -> History | None:
    """Ask for the newest commits that ``tip`` holds, with the files that each touched."""
    return start_history(git, project, tip, what)()


def start_history(git: Git, project: Project, tip: str, what: str) -> Callable[[], History | None]:
    """Ask for the newest commits that ``tip`` holds, with the files that each touched.

    What a shallow clone's last commits touched is not known: git shows all there is.
    """
    wait = git.start_newest(
        *_LOG, *_FILES, f"--max-count={MOST_COMMITS}", tip, "--",
        what=what, share=0.7, most=_MOST_HISTORY,
    )  # fmt: skip

    def found() -> History | None:
        answer = wait()
        return None if answer is None else _history(*answer, project)

    return found


def _history(log: bytes, is_whole: bool, project: Project) -> History | None:
    commits = tuple(parse_commits(log, prefix(project)))
    if not is_whole:
        commits = commits[:-1]  # it may lack some of its files
        if not commits:
            return None
    kept = tuple(_without_boundary(commits, project))
    is_all = is_whole and len(commits) < MOST_COMMITS and kept == commits
    return History(kept, is_all)


def _without_boundary(commits: Iterable[Commit], project: Project) -> Iterable[Commit]:
    """Forget the files of the commits whose parents a shallow clone doesn't have."""
    boundary = shallow(project)
    for commit in commits:
        if commit.id in boundary:
            yield commit._replace(paths=frozenset(), deleted=frozenset(), is_outside=True)
        else:
            yield commit


def shallow(project: Project) -> frozenset[str]:
    """Return the commits at which a shallow clone ends; none elsewhere.

    From the file that gitrepository-layout(5) describes ("shallow").
    """
    common = git_common_dir(project.git_top) if project.git_top else None
    try:
        with open(os.path.join(common or "", "shallow"), encoding="ascii") as file:
            return frozenset(file.read().split())
    except (OSError, ValueError):
        return frozenset()


def is_sparse(project: Project) -> bool:
    """Tell whether not all of what git holds is on the disk (git-sparse-checkout(1))."""
    own = git_dir(project.git_top) if project.git_top else None
    return own is not None and os.path.exists(os.path.join(own, "info", "sparse-checkout"))


def start_refs(git: Git) -> Callable[[], Refs | None]:
    """Ask for all local and remote-tracking branches."""
    wait = git.start(
        "for-each-ref", f"--format={REF}", "refs/heads", "refs/remotes", what="the branches"
    )

    def found() -> Refs | None:
        answer = wait()
        return None if answer is None else parse_refs(answer)

    return found


def existing(git: Git, ids: Collection[str]) -> list[str] | None:
    """Ask which commits there are of those with these ids, shortened or not; their whole ids."""
    answer = git.ask("rev-list", "--no-walk", "--ignore-missing", *ids, "--", what="commit ids")
    return None if answer is None else os.fsdecode(answer).split()


def branches_with(git: Git, commit: str, most: int = 3) -> tuple[str, ...] | None:
    """Ask which branches hold a commit; at most so many of them, local ones first."""
    answer = git.ask(
        "for-each-ref", f"--contains={commit}", f"--count={most}", "--format=%(refname:short)",
        "refs/heads", "refs/remotes", what="which branches hold a commit",
    )  # fmt: skip
    return None if answer is None else tuple(os.fsdecode(answer).split("\n")[:-1])


def paths_at(git: Git, commit: str) -> list[str] | None:
    """Ask for the project's files at a commit, relative to it."""
    answer = git.ask(
        "ls-tree", "-r", "-z", "--name-only", commit, what="which paths there were", share=0.5
    )
    return None if answer is None else parse_paths(answer)


def renames(git: Git, project: Project, commit: str) -> dict[str, str]:
    """Ask where a commit moved files to, as git detects it."""
    answer = git.ask(
        "diff-tree", "-r", "-z", "--no-commit-id", "--name-status", f"-l{_RENAME_LIMIT}", "-M",
        "--diff-filter=R", "--no-ext-diff", "--no-textconv", commit, "--",
        what="where files were moved to",
    )  # fmt: skip
    return {} if answer is None else parse_renames(answer, prefix(project))


def user_name(git: Git) -> str | None:
    """Ask for the name that git commits with; None where it has none."""
    return (git.setting("user.name") or "").strip() or None


def is_ignored(project: Project, path: str, seconds: float = 2) -> bool | None:
    """Tell whether git ignores a path relative to the project; None where git doesn't tell."""
    if project.git_top is None:
        return None
    return Git(project.root, seconds).is_true("check-ignore", "--quiet", "--", path)


def escaped(path: str) -> str:
    """Return a path as a pattern that fits itself alone (gitglossary(7), "pathspec")."""
    return re.sub(r"([*?[\\])", r"\\\1", path)


def prefix(project: Project) -> str:
    """Return what leads from the top of the working tree to the project, with a slash."""
    way = os.path.relpath(project.root, project.git_top or project.root).replace(os.sep, "/")
    return "" if way == "." else f"{way}/"


def _status(
    git: Git,
    files: Sequence[str],
    which: tuple[str, str],
    what: str = "",
    share: float = 1,
) -> Callable[[], bytes | None]:
    return git.start_status(
        "--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--ignore-submodules=all",
        "--no-renames", *which, "--", *files, what=what, share=share,
    )  # fmt: skip


def _files_in(folders: Sequence[str]) -> list[str]:
    """Return the pathspecs of some folders' own files: below "docs" there may be thousands more.

    And of those in a folder of a session's own, which begins with its date.
    """
    patterns: list[str] = []
    for folder in folders:
        name = escaped(folder)
        inside = (f":(glob){name}/*", f":(glob){name}/[0-9]*/*.md")
        patterns += inside if folder else (":(glob)*.md",)
    return patterns
