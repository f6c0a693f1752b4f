"""Handle SubagentStart: an agent's open task, where it stands, what agents before it left."""

from session_hooks.events import conversation, io
from session_hooks.events.context import Event, Output, Surroundings, load_facts, read_context
from session_hooks.project.hooks import SUBAGENT_START
from session_hooks.render import subagent
from session_hooks.report import report

SCAN_SECONDS = GIT_SECONDS = 1


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Tell an agent that a session file names; git is asked for no other one."""
    project, memory = conversation.open_project(event, surroundings, SUBAGENT_START.program)
    context = read_context(event, surroundings, project, SCAN_SECONDS)
    agent = event.agent_type
    if agent is None or not report.open_tasks(context.documents, context.view, agent):
        return Output()
    context = context.with_facts(load_facts(memory, context, GIT_SECONDS).facts)
    start = report.at_start(
        context.documents, context.view, agent_type=agent, asks=False, uses=frozenset()
    )
    memory.open(create=False)
    is_first = memory.record_event(context.claim())
    memory.close()
    if not is_first:
        return Output()
    return Output(io.told_json(SUBAGENT_START.event, subagent.task(start), ""))
