"""``session-end-hook``: shows the person the completion checklist.

All of it is in ``ending``, which is only imported where there may be something to say.
"""

from session_hooks import entering, outgoing

PROGRAM = "session-end-hook"
SECONDS = 0.9
"""The hook's own limit: Claude Code is closing, and gives all such hooks little more."""


def program() -> None:
    """Be the console script."""
    outgoing.leave(main())


def main() -> int:
    """Run the hook on stdin and return the exit code."""
    return entering.run(PROGRAM, SECONDS, entering.silence, _whole)


def _whole() -> entering.Handle:
    from session_hooks import ending

    return ending.handle
