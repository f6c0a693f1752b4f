"""Session handoffs, specification 001: ``session-handoffs/YYYY-MM-DD-HHMM-<description>.md``."""

from datetime import datetime

from session_hooks.document import Body, Document
from session_hooks.formats import head

NAME = "handoff"
FOLDERS: tuple[str, ...] = ("session-handoffs", "docs/session-handoffs")
GUIDANCE = (
    "Date: YYYY-MM-DD",
    "Time: HH:MM:SS",
    "Branch: {git-branch-name}",
    "Author: Claude Code + {User-Name}",
)


def is_document_name(name: str) -> bool:
    """Tell whether a file may be a handoff: markdown, and no README or template."""
    return head.is_prose_name(name)


def read(path: str, text: str, modified: datetime) -> Document:
    """Read a document's head; never raises."""
    return head.read(NAME, path, text, modified)


def read_body(document: Document) -> Body:
    """Read the rest of a document; what only the template says is taken as missing."""
    return head.read_body(document, GUIDANCE)


def is_template(document: Document) -> bool:
    """Tell whether a document is a template that nobody filled in."""
    return head.is_blank(document, GUIDANCE)
