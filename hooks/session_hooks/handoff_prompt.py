"""Any document retold as a handoff prompt, specification 004. Pure.

The order and the headings are those of the format's template; what stands below them is the
document's own, shortened to what the specification allows.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from session_hooks import dates, plain, wordings
from session_hooks.document import Body, Document, Section
from session_hooks.drafts import handover
from session_hooks.excerpt import (
    MAX_TEXT,
    Origin,
    Piece,
    cut,
    flat,
    laid_out,
    origin_of,
    pieces,
    says_something,
    sentences,
)
from session_hooks.formats import named, next_session, prompt
from session_hooks.next_action import first_action
from session_hooks.outline import heading_key, sections
from session_hooks.reading import WHAT_WAS_DONE
from session_hooks.values import Value

(
    _SUMMARY, _ACCOMPLISHED, _DECISIONS, _ARTIFACTS, _STATE, _OBJECTIVE, _CONTEXT, _RESTORATION,
    _PROJECT, _COMPLETED, _STATUS, _GOAL, _CONTINUE,
) = prompt.TEMPLATE.parts  # fmt: skip
MAX_ITEMS = 7
"""004, "Previous Session Summary": maximum 5-7 items per subsection."""
_MAX_SENTENCES = 4
_MAX_STATE = 700
_LISTED = 3
"""Items that a sentence takes in; and words that a label has at most."""
_NOTHING_DONE = "doesn't say what was done."
_LONGEST = 12_000
"""Characters; a prompt that is longer is made of shorter items."""
_WIDTHS = (240, 160, 100)
_ROOM = (1500, 900, 500)
"""Characters of a text that is quoted at length, for each width."""
_LABEL = re.compile(
    r"^[ \t>]*(?:[-*+][ \t]+)?(?:\*\*|__)?(decision|choice|rationale|reasoning|reason|why|because)"
    r"(?:\*\*|__)?[ \t]*:(?:\*\*|__)?[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_WHAT = ("decision", "choice")
_BOLD_LABEL = re.compile(
    r"^[ \t]*(?:\*\*|__)(?P<name>[^\n:*_]{2,40}):?(?:\*\*|__)[ \t]*:?[ \t]*(?P<value>.*)$",
    re.MULTILINE,
)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*)$", re.MULTILINE)
_NUMBER = re.compile(r"^(?:decision|adr|d)?[\s#-]*\d*\s*(?:[:.)—–-]+\s*|$)", re.IGNORECASE)
"""What numbers a decision: "Decision 1: ", "D2 — ", "3. "."""
_NAME_THEN_WHAT = re.compile(r"^(`[^`]+`|[\w./-]+\.\w{1,8})\s+(?:-|–|—|→|=>)\s+")
_HEADER = re.compile(
    r"^[ \t>*_-]*(?:date|time|branch|author|generated|session|created|updated|last updated|duration"
    r"|version|agent|model)[*_]*[ \t]*:.*$|^[ \t]*=+ session handoff =+[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


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


class _Told(Value):
    """What a document says, in the lines that a prompt is made of."""

    accomplished: list[str]
    decisions: list[str]
    files: list[str]
    state: str
    """In two to four sentences."""
    status: str
    """At length."""
    objective: str
    project: str
    context: str
    then: list[str]
    blockers: list[str]


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
    for width, room in zip(_WIDTHS, _ROOM, strict=True):
        text = prompt.TEMPLATE.fill(fields, _texts(source, _tell(source, width, room)))
        if len(text) <= _LONGEST:
            break
    return text


# --- What the document says ----------------------------------------------------------------------


def _tell(source: Source, width: int, room: int) -> _Told:
    document, body = source.document, source.body
    own = named(document.format).TEMPLATE.guidance_in(document.body)
    origin = origin_of(document, (*own, *prompt.TEMPLATE.guidance), source.exists)
    state, status = _state(body.state, origin, room)
    decisions = body.decisions or _labelled_in(body.context, wordings.DECISIONS)
    files = body.files or _labelled_in(body.context, wordings.FILES)
    needed = _labelled_in(body.next_steps, wordings.CONTEXT)
    context = body.context or needed
    for part in (decisions, files):
        context = _without(context, part)
    steps = [step for step in body.steps if not _is_in(step.line, needed)]
    return _Told(
        accomplished=_limited(_accomplished(body, origin), width, document.path),
        decisions=_limited(_decisions(decisions, origin), width, document.path),
        files=_limited(_files(files, origin), width, document.path),
        state=state,
        status=status,
        objective=_objective(body, origin),
        project=_at_length(_project(document, context), origin, room),
        context=_at_length(context, origin, room),
        then=_limited([flat(step.text, origin) for step in steps], width, document.path),
        blockers=_limited(_lines(body.blockers, origin), width, document.path),
    )


def _labelled_in(section: Section | None, words: Sequence[str]) -> Section | None:
    """Return what stands behind a bold label in a section, as 001 has its decisions and files."""
    text = section.text[:MAX_TEXT] if section else ""
    labels = [match for match in _BOLD_LABEL.finditer(text) if ":" in match.group()]
    ends = [match.start() for match in labels[1:]] + [len(text)]
    for match, end in zip(labels, ends, strict=False):
        if section and heading_key(match.group("name")) in words:
            behind = _HEADING.split(text[match.start("value") : end], maxsplit=1)[0]
            line = section.line + 1 + text.count("\n", 0, match.start())
            return Section(match.group("name"), 0, line, behind.rstrip("\n"))
    return None


def _without(section: Section | None, part: Section | None) -> Section | None:
    """Return a section without a part of it that is told elsewhere."""
    if section is None or part is None or not _is_in(part.line, section):
        return section
    lines = section.text.split("\n")
    start = part.line - section.line - 1
    end = start + part.text.count("\n") + 1
    lines[start:end] = [""] * (end - start)  # so that every other line stays where it is
    return section._replace(text="\n".join(lines))


def _is_in(line: int, section: Section | None) -> bool:
    return section is not None and section.line <= line <= section.line + section.text.count("\n")


def _project(document: Document, context: Section | None) -> Section | None:
    """Return what a document says of its project beside the context."""
    found, _ = sections(document.body, document.body_line)
    key = heading_key(_PROJECT.heading)
    return next((s for s in found if heading_key(s.title) == key and s != context), None)


def _limited(lines: Iterable[str], width: int, path: str) -> list[str]:
    """Return seven lines at most, each once; where there are more, the last says how many."""
    kept = [cut(line, width) for line in dict.fromkeys(lines) if line]
    if len(kept) <= MAX_ITEMS:
        return kept
    rest = len(kept) - MAX_ITEMS + 1
    return [*kept[: MAX_ITEMS - 1], f"and {rest} more: {_called(path)}"]


def _accomplished(body: Body, origin: Origin) -> list[str]:
    """Return what was done: what says so, and what is ticked; never what is still open."""
    done = _entries(body.accomplished, origin)
    planned = [*_entries(body.progress, origin), *_entries(body.next_steps, origin)]
    if body.progress == body.accomplished and any(entry.is_done is False for entry in done):
        done = []  # a checklist under way
    told = [entry.text for entry in done if entry.is_done is not False]
    ticked = [entry.text for entry in planned if entry.is_done]
    return [line for line in (*told, *ticked) if not line.endswith(_NOTHING_DONE)]


def _lines(section: Section | None, origin: Origin) -> list[str]:
    return [entry.text for entry in _entries(section, origin) if not entry.is_done]


def _entries(section: Section | None, origin: Origin) -> list[Piece]:
    """Return a section's outermost items, else what its headings head, else its sentences."""
    if section is None:
        return []
    found = pieces(section.text, origin)
    items = _items(found)
    headed = _headed(found)
    if len(headed) > 1 and not any(item.is_done is not None for item in items):
        return headed
    if items:
        return items
    return [
        Piece("paragraph", 0, sentence)
        for piece in found
        if piece.kind == "paragraph"
        for sentence in sentences(piece.text)
    ]


def _items(found: list[Piece]) -> list[Piece]:
    """Return the outermost items; one that only introduces others has them on its own line."""
    items: list[Piece] = []
    joint = " "
    for piece in found:
        if piece.kind not in ("item", "row"):
            continue
        if piece.depth <= 1 or not items:
            items.append(piece)
            joint = " " if piece.text.endswith(":") else ""
        elif joint:
            items[-1] = items[-1]._replace(text=f"{items[-1].text}{joint}{piece.text}")
            joint = "; "
    return items


def _headed(found: list[Piece]) -> list[Piece]:
    """Return each subheading with the first thing that stands below it."""
    headed = []
    for index, piece in enumerate(found):
        if piece.kind != "heading":
            continue
        below = found[index + 1] if index + 1 < len(found) else None
        said = sentences(below.text)[0] if below and below.kind not in ("heading", "code") else ""
        title = piece.text.rstrip(":")
        text = f"{title}: {said}" if said and below and not below.text.endswith(":") else title
        headed.append(Piece("item", 1, text))
    return headed


def _files(section: Section | None, origin: Origin) -> list[str]:
    lines = (_NAME_THEN_WHAT.sub(r"\1: ", line) for line in _lines(section, origin))
    return [line for line in lines if any(mark in line for mark in "`/.")]


def _decisions(section: Section | None, origin: Origin) -> list[str]:
    """Return each decision on one line, with its rationale where there is one."""
    if section is None:
        return []
    text = section.text[:MAX_TEXT]
    starts = list(_HEADING.finditer(text))
    bounds = [*(match.start() for match in starts), len(text)]
    found = list(_decided("", text[: bounds[0]], origin))
    for match, end in zip(starts, bounds[1:], strict=True):
        title = _NUMBER.sub("", flat(match.group(1), origin), count=1)
        found += _decided(title, text[match.end() : end], origin)
    return found


def _decided(title: str, text: str, origin: Origin) -> Iterator[str]:
    """Read the decisions below one heading: by their labels, else each item, else the first words.

    (003, "Session Template": ``**Decision**: … **Rationale**: …``.)
    """
    labels = list(_LABEL.finditer(text))
    if labels:
        yield from _by_labels(title, text, labels, origin)
        return
    found = pieces(text, origin)
    items = _with_reasons(found)
    first = next((sentences(p.text)[0] for p in found if p.kind == "paragraph"), "")
    if title and len(items) < 2:
        said = first or (items[0] if items else "")
        yield f"{title}: {said}" if said else title
    else:
        yield from items or (s for p in found if p.kind == "paragraph" for s in sentences(p.text))


def _by_labels(title: str, text: str, labels: list[re.Match[str]], origin: Origin) -> Iterator[str]:
    what, why = "", ""
    for match in labels:
        rest = text[match.end() :].split("\n\n", maxsplit=1)[0]
        more = rest[: following.start()] if (following := _LABEL.search(rest)) else rest
        found = [piece.text for piece in pieces(f"{match.group(2)}{more}", origin)]
        said = "; ".join(line.rstrip(".") for line in found) if len(found) > 1 else "".join(found)
        if match.group(1).casefold() not in _WHAT:
            why = why or said
            continue
        if what:
            yield _decision(title, what, why)
            why = ""
        what = said
    if what or title:
        yield _decision(title, what, why)


def _decision(title: str, what: str, why: str) -> str:
    """Say a decision as 004 has it: ``[Decision]: [Rationale]``."""
    if not why:
        return f"{title}: {what}" if title and what else title or what
    is_short = title and len(what.split()) < 4
    subject = ", ".join(part for part in (title, what) if part) if is_short else what
    return f"{subject.rstrip('.')}: {why}"


def _with_reasons(found: list[Piece]) -> list[str]:
    """Return the outermost items, each with the item below it that says why."""
    lines: list[str] = []
    has_reason = True
    for piece in found:
        if piece.kind not in ("item", "row"):
            continue
        if piece.depth <= 1 or not lines:
            lines.append(piece.text)
            has_reason = False
        elif not has_reason:
            lines[-1] = f"{lines[-1].rstrip('.:')}: {piece.text}"
            has_reason = True
    return lines


def _state(section: Section | None, origin: Origin, room: int) -> tuple[str, str]:
    """Return the state in four sentences at most, and at length (004, "Current Project State")."""
    if section is None:
        nothing = f"{_called(origin.path)} doesn't say where the work stands."
        return nothing, nothing
    text = _HEADER.sub("", section.text) if section.level < 2 else section.text
    found = pieces(text, origin)
    said = _said(found)
    state = ""
    for index, sentence in enumerate(said[:_MAX_SENTENCES]):
        one = sentence if sentence.endswith(tuple(".!?。！？…")) else f"{sentence}."
        if len(state) + len(one) > _MAX_STATE:
            state = state if index else cut(one, _MAX_STATE)
            break
        state = f"{state} {one}".strip()
    if not state:
        return _state(None, origin, room)
    is_prose = len(said) <= _MAX_SENTENCES and all(piece.kind == "paragraph" for piece in found)
    is_told = is_prose or section.how == WHAT_WAS_DONE
    return state, state if is_told else _at_length(section._replace(text=text), origin, room)


def _said(found: list[Piece]) -> list[str]:
    """Return what a state says, sentence by sentence; of several subsections, how each begins."""
    headed = _headed(found)
    if len(headed) > 1 and found[0].kind == "heading":
        return [piece.text for piece in headed]
    said: list[str] = []
    listed = 0
    for piece in found:
        if piece.kind == "paragraph":
            said += sentences(piece.text)
            listed = 0
        elif piece.kind in ("item", "row") and piece.depth <= 1:
            text = f"Still open: {piece.text}" if piece.is_done is False else piece.text
            if said and (listed or said[-1].endswith((":", "："))):
                listed += 1
                said[-1] = _listed(said[-1], sentences(text)[0].rstrip(".:"), listed)
            else:
                said += sentences(text)
    return [line for line in map(_whole, said) if line]


def _listed(sentence: str, item: str, number: int) -> str:
    """Return a sentence that introduces a list with its first three items on its own line."""
    if number > _LISTED:
        return sentence if sentence.endswith("…") else f"{sentence}; …"
    return f"{sentence}{' ' if number == 1 else '; '}{item}"


def _whole(sentence: str) -> str:
    """Return a sentence that introduces nothing; "" for a mere label of what isn't here."""
    line = sentence.rstrip(":： ")
    return line if line == sentence or len(line.split()) > _LISTED else ""


def _at_length(section: Section | None, origin: Origin, room: int) -> str:
    if section is None:
        return ""
    text, is_cut = laid_out(pieces(section.text, origin), room)
    return f"{text}\n\nMore of it stands in {_called(origin.path)}." if is_cut and text else text


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


# --- The parts -----------------------------------------------------------------------------------


def _texts(source: Source, told: _Told) -> dict[str, str]:
    """Return by heading what stands below it; a part with nothing to say is missing."""
    document = source.document
    origin = Origin(document.path, (), {}, source.exists)
    nothing = f"{_called(document.path)} {_NOTHING_DONE}"
    summary = (told.accomplished, told.decisions, told.files)
    facts = list(_facts(source, origin))
    texts = {
        _SUMMARY.heading: "" if any(summary) else nothing,
        _ACCOMPLISHED.heading: _list(told.accomplished),
        _DECISIONS.heading: _list(told.decisions),
        _ARTIFACTS.heading: _list(told.files),
        _STATE.heading: told.state,
        _OBJECTIVE.heading: told.objective,
        _CONTEXT.heading: _stacked(
            told.context, _list([*facts, *(f"Blocker: {line}" for line in told.blockers)])
        ),
        _PROJECT.heading: _stacked(_work(source, origin), told.project, told.context),
        _COMPLETED.heading: _list(told.accomplished),
        _STATUS.heading: _stacked(told.status, _labelled("Blockers", told.blockers)),
        _GOAL.heading: told.objective,
        _CONTINUE.heading: _stacked(
            _list(facts),
            _labelled("Files", told.files),
            _labelled("Decisions", told.decisions),
            _labelled("After that", told.then),
        ),
    }
    return {name: text for name, text in texts.items() if text or name == _SUMMARY.heading}


def _work(source: Source, origin: Origin) -> str:
    """Say what is worked on, and where."""
    document = source.document
    said = f"This is the project `{source.project}`."
    has_title = document.format not in (next_session.NAME, prompt.NAME)
    title = flat(document.title, origin).rstrip(".") if has_title else ""
    return f"{said} The work: {title}." if any(map(str.isalpha, title)) else said


def _facts(source: Source, origin: Origin) -> Iterator[str]:
    document = source.document
    yield f"Notes: {_called(document.path)}"
    if document.branch:
        yield f"Branch: `{flat(document.branch, origin).replace('`', '')}`"
    issue = " ".join(part for part in (document.issue, document.issue_url) if part)
    if issue:
        yield f"Issue: {flat(issue, origin)}"
    if document.current_task:
        yield f"Current task: {cut(flat(document.current_task, origin), _WIDTHS[0])}"
    for agent in document.agents[:MAX_ITEMS]:
        if agent.status.casefold() not in ("completed", "done"):
            status = f" ({agent.status})" if agent.status else ""
            said = flat(f"Agent {agent.name}{status}: {agent.task}", origin)
            yield cut(said, _WIDTHS[0])


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _labelled(name: str, lines: list[str]) -> str:
    return f"**{name}**:\n\n{_list(lines)}" if lines else ""


def _stacked(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _called(path: str) -> str:
    """Return a path as code that nothing in it can end."""
    return f"`{plain.path(path).replace('`', chr(39))}`"
