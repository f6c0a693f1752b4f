"""Cache git evidence, keyed by a fingerprint of repository and documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from session_hooks.documents.model import Agent, Boxes, Document, Problem, Status, Step
from session_hooks.documents.registry import read_body
from session_hooks.evidence.model import (
    Branch,
    Commit,
    Elsewhere,
    Evidence,
    GitFacts,
    Kind,
    Merged,
    NamedCommit,
    NamedPath,
    Since,
    Tick,
    Tree,
)
from session_hooks.project.gitdir import fingerprint
from session_hooks.project.project import Project, exists
from session_hooks.util.deadline import OutOfTimeError, time_limit
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

    from session_hooks.evidence.repository import Asked

_FORM = 7
"""Which form the text has: what another version of this module wrote is gathered anew."""
_GRACE = 0.2
"""Seconds beyond its own limit after which a git that can't be killed is left alone."""
ASKED_AGAIN = timedelta(minutes=10)
"""After how long what there was no time for is asked again for as long."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Knowledge(Value):
    """Facts, and what they depend on."""

    facts: GitFacts = GitFacts()
    key: str | None = None
    """None where that can't be told, or they are kept already."""


def learn(
    load: Callable[[], tuple[str, str] | None],
    asked: Asked,
    seconds: float,
    *,
    tree_now: bool = False,
) -> Knowledge:
    """Return what git knows of documents: as ``load`` has it, if nothing has changed, else asked.

    ``load`` returns the key and the text that ``keep`` saved last. Asking takes at most
    ``seconds``. ``tree_now`` asks for the changed files in any case; else they are as they were
    last seen.
    """
    is_wanted = tree_now or asked.documents or asked.in_branches is not None
    if asked.project.git_top is None or not is_wanted or seconds <= 0:
        return Knowledge()
    key = _key(asked)
    row = load() if key else None
    facts = from_text(row[1]) if row is not None and row[0] == key else None
    if facts is not None and _is_worth_asking_again(facts, asked.now, seconds):
        facts = None
    try:
        # A process that can't be killed, or a disk that doesn't answer, must not cost the start.
        with time_limit(seconds + _GRACE):
            if facts is None:
                return Knowledge(_gathered(asked, seconds), key)
            facts = _seen_again(facts, asked)
            if not tree_now:
                return Knowledge(facts)
            return Knowledge(with_tree(facts, asked, seconds), key)
    except OutOfTimeError:
        if facts is not None:
            return Knowledge(facts)
        nothing = GitFacts(left_out=("anything, git did not answer",))
        return Knowledge(_noted(nothing, asked, seconds), key)


def keep(save: Callable[[str, str], object], known: Knowledge) -> None:
    """Have what was asked now saved, under its key."""
    if known.key is None or (known.facts.changed is None and not known.facts.left_out):
        return
    save(known.key, to_text(known.facts))


def _gathered(asked: Asked, seconds: float) -> GitFacts:
    """Ask git, whatever is remembered."""
    from session_hooks.evidence import evidence  # what it takes to ask is for a cold start alone

    return _noted(evidence.gather(asked, seconds), asked, seconds)


def with_tree(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    """Ask anew which files are changed."""
    from session_hooks.evidence import queries
    from session_hooks.evidence.git import Git

    git = Git(asked.project.root, seconds)
    found = queries.start_tree(git, asked.project, asked.places, asked.now)()
    if found is None:
        return facts
    left_out = tuple(what for what in facts.left_out if what != queries.CHANGED_FILES)
    return facts._replace(tree=found, left_out=left_out)


def about(document: Document, asked: Asked, facts: GitFacts, seconds: float) -> GitFacts:
    """Add what git knows of a document that was taken from the working tree."""
    from session_hooks.evidence import evidence

    alone = asked._replace(
        documents=(document,), taken=frozenset({document.path}), in_branches=None
    )
    try:
        with time_limit(seconds + _GRACE):
            found = evidence.gather(alone, seconds).evidence
    except OutOfTimeError:
        return facts
    return facts._replace(evidence={**facts.evidence, **found})


def _noted(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    """Note how long git had, where that was too little."""
    return facts._replace(seconds=seconds, asked=asked.now) if facts.left_out else facts


def _is_worth_asking_again(facts: GitFacts, now: datetime, seconds: float) -> bool:
    if not facts.left_out or facts.asked is None or seconds < facts.seconds:
        return False
    return seconds > facts.seconds or not timedelta() <= now - facts.asked < ASKED_AGAIN


def _seen_again(facts: GitFacts, asked: Asked) -> GitFacts:
    """Look at the disk for the paths of the document that leads; the others are as remembered."""
    for document in asked.ranked(facts).documents[:1]:
        found = facts.evidence.get(document.path)
        if found is None or found.is_off_disk:
            continue
        paths = tuple(_seen(one, asked.project) for one in found.paths)
        if paths != found.paths:
            from session_hooks.evidence.completed_steps import ticks  # 7 ms, and hardly ever needed

            found = found._replace(paths=paths)
            found = found._replace(ticks=ticks(document, read_body(document), found))
        evidence = {**facts.evidence, document.path: found}
        return facts._replace(evidence=evidence)
    return facts


def _seen(one: NamedPath, project: Project) -> NamedPath:
    is_there = exists(project, one.path)
    return one._replace(is_there=is_there, moved_to=None if is_there else one.moved_to)


def _key(asked: Asked) -> str | None:
    """Return what the answers depend on: the repository, and the documents as they are."""
    repository = fingerprint(asked.project.git_top or "")
    if repository is None:
        return None
    parts = (
        _FORM,
        repository,
        asked.folders,
        _beyond_folders(asked),
        asked.judged,
        asked.detailed,
        asked.in_branches,
        asked.project.redact,
        asked.view.max_age,
        asked.view.max_commits,
    )
    documents = "\0".join(asked.marks.values())
    return f"{_digest(repr(parts))} {_digest(documents)}"


def _beyond_folders(asked: Asked) -> tuple[str, ...]:
    """Return the places that are no folder of documents, and lie in none."""
    folders = tuple(f"{folder}/" for folder in asked.places if folder)
    return tuple(place for place in asked.places if not place.startswith(folders))


# --- as text -------------------------------------------------------------------------------------


def to_text(facts: GitFacts) -> str:
    """Return facts as JSON behind its digest.

    Between the two stands when the changed files were seen, in microseconds since 1970: files that
    are seen again as they were are no other facts.
    """
    seen = ""
    if facts.tree is not None:
        seen = str((facts.tree.recorded - _EPOCH) // _MICROSECOND)
        facts = facts._replace(tree=facts.tree._replace(recorded=_EPOCH))
    text = json.dumps(_plain(facts), separators=(",", ":"))
    return f"{_digest(text)} {seen} {text}"


def from_text(text: str) -> GitFacts | None:
    """Read what ``to_text`` wrote; None for anything else."""
    digest, _, rest = text.partition(" ")
    seen, _, facts = rest.partition(" ")
    if digest != _digest(facts):
        return None
    found: GitFacts = _value(json.loads(facts))
    if found.tree is None:
        return found
    try:
        recorded = _EPOCH + int(seen) * _MICROSECOND
    except (ValueError, OverflowError):
        return None
    return found._replace(tree=found.tree._replace(recorded=recorded))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: what JSON doesn't know is a list that begins with its kind."""
    if isinstance(value, datetime):
        # As git gives them, and there is one for each document.
        is_whole = value.tzinfo is UTC and not value.microsecond
        return ["s", int(value.timestamp())] if is_whole else ["t", value.isoformat()]
    if isinstance(value, tuple):
        kind = type(value).__name__ if type(value) in _KINDS else "()"
        return [kind, *map(_plain, value)]
    if isinstance(value, frozenset):
        return ["{}", *sorted(value)]
    if isinstance(value, Kind | Status):
        return [type(value).__name__, value.value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _value(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {name: _value(item) for name, item in plain.items()}
    if isinstance(plain, list):
        return _MAKERS[plain[0]](*map(_value, plain[1:]))
    return plain


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_KINDS = (
    Agent, Boxes, Branch, Commit, Document, Elsewhere, Evidence, GitFacts, Kind, Merged,
    NamedCommit, NamedPath, Problem, Since, Status, Step, Tick, Tree,
)  # fmt: skip
_MAKERS: Mapping[str, Callable[..., Any]] = {
    **{kind.__name__: kind for kind in _KINDS},
    "s": _moment,
    "t": datetime.fromisoformat,
    "()": lambda *items: items,
    "{}": lambda *items: frozenset(items),
}
