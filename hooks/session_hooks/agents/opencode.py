"""opencode: what our plugin there is given and passes on (observed with 1.18)."""

from collections.abc import Mapping

from session_hooks.agents.agent import Agent, is_outside_ci


def is_attended(environ: Mapping[str, str], _transcript: str | None = None) -> bool:
    # The plugin says so, by whether the model may ask a question: not in `opencode run`.
    return environ.get("SESSION_HOOKS_ATTENDED") == "1" and is_outside_ci(environ)


AGENT = Agent(
    "opencode",
    "opencode",
    is_attended=is_attended,
    shown=("SessionStart", "PreCompact"),
    project_file=".opencode/plugins/agent-session-hooks.js",
    home=".config",
    home_variable="XDG_CONFIG_HOME",
    user_file="opencode/plugins/agent-session-hooks.js",
    events={name: name for name in ("SessionStart", "PreCompact", "SessionEnd")},
    is_flat=True,
    plugin="opencode.js",
    advice="gets its library for plugins from npm, once here; without a network each start waits",
    lacks=(
        "opencode 2 takes plugins of another form, by its documents, and is told nothing",
        "it gives no transcript, so NEXT_SESSION.md is told and stays",
        "nothing of an end is shown: what it leaves open is told at the next start",
        "after a summary what is next is told again with the next prompt, not before it",
    ),
)
