"""The Document value: one markdown file as it was read."""

from datetime import datetime
from enum import Enum

from session_hooks.util.lazy import Value
from session_hooks.util.stamps import Stamp


class Status(Enum):
    """What a document's status word means (003, "Lifecycle States", and its common synonyms)."""

    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    COMPLETED = "completed"
    UNKNOWN = "unknown"
    """No status word, or one that nobody specified."""


class Agent(Value):
    """One entry of ``orchestration.spawned_agents``."""

    name: str
    task: str
    status: str
    summary: str


BY_HEADING = "by its heading"


class Section(Value):
    """A heading and everything below it, its subsections included."""

    title: str
    level: int
    line: int
    """The heading's line in the file, counted from 1."""
    text: str
    how: str = BY_HEADING
    """How it was found to mean what it is taken for."""
    text_line: int = 0
    """The line that its text begins on, where it has a text."""


class Step(Value):
    """One thing to do, on one line."""

    text: str
    line: int
    how: str


class Problem(Value):
    """Something that made a document readable only in part."""

    line: int
    message: str


class Boxes(Value):
    """How many of a document's checkboxes are ticked, and how many aren't."""

    ticked: int = 0
    open: int = 0


class Document(Value):
    """A document as far as its head tells; its body is kept as text until a report needs it."""

    path: str
    """Relative to the project, with ``/``."""
    format: str
    title: str
    status: Status
    status_word: str | None
    """The status as the document spells it."""
    created: datetime | None
    updated: datetime | None
    modified: datetime
    """The file's own modification time."""
    branch: str | None
    author: str | None
    number: int | None
    """Which of several it is, by its own count: "Session 38", "Session 2 → 3"."""
    issue: str | None
    issue_url: str | None
    current_task: str | None
    agents: tuple[Agent, ...]
    has_frontmatter: bool
    head: str
    """What stands above the body, as it is: the frontmatter with its rules, or nothing."""
    body: str
    body_line: int
    """The line of the file where the body begins, counted from 1."""
    problems: tuple[Problem, ...]
    boxes: Boxes = Boxes()
    """Its checkboxes, nested ones too."""
    digest: str = ""
    """What tells the file's bytes from others."""


class Body(Value):
    """What a document's body says, each part as its author wrote it; None where it says nothing.

    ``problems`` are the whole document's, its head's included.
    """

    next_action: Step | None
    """Where the body says it outright: by a heading or a label that means it, or an open box."""
    likely: Step | None
    """What is likely to be next where nothing says it outright; never told as a fact."""
    next_steps: Section | None
    steps: tuple[Step, ...]
    """The next steps after the next action."""
    state: Section | None
    context: Section | None
    accomplished: Section | None
    progress: Section | None
    files: Section | None
    decisions: Section | None
    blockers: Section | None
    log: Section | None
    unknown: Section | None
    """The last section that may say anything, also what is next: its heading isn't known."""
    newest_log_entry: datetime | None
    problems: tuple[Problem, ...]


EMPTY = "it is empty"
"""Why a file is not read in which nothing stands."""
LEAVES = "it is a link that leaves the project, so it is not read"


class Unread(Value):
    """A file that should be a document and could not be read."""

    path: str
    reason: str


class Scan(Value):
    """What a project's folders held."""

    documents: tuple[Document, ...]
    unread: tuple[Unread, ...]
    not_reached: int
    """How many files there was no time for; those that were written longest ago."""
    session_folder: str = ".agents/sessions"
    """Where session files lie here, relative to the project."""
    templates: tuple[Document, ...] = ()
    """Documents that nobody has filled in yet; no hook takes them for one."""
    stamps: tuple[tuple[str, Stamp | None], ...] = ()
    """Of each folder and file that was looked at: its absolute path, and the stamp of what that
    leads to before it was read; None for nothing. While ``stamps.stamp`` returns equal ones for
    all, none was racy, and nothing was left for lack of time, another scan finds the same."""
    linked: tuple[str, ...] = ()
    """Which folders lie in another worktree of the repository: a link leads there."""
    copies: tuple[tuple[Document, str], ...] = ()
    """Documents that are copies of others, each with the path of that one; no hook takes them for
    ones of their own."""

    @property
    def paths(self) -> list[str]:
        """The paths of all that is a document, or should be one."""
        documents = [document.path for document in (*self.documents, *self.templates)]
        return [*documents, *(file.path for file in self.unread)]
