"""Handle UserPromptSubmit: what came meanwhile, what is written at a stop, what it is called."""

from session_hooks.documents.model import Document
from session_hooks.events import baseline, ended_agents, io, session_title, stops
from session_hooks.events.context import (
    Event,
    HookContext,
    Output,
    Recalled,
    Surroundings,
    load_facts,
    read_context,
)
from session_hooks.memory.memory import for_hook
from session_hooks.project.hooks import USER_PROMPT_SUBMIT
from session_hooks.project.project import find_project
from session_hooks.project.state import state_folders
from session_hooks.render import prompt
from session_hooks.report import report

SCAN_SECONDS = 2
GIT_SECONDS = 1


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Compare the documents with those that this conversation knows."""
    now, environ, here = surroundings
    project = find_project(event.cwd, environ, here)
    folders = state_folders(project.root, project.git_top, environ)
    if not (folders and event.session_id):
        return Output()
    folder, name = folders[0], event.session_id
    memory = for_hook(folders, now, USER_PROMPT_SUBMIT.program, event.name)
    memory.open(create=False)
    past = memory.recall(project.root, name)
    before = baseline.load(folder, name, past, project.root)
    is_stop, agents = stops.is_stop(event.prompt), ended_agents.read(folder, name)
    # For news alone no document is read but those that changed.
    known = {} if before.is_first or is_stop or agents else before.known(now)
    context = read_context(event, surroundings, project, SCAN_SECONDS, known=known)
    is_silent = not (context.attended and (context.uses_documents or memory.works))
    # A client that gives prompts no id gives two of them nothing to be told apart by.
    if is_silent or not (event.prompt_id is None or memory.record_event(context.claim())):
        memory.close()
        return Output()
    news = baseline.news(context, before)
    lines = list(prompt.news(news, {*before.told, *before.seen}, is_first=before.is_first))
    for agent in agents:
        lines += prompt.left_open(report.open_tasks(context.documents, context.view, agent))
    # What its start took is told again as it is, where nothing was done with it.
    if is_stop and not (past.taken and context.own.has_only_talked):
        context = context.with_facts(load_facts(memory, context, GIT_SECONDS).facts)
        documents, uses = context.documents, Recalled(past, {}).used_formats(context)
        start = report.at_start(documents, context.view, agent_type=None, asks=True, uses=uses)
        touched = report.last_touched(context.own, project.root).items()
        written = {path for path, (wrote, _) in touched if wrote}
        own = _own_file(context.with_told(past))
        lines += prompt.stop(start, own, context.settings, written)
    title = session_title.choose(context, before, past, memory)
    memory.close()

    def save() -> None:
        ended_agents.forget(folder, name)
        baseline.save(context, folder, name, before, title)

    said = io.told_json(
        USER_PROMPT_SUBMIT.event,
        "\n".join(lines),
        prompt.greeting(news),
        title=title if title and title != event.session_title else "",
    )
    return Output(said, once_written=save)


def _own_file(context: HookContext) -> Document | None:
    """Return what the conversation touched last, else what its start told first, if still there."""
    documents, view, root = context.documents, context.view, context.project.root
    found = report.at_compaction(documents, view, context.own, root, asks=True)
    touched = report.last_touched(context.own, root)
    is_gone = {*view.told[:1]} - {one.path for one in documents.documents}
    if found is None:
        return None
    # What its start took is gone; the work is then this branch's.
    is_its = found.lead.on_branch or found.lead.document.path in touched
    if (is_gone and not is_its) or (
        found.lead.is_theirs and found.lead.document.path not in touched
    ):
        return None
    return found.lead.document
