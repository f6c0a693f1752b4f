"""What is left of a document's claims once they are held against git and the disk. Pure."""

from collections.abc import Iterator
from datetime import timedelta
from enum import Enum

from session_hooks.activity import View, is_old, shown_activity
from session_hooks.branch_names import branch_name
from session_hooks.dates import days
from session_hooks.document import Body, Document, Status
from session_hooks.facts import Branch, Evidence, GitFacts, Merged, NamedPath
from session_hooks.formats import read_body
from session_hooks.moments import ago, count
from session_hooks.outline import each_box
from session_hooks.plain import path, quoted, word
from session_hooks.values import Value

_AROUND_THE_MERGE = timedelta(hours=1)
"""How long after its branch was merged a document is still brought up to date for that merge."""
_MOST_NAMED = 3


class Verdict(Enum):
    """How far a document is to be believed; where several hold, the first one here."""

    DONE = "done"
    ORPHANED = "orphaned"
    STALE = "stale"
    BEHIND = "behind"
    CURRENT = "current"
    UNVERIFIABLE = "unverifiable"


class Judgement(Value):
    """A verdict and why, each reason in a few words."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()


def judge(document: Document, view: View) -> Judgement:
    """Return the verdict on a document; its own status is one claim among others."""
    evidence = view.facts.evidence.get(document.path, Evidence())
    found = _Case(document, view, evidence)
    for verdict, reasons in (
        (Verdict.DONE, tuple(_done(found))),
        (Verdict.ORPHANED, tuple(_orphaned(found))),
        (Verdict.STALE, tuple(_stale(found))),
    ):
        if reasons:
            first = _against_claim(document, verdict, reasons[0])
            return Judgement(verdict, (first, *reasons[1:], *_notes(found, verdict)))
    since = evidence.since
    if since is None:
        why = evidence.unknown or _unknown(view.facts)
        return Judgement(Verdict.UNVERIFIABLE, (why, *_notes(found, Verdict.UNVERIFIABLE)))
    verdict = Verdict.BEHIND if since.number else Verdict.CURRENT
    return Judgement(verdict, (commits_since(evidence), *_notes(found, verdict)))


def _unknown(facts: GitFacts) -> str:
    """Say why nothing is known of the commits since any document was written."""
    if facts.refusal:
        return facts.refusal
    if facts.changed is not None:
        return "git does not tell"
    return "git did not answer in time" if facts.left_out else "not in a git repository"


class _Case(Value):
    document: Document
    view: View
    evidence: Evidence


def _against_claim(document: Document, verdict: Verdict, reason: str) -> str:
    """Name the contradiction, where the document says something else of itself."""
    claims_work = document.status in (Status.IN_PROGRESS, Status.PAUSED)
    if not claims_work or verdict is Verdict.STALE:
        return reason
    return f"says {_claimed(document)}; {reason}"


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
    case = _Case(document, view, view.facts.evidence.get(document.path, Evidence()))
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
    """Say how a branch was merged, and when."""
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
    if branch is not None and verdict not in (Verdict.DONE, Verdict.ORPHANED):
        yield from _of_branch(branch)
    if verdict is not Verdict.ORPHANED and any(_is_gone(one) for one in evidence.paths):
        yield _gone(evidence.paths)
    moved = [one for one in evidence.paths if one.moved_to]
    for one in moved[:_MOST_NAMED]:
        yield f"{path(one.path)} moved to {path(one.moved_to or '')}"
    missing = [one for one in evidence.commits if one.exists is False]
    if missing:
        names = ", ".join(word(one.id, 40) for one in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if missing[_MOST_NAMED:] else ""
        are = "commit {} is" if len(missing) == 1 else "commits {} are"
        yield f"{are.format(names + more)} not in this repository"
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
    names = ", ".join(path(one.path) for one in certain[:_MOST_NAMED])
    more = f" and {len(certain) - _MOST_NAMED} more" if len(certain) > _MOST_NAMED else ""
    if len(paths) == 1:
        return f"the path that it names is {away}: {names}"
    are = "is" if len(certain) == 1 else "are"
    return f"{len(certain)} of {len(paths)} paths that it names {are} {away}: {names}{more}"
