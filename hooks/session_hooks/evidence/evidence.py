"""Gather the evidence on each document from git and the disk."""

import os
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from session_hooks.documents import references
from session_hooks.documents.formats import session
from session_hooks.documents.model import Boxes, Document, Status
from session_hooks.documents.registry import read_body
from session_hooks.evidence import elsewhere, history, queries
from session_hooks.evidence.completed_steps import ticks
from session_hooks.evidence.git import Git
from session_hooks.evidence.history import NOTHING, Stand, branch_name
from session_hooks.evidence.model import (
    NEAR,
    Branch,
    Commit,
    Elsewhere,
    Evidence,
    GitFacts,
    History,
    NamedCommit,
    NamedPath,
)
from session_hooks.evidence.repository import Asked, Files, Repository, files_of
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project, absolute, exists
from session_hooks.project.state import has_other_worktrees

_MOST_BRANCHES = 20
"""How many branches are looked into, as many as a hook can name documents; each costs git up to ten
questions, a merged one three."""
_MOST_EVER = 1000
"""How many are where nobody waits for a conversation."""
_MOST_IDS = 10
"""Of how many commits that a document names git is asked."""
_MOST_AT_ONCE = 500
"""Ids in one question; a hook's documents name fewer."""
_MOST_MOVES = 5
"""How many commits are asked what they renamed, and how often a file may have moved."""


def gather(asked: Asked, seconds: float) -> GitFacts:
    """Ask git about the documents and what they name, for at most ``seconds``.

    What there was no time for is named in ``left_out``. Nothing at all is known outside git, and
    of a repository that git refuses: then ``refusal`` says why.
    """
    if asked.project.git_top is None:
        return GitFacts()
    git = Git(asked.project.root, seconds)
    try:
        return _gather(git, asked)
    finally:
        git.end()


def _gather(git: Git, asked: Asked) -> GitFacts:
    project = asked.project
    # What doesn't need the answer to something else is asked at once: the processors are several.
    git.start_settings()
    head_asked = queries.start_history(git, project, "HEAD", "the commits")
    there = elsewhere.checked_out(project) if has_other_worktrees(project.git_top) else ()
    refs_asked = None
    if there or any(branch_name(document.branch) for document in asked.documents):
        refs_asked = queries.start_refs(git)
    documents_asked = queries.start_documents(git, project, asked.folders)
    tree_asked = queries.start_tree(git, project, asked.places, asked.now)
    for first in asked.documents[:1]:
        read_body(first)  # while git works: it is asked for below, and takes 30 ms
    facts = documents_asked()
    if facts is None:
        late = git.unanswered
        return GitFacts(left_out=late, refusal=None if late else git.refusal())
    if facts.branch is None:  # or one that is being rebased
        facts = facts._replace(branch=read_head(project.git_top).branch)
    if asked.taken:
        facts = facts._replace(
            changed=(facts.changed or frozenset()) | asked.taken,
            untracked=(facts.untracked or frozenset()) | asked.taken,
        )
    head = NOTHING if facts.is_unborn else head_asked()
    facts = _with_commits(git, asked, facts, head)
    asked = asked.ranked(facts)
    judged = asked.to_judge
    names = _named_branches(judged) | dict.fromkeys(there)
    most = _MOST_EVER if asked.detailed is None else _MOST_BRANCHES
    known = Repository(
        git,
        asked,
        facts._replace(tree=tree_asked()),
        refs_asked() if names and refs_asked else None,
        _me(git, head),
        {"HEAD": head},
        {},
        {},
        bool(queries.shallow(project)),
        queries.is_sparse(project),
    )
    branches = _branches(known, list(names)[:most])
    _ask_for_commits(known, judged[: asked.detailed])
    evidence = _of_documents(known, judged, branches)
    # After all that lies here: what there is no time for is elsewhere.
    beyond: tuple[Elsewhere, ...] = ()
    if asked.in_branches is not None:
        beyond = elsewhere.branches(project, asked.in_branches, git, facts.branch)
    if beyond and known.refs is None:
        known = known._replace(refs=(refs_asked or queries.start_refs(git))())
    theirs = _named_branches(one.document for one in beyond)
    branches |= _branches(known, [name for name in theirs if name not in branches][:most])
    facts = known.facts._replace(evidence=evidence, branches=branches)
    view = asked.view._replace(facts=facts)
    active = tuple(_on_one_line(one) for one in beyond if asked.judge.is_active(one, view))
    return facts._replace(beyond=active, left_out=git.unanswered)


def _named_branches(documents: Iterable[Document]) -> dict[str, None]:
    names = (branch_name(document.branch) for document in documents)
    return dict.fromkeys(name for name in names if name)


def _on_one_line(one: Elsewhere) -> Elsewhere:
    bare = one.document._replace(head="", body="", agents=(), problems=(), boxes=Boxes())
    return one._replace(document=bare)


def _me(git: Git, head: History | None) -> str | None:
    name = queries.user_name(git)
    authors = {commit.author for commit in head.commits} if head else ()
    return name if name in authors else None


def _with_commits(git: Git, asked: Asked, facts: GitFacts, head: History | None) -> GitFacts:
    if head is None:
        return facts
    documents = [one for one in asked.documents if facts.is_tracked(one.path)]
    paths = [document.path for document in documents]
    commits = head.commits
    touched = history.touches(commits, paths)
    if not head.is_all and len(touched) < len(paths):
        known = {one.id for one in commits}
        older = queries.document_commits(git, asked.project, asked.folders, asked.since)
        commits = (*commits, *(one for one in older if one.id not in known))
        touched = history.touches(commits, paths)
    # Of ten thousand completed session files hardly one's dates decide anything.
    dated = [
        one for one in documents if one.status is not Status.COMPLETED or one.format != session.NAME
    ]
    return facts._replace(
        committed={path: found[0].when for path, found in touched.items()},
        added=_added(git, asked.project, dated, commits, touched),
        before={
            document.path: found[1].when
            for document in dated
            if (found := touched.get(document.path, []))[1:] and document.path not in found[0].added
        },
    )


def _added(
    git: Git,
    project: Project,
    documents: Iterable[Document],
    commits: Sequence[Commit],
    touched: Mapping[str, Sequence[Commit]],
) -> dict[str, datetime]:
    """Return by path when documents were first committed, as far as that is known.

    One that was added long after its own dates may have been moved: what such commits renamed, git
    is asked.
    """
    found = {}
    moves: dict[str, dict[str, str]] = {}
    for document in documents:
        first = _first(document.path, touched.get(document.path, ()))
        own = [moment for moment in (document.updated, document.created) if moment]
        name = document.path
        while first and first.deleted and own and max(own) < first.when - NEAR:
            if first.id not in moves:
                if len(moves) == _MOST_MOVES:
                    break
                moved = queries.renames(git, project, first.id)
                moves[first.id] = {new: old for old, new in moved.items()}
            name = moves[first.id].get(name, "")
            older = commits[commits.index(first) + 1 :]
            earlier = _first(name, history.touches(older, [name]).get(name, ())) if name else None
            if earlier is None:
                break
            first = earlier
        if first:
            found[document.path] = first.when
    return found


def _first(path: str, commits: Iterable[Commit]) -> Commit | None:
    adding = [one for one in commits if path in one.added]
    return adding[-1] if adding else None


def _branches(known: Repository, names: Iterable[str]) -> dict[str, Branch]:
    if known.refs is None:
        return {}
    found = {}
    for name in names:
        found[name] = history.find_branch(known, known.refs, name)
        ref = known.refs.find(name)
        if ref and not found[name].merged and not known.stands_here(name):
            known.history_of(ref)
    return found


# --- of each document ----------------------------------------------------------------------------


def _of_documents(
    known: Repository, documents: Iterable[Document], branches: Mapping[str, Branch]
) -> dict[str, Evidence]:
    """Return what is known of each document by its path, of the first in every detail.

    What is done is told on one line: its details would be wanting at the one that leads.
    """
    view, room, judge = known.asked.view, known.asked.detailed, known.asked.judge
    found: dict[str, Evidence] = {}
    for document in documents:
        is_detailed = room is None or room > 0
        found[document.path] = _evidence(known, document, branches, is_detailed)
        facts = known.facts._replace(evidence=found)
        if room is not None and not judge.is_done(document, view._replace(facts=facts)):
            room -= 1
    return found


def _evidence(
    known: Repository, document: Document, branches: Mapping[str, Branch], is_detailed: bool
) -> Evidence:
    branch = branches.get(branch_name(document.branch) or "")
    when = known.asked.judge.written(document, known.facts, known.asked.now)
    line = _line_of(known, branch)
    if line is None:
        return Evidence(when, None, branch)
    stand = history.stand(document, line, known.facts, when)
    since = history.work_since(stand, known.asked.places, known.me)
    is_cut = since is None and known.is_shallow
    unknown = "a shallow clone holds too few commits" if is_cut else None
    found = Evidence(when, since, branch, unknown=unknown)
    if not is_detailed:
        return found
    found = found._replace(
        paths=_named_paths(known, document, stand),
        commits=_named_commits(known, document),
        is_off_disk=line is not known.histories["HEAD"] or known.is_sparse,
    )
    return found._replace(ticks=ticks(document, read_body(document), found))


def _line_of(known: Repository, branch: Branch | None) -> History | None:
    """Return the commits that a document is to be seen against.

    Those of its own branch, where that is another one that is still worked on; else those of the
    working tree.
    """
    if branch is not None and branch.exists and not branch.merged and known.refs is not None:
        ref = known.refs.find(branch.name)
        if ref and not known.stands_here(branch.name) and ref in known.histories:
            return known.histories[ref]
    return known.histories["HEAD"]


# --- the paths that it names ---------------------------------------------------------------------


def _named_paths(known: Repository, document: Document, stand: Stand) -> tuple[NamedPath, ...]:
    named = references.paths(document)
    if not named:
        return ()
    before = known.files_at(stand.base) if stand.base else None
    since = {path for commit in stand.commits for path in commit.paths}
    deleted = {path for commit in stand.commits for path in commit.deleted}
    files = Files((before.text if before else "") + files_of(sorted(since)).text)
    changed = known.facts.tree.changed if known.facts.tree else {}
    there = _there(known, stand)
    moves: dict[str, dict[str, str]] = {}
    found: dict[str, NamedPath] = {}
    for one in named:
        path = _resolved(document, one.text, files, there)
        if path is None or path in found:
            continue
        is_there = there(path)
        was_there = before.has(path) if before else (path in deleted or None)
        if was_there is False and is_there and path not in since:
            # git doesn't hold it: another folder's, or an ignored one.
            was_there = False if _is_newer(path, stand, known.asked.project) else None
        is_gone = was_there and not is_there
        now = changed.get(path)
        found[path] = NamedPath(
            path,
            one.line,
            is_there,
            was_there,
            _moved_to(path, known, stand.line, there, moves) if is_gone else None,
            path in since or bool(now and stand.written and now > stand.written),
        )
    return tuple(found.values())


def _is_newer(path: str, stand: Stand, project: Project) -> bool:
    try:
        changed = os.lstat(absolute(project.root, path)).st_mtime
    except OSError:
        return False
    return stand.written is not None and changed > stand.written.timestamp()


def _there(known: Repository, stand: Stand) -> Callable[[str], bool]:
    """Return what tells whether a path is there: on the disk, or on a branch not checked out."""
    project = known.asked.project
    is_here = stand.line is known.histories["HEAD"]
    if stand.line.commits and (not is_here or known.is_sparse):
        files = known.files_at(stand.line.commits[0])
        if files is not None:
            return lambda path: files.has(path) or (is_here and exists(project, path))
    return lambda path: exists(project, path)


def _resolved(
    document: Document, text: str, files: Files, there: Callable[[str], bool]
) -> str | None:
    """Return the path that is meant, relative to the project; None where it could be several.

    People write it from the project, from the document's own folder, or without its beginning.
    """
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), text))
    for path in (text, beside):
        if there(path):
            return path
    same = files.ending_in(text)
    if len(same) > 1:
        same = [path for path in same if there(path)]
        return same[0] if len(same) == 1 else None
    return same[0] if same else text


def _moved_to(
    path: str,
    known: Repository,
    line: History,
    there: Callable[[str], bool],
    moves: dict[str, dict[str, str]],
) -> str | None:
    """Return where a path that is gone is now; ``moves`` are the renames asked so far."""
    for _ in range(_MOST_MOVES):
        commit = next((one for one in line.commits if path in one.deleted), None)
        if commit is None:
            return None
        if commit.id not in moves:
            if len(moves) == _MOST_MOVES:
                return None
            moves[commit.id] = queries.renames(known.git, known.asked.project, commit.id)
        target = moves[commit.id].get(path)
        if target is None or there(target):
            return target
        path = target
    return None


# --- the commits that it names -------------------------------------------------------------------


def _ask_for_commits(known: Repository, documents: Iterable[Document]) -> None:
    """Ask at once about all the commits that documents name.

    Where git won't tell of one of them, each document is asked about alone.
    """
    ids: dict[str, None] = {}
    for document in documents:
        ids |= {one.text: None for one in references.commits(document)[:_MOST_IDS]}
        if len(ids) >= _MOST_AT_ONCE:
            break
    _look_up(known, ids)


def _look_up(known: Repository, ids: Collection[str]) -> bool:
    """Find out which commits there are; False where git doesn't tell.

    It is asked of those alone that aren't among the commits of HEAD, which are known.
    """
    head = known.histories["HEAD"] or NOTHING
    for one in ids:
        here = [commit.id for commit in head.commits if commit.id.startswith(one)]
        if one not in known.ids and len(here) == 1:
            known.ids[one] = here[0]
    wanted = [one for one in ids if one not in known.ids]
    found = queries.existing(known.git, wanted) if wanted else []
    if found is None:
        return False
    for one in wanted:
        known.ids[one] = next((name for name in found if name.startswith(one)), None)
    return True


def _named_commits(known: Repository, document: Document) -> tuple[NamedCommit, ...]:
    named = references.commits(document)[:_MOST_IDS]
    if not named or not _look_up(known, [one.text for one in named]):
        return ()
    here = {one.id for one in (known.histories["HEAD"] or NOTHING).commits}
    commits = []
    for one in named:
        whole = known.ids[one.text]
        if whole is None:
            commits.append(NamedCommit(one.text, one.line, None if known.is_shallow else False))
            continue
        own = (known.facts.branch or "HEAD",)
        on = own if whole in here else queries.branches_with(known.git, whole)
        commits.append(NamedCommit(one.text, one.line, None if on is None else True, on or ()))
    return tuple(commits)
