"""Check the project: documents, state folder, error log, git."""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from session_hooks.documents import config
from session_hooks.documents.scan import describe_unread, passed_over, scan
from session_hooks.evidence.git import ANOTHER_USERS, NOT_FOUND, Git
from session_hooks.memory.database import NAME
from session_hooks.memory.memory import BROKEN, BUSY, UNUSABLE, error_code
from session_hooks.memory.store import BUSY_SECONDS, NewerSchemaError, Store
from session_hooks.project import error_log
from session_hooks.project.project import CONFIG, SESSIONS, Project, upward
from session_hooks.util import safe_text
from session_hooks_installer.check.findings import Code, Finding, Words
from session_hooks_installer.check.settings import Installed, files_of
from session_hooks_installer.common import quoted
from session_hooks_installer.settings.handlers import Scope, command
from session_hooks_installer.settings.install import is_ignored, is_shared, is_tracked

_SECONDS = 2.0
_MAX_GROUPS = 3


def check_documents(project: Project) -> Iterator[Finding]:
    settings = config.read(project)
    file = os.path.join(project.root, CONFIG)
    for problem in settings.problems:
        remedy = Words(f"mend {file}")
        yield Finding(Code.WRONG_CONFIGURATION, f"{CONFIG}: {problem}", remedy, path=file)
    folder = os.path.join(project.root, SESSIONS)
    try:
        found = scan(project, _SECONDS, settings.places)
    except ImportError:  # that a dependency is broken is a finding of its own
        return
    if not os.path.lexists(folder) and not (found.documents or found.templates or found.unread):
        what = "there is no document yet, so conversations here are told nothing"
        remedy = Words(f"to begin, mkdir -p {quoted(folder)}")
        yield Finding(Code.NO_DOCUMENTS, what, remedy, path=folder)
    not_read = [*describe_unread((*found.unread, *passed_over(project, settings, found)))]
    if not_read:
        said = "; ".join(not_read[:_MAX_GROUPS])
        if len(not_read) > _MAX_GROUPS:
            said += f"; {len(not_read) - _MAX_GROUPS} more, see: agent-session list --all"
        yield Finding(Code.DOCUMENTS_NOT_READ, f"not read: {said}")


def check_git(project: Project) -> Iterator[Finding]:
    if project.git_top is None:
        return
    git = Git(project.root, _SECONDS)
    git.start_status("--porcelain", "--untracked-files=no")()
    refusal = git.refusal()
    if refusal is None:
        return
    if refusal == NOT_FOUND:
        yield Finding(Code.GIT_NOT_FOUND, "git is not on the PATH")
        return
    top = quoted(project.git_top)
    remedy: str = Words(f"see what it says: git -C {top} status")
    if refusal == ANOTHER_USERS:
        remedy = f"git config --global --add safe.directory {top}"
    yield Finding(Code.GIT_REFUSES, refusal, remedy, path=project.git_top)


def check_sharing(installed: Iterable[Installed]) -> Iterator[Finding]:
    """Say where git keeps the project's settings from everybody else, or shares the local ones."""
    for place in files_of(installed):
        top, path = place.top, place.path
        if place.scope is Scope.USER or not os.path.exists(top / ".git"):
            continue
        name = path.relative_to(top).as_posix()
        if place.scope is Scope.PROJECT:
            if is_shared(top, name) is False:
                everywhere = command(top, Scope.USER, place.agent)
                said = Words(f"for you everywhere: {everywhere}, then --uninstall here")
                yield place.finding(Code.SHARED_IGNORED, f"git ignores {path}", said)
        elif is_tracked(top, name):
            remedy = f"git -C {quoted(top)} rm --cached {name}"
            yield place.finding(Code.LOCAL_TRACKED, f"{path} is tracked by git", remedy)
        elif is_ignored(top, name) is False:
            remedy = Words(f"have git ignore {name}, in .git/info/exclude or .gitignore")
            if place.is_edited:
                remedy = place.edit_command()
            yield place.finding(Code.LOCAL_NOT_IGNORED, f"{path} is not ignored by git", remedy)


def check_memory(folders: Iterable[str]) -> Finding:
    """Nothing is created. As hooks do: the first folder that can be written to has it."""
    closed: list[str] = []
    for folder in folders:
        found = _look(folder)
        if isinstance(found, Finding):
            besides = tuple(f"({path} can't be written to.)" for path in closed)
            return found._replace(detail=besides)
        closed.append(found)
    if not closed:
        return Finding(Code.NO_STATE_FOLDER, "there is no folder to remember anything in")
    first = closed[0]
    what = f"nothing can be remembered: {' and '.join(closed)} can't be written to"
    remedy: str = Words(f"give yourself the right to write to {first}, or set XDG_STATE_HOME")
    if os.name == "posix" and os.path.isdir(first) and os.stat(first).st_uid == os.geteuid():
        remedy = f"chmod u+rwx {quoted(first)}"
    return Finding(Code.STATE_NOT_WRITABLE, what, remedy, path=first)


def _look(folder: str) -> Finding | str:
    """Check one folder; return a path if it can't be written to, and the next is to be tried."""
    path = os.path.join(folder, NAME)
    nearest = next(one for one in upward(folder) if os.path.lexists(one))
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
        return nearest
    what = f"nothing is remembered yet; it will be in {path}"
    if os.path.lexists(path):
        what = f"what is remembered is in {path}, which can be written to"
        try:
            with contextlib.closing(Store(folder)) as store:
                store.check()
                store.log()
        except OSError:
            return path
        except (sqlite3.Error, NewerSchemaError) as error:
            code = error_code(error) if isinstance(error, sqlite3.Error) else 0
            return path if code in UNUSABLE else _failed(path, code, error)
    return Finding(Code.STATE_WORKS, what, path=path)


def _failed(path: str, code: int, error: Exception) -> Finding:
    if isinstance(error, NewerSchemaError):
        return Finding(Code.STATE_NEWER, str(error), path=path)
    if code in BUSY:
        what = f"{path} is locked by another process for longer than {BUSY_SECONDS} s"
        remedy: str = Words(f"check again; to see who has it: fuser {quoted(path)}")
        return Finding(Code.STATE_LOCKED, what, remedy, path=path)
    if code in BROKEN:
        return Finding(Code.STATE_BROKEN, f"{path} is broken: {error}", path=path)
    remedy = f"mv {quoted(path)} {quoted(path + '.aside')}"
    if code == sqlite3.SQLITE_FULL:
        remedy = Words("see whether the disk is full")
    return Finding(Code.STATE_UNUSABLE, f"{path} is of no use: {error}", remedy, path=path)


LATELY = timedelta(days=14)  # older ones were another version's, or are mended


class LogEntry(NamedTuple):
    path: str
    when: datetime
    program: str
    reason: str


def read_logs(folders: Iterable[str]) -> list[LogEntry]:
    found: list[LogEntry] = []
    for folder in folders:
        path = os.path.join(folder, error_log.LOG)
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found += _parse(path, file.read().splitlines())
        except OSError:
            continue
    return found


def _parse(path: str, lines: Sequence[str]) -> Iterator[LogEntry]:
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        words = line.split()
        if line.startswith("== ") and len(words) > 2:
            try:
                when = datetime.fromisoformat(words[1])
            except ValueError:
                continue
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            yield LogEntry(path, when, safe_text.word(words[2]), safe_text.inline(following))


def check_log(entries: Sequence[LogEntry], now: datetime) -> Iterator[Finding]:
    recent = [entry for entry in entries if now - entry.when < LATELY]
    if recent:
        last = max(recent, key=lambda entry: entry.when)
        times = "once" if len(recent) == 1 else f"{len(recent)} times"
        when = last.when.astimezone().strftime("%Y-%m-%d %H:%M")
        yield Finding(
            Code.LOGGED_ERRORS,
            f"hooks failed {times} in the last {LATELY.days} days, "
            f"last {last.program} at {when}: {last.reason}",
            Words(f"read it, and once it is mended: rm {quoted(last.path)}"),
            f"{Code.LOGGED_ERRORS.why} All of it: {last.path}",
            path=last.path,
        )


def check_new_entries(entries: Sequence[LogEntry]) -> Iterator[Finding]:
    for last in entries[-1:]:
        what = f"a hook failed while it was tried, {last.program}: {last.reason}"
        if last.reason.startswith(("ImportError", "ModuleNotFoundError")):
            yield Finding(Code.DEPENDENCY_BROKEN, what, path=last.path)
        else:
            yield Finding(Code.HOOK_FAILED, what, Words(f"read {last.path}"), path=last.path)
