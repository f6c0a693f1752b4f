"""The table of hooks: which event runs which program, and for how long.

Imported by every hook: builtins alone.
"""

from session_hooks.util.lazy import Value


class Hook(Value):
    """One event of Claude Code and the program that serves it."""

    event: str
    program: str
    seconds: float
    """The program's own limit."""
    timeout: int
    """The limit in the settings, in seconds. SessionEnd's also lifts the second and a half that
    such hooks share otherwise."""
    former_timeouts: tuple[int, ...] = ()
    """What earlier releases wrote there; any other number is a person's own."""


SESSION_START = Hook("SessionStart", "session-start-hook", 8, 10)
PRE_COMPACT = Hook("PreCompact", "pre-compact-hook", 8, 10)
SESSION_END = Hook("SessionEnd", "session-end-hook", 0.9, 5)
"""Claude Code is closing, and gives all such hooks little more."""
HOOKS = (SESSION_START, PRE_COMPACT, SESSION_END)
