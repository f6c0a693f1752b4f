"""What a hook sees when it is started: the edge where disk, git and processes are read."""

from collections.abc import Callable
from datetime import datetime

from session_hooks import config, transcript
from session_hooks.config import Config
from session_hooks.event import Event, is_attended
from session_hooks.facts import GitFacts, Scan
from session_hooks.git_head import read_head
from session_hooks.hook_io import Surroundings
from session_hooks.process import identity
from session_hooks.project import Project
from session_hooks.ranking import View
from session_hooks.scan import scan
from session_hooks.scene import Scene

AskGit = Callable[[Project, Scan, Config, datetime], GitFacts]
"""What a hook asks git about the documents, where it has the time to."""


def look(
    event: Event, surroundings: Surroundings, project: Project, scan_seconds: float, ask: AskGit
) -> Scene:
    """Read what an event is judged by."""
    now, environ, _ = surroundings
    settings = config.read(project)
    documents = scan(project, scan_seconds, settings.places)
    head = read_head(project.git_top)
    facts = ask(project, documents, settings, now)
    if facts.branch is None:  # it was not asked, or had no time
        facts = facts._replace(branch=head.branch)
    pid = environ.get("CLAUDE_PID")
    return Scene(
        event,
        project,
        settings,
        documents,
        View(now, facts, settings.max_age),
        transcript.read(event.transcript_path),
        head,
        pid,
        identity(pid),
        attended=is_attended(environ) and event.agent_id is None,
    )
