"""Specification 000: ``NEXT_SESSION.md``."""

from functools import partial

from session_hooks.documents import header
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Need, Part, Role, Template

NAME = NEXT
SPECIFICATION = "000"
ROLE = Role.LEFT_BEHIND
STEM = "NEXT_SESSION"
WRITTEN_WHEN = 'Write NEXT_SESSION.md at the end ("done for now"), not after each task.'
TEMPLATE = Template(
    hands_over=True,
    head="# Next Session",
    # 000, "Structure". It knows no MUST: what "At Session End" asks for is taken for one.
    parts=(
        Part("Where We Left Off", Need.MUST, "[1-2 sentences: Current state of work]",
             missing="N111", begun="{state}"),
        Part("What We Learned", Need.SHOULD, "- [Key insights from this session - bullet points]",
             missing="N114"),
        Part("What's Next", Need.MUST, "**Immediate action**: [Specific next step to take]\n\n"
             "**Context needed**: [Files to review, decisions to recall]", missing="N112",
             begun="**Immediate action**: {task}"),
        Part("Key Files", Need.SHOULD,
             "- `path/to/file` - [Why this matters]\n- `another/file` - [Current state]",
             missing="N115"),
    ),
)  # fmt: skip
read = partial(header.read, NAME)
is_template = partial(header.is_blank, template=TEMPLATE)
