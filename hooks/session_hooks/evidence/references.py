"""Check the paths and commits that a document names against git."""

import os
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping

from session_hooks.documents import references
from session_hooks.documents.model import Document
from session_hooks.documents.registry import read_body
from session_hooks.evidence import history, queries
from session_hooks.evidence.completed_steps import ticks
from session_hooks.evidence.history import History, Stand
from session_hooks.evidence.model import Evidence, NamedCommit, NamedPath
from session_hooks.evidence.repository import Files, Repository, files_of
from session_hooks.project.project import Project, absolute, exists
from session_hooks.util.lazy import Value

MOST_IDS = 10
"""Of how many commits that a document names git is asked."""
_MOST_AT_ONCE = 500
"""Ids in one question; a hook's documents name fewer."""
_MOST_DELETIONS = 5
_MOST_MOVES = 5


def with_details(known: Repository, document: Document, stand: Stand, found: Evidence) -> Evidence:
    """Add what became of all that a document names, and which of its steps may be done."""
    found = found._replace(
        paths=_named_paths(known, document, stand),
        commits=_named_commits(known, document),
        is_off_disk=stand.line is not known.histories["HEAD"] or known.is_sparse,
    )
    return found._replace(ticks=ticks(document, read_body(document), found))


def _named_paths(known: Repository, document: Document, stand: Stand) -> tuple[NamedPath, ...]:
    """Tell of each path that a document names whether it is there, was, moved or changed."""
    named = references.paths(document)
    if not named:
        return ()
    before = known.files_at(stand.base) if stand.base else None
    since = {path for commit in stand.commits for path in commit.paths}
    deleted = {path for commit in stand.commits for path in commit.deleted}
    files = Files((before.text if before else "") + files_of(sorted(since)).text)
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
        if was_there is False and is_there and path not in since:
            # git doesn't hold it: another folder's, or an ignored one.
            was_there = False if _is_newer(path, stand, known.asked.project) else None
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


def _is_newer(path: str, stand: Stand, project: Project) -> bool:
    """Tell whether a file was written since a document was."""
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
        living = [path for path in same if there(path)]
        return living[0] if len(living) == 1 else None
    return same[0] if same else text


class _Moves(Value):
    """Where the commits of a branch moved files to; each commit is asked once."""

    known: Repository
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
                moved = queries.renames(self.known.git, project, commit.id)
                self.by_commit[commit.id] = moved
            target = self.by_commit[commit.id].get(path)
            if target is None or self.there(target):
                return target
            path = target
        return None


# --- commits -------------------------------------------------------------------------------------


def ask_for_commits(known: Repository, documents: Iterable[Document]) -> None:
    """Ask at once about all the commits that documents name.

    Where git won't tell of one of them, each document is asked about alone.
    """
    ids: dict[str, None] = {}
    for document in documents:
        ids |= {one.text: None for one in references.commits(document)[:MOST_IDS]}
        if len(ids) >= _MOST_AT_ONCE:
            break
    _look_up(known, ids)


def _look_up(known: Repository, ids: Collection[str]) -> bool:
    """Find out which commits there are; False where git doesn't tell.

    It is asked of those alone that aren't among the commits of HEAD, which are known.
    """
    head = known.histories["HEAD"] or history.NOTHING
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
    """Tell of each commit that a document names whether it is here, and on which branches."""
    named = references.commits(document)[:MOST_IDS]
    if not named:
        return ()
    if not _look_up(known, [one.text for one in named]):
        return ()
    head = known.histories["HEAD"] or history.NOTHING
    here = {one.id for one in head.commits}
    commits = []
    for one in named:
        whole = known.ids[one.text]
        if whole is None:
            commits.append(NamedCommit(one.text, one.line, None if known.is_shallow else False))
            continue
        own = (known.facts.branch or "HEAD",)
        on = own if whole in here else queries.branches_with(known.git, whole)
        is_known = on is not None
        commits.append(NamedCommit(one.text, one.line, True if is_known else None, on or ()))
    return tuple(commits)
