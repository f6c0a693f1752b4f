"""``pre-compact-hook``: tells the summarizer what to keep, and the person what is unwritten.

All of it is in ``compacting``, which is only imported where there may be something to say.
"""

from session_hooks import entering, outgoing

PROGRAM = "pre-compact-hook"
SECONDS = 8
"""The hook's own limit, inside the ten seconds that the settings give it."""


def program() -> None:
    """Be the console script."""
    outgoing.leave(main())


def main() -> int:
    """Run the hook on stdin; the exit code is always 0, because 2 would block the compaction."""
    return entering.run(PROGRAM, SECONDS, entering.silence, _whole)


def _whole() -> entering.Handle:
    from session_hooks import compacting

    return compacting.handle
