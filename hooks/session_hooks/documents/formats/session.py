"""Specification 003: session files in ``.agents/sessions/``."""

import re
from datetime import datetime
from functools import partial

from session_hooks.documents import header, markdown
from session_hooks.documents.model import (
    Document,
    Field,
    Need,
    Part,
    Role,
    Status,
    Template,
    is_placeholder,
    plain_line,
)

NAME = "session"
SPECIFICATION = "003"
ROLE = Role.UNTIL_CLOSED
STEM = "{stamp}-{name}"  # 003, "Location & Naming"
WRITTEN_WHEN = ""
TEMPLATE = Template(
    head="# Session: {title}",
    # 003, "Required Sections" and "Session Template".
    parts=(
        Part("Context", Need.MUST,
             "Background for anyone picking up this work.\nWhat problem are we solving? Why now?",
             missing="S121", begun="{task}"),
        Part("Current State", Need.MUST, "Where we are right now. What just happened.\n"
             "**This section should ALWAYS be handoff-ready.**", missing="S122",
             begun="{state}"),
        Part("Next Steps", Need.MUST, "- [ ] Immediate actions for continuation", missing="S123",
             begun="1. {task}"),
        Part("Execution Progress", Need.MAY,
             "### Wave 1: [Name] (ACTIVE)\n- [ ] BACK-123 - Brief description\n\n"
             "### Wave 2: [Name] (blocked by Wave 1)\n- [ ] BACK-125 - Brief description"),
        Part("Technical Context", Need.MAY,
             "### Files to Update\n- `path/to/file.py` - What needs to change\n\n"
             "### Key Commands\n```bash\npytest path/to/tests/ -v\nmypy path/to/code/\n```"),
        Part("Acceptance Criteria", Need.MAY, "- [ ] Criterion 1\n- [ ] Criterion 2"),
        Part("Decisions", Need.MAY,
             "### Decision 1: [Title]\n**Decision**: What was decided\n**Rationale**: Why"),
        Part("Blockers", Need.MAY, "- Current blocker (if any)"),
        Part("Session Log", Need.MAY, "### {minute} - Session file created", above="---",
             is_blank=False, begun="### {minute} - Begun"),
    ),
    other=(
        "Brief description",
        "BACK-124 - Brief description (completed)",
        "Brief description of what happened.",
        "Decision:",
        "Rationale:",
        "bash",
    ),
)  # fmt: skip
read = partial(header.read, NAME, closes=True)
FIELDS = (
    # 003, "Required Frontmatter", in its order; the branch and the author are ours.
    Field("session", "title", Need.MUST, "S111"),
    Field("session", "status", Need.MUST, "S112"),
    Field("session", "created", Need.MUST, "S113"),
    Field("session", "last_updated", Need.MUST, "S114"),
    Field("session", "linear_issue", Need.MAY),
    Field("session", "linear_url", Need.MAY),
    Field("session", "branch", Need.MAY),
    Field("session", "author", Need.MAY),
    Field("orchestration", "current_task", Need.MUST, "S115"),
    Field("orchestration", "spawned_agents", Need.MAY),
)
REQUIRED = tuple(part for part in TEMPLATE.parts if part.need is Need.MUST)
TEMPLATE_TASK = "What's actively being worked"
TEMPLATE_AGENT_TASK = "Brief task description"
_MOST = 4096  # bytes of a file's beginning in which its frontmatter has to end
_VALUE = rb"""(?:"[^"\n]*"|'[^'\n]*'|[^"'|>&*!\n][^\n]*)\n"""
_COMPLETED = re.compile(
    rb"---\n(?:session:\n(?:  [a-z_]+: %b)*?  |(?:(?!session:)[a-z_]+: %b)*?)status: completed\n"
    % (_VALUE, _VALUE)
)
_TEMPLATE_TITLES = ("clear description of work", "title", "session title", "description")


def says_completed(data: bytes) -> bool:
    """Of ten thousand session files nearly all are; reading one takes 400 µs, this takes 2."""
    head, end, _ = data[:_MOST].replace(b"\r\n", b"\n").partition(b"\n---\n")
    nested, flat = head.count(b"\n  status"), head.count(b"\nstatus")
    return (
        bool(end)
        and _COMPLETED.match(head + b"\n") is not None
        and (nested, flat, head.count(b"\nsession")) in ((1, 0, 1), (0, 1, 0))
        and not (b"\r" in head or b"<<<<<<<" in head or b"\0" in data)
    )


def completed(path: str, modified: datetime, digest: str) -> Document:
    title = path.rpartition("/")[2].removesuffix(".md")
    return Document(
        path, NAME, title, Status.COMPLETED, Status.COMPLETED.value, None, None, modified, None,
        None, None, None, None, None, (), True, "", "", 1, (), digest=digest,
    )  # fmt: skip


def is_template(document: Document) -> bool:
    """One with a task or title of its own above empty sections is none: somebody has begun."""
    if document.status is Status.COMPLETED:
        return False
    if document.current_task and not is_template_task(document.current_task):
        return False
    if not any(part.heading in document.body for part in REQUIRED):
        return False
    if not header.is_blank(document, TEMPLATE):
        return False
    guidance = [line for part in REQUIRED for line in part.guidance.split("\n")]
    is_guided = any(plain_line(line) in document.body for line in guidance)
    return is_guided or not document.has_frontmatter or is_template_title(document.title)


def is_template_task(task: str) -> bool:
    return is_placeholder(task) or task.strip(" .").casefold() == TEMPLATE_TASK.casefold()


def is_template_title(title: str) -> bool:
    return is_placeholder(title) or markdown.heading_key(title) in _TEMPLATE_TITLES
