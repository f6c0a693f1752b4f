"""Who is at the other end of an event: which program, and a person or nobody.

Imported in front of a waiting person at every start: builtins alone.
"""

from collections.abc import Mapping

CLAUDE_CODE, COPILOT, ANOTHER = "Claude Code", "Copilot", "another"
"""The client that runs a hook. ``COPILOT`` takes the settings of Claude Code and hears its answer
in another place; of any other but Claude Code it is not known what becomes of an answer."""
_OWN = ("CLAUDE_CODE_", "CLAUDE_PID")


def client(environ: Mapping[str, str], source: object, session_id: object) -> str:
    """Tell which client a start comes from (CLIENT.md, "Other agents that run such hooks").

    A client that runs in another one's shell has that one's variables, too. So what Claude Code
    sets for each hook decides, then what others set, then what it sets for all that it runs.
    """
    own_session = environ.get("CLAUDE_CODE_SESSION_ID")
    if own_session and own_session == session_id:
        return CLAUDE_CODE
    if source == "new" or environ.get("COPILOT_CLI"):
        return COPILOT
    if own_session or environ.get("GEMINI_SESSION_ID"):
        return ANOTHER
    return CLAUDE_CODE if any(name.startswith(_OWN) for name in environ) else ANOTHER


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
