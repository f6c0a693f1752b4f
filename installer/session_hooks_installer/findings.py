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
    """What a finding is about. The words are the JSON's, and never change their meaning."""

    # Settings
    INSTALLED = "installed", Severity.OK
    NOT_INSTALLED = "not-installed", Severity.ERROR
    PARTLY_INSTALLED = "partly-installed", Severity.ERROR
    TWO_SCOPES = "two-scopes", Severity.ERROR
    TWO_HANDLERS = "two-handlers", Severity.ERROR
    """Both in one file."""
    REPEATED = "repeated", Severity.WARNING
    """The same command more than once, which Claude Code runs once."""
    SOURCES_LEFT_OUT = "sources-left-out", Severity.WARNING
    OUT_OF_DATE = "out-of-date", Severity.WARNING
    UNREADABLE_SETTINGS = "unreadable-settings", Severity.ERROR
    SWITCHED_OFF = "switched-off", Severity.ERROR
    UNREADABLE_MANAGED_SETTINGS = "unreadable-managed-settings", Severity.WARNING
    TRUSTED = "trusted", Severity.OK
    UNTRUSTED = "untrusted", Severity.WARNING
    LOCAL_NOT_IGNORED = "local-not-ignored", Severity.WARNING
    LOCAL_TRACKED = "local-tracked", Severity.WARNING
    # Programs
    PROGRAMS_FOUND = "programs-found", Severity.OK
    PROGRAM_NOT_FOUND = "program-not-found", Severity.ERROR
    """On the PATH of a new shell."""
    PROGRAM_MISSING = "program-missing", Severity.ERROR
    """The absolute path that a handler names."""
    MINIMAL_PATH = "minimal-path", Severity.WARNING
    GIT_NOT_FOUND = "git-not-found", Severity.WARNING
    PYTHON_WORKS = "python-works", Severity.OK
    PYTHON_BROKEN = "python-broken", Severity.ERROR
    DEPENDENCY_BROKEN = "dependency-broken", Severity.ERROR
    OTHER_VERSION = "other-version", Severity.WARNING
    NO_BYTECODE = "no-bytecode", Severity.WARNING
    # The project and what is remembered of it
    NO_DOCUMENTS = "no-documents", Severity.WARNING
    WRONG_CONFIGURATION = "wrong-configuration", Severity.WARNING
    STATE_WORKS = "state-works", Severity.OK
    NO_STATE_FOLDER = "no-state-folder", Severity.ERROR
    STATE_NOT_WRITABLE = "state-not-writable", Severity.ERROR
    STATE_LOCKED = "state-locked", Severity.WARNING
    STATE_BROKEN = "state-broken", Severity.WARNING
    STATE_NEWER = "state-newer", Severity.ERROR
    STATE_UNUSABLE = "state-unusable", Severity.ERROR
    LOGGED_ERRORS = "logged-errors", Severity.WARNING
    # Trial runs
    RAN = "ran", Severity.OK
    RUN_FAILED = "run-failed", Severity.ERROR
    TOO_SLOW = "too-slow", Severity.ERROR
    LITTLE_TIME = "little-time", Severity.WARNING
    HOOK_FAILED = "hook-failed", Severity.ERROR
    """Inside, and noted in its log: from outside such a run looks well."""
    NOT_TRIED = "not-tried", Severity.WARNING

    def __init__(self, word: str, severity: Severity) -> None:
        self.word = word
        self.severity = severity


class Finding(NamedTuple):
    """One thing that the check found."""

    code: Code
    what: str
    why: str = ""
    """What comes of it; "" where all is well."""
    remedy: str = ""
    """The one command that mends it; where none does, a few words."""
    scope: Scope | None = None
    path: str | None = None
    """The file it is about."""
    detail: tuple[str, ...] = ()
    """More lines for a person: what a program printed."""

    @property
    def severity(self) -> Severity:
        """How bad it is: the code says."""
        return self.code.severity


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
