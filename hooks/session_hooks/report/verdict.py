"""Compute a document's verdict from its evidence. No I/O."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.documents.markdown import each_box
from session_hooks.documents.model import Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.evidence.history import branch_name
from session_hooks.evidence.model import NEAR, Branch, Evidence, GitFacts, Merged, NamedPath, View
from session_hooks.util import dates
from session_hooks.util.dates import ago, count
from session_hooks.util.lazy import Value
from session_hooks.util.safe_text import listed, path, quoted, word

_A_DAY = timedelta(hours=26)  # a date may be off that much, written by hand and without zone
_AROUND_THE_MERGE = timedelta(hours=1)  # how long a document is brought up to date for it
_MOST_NAMED = 3


class Verdict(Enum):
    """How far a document is to be believed; where several hold, the first one here."""

    DONE = "done"
    ORPHANED = "orphaned"
    STALE = "stale"
    BEHIND = "behind"
    CURRENT = "current"
    UNVERIFIABLE = "unverifiable"

    @property
    def is_over(self) -> bool:
        return self in (Verdict.DONE, Verdict.ORPHANED)

    @property
    def is_told(self) -> bool:
        """Whether model and person are told the word and its reasons, and not the doubts alone."""
        return self not in (Verdict.CURRENT, Verdict.UNVERIFIABLE)


class Judgement(Value):
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def all_said(self) -> tuple[str, ...]:
        return (*self.reasons, *self.notes)


def judge(document: Document, view: View) -> Judgement:
    """Return the verdict on a document; its own status is one claim among others."""
    found = ((verdict, list(_REASONS[verdict](document, view))) for verdict in Verdict)
    verdict, reasons = next(one for one in found if one[1])
    if verdict.is_over and document.status in (Status.IN_PROGRESS, Status.PAUSED):
        reasons[0] = f"says {_claimed(document)}; {reasons[0]}"  # it contradicts that
    notes = _notes(document, view.evidence(document), verdict)
    return Judgement(verdict, tuple(reasons), tuple(notes))


def ended_by_merge(document: Document, view: View) -> bool:
    """Tell whether a document's branch is merged, and nobody went on writing it for long."""
    evidence, here = view.evidence(document), view.facts.branch
    merged = evidence.branch.merged if evidence.branch else None
    if merged is None:
        return False
    if here and here not in (merged.into, branch_name(document.branch)) and here in document.body:
        return False  # the next branch of several, which it names
    written = evidence.written
    if document.updated and not view.facts.has_own_time(document.path):
        written = document.updated  # a commit may have touched it only to format it
    merge = merged.when or merged.earliest
    return written is None or merge is None or written <= merge + _AROUND_THE_MERGE


def commits_since(evidence: Evidence) -> str:
    since = evidence.since
    if since is None or not since.number:
        return "nothing was committed since it was written"
    more = "" if since.is_all else " or more"
    others = f", {since.by_others} of them by others" if since.by_others else ""
    if since.by_others == since.number:
        others = ", by somebody else" if since.number == 1 else ", all by others"
    return f"{count(since.number, 'commit')}{more} since it was written{others}"


def is_old(document: Document, view: View) -> bool:
    shown = written(document, view.facts, view.now)
    return view.max_age is not None and (shown is None or view.now - shown > view.max_age)


def written(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a document was last written; None where nothing shows it.

    Its last commit counts where it changes the text and leaves its date as it was; one that adds it
    only records what that tells. Dates in the future are ignored.
    """
    own = dates.latest(_own_dates(document, facts), now)
    said = [own, _own_time(document, facts)]
    if not _is_only_recorded(document, facts, own):
        said.append(_committed(document, facts))
    return dates.latest(said, now) or _time_without_git(document, facts, now)


def activity(document: Document, view: View) -> datetime:
    return shown_activity(document, view) or min(document.modified, view.now)


def shown_activity(document: Document, view: View) -> datetime | None:
    """Return the newest date that tells documents from one another; None where there is none.

    A commit may touch them all, so it counts only for one that has no other.
    """
    facts, now = view.facts, view.now
    return (
        dates.latest([*_own_dates(document, facts), _own_time(document, facts)], now)
        or dates.latest([_committed(document, facts)], now)
        or _time_without_git(document, facts, now)
    )


def _own_dates(document: Document, facts: GitFacts) -> list[datetime | None]:
    # Who writes last year's date into a file, commits it this year: that one git contradicts.
    said = [document.updated, document.created]
    added = facts.added.get(document.path)
    return [one for one in said if one and (added is None or one >= added - NEAR)]


def _own_time(document: Document, facts: GitFacts) -> datetime | None:
    # None where a checkout may have set it.
    has_own = facts.has_own_time(document.path) and not facts.is_silent
    return document.modified if has_own else None


def _time_without_git(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    return dates.latest([document.modified], now) if facts.is_silent else None


def _is_only_recorded(document: Document, facts: GitFacts, own: datetime | None) -> bool:
    """Tell whether the last commit of a document only holds what its ``own`` date tells."""
    committed, before = _committed(document, facts), facts.before.get(document.path)
    if own is None or committed is None:
        return False
    if before is None and document.path not in facts.added:
        return False
    if before is not None and own <= before:  # the text changed, and the date did not
        return False
    # To the second and in UTC, as 003 has it, and file names.
    is_exact = dates.iso(own) in document.head or f"{own:%Y%m%d-%H%M%S}" in document.path
    return is_exact or committed - own > _A_DAY


def _committed(document: Document, facts: GitFacts) -> datetime | None:
    return (facts.committed or {}).get(document.path)


def _done(document: Document, view: View) -> Iterator[str]:
    branch, boxes = view.evidence(document).branch, document.boxes
    if branch and branch.merged and ended_by_merge(document, view):
        yield _merge(branch, branch.merged)
    if boxes.ticked and not boxes.open:
        body = read_body(document)
        if not (body.next_action or body.likely or body.unknown):  # what else may be next
            all_of_them = f"all {boxes.ticked} of its checkboxes are ticked"
            yield "its only checkbox is ticked" if boxes.ticked == 1 else all_of_them
    if document.status is Status.COMPLETED:
        yield "its status says so"


def _orphaned(document: Document, view: View) -> Iterator[str]:
    evidence = view.evidence(document)
    branch, paths = evidence.branch, evidence.paths
    if branch is None or branch.exists or branch.merged:
        return
    # What never was may still be to come: the branch to be made, and the files on it.
    gone = _missing(paths) if branch.was_here else [one for one in paths if _is_gone(one)]
    if 2 * len(gone) > len(paths):
        yield f"branch {quoted(branch.name, 80)} is {_away(branch)}"
        yield _gone(paths)


def _stale(document: Document, view: View) -> Iterator[str]:
    evidence = view.evidence(document)
    since = evidence.since
    if since and view.max_commits is not None and since.number >= view.max_commits:
        yield commits_since(evidence)
    if view.max_age is not None and is_old(document, view):
        if shown_activity(document, view) is None:
            yield "nothing shows when it was written"
        else:
            yield f"untouched for more than {count(view.max_age.days, 'day')}"


def _behind(document: Document, view: View) -> Iterator[str]:
    since = view.evidence(document).since
    if since and since.number:
        yield commits_since(view.evidence(document))


def _current(document: Document, view: View) -> Iterator[str]:
    if view.evidence(document).since:
        yield commits_since(view.evidence(document))


def _unverifiable(document: Document, view: View) -> Iterator[str]:
    facts = view.facts
    if why := view.evidence(document).unknown or facts.refusal:
        yield why
    elif facts.changed is not None:
        yield "git does not tell"
    else:
        yield "git did not answer in time" if facts.left_out else "not in a git repository"


def _notes(document: Document, evidence: Evidence, verdict: Verdict) -> Iterator[str]:
    branch = evidence.branch
    is_done = verdict is Verdict.DONE
    if still_open := [box for box in each_box(document) if box.is_open] if is_done else []:
        number = len(still_open)
        are = "1 checkbox is open" if number == 1 else f"{number} checkboxes are open"
        says = f"says {_claimed(document)}; " if document.status is Status.COMPLETED else ""
        yield f"{says}{are}: {quoted(still_open[0].text, 60)}"
    if branch is not None and not verdict.is_over:
        yield from _of_branch(branch)
    if verdict is not Verdict.ORPHANED and any(_is_gone(one) for one in evidence.paths):
        yield _gone(evidence.paths)
    moved = [one for one in evidence.paths if one.moved_to]
    for one in moved[:_MOST_NAMED]:
        yield f"{path(one.path)} moved to {path(one.moved_to or '')}"
    missing = [word(one.id, 40) for one in evidence.commits if one.exists is False]
    if missing:
        commits, are = ("commit", "is") if len(missing) == 1 else ("commits", "are")
        names = listed(missing, _MOST_NAMED)
        yield f"it names {commits} {names}, which {are} not in this repository"
    for known in evidence.commits:
        if known.exists and not known.on:
            yield f"commit {word(known.id, 40)} is on no branch"


def _claimed(document: Document) -> str:
    return word(document.status_word or document.status.value)


def _of_branch(branch: Branch) -> Iterator[str]:
    name, upstream = quoted(branch.name, 80), quoted(branch.upstream or "", 80)
    if branch.merged:
        yield _merge(branch, branch.merged)
    elif not branch.exists:
        yield f"branch {name} is {_away(branch)}"
    elif branch.is_upstream_gone:
        yield f"branch {name}: its upstream {upstream} is gone"
    elif branch.ahead or branch.behind:
        sides = ((branch.ahead, "ahead of"), (branch.behind, "behind"))
        numbers = [f"{number} {side}" for number, side in sides if number]
        yield f"branch {name} is {' and '.join(numbers)} {upstream}"


def _merge(branch: Branch, merged: Merged) -> str:
    how = {"squash": "was squashed into", "rebase": "was rebased onto"}.get(merged.how)
    said = how or ("was merged into" if merged.when else "is merged into")
    when = f" {ago(merged.when.timestamp())}" if merged.when else ""
    return f"branch {quoted(branch.name, 80)} {said} {quoted(merged.into, 80)}{when}"


def _away(branch: Branch) -> str:
    return "gone" if branch.was_here else "not in this repository"


def _missing(paths: tuple[NamedPath, ...]) -> list[NamedPath]:
    return [one for one in paths if not one.is_there and one.moved_to is None]


def _is_gone(one: NamedPath) -> bool:
    # What was never there may still be to be made.
    return not one.is_there and one.moved_to is None and one.was_there is True


def _gone(paths: tuple[NamedPath, ...]) -> str:
    missing = _missing(paths)
    deleted = [one for one in missing if _is_gone(one)]
    certain = deleted or missing
    away = "gone" if deleted else "not there"
    names = listed([path(one.path) for one in certain], _MOST_NAMED)
    if len(paths) == 1:
        return f"the path that it names is {away}: {names}"
    are = "is" if len(certain) == 1 else "are"
    return f"{len(certain)} of {len(paths)} paths that it names {are} {away}: {names}"


_REASONS = {
    Verdict.DONE: _done,
    Verdict.ORPHANED: _orphaned,
    Verdict.STALE: _stale,
    Verdict.BEHIND: _behind,
    Verdict.CURRENT: _current,
    Verdict.UNVERIFIABLE: _unverifiable,
}
