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
NEAR = timedelta(days=7)
"""How long before it was first committed a document's own date may be, and still be believed."""


class GitFacts(Value):
    """What git knows at one moment; None where it doesn't tell.

    ``branch`` is None with a detached HEAD, too.
    """

    branch: str | None = None
    changed: frozenset[str] | None = None
    """Documents that are untracked, ignored or changed. Only their times mean anything: a clone or
    a checkout sets everybody else's to now."""
    ignored: frozenset[str] | None = None
    committed: Mapping[str, datetime] | None = None
    """By a document: when the last commit that touched it was made, as far back as was asked."""
    untracked: frozenset[str] | None = None
    """Ignored ones included."""
    is_unborn: bool = False
    evidence: Mapping[str, "Evidence"] = {}
    """By a document."""
    tree: "Tree | None" = None
    branches: Mapping[str, "Branch"] = {}
    """Those that documents name, or that other worktrees have checked out."""
    beyond: tuple["Elsewhere", ...] = ()
    """Active documents on other branches, without their bodies, where the project has them read."""
    left_out: tuple[str, ...] = ()
    """What was not looked into for lack of time, each in a few words."""
    seconds: float = 0
    """How long git had for answering, where something is left out."""
    asked: datetime | None = None
    """And when that was."""
    added: Mapping[str, datetime] = {}
    """By a document: when the first commit that held it was made, whatever it was called there; of
    those alone whose dates decide anything."""
    before: Mapping[str, datetime] = {}
    """By a document: when the last commit but one wrote it, where the last one did not add it."""
    refusal: str | None = None
    """Why git tells nothing of the repository; None where it does, or had no time."""

    @property
    def is_silent(self) -> bool:
        """Whether there is a repository, and git tells nothing of it."""
        return self.changed is None and bool(self.left_out or self.refusal)

    def is_tracked(self, path: str) -> bool | None:
        """Tell whether git tracks a document."""
        return None if self.untracked is None else path not in self.untracked

    def has_own_time(self, path: str) -> bool:
        """Tell whether a file's modification time says when somebody wrote it."""
        return self.changed is None or path in self.changed


class Work(Value):
    """What happened in a working tree since some commit, the newest commits first."""

    commits: tuple["Commit", ...] = ()
    changed: Mapping[str, datetime] = {}
    """By path, relative to the project: when a changed or untracked file was last written."""


class Commit(Value):
    """A commit: when it was made, and the files of the project that it touched."""

    when: datetime
    paths: frozenset[str]
    id: str = ""
    subject: str = ""
    author: str = ""
    parents: tuple[str, ...] = ()
    deleted: frozenset[str] = frozenset()
    is_outside: bool = False
    """Whether it touched files outside the project too."""
    authored: datetime | None = None
    """When it was written; a rebase makes it anew."""
    added: frozenset[str] = frozenset()


class History(Value):
    """The newest commits that a branch holds, the newest first."""

    commits: tuple[Commit, ...]
    is_all: bool = True
    """False where there are older ones, or a shallow clone lacks some."""

    @property
    def tip(self) -> str:
        """The newest commit's id; "" where nothing is committed."""
        return self.commits[0].id if self.commits else ""


class Elsewhere(Value):
    """A document that lies in another worktree or on another branch."""

    document: Document
    """Its path is relative to the project there."""
    ref: str
    """Where: "worktree ../shop-hotfix (hotfix/login)", "feat/x", "origin/feat/x"."""
    blob: str | None = None
    """On a branch: git's id of its text."""
    root: str | None = None
    """In a worktree: the project's folder there, absolute."""

    @property
    def file(self) -> str | None:
        """Its file in a worktree, absolute."""
        return self.root and absolute(self.root, self.document.path)


class Worktrees(Value):
    """What lies in a repository's other worktrees."""

    documents: tuple[Elsewhere, ...] = ()
    stamps: tuple[tuple[str, Stamp | None], ...] = ()
    """As of a ``Scan``; of what tells which worktrees there are, too."""
    is_all: bool = True


class Tree(Value):
    """The changed and untracked files of the working tree, without the documents, at a moment."""

    changed: Mapping[str, datetime]
    """By path, relative to the project: when such a file was last written."""
    recorded: datetime
    is_all: bool = True


class Evidence(Value):
    """What git and the disk know of what one document claims."""

    written: datetime | None = None
    """When the document was last changed, as far as git, its dates and the disk tell."""
    since: "Since | None" = None
    branch: "Branch | None" = None
    paths: tuple["NamedPath", ...] = ()
    commits: tuple["NamedCommit", ...] = ()
    ticks: tuple["Tick", ...] = ()
    """Which of its next steps may be done already."""
    is_off_disk: bool = False
    """Whether its paths were looked for on its own branch, which is not checked out."""
    unknown: str | None = None
    """Why nothing is known of the commits since, in a few words."""


class Since(Value):
    """The commits since a document's last change, but for those that only touch documents."""

    number: int
    is_all: bool = True
    newest: tuple[Commit, ...] = ()
    by_others: int = 0
    """How many of them somebody else made than the person that git commits as here."""


class Merged(Value):
    """How the commits of a branch came into another one."""

    into: str
    how: str
    """"merge", "fast-forward", "squash" or "rebase"."""
    commit: str | None = None
    when: datetime | None = None
    earliest: datetime | None = None
    """When the last of them was made, where ``when`` isn't known."""


class Kind(Enum):
    """What shows that a step may be done."""

    FILE = "file"
    """A file that it names is there, and wasn't when the document was written."""
    GONE = "gone"
    """A file that it is to remove is not there any more."""
    COMMIT = "commit"
    """A commit since then names what it names."""
    BOX = "box"
    """The same words are ticked elsewhere in the document."""


class Tick(Value):
    """One thing that shows that a step may be done."""

    step: Step
    kind: Kind
    what: str
    """The file, the words that the commit shares with the step, or the ticked box's line."""
    commit: Commit | None = None


class Branch(Value):
    """A branch that a document names."""

    name: str
    exists: bool
    """Here, or as a remote-tracking branch; one that is checked out before its first commit too."""
    was_here: bool = False
    """Whether a branch that doesn't exist was checked out here once."""
    remote: str | None = None
    """The remote-tracking branch, where there is no local one."""
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
    was_there: bool | None = None
    """Whether it was when the document was last changed; None where git doesn't tell."""
    moved_to: str | None = None
    has_changed: bool = False
    """Whether a commit since then touched it, or it is changed now."""


class NamedCommit(Value):
    """A commit id that a document names."""

    id: str
    line: int
    exists: bool | None
    """None where git doesn't tell: in a shallow clone it may be elsewhere."""
    on: tuple[str, ...] = ()
    """Branches that hold it, the checked-out one first."""


class View(Value):
    """What documents are judged against."""

    now: datetime
    facts: GitFacts
    max_age: timedelta | None = MAX_AGE
    """Since its last activity; None for never."""
    max_commits: int | None = MAX_COMMITS
    """From how many commits on since its last change it is stale; None for never."""
    told: frozenset[str] = frozenset()
    """Documents that this conversation was told: what it committed since doesn't put them aside."""

    def evidence(self, document: Document) -> Evidence:
        """Return a document's evidence, none where there is none."""
        return self.facts.evidence.get(document.path, Evidence())


class Judge(Value):
    """How documents are ranked and judged: evidence is gathered of the first, until it is told."""

    order: Callable[[Iterable[Document], View], tuple[Document, ...]]
    """Puts the most important first."""
    written: Callable[[Document, GitFacts, datetime], datetime | None]
    is_done: Callable[[Document, View], bool]
    is_active: Callable[[Elsewhere, View], bool]


class Asked(Value):
    """What evidence is gathered for."""

    project: Project
    documents: tuple[Document, ...]
    folders: tuple[str, ...]
    places: tuple[str, ...]
    """The folders and files that tell of the work, and are none of it."""
    in_branches: Mapping[str, tuple[str, ...]] | None
    """By format: where documents lie on other branches; None where these are not read."""
    view: View
    judge: Judge
    judged: int | None = None
    """Of how many documents evidence is gathered; None for all."""
    detailed: int | None = None
    """Of how many of them the paths and commits are looked into; None for all."""
    taken: frozenset[str] = frozenset()
    """Documents that were taken from the working tree, or lie in another: the times that they were
    written hold."""

    @property
    def now(self) -> datetime:
        """The moment that all of it is about."""
        return self.view.now

    def ranked(self, facts: GitFacts) -> "Asked":
        """Return the same in the order that git's facts give the documents.

        Without them a checkout's times count, and the document that will lead may be anywhere.
        """
        view = self.view._replace(facts=facts)
        return self._replace(documents=self.judge.order(self.documents, view), view=view)
