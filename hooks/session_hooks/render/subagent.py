"""Render what a subagent is told when it starts."""

from collections.abc import Iterator

from session_hooks.render.document import NOTES, limited, possibly_done, verdict
from session_hooks.render.start import agent_tasks
from session_hooks.report.report import Start
from session_hooks.util.safe_text import path, quoted, word

_BUDGET = 1500  # characters
_STATE = 400


def task(report: Start) -> str:
    """Tell an agent its open task, what comes first there, the state, and what others did."""
    if report.agent is None or not report.tasks or report.lead is None:
        return ""
    return "\n".join(limited(_lines(report), _BUDGET, "more lines are left out"))


def _lines(report: Start) -> Iterator[str]:
    lead = report.lead
    if lead is None or report.agent is None:
        return
    where, name = path(lead.document.path), word(report.agent)
    yield f"{where} has an open task for {name}. If your prompt is about that one:"
    yield from agent_tasks(report)
    yield f"(agent-session agent {name} --status completed --summary TEXT --path {where})"
    body = lead.body
    if lead.judgement.verdict.is_told:  # what follows may be overtaken
        yield f"Checked against git: {verdict(lead.judgement)}"
    yield from possibly_done(lead.evidence)
    if body.next_action:
        yield f"Next there, line {body.next_action.line}: {quoted(body.next_action.text, _STATE)}"
    if body.state and body.state.text:
        yield f"State, line {body.state.text_line}: {quoted(body.state.text, _STATE)}"
    yield NOTES
