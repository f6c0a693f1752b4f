"""``session-start-hook``: tells model and person what is active and what is next."""

from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import config, git_facts, hook_io, hook_log, render_start, report, transcript
from session_hooks.event import Event, is_attended
from session_hooks.facts import GitFacts, Scan
from session_hooks.formats import FOLDERS
from session_hooks.project import Project, find_project
from session_hooks.scan import scan
from session_hooks.state import state_folders

SECONDS = 8
"""The hook's own limit, inside the ten seconds that the settings give it."""
SCAN_SECONDS = 3


class Telling(NamedTuple):
    """What is said to whom; "" for nothing."""

    model: str = ""
    person: str = ""


def main() -> int:
    """Run the hook on stdin and return the exit code."""
    return hook_io.run("session-start-hook", handle, SECONDS)


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, facts, report, text."""
    now, environ, here = surroundings
    project = find_project(event, environ, here)
    attended = is_attended(environ) and event.agent_id is None
    settings = config.read(project)
    telling = _tell(event, project, settings, now, attended)
    lines = [telling.person] if telling.person else []
    lines += [f"{config.FILE}: {problem}" for problem in settings.problems[:2]]
    untold = hook_log.untold(state_folders(project, environ)) if attended else None
    if untold:
        lines.append(render_start.errors(untold))
        hook_log.mark_told(untold)
    message = "\n".join(lines) if attended else ""
    return hook_io.Output(stdout=hook_io.start_json(telling.model, message))


def _tell(
    event: Event, project: Project, settings: config.Config, now: datetime, attended: bool
) -> Telling:
    documents = scan(project, SCAN_SECONDS)
    facts = _facts(project, documents)
    if event.source in ("resume", "fork"):
        changed = report.at_resume(documents, facts, now, _last_written(event, now))
        if changed is None:
            return Telling()
        return Telling(render_start.changes(changed, now), render_start.changes_greeting(changed))
    if event.source == "compact":
        past = transcript.read(event.transcript_path)
        kept = report.after_compaction(documents, facts, now, past, project.root, asks=attended)
        if kept is None:
            return Telling()
        return Telling(render_start.restore(kept, now), render_start.restore_greeting(kept))
    found = report.at_start(
        documents,
        facts,
        now,
        agent_type=event.agent_type,
        asks=attended,
        max_age=settings.max_age,
    )
    if isinstance(found, report.Hint):
        used = project.has_session_files
        return Telling(render_start.hint(found, now, uses_session_files=used))
    told = render_start.overview(found, now, settings.budget)
    return Telling(told, render_start.greeting(found, now))


def _facts(project: Project, documents: Scan) -> GitFacts:
    """Ask git only where there is something to ask it about: that costs a tenth of a second."""
    if not documents.documents:
        return GitFacts()
    return git_facts.read(project, FOLDERS)


def _last_written(event: Event, now: datetime) -> datetime | None:
    """Return when the conversation was last written to.

    From the transcript's own records, since the client touches the file before this hook runs;
    else from what the client says of its last response.
    """
    last = transcript.read(event.transcript_path).last_written
    if last is None and event.seconds_since_last_response is not None:
        return now - timedelta(seconds=event.seconds_since_last_response)
    return last
