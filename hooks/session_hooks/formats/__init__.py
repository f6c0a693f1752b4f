"""The formats that documents come in: one module each, listed here.

A format is a module with what ``Format`` names. Adding one is its module and its line below.
"""

from datetime import datetime
from typing import Protocol

from session_hooks.document import Body, Document
from session_hooks.formats import session


class Format(Protocol):
    """What a format's module has to offer."""

    NAME: str
    FOLDER: str
    """Where its documents lie, relative to the project, with ``/``."""

    def is_document_name(self, name: str) -> bool:
        """Tell by its name alone whether a file in the folder is a document."""

    def read(self, path: str, text: str, modified: datetime) -> Document:
        """Read a document's head from its text; never raises."""

    def read_body(self, document: Document) -> Body:
        """Read the rest of a document that ``read`` returned; never raises."""

    def is_template(self, document: Document) -> bool:
        """Tell whether the document is a template that nobody filled in."""


FORMATS: tuple[Format, ...] = (session,)
_BY_NAME = {form.NAME: form for form in FORMATS}


def read_body(document: Document) -> Body:
    """Read a document's body as its own format says."""
    return _BY_NAME[document.format].read_body(document)
