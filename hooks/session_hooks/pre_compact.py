"""``pre-compact-hook``: tells the summarizer what to keep, and the person what is unwritten."""

from session_hooks import config, git_facts, hook_io, render_compact, report, transcript
from session_hooks.event import Event, is_attended
from session_hooks.project import find_project
from session_hooks.ranking import View
from session_hooks.scan import scan

SECONDS = 8
"""The hook's own limit, inside the ten seconds that the settings give it."""
SCAN_SECONDS = 3


def main() -> int:
    """Run the hook on stdin; the exit code is always 0, because 2 would block the compaction."""
    return hook_io.run("pre-compact-hook", handle, SECONDS)


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, facts, report, text."""
    now, environ, here = surroundings
    project = find_project(event, environ, here)
    if not project.has_session_files:
        return hook_io.Output()
    settings = config.read(project)
    documents = scan(project, SCAN_SECONDS, settings.places)
    if not documents.documents:
        return hook_io.Output()
    found = report.before_compaction(
        documents,
        View(now, git_facts.read(project, settings.all_folders), settings.max_age),
        transcript.read(event.transcript_path),
        project.root,
        asks=is_attended(environ) and event.agent_id is None,
    )
    return hook_io.Output(stdout=render_compact.compaction(found, now) if found else "")
