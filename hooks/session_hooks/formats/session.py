"""Session files, specification 003: ``.agents/sessions/YYYYMMDD-HHMMSS-<description>.md``."""

from datetime import datetime
from typing import NamedTuple

from session_hooks import outline, reading
from session_hooks.document import Body, Document
from session_hooks.formats import head
from session_hooks.project import SESSIONS

NAME = "session"
FOLDER = SESSIONS
FOLDERS: tuple[str, ...] = (FOLDER,)


class Part(NamedTuple):
    """One section that the specification's template has."""

    heading: str
    required: bool
    guidance: tuple[str, ...]
    """What the template says in it; a section that says no more was never filled in."""


PARTS = {
    "context": Part(
        "Context",
        required=True,
        guidance=(
            "Background for anyone picking up this work.",
            "What problem are we solving? Why now?",
        ),
    ),
    "state": Part(
        "Current State",
        required=True,
        guidance=(
            "Where we are right now. What just happened.",
            "This section should ALWAYS be handoff-ready.",
        ),
    ),
    "next_steps": Part(
        "Next Steps",
        required=True,
        guidance=("Immediate actions for continuation",),
    ),
    "progress": Part(
        "Execution Progress",
        required=False,
        guidance=("BACK-123 - Brief description", "BACK-124 - Brief description (completed)"),
    ),
    "files": Part(
        "Files Modified",
        required=False,
        guidance=("path/to/file.py - What needs to change",),
    ),
    "decisions": Part(
        "Decisions",
        required=False,
        guidance=("What was decided", "Why"),
    ),
    "blockers": Part(
        "Blockers",
        required=False,
        guidance=("Current blocker (if any)",),
    ),
    "log": Part(
        "Session Log",
        required=False,
        guidance=("Brief description of what happened.",),
    ),
}

_ALL_GUIDANCE = (
    *(sentence for part in PARTS.values() for sentence in part.guidance),
    "Decision:",
    "Rationale:",
    "pytest path/to/tests/ -v",
    "mypy path/to/code/",
    "bash",
    "BACK-125 - Brief description",
    "Criterion 1",
    "Criterion 2",
)
_LONGEST_TEMPLATE = 20_000
_TEMPLATE_TITLES = ("clear description of work", "title", "session title", "description")
_TEMPLATE_TASKS = ("what's actively being worked",)


def is_document_name(name: str) -> bool:
    """Tell whether a file may be a session file."""
    return head.is_prose_name(name)


def read(path: str, text: str, modified: datetime) -> Document:
    """Read a session file's head (003, "Required Frontmatter"); never raises."""
    return head.read(NAME, path, text, modified)


def read_body(document: Document) -> Body:
    """Read the sections of a session file (003, "Required Sections" and "Session Template").

    A section that says no more than the template is taken as missing.
    """
    return head.read_body(document, _ALL_GUIDANCE)


def is_template(document: Document) -> bool:
    """Tell whether a document is a template that nobody filled in.

    One with a task of its own is none, nor one with a title of its own above empty sections:
    somebody has begun. The template's own words below a title are still the template.
    """
    if document.current_task and not is_template_task(document.current_task):
        return False
    required = [part for part in PARTS.values() if part.required]
    if not any(part.heading in document.body for part in required):
        return False
    if reading.own_words(document.body[:_LONGEST_TEMPLATE], _ALL_GUIDANCE):
        return False
    is_guided = any(words in document.body for part in required for words in part.guidance)
    return is_guided or not document.has_frontmatter or _is_template_title(document.title)


def is_template_task(task: str) -> bool:
    """Tell whether a current task is the template's own."""
    return reading.is_placeholder(task) or task.casefold().strip(" .") in _TEMPLATE_TASKS


def _is_template_title(title: str) -> bool:
    return reading.is_placeholder(title) or outline.heading_key(title) in _TEMPLATE_TITLES
