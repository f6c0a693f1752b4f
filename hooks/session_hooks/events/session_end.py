"""Handle SessionEnd: show the completion checklist."""

import contextlib
import time
from collections.abc import Mapping

from session_hooks.documents.config import Config
from session_hooks.events import conversation, io, prepare
from session_hooks.events.context import Event, Output, Surroundings, load_facts, read_context
from session_hooks.project.hooks import SESSION_END
from session_hooks.project.state import state_folders
from session_hooks.render import end as render_end
from session_hooks.report import report
from session_hooks.util import dates
from session_hooks.util.deadline import OutOfTimeError, time_limit

SCAN_SECONDS = 0.35
GIT_SECONDS = 0.45
_FOR_THE_REST = 0.35  # to start Python, kill a git, and write it all down
_WHILE_THERE_IS_TIME = 0.3  # seconds; then the next answer isn't prepared any more
_TO_FORESEE = 0.3
_GOES_ON = ("clear", "resume")  # a person waits for the next start right now
SHOW_TO_PERSON = 2  # Claude Code shows stderr (CLIENT.md, "SessionEnd, channel by channel")
# What shows a sentence: a notification, or the window's title with a bell.
_OSC_9 = "\x1b]9;{0}\x07"
_OSC_99 = "\x1b]99;;{0}\x07"
_OSC_777 = "\x1b]777;notify;Session files;{0}\x07"
_TITLE = "\x1b]2;{0}\x07\x07"
_BY_PROGRAM = {
    **dict.fromkeys(("iterm.app", "mintty", "rio", "warpterminal"), _OSC_9),
    **dict.fromkeys(("contour", "ghostty", "wezterm"), _OSC_777),
}
_BY_TERM = {
    "xterm-kitty": _OSC_99,
    **dict.fromkeys(("contour", "foot", "foot-extra", "rxvt-unicode", "wezterm"), _OSC_777),
    **dict.fromkeys(("rxvt-unicode-256color", "xterm-ghostty"), _OSC_777),
}
_BY_VARIABLE = {
    **dict.fromkeys(("ConEmuPID", "ITERM_SESSION_ID"), _OSC_9),
    **dict.fromkeys(("GHOSTTY_RESOURCES_DIR", "KONSOLE_VERSION", "WEZTERM_PANE"), _OSC_777),
    "KITTY_WINDOW_ID": _OSC_99,
    # Some builds of these show OSC 777, the others pass over it in silence.
    **dict.fromkeys(("WT_SESSION", "VTE_VERSION"), _OSC_777 + _TITLE),
}


def handle(event: Event, surroundings: Surroundings) -> Output:
    began = time.monotonic()
    if event.agent_id is not None:
        return Output()
    project, memory = conversation.open_project(event, surroundings, SESSION_END.program)
    if not project.has_session_files and not memory.works:
        return Output()
    folders = state_folders(project.root, project.git_top, surroundings.environ)
    seen = prepare.see(project, folders, surroundings.now)
    context = read_context(event, surroundings, project, SCAN_SECONDS)
    current = conversation.recall(memory, context)
    if not current.goes_on:
        ended = current.conversation._replace(ended=context.now, reason=event.reason)
        current = current._replace(conversation=ended)
    if not memory.record_event(context.claim(), current.conversation):
        memory.close()
        return Output()
    # After the end is recorded: a slow git must not make it a death.
    left = SESSION_END.seconds - _FOR_THE_REST - (time.monotonic() - began)
    learnt = load_facts(memory, context, min(GIT_SECONDS, left), tree_now=True)
    context = context.with_facts(learnt.facts).with_told(current.recalled.past)
    output = Output()
    # Nothing was said in a conversation that is known from its beginning: nothing is to be done.
    is_heard = context.attended and SESSION_END.event in context.agent.shown
    if is_heard and (context.own.had_prompt or not current.is_known):
        end = report.at_end(
            context.documents,
            context.view,
            context.own,
            project.root,
            others=current.others,
            taken=conversation.handoff_left(context, current),
        )
        if end:
            output = _say(end, event.reason, context.settings, surroundings.environ)
            output = output._replace(stderr=dates.fill(output.stderr, context.now.timestamp()))

    def once_written() -> None:
        conversation.settle(memory, context, current, learnt)
        is_next = event.reason not in _GOES_ON
        if is_next and event.session_id and time.monotonic() - began < _WHILE_THERE_IS_TIME:
            from session_hooks.events import session_start  # when all was said

            with contextlib.suppress(OutOfTimeError), time_limit(_TO_FORESEE):
                session_start.foresee(context, memory, folders, seen)
        memory.close()

    return output._replace(once_written=once_written)


def _say(
    end: report.End, reason: str | None, settings: Config, environ: Mapping[str, str]
) -> Output:
    has_debts = bool(end.untouched or end.completed or end.left) and not end.is_idle
    if reason in _GOES_ON:
        if not has_debts or settings.checklist == "never":
            return Output()
        return Output(stderr=render_end.short_reminder(end), exit_code=SHOW_TO_PERSON)
    sequence, words = "", ""
    wanted = ("always", "debts") if has_debts else ("always",)
    if settings.notify in wanted:
        sequence = terminal_sequence(render_end.notification(end), environ)
    if settings.checklist in wanted:
        words = render_end.short_reminder(end) if end.is_settled else render_end.checklist(end)
    return Output(io.end_json(sequence), words, SHOW_TO_PERSON if words else 0)


def terminal_sequence(sentence: str, environ: Mapping[str, str]) -> str:
    """Return the sequence that shows ``sentence``, chosen from the terminal's own variables."""
    return _form(environ).format(sentence.replace(";", ","))  # a semicolon ends a field


def _form(environ: Mapping[str, str]) -> str:
    term = environ.get("TERM", "")
    program = environ.get("TERM_PROGRAM", "").casefold()
    # A multiplexer passes no notification on.
    if any(environ.get(name) for name in ("TMUX", "STY", "ZELLIJ")):
        return _TITLE
    if term.startswith(("tmux", "screen")) or program in ("tmux", "vscode", "apple_terminal"):
        return _TITLE
    known = _BY_PROGRAM.get(program) or _BY_TERM.get(term)
    by_variable = (form for name, form in _BY_VARIABLE.items() if environ.get(name))
    return known or next(by_variable, _TITLE)
