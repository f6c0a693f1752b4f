"""All that ``agent-session`` knows of a project: what the hooks see, without their haste."""

import os
from collections.abc import Iterable
from datetime import datetime

from session_hooks import config, elsewhere, plain
from session_hooks.activity import View
from session_hooks.asking import asked
from session_hooks.document import Document
from session_hooks.evidence import gather
from session_hooks.facts import Elsewhere, GitFacts, Scan
from session_hooks.git_run import Git
from session_hooks.project import Project
from session_hooks.ranking import JUDGE
from session_hooks.scan import scan
from session_hooks.unread import why
from session_hooks.values import Value

SECONDS = 60
"""How long reading may take, and asking git about everything; nobody waits for a conversation."""
GIT_SECONDS = 15
"""How long git is asked for what a person waits for."""
NOTHING = (0, 0)
"""The limits of who needs no evidence."""
_MOST_NAMED = 10


class RefusedError(Exception):
    """What can't be done; the message says why and what to do."""


class Survey(Value):
    """A project's documents and what they are judged against."""

    project: Project
    settings: config.Config
    scan: Scan
    view: View
    elsewhere: tuple[Elsewhere, ...] = ()
    """What is news in other worktrees and on other branches, where that was asked for."""


def survey(
    project: Project,
    now: datetime,
    *,
    limits: tuple[int | None, int] | None = None,
    name: str | None = None,
    beyond: bool = False,
) -> Survey:
    """Read a project's configuration and documents, and ask git about them.

    ``limits`` are as ``asked`` takes them; with a ``name``, evidence is of the document alone that
    a person names by it, in every detail. With ``beyond`` also the documents of the repository's
    other worktrees, and of its other branches where the project has them read.
    """
    settings = config.read(project)
    project = project._replace(redact=settings.redact)
    found = scan(project, SECONDS, settings.places)
    view = View(now, GitFacts(), settings.max_age, settings.max_commits)
    seen = Survey(project, settings, found, view)
    limits_for_all = limits if name is None else None
    wanted = asked(project, settings, found, view, JUDGE, limits=limits_for_all)
    if name is not None:
        wanted = wanted._replace(alone=_path_of(name, seen))
    facts = gather(wanted, SECONDS if limits is None and name is None else GIT_SECONDS)
    seen = seen._replace(view=view._replace(facts=facts))
    if not beyond:
        return seen
    others = (*_worktrees(seen), *(_branches(seen) if settings.branches else ()))
    return seen._replace(elsewhere=elsewhere.unique(others, found))


def _path_of(name: str, found: Survey) -> str:
    """Return the path of the document that a person names; "" where it isn't in the tree."""
    try:
        return find(name, found).path
    except RefusedError:
        return ""


def _worktrees(found: Survey) -> tuple[Elsewhere, ...]:
    return elsewhere.read_worktrees(found.project, found.settings.places, SECONDS).documents


def _branches(found: Survey) -> tuple[Elsewhere, ...]:
    git = Git(found.project.root, SECONDS)
    return elsewhere.branches(found.project, found.settings.places, git, found.view.facts.branch)


def find(name: str, found: Survey) -> Document:
    """Return the document that a person names by its path, from here or from the project.

    Its file's name alone is enough where no other document has it. Raises RefusedError where there
    is none, or several may be meant.
    """
    root = found.project.root
    wanted = os.path.realpath(name)
    inside = os.path.realpath(os.path.join(root, name))
    copies = (document for document, _ in found.scan.copies)
    for document in (*found.scan.documents, *found.scan.templates, *copies):
        if os.path.realpath(os.path.join(root, document.path)) in (wanted, inside):
            return document
    for file in found.scan.unread:
        if os.path.abspath(os.path.join(root, file.path)) in (wanted, inside):
            raise RefusedError(f"{name} can't be read: {file.reason}")
    if os.path.exists(wanted) or os.path.exists(inside):
        path = os.path.relpath(wanted if os.path.exists(wanted) else inside, root)
        reason = why(path.replace(os.sep, "/"), found.project, found.settings, found.scan)
        if reason is not None:
            raise RefusedError(f"{name} is not read: {reason}")
        raise RefusedError(
            f"{name} is no document: its folder or name is of no format. "
            "Those there are: agent-session list --all"
        )
    if (meant := by_its_name(name, found.scan.paths)) is not None:
        return find(os.path.join(root, meant), found)
    raise RefusedError(f"{name} does not exist. The documents there are: agent-session list --all")


def by_its_name(name: str, paths: Iterable[str]) -> str | None:
    """Return the path, of some with ``/``, that a person means by its file's name alone.

    None where it is none of them. Raises RefusedError where it may be several.
    """
    found = sorted({path for path in paths if path.rpartition("/")[2] == name})
    if len(found) > 1:
        shown = ", ".join(plain.path(path) for path in found[:_MOST_NAMED])
        more = ", …" if found[_MOST_NAMED:] else ""
        raise RefusedError(f"{name} may be each of these: {shown}{more}. Name one by its path")
    return found[0] if found else None


def find_elsewhere(name: str, found: Survey) -> Elsewhere | None:
    """Return the document that a person names in another worktree or on another branch.

    That is by its file in a worktree, or as REF:PATH; then whether it is news or not, and whether
    the project has branches read or not. None where the name is neither. Raises RefusedError where
    it is a REF:PATH of nothing, and says what there is.
    """
    others = _worktrees(found)
    wanted = [os.path.realpath(path) for path in (name, os.path.join(found.project.root, name))]
    for one in others:
        if one.file in wanted:
            return one
    if ":" not in name:
        return None
    others = (*others, *_branches(found))
    for one in others:
        if name == f"{one.ref}:{one.document.path}":
            return one
    news = elsewhere.unique(others, found.scan)
    there = [plain.path(f"{one.ref}:{one.document.path}") for one in news[:_MOST_NAMED]]
    said = "; ".join(there) + ("; …" if len(news) > _MOST_NAMED else "")
    raise RefusedError(
        f"{name} is no document that another worktree or branch added or changed. "
        + (f"Those there are: {said}" if there else "There is none.")
    )
