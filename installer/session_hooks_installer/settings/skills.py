"""Our skills, which stand beside the settings (Claude Code, "Skills")."""

from importlib import resources
from pathlib import Path

FILE = "SKILL.md"
NAMES = ("handoff", "resume-session", "close-session")
_MARK = "<!-- agent-session-hooks: `install-hooks --skills` writes this file anew. -->\n"
"""Who takes this line out keeps the file."""


def paths(settings: Path) -> list[tuple[str, Path]]:
    return [(name, settings.parent / "skills" / name / FILE) for name in NAMES]


def text(name: str) -> str:
    source = resources.files("session_hooks_installer") / "skills" / f"{name}.md"
    return f"{source.read_text(encoding='utf-8')}\n{_MARK}"


def written(name: str, before: str | None) -> str:
    """Return a skill as it is to be; somebody's own stays."""
    return text(name) if before is None or is_ours(before) else before


def without(before: str | None) -> str | None:
    return None if before is None or is_ours(before) else before


def is_ours(skill: str) -> bool:
    return _MARK in skill
