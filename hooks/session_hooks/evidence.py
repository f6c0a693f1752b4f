"""What documents claim, asked of git and the disk: the edge where evidence is gathered."""

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from session_hooks import dates, elsewhere, git_branches, git_facts, history, mentions
from session_hooks.activity import View
from session_hooks.asking import Asked, exists
from session_hooks.branch_names import branch_name
from session_hooks.document import Document
from session_hooks.facts import (
    Branch,
    Commit,
    Elsewhere,
    Evidence,
    GitFacts,
    NamedCommit,
    NamedPath,
    Since,
)
from session_hooks.formats import read_body
from session_hooks.git_parse import Refs
from session_hooks.git_run import Git
from session_hooks.history import History
from session_hooks.project import Project
from session_hooks.ticks import ticks

MOST_SHOWN = 20
"""How many commits since a document's last change are kept."""
_MOST_TOUCHED = 50
"""How many files of each of them are."""
_MOST_BRANCHES = 5
"""How many branches are looked into; each costs git up to ten questions."""
_MOST_IDS = 10
_MOST_TEXT = 200_000
"""Characters of a body; the steps of a longer one are not looked into."""
_MOST_DELETIONS = 5
_MOST_MOVES = 5


class _Git(NamedTuple):
    """The repository, as far as it was asked."""

    git: Git
    asked: Asked
    facts: GitFacts
    refs: Refs | None
    me: str | None
    """Who works here, by the name in the commits; None where that isn't known."""
    histories: dict[str, History | None]
    trees: dict[str, "_Files | None"]

    def is_checked_out(self, name: str) -> bool:
        """Tell whether a branch is the one that is checked out, given with its remote or not."""
        return self.facts.branch is not None and name.removeprefix("origin/") == self.facts.branch

    def history_of(self, ref: str) -> History | None:
        """Return the commits of a branch, asked once."""
        if ref not in self.histories:
            self.histories[ref] = git_facts.history(
                self.git, self.asked.project, ref, f"the commits of {ref}", files=True
            )
        return self.histories[ref]

    def files_at(self, commit: Commit) -> "_Files | None":
        """Return the paths that there were at a commit, asked once."""
        if commit.id not in self.trees:
            paths = git_facts.paths_at(self.git, commit.id)
            self.trees[commit.id] = None if paths is None else _files(paths)
        return self.trees[commit.id]


def gather(asked: Asked, seconds: float) -> GitFacts:
    """Ask git about the documents and what they name, for at most ``seconds``.

    What there was no time for is named in ``left_out``. Nothing at all is known outside git, and
    of a repository that git refuses.
    """
    project = asked.project
    if project.git_top is None:
        return GitFacts()
    git = Git(project.root, seconds)
    facts = git_facts.documents(git, project, asked.folders)
    if facts is None:
        return GitFacts(left_out=git.unanswered)
    if asked.taken:
        facts = facts._replace(
            changed=(facts.changed or frozenset()) | asked.taken,
            untracked=(facts.untracked or frozenset()) | asked.taken,
        )
    head = _head(git, project, facts)
    facts = _with_commits(git, asked, facts, head)
    asked = asked.ranked(facts)
    judged = asked.documents[: asked.judged]
    names = dict.fromkeys(name for document in judged if (name := _branch_of(document)))
    names |= dict.fromkeys(elsewhere.checked_out(project))
    refs = git_facts.refs(git) if names else None
    facts = facts._replace(
        tree=git_facts.tree(git, project, asked.places, asked.now),
        default_branch=refs.default if refs else None,
    )
    me = _me(git, head)
    known = _Git(git, asked, facts, refs, me, {"HEAD": head}, {})
    branches = _branches(known, list(names))
    evidence = {
        document.path: _evidence(
            known,
            document,
            branches,
            is_detailed=asked.detailed is None or index < asked.detailed,
        )
        for index, document in enumerate(judged)
    }
    facts = facts._replace(evidence=evidence, branches=branches, beyond=_beyond(known))
    return facts._replace(left_out=git.unanswered)


def _beyond(known: _Git) -> tuple[Elsewhere, ...]:
    """Return the active documents on other branches; of each only what one line tells."""
    asked = known.asked
    if asked.in_branches is None:
        return ()
    view = View(asked.now, known.facts)
    found = elsewhere.branches(asked.project, asked.in_branches, known.git, known.facts.branch)
    return tuple(
        one._replace(document=one.document._replace(head="", body="", agents=(), problems=()))
        for one in found
        if elsewhere.is_active(one, view)
    )


def with_tree(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    """Ask anew which files are changed."""
    git = Git(asked.project.root, seconds)
    found = git_facts.tree(git, asked.project, asked.places, asked.now)
    if found is None:
        return facts
    left_out = tuple(what for what in facts.left_out if what != git_facts.CHANGED_FILES)
    return facts._replace(tree=found, left_out=left_out)


def _me(git: Git, head: History | None) -> str | None:
    """Return who works here: the name that git commits with, if somebody of that name did."""
    name = git_facts.user_name(git)
    authors = {commit.author for commit in head.commits} if head else ()
    return name if name in authors else None


def _head(git: Git, project: Project, facts: GitFacts) -> History | None:
    if facts.is_unborn:
        return history.NOTHING
    return git_facts.history(git, project, "HEAD", "the commits", files=True)


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


# --- one document --------------------------------------------------------------------------------


class _Stand(NamedTuple):
    """Where the work stood when a document was written, and what came since."""

    written: datetime | None
    line: History
    """The commits that it is seen against."""
    base: Commit | None
    """The newest commit that was there."""
    commits: Sequence[Commit]
    is_all: bool
    """Whether these are all the commits since."""


def _evidence(
    known: _Git, document: Document, branches: Mapping[str, Branch], *, is_detailed: bool
) -> Evidence:
    branch = branches.get(_branch_of(document) or "")
    written = _written(document, known.facts, known.asked.now)
    line = _line_of(known, branch)
    if line is None:
        return Evidence(written, None, branch)
    is_shallow = bool(git_facts.shallow(known.asked.project))
    stand = _stand(document, line, known.facts, written)
    since = _since(stand, known.asked.places, known.me)
    unknown = "a shallow clone holds too few commits" if since is None and is_shallow else None
    found = Evidence(written, since, branch, unknown=unknown)
    if not is_detailed:
        return found
    found = found._replace(
        paths=_paths(known, document, stand),
        commits=_commits(known, document),
        is_off_disk=line is not known.histories["HEAD"],
    )
    if len(document.body) > _MOST_TEXT:
        return found
    return found._replace(ticks=ticks(document, read_body(document), found))


def _line_of(known: _Git, branch: Branch | None) -> History | None:
    """Return the commits that a document is to be seen against.

    Those of its own branch, where that is another one that is still worked on; else those of the
    working tree.
    """
    if branch is not None and branch.exists and not branch.merged and known.refs is not None:
        ref = known.refs.local(branch.name) or known.refs.remote(branch.name)
        if ref and not known.is_checked_out(branch.name) and ref in known.histories:
            return known.histories[ref]
    return known.histories["HEAD"]


def _written(document: Document, facts: GitFacts, now: datetime) -> datetime | None:
    """Return when a document was last changed; a checkout sets an unchanged file's time too."""
    said = [document.updated, document.created, (facts.committed or {}).get(document.path)]
    if facts.has_own_time(document.path):
        said.append(document.modified)
    return dates.latest(said, now)


def _stand(document: Document, line: History, facts: GitFacts, written: datetime | None) -> _Stand:
    own = None
    if facts.is_tracked(document.path) and not facts.has_own_time(document.path):
        own = history.last_touching(line, document.path)
    if own is not None:
        commits = history.after(line, own.id)
        if written is None or written <= own.when:
            return _Stand(written, line, own, commits, is_all=True)
        later = {one.id for one in history.since(line, written)}
        commits = tuple(one for one in commits if one.id in later)
        return _Stand(written, line, history.at(line, written), commits, is_all=True)
    if written is None:
        return _Stand(None, line, None, line.commits, line.is_all)
    commits = history.since(line, written)
    is_all = line.is_all or len(commits) < len(line.commits)
    return _Stand(written, line, history.at(line, written), commits, is_all)


def _since(stand: _Stand, places: Sequence[str], me: str | None) -> Since | None:
    """Count the commits since; None where git doesn't tell whether there are any."""
    counted = [
        one
        for one in stand.commits
        if _is_work(one, places) and not _is_only_moved(one, stand.written, me)
    ]
    if not counted and not stand.is_all:
        return None
    by_others = sum(one.author != me for one in counted) if me else 0
    newest = tuple(_shown(one) for one in counted[:MOST_SHOWN])
    return Since(len(counted), stand.is_all, newest, by_others)


def _is_work(commit: Commit, places: Sequence[str]) -> bool:
    """Tell whether a commit changed more of the project than documents, or nothing anywhere.

    A merge counts by the commits that it brings. Of a shallow clone's last commits nothing tells.
    """
    if len(commit.parents) > 1:
        return False
    if not commit.paths:
        return not commit.is_outside
    return not all(_is_in(path, places) for path in commit.paths)


def _is_only_moved(commit: Commit, written: datetime | None, me: str | None) -> bool:
    """Tell whether a rebase made a commit anew that its author made before the document."""
    return (
        commit.author == me
        and commit.authored is not None
        and written is not None
        and commit.authored <= written < commit.when
    )


def _is_in(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places if place)


def _shown(commit: Commit) -> Commit:
    touched = frozenset(sorted(commit.paths)[:_MOST_TOUCHED])
    return commit._replace(paths=touched, deleted=commit.deleted & touched, authored=None)


# --- branches ------------------------------------------------------------------------------------


def _branch_of(document: Document) -> str | None:
    return branch_name(document.branch)


def _branches(known: _Git, names: list[str]) -> dict[str, Branch]:
    if known.refs is None:
        return {}
    found = {}
    for name in names[:_MOST_BRANCHES] if known.asked.detailed is not None else names:
        found[name] = git_branches.read_branch(known.git, known.refs, name, known.history_of)
        ref = known.refs.local(name) or known.refs.remote(name)
        if ref and not found[name].merged and not known.is_checked_out(name):
            known.history_of(ref)
        if ref is None and known.is_checked_out(name):  # nothing is committed on it yet
            found[name] = Branch(name, exists=True)
    return found


# --- paths ---------------------------------------------------------------------------------------


class _Files(NamedTuple):
    """The paths of a whole tree as one text, each between two NULs: a hundred are looked for in it.

    Sets of fifty thousand paths would take a tenth of a second for each document.
    """

    text: str

    def has(self, path: str) -> bool:
        """Tell whether a path, a file's or a folder's, is one of them."""
        return f"\0{path}\0" in self.text or f"\0{path}/" in self.text

    def ending_in(self, path: str) -> list[str]:
        """Return the paths that end in one that was written without its beginning."""
        found = [path] if f"\0{path}\0" in self.text else []
        tail = f"/{path}\0"
        at = self.text.find(tail)
        while at >= 0:
            found.append(self.text[self.text.rfind("\0", 0, at) + 1 : at + len(tail) - 1])
            at = self.text.find(tail, at + 1)
        return list(dict.fromkeys(found))


def _files(paths: Iterable[str]) -> _Files:
    return _Files("\0".join(("", *paths, "")))


def _paths(known: _Git, document: Document, stand: _Stand) -> tuple[NamedPath, ...]:
    named = mentions.paths(document)
    if not named:
        return ()
    before = known.files_at(stand.base) if stand.base else None
    since = {path for commit in stand.commits for path in commit.paths}
    deleted = {path for commit in stand.commits for path in commit.deleted}
    files = _Files((before.text if before else "") + _files(sorted(since)).text)
    changed = (known.facts.tree.changed if known.facts.tree else None) or {}
    there = _there(known, stand)
    moves = _Moves(known, stand.line, there, {})
    found: dict[str, NamedPath] = {}
    for one in named:
        path = _resolved(document, one.text, files, there)
        if path is None or path in found:
            continue
        is_there = there(path)
        was_there = before.has(path) if before else (path in deleted or None)
        now = changed.get(path)
        found[path] = NamedPath(
            path,
            one.line,
            is_there,
            was_there,
            None if is_there or not was_there else moves.of(path),
            path in since or bool(now and stand.written and now > stand.written),
        )
    return tuple(found.values())


def _there(known: _Git, stand: _Stand) -> Callable[[str], bool]:
    """Return what tells whether a path is there: on the disk, or on a branch not checked out."""
    if stand.line is not known.histories["HEAD"] and stand.line.commits:
        files = known.files_at(stand.line.commits[0])
        if files is not None:
            return files.has
    return lambda path: exists(known.asked.project, path)


def _resolved(
    document: Document, text: str, files: _Files, there: Callable[[str], bool]
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
        living = [path for path in same if there(path)]
        return living[0] if len(living) == 1 else None
    return same[0] if same else text


class _Moves(NamedTuple):
    """Where the commits of a branch moved files to; each commit is asked once."""

    known: _Git
    line: History
    there: Callable[[str], bool]
    by_commit: dict[str, Mapping[str, str]]

    def of(self, path: str) -> str | None:
        """Return where a path that is gone is now."""
        for _ in range(_MOST_MOVES):
            commit = history.deletion(self.line, path)
            if commit is None:
                return None
            if commit.id not in self.by_commit:
                if len(self.by_commit) == _MOST_DELETIONS:
                    return None
                project = self.known.asked.project
                moved = git_facts.renames(self.known.git, project, commit.id)
                self.by_commit[commit.id] = moved
            target = self.by_commit[commit.id].get(path)
            if target is None or self.there(target):
                return target
            path = target
        return None


# --- commits -------------------------------------------------------------------------------------


def _commits(known: _Git, document: Document) -> tuple[NamedCommit, ...]:
    named = mentions.commits(document)[:_MOST_IDS]
    if not named:
        return ()
    found = git_facts.existing(known.git, [one.text for one in named])
    if found is None:
        return ()
    is_shallow = bool(git_facts.shallow(known.asked.project))
    head = known.histories["HEAD"] or history.NOTHING
    here = {one.id for one in head.commits}
    commits = []
    for one in named:
        whole = next((name for name in found if name.startswith(one.text)), None)
        if whole is None:
            commits.append(NamedCommit(one.text, one.line, None if is_shallow else False))
            continue
        own = (known.facts.branch or "HEAD",)
        on = own if whole in here else git_facts.branches_with(known.git, whole)
        is_known = on is not None
        commits.append(NamedCommit(one.text, one.line, True if is_known else None, on or ()))
    return tuple(commits)
