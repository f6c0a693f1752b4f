"""An end from the event to what is shown: the completion checklist, on every channel there is."""

import contextlib
import time
from collections.abc import Mapping

from session_hooks import (
    hook_io,
    keeping,
    moments,
    notification,
    outgoing,
    render,
    report,
    stretch,
)
from session_hooks.config import Config
from session_hooks.deadline import OutOfTimeError, time_limit
from session_hooks.event import Event
from session_hooks.looking import learn, look
from session_hooks.memory import Memory
from session_hooks.scene import Scene
from session_hooks.session_end import PROGRAM, SECONDS
from session_hooks.state import state_folders

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


def handle(event: Event, surroundings: hook_io.Surroundings) -> hook_io.Output:
    """From the event to what is said: documents, memory, facts, report, text."""
    began = time.monotonic()
    if event.agent_id is not None:
        return hook_io.Output()
    project, memory = stretch.find(event, surroundings, PROGRAM)
    if not project.has_session_files and not memory.works:
        return hook_io.Output()
    folders = state_folders(project.root, project.git_top, surroundings.environ)
    seen = keeping.see(project, folders, surroundings.now)
    scene = look(event, surroundings, project, SCAN_SECONDS, memory)
    so_far = stretch.recall(memory, scene)
    ended = so_far.conversation
    if not so_far.goes_on:
        ended = ended._replace(ended=scene.now, reason=event.reason)
    if not memory.note(scene.claim(), ended):
        memory.close()
        return hook_io.Output()
    # After the end is noted: a slow git must not make it a death.
    left = SECONDS - _FOR_THE_REST - (time.monotonic() - began)
    learnt = learn(memory, scene, min(GIT_SECONDS, left), tree_now=True)
    scene = stretch.with_facts(scene, so_far, learnt.facts)
    said = hook_io.Output()
    # Nothing was said in a conversation that is known from its beginning: nothing is to be done.
    if scene.attended and (scene.own.had_prompt or not so_far.is_known):
        end = report.at_end(scene.documents, scene.view, scene.own, project.root, so_far.others)
        said = _say(end, event.reason, scene.settings, surroundings.environ) if end else said
        said = said._replace(stderr=moments.fill(said.stderr, scene.now.timestamp()))

    def once_written() -> None:
        stretch.settle(memory, scene, so_far, ended, learnt)
        is_next = event.reason not in _GOES_ON
        if is_next and scene.event.session_id and time.monotonic() - began < _WHILE_THERE_IS_TIME:
            _foresee(scene, memory, folders, seen)
        memory.close()

    return said._replace(once_written=once_written)


def _foresee(scene: Scene, memory: Memory, folders: list[str], seen: keeping.Seen) -> None:
    """Prepare the next start's answer: somebody will wait for that one."""
    from session_hooks import starting  # when all was said

    with contextlib.suppress(OutOfTimeError), time_limit(_TO_FORESEE):
        starting.foresee(scene, memory, folders, seen)


def _say(
    end: report.End, reason: str | None, settings: Config, environ: Mapping[str, str]
) -> hook_io.Output:
    has_debts = bool(end.untouched or end.completed)
    if reason in _GOES_ON:
        if not has_debts or settings.checklist == "never":
            return hook_io.Output()
        return hook_io.Output(stderr=render.short_reminder(end), exit_code=SHOW_TO_PERSON)
    sequence, words = "", ""
    if _is_wanted(settings.notify, has_debts):
        sequence = notification.sequence(render.notification(end), environ)
    if _is_wanted(settings.checklist, has_debts):
        words = render.checklist(end)
    return hook_io.Output(outgoing.end_json(sequence), words, SHOW_TO_PERSON if words else 0)


def _is_wanted(when: str, has_debts: bool) -> bool:
    return when == "always" or (when == "debts" and has_debts)
