"""The values that the world outside the documents is read into. No I/O."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from session_hooks.document import Document, Unread


class Scan(NamedTuple):
    """What a project's folders held."""

    documents: tuple[Document, ...]
    unread: tuple[Unread, ...]
    not_reached: int
    """How many files there was no time for; those that were written longest ago."""
    session_folder: str = ".agents/sessions"
    """Where session files lie here, relative to the project."""
    templates: tuple[Document, ...] = ()
    """Documents that nobody has filled in yet; no hook takes them for one."""


class GitFacts(NamedTuple):
    """The facts of one moment. ``branch`` is None outside git, with a detached HEAD, or unknown."""

    branch: str | None = None
    changed: frozenset[str] | None = None
    """Paths in the asked-for folders, relative to the project, that are untracked, ignored or
    changed; None where git doesn't tell. Only of these does the modification time mean anything:
    a clone or a checkout sets everybody else's to now."""
    ignored: frozenset[str] | None = None
    """Which of them git ignores; None where git doesn't tell."""
    committed: Mapping[str, datetime] | None = None
    """By such a path: when the last commit that touched it was made. Commits older than what was
    asked for are not in it; None where git doesn't tell."""
    untracked: frozenset[str] | None = None
    """Which of them git doesn't track, ignored ones included; None where git doesn't tell."""

    def is_tracked(self, path: str) -> bool | None:
        """Tell whether git tracks a document; None where git doesn't tell."""
        return None if self.untracked is None else path not in self.untracked

    def has_own_time(self, path: str) -> bool:
        """Tell whether a file's modification time says when somebody wrote it."""
        return self.changed is None or path in self.changed


class Work(NamedTuple):
    """What happened in a working tree since some commit."""

    commits: tuple["Commit", ...] = ()
    """The newest first."""
    changed: Mapping[str, datetime] = {}
    """By path, relative to the project: when a changed or untracked file was last written."""


class Commit(NamedTuple):
    """A commit: when it was made, and the files of the project that it touched."""

    when: datetime
    paths: frozenset[str]


class Edit(NamedTuple):
    """One edit that the conversation asked for."""

    path: str
    """Absolute, links resolved."""
    when: datetime


class Command(NamedTuple):
    """One shell command that the conversation asked for."""

    text: str
    when: datetime


class Transcript(NamedTuple):
    """What is known of a conversation; empty where it has no transcript yet."""

    began: datetime | None = None
    last_written: datetime | None = None
    edits: tuple[Edit, ...] = ()
    commands: tuple["Command", ...] = ()
    """The shell commands that it ran, which may have changed any file."""
    had_prompt: bool = False
    """Whether anybody said anything in it."""
    forked_from: str | None = None
    """The conversation that its first records were copied from."""


class Untold(NamedTuple):
    """The entries of one error log that nobody has been told of yet."""

    path: str
    entries: int
    size: int
