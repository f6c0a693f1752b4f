"""Specification 001: handoff documents."""

from datetime import datetime, time
from functools import partial

from session_hooks.documents import header
from session_hooks.documents.model import Document, Need, Part, Role, Template
from session_hooks.util import dates
from session_hooks.util.lazy import pattern

NAME = "handoff"
SPECIFICATION = "001"
ROLE = Role.NEWEST
STEM = "{date}-{clock}-{name}"  # 001, "Naming Convention"
WRITTEN_WHEN = (
    "At the end of larger work, write a handoff, {folder}YYYY-MM-DD-HHMM-<description>.md."
)
TEMPLATE = Template(
    hands_over=True,
    # 001, "1. Header Section".
    head=(
        "# Session Handoff: {title}\n\n"
        "**Date**: {date}\n**Time**: {time}\n**Branch**: {branch}\n**Author**: {author}"
    ),
    # "2. Session Summary" to "6. Context for Next Session". It knows no MUST: what all of its own
    # examples have is taken for one.
    parts=(
        Part("Session Summary", Need.SHOULD,
             "[2-3 sentences: what was accomplished, key decisions made, milestones reached]",
             missing="H111", begun="{state}"),
        Part("Completed Work", Need.MUST, "- ✅ [Deliverable] (`path/to/file`)", missing="H112",
             begun="- ✅ Work begins here"),
        Part("Next Priorities", Need.MUST,
             "1. **[Next priority]** ([why])\n   - File: `path/to/file`", missing="H113",
             begun="1. **{task}**"),
        Part("Blockers/Questions", Need.MAY, "- **[Area]**: [Open issue, or none]"),
        Part("Context for Next Session", Need.SHOULD,
             "**Decisions Made**:\n- [Decision and why]\n\n"
             "**Key Files**:\n- `path/to/file` - [What it holds]\n\n"
             "**References**:\n- [Document, issue or specification]", missing="H114"),
    ),
    other=(
        "Date: YYYY-MM-DD",
        "Time: HH:MM:SS",
        "Branch: {git-branch-name}",
        "Author: Claude Code + {User-Name}",
    ),
)  # fmt: skip
is_template = partial(header.is_blank, template=TEMPLATE)
FILE_NAME = pattern(r"(\d{4}-\d{2}-\d{2})-([01]\d|2[0-3])([0-5]\d)-[^\s/]+\.md")
_MIDNIGHT = time()


def read(path: str, text: str, modified: datetime) -> Document:
    """Of one day's handoffs the time tells the newest (001, "Time Format"); it is taken as UTC."""
    document = header.read(NAME, path, text, modified)
    named = FILE_NAME.fullmatch(path.rpartition("/")[2])
    clock = header.label(document.body, "time") or (f"{named[2]}:{named[3]}" if named else None)
    if document.created is None or clock is None or document.created.time() != _MIDNIGHT:
        return document
    moment = dates.parse_time(f"{document.created:%Y-%m-%d} {clock}")
    return document._replace(created=moment or document.created)
