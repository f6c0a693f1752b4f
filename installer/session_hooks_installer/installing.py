"""The hooks put into one settings file, or taken out again: every step, and nothing printed.

What is changed is noted before it is changed, under a lock, so that it can be taken back whatever
happens in between.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks_installer import (
    ignoring,
    naming,
    record_file,
    replacing,
    settings_edit,
    settings_file,
)
from session_hooks_installer.handlers import HOOKS, Handler, Scope, handlers_for
from session_hooks_installer.json_text import SettingsError
from session_hooks_installer.locking import alone
from session_hooks_installer.record import (
    Entry,
    Record,
    Step,
    forgotten,
    noted,
    undo,
    undone,
    wanted,
)
from session_hooks_installer.refusal import RefusedError, pointed
from session_hooks_installer.settings_file import Change

_Edit = Callable[[str | None], str | None]
_LOCAL_LINE = "/.claude/settings.local.json"
_NOT_NOTED = (
    "What was changed could not be noted anywhere, so --uninstall will take out the hooks alone: "
    "an empty list or file that they leave stays."
)
_NOT_SHARED = {
    ignoring.Sharing.IGNORED: (
        "git ignores {path}: it stays here, and other worktrees don't get it. "
        "For you everywhere: install-hooks --scope user"
    ),
    ignoring.Sharing.NO_TREE: (
        "{top} is no working tree of git: {path} stays here, and the worktrees don't get it. "
        "For you everywhere: install-hooks --scope user"
    ),
}


class Outcome(NamedTuple):
    """What was changed, or would be."""

    settings: Change
    ignoring: tuple[Change, ...] = ()
    """The ignore files, changed or not."""
    can_be_committed: bool = False
    """Whether the settings are for everybody who has the repository, once they are committed."""
    notes: tuple[str, ...] = ()
    """What a person has to know besides, a sentence or two each."""

    @property
    def changes(self) -> list[Change]:
        """Return every file that is another one now."""
        every = (self.settings, *self.ignoring)
        return [change for change in every if change.after != change.before]


class _Job(NamedTuple):
    """One file's edit."""

    path: Path
    edit: _Edit
    line: str = ""
    """Of an ignore file, the line that it is about."""


class _Site(NamedTuple):
    """Where the hooks are installed, and what is noted of that."""

    settings: Path
    top: Path
    is_git: bool
    folders: list[str]
    kept: Record

    @property
    def key(self) -> str:
        return os.path.realpath(self.settings)


class _Plan(NamedTuple):
    """What is to be done, the settings first: what refuses them leaves the others alone."""

    jobs: list[_Job]
    notes: list[str]


def install(
    scope: Scope,
    repo: Path,
    environ: Mapping[str, str],
    handlers: Mapping[str, Handler],
    *,
    gitignore: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Put the handlers into a scope's settings file, and have git ignore what it should.

    Raises RefusedError, with nothing written, where a file is not to be edited.
    """
    site = _site(scope, repo, environ)
    if gitignore and not site.is_git:
        raise RefusedError(f"{site.top} is no git repository, so there is nothing to be ignored")

    def plan(site: _Site) -> _Plan:
        edit = _pointing(site, lambda text: settings_edit.install(text or "", handlers))
        plan = _Plan([_Job(site.settings, edit)], [])
        if scope is Scope.PROJECT and not os.path.samefile(repo, site.top):
            plan.notes.append(_started_at(site.top))
        exclude = ignoring.exclude_file(site.top) if site.is_git else None
        if scope is Scope.LOCAL and exclude:
            _ignore(site, plan, exclude, _LOCAL_LINE)
        if gitignore:
            _ignore(site, plan, site.top / ".gitignore", ignoring.NEXT_SESSION)
        return plan

    outcome = _do(site, plan, dry_run=dry_run, is_install=True)
    still = [] if dry_run else _still_not_ignored(site.top, outcome.ignoring)
    sharing = _sharing(site) if scope is Scope.PROJECT and site.is_git else None
    alone = [
        said.format(path=site.settings, top=site.top)
        for why, said in _NOT_SHARED.items()
        if why is sharing
    ]
    return outcome._replace(
        notes=(*outcome.notes, *still, *alone),
        can_be_committed=sharing is ignoring.Sharing.CAN_BE,
    )


def _sharing(site: _Site) -> ignoring.Sharing | None:
    return ignoring.sharing(site.top, site.settings.relative_to(site.top).as_posix())


def uninstall(
    scope: Scope, repo: Path, environ: Mapping[str, str], *, dry_run: bool = False
) -> Outcome:
    """Take our handlers out of a scope's settings file, and what was ignored for their sake.

    A file that nobody else changed since gets its former bytes back, and one that was made for the
    handlers goes. Raises RefusedError as ``install`` does.
    """

    def plan(site: _Site) -> _Plan:
        # Only the lines that we add, where we add them: a repository that came as an archive may
        # hold a made-up record.
        entries = [(path, line, site.kept.get(str(path))) for path, line in _lines(site)]
        jobs = [
            _Job(path, partial(_without_line, entry), line)
            for path, line, entry in entries
            if entry and entry.line == line and entry.wanted_by == (site.key,)
        ]
        return _Plan([_Job(site.settings, _pointing(site, partial(_taken_out, site))), *jobs], [])

    return _do(_site(scope, repo, environ), plan, dry_run=dry_run, is_install=False)


def where(repo: Path, environ: Mapping[str, str]) -> dict[Scope, Path]:
    """Return the scopes in whose settings our programs are run, with the file of each.

    A scope whose file can't be read counts as one without: to say so is for who edits it.
    """
    found = {}
    for scope in Scope:
        with contextlib.suppress(RefusedError, SettingsError):
            path = settings_file.locate(scope, repo, environ)
            if settings_edit.find(settings_file.read(path) or ""):
                found[scope] = path
    return found


def differing(
    others: Iterable[Scope], handlers: Mapping[str, Handler], programs: Path
) -> list[Scope]:
    """Return the scopes whose handlers Claude Code runs beside those: the same runs once."""
    return [scope for scope in others if handlers_for(scope, programs) != handlers]


def _lines(site: _Site) -> list[tuple[Path, str]]:
    """Return the lines that we add, and the files that we add them to: never through a link."""
    if not site.is_git:
        return []
    exclude = ignoring.exclude_file(site.top)
    both = ((site.top / ".gitignore", ignoring.NEXT_SESSION), (exclude, _LOCAL_LINE))
    return [(path, line) for path, line in both if path and not _is_linked(path)]


def _is_linked(path: Path) -> bool:
    return path.is_symlink() or path.parent.is_symlink()


def _site(scope: Scope, repo: Path, environ: Mapping[str, str]) -> _Site:
    path = settings_file.locate(scope, repo, environ)
    top = settings_file.project_root(repo)
    folders = record_file.folders_for(path, environ)
    is_git = scope is not Scope.USER and (top / ".git").exists()
    return _Site(path, top, is_git, folders, record_file.read(folders))


# --- What each file becomes ----------------------------------------------------------------------


def _pointing(site: _Site, edit: _Edit) -> _Edit:
    """Make an edit of the settings say which place in the file it refuses."""

    def pointing(text: str | None) -> str | None:
        try:
            return edit(text)
        except SettingsError as error:
            said = pointed(site.settings, error.line, error.column, error.message, error.source)
            raise RefusedError(said) from error

    return pointing


def _taken_out(site: _Site, text: str | None) -> str | None:
    """Take out our handlers, and as far as the text is what we made of it, give back the former.

    The record decides about white space and empty lists alone: it may be made up.
    """
    if text is None:
        return None
    bare = settings_edit.uninstall(text)
    before = undo(text, site.kept.get(site.key, Entry()).steps)
    former = None if before is None else settings_edit.uninstall(before)
    is_true = bare != text and _content(former) == _content(bare)
    return former if is_true else bare


def _content(text: str | None) -> dict[str, Any]:
    """Return what settings say, without the lists that are empty on the way to our handlers."""
    settings = settings_edit.load(text or "")
    hooks = settings.get("hooks")
    if isinstance(hooks, dict):
        events = [hook.event for hook in HOOKS]
        filled = {name: it for name, it in hooks.items() if it != [] or name not in events}
        settings = {**settings, "hooks": filled}
        return settings if filled else {k: v for k, v in settings.items() if k != "hooks"}
    return settings


def _without_line(entry: Entry, text: str | None) -> str | None:
    """Take a line of ours out of an ignore file; the record decides about its last line's end."""
    if text is None:
        return None
    bare = ignoring.without_line(text, entry.line)
    before = undo(text, entry.steps)
    is_true = bare != text and (before or "").splitlines() == bare.splitlines()
    return before if is_true else bare


def _ignore(site: _Site, plan: _Plan, path: Path, line: str) -> None:
    """Plan that git ignores what a line names: by that line in ``path``, where no rule does."""
    name = line.removeprefix("/")
    is_ignored = ignoring.is_ignored(site.top, name)
    if is_ignored is None:
        plan.notes.append(f"git could not be asked whether it ignores {name}: see that it does")
    elif not is_ignored and _is_linked(path):
        plan.notes.append(f"git does not ignore {name}, and {path} is a link, so it stays as it is")
    elif not is_ignored or str(path) in site.kept:
        plan.jobs.append(_Job(path, partial(_with_line, "" if is_ignored else line), line))
    if ignoring.is_tracked(site.top, name):
        plan.notes.append(_tracked(site.top, name))


def _with_line(line: str, text: str | None) -> str | None:
    return ignoring.with_line(text or "", line) if line else text


def _started_at(top: Path) -> str:
    return (
        f"Claude Code reads that file where it is started in {top}, and not in a folder below it. "
        "For those: install-hooks --scope user"
    )


def _tracked(top: Path, name: str) -> str:
    command = naming.git(top, f"rm --cached {name}")
    return f"git tracks {name}, so ignoring it has no effect. To mend it: {command}"


def _still_not_ignored(top: Path, changes: Iterable[Change]) -> Iterator[str]:
    """Name the rules that overrule the lines that are there now."""
    for change in changes:
        line = ignoring.NEXT_SESSION if change.path.name == ".gitignore" else _LOCAL_LINE
        name = line.removeprefix("/")
        if ignoring.is_ignored(top, name) is False:
            rule = ignoring.overruling(top, name)
            yield f"git does not ignore {name} even so, because of this rule: {rule}"


# --- Doing it ------------------------------------------------------------------------------------


def _do(site: _Site, make: Callable[[_Site], _Plan], *, dry_run: bool, is_install: bool) -> Outcome:
    plan = make(site)
    is_open = [_is_open(job) for job in plan.jobs]  # each, for one may refuse all
    is_noted = _record_after(site, plan, None, is_install=is_install) == site.kept
    is_left = record_file.is_left(site.folders) or any(map(replacing.left_beside, _files(site)))
    if dry_run or (is_noted and not is_left and not any(is_open)):
        changes = _each(plan, _dry)
    else:
        with alone(site.folders) as is_alone:
            # Another run may have ended while this one waited.
            site = site._replace(kept=record_file.read(site.folders))
            if is_alone:
                site = _swept(site)
            plan = make(site)
            changes = _locked(site, plan, is_install=is_install, sweep=is_alone)
    return Outcome(changes[0], tuple(changes[1:]), notes=tuple(plan.notes))


def _files(site: _Site) -> list[Path]:
    """Return the files that may be changed, where their links lead to."""
    paths = [site.settings, *(path for path, _ in _lines(site))]
    return [Path(os.path.realpath(path)) for path in paths]


def _swept(site: _Site) -> _Site:
    """Take away what killed runs left beside the files, and forget the steps that never were."""
    kept = site.kept
    for path in _files(site):
        for left in replacing.left_beside(path):
            with contextlib.suppress(OSError, ValueError):
                kept = undone(kept, str(path), Path(left).read_bytes().decode())
        replacing.sweep(path)
    if kept != site.kept:
        record_file.write(site.folders, kept)
    return site._replace(kept=kept)


def _locked(site: _Site, plan: _Plan, *, is_install: bool, sweep: bool) -> list[Change]:
    """Do the jobs, and keep what is true of them then; what is refused leaves nothing behind."""
    note = partial(_note, site, plan) if is_install else None
    try:
        changes = _each(plan, partial(_update, note=note, sweep=sweep))
        _tidy(site, plan, changes[0], is_install=is_install)
    except RefusedError:
        record_file.write(site.folders, site.kept)
        raise
    finally:
        record_file.remove_empty(site.folders)
    return changes


def _is_open(job: _Job) -> bool:
    """Tell whether there is anything to do. Raises RefusedError for settings alone."""
    try:
        return settings_file.unchanged(job.path, job.edit) is None
    except RefusedError:
        if job.line:
            return True
        raise


def _each(plan: _Plan, work: Callable[[_Job], Change]) -> list[Change]:
    """Do the jobs; of an ignore file that refuses it is told."""
    changes = []
    for job in plan.jobs:
        try:
            changes.append(work(job))
        except RefusedError as error:
            if not job.line:
                raise
            plan.notes.append(f"{job.path} was not changed: {str(error).splitlines()[0]}")
    return changes


def _dry(job: _Job) -> Change:
    text = settings_file.read(job.path)
    return Change(job.path, text, job.edit(text))


def _update(job: _Job, note: Callable[[_Job, Change], None] | None, *, sweep: bool) -> Change:
    before = None if note is None else partial(note, job)
    planned = _dry(job)
    if before is not None and planned.after not in (None, planned.before):
        # A killed run leaves no folder of which nobody knows that it is ours.
        folders = settings_file.missing_folders(Path(os.path.realpath(job.path)))
        before(planned._replace(after=None, made=folders))
    return settings_file.update(job.path, job.edit, before, sweep=sweep)


def _note(site: _Site, plan: _Plan, job: _Job, change: Change) -> None:
    """Keep what is needed to take a change back, right before it is made."""
    if change.after is None and not change.made:
        return
    path = os.path.realpath(job.path)
    made = {os.path.realpath(folder): Entry() for folder in change.made}
    kept = {**record_file.read(site.folders), **made}
    after: Record = kept
    if change.after is not None:
        after = noted(kept, path, Step.of(change.before, change.after), job.line)
    after = wanted(after, [*made, *_served(job)], site.key)
    if not record_file.write(site.folders, after) and _NOT_NOTED not in plan.notes:
        plan.notes.append(_NOT_NOTED)


def _tidy(site: _Site, plan: _Plan, change: Change, *, is_install: bool) -> None:
    """Keep what is still true; what is taken out is forgotten after it was."""
    site = site._replace(kept=record_file.read(site.folders))
    text = change.before if change.after != change.before else None
    after = _record_after(site, plan, text, is_install=is_install)
    around = [*Path(site.key).parents, *(path.parent for path, _ in _lines(site))]
    made = [path for path in around if str(path) in site.kept and str(path) not in after]
    settings_file.remove_folders(sorted(made))
    if after != site.kept:
        record_file.write(site.folders, after)


def _served(job: _Job) -> list[str]:
    """Return what, if it is ours, is there for the sake of a job: its line and its folder."""
    path = os.path.realpath(job.path)
    return [path, os.path.dirname(path)] if job.line else [os.path.dirname(path)]


def _record_after(site: _Site, plan: _Plan, text: str | None, *, is_install: bool) -> Record:
    """Return what is to be kept once the jobs are done and their steps noted.

    ``text`` is what the settings were before our handlers went; None where they were not there.
    """
    if not is_install:
        return forgotten(site.kept, site.key, text)
    return wanted(site.kept, [path for job in plan.jobs for path in _served(job)], site.key)
