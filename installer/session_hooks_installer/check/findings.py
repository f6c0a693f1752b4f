"""The table of findings: code, severity, what comes of it, what mends it."""

import enum
from collections.abc import Callable
from typing import NamedTuple, Self

from session_hooks_installer.settings.handlers import Scope


class Severity(enum.Enum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


_OK, _WARNING, _ERROR = Severity
_ADMINISTRATOR = "ask whoever looks after this machine"
_NO_EVIDENCE = "So nothing that a document claims is checked."
_FORGETFUL = (
    "So every conversation is told everything again, and NEXT_SESSION.md stays where it is."
)


class Code(enum.Enum):
    """A finding's severity, what comes of it and what mends it; the finding itself may say more.

    The names are the JSON's words, and never change their meaning.
    """

    # Settings
    INSTALLED = _OK
    NOT_INSTALLED = _ERROR, "So Claude Code doesn't know of them."
    PARTLY_INSTALLED = _ERROR
    HANDLER_IGNORED = _ERROR
    TWO_SCOPES = (
        _ERROR,
        "Both run each time; only with a working memory and CLAUDE_PID does one of them keep "
        "quiet.",
    )
    TWO_HANDLERS = TWO_SCOPES
    NO_SOURCE = _ERROR
    SOURCES_LEFT_OUT = _WARNING
    NOT_READ = _ERROR
    OUT_OF_DATE = _WARNING, "It may run, but not as this version means it to."
    UNREADABLE_SETTINGS = _ERROR, "Claude Code can't read it either, and no hook in it runs."
    SWITCHED_OFF = _ERROR, "Claude Code runs none of them, in any conversation."
    UNREADABLE_MANAGED_SETTINGS = (
        _ERROR,
        "Claude Code refuses to start until that is mended.",
        _ADMINISTRATOR,
    )
    TRUSTED = _OK
    UNTRUSTED = (
        _WARNING,
        "Until that is answered no hook runs here in a terminal.",
        "start claude here once, and accept",
    )
    LOCAL_NOT_IGNORED = _WARNING, "It holds paths of this machine, and is meant for you alone."
    SHARED_IGNORED = (
        _WARNING,
        "So it stays here, and other worktrees don't get it.",
        "for you everywhere: install-hooks --scope user, then --uninstall here",
    )
    LOCAL_TRACKED = LOCAL_NOT_IGNORED
    # Programs
    PROGRAMS_FOUND = _OK
    PROGRAM_NOT_FOUND = (
        _ERROR,
        "So nothing happens in conversations, and nobody is told.",
        "put their folder on the PATH of new shells",
    )
    PROGRAM_MISSING = _ERROR, "So these hooks don't run, and Claude Code complains each time."
    MINIMAL_PATH = (
        _WARNING,
        "What such an IDE starts has read no profile, and so has no other PATH.",
        "start such an IDE from a terminal",
    )
    GIT_NOT_FOUND = _WARNING, _NO_EVIDENCE, "install git, or put its folder on the PATH"
    GIT_REFUSES = _WARNING, _NO_EVIDENCE
    PYTHON_BROKEN = _ERROR, "So the hooks don't run."
    DEPENDENCY_BROKEN = (
        _ERROR,
        "So the hooks say nothing, and note nothing.",
        "install agent-session-hooks anew, as its README says, and what is named with it",
    )
    # The project, and what is remembered of it
    NO_DOCUMENTS = _WARNING, "The hooks read documents, and say nothing where there are none."
    DOCUMENTS_NOT_READ = _OK
    WRONG_CONFIGURATION = _WARNING, "Its default holds instead."
    STATE_WORKS = _OK
    NO_STATE_FOLDER = _ERROR, _FORGETFUL, "set HOME or XDG_STATE_HOME"
    STATE_NOT_WRITABLE = _ERROR, _FORGETFUL
    STATE_LOCKED = _WARNING, _FORGETFUL
    STATE_BROKEN = (
        _WARNING,
        "The next conversation keeps a copy of it and begins anew; archived documents stay.",
        "nothing is to be done; agent-session restore lists those documents",
    )
    STATE_NEWER = _ERROR, "Until then nothing is remembered.", "update agent-session-hooks"
    STATE_UNUSABLE = _ERROR, _FORGETFUL
    LOGGED_ERRORS = _WARNING, "The conversations went on without them."
    # Trial runs
    RAN = _OK
    RUN_FAILED = _ERROR, "So this hook does nothing.", "see what it says above"
    TOO_SLOW = _ERROR, "Claude Code stops it before it has said anything."
    HOOK_FAILED = _ERROR, "It says nothing of that itself, and leaves out what it was to do."
    NOT_TRIED = _WARNING, "Whether it works is not known.", "see for yourself what it does"

    severity: Severity
    why: str
    remedy: str

    def __new__(cls, severity: Severity, why: str = "", remedy: str = "") -> Self:
        code = object.__new__(cls)
        code._value_ = len(cls.__members__)  # else two that are alike would be one
        code.severity, code.why, code.remedy = severity, why, remedy
        return code

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")


class Words(str):
    """A remedy that is no command: what a person is to do."""

    __slots__ = ()


class Finding(NamedTuple):
    code: Code
    what: str
    remedy: str = ""  # one that can be pasted, or ``Words``; "" for the code's
    why: str = ""  # "" for the code's
    scope: Scope | None = None
    path: str | None = None
    detail: tuple[str, ...] = ()  # what a program printed

    @property
    def severity(self) -> Severity:
        return self.code.severity

    @property
    def reason(self) -> str:
        return self.why or self.code.why

    @property
    def advice(self) -> str:
        return self.remedy or Words(self.code.remedy)

    @property
    def is_command(self) -> bool:
        return bool(self.remedy) and not isinstance(self.remedy, Words)


Command = Callable[[str], str]  # from arguments of install-hooks to a line for the checked folder
