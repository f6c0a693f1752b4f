"""What 002 asks of a journal."""

import re
from collections.abc import Iterator

from session_hooks.cli.check.rule import ERROR, Fault, Rule, Subject
from session_hooks.util import dates

RULES = (
    Rule("J101", ERROR, "the name is `YYYY-MM-DD-<topic>.md`",
         "Rename it: the day, then what it is about.", "002, File Naming"),
)  # fmt: skip
_FILE_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[^\s/]+\.md")


def check(subject: Subject) -> Iterator[Fault]:
    if not _FILE_NAME.fullmatch(subject.name) or dates.parse_name(subject.name[:10]) is None:
        yield Fault("J101", 1, "the name isn't a day and a topic, YYYY-MM-DD-topic.md")
