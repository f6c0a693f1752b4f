"""Compute a document's verdict from its evidence. No I/O."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum

from session_hooks.documents.markdown import each_box
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.evidence.history import branch_name
from session_hooks.evidence.model import NEAR, Branch, Evidence, GitFacts, Merged, NamedPath, View
from session_hooks.util import dates
from session_hooks.util.ages import ago, count
from session_hooks.util.dates import days
from session_hooks.util.lazy import Value
from session_hooks.util.safe_text import listed, path, quoted, word

_A_DAY = timedelta(hours=26)
"""How much a date may be off that is none to the second: written by hand, without zone or time."""
_AROUND_THE_MERGE = timedelta(hours=1)
"""How long after its branch was merged a document is still brought up to date for that merge."""
_MOST_NAMED = 3


def is_old(document: Document, view: View) -> bool:
    """Tell whether nothing shows that somebody wrote a document within the age limit."""
    shown = written(document, view.facts, view.now)
    return view.max_age is not None and (shown is None or view.now - shown > view.max_age)


def written(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a document was last written; None where nothing shows it.

    By its own dates, its modification time where that means something, and the last commit that
    touched it: one that adds it only records what its own date tells, one that changes it and
    leaves the date as it was is later than that. Dates in the future are ignored.
    """
    own = dates.latest(_own_dates(document, facts), now)
    said = [own, *_own_time(document, facts)]
    if not _is_only_recorded(document, facts, own):
        said.append(_committed(document, facts))
    return dates.latest(said, now) or _as_the_disk_says(document, facts, now)


def activity(document: Document, view: View) -> datetime:
    """Return when somebody last worked on a document, as far as its dates and the disk tell."""
    return shown_activity(document, view) or min(document.modified, view.now)


def shown_activity(document: Document, view: View) -> datetime | None:
    """Return the newest date that tells documents from one another; None where there is none.

    As ``written``, but that the last commit that touched it counts only where it has no date of
    its own: one commit may touch them all.
    """
    facts, now = view.facts, view.now
    own = [*_own_dates(document, facts), *_own_time(document, facts)]
    return (
        dates.latest(own, now)
        or dates.latest([_committed(document, facts)], now)
        or _as_the_disk_says(document, facts, now)
    )


def _own_dates(document: Document, facts: GitFacts) -> list[datetime | None]:
    """Return what a document says of its dates, without what git contradicts.

    Who writes last year's date into a file, commits it this year.
    """
    said = [document.updated, document.created]
    added = facts.added.get(document.path)
    if added is None:
        return said
    return [one for one in said if one is not None and one >= added - NEAR]


def _own_time(document: Document, facts: GitFacts) -> list[datetime | None]:
    """Return when a file was modified, where that says when somebody wrote it.

    That is where it is not in git or changed since; elsewhere a checkout may have set it.
    """
    has_own = facts.has_own_time(document.path) and not facts.is_silent
    return [document.modified] if has_own else []


def _as_the_disk_says(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a file was modified, for want of anything better, where git tells nothing."""
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
    return _is_exact(own, document) or committed - own > _A_DAY


def _is_exact(own: datetime, document: Document) -> bool:
    """Tell whether a date was given to the second, and in UTC: as 003 has it, and file names."""
    return dates.iso(own) in document.head or f"{own:%Y%m%d-%H%M%S}" in document.path


def _committed(document: Document, facts: GitFacts) -> datetime | None:
    return (facts.committed or {}).get(document.path)


# --- the verdict ---------------------------------------------------------------------------------


class Verdict(Enum):
    """How far a document is to be believed; where several hold, the first one here.

    What finds each and what follows from it stands in ``_TABLE``.
    """

    DONE = "done"
    ORPHANED = "orphaned"
    STALE = "stale"
    BEHIND = "behind"
    CURRENT = "current"
    UNVERIFIABLE = "unverifiable"

    @property
    def is_over(self) -> bool:
        """Whether work on the document has ended, whatever its status says."""
        return _TABLE[self].is_over

    @property
    def speaks_against(self) -> bool:
        """Whether it takes something from what the document claims."""
        return _TABLE[self].speaks_against


class Judgement(Value):
    """A verdict and why, each reason in a few words."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()


class _Case(Value):
    document: Document
    view: View
    evidence: Evidence


class _Row(Value):
    find: Callable[[_Case], Iterator[str]]
    """Yields the reasons; none where the verdict doesn't hold."""
    is_over: bool = False
    speaks_against: bool = True


def judge(document: Document, view: View) -> Judgement:
    """Return the verdict on a document; its own status is one claim among others."""
    case = _Case(document, view, view.evidence(document))
    found = ((verdict, list(row.find(case))) for verdict, row in _TABLE.items())
    verdict, reasons = next(one for one in found if one[1])
    if verdict.is_over and document.status in (Status.IN_PROGRESS, Status.PAUSED):
        reasons[0] = f"says {_claimed(document)}; {reasons[0]}"  # it contradicts that
    return Judgement(verdict, (*reasons, *_notes(case, verdict)))


def _claimed(document: Document) -> str:
    return word(document.status_word or document.status.value)


def _done(case: _Case) -> Iterator[str]:
    document, branch = case.document, case.evidence.branch
    merged = branch.merged if branch else None
    if branch and merged and not _goes_on_after(case, merged):
        yield _merge(branch, merged)
    found = document.boxes
    if found.ticked and not found.open and not _says_more(read_body(document)):
        all_of_them = f"all {found.ticked} of its checkboxes are ticked"
        yield "its only checkbox is ticked" if found.ticked == 1 else all_of_them
    if document.status is Status.COMPLETED:
        yield "its status says so"


def _says_more(body: Body) -> bool:
    """Tell whether something stands beside ticked boxes that is next, or may be."""
    return any((body.next_action, body.likely, body.unknown))


def ended_by_merge(document: Document, view: View) -> bool:
    """Tell whether a document is done because its branch is merged."""
    case = _Case(document, view, view.evidence(document))
    merged = case.evidence.branch.merged if case.evidence.branch else None
    return merged is not None and not _goes_on_after(case, merged)


def _goes_on_after(case: _Case, merged: Merged) -> bool:
    """Tell whether somebody went on writing when the branch had been merged for a while."""
    document, here = case.document, case.view.facts.branch
    if here and here not in (merged.into, branch_name(document.branch)) and here in document.body:
        return True  # the next branch of several, which it names
    written = case.evidence.written
    if document.updated and not case.view.facts.has_own_time(document.path):
        written = document.updated  # a commit may have touched it only to format it
    merge = merged.when or merged.earliest
    return written is not None and merge is not None and written > merge + _AROUND_THE_MERGE


def _merge(branch: Branch, merged: Merged) -> str:
    how = {"squash": "was squashed into", "rebase": "was rebased onto"}.get(merged.how)
    said = how or ("was merged into" if merged.when else "is merged into")
    when = f" {ago(merged.when.timestamp())}" if merged.when else ""
    return f"branch {quoted(branch.name, 80)} {said} {quoted(merged.into, 80)}{when}"


def _orphaned(case: _Case) -> Iterator[str]:
    branch, paths = case.evidence.branch, case.evidence.paths
    if branch is None or branch.exists or branch.merged:
        return
    missing = [one for one in paths if not one.is_there and one.moved_to is None]
    deleted = [one for one in missing if _is_gone(one)]
    # What never was may still be to come: the branch to be made, and the files on it.
    gone = missing if branch.was_here else deleted
    if 2 * len(gone) > len(paths):
        yield f"branch {quoted(branch.name, 80)} is {_away(branch)}"
        yield _gone(case.evidence.paths)


def _away(branch: Branch) -> str:
    return "gone" if branch.was_here else "not in this repository"


def _stale(case: _Case) -> Iterator[str]:
    view, since = case.view, case.evidence.since
    if since and view.max_commits is not None and since.number >= view.max_commits:
        yield commits_since(case.evidence)
    if view.max_age is not None and is_old(case.document, view):
        if shown_activity(case.document, view) is None:
            yield "nothing shows when it was written"
        else:
            yield f"untouched for more than {days(view.max_age)}"


def _behind(case: _Case) -> Iterator[str]:
    if case.evidence.since and case.evidence.since.number:
        yield commits_since(case.evidence)


def _current(case: _Case) -> Iterator[str]:
    if case.evidence.since:
        yield commits_since(case.evidence)


def _unverifiable(case: _Case) -> Iterator[str]:
    facts = case.view.facts
    if why := case.evidence.unknown or facts.refusal:
        yield why
    elif facts.changed is not None:
        yield "git does not tell"
    else:
        yield "git did not answer in time" if facts.left_out else "not in a git repository"


_TABLE = {
    Verdict.DONE: _Row(_done, is_over=True),
    Verdict.ORPHANED: _Row(_orphaned, is_over=True),
    Verdict.STALE: _Row(_stale),
    Verdict.BEHIND: _Row(_behind),
    Verdict.CURRENT: _Row(_current, speaks_against=False),
    Verdict.UNVERIFIABLE: _Row(_unverifiable, speaks_against=False),
}


def commits_since(evidence: Evidence) -> str:
    """Say how many commits came since a document's last change."""
    since = evidence.since
    if since is None or not since.number:
        return "no commits since it was written"
    more = "" if since.is_all else " or more"
    others = f", {since.by_others} of them by others" if since.by_others else ""
    if since.by_others == since.number:
        others = ", by somebody else" if since.number == 1 else ", all by others"
    return f"{count(since.number, 'commit')}{more} since it was written{others}"


# --- what is worth knowing whatever the verdict --------------------------------------------------


def _notes(case: _Case, verdict: Verdict) -> Iterator[str]:
    evidence = case.evidence
    branch = evidence.branch
    if verdict is Verdict.DONE:
        yield from _still_open(case.document)
    if branch is not None and not verdict.is_over:
        yield from _of_branch(branch)
    if verdict is not Verdict.ORPHANED and any(_is_gone(one) for one in evidence.paths):
        yield _gone(evidence.paths)
    moved = [one for one in evidence.paths if one.moved_to]
    for one in moved[:_MOST_NAMED]:
        yield f"{path(one.path)} moved to {path(one.moved_to or '')}"
    missing = [one for one in evidence.commits if one.exists is False]
    if missing:
        names = listed([word(one.id, 40) for one in missing], _MOST_NAMED)
        are = "commit {} is" if len(missing) == 1 else "commits {} are"
        yield f"{are.format(names)} not in this repository"
    for known in evidence.commits:
        if known.exists and not known.on:
            yield f"commit {word(known.id, 40)} is on no branch"


def _still_open(document: Document) -> Iterator[str]:
    """Name what is open in a document that seems to be done."""
    found = [box for box in each_box(document) if box.is_open]
    if found:
        are = "1 checkbox is open" if len(found) == 1 else f"{len(found)} checkboxes are open"
        says = f"says {_claimed(document)}; " if document.status is Status.COMPLETED else ""
        yield f"{says}{are}: {quoted(found[0].text, 60)}"


def _of_branch(branch: Branch) -> Iterator[str]:
    name = quoted(branch.name, 80)
    if branch.merged:
        yield _merge(branch, branch.merged)
    elif not branch.exists:
        yield f"branch {name} is {_away(branch)}"
    elif branch.is_upstream_gone:
        yield f"branch {name}: its upstream {quoted(branch.upstream or '', 80)} is gone"
    elif branch.ahead or branch.behind:
        numbers = [
            f"{number} {side}"
            for number, side in ((branch.ahead, "ahead of"), (branch.behind, "behind"))
            if number
        ]
        upstream = quoted(branch.upstream or "", 80)
        yield f"branch {name} is {' and '.join(numbers)} {upstream}"


def _is_gone(one: NamedPath) -> bool:
    """Tell whether a path was deleted; what was never there may still be to be made."""
    return not one.is_there and one.moved_to is None and one.was_there is True


def _gone(paths: tuple[NamedPath, ...]) -> str:
    gone = [one for one in paths if not one.is_there and one.moved_to is None]
    certain = [one for one in gone if _is_gone(one)] or gone
    away = "gone" if any(_is_gone(one) for one in gone) else "not there"
    names = listed([path(one.path) for one in certain], _MOST_NAMED)
    if len(paths) == 1:
        return f"the path that it names is {away}: {names}"
    are = "is" if len(certain) == 1 else "are"
    return f"{len(certain)} of {len(paths)} paths that it names {are} {away}: {names}"
