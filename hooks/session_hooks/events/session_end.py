"""Handle SessionEnd: show the completion checklist."""

import contextlib
import time
from collections.abc import Mapping

from session_hooks.documents.config import Config
from session_hooks.events import boundary, conversation, io, notification, prepare
from session_hooks.events.boundary import Event
from session_hooks.events.context import Scene, learn, look
from session_hooks.memory.memory import Memory
from session_hooks.project.hooks import SESSION_END
from session_hooks.project.state import state_folders
from session_hooks.render import end as render_end
from session_hooks.report import report
from session_hooks.util import ages
from session_hooks.util.deadline import OutOfTimeError, time_limit

SCAN_SECONDS = 0.35
GIT_SECONDS = 0.45
_FOR_THE_REST = 0.35
"""Seconds for the interpreter's start, a git that has to be killed, and writing all of it down."""
_WHILE_THERE_IS_TIME = 0.3
"""Seconds after which the next start's answer isn't prepared any more."""
_TO_FORESEE = 0.3
_GOES_ON = ("clear", "resume")
"""The reasons after which a person waits for the next start right now."""
SHOW_TO_PERSON = 2
"""The exit code with which Claude Code shows stderr (CLIENT.md, "SessionEnd, channel by channel");
it blocks nothing at this event."""


def handle(event: Event, surroundings: boundary.Surroundings) -> boundary.Output:
    """From the event to what is said: documents, memory, facts, report, text."""
    began = time.monotonic()
    if event.agent_id is not None:
        return boundary.Output()
    project, memory = conversation.find(event, surroundings, SESSION_END.program)
    if not project.has_session_files and not memory.works:
        return boundary.Output()
    folders = state_folders(project.root, project.git_top, surroundings.environ)
    seen = prepare.see(project, folders, surroundings.now)
    scene = look(event, surroundings, project, SCAN_SECONDS, memory)
    so_far = conversation.recall(memory, scene)
    ended = so_far.conversation
    if not so_far.goes_on:
        ended = ended._replace(ended=scene.now, reason=event.reason)
    if not memory.note(scene.claim(), ended):
        memory.close()
        return boundary.Output()
    # After the end is noted: a slow git must not make it a death.
    left = SESSION_END.seconds - _FOR_THE_REST - (time.monotonic() - began)
    learnt = learn(memory, scene, min(GIT_SECONDS, left), tree_now=True)
    scene = conversation.with_facts(scene, so_far, learnt.facts)
    said = boundary.Output()
    # Nothing was said in a conversation that is known from its beginning: nothing is to be done.
    if scene.attended and (scene.own.had_prompt or not so_far.is_known):
        end = report.at_end(scene.documents, scene.view, scene.own, project.root, so_far.others)
        said = _say(end, event.reason, scene.settings, surroundings.environ) if end else said
        said = said._replace(stderr=ages.fill(said.stderr, scene.now.timestamp()))

    def once_written() -> None:
        conversation.settle(memory, scene, so_far, ended, learnt)
        is_next = event.reason not in _GOES_ON
        if is_next and scene.event.session_id and time.monotonic() - began < _WHILE_THERE_IS_TIME:
            _foresee(scene, memory, folders, seen)
        memory.close()

    return said._replace(once_written=once_written)


def _foresee(scene: Scene, memory: Memory, folders: list[str], seen: prepare.Seen) -> None:
    """Prepare the next start's answer: somebody will wait for that one."""
    from session_hooks.events import session_start  # when all was said

    with contextlib.suppress(OutOfTimeError), time_limit(_TO_FORESEE):
        session_start.foresee(scene, memory, folders, seen)


def _say(
    end: report.End, reason: str | None, settings: Config, environ: Mapping[str, str]
) -> boundary.Output:
    has_debts = bool(end.untouched or end.completed)
    if reason in _GOES_ON:
        if not has_debts or settings.checklist == "never":
            return boundary.Output()
        return boundary.Output(stderr=render_end.short_reminder(end), exit_code=SHOW_TO_PERSON)
    sequence, words = "", ""
    if _is_wanted(settings.notify, has_debts):
        sequence = notification.sequence(render_end.notification(end), environ)
    if _is_wanted(settings.checklist, has_debts):
        words = render_end.checklist(end)
    return boundary.Output(io.end_json(sequence), words, SHOW_TO_PERSON if words else 0)


def _is_wanted(when: str, has_debts: bool) -> bool:
    return when == "always" or (when == "debts" and has_debts)
