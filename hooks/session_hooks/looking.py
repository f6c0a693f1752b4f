"""What a hook sees when it is started: the edge where disk and processes are read."""

from datetime import datetime

from session_hooks import config, knowing, transcript
from session_hooks.activity import View
from session_hooks.attendance import client, is_attended
from session_hooks.event import Event
from session_hooks.facts import GitFacts
from session_hooks.git_head import read_head
from session_hooks.hook_io import Surroundings
from session_hooks.index import Index, Indexed, reader
from session_hooks.memory import Memory
from session_hooks.process import identity
from session_hooks.project import Project
from session_hooks.records import Gathered
from session_hooks.scan import scan
from session_hooks.scene import Scene


def look(
    event: Event,
    surroundings: Surroundings,
    project: Project,
    scan_seconds: float,
    memory: Memory,
) -> Scene:
    """Read what an event is judged by, without git: of that the branch alone is known.

    What ``memory`` holds of unchanged documents is not read again.
    """
    now, environ, _ = surroundings
    settings = config.read(project)
    project = project._replace(redact=settings.redact)
    index = remembered(memory, project, now)
    documents = scan(project, scan_seconds, settings.places, index)
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
        noted=index,
        client=client(environ, event.source, event.session_id),
    )


def remembered(memory: Memory, project: Project, now: datetime) -> Index:
    """Return what is remembered of a project's documents; nothing where that fails."""
    found = memory.do(lambda store: store.indexed(project.root, reader(project)), Indexed())
    return Index(found, int(now.timestamp() * 1000**3))


def keep(memory: Memory, scene: Scene) -> None:
    """Remember what was found out about the documents; nobody waits for it any more."""
    if scene.noted is not None:
        keep_of(memory, scene.project, scene.noted, scene.now)


def keep_of(memory: Memory, project: Project, index: Index, now: datetime) -> None:
    """Remember what was found out about a project's documents."""
    if not memory.works:
        return
    changes = index.changes()
    if changes or index.is_due(now):
        memory.do(lambda store: store.index(project.root, reader(project), changes, now), None)


def learn(
    memory: Memory, scene: Scene, seconds: float, *, tree_now: bool = False
) -> knowing.Knowledge:
    """Return what git knows of the documents, as ``knowing.learn`` does."""

    def load() -> tuple[str, str] | None:
        row = memory.do(lambda store: store.gathered(scene.project.root), None)
        return None if row is None else (row.key, row.facts)

    return knowing.learn(load, scene.asked(), seconds, tree_now=tree_now)


def keep_learnt(memory: Memory, scene: Scene, learnt: knowing.Knowledge) -> None:
    """Remember what git knew, if it was asked now."""

    def save(key: str, facts: str) -> None:
        row = Gathered(scene.project.root, key, scene.now, facts)
        memory.do(lambda store: store.keep(row), None)

    knowing.keep(save, learnt)
