"""What ``install-hooks --check`` finds: every code that there is, and one finding."""

import enum
from collections.abc import Callable
from typing import NamedTuple

from session_hooks_installer.handlers import Scope


class Severity(enum.Enum):
    """How bad a finding is; an error makes the check fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Code(enum.Enum):
    """What a finding is about: its word, how bad it is, and what it says.

    The words are the JSON's, and never change their meaning.
    """

    # Settings
    INSTALLED = "installed", Severity.OK, "events that have a handler, and where"
    NOT_INSTALLED = "not-installed", Severity.ERROR, "no event has a handler, in any scope"
    PARTLY_INSTALLED = "partly-installed", Severity.ERROR, "an event has no handler"
    HANDLER_IGNORED = (
        "handler-ignored",
        Severity.ERROR,
        "Claude Code leaves out a handler, for a wrong value in it or in its matcher",
    )
    TWO_SCOPES = (
        "two-scopes",
        Severity.ERROR,
        "an event has handlers in two scopes, or in two local files, and both run",
    )
    TWO_HANDLERS = (
        "two-handlers",
        Severity.ERROR,
        "an event has two handlers in one file, and both run",
    )
    REPEATED = (
        "repeated",
        Severity.WARNING,
        "the same command stands in two places; Claude Code runs the last one, with its timeout",
    )
    NO_SOURCE = (
        "no-source",
        Severity.ERROR,
        "an event's handlers are for none of its sources, as far as their matchers tell",
    )
    SOURCES_LEFT_OUT = (
        "sources-left-out",
        Severity.WARNING,
        "a matcher leaves out some of an event's sources",
    )
    NOT_READ = (
        "not-read",
        Severity.ERROR,
        "Claude Code, started in this folder, doesn't read the file that a handler stands in",
    )
    OTHER_EVENT = (
        "other-event",
        Severity.WARNING,
        "one of our programs is run at an event that it is not for",
    )
    OUT_OF_DATE = (
        "out-of-date",
        Severity.WARNING,
        "a handler is ours, and not what this version writes",
    )
    UNREADABLE_SETTINGS = (
        "unreadable-settings",
        Severity.ERROR,
        "a settings file can't be read, by Claude Code neither",
    )
    REFUSED_SETTINGS = (
        "refused-settings",
        Severity.ERROR,
        "Claude Code takes nothing of a settings file: it is too large, or a value in it is wrong",
    )
    NOT_EDITABLE = (
        "not-editable",
        Severity.WARNING,
        "Claude Code reads a settings file that `install-hooks` refuses to edit",
    )
    LINKED_SETTINGS = (
        "linked-settings",
        Severity.WARNING,
        "`.claude` leads out of the project: what is there counts, and is not edited",
    )
    EMPTY_CONFIG_DIR = (
        "empty-config-dir",
        Severity.WARNING,
        "`CLAUDE_CONFIG_DIR` is set and empty, which moves your own settings",
    )
    RELATIVE_CONFIG_DIR = (
        "relative-config-dir",
        Severity.WARNING,
        "`CLAUDE_CONFIG_DIR` is no whole path, as with a `~` that nothing expands",
    )
    SWITCHED_OFF = (
        "switched-off",
        Severity.ERROR,
        "`disableAllHooks`, or managed settings, keep the hooks from running",
    )
    UNREADABLE_MANAGED_SETTINGS = (
        "unreadable-managed-settings",
        Severity.ERROR,
        "managed settings can't be read, and Claude Code doesn't start",
    )
    TRUSTED = "trusted", Severity.OK, "Claude Code trusts the folder"
    UNTRUSTED = (
        "untrusted",
        Severity.WARNING,
        "nobody has told Claude Code yet that it may work in the folder",
    )
    LOCAL_NOT_IGNORED = (
        "local-not-ignored",
        Severity.WARNING,
        "git doesn't ignore the local settings",
    )
    SHARED_IGNORED = (
        "shared-ignored",
        Severity.WARNING,
        "git ignores the project's settings, so nobody else has them, and no other worktree",
    )
    LOCAL_TRACKED = "local-tracked", Severity.WARNING, "git tracks the local settings"
    # Programs
    PROGRAMS_FOUND = "programs-found", Severity.OK, "where the programs are"
    PROGRAM_NOT_FOUND = "program-not-found", Severity.ERROR, "a new shell doesn't find a program"
    PROGRAM_MISSING = (
        "program-missing",
        Severity.ERROR,
        "at a path that a handler names there is no program",
    )
    MINIMAL_PATH = (
        "minimal-path",
        Severity.WARNING,
        "`/usr/bin:/bin` alone, as an IDE may have it, leads to no program",
    )
    GIT_NOT_FOUND = "git-not-found", Severity.WARNING, "a new shell doesn't find git"
    GIT_TOO_OLD = (
        "git-too-old",
        Severity.WARNING,
        "git doesn't know what the hooks ask it: it is older than 2.18",
    )
    GIT_REFUSES = (
        "git-refuses",
        Severity.WARNING,
        "git refuses the repository: it is another user's, or broken",
    )
    PYTHON_WORKS = (
        "python-works",
        Severity.OK,
        "the Python behind the programs, which has all it needs",
    )
    PYTHON_BROKEN = (
        "python-broken",
        Severity.ERROR,
        "the Python behind a program is gone, or doesn't start",
    )
    DEPENDENCY_BROKEN = (
        "dependency-broken",
        Severity.ERROR,
        "that Python can't import what the hooks need",
    )
    OTHER_VERSION = (
        "other-version",
        Severity.WARNING,
        "the programs are of another version than `install-hooks`",
    )
    NO_BYTECODE = (
        "no-bytecode",
        Severity.WARNING,
        "modules are not compiled, or not anew since they changed",
    )
    # The project, and what is remembered of it
    NO_DOCUMENTS = (
        "no-documents",
        Severity.WARNING,
        "there is nothing yet that a conversation could be told",
    )
    DOCUMENTS_NOT_READ = (
        "documents-not-read",
        Severity.OK,
        "which files lie where documents do and are not read, and why",
    )
    WRONG_CONFIGURATION = (
        "wrong-configuration",
        Severity.WARNING,
        "a key or value in the configuration is wrong",
    )
    STATE_WORKS = "state-works", Severity.OK, "where the memory is, or will be"
    NO_STATE_FOLDER = "no-state-folder", Severity.ERROR, "there is no folder for the memory"
    STATE_NOT_WRITABLE = (
        "state-not-writable",
        Severity.ERROR,
        "no folder for the memory can be written to",
    )
    STATE_LOCKED = "state-locked", Severity.WARNING, "another process holds the database"
    STATE_BROKEN = (
        "state-broken",
        Severity.WARNING,
        "the database is broken; the next conversation begins a new one",
    )
    STATE_NEWER = "state-newer", Severity.ERROR, "a later version wrote the database"
    STATE_UNUSABLE = (
        "state-unusable",
        Severity.ERROR,
        "the database can't be used, for another reason",
    )
    LOGGED_ERRORS = "logged-errors", Severity.WARNING, "hooks failed inside in the last 14 days"
    # Trial runs
    RAN = "ran", Severity.OK, "a command worked: how long it took, and what it said"
    RUN_FAILED = "run-failed", Severity.ERROR, "a command can't be started, or fails"
    TOO_SLOW = "too-slow", Severity.ERROR, "a command takes longer than its timeout"
    LITTLE_TIME = (
        "little-time",
        Severity.WARNING,
        "SessionEnd's command takes more than half of its timeout",
    )
    HOOK_FAILED = (
        "hook-failed",
        Severity.ERROR,
        "a hook failed inside while it was tried, as its log says",
    )
    NOT_TRIED = (
        "not-tried",
        Severity.WARNING,
        "a command was not run: it isn't ours alone, or in no folder that you chose",
    )

    def __init__(self, word: str, severity: Severity, about: str) -> None:
        self.word = word
        self.severity = severity
        self.about = about


class Words(str):
    """A remedy that is no command: what a person is to do."""

    __slots__ = ()


class Finding(NamedTuple):
    """One thing that the check found."""

    code: Code
    what: str
    why: str = ""
    """What comes of it; "" where all is well."""
    remedy: str = ""
    """The one command that mends it, as a person may paste it; where none does, ``Words``."""
    scope: Scope | None = None
    path: str | None = None
    """The file it is about."""
    detail: tuple[str, ...] = ()
    """More lines for a person: what a program printed."""

    @property
    def severity(self) -> Severity:
        """How bad it is: the code says."""
        return self.code.severity

    @property
    def is_command(self) -> bool:
        """Whether the remedy is one that can be pasted."""
        return bool(self.remedy) and not isinstance(self.remedy, Words)


class Run(NamedTuple):
    """One trial run of a handler's command."""

    event: str
    command: str
    scope: Scope
    exit_code: int | None
    """None where it was stopped, or could not be started."""
    seconds: float
    stdout: str
    stderr: str


class Report(NamedTuple):
    """All that the check found, in the order in which it is read."""

    findings: tuple[Finding, ...]
    runs: tuple[Run, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether there is no error."""
        return self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        """Return how many findings are as bad as that."""
        return sum(finding.severity is severity for finding in self.findings)


Command = Callable[[str], str]
"""What turns arguments of ``install-hooks`` into the whole command line for the checked folder."""
