"""``agent-session prompt``: a prompt for the next session."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from session_hooks.cli.excerpt import (
    Origin,
    Piece,
    cut,
    flat,
    laid_out,
    origin_of,
    pieces,
    says_something,
)
from session_hooks.documents.formats import next_session, prompt
from session_hooks.documents.markdown import heading_key, sections
from session_hooks.documents.model import Body, Document, Section
from session_hooks.documents.next_steps import first_action
from session_hooks.documents.registry import named
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

(
    _SUMMARY, _ACCOMPLISHED, _DECISIONS, _ARTIFACTS, _STATE, _OBJECTIVE, _CONTEXT, _RESTORATION,
    _PROJECT, _COMPLETED, _STATUS, _GOAL, _CONTINUE,
) = prompt.TEMPLATE.parts  # fmt: skip
MAX_ITEMS = 7
"""004, "Previous Session Summary": maximum 5-7 items per subsection."""
_NOTHING_DONE = "doesn't say what was done."
_LONGEST = 12_000
"""Characters; a prompt that is longer quotes less of each section."""
_ROOMS = (1500, 700)
"""Characters of each section that are quoted, at first and then."""
_LINE = 240
"""Characters of a fact on one line."""


class Source(Value):
    """The document that is retold."""

    document: Document
    body: Body
    project: str
    """The project's own name."""
    exists: Callable[[str], bool]
    """Tells whether a path relative to the project is there."""
    number: int = 1
    """Which session ends, where the document itself doesn't say."""


def handover(number: int) -> str:
    """Name the step from one session to the next (004, "Header": "Session 3 → 4")."""
    return f"Session {number} → {number + 1}"


def session_of(source: Source) -> str:
    """Name the step that the prompt leads over: "Session 1 → 2"."""
    return handover(source.document.number or source.number)


def compose(source: Source, now: datetime, template: str, trigger: str) -> str:
    """Return the prompt (004, "Recommended Format"): every part that the document can fill.

    ``template`` is the address of the bootstrap template, ``trigger`` what asks for the next one.
    """
    fields = {
        "generated": dates.iso(now),
        "session": session_of(source),
        "template": template,
        "trigger": trigger,
    }
    text = ""
    for room in _ROOMS:
        text = prompt.TEMPLATE.fill(fields, _texts(source, room))
        if len(text) <= _LONGEST:
            break
    return text


def _texts(source: Source, room: int) -> dict[str, str]:
    """Return by heading what stands below it; a part with nothing to say is missing."""
    document, body = source.document, source.body
    guidance = named(document.format).TEMPLATE.guidance_in(document.body)
    origin = origin_of(document, (*guidance, *prompt.TEMPLATE.guidance), source.exists)

    def of(section: Section | None, most: int | None = None) -> str:
        return _quoted(pieces(section.text, origin) if section else [], origin, room, most)

    accomplished = _quoted(_done(body, origin), origin, room, MAX_ITEMS)
    decisions, artifacts = of(body.decisions, MAX_ITEMS), of(body.files, MAX_ITEMS)
    called = _called(document.path)
    state = of(body.state) or f"{called} doesn't say where the work stands."
    objective = _objective(body, origin)
    context, blockers = of(body.context), _labelled("Blockers", of(body.blockers))
    steps = pieces(body.next_steps.text, origin) if body.next_steps else []
    following = _quoted(steps, origin, room) if len(steps) > 1 else ""
    facts = "\n".join(f"- {fact}" for fact in _facts(document, origin))
    has_summary = accomplished or decisions or artifacts
    texts = {
        _ACCOMPLISHED.heading: accomplished,
        _DECISIONS.heading: decisions,
        _ARTIFACTS.heading: artifacts,
        _STATE.heading: state,
        _OBJECTIVE.heading: objective,
        _CONTEXT.heading: _stacked(context, facts, blockers),
        _PROJECT.heading: _stacked(_work(source, origin), of(_project(document, body)), context),
        _COMPLETED.heading: accomplished,
        _STATUS.heading: _stacked(state, blockers),
        _GOAL.heading: objective,
        _CONTINUE.heading: _stacked(
            facts,
            _labelled("Files", artifacts),
            _labelled("Decisions", decisions),
            _labelled("Next steps", following),
        ),
    }
    said = {heading: text for heading, text in texts.items() if text}
    return {_SUMMARY.heading: "" if has_summary else f"{called} {_NOTHING_DONE}", **said}


def _quoted(found: Iterable[Piece], origin: Origin, room: int, most: int | None = None) -> str:
    """Return pieces as markdown, ``most`` items of them; says where the rest is."""
    found = list(found)
    items = [index for index, piece in enumerate(found) if piece.kind in ("item", "row")]
    too_many = most is not None and len(items) > most
    text, is_cut = laid_out(found[: items[most or 0]] if too_many else found, room)
    more = f"\n\nMore of it stands in {_called(origin.path)}."
    return text + more if text and (is_cut or too_many) else text


def _done(body: Body, origin: Origin) -> Iterable[Piece]:
    """Return what was done: what says so, and what is ticked; never what is still open."""
    done, progress, next_steps = (
        pieces(section.text, origin) if section else []
        for section in (body.accomplished, body.progress, body.next_steps)
    )
    if body.progress == body.accomplished and any(piece.is_done is False for piece in done):
        done = []  # a checklist under way
    told = [piece for piece in done if piece.is_done is not False]
    told += [piece for piece in (*progress, *next_steps) if piece.is_done]
    plain_ones = (
        piece._replace(is_done=None) for piece in told if not piece.text.endswith(_NOTHING_DONE)
    )
    return dict.fromkeys(plain_ones)


def _objective(body: Body, origin: Origin) -> str:
    """Return the next action in words that a reader of the prompt takes for the same one."""
    said = flat(body.next_action.text, origin).rstrip(": ") if body.next_action else ""
    while says_something(said, origin.guidance):
        found = first_action(Section(_OBJECTIVE.heading, 2, 1, said))
        if found is None:
            break
        if found.text == said:
            return said
        said = found.text  # shorter each time: marks and labels come off
    return f"Read {_called(origin.path)} and settle the next step."


def _project(document: Document, body: Body) -> Section | None:
    """Return what a document says of its project beside the context."""
    found, _ = sections(document.body, document.body_line)
    key = heading_key(_PROJECT.heading)
    return next((s for s in found if heading_key(s.title) == key and s != body.context), None)


def _work(source: Source, origin: Origin) -> str:
    document = source.document
    said = f"This is the project `{source.project}`."
    has_title = document.format not in (next_session.NAME, prompt.NAME)
    title = flat(document.title, origin).rstrip(".") if has_title else ""
    return f"{said} The work: {title}." if any(map(str.isalpha, title)) else said


def _facts(document: Document, origin: Origin) -> Iterator[str]:
    yield f"Notes: {_called(document.path)}"
    if document.branch:
        yield f"Branch: `{flat(document.branch, origin).replace('`', '')}`"
    issue = " ".join(part for part in (document.issue, document.issue_url) if part)
    if issue:
        yield f"Issue: {flat(issue, origin)}"
    if document.current_task:
        yield f"Current task: {cut(flat(document.current_task, origin), _LINE)}"
    for agent in document.agents[:MAX_ITEMS]:
        if agent.status.casefold() not in ("completed", "done"):
            status = f" ({agent.status})" if agent.status else ""
            yield cut(flat(f"Agent {agent.name}{status}: {agent.task}", origin), _LINE)


def _labelled(name: str, text: str) -> str:
    return f"**{name}**:\n\n{text}" if text else ""


def _stacked(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _called(path: str) -> str:
    """Return a path as code that nothing in it can end."""
    return f"`{safe_text.path(path).replace('`', chr(39))}`"
