"""The questions that git is asked, and how its output is parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Commit, GitFacts, History, Tree, Work
from session_hooks.project.project import Project
from session_hooks.project.state import git_common_dir, git_dir
from session_hooks.util.lazy import TYPE_CHECKING, Value

if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")
    _U = TypeVar("_U")

COMMIT = "%x00%H%x1f%ct%x1f%at%x1f%P%x1f%an%x1f%s"  # git-log(1), "PRETTY FORMATS"
MOST_COMMITS = 1000  # far enough to say how stale is stale
CHANGED_FILES = "which files are changed"
_REF = "%(refname)%00%(objectname)%00%(symref)"  # git-for-each-ref(1), "FIELD NAMES"
_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/"
_MOST_WORK = 500
_MOST_CHANGED = 500
_RENAME_LIMIT = 400
_LATEST = 7_258_118_400  # 2200: late enough, and no time zone makes it a date that there is not
_LOG = (
    "-z", f"--format={COMMIT}", "--encoding=UTF-8", "--no-ext-diff", "--no-textconv",
    "--name-status", "--no-renames",
)  # fmt: skip
_IGNORED_TOO = ("--untracked-files=all", "--ignored=traditional")
_UNTRACKED_TOO = ("--untracked-files=normal", "--ignored=no")
_UNTRACKED, _IGNORED = "?", "!"
_FIELDS_BEFORE_PATH = {"1": 7, "u": 9, _UNTRACKED: 0, _IGNORED: 0}


class Refs(Value):
    """The branches of a repository: by their full names, the commits that they point at."""

    tips: dict[str, str]
    default: str | None  # by its short name

    def local(self, name: str) -> str | None:
        return _LOCAL + name if _LOCAL + name in self.tips else None

    def remote(self, name: str) -> str | None:
        likely = (f"{_REMOTE}origin/{name}", _REMOTE + name)
        others = (
            ref
            for ref in self.tips
            if ref.startswith(_REMOTE) and ref.removeprefix(_REMOTE).partition("/")[2] == name
        )
        return next((ref for ref in (*likely, *others) if ref in self.tips), None)

    def find(self, name: str) -> str | None:
        return self.local(name) or self.remote(name)


def start_documents(
    git: Git, project: Project, folders: Sequence[str]
) -> Callable[[], GitFacts | None]:
    wait = _status(git, _files_in(folders), _IGNORED_TOO, what="which documents are changed")
    return _then(wait, lambda answer: parse_status(answer, prefix(project)))


def work(
    project: Project, documents: Sequence[str], since: str | None, seconds: float
) -> Work | None:
    """None where git doesn't tell; the commits alone where it had no time for a large tree."""
    if project.git_top is None:
        return None
    git = Git(project.root, seconds)
    commits_asked = _start_commits(git, project, since) if since else None
    tree = start_tree(git, project, documents, datetime.now(UTC))()
    commits = commits_asked() if commits_asked else ()
    if commits is None or (tree is None and since is None):
        return None
    return Work(commits, tree.changed if tree else {})


def commits_since(project: Project, since: str, seconds: float) -> tuple[Commit, ...] | None:
    return _start_commits(Git(project.root, seconds), project, since)()


def _start_commits(
    git: Git, project: Project, since: str
) -> Callable[[], tuple[Commit, ...] | None]:
    wait = git.start("log", *_LOG, f"--max-count={_MOST_WORK}", f"{since}..HEAD", "--")
    return _then(wait, lambda log: tuple(parse_commits(log, prefix(project))))


def start_tree(
    git: Git, project: Project, documents: Sequence[str], now: datetime
) -> Callable[[], Tree | None]:
    others = [f":(exclude,top,literal){prefix(project)}{path}" for path in documents if path]
    wait = _status(git, [".", *others], _UNTRACKED_TOO, what=CHANGED_FILES, share=0.5)

    def parse(answer: bytes) -> Tree:
        paths = sorted(parse_status(answer, prefix(project)).changed or ())
        times = {path: written(os.path.join(project.root, path)) for path in paths[:_MOST_CHANGED]}
        there = {path: when for path, when in times.items() if when is not None}
        return Tree(there, now, len(paths) <= _MOST_CHANGED)

    return _then(wait, parse)


def written(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # deleted
        return None


def start_history(git: Git, project: Project, tip: str, what: str) -> Callable[[], History | None]:
    wait = git.start_log(*_LOG, f"--max-count={MOST_COMMITS}", tip, "--", what=what, share=0.7)
    return _then(wait, lambda answer: _history(*answer, project))


def _history(log: bytes, is_whole: bool, project: Project) -> History | None:
    commits = tuple(parse_commits(log, prefix(project)))
    if not is_whole:
        commits = commits[:-1]  # the last one may lack some of its files
        if not commits:
            return None
    known = _without_boundary(commits, project)
    return History(known, is_whole and len(commits) < MOST_COMMITS and known == commits)


def _without_boundary(commits: Iterable[Commit], project: Project) -> tuple[Commit, ...]:
    """Forget the files of a shallow clone's last commits: git shows all that there are."""
    boundary = shallow(project)
    return tuple(
        one._replace(paths=frozenset(), deleted=frozenset(), is_outside=True)
        if one.id in boundary
        else one
        for one in commits
    )


def shallow(project: Project) -> frozenset[str]:
    """Return the commits at which a shallow clone ends (gitrepository-layout(5), "shallow")."""
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
    wait = git.start("for-each-ref", f"--format={_REF}", _LOCAL, _REMOTE, what="the branches")
    return _then(wait, parse_refs)


def existing(git: Git, ids: Iterable[str]) -> dict[str, str | None]:
    """Return whole ids; None for no such commit, nothing for what may be several."""
    ids = list(ids)
    questions = "".join(f"{one}^{{commit}}\n" for one in ids)
    answer = git.ask(
        "cat-file", "--batch-check=%(objectname)", stdin=questions.encode(), what="commit ids"
    )
    found: dict[str, str | None] = {}
    for one, line in zip(ids, os.fsdecode(answer or b"").splitlines(), strict=False):
        whole, _, trouble = line.partition(" ")
        if trouble in ("", "missing"):
            found[one] = whole if whole.startswith(one) and not trouble else None
    return found


def branches_with(git: Git, commit: str, most: int = 3) -> tuple[str, ...] | None:
    answer = git.ask(
        "for-each-ref", f"--contains={commit}", f"--count={most}", "--format=%(refname:short)",
        _LOCAL, _REMOTE, what="which branches hold a commit",
    )  # fmt: skip
    return None if answer is None else tuple(os.fsdecode(answer).split("\n")[:-1])


def paths_at(git: Git, commit: str) -> list[str] | None:
    answer = git.ask(
        "ls-tree", "-r", "-z", "--name-only", commit, what="which paths there were", share=0.5
    )
    return None if answer is None else parse_paths(answer)


def renames(git: Git, project: Project, commit: str) -> dict[str, str]:
    answer = git.ask(
        "diff-tree", "-r", "-z", "--no-commit-id", "--name-status", f"-l{_RENAME_LIMIT}", "-M",
        "--diff-filter=R", "--no-ext-diff", "--no-textconv", commit, "--",
        what="where files were moved to",
    )  # fmt: skip
    return parse_renames(answer or b"", prefix(project))


def is_ignored(project: Project, path: str, seconds: float = 2) -> bool | None:
    if project.git_top is None:
        return None
    return Git(project.root, seconds).is_true("check-ignore", "--quiet", "--", path)


def start_naming(git: Git, name: str) -> Callable[[], tuple[str, ...] | None]:
    """Ask where tracked files name something: "docs/x.md:3"; None where git doesn't tell."""
    wait = git.start(
        "grep", "-zInF", "--full-name", "-e", name, "--", ":/", what=f"what names {name}"
    )

    def found() -> tuple[str, ...] | None:
        answer = wait()
        if answer is None:  # 1 for nothing found
            return () if not git.unanswered and git.refusal() is None else None
        lines = (line.split("\0") for line in os.fsdecode(answer).splitlines())
        return tuple(f"{parts[0]}:{parts[1]}" for parts in lines if len(parts) > 1)

    return found


def documents(git: Git, *patterns: str) -> tuple[str, ...]:
    """Return the files that git doesn't ignore and that fit one of some patterns.

    Relative to the project.
    """
    answer = git.ask("ls-files", "-z", "-co", "--exclude-standard", "--", *patterns)
    return tuple(os.fsdecode(answer or b"").split("\0")[:-1])


def index_entries(git: Git, path: str) -> str:
    """Return what git's index holds of a path, as ``set_index`` takes it; "" for nothing."""
    answer = git.ask("ls-files", "--stage", "-z", "--full-name", "--", f":(literal){path}")
    return os.fsdecode(answer or b"")


def set_index(git: Git, path: str, entries: str) -> bool:
    """Have git's index hold that of a path, "" for nothing; False where git refuses."""
    none = f"0 {'0' * 40}\t{path}\0"
    data = os.fsencode(none + entries)
    return git.ask("update-index", "-z", "--index-info", stdin=data) is not None


def move(git: Git, old: str, new: str) -> bool:
    """Rename a tracked file, staged; False where git refuses."""
    return git.is_true("mv", "--", old, new) is True


def restore_in_index(git: Git, path: str) -> bool:
    """Take back that a file's deletion was staged; False where git refuses."""
    return git.is_true("reset", "--quiet", "--", f":(literal){path}") is True


def escaped(path: str) -> str:
    """Return a path as a pattern that fits itself alone (gitglossary(7), "pathspec")."""
    return re.sub(r"([*?[\\])", r"\\\1", path)


def prefix(project: Project) -> str:
    """Return what leads from the top of the working tree to the project, with a slash."""
    way = os.path.relpath(project.root, project.git_top or project.root).replace(os.sep, "/")
    return "" if way == "." else f"{way}/"


def short(ref: str) -> str:
    return ref.removeprefix(_LOCAL).removeprefix(_REMOTE)


def _then(wait: Callable[[], _T | None], parse: Callable[[_T], _U]) -> Callable[[], _U | None]:

    def found() -> _U | None:
        answer = wait()
        return None if answer is None else parse(answer)

    return found


def _status(
    git: Git, files: Sequence[str], which: tuple[str, str], what: str, share: float = 1
) -> Callable[[], bytes | None]:
    return git.start_status(
        "--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--ignore-submodules=all",
        "--no-renames", *which, "--", *files, what=what, share=share,
    )  # fmt: skip


def _files_in(folders: Sequence[str]) -> list[str]:
    # Below "docs" there may be thousands more; a folder of a session's own begins with its date.
    patterns: list[str] = []
    for folder in folders:
        name = escaped(folder)
        inside = (f":(glob){name}/*", f":(glob){name}/[0-9]*/*.md")
        patterns += inside if folder else (":(glob)*.md",)
    return patterns


# --- what it prints ------------------------------------------------------------------------------


def parse_status(answer: bytes, prefix: str) -> GitFacts:
    """Parse ``git status --porcelain=v2 --branch -z`` (git-status(1))."""
    branch = None
    is_unborn = False
    paths: dict[str, str] = {}
    for line in os.fsdecode(answer).split("\0"):
        kind, _, rest = line.partition(" ")
        if line == "# branch.oid (initial)":
            is_unborn = True
        elif line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
            branch = None if head == "(detached)" else head
        elif kind in _FIELDS_BEFORE_PATH:
            paths[rest.split(" ", _FIELDS_BEFORE_PATH[kind])[-1].removeprefix(prefix)] = kind
    return GitFacts(
        branch,
        frozenset(paths),
        frozenset(path for path, kind in paths.items() if kind == _IGNORED),
        untracked=frozenset(path for path, kind in paths.items() if kind in _UNTRACKED + _IGNORED),
        is_unborn=is_unborn,
    )


def parse_commits(answer: bytes, prefix: str = "") -> Iterator[Commit]:
    """A commit is an empty field, its own, and two a file: what became of it, and its path."""
    text = answer.decode("utf-8", "surrogateescape")
    for fields in text.removeprefix("\0").split("\0\0"):
        own, *files = fields.split("\0")
        commit = _commit(own)
        if commit is None:
            continue
        kinds, paths = files[::2], files[1::2]
        inside = {
            path.removeprefix(prefix): kind.lstrip("\n")[:1]
            for kind, path in zip(kinds, paths, strict=False)
            if path.startswith(prefix)
        }
        yield commit._replace(
            paths=frozenset(inside),
            deleted=frozenset(path for path, kind in inside.items() if kind == "D"),
            added=frozenset(path for path, kind in inside.items() if kind == "A"),
            is_outside=len(inside) < len(paths),
        )


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
    """Parse a time; of one that no clock shows, which makes no commit less of one, the nearest."""
    try:
        return datetime.fromtimestamp(max(0, min(int(seconds), _LATEST)), UTC)
    except ValueError:
        return None


def parse_refs(answer: bytes) -> Refs:
    tips: dict[str, str] = {}
    default = None
    for line in answer.decode("utf-8", "surrogateescape").split("\n"):
        parts = line.split("\0")
        if len(parts) != 3:
            continue
        ref, commit, target = parts
        if target:
            if ref == f"{_REMOTE}origin/HEAD":
                default = target.removeprefix(f"{_REMOTE}origin/")
        else:
            tips[ref] = commit
    names = [default] if default else ["main", "master"]
    there = (n for n in names if tips.keys() & {_LOCAL + n, f"{_REMOTE}origin/{n}"})
    return Refs(tips, next(there, None))


def parse_renames(answer: bytes, prefix: str) -> dict[str, str]:
    moved: dict[str, str] = {}
    fields = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    for field in fields:
        if field.startswith("R"):
            old, new = next(fields, ""), next(fields, "")
            if old.startswith(prefix):
                moved[old.removeprefix(prefix)] = new.removeprefix(prefix)
    return moved


def parse_paths(answer: bytes) -> list[str]:
    return [path for path in answer.decode("utf-8", "surrogateescape").split("\0") if path]
