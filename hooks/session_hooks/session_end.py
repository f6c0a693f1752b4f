"""``session-end-hook``: shows the person the completion checklist, on every channel there is."""

from session_hooks import hook_io, notification, render, report, transcript
from session_hooks.event import Event, is_attended
from session_hooks.git_facts import GitFacts
from session_hooks.project import find_project
from session_hooks.scan import scan

SECONDS = 0.9
"""The hook's own limit: Claude Code is closing, and gives all such hooks little more."""
SCAN_SECONDS = 0.35
SHOW_TO_PERSON = 2
"""The exit code with which Claude Code shows stderr (CLIENT.md, "SessionEnd, channel by channel");
it blocks nothing at this event."""


def main() -> int:
    """Run the hook on stdin and return the exit code."""
    return hook_io.run("session-end-hook", handle, SECONDS)


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, report, text."""
    now, environ, here = surroundings
    if event.agent_id is not None or not is_attended(environ):
        return hook_io.Output()
    project = find_project(event, environ, here)
    if not project.has_sessions:
        return hook_io.Output()
    documents = scan(project, SCAN_SECONDS)
    # Without git: what counts here is who was written since the conversation began, and a clone
    # is older than the conversation in it.
    end = report.at_end(documents, GitFacts(), now, transcript.read(event.transcript_path))
    if end is None:
        return hook_io.Output()
    if event.reason in ("clear", "resume"):
        if not end.untouched:
            return hook_io.Output()
        return hook_io.Output(stderr=render.short_reminder(end), exit_code=SHOW_TO_PERSON)
    sequence = ""
    if end.untouched:
        sequence = notification.sequence(render.notification(end), environ)
    return hook_io.Output(hook_io.end_json(sequence), render.checklist(end), SHOW_TO_PERSON)
