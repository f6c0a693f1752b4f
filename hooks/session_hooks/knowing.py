"""What git knows, asked once: in an unchanged repository a start runs no git.

What there was no time for is asked again by a hook that has more of it, and by one that has as
much after a while: the first answer of a day may be slow because nothing was read from the disk
yet, and a repository that is always too slow must not cost every conversation those seconds.
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from session_hooks import facts_text, hook_io
from session_hooks.asking import Asked
from session_hooks.document import Document, Status
from session_hooks.facts import GitFacts, NamedPath
from session_hooks.formats import read_body
from session_hooks.git_state import fingerprint
from session_hooks.memory import Memory
from session_hooks.project import Project, exists
from session_hooks.records import Gathered

_GRACE = 0.2
"""Seconds beyond its own limit after which a git that can't be killed is left alone."""
ASKED_AGAIN = timedelta(minutes=10)
"""After how long what there was no time for is asked again for as long."""


class Knowledge(NamedTuple):
    """Facts, and what they were gathered from."""

    facts: GitFacts = GitFacts()
    key: str | None = None
    """What they depend on; None where that can't be told, or they are kept already."""


def learn(memory: Memory, asked: Asked, seconds: float, *, tree_now: bool = False) -> Knowledge:
    """Return what git knows of documents: remembered, if nothing has changed, else asked now.

    Asking takes at most ``seconds``. ``tree_now`` asks for the changed files in any case; else
    they are as they were last seen.
    """
    is_wanted = tree_now or asked.documents or asked.in_branches is not None
    if asked.project.git_top is None or not is_wanted or seconds <= 0:
        return Knowledge()
    key = _key(asked)
    kept = memory.do(lambda store: store.gathered(asked.project.root), None) if key else None
    facts = facts_text.from_text(kept.facts) if kept and kept.key == key else None
    if facts is not None and _is_worth_asking_again(facts, asked.now, seconds):
        facts = None
    try:
        # GitPython's import asks git for its version, and waits for the answer without a limit.
        with hook_io.time_limit(seconds + _GRACE):
            if facts is not None and not tree_now:
                return Knowledge(_seen_again(facts, asked))
            from session_hooks import evidence  # what it takes to ask is for a cold start alone

            if facts is None:
                return Knowledge(_noted(evidence.gather(asked, seconds), asked, seconds), key)
            facts = _seen_again(facts, asked)
            return Knowledge(evidence.with_tree(facts, asked, seconds), key)
    except hook_io.OutOfTimeError:
        if facts is not None:
            return Knowledge(_seen_again(facts, asked))
        nothing = GitFacts(left_out=("anything, git did not answer",))
        return Knowledge(_noted(nothing, asked, seconds), key)


def about(document: Document, asked: Asked, facts: GitFacts, seconds: float) -> GitFacts:
    """Add what git knows of a document that was taken from the working tree."""
    from session_hooks import evidence

    alone = asked._replace(
        documents=(document,), taken=frozenset({document.path}), in_branches=None
    )
    try:
        with hook_io.time_limit(seconds + _GRACE):
            found = evidence.gather(alone, seconds).evidence
    except hook_io.OutOfTimeError:
        return facts
    return facts._replace(evidence={**facts.evidence, **found})


def _noted(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    """Note how long git had, where that was too little."""
    return facts._replace(seconds=seconds, asked=asked.now) if facts.left_out else facts


def _is_worth_asking_again(facts: GitFacts, now: datetime, seconds: float) -> bool:
    if not facts.left_out or facts.asked is None or seconds < facts.seconds:
        return False
    return seconds > facts.seconds or not timedelta() <= now - facts.asked < ASKED_AGAIN


def keep(memory: Memory, project: str, now: datetime, known: Knowledge) -> None:
    """Remember what was asked now of the project in that folder."""
    if known.key is None or (known.facts.changed is None and not known.facts.left_out):
        return
    row = Gathered(project, known.key, now, facts_text.to_text(known.facts))
    memory.do(lambda store: store.keep(row), None)


def _seen_again(facts: GitFacts, asked: Asked) -> GitFacts:
    """Look at the disk for the paths of the document that leads; the others are as remembered."""
    for document in asked.ranked(facts).documents[:1]:
        found = facts.evidence.get(document.path)
        if found is None or found.is_off_disk:
            continue
        paths = tuple(_seen(one, asked.project) for one in found.paths)
        if paths != found.paths:
            from session_hooks.ticks import ticks  # 7 ms, and hardly ever needed

            found = found._replace(paths=paths)
            found = found._replace(ticks=ticks(document, read_body(document), found))
        evidence = {**facts.evidence, document.path: found}
        return facts._replace(evidence=evidence)
    return facts


def _seen(one: NamedPath, project: Project) -> NamedPath:
    is_there = exists(project, one.path)
    return one._replace(is_there=is_there, moved_to=None if is_there else one.moved_to)


def _dates(document: Document) -> tuple[datetime | None, ...]:
    return document.updated, document.created, document.modified


def _key(asked: Asked) -> str | None:
    """Return what the answers depend on: the repository, and the documents as they are."""
    repository = fingerprint(asked.project.git_top or "")
    if repository is None:
        return None
    documents = [
        (
            document.path,
            document.digest,
            document.modified.isoformat(),
            # A date in the future doesn't count until it is past.
            # Those of a completed session file decide nothing, and would be read from each.
            [moment and moment > asked.now for moment in _dates(document)]
            if document.status is not Status.COMPLETED
            else None,
        )
        for document in asked.documents
    ]
    parts = (
        facts_text.FORM,
        repository,
        documents,
        asked.folders,
        asked.places,
        asked.detailed,
        asked.in_branches,
        asked.view.max_age,
        asked.view.max_commits,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()
