"""Which event runs which program, and for how long. Imported by every hook: builtins alone."""

from session_hooks.util.lazy import Value


class Hook(Value):
    event: str
    program: str
    seconds: float  # the program's own limit
    timeout: int  # in the settings; SessionEnd's lifts the 1.5 s that such hooks share, too
    matched: tuple[str, ...] = ()  # CLIENT.md, "When they fire"; nobody has seen ``fork``
    missed: str = ""  # what comes of it where no handler runs


SESSION_START = Hook(
    "SessionStart",
    "session-start-hook",
    seconds=8,
    timeout=10,
    matched=("startup", "resume", "clear", "compact"),
    missed="So no conversation is told where the work stands.",
)
PRE_COMPACT = Hook(
    "PreCompact",
    "pre-compact-hook",
    seconds=8,
    timeout=10,
    matched=("manual", "auto"),
    missed="So a summary may lose what is next.",
)
SESSION_END = Hook(
    "SessionEnd",
    "session-end-hook",
    seconds=0.9,  # Claude Code is closing, and gives all such hooks little more
    timeout=5,
    matched=("clear", "resume", "logout", "prompt_input_exit", "other"),
    missed="So nobody is reminded, and nothing is noted of how a conversation ended.",
)
HOOKS = (SESSION_START, PRE_COMPACT, SESSION_END)
