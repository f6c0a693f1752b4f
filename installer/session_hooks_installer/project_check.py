"""Whether a folder is a project that the hooks have anything to say of, and what is set in it."""

import os
from collections.abc import Iterable, Iterator

from session_hooks import config
from session_hooks.git_facts import is_ignored
from session_hooks.git_run import ANOTHER_USERS, NOT_FOUND, Git
from session_hooks.project import Project
from session_hooks.roots import CONFIG, SESSIONS
from session_hooks.scan import scan
from session_hooks.unread import lines, passed_over
from session_hooks_installer.findings import Code, Command, Finding, Words
from session_hooks_installer.handlers import Scope
from session_hooks_installer.installed import Installed, files_of
from session_hooks_installer.installing import Sharing, sharing
from session_hooks_installer.naming import quoted
from session_hooks_installer.places import Edited, Place

_SECONDS = 2.0
_NAMED = 3
"""How many groups of files are named that are not read."""


def check(project: Project) -> Iterator[Finding]:
    """Say what is wrong in the configuration, and whether there is any document."""
    settings = config.read(project)
    for problem in settings.problems:
        yield Finding(
            Code.WRONG_CONFIGURATION,
            f"{CONFIG}: {problem}",
            "Its default holds instead.",
            Words(f"mend {os.path.join(project.root, CONFIG)}"),
            path=os.path.join(project.root, CONFIG),
        )
    folder = os.path.join(project.root, SESSIONS)
    try:
        found = scan(project, _SECONDS, settings.places)
    except ImportError:  # that a dependency is broken is a finding of its own
        return
    if not os.path.lexists(folder) and not (found.documents or found.templates or found.unread):
        yield Finding(
            Code.NO_DOCUMENTS,
            "there is no document yet, so conversations here are told nothing",
            remedy=Words(f"to begin, mkdir -p {quoted(folder)}"),
            path=folder,
        )
    not_read = [*lines((*found.unread, *passed_over(project, settings, found)))]
    if not_read:
        more = [f"{len(not_read) - _NAMED} more, see: agent-session list --all"]
        yield Finding(
            Code.DOCUMENTS_NOT_READ,
            f"not read: {'; '.join(not_read[:_NAMED] + more[: len(not_read) > _NAMED])}",
        )


def check_shared(installed: Iterable[Installed]) -> Iterator[Finding]:
    """Say where git keeps the project's settings from everybody else."""
    for place in files_of(item for item in installed if item.scope is Scope.PROJECT):
        top = place.path.parent.parent
        if not os.path.exists(top / ".git"):
            continue
        is_kept = sharing(top, place.path.relative_to(top).as_posix())
        if is_kept in (Sharing.IGNORED, Sharing.NO_TREE):
            yield Finding(
                Code.SHARED_IGNORED,
                f"git ignores {place.path}"
                if is_kept is Sharing.IGNORED
                else f"{top} is no working tree of git, so {place.path} can't be committed",
                "So it stays here, and other worktrees don't get it.",
                Words("for you everywhere: install-hooks --scope user, then --uninstall here"),
                scope=Scope.PROJECT,
                path=str(place.path),
            )


def check_git(project: Project) -> Iterator[Finding]:
    """Say whether git refuses the repository; a git that isn't found is said elsewhere."""
    if project.git_top is None:
        return
    git = Git(project.root, _SECONDS)
    if git.start_status("--porcelain", "--untracked-files=no")() is not None:
        return
    refusal = git.refusal()
    if refusal is None or refusal == NOT_FOUND:
        return
    yield Finding(
        Code.GIT_REFUSES,
        refusal,
        "So nothing that a document claims is checked.",
        f"git config --global --add safe.directory {quoted(project.git_top)}"
        if refusal == ANOTHER_USERS
        else Words(f"see what it says: git -C {quoted(project.git_top)} status"),
        path=project.git_top,
    )


def check_local(installed: Iterable[Installed], command: Command) -> Iterator[Finding]:
    """Say whether git would share the local settings, which hold one person's paths."""
    for place in files_of(item for item in installed if item.scope is Scope.LOCAL):
        yield from _check_local(place, command)


def _check_local(place: Place, command: Command) -> Iterator[Finding]:
    top = place.path.parent.parent
    if not os.path.exists(top / ".git"):
        return
    name = place.path.relative_to(top).as_posix()
    why = "It holds paths of this machine, and is meant for you alone."
    if Git(str(top), _SECONDS).is_true("ls-files", "--error-unmatch", "--", name):
        yield Finding(
            Code.LOCAL_TRACKED,
            f"{place.path} is tracked by git",
            why,
            f"git -C {quoted(top)} rm --cached {name}",
            scope=Scope.LOCAL,
            path=str(place.path),
        )
    elif is_ignored(Project(str(top), str(top), has_session_files=False), name) is False:
        yield Finding(
            Code.LOCAL_NOT_IGNORED,
            f"{place.path} is not ignored by git",
            why,
            place.mended(command)
            if place.edited is not Edited.BY_HAND
            else Words(f"have git ignore {name}, in .git/info/exclude or .gitignore"),
            scope=Scope.LOCAL,
            path=str(place.path),
        )
