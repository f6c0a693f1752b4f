"""Install and uninstall the handlers, step by step; nothing is printed."""

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.agents.agent import Agent
from session_hooks.evidence.git import Git
from session_hooks.project.state import git_common_dir
from session_hooks_installer import common
from session_hooks_installer.common import RefusedError, point_at, project_root
from session_hooks_installer.settings import edit, file, record, skills
from session_hooks_installer.settings.file import Change
from session_hooks_installer.settings.handlers import CLAUDE, Handler, Scope, command
from session_hooks_installer.settings.json_edit import SettingsError
from session_hooks_installer.settings.record import FileRecord, Record

NEXT_SESSION = "NEXT_SESSION.md"
_LOCAL_LINE = "/.claude/settings.local.json"
_SECONDS = 5


class Outcome(NamedTuple):
    settings: Change
    others: tuple[Change, ...] = ()  # of skills and ignore files
    can_be_committed: bool = False
    to_ignore: str = ""  # the command, where git would commit what a start is to take
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> list[Change]:
        return [one for one in (self.settings, *self.others) if one.after != one.before]


class _Site(NamedTuple):
    settings: Path
    top: Path
    is_git: bool
    folders: list[str]
    record: Record

    @property
    def key(self) -> str:
        return os.path.realpath(self.settings)


class _Plan(NamedTuple):
    jobs: list[tuple[Path, file.Edit]]  # the settings first: with them all the others are refused
    notes: list[str]


def install(
    scope: Scope,
    repo: Path,
    environ: Mapping[str, str],
    handlers: Mapping[str, Handler],
    *,
    features: Collection[str] = frozenset(),
    agent: Agent = CLAUDE,
    gitignore: bool = False,
    with_skills: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Raises RefusedError, with nothing written, where a file is not to be edited."""
    site = _site(scope, repo, environ, agent)
    if gitignore and not site.is_git:
        raise RefusedError(f"{site.top} is no git repository, so there is nothing to be ignored")

    def plan(site: _Site) -> _Plan:
        plan = _Plan(
            [(site.settings, lambda text: edit.install(text or "", handlers, features, agent))], []
        )
        for name, path in skills.paths(site.settings) if with_skills else ():
            plan.jobs.append((path, partial(skills.written, name)))
        exclude = exclude_file(site.top) if site.is_git else None
        if scope is Scope.LOCAL and exclude:
            _ignore(site, plan, exclude, _LOCAL_LINE)
        if gitignore:
            _ignore(site, plan, site.top / ".gitignore", NEXT_SESSION)
        return plan

    outcome = _do(site, plan, dry_run=dry_run, is_install=True)
    notes = [*outcome.notes, *_left_as_it_is(outcome)]
    if not dry_run:
        notes += _still_not_ignored(site.top, outcome)
    everywhere = command(repo, Scope.USER, agent)
    is_below = scope is Scope.PROJECT and not os.path.samefile(repo, site.top)
    if is_below and not agent.is_read_above:
        notes.append(
            f"{agent.title} reads that file where it is started in {site.top}, and not in a "
            f"folder below it. For those: {everywhere}"
        )
    shared = None
    if scope is Scope.PROJECT and site.is_git:
        shared = is_shared(site.top, site.settings.relative_to(site.top).as_posix())
    if shared is False:
        notes.append(
            f"git ignores {site.settings}: it stays here, and other worktrees don't get it. "
            f"For you everywhere: {everywhere}"
        )
    would_commit = site.is_git and not gitignore and is_ignored(site.top, NEXT_SESSION) is False
    is_open = would_commit and not is_tracked(site.top, NEXT_SESSION)
    return outcome._replace(
        notes=tuple(notes),
        can_be_committed=shared is True and site.key == str(site.settings),
        to_ignore=command(repo, scope, agent, "--gitignore") if is_open else "",
    )


def uninstall(
    scope: Scope,
    repo: Path,
    environ: Mapping[str, str],
    *,
    agent: Agent = CLAUDE,
    dry_run: bool = False,
) -> Outcome:
    """Give a file that nobody else changed since its former bytes back. Raises RefusedError."""

    def plan(site: _Site) -> _Plan:
        jobs: list[tuple[Path, file.Edit]] = [(site.settings, partial(_without_hooks, site, agent))]
        for _, path in skills.paths(site.settings) if agent is CLAUDE else ():
            jobs += [(path, skills.without)] if path.exists() else []
        for path, line in _lines(site):
            name = os.path.realpath(path)
            if {note.settings for note in site.record if note.path == name} == {site.key}:
                jobs.append((path, partial(_without_line, site, name, line)))
        return _Plan(jobs, [])

    return _do(_site(scope, repo, environ, agent), plan, dry_run=dry_run, is_install=False)


def where(repo: Path, environ: Mapping[str, str], agent: Agent = CLAUDE) -> dict[Scope, Path]:
    """Return the scopes whose settings run our programs, with their files, as far as readable."""
    found = {}
    for scope in Scope:
        with contextlib.suppress(RefusedError, SettingsError):
            path = file.locate(scope, repo, environ, agent)
            if edit.find(file.read(path) or "", agent):
                found[scope] = path
    return found


def in_project(repo: Path, environ: Mapping[str, str], agent: Agent) -> list[Path]:
    """Return the settings files of a project that run our programs."""
    there = where(repo, environ, agent)
    return [path for scope, path in there.items() if scope is not Scope.USER]


def may_hold_ours(scope: Scope, repo: Path, environ: Mapping[str, str], agent: Agent) -> bool:
    """Tell whether a file that can't be read or edited speaks of our programs."""
    try:
        path = file.locate(scope, repo, environ, agent)
        return edit.mentions((file.read_bytes(path) or b"").decode("utf-8", "replace"))
    except RefusedError:
        return False


def _site(scope: Scope, repo: Path, environ: Mapping[str, str], agent: Agent) -> _Site:
    path = file.locate(scope, repo, environ, agent)
    top = project_root(repo)
    folders = record.folders_for(path, environ)
    is_git = scope is not Scope.USER and (top / ".git").exists()
    return _Site(path, top, is_git, folders, record.read(folders))


def _lines(site: _Site) -> list[tuple[Path, str]]:
    if not site.is_git:
        return []
    # No others are changed, whatever the record says: one that came with an archive may be made up.
    both = ((site.top / ".gitignore", NEXT_SESSION), (exclude_file(site.top), _LOCAL_LINE))
    return [(path, line) for path, line in both if path and not _is_linked(path)]


def _is_linked(path: Path) -> bool:
    return path.is_symlink() or path.parent.is_symlink()


def _without_hooks(site: _Site, agent: Agent, text: str | None) -> str | None:
    """The record may be made up: it decides about white space and empty lists alone."""
    if text is None:
        return None
    bare = edit.uninstall(text, agent)
    if agent.plugin:
        return bare or None
    note = record.find(site.record, site.key, text)
    if note is not None and bare != text:
        with contextlib.suppress(SettingsError):
            former = None if note.former is None else edit.uninstall(note.former, agent)
            if _content(former, agent) == _content(bare, agent):
                return former
    return bare


def _content(text: str | None, agent: Agent) -> dict[str, Any]:
    """Return what settings say, without their form's version and empty lists of our events."""
    settings = edit.load(text or "", agent)
    if settings.get("version") == agent.version:
        settings.pop("version", None)
    if isinstance(hooks := settings.get("hooks"), dict):
        for event in agent.events.values():
            if hooks.get(event) == []:
                del hooks[event]
        if not hooks:
            del settings["hooks"]
    return settings


def _without_line(site: _Site, path: str, line: str, text: str | None) -> str | None:
    if text is None:
        return None
    bare = without_line(text, line)
    note = record.find(site.record, path, text)
    is_true = note and bare != text and (note.former or "").splitlines() == bare.splitlines()
    return note.former if note and is_true else bare


def _ignore(site: _Site, plan: _Plan, path: Path, line: str) -> None:
    name = line.removeprefix("/")
    is_out = is_ignored(site.top, name)
    if is_out is None:
        plan.notes.append(f"git could not be asked whether it ignores {name}: see that it does")
    elif is_out:
        if any(note.path == os.path.realpath(path) for note in site.record):  # wanted here, too
            plan.jobs.append((path, lambda text: text))
    elif _is_linked(path):
        plan.notes.append(f"git does not ignore {name}, and {path} is a link, so it stays as it is")
    else:
        plan.jobs.append((path, lambda text: with_line(text or "", line)))
    if is_tracked(site.top, name):
        way_out = common.git(site.top, f"rm --cached {name}")
        plan.notes.append(f"git tracks {name}, so ignoring it has no effect. To mend it: {way_out}")


def _left_as_it_is(outcome: Outcome) -> Iterator[str]:
    for change in outcome.others:
        if change.path.name == skills.FILE and not skills.is_ours(change.after or ""):
            yield f"{change.path} is somebody's own and stays as it is"


def _still_not_ignored(top: Path, outcome: Outcome) -> Iterator[str]:
    lines = {".gitignore": NEXT_SESSION, "exclude": _LOCAL_LINE}
    for line in (lines[one.path.name] for one in outcome.others if one.path.name in lines):
        name = line.removeprefix("/")
        if is_ignored(top, name) is False:
            rule = overruling(top, name)
            yield f"git does not ignore {name} even so, because of this rule: {rule}"


def with_line(text: str, line: str) -> str:
    if line in text.splitlines():
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text if not text or text.endswith("\n") else text + newline
    return f"{before}{line}{newline}"


def without_line(text: str, line: str) -> str:
    lines = text.splitlines(keepends=True)
    for index in reversed(range(len(lines))):
        if lines[index].rstrip() == line:
            return "".join(lines[:index] + lines[index + 1 :])
    return text


def exclude_file(top: Path) -> Path | None:
    folder = git_common_dir(str(top))
    return Path(folder, "info", "exclude") if folder else None


def is_ignored(top: Path, path: str) -> bool | None:
    """None if git can't say; ``path`` is relative to the top level."""
    return Git(str(top), _SECONDS).is_true("check-ignore", "--quiet", "--no-index", "--", path)


def is_shared(top: Path, path: str) -> bool | None:
    """Tell whether ``path`` can be committed; None as above."""
    is_out = is_ignored(top, path)
    return None if is_out is None else not is_out or is_tracked(top, path)


def overruling(top: Path, path: str) -> str:
    """Return the ignore rule that decides about ``path``: file, line, pattern; or ""."""
    asked = ("check-ignore", "--verbose", "--no-index", "--", path)
    answer = Git(str(top), _SECONDS).ask(*asked, what="what is ignored")
    return os.fsdecode(answer or b"").partition("\t")[0].strip()


def is_tracked(top: Path, path: str) -> bool:
    question = ("ls-files", "--error-unmatch", "--", path)
    return Git(str(top), _SECONDS).is_true(*question) is True


def _do(site: _Site, make: Callable[[_Site], _Plan], *, dry_run: bool, is_install: bool) -> Outcome:
    plan = make(site)
    changes = _run_jobs(plan, file.preview)
    is_recorded = _record_after(site, plan, changes, is_install=is_install) == site.record
    if not dry_run and not (is_recorded and all(one.after == one.before for one in changes)):
        with file.hold_lock(site.folders) as is_alone:
            # Another run may have ended while this one waited.
            site = site._replace(record=record.read(site.folders))
            plan = make(site)
            if is_alone:
                records = [Path(folder, record.FILE) for folder in site.folders]
                for path in (*(path for path, _ in plan.jobs), *records):
                    file.delete_leftovers(Path(os.path.realpath(path)))
            changes = _write(site, plan, is_install=is_install)
    return Outcome(changes[0], tuple(changes[1:]), notes=tuple(plan.notes))


def _run_jobs(plan: _Plan, work: Callable[[Path, file.Edit], Change]) -> list[Change]:
    changes = []
    for path, change in plan.jobs:
        try:
            changes.append(work(path, change))
        except SettingsError as error:
            said = point_at(path, error.line, error.column, error.message, error.source)
            raise RefusedError(said) from error
        except RefusedError as error:
            if path == plan.jobs[0][0]:
                raise
            plan.notes.append(f"{path} was not changed: {str(error).splitlines()[0]}")
    return changes


def _write(site: _Site, plan: _Plan, *, is_install: bool) -> list[Change]:
    try:
        if is_install:  # before the changes, in case that this is killed
            changes = _run_jobs(plan._replace(notes=[]), file.preview)
            kept = _record_after(site, plan, changes, is_install=True)
            if not record.write(site.folders, kept):
                plan.notes.append(
                    "What was changed could not be noted anywhere, so --uninstall will take out "
                    "the hooks alone: an empty list or file that they leave stays."
                )
        changes = _run_jobs(plan, file.update)
        after = _record_after(site, plan, changes, is_install=is_install)
        _remove_folders(site, changes, after)
        record.write(site.folders, after)
    except RefusedError:
        record.write(site.folders, site.record)
        raise
    finally:
        record.remove_empty(site.folders)
    return changes


def _remove_folders(site: _Site, changes: Iterable[Change], after: Record) -> None:
    """Remove what was made for the files, and is not needed any more, as far as it is empty."""
    no_skills = [
        one.path.parent for one in changes if one.path.name == skills.FILE and not one.after
    ]
    file.remove_folders([site.settings.parent / "skills", *no_skills] if no_skills else [])
    gone = {note.path for note in site.record} - {note.path for note in after}
    around = [*Path(site.key).parents, *(path.parent for path, _ in _lines(site))]
    file.remove_folders(sorted(one for one in around if str(one) in gone))


def _record_after(
    site: _Site, plan: _Plan, changes: Sequence[Change], *, is_install: bool
) -> Record:
    if not is_install:
        text = changes[0].before if changes[0].after != changes[0].before else None
        return record.forget(site.record, site.key, text)
    kept = site.record
    for change in changes:
        if change.after not in (None, change.before) and change.path.name != skills.FILE:
            made = (FileRecord(site.key, os.path.realpath(folder)) for folder in change.made)
            path = os.path.realpath(change.path)
            kept = record.add((*kept, *made), site.key, path, change.before, change.after)
    paths = [os.path.realpath(path) for path, _ in plan.jobs]
    return record.share(kept, site.key, {*map(os.path.dirname, paths), *paths[1:]})
