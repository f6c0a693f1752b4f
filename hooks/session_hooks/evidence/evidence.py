"""Gather the evidence on each document from git and the disk."""

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence

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
    Asked,
    Branch,
    Commit,
    Elsewhere,
    Evidence,
    GitFacts,
    History,
    NamedCommit,
    NamedPath,
)
from session_hooks.evidence.queries import Refs
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import absolute, exists
from session_hooks.project.state import has_other_worktrees
from session_hooks.util.lazy import Value

_MOST_BRANCHES = 20  # as many as a hook can name documents; each costs up to ten questions
_MOST_EVER = 1000  # where nobody waits for a conversation
_MOST_MOVES = 20  # commits that are asked what they renamed, and moves of one file


class Files(Value):
    """Paths as one text between NULs: a set of fifty thousand takes a tenth of a second."""

    text: str

    def has(self, path: str) -> bool:
        return f"\0{path}\0" in self.text or f"\0{path}/" in self.text

    def ending_in(self, path: str) -> list[str]:
        found = [path] if f"\0{path}\0" in self.text else []
        tail = f"/{path}\0"
        at = self.text.find(tail)
        while at >= 0:
            found.append(self.text[self.text.rfind("\0", 0, at) + 1 : at + len(tail) - 1])
            at = self.text.find(tail, at + 1)
        return list(dict.fromkeys(found))


def files_of(paths: Iterable[str]) -> Files:
    return Files("\0".join(("", *paths, "")))


class Repository(Value):
    git: Git
    asked: Asked
    facts: GitFacts
    refs: Refs | None
    me: str | None  # by the name in the commits
    histories: dict[str, History | None]  # by a branch's full name, or HEAD
    trees: dict[str, Files | None]
    renames: dict[str, dict[str, str]]  # by a commit's id: where it moved files to
    ids: Mapping[str, str | None]  # by those in documents the whole ones; None: no such commit
    is_shallow: bool
    is_sparse: bool

    def stands_here(self, name: str) -> bool:
        if self.facts.branch is not None:
            return name.removeprefix("origin/") == self.facts.branch
        # As in a repository of jj, or after ``git checkout --detach``: HEAD may hold all of it.
        tip = self.refs.tips.get(self.refs.find(name) or "") if self.refs else None
        return any(commit.id == tip for commit in (self.histories["HEAD"] or NOTHING).commits)

    def history_of(self, ref: str) -> History | None:
        if ref not in self.histories:
            tip = self.refs.tips.get(ref) if self.refs else None
            same = [one for one in self.histories.values() if one is not None and one.tip == tip]
            what = f"the commits of {ref}"
            ask = queries.start_history
            found = same[0] if same else ask(self.git, self.asked.project, ref, what)()
            self.histories[ref] = found
        return self.histories[ref]

    def renames_in(self, commit: Commit) -> dict[str, str]:
        if commit.id not in self.renames and len(self.renames) < _MOST_MOVES:
            self.renames[commit.id] = queries.renames(self.git, self.asked.project, commit.id)
        return self.renames.get(commit.id, {})

    def files_at(self, commit: Commit) -> Files | None:
        if commit.id not in self.trees:
            paths = queries.paths_at(self.git, commit.id)
            self.trees[commit.id] = None if paths is None else files_of(paths)
        return self.trees[commit.id]


def gather(asked: Asked, seconds: float) -> GitFacts:
    """Ask git for some seconds; ``left_out`` names the rest, ``refusal`` says why there is none."""
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
    head_asked = queries.start_history(git, project, "HEAD", "the commits")
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
    authors = {commit.author for commit in head.commits} if head else ()
    known = Repository(
        git,
        asked,
        facts,
        refs=None,
        me=git.user_name if git.user_name in authors else None,
        histories={"HEAD": head},
        trees={},
        renames={},
        ids={},
        is_shallow=bool(queries.shallow(project)),
        is_sparse=queries.is_sparse(project),
    )
    facts = facts if head is None else _with_commits(known, head.commits)
    asked = asked.ranked(facts)
    judged = asked.documents[: asked.judged]
    there = elsewhere.checked_out(project) if has_other_worktrees(project.git_top) else ()
    names = _named_branches(judged) | dict.fromkeys(there)
    most = _MOST_EVER if asked.detailed is None else _MOST_BRANCHES
    known = known._replace(
        asked=asked,
        facts=facts._replace(tree=tree_asked()),
        refs=refs_asked(),
        ids=_look_up(git, judged[: asked.detailed]),
    )
    branches = _branches(known, list(names)[:most])
    evidence = _of_documents(known, judged, branches)
    # After all that lies here: what there is no time for is elsewhere.
    beyond: tuple[Elsewhere, ...] = ()
    if asked.in_branches is not None:
        beyond = elsewhere.branches(project, asked.in_branches, git, facts.branch)
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


def _with_commits(known: Repository, commits: Sequence[Commit]) -> GitFacts:
    facts = known.facts
    documents = [one for one in known.asked.documents if facts.is_tracked(one.path)]
    touched = history.touches(commits, [document.path for document in documents])
    # Of ten thousand completed session files hardly one's dates decide anything.
    dated = [
        one for one in documents if one.status is not Status.COMPLETED or one.format != session.NAME
    ]
    added = {one.path: _added(known, one, commits, touched.get(one.path, ())) for one in dated}
    return facts._replace(
        committed={path: found[0].when for path, found in touched.items()},
        added={path: first.when for path, first in added.items() if first},
        before={
            document.path: found[1].when
            for document in dated
            if (found := touched.get(document.path, []))[1:] and document.path not in found[0].added
        },
    )


def _added(
    known: Repository, document: Document, commits: Sequence[Commit], touching: Iterable[Commit]
) -> Commit | None:
    """Return the commit that first held a document, as far as that is known."""
    first = _first(document.path, touching)
    own = [moment for moment in (document.updated, document.created) if moment]
    name = document.path
    # One that was added long after its own dates may have been moved.
    while first and first.deleted and own and max(own) < first.when - NEAR:
        former = {new: old for old, new in known.renames_in(first).items()}
        name = former.get(name, "")
        earlier = _first(name, commits[commits.index(first) + 1 :])
        if earlier is None:
            break
        first = earlier
    return first


def _first(path: str, commits: Iterable[Commit]) -> Commit | None:
    adding = [one for one in commits if path in one.added]
    return adding[-1] if adding else None


def _branches(known: Repository, names: Iterable[str]) -> dict[str, Branch]:
    refs, here = known.refs, known.facts.branch
    if refs is None:
        return {}
    return {
        name: history.find_branch(known.git, refs, name, here, known.history_of) for name in names
    }


# --- of each document ----------------------------------------------------------------------------


def _of_documents(
    known: Repository, documents: Iterable[Document], branches: Mapping[str, Branch]
) -> dict[str, Evidence]:
    view, room, judge = known.asked.view, known.asked.detailed, known.asked.judge
    found: dict[str, Evidence] = {}
    for document in documents:
        is_detailed = room is None or room > 0
        found[document.path] = _evidence(known, document, branches, is_detailed)
        facts = known.facts._replace(evidence=found)
        # What is done is told on one line: its details would be wanting at the one that leads.
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
    by = next((one.author for one in line.commits if document.path in one.paths), None)
    is_own = not known.me or by == known.me or known.facts.has_own_time(document.path)
    found = Evidence(when, since, branch, unknown=unknown, changed_by=None if is_own else by)
    if not is_detailed:
        return found
    found = found._replace(
        paths=_named_paths(known, document, stand),
        commits=_named_commits(known, document),
        is_off_disk=line is not known.histories["HEAD"] or known.is_sparse,
    )
    return found._replace(ticks=ticks(document, read_body(document), found))


def _line_of(known: Repository, branch: Branch | None) -> History | None:
    """Return the commits that a document is seen against: of its branch, if it is worked on."""
    is_worked_on = branch is not None and branch.exists and not branch.merged
    if branch and is_worked_on and known.refs and not known.stands_here(branch.name):
        ref = known.refs.find(branch.name)
        if ref:
            return known.history_of(ref)
    return known.histories["HEAD"]


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
    found: dict[str, NamedPath] = {}
    for one in named:
        path = _resolved(document, one.text, files, there)
        if path is None or path in found:
            continue
        is_there = there(path)
        was_there = before.has(path) if before else (path in deleted or None)
        if was_there is False and is_there and path not in since:
            # git doesn't hold it: another folder's, or an ignored one.
            own = queries.written(absolute(known.asked.project.root, path))
            was_there = False if own and stand.written and own > stand.written else None
        is_gone = was_there and not is_there
        now = changed.get(path)
        found[path] = NamedPath(
            path,
            one.line,
            is_there,
            was_there,
            _moved_to(path, known, stand.line, there) if is_gone else None,
            path in since or bool(now and stand.written and now > stand.written),
        )
    return tuple(found.values())


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
    """Return the path that is meant, relative to the project; None where it could be several."""
    # People write it from the project, from the document's own folder, or without its beginning.
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
    path: str, known: Repository, line: History, there: Callable[[str], bool]
) -> str | None:
    for _ in range(_MOST_MOVES):
        commit = next((one for one in line.commits if path in one.deleted), None)
        target = known.renames_in(commit).get(path) if commit else None
        if target is None or there(target):
            return target
        path = target
    return None


def _look_up(git: Git, documents: Iterable[Document]) -> dict[str, str | None]:
    ids: dict[str, None] = {}
    for document in documents:
        ids |= {one.text: None for one in references.commits(document)}
    return queries.existing(git, ids) if ids else {}


def _named_commits(known: Repository, document: Document) -> tuple[NamedCommit, ...]:
    here = {one.id for one in (known.histories["HEAD"] or NOTHING).commits}
    commits = []
    for one in references.commits(document):
        if one.text not in known.ids:
            continue
        whole = known.ids[one.text]
        if whole is not None:
            own = (known.facts.branch or "HEAD",)
            on = own if whole in here else queries.branches_with(known.git, whole)
            commits.append(NamedCommit(one.text, one.line, None if on is None else True, on or ()))
        elif one.is_sure:
            commits.append(NamedCommit(one.text, one.line, None if known.is_shallow else False))
    return tuple(commits)
