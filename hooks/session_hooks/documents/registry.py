"""The formats: each is a row of ``locations.TABLE`` and the module of its name in ``formats``."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib import import_module

from session_hooks.documents import body
from session_hooks.documents.formats import handoff, prompt
from session_hooks.documents.locations import ANY, PLACES, names_in
from session_hooks.documents.model import Body, Document, Role, Status, Template

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    from typing import Any, Protocol
else:
    Protocol = object


class Format(Protocol):
    NAME: str
    SPECIFICATION: str
    ROLE: Role
    STEM: str  # a new one's name, of {date}, {clock}, {stamp}, {name}; of none, there is only one
    WRITTEN_WHEN: str  # as the model is told; has ``{folder}``, ``{trigger}``; "" says nothing
    TEMPLATE: Template

    def read(self, path: str, text: str, modified: datetime) -> Document: ...  # never raises
    def is_template(self, document: Document) -> bool: ...  # that nobody filled in


def load_format(name: str) -> Format:
    module: Any = import_module(f"session_hooks.documents.formats.{name}")
    form: Format = module
    return form


FORMATS = tuple(map(load_format, PLACES))
_BY_NAME = {form.NAME: form for form in FORMATS}
LEFT_BEHIND, NEWEST, BACKGROUND = (
    tuple(form.NAME for form in FORMATS if form.ROLE is role)
    for role in (Role.LEFT_BEHIND, Role.NEWEST, Role.BACKGROUND)
)
OWN_FOLDERS = tuple(form for form in PLACES if names_in(form, "", ()) == ANY)
HANDED_OVER = tuple(form.NAME for form in FORMATS if form.TEMPLATE.hands_over)


def named(name: str) -> Format:
    """Raises KeyError."""
    return _BY_NAME[name]


def of_text(form: Format, text: str) -> Format:
    """A text that opens as a handoff prompt is one wherever it lies (004, "Header")."""
    if prompt.opens(text):
        return prompt
    return handoff if form is prompt else form


def is_template(document: Document) -> bool:
    return _BY_NAME[document.format].is_template(document)


@lru_cache(maxsize=8)
def read_body(document: Document) -> Body:
    """Never raises. Cached: three rooms ask for the one that leads, which takes 5 ms."""
    template = _BY_NAME[document.format].TEMPLATE
    found = body.read(
        document.body,
        document.body_line,
        template.guidance_in(document.body),
        is_finished=document.status is Status.COMPLETED,
        hands_over=template.hands_over,
    )
    return found._replace(problems=(*document.problems, *found.problems))
