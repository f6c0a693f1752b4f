"""What the READMEs and the snippets hold that the code says: where it is, and what belongs there.

Run as a program it writes all of it anew.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers import (
    PROGRAMS,
    ROOT,
    add_session,
    ago,
    edited,
    environment,
    git,
    make_repository,
    run,
    session_text,
    spoke,
    transcript,
)
from session_hooks.agents.agent import Agent, every
from session_hooks.cli.check import check
from session_hooks.documents.locations import PLACES
from session_hooks.documents.registry import named
from session_hooks.project.hooks import HOOKS, SESSION_START
from session_hooks_installer.check.findings import Code
from session_hooks_installer.settings.edit import install
from session_hooks_installer.settings.handlers import CLAUDE, Scope, handlers_for
from talks import NEXT, talk

README = ROOT / "README.md"
HOOKS_README = ROOT / "hooks" / "README.md"
INSTALLER_README = ROOT / "installer" / "README.md"
FILES = (README, HOOKS_README, INSTALLER_README)
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)
_IDS = ("a1b2c3d", "9f8e7d6", "4c3b2a1")
"""In the place of commits' ids, which their times make new ones each day."""
_LINKED = re.compile(r"(?<=Linked into ~/\.local/bin: ).*")
_FORMATS = re.compile(r"(?<=\nformats = ).*(?=  # which)")
_FOLDERS = re.compile(r"(?<=the project itself\n).*?(?=\n\n\[next_session\])", re.DOTALL)
_BLOCK = re.compile(r"(<!-- output: ([\w-]+) -->\n```text\n)(.*?)(```\n)", re.DOTALL)


def blocks(text: str) -> dict[str, str]:
    """Return each output block of a text by its name."""
    return {match.group(2): match.group(3) for match in _BLOCK.finditer(text)}


def tables(text: str) -> dict[str, str]:
    """Return each generated table of a text by its name."""
    return {match.group(2): match.group(3) for match in _TABLE.finditer(text)}


def codes() -> dict[str, str]:
    """Return the tables: the codes of rules, what no rule can tell, the codes of --check."""
    of_formats = check.OF_FORMATS.items()
    rules = {"the configuration": check.GENERAL[:1], "all documents": check.GENERAL[1:]} | {
        f"`{form}` ({named(form).SPECIFICATION})": one.RULES for form, one in of_formats
    }
    checked = [
        (about, ", ".join(sorted(rule.code for rule in some))) for about, some in rules.items()
    ]
    found = [
        (level, ", ".join(f"`{code.word}`" for code in Code if code.severity.value == level))
        for level in ("error", "warning", "ok")
    ]
    return {
        "rules": _table(("rules for", "codes"), checked),
        "findings": _table(("severity", "codes"), found),
        "agents": _table(
            ("`--agent`", "its settings", "you see a start", "takes `NEXT_SESSION.md`"),
            [_agent_row(agent) for agent in every()],
        ),
    }


def snippets() -> dict[Path, str]:
    """Return the files of handlers to paste."""
    programs = Path("/path/to/bin")
    of_claude = {
        f"{scope.value}.json": install("", handlers_for(scope, programs, CLAUDE)) for scope in Scope
    }
    of_others = {
        f"{agent.name}{Path(agent.project_file).suffix}": install(
            "", handlers_for(Scope.PROJECT, programs, agent), agent=agent
        )
        for agent in every()
        if agent is not CLAUDE
    }
    return {
        ROOT / "settings-snippets" / name: text for name, text in (of_claude | of_others).items()
    }


def configured(text: str) -> str:
    """Return a text whose configuration names the formats and their folders as they are."""
    folders = "\n".join(
        textwrap.fill(
            f"{form} = {json.dumps([place or '.' for place in places])}",
            100, subsequent_indent="    ", break_on_hyphens=False,
        )
        for form, places in PLACES.items()
    )  # fmt: skip
    return _FOLDERS.sub(folders, _FORMATS.sub(json.dumps([*PLACES]), text))


def _agent_row(agent: Agent) -> tuple[str, str, str, str]:
    name = f"`{agent.name}`: {agent.title}{'' if agent.is_tested else ', by its documents alone'}"
    user = f"`{'/'.join(filter(None, ('~', agent.home, agent.user_file)))}`"
    folder = f", or under `{agent.home_variable}`" if agent.home_variable else ""
    answers = (
        "yes" if SESSION_START.event in agent.shown else "no",
        "yes" if agent.takes else "no",
    )
    return (name, f"`{agent.project_file}`; for you everywhere {user}{folder}", *answers)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def installers_lines(name: str, block: str) -> str:
    """Return the lines of a block that the installer prints before it runs `install-hooks`."""
    return block[: block.find("Installed in ")] if name == "set-up" else ""


def commands(text: str) -> list[str]:
    """Return the shell blocks of a text, in order."""
    return re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL)


def example(folder: Path) -> Path:
    """Build the repository that the README shows."""
    repo = make_repository(folder / "shop", "feat/weather")
    add_session(
        repo,
        "20251204-143000-weather-fallback.md",
        session_text(
            branch="feat/weather",
            steps="- [x] Retry with backoff\n- [ ] Implement CacheAdapter.read in src/cache.py\n"
            "- [ ] Serve the cached answer with its age",
        ),
        ago(hours=2),
    )
    waiting = session_text(
        "Billing export", "paused", updated=ago(days=3), task="Wait for the finance team"
    )
    add_session(repo, "20251201-090000-billing-export.md", waiting, ago(days=3))
    done = session_text("Login form", "completed", updated=ago(days=14))
    add_session(repo, "20251120-100000-login-form.md", done, ago(days=14))
    return repo


def remembering(folder: Path) -> Path:
    """Build a repository in which a conversation worked, and left NEXT_SESSION.md behind."""
    repo = make_repository(folder / "weather", "feat/weather")
    text = session_text(branch="feat/weather", steps="- [ ] Implement CacheAdapter.read")
    add_session(repo, "20251204-143000-weather-fallback.md", text, ago(hours=2))
    (repo / ".gitignore").write_text("NEXT_SESSION.md\n")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "first")
    return repo


def _remembered(repo: Path, env: dict[str, str]) -> str:
    """Return what a person sees at the start of a conversation, after one that left debts."""
    with talk(repo, env) as one:
        one.start()
        one.say()
        for name in ("cache.py", "adapter.py", "serve.py"):
            (repo / name).write_text(name)
            git(repo, "add", name)
            git(repo, "commit", "-q", "-m", name)
        (repo / "serve.py").write_text("changed")
        one.end()
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, env) as following:
        said = following.start().person
    said = re.sub(r"\d{8}T\d{6}\.\d{6}Z", "20251204T184000.123456Z", said)
    return "SessionStart:startup says: " + re.sub(
        r"\((yesterday )?\d\d:\d\d, ", "(yesterday 18:40, ", said
    )


def unfinished(folder: Path) -> Path:
    """Build a repository with a session file that its specification has much to say about."""
    repo = make_repository(folder / "unfinished")
    text = "# Weather fallback\n\n## Context\nThe provider fails twice a week.\n\n"
    add_session(repo, "weather-fallback.md", f"{text}## Status\nThe retry is in and tested.\n")
    return repo


def rotten(folder: Path) -> Path:
    """Build a repository whose session files were left behind by the work."""
    repo = make_repository(folder / "rotten")
    (repo / "src").mkdir()
    for name in ("fetch.py", "legacy.py"):
        (repo / "src" / name).write_text(f"{name}\n" * 9)
    add_session(
        repo,
        "20251204-143000-weather-fallback.md",
        session_text(
            branch="feat/weather",
            updated=ago(days=3),
            state="`src/fetch.py` retries; `src/legacy.py` still has the old parser.",
            steps="1. Implement `CacheAdapter.read` in `src/cache.py`\n"
            "2. Serve the cached answer with its age",
        ),
    )
    done = session_text("Login form", updated=ago(days=20), branch="feat/login")
    add_session(repo, "20251120-100000-login-form.md", done)
    _commit(repo, "Begin", days=20)
    git(repo, "checkout", "-q", "-b", "feat/login")
    (repo / "src" / "login.py").write_text("login\n")
    _commit(repo, "Add the login form", days=14)
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "feat/login", "-m", "Merge login", when=ago(days=12))
    git(repo, "checkout", "-q", "-b", "feat/weather")
    (repo / "src" / "cache.py").write_text("class CacheAdapter: ...\n")
    _commit(repo, "Add CacheAdapter.read", hours=5)
    git(repo, "mv", "src/legacy.py", "src/parser.py")
    _commit(repo, "Rename the old parser", hours=3)
    (repo / "src" / "fetch.py").write_text("changed\n")
    return repo


def _commit(repo: Path, subject: str, **age: float) -> None:
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", subject, when=ago(**age))


def _checked(repo: Path, env: Mapping[str, str]) -> str:
    """Return what the model is told of a document that the work has left behind."""
    said = run("session-start-hook", {"cwd": str(repo), "source": "startup"}, dict(env)).model
    part = said[said.index("To resume") : said.index("\nUnless the person")]
    for real, shown in zip(re.findall(r"(?m)^- ([0-9a-f]{7}) ", part), _IDS, strict=False):
        part = part.replace(real, shown)
    return part


def _logged(folder: Path, env: Mapping[str, str]) -> str:
    """Return what the log says of one conversation that read, worked and wrote nothing down."""
    repo = example(folder / "remembered")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Session files", when=ago(hours=2))
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, dict(env), name="3f1c8a52") as one:
        one.start()
        one.say()
        (repo / "cache.py").write_text("")
        git(repo, "add", "cache.py")
        git(repo, "commit", "-qm", "Cache")
        one.end()
    said = _said(repo, env, "log")
    said = re.sub(r"\d{8}T\d{6}\.\d{6}Z(?=-NEXT)", "20251204T164000.000000Z", said)
    # The time is the clock's: at midnight the conversation is yesterday's.
    first = r"^.*?\d\d:\d\d to .*?\d\d:\d\d,"
    return re.sub(r"(?<=startup )\d\d:\d\d", "16:40", re.sub(first, "16:40 to 18:10,", said))


def outputs(folder: Path) -> dict[str, str]:
    """Return what the programs print in that repository, its path as the README shows it.

    Of the set-up it is what `install-hooks` prints: what the installer prints before comes from the
    network's side, and CI holds it so.
    """
    home = folder / "home"
    home.mkdir()
    env = environment(home, TERM_PROGRAM="ghostty")
    repo = example(folder)
    clone = make_repository(folder / "agent-session-hooks")
    links = home / ".local" / "bin"
    links.mkdir(parents=True)
    for hook in HOOKS:
        (links / hook.program).symlink_to(PROGRAMS / hook.program)
    event = {"cwd": str(repo)}
    wrote = edited(folder / "elsewhere.py", ago(minutes=5))
    told = transcript(folder / "transcript.jsonl", spoke(ago(hours=1)), wrote)
    ended = run("session-end-hook", event | {"transcript_path": str(told)}, env)
    installed = _install(repo, env)
    shown = {
        "set-up": _install(clone, env | {"PATH": "/usr/bin:/bin"}),
        "start": installed[installed.index("The next conversation") :],
        "checked": _checked(rotten(folder), env),
        "list": _said(repo, env, "list"),
        "log": _logged(folder, env),
        "prompt": re.sub(
            r"(?<=\nGenerated: )\S+",
            "2025-12-04T16:30:00Z",
            _said(repo, env, "prompt", "--template", "https://example.org/base.md"),
        ),
        "check": _said(unfinished(folder), env, "check"),
        "memory": _remembered(remembering(folder), env),
        # The text that is quoted stands above it already, as a start quotes it.
        "pre-compact": re.sub(
            r"(?s)(?<=\n~~~\n).+(?=\n~~~\n)", "…", run("pre-compact-hook", event, env).out
        ),
        "session-end": ended.err,
        "notification": ended.answer["terminalSequence"].split(";")[-1].strip("\x07"),
    }
    places = {str(clone): "/home/you/agent-session-hooks", str(repo): "/home/you/shop"}
    return {name: _placed(text, places) for name, text in shown.items()}


def _install(repo: Path, env: Mapping[str, str]) -> str:
    command = [PROGRAMS / "install-hooks"]
    return subprocess.run(
        command, cwd=repo, env=env, check=True, capture_output=True, text=True
    ).stdout


def _said(repo: Path, env: Mapping[str, str], *arguments: str) -> str:
    program = str(PROGRAMS / "agent-session")
    said = subprocess.run(
        [program, *arguments], cwd=repo, env=env, check=False, capture_output=True, text=True
    )
    return "".join(line.rstrip() + "\n" for line in said.stdout.splitlines())


def _placed(text: str, places: Mapping[str, str]) -> str:
    for real, shown in places.items():
        text = text.replace(real, shown)
    return text.rstrip("\n") + "\n"


def main() -> int:
    folder = Path(tempfile.mkdtemp())
    try:
        now = outputs(folder)
    finally:
        shutil.rmtree(folder)
    tables_now = codes()
    programs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    for path in FILES:
        text = _LINKED.sub(", ".join(sorted(programs)), configured(path.read_text()))
        text = _BLOCK.sub(
            lambda m: m.group(1) + installers_lines(*m.group(2, 3)) + now[m.group(2)] + m.group(4),
            text,
        )
        text = _TABLE.sub(lambda m: m.group(1) + tables_now[m.group(2)] + m.group(4), text)
        path.write_text(text)
    for path, text in snippets().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
