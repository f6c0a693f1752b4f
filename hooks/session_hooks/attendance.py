"""Who is at the other end of an event: a person, or nobody.

Imported in front of a waiting person at every start: builtins alone.
"""

from collections.abc import Mapping


def is_attended(environ: Mapping[str, str]) -> bool:
    """Tell whether a person is there to read and to answer.

    ``CLAUDE_CODE_SESSION_ATTENDED`` decides. Older clients don't set it: there an SDK's entry
    point, a CI action, or ``CI`` in the environment mean that nobody is (CLIENT.md, "Environment
    of a hook"). An IDE's or the desktop application's entry point is a person.
    """
    attended = environ.get("CLAUDE_CODE_SESSION_ATTENDED")
    if attended in ("0", "1"):
        return attended == "1"
    entry_point = environ.get("CLAUDE_CODE_ENTRYPOINT", "")
    if entry_point.startswith("sdk-") or entry_point == "claude-code-github-action":
        return False
    return environ.get("CI", "").casefold() in ("", "0", "false")
