"""What git knew, brought up to date for the documents that changed, mostly without asking it.

A document is written many times between two commits. What the repository alone tells is the same
then, and of a document that was written after the newest commit it follows: nothing came since.
Where something doesn't follow for certain, there is no answer, and all of it is asked anew.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from session_hooks import archive, basis, claims, git_facts, mentions
from session_hooks.activity import written
from session_hooks.asking import Asked
from session_hooks.basis import Basis, Entry
from session_hooks.branch_names import branch_name
from session_hooks.document import Document
from session_hooks.facts import Branch, Commit, Evidence, GitFacts
from session_hooks.git_parse import Refs
from session_hooks.git_run import Git
from session_hooks.history import NOTHING, History
from session_hooks.named_things import MOST_IDS
from session_hooks.repository import Files, Repository

_CONVERTED = (b"\r", b"$Id", b"\0")
"""What git may read otherwise than it is written (gitattributes(5): text, ident, encodings)."""
_MODES = {"100644": False, "100755": True}
"""Of regular files, and whether they may be run."""


class UncertainError(Exception):
    """What was kept doesn't tell it."""


def renewed(
    facts: GitFacts, before: Basis, trees: Mapping[str, str], asked: Asked, seconds: float
) -> tuple[GitFacts, Basis] | None:
    """Return facts as if they were gathered now, in a repository that is as it was.

    ``facts`` were gathered from ``before``, with those ``trees``; the working tree's changed files
    are as they were last seen. None where it can't be told for certain.
    """
    if facts.left_out or facts.changed is None:
        return None
    git = Git(asked.project.root, seconds)
    try:
        return _renewed(git, facts, before, trees, asked)
    except UncertainError:
        return None
    finally:
        git.end()


def _renewed(
    git: Git, facts: GitFacts, before: Basis, trees: Mapping[str, str], asked: Asked
) -> tuple[GitFacts, Basis]:
    near = _near(before, asked)
    bare = _with_states(git, facts, before, asked, near)
    asked = asked.ranked(bare)
    judged = asked.to_judge
    if any(document.path not in near for document in judged):
        raise UncertainError
    branches = _branches(facts, before, judged)
    told = {one.id: one for found in facts.evidence.values() for one in found.commits}
    known = _repository(git, before, trees, asked, bare._replace(tree=facts.tree))
    known = known._replace(told=told)

    def evidence_of(document: Document, is_detailed: bool) -> Evidence:
        kept = facts.evidence.get(document.path)
        was_detailed = document.path in before.detailed
        if kept is not None and _is_same(document, facts, before, bare, near):
            if was_detailed == is_detailed:
                return kept
            if was_detailed:
                return Evidence(kept.written, kept.since, kept.branch, unknown=kept.unknown)
        return _evidence(known, document, branches, is_detailed)

    found = claims.of_documents(known, judged, evidence_of)
    if git.unanswered:
        raise UncertainError
    all_trees = {**trees, **{commit: _kept(files) for commit, files in known.trees.items()}}
    return (
        bare._replace(
            tree=facts.tree, evidence=found.evidence, branches=branches, beyond=facts.beyond
        ),
        before._replace(
            near=near,
            detailed=found.detailed,
            trees={commit: paths for commit, paths in all_trees.items() if paths},
        ),
    )


def _near(before: Basis, asked: Asked) -> dict[str, basis.State]:
    """Return the documents that are told apart, as they are now; those that are new with them."""
    others = {path: mark for path, mark in asked.marks.items() if path not in before.near}
    new: frozenset[str] = frozenset()
    if basis.rest(others.values()) != before.rest:
        first = {document.path for document in asked.to_judge}
        new = frozenset(first & others.keys())
        if basis.rest(mark for path, mark in others.items() if path not in new) != before.rest:
            raise UncertainError
    apart = before.near.keys() | new
    near = {one.path: basis.state(one, asked.now) for one in asked.documents if one.path in apart}
    if len(near) > basis.MOST_NEAR:
        raise UncertainError
    return near


# --- how git sees their files --------------------------------------------------------------------


def _with_states(
    git: Git, facts: GitFacts, before: Basis, asked: Asked, near: Mapping[str, basis.State]
) -> GitFacts:
    """Return what git knows of the documents' files now, without any evidence."""
    new, gone = near.keys() - before.near.keys(), before.near.keys() - near.keys()
    if (new or gone) and not before.is_whole:
        raise UncertainError
    changed, untracked = {*(facts.changed or ())}, {*(facts.untracked or ())}
    ignored = {*(facts.ignored or ())}
    unsure = []
    for path, now in near.items():
        was = before.near.get(path)
        if path in untracked or now == was:
            continue
        if path in (facts.committed or {}) and path not in facts.added:
            # It may have been completed before: then nobody asked for when it was added.
            raise UncertainError
        is_changed = _is_changed(asked, path, before.indexed.get(path), now[0])
        may_be_staged = path in changed and not is_changed
        # Git may have been told to read them as another encoding's.
        were_the_same = path not in changed and was is not None and was[0] == now[0]
        if is_changed is None or may_be_staged or (is_changed and were_the_same):
            unsure.append(path)
        elif is_changed:
            changed.add(path)
    changed = (changed - (gone & untracked)) | (gone - untracked)
    untracked -= gone
    ignored -= gone
    if unsure:
        told = git_facts.start_state(git, asked.project, unsure)()
        if told is None:
            raise UncertainError
        changed = (changed - {*unsure}) | (told.changed or frozenset())
        untracked |= told.untracked or frozenset()
        ignored |= told.ignored or frozenset()
    if not new <= untracked:  # when it was last committed isn't known
        raise UncertainError
    return GitFacts(
        facts.branch,
        frozenset(changed),
        frozenset(ignored),
        facts.committed,
        frozenset(untracked),
        facts.is_unborn,
        added=facts.added,
        before=facts.before,
    )


def _is_changed(asked: Asked, path: str, entry: Entry | None, digest: str) -> bool | None:
    """Tell whether a file isn't as git's index has it; None where git might see it otherwise."""
    if entry is None or entry.mode not in _MODES:
        return None
    place = os.path.join(asked.project.root, *path.split("/"))
    data = archive.read(place)
    if data is None:
        return None
    if archive.digest_of(data) != digest or any(sign in data for sign in _CONVERTED):
        return None
    try:
        may_be_run = bool(os.lstat(place).st_mode & stat.S_IXUSR)
        data.decode()
    except (OSError, UnicodeDecodeError):
        return None
    if may_be_run != _MODES[entry.mode]:
        return None
    kind = hashlib.sha1 if len(entry.blob) == 40 else hashlib.sha256
    return kind(b"blob %d\0%b" % (len(data), data)).hexdigest() != entry.blob


def _is_same(
    document: Document,
    facts: GitFacts,
    before: Basis,
    bare: GitFacts,
    near: Mapping[str, basis.State],
) -> bool:
    """Tell whether a document is as it was to git, and its text and dates too."""
    path = document.path
    was, now = before.near.get(path), near[path]
    if was == now:
        return True
    # The time of a file that is as git holds it says nothing.
    is_clean = not facts.has_own_time(path) and not bare.has_own_time(path)
    return is_clean and was is not None and (was[0], was[2][:2]) == (now[0], now[2][:2])


# --- what follows for a document -----------------------------------------------------------------


def _branches(facts: GitFacts, before: Basis, judged: Iterable[Document]) -> dict[str, Branch]:
    names = dict.fromkeys(name for one in judged if (name := branch_name(one.branch)))
    names |= dict.fromkeys(before.other_branches)
    if len(names) > basis.MOST_BRANCHES or any(name not in facts.branches for name in names):
        raise UncertainError
    return {name: facts.branches[name] for name in names}


def _repository(
    git: Git,
    before: Basis,
    trees: Mapping[str, str],
    asked: Asked,
    facts: GitFacts,
) -> Repository:
    """Return the repository with the newest commit of each line alone."""
    histories: dict[str, History | None] = {}
    tips = {}
    for name, line in before.lines.items():
        ref = f"refs/heads/{name}" if name else "HEAD"
        tips[ref] = line.tip
        newest = Commit(datetime.fromtimestamp(line.when, UTC), frozenset(), line.tip)
        histories[ref] = History((newest,), is_all=False) if line.tip else NOTHING
    return Repository(
        git,
        asked,
        facts,
        Refs(tips, {}, None),
        None,
        histories,
        {commit: Files(paths.replace("\n", "\0")) for commit, paths in trees.items()},
        {},
        {},
        is_shallow=False,
        is_sparse=False,
    )


def _evidence(
    known: Repository, document: Document, branches: Mapping[str, Branch], is_detailed: bool
) -> Evidence:
    """Return what is known of a document that was written after the newest commit.

    Raises UncertainError of any other, and where older commits would have to be known.
    """
    line = claims.line_of(known, branches.get(branch_name(document.branch) or ""))
    when = written(document, known.facts, known.asked.now)
    if line is None or when is None or not known.facts.has_own_time(document.path):
        raise UncertainError
    if line.commits and when < line.commits[0].when:
        raise UncertainError
    if is_detailed:
        named = mentions.commits(document)[:MOST_IDS]
        if any(one.text not in known.told for one in named):
            raise UncertainError
    found = claims.evidence(known, document, branches, is_detailed)
    if any(one.was_there and not one.is_there for one in found.paths):  # it may have been moved
        raise UncertainError
    return found


def _kept(files: Files | None) -> str | None:
    return None if files is None else basis.tree(files.text)
