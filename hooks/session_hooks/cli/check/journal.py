"""What 002 asks of a journal, and what of it no program can tell."""

import re
from collections.abc import Iterator

from session_hooks.cli.check.rule import ERROR, Fault, Rule, Subject, Unchecked
from session_hooks.util import dates

RULES = (
    Rule("J101", ERROR, "the name is `YYYY-MM-DD-<topic>.md`",
         "Rename it: the day, then what it is about.", "002, File Naming"),
)  # fmt: skip
UNCHECKED = (
    Unchecked("002, When to Create a Session", "what is worth a journal", "takes judgement"),
    Unchecked("002, Template", "sections", "freeform: none is asked for"),
    Unchecked("002, Tips", "how to write and what to link", "advice on style"),
)
_FILE_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[^\s/]+\.md")


def check(subject: Subject) -> Iterator[Fault]:
    """Check a journal against 002: it is freeform, so only its name counts."""
    if not _FILE_NAME.fullmatch(subject.name) or dates.parse_name(subject.name[:10]) is None:
        yield Fault("J101", 1, "the name isn't a day and a topic, YYYY-MM-DD-topic.md")
