"""What git knows, asked once: in an unchanged repository a start runs no git.

What was known is brought up to date for documents that changed in it. What there was no time for is
asked again by a hook that has more of it, and by one that has as much after a while: the first
answer of a day may be slow because nothing was read from the disk yet, and a repository that is
always too slow must not cost every conversation those seconds.
"""

import hashlib
from datetime import datetime, timedelta

from session_hooks import facts_text, hook_io
from session_hooks.asking import Asked
from session_hooks.document import Document
from session_hooks.facts import GitFacts, NamedPath
from session_hooks.formats import read_body
from session_hooks.git_state import fingerprint
from session_hooks.memory import Memory
from session_hooks.project import Project, exists
from session_hooks.records import Gathered
from session_hooks.values import Value

_GRACE = 0.2
"""Seconds beyond its own limit after which a git that can't be killed is left alone."""
ASKED_AGAIN = timedelta(minutes=10)
"""After how long what there was no time for is asked again for as long."""


class Knowledge(Value):
    """Facts, and what they were gathered from."""

    facts: GitFacts = GitFacts()
    key: str | None = None
    """What they depend on; None where that can't be told, or they are kept already."""
    basis: str = ""
    """What they can be brought up to date from, as text; nothing where they can't."""


def learn(memory: Memory, asked: Asked, seconds: float, *, tree_now: bool = False) -> Knowledge:
    """Return what git knows of documents: remembered, if nothing has changed, else asked now.

    Asking takes at most ``seconds``. ``tree_now`` asks for the changed files in any case; else
    they are as they were last seen.
    """
    is_wanted = tree_now or asked.documents or asked.in_branches is not None
    if asked.project.git_top is None or not is_wanted or seconds <= 0:
        return Knowledge()
    key = _key(asked)
    kept = _kept(memory, asked, key, seconds)
    is_right = kept is not None and kept.key == key
    try:
        # A process that can't be killed, or a disk that doesn't answer, must not cost the start.
        with hook_io.time_limit(seconds + _GRACE):
            known = kept if is_right or kept is None else _renewed(kept, asked, key, seconds)
            if known is None:
                return _gathered(asked, key, seconds)
            facts = _seen_again(known.facts, asked)
            if tree_now:
                return known._replace(facts=with_tree(facts, asked, seconds))
            return Knowledge(facts) if is_right else known._replace(facts=facts)
    except hook_io.OutOfTimeError:
        if kept is not None and is_right:
            return Knowledge(_seen_again(kept.facts, asked))
        nothing = GitFacts(left_out=("anything, git did not answer",))
        return Knowledge(_noted(nothing, asked, seconds), key)


def _kept(memory: Memory, asked: Asked, key: str | None, seconds: float) -> Knowledge | None:
    """Return what is remembered of the repository as it is, of whatever documents."""
    row = memory.do(lambda store: store.gathered(asked.project.root), None) if key else None
    if row is None or key is None or row.key.partition(" ")[0] != key.partition(" ")[0]:
        return None
    text, _, found = row.facts.partition("\n")
    facts = facts_text.from_text(text)
    if facts is None or _is_worth_asking_again(facts, asked.now, seconds):
        return None
    return Knowledge(facts, row.key, found)


def _renewed(kept: Knowledge, asked: Asked, key: str | None, seconds: float) -> Knowledge | None:
    """Bring what is remembered up to date for the documents that changed; None where it can't."""
    from session_hooks import basis, renewing  # hardly ever needed: what documents name is read

    before = basis.from_text(kept.basis)
    if before is None:
        return None
    trees = basis.trees_from_text(kept.basis)
    found = renewing.renewed(kept.facts, before, trees, asked, seconds)
    return found and Knowledge(found[0], key, basis.to_text(found[1]))


def _gathered(asked: Asked, key: str | None, seconds: float) -> Knowledge:
    """Ask git, whatever is remembered."""
    from session_hooks import basis, evidence  # what it takes to ask is for a cold start alone

    facts, found = evidence.gather_to_keep(asked, seconds)
    return Knowledge(_noted(facts, asked, seconds), key, basis.to_text(found) if found else "")


def with_tree(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    """Ask anew which files are changed."""
    from session_hooks import git_facts
    from session_hooks.git_run import Git

    git = Git(asked.project.root, seconds)
    found = git_facts.start_tree(git, asked.project, asked.places, asked.now)()
    if found is None:
        return facts
    left_out = tuple(what for what in facts.left_out if what != git_facts.CHANGED_FILES)
    return facts._replace(tree=found, left_out=left_out)


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
    text = facts_text.to_text(known.facts)
    row = Gathered(project, known.key, now, f"{text}\n{known.basis}" if known.basis else text)
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


def _key(asked: Asked) -> str | None:
    """Return what the answers depend on: the repository, and the documents as they are."""
    repository = fingerprint(asked.project.git_top or "")
    if repository is None:
        return None
    parts = (
        facts_text.FORM,
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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
