"""Find the installed programs, as a shell and as Claude Code would."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks.project.hooks import HOOKS, SESSION_START
from session_hooks_installer.common import quoted
from session_hooks_installer.settings import file

SECONDS = 30
MINIMAL_PATH = "/usr/bin:/bin"  # what a desktop gives, before any profile is read


def programs_folder() -> Path:
    started = Path(sys.argv[0]).resolve().parent
    return started if has_programs(started) else Path(sysconfig.get_path("scripts"))


def has_programs(folder: Path) -> bool:
    return all(shutil.which(hook.program, path=str(folder)) for hook in HOOKS)


def shell_finds(environ: Mapping[str, str]) -> bool:
    names = [hook.program for hook in HOOKS]
    return len(look_up(names, new_shells_path(environ))) == len(names)


def new_shells_path(environ: Mapping[str, str]) -> str:
    """Return the PATH without an active virtual environment: a new shell hasn't activated it."""
    path = environ.get("PATH", "")
    if active := environ.get("VIRTUAL_ENV"):
        entries = (p for p in path.split(os.pathsep) if p)
        path = os.pathsep.join(p for p in entries if not Path(p).is_relative_to(active))
    return path


def look_up(names: Iterable[str], path: str, folder: str | Path = "") -> dict[str, str]:
    """Find programs as a shell in ``folder`` does: from a relative entry, a relative path."""
    found: dict[str, str] = {}
    for name in names:
        for entry in path.split(os.pathsep):
            there = shutil.which(name, path=os.path.join(folder or os.curdir, entry))
            if there:
                found[name] = os.path.join(entry or os.curdir, os.path.basename(there))
                break
    return found


def path_commands(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the commands after which a new shell finds the programs in ``folder``."""
    links = links_folder(environ)
    if links is None:
        return []
    on_path = str(links) in environ.get("PATH", "").split(os.pathsep)
    commands = [] if has_programs(links) else [link(folder)]
    if not on_path:
        home = links.parent.parent
        commands.append(_put_on_path(Path(environ.get("SHELL", "sh")).name, home))
    return commands


def links_folder(environ: Mapping[str, str]) -> Path | None:
    if file.home(environ) is None:
        return None
    return Path(environ.get("HOME") or os.path.expanduser("~")) / ".local" / "bin"


def link(folder: Path) -> str:
    names = " ".join(quoted(folder / name) for name in all_in(folder))
    return f"mkdir -p ~/.local/bin && ln -sf {names} ~/.local/bin/"


def all_in(folder: Path) -> list[str]:
    names = [*(hook.program for hook in HOOKS), "install-hooks", "agent-session"]
    return [name for name in names if (folder / name).exists()]


def _put_on_path(shell: str, home: Path) -> str:
    if shell == "fish":
        return "fish_add_path ~/.local/bin"
    if shell in ("csh", "tcsh"):
        return "echo 'set path = (~/.local/bin $path)' >> ~/.cshrc && source ~/.cshrc"
    profile = ".zshrc" if shell == "zsh" else ".profile"
    if shell == "bash":  # it reads the first of these that is there
        names = (".bash_profile", ".bash_login", ".profile")
        profile = next((name for name in names if (home / name).exists()), ".profile")
    return f"""echo 'export PATH="$HOME/.local/bin:$PATH"' >> ~/{profile} && . ~/{profile}"""


class Run(NamedTuple):
    exit_code: int | None  # None where it was stopped: its time was up
    seconds: float
    stdout: str
    stderr: str


def run(
    command: Sequence[str],
    event: str,
    repo: Path,
    environ: Mapping[str, str],
    seconds: float = SECONDS,
) -> Run:
    """Run a command as Claude Code would for a person; raises OSError if it can't be started."""
    sample = {"hook_event_name": event, "cwd": str(repo), "source": "startup", "trigger": "manual"}
    person = {"CLAUDE_CODE_SESSION_ATTENDED": "1", "CLAUDE_PROJECT_DIR": str(repo)}
    began = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=repo,
        env={**environ, **person},
        start_new_session=True,
    ) as process:
        is_done = True
        try:
            written = process.communicate(json.dumps(sample).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            is_done = False
            _end(process)
            try:
                written = process.communicate(timeout=1)
            except subprocess.TimeoutExpired:  # one that got away holds the pipes
                written = b"", b""
        except BaseException:
            _end(process)
            raise
    stdout, stderr = (stream.decode("utf-8", "replace") for stream in written)
    code = process.returncode if is_done else None
    return Run(code, time.monotonic() - began, stdout, stderr)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and what it started: a shell's child would hold the pipes open."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def preview(folder: Path, repo: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Try the start hook: what it tells model and person. Raises OSError and ValueError."""
    hook = SESSION_START
    said = run([str(folder / hook.program)], hook.event, repo, environ)
    if said.exit_code is None:
        raise TimeoutError(f"{hook.program} is not done within {SECONDS} s")
    return told(said.stdout)


def told(stdout: str) -> tuple[str, str]:
    """Return what an output tells model and person. Raises ValueError if it is no JSON object."""
    try:
        answer = json.loads(stdout.strip() or "{}")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(answer, dict):
        raise ValueError("no JSON object")  # noqa: TRY004
    output = answer.get("hookSpecificOutput")
    nested = output.get("additionalContext") if isinstance(output, dict) else None
    model = nested or answer.get("additional_context")
    person = answer.get("systemMessage")
    return (
        model if isinstance(model, str) else "",
        person if isinstance(person, str) else "",
    )
