"""What 003 asks of a session file."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from session_hooks.cli.check import rule
from session_hooks.cli.check.rule import ERROR, INFO, WARNING, Fault, Rule, Subject
from session_hooks.documents import header
from session_hooks.documents.formats import session
from session_hooks.documents.model import Need, Status
from session_hooks.documents.next_steps import first_action
from session_hooks.util import dates
from session_hooks.util.safe_text import quoted

RULES = (
    Rule("S101", ERROR, "the name is `YYYYMMDD-HHMMSS-<description>.md`",
         'Rename it: the time is that of `date -u +"%Y%m%d-%H%M%S"`.', "003, Location & Naming"),
    Rule("S102", ERROR, "the name holds no issue id",
         "Take the id out of the name; it belongs into `session.linear_issue`.",
         "003, Location & Naming"),
    Rule("S103", INFO, "the name and `created` give about the same time",
         "Correct the wrong one of the two.", "003, Location & Naming"),
    Rule("S110", ERROR, "it begins with frontmatter",
         "Begin with `---`, `session:` and `orchestration:`; `agent-session new` writes one.",
         "003, Required Frontmatter"),
    *(
        Rule(field.missing, ERROR, f"`{field.table}.{field.name}` is given",
             f"Add `{field.name}` below `{field.table}:`.", "003, Required Frontmatter")
        for field in session.FIELDS
        if field.missing
    ),
    Rule("S116", ERROR, "`session.status` is in_progress, paused or completed",
         "Use one of the three words.", "003, Required Frontmatter and Lifecycle States"),
    Rule("S117", ERROR, "`created` and `last_updated` are ISO 8601",
         'Write it as `date -u +"%Y-%m-%dT%H:%M:%SZ"` does.', "003, Required Frontmatter"),
    Rule("S118", WARNING, "`created` and `last_updated` are neither in the future nor the wrong "
         "way round",
         "Correct the date that is wrong.", "003, Required Frontmatter"),
    Rule("S119", ERROR, "the fields stand below `session:` and `orchestration:`",
         "Indent them below the mapping that they belong to.", "003, Required Frontmatter"),
    Rule("S120", ERROR, "each of `spawned_agents` has agent and task, and as status pending, "
         "in_progress or completed",
         "Complete the entry.", "003, Required Frontmatter"),
    *rule.part_rules(session.TEMPLATE, "003, Required Sections"),
    Rule("S124", ERROR, "title, current task and the required sections are filled in",
         "Replace the template's text by your own.", "003, Required Sections"),
    Rule("S125", INFO, "an optional section doesn't hold the template's text",
         "Fill the section in, or remove it.", "003, Session Template"),
    Rule("S126", WARNING, "each entry of Session Log is headed `YYYY-MM-DD HH:MM - …`",
         "Begin the entry's heading with its time.", "003, Updating During Work"),
    Rule("S131", INFO, "Current State is ready to be handed over",
         "Say what is done, what is half done, and what just happened.", "003, Required Sections"),
    Rule("S132", INFO, "Next Steps names an action",
         "Begin with the one thing to do first.", "003, Required Sections"),
    Rule("S141", WARNING, "what is in_progress is being worked on",
         "Bring it up to date, set `status: paused`, or delete it.", "003, Anti-Patterns"),
    Rule("S142", WARNING, "what is completed is deleted",
         "Go through the deletion checklist, then `git rm` the file.",
         "003, Completing a Session and Anti-Patterns"),
    Rule("S143", INFO, "decisions are kept outside of the session file too",
         "Write the decision down as an ADR (docs/decisions/) and name it here.",
         "003, Anti-Patterns"),
    Rule("S144", INFO, "the session log keeps up with the updates",
         "Add an entry to Session Log for each significant action.", "003, Anti-Patterns"),
    Rule("S145", INFO, "a completed file leaves no open work behind",
         "Make what is left an issue, then delete the file.", "003, Deletion Checklist"),
)  # fmt: skip
_NAME = re.compile(r"\d{8}-\d{6}-[^\s/]+\.md")
ISSUE_IN_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?!(?:UTF|SHA|ISO|RFC|HTTP|MD|TLS|CVE|X|H|V)-)[A-Z][A-Z0-9]{1,9}-\d+(?!\d)"
    r"|(?<![a-z])(?:issue|gh|ticket)-?\d+(?!\d)|#\d+"
)
"""What reads as an issue's id (003, "Location & Naming")."""
_YAML = re.compile(r"\s*-{3,}[ \t]*(?:\n|$)")
_ISO_8601 = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
STATUSES = ("in_progress", "paused", "completed")
AGENT_STATUSES = ("pending", "in_progress", "completed")
_LOG_ENTRY = re.compile(r"\W*\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}\b")
_DAY = timedelta(days=1)
_QUIET = timedelta(days=7)  # a week covers a weekend and some days off
_SAME_TIME = timedelta(hours=26)  # a zone and an hour: names are made by hand too


def check(subject: Subject) -> Iterator[Fault]:
    yield from _check_name(subject)
    yield from _check_frontmatter(subject)
    yield from rule.check_parts(subject, "S124", "S125")
    yield from _check_state(subject)
    yield from _check_log(subject)
    yield from _check_habits(subject)


def _check_name(subject: Subject) -> Iterator[Fault]:
    stem = subject.name.rpartition(".")[0]
    issue = subject.document.issue
    found = ISSUE_IN_NAME.search(stem)
    is_named = issue and re.search(rf"(?<![a-z0-9]){re.escape(issue)}(?!\d)", stem, re.IGNORECASE)
    if found or is_named:
        yield Fault("S102", 1, f"the issue id {found.group() if found else issue} is in the name")
    elif not _NAME.fullmatch(subject.name) or dates.parse_name(stem[:15]) is None:
        yield Fault("S101", 1, "the name doesn't begin with a UTC time as YYYYMMDD-HHMMSS-")
    spelled = _scalars(subject).get("created", "")
    named, created = dates.parse_name(stem[:15]), dates.parse_time(spelled)
    is_whole = _NAME.fullmatch(subject.name) and _ISO_8601.fullmatch(spelled)
    if is_whole and named and created and abs(named - created) > _SAME_TIME:
        line = _line(subject, "created")
        yield Fault("S103", line, f"the name says {named:%Y-%m-%d}, created {created:%Y-%m-%d}")


def _line(subject: Subject, key: str) -> int:
    return subject.line_of(rf"^[ \t]*{key}[ \t]*:")


def _scalars(subject: Subject) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in subject.text.split("\n")[: subject.document.body_line - 1]:
        key, colon, value = line.partition(":")
        if colon and not key.strip().startswith("#"):
            value = re.sub(r"\s+#.*$", "", value).strip().strip("\"'")
            found.setdefault(key.strip(" -"), value)
    return found


def _check_frontmatter(subject: Subject) -> Iterator[Fault]:
    if not subject.document.has_frontmatter:
        yield Fault("S110", 1, "there is no frontmatter")
        return
    if not _YAML.match(subject.document.head):
        yield Fault("S110", 1, "the frontmatter is not YAML between lines of ---")
        return
    metadata = header.split(subject.text).metadata or {}
    yield from _check_fields(subject, metadata)
    given = metadata.get("session")
    head = given if isinstance(given, dict) else metadata
    yield from _check_dates(subject, head)
    orchestration = metadata.get("orchestration")
    tasks = orchestration if isinstance(orchestration, dict) else metadata
    yield from _check_agents(subject, tasks.get("spawned_agents"))
    if subject.document.current_task and session.is_template_task(subject.document.current_task):
        yield Fault("S124", _line(subject, "current_task"), "current_task is still to be filled in")
    if session.is_template_title(subject.document.title):
        yield Fault("S124", _line(subject, "title"), "title is still to be filled in")


def _check_fields(subject: Subject, metadata: dict[Any, Any]) -> Iterator[Fault]:
    outside = []
    for field in session.FIELDS:
        table = metadata.get(field.table)
        if isinstance(table, dict) and table.get(field.name) not in (None, ""):
            continue
        if metadata.get(field.name) not in (None, "") and field.need is Need.MUST:
            outside.append(field.name)
        elif field.missing:
            line = subject.line_of(rf"^{field.table}[ \t]*:")
            yield Fault(field.missing, line, f"{field.table}.{field.name} is missing")
    if outside:
        line = subject.line_of(rf"^{outside[0]}[ \t]*:")
        yield Fault("S119", line, f"{', '.join(outside)}: not below session: or orchestration:")
    word = subject.document.status_word
    if word is not None and word not in STATUSES:
        yield Fault("S116", _line(subject, "status"), f"the status is {quoted(word, 40)}")


def _check_dates(subject: Subject, head: dict[Any, Any]) -> Iterator[Fault]:
    spelled = _scalars(subject)
    moments = {}
    for name in ("created", "last_updated"):
        if head.get(name) in (None, ""):
            continue
        line = _line(subject, name)
        moment = dates.parse_time(spelled.get(name))
        if not _ISO_8601.fullmatch(spelled.get(name, "")) or moment is None:
            yield Fault("S117", line, f"{name} is {quoted(spelled.get(name, ''), 40)}")
        elif moment > subject.now + _DAY:
            yield Fault("S118", line, f"{name} lies in the future")
        else:
            moments[name] = moment
    if len(moments) == 2 and moments["last_updated"] < moments["created"]:
        yield Fault("S118", _line(subject, "last_updated"), "last_updated lies before created")


def _check_agents(subject: Subject, agents: object) -> Iterator[Fault]:
    if agents is None:
        return
    first = _line(subject, "spawned_agents")
    if not isinstance(agents, list):
        yield Fault("S120", first, "spawned_agents is not a list")
        return
    for number, agent in enumerate(agents, 1):
        if not isinstance(agent, dict):
            yield Fault("S120", first, f"entry {number} of spawned_agents has no keys")
            continue
        lacking = [key for key in ("agent", "task") if not agent.get(key)]
        if lacking:
            yield Fault("S120", first, f"entry {number} of spawned_agents: no {lacking[0]}")
        elif agent.get("status") not in AGENT_STATUSES:
            said = quoted(str(agent.get("status")), 30) if agent.get("status") else "no status"
            yield Fault("S120", first, f"entry {number} of spawned_agents: {said}")
        elif agent["task"] == session.TEMPLATE_AGENT_TASK:
            yield Fault("S124", first, f"entry {number} of spawned_agents: its task is still open")


def _check_state(subject: Subject) -> Iterator[Fault]:
    state = subject.find("Current State")
    if state is not None:
        said = subject.own_words(state.text)
        if said and (rule.generic(said) == said.strip(" .") or len(said.split()) < 3):
            yield Fault("S131", state.line, f"Current State says only {quoted(said, 60)}")
    steps = subject.find("Next Steps")
    is_done = subject.document.status is Status.COMPLETED
    if steps is not None and not is_done and subject.own_words(steps.text):
        action = first_action(steps)
        if action is None:
            yield Fault("S132", steps.line, "Next Steps names no open action")
        elif rule.is_vague(action.text):
            yield Fault("S132", action.line, f"{quoted(action.text, 80)} could mean anything")


def _check_log(subject: Subject) -> Iterator[Fault]:
    log = subject.find("Session Log")
    if log is None:
        return
    end = log.line + log.text.count("\n") + 2
    for entry in subject.sections:
        is_inside = log.line < entry.line <= end and entry.level == log.level + 1
        if is_inside and not _LOG_ENTRY.match(entry.title):
            yield Fault("S126", entry.line, f"the entry {quoted(entry.title, 60)} has no time")


def _check_habits(subject: Subject) -> Iterator[Fault]:
    document, body = subject.document, subject.body
    status = _line(subject, "status")
    is_quiet = subject.activity is None or subject.now - subject.activity > _QUIET
    if document.status_word == "in_progress" and is_quiet:
        since = dates.age(subject.now - subject.activity) if subject.activity else "unknown"
        yield Fault("S141", status, f"in_progress, but its last activity is {since}")
    if document.status is Status.COMPLETED:
        yield Fault("S142", status, f"the status is {document.status_word}, and the file is here")
        left = re.search(r"^[ \t]*[-*+][ \t]+\[ \][ \t]+\S", document.body, re.MULTILINE)
        if left is not None:
            line = document.body_line + document.body.count("\n", 0, left.end())
            yield Fault("S145", line, "this box is still open")
    decisions = body.decisions
    if decisions and not re.search(r"adr|decisions/", document.body, re.IGNORECASE):
        yield Fault("S143", decisions.line, "these decisions name no ADR")
    updated = document.updated
    entry = body.newest_log_entry or document.created
    if updated and entry and updated <= subject.now + _DAY and updated - entry > _DAY:
        line = body.log.line if body.log else _line(subject, "last_updated")
        said = f"last_updated is {updated:%Y-%m-%d}, the newest entry of the log {entry:%Y-%m-%d}"
        yield Fault("S144", line, said)
