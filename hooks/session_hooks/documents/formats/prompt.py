"""Specification 004: prompts for the next session."""

import re
from datetime import datetime
from functools import partial

from session_hooks.documents import header
from session_hooks.documents.model import Document, Need, Part, Role, Template, is_placeholder
from session_hooks.util.lazy import pattern

NAME = "prompt"
SPECIFICATION = "004"
ROLE = Role.LEFT_BEHIND
STEM = "HANDOFF"
WRITTEN_WHEN = (
    "When the person says {trigger}, write the next handoff prompt (=== SESSION HANDOFF ===)."
)
TRIGGER = "snapshot"
PROMPT = "PROMPT FOR NEXT SESSION"
DOMAINS: dict[str, tuple[Part, ...]] = {
    # 004, "Domain-Specific Extensions".
    "research": (
        Part("Sources Consulted", Need.MAY, "- [Citation]", level=3),
        Part("Open Questions", Need.MAY, "- [Question]", level=3),
    ),
    "software": (
        Part("Code Modules Modified", Need.MAY, "- [Module]: [Changes]", level=3),
        Part("Tests Added", Need.MAY, "- [Test]", level=3),
        Part("Technical Debt", Need.MAY, "- [Debt item]", level=3),
    ),
    "content": (
        Part("Content Pieces", Need.MAY, "- [Piece]: [Status]", level=3),
        Part("Editorial Decisions", Need.MAY, "- [Decision]", level=3),
        Part("Review Status", Need.MAY, "[Current review state]", level=3),
    ),
}
TEMPLATE = Template(
    hands_over=True,
    # 004, "Recommended Format"; the other headings are those of its "Minimal Conformant Format".
    head="=== SESSION HANDOFF ===\nGenerated: {generated}\nSession: {session}",
    parts=(
        Part("Previous Session Summary", Need.MUST, also=("Previous Session",), missing="P111"),
        Part("Accomplished", Need.SHOULD, "- [Achievement]", level=3, missing="P120"),
        Part("Decisions Made", Need.SHOULD, "- [Decision]: [Rationale]", level=3, missing="P121"),
        Part("Artifacts Created", Need.MAY, "- [Artifact]: [Description]", level=3),
        Part("Current Project State", Need.MUST,
             "[2-4 sentence summary of where the project stands]", also=("Current State",),
             missing="P112"),
        Part("Next Session Objective", Need.MUST, "[Clear, specific goal for the next session]",
             also=("Next Objective",), missing="P113"),
        Part("Context for Next Session", Need.MAY,
             "[Any additional context, constraints, or background needed]"),
        Part(PROMPT, Need.MUST, "Copy everything below this line into a new chat:\n\n---\n\n"
             "Read and apply this bootstrap template:\n{template}", above="---", is_blank=False,
             missing="P114"),
        Part("Project Context", Need.MAY, "[Brief project description and background]"),
        Part("Work Completed So Far", Need.MAY, "[Summary of accomplishments from above]"),
        Part("Current Status", Need.MAY, "[State description from above]"),
        Part("This Session's Goal", Need.MAY, "[Next objective from above]"),
        Part("Continue From", Need.MAY,
             "[References to artifacts, decisions, or specific starting points]"),
    ),
    foot='---\n\nRemember: At session end, say "{trigger}" to generate the next prompt.',
    other=(
        "[TEMPLATE_URL]",
        "[Context and instructions for next session]",
        'Remember: Say "[TRIGGER]" to generate the next handoff.',
        "=== SESSION HANDOFF ===",
        *(part.guidance for parts in DOMAINS.values() for part in parts),
    ),
)  # fmt: skip
is_template = partial(header.is_blank, template=TEMPLATE)
_OPENING = pattern(
    r"\s*(?:(?:```|~~~)\w*\s*\n\s*)?[#>*_\s]*=+\s*session handoff\b[^\n=]*=+", re.IGNORECASE
)
TRIGGERED = pattern(
    r"""\bsay\s+(?:"([^"\n]{1,60})"|“([^”\n]{1,60})”|`([^`\n]{1,60})`|'([^'\n]{1,60})')""",
    re.IGNORECASE,
)


def trigger(body: str) -> str | None:
    """Find ``Remember: Say "[TRIGGER]" to generate the next handoff.`` (004)."""
    words = ["".join(match.groups("")) for match in TRIGGERED.finditer(body)]
    found = [word for word in words if not is_placeholder(word)]
    return found[-1].strip() if found else None


def opens(text: str) -> bool:
    """A prompt may be decorated or in a code fence."""
    return _OPENING.match(text[:400]) is not None


def read(path: str, text: str, modified: datetime) -> Document:
    """004, "Header"."""
    document = header.read(NAME, path, text, modified)
    name = header.label(document.body, "session")
    title = f"Session handoff, {name}" if name else "Session handoff"
    return document._replace(title=title)
