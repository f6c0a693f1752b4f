"""Handle SubagentStop: keep what is told later, as nothing that is said here reaches anybody.

That an agent ended whose task is still open is told at the next prompt, what a compaction's summary
says at the start after it.

A compaction's summarizer is a subagent without a type, which stops before SessionStart(compact):
its last message is the summary. A subagent is compacted in the same way: then that start, as its
PreCompact, names the agent, and nothing that the summarizer's stop says does.
"""

import os

from session_hooks.events import conversation, ended_agents, watch
from session_hooks.events.context import Event, Output, Surroundings, read_context
from session_hooks.memory.model import Compacted
from session_hooks.project.hooks import SUBAGENT_STOP
from session_hooks.project.state import first_state_folder
from session_hooks.report import report

SCAN_SECONDS = 1
_MOST = 60_000
"""Characters of a summary that are looked at."""


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Say nothing: an agent that is told something goes on, and its report is lost."""
    said, name = event.last_assistant_message, event.session_id
    if event.agent_type is not None and name is not None:
        return _ended(event, surroundings, event.agent_type, name)
    if said is None or name is None:
        return Output()
    row = Compacted(name, surroundings.now, summary=said[-_MOST:])

    def save() -> None:
        own = event._replace(agent_id=None)  # the conversation is remembered, its agents are not
        _, memory = conversation.open_project(own, surroundings, SUBAGENT_STOP.program)
        memory.do(lambda store: store.save_compaction(row), None)
        memory.close()

    return Output(once_written=save)


def _ended(event: Event, surroundings: Surroundings, agent: str, name: str) -> Output:
    project, memory = conversation.open_project(event, surroundings, SUBAGENT_STOP.program)
    folder = first_state_folder(project.root, project.git_top, surroundings.environ)
    if folder and os.path.exists(watch.path(folder, name)):  # else nobody would tell it
        context = read_context(event, surroundings, project, SCAN_SECONDS)
        if report.open_tasks(context.documents, context.view, agent):
            ended_agents.note(folder, name, agent)
    memory.close()
    return Output()
