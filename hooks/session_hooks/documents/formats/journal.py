"""Specification 002: session journals."""

from functools import partial

from session_hooks.documents import header
from session_hooks.documents.model import Need, Part, Role, Template

NAME = "journal"
SPECIFICATION = "002"
ROLE = Role.BACKGROUND
STEM = "{date}-{name}"  # 002, "File Naming"
WRITTEN_WHEN = "If something notable happened, write a journal: {folder}YYYY-MM-DD-<topic>.md."
TEMPLATE = Template(
    head="# {title}",
    # 002, "Suggested Sections": use what helps, skip the rest.
    parts=(
        Part("Context", Need.MAY, "[What were you working on, and why?]", begun="{task}"),
        Part(
            "What Happened",
            Need.MAY,
            "[What went smoothly, what didn't, what went off plan]",
            begun="{state}",
        ),
        Part("Notable Discoveries", Need.MAY, "- [A bug, an insight, a surprise]"),
        Part("Changes Made", Need.MAY, "- `path/to/file` - [What changed, and why]"),
        Part("Lessons Learned", Need.MAY, "- [What would you do differently?]"),
        Part(
            "Follow-up",
            Need.MAY,
            "- [Open question, next step, thing to revisit]",
            begun="- [ ] {task}",
        ),
    ),
)
read = partial(header.read, NAME)
is_template = partial(header.is_blank, template=TEMPLATE)
