"""What git is asked about a project's documents. Pure."""

from session_hooks.activity import View
from session_hooks.config import Config
from session_hooks.evidence import Asked
from session_hooks.facts import Scan
from session_hooks.formats import handoff, session
from session_hooks.project import Project
from session_hooks.ranking import candidates

_OWN_FOLDERS = (session.NAME, handoff.NAME)


def asked(
    project: Project,
    settings: Config,
    found: Scan,
    view: View,
    limits: tuple[int, int] | None = None,
) -> Asked:
    """Return what git is to be asked about documents, the most important first.

    ``limits`` says about how many of them, and of how many in every detail; None is no limit.
    """
    ranked = [entry.document for entry in candidates(found.documents, view)]
    paths = {document.path for document in ranked}
    judged, detailed = limits or (None, None)
    return Asked(
        project,
        (*ranked, *(document for document in found.documents if document.path not in paths)),
        settings.all_folders,
        document_places(settings, found),
        settings.since(view.now),
        view.now,
        judged,
        detailed,
    )


def document_places(settings: Config, documents: Scan) -> tuple[str, ...]:
    """Return the folders and files that tell of the work, and are none of it.

    In the other formats' folders there may be anything: documentation, code.
    """
    places = settings.places
    own = (folder for name in _OWN_FOLDERS for folder in places.get(name, ()))
    return (*own, *(document.path for document in documents.documents))
