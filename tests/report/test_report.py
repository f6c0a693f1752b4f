from datetime import UTC, datetime, timedelta

from session_hooks.agents.transcript import Command, Transcript
from session_hooks.documents.formats import session
from session_hooks.documents.model import Scan
from session_hooks.report.report import worked_on

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


def test_a_command_that_names_no_document_is_known_by_when_the_file_was_written() -> None:
    written = {
        "mine.md": after(seconds=3),
        "pulled.md": after(minutes=-5),
        "later.md": after(minutes=2),
    }
    scan = Scan(tuple(session.completed(path, when, "") for path, when in written.items()), (), 0)
    notes = (
        Command("agent-session tick 1", after(minutes=-6)),
        Command("agent-session note x", NOW),
    )
    own = Transcript(began=after(hours=-1), commands=notes)
    assert worked_on(own, "/project", scan) == frozenset({"mine.md"})
    named = own._replace(commands=(Command("agent-session note x --path later.md", NOW),))
    assert worked_on(named, "/project", scan) == frozenset({"later.md"})
