"""What git is asked about a repository, and the repository as far as it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from session_hooks.documents.config import Config
from session_hooks.documents.formats import session
from session_hooks.documents.locations import NEXT_SESSION, parts
from session_hooks.documents.model import Document, Scan, Status
from session_hooks.documents.registry import FORMATS, LEFT_BEHIND
from session_hooks.evidence.model import Commit, Elsewhere, GitFacts, History
from session_hooks.project.project import CONFIG, Project
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from session_hooks.evidence.git import Git
    from session_hooks.evidence.model import View
    from session_hooks.evidence.queries import Refs

_ALWAYS = (session.NAME, *LEFT_BEHIND)
"""The formats whose folders git is asked about, be there a document or not."""
_BESIDE = (NEXT_SESSION, CONFIG, ".claude/settings.json", ".claude/settings.local.json")
"""Files that no work is done in, even where the project doesn't have them read."""


class Judge(Value):
    """How documents are ranked and judged: evidence is gathered of the first, until it is told."""

    order: Callable[[Iterable[Document], View], tuple[Document, ...]]
    """Puts the most important first."""
    written: Callable[[Document, GitFacts, datetime], datetime | None]
    """Tells when somebody last wrote a document."""
    is_done: Callable[[Document, View], bool]
    is_active: Callable[[Elsewhere, View], bool]


class Asked(Value):
    """What evidence is gathered for."""

    project: Project
    documents: tuple[Document, ...]
    folders: tuple[str, ...]
    """Where documents lie."""
    places: tuple[str, ...]
    """The folders and files that tell of the work, and are none of it."""
    in_branches: Mapping[str, tuple[str, ...]] | None
    """By format: where documents lie on other branches; None where these are not read."""
    since: datetime
    """How far back a document's last commit is looked for."""
    view: View
    judge: Judge
    judged: int | None = None
    """Of how many documents evidence is gathered; None for all."""
    detailed: int | None = None
    """Of how many of them the paths and commits are looked into; None for all."""
    marks: Mapping[str, str] = MappingProxyType({})
    """By a document's path what tells its file from before; none outside git."""
    taken: frozenset[str] = frozenset()
    """Documents that were taken from the working tree, or lie in another: the times that they were
    written hold."""
    alone: str | None = None
    """The document of which alone evidence is gathered; None for the first ones."""

    @property
    def to_judge(self) -> tuple[Document, ...]:
        """The documents of which evidence is gathered."""
        if self.alone is None:
            return self.documents[: self.judged]
        return tuple(one for one in self.documents if one.path == self.alone)

    @property
    def now(self) -> datetime:
        """The moment that all of it is about."""
        return self.view.now

    def ranked(self, facts: GitFacts) -> Asked:
        """Return the same in the order that git's facts give the documents.

        Without them a checkout's times count, and the document that will lead may be anywhere.
        """
        view = self.view._replace(facts=facts)
        return self._replace(documents=self.judge.order(self.documents, view), view=view)


def asked(
    project: Project,
    settings: Config,
    found: Scan,
    view: View,
    judge: Judge,
    *,
    limits: tuple[int | None, int] | None = None,
) -> Asked:
    """Return what git is to be asked about documents, the most important first.

    ``limits`` says about how many of them, and of how many in every detail; None for all.
    """
    judged, detailed = limits or (None, None)
    documents = judge.order(found.documents, view)
    return Asked(
        project,
        documents,
        _folders(settings, found),
        document_places(settings, found),
        settings.places if settings.branches else None,
        settings.since(view.now),
        view,
        judge,
        judged,
        detailed,
        {one.path: _mark(one, view.now) for one in documents} if project.git_top else {},
        # Git looks behind no link.
        frozenset(
            document.path
            for folder in found.linked
            for document in documents
            if document.path.startswith(f"{folder}/")
        ),
    )


def _mark(document: Document, now: datetime) -> str:
    """Return what tells a document's file from before, a date that was in the future included."""
    later: tuple[bool, ...] = ()
    # Those of a completed document decide nothing, and would be read from each.
    if document.status is not Status.COMPLETED:
        dates = (document.updated, document.created, document.modified)
        later = tuple(date is not None and date > now for date in dates)
    return f"{document.path}\0{document.digest}\0{document.modified.timestamp()}\0{later}"


def _folders(settings: Config, found: Scan) -> tuple[str, ...]:
    """Return the folders that git is asked about: it holds each file against each of them."""
    known, places = settings.all_folders, settings.places
    always = {parts(place)[0] for form in _ALWAYS for place in places.get(form, ())}
    others = (one.path for one in found.documents if one.format != session.NAME)
    holding = set()
    for folder in {path.rpartition("/")[0] for path in others}:
        above, _, own = folder.rpartition("/")
        is_own = own[:1].isdigit() and above in known  # one document's, which begins with its date
        holding.add(above if is_own else folder)
    kept = tuple(folder for folder in known if folder in always or folder in holding)
    return (*kept, *sorted(holding - {*known})) or known


def document_places(settings: Config, documents: Scan) -> tuple[str, ...]:
    """Return the folders and files that tell of the work, and are none of it.

    In the other formats' folders there may be anything: documentation, code.
    """
    places = settings.places
    all_own = (
        place for form in FORMATS if form.HAS_OWN_FOLDERS for place in places.get(form.NAME, ())
    )
    own = tuple(place for place in all_own if not place.endswith("/*"))
    # Git holds each file against each path that it is given: with ten thousand that takes a second.
    within = tuple(place if parts(place)[1] else f"{place}/" for place in own)
    paths = (document.path for document in documents.documents)
    return (*own, *_BESIDE, *(path for path in paths if not path.startswith(within)))


# --- the repository ------------------------------------------------------------------------------


class Files(Value):
    """The paths of a whole tree as one text, each between two NULs.

    A set of fifty thousand paths would take a tenth of a second for each document.
    """

    text: str

    def has(self, path: str) -> bool:
        """Tell whether a file's or a folder's path is among them."""
        return f"\0{path}\0" in self.text or f"\0{path}/" in self.text

    def ending_in(self, path: str) -> list[str]:
        """Return the paths that end in one that was written without its beginning."""
        found = [path] if f"\0{path}\0" in self.text else []
        tail = f"/{path}\0"
        at = self.text.find(tail)
        while at >= 0:
            found.append(self.text[self.text.rfind("\0", 0, at) + 1 : at + len(tail) - 1])
            at = self.text.find(tail, at + 1)
        return list(dict.fromkeys(found))


def files_of(paths: Iterable[str]) -> Files:
    """Return paths to be looked for."""
    return Files("\0".join(("", *paths, "")))


class Repository(Value):
    """The repository, as far as it was asked."""

    git: Git
    asked: Asked
    facts: GitFacts
    refs: Refs | None
    me: str | None
    """Who works here, by the name in the commits; None where that isn't known."""
    histories: dict[str, History | None]
    """By a branch's full name, or HEAD."""
    trees: dict[str, Files | None]
    ids: dict[str, str | None]
    """By a commit's id as a document has it: the whole one, None where there is no such commit."""
    is_shallow: bool
    """Whether it ends at commits whose parents it doesn't have."""
    is_sparse: bool
    """Whether not all that git holds is on the disk."""

    def is_checked_out(self, name: str) -> bool:
        """Tell whether a branch is the one that is checked out, given with its remote or not."""
        return self.facts.branch is not None and name.removeprefix("origin/") == self.facts.branch

    def stands_here(self, name: str) -> bool:
        """Tell whether the work on a branch stands at HEAD.

        It is checked out; or no branch is, and HEAD holds all of it: as in a repository of jj, or
        after ``git checkout --detach``, where commits are made beyond the branch.
        """
        if self.facts.branch is not None:
            return self.is_checked_out(name)
        ref, head = self.refs and self.refs.find(name), self.histories["HEAD"]
        if not ref or self.refs is None or head is None:
            return False
        return any(commit.id == self.refs.tips[ref] for commit in head.commits)

    def history_of(self, ref: str) -> History | None:
        """Return the commits of a branch, asked once for all that stand at the same commit."""
        from session_hooks.evidence import queries

        if ref not in self.histories:
            tip = self.refs.tips.get(ref) if self.refs else None
            known = (one for one in self.histories.values() if one is not None)
            found = next((one for one in known if one.tip == tip), None)
            self.histories[ref] = (
                found
                or queries.start_history(
                    self.git, self.asked.project, ref, f"the commits of {ref}"
                )()
            )
        return self.histories[ref]

    def files_at(self, commit: Commit) -> Files | None:
        """Return the paths that there were at a commit, asked once."""
        from session_hooks.evidence import queries

        if commit.id not in self.trees:
            paths = queries.paths_at(self.git, commit.id)
            self.trees[commit.id] = None if paths is None else files_of(paths)
        return self.trees[commit.id]
