"""``agent-session explain``: why a document stands where it does; what a rule asks for."""

import argparse
import os
import re
from collections.abc import Iterator

from session_hooks.cli import project as cli_project
from session_hooks.cli.check.check import RULES
from session_hooks.cli.check.rule import Severity
from session_hooks.cli.documents import BLANK, row_elsewhere
from session_hooks.cli.memory import BECAME
from session_hooks.cli.project import (
    Copy,
    RefusedError,
    Survey,
    find,
    find_elsewhere,
    print_json,
    say,
    warn,
    within,
)
from session_hooks.documents.formats import next as formats_next_session
from session_hooks.documents.model import Document, Status
from session_hooks.documents.registry import named
from session_hooks.documents.scan import reason_unread
from session_hooks.memory import next_session as memory_next_session
from session_hooks.project.project import CONFIG, absolute
from session_hooks.render.document import where
from session_hooks.render.memory import stays
from session_hooks.report import ranking
from session_hooks.report.debts import Stays
from session_hooks.report.ranking import Entry
from session_hooks.report.verdict import activity, judge
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

_CODE = re.compile(r"[A-Za-z]\d{3}")
_WEIGHT = {
    Severity.ERROR: "what breaks it may be read wrongly, or not at all; `check` fails at it",
    Severity.WARNING: "it is advised, and work goes on without it; `check --strict` fails at it",
    Severity.INFO: "it takes judgement; no `check` fails at it",
}
_STATES = {
    "leads": "a conversation that begins here would resume it",
    "offered": "it is offered, behind what leads",
    "aside": "it is named and not quoted",
    "closed": "it is not offered: its own status closes it",
    "superseded": "it is not offered: of its kind the newest counts",
    "blank": BLANK,
    "copy": "it is not offered: its text counts once",
    "unread": "it is not read",
    "taken": "it was taken from the working tree",
    "elsewhere": "it lies elsewhere in this repository",
}
_MOST_PLACES = 6


class Explanation(Value):
    """Why a document stands where it does."""

    path: str
    state: str
    """A key of ``_STATES``."""
    reasons: tuple[str, ...]
    format: str | None = None
    verdict: str | None = None
    rank: int | None = None
    """Its place among what a conversation could start from, counted from 1."""


def explain(arguments: argparse.Namespace, found: Survey) -> None:
    """Explain a rule by its code, or a document by its path.

    Raises RefusedError where there is no such rule or file.
    """
    name = arguments.what
    if _CODE.fullmatch(name) and not os.path.lexists(name):
        _explain_rule(name.upper(), as_json=arguments.json)
        return
    known = _explanation(name, found)
    if arguments.json:
        print_json(known._asdict())
        return
    say(f"{safe_text.path(known.path)}: {_STATES[known.state]}")
    for reason in known.reasons:
        say(f"  {reason}")


def _explain_rule(code: str, *, as_json: bool) -> None:
    rule = next((rule for rule in RULES if rule.code == code), None)
    if rule is None:
        raise RefusedError(f"there is no rule {code}. {_near(code)}")
    if as_json:
        weight = {"severity": rule.severity.value, "why": _WEIGHT[rule.severity]}
        print_json({**rule._asdict(), **weight})
        return
    say(f"{rule.code}, {rule.severity.value}: {rule.demand}")
    say(f"  where: {rule.source}")
    say(f"  why: {_WEIGHT[rule.severity]}")
    say(f"  to mend it: {rule.help}")


def _near(code: str) -> str:
    codes = sorted(rule.code for rule in RULES if rule.code[0] == code[0])
    letters = ", ".join(sorted({rule.code[0] for rule in RULES}))
    return f"Those of {code[0]}: {codes[0]} to {codes[-1]}" if codes else f"There are {letters}"


# --- documents -----------------------------------------------------------------------------------


def _explanation(name: str, found: Survey) -> Explanation:
    """Explain what a person names: a document here, another file, a copy, or one elsewhere."""
    try:
        return _of_document(find(name, found), found)
    except RefusedError:
        if copy := cli_project.find_taken(name, found):
            return _of_copy(copy, found)
        project = found.project
        places = (cli_project.place(name), cli_project.place(os.path.join(project.root, name)))
        files = (place for place in places if os.path.lexists(place) and not os.path.isdir(place))
        there = next(files, None)
        path = within(there, project.root) if there else ""
        if there and path != there:
            return _of_file(path, found)
        if (other := find_elsewhere(name, found)) is None:
            if there is None:
                raise
            reason = f"it lies outside this project, {safe_text.path(project.root)}"
            return Explanation(there, "unread", (reason,))
        row = row_elsewhere(other, found.view)
        active = "work on it goes on" if row["active"] else "nothing shows that work on it goes on"
        reasons = (where(other.ref), f"{row['verdict']}: {'; '.join(row['reasons'])}", active)
        path = row["path"]
        return Explanation(path, "elsewhere", reasons, row["format"], row["verdict"])


def _of_document(document: Document, found: Survey) -> Explanation:
    view, documents = found.view, found.scan.documents
    judged = judge(document, view).verdict.value
    state, rank, place = _place(document, found)
    specification = named(document.format).SPECIFICATION
    reasons = [f"read as {document.format}, specification {specification}"]
    if state != "blank":
        said = "; ".join(ranking.reasons(document, view))
        reasons.append(f"{judged}: {said}; last activity {_age(document, found)}")
    reasons += [place] if place else []
    if document.format == formats_next_session.NAME and document in documents:
        reasons.append(_taking(document, found))
    reasons += _remembered(document.path, found)
    return Explanation(document.path, state, tuple(reasons), document.format, judged, rank)


def _age(document: Document, found: Survey) -> str:
    return dates.age(found.view.now, activity(document, found.view))


def _place(document: Document, found: Survey) -> tuple[str, int | None, str]:
    """Return how a document stands, its place in the order, and what puts it there."""
    if document in found.scan.templates:
        return "blank", None, ""
    for copy, of in found.scan.copies:
        if copy.path == document.path:
            return "copy", None, f"a copy of {safe_text.path(of)}"
    documents, view = found.scan.documents, found.view
    ranked = [one for one in ranking.candidates(documents, view) if not one.rests]
    for index, entry in enumerate(ranked):
        if entry.document.path == document.path:
            place = _behind(entry, ranked, index)
            return "offered" if index else "leads", index + 1, place
    if document.path in {one.document.path for one in ranking.put_aside(documents, view)}:
        return "aside", None, "git, the disk or its dates speak against it, so it comes last"
    if document.status is Status.COMPLETED:
        return "closed", None, ""
    same = [one for one in ranked if one.document.format == document.format]
    newest = f"the newest one is {safe_text.path(same[0].document.path)}" if same else ""
    return "superseded" if same else "aside", None, newest


def _behind(entry: Entry, ranked: list[Entry], index: int) -> str:
    goes_on = "" if entry.goes_on else "; it doesn't say outright what is next"
    if not index:
        return f"number 1 of {len(ranked)}{goes_on}"
    ahead = ranked[index - 1]
    why_ahead = f"{safe_text.path(ahead.document.path)}, which {ranking.why_ahead(ahead, entry)}"
    return f"number {index + 1} of {len(ranked)}, behind {why_ahead}{goes_on}"


def _taking(document: Document, found: Survey) -> str:
    """Say whether a start takes a document from the working tree."""
    consume = found.settings.consume
    is_free = memory_next_session.is_free(
        tracked=found.view.facts.is_tracked(document.path),
        in_git=found.project.git_top is not None,
        consume=consume,
    )
    if is_free:
        return "the next conversation that begins here with a person takes it and reads it once"
    if consume == "never":
        return f'it stays in the working tree: [next_session] consume is "never" in {CONFIG}'
    if is_free is None:
        return "it stays in the working tree: git doesn't tell whether it tracks it"
    return stays(Stays(document.path, None))


def _remembered(path: str, found: Survey) -> Iterator[str]:
    """Say what is remembered of a path: who was told it last, and what was taken from there."""
    project, now = found.project, found.view.now
    try:
        logs = [log for _, log in cli_project.remembered(project)]
    except RefusedError as error:
        warn(str(error))
        return
    file = absolute(project.root, path)
    told = [one for log in logs for one in log.deliveries if one.document == file]
    attended = {one.id: one.attended for log in logs for one in log.conversations}
    for one in sorted(told, key=lambda delivery: delivery.when)[-1:]:
        nobody = "" if attended.get(one.conversation, True) else ", which nobody attended"
        who = f"conversation {safe_text.word(one.conversation, 80)}{nobody}"
        yield f"last told {dates.clock(now, one.when)} to {who}"
    for copy in cli_project.copies(found):
        if copy.place == file:
            yield f"an earlier one was {_taken(copy, found)}"
            return


def _taken(copy: Copy, found: Survey) -> str:
    by = f" by conversation {safe_text.word(copy.row.conversation, 80)}" if copy.row else ""
    became = BECAME.get(copy.became or "", copy.became) or "whether anybody read it is not known"
    return f"taken {dates.clock(found.view.now, copy.taken)}{by}: {safe_text.inline(became, 80)}"


def _of_copy(copy: Copy, found: Survey) -> Explanation:
    reasons = (
        _taken(copy, found),
        f"its copy: {safe_text.path(within(cli_project.place(copy.path), found.project.root))}",
        f"to bring it back: agent-session restore {safe_text.path(copy.name)}",
    )
    return Explanation(within(copy.place, found.project.root), "taken", reasons)


def _of_file(path: str, found: Survey) -> Explanation:
    unread = {file.path: file.reason for file in found.scan.unread}
    reason = unread.get(path) or reason_unread(path, found.project, found.settings, found.scan)
    if reason is not None:
        return Explanation(path, "unread", (reason,))
    places = [safe_text.path(place) if place else "." for place in found.settings.all_folders]
    more = ", …" if places[_MOST_PLACES:] else ""
    reasons = (
        "its folder or its name is of no format",
        f"read are {', '.join(places[:_MOST_PLACES])}{more}; [folders] in {CONFIG} names others",
    )
    return Explanation(path, "unread", reasons)
