"""``NEXT_SESSION.md``, specification 000: one ephemeral handoff, forward-looking."""

from datetime import datetime

from session_hooks.document import Body, Document
from session_hooks.formats import head

NAME = "next"
FOLDERS: tuple[str, ...] = ("", "docs", ".claude")
GUIDANCE = (
    "[1-2 sentences: Current state of work]",
    "[Key insights from this session - bullet points]",
    "Immediate action: [Specific next step to take]",
    "Context needed: [Files to review, decisions to recall]",
    "path/to/file - [Why this matters]",
    "another/file - [Current state]",
)


def is_document_name(name: str) -> bool:
    """Tell whether a file is the handoff: there is one name."""
    return name.casefold() == "next_session.md"


def read(path: str, text: str, modified: datetime) -> Document:
    """Read a document's head; never raises."""
    return head.read(NAME, path, text, modified)


def read_body(document: Document) -> Body:
    """Read the rest of a document; what only the template says is taken as missing."""
    return head.read_body(document, GUIDANCE)


def is_template(document: Document) -> bool:
    """Tell whether a document is a template that nobody filled in."""
    return head.is_blank(document, GUIDANCE)
