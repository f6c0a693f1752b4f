"""Handle PreCompact: what the summary is to keep."""

from session_hooks.events import boundary, conversation
from session_hooks.events.boundary import Event
from session_hooks.events.context import learn, look
from session_hooks.project.hooks import PRE_COMPACT
from session_hooks.render import compact
from session_hooks.report import report
from session_hooks.util import ages

SCAN_SECONDS = 3
GIT_SECONDS = 2


def handle(event: Event, surroundings: boundary.Surroundings) -> boundary.Output:
    """From the event to what is said: documents, facts, memory, report, text."""
    project, memory = conversation.find(event, surroundings, PRE_COMPACT.program)
    if not project.has_session_files and not memory.works:
        return boundary.Output()
    scene = look(event, surroundings, project, SCAN_SECONDS, memory)
    so_far = conversation.recall(memory, scene)
    if not memory.note(scene.claim(), so_far.conversation):
        memory.close()
        return boundary.Output()
    learnt = learn(memory, scene, GIT_SECONDS, tree_now=True)
    scene = conversation.with_facts(scene, so_far, learnt.facts)
    shown = conversation.with_taken(scene, so_far.known.past.taken, memory, GIT_SECONDS)
    found = report.before_compaction(
        shown.documents, shown.view, shown.own, project.root, asks=shown.attended
    )

    def once_written() -> None:
        conversation.settle(memory, scene, so_far, so_far.conversation, learnt)
        memory.close()

    text = compact.compaction(found) if found else ""
    return boundary.Output(
        stdout=ages.fill(text, scene.now.timestamp()),
        once_written=once_written,
    )
