"""The formats that documents come in: one module each, listed here.

A format is a module with what ``Format`` names. Adding one is its module, its line below, and a row
of ``locations``, which says where its documents lie; what its specification asks for is in a module
of its own (``rules``), which no hook imports.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from session_hooks.document import Body, Document
from session_hooks.formats import handoff, journal, next_session, prompt, session
from session_hooks.formats.template import Template

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Format(Protocol):
    """What a format's module has to offer."""

    NAME: str
    TEMPLATE: Template
    """What a new document holds until somebody fills it in."""

    def is_document_name(self, name: str) -> bool:
        """Tell by its name alone whether a file in the folder is a document."""

    def read(
        self, path: str, text: str, modified: datetime, before: Document | None = None
    ) -> Document:
        """Read a document's head from its text; never raises.

        ``before`` is what the same file was read as before it was changed.
        """

    def read_body(self, document: Document) -> Body:
        """Read the rest of a document that ``read`` returned; never raises."""

    def is_template(self, document: Document) -> bool:
        """Tell whether the document is a template that nobody filled in."""


FORMATS: tuple[Format, ...] = (session, next_session, handoff, journal, prompt)
LEFT_BEHIND = (next_session.NAME, prompt.NAME)
"""Those whose documents are left behind for the next conversation."""
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
    """Read a document's body as its own format says.

    The one that leads is read for its steps' evidence, its verdict and its report: once, for that
    takes 5 ms.
    """
    return _BY_NAME[document.format].read_body(document)
