"""Render a start's report for model and person."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from session_hooks.documents import locations
from session_hooks.documents.config import Config
from session_hooks.documents.formats import handoff, prompt, session
from session_hooks.documents.model import LEAVES, Document, Scan, Status
from session_hooks.documents.registry import BACKGROUND, FORMATS, LEFT_BEHIND
from session_hooks.project.error_log import Untold
from session_hooks.render.document import (
    LISTED,
    NOTES,
    called,
    commit_lines,
    document_lines,
    doubts,
    first_step,
    is_perhaps_done,
    length,
    limited,
    line,
    line_aside,
    named,
    short_line_aside,
    status,
    tree_line,
    unchecked,
    unread_lines,
    verdict,
    where,
)
from session_hooks.render.memory import for_model, taken_note
from session_hooks.report.debts import MemoryReport
from session_hooks.report.ranking import RankedDocument, meant
from session_hooks.report.report import AgentTask, Changes, Start
from session_hooks.report.verdict import commits_since
from session_hooks.util.dates import ago, count
from session_hooks.util.safe_text import listed, path, quoted, word

_TAKEN = "Left for this conversation"
_NEW_FILE = "YYYYMMDD-HHMMSS-<description>.md"
_ROOM, _SMALL_ROOM = 1500, 1000  # characters of a list
_MORE_LINES = "more lines, see: agent-session list --all"
_NAMED = 3
_LEAST_BESIDE = 1500  # characters that another document is quoted in
_LEAST_LEAD = 0.6  # of the budget, for what leads


def start(
    report: Start, settings: Config, memory: MemoryReport, *, uses_session_files: bool
) -> str:
    if report.lead is not None:
        return _overview(report, report.lead, settings, memory)
    scan, newest = report.scan, report.newest
    may_begin = uses_session_files and not _is_refused(scan)
    others = (*report.aside[:_NAMED], *report.journals, report.taken)
    is_named = newest and newest.document.path in {one.document.path for one in others if one}
    end = [
        *([_newest(newest)] if newest and not is_named else []),
        *for_model(memory),
        *unread_lines(scan.unread, scan.not_reached),
        *_journals(report),
        *limited(_aside(report), _SMALL_ROOM, _MORE_LINES),
        *limited(_elsewhere(report), _SMALL_ROOM, _MORE_LINES),
        *_begun(scan),
        *([_how_to_begin(report)] if may_begin else []),
    ]
    is_quoting = report.taken or any('"' in text for text in end)
    end += written_when(report, settings) if report.asks else ()
    room = settings.budget - length(end) - len(NOTES)
    taken = [*_quoted(_TAKEN, report.taken, memory, room)] if report.taken else []
    return "\n".join([*([NOTES] if is_quoting else []), *taken, *end])


def changes(report: Changes, budget: int, memory: Sequence[str] = ()) -> str:
    head = [f"Changed since this conversation was last written to. {NOTES}"]
    changed = (f"- {line(entry)}" for entry in report.entries)
    names = list(limited(changed, _ROOM, "more changed ones are not listed here"))
    tail = ["", *memory] if memory else []
    if report.lead is not None:
        lines = document_lines(report.lead, budget - length([*head, *names, *tail]))
        tail = ["", f"Now: {lines[0]}", *lines[1:], *tail]
    return "\n".join([*head, *names, *tail])


def greeting(report: Start) -> str:
    lines = _greeting(report, report.lead) if report.lead else _greeting_without_lead(report)
    links = [path(file.path) for file in report.scan.unread if file.reason == LEAVES]
    refused = f"Not read, because it leaves the project: the link {listed(links, 1)}"
    return "\n".join([*lines, *([refused] if links else [])])


def changes_greeting(report: Changes) -> str:
    titles = [called(entry.document) for entry in report.entries]
    return f"Session files changed since this conversation last ran: {listed(titles, 2)}"


def errors(untold: Untold) -> str:
    number = "An error" if untold.entries == 1 else f"{untold.entries} errors"
    return f"{number} in a session hook since you were last told: {untold.path}"


def _overview(report: Start, lead: RankedDocument, settings: Config, memory: MemoryReport) -> str:
    own, of_branch = None, []
    if lead.document.format != session.NAME:
        files = (one for one in report.others if one.document.format == session.NAME)
        of_branch = sorted((one for one in files if one.on_branch), key=lambda one: one.is_theirs)
        own = next(iter(of_branch), None)
    others = tuple(one for one in report.others if one != own)
    report, scan, tasks = report._replace(others=others), report.scan, list(agent_tasks(report))
    # An agent works by its task, the main conversation by what is to be resumed.
    head = [NOTES, *(limited(tasks, _ROOM, _MORE_LINES) if report.agent else ())]
    end = [
        *_section(() if report.agent else tasks, _ROOM),
        *_section(_listing(f"Other active {_kind(report)}s ({len(others)}):", others, line), _ROOM),
        *_section(for_model(memory, lead), _ROOM),
        *limited(unread_lines(scan.unread, scan.not_reached), _SMALL_ROOM, _MORE_LINES),
        *_begun(scan),
        *_section(_journals(report), _ROOM),
        *_section(_aside(report), _SMALL_ROOM),
        *_section(_elsewhere(report), _SMALL_ROOM),
        *unchecked(report.facts),
        *_section(_protocol(report, lead, settings), settings.budget),
    ]
    room = max(settings.budget - length([*head, *end]), int(settings.budget * _LEAST_LEAD))
    head += _of_lead(report, lead, memory, room)
    if own is not None:
        which = "A" if of_branch[1:] else "The"
        label = f"{which} session file of this branch"
        head += _beside(label, own, settings.budget - length([*head, *end]))
    rest = "lines are left out for lack of room; see: agent-session list"
    return "\n".join([*head, *limited(end, settings.budget + len(rest) - length(head), rest)])


def _beside(label: str, own: RankedDocument, room: int) -> Iterator[str]:
    """Quote the session file of the branch for which something else leads, where there is room."""
    yield ""
    if room > _LEAST_BESIDE:
        yield from _quoted(label, own, MemoryReport(), room)
    else:
        yield f"{label}: {line(own)}"


def _section(lines: Iterable[str], room: int) -> list[str]:
    found = list(limited(lines, room, _MORE_LINES))
    return ["", *found] if found else []


def _of_lead(report: Start, lead: RankedDocument, memory: MemoryReport, room: int) -> Iterator[str]:
    news = [*commit_lines(lead.evidence), *tree_line(report.facts.tree)]
    for one in report.elsewhere:
        if one.document.path == lead.document.path and lead.document.format not in LEFT_BEHIND:
            age = ago(one.activity.timestamp())
            news.append(f"A newer state of it is {where(one.ref)}, {age}.")
    if not lead.goes_on:
        label = "The newest here, which doesn't say outright what is next"
    else:
        label = "The newest journal" if lead.document.format in BACKGROUND else "To resume"
    if report.taken is None:
        yield from _quoted(label, lead, MemoryReport(), room, news)
    elif report.taken.document.path == lead.document.path:
        yield from _quoted(label, lead, memory, room, news)
    else:
        yield from _quoted(label, lead, MemoryReport(), room // 2, news)
        yield from _quoted(_TAKEN, report.taken, memory, room // 2)


def _quoted(
    label: str, entry: RankedDocument, memory: MemoryReport, room: int, news: Sequence[str] = ()
) -> Iterator[str]:
    note, note_of_part = (taken_note(memory, is_whole=is_whole) for is_whole in (True, False))
    lines = document_lines(entry, room - length(note), news, rest=note_of_part)
    yield f"{label}: {lines[0]}"
    yield from lines[1:]
    if not note_of_part or note_of_part[0] not in lines:
        yield from note


def _listing(
    head: str,
    entries: Sequence[RankedDocument],
    say: Callable[[RankedDocument], str],
    most: int = LISTED,
    option: str = "",
) -> Iterator[str]:
    if entries:
        yield head
    yield from (f"- {say(entry)}" for entry in entries[:most])
    if len(entries) > most:
        yield f"- {len(entries) - most} more, see: agent-session list{option}"


def _kind(report: Start) -> str:
    formats = {one.document.format for one in (report.lead, *report.others) if one}
    return "session file" if formats == {session.NAME} else "document"


def _elsewhere(report: Start) -> Iterator[str]:
    head = "Elsewhere in this repository; git show REF:PATH prints what is on a branch:"
    return _listing(head, report.elsewhere, lambda one: f"{where(one.ref)}: {line(one)}")


def _journals(report: Start) -> Iterator[str]:
    return _listing("Recent journals, to review before new work:", report.journals, _journal)


def _journal(entry: RankedDocument) -> str:
    step = first_step(entry)
    follow_up = f", follow-up {quoted(step, 110)}" if step else ""
    return f"{named(entry.document)}, {ago(entry.activity.timestamp())}{follow_up}"


def _aside(report: Start) -> Iterator[str]:
    head = "Not quoted, because git, the disk or their dates contradict them:"
    yield from _listing(head, report.aside, line_aside, _NAMED, " --all")
    left = [entry for entry in report.aside if entry.document.format in LEFT_BEHIND]
    for entry in left[:1]:
        name = path(entry.document.path)
        yield f"Before another {name} is written in its place, what still holds is taken from it."


def _newest(entry: RankedDocument) -> str:
    document, body, age = entry.document, entry.body, ago(entry.activity.timestamp())
    says = status(document) if document.status_word else ""
    step = body.next_action
    steps = max(document.boxes.open, len(body.steps) + (step is not None))
    known = f"{says}, {age}" if says else age
    if steps:
        are = f"{count(steps, 'step')} {'is' if steps == 1 else 'are'} open"
        first = f": {quoted(step.text, 160)}" if step else ""
        known = f"{age}; {f'says {says}, ' if says else ''}{are}{first}"
    return f"None is active. The newest: {named(document)} ({known})"


def _begun(scan: Scan) -> Iterator[str]:
    if scan.templates:
        names = listed([path(document.path) for document in scan.templates], _NAMED)
        yield f"Begun and not filled in yet: {names}"


def agent_tasks(report: Start) -> Iterator[str]:
    if report.agent is None:
        if report.tasks:
            yield "Agents' open tasks:"
        yield from (f"- {word(task.agent.name)}: {agent_task(task)}" for task in report.tasks)
        return
    name = word(report.agent)
    if not report.tasks:
        yield f"No open task of {name} is named here."
    for task in report.tasks:
        yield f"Open task of {name}: {agent_task(task)}"
        if task.agent.summary:
            yield f"  So far: {quoted(task.agent.summary, 240)}"
    if report.tasks:
        yield (
            f"At the end {name} sets its own entry in spawned_agents to its status and a summary, "
            "and brings Current State and Next Steps up to date."
        )
    for one in report.outcomes:
        yield f"Done before by {word(one.agent.name)}: {quoted(one.agent.summary, 240)}"


def agent_task(task: AgentTask) -> str:
    progress = word(task.agent.status, 30) if task.agent.status else "no status"
    return f"{quoted(task.agent.task, 240)} ({progress}) in {path(task.document.path)}"


def _protocol(report: Start, lead: RankedDocument, settings: Config) -> Iterator[str]:
    """Say the protocol of 003 in short ("PM Start Protocol", "Updating During Work")."""
    if session.NAME in report.uses and not _is_refused(report.scan):
        if not lead.goes_on and not report.others:
            yield _how_to_begin(report)
        else:
            if report.asks:
                choice = "which of them to resume," if report.others else "whether to resume it"
                yield f"Unless the person said so, ask {choice} or start fresh (agent-session new)."
            active = [one for one in (lead, *report.others) if _is_in_progress(one.document)]
            each = ", each with --path FILE" if meant(active)[1:] else ""
            yield (
                "After each step, update the session file: Current State by hand; agent-session "
                f"tick, next, note; at the end pause or done{each}."
            )
    if report.asks:
        yield from written_when(report, settings)


def _is_in_progress(document: Document) -> bool:
    return document.format == session.NAME and document.status is not Status.PAUSED


def _how_to_begin(report: Start) -> str:
    none = "is active"
    if any(entry.document.format == session.NAME for entry in report.aside):
        none = "is to be relied on; one above that is about the same work is brought up to date"
    return (
        f"No session file {none}. Work of several steps gets one: "
        f"{path(report.scan.session_folder)}/{_NEW_FILE} (UTC; agent-session new writes it)."
    )


def written_when(report: Start, settings: Config) -> Iterator[str]:
    """Say when and where each format is written: after the end nobody can any more."""
    # 000, "When to Write"; 001, "When to Create Handoffs"; 002, "When to Create a Session";
    # 004, "Restoration Prompt".
    documents = report.scan.documents
    trigger = quoted(_trigger(documents, settings), 60)
    for form in FORMATS:
        if form.NAME not in report.uses or not form.WRITTEN_WHEN:
            continue
        one = _only_handoff(documents, settings) if form is handoff else None
        folder = _folder(documents, settings, form.NAME)
        said = form.WRITTEN_WHEN.format(folder=folder, trigger=trigger)
        yield f"At the end of larger work, bring {path(one)} up to date." if one else said


def _only_handoff(documents: Sequence[Document], settings: Config) -> str | None:
    """Return the handoff that is written anew each time, where none has a file of its own."""
    among = settings.places.get(handoff.NAME, ())
    paths = [d.path for d in documents if d.format == handoff.NAME]
    return paths[0] if paths and all(locations.is_one_file(one, among) for one in paths) else None


def _folder(documents: Sequence[Document], settings: Config, form: str) -> str:
    used = {d.path.rpartition("/")[0] for d in documents if d.format == form}
    places = settings.places.get(form, ())
    folders = [place for place in places if locations.parts(place)[1] is None]
    folder = next((one for one in folders if one in used), next(iter(folders), ""))
    return f"{path(folder)}/" if folder else ""


def _trigger(documents: Sequence[Document], settings: Config) -> str:
    if settings.trigger:
        return settings.trigger
    prompts = (d for d in documents if d.format == prompt.NAME)
    newest = max(prompts, key=lambda document: document.modified, default=None)
    return (prompt.trigger(newest.body) if newest else None) or prompt.TRIGGER


def _is_refused(scan: Scan) -> bool:
    """Tell whether the folder of session files is not read, so that none is to be written there."""
    refused = (file.path for file in scan.unread if file.reason == LEAVES)
    return any(f"{scan.session_folder}/".startswith(f"{link}/") for link in refused)


def _greeting(report: Start, lead: RankedDocument) -> Iterator[str]:
    active = sum(one.is_active for one in (lead, *report.others))
    files = count(active, f"active {_kind(report)}") if active else "None is active"
    if report.aside:
        files += f" ({len(report.aside)} more put aside)"
    first = "To resume" if active == 1 else "First to resume"
    if not lead.goes_on:
        first = f"The newest is {path(lead.document.path)}"
    yield f"{files}. {first}: {called(lead.document)} ({', '.join(_known(report, lead))})"
    if step := first_step(lead):
        done = is_perhaps_done(lead.body.next_action, lead.evidence)
        yield f"Next: {step}{' (perhaps done already)' if done else ''}"
        if found := doubts(lead.judgement):
            yield f"Checked against git: {found}"
    elif checked := verdict(lead.judgement):
        yield f"It doesn't say outright what is next. Checked against git: {checked}"
    if report.tasks:
        agents = [report.agent] if report.agent else [task.agent.name for task in report.tasks]
        names = [word(name) for name in dict.fromkeys(agents)]
        yield f"Open tasks of {listed(names, _NAMED)}: {len(report.tasks)}"
    for problem in lead.body.problems[:1]:
        place = f"{path(lead.document.path)}, line {problem.line}"
        yield f"Read in part: {place}: {problem.message}"


def _known(report: Start, lead: RankedDocument) -> Iterator[str]:
    if lead.document.format == session.NAME:
        yield status(lead.document)
    yield "on this branch" if lead.on_branch else ago(lead.activity.timestamp())
    if lead.evidence.changed_by:
        yield f"last changed by {word(lead.evidence.changed_by, 40)}"
    since = lead.evidence.since
    if report.facts.is_silent:
        yield "not checked"
    elif since and since.number:
        yield commits_since(lead.evidence)


def _greeting_without_lead(report: Start) -> Iterator[str]:
    aside, newest = report.aside, report.newest
    yield from _begun(report.scan)
    yield from (f"Put aside: {short_line_aside(entry)}" for entry in aside[:2])
    if len(aside) > 2:
        yield f"{len(aside) - 2} more put aside, see: agent-session list"
    for one in report.elsewhere[:1]:
        title, place = called(one.document), where(one.ref)
        known = f"{status(one.document)}, {ago(one.activity.timestamp())}"
        more = len(report.elsewhere) - 1
        others = f", and {more} more elsewhere" if more else ""
        yield f"{place[0].upper()}{place[1:]}: {title} ({known}{others})"
    if newest and all(entry.document.path != newest.document.path for entry in aside[:2]):
        yield _newest(newest)
