"""What git is asked about a project's documents. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from session_hooks.activity import View
from session_hooks.basis import state
from session_hooks.config import Config
from session_hooks.document import Document
from session_hooks.facts import GitFacts, Scan
from session_hooks.formats import FORMATS, LEFT_BEHIND, next_session, session
from session_hooks.locations import parts
from session_hooks.project import Project
from session_hooks.ranking import candidates
from session_hooks.roots import CONFIG
from session_hooks.values import Value

_ALWAYS = (session.NAME, *LEFT_BEHIND)
"""The formats whose folders git is asked about, be there a document or not."""
_BESIDE = (next_session.FILE, CONFIG, ".claude/settings.json", ".claude/settings.local.json")
"""Files that no work is done in, even where the project doesn't have them read."""


class Asked(Value):
    """What evidence is gathered for."""

    project: Project
    documents: tuple[Document, ...]
    """The most important first."""
    folders: tuple[str, ...]
    """Where documents lie."""
    places: tuple[str, ...]
    """The folders and files that tell of the work, and are none of it."""
    in_branches: Mapping[str, tuple[str, ...]] | None
    """By format: where documents lie on other branches; None where these are not read."""
    since: datetime
    """How far back a document's last commit is looked for."""
    view: View
    """What the documents are ranked by."""
    judged: int | None = None
    """Of how many documents evidence is gathered; None for all."""
    detailed: int | None = None
    """Of how many of them the paths and commits are looked into; None for all."""
    marks: Mapping[str, str] = MappingProxyType({})
    """By a document's path what tells its file from before; of those alone that were there at
    first, and none outside git."""
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

    def ranked(self, facts: GitFacts) -> "Asked":
        """Return the same in the order that git's facts give the documents.

        Without them a checkout's times count, and the document that will lead may be anywhere.
        """
        view = self.view._replace(facts=facts)
        return self._replace(documents=_ranked(self.documents, view), view=view)


def asked(
    project: Project,
    settings: Config,
    found: Scan,
    view: View,
    limits: tuple[int | None, int] | None = None,
) -> Asked:
    """Return what git is to be asked about documents, the most important first.

    ``limits`` says about how many of them, None for all, and of how many in every detail; without
    it of all.
    """
    judged, detailed = limits or (None, None)
    documents = _ranked(found.documents, view)
    return Asked(
        project,
        documents,
        _folders(settings, found),
        document_places(settings, found),
        settings.places if settings.branches else None,
        settings.since(view.now),
        view,
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
    said, written, later = state(document, now)
    return f"{document.path}\0{said}\0{written}\0{later}"


def _ranked(documents: Iterable[Document], view: View) -> tuple[Document, ...]:
    documents = tuple(documents)
    first = [entry.document for entry in candidates(documents, view)]
    paths = {document.path for document in first}
    return (*first, *(document for document in documents if document.path not in paths))


def _folders(settings: Config, found: Scan) -> tuple[str, ...]:
    """Return the folders that git is asked about: it holds each file against each of them."""
    known, places = settings.all_folders, settings.places
    always = {parts(place)[0] for form in _ALWAYS for place in places.get(form, ())}
    others = (one.path for one in found.documents if one.format != session.NAME)
    holding = {_above_its_own(folder, known) for folder in {p.rpartition("/")[0] for p in others}}
    kept = tuple(folder for folder in known if folder in always or folder in holding)
    return (*kept, *sorted(holding - {*known})) or known


def _above_its_own(folder: str, known: tuple[str, ...]) -> str:
    """Return where documents lie that have a folder of their own, which begins with its date."""
    above, _, own = folder.rpartition("/")
    return above if own[:1].isdigit() and above in known else folder


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
