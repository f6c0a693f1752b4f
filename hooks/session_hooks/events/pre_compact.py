"""Handle PreCompact: what the summary is to keep."""

from session_hooks.events import conversation
from session_hooks.events.context import Event, Output, Surroundings, load_facts, read_context
from session_hooks.project.hooks import PRE_COMPACT
from session_hooks.render import compact
from session_hooks.report import report
from session_hooks.util import dates

SCAN_SECONDS = 3
GIT_SECONDS = 2


def handle(event: Event, surroundings: Surroundings) -> Output:
    project, memory = conversation.open_project(event, surroundings, PRE_COMPACT.program)
    if not project.has_session_files and not memory.works:
        return Output()
    context = read_context(event, surroundings, project, SCAN_SECONDS)
    current = conversation.recall(memory, context)
    if not memory.record_event(context.claim(), current.conversation):
        memory.close()
        return Output()
    learnt = load_facts(memory, context, GIT_SECONDS, tree_now=True)
    past = current.recalled.past
    context = context.with_facts(learnt.facts).with_told(past)
    shown = conversation.with_taken(context, past.taken, memory, GIT_SECONDS)
    found = report.at_compaction(
        shown.documents, shown.view, shown.own, project.root, asks=shown.attended
    )

    def once_written() -> None:
        conversation.settle(memory, context, current, learnt)
        memory.close()

    is_heard = PRE_COMPACT.event in context.agent.shown
    text = compact.compaction(found) if found and is_heard else ""
    return Output(stdout=dates.fill(text, context.now.timestamp()), once_written=once_written)
