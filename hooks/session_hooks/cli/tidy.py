"""``agent-session tidy``: what check and the verdicts ask for, as one list of actions."""

import argparse
import os
from collections.abc import Iterator
from datetime import timedelta

from session_hooks.cli.check.check import Finding, Selection, findings
from session_hooks.cli.close import examine, read_kept, read_whole, remove
from session_hooks.cli.edit import apply, status_steps
from session_hooks.cli.new import slug
from session_hooks.cli.project import RefusedError, Survey, as_json, print_json, say
from session_hooks.cli.undo import free_path, mode_of, recorded, state_locked
from session_hooks.documents import edit, files
from session_hooks.documents.edit import Change
from session_hooks.documents.formats import session
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.evidence import queries
from session_hooks.memory import archive
from session_hooks.memory.undo import Former
from session_hooks.project.project import absolute
from session_hooks.report import ranking
from session_hooks.report.knowledge import Kept
from session_hooks.report.verdict import Verdict, judge
from session_hooks.util import dates, safe_text
from session_hooks.util.dates import count
from session_hooks.util.lazy import Value

_MOST = 100
"""How many completed files are looked into."""
_A_DAY = timedelta(days=1)
_NAMES = ("S101", "S102")
_DATES = ("S114", "S117", "S118")
_BY_HAND = {
    "delete": "rm {path}",
    "rename": "git mv {path} {to}",
    "date": "set last_updated by hand",
}


class Proposal(Value):
    """One thing to do, and whether it loses nothing."""

    path: str
    kind: str  # close, pause, done, delete, rename or date
    why: str
    is_safe: bool = True
    to: str = ""
    """The new name."""

    @property
    def command(self) -> str:
        """How a person does it alone."""
        usual = f"agent-session {self.kind} {{path}}"
        form = _BY_HAND.get(self.kind, usual)
        return form.format(path=safe_text.path(self.path), to=safe_text.path(self.to))


def tidy(arguments: argparse.Namespace, found: Survey) -> None:
    """List what is to be done, or do what loses nothing; raises RefusedError."""
    proposals = sorted(_proposals(found), key=lambda one: (one.path, one.kind))
    done = [one for one in proposals if one.is_safe] if arguments.apply else []
    failed: list[str] = []
    for one in [*done]:
        try:
            _apply(one, found)
        except RefusedError as error:
            failed.append(str(error))
            done.remove(one)
    if arguments.json:
        print_json({"proposals": [as_json(one) for one in proposals], "applied": len(done)})
    else:
        _print(proposals, done, is_applied=arguments.apply)
    if failed:
        raise RefusedError("; ".join(failed))


def _print(proposals: list[Proposal], done: list[Proposal], *, is_applied: bool) -> None:
    if not proposals:
        say("All is tidy.")
    for one in proposals:
        is_done = one in done
        to = f" to {safe_text.path(one.to)}" if one.to else ""
        what = f"{'done: ' if is_done else ''}{one.kind}{to}"
        say(f"{safe_text.path(one.path)}\n  {what}, for {one.why}")
        if not one.is_safe:
            say(f"  by hand: {one.command}")
    safe = sum(one.is_safe for one in proposals)
    if safe and is_applied:
        say("To take the last one back, then the one before: agent-session undo")
    elif safe:
        say(f"{safe} of {count(len(proposals), 'action')} can be taken: agent-session tidy --apply")


def _proposals(found: Survey) -> Iterator[Proposal]:
    yield from _of_templates(found)
    kept = read_kept(found)
    yield from _of_completed(found, kept)
    yield from _of_verdicts(found, kept)
    sessions = tuple(one for one in found.scan.documents if one.format == session.NAME)
    by_path = {one.path: one for one in sessions}
    taken: set[str] = set()
    for finding in findings(found, Selection(sessions)):
        document = by_path[finding.path]
        if document.status is Status.COMPLETED:
            continue
        if finding.code in _NAMES:
            for one in _renaming(document, finding, found, taken):
                taken.add(one.to)
                yield one
        elif finding.code in _DATES and "last_updated" in finding.message:
            yield Proposal(finding.path, "date", finding.message)


def _of_templates(found: Survey) -> Iterator[Proposal]:
    for one in found.scan.templates:
        has_notes = "<!--" in one.body
        if found.view.now - one.modified > _A_DAY and not has_notes:
            yield Proposal(one.path, "delete", "nobody wrote in it")


def _of_completed(found: Survey, kept: Kept) -> Iterator[Proposal]:
    documents = (one for one in found.scan.documents if one.format == session.NAME)
    for document in [one for one in documents if one.status is Status.COMPLETED][:_MOST]:
        proposal = Proposal(document.path, "close", "it is completed")
        yield _if_kept(proposal, document, found, kept)


def _of_verdicts(found: Survey, kept: Kept) -> Iterator[Proposal]:
    for entry in ranking.put_aside(found.scan.documents, found.view):
        document = entry.document
        if document.format != session.NAME or document.status is not Status.IN_PROGRESS:
            continue
        judgement = judge(document, found.view)
        reason = next(iter(judgement.reasons), judgement.verdict.value)
        why = safe_text.inline(dates.fill(reason, found.view.now.timestamp()), 160)
        if judgement.verdict is Verdict.DONE:
            proposal = Proposal(document.path, "done", why)
            yield _if_kept(proposal, document, found, kept)
        else:
            yield Proposal(document.path, "pause", why)


def _if_kept(proposal: Proposal, document: Document, found: Survey, kept: Kept) -> Proposal:
    """Call a proposal safe only where nothing would be lost; to close one, nobody has a doubt."""
    try:
        document = read_whole(document, found)
    except RefusedError as error:
        return proposal._replace(why=f"{proposal.why}, but {error}", is_safe=False)
    checked = examine(document, read_body(document), kept, found)
    left = [point.name for point in checked if not point.is_sure]
    if proposal.kind == "done":
        findings = [point.name for point in checked if not point.is_satisfied]
        left = [name for name in findings if name not in ("status", "references")]
    why = f"{proposal.why}, but for its {', '.join(left)}" if left else proposal.why
    return proposal._replace(why=why, is_safe=not left)


def _renaming(
    document: Document, finding: Finding, found: Survey, taken: set[str]
) -> Iterator[Proposal]:
    moment = document.created
    if moment is None:
        return
    folder, _, name = document.path.rpartition("/")
    stem = f"{moment:%Y%m%d-%H%M%S}-{slug(document.title, document.issue)}"
    is_free = queries.start_naming(found.git, name)() == ()
    new = free_path(folder, stem, found, taken)
    yield Proposal(document.path, "rename", finding.message, is_free, new)


# --- doing it ------------------------------------------------------------------------------------


def _apply(one: Proposal, found: Survey) -> None:
    known = (*found.scan.documents, *found.scan.templates)
    document = next(known_ for known_ in known if known_.path == one.path)
    now, written = found.view.now, found.view.evidence(document).written or document.modified

    def set_date(lines: list[str], read: Document, _: Body) -> Change | None:
        return edit.set_updated(lines, read, written)

    match one.kind:
        case "close" | "delete":
            remove(document, one.why, found, "tidy")
        case "rename":
            _rename(document, one.to, found)
        case "date":
            apply(found, document, "tidy", [set_date], dated=False)
        case _:
            status = Status.PAUSED if one.kind == "pause" else Status.COMPLETED
            apply(found, document, "tidy", status_steps(status, now, one.why))


def _rename(document: Document, to: str, found: Survey) -> None:
    root, shown = found.project.root, safe_text.path(document.path)
    old, new = absolute(root, document.path), absolute(root, to)
    data = archive.read(old)
    if data is None or os.path.lexists(new):
        raise RefusedError(f"{shown} can't be renamed to {to}: something is there")
    index = queries.index_entries(found.git, document.path)
    formers = [
        Former(document.path, data, None, mode_of(old), index or None),
        Former(to, None, files.digest_of(data), staged="" if index else None),
    ]
    with state_locked(found) as folder, recorded(folder, "tidy", found, formers):
        if not (index and queries.move(found.git, document.path, to)):
            files.rename_over_nothing(old, new)
