"""GitHub's Copilot CLI: what its hooks get (observed with 1.0.102). It gives no transcript."""

from collections.abc import Mapping

from session_hooks.agents.agent import Agent, is_outside_ci
from session_hooks.project.hooks import NESTED


def is_running(environ: Mapping[str, str], source: object, _session_id: object) -> bool:
    """It reads the settings of Claude Code, too, whose commands name no agent."""
    return source == "new" or bool(environ.get("COPILOT_CLI"))


def is_attended(environ: Mapping[str, str], _transcript: str | None = None) -> bool:
    # Set where it runs in a terminal, not with -p.
    return "COPILOT_LOADER_PID" in environ and is_outside_ci(environ)


AGENT = Agent(
    "copilot",
    "Copilot CLI",
    is_running=is_running,
    is_attended=is_attended,
    # Nested alone is thrown away; with both it takes the one at the top.
    context_in=(NESTED, "additionalContext"),
    project_file=".github/hooks/agent-session-hooks.json",
    home=".copilot",
    home_variable="COPILOT_HOME",
    user_file="hooks/agent-session-hooks.json",
    also_reads=("claude",),
    is_read_above=False,  # with -p
    events={"SessionStart": "SessionStart", "SessionEnd": "SessionEnd"},
    version=1,
    lacks=(
        "it gives no transcript, so NEXT_SESSION.md is told and stays",
        "nothing of a start or an end is shown to you",
        "its summarizer and prompts are told nothing",
    ),
)
