"""SessionStart's reports to text: what the model is told, and what the person sees."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from session_hooks import render_evidence
from session_hooks.config import Config
from session_hooks.document import Document
from session_hooks.facts import Scan, Untold
from session_hooks.files import LEAVES
from session_hooks.formats import handoff, journal, next_session, prompt, session
from session_hooks.moments import ago
from session_hooks.plain import path, quoted, word
from session_hooks.ranking import LEFT_BEHIND, Entry
from session_hooks.render import (
    BUDGET,
    LISTED,
    NOTES,
    WHOLE,
    as_many,
    first_step,
    is_whole,
    length,
    line,
    missing,
    named,
    parts,
    status,
    unread_lines,
    where,
)
from session_hooks.report import Beyond, Changes, Hint, Lead, Overview, Restore, Review
from session_hooks.values import Value
from session_hooks.verdict import commits_since

_NEW_FILE = "YYYYMMDD-HHMMSS-<description>.md (UTC)"
_UPDATES = (
    "In this project a session file is brought up to date after each significant action: Current "
    "State, progress checklist, Next Steps, last_updated, and an entry in Session Log."
)
_TASKS_ROOM = 1500
_UNREAD_ROOM = 500
_ASIDE_ROOM = 1500
_BEYOND_ROOM = 700
_LEAST_PART = 250
_FOR_THE_REST = 1300
"""Characters that a long text leaves to what is said around it and of other conversations."""
_MORE_LINES = "more lines, see: agent-session list --all"
_MEMORY_ROOM = 900
_LEAST_LEFT = 1200
"""Characters that a text left behind gets in any case; what is cut is said, with its copy."""
_NAMED = 3
_LEAST_OTHERS = 80
"""Characters for the line that says how many other documents there are."""


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
    """Say how a session file is made, where none of them is active, and what to review."""
    folder = report.scan.session_folder
    uses_session_files = uses_session_files and not _is_refused(report.scan)
    blocks = [
        [*([_how_to_begin(folder, report.review)] if uses_session_files else []), *_begun(report)],
        list(_left(aside, None)),
        list(aside.lines),
        list(unread_lines(report.scan.unread, report.scan.not_reached)),
        list(_journals(report.review)),
        list(as_many(list(_aside(report.review)), _ASIDE_ROOM, _MORE_LINES)),
        list(as_many(list(_beyond(report.beyond)), _BEYOND_ROOM, _MORE_LINES)),
        list(_written_when(report, settings)) if report.asks else [],
    ]
    return "\n".join(line for block in blocks for line in block)


def _beyond(beyond: Sequence[Beyond]) -> Iterator[str]:
    """Name what lies in other worktrees and on other branches: never before what lies here."""
    if beyond:
        yield "Elsewhere in this repository; git show REF:PATH prints what is on a branch:"
    for one in beyond[:LISTED]:
        yield f"- {where(one.ref)}: {line(one.entry)}"
    if len(beyond) > LISTED:
        yield f"- {len(beyond) - LISTED} more, see: agent-session list"


def _begun(report: Hint) -> Iterator[str]:
    """Name what somebody made and nobody has written in yet, before a second one is made."""
    if report.scan.templates:
        yield f"Begun and not filled in yet: {_names(report.scan.templates)}"


def _how_to_begin(folder: str, review: Review) -> str:
    none = "is active"
    if any(entry.document.format == session.NAME for entry in review.aside):
        none = (
            "is to be relied on. One that is put aside below and is about the same work is read "
            "and brought up to date, instead of a second one"
        )
    return (
        f"No session file in {path(folder)}/ {none}. Work of several steps gets one here: "
        f"{path(folder)}/{_NEW_FILE}, with frontmatter session.title, status: in_progress, created "
        "and last_updated, orchestration.current_task, and the sections Context, Current State and "
        "Next Steps."
    )


def overview(report: Overview, settings: Config, aside: Aside = NOTHING) -> str:
    """Tell the model what is active and what is next, the most valuable first."""
    head = list(
        _of_agent(report, report.agent, aside)
        if report.agent
        else _of_lead(report, settings, aside)
    )
    unread = list(unread_lines(report.scan.unread, report.scan.not_reached))
    left = settings.budget - length(head) - _LEAST_OTHERS - (_MEMORY_ROOM if aside.lines else 0)
    end = [
        *as_many(unread, _UNREAD_ROOM, "more lines on unread files are left out"),
        *_apart(_journals(report.review)),
        *as_many(_apart(_aside(report.review)), _room(_ASIDE_ROOM, left // 2), _MORE_LINES),
        *as_many(_apart(_beyond(report.beyond)), _room(_BEYOND_ROOM, left // 4), _MORE_LINES),
        *render_evidence.left_out(report.facts),
    ]
    others = _heading_of_others(report)
    taken = length([*head, *end, *others]) + _LEAST_OTHERS
    room = max(_MEMORY_ROOM, settings.budget - taken)
    memory = list(as_many(_apart(aside.lines), room, "more lines on other conversations"))
    if report.asks:
        room = settings.budget - taken - length(memory)
        end += as_many(
            _apart(_protocol(report, settings)), room, "lines on how work is written down"
        )
    room = settings.budget - length([*head, *memory, *end, *others])
    return "\n".join([*head, *memory, *others, *_others(report, room), *end])


def _room(most: int, there: int) -> int:
    """Return how much of the room that there is a part gets: at least its first line."""
    return min(most, max(_LEAST_PART, there))


def _apart(lines: Iterable[str]) -> list[str]:
    """Put an empty line before what there is."""
    found = list(lines)
    return ["", *found] if found else []


def _left(aside: Aside, lead: Lead | None, whole: int = WHOLE) -> Iterator[str]:
    """Quote what was left behind, unless it leads and is quoted already, and what became of it.

    ``whole`` is how long a text that leads may be to be quoted as it is.
    """
    if aside.left is None:
        return
    document = aside.left.entry.document
    if lead is None or lead.entry.document.path != document.path:
        whole = _LEAST_LEFT
        yield ""
        yield f"Left for this conversation: {path(document.path)}"
        yield from parts(aside.left, whole)
    yield from aside.note if is_whole(document, whole) else aside.note_of_part


def _of_lead(report: Overview, settings: Config, aside: Aside) -> Iterator[str]:
    yield f"{_active_files(report)}. {NOTES}"
    yield ""
    yield f"Suggested to resume: {path(report.lead.entry.document.path)}"
    evidence = report.lead.entry.evidence
    since = [
        *render_evidence.commits(evidence),
        *render_evidence.tree(report.facts.tree),
    ]
    # What speaks against a text takes some of its room.
    against = length([*since, *render_evidence.possibly_done(evidence)])
    whole = max(_LEAST_LEFT, min(WHOLE, settings.budget - _FOR_THE_REST - against))
    yield from parts(report.lead, whole)
    yield from _newer(report)
    yield from since
    yield from _left(aside, report.lead, whole)


def _newer(report: Overview) -> Iterator[str]:
    """Say where a newer state of the file that leads lies."""
    lead = report.lead.entry.document
    for one in report.beyond:
        if one.entry.document.path == lead.path and lead.format not in LEFT_BEHIND:
            yield f"A newer state of it is {where(one.ref)}, {ago(one.entry.activity.timestamp())}."


def _of_agent(report: Overview, agent: str, aside: Aside) -> Iterator[str]:
    if report.tasks:
        yield f"Open tasks of {word(agent)} in session files. {NOTES}"
        yield from as_many(list(_tasks(report)), _TASKS_ROOM, "more lines are left out")
    else:
        yield f"No session file names an open task of {word(agent)}. {NOTES}"
    yield from _left(aside, None)


def _tasks(report: Overview) -> Iterator[str]:
    for task in report.tasks:
        progress = word(task.agent.status, 30) if task.agent.status else "no status"
        yield f"- {quoted(task.agent.task, 240)} ({progress}) in {named(task.document)}"
        if task.agent.summary:
            yield f"  So far: {quoted(task.agent.summary, 240)}"


def _heading_of_others(report: Overview) -> list[str]:
    if report.agent:
        return ["", f"{_active_files(report)}:"]
    if not report.others:
        return []
    return ["", "Other active session files:" if _only_sessions(report) else "Others:"]


def _others(report: Overview, room: int) -> Iterator[str]:
    entries = (report.lead.entry, *report.others) if report.agent else report.others
    lines = [f"- {line(entry)}" for entry in entries]
    if report.agent and (step := first_step(report.lead.body)):
        lines[0] += f", next {quoted(step)}"
    rest = f"more active ones are not listed here; see {path(report.scan.session_folder)}/"
    yield from as_many(lines, room, rest)


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
        yield f"- {render_evidence.put_aside(entry)}"
    if len(review.aside) > _NAMED:
        yield f"- {len(review.aside) - _NAMED} more, see: agent-session list --all"
    left = [entry for entry in review.aside if entry.document.format in LEFT_BEHIND]
    for entry in left[:1]:
        name = path(entry.document.path)
        yield f"Before another {name} is written in its place, what still holds is taken from it."


def _names(documents: Sequence[Document]) -> str:
    names = ", ".join(path(document.path) for document in documents[:_NAMED])
    more = len(documents) - _NAMED
    return f"{names} and {more} more" if more > 0 else names


def _protocol(report: Overview, settings: Config) -> Iterator[str]:
    if session.NAME in report.review.uses and not _is_refused(report.scan):
        yield from _sessions_protocol(report)
    yield from _written_when(report, settings)


def _written_when(report: Overview | Hint, settings: Config) -> Iterator[str]:
    """Say of each format in use when and where it is written.

    At the start, for after the end nobody can write any more (000, "When to Write"; 001, "When to
    Create Handoffs"; 002, "When to Create a Session"; 004, "Restoration Prompt").
    """
    places = settings.places
    handoffs = _place(report, places, handoff.NAME)
    journals = _place(report, places, journal.NAME)
    said = {
        next_session.NAME: (
            "NEXT_SESSION.md, at the top of the project and not committed, is written only when "
            'the conversation ends: the person says so ("done for now", "let\'s stop"), the token '
            "budget runs low, or there is a natural stopping point after significant progress; "
            "never in the midst of it, when a task is done and work goes on."
        ),
        handoff.NAME: (
            f"A handoff, {handoffs}YYYY-MM-DD-HHMM-<description>.md, is written at the end of "
            "work, at a major milestone, at a switch of context, before a significant break, and "
            "after complex work (over 2 hours, several files, research); after less than half an "
            "hour, a hotfix or a change to documentation alone only if there is more to say than "
            "the commit does."
        ),
        journal.NAME: (
            f"A journal, {journals}YYYY-MM-DD-<topic>.md, is written when something notable "
            "happened: work went off plan, there are lessons to keep, or it is to be resumed "
            "later. Where nothing stands out, none is."
        ),
        prompt.NAME: (
            f"When the person says {quoted(_trigger(report, settings), 60)}, the next handoff "
            "prompt is written (=== SESSION HANDOFF ===)."
        ),
    }
    yield from (rule for name, rule in said.items() if name in report.review.uses)


def _place(report: Overview | Hint, places: Mapping[str, tuple[str, ...]], form: str) -> str:
    """Return where a format's documents go: where there are some already, else the first place."""
    used = {d.path.rpartition("/")[0] for d in report.scan.documents if d.format == form}
    folders = sorted(places.get(form, ()), key=lambda folder: folder not in used)
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
    folder = path(report.scan.session_folder)
    yield "How work starts in this project (unless the first message already answers it):"
    choice = "which of them to resume" if report.others else "resume it"
    yield f"- The person is asked: {choice}, or start fresh?"
    yield "- Before resuming, the whole session file is read."
    yield f"- Starting fresh means a new file: {folder}/{_NEW_FILE}."
    yield _UPDATES


def _is_refused(scan: Scan) -> bool:
    """Tell whether the folder of session files is not read, so that none is to be written there."""
    refused = (file.path for file in scan.unread if file.reason == LEAVES)
    return any(f"{scan.session_folder}/".startswith(f"{link}/") for link in refused)


def _refused_links(scan: Scan) -> Iterator[str]:
    """Name the links that nothing is read behind, on one line."""
    links = [path(file.path) for file in scan.unread if file.reason == LEAVES]
    if links:
        more = f" and {len(links) - 1} more" if links[1:] else ""
        yield f"Not read, because it leaves the project: the link {links[0]}{more}"


def _active_files(report: Overview) -> str:
    count = 1 + len(report.others)
    if _only_sessions(report):
        files = "session file is" if count == 1 else "session files are"
        return f"{count} {files} active in {path(report.scan.session_folder)}/"
    return f"{count} document{' says' if count == 1 else 's say'} where the work here stands"


def _only_sessions(report: Overview) -> bool:
    entries = (report.lead.entry, *report.others)
    return all(entry.document.format == session.NAME for entry in entries)


def changes(report: Changes, memory: Sequence[str] = ()) -> str:
    """Tell the model what changed while its conversation slept, and what is remembered."""
    head = [f"Changed since this conversation was last written to. {NOTES}"]
    lead = report.lead
    tail = [] if lead is None else ["", f"Now in {path(lead.entry.document.path)}:"]
    tail += [] if lead is None else parts(lead)
    tail += _apart(memory)
    lines = [f"- {line(entry)}" for entry in report.entries]
    room = BUDGET - length([*head, *tail])
    names = as_many(lines, room, "more changed ones are not listed here")
    return "\n".join([*head, *names, *tail])


def restore(report: Restore) -> str:
    """Give the model back what compaction may have dropped."""
    name = path(report.lead.entry.document.path)
    is_session_file = report.lead.entry.document.format == session.NAME
    kind = "the session file " if is_session_file else ""
    lines = [f"After compaction, from {kind}{name}. {NOTES}"]
    lines += parts(report.lead)
    if report.pending:
        lines += ["", f"Not in that file yet: {missing(report.pending)}."]
    if report.asks:
        lines += [
            "",
            f"Before other work goes on, {name} is to be brought up to date now: Current State, "
            "Next Steps, and an entry in Session Log for what was done.",
        ]
    return "\n".join(lines)


def greeting(report: Overview) -> str:
    """Tell the person in two lines, three at most, what is active and what is next."""
    entry = report.lead.entry
    where = "on this branch" if entry.on_branch else ago(entry.activity.timestamp())
    count = 1 + len(report.others)
    kind = "active session file" if _only_sessions(report) else "document"
    files = f"{count} {kind}" + ("" if count == 1 else "s")
    if aside := report.review.aside:
        files += f" ({len(aside)} more put aside)"
    known = f"{status(entry.document)}, " if entry.document.format == session.NAME else ""
    behind = ", not checked" if report.facts.is_silent else _behind(entry)
    best = f"{quoted(entry.document.title, 70)} ({known}{where}{behind})"
    lines = [f"{files}. {'To resume' if count == 1 else 'First to resume'}: {best}"]
    if step := first_step(report.lead.body):
        done = render_evidence.is_perhaps_done(report.lead.body.next_action, entry.evidence)
        lines.append(f"Next: {step}{' (perhaps done already)' if done else ''}")
    if report.agent and report.tasks:
        lines.append(f"Open tasks of {word(report.agent)}: {len(report.tasks)}")
    return "\n".join([*lines, *_refused_links(report.scan)])


def _behind(entry: Entry) -> str:
    since = entry.evidence.since
    return f", {commits_since(entry.evidence)}" if since and since.number else ""


def hint_greeting(report: Hint) -> str:
    """Tell the person what was put aside, lies elsewhere or is not read; "" where nothing is."""
    aside = report.review.aside
    lines = [f"Put aside: {render_evidence.put_aside_shortly(entry)}" for entry in aside[:2]]
    if len(aside) > 2:
        lines.append(f"{len(aside) - 2} more put aside, see: agent-session list")
    for one in report.beyond[:1]:
        title, place = quoted(one.entry.document.title, 70), where(one.ref)
        known = f"{status(one.entry.document)}, {ago(one.entry.activity.timestamp())}"
        more = f", and {len(report.beyond) - 1} more elsewhere" if report.beyond[1:] else ""
        lines.append(f"{place[0].upper()}{place[1:]}: {title} ({known}){more}")
    return "\n".join([*lines, *_refused_links(report.scan)])


def changes_greeting(report: Changes) -> str:
    """Tell the person what the conversation was just told."""
    titles = [quoted(entry.document.title, 60) for entry in report.entries[:2]]
    more = f" and {len(report.entries) - 2} more" if len(report.entries) > 2 else ""
    return f"Session files changed since this conversation last ran: {', '.join(titles)}{more}"


def restore_greeting(report: Restore) -> str:
    """Tell the person that the thread was kept."""
    return f"Back in context after compaction: {quoted(report.lead.entry.document.title, 70)}"


def errors(untold: Untold) -> str:
    """Name the log to the person."""
    count = "An error" if untold.entries == 1 else f"{untold.entries} errors"
    return f"{count} in a session hook since you were last told: {untold.path}"
