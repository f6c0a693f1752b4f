"""What a hook sees when it is started: the edge where disk and processes are read."""

from session_hooks import config, transcript
from session_hooks.activity import View
from session_hooks.attendance import is_attended
from session_hooks.event import Event
from session_hooks.facts import GitFacts
from session_hooks.git_head import read_head
from session_hooks.hook_io import Surroundings
from session_hooks.process import identity
from session_hooks.project import Project
from session_hooks.scan import scan
from session_hooks.scene import Scene


def look(event: Event, surroundings: Surroundings, project: Project, scan_seconds: float) -> Scene:
    """Read what an event is judged by, without git: of that the branch alone is known."""
    now, environ, _ = surroundings
    settings = config.read(project)
    documents = scan(project, scan_seconds, settings.places)
    head = read_head(project.git_top)
    pid = environ.get("CLAUDE_PID")
    return Scene(
        event,
        project,
        settings,
        documents,
        View(now, GitFacts(head.branch), settings.max_age, settings.max_commits),
        transcript.read(event.transcript_path),
        head,
        pid,
        identity(pid),
        attended=is_attended(environ) and event.agent_id is None,
    )
