"""Check that the hooks run: handlers missing, doubled or outdated, switches, trust."""

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from session_hooks.agents.agent import Agent
from session_hooks.agents.transcript import member
from session_hooks.project.hooks import ALWAYS, HOOKS
from session_hooks.project.project import find_git_top, upward
from session_hooks.project.state import main_checkout
from session_hooks_installer.check.findings import Code, Finding, Words
from session_hooks_installer.check.settings import (
    PLUGIN,
    SWITCHES,
    WIDTH,
    AllSettings,
    Installed,
    Level,
    Place,
    files_of,
    parse,
)
from session_hooks_installer.settings import file
from session_hooks_installer.settings.handlers import (
    CLAUDE,
    Ownership,
    Scope,
    command,
    handlers_for,
    up_to_date,
)
from session_hooks_installer.settings.json_edit import SettingsError

_FOLDERS = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": r"C:\Program Files\ClaudeCode",
}
_OTHERWISE = "/etc/claude-code"
_MANAGED_ONLY = "allowManagedHooksOnly"
_STRICT = "strictPluginOnlyCustomization"


def check_coverage(found: AllSettings) -> Iterator[Finding]:
    installed, agent = found.handlers, found.agent
    if found.plugin:
        what = f"{agent.title} runs the hooks of the plugin {PLUGIN}, which {found.plugin} enables"
        yield Finding(Code.INSTALLED, what)
    if not installed:
        if found.also_read:
            yield Finding(Code.INSTALLED, f"{agent.title} runs the hooks in {found.also_read[0]}")
        elif not found.plugin:
            yield _not_installed(found)
        return
    taken = [item for item in installed if not item.problem]
    for place in files_of(installed):
        events = dict.fromkeys(item.event for item in installed if item.place == place)
        yield place.finding(Code.INSTALLED, f"{_listed(events)}: {place.named}")
    yield from _beside_plugin(found)
    yield from _absent(installed, agent)
    for item in installed:
        if item.problem:
            what = f"{item.event}: left out by {agent.title}, {item.place.named}: {item.problem}"
            remedy = _remedy_for_ignored(item)
            yield item.place.finding(Code.HANDLER_IGNORED, what, remedy, item.hook.missed)
    yield from _left_out(taken)
    yield from _not_read(taken, agent)


def _not_installed(found: AllSettings) -> Finding:
    agent = found.agent
    here = [place for place in found.places if place.scope is not Scope.USER and place.is_read]
    own = [place for place in found.places if place.scope is Scope.PROJECT]
    # Below the top level Claude Code reads the local settings alone, of what is edited there.
    scopes = (Scope.PROJECT, Scope.LOCAL)[: len(own)]
    best = next((one for one in here if one.is_edited and one.scope in scopes), None)
    everywhere = command(Path(), Scope.USER, agent)
    remedy: str = Words(f"go to the top of a project, or for all of yours: {everywhere}")
    if best:
        remedy = best.edit_command()
    elif len(own) == 1:
        remedy = Words("mend what is said of the settings above, then install")
    what = f"the hooks are not installed here{'' if agent is CLAUDE else f' for {agent.title}'}"
    why = f"So {agent.title} doesn't know of them."
    return Finding(Code.NOT_INSTALLED, what, remedy, why, best.scope if best else None)


def _beside_plugin(found: AllSettings) -> Iterator[Finding]:
    place = found.handlers[0].place
    if found.plugin:
        what = f"installed twice, in the {place.whose} and by the plugin"
        ways = f"{place.edit_command('--uninstall')}; or claude plugin uninstall {PLUGIN}"
        yield place.finding(Code.TWO_SCOPES, what, Words(f"keep one: {ways}"))


def _absent(installed: Sequence[Installed], agent: Agent) -> Iterator[Finding]:
    counts = Counter(item.place for item in installed)
    fullest = max(files_of(installed), key=lambda place: counts[place])
    present = {item.hook for item in installed}
    for hook in ALWAYS:
        if hook not in present and hook.event in agent.events:
            what = f"{agent.events[hook.event]}: no handler, {fullest.named}"
            yield fullest.finding(Code.PARTLY_INSTALLED, what, fullest.edit_command(), hook.missed)


def _remedy_for_ignored(item: Installed) -> str:
    if not isinstance(item.matcher, str):
        return Words(f"mend that matcher in {item.place.path}")
    if item.ownership is Ownership.WRAPPED:
        return Words(f"mend that handler in {item.place.path}")
    return item.place.edit_command()


def _left_out(taken: Sequence[Installed]) -> Iterator[Finding]:
    """Say which sources have no handler; of files that aren't read only where no other has one."""
    for hook in HOOKS:
        mine = [item for item in taken if item.hook is hook]
        mine = [item for item in mine if item.place.is_read] or mine
        covered = {source for item in mine for source in item.sources}
        missing = [source for source in hook.matched if source not in covered]
        if mine and missing:
            code = Code.SOURCES_LEFT_OUT if covered else Code.NO_SOURCE
            sources = _listed(missing) if covered else "any source that there is"
            place, matcher = mine[0].place, mine[0].matcher[:WIDTH]
            yield place.finding(
                code,
                f"{mine[0].event}: not for {sources}, {place.named}",
                Words(f'take "matcher" out of that group in {place.path}'),
                f"Its matcher lets only {matcher!r} through.",
            )


def _not_read(taken: Sequence[Installed], agent: Agent) -> Iterator[Finding]:
    here = {item.hook for item in taken if item.place.is_read}
    unread = [item for item in taken if not item.place.is_read and item.hook not in here]
    for place in files_of(unread):
        yield place.finding(
            Code.NOT_READ,
            f"{agent.title}, started in this folder, doesn't read {place.path}",
            Words(f"start it in {place.top}"),
            f"So nothing happens here; started in {place.top}, it does.",
        )


_Pair = tuple[Installed, Installed]


def check_repeats(installed: Sequence[Installed]) -> Iterator[Finding]:
    pairs: dict[tuple[Place, Place], list[_Pair]] = {}
    for first, second in combinations(installed, 2):
        if first.hook is second.hook and _are_together(first, second):
            pairs.setdefault((first.place, second.place), []).append((first, second))
    for (one, other), found in pairs.items():
        events = _listed(dict.fromkeys(first.event for first, _ in found))
        where = f"in {one.path}" if one == other else f"in the {one.named} and the {other.named}"
        what = f"{events}: installed twice, {where}"
        if one == other:
            yield one.finding(Code.TWO_HANDLERS, what, _joined(one, found))
        else:
            yield Finding(Code.TWO_SCOPES, what, _parted(found))


def _are_together(first: Installed, second: Installed) -> bool:
    """Tell whether both run at once; of one scope Claude Code never reads those of two folders."""
    one, other = first.place, second.place
    are_read = one == other or one.scope is not other.scope or (one.is_read and other.is_read)
    # What isn't known to be compared with a matcher may be the same for both.
    may_match = not first.hook.matched or not set(first.sources).isdisjoint(second.sources)
    # Of the same command and arguments, Claude Code runs one.
    is_one = all(first.handler.get(key) == second.handler.get(key) for key in ("command", "args"))
    return are_read and may_match and not is_one


def _joined(place: Place, found: Sequence[_Pair]) -> str:
    # Installing joins those of the same matcher.
    for pair in found:
        groups = {"" if item.matcher == "*" else item.matcher for item in pair}
        if len(groups) > 1 or any(item.ownership is Ownership.WRAPPED for item in pair):
            program = pair[0].hook.program
            return Words(f"take one of the two that run {program} out of {place.path}")
    return place.edit_command()


def _parted(found: Sequence[_Pair]) -> str:
    ways = []
    for place in (item.place for item in found[0]):
        mine = [item for pair in found for item in pair if item.place == place]
        are_ours = all(item.ownership is Ownership.OURS for item in mine)
        if are_ours and place.is_edited:
            ways.append(f"{place.edit_command('--uninstall')} takes them out {place.scope.whom}")
        else:
            ways.append(f"take it out of {place.path} by hand")
    return Words(f"keep one: {'; or '.join(ways)}")


def check_age(
    installed: Sequence[Installed], programs: Path, gone: Collection[Installed]
) -> Iterator[Finding]:
    """What the same command mends, and is worse, as the program being ``gone``, is said alone."""
    counts = Counter((item.place, item.hook) for item in installed)
    alone = [item for item in installed if counts[item.place, item.hook] == 1]
    old = [one for one in alone if not one.problem and one not in gone and _is_old(one, programs)]
    for place in files_of(old):
        mine = [item for item in old if item.place == place]
        events = ", ".join(item.event for item in mine)
        said = repr(mine[0].command[:WIDTH])
        what = f"{events}: not what this version writes, {place.named}: {said}"
        yield place.finding(Code.OUT_OF_DATE, what, place.edit_command())


def _is_old(item: Installed, programs: Path) -> bool:
    wanted = handlers_for(item.place.scope, programs, item.place.agent)[item.hook.event]
    is_ours = item.ownership is Ownership.OURS
    return is_ours and up_to_date(item.handler, wanted) != item.handler


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def managed_folder(platform: str = sys.platform) -> Path:
    """Return the folder of managed settings; Windows' registry and servers are not read here."""
    return Path(_FOLDERS.get(platform, _OTHERWISE))


def read_managed(place: Path) -> tuple[list[Level], list[Finding]]:
    """The strongest first. What may not be read is none: Claude Code runs as the same person."""
    levels: list[Level] = []
    findings: list[Finding] = []
    parts = sorted((place / "managed-settings.d").glob("[!.]*.json"))
    for path in (place / "managed-settings.json", *parts):
        try:
            levels.append((str(path), parse(path.read_bytes())))
        except OSError:
            continue
        except SettingsError as error:
            code = Code.UNREADABLE_MANAGED_SETTINGS
            findings.append(Finding(code, f"{path}, {error}", path=str(path)))
    return levels[::-1], findings


def switched_off(
    agent: Agent, managed: Sequence[Level], others: Sequence[Level]
) -> tuple[str, str, bool] | None:
    """Return file and key of what keeps hooks from running, and whether that file is a managed one.

    The strongest file that has a switch decides about it; both sequences come strongest first.
    Managed settings have two more, on for whatever is not ``false``.
    """
    for key in (_MANAGED_ONLY, _STRICT):
        said = ((path, one[key]) for path, one in managed if one.get(key) is not None)
        path, value = next(said, ("", False))
        is_on = "hooks" in value if key == _STRICT and isinstance(value, list) else value
        if is_on is not False:
            return path, key, True
    key, off = SWITCHES.get(agent.name, ("", None))
    for number, (path, settings) in enumerate((*managed, *others)):
        value = member(settings, *key.split("."))
        if isinstance(value, bool):
            return (path, key, number < len(managed)) if value is off else None
    return None


def check_switches(found: AllSettings, managed_in: Path) -> Iterator[Finding]:
    levels, unreadable = read_managed(managed_in) if found.agent is CLAUDE else ([], [])
    yield from unreadable
    if switch := switched_off(found.agent, levels, found.settings[::-1]):
        path, key, is_managed = switch
        remedy = Code.UNREADABLE_MANAGED_SETTINGS.remedy if is_managed else ""
        yield Finding(
            Code.SWITCHED_OFF,
            f'{path}: "{key}" turns these hooks off',
            Words(remedy or f'take "{key}" out of {path}'),
            f"{found.agent.title} runs none of them, in any conversation.",
            path=path,
        )


def check_limits(agent: Agent) -> Iterator[Finding]:
    """Say what another agent asks of a person, and what the hooks can't do there."""
    if agent.advice:
        yield Finding(Code.AGENT_LIMITS, f"{agent.title} {agent.advice}")
    for one in agent.lacks:
        yield Finding(Code.AGENT_LIMITS, f"{agent.title}: {one}")


def check_trust(repo: Path, environ: Mapping[str, str]) -> Finding:
    """In a terminal Claude Code asks first, and runs no hook before; with ``-p`` it runs all."""
    folder = environ.get("CLAUDE_CONFIG_DIR") or file.home(environ)
    path = os.path.join(folder, ".claude.json") if folder else None
    client = {}
    with contextlib.suppress(OSError, SettingsError):
        client = parse(Path(path or os.devnull).read_bytes())
    if is_trusted(client, folders_for(repo)):
        return Finding(Code.TRUSTED, "Claude Code trusts this folder", path=path)
    here = os.path.realpath(repo)
    what = f"in a terminal Claude Code will ask first whether it may work in {here}"
    return Finding(Code.UNTRUSTED, what, path=path)


def is_trusted(client: Mapping[str, Any], folders: Iterable[str]) -> bool:
    key = "hasTrustDialogAccepted"
    return any(member(client, "projects", folder, key) is True for folder in folders)


def folders_for(repo: Path) -> list[str]:
    """In git: from the folder up to the top level, and the main checkout. Outside: all above."""
    folder = os.path.realpath(repo)
    top = find_git_top(folder)
    if top is None:
        return [*upward(folder)]
    return [*(one for one in upward(folder) if Path(one).is_relative_to(top)), main_checkout(top)]
