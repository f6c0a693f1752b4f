"""The questions that git is asked, and how its output is parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from session_hooks.evidence.git import Git
from session_hooks.evidence.history import History
from session_hooks.evidence.model import Commit, GitFacts, Tree, Work
from session_hooks.project.project import Project
from session_hooks.project.state import git_common_dir, git_dir
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")
    _U = TypeVar("_U")

COMMIT = "%x00%H%x1f%ct%x1f%at%x1f%P%x1f%an%x1f%s"
"""The format that ``parse_commits`` reads (git-log(1), "PRETTY FORMATS")."""
REF = "%(refname)%00%(objectname)%00%(upstream)%00%(symref)"
"""The format that ``parse_refs`` reads (git-for-each-ref(1), "FIELD NAMES")."""
_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/"
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


class Refs(Value):
    """The branches of a repository: by their full names, the commits that they point at."""

    tips: dict[str, str]
    upstreams: dict[str, str]
    """By a local branch: the branch that it follows, which need not be there."""
    default: str | None
    """The default branch, by its short name; None where none can be told."""

    def local(self, name: str) -> str | None:
        """Return a local branch's full name."""
        return self._there(_LOCAL + name)

    def remote(self, name: str) -> str | None:
        """Return the full name of a remote-tracking branch, given with its remote or without."""
        ours = (
            ref
            for ref in self.tips
            if ref.startswith(_REMOTE) and ref.removeprefix(_REMOTE).partition("/")[2] == name
        )
        return (
            self._there(f"{_REMOTE}origin/{name}")
            or self._there(_REMOTE + name)
            or next(ours, None)
        )

    def _there(self, ref: str) -> str | None:
        return ref if ref in self.tips else None


def start_documents(
    git: Git, project: Project, folders: Sequence[str]
) -> Callable[[], GitFacts | None]:
    """Ask for the branch and for the state of the documents in ``folders``."""
    wait = _status(git, _files_in(folders), _IGNORED_TOO, what="which documents are changed")
    return _then(wait, lambda answer: parse_status(answer, prefix(project)))


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
    return _then(wait, lambda files: Tree(_first(files), now, len(files) <= MOST_CHANGED))


def _first(changed: Mapping[str, datetime]) -> dict[str, datetime]:
    return dict(list(changed.items())[:MOST_CHANGED])


def _changed(
    git: Git, project: Project, documents: Sequence[str], share: float
) -> Callable[[], dict[str, datetime] | None]:
    others = [f":(exclude,top,literal){prefix(project)}{path}" for path in documents if path]
    wait = _status(git, [".", *others], _UNTRACKED_TOO, what=CHANGED_FILES, share=share)

    def read(answer: bytes) -> dict[str, datetime]:
        paths = sorted(parse_status(answer, prefix(project)).changed or ())
        times = ((path, _written(os.path.join(project.root, path))) for path in paths)
        return {path: when for path, when in times if when is not None}

    return _then(wait, read)


def _written(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # deleted
        return None


def start_history(git: Git, project: Project, tip: str, what: str) -> Callable[[], History | None]:
    """Ask for the newest commits that ``tip`` holds, with the files that each touched.

    What a shallow clone's last commits touched is not known: git shows all there is.
    """
    wait = git.start_newest(
        *_LOG, *_FILES, f"--max-count={MOST_COMMITS}", tip, "--",
        what=what, share=0.7, most=_MOST_HISTORY,
    )  # fmt: skip

    def read(answer: tuple[bytes, bool]) -> History | None:
        return _history(*answer, project)

    return _then(wait, read)


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
    return _then(wait, parse_refs)


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


def _then(wait: Callable[[], _T | None], read: Callable[[_T], _U]) -> Callable[[], _U | None]:
    """Return what waits for an answer, and reads it where there is one."""

    def found() -> _U | None:
        answer = wait()
        return None if answer is None else read(answer)

    return found


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


# --- what it prints ------------------------------------------------------------------------------


def parse_status(answer: bytes, prefix: str) -> GitFacts:
    """Read ``git status --porcelain=v2 --branch -z``; ``prefix`` leads from the top to the project.

    (git-status(1), "Porcelain Format Version 2".)
    """
    branch = None
    is_unborn = False
    changed = set()
    untracked = set()
    ignored = set()
    for line in os.fsdecode(answer).split("\0"):
        kind, _, rest = line.partition(" ")
        if line == "# branch.oid (initial)":
            is_unborn = True
        elif line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
            branch = None if head == "(detached)" else head
        elif kind in _FIELDS_BEFORE_PATH:
            path = rest.split(" ", _FIELDS_BEFORE_PATH[kind])[-1].removeprefix(prefix)
            changed.add(path)
            if kind in (_UNTRACKED, _IGNORED):
                untracked.add(path)
            if kind == _IGNORED:
                ignored.add(path)
    return GitFacts(
        branch,
        frozenset(changed),
        frozenset(ignored),
        untracked=frozenset(untracked),
        is_unborn=is_unborn,
    )


# A changed entry has seven fields between its kind and its path, an unmerged one nine; of an
# untracked and of an ignored one there is the path alone.
_UNTRACKED = "?"
_IGNORED = "!"
_FIELDS_BEFORE_PATH = {"1": 7, "u": 9, _UNTRACKED: 0, _IGNORED: 0}


def parse_commits(answer: bytes, prefix: str = "") -> Iterator[Commit]:
    """Read ``git log -z --format=COMMIT``, with ``--name-status --no-renames`` or without.

    A commit is an empty field, its own, and two for each file: what became of it, the first one
    behind a newline, and its path.
    """
    fields = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    commit: Commit | None = None
    paths: set[str] = set()
    deleted: set[str] = set()
    added: set[str] = set()
    is_outside = False
    for field in fields:
        if field:
            path = next(fields, "")
            if not path.startswith(prefix):
                is_outside = True
                continue
            path = path.removeprefix(prefix)
            paths.add(path)
            kind = field.lstrip("\n")[:1]
            if kind == "D":
                deleted.add(path)
            elif kind == "A":
                added.add(path)
            continue
        if commit is not None:
            yield _with_files(commit, (paths, deleted, added), is_outside=is_outside)
        commit, is_outside = _commit(next(fields, "")), False
        paths, deleted, added = set(), set(), set()
    if commit is not None:
        yield _with_files(commit, (paths, deleted, added), is_outside=is_outside)


def _with_files(
    commit: Commit, files: tuple[set[str], set[str], set[str]], *, is_outside: bool
) -> Commit:
    paths, deleted, added = map(frozenset, files)
    return commit._replace(paths=paths, deleted=deleted, added=added, is_outside=is_outside)


def _commit(field: str) -> Commit | None:
    parts = field.split("\x1f", 5)
    if len(parts) != 6:
        return None
    name, seconds, authored, parents, author, subject = parts
    when = moment(seconds)
    if when is None:
        return None
    made = Commit(when, frozenset(), name, subject, author, tuple(parents.split()))
    return made._replace(authored=moment(authored))


def moment(seconds: str) -> datetime | None:
    """Read a time; of one that no clock shows, which makes no commit less of one, the nearest."""
    try:
        return datetime.fromtimestamp(max(0, min(int(seconds), _LATEST)), UTC)
    except ValueError:
        return None


_LATEST = 7_258_118_400  # 2200: late enough, and no time zone makes it a date that there is not


def parse_refs(answer: bytes) -> Refs:
    """Read ``git for-each-ref --format=REF refs/heads refs/remotes``."""
    tips: dict[str, str] = {}
    upstreams: dict[str, str] = {}
    default = None
    for line in answer.decode("utf-8", "surrogateescape").split("\n"):
        parts = line.split("\0")
        if len(parts) != 4:
            continue
        ref, commit, upstream, target = parts
        if target:
            if ref == f"{_REMOTE}origin/HEAD":
                default = target.removeprefix(f"{_REMOTE}origin/")
            continue
        tips[ref] = commit
        if upstream:
            upstreams[ref] = upstream
    names = [default] if default else ["main", "master"]
    there = (n for n in names if tips.keys() & {_LOCAL + n, f"{_REMOTE}origin/{n}"})
    return Refs(tips, upstreams, next(there, None))


def short(ref: str) -> str:
    """Return a branch's name as people write it."""
    return ref.removeprefix(_LOCAL).removeprefix(_REMOTE)


def parse_renames(answer: bytes, prefix: str) -> dict[str, str]:
    """Read ``git diff-tree -z -M --diff-filter=R --name-status``: where each path went."""
    moved: dict[str, str] = {}
    fields = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    for field in fields:
        if field.startswith("R"):
            old, new = next(fields, ""), next(fields, "")
            if old.startswith(prefix):
                moved[old.removeprefix(prefix)] = new.removeprefix(prefix)
    return moved


def parse_paths(answer: bytes) -> list[str]:
    """Read paths that are separated by NUL."""
    return [path for path in answer.decode("utf-8", "surrogateescape").split("\0") if path]
