"""Cursor: what its hooks get, by its documents alone."""

from collections.abc import Mapping

from session_hooks.agents.agent import Agent


def is_running(environ: Mapping[str, str], _source: object, _session_id: object) -> bool:
    return "CURSOR_VERSION" in environ


AGENT = Agent(
    "cursor",
    "Cursor",
    is_running=is_running,
    context_in=("additional_context",),
    project_file=".cursor/hooks.json",
    home=".cursor",
    user_file="hooks.json",
    events={"SessionStart": "sessionStart", "SessionEnd": "sessionEnd"},
    is_flat=True,
    version=1,
    advice="runs those of .claude/settings.json, too, where that is switched on: then take one out",
    lacks=(
        "it was not tried, only read about",
        "it gives no transcript, so NEXT_SESSION.md is told and stays",
        "nothing of a start or an end is shown to you",
        "its summarizer and prompts are told nothing",
    ),
    is_tested=False,
)
