"""``agent-session prompt``: a document as a handoff prompt for a new conversation (004)."""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from session_hooks.cli import excerpt
from session_hooks.cli.excerpt import Origin, Piece, cut, flat, pieces
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    find_document,
    from_here,
    print_json,
    print_path,
    say,
    within,
)
from session_hooks.documents import config, files, wordings
from session_hooks.documents.files import UnreadableFileError
from session_hooks.documents.formats import prompt
from session_hooks.documents.locations import NEXT
from session_hooks.documents.markdown import heading_key, sections
from session_hooks.documents.model import Body, Document, Section
from session_hooks.documents.next_steps import by_label, first_action
from session_hooks.documents.registry import is_template, named, read_body
from session_hooks.project.project import CONFIG, absolute
from session_hooks.report import ranking
from session_hooks.report.verdict import activity
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
_ANOTHER = "move it away, or name another file with --output PATH"


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


# --- the command ---------------------------------------------------------------------------------


def print_prompt(arguments: argparse.Namespace, found: Survey) -> None:
    """Print the handoff prompt of one document, or of the one that a conversation would resume.

    Or write it to a file, when all was read: it may take the place of what it is made from. Raises
    RefusedError where there is none, no bootstrap template to name, or something else in its place.
    """
    root = found.project.root
    template = template_url(arguments, found)
    if template is None:
        raise RefusedError(
            "a handoff prompt names its bootstrap template: give --template URL, or set template "
            f"below [prompt] in {CONFIG}"
        )
    said = trigger(arguments, found)
    output = None if arguments.output is None else os.path.realpath(arguments.output)
    before = _replaced(output) if output else None
    document = _document(arguments.path, found)
    source = Source(
        document,
        read_body(document),
        safe_text.one_line(os.path.basename(found.project.git_top or root) or root),
        lambda path: os.path.lexists(absolute(root, path)),
        (before and before.number) or session_number(found),
    )
    text = compose(source, found.view.now, template, said)
    if output:
        _write(output, text)
    if arguments.json:
        answer = {"path": document.path, "session": session_of(source), "prompt": text}
        print_json(answer | ({"output": within(output, root)} if output else {}))
    elif output:
        print_path(from_here(output))
    else:
        say(text.removesuffix("\n"))


def template_url(arguments: argparse.Namespace, found: Survey) -> str | None:
    """Return the bootstrap template's address: the option's, else the project's, else None.

    Raises RefusedError for one that is no address.
    """
    if arguments.template is not None and not config.is_template_url(arguments.template):
        raise RefusedError(f"--template must be {config.TEMPLATE_URL}")
    return arguments.template or found.settings.template


def trigger(arguments: argparse.Namespace, found: Survey) -> str:
    """Return the word that asks for the next prompt: the option's, else the project's, else 004's.

    Raises RefusedError for one that can't be said.
    """
    if arguments.trigger is not None and not config.is_trigger(arguments.trigger):
        raise RefusedError(f"--trigger must be {config.TRIGGER}")
    said: str = arguments.trigger or found.settings.trigger or prompt.TRIGGER
    return said.strip()


def session_number(found: Survey) -> int:
    """Return which session the newest handoff prompt leads to, the one that now ends."""
    prompts = ranking.of_formats(found.scan.documents, (prompt.NAME,))
    newest = max(prompts, key=lambda one: activity(one, found.view), default=None)
    return (newest.number if newest else None) or 1


def _document(name: str | None, found: Survey) -> Document:
    if name is None:
        ranked = ranking.candidates(found.scan.documents, found.view)
        best = next((entry.document for entry in ranked if not entry.is_put_aside), None)
        if best is None:
            raise RefusedError(
                "no document is active here. Name one: agent-session prompt PATH; "
                "those there are: agent-session list --all"
            )
        return best
    document = find_document(name, found)
    if is_template(document):
        raise RefusedError(f"{safe_text.path(document.path)} is still to be filled in")
    return document


def _replaced(output: str) -> Document | None:
    """Return the prompt that is to be replaced; None where there is nothing.

    Raises RefusedError where something else is there.
    """
    shown = safe_text.path(from_here(output))
    try:
        read = files.read(output)
        text = "" if read is None else files.decode(read[0])[0]
    except UnreadableFileError as error:
        raise RefusedError(f"{shown} can't be written over ({error}): {_ANOTHER}") from error
    if not text.strip():
        return None
    if not prompt.opens(text):
        raise RefusedError(f"{shown} is no handoff prompt, so it is not overwritten: {_ANOTHER}")
    return prompt.read(output, text, datetime.now(UTC))


def _write(output: str, text: str) -> None:
    folder, name = os.path.split(output)
    part = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(part, "x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(text)
                file.flush()
                if os.path.exists(output):
                    os.chmod(part, os.stat(output).st_mode & 0o777)
                os.replace(part, output)
            except OSError:
                os.unlink(part)
                raise
    except OSError as error:
        shown, reason = safe_text.path(from_here(output)), files.reason(error)
        raise RefusedError(f"can't write {shown} ({reason}): {_ANOTHER}") from error


# --- the text ------------------------------------------------------------------------------------


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
    document, body = source.document, source.body
    guidance = named(document.format).TEMPLATE.guidance_in(document.body)
    origin = excerpt.origin_of(document, (*guidance, *prompt.TEMPLATE.guidance), source.exists)

    def of(section: Section | None, most: int | None = None) -> str:
        return _quoted(pieces(section.text, origin) if section else [], origin, room, most)

    called = _called(document.path)
    accomplished = _quoted(_done(body, origin), origin, room, MAX_ITEMS)
    decisions, artifacts = of(body.decisions, MAX_ITEMS), of(body.files, MAX_ITEMS)
    state = of(body.state) or f"{called} doesn't say where the work stands."
    objective = _objective(body, origin)
    context, blockers = of(body.context), _labelled("Blockers", of(body.blockers))
    steps = pieces(body.next_steps.text, origin) if body.next_steps else []
    following = _quoted(steps, origin, room) if len(steps) > 1 else ""
    facts = "\n".join(f"- {fact}" for fact in _facts(document, origin))
    has_summary = accomplished or decisions or artifacts
    said = {
        _ACCOMPLISHED: accomplished,
        _DECISIONS: decisions,
        _ARTIFACTS: artifacts,
        _STATE: state,
        _OBJECTIVE: objective,
        _CONTEXT: _stacked(context, facts, blockers),
        _PROJECT: _stacked(_work(source, origin), of(_project(document, body)), context),
        _COMPLETED: accomplished,
        _STATUS: _stacked(state, blockers),
        _GOAL: objective,
        _CONTINUE: _stacked(
            facts,
            _labelled("Files", artifacts),
            _labelled("Decisions", decisions),
            _labelled("Next steps", following),
        ),
    }
    goals = (_OBJECTIVE, _GOAL)
    texts = {
        part.heading: text if part in goals else _without_labels(text)
        for part, text in said.items()
        if text
    }
    return {_SUMMARY.heading: "" if has_summary else f"{called} {_NOTHING_DONE}", **texts}


def _without_labels(text: str) -> str:
    """Take a label that means the next step out of what is quoted beside the goal."""
    return "\n".join(
        line.replace(":", " –", 1)
        if by_label([line], 1, wordings.ACTION_LABELS, wordings.NEXT_STEPS)
        else line
        for line in text.split("\n")
    )


def _quoted(found: Iterable[Piece], origin: Origin, room: int, most: int | None = None) -> str:
    found = list(found)
    items = [index for index, piece in enumerate(found) if piece.kind in ("item", "row")]
    too_many = most is not None and len(items) > most
    text, is_cut = excerpt.laid_out(found[: items[most or 0]] if too_many else found, room)
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
    while excerpt.says_something(said, origin.guidance):
        found = first_action(Section(_OBJECTIVE.heading, 2, 1, said))
        if found is None:
            break
        if found.text == said:
            return said
        said = found.text  # shorter each time: marks and labels come off
    return f"Read {_called(origin.path)} and settle the next step."


def _project(document: Document, body: Body) -> Section | None:
    found, _ = sections(document.body, document.body_line)
    key = heading_key(_PROJECT.heading)
    return next((s for s in found if heading_key(s.title) == key and s != body.context), None)


def _work(source: Source, origin: Origin) -> str:
    document = source.document
    said = f"This is the project `{source.project.replace('`', '')}`."
    has_title = document.format not in (NEXT, prompt.NAME)
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
