"""The installed hook programs: where they are, whether a shell finds them, and what they say."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from session_hooks_installer.handlers import HOOKS

SECONDS = 30


def installed_in() -> Path:
    """Return the folder that this installation's programs are in.

    It is the one that this very program was started from, links resolved, else Python's own
    folder for scripts.
    """
    started = Path(sys.argv[0]).resolve().parent
    return started if has_programs(started) else Path(sysconfig.get_path("scripts"))


def has_programs(folder: Path) -> bool:
    """Tell whether all hook programs are in a folder."""
    return all(shutil.which(hook.program, path=str(folder)) for hook in HOOKS)


def shell_finds(environ: Mapping[str, str]) -> bool:
    """Tell whether ``sh -c``, as Claude Code runs a handler, finds every program in a new shell.

    An active virtual environment's programs don't count: a new shell hasn't activated it.
    """
    path = environ.get("PATH", "")
    if active := environ.get("VIRTUAL_ENV"):
        entries = (p for p in path.split(os.pathsep) if p)
        path = os.pathsep.join(p for p in entries if not Path(p).is_relative_to(active))
    test = " && ".join(f"command -v {hook.program}" for hook in HOOKS)
    shell = shutil.which("sh", path=path) or "/bin/sh"
    try:
        asked = subprocess.run(
            [shell, "-c", test],
            env={**environ, "PATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def how_to_be_found(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the commands after which a new shell finds the programs in ``folder``."""
    home = Path(environ.get("HOME") or Path.home())
    links = home / ".local" / "bin"
    on_path = str(links) in environ.get("PATH", "").split(os.pathsep)
    commands = []
    if not has_programs(links):
        names = " ".join(shlex.quote(str(folder / name)) for name in _all_programs(folder))
        commands.append(f"mkdir -p ~/.local/bin && ln -sf {names} ~/.local/bin/")
    if not on_path:
        commands.append(_put_on_path(Path(environ.get("SHELL", "sh")).name, home))
    return commands


def _all_programs(folder: Path) -> list[str]:
    names = [*(hook.program for hook in HOOKS), "install-hooks", "agent-session"]
    return [name for name in names if (folder / name).exists()]


def _put_on_path(shell: str, home: Path) -> str:
    """Return the command that puts ~/.local/bin on the PATH of new shells, and of this one."""
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
    """One run of a command with a sample event on its standard input."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float


def run(command: list[str], event: str, repo: Path, environ: Mapping[str, str]) -> Run:
    """Run a command as Claude Code would at the beginning of an attended conversation in ``repo``.

    Raises OSError where it can't be started, and subprocess.TimeoutExpired.
    """
    sample = {"hook_event_name": event, "cwd": str(repo), "source": "startup", "trigger": "manual"}
    person = {"CLAUDE_CODE_SESSION_ATTENDED": "1", "CLAUDE_PROJECT_DIR": str(repo)}
    began = time.monotonic()
    done = subprocess.run(
        command,
        input=json.dumps(sample).encode(),
        capture_output=True,
        cwd=repo,
        env={**environ, **person},
        timeout=SECONDS,
        check=False,
    )
    seconds = time.monotonic() - began
    stdout, stderr = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    return Run(done.returncode, stdout, stderr, seconds)


class Preview(NamedTuple):
    """What the next conversation is told."""

    model: str
    person: str


def preview(folder: Path, repo: Path, environ: Mapping[str, str]) -> Preview:
    """Run the installed session-start-hook and return what it says to whom.

    Raises OSError, subprocess.TimeoutExpired, or ValueError where it says no JSON.
    """
    hook = HOOKS[0]
    said = run([str(folder / hook.program)], hook.event, repo, environ)
    answer = json.loads(said.stdout) if said.stdout.strip() else {}
    output = answer.get("hookSpecificOutput", {})
    return Preview(output.get("additionalContext", ""), answer.get("systemMessage", ""))
