"""``pre-compact-hook``: tells the summarizer what to keep, and the person what is unwritten."""

import os
from datetime import datetime

from session_hooks import (
    archive,
    git_facts,
    handover,
    hook_io,
    render_compact,
    report,
    stretch,
)
from session_hooks.config import Config
from session_hooks.event import Event
from session_hooks.facts import GitFacts, Scan
from session_hooks.looking import look
from session_hooks.memory import for_hook
from session_hooks.project import Project, find_project
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
    scene = look(event, surroundings, project, SCAN_SECONDS, _ask_git)
    known = stretch.recall(memory, scene)
    if not stretch.note(memory, scene, known, known.conversation, GIT_SECONDS):
        return hook_io.Output()
    memory.close()
    folder = os.path.join(memory.folder or "", archive.FOLDER)
    scene = scene.with_document(handover.taken_before(known.known.past.taken, folder))
    found = report.before_compaction(
        scene.documents, scene.view, scene.own, project.root, asks=scene.attended
    )
    return hook_io.Output(stdout=render_compact.compaction(found, now) if found else "")


def _ask_git(project: Project, _documents: Scan, settings: Config, _now: datetime) -> GitFacts:
    return git_facts.read(project, settings.all_folders)
