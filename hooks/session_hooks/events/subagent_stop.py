"""Handle SubagentStop: what a summary says, and an agent that leaves its entry open.

A compaction's summarizer is a subagent without a type, which stops before SessionStart(compact):
its last message is the summary.
"""

from session_hooks.events import conversation, io
from session_hooks.events.context import Event, Output, Surroundings, read_context
from session_hooks.memory.model import Compacted
from session_hooks.project.hooks import SUBAGENT_STOP
from session_hooks.render import subagent
from session_hooks.report import report

SCAN_SECONDS = 1
_MOST = 200_000
"""Characters of a summary that are looked at."""


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Keep a summary for the start after it; remind an agent once, before it stops."""
    if event.agent_type is None:
        return Output(once_written=lambda: _keep_summary(event, surroundings))
    if event.stop_hook_active:
        return Output()
    project, memory = conversation.open_project(event, surroundings, SUBAGENT_STOP.program)
    context = read_context(event, surroundings, project, SCAN_SECONDS, memory)
    tasks = report.open_tasks(context.documents, context.view, event.agent_type)
    text = subagent.reminder(event.agent_type, tasks)
    return Output(io.told_json(SUBAGENT_STOP.event, text, ""))


def _keep_summary(event: Event, surroundings: Surroundings) -> None:
    said, name = event.last_assistant_message, event.session_id
    if said is None or name is None:
        return
    own = event._replace(agent_id=None)  # the conversation is remembered, its agents are not
    _, memory = conversation.open_project(own, surroundings, SUBAGENT_STOP.program)
    row = Compacted(name, surroundings.now, summary=said[:_MOST])
    memory.do(lambda store: store.save_compaction(row), None)
    memory.close()
