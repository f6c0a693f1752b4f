"""The registry of document formats."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from session_hooks.documents import header
from session_hooks.documents.formats import handoff, journal, next_session, prompt, session
from session_hooks.documents.model import Body, Document
from session_hooks.documents.template import Template

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Format(Protocol):
    """What a format's module has to offer."""

    NAME: str
    IS_LEFT_BEHIND: bool
    """Whether its document is written for the next conversation alone, in a place of its own."""
    HAS_OWN_FOLDERS: bool
    """Whether nothing but its documents lies in their folders."""
    WRITTEN_WHEN: str
    """When and where one is written, as the model is told; ``{folder}`` and ``{trigger}`` stand in
    it. "" for nothing to be said."""
    TEMPLATE: Template
    """What a new document holds until somebody fills it in."""

    def is_document_name(self, name: str) -> bool:
        """Tell by its name alone whether a file in the folder is a document."""

    def read(self, path: str, text: str, modified: datetime) -> Document:
        """Read a document's head from its text; never raises."""

    def is_template(self, document: Document) -> bool:
        """Tell whether the document is a template that nobody filled in."""


FORMATS: tuple[Format, ...] = (session, next_session, handoff, journal, prompt)
LEFT_BEHIND = tuple(form.NAME for form in FORMATS if form.IS_LEFT_BEHIND)
"""The formats whose documents are left behind for the next conversation."""
HANDED_OVER = tuple(form.NAME for form in FORMATS if form.TEMPLATE.hands_over)
"""The formats of which all is for the next conversation."""
_BY_NAME = {form.NAME: form for form in FORMATS}


def named(name: str) -> Format:
    """Return the format of that name; raises KeyError where there is none."""
    return _BY_NAME[name]


def of_text(form: Format, text: str) -> Format:
    """Return the format that a text in ``form``'s place is in.

    A text that opens as a handoff prompt is one wherever it lies (004, "Header"); another one in
    the place of a prompt is a handoff.
    """
    if prompt.opens(text):
        return _BY_NAME[prompt.NAME]
    return _BY_NAME[handoff.NAME] if form.NAME == prompt.NAME else form


def is_template(document: Document) -> bool:
    """Tell whether nobody has filled a document in yet, as its own format says."""
    return _BY_NAME[document.format].is_template(document)


@lru_cache(maxsize=8)
def read_body(document: Document) -> Body:
    """Read a document's body; what only the template says is taken as missing. Never raises.

    The one that leads is read for its steps' evidence, its verdict and its report: once, for that
    takes 5 ms.
    """
    return header.read_body(document, _BY_NAME[document.format].TEMPLATE)
