"""All that ``agent-session`` knows of a project: what the hooks see, without their haste."""

import os
from datetime import datetime
from typing import NamedTuple

from session_hooks import config
from session_hooks.activity import View
from session_hooks.asking import asked
from session_hooks.document import Document
from session_hooks.evidence import gather
from session_hooks.facts import GitFacts, Scan
from session_hooks.project import Project
from session_hooks.scan import scan

SECONDS = 60
"""How long reading may take; nobody waits for a conversation here."""


class RefusedError(Exception):
    """What can't be done; the message says why and what to do."""


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
    view = View(now, GitFacts(), settings.max_age, settings.max_commits)
    facts = gather(asked(project, settings, found, view), SECONDS)
    return Survey(project, settings, found, view._replace(facts=facts))


def find(name: str, found: Survey) -> Document:
    """Return the document that a person names by its path, from here or from the project.

    Raises RefusedError where there is none.
    """
    root = found.project.root
    wanted = os.path.realpath(name)
    inside = os.path.realpath(os.path.join(root, name))
    for document in (*found.scan.documents, *found.scan.templates):
        if os.path.realpath(os.path.join(root, document.path)) in (wanted, inside):
            return document
    for file in found.scan.unread:
        if os.path.abspath(os.path.join(root, file.path)) in (wanted, inside):
            raise RefusedError(f"{name} can't be read: {file.reason}")
    if os.path.exists(wanted) or os.path.exists(inside):
        raise RefusedError(
            f"{name} is no document: its folder or name is of no format. "
            "Those there are: agent-session list --all"
        )
    raise RefusedError(f"{name} does not exist. The documents there are: agent-session list --all")
