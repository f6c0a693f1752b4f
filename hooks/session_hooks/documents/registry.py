"""The registry of document formats.

A format is a row of ``locations.TABLE`` and the module of that name in ``formats``. Rules for
``agent-session check``, if it has any, are the module of that name in ``cli.check``.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib import import_module

from session_hooks.documents import body
from session_hooks.documents.formats import handoff, prompt
from session_hooks.documents.locations import PLACES
from session_hooks.documents.model import Body, Document, Role, Status, Template

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from typing import Any, Protocol
else:
    Protocol = object


class Format(Protocol):
    """What a format's module has to offer."""

    NAME: str
    SPECIFICATION: str
    ROLE: Role
    HAS_OWN_FOLDERS: bool
    """Whether nothing but its documents lies in their folders."""
    STEM: str  # a new one's name, of {date}, {clock}, {stamp}, {name}; of none, there is only one
    WRITTEN_WHEN: str
    """When and where one is written, as the model is told; ``{folder}`` and ``{trigger}`` stand in
    it. "" for nothing to be said."""
    TEMPLATE: Template

    def is_document_name(self, name: str) -> bool:
        """Tell by its name alone whether a file in the folder is a document."""

    def read(self, path: str, text: str, modified: datetime) -> Document:
        """Read a document's head from its text; never raises."""

    def is_template(self, document: Document) -> bool:
        """Tell whether the document is a template that nobody filled in."""


def load_format(name: str) -> Format:
    """Import the format of a row in ``locations.TABLE``."""
    module: Any = import_module(f"session_hooks.documents.formats.{name}")
    form: Format = module
    return form


FORMATS = tuple(map(load_format, PLACES))
_BY_NAME = {form.NAME: form for form in FORMATS}
LEFT_BEHIND, NEWEST, BACKGROUND = (
    tuple(form.NAME for form in FORMATS if form.ROLE is role)
    for role in (Role.LEFT_BEHIND, Role.NEWEST, Role.BACKGROUND)
)
HANDED_OVER = tuple(form.NAME for form in FORMATS if form.TEMPLATE.hands_over)
"""The formats of which all is for the next conversation."""


def named(name: str) -> Format:
    """Return the format of that name; raises KeyError where there is none."""
    return _BY_NAME[name]


def of_text(form: Format, text: str) -> Format:
    """Return the format that a text in ``form``'s place is in.

    A text that opens as a handoff prompt is one wherever it lies (004, "Header"); another one in
    the place of a prompt is a handoff.
    """
    if prompt.opens(text):
        return prompt
    return handoff if form is prompt else form


def is_template(document: Document) -> bool:
    """Tell whether nobody has filled a document in yet, as its own format says."""
    return _BY_NAME[document.format].is_template(document)


@lru_cache(maxsize=8)
def read_body(document: Document) -> Body:
    """Parse a document's body; what only the template says is taken as missing. Never raises.

    Cached: evidence, verdict and report ask for the one that leads, which takes 5 ms.
    """
    template = _BY_NAME[document.format].TEMPLATE
    found = body.read(
        document.body,
        document.body_line,
        template.guidance_in(document.body),
        is_finished=document.status is Status.COMPLETED,
        hands_over=template.hands_over,
    )
    return found._replace(problems=(*document.problems, *found.problems))
