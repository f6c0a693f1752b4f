"""Which settings files Claude Code reads, what it accepts in them, and our handlers there."""

import codecs
import enum
import functools
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from session_hooks.project.hooks import HOOKS, Hook
from session_hooks.project.state import main_checkout
from session_hooks_installer.check.findings import Code, Command, Finding, Words
from session_hooks_installer.common import RefusedError, project_root, quoted
from session_hooks_installer.settings import edit, file
from session_hooks_installer.settings.handlers import Handler, Ownership, Scope, ownership
from session_hooks_installer.settings.json_edit import SettingsError

_FILES = {Scope.PROJECT: "settings.json", Scope.LOCAL: "settings.local.json"}
_MAX_HANDLERS = 100  # of ours in one file
_MAX_TRIED = 100_000  # bytes of a file that is tried to be edited: it takes long
MAX_BYTES = 2 * 1024 * 1024  # Claude Code's own
WIDTH = 200  # of what a file says and is shown
_DEFAULT_SECONDS = 60.0
_SHARED_SECONDS = 1.5  # the second is SessionEnd's, whose hooks share it (CLIENT.md)
_MAX_SECONDS = 1e9  # a float has no room for some larger numbers
_SHELLS = ("bash", "powershell")
_KINDS: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    list: "a list",
    dict: "an object, {…}",
}
_HANDLER_KINDS: dict[str, type] = {"statusMessage": str, "if": str, "async": bool, "once": bool}
SETTINGS: dict[str, type] = {
    **dict.fromkeys(("model", "language", "outputStyle", "apiKeyHelper", "plansDirectory"), str),
    **dict.fromkeys(("disableAllHooks", "includeCoAuthoredBy", "alwaysThinkingEnabled"), bool),
    **dict.fromkeys(("verbose", "respectGitignore", "spinnerTipsEnabled"), bool),
    **dict.fromkeys(("companyAnnouncements", "availableModels"), list),
    **dict.fromkeys(("env", "permissions", "sandbox", "statusLine", "enabledPlugins"), dict),
}
_PLAIN = re.compile(r"[A-Za-z0-9_\- ,|]*")
_MAX_PATTERN, _MAX_REPEATS, _MAX_BRANCHES = 200, 3, 10
"""A pattern with more takes too long to try: a hundred characters can be made to take years."""


class Edited(enum.Enum):
    HERE = enum.auto()  # by install-hooks, as it is started for the checked folder
    THERE = enum.auto()  # by install-hooks in another checkout
    BY_HAND = enum.auto()  # install-hooks writes somewhere else, or refuses to


class Place(NamedTuple):
    scope: Scope
    path: Path
    is_read: bool = True  # by Claude Code, started in the checked folder
    edited: Edited = Edited.HERE

    @property
    def named(self) -> str:
        return f"{self.scope.value} scope ({self.path})"

    @property
    def top(self) -> Path:
        return self.path.parent.parent

    def edit_command(self, command: Command, option: str = "") -> str:
        """Return ``Words`` if no command edits it."""
        arguments = " ".join(filter(None, (option, "--scope", self.scope.value)))
        if self.edited is Edited.HERE:
            return command(arguments)
        if self.edited is Edited.THERE:
            return f"install-hooks {arguments} --repo {quoted(self.top)}"
        return Words(f"change it by hand, in {self.path}")

    def finding(self, code: Code, what: str, remedy: str = "", why: str = "") -> Finding:
        return Finding(code, what, remedy, why, self.scope, str(self.path))


class Installed(NamedTuple):
    place: Place
    hook: Hook
    handler: Handler
    ownership: Ownership
    matcher: Any = ""  # of its group; not always a string

    @property
    def command(self) -> str:
        return str(self.handler.get("command"))

    @property
    def problem(self) -> str:
        """Why Claude Code leaves it out; "" if it doesn't."""
        return handler_problem(self.handler) or matcher_problem(self.matcher)

    @property
    def sources(self) -> tuple[str, ...]:
        if self.problem:
            return ()
        return matched(self.matcher, self.hook.matched)


Level = tuple[str, Mapping[str, Any]]  # a file's path, and what it says


class AllSettings(NamedTuple):
    """The weakest first."""

    places: tuple[Place, ...]  # also of files that don't exist
    settings: tuple[Level, ...]  # of the files that Claude Code reads
    handlers: tuple[Installed, ...]
    findings: tuple[Finding, ...]


def files_of(installed: Iterable[Installed]) -> list[Place]:
    return list(dict.fromkeys(item.place for item in installed))


def find(repo: Path, environ: Mapping[str, str]) -> list[Place]:
    """Return the settings files of a folder, the weakest first, each once.

    Also where install-hooks writes, at the git top level, though it is not read below.
    """
    unique: dict[str, Place] = {}
    for place in _every(repo, environ):
        unique.setdefault(os.path.realpath(place.path), place)
    return list(unique.values())


def _every(repo: Path, environ: Mapping[str, str]) -> Iterator[Place]:
    here, top = Path(os.path.realpath(repo)), project_root(repo)
    if user := file.user_settings(environ):
        yield Place(Scope.USER, user)
    main = Path(main_checkout(str(top)))
    home = file.home(environ)  # no project for the folders in it, even as a repository
    folders = dict.fromkeys(one for one in (here, top, main) if one == here or one != home)
    for scope, read_from in ((Scope.PROJECT, (here,)), (Scope.LOCAL, (here, main))):
        for folder in folders:
            if folder in (here, top) or scope is Scope.LOCAL:
                path = folder / ".claude" / _FILES[scope]
                how = _how_edited(scope, folder, top, environ)
                yield Place(scope, path, is_read=folder in read_from, edited=how)


def _how_edited(scope: Scope, folder: Path, top: Path, environ: Mapping[str, str]) -> Edited:
    try:
        path = file.locate(scope, folder, environ)
    except RefusedError:
        return Edited.BY_HAND
    if path != folder / ".claude" / _FILES[scope]:
        return Edited.BY_HAND
    return Edited.HERE if folder == top else Edited.THERE


def check_places(repo: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Say where ``.claude`` leads out of the project, or CLAUDE_CONFIG_DIR is no whole path."""
    top, moved = project_root(repo), environ.get("CLAUDE_CONFIG_DIR", "/")
    try:
        if top != file.home(environ):  # else what is there is the user's
            file.locate(Scope.PROJECT, repo, environ)
    except RefusedError as error:
        yield Finding(Code.LINKED_SETTINGS, _first_line(error), path=str(top / ".claude"))
    if not os.path.isabs(moved):
        what = f"CLAUDE_CONFIG_DIR is {moved or 'empty'}, which is no whole path"
        yield Finding(Code.RELATIVE_CONFIG_DIR, what)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def read_all(repo: Path, environ: Mapping[str, str]) -> AllSettings:
    places: list[Place] = []
    settings: list[Level] = []
    installed: list[Installed] = []
    findings: list[Finding] = []
    for found in find(repo, environ):
        content, finding = _read(found)
        place = found._replace(edited=Edited.BY_HAND) if finding else found
        findings += [finding] if finding else []
        is_refused = finding is not None and finding.code is Code.REFUSED_SETTINGS
        if content is not None and place.is_read and not is_refused:
            settings.append((str(place.path), content))
        places.append(place)
        installed += islice(handlers(content or {}, place), _MAX_HANDLERS)
    return AllSettings(tuple(places), tuple(settings), tuple(installed), tuple(findings))


def _read(place: Place) -> tuple[Mapping[str, Any] | None, Finding | None]:
    path, mend = place.path, Words(f"mend {place.path}")
    try:
        data = file.read_bytes(path) or b""
        content = parse(data)
    except (SettingsError, RefusedError) as error:
        return None, place.finding(Code.UNREADABLE_SETTINGS, _one_line(path, error), mend)
    if reason := file_problem(len(data), content):
        return content, place.finding(Code.REFUSED_SETTINGS, f"{path}: {reason}", mend)
    if place.edited is not Edited.BY_HAND and len(data) <= _MAX_TRIED:
        try:
            edit.find(file.read(path) or "")
        except (SettingsError, RefusedError) as error:
            return content, place.finding(Code.NOT_EDITABLE, _one_line(path, error), mend)
    return content, None


def _one_line(path: Path, error: SettingsError | RefusedError) -> str:
    return f"{path}, {error}" if isinstance(error, SettingsError) else _first_line(error)


def parse(data: bytes) -> dict[str, Any]:
    """Parse a settings file as Claude Code does. Raises SettingsError for what it refuses."""
    encoding = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-8"
    return edit.load(data.decode(encoding, "replace"))


def handlers(settings: Mapping[str, Any], place: Place) -> Iterator[Installed]:
    for hook in HOOKS:
        for group in _list_in(settings.get("hooks"), hook.event):
            for handler in _list_in(group, "hooks"):
                if not isinstance(handler, dict):
                    continue
                whose = ownership(handler, hook.program)
                if whose is not Ownership.FOREIGN:
                    yield Installed(place, hook, handler, whose, group.get("matcher", ""))


def _list_in(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def file_problem(size: int, settings: Mapping[str, Any]) -> str:
    """Return why Claude Code refuses a whole file of that size; "" if it doesn't."""
    if size > MAX_BYTES:
        return "it is larger than 2 MiB"
    days = settings.get("cleanupPeriodDays", 1)
    if not _is_number(days) or days < 1:
        return '"cleanupPeriodDays" is not a whole number from 1'
    return _wrong_kind(settings, SETTINGS)


def handler_problem(handler: Handler) -> str:
    """Return why Claude Code leaves out a command handler; "" if it doesn't."""
    timeout, args = handler.get("timeout", 1), handler.get("args", [])
    if not _is_number(timeout):
        return 'its "timeout" is no number'
    if timeout <= 0:
        return f'its "timeout" is {max(timeout, -_MAX_SECONDS):g}'
    if not isinstance(args, list) or not all(isinstance(one, str) for one in args):
        return 'its "args" is no list of strings'
    if handler.get("shell", _SHELLS[0]) not in _SHELLS:
        return f'its "shell" is none of {" and ".join(_SHELLS)}'
    wrong = _wrong_kind(handler, _HANDLER_KINDS)
    return wrong and f"its {wrong}"


def _wrong_kind(values: Mapping[str, Any], kinds: Mapping[str, type]) -> str:
    wrong = (
        f'"{key}" is not {_KINDS[kind]}'
        for key, kind in kinds.items()
        if key in values and not isinstance(values[key], kind)
    )
    return next(wrong, "")


def timeout_of(handler: Handler, event: str) -> float:
    timeout = handler.get("timeout", 0)
    if _is_number(timeout) and timeout > 0:
        return float(min(timeout, _MAX_SECONDS))
    return _SHARED_SECONDS if event == "SessionEnd" else _DEFAULT_SECONDS


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# Nothing, "" and "*" match everything. Letters, digits, "_", "-", spaces, "," and "|" are names,
# each compared whole; with any other character it is a regular expression that may match anywhere,
# and one that can't be read matches nothing. Case counts.


def matcher_problem(matcher: object) -> str:
    """Return why a group with that matcher never runs; "" if it may."""
    if not isinstance(matcher, str):
        return 'its group\'s "matcher" is no string'
    if not _is_plain(matcher) and not _is_involved(matcher) and not _compiled(matcher):
        return f"its group's matcher {matcher[:WIDTH]!r} is no regular expression"
    return ""


@functools.lru_cache(maxsize=1024)  # a hundred of them are compared with each other
def matched(matcher: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that a matcher lets through, in their order, as far as can be told."""
    if matcher in ("", "*"):
        return values
    if _is_plain(matcher):
        names = {name.strip() for name in re.split(r"[,|]", matcher)}
        return tuple(value for value in values if value in names)
    pattern = None if _is_involved(matcher) else _compiled(matcher)
    return tuple(value for value in values if pattern and pattern.search(value))


def _is_plain(matcher: str) -> bool:
    return matcher == "*" or _PLAIN.fullmatch(matcher) is not None


def _is_involved(matcher: str) -> bool:
    if len(matcher) > _MAX_PATTERN or re.search(r"\)[*+{]|\\[1-9]|\(\?P=", matcher):
        return True
    repeats = len(re.findall(r"[*+{]", matcher))
    branches = len(re.findall(r"[*+{|]|(?<!\()\?", matcher))
    return repeats > _MAX_REPEATS or branches > _MAX_BRANCHES


def _compiled(matcher: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings(action="ignore"):  # a set that may mean more in some year
            return re.compile(matcher)
    except (re.error, OverflowError, RecursionError):
        return None
