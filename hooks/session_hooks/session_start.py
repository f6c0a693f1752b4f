"""``session-start-hook``: tells model and person what is active and what is next."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import (
    config,
    git_facts,
    hook_io,
    hook_log,
    render_start,
    report,
    told,
    transcript,
)
from session_hooks.event import Event, is_attended
from session_hooks.facts import GitFacts, Scan
from session_hooks.formats import session
from session_hooks.project import CONFIG, Project, find_project
from session_hooks.ranking import View
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
    folders = state_folders(project, environ)
    remarks = list(_remarks(settings, folders)) if attended else []
    message = "\n".join([*([telling.person] if telling.person else []), *remarks])
    return hook_io.Output(stdout=hook_io.start_json(telling.model, message if attended else ""))


def _remarks(settings: config.Config, folders: list[str]) -> Iterator[str]:
    """Say what is wrong in the configuration, and what went wrong in a hook, each once."""
    if settings.problems and told.is_news(folders, "config", "\n".join(settings.problems)):
        yield from (f"{CONFIG}: {problem}" for problem in settings.problems[:3])
    untold = hook_log.untold(folders)
    if untold:
        hook_log.mark_told(untold)
        yield render_start.errors(untold)


def _tell(
    event: Event, project: Project, settings: config.Config, now: datetime, attended: bool
) -> Telling:
    documents = scan(project, SCAN_SECONDS, settings.places)
    view = View(now, _facts(project, documents, settings, now), settings.max_age)
    if event.source in ("resume", "fork"):
        changed = report.at_resume(documents, view, _last_written(event, now))
        if changed is None:
            return Telling()
        return Telling(render_start.changes(changed, now), render_start.changes_greeting(changed))
    if event.source == "compact":
        past = transcript.read(event.transcript_path)
        kept = report.after_compaction(documents, view, past, project.root, asks=attended)
        if kept is None:
            return Telling()
        return Telling(render_start.restore(kept, now), render_start.restore_greeting(kept))
    uses = frozenset(settings.formats or ())
    found = report.at_start(documents, view, agent_type=event.agent_type, asks=attended, uses=uses)
    if isinstance(found, report.Hint):
        used = project.has_session_files and session.NAME in settings.places
        hint = render_start.hint(found, now, settings, uses_session_files=used)
        return Telling(hint, render_start.hint_greeting(found, settings))
    told_model = render_start.overview(found, now, settings)
    return Telling(told_model, render_start.greeting(found, now, settings))


def _facts(project: Project, documents: Scan, settings: config.Config, now: datetime) -> GitFacts:
    """Ask git only where there is something to ask it about: that costs a tenth of a second."""
    if not documents.documents:
        return GitFacts()
    return git_facts.read(project, settings.all_folders, settings.since(now))


def _last_written(event: Event, now: datetime) -> datetime | None:
    """Return when the conversation was last written to.

    From the transcript's own records, since the client touches the file before this hook runs;
    else from what the client says of its last response.
    """
    last = transcript.read(event.transcript_path).last_written
    if last is None and event.seconds_since_last_response is not None:
        return now - timedelta(seconds=event.seconds_since_last_response)
    return last
