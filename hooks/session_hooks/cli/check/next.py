"""What 000 asks of a NEXT_SESSION.md."""

import re
from collections.abc import Iterator

from session_hooks.cli.check import rule
from session_hooks.cli.check.rule import ERROR, INFO, WARNING, Fault, Rule, Subject
from session_hooks.documents.formats.next import TEMPLATE
from session_hooks.documents.markdown import heading_key
from session_hooks.documents.model import Section
from session_hooks.util.safe_text import quoted

RULES = (
    Rule("N101", WARNING, "it lies at the top of the project",
         "Move it there.", "000, Session Lifecycle"),
    Rule("N102", WARNING, "git ignores it",
         "Name it in .gitignore, and `git rm --cached` it if it is committed.",
         "000, Purpose (Key Properties)"),
    Rule("N103", WARNING, "the title is `# Next Session`",
         "Begin with that heading.", "000, Structure"),
    Rule("N104", WARNING, "it is deleted once it was read",
         "Delete it, or write a fresh one when this conversation ends.", "000, Session Lifecycle"),
    *rule.part_rules(TEMPLATE, "000, Structure"),
    Rule("N113", ERROR, "What's Next gives an `**Immediate action**:`",
         "Add the line, with the one specific step to take first.",
         "000, Structure and At Session End"),
    Rule("N116", WARNING, "What's Next gives the `**Context needed**:`",
         "Add the line: files to review, decisions to recall.",
         "000, Structure and Writing Guidelines"),
    Rule("N117", ERROR, "Where We Left Off and What's Next are filled in",
         "Replace the template's text by your own.", "000, Structure"),
    Rule("N118", INFO, "no other section holds the template's text",
         "Fill the section in, or remove it.", "000, Structure"),
    Rule("N121", INFO, "the immediate action is specific",
         "Name the step and what it is about: 'Continue Step 3: Implement FileStorage class'.",
         "000, Writing Guidelines"),
    Rule("N122", INFO, "what to do next is decided",
         "Decide, and say what to do; an open question is a blocker.",
         "000, What NOT to Include (Uncertainty)"),
    Rule("N123", INFO, "Where We Left Off has one or two sentences",
         "Say the current state only.", "000, Structure"),
    Rule("N124", INFO, "it holds no detailed implementation notes",
         "Put them into code comments.", "000, What NOT to Include"),
    Rule("N125", INFO, "it holds the current state, not a history",
         "Leave what came earlier out.", "000, What NOT to Include"),
    Rule("N126", INFO, "it holds no generic status updates",
         "Say what exactly is done and what is not.", "000, What NOT to Include"),
    Rule("N127", INFO, "Key Files names files, each with why it matters",
         "Write - `path/to/file` - why.", "000, Structure and Writing Guidelines"),
    Rule("N128", INFO, "it is concise",
         "Keep what the next conversation can act on; it reads the files itself.",
         "000, Writing Guidelines"),
)  # fmt: skip
_MOST_SENTENCES = 3
_MOST_CODE_LINES = 15
_MOST_CHARACTERS = 5000
_MOST_ENTRIES = 2
_CODE = re.compile(r"^ {0,3}(?:```|~~~)[^\n]*\n(.*?)^ {0,3}(?:```|~~~)", re.MULTILINE | re.DOTALL)
_UNSURE = re.compile(
    r"\b(?:not sure|unsure|maybe|perhaps|possibly|i guess|don't know|do not know|no idea|unclear"
    r"|might (?:be|want|need)|could (?:try|be|maybe)|figure out what|either \w+ or|or something"
    r"|tbd|to be decided)\b|\?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_DATED = re.compile(r"\W*(?:session\s+\d+|\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)
_FILE_ENTRY = re.compile(r"\W*(?:`[^`]+`|\[[^\]]+\]\(|\S*[./]\S*)\S*\W+\w")


def check(subject: Subject) -> Iterator[Fault]:
    if "/" in subject.document.path:
        yield Fault("N101", 1, f"it lies in {subject.document.path.rpartition('/')[0]}/")
    if subject.is_ignored is False:
        yield Fault("N102", 1, "git doesn't ignore it")
    title = subject.sections[0] if subject.sections else None
    if title is None or heading_key(title.title.split(":")[0]) != "next session":
        yield Fault("N103", title.line if title else 1, "the title is not '# Next Session'")
    if subject.is_old:
        yield Fault("N104", 1, "it lies here for long and was not deleted")
    yield from rule.check_parts(subject, "N117", "N118")
    yield from _check_next(subject)
    yield from _check_style(subject)


def _check_next(subject: Subject) -> Iterator[Fault]:
    section = subject.find("What's Next")
    if section is None or not subject.own_words(section.text):
        return
    action = _said(subject, section, "immediate (?:next )?action")
    if action is None:
        yield Fault("N113", section.line, "What's Next gives no **Immediate action**:")
    elif rule.is_vague(action):
        yield Fault("N121", section.line, f"{quoted(action, 80)} could mean anything")
    if _said(subject, section, "context needed") is None:
        yield Fault("N116", section.line, "What's Next gives no **Context needed**:")
    if (doubt := _UNSURE.search(section.text)) is not None:
        line = section.line + 1 + section.text.count("\n", 0, doubt.start())
        yield Fault("N122", line, f"{quoted(doubt.group(), 40)} leaves open what to do")


def _said(subject: Subject, section: Section, label: str) -> str | None:
    pattern = rf"^[ \t>*_-]*{label}[*_]*[ \t]*:[ \t*_]*([^\n]*(?:\n+[ \t]*[-*\d][^\n]*)?)"
    match = re.search(pattern, section.text, re.IGNORECASE | re.MULTILINE)
    said = match.group(1).strip(" \t*_\n") if match else ""
    return said.split("\n")[0] if subject.own_words(said) else None


def _check_style(subject: Subject) -> Iterator[Fault]:
    state = subject.find("Where We Left Off")
    if state is not None:
        if (count := rule.sentences(state.text)) > _MOST_SENTENCES:
            yield Fault("N123", state.line, f"Where We Left Off has {count} sentences")
        if (words := rule.generic(state.text)) is not None:
            yield Fault("N126", state.line, f"{quoted(words, 60)} fits any work")
    code = (fence.count("\n") for fence in _CODE.findall(subject.text))
    if (count := max(code, default=0)) > _MOST_CODE_LINES:
        yield Fault("N124", 1, f"it holds {count} lines of code")
    entries = [section for section in subject.sections if _DATED.match(section.title)]
    if len(entries) > _MOST_ENTRIES:
        yield Fault("N125", entries[0].line, f"it holds {len(entries)} dated entries")
    files = subject.find("Key Files")
    if files is not None and subject.own_words(files.text):
        bare = [item for item in rule.items(files.text) if not _FILE_ENTRY.match(item)]
        if bare:
            yield Fault("N127", files.line, f"{quoted(bare[0], 60)} names no file and why")
    yield from rule.check_length(subject, "N128", _MOST_CHARACTERS)
