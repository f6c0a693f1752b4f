"""What a specification asks of a document, as rules; and what the formats' rules share. Pure."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from session_hooks.documents import wordings
from session_hooks.documents.markdown import heading_key
from session_hooks.documents.model import Body, Document, Need, Part, Section, Template, own_words
from session_hooks.util.lazy import Value, pattern

ERROR, WARNING, INFO = "error", "warning", "info"
_BEFORE_REMARK = pattern(r"[:(（—–]|\s-\s")
_SENTENCE_END = pattern(r"[.!?](?=\s|$)|[。！？]")
_VAGUE = pattern(
    r"(?:keep(?: on)?|continue|carry on|go on|resume|proceed|start|finish|complete|work|do|fix)"
    r"(?: up)?(?: working| work| going)?(?: on| with)?(?: the| this| that| our| my| some| more)?"
    r"(?: (?:[a-z]+ )?(?:features?|tasks?|work|projects?|stuff|things?|it|code|implementation"
    r"|everything|rest|bugs?|issues?|tests?|improvements?|changes))?",
    re.IGNORECASE,
)
_GENERIC = pattern(
    r"\b(?:made (?:some |good |great |a lot of |significant )?progress"
    r"|(?:did|worked on|working on) (?:some |various |a few |different )?"
    r"(?:things|stuff|work|features|improvements|fixes)"
    r"|various (?:fixes|improvements|changes|things)|miscellaneous|going well|all good"
    r"|work in progress|to be continued)\b|^(?:wip|tbd|todo|in progress|ongoing|done)\W*$",
    re.IGNORECASE,
)


class Rule(Value):
    code: str
    severity: str
    demand: str
    help: str
    source: str


class Fault(Value):
    code: str
    line: int
    message: str


class Subject(Value):
    document: Document
    template: Template
    body: Body
    text: str  # the whole file
    inside: str  # the body without a code fence around all of it
    inside_line: int
    sections: tuple[Section, ...]
    now: datetime
    activity: datetime | None  # None where nothing shows it
    is_old: bool
    is_ignored: bool | None  # None outside git
    exists: Callable[[str], bool]

    @property
    def name(self) -> str:
        return self.document.path.rpartition("/")[2]

    def find(self, heading: str) -> Section | None:
        part = next(part for part in self.template.parts if part.heading == heading)
        keys = {heading_key(name) for name in (heading, *part.also)}
        for section in self.sections:
            titles = (section.title, _BEFORE_REMARK.split(section.title, maxsplit=1)[0])
            if any(heading_key(title) in keys for title in titles):
                return section
        return None

    def own_words(self, text: str) -> str:
        return own_words(text, self.template.guidance)

    def line_of(self, pattern: str) -> int:
        """Return the first line of the file that a pattern matches; 1 where none does."""
        match = re.search(pattern, self.text, re.MULTILINE | re.IGNORECASE)
        return self.text.count("\n", 0, match.start()) + 1 if match else 1

    def labelled(self, name: str) -> tuple[str, int]:
        """Return the value and the line of ``**Name**: value``; "" and 1 where there is none."""
        pattern = rf"^[ \t>*_-]*{name}[*_]*[ \t]*:[ \t*_]*([^\n]*)$"
        match = re.search(pattern, self.inside, re.IGNORECASE | re.MULTILINE)
        if match is None:
            return "", 1
        line = self.inside_line + self.inside.count("\n", 0, match.start())
        return match.group(1).strip(" \t*_"), line


def part_rules(template: Template, must: str, should: str = "") -> tuple[Rule, ...]:
    """``must`` and ``should`` name the specification's sections that demand and advise them."""
    return tuple(
        Rule(
            part.missing,
            ERROR if part.need is Need.MUST else WARNING,
            f"there is a section `{'#' * part.level} {part.heading}`",
            f"Add `{'#' * part.level} {part.heading}`.",
            must if part.need is Need.MUST else should or must,
        )
        for part in template.parts
        if part.missing
    )


def check_parts(subject: Subject, unfilled: str, optional: str) -> Iterator[Fault]:
    """``unfilled`` and ``optional`` are the codes for parts that hold the template's text."""
    for part in subject.template.parts:
        section = subject.find(part.heading)
        if section is None:
            if part.missing:
                message = f"there is no '{part.heading}'{_instead(subject, part)}"
                yield Fault(part.missing, 1, message)
            continue
        text = subject.template.without_fields(section.text)
        if not part.guidance or not part.is_blank or subject.own_words(text):
            continue
        if part.need is Need.MUST:
            yield Fault(unfilled, section.line, f"'{section.title}' is still to be filled in")
        elif section.text.strip():
            message = f"'{section.title}' still holds the template's text"
            yield Fault(optional, section.line, message)


def _instead(subject: Subject, part: Part) -> str:
    """Name the section that means the same under another heading."""
    key = heading_key(part.heading)
    for words in (
        wordings.NEXT_STEPS, wordings.STATE, wordings.CONTEXT, wordings.ACCOMPLISHED,
        wordings.DECISIONS, wordings.FILES,
    ):  # fmt: skip
        if key in words:
            for section in subject.sections:
                if section.level > 1 and heading_key(section.title) in words:
                    return f"; '{section.title}' on line {section.line} may be it"
    return ""


def check_length(subject: Subject, code: str, most: int) -> Iterator[Fault]:
    if len(subject.text) > most:
        yield Fault(code, 1, f"it has {len(subject.text):,} characters")


def sentences(text: str) -> int:
    words = re.sub(r"`[^`\n]*`|\b(?:e\.g|i\.e|etc|vs|cf)\.|\d\.\d", "x", text)
    return len(_SENTENCE_END.findall(words)) or (1 if words.strip() else 0)


def is_vague(action: str) -> bool:
    return _VAGUE.fullmatch(action.strip().rstrip(".!")) is not None


def generic(text: str) -> str | None:
    match = _GENERIC.search(text.strip())
    return match.group().strip() if match else None


def items(text: str) -> list[str]:
    return re.findall(r"^(?:[-*+•]|\d+[.)])[ \t]+(\S[^\n]*)", text, re.MULTILINE)
