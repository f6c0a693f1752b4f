"""Render what a subagent is told when it starts, and before it stops."""

from collections.abc import Iterator, Sequence

from session_hooks.render.document import NOTES, limited
from session_hooks.render.start import agent_tasks
from session_hooks.report.report import AgentTask, Start
from session_hooks.util.safe_text import path, quoted, word

_BUDGET = 1500  # characters
_STATE = 400


def task(report: Start) -> str:
    """Tell an agent its open task, what comes first there, the state, and what others did."""
    if report.agent is None or not report.tasks or report.lead is None:
        return ""
    return "\n".join(limited(_lines(report), _BUDGET, "more lines are left out"))


def _lines(report: Start) -> Iterator[str]:
    yield NOTES
    own = list(agent_tasks(report))
    yield from own
    lead = report.lead
    if lead is None:
        return
    body = lead.body
    if body.next_action:
        yield f"Next there, line {body.next_action.line}: {quoted(body.next_action.text, _STATE)}"
    if body.state and body.state.text:
        yield f"State, line {body.state.text_line}: {quoted(body.state.text, _STATE)}"


def reminder(agent: str, tasks: Sequence[AgentTask]) -> str:
    """Ask an agent whose entry is still open to set it."""
    if not tasks:
        return ""
    where = path(tasks[0].document.path)
    return (
        f"Before you stop: your entry in spawned_agents of {where} is still open. If your task is "
        f'done: agent-session agent {word(agent)} --status completed --summary "WHAT CAME OF IT" '
        f"--path {where}; else say in your answer what is missing."
    )
