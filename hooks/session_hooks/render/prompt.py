"""Render what is told at a prompt: what came meanwhile, and that the person stops."""

from collections.abc import Iterator, Sequence

from session_hooks.documents.config import Config
from session_hooks.documents.formats import session
from session_hooks.documents.model import Document
from session_hooks.render.document import named, status
from session_hooks.render.start import written_when
from session_hooks.report.ranking import RankedDocument
from session_hooks.report.report import Start
from session_hooks.util.dates import count

_MOST = 3
_PARTS = "Current State, Next Steps, a line in the log"


def news(new: Sequence[Document], changed: Sequence[Document]) -> Iterator[str]:
    """Name the documents that somebody else wrote since the last prompt."""
    said = [*(("New here", one) for one in new), *(("Changed", one) for one in changed)]
    for what, one in said[:_MOST]:
        since = "since your last turn, and not by an edit of yours"
        yield f"{what} {since}: {named(one)}, {status(one)}"
    if said[_MOST:]:
        yield f"{len(said) - _MOST} more, see: agent-session list"


def greeting(number: int) -> str:
    """Say to the person that the model was told."""
    return f"{count(number, 'document')} changed meanwhile, and Claude was told" if number else ""


def stop(report: Start, own: RankedDocument | None, settings: Config) -> Iterator[str]:
    """Say what is written now, for the person stops (000, "When to Write").

    ``own`` is what the conversation works on.
    """
    lines = list(written_when(report, settings))
    if own and own.document.format == session.NAME:
        which = named(own.document)
        lines.insert(0, f"Bring {which} up to date: {_PARTS}; then agent-session pause, or done.")
    if lines:
        yield "The person seems to stop here. Before that:"
        yield from lines
