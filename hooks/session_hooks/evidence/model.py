"""Values for what git and the disk say."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.documents.model import Document, Step
from session_hooks.project.project import Project, absolute
from session_hooks.util.lazy import Value
from session_hooks.util.stamps import Stamp

MAX_AGE = timedelta(days=30)
MAX_COMMITS = 50
NEAR = timedelta(days=7)  # that a document's own date may lie before its first commit


class GitFacts(Value):
    """What git knows at one moment; None where it doesn't tell."""

    branch: str | None = None
    changed: frozenset[str] | None = None  # untracked too; a checkout sets the times of the others
    ignored: frozenset[str] | None = None
    committed: Mapping[str, datetime] | None = None  # by document: of its last commit
    untracked: frozenset[str] | None = None  # or ignored
    is_unborn: bool = False
    evidence: Mapping[str, "Evidence"] = {}  # by document
    tree: "Tree | None" = None
    branches: Mapping[str, "Branch"] = {}  # that documents name, or other worktrees have
    beyond: tuple["Elsewhere", ...] = ()  # active, on other branches, without bodies
    left_out: tuple[str, ...] = ()  # for lack of time, each in a few words
    seconds: float = 0  # that git had, where something is left out
    asked: datetime | None = None  # when that was
    added: Mapping[str, datetime] = {}  # by document: of its first commit, if dates decide anything
    before: Mapping[str, datetime] = {}  # by document: of its last commit but one, if it had it
    refusal: str | None = None  # why git tells nothing of the repository

    @property
    def is_silent(self) -> bool:
        """Whether there is a repository, and git tells nothing of it."""
        return self.changed is None and bool(self.left_out or self.refusal)

    def is_tracked(self, path: str) -> bool | None:
        return None if self.untracked is None else path not in self.untracked

    def has_own_time(self, path: str) -> bool:
        """Tell whether a file's modification time says when somebody wrote it."""
        return self.changed is None or path in self.changed


class Work(Value):
    commits: tuple["Commit", ...] = ()
    changed: Mapping[str, datetime] = {}  # when such a file was last written


class Commit(Value):
    when: datetime
    paths: frozenset[str]
    id: str = ""
    subject: str = ""
    author: str = ""
    parents: tuple[str, ...] = ()
    deleted: frozenset[str] = frozenset()
    is_outside: bool = False  # it touched files outside the project too
    authored: datetime | None = None  # a rebase makes a commit anew
    added: frozenset[str] = frozenset()


class History(Value):
    """The newest commits that a branch holds, the newest first."""

    commits: tuple[Commit, ...]
    is_all: bool = True  # none older, and none lacking in a shallow clone

    @property
    def tip(self) -> str:
        return self.commits[0].id if self.commits else ""


class Elsewhere(Value):
    document: Document  # its path is relative to the project there
    ref: str  # "worktree ../shop-hotfix (hotfix/login)", "feat/x", "origin/feat/x"
    blob: str | None = None  # on a branch: git's id of its text
    root: str | None = None  # in a worktree: the project's folder there, absolute

    @property
    def file(self) -> str | None:
        return self.root and absolute(self.root, self.document.path)


class Worktrees(Value):
    documents: tuple[Elsewhere, ...] = ()
    stamps: tuple[tuple[str, Stamp | None], ...] = ()  # of what tells which there are, too
    is_all: bool = True


class Tree(Value):
    """The changed and untracked files of the working tree, without the documents, at a moment."""

    changed: Mapping[str, datetime]  # when such a file was last written
    recorded: datetime
    is_all: bool = True


class Evidence(Value):
    written: datetime | None = None  # as far as git, its dates and the disk tell
    since: "Since | None" = None
    branch: "Branch | None" = None
    paths: tuple["NamedPath", ...] = ()
    commits: tuple["NamedCommit", ...] = ()
    ticks: tuple["Tick", ...] = ()  # of next steps that may be done already
    is_off_disk: bool = False  # paths were looked for on its own branch, not checked out
    unknown: str | None = None  # why nothing is known of the commits since
    changed_by: str | None = None  # who committed its last change, where that is somebody else


class Since(Value):
    """The commits since a document's last change, but for those that only touch documents."""

    number: int
    is_all: bool = True
    newest: tuple[Commit, ...] = ()
    by_others: int = 0  # not by the person that git commits as here


class Merged(Value):
    into: str
    how: str  # "merge", "fast-forward", "squash" or "rebase"
    commit: str | None = None
    when: datetime | None = None
    earliest: datetime | None = None  # when the last of them was made, where ``when`` isn't known


class Kind(Enum):
    FILE = "file"  # one that it names is there, and was not when the document was written
    GONE = "gone"  # one that it is to remove is there no more
    COMMIT = "commit"  # one since then names what it names
    BOX = "box"  # the same words are ticked elsewhere in the document


class Tick(Value):
    step: Step
    kind: Kind
    what: str  # the file, the words of the commit, or the ticked box's line
    commit: Commit | None = None


class Branch(Value):
    name: str
    exists: bool  # also on a remote, or checked out before its first commit
    was_here: bool = False  # it was checked out here once, and does not exist
    remote: str | None = None  # the remote-tracking branch, where there is no local one
    is_default: bool = False
    merged: Merged | None = None
    upstream: str | None = None
    ahead: int = 0
    behind: int = 0
    is_upstream_gone: bool = False


class NamedPath(Value):
    """A path that a document names, relative to the project."""

    path: str
    line: int
    is_there: bool
    was_there: bool | None = None  # when the document was last changed; None where git doesn't tell
    moved_to: str | None = None
    has_changed: bool = False  # since then, or now


class NamedCommit(Value):
    id: str
    line: int
    exists: bool | None  # None where git doesn't tell, as in a shallow clone
    on: tuple[str, ...] = ()  # branches that hold it, the checked-out one first


class View(Value):
    now: datetime
    facts: GitFacts
    max_age: timedelta | None = MAX_AGE  # since its last activity; None for never
    max_commits: int | None = MAX_COMMITS  # since its last change; None for never
    told: tuple[str, ...] = ()
    """Documents that this conversation was told, what led at its start first: its work belongs into
    these, and what it committed since doesn't put them aside."""

    def evidence(self, document: Document) -> Evidence:
        return self.facts.evidence.get(document.path, Evidence())


class Judge(Value):
    """How documents are ranked and judged: evidence is gathered of the first, until it is told."""

    order: Callable[[Iterable[Document], View], tuple[Document, ...]]  # the most important first
    written: Callable[[Document, GitFacts, datetime], datetime | None]
    is_done: Callable[[Document, View], bool]
    is_active: Callable[[Elsewhere, View], bool]


class Asked(Value):
    project: Project
    documents: tuple[Document, ...]
    folders: tuple[str, ...]
    places: tuple[str, ...]  # that tell of the work, and are none of it
    in_branches: Mapping[str, tuple[str, ...]] | None  # places by format; None: not read
    view: View
    judge: Judge
    judged: int | None = None  # of how many documents evidence is gathered; None for all
    detailed: int | None = None  # of how many of them paths and commits are looked into
    taken: frozenset[str] = frozenset()  # from this tree, or in another: their times hold

    @property
    def now(self) -> datetime:
        return self.view.now

    def ranked(self, facts: GitFacts) -> "Asked":
        """Order them by git's facts: without these a checkout's times count."""
        view = self.view._replace(facts=facts)
        return self._replace(documents=self.judge.order(self.documents, view), view=view)
