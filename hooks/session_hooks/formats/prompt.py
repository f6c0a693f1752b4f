"""Handoff prompts, specification 004: a document that opens with ``=== SESSION HANDOFF ===``."""

import re
from datetime import datetime

from session_hooks import reading
from session_hooks.document import Body, Document
from session_hooks.formats import head

NAME = "prompt"
TRIGGER = "snapshot"
"""The word that asks for the next prompt, where nobody chose another."""
FOLDERS: tuple[str, ...] = ("", "docs", ".claude")
GUIDANCE = (
    "[What was accomplished]",
    "[Where things stand]",
    "[What to do next]",
    "[TEMPLATE_URL]",
    "Read and apply this bootstrap template:",
    "[Context and instructions for next session]",
    'Remember: Say "[TRIGGER]" to generate the next handoff.',
    "=== SESSION HANDOFF ===",
)
_NAMES = ("handoff.md", "session_handoff.md")
_OPENING = re.compile(
    r"\s*(?:(?:```|~~~)\w*\s*\n\s*)?[#>*_\s]*=+\s*session handoff\b[^\n=]*=+", re.IGNORECASE
)


_TRIGGERED = re.compile(r"""\bsay\s+["“'`]([^"”'`\n]{1,60})["”'`]""", re.IGNORECASE)


def trigger(body: str) -> str | None:
    """Return the word that a prompt's continuation instruction names, or None.

    (004, "Restoration Prompt": ``Remember: Say "[TRIGGER]" to generate the next handoff.``)
    """
    found = [word for word in _TRIGGERED.findall(body) if not reading.is_placeholder(word)]
    return found[-1].strip() if found else None


def is_document_name(name: str) -> bool:
    """Tell whether a file outside the other formats' folders may be a prompt."""
    return name.casefold() in _NAMES


def opens(text: str) -> bool:
    """Tell whether a text opens as the specification says, decorated or in a code fence."""
    return _OPENING.match(text[:400]) is not None


def read(path: str, text: str, modified: datetime) -> Document:
    """Read a document's head (004, "Header"); never raises."""
    document = head.read(NAME, path, text, modified)
    name = head.label(document.body, "session")
    return document._replace(title=f"Session handoff, {name}" if name else "Session handoff")


def read_body(document: Document) -> Body:
    """Read the rest of a document; what only the template says is taken as missing."""
    return head.read_body(document, GUIDANCE)


def is_template(document: Document) -> bool:
    """Tell whether a document is a template that nobody filled in."""
    return head.is_blank(document, GUIDANCE)
