"""``agent-session list``, ``show`` and ``explain``: the documents as hooks see them, and why."""

import argparse
import os
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from session_hooks.cli.check.check import explain_rule
from session_hooks.cli.memory import describe_copy
from session_hooks.cli.project import (
    Copy,
    RefusedError,
    Survey,
    as_json,
    fields,
    find,
    find_copies,
    find_document,
    find_elsewhere,
    find_taken,
    load_log,
    news_elsewhere,
    place,
    places,
    print_json,
    print_table,
    say,
    warn,
    with_again,
    with_taken,
    within,
)
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import is_template, named, read_body
from session_hooks.documents.scan import describe_unread, passed_over, reason_unread
from session_hooks.evidence.model import Elsewhere, Evidence, View
from session_hooks.project.project import CONFIG, absolute
from session_hooks.render import document as render_document
from session_hooks.render.memory import left_behind
from session_hooks.report import debts, ranking
from session_hooks.report.debts import Reason
from session_hooks.report.ranking import RankedDocument
from session_hooks.report.verdict import activity, judge
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

_BLANK = "not filled in yet"
_FACTS = (
    "ref", "format", "status", "created", "updated", "branch", "author", "issue", "current_task",
)  # fmt: skip
_SAME = ("state", "next_steps", "context", "accomplished", "progress", "blockers", "decisions")
_PARTS = {**{name: name for name in _SAME}, "key_files": "files", "log": "log"}
"""What ``show`` calls the parts of a body, and their own names."""
_CODE = re.compile(r"[A-Za-z]\d{3}")
_STATES = {
    "leads": "a conversation that begins here would resume it",
    "offered": "it is offered, behind what leads",
    "aside": "it is named and not quoted",
    "closed": "it is not offered: its own status closes it",
    "superseded": "it is not offered: of its kind the newest counts",
    "blank": _BLANK,
    "copy": "it is not offered: its text counts once",
    "unread": "it is not read",
    "taken": "it was taken from the working tree",
    "elsewhere": "it lies elsewhere in this repository",
}
_MOST_PLACES = 6


def list_documents(arguments: argparse.Namespace, found: Survey) -> None:
    found = with_again(found)
    rows = _rows(found, everything=arguments.all)
    beyond = [_row_elsewhere(one, found.view) for one in news_elsewhere(found)]
    beyond = [row for row in beyond if arguments.all or row["active"]]
    if arguments.json:
        print_json({"documents": [*rows, *beyond]})
    else:
        if rows:
            _print_rows(rows, found.view.now)
        elif arguments.all:
            say("No document is here")
        else:
            say("No document is active here. See all there are: agent-session list --all")
        if beyond:
            say("\nElsewhere")
            _print_rows(beyond, found.view.now)
    for file in found.scan.unread:
        say(f"Not readable: {safe_text.path(file.path)} ({file.reason})", error=True)
    if arguments.all:
        for line in describe_unread(passed_over(found.project, found.settings, found.scan)):
            say(f"Not read: {line}", error=True)


def _rows(found: Survey, *, everything: bool) -> list[dict[str, Any]]:
    documents, view = found.scan.documents, found.view
    entries = ranking.candidates(documents, view) + ranking.put_aside(documents, view)
    ranked = {entry.document.path: entry for entry in entries}
    rows = [_row(one.document, view, active=one.is_active) for one in ranked.values()]
    rows += [_row(one, view, active=False) for one in found.scan.templates]
    if everything:
        rest = [document for document in documents if document.path not in ranked]
        rest.sort(key=lambda document: activity(document, view), reverse=True)
        rows += [_row(document, view, active=False) for document in rest]
        rows += [_row_of_copy(document, of, view) for document, of in found.scan.copies]
    for row in rows:
        if found.again and found.is_again(row["path"]):
            way = f"agent-session restore {safe_text.path(found.again.row.former)}"
            row["reasons"] += [describe_copy(found.again, view.now), way]
    return rows


def _row_of_copy(document: Document, of: str, view: View) -> dict[str, Any]:
    row = _row(document, view, active=False)
    return row | {"reasons": [f"a copy of {safe_text.path(of)}"]}


def _row_elsewhere(one: Elsewhere, view: View) -> dict[str, Any]:
    active = ranking.is_active_elsewhere(one, view)
    return _row(one.document, ranking.view_elsewhere(one, view), active=active, ref=one.ref)


def _row(document: Document, view: View, *, active: bool, ref: str | None = None) -> dict[str, Any]:
    action = read_body(document).next_action
    return {
        **fields(document, "path", "format", "title", "created", "updated", "branch"),
        "status": document.status_word,
        "activity": as_json(activity(document, view)),
        "ref": ref,
        "active": active,
        "verdict": judge(document, view).verdict.value,
        # Of what nobody has filled in nothing is to be judged.
        "reasons": [_BLANK] if is_template(document) else [*ranking.reasons(document, view)],
        "next_action": action.text if action else None,
    }


def _print_rows(rows: list[dict[str, Any]], now: datetime) -> None:
    print_table(("document", "next action", "why here"), (_cells(row, now) for row in rows))


def _cells(row: dict[str, Any], now: datetime) -> tuple[str, str, str]:
    moment = datetime.fromisoformat(row["activity"])
    where = [render_document.where(row["ref"])] if row["ref"] else []
    why = [*where, row["verdict"], *row["reasons"], f"last activity {dates.age(now - moment)}"]
    name = f"{safe_text.path(row['path'])}\n{safe_text.inline(row['title'], 80)}"
    return name, safe_text.inline(row["next_action"] or "-", 120), ", ".join(why)


def show_document(arguments: argparse.Namespace, found: Survey) -> None:
    row, document, view = _find(arguments.path, found)
    known = row | _details(document, read_body(document))
    evidence = view.facts.evidence.get(document.path) if row["ref"] is None else None
    if arguments.json:
        print_json(known | {"evidence": evidence and _evidence(evidence)})
        return
    for line in _lines(known):
        say(line)
    for line in render_document.evidence_lines(evidence) if evidence else ():
        say(dates.fill(line, found.view.now.timestamp()))


def _find(name: str, found: Survey) -> tuple[dict[str, Any], Document, View]:
    try:
        document = find_document(name, found)
    except RefusedError:
        other = find_elsewhere(name, found)
        if other is None:
            raise
        return _row_elsewhere(other, found.view), other.document, found.view
    for copy, of in found.scan.copies:
        if copy.path == document.path:
            return _row_of_copy(copy, of, found.view), copy, found.view
    if document.path not in found.scan.paths:
        view = with_taken(document, found).view
        return _row(document, view, active=False), document, view
    ranked = ranking.candidates(found.scan.documents, found.view)
    active = any(one.is_active and one.document.path == document.path for one in ranked)
    return _row(document, found.view, active=active), document, found.view


def _details(document: Document, body: Body) -> dict[str, Any]:
    parts = {name: getattr(body, held) for name, held in _PARTS.items()}
    return {
        **fields(document, "author", "number", "issue", "issue_url", "current_task", "agents"),
        "next_action_found": as_json(body.next_action),
        **fields(body, "steps", "problems"),
        **{
            name: part and fields(part, "line", "how", "title", "text")
            for name, part in parts.items()
        },
    }


def _evidence(found: Evidence) -> dict[str, Any]:
    return {
        **fields(found, "written", "branch", "paths", "commits"),
        "commits_since": as_json(found.since),
        "possibly_done": as_json(found.ticks),
    }


def _lines(known: dict[str, Any]) -> Iterator[str]:
    def field(name: str, value: str) -> str:
        return f"  {name.replace('_', ' ') + ':':<14}{safe_text.inline(value, 200)}"

    yield f"{safe_text.path(known['path'])}  {safe_text.inline(known['title'], 100)}"
    yield from (field(name, known[name]) for name in _FACTS if known[name])
    yield field("active", "yes" if known["active"] else "no")
    yield f"  {'verdict:':<14}{known['verdict']}, {', '.join(known['reasons'])}"
    for agent in known["agents"]:
        yield field("agent", f"{agent['name']}, {agent['status'] or 'no status'}, {agent['task']}")
    if step := known["next_action_found"]:
        yield f"\nnext action, line {step['line']}, {safe_text.inline(step['how'], 120)}:"
        yield f"  {safe_text.inline(step['text'], 320)}"
    for step in known["steps"]:
        yield f"  then, line {step['line']}: {safe_text.inline(step['text'], 200)}"
    for name in _PARTS:
        if part := known[name]:
            yield f"\n{name.replace('_', ' ')}, line {part['line']}, {part['how']}:"
            text, cut = safe_text.shorten(safe_text.reveal(part["text"][:20_000])[0], 600)
            yield from (f"  {line}".rstrip() for line in text.splitlines())
            if cut:
                yield f"  ({cut} lines are not shown whole)"
    for problem in known["problems"]:
        yield f"read in part: line {problem['line']}, {problem['message']}"


# --- why -----------------------------------------------------------------------------------------


class Explanation(Value):
    path: str
    state: str  # a key of ``_STATES``
    reasons: tuple[str, ...]
    format: str | None = None
    verdict: str | None = None
    rank: int | None = None  # among what a conversation could start from, counted from 1


def explain(arguments: argparse.Namespace, found: Survey) -> None:
    name = arguments.what
    if _CODE.fullmatch(name) and not os.path.lexists(name):
        explain_rule(name.upper(), as_json=arguments.json)
        return
    known = _explain_path(name, found)
    if arguments.json:
        print_json(known._asdict())
        return
    say(f"{safe_text.path(known.path)}: {_STATES[known.state]}")
    for reason in known.reasons:
        say(f"  {reason}")


def _explain_path(name: str, found: Survey) -> Explanation:
    try:
        return _of_document(find(name, found), found)
    except RefusedError:
        if copy := find_taken(name, found):
            return _of_copy(copy, found)
        candidates = places(name, found.project)
        is_file = (one for one in candidates if os.path.lexists(one) and not os.path.isdir(one))
        there = next(is_file, "")
        path = within(there, found.project.root)
        if path != there:
            return _of_file(path, found)
        if other := find_elsewhere(name, found):
            row = _row_elsewhere(other, found.view)
            active = "work on it goes on" if row["active"] else "nothing shows that work goes on"
            reasons = (
                render_document.where(other.ref),
                f"{row['verdict']}: {'; '.join(row['reasons'])}",
                active,
            )
            return Explanation(row["path"], "elsewhere", reasons, row["format"], row["verdict"])
        if not there:
            raise
        reason = f"it lies outside this project, {safe_text.path(found.project.root)}"
        return Explanation(there, "unread", (reason,))


def _of_document(document: Document, found: Survey) -> Explanation:
    view = found.view
    judged = judge(document, view).verdict.value
    state, rank, place_said = _rank(document, found)
    specification = named(document.format).SPECIFICATION
    reasons = [f"read as {document.format}, specification {specification}"]
    if state != "blank":
        said = "; ".join(ranking.reasons(document, view))
        last = dates.age(view.now - activity(document, view))
        reasons.append(f"{judged}: {said}; last activity {last}")
    if place_said:
        reasons.append(place_said)
    if document.format == NEXT and document in found.scan.documents:
        reasons.append(_whether_taken(document, found))
    reasons += _history(document, found)
    return Explanation(document.path, state, tuple(reasons), document.format, judged, rank)


def _rank(document: Document, found: Survey) -> tuple[str, int | None, str]:
    """Return how a document stands, its place in the order, and what puts it there."""
    if document in found.scan.templates:
        return "blank", None, ""
    for copy, of in found.scan.copies:
        if copy.path == document.path:
            return "copy", None, f"a copy of {safe_text.path(of)}"
    documents, view = found.scan.documents, found.view
    ranked = [one for one in ranking.candidates(documents, view) if not one.is_put_aside]
    for index, entry in enumerate(ranked):
        if entry.document.path == document.path:
            return "offered" if index else "leads", index + 1, _behind(entry, ranked, index)
    if document.path in {one.document.path for one in ranking.put_aside(documents, view)}:
        return "aside", None, "git, the disk or its dates speak against it, so it comes last"
    if document.status is Status.COMPLETED:
        return "closed", None, ""
    same = [one for one in ranked if one.document.format == document.format]
    newest = f"the newest one is {safe_text.path(same[0].document.path)}" if same else ""
    return "superseded" if same else "aside", None, newest


def _behind(entry: RankedDocument, ranked: list[RankedDocument], index: int) -> str:
    said = f"number {index + 1} of {len(ranked)}"
    if index:
        ahead = ranked[index - 1]
        said += f", behind {safe_text.path(ahead.document.path)}, which "
        said += ranking.why_ahead(ahead, entry)
    return said if entry.goes_on else f"{said}; it doesn't say outright what is next"


def _of_copy(copy: Copy, found: Survey) -> Explanation:
    root = found.project.root
    reasons = (
        describe_copy(copy, found.view.now),
        f"its copy: {safe_text.path(within(place(copy.path), root))}",
        f"to bring it back: agent-session restore {safe_text.path(copy.row.name)}",
    )
    return Explanation(within(copy.place, root), "taken", reasons)


def _of_file(path: str, found: Survey) -> Explanation:
    unread = {file.path: file.reason for file in found.scan.unread}
    reason = unread.get(path) or reason_unread(path, found.project, found.settings, found.scan)
    if reason is not None:
        return Explanation(path, "unread", (reason,))
    folders = [safe_text.path(folder) if folder else "." for folder in found.settings.all_folders]
    more = ", …" if folders[_MOST_PLACES:] else ""
    reasons = (
        "its folder or its name is of no format",
        f"read are {', '.join(folders[:_MOST_PLACES])}{more}; [folders] in {CONFIG} names others",
    )
    return Explanation(path, "unread", reasons)


def _whether_taken(document: Document, found: Survey) -> str:
    documents, view, project = found.scan.documents, found.view, found.project
    in_git, consume = project.git_top is not None, found.settings.consume
    reason = debts.reason_to_leave(document, documents, view, in_git=in_git, consume=consume)
    is_link = os.path.islink(absolute(project.root, document.path))
    if is_link and reason in (None, Reason.TRACKED, Reason.NOT_KNOWN_IF_TRACKED):
        reason = Reason.IS_LINK
    if reason is Reason.TRACKED:
        return left_behind(debts.LeftDocument(document.path, reason))
    if reason is not None:
        said = f"it stays in the working tree: {reason.value}"
        newest = debts.newest_left(documents, view) if reason is Reason.NOT_THE_NEWEST else None
        return f"{said}, {safe_text.path(newest.path)}" if newest else said
    return (
        "the next conversation that a person starts here takes it and reads it once; scripts "
        "(claude -p), subagents, and what goes on or began with /clear leave it"
    )


def _history(document: Document, found: Survey) -> Iterator[str]:
    project, now = found.project, found.view.now
    try:
        log = load_log(project)
    except RefusedError as error:
        warn(str(error))
        return
    file = absolute(project.root, document.path)
    told = [one for one in log.deliveries if one.document == file]
    last = max(told, key=lambda delivery: delivery.when, default=None)
    if last is not None:
        conversation = safe_text.word(last.conversation, 80)
        reason = Reason.__members__.get(last.why_left or "")
        why = f", {reason.value}" if reason else ""
        which = "last" if last.digest == document.digest else "an earlier text was last"
        when = dates.clock_time(now, last.when)
        yield f"{which} told {when} to conversation {conversation}{why}"
    elif document.format == NEXT and not log.conversations:
        yield "no conversation is remembered here yet; are hooks installed? install-hooks --check"
    for copy in find_copies(found):
        if copy.place == file:
            yield f"an earlier one was {describe_copy(copy, now)}"
            return
