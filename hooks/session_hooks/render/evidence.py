"""Words for verdicts and evidence."""

from collections.abc import Iterator, Sequence

from session_hooks.documents.formats import session
from session_hooks.documents.model import Step
from session_hooks.evidence.model import (
    Commit,
    Evidence,
    GitFacts,
    Kind,
    NamedCommit,
    NamedPath,
    Since,
    Tick,
    Tree,
)
from session_hooks.report.ranking import Entry
from session_hooks.report.verdict import Judgement, Verdict
from session_hooks.util.ages import ago, as_of, count
from session_hooks.util.safe_text import path, quoted, word

MOST_COMMITS = 5
_MOST_FILES = 3
_MOST_REASONS = 4
_ROOM = 400
"""Characters for the reasons of the leading document: its next steps and state come after them."""
_LITTLE_ROOM = 240
"""Characters for those of any other."""
_TICKS_ROOM = 500
"""Characters for what may be done already: the state comes after it."""
_ID = 7
"""Characters of a commit's id, as git shows it."""


def verdict(judgement: Judgement) -> str:
    """Say a document's verdict with its reasons; "" where nothing could be checked."""
    is_unknown = judgement.verdict is Verdict.UNVERIFIABLE
    reasons = judgement.reasons[1:] if is_unknown else judgement.reasons
    said = _as_many(reasons, _MOST_REASONS, _ROOM)
    # Of "current" no more is known than that no commit came since.
    return f"{judgement.verdict.value}, {said}" if judgement.verdict.speaks_against else said


def in_short(judgement: Judgement) -> str:
    """Say in a few words what speaks against a document; "" where nothing does."""
    if not judgement.verdict.speaks_against:
        return "; ".join(judgement.reasons[1:2])
    return _as_many(judgement.reasons[:2], 2, _LITTLE_ROOM)


def _as_many(reasons: Sequence[str], most: int, room: int) -> str:
    """Join the first reason and the others that there is room for; how many more, is said."""
    shown: list[str] = []
    for reason in reasons:
        if len(shown) < most and (not shown or len("; ".join([*shown, reason])) <= room):
            shown.append(reason)
    more = len(reasons) - len(shown)
    return "; ".join(shown) + (f"; {more} more" if more else "")


def put_aside(entry: Entry) -> str:
    """Name a document that is not quoted, and say why not, on one line."""
    document = entry.document
    title = f" {quoted(document.title, 60)}" if document.title else ""
    judged = entry.judgement
    return f"{path(document.path)}{title}: {judged.verdict.value}, {in_short(judged)}"


def put_aside_shortly(entry: Entry) -> str:
    """Say the same to a person: a session file by its title, and the main reason."""
    document = entry.document
    is_titled = document.title and document.format == session.NAME
    name = quoted(document.title, 60) if is_titled else path(document.path)
    return f"{name} ({entry.judgement.reasons[0]})"


def commits(evidence: Evidence) -> Iterator[str]:
    """List the commits since a document's last change, the newest first."""
    since = evidence.since
    if since is None or not since.number:
        return
    yield "Commits since it was written:"
    for commit in since.newest[:MOST_COMMITS]:
        yield f"- {one_commit(commit)}, {ago(commit.when.timestamp())}"
    more = since.number - len(since.newest[:MOST_COMMITS])
    if more:
        yield f"- {more} more" + ("" if since.is_all else " or still more")


def since(found: Since) -> str:
    """Name the newest commits of some on one line."""
    newest = ", ".join(
        f"{commit.id[:_ID]} {quoted(commit.subject, 60)}" for commit in found.newest[:_MOST_FILES]
    )
    more = "" if found.is_all else " or more"
    rest = ", …" if found.number > _MOST_FILES else ""
    return f"{count(found.number, 'commit')}{more}: {newest}{rest}"


def one_commit(commit: Commit) -> str:
    """Name a commit: its id, its subject and who made it."""
    by = f" by {quoted(commit.author, 40)}" if commit.author else ""
    return f"{commit.id[:_ID]} {quoted(commit.subject, 80)}{by}"


def tree(found: Tree | None) -> Iterator[str]:
    """Say which files are changed and not committed; the time, where that was seen before."""
    if found is None or not found.changed:
        return
    newest = sorted(found.changed, key=lambda name: found.changed[name], reverse=True)
    more = "" if found.is_all else " or more"
    when = as_of(found.recorded.timestamp())
    yield (f"Changed and not committed{when}: {count(len(newest), 'file')}{more}, {files(newest)}")


def files(names: Sequence[str]) -> str:
    """Name the first few files of some."""
    shown = ", ".join(path(name) for name in names[:_MOST_FILES])
    return shown + (", …" if len(names) > _MOST_FILES else "")


def possibly_done(evidence: Evidence) -> Iterator[str]:
    """Say for which next steps there is evidence; whether they are done it doesn't tell."""
    shown: dict[Step, list[str]] = {}
    for tick in _holding(evidence):
        shown.setdefault(tick.step, []).append(_shown(tick))
    if not shown:
        return
    yield "Possibly done already, to be checked:"
    room, left = _TICKS_ROOM, len(shown)
    for step, why in shown.items():
        line = f"- {quoted(step.text, 80)}: {'; '.join(why)}"
        room -= len(line)
        if room < 0 and left < len(shown):
            yield f"- {count(left, 'more step')}"
            return
        yield line
        left -= 1


def is_perhaps_done(step: Step | None, evidence: Evidence) -> bool:
    """Tell whether anything shows that a step may be done."""
    return any(tick.step == step for tick in _holding(evidence))


def _holding(evidence: Evidence) -> Iterator[Tick]:
    """Yield the ticks that the disk bears out now: they may be remembered."""
    is_there = {one.path: one.is_there for one in evidence.paths}
    for tick in evidence.ticks:
        if is_there.get(tick.what, True) is not (tick.kind is Kind.GONE):
            yield tick


def _shown(tick: Tick) -> str:
    if tick.kind is Kind.FILE:
        return f"{path(tick.what)} is there now"
    if tick.kind is Kind.GONE:
        return f"{path(tick.what)} is gone"
    if tick.kind is Kind.COMMIT and tick.commit is not None:
        return f"commit {one_commit(tick.commit)}"
    return f"ticked in line {tick.line}"


def details(evidence: Evidence) -> Iterator[str]:
    """Say all that git and the disk tell of what a document claims."""
    known = [
        *(f"  {path(one.path)}, line {one.line}: {_state(one)}" for one in evidence.paths),
        *(
            f"  commit {word(one.id, 40)}, line {one.line}: {_place(one)}"
            for one in evidence.commits
        ),
    ]
    if known:
        yield ""
        yield "what it names:"
        yield from known
    for lines in (possibly_done(evidence), commits(evidence)):
        said = list(lines)
        yield from ["", *said] if said else []


def _state(one: NamedPath) -> str:
    if one.moved_to:
        return f"moved to {path(one.moved_to)}"
    if not one.is_there:
        return "gone" if one.was_there else "not there"
    if one.was_there is False:
        return "there now, not when it was written"
    return "changed since" if one.has_changed else "as it was"


def _place(one: NamedCommit) -> str:
    if one.exists is None:
        return "not known in a shallow clone"
    if not one.exists:
        return "not in this repository"
    return f"on {', '.join(quoted(name, 80) for name in one.on)}" if one.on else "on no branch"


def left_out(facts: GitFacts) -> Iterator[str]:
    """Say what was not checked, and why not."""
    if facts.refusal:
        yield f"Nothing here is checked: {facts.refusal}."
    elif facts.is_silent:
        yield "Nothing here is checked: git did not answer in time."
    elif facts.left_out:
        yield f"Not checked for lack of time: {', '.join(facts.left_out[:_MOST_REASONS])}."
