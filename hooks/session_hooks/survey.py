"""All that ``agent-session`` knows of a project: what the hooks see, without their haste."""

from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import config, git_facts
from session_hooks.facts import Scan
from session_hooks.project import Project
from session_hooks.ranking import View
from session_hooks.scan import scan

SECONDS = 60
"""How long reading may take; nobody waits for a conversation here."""
LONG = timedelta(days=365)
"""How far back commits are looked at where no document is ever old."""


class Survey(NamedTuple):
    """A project's documents and what they are judged against."""

    project: Project
    settings: config.Config
    scan: Scan
    view: View


def survey(project: Project, now: datetime) -> Survey:
    """Read a project's configuration and documents, and ask git about them."""
    settings = config.read(project)
    found = scan(project, SECONDS, settings.places)
    since = now - (settings.max_age or LONG)
    facts = git_facts.read(project, settings.all_folders, since, SECONDS)
    return Survey(project, settings, found, View(now, facts, settings.max_age))
