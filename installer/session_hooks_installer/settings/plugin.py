"""Settings of an agent that runs no handlers: they stand in a plugin of ours that runs them."""

import hashlib
from importlib import resources

from session_hooks.agents.agent import Agent
from session_hooks_installer.settings import json_edit
from session_hooks_installer.settings.json_edit import SettingsError

_BEFORE, _NONE, _BEHIND = "\nconst { hooks } = ", "{}", "\n\n"
_SEAL = "// agent-session-hooks, unedited: "


def written(agent: Agent, settings: str) -> str:
    """Return the plugin around settings; by its last line an older one is known as ours, too."""
    source = resources.files("session_hooks_installer") / "settings" / agent.plugin
    template = source.read_text(encoding="utf-8")
    return sealed(template.replace(_BEFORE + _NONE, _BEFORE + settings.rstrip(), 1) + "\n")


def read(text: str) -> str:
    """Return the settings in a plugin; raises SettingsError where it isn't as we wrote it."""
    text = text.replace("\r\n", "\n")  # as git may check it out
    if json_edit.is_blank(text):
        return text
    if sealed(text.rpartition(_SEAL)[0]) != text:
        raise SettingsError("edited, or not ours, so it stays: delete it yourself", text, 0)
    return text.partition(_BEFORE)[2].partition(_BEHIND)[0]


def sealed(text: str) -> str:
    """Add the line that tells whether a text is as we wrote it."""
    return f"{text}{_SEAL}{hashlib.sha256(text.encode()).hexdigest()}\n"
