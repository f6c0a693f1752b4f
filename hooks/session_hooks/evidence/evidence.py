"""Gather the evidence on each document from git and the disk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from session_hooks.documents.formats import session
from session_hooks.documents.model import Boxes, Document, Status
from session_hooks.evidence import history, queries
from session_hooks.evidence.branches import branch_name
from session_hooks.evidence.git import Git
from session_hooks.evidence.history import History
from session_hooks.evidence.model import NEAR, Branch, Commit, Elsewhere, Evidence, GitFacts
from session_hooks.evidence.repository import Asked, Repository
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project
from session_hooks.project.state import has_other_worktrees

_MOST_BRANCHES = 20
"""How many branches are looked into, as many as a hook can name documents; each costs git up to ten
questions, a merged one three."""
_MOST_EVER = 1000
"""How many are where nobody waits for a conversation."""
_MOST_MOVES = 5
"""How many commits are asked what they renamed."""


def gather(asked: Asked, seconds: float) -> GitFacts:
    """Ask git about the documents and what they name, for at most ``seconds``.

    What there was no time for is named in ``left_out``. Nothing at all is known outside git, and
    of a repository that git refuses: then ``refusal`` says why.
    """
    project = asked.project
    if project.git_top is None:
        return GitFacts()
    git = Git(project.root, seconds)
    try:
        return _gather(git, asked)
    finally:
        git.end()


def _gather(git: Git, asked: Asked) -> GitFacts:
    project = asked.project
    # What doesn't need the answer to something else is asked at once: the processors are several.
    git.start_settings()
    head_asked = queries.start_history(git, project, "HEAD", "the commits")
    there = _checked_out(project)
    refs_asked = None
    if there or any(_branch_of(document) for document in asked.documents):
        refs_asked = queries.start_refs(git)
    documents_asked = queries.start_documents(git, project, asked.folders)
    tree_asked = queries.start_tree(git, project, asked.places, asked.now)
    # Meanwhile, what its answers are held against: 7 ms.
    from session_hooks.evidence import references

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
    head = history.NOTHING if facts.is_unborn else head_asked()
    facts = _with_commits(git, asked, facts, head)
    asked = asked.ranked(facts)
    judged = asked.to_judge
    names = dict.fromkeys(name for document in judged if (name := _branch_of(document)))
    names |= dict.fromkeys(there)
    most = _MOST_EVER if asked.detailed is None else _MOST_BRANCHES
    refs = refs_asked() if names and refs_asked else None
    facts = facts._replace(tree=tree_asked())
    me = _me(git, head)
    known = Repository(
        git,
        asked,
        facts,
        refs,
        me,
        {"HEAD": head},
        {},
        {},
        bool(queries.shallow(project)),
        queries.is_sparse(project),
    )
    branches = _branches(known, list(names)[:most])
    references.ask_for_commits(known, judged[: asked.detailed])
    evidence = _of_documents(known, judged, branches)
    # After all that lies here: what there is no time for is elsewhere.
    beyond = _on_branches(git, asked, facts)
    if beyond and known.refs is None:
        known = known._replace(refs=(refs_asked or queries.start_refs(git))())
    theirs = dict.fromkeys(name for one in beyond if (name := _branch_of(one.document)))
    branches |= _branches(known, [name for name in theirs if name not in branches][:most])
    facts = facts._replace(evidence=evidence, branches=branches)
    view = asked.view._replace(facts=facts)
    active = tuple(_on_one_line(one) for one in beyond if asked.judge.is_active(one, view))
    return facts._replace(beyond=active, left_out=git.unanswered)


def _on_branches(git: Git, asked: Asked, facts: GitFacts) -> tuple[Elsewhere, ...]:
    """Return the documents on other branches, where the project has them read."""
    if asked.in_branches is None:
        return ()
    from session_hooks.evidence import elsewhere  # 3 ms, and most projects don't have them read

    return elsewhere.branches(asked.project, asked.in_branches, git, facts.branch)


def _checked_out(project: Project) -> tuple[str, ...]:
    """Return the branches that the repository's other worktrees have checked out."""
    if not has_other_worktrees(project.git_top):
        return ()
    from session_hooks.evidence import elsewhere  # as above

    return elsewhere.checked_out(project)


def _on_one_line(one: Elsewhere) -> Elsewhere:
    """Leave out of a document what is not told of it."""
    bare = one.document._replace(head="", body="", agents=(), problems=(), boxes=Boxes())
    return one._replace(document=bare)


def _me(git: Git, head: History | None) -> str | None:
    """Return who works here: the name that git commits with, if somebody of that name did."""
    name = queries.user_name(git)
    authors = {commit.author for commit in head.commits} if head else ()
    return name if name in authors else None


def _with_commits(git: Git, asked: Asked, facts: GitFacts, head: History | None) -> GitFacts:
    """Add when the documents were committed; beyond the newest commits by asking for them."""
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
    return facts._replace(
        committed={path: found[0].when for path, found in touched.items()},
        added=_added(git, asked.project, documents, commits, touched),
        before={
            document.path: found[1].when
            for document in documents
            if _is_dated(document)
            and (found := touched.get(document.path, []))[1:]
            and document.path not in found[0].added
        },
    )


def _is_dated(document: Document) -> bool:
    """Tell whether a document's dates decide anything: of ten thousand hardly one's do."""
    return not (document.status is Status.COMPLETED and document.format == session.NAME)


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
    for document in filter(_is_dated, documents):
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
    """Return the oldest of the commits that added a file."""
    adding = [one for one in commits if path in one.added]
    return adding[-1] if adding else None


def _branch_of(document: Document) -> str | None:
    return branch_name(document.branch)


def _branches(known: Repository, names: list[str]) -> dict[str, Branch]:
    if known.refs is None or not names:
        return {}
    from session_hooks.evidence import (
        branches as evidence_branches,  # documents without a branch need none of it
    )

    found = {}
    for name in names:
        found[name] = evidence_branches.read_branch(known, known.refs, name)
        ref = known.refs.local(name) or known.refs.remote(name)
        if ref and not found[name].merged and not known.stands_here(name):
            known.history_of(ref)
        if ref is None and known.is_checked_out(name):  # nothing is committed on it yet
            found[name] = Branch(name, exists=True)
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
    """Return what is known of one document."""
    branch = branches.get(branch_name(document.branch) or "")
    when = known.asked.judge.written(document, known.facts, known.asked.now)
    line = _line_of(known, branch)
    if line is None:
        return Evidence(when, None, branch)
    stand = history.stand(document, line, known.facts, when)
    since = history.work_since(stand, known.asked.places, known.me)
    unknown = (
        "a shallow clone holds too few commits" if since is None and known.is_shallow else None
    )
    found = Evidence(when, since, branch, unknown=unknown)
    if not is_detailed:
        return found
    from session_hooks.evidence import references

    return references.with_details(known, document, stand, found)


def _line_of(known: Repository, branch: Branch | None) -> History | None:
    """Return the commits that a document is to be seen against.

    Those of its own branch, where that is another one that is still worked on; else those of the
    working tree.
    """
    if branch is not None and branch.exists and not branch.merged and known.refs is not None:
        ref = known.refs.local(branch.name) or known.refs.remote(branch.name)
        if ref and not known.stands_here(branch.name) and ref in known.histories:
            return known.histories[ref]
    return known.histories["HEAD"]
