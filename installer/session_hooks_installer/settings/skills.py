"""Put our skills beside the settings, and take them out again (Claude Code, "Skills")."""

from importlib import resources

NAMES = ("handoff", "resume-session", "close-session")


def text(name: str) -> str:
    """Return a skill's text."""
    folder = resources.files("session_hooks_installer") / "skills"
    return (folder / f"{name}.md").read_text(encoding="utf-8")
