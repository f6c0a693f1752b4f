"""The ``install-hooks`` command: its command line, and what it prints."""

import argparse
import difflib
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from session_hooks.agents.agent import NAMES, Agent, every, load
from session_hooks.project.hooks import FEATURES, SESSION_START, parse_features
from session_hooks.project.project import SESSIONS, project_at
from session_hooks.util import safe_text
from session_hooks_installer import common, programs, purge
from session_hooks_installer.check import run
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import edit, install, skills
from session_hooks_installer.settings.file import Change
from session_hooks_installer.settings.handlers import CLAUDE, Scope, command, handlers_for
from session_hooks_installer.settings.install import Outcome

DONE, REFUSED = 0, 2
_COLOURS = (("---", "1"), ("+++", "1"), ("@@", "36"), ("+", "32"), ("-", "31"))
_TWICE = "With both, each event starts two, and one keeps quiet."
_ASK_FOR_SKILLS = f"Add the skills {', '.join(skills.NAMES)} as well?"


def main(argv: Sequence[str] | None = None) -> int:
    _speak_utf_8()
    parser = _parser()
    arguments = parser.parse_args(argv)
    if problem := _problem(arguments):
        parser.error(problem)
    repo: Path = arguments.repo
    try:
        _require_folder(repo)
        code = _do(arguments, repo)
        sys.stdout.flush()
    except RefusedError as error:
        return _refuse(arguments, str(error))
    except KeyboardInterrupt:
        return _refuse(arguments, "interrupted: each file is as it was, or as it was to be")
    except OSError as error:
        if error.filename is not None:  # no stream has one
            return _refuse(arguments, f"{error.filename}: {error.strerror}")
        # What was to be done is done; a reader that has seen enough is no failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            print(f"install-hooks: can't print: {error}", file=sys.stderr)
        return REFUSED if arguments.check and not isinstance(error, BrokenPipeError) else DONE
    return code


def _require_folder(repo: Path) -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        reason = "this folder is gone: go into one, or name one with --repo DIR"
        raise RefusedError(reason) from error
    if not os.path.isdir(repo):
        raise RefusedError(f"{repo} is not a folder: name one with --repo DIR")


def _speak_utf_8() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _refuse(arguments: argparse.Namespace, reason: str) -> int:
    for line in f"install-hooks: {reason}".split("\n"):
        print(safe_text.single(line), file=sys.stderr)
    if arguments.json:
        print(common.as_json({"error": reason}))
    return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="install-hooks",
        description="Put the session hooks into Claude Code's settings: once per repository.",
        epilog="Exit code: 0 done, 1 --check found errors, 2 refused, and nothing was written.",
    )
    parser.add_argument(
        "--scope",
        choices=[scope.value for scope in Scope],
        default=Scope.PROJECT.value,
        help="project: .claude/settings.json, for the team (the default); "
        "local: .claude/settings.local.json, for you here; "
        "user: ~/.claude/settings.json, for you everywhere",
    )
    parser.add_argument(
        "--repo", type=Path, default=Path(), metavar="DIR", help="the repository (default: here)"
    )
    parser.add_argument(
        "--agent", choices=NAMES,
        help="whose settings (default: Claude Code's; --uninstall and --check: each one's)",
    )  # fmt: skip
    parser.add_argument(
        "--with", dest="features", type=parse_features, default=frozenset(), metavar="LIST",
        help=f"add the hooks of further features: {','.join(FEATURES)}",
    )  # fmt: skip
    parser.add_argument(
        "--all", dest="features", action="store_const", const=frozenset(FEATURES),
        help="add those of all features",
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--uninstall", action="store_true", help="take the hooks out again")
    what.add_argument(
        "--check", action="store_true", help="say whether they are installed, found and working"
    )
    what.add_argument("--explain", metavar="CODE", help="say what a finding of --check means")
    purge_help = "delete what the hooks remember of this repository; with --uninstall, do both"
    for names, text in (
        (["--fix"], "with --check: mend what is safe to be mended"),
        (["--skills"], "add skills that write handoffs, resume work and close session files"),
        (["--gitignore"], "have the repository's .gitignore name NEXT_SESSION.md, too"),
        (["--purge"], purge_help),
        (["--dry-run"], "show what would change, and write nothing"),
        (["-q", "--quiet"], "say only what is wrong"),
        (["--json"], "say it as one JSON object"),
    ):
        parser.add_argument(*names, action="store_true", help=text)
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    return parser


def _problem(arguments: argparse.Namespace) -> str:
    if arguments.fix and not arguments.check:
        return "argument --fix: only with argument --check"
    if arguments.purge and arguments.json:
        return "argument --purge: not allowed with argument --json"
    adding = {"gitignore": "--gitignore", "skills": "--skills", "features": "--with"}
    for name, shown in {"purge": "--purge", "dry_run": "--dry-run", **adding}.items():
        if arguments.check and getattr(arguments, name):
            return f"argument {shown}: not allowed with argument --check"
    for name, shown in adding.items():
        if getattr(arguments, name) and (arguments.uninstall or arguments.purge):
            return f"argument {shown}: not allowed with arguments --uninstall and --purge"
    if arguments.agent not in (None, CLAUDE.name) and arguments.skills:
        return "argument --skills: only for Claude Code"
    return ""


def _do(arguments: argparse.Namespace, repo: Path) -> int:
    if arguments.version:
        from importlib.metadata import version  # a third of all imports

        print(version("agent-session-hooks"))
        return DONE
    if arguments.explain is not None:
        return run.explain(arguments.explain)
    if arguments.check:
        return run.run(
            repo,
            os.environ,
            agent=load(arguments.agent) if arguments.agent else None,
            fix=arguments.fix,
            as_json=arguments.json,
            quiet=arguments.quiet,
            colour=_has_colours(),
        )
    if arguments.uninstall and arguments.purge:
        purge.purge(repo, dry_run=True)  # what refuses the one refuses both
    if arguments.uninstall:
        _uninstall(arguments, repo)
    elif not arguments.purge:
        _install(arguments, repo)
    if arguments.purge:
        purged = purge.purge(repo, dry_run=arguments.dry_run)
        if not arguments.quiet:
            purge.say_purged(purged, dry_run=arguments.dry_run)
    return DONE


def _install(arguments: argparse.Namespace, repo: Path) -> None:
    scope, agent = Scope(arguments.scope), load(arguments.agent or CLAUDE.name)
    folder = programs.programs_folder()
    handlers = handlers_for(scope, folder, agent)
    there = install.where(repo, os.environ, agent)
    others = {  # of the same handler Claude Code runs one
        other: path
        for other, path in there.items()
        if other is not scope and handlers_for(other, folder, agent) != handlers
    }
    twice = [*also_installed(others, repo, agent), *_also_read(agent, repo)]
    is_asking = scope not in there and _is_asking(arguments)
    ask_for_skills = is_asking and agent is CLAUDE
    if twice and is_asking:
        _say(f"Note: {note}" for note in twice)
        if not _is_agreed("Install them here, too?"):
            print("Nothing was changed.")
            return
    with_skills = arguments.skills or (ask_for_skills and _is_agreed(_ASK_FOR_SKILLS))
    outcome = install.install(
        scope,
        repo,
        os.environ,
        handlers,
        features=arguments.features,
        agent=agent,
        gitignore=arguments.gitignore,
        with_skills=with_skills,
        dry_run=arguments.dry_run,
    )
    asked = [f"{agent.title} {agent.advice}."] if agent.advice else []
    notes = [*notes_of(outcome, agent), *twice, *_not_added(arguments.features, agent), *asked]
    is_found = scope is not Scope.PROJECT or programs.shell_finds(os.environ)
    to_do = [] if is_found else programs.path_commands(folder, os.environ)
    if arguments.json:
        following = {} if arguments.dry_run else _next_as_json(to_do, folder, repo.resolve())
        print(common.as_json(_as_json(outcome, notes) | following))
        return
    _say_outcome(outcome, _after_install(outcome, agent), notes, arguments)
    if not (arguments.quiet or arguments.dry_run):
        _say_to_do(to_do, agent)
        if not any(install.where(repo, os.environ, one) for one in every() if one is not agent):
            _say_next(folder, repo.resolve(), agent)  # else it was said then


def _not_added(features: Collection[str], agent: Agent) -> Iterator[str]:
    missing = (hook for hook in edit.wanted_hooks(features) if hook.event not in agent.events)
    if lacking := [hook.feature for hook in missing if hook.feature]:
        yield f"{agent.title} has no hooks for {', '.join(lacking)}; its others are installed."


def _uninstall(arguments: argparse.Namespace, repo: Path) -> None:
    scope, dry_run = Scope(arguments.scope), arguments.dry_run
    agents = [load(arguments.agent)] if arguments.agent else list(every())
    outcomes: list[Outcome] = []
    notes: list[str] = []
    for agent in agents:
        try:
            outcome = install.uninstall(scope, repo, os.environ, agent=agent, dry_run=dry_run)
        except RefusedError as error:
            if agent is agents[0]:
                raise
            if install.may_hold_ours(scope, repo, os.environ, agent):
                said = str(error).partition("\n")[0]
                notes.append(f"{agent.title}'s settings were not changed: {said}")
            continue
        outcomes.append(outcome)
        notes += [*notes_of(outcome, agent), *_left_in_place(outcome, agent)]
    first, *others = outcomes
    gone = [change for outcome in others for change in outcome.changes]
    outcome = first._replace(others=(*first.others, *gone))
    for agent in agents:
        there = install.where(repo, os.environ, agent)
        there.pop(scope, None)
        notes += still_installed(there, repo, agent)
    if arguments.json:
        print(common.as_json(_as_json(outcome, notes)))
        return
    _say_outcome(outcome, _after_uninstall(outcome), notes, arguments)
    if not (arguments.quiet or arguments.dry_run or arguments.purge):
        purge.say_kept(repo)


def _say_outcome(
    outcome: Outcome, lines: Iterable[str], notes: Iterable[str], arguments: argparse.Namespace
) -> None:
    _say_changes(outcome, arguments)
    if not (arguments.quiet or arguments.dry_run):
        _say(lines)
    _say(f"Note: {note}" for note in notes)


def _say(lines: Iterable[str]) -> None:
    for line in lines:  # a repository's names may hold what a terminal obeys
        print(safe_text.single(line))


def _say_changes(outcome: Outcome, arguments: argparse.Namespace) -> None:
    if arguments.dry_run and not outcome.changes:
        _say([f"{outcome.settings.path}: nothing to change"])
    if not (arguments.dry_run or (sys.stdout.isatty() and not arguments.quiet)):
        return
    for change in outcome.changes:
        patch = diff(change)
        if sys.stdout.isatty():
            for line in for_terminal(patch, colour=_has_colours()):
                print(line)
        else:
            print("".join(patch), end="")
    if outcome.changes and not arguments.dry_run:
        print()


def _has_colours() -> bool:
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _is_asking(arguments: argparse.Namespace) -> bool:
    is_said = arguments.dry_run or arguments.quiet or arguments.json
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty() and not is_said)


def _is_agreed(question: str) -> bool:
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        print()
        return False
    return answer.strip().lower() in ("y", "yes")


def diff(change: Change) -> list[str]:
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text or "") for text in change[1:3])
    name = safe_text.path(str(change.path))
    former, now = (os.devnull if text is None else name for text in change[1:3])
    return [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(old, new, former, now)
    ]


def for_terminal(patch: list[str], *, colour: bool) -> Iterator[str]:
    """Yield a patch's lines for a terminal, with nothing in them that a terminal obeys."""
    for line in "".join(patch).rstrip("\n").split("\n"):
        colours = (code for start, code in _COLOURS if line.startswith(start))
        code = next(colours, None) if colour else None
        shown = safe_text.single(line)
        yield f"\x1b[{code}m{shown}\x1b[0m" if code else shown


def _after_install(outcome: Outcome, agent: Agent) -> Iterator[str]:
    settings = outcome.settings
    place = _place(settings)
    if settings.after == settings.before:
        yield f"Already installed in {place}; nothing changed there."
    else:
        yield f"Installed {'' if agent is CLAUDE else f'for {agent.title} '}in {place}:"
        for hook in dict.fromkeys(found.hook for found in edit.find(settings.after or "", agent)):
            yield f"  {agent.events[hook.event]:<13} {hook.program}"
    for change in outcome.changes:
        if change.path.name == skills.FILE:
            yield f"Wrote the skill {change.path.parent.name}: {change.path}"
        elif change is not settings:
            yield f"Added to {change.path}: {(change.after or '').splitlines()[-1]}"
    if settings.after != settings.before and outcome.can_be_committed:
        yield "Commit that file, and everybody who installs the package has the hooks here too."
    if outcome.to_ignore:
        way = f"To keep it out: {outcome.to_ignore}"
        yield f"Once git add -A commits NEXT_SESSION.md, no start takes it. {way}"


def _place(settings: Change) -> str:
    real = os.path.realpath(settings.path)
    return real if real == str(settings.path) else f"{settings.path}, a link to {real}"


def _after_uninstall(outcome: Outcome) -> Iterator[str]:
    settings = outcome.settings
    place = _place(settings)
    if settings.after == settings.before:
        yield f"Not installed in {place}; nothing changed there."
    elif settings.after is None:
        yield f"Deleted {place}, which held nothing else. Session files were not touched."
    else:
        yield f"Taken out of {place}. Session files were not touched."
    for change in outcome.changes:
        if change is not settings and change.after is None:
            yield f"Deleted {change.path}."
        elif change is not settings:
            yield f"Taken out of {change.path}, too."


def notes_of(outcome: Outcome, agent: Agent = CLAUDE) -> Iterator[str]:
    settings = outcome.settings
    if settings.other_names:
        yield f"{settings.path} has hard links, where the former text still stands."
    if edit.load(settings.after or "", agent).get("disableAllHooks") is True:
        yield f'"disableAllHooks" in {settings.path} turns every hook off.'
    yield from outcome.notes


def _left_in_place(outcome: Outcome, agent: Agent) -> Iterator[str]:
    for found in edit.find(outcome.settings.after or "", agent):
        command = safe_text.quoted(str(found.handler.get("command")))
        yield f"{found.event} was left in place, because it runs more than our program: {command}"


def also_installed(others: Mapping[Scope, Path], repo: Path, agent: Agent) -> Iterator[str]:
    for scope, path in others.items():
        way_out = command(repo, scope, agent, "--uninstall")
        yield f"the hooks are installed {scope.whom}, too ({path}). {_TWICE} To keep one: {way_out}"


def _also_read(agent: Agent, repo: Path) -> Iterator[str]:
    """Say where one agent runs the handlers that are installed for another one, too."""
    pairs = [(reader, load(name)) for reader in every() for name in reader.also_reads]
    for reader, written in (pair for pair in pairs if agent in pair):
        other = written if agent is reader else reader
        for path in install.in_project(repo, os.environ, other):
            yield (
                f"{reader.title} runs the hooks of {written.title}'s settings, too, and those of "
                f"{other.title} are in {path}. {_TWICE}"
            )


def still_installed(others: Mapping[Scope, Path], repo: Path, agent: Agent) -> Iterator[str]:
    for scope, path in others.items():
        way_out = command(repo, scope, agent, "--uninstall")
        yield f"the hooks stay installed {scope.whom} ({path}). To take them out there: {way_out}"


def _as_json(outcome: Outcome, notes: Sequence[str]) -> dict[str, object]:
    return {
        "path": str(outcome.settings.path),
        "changed": bool(outcome.changes),
        "files": [
            {
                "path": str(change.path),
                "created": change.before is None,
                "deleted": change.after is None,
                "diff": "".join(diff(change)),
            }
            for change in outcome.changes
        ],
        "notes": list(notes),
    }


def _say_to_do(to_do: Sequence[str], agent: Agent) -> None:
    if to_do:
        print("\nA new shell does not find the programs yet, so nothing would happen. To mend it:")
        for line in to_do:
            print(f"  {line}")
        print(f"Then log in again, or start {agent.title} from that shell.")


def _say_next(folder: Path, repo: Path, agent: Agent) -> None:
    try:
        model, person = programs.preview(folder, repo, os.environ)
    except (OSError, ValueError) as error:
        print(f"\nThe hook could not be tried: {error}", file=sys.stderr)
        return
    if not model and project_at(str(repo)).has_session_files:
        check = common.command(repo, "--check")
        print(f"\nThe hook said nothing, though there are session files: run {check}")
    elif not model:
        print(f"\nThe next conversation here will be told nothing: there is no {SESSIONS}/ yet.")
        print(f"To begin: {common.command(repo, 'init TITLE', 'agent-session')}")
    for lead, text in (
        ("\nThe next conversation here will be told:", model),
        ("and you will see:", person if SESSION_START.event in agent.shown else ""),
    ):
        if text:
            print(lead)
            for line in text.splitlines():
                print(f"  | {line}".rstrip())


def _next_as_json(to_do: Sequence[str], folder: Path, repo: Path) -> dict[str, object]:
    try:
        model, person = programs.preview(folder, repo, os.environ)
    except (OSError, ValueError) as error:
        return {"to_do": to_do, "error": f"the hook could not be tried: {error}"}
    return {"to_do": to_do, "next": {"model": model, "person": person}}


if __name__ == "__main__":
    raise SystemExit(main())
