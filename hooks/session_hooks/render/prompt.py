"""Render what is told at a prompt: what came meanwhile, and that the person stops."""

from collections.abc import Collection, Iterator, Sequence

from session_hooks.documents.config import Config
from session_hooks.documents.formats import next as next_session
from session_hooks.documents.formats import session
from session_hooks.documents.model import Document
from session_hooks.documents.registry import LEFT_BEHIND, read_body
from session_hooks.render.document import called, is_generic, named, status
from session_hooks.render.start import agent_task, written_when
from session_hooks.report.report import AgentTask, Start
from session_hooks.util.safe_text import inline, path, word

_MOST = 3
_NOW = "Write NEXT_SESSION.md now."
_NOT_ITS = "{} is there, and not by this conversation: what still holds in it is kept."
_LONGEST_TITLE = 60
_PARTS = "Current State, Next Steps, a line in the log"


def news(documents: Sequence[Document], known: set[str], *, is_first: bool) -> Iterator[str]:
    """Name the documents that somebody else wrote since the last prompt, or since the start.

    ``known`` are the paths that the conversation knows.
    """
    since = "this conversation started" if is_first else "your last turn"
    new = "New or changed" if is_first else "New here"
    for one in sorted(documents, key=lambda one: one.path in known)[:_MOST]:
        what = "Changed" if one.path in known else new
        yield f"{what} since {since}, and not by an edit of yours: {named(one)}, {status(one)}"
    if documents[_MOST:]:
        yield f"{len(documents) - _MOST} more, see: agent-session list"


def left_open(tasks: Sequence[AgentTask]) -> Iterator[str]:
    """Say that an agent ended, but not its tasks; it may have done something else."""
    for one in tasks[:_MOST]:
        name, where = word(one.agent.name), path(one.document.path)
        how = f"agent-session agent {name} --status completed --summary TEXT --path {where}"
        yield f"Agent {name} ended; still open for it: {agent_task(one)}. If that is done: {how}"


def greeting(documents: Sequence[Document]) -> str:
    """Say to the person that the model was told."""
    if not documents:
        return ""
    further = f" and {len(documents) - 1} more" if documents[1:] else ""
    return f"New or changed meanwhile: {called(documents[0])}{further}; Claude was told"


def stop(
    report: Start, own: Document | None, settings: Config, written: Collection[str]
) -> Iterator[str]:
    """Say what is written now, for the person stops (000, "When to Write").

    ``own`` is what the conversation works on; ``written`` what it wrote itself.
    """
    when = written_when(report, settings)
    lines = [_NOW if said == next_session.WRITTEN_WHEN else said for said in when]
    left = (one.path for one in report.scan.documents if one.format in LEFT_BEHIND)
    lines += (_NOT_ITS.format(path(one)) for one in left if one not in written)
    if own and own.format == session.NAME:
        way = f"agent-session pause {path(own.path)}, or done"
        lines.insert(0, f"Bring {named(own)} up to date: {_PARTS}; then {way}.")
    if lines:
        yield "The person seems to stop here. Before that:"
        yield from lines


def title(document: Document) -> str:
    """Return what a conversation is called that works on a document."""
    text = document.title
    if is_generic(text) and (action := read_body(document).next_action):
        text = action.text
    return inline(text, _LONGEST_TITLE)
