"""The table of findings: code, severity, meaning, remedy."""

import enum
from typing import NamedTuple

from session_hooks_installer.settings.handlers import Scope


class Severity(enum.Enum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


_INSTALL = "run install-hooks, in the scope that the finding names"
_ADMINISTRATOR = "ask whoever looks after this machine"
_NO_EVIDENCE = "So nothing that a document claims is checked."
_FORGETFUL = (
    "So every conversation is told everything again, and NEXT_SESSION.md stays where it is."
)
_DOES_NOTHING = "So this hook does nothing."


def _error(about: str, why: str, remedy: str) -> tuple[Severity, str, str, str]:
    return Severity.ERROR, about, why, remedy


def _warning(about: str, why: str, remedy: str) -> tuple[Severity, str, str, str]:
    return Severity.WARNING, about, why, remedy


class Code(enum.Enum):
    """A finding's severity, meaning, consequence and remedy; a finding may have more exact ones.

    The names are the JSON's words, and never change their meaning.
    """

    # Settings
    INSTALLED = Severity.OK, "events that have a handler, and where"
    NOT_INSTALLED = _error(
        "no event has a handler, in any scope",
        "So Claude Code doesn't know of them.",
        _INSTALL,
    )
    PARTLY_INSTALLED = _error(
        "an event has no handler",
        "So what that event's hook tells or notes is missing.",
        _INSTALL,
    )
    HANDLER_IGNORED = _error(
        "Claude Code leaves out a handler, for a wrong value in it or in its matcher",
        "So that event's hook doesn't run, and outside a debug log nobody is told.",
        f"mend that value, or, where install-hooks wrote it, {_INSTALL}",
    )
    TWO_SCOPES = _error(
        "an event has handlers in two scopes, or in two local files, and both run",
        "Both run each time; only with a working memory and CLAUDE_PID does one of them keep "
        "quiet.",
        "keep one: install-hooks --uninstall --scope SCOPE takes out the other",
    )
    TWO_HANDLERS = _error(
        "an event has two handlers in one file, and both run",
        TWO_SCOPES[2],
        f"take one out; of two for the same matcher {_INSTALL}",
    )
    NO_SOURCE = _error(
        "an event's handlers are for none of its sources, as far as their matchers tell",
        "So Claude Code never runs them.",
        'take "matcher" out of that group',
    )
    SOURCES_LEFT_OUT = _warning(
        "a matcher leaves out some of an event's sources",
        "So at those nothing is said, and nothing noted.",
        NO_SOURCE[3],
    )
    NOT_READ = _error(
        "Claude Code, started in this folder, doesn't read the file that a handler stands in",
        "Claude Code reads a project's settings from the very folder that it is started in, so "
        "nothing happens here.",
        "start claude at the top of the project",
    )
    OUT_OF_DATE = _warning(
        "a handler is ours, and not what this version writes",
        "It may run, but not as this version means it to.",
        _INSTALL,
    )
    UNREADABLE_SETTINGS = _error(
        "a settings file can't be read, or a plugin of ours was edited",
        "Claude Code can't read such a file either: no hook in it runs. An edited plugin is left.",
        "mend the file, at the place that is named, or delete it and install again",
    )
    SWITCHED_OFF = _error(
        "`disableAllHooks`, or managed settings, keep the hooks from running",
        "Claude Code runs none of them, in any conversation.",
        f"take that key out of the file; of managed settings, {_ADMINISTRATOR}",
    )
    UNREADABLE_MANAGED_SETTINGS = _error(
        "managed settings can't be read, and Claude Code doesn't start",
        "Claude Code refuses to start until that is mended.",
        _ADMINISTRATOR,
    )
    TRUSTED = Severity.OK, "Claude Code trusts the folder"
    UNTRUSTED = _warning(
        "nobody has told Claude Code yet that it may work in the folder",
        "Until that is answered no hook runs here in a terminal.",
        "start claude here once, and accept",
    )
    AGENT_LIMITS = Severity.OK, "what another agent asks for, and what the hooks can't do there"
    LOCAL_NOT_IGNORED = _warning(
        "git doesn't ignore the local settings",
        "It holds paths of this machine, and is meant for you alone.",
        "have git ignore it, in .git/info/exclude or .gitignore; install-hooks does",
    )
    SHARED_IGNORED = _warning(
        "git ignores the project's settings, so nobody else has them, and no other worktree",
        "So it stays here, and other worktrees don't get it.",
        "for you everywhere: install-hooks --scope user, then --uninstall here",
    )
    LOCAL_TRACKED = _warning(
        "git tracks the local settings",
        LOCAL_NOT_IGNORED[2],
        "git rm --cached .claude/settings.local.json",
    )
    # Programs
    PROGRAMS_FOUND = Severity.OK, "where the programs are"
    PROGRAM_NOT_FOUND = _error(
        "a new shell doesn't find a program",
        "So nothing happens in conversations, and nobody is told.",
        "put their folder on the PATH of new shells",
    )
    PROGRAM_MISSING = _error(
        "at a path that a handler names there is no program",
        "So these hooks don't run, and Claude Code complains each time.",
        _INSTALL,
    )
    MINIMAL_PATH = _warning(
        "`/usr/bin:/bin` alone, as an IDE may have it, leads to no program",
        "What such an IDE starts has read no profile, and so has no other PATH.",
        "start such an IDE from a terminal",
    )
    GIT_NOT_FOUND = _warning(
        "git is not found",
        _NO_EVIDENCE,
        "install git, or put its folder on the PATH",
    )
    GIT_REFUSES = _warning(
        "git refuses the repository: it is another user's, or broken",
        _NO_EVIDENCE,
        "see what git status says there",
    )
    PYTHON_BROKEN = _error(
        "a program can't be started: most likely, the Python behind it is gone",
        "So the hooks don't run.",
        "put this installation's programs in its place",
    )
    DEPENDENCY_BROKEN = _error(
        "a hook can't import what it needs",
        "So the hooks say nothing, and note nothing.",
        "install agent-session-hooks anew, as its README says, and what is named with it",
    )
    # The project, and what is remembered of it
    NO_DOCUMENTS = _warning(
        "there is nothing yet that a conversation could be told",
        "The hooks read documents, and say nothing where there are none.",
        "make .agents/sessions, and write the first",
    )
    DOCUMENTS_NOT_READ = (
        Severity.OK,
        "which files lie where documents do and are not read, and why",
    )
    WRONG_CONFIGURATION = _warning(
        "a key or value in the configuration is wrong",
        "Its default holds instead.",
        "mend that value",
    )
    STATE_WORKS = Severity.OK, "where the memory is, or will be"
    NO_STATE_FOLDER = _error(
        "there is no folder for the memory",
        _FORGETFUL,
        "set HOME or XDG_STATE_HOME",
    )
    STATE_NOT_WRITABLE = _error(
        "no folder for the memory can be written to",
        _FORGETFUL,
        "give yourself the right to write to it, or set XDG_STATE_HOME",
    )
    STATE_LOCKED = _warning(
        "another process holds the database",
        _FORGETFUL,
        "check again, and see who has it",
    )
    STATE_BROKEN = _warning(
        "the database is broken; the next conversation begins a new one",
        "The next conversation keeps a copy of it and begins anew; archived documents stay.",
        "nothing is to be done; agent-session restore lists those documents",
    )
    STATE_NEWER = _error(
        "a later version wrote the database",
        "Until then nothing is remembered.",
        "update agent-session-hooks",
    )
    STATE_UNUSABLE = _error(
        "the database can't be used, for another reason",
        _FORGETFUL,
        "see whether the disk is full, or move the database aside",
    )
    LOGGED_ERRORS = _warning(
        "hooks failed inside in the last 14 days",
        "The conversations went on without them.",
        "read the log, and once it is mended delete it",
    )
    # Trial runs
    RAN = Severity.OK, "a command worked: how long it took, and what it said"
    RUN_FAILED = _error(
        "a command can't be started, or fails",
        _DOES_NOTHING,
        "see what it says above",
    )
    TOO_SLOW = _error(
        "a command takes longer than its timeout",
        "Claude Code stops it before it has said anything.",
        'set a longer "timeout" on that handler',
    )
    HOOK_FAILED = _error(
        "a hook failed inside while it was tried, as its log says",
        "It says nothing of that itself, and leaves out what it was to do.",
        "read the log",
    )
    NOT_TRIED = _warning(
        "a command was not run: it isn't ours alone, or in no folder that you chose",
        "Whether it works is not known.",
        "see for yourself what it does",
    )

    def __init__(self, severity: Severity, about: str, why: str = "", remedy: str = "") -> None:
        self.severity = severity
        self.about = about
        self.why = why
        self.remedy = remedy

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
