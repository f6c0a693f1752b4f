"""What documents claim, asked of git and the disk: the edge where evidence is gathered."""

from collections.abc import Iterable, Mapping

from session_hooks import elsewhere, git_branches, git_facts, history, standing
from session_hooks.asking import Asked
from session_hooks.branch_names import branch_name
from session_hooks.document import Document
from session_hooks.facts import Branch, Elsewhere, Evidence, GitFacts
from session_hooks.formats import read_body
from session_hooks.git_run import Git
from session_hooks.history import History
from session_hooks.named_things import ask_for_commits, named_commits, named_paths
from session_hooks.repository import Repository
from session_hooks.ticks import ticks
from session_hooks.verdict import Verdict, judge

_MOST_BRANCHES = 20
"""How many branches are looked into, as many as a hook can name documents; each costs git up to ten
questions, a merged one three."""
_MOST_EVER = 1000
"""How many are where nobody waits for a conversation."""
_MOST_TEXT = 200_000
"""Characters of a body; the steps of a longer one are not looked into."""


def gather(asked: Asked, seconds: float) -> GitFacts:
    """Ask git about the documents and what they name, for at most ``seconds``.

    What there was no time for is named in ``left_out``. Nothing at all is known outside git, and
    of a repository that git refuses.
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
    head_asked = git_facts.start_history(git, project, "HEAD", "the commits")
    there = tuple(elsewhere.checked_out(project))
    refs_asked = None
    if there or any(_branch_of(document) for document in asked.documents):
        refs_asked = git_facts.start_refs(git)
    documents_asked = git_facts.start_documents(git, project, asked.folders)
    tree_asked = git_facts.start_tree(git, project, asked.places, asked.now)
    facts = documents_asked()
    if facts is None:
        return GitFacts(left_out=git.unanswered)
    if asked.taken:
        facts = facts._replace(
            changed=(facts.changed or frozenset()) | asked.taken,
            untracked=(facts.untracked or frozenset()) | asked.taken,
        )
    head = history.NOTHING if facts.is_unborn else head_asked()
    facts = _with_commits(git, asked, facts, head)
    asked = asked.ranked(facts)
    judged = asked.documents[: asked.judged]
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
        bool(git_facts.shallow(project)),
        git_facts.is_sparse(project),
    )
    branches = _branches(known, list(names)[:most])
    evidence = _of_documents(known, judged, branches)
    # After all that lies here: what there is no time for is elsewhere.
    beyond = _on_branches(git, asked, facts)
    if beyond and known.refs is None:
        known = known._replace(refs=(refs_asked or git_facts.start_refs(git))())
    theirs = dict.fromkeys(name for one in beyond if (name := _branch_of(one.document)))
    branches |= _branches(known, [name for name in theirs if name not in branches][:most])
    facts = facts._replace(evidence=evidence, branches=branches)
    view = asked.view._replace(facts=facts)
    active = tuple(_on_one_line(one) for one in beyond if elsewhere.is_active(one, view))
    return facts._replace(beyond=active, left_out=git.unanswered)


def _of_documents(
    known: Repository, documents: Iterable[Document], branches: Mapping[str, Branch]
) -> dict[str, Evidence]:
    """Return what is known of each document by its path, of the first in every detail.

    What is done is told on one line: its details would be wanting at the one that leads.
    """
    view, most = known.asked.view, known.asked.detailed
    found: dict[str, Evidence] = {}
    detailed = 0
    documents = tuple(documents)
    ask_for_commits(known, documents[:most])
    for document in documents:
        is_detailed = most is None or detailed < most
        found[document.path] = _evidence(known, document, branches, is_detailed=is_detailed)
        facts = known.facts._replace(evidence=found)
        is_done = judge(document, view._replace(facts=facts)).verdict is Verdict.DONE
        detailed += 0 if is_done else 1
    return found


def _on_branches(git: Git, asked: Asked, facts: GitFacts) -> tuple[Elsewhere, ...]:
    """Return the documents on other branches, where the project has them read."""
    if asked.in_branches is None:
        return ()
    return elsewhere.branches(asked.project, asked.in_branches, git, facts.branch)


def _on_one_line(one: Elsewhere) -> Elsewhere:
    """Leave out of a document what is not told of it."""
    bare = one.document._replace(head="", body="", agents=(), problems=())
    return one._replace(document=bare)


def with_tree(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    """Ask anew which files are changed."""
    git = Git(asked.project.root, seconds)
    found = git_facts.start_tree(git, asked.project, asked.places, asked.now)()
    if found is None:
        return facts
    left_out = tuple(what for what in facts.left_out if what != git_facts.CHANGED_FILES)
    return facts._replace(tree=found, left_out=left_out)


def _me(git: Git, head: History | None) -> str | None:
    """Return who works here: the name that git commits with, if somebody of that name did."""
    name = git_facts.user_name(git)
    authors = {commit.author for commit in head.commits} if head else ()
    return name if name in authors else None


def _with_commits(git: Git, asked: Asked, facts: GitFacts, head: History | None) -> GitFacts:
    """Add when the documents were last committed; beyond the newest commits by asking for them."""
    if head is None:
        return facts
    paths = [document.path for document in asked.documents if facts.is_tracked(document.path)]
    touched = history.last_touches(head)
    last = {path: commit.when for path in paths if (commit := touched.get(path)) is not None}
    facts = facts._replace(committed=last)
    if head.is_all or len(last) == len(paths):
        return facts
    return git_facts.with_commits(git, asked.project, asked.folders, asked.since, facts)


def _branch_of(document: Document) -> str | None:
    return branch_name(document.branch)


def _branches(known: Repository, names: list[str]) -> dict[str, Branch]:
    if known.refs is None:
        return {}
    found = {}
    for name in names:
        found[name] = git_branches.read_branch(known.git, known.refs, name, known.history_of)
        ref = known.refs.local(name) or known.refs.remote(name)
        if ref and not found[name].merged and not known.is_checked_out(name):
            known.history_of(ref)
        if ref is None and known.is_checked_out(name):  # nothing is committed on it yet
            found[name] = Branch(name, exists=True)
    return found


# --- one document --------------------------------------------------------------------------------


def _evidence(
    known: Repository, document: Document, branches: Mapping[str, Branch], *, is_detailed: bool
) -> Evidence:
    branch = branches.get(_branch_of(document) or "")
    written = standing.written(document, known.facts, known.asked.now)
    line = _line_of(known, branch)
    if line is None:
        return Evidence(written, None, branch)
    stand = standing.stand(document, line, known.facts, written)
    since = standing.since(stand, known.asked.places, known.me)
    unknown = (
        "a shallow clone holds too few commits" if since is None and known.is_shallow else None
    )
    found = Evidence(written, since, branch, unknown=unknown)
    if not is_detailed:
        return found
    found = found._replace(
        paths=named_paths(known, document, stand),
        commits=named_commits(known, document),
        is_off_disk=line is not known.histories["HEAD"] or known.is_sparse,
    )
    if len(document.body) > _MOST_TEXT:
        return found
    return found._replace(ticks=ticks(document, read_body(document), found))


def _line_of(known: Repository, branch: Branch | None) -> History | None:
    """Return the commits that a document is to be seen against.

    Those of its own branch, where that is another one that is still worked on; else those of the
    working tree.
    """
    if branch is not None and branch.exists and not branch.merged and known.refs is not None:
        ref = known.refs.local(branch.name) or known.refs.remote(branch.name)
        if ref and not known.is_checked_out(branch.name) and ref in known.histories:
            return known.histories[ref]
    return known.histories["HEAD"]
