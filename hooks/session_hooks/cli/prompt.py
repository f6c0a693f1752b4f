"""``agent-session prompt``: a document as a handoff prompt for a new conversation (004)."""

import argparse
import os
import re
from collections.abc import Iterator

from session_hooks.cli.project import (
    RefusedError,
    Survey,
    find_document,
    print_json,
    print_path,
    say,
    within,
)
from session_hooks.cli.undo import put, read_output
from session_hooks.documents import config, files
from session_hooks.documents.formats import prompt
from session_hooks.documents.header import is_completed
from session_hooks.documents.locations import NEXT
from session_hooks.documents.markdown import boxes, code_blocks, each_box, sections
from session_hooks.documents.model import MAX_SECTION, Document, Section, own_words
from session_hooks.documents.registry import is_template, read_body
from session_hooks.project.project import CONFIG
from session_hooks.report import ranking
from session_hooks.report.verdict import activity
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import pattern

(
    _SUMMARY, _ACCOMPLISHED, _DECISIONS, _ARTIFACTS, _STATE, _OBJECTIVE, _CONTEXT, _,
    _PROJECT, _COMPLETED, _STATUS, _GOAL, _CONTINUE,
) = (part.heading for part in prompt.TEMPLATE.parts)  # fmt: skip
MAX_ITEMS = 7  # 004, "Previous Session Summary": maximum 5-7 items per subsection
_NOTHING_DONE = "doesn't say what was done."
_ROOM, _LINE = 1500, 240  # characters of a section, and of what is on one line
_HEADING = pattern(r" {0,3}#{1,6}[ \t]+(.*)")
_RULE = pattern(r"[ \t]*([-=_*#])(?:[ \t]*\1)*[ \t]*$")
_ITEM = pattern(r"(?:[-*+]|\d+[.)])[ \t]+\S")
_BULLET = pattern(r"^([ \t]*)[•◦▪‣](?=\s)")
_FENCE = pattern(r"(``|~~)[`~]+")
_INLINE = pattern(
    r"(?<!`)(`+)(?!`)[^`]+\1(?!`)"  # code, which is kept as it is
    r"|!?\[(?P<text>[^\[\]]*)\]\(\s*<?(?P<target>[^)\[\]\s<>]{0,2000})>?(?:\s[^)]{0,300})?\)"
    r"|(?P<reference>\])(?=\[)"
    r"|(?P<comment><!--[^<]*?-->)"
)
_WEB = pattern(r"(?:https?|mailto):", re.IGNORECASE)


def print_prompt(arguments: argparse.Namespace, found: Survey) -> None:
    """Print or write the prompt of a document, which may be the file that is written."""
    root = found.project.root
    template, trigger = bootstrap(arguments, found)
    if template is None:
        raise RefusedError(
            "a handoff prompt names its bootstrap template: give --template URL, or set template "
            f"below [prompt] in {CONFIG}"
        )
    output = None if arguments.output is None else os.path.realpath(arguments.output)
    before = read_output(output, lambda data: prompt.opens(_text(data))) if output else None
    document = _document(arguments.path, found)
    replaced = prompt.read("", _text(before), found.view.now) if before else None
    number = document.number or (replaced and replaced.number) or session_number(found)
    fields = {
        "generated": dates.iso(found.view.now),
        "session": handover(number),
        "template": template,
        "trigger": trigger,
    }
    text = compose(document, os.path.basename(found.project.git_top or root) or root, fields)
    if output:
        put(output, before, text.encode())
    if arguments.json:
        answer = {"path": document.path, "session": fields["session"], "prompt": text}
        print_json(answer | ({"output": within(output, root)} if output else {}))
    elif output:
        print_path(output)
    else:
        say(text.removesuffix("\n"))


def _text(data: bytes) -> str:
    try:
        return files.decode(data)[0]
    except files.UnreadableFileError:
        return ""


def bootstrap(arguments: argparse.Namespace, found: Survey) -> tuple[str | None, str]:
    """Return the bootstrap template's address, if any, and what asks for the next prompt."""
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


def handover(number: int) -> str:
    return f"Session {number} → {number + 1}"  # 004, "Header"


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


# --- the text ------------------------------------------------------------------------------------


def compose(document: Document, project: str, fields: dict[str, str]) -> str:
    """Return the prompt (004, "Recommended Format"): every part that the document can fill."""
    body, called = read_body(document), _called(document.path)

    def of(section: Section | None, most: int | None = None) -> str:
        return _quoted(section.text if section else "", document, most)

    action = safe_text.inline(body.next_action.text, _LINE) if body.next_action else ""
    objective = f"Read {called} and settle the next step."
    if own_words(action, prompt.TEMPLATE.guidance):
        objective = _tamed(action)
    accomplished = _quoted(_done(document), document, MAX_ITEMS)
    decisions, artifacts = of(body.decisions, MAX_ITEMS), of(body.files, MAX_ITEMS)
    state = of(body.state) or f"{called} doesn't say where the work stands."
    context, blockers = of(body.context), _labelled("Blockers", of(body.blockers))
    facts = "\n".join(f"- {fact}" for fact in _facts(document))
    found, _ = sections(document.body, document.body_line)
    about = next((one for one in found if one.title == _PROJECT and one != body.context), None)
    has_summary = accomplished or decisions or artifacts
    texts = {
        _ACCOMPLISHED: accomplished,
        _DECISIONS: decisions,
        _ARTIFACTS: artifacts,
        _STATE: state,
        _OBJECTIVE: objective,
        _CONTEXT: _stacked(context, facts, blockers),
        _PROJECT: _stacked(_work(document, project), of(about), context),
        _COMPLETED: accomplished,
        _STATUS: _stacked(state, blockers),
        _GOAL: objective,
        _CONTINUE: _stacked(
            facts,
            _labelled("Files", artifacts),
            _labelled("Decisions", decisions),
            _labelled("Next steps", of(body.next_steps) if body.steps else ""),
        ),
    }
    texts = {heading: text for heading, text in texts.items() if text}
    texts[_SUMMARY] = "" if has_summary else f"{called} {_NOTHING_DONE}"
    return prompt.TEMPLATE.fill(fields, texts)


def _done(document: Document) -> str:
    """Return what was done: what says so, and holds nothing open, else what is ticked."""
    section = read_body(document).accomplished
    text = section.text if section else ""
    if text.strip() and not boxes(text).open:
        return "" if text.rstrip().endswith(_NOTHING_DONE) else text
    return "\n".join(f"- {box.text}" for box in each_box(document) if box.is_ticked)


def _work(document: Document, project: str) -> str:
    said = f"This is the project `{safe_text.one_line(project).replace('`', '')}`."
    has_title = document.format not in (NEXT, prompt.NAME)
    title = safe_text.inline(document.title, _LINE).rstrip(".") if has_title else ""
    return f"{said} The work: {title}." if any(map(str.isalpha, title)) else said


def _facts(document: Document) -> Iterator[str]:
    yield f"Notes: {_called(document.path)}"
    if document.branch:
        yield f"Branch: `{safe_text.inline(document.branch, _LINE).replace('`', '')}`"
    if issue := " ".join(filter(None, (document.issue, document.issue_url))):
        yield f"Issue: {safe_text.inline(issue, _LINE)}"
    if document.current_task:
        yield f"Current task: {safe_text.inline(document.current_task, _LINE)}"
    for agent in document.agents[:MAX_ITEMS]:
        if not is_completed(agent):
            status = f" ({agent.status})" if agent.status else ""
            yield safe_text.inline(f"Agent {agent.name}{status}: {agent.task}", _LINE)


def _labelled(name: str, text: str) -> str:
    return f"**{name}**:\n\n{text}" if text else ""


def _stacked(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _called(path: str) -> str:
    """Return a path as code that nothing in it can end."""
    return f"`{safe_text.path(path).replace('`', chr(39))}`"


def _quoted(text: str, document: Document, most: int | None = None) -> str:
    """Return a text that changes nothing around it; beyond ``most`` items, where the rest is."""
    lines = safe_text.clean(text[:MAX_SECTION]).strip("\n").split("\n")
    code = dict(code_blocks(lines))
    kept: list[str] = []
    room, items, at = _ROOM, 0, 0
    while at < len(lines):
        end = code.get(at, at) + 1
        said = _tamed(lines[at])
        if at in code:
            said = safe_text.fenced("\n".join(lines[at + 1 : end - 1]))
        room -= len(said) + 1
        items += _ITEM.match(said) is not None
        if room < 0 or (most is not None and items > most):
            break
        kept.append(said)
        at = end
    if not any(kept) and at < len(lines) and at not in code:
        kept = [safe_text.shorten(_tamed(lines[at]), _ROOM)[0]]
    shown = safe_text.reveal("\n".join(kept))[0].strip("\n")
    more = f"More of it stands in {_called(document.path)}." if at < len(lines) else ""
    return _stacked(shown, more if shown else "")


def _tamed(line: str) -> str:
    """Return a line that opens and ends no block around it, with no link that leads nowhere."""
    if _RULE.match(line):
        return ""
    if heading := _HEADING.match(line):
        line = f"**{heading[1].rstrip(' #').replace('**', '')}**"
    return _INLINE.sub(_unlinked, _BULLET.sub(r"\1-", _FENCE.sub(r"\1", line)))


def _unlinked(match: re.Match[str]) -> str:
    if match["reference"]:
        return "] "  # what it refers to stands elsewhere
    if match["comment"]:
        return ""
    if match["target"] is None or _WEB.match(match["target"]):
        return match[0]
    return f"{match['text']} (`{match['target']}`)" if match["target"] else match["text"]
