"""Factory's Droid: what its hooks get, by its documents alone."""

from collections.abc import Mapping

from session_hooks.agents.agent import Agent


def is_running(environ: Mapping[str, str], _source: object, _session_id: object) -> bool:
    return "FACTORY_PROJECT_DIR" in environ


AGENT = Agent(
    "droid",
    "Droid",
    is_running=is_running,
    project_file=".factory/settings.json",
    home=".factory",
    user_file="settings.json",
    events={"SessionStart": "SessionStart", "SessionEnd": "SessionEnd"},
    lacks=(
        "it was not tried, only read about",
        "whether it tells that somebody read a text is not known, so NEXT_SESSION.md stays",
    ),
    is_tested=False,
)
