"""``pre-compact-hook``: tells the summarizer what to keep, and the person what is unwritten."""

from session_hooks import (
    config,
    git_facts,
    hook_io,
    render_compact,
    report,
    stretch,
    transcript,
)
from session_hooks.event import Event, is_attended
from session_hooks.memory import for_hook
from session_hooks.project import find_project
from session_hooks.ranking import View
from session_hooks.scan import scan
from session_hooks.state import state_folders

PROGRAM = "pre-compact-hook"
SECONDS = 8
"""The hook's own limit, inside the ten seconds that the settings give it."""
SCAN_SECONDS = 3
GIT_SECONDS = 1


def main() -> int:
    """Run the hook on stdin; the exit code is always 0, because 2 would block the compaction."""
    return hook_io.run(PROGRAM, handle, SECONDS)


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, facts, memory, report, text."""
    now, environ, here = surroundings
    project = find_project(event, environ, here)
    memory = for_hook(state_folders(project, environ), now, PROGRAM, event.name)
    if event.session_id and event.agent_id is None:
        memory.open(create=project.has_session_files)
    if not project.has_session_files and not memory.works:
        return hook_io.Output()
    settings = config.read(project)
    documents = scan(project, SCAN_SECONDS, settings.places)
    view = View(now, git_facts.read(project, settings.all_folders), settings.max_age)
    own = transcript.read(event.transcript_path)
    pid, attended = environ.get("CLAUDE_PID"), is_attended(environ) and event.agent_id is None
    seen = stretch.Seen(event, pid, attended, project, settings, documents, view, own)
    known = stretch.recall(memory, seen)
    if not stretch.note(memory, known, seen, known.conversation, GIT_SECONDS):
        return hook_io.Output()
    memory.close()
    found = report.before_compaction(documents, view, own, project.root, asks=attended)
    return hook_io.Output(stdout=render_compact.compaction(found, now) if found else "")
