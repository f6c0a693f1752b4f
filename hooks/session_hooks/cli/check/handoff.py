"""What 001 asks of a handoff."""

import re
from collections.abc import Iterator

from session_hooks.cli.check import rule
from session_hooks.cli.check.rule import ERROR, INFO, WARNING, Fault, Rule, Subject
from session_hooks.documents.formats.handoff import FILE_NAME, TEMPLATE
from session_hooks.documents.model import is_placeholder
from session_hooks.util import dates
from session_hooks.util.safe_text import quoted

_HEADER = {"date": "H103", "time": "H104", "branch": "H105", "author": "H106"}
RULES = (
    Rule("H101", ERROR, "the name is `YYYY-MM-DD-HHMM-<description>.md`",
         "Rename it: the day, the time in 24 hours without a colon, then what it is about.",
         "001, Naming Convention"),
    Rule("H102", WARNING, "the title is `# Session Handoff: <description>`",
         "Begin with that heading.", "001, Header Section"),
    *(
        Rule(code, WARNING if name == "author" else ERROR,
             f"the header gives `**{name.capitalize()}**:`",
             f"Add a line `**{name.capitalize()}**: …` below the title.", "001, Header Section")
        for name, code in _HEADER.items()
    ),
    Rule("H107", ERROR, "the date is written YYYY-MM-DD",
         "Write it like 2025-10-27.", "001, Header Section"),
    Rule("H108", ERROR, "the time is written HH:MM:SS, in 24 hours",
         "Write it like 14:30:00.", "001, Naming Convention (Time Format)"),
    Rule("H109", WARNING, "name and header give the same time",
         "Correct the one that is wrong.", "001, Naming Convention"),
    *rule.part_rules(TEMPLATE, "001, Template Structure"),
    Rule("H115", ERROR, "Completed Work and Next Priorities are filled in",
         "Replace the template's text by your own.", "001, Template Structure"),
    Rule("H116", WARNING, "Next Priorities is an ordered list",
         "Number the priorities, the first thing first.", "001, Next Priorities (Ordered List)"),
    Rule("H117", WARNING, "Completed Work is a bulleted list",
         "Write one line `- ✅ …` for each deliverable.", "001, Completed Work (Bulleted List)"),
    Rule("H118", INFO, "Session Summary has two or three sentences",
         "Keep to what was done, decided and reached.", "001, Session Summary (2-3 sentences)"),
    Rule("H119", INFO, "no other section holds the template's text",
         "Fill the section in, or remove it.", "001, Template Structure"),
    Rule("H120", INFO, "it takes about 600 tokens, not thousands",
         "Leave out what commits and documents say.", "001, Token Budget"),
)  # fmt: skip
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_TITLE = re.compile(r"\W*Session Handoff\s*[:—–-]\s*\S", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s{0,3}\d+[.)]\s+\S", re.MULTILINE)
_BULLETS = re.compile(r"^\s{0,3}[-*+]\s+\S", re.MULTILINE)
_APART = 5  # minutes: header and name are written one after the other
_MOST_SENTENCES = 4
_MOST_CHARACTERS = 5000  # about 1,200 tokens, twice what 001 plans with


def check(subject: Subject) -> Iterator[Fault]:
    name = FILE_NAME.fullmatch(subject.name)
    if name is None or dates.parse_time(name.group(1)) is None:
        yield Fault("H101", 1, "the name doesn't begin with day and time as YYYY-MM-DD-HHMM-")
    yield from _check_header(subject, name)
    yield from rule.check_parts(subject, "H115", "H119")
    yield from _check_parts(subject)
    yield from rule.check_length(subject, "H120", _MOST_CHARACTERS)


def _check_header(subject: Subject, name: re.Match[str] | None) -> Iterator[Fault]:
    title = subject.sections[0] if subject.sections else None
    if title is None or title.level != 1 or not _TITLE.match(title.title):
        line = title.line if title else 1
        yield Fault("H102", line, "the first heading is not '# Session Handoff: …'")
    given = {label: subject.labelled(label) for label in _HEADER}
    for label, code in _HEADER.items():
        value, line = given[label]
        if not value or is_placeholder(value):
            yield Fault(code, line, f"the header gives no {label}")
    (day, day_line), (moment, moment_line) = given["date"], given["time"]
    has_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", day)
    if day and not (has_day and dates.parse_time(day)):
        yield Fault("H107", day_line, f"the date is {quoted(day, 40)}")
    has_time = _TIME.fullmatch(moment)
    if moment and not has_time:
        yield Fault("H108", moment_line, f"the time is {quoted(moment, 40)}")
    if name and has_day and name.group(1) != day:
        yield Fault("H109", day_line, f"the name says {name.group(1)}, the header {day}")
    elif name and has_time:
        hour, minute = (int(part) for part in moment.split(":")[:2])
        apart = abs(hour * 60 + minute - int(name.group(2)) * 60 - int(name.group(3)))
        if apart > _APART:
            said = f"the name says {name.group(2)}{name.group(3)}, the header {moment}"
            yield Fault("H109", moment_line, said)


def _check_parts(subject: Subject) -> Iterator[Fault]:
    steps, done = subject.find("Next Priorities"), subject.find("Completed Work")
    summary = subject.find("Session Summary")
    if steps and subject.own_words(steps.text) and not _NUMBERED.search(steps.text):
        yield Fault("H116", steps.line, "Next Priorities has no numbered list")
    if done and subject.own_words(done.text) and not _BULLETS.search(done.text):
        yield Fault("H117", done.line, "Completed Work has no list")
    if summary and (count := rule.sentences(summary.text)) > _MOST_SENTENCES:
        yield Fault("H118", summary.line, f"Session Summary has {count} sentences")
