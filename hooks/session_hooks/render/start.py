"""Render a start's report for model and person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from session_hooks.documents import locations
from session_hooks.documents.config import Config
from session_hooks.documents.formats import handoff, prompt, session
from session_hooks.documents.model import LEAVES, Document, Scan
from session_hooks.documents.registry import FORMATS, LEFT_BEHIND, REVIEWED
from session_hooks.project.error_log import Untold
from session_hooks.render import evidence
from session_hooks.render.document import (
    BUDGET,
    LISTED,
    NOTES,
    as_many,
    document_lines,
    first_step,
    length,
    line,
    missing,
    named,
    status,
    unread_lines,
    where,
)
from session_hooks.report.ranking import Entry
from session_hooks.report.report import (
    AgentTask,
    Beyond,
    Changes,
    Hint,
    Lead,
    Overview,
    Restore,
    Review,
)
from session_hooks.report.verdict import commits_since
from session_hooks.util.ages import ago, count
from session_hooks.util.lazy import Value
from session_hooks.util.safe_text import listed, path, quoted, word

_NEW_FILE = "YYYYMMDD-HHMMSS-<description>.md"
_TASKS_ROOM = 1500
_UNREAD_ROOM = 500
_ASIDE_ROOM = 1000
_BEYOND_ROOM = 700
_OTHERS_ROOM = 1500
_MEMORY_ROOM = 1500
_MORE_LINES = "more lines, see: agent-session list --all"
_NAMED = 3
_LEAST_LEAD = 0.6
"""The part of the budget that what leads has in any case."""


class Aside(Value):
    """What is said beside the documents."""

    left: Lead | None = None
    """What was left behind for this conversation, and taken by it."""
    note: tuple[str, ...] = ()
    """What became of that."""
    note_of_part: tuple[str, ...] = ()
    """The same, where only a part of it is quoted."""
    lines: tuple[str, ...] = ()
    """What is remembered of other conversations."""


NOTHING = Aside()


def hint(
    report: Hint,
    settings: Config,
    aside: Aside = NOTHING,
    *,
    uses_session_files: bool,
) -> str:
    """Name the newest document where none is active, and how a session file is made."""
    scan, review = report.scan, report.review
    may_begin = uses_session_files and not _is_refused(scan)
    end = [
        *aside.lines,
        *unread_lines(scan.unread, scan.not_reached),
        *_journals(review),
        *as_many(_aside(review), _ASIDE_ROOM, _MORE_LINES),
        *as_many(_beyond(report.beyond), _BEYOND_ROOM, _MORE_LINES),
        *_begun(scan),
        *([_how_to_begin(scan.session_folder, review)] if may_begin else []),
        *(_written_when(report, settings) if report.asks else []),
    ]
    newest = report.newest
    if newest and not _is_named(newest.entry, review, aside):
        end.insert(0, _newest(newest))
    left = list(_left(aside, None, settings.budget - length(end) - len(NOTES)))
    is_quoting = left or any('"' in text for text in end)
    return "\n".join([*([NOTES] if is_quoting else []), *left, *end])


def _is_named(entry: Entry, review: Review, aside: Aside) -> bool:
    found = (*review.aside[:_NAMED], *(lead.entry for lead in review.journals))
    paths = {one.document.path for one in found}
    paths |= {aside.left.entry.document.path} if aside.left else set()
    return entry.document.path in paths


def _newest(lead: Lead) -> str:
    """Name a document that isn't active: its age, and what is open in it."""
    return f"None is active. The newest: {named(lead.entry.document)} ({_as_it_says(lead)})"


def _as_it_says(lead: Lead) -> str:
    """Say a document's age and what it says of itself; where steps are open in it, these, too."""
    document, age = lead.entry.document, ago(lead.entry.activity.timestamp())
    says = status(document) if document.status_word else ""
    step, steps = lead.body.next_action, _open_steps(lead)
    if step is None and not steps:
        return ", ".join(filter(None, (says, age)))
    are = f"{count(steps, 'step')} {'is' if steps == 1 else 'are'} open"
    first = f": {quoted(step.text, 160)}" if step else ""
    return f"{age}; says {says}, {are}{first}" if says else f"{age}; {are}{first}"


def _open_steps(lead: Lead) -> int:
    step = lead.body.next_action
    return max(lead.entry.document.boxes.open, len(lead.body.steps) + (step is not None))


def _beyond(beyond: Sequence[Beyond]) -> Iterator[str]:
    """Name what lies in other worktrees and on other branches: never before what lies here."""
    head = "Elsewhere in this repository; git show REF:PATH prints what is on a branch:"
    lines = (f"{where(one.ref)}: {line(one.entry)}" for one in beyond)
    return _listing(head, lines, len(beyond), LISTED)


def _listing(head: str, lines: Iterator[str], number: int, most: int) -> Iterator[str]:
    """List ``most`` of a number of things below a heading, and say where the others are listed."""
    if number:
        yield head
    yield from (f"- {text}" for text in islice(lines, most))
    if number > most:
        yield f"- {number - most} more, see: agent-session list"


def _begun(scan: Scan) -> Iterator[str]:
    """Name what somebody made and nobody has written in yet, before a second one is made."""
    if scan.templates:
        yield f"Begun and not filled in yet: {_names(scan.templates)}"


def _how_to_begin(folder: str, review: Review) -> str:
    none = "is active"
    if any(entry.document.format == session.NAME for entry in review.aside):
        none = "is to be relied on; one above that is about the same work is brought up to date"
    return (
        f"No session file {none}. Work of several steps gets one: {path(folder)}/{_NEW_FILE} (UTC; "
        "agent-session new writes it)."
    )


def overview(report: Overview, settings: Config, aside: Aside = NOTHING) -> str:
    """Tell the model what is active and what is next, the most valuable first."""
    end = [
        *as_many(_apart(_others(report)), _OTHERS_ROOM, "more lines; see: agent-session list"),
        *as_many(_apart(aside.lines), _MEMORY_ROOM, "more lines on other conversations"),
        *as_many(
            unread_lines(report.scan.unread, report.scan.not_reached),
            _UNREAD_ROOM,
            "more lines on unread files are left out",
        ),
        *_begun(report.scan),
        *_apart(_journals(report.review)),
        *as_many(_apart(_aside(report.review)), _ASIDE_ROOM, _MORE_LINES),
        *as_many(_apart(_beyond(report.beyond)), _BEYOND_ROOM, _MORE_LINES),
        *evidence.left_out(report.facts),
        *_apart(_protocol(report, settings)),
    ]
    tasks = list(as_many(_tasks(report), _TASKS_ROOM, "more lines are left out"))
    room = settings.budget - length([NOTES, *tasks])
    for_lead = max(room - length(end), int(settings.budget * _LEAST_LEAD))
    head = [NOTES, *tasks, *_of_lead(report, aside, for_lead)]
    rest = "lines are left out for lack of room; see: agent-session list"
    return "\n".join([*head, *as_many(end, settings.budget + len(rest) - length(head), rest)])


def _apart(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return ["", *found] if found else []


def _left(aside: Aside, lead: Lead | None, room: int) -> Iterator[str]:
    """Quote what was left behind, unless it leads and is quoted already, and what became of it."""
    left = aside.left
    if left is None or (lead and lead.entry.document.path == left.entry.document.path):
        return
    lines = _taken(aside, left, room)
    yield f"Left for this conversation: {lines[0]}"
    yield from lines[1:]


def _of_lead(report: Overview, aside: Aside, room: int) -> Iterator[str]:
    entry, left = report.lead.entry, aside.left
    since = [
        *evidence.commits(entry.evidence),
        *evidence.tree(report.facts.tree),
        *_newer(report),
    ]
    is_left = left is not None and left.entry.document.path == entry.document.path
    room = room if left is None or is_left else room // 2
    if is_left:
        lines = _taken(aside, report.lead, room, since)
    else:
        lines = document_lines(report.lead, room, since)
    yield f"{_called(report.lead)}: {lines[0]}"
    yield from lines[1:]
    yield from _left(aside, report.lead, room)


def _taken(aside: Aside, lead: Lead, room: int, since: Sequence[str] = ()) -> list[str]:
    """Return the lines on a document that was taken, and on what became of it."""
    lines = document_lines(lead, room - length([*aside.note]), since, rest=aside.note_of_part)
    is_part = bool(aside.note_of_part) and aside.note_of_part[0] in lines
    return lines if is_part else [*lines, *aside.note]


def _called(lead: Lead) -> str:
    if not lead.entry.goes_on:
        return "The newest here, which doesn't say outright what is next"
    return "The newest journal" if lead.entry.document.format in REVIEWED else "To resume"


def _newer(report: Overview) -> Iterator[str]:
    """Say where a newer state of the file that leads lies."""
    lead = report.lead.entry.document
    for one in report.beyond:
        if one.entry.document.path == lead.path and lead.format not in LEFT_BEHIND:
            yield f"A newer state of it is {where(one.ref)}, {ago(one.entry.activity.timestamp())}."


def _tasks(report: Overview) -> Iterator[str]:
    """Name the agents' open tasks; to an agent its own, and what came of the others'."""
    if report.agent is None:
        if report.tasks:
            yield "Agents' open tasks:"
        yield from (f"- {word(task.agent.name)}: {_task(task)}" for task in report.tasks)
        return
    name = word(report.agent)
    if not report.tasks:
        yield f"No open task of {name} is named here."
    for task in report.tasks:
        yield f"Open task of {name}: {_task(task)}"
        if task.agent.summary:
            yield f"  So far: {quoted(task.agent.summary, 240)}"
    if report.tasks:
        yield (
            f"At the end {name} sets its own entry in spawned_agents to its status and a summary, "
            "and brings Current State and Next Steps up to date."
        )
    for one in report.outcomes:
        yield f"Done before by {word(one.agent.name)}: {quoted(one.agent.summary, 240)}"


def _task(task: AgentTask) -> str:
    progress = word(task.agent.status, 30) if task.agent.status else "no status"
    return f"{quoted(task.agent.task, 240)} ({progress}) in {path(task.document.path)}"


def _others(report: Overview) -> Iterator[str]:
    kind = "session files" if _only_sessions(report) else "documents"
    number = len(report.others)
    head = f"Other active {kind} ({number}):"
    return _listing(head, (line(entry) for entry in report.others), number, LISTED)


def _journals(review: Review) -> Iterator[str]:
    if review.journals:
        yield "Recent journals, to review before new work:"
    for lead in review.journals:
        step = first_step(lead.body)
        follow_up = f", follow-up {quoted(step, 110)}" if step else ""
        yield f"- {named(lead.entry.document)}, {ago(lead.entry.activity.timestamp())}{follow_up}"


def _aside(review: Review) -> Iterator[str]:
    if review.aside:
        yield "Not quoted, because git, the disk or their dates contradict them:"
    for entry in review.aside[:_NAMED]:
        yield f"- {evidence.put_aside(entry)}"
    if len(review.aside) > _NAMED:
        yield f"- {len(review.aside) - _NAMED} more, see: agent-session list --all"
    left = [entry for entry in review.aside if entry.document.format in LEFT_BEHIND]
    for entry in left[:1]:
        name = path(entry.document.path)
        yield f"Before another {name} is written in its place, what still holds is taken from it."


def _names(documents: Sequence[Document]) -> str:
    return listed([path(document.path) for document in documents], _NAMED)


def _protocol(report: Overview, settings: Config) -> Iterator[str]:
    if session.NAME in report.review.uses and not _is_refused(report.scan):
        yield from _sessions_protocol(report)
    if report.asks:
        yield from _written_when(report, settings)


def _written_when(report: Overview | Hint, settings: Config) -> Iterator[str]:
    """Say of each format in use when and where it is written.

    At the start, for after the end nobody can write any more (000, "When to Write"; 001, "When to
    Create Handoffs"; 002, "When to Create a Session"; 004, "Restoration Prompt").
    """
    trigger = quoted(_trigger(report, settings), 60)
    for form in FORMATS:
        if form.NAME in report.review.uses and form.WRITTEN_WHEN:
            one = _only_handoff(report, settings) if form is handoff else None
            folder = _place(report, settings.places, form.NAME)
            said = form.WRITTEN_WHEN.format(folder=folder, trigger=trigger)
            yield f"At the end of larger work, bring {path(one)} up to date." if one else said


def _only_handoff(report: Overview | Hint, settings: Config) -> str | None:
    """Return the handoff that is written anew each time, where none has a file of its own."""
    among = settings.places.get(handoff.NAME, ())
    paths = [d.path for d in report.scan.documents if d.format == handoff.NAME]
    return paths[0] if paths and all(locations.is_one_file(one, among) for one in paths) else None


def _place(report: Overview | Hint, places: Mapping[str, tuple[str, ...]], form: str) -> str:
    """Return where a format's documents go: where there are some already, else the first place."""
    used = {d.path.rpartition("/")[0] for d in report.scan.documents if d.format == form}
    there = (place for place in places.get(form, ()) if locations.parts(place)[1] is None)
    folders = sorted(there, key=lambda folder: folder not in used)
    folder = next(iter(folders), "")
    return f"{path(folder)}/" if folder else ""


def _trigger(report: Overview | Hint, settings: Config) -> str:
    """Return the word that asks for a prompt: the project's, else the newest prompt's own."""
    if settings.trigger:
        return settings.trigger
    prompts = (d for d in report.scan.documents if d.format == prompt.NAME)
    newest = max(prompts, key=lambda document: document.modified, default=None)
    return (prompt.trigger(newest.body) if newest else None) or prompt.TRIGGER


def _sessions_protocol(report: Overview) -> Iterator[str]:
    """Say the protocol of 003 in short ("PM Start Protocol", "Updating During Work")."""
    if not report.lead.entry.goes_on and not report.others:
        yield _how_to_begin(report.scan.session_folder, report.review)
        return
    if report.asks:
        choice = "which of them to resume," if report.others else "whether to resume it"
        yield (f"Unless the person said so, ask {choice} or start fresh (agent-session new).")
    yield (
        "After each step, update the session file: Current State, checklist, Next Steps, "
        "last_updated, Session Log."
    )


def _is_refused(scan: Scan) -> bool:
    """Tell whether the folder of session files is not read, so that none is to be written there."""
    refused = (file.path for file in scan.unread if file.reason == LEAVES)
    return any(f"{scan.session_folder}/".startswith(f"{link}/") for link in refused)


def _refused_links(scan: Scan) -> Iterator[str]:
    """Name the links that nothing is read behind, on one line."""
    links = [path(file.path) for file in scan.unread if file.reason == LEAVES]
    if links:
        yield f"Not read, because it leaves the project: the link {listed(links, 1)}"


def _only_sessions(report: Overview) -> bool:
    entries = (report.lead.entry, *report.others)
    return all(entry.document.format == session.NAME for entry in entries)


def changes(report: Changes, budget: int = BUDGET, memory: Sequence[str] = ()) -> str:
    """Tell the model what changed while its conversation slept, and what is remembered."""
    head = [f"Changed since this conversation was last written to. {NOTES}"]
    changed = (f"- {line(entry)}" for entry in report.entries)
    names = list(as_many(changed, _OTHERS_ROOM, "more changed ones are not listed here"))
    tail = _apart(memory)
    if report.lead is not None:
        lines = document_lines(report.lead, budget - length([*head, *names, *tail]))
        tail = ["", f"Now: {lines[0]}", *lines[1:], *tail]
    return "\n".join([*head, *names, *tail])


def restore(report: Restore, budget: int = BUDGET) -> str:
    """Give the model back what compaction may have dropped."""
    document = report.lead.entry.document
    end = []
    if report.pending:
        end.append(f"Not in that file yet: {missing(report.pending)}.")
    if report.asks:
        end.append(
            f"Before other work goes on, {path(document.path)} is brought up to date: Current "
            "State, Next Steps, and an entry in Session Log for what was done."
        )
    lines = document_lines(report.lead, budget - length([NOTES, *end]))
    return "\n".join([f"After compaction. {NOTES}", *lines, *end])


def greeting(report: Overview) -> str:
    """Tell the person in two lines, three at most, what is active and what is next."""
    entry = report.lead.entry
    where = "on this branch" if entry.on_branch else ago(entry.activity.timestamp())
    active = sum(one.is_active for one in (entry, *report.others))
    kind = "active session file" if _only_sessions(report) else "active document"
    files = count(active, kind) if active else "None is active"
    if aside := report.review.aside:
        files += f" ({len(aside)} more put aside)"
    known = f"{status(entry.document)}, " if entry.document.format == session.NAME else ""
    not_checked = ", not checked" if report.facts.is_silent else _behind(entry)
    best = f"{quoted(entry.document.title, 70)} ({known}{where}{not_checked})"
    first = "To resume" if active == 1 else "First to resume"
    first = first if entry.goes_on else f"The newest is {path(entry.document.path)}"
    lines = [f"{files}. {first}: {best}"]
    if step := first_step(report.lead.body):
        done = evidence.is_perhaps_done(report.lead.body.next_action, entry.evidence)
        lines.append(f"Next: {step}{' (perhaps done already)' if done else ''}")
    elif checked := evidence.verdict(entry.judgement):
        lines.append(f"It doesn't say outright what is next. Checked against git: {checked}")
    if report.tasks:
        whose = f" of {word(report.agent)}" if report.agent else " of agents"
        lines.append(f"Open tasks{whose}: {len(report.tasks)}")
    return "\n".join([*lines, *_problems(report.lead), *_refused_links(report.scan)])


def _problems(lead: Lead) -> Iterator[str]:
    for problem in lead.body.problems[:1]:
        place = f"{path(lead.entry.document.path)}, line {problem.line}"
        yield f"Read in part: {place}: {problem.message}"


def _behind(entry: Entry) -> str:
    since = entry.evidence.since
    return f", {commits_since(entry.evidence)}" if since and since.number else ""


def hint_greeting(report: Hint) -> str:
    """Tell the person what was put aside, lies elsewhere, or else is the newest here."""
    aside = report.review.aside
    lines = list(_begun(report.scan))
    lines += [f"Put aside: {evidence.put_aside_shortly(entry)}" for entry in aside[:2]]
    if len(aside) > 2:
        lines.append(f"{len(aside) - 2} more put aside, see: agent-session list")
    for one in report.beyond[:1]:
        title, place = quoted(one.entry.document.title, 70), where(one.ref)
        known = f"{status(one.entry.document)}, {ago(one.entry.activity.timestamp())}"
        more = f", and {len(report.beyond) - 1} more elsewhere" if report.beyond[1:] else ""
        lines.append(f"{place[0].upper()}{place[1:]}: {title} ({known}{more})")
    newest = report.newest
    if newest and not any(entry == newest.entry for entry in aside[:2]):
        lines.append(_newest(newest))
    return "\n".join([*lines, *_refused_links(report.scan)])


def changes_greeting(report: Changes) -> str:
    """Tell the person what the conversation was just told."""
    titles = [quoted(entry.document.title, 60) for entry in report.entries]
    return f"Session files changed since this conversation last ran: {listed(titles, 2)}"


def restore_greeting(report: Restore) -> str:
    """Tell the person that the thread was kept."""
    return f"Back in context after compaction: {quoted(report.lead.entry.document.title, 70)}"


def errors(untold: Untold) -> str:
    """Name the log to the person."""
    number = "An error" if untold.entries == 1 else f"{untold.entries} errors"
    return f"{number} in a session hook since you were last told: {untold.path}"
