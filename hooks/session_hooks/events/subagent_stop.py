"""Handle SubagentStop: keep what a compaction's summary says for the start after it.

A compaction's summarizer is a subagent without a type, which stops before SessionStart(compact):
its last message is the summary. A subagent is compacted in the same way: then that start, as its
PreCompact, names the agent, and nothing that the summarizer's stop says does.
"""

from session_hooks.events import conversation
from session_hooks.events.context import Event, Output, Surroundings
from session_hooks.memory.model import Compacted
from session_hooks.project.hooks import SUBAGENT_STOP

_MOST = 200_000
"""Characters of a summary that are looked at."""


def handle(event: Event, surroundings: Surroundings) -> Output:
    """Say nothing: an agent that is told something goes on, and its report is lost."""
    said, name = event.last_assistant_message, event.session_id
    if event.agent_type is not None or said is None or name is None:
        return Output()
    row = Compacted(name, surroundings.now, summary=said[-_MOST:])

    def save() -> None:
        own = event._replace(agent_id=None)  # the conversation is remembered, its agents are not
        _, memory = conversation.open_project(own, surroundings, SUBAGENT_STOP.program)
        memory.do(lambda store: store.save_compaction(row), None)
        memory.close()

    return Output(once_written=save)
