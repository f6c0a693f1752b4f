"""``agent-session check``: the rules of the formats, and what git says against a document."""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

from session_hooks.cli import project
from session_hooks.cli.check import prompt
from session_hooks.cli.check.rule import ERROR, INFO, WARNING, Fault, Rule, Subject
from session_hooks.cli.project import RefusedError, Survey, by_its_name, print_json, say
from session_hooks.cli.schema import sarif
from session_hooks.documents import locations, markdown
from session_hooks.documents.formats import handoff
from session_hooks.documents.locations import ANY
from session_hooks.documents.model import Document, Unread
from session_hooks.documents.registry import FORMATS, named, read_body
from session_hooks.project.project import CONFIG, absolute
from session_hooks.report import verdict
from session_hooks.report.ranking import candidates, put_aside
from session_hooks.report.verdict import Verdict, ended_by_merge, judge
from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

OF_FORMATS: dict[str, Any] = {
    form.NAME: import_module(f"{__package__}.{form.NAME}")
    for form in FORMATS
    if find_spec(f"{__package__}.{form.NAME}")
}
GENERAL = (
    Rule("C101", ERROR, "the configuration has no unknown key and no wrong value",
         "Correct the key or the value; until then its default holds.", f"`{CONFIG}`"),
    Rule("D101", ERROR, "the document can be read whole",
         "Correct what is there: the YAML, the fence that is never closed, the encoding.",
         "all; 004, MUST 5"),
    Rule("D102", ERROR, "the file can be read",
         "Write it anew, or remove it.", "all"),
    Rule("D111", WARNING, "the session files that it names are there",
         "Remove the reference: the file was deleted.",
         "003, Deletion Checklist and Anti-Patterns (stale sessions)"),
    Rule("D112", WARNING, "the paths that an active document names are there",
         "Name the path where it is now, or take it out.", "all; git and the disk tell"),
    Rule("D113", WARNING, "the commits that an active document names are in the repository",
         "Correct the id, or push the commit.", "all; git tells"),
    Rule("D114", WARNING, "the branch of an active document is not merged yet",
         "Complete or delete the document, or name the branch that the work goes on in.",
         "003, Completing a Session; git tells"),
    Rule("D115", WARNING,
         "fewer commits than `max_commits` came since an active document was written",
         "Bring it up to date, or close it.",
         "003, Anti-Patterns (stale sessions); 000, Session Lifecycle; git tells"),
)  # fmt: skip
RULES: tuple[Rule, ...] = (
    *GENERAL,
    *(
        rule
        for one in OF_FORMATS.values()
        for rule in sorted(one.RULES, key=lambda rule: rule.code)
    ),
)  # in the order of the README's table
_WEIGHT = {
    ERROR: "what breaks it may be read wrongly, or not at all; `check` fails at it",
    WARNING: "it is advised, and work goes on without it; `check --strict` fails at it",
    INFO: "it takes judgement; no `check` fails at it",
}
_COLOURS = {ERROR: "bold red", WARNING: "yellow", INFO: "blue"}
_BY_CODE = {rule.code: rule for rule in RULES}
_WHOLE_FENCE = re.compile(
    r"\s*^(?P<mark>`{3,}|~{3,})[^\n]*\n(?P<text>.*)^(?P=mark)\s*\Z", re.MULTILINE | re.DOTALL
)


class Finding(Value):
    path: str
    line: int
    code: str
    severity: str
    message: str
    help: str


class Selection(Value):
    documents: tuple[Document, ...]
    unread: tuple[Unread, ...] = ()
    config: bool = False
    passed_over: tuple[str, ...] = ()  # named, and no documents


def check_documents(arguments: argparse.Namespace, found: Survey) -> int:
    selection = select(found, arguments.paths)
    faults = findings(found, selection)
    if passed_over := [safe_text.path(name) for name in selection.passed_over]:
        say(f"No documents, so not checked: {safe_text.listed(passed_over, 3)}", error=True)
    if arguments.json or arguments.format == "json":
        print_json({"findings": [finding._asdict() for finding in faults]})
    elif arguments.format == "sarif":
        print_json(sarif(faults, RULES))
    elif arguments.format == "github":
        for finding in faults:
            say(_annotation(finding))
    else:
        _print_findings(faults, len(selection.documents) + len(selection.unread))
    fails = (ERROR, WARNING) if arguments.strict else (ERROR,)
    return int(any(finding.severity in fails for finding in faults))


def _annotation(finding: Finding) -> str:
    """Return a GitHub workflow command (workflow-commands, "Setting an error")."""
    command = "notice" if finding.severity == INFO else finding.severity
    escaped = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
    place = safe_text.single(finding.path).translate(escaped | {58: "%3A", 44: "%2C"})
    message = f"{safe_text.inline(finding.message, 300)}. {finding.help}".translate(escaped)
    return f"::{command} file={place},line={finding.line},title={finding.code}::{message}"


def _print_findings(faults: list[Finding], documents: int) -> None:
    from rich.console import Console
    from rich.text import Text

    shown = Text()
    helped = set()
    for finding in faults:
        shown.append(f"{safe_text.path(finding.path)}:{finding.line}: ")
        shown.append(finding.severity, _COLOURS[finding.severity])
        shown.append(f" {finding.code} {safe_text.inline(finding.message, 300)}\n")
        if finding.code not in helped:  # the same advice each time would bury the findings
            helped.add(finding.code)
            shown.append(f"    {finding.help}\n", "dim")
    # Where they are piped, lines are as long as they are: there is no width to fit.
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    console.print(shown, soft_wrap=True, end="")
    counts = [
        dates.count(number, word)
        for word in (ERROR, WARNING)
        if (number := sum(finding.severity == word for finding in faults))
    ]
    files = dates.count(documents, "document")
    say(f"{', '.join(counts)} in {files}" if counts else f"{files} checked, no errors or warnings")


def explain_rule(code: str, *, as_json: bool) -> None:
    rule = _BY_CODE.get(code)
    if rule is None:
        codes = sorted(rule.code for rule in RULES if rule.code[0] == code[0])
        letters = ", ".join(sorted({rule.code[0] for rule in RULES}))
        near = f"Those of {code[0]}: {codes[0]} to {codes[-1]}" if codes else f"There are {letters}"
        raise RefusedError(f"there is no rule {code}. {near}")
    if as_json:
        print_json(rule._asdict() | {"why": _WEIGHT[rule.severity]})
        return
    say(f"{rule.code}, {rule.severity}: {rule.demand}")
    say(f"  where: {rule.source}")
    say(f"  why: {_WEIGHT[rule.severity]}")
    say(f"  to mend it: {rule.help}")


def select(survey: Survey, names: Sequence[str]) -> Selection:
    """Return the documents that the paths name or lead to; raises RefusedError for no path."""
    found = survey.scan
    everything = (*found.documents, *found.templates)
    if not names:
        return Selection(everything, found.unread, config=True)
    wanted = {name: _place(survey, name) for name in names}
    root = survey.project.root

    def is_wanted(path: str) -> bool:
        place = os.path.join(absolute(root, path), "")
        return any(place.startswith(os.path.join(one, "")) for one in wanted.values())

    known = {absolute(root, path) for path in (*found.paths, CONFIG)}
    return Selection(
        tuple(document for document in everything if is_wanted(document.path)),
        tuple(file for file in found.unread if is_wanted(file.path)),
        absolute(root, CONFIG) in wanted.values(),
        tuple(n for n, at in wanted.items() if not (os.path.isdir(at) or at in known)),
    )


def _place(survey: Survey, name: str) -> str:
    for place in (name, os.path.join(survey.project.root, name)):
        if os.path.lexists(place):
            return project.place(place)
    if (meant := by_its_name(name, survey.scan.paths)) is not None:
        return absolute(survey.project.root, meant)
    raise RefusedError(f"{name} does not exist. The documents there are: agent-session list --all")


def findings(survey: Survey, selection: Selection) -> list[Finding]:
    found = [_finding(file.path, Fault("D102", 1, file.reason)) for file in selection.unread]
    if selection.config:
        problems = survey.settings.problems
        found += [_finding(CONFIG, Fault("C101", 1, problem)) for problem in problems]
    documents, view = survey.scan.documents, survey.view
    # The others are history: they needn't say where the work stands now.
    living = {one.document.path for one in candidates(documents, view) + put_aside(documents, view)}
    for document in selection.documents:
        subject, rules = _subject(survey, document), OF_FORMATS.get(document.format)
        faults = [*_general(survey, subject)]
        if rules and _is_specified(survey, document):
            faults += rules.check(subject)
        elif rules:
            faults += prompt.check_opening(subject)
        if document.path in living:
            faults += _against_evidence(survey, subject)
        found += [_finding(document.path, fault) for fault in faults]
    return sorted(set(found))


def _is_specified(survey: Survey, document: Document) -> bool:
    """Tell whether a document means to follow one: nobody wrote HANDOFF.md and the like by 001."""
    if document.format != handoff.NAME:
        return True
    chosen = survey.settings.folders[handoff.NAME]
    folder = document.path.rpartition("/")[0]
    own = (place for place in chosen if locations.names_in(handoff.NAME, place, chosen) == ANY)
    return any(place in (folder, folder.rpartition("/")[0]) for place in own)


def _finding(path: str, fault: Fault) -> Finding:
    rule = _BY_CODE[fault.code]
    return Finding(path, fault.line, rule.code, rule.severity, fault.message, rule.help)


def _general(survey: Survey, subject: Subject) -> Iterator[Fault]:
    for problem in subject.body.problems:
        yield Fault("D101", problem.line, problem.message)
    name = re.compile(rf"{re.escape(survey.scan.session_folder)}/\d[\w.-]*\.md")
    for path in dict.fromkeys(name.findall(subject.text)):
        if not os.path.lexists(os.path.join(survey.project.root, path)):
            yield Fault("D111", subject.line_of(re.escape(path)), f"{path} does not exist")


def _against_evidence(survey: Survey, subject: Subject) -> Iterator[Fault]:
    document = subject.document
    evidence = survey.view.evidence(document)
    for found in evidence.paths:
        if found.moved_to:
            yield Fault("D112", found.line, f"{found.path} was moved to {found.moved_to}")
        elif not found.is_there and found.was_there:
            yield Fault("D112", found.line, f"{found.path} was deleted")
    for commit in evidence.commits:
        if commit.exists is False:
            yield Fault("D113", commit.line, f"commit {commit.id} is not in this repository")
    judgement = judge(document, survey.view)
    reason = dates.fill(next(iter(judgement.reasons), ""), subject.now.timestamp())
    branch = evidence.branch
    if branch and ended_by_merge(document, survey.view):
        line = subject.line_of(rf"^(?=.*branch).*{re.escape(branch.name)}")
        yield Fault("D114", line, reason)
    most, since = survey.view.max_commits, evidence.since
    if judgement.verdict is Verdict.STALE and since and most and since.number >= most:
        yield Fault("D115", 1, reason)


def _subject(survey: Survey, document: Document) -> Subject:
    root, view = survey.project.root, survey.view
    inside, line = _without_fence(document)
    sections, _ = markdown.sections(inside, line)
    ignored = view.facts.ignored
    return Subject(
        document=document,
        template=named(document.format).TEMPLATE,
        body=read_body(document),
        text=document.head + document.body,
        inside=inside,
        inside_line=line,
        sections=sections,
        now=view.now,
        activity=verdict.shown_activity(document, view),
        is_old=verdict.is_old(document, view),
        is_ignored=None if ignored is None else document.path in ignored,
        exists=lambda target: _exists(root, document.path, target),
    )


def _without_fence(document: Document) -> tuple[str, int]:
    match = _WHOLE_FENCE.match(document.body)
    if match is None:
        return document.body, document.body_line
    return match["text"], document.body_line + document.body.count("\n", 0, match.start("text"))


def _exists(root: str, path: str, target: str) -> bool:
    target = unquote(target)
    folder = os.path.dirname(os.path.join(root, path))
    return any(os.path.lexists(os.path.join(place, target)) for place in (folder, root))
