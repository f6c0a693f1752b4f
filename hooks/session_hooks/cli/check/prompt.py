"""What 004 asks of a handoff prompt."""

import re
from collections.abc import Iterator

from session_hooks.cli.check import rule
from session_hooks.cli.check.rule import ERROR, INFO, WARNING, Fault, Rule, Subject
from session_hooks.documents import markdown
from session_hooks.documents.formats.prompt import PROMPT, TEMPLATE, TRIGGERED, trigger
from session_hooks.documents.markdown import heading_key
from session_hooks.documents.model import is_placeholder
from session_hooks.util import dates
from session_hooks.util.safe_text import quoted

RULES = (
    Rule("P101", ERROR, "the first line is `=== SESSION HANDOFF ===`",
         "Make it exactly that.", "004, Header and Minimal Conformant Format"),
    Rule("P102", WARNING, "the header gives `Generated:`",
         "Add `Generated: YYYY-MM-DDTHH:MM:SSZ`.", "004, SHOULD 3 and Header"),
    Rule("P103", WARNING, "Generated is written YYYY-MM-DDTHH:MM:SSZ",
         'Write it as `date -u +"%Y-%m-%dT%H:%M:%SZ"` does.', "004, Header"),
    Rule("P104", WARNING, "the header gives `Session:`",
         "Add `Session: Session 3 → 4`, or another name of yours.", "004, SHOULD 4 and Header"),
    *rule.part_rules(
        TEMPLATE,
        must="004, MUST 3 and Structural Validation",
        should="004, SHOULD 1 and 2, Previous Session Summary",
    ),
    Rule("P115", ERROR, "the restoration prompt names the bootstrap template",
         "Add the template's address; `agent-session prompt --template URL` does.",
         "004, MUST 2 and Restoration Prompt"),
    Rule("P116", ERROR, "the restoration prompt says how to get the next one",
         'End with: Remember: At session end, say "snapshot" to generate the next prompt.',
         "004, MUST 4 and Restoration Prompt"),
    Rule("P117", ERROR, "the required sections are filled in",
         "Replace the template's text by your own.", "004, Structural Validation"),
    Rule("P118", ERROR, "the restoration prompt is self-contained: context, state and goal",
         "Repeat there what the project is, where it stands and what is next.",
         "004, MUST 1 and Restoration Prompt"),
    Rule("P119", INFO, "the restoration prompt needs nothing from outside",
         "Say it there in full: the next conversation sees nothing above the line.",
         "004, Content Validation"),
    Rule("P122", WARNING, "each decision has its rationale",
         "Write - decision: why.", "004, SHOULD 2 and Content Validation"),
    Rule("P123", WARNING, "created content is named",
         "List the files under `### Artifacts Created`.", "004, SHOULD 5"),
    Rule("P124", WARNING, "a list of the summary has seven items at most",
         "Keep to the outcomes that matter.", "004, Previous Session Summary (Guidelines)"),
    Rule("P125", INFO, "the summary is specific",
         "Name what was done.", "004, Content Validation"),
    Rule("P126", INFO, "the state has two to four sentences",
         "Say progress, what works, what needs attention, blockers.",
         "004, Current Project State"),
    Rule("P127", INFO, "the objective is specific and actionable",
         "Name what is to be done: 'Implement password reset with email verification'.",
         "004, Next Session Objective"),
    Rule("P128", INFO, "the objective can be reached in one conversation",
         "Take one step of it.", "004, Next Session Objective"),
    Rule("P129", INFO, "it is concise",
         "Leave out what the artifacts say.", "004, SHOULD 6 and Content Validation"),
    Rule("P130", INFO, "no other section holds the template's text",
         "Fill the section in, or remove it.", "004, Structural Validation"),
    Rule("P131", WARNING, "no heading level is skipped",
         "Go one level down at a time.", "004, Format Validation"),
    Rule("P132", WARNING, "no internal reference is broken",
         "Correct the link, or remove it.", "004, Format Validation"),
    Rule("P133", WARNING, "lists are formatted so that they are lists",
         "Write a mark and a space: - item.", "004, Format Validation"),
)  # fmt: skip
_GENERATED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})")
_ADDRESS = re.compile(r"https?://[^\s<>)\"']+")
_REFERS_OUTSIDE = re.compile(
    r"\b(?:as (?:discussed|mentioned|described|agreed|noted) (?:above|before|earlier|previously)"
    r"|see above|from above|(?:our|the) (?:previous|last|earlier) (?:chat|conversation)"
    r"|as before|you already know)\b",
    re.IGNORECASE,
)
_RATIONALE = re.compile(
    r"[:—–(]|\s-\s|\b(?:because|since|so that|in order to|due to|as it|for|to)\b", re.IGNORECASE
)
_TOO_BROAD = re.compile(
    r"\b(?:entire|whole|everything|(?:all|every) (?:of )?(?:the |remaining )?"
    r"(?:features?|tasks?|work|bugs?|issues?))\b",
    re.IGNORECASE,
)
_NAMES_A_FILE = re.compile(r"`[^`\n]+`|\]\([^)\n]+\)|\b[\w/-]+\.[a-z]{1,5}\b|https?://")
_NOT_A_LIST = re.compile(
    r"^[ \t]*(?:[•◦▪‣]\s|[-+*](?![-+*\s])[A-Za-z]|\d+[.)](?=[A-Za-z]))", re.MULTILINE
)
_DEFINITION = re.compile(r"^ {0,3}\[([^\]\n]+)\]:", re.MULTILINE)
_LINK = re.compile(r"\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?[^)\n]*\)")
_REFERENCE = re.compile(r"\[[^\]\n]+\]\[([^\]\n]+)\]")
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_IS_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_MOST_BROKEN = 50
_MOST_ITEMS = 7
_MOST_SENTENCES = 5
_MOST_CHARACTERS = 12_000
_WORD = re.compile(r"[^\W_]{4,}")
_TOLD = (
    ("what the project is", r"project|context|background|about", ""),
    ("where it stands", r"current|status|state|work completed|completed|done so far|progress",
     "Current Project State"),
    ("what is next", r"this session|goal|objective|next|task|continue", "Next Session Objective"),
)  # fmt: skip
"""What a restoration prompt must include (004, "Restoration Prompt"): how it may be headed, and the
section that it may repeat."""
_LEAST_WORDS = 8
"""Words that a project, its state and a goal take at the very least."""


def check(subject: Subject) -> Iterator[Fault]:
    yield from _check_head(subject)
    yield from rule.check_parts(subject, "P117", "P130")
    yield from _check_summary(subject)
    yield from _check_state_and_objective(subject)
    yield from _check_restoration(subject)
    yield from _check_form(subject)


def _check_head(subject: Subject) -> Iterator[Fault]:
    first = subject.inside.lstrip("\n").split("\n")[0]
    if first.strip() != "=== SESSION HANDOFF ===":
        yield Fault("P101", subject.inside_line, f"the first line is {quoted(first.strip(), 60)}")
    generated, line = subject.labelled("generated")
    if not generated:
        yield Fault("P102", subject.inside_line, "the header gives no Generated:")
    elif not _GENERATED.fullmatch(generated) or dates.parse_time(generated) is None:
        yield Fault("P103", line, f"Generated is {quoted(generated, 40)}")
    name, _ = subject.labelled("session")
    if not name or is_placeholder(name):
        yield Fault("P104", subject.inside_line, "the header gives no Session:")


def _check_summary(subject: Subject) -> Iterator[Fault]:
    summary = subject.find("Previous Session Summary")
    if summary is not None:
        if not subject.own_words(summary.text):
            yield Fault("P117", summary.line, f"'{summary.title}' is still to be filled in")
        if (words := rule.generic(summary.text)) is not None:
            yield Fault("P125", summary.line, f"{quoted(words, 60)} fits any work")
    for heading in ("Accomplished", "Decisions Made", "Artifacts Created"):
        section = subject.find(heading)
        if section is not None and (count := len(rule.items(section.text))) > _MOST_ITEMS:
            yield Fault("P124", section.line, f"'{section.title}' has {count} items")
    decisions = subject.find("Decisions Made")
    if decisions is not None and subject.own_words(decisions.text):
        bare = [item for item in rule.items(decisions.text) if not _RATIONALE.search(item)]
        if bare:
            yield Fault("P122", decisions.line, f"{quoted(bare[0], 60)} gives no reason")
    before, _ = _restoration(subject)
    if not _NAMES_A_FILE.search(before):
        yield Fault("P123", summary.line if summary else 1, "no file or link is named")


def _check_state_and_objective(subject: Subject) -> Iterator[Fault]:
    state = subject.find("Current Project State")
    if state is not None and (count := rule.sentences(state.text)) > _MOST_SENTENCES:
        yield Fault("P126", state.line, f"'{state.title}' has {count} sentences")
    objective = subject.find("Next Session Objective")
    said = " ".join(objective.text.split()) if objective else ""
    if objective and rule.is_vague(said):
        yield Fault("P127", objective.line, f"{quoted(said, 80)} could mean anything")
    elif objective and _TOO_BROAD.search(said):
        message = f"{quoted(said, 80)} is more than one conversation's work"
        yield Fault("P128", objective.line, message)


def _restoration(subject: Subject) -> tuple[str, str]:
    section = subject.find(PROMPT)
    if section is None:
        return subject.inside, ""
    lines = subject.inside.split("\n")
    start = section.line - subject.inside_line
    return "\n".join(lines[:start]), "\n".join(lines[start + 1 :])


def _check_restoration(subject: Subject) -> Iterator[Fault]:
    section = subject.find(PROMPT)
    if section is None:
        return
    _, text = _restoration(subject)
    is_blank = any(map(is_placeholder, text.split("\n")))
    if "[TEMPLATE_URL]" in text:
        yield Fault("P117", section.line, "the template's address is still to be filled in")
    elif not _ADDRESS.search(text):
        yield Fault("P115", section.line, "the prompt names no template's address")
    if trigger(text) is None:
        yield Fault("P116", section.line, "the prompt doesn't say what to say for the next one")
    said = subject.own_words(text).split("\n")
    own = [line for line in said if not (_ADDRESS.search(line) or TRIGGERED.search(line))]
    lacking = [what for what, words, part in _TOLD if not _tells(subject, text, words, part)]
    if lacking or len(" ".join(own).split()) < _LEAST_WORDS:
        if not is_blank:  # else that it is to be filled in says it all
            said_of = ", ".join(lacking or [what for what, _, _ in _TOLD])
            yield Fault("P118", section.line, f"the prompt doesn't say {said_of}")
    elif (match := _REFERS_OUTSIDE.search(text)) is not None:
        line = section.line + 1 + text.count("\n", 0, match.start())
        yield Fault("P119", line, f"{quoted(match.group(), 60)} leads out of the prompt")


def _tells(subject: Subject, text: str, words: str, heading: str) -> bool:
    """Tell whether a prompt has a part of a name, or repeats what a section above says."""
    headed = rf"^[\W_]*(?:{words})\b[^\n:]{{0,30}}(?::|$)"
    named = re.compile(rf"{headed}(.*(?:\n.*){{0,4}})", re.IGNORECASE | re.MULTILINE)
    for match in named.finditer(text):
        if len(subject.own_words(match[1]).split()) >= 2:
            return True
    section = subject.find(heading) if heading else None
    above = {*_WORD.findall(section.text.casefold())} if section else set()
    below = {*_WORD.findall(text.casefold())}
    return bool(above) and len(above & below) >= len(above) / 2


def check_opening(subject: Subject) -> Iterator[Fault]:
    """Check a file of a prompt's name that is read as another handoff: it may lack the header."""
    if any(heading_key(one.title) == heading_key(PROMPT) for one in subject.sections):
        yield from _check_head(subject)


def _check_form(subject: Subject) -> Iterator[Fault]:
    level = 2
    for section in subject.sections:
        if section.level > level + 1:
            message = f"'{section.title}' is of level {section.level}, after one of level {level}"
            yield Fault("P131", section.line, message)
        level = section.level
    text = "\n".join(markdown.prose(subject.inside))
    text = _INLINE_CODE.sub(lambda code: " " * len(code.group()), text)
    yield from _check_references(subject, text)
    if (match := _NOT_A_LIST.search(text)) is not None:
        line = subject.inside_line + text.count("\n", 0, match.start())
        item = text[match.start() :].split("\n")[0]
        yield Fault("P133", line, f"{quoted(item, 40)} is no item")
    yield from rule.check_length(subject, "P129", _MOST_CHARACTERS)


def _check_references(subject: Subject, text: str) -> Iterator[Fault]:
    anchors = {_anchor(section.title) for section in subject.sections}
    defined = {name.casefold() for name in _DEFINITION.findall(text)}
    # Each target once, where it stands first: a document may link one a thousand times.
    links = {match.group(1): match for match in reversed([*_LINK.finditer(text)])}
    references = {match.group(1): match for match in reversed([*_REFERENCE.finditer(text)])}
    broken = [match for target, match in references.items() if target.casefold() not in defined]
    for target, match in links.items():
        if target.startswith("#"):
            is_there = target[1:].casefold() in anchors
        else:
            is_there = bool(_IS_ADDRESS.match(target)) or subject.exists(target.partition("#")[0])
        if not is_there:
            broken.append(match)
    for match in broken[:_MOST_BROKEN]:
        line = subject.inside_line + text.count("\n", 0, match.start())
        yield Fault("P132", line, f"{quoted(match.group(), 80)} leads nowhere")


def _anchor(title: str) -> str:
    """Return the anchor that a heading is linked by, as the common renderers make it."""
    kept = "".join(c for c in title.casefold() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")
