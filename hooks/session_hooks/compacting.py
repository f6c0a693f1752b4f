"""A compaction from the event to what is said: what to keep, and what is unwritten."""

from session_hooks import (
    hook_io,
    moments,
    render,
    report,
    stretch,
)
from session_hooks.event import Event
from session_hooks.looking import learn, look
from session_hooks.pre_compact import PROGRAM

SCAN_SECONDS = 3
GIT_SECONDS = 2


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, facts, memory, report, text."""
    project, memory = stretch.find(event, surroundings, PROGRAM)
    if not project.has_session_files and not memory.works:
        return hook_io.Output()
    scene = look(event, surroundings, project, SCAN_SECONDS, memory)
    so_far = stretch.recall(memory, scene)
    if not memory.note(scene.claim(), so_far.conversation):
        memory.close()
        return hook_io.Output()
    learnt = learn(memory, scene, GIT_SECONDS, tree_now=True)
    scene = stretch.with_facts(scene, so_far, learnt.facts)
    shown = stretch.with_taken(scene, so_far.known.past.taken, memory, GIT_SECONDS)
    found = report.before_compaction(
        shown.documents, shown.view, shown.own, project.root, asks=shown.attended
    )

    def once_written() -> None:
        stretch.settle(memory, scene, so_far, so_far.conversation, learnt)
        memory.close()

    text = render.compaction(found) if found else ""
    return hook_io.Output(
        stdout=moments.fill(text, scene.now.timestamp()),
        once_written=once_written,
    )
