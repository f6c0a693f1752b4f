"""The values of a document, and of the template that it was begun from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache

from session_hooks.util.lazy import Value, pattern
from session_hooks.util.stamps import Stamp

MAX_SECTION = 20_000  # characters that are looked into
EMPTY = "it is empty"
LEAVES = "it is a link that leaves the project, so it is not read"
_FIELD = pattern(r"\{(\w+)\}")
_HEADING = pattern(r"[ \t>]*#{1,6}(?:\s|$)")  # not "- #123 mend it"
_PLACEHOLDER = pattern(
    r"\s*(?:\[[^\]]*\]|\{[^}]*\}|<(?!https?:)[^>]*>|\.\.\.|…|tbd|todo)[.\s]*", re.IGNORECASE
)


class Status(Enum):
    """003, "Lifecycle States", and its common synonyms."""

    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    COMPLETED = "completed"
    UNKNOWN = "unknown"


class Agent(Value):
    """One entry of ``orchestration.spawned_agents``."""

    name: str
    task: str
    status: str
    summary: str


class Section(Value):
    """A heading and everything below it, its subsections included."""

    title: str
    level: int
    line: int
    text: str
    how: str = "by its heading"  # it was found to mean what it is taken for
    text_line: int = 0


class Step(Value):
    text: str
    line: int
    how: str


class Problem(Value):
    """What made a document readable only in part."""

    line: int
    message: str


class Boxes(Value):
    """Nested ones too."""

    ticked: int = 0
    open: int = 0


class Document(Value):
    """A document's head; its body is parsed when a report needs it."""

    path: str  # relative to the project, with ``/``
    format: str
    title: str
    status: Status
    status_word: str | None
    created: datetime | None
    updated: datetime | None
    modified: datetime
    branch: str | None
    author: str | None
    number: int | None  # by its own count: "Session 38", "Session 2 → 3"
    issue: str | None
    issue_url: str | None
    current_task: str | None
    agents: tuple[Agent, ...]
    has_frontmatter: bool
    head: str
    body: str
    body_line: int
    problems: tuple[Problem, ...]
    boxes: Boxes = Boxes()
    digest: str = ""


class Body(Value):
    """The parts of a document's body; ``problems`` are its head's, too."""

    next_action: Step | None  # where the body says it outright: by a heading, a label, an open box
    likely: Step | None  # where nothing says it outright; never told as a fact
    next_steps: Section | None
    steps: tuple[Step, ...]
    state: Section | None
    context: Section | None
    accomplished: Section | None
    progress: Section | None
    files: Section | None
    decisions: Section | None
    blockers: Section | None
    log: Section | None
    unknown: Section | None  # the last section under an unknown heading: it may say anything
    newest_log_entry: datetime | None
    problems: tuple[Problem, ...]


class Unread(Value):
    path: str
    reason: str


class Scan(Value):
    documents: tuple[Document, ...]
    unread: tuple[Unread, ...]
    not_reached: int  # for lack of time; those that were written longest ago
    session_folder: str = ".agents/sessions"
    templates: tuple[Document, ...] = ()  # nobody has filled them in yet; no hook takes them
    stamps: tuple[tuple[str, Stamp | None], ...] = ()
    """The absolute path of each folder and file that was looked at, and the stamp of what that
    leads to before it was read; None for nothing. While ``stamps.stamp`` returns equal ones for
    all, none was racy, and nothing was left for lack of time, another scan finds the same."""
    linked: tuple[str, ...] = ()  # folders that a link leads out of, into another worktree
    copies: tuple[tuple[Document, str], ...] = ()  # each with the path of the original

    @property
    def paths(self) -> list[str]:
        documents = [document.path for document in (*self.documents, *self.templates)]
        return [*documents, *(file.path for file in self.unread)]


class Role(Enum):
    """Which of a format's documents a conversation starts from."""

    UNTIL_CLOSED = "each, until its own status closes it"
    LEFT_BEHIND = "each: it was written for the next conversation, in a place of its own"
    NEWEST = "the newest, one for this branch before others"
    BACKGROUND = "the newest, behind all others: it is background"


class Need(Enum):
    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Field(Value):
    """One key of a format's frontmatter, in the mapping ``table``."""

    table: str
    name: str
    need: Need
    missing: str = ""  # the code of the rule that it be there


class Part(Value):
    heading: str
    need: Need
    guidance: str = ""  # below the heading until somebody fills it in; ``{name}`` is a field
    level: int = 2
    also: tuple[str, ...] = ()  # other headings that the specification gives it
    missing: str = ""
    above: str = ""
    is_blank: bool = True  # whether it is to be filled in
    begun: str = ""  # what `init` writes: of {state}, which git tells, and {task}, the first step


class Template(Value):
    head: str
    parts: tuple[Part, ...]
    foot: str = ""
    hands_over: bool = False  # whether all of it is for the next conversation
    other: tuple[str, ...] = ()  # lines of the specification's template that aren't ours

    def fill(self, fields: Mapping[str, str], texts: Mapping[str, str] | None = None) -> str:
        """With ``texts``, a part that is to be filled in has its heading's text, or is left out."""

        def filled(text: str) -> str:
            return _FIELD.sub(lambda match: fields.get(match.group(1), match.group()), text)

        blocks = [filled(self.head)]
        for part in self.parts:
            if texts is None or not part.is_blank:
                blocks.append(_block(part, filled(part.guidance)))
            elif part.heading in texts:
                blocks.append(_block(part, texts[part.heading]))
        blocks.append(filled(self.foot))
        return "\n\n".join(block.strip("\n") for block in blocks if block.strip("\n")) + "\n"

    @property
    def guidance(self) -> tuple[str, ...]:
        return _guidance(self)

    def without_fields(self, text: str) -> str:
        return _field_lines(self).sub("", text)

    def guidance_in(self, text: str) -> tuple[str, ...]:
        """Add those of a text's lines that are the template's with fields."""
        filled = (match.group() for match in _field_lines(self).finditer(text))
        # A heading says nothing anyway, and every first-level one may be a template's title.
        lines = {plain_line(line) for line in filled if not line.lstrip().startswith("#")}
        return (*self.guidance, *sorted(lines - {""}, key=len, reverse=True))


def plain_line(line: str) -> str:
    line = re.sub(r"^[\s>*+-]*(?:\d+[.)]\s*)?(?:\[[ xX]?\]\s*)?", "", line)
    return line.replace("*", "").replace("`", "").strip()


def is_filled(text: str, guidance: Sequence[str]) -> bool:
    return next(_own_lines(text[:MAX_SECTION], guidance), None) is not None


def own_words(text: str, guidance: Sequence[str] = ()) -> str:
    return "\n".join(_own_lines(text, guidance))


def is_placeholder(text: str) -> bool:
    """``[Title]``, ``{name}``, ``...``."""
    return _PLACEHOLDER.fullmatch(text) is not None


def _block(part: Part, text: str) -> str:
    above = f"{part.above}\n\n" if part.above else ""
    below = "\n\n" if part.level == 2 else "\n"
    return f"{above}{'#' * part.level} {part.heading}{below}{text}"


@cache
def _guidance(template: Template) -> tuple[str, ...]:
    lines = [line for part in template.parts for line in part.guidance.split("\n")]
    plain = {plain_line(line) for line in (*lines, *template.other) if not _FIELD.search(line)}
    return tuple(sorted(plain - {""}, key=len, reverse=True))


@cache
def _field_lines(template: Template) -> re.Pattern[str]:
    text = "\n".join([template.head, *(part.guidance for part in template.parts), template.foot])
    lines = [line for line in text.split("\n") if _FIELD.search(line)]
    patterns = ["[^\n]*".join(map(re.escape, _FIELD.split(line)[::2])) for line in lines]
    # A field alone on its line would match any line; it is an address.
    patterns = [r"https?://\S+" if pattern == "[^\n]*" else pattern for pattern in patterns]
    return re.compile(f"^[ \t]*(?:{'|'.join(patterns) or '(?!)'})[ \t]*$", re.MULTILINE)


def _own_lines(text: str, guidance: Sequence[str]) -> Iterator[str]:
    text = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        plain = plain_line(line)
        for sentence in guidance:
            plain = plain.replace(sentence, "").strip()
        is_rule = not any(character.isalnum() for character in plain)
        if not (is_rule or is_placeholder(plain) or _HEADING.match(line)):
            yield plain
