"""``agent-session prompt``: a document as a handoff prompt for a new conversation (004)."""

import argparse
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

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
from session_hooks.documents.markdown import Block, blocks, heading_key, sections
from session_hooks.documents.model import MAX_SECTION, Body, Document, Section, own_words
from session_hooks.documents.next_steps import by_label, first_action
from session_hooks.documents.registry import is_template, named, read_body
from session_hooks.project.project import CONFIG, absolute
from session_hooks.report import ranking
from session_hooks.report.verdict import activity
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value, pattern

(
    _SUMMARY, _ACCOMPLISHED, _DECISIONS, _ARTIFACTS, _STATE, _OBJECTIVE, _CONTEXT, _,
    _PROJECT, _COMPLETED, _STATUS, _GOAL, _CONTINUE,
) = prompt.TEMPLATE.parts  # fmt: skip
MAX_ITEMS = 7
"""004, "Previous Session Summary": maximum 5-7 items per subsection."""
_NOTHING_DONE = "doesn't say what was done."
_ROOM = 1500
"""Characters of each section that are quoted."""
_LINE = 240
"""Characters of a fact on one line."""
_ANOTHER = "move it away, or name another file with --output PATH"
_BOX = pattern(r"^(?:\[([ xX])\](?:\s+|$)|[✅☑✔]\ufe0f?\s*)")
_LABEL = pattern(r"(?<=\n)(?=\*\*[^*\n]{1,40}(?::\*\*|\*\*:))|(?<=[^|\s]\n)(?=\|)")
"""Where a line begins with a bold label, or a row below none: that begins a paragraph."""
_BLANK = pattern(r"\[[^\[\]]*\](?!\()|\{[^{}]*\}")
_INLINE = pattern(
    r"(?<!`)(?P<ticks>`+)(?!`)[^`]+(?P=ticks)(?!`)"
    r"|!?\[(?P<text>[^\[\]]*)\]\(\s*<?(?P<target>[^)\s>]{0,2000})>?[^)]{0,300}\)"
    r"|\[(?P<referring>[^\[\]]+)\](?=\[)"
)
"""Code, which is kept as it is; a link or an image; the first half of a link by reference."""
_STRONG = pattern(r"(?<!\w)\*\*(?=\S)(.{1,300}?)(?<=\S)\*\*(?!\w)")
_WEB = pattern(r"(?:https?|mailto):", re.IGNORECASE)
_MARKS = pattern(r"(?:(?:#{1,6}|[-+*•◦▪‣])(?:\s+|$)|[>|=]+\s*|`{3,}|~{3,})+")
_TO_ESCAPE = pattern(r"<(?!https?:)(?=[a-z/!?])|\[[^\]]+\]:", re.IGNORECASE)


class Source(Value):
    """The document that is retold."""

    document: Document
    body: Body
    project: str
    exists: Callable[[str], bool]
    """Tells whether a path relative to the project is there."""
    number: int = 1
    """Which session ends, where the document itself doesn't say."""

    @property
    def guidance(self) -> tuple[str, ...]:
        """What templates say, so that nobody has said it."""
        template = named(self.document.format).TEMPLATE
        return (*template.guidance_in(self.document.body), *prompt.TEMPLATE.guidance)


def print_prompt(arguments: argparse.Namespace, found: Survey) -> None:
    """Print or write the handoff prompt of one document, or of what a conversation would resume.

    The file may be the one that it is made from. Raises RefusedError where there is no document,
    no bootstrap template to name, or something else in its place.
    """
    root = found.project.root
    template, trigger = bootstrap(arguments, found)
    if template is None:
        raise RefusedError(
            "a handoff prompt names its bootstrap template: give --template URL, or set template "
            f"below [prompt] in {CONFIG}"
        )
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
    text = compose(source, found.view.now, template, trigger)
    if output:
        _write(output, text)
    if arguments.json:
        answer = {"path": document.path, "session": session_of(source), "prompt": text}
        print_json(answer | ({"output": within(output, root)} if output else {}))
    elif output:
        print_path(output)
    else:
        say(text.removesuffix("\n"))


def bootstrap(arguments: argparse.Namespace, found: Survey) -> tuple[str | None, str]:
    """Return the bootstrap template's address, if any, and what asks for the next prompt.

    Those of the options, else of the project. Raises RefusedError where an option can't be one.
    """
    if arguments.template is not None and not config.is_template_url(arguments.template):
        raise RefusedError(f"--template must be {config.TEMPLATE_URL}")
    if arguments.trigger is not None and not config.is_trigger(arguments.trigger):
        raise RefusedError(f"--trigger must be {config.TRIGGER}")
    trigger = arguments.trigger or found.settings.trigger or prompt.TRIGGER
    return arguments.template or found.settings.template, trigger.strip()


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
    """Return the prompt that is to be replaced; raises RefusedError where it is no prompt."""
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
    """Return the prompt (004, "Recommended Format"): every part that the document can fill."""
    fields = {
        "generated": dates.iso(now),
        "session": session_of(source),
        "template": template,
        "trigger": trigger,
    }
    return prompt.TEMPLATE.fill(fields, _texts(source))


def _texts(source: Source) -> dict[str, str]:
    document, body = source.document, source.body

    def of(section: Section | None, most: int | None = None) -> str:
        return _quoted(_pieces(section, source), source, most)

    called = _called(document.path)
    accomplished = _quoted(_done(source), source, MAX_ITEMS)
    decisions, artifacts = of(body.decisions, MAX_ITEMS), of(body.files, MAX_ITEMS)
    state = of(body.state) or f"{called} doesn't say where the work stands."
    objective = _objective(source)
    context, blockers = of(body.context), _labelled("Blockers", of(body.blockers))
    steps = _pieces(body.next_steps, source)
    following = _quoted(steps, source) if len(steps) > 1 else ""
    facts = "\n".join(f"- {fact}" for fact in _facts(source))
    has_summary = accomplished or decisions or artifacts
    said = {
        _SUMMARY: "" if has_summary else f"{called} {_NOTHING_DONE}",
        _ACCOMPLISHED: accomplished,
        _DECISIONS: decisions,
        _ARTIFACTS: artifacts,
        _STATE: state,
        _CONTEXT: _stacked(context, facts, blockers),
        _PROJECT: _stacked(_work(source), of(_project(document, body)), context),
        _COMPLETED: accomplished,
        _STATUS: _stacked(state, blockers),
        _CONTINUE: _stacked(
            facts,
            _labelled("Files", artifacts),
            _labelled("Decisions", decisions),
            _labelled("Next steps", following),
        ),
    }
    texts = {
        part.heading: _without_labels(text)
        for part, text in said.items()
        if text or part is _SUMMARY
    }
    return texts | {_OBJECTIVE.heading: objective, _GOAL.heading: objective}


def _without_labels(text: str) -> str:
    """Take a label that means the next step out of what is quoted beside the goal."""
    return "\n".join(
        line.replace(":", " –", 1)
        if by_label([line], 1, wordings.ACTION_LABELS, wordings.NEXT_STEPS)
        else line
        for line in text.split("\n")
    )


def _done(source: Source) -> list[Block]:
    """Return what was done: what says so, and what is ticked; never what is still open."""
    body = source.body
    done, progress, next_steps = (
        _pieces(section, source) for section in (body.accomplished, body.progress, body.next_steps)
    )
    is_under_way = any(_is_done(piece) is False for piece in done)
    if body.progress == body.accomplished and is_under_way:
        done = []
    told = [piece for piece in done if _is_done(piece) is not False]
    told += [piece for piece in (*progress, *next_steps) if _is_done(piece)]
    told = [piece._replace(text=_BOX.sub("", piece.text), line=0) for piece in told]
    return [piece for piece in dict.fromkeys(told) if not piece.text.endswith(_NOTHING_DONE)]


def _is_done(piece: Block) -> bool | None:
    box = _BOX.match(piece.text) if piece.kind != "code" else None
    return None if box is None else box[1] != " "


def _objective(source: Source) -> str:
    """Return the next action in words that a reader of the prompt takes for the same one."""
    action = source.body.next_action
    said = _flat(action.text, source).rstrip(": ") if action else ""
    guidance = source.guidance
    while _says_something(said, guidance):
        found = first_action(Section(_OBJECTIVE.heading, 2, 1, said))
        if found is None:
            break
        if found.text == said:
            return said
        said = found.text  # shorter each time: marks and labels come off
    return f"Read {_called(source.document.path)} and settle the next step."


def _project(document: Document, body: Body) -> Section | None:
    found, _ = sections(document.body, document.body_line)
    key = heading_key(_PROJECT.heading)
    return next((s for s in found if heading_key(s.title) == key and s != body.context), None)


def _work(source: Source) -> str:
    document = source.document
    said = f"This is the project `{source.project.replace('`', '')}`."
    has_title = document.format not in (NEXT, prompt.NAME)
    title = _flat(document.title, source).rstrip(".") if has_title else ""
    return f"{said} The work: {title}." if any(map(str.isalpha, title)) else said


def _facts(source: Source) -> Iterator[str]:
    document = source.document
    yield f"Notes: {_called(document.path)}"
    if document.branch:
        yield f"Branch: `{_flat(document.branch, source).replace('`', '')}`"
    issue = " ".join(part for part in (document.issue, document.issue_url) if part)
    if issue:
        yield f"Issue: {_flat(issue, source)}"
    if document.current_task:
        task = _flat(document.current_task, source)
        yield f"Current task: {safe_text.shorten(task, _LINE)[0]}"
    for agent in document.agents[:MAX_ITEMS]:
        if agent.status.casefold() not in ("completed", "done"):
            status = f" ({agent.status})" if agent.status else ""
            said = _flat(f"Agent {agent.name}{status}: {agent.task}", source)
            yield safe_text.shorten(said, _LINE)[0]


def _labelled(name: str, text: str) -> str:
    return f"**{name}**:\n\n{text}" if text else ""


def _stacked(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _called(path: str) -> str:
    """Return a path as code that nothing in it can end."""
    return f"`{safe_text.path(path).replace('`', chr(39))}`"


# --- a section, quoted ---------------------------------------------------------------------------


def _pieces(section: Section | None, source: Source) -> list[Block]:
    """Return what a section says of its own, in order, each piece but code on one line."""
    found: list[Block] = []
    label, guidance = None, source.guidance
    text = safe_text.clean(section.text[:MAX_SECTION]) if section else ""
    for block in blocks(_LABEL.sub("\n", text), code=True):
        if block.kind == "code":
            piece, is_own = block, bool(block.text.strip())
        else:
            said = _flat(block.text, source)
            if block.kind == "row":  # what it is about, then what is said of it
                said = said.replace(" | ", ": ", 1).replace(" | ", "; ")
            piece = block._replace(text=said)
            is_own = _says_something(piece.text, guidance)
        if not is_own:
            if block.kind in ("paragraph", "heading"):
                has_words = piece.text.endswith(":") and _says_something(piece.text, ())
                label = piece._replace(kind="paragraph") if has_words else None
            continue
        if label and block.kind in ("item", "row", "code"):  # the template's, above something new
            found.append(label)
        label = None
        found.append(piece)
    return found


def _says_something(line: str, guidance: Sequence[str]) -> bool:
    """Tell whether a line says more than a template's words and placeholders."""
    return any(character.isalnum() for character in _BLANK.sub("", own_words(line, guidance)))


def _flat(text: str, source: Source) -> str:
    """Return a text on one line that opens no block, and has no link that leads nowhere."""
    line = _STRONG.sub(r"\1", safe_text.one_line(text))  # in bold it might be read as a label
    line = _INLINE.sub(lambda match: _linked(match, source), line).strip()
    line = line[match.end() :] if (match := _MARKS.match(line)) else line
    return f"\\{line}" if _TO_ESCAPE.match(line) else line


def _linked(match: re.Match[str], source: Source) -> str:
    """Return a link that leads somewhere without the document around it, else its text."""
    if match["referring"]:
        return f"{match[0]} "  # what it refers to stands elsewhere
    if match["ticks"] or _WEB.match(match["target"]):
        return match[0]
    text, path = match["text"].strip(), _resolved(match["target"], source)
    if path is None:
        return text
    return f"`{path}`" if text.strip("`") in ("", path) else f"{text} (`{path}`)"


def _resolved(target: str, source: Source) -> str | None:
    name = re.split(r"[?#]", unquote(target), maxsplit=1)[0]
    if not name or "`" in name or not name.isprintable():
        return None
    folder = posixpath.dirname(source.document.path)
    for place in (posixpath.join(folder, name), name.lstrip("/")):
        path = posixpath.normpath(place)
        if not path.startswith(("/", "../")) and path not in ("..", ".") and source.exists(path):
            return path
    return None


def _quoted(found: Iterable[Block], source: Source, most: int | None = None) -> str:
    """Return pieces as markdown, of ``most`` items; where some are left out, say so below them."""
    kept: list[Block] = []
    room, items, is_cut = _ROOM, 0, False
    for piece in found:
        text = _as_markdown(piece)
        items += _is_item(piece)
        if len(text) > room or (most is not None and items > most):
            is_cut = True
            if not kept and piece.kind != "code":
                kept.append(piece._replace(text=safe_text.shorten(text, room)[0]))
            break
        room -= len(text)
        kept.append(piece._replace(text=text))
    while kept and kept[-1].kind == "heading":  # what it heads was left out
        kept.pop()
    said = ""
    for number, piece in enumerate(kept):
        is_next_item = number > 0 and _is_item(piece) and _is_item(kept[number - 1])
        said += f"\n{piece.text}" if is_next_item else f"\n\n{piece.text}"
    more = f"\n\nMore of it stands in {_called(source.document.path)}."
    return said.strip("\n") + (more if said and is_cut else "")


def _is_item(piece: Block) -> bool:
    return piece.kind in ("item", "row")


def _as_markdown(piece: Block) -> str:
    text = piece.text
    if piece.kind == "code":
        return safe_text.fenced(text)
    if piece.kind == "heading":
        return f"**{text.replace('**', '').rstrip(':')}**"
    if _is_item(piece):
        return f"{'  ' * (min(max(piece.depth, 1), 3) - 1)}- {text}"
    return text
