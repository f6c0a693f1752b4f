"""The real Claude Code, with a home of the test's own and a stand-in for the API."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client import terminal
from client.stand_in import Block, StandIn
from client.terminal import Terminal
from helpers import ROOT, command

VERSION = (ROOT / "tests" / "client" / "VERSION").read_text().strip()
KEY = "sk-ant-api03-made-up-for-the-tests-0000000000000000"
SECONDS = 60
ANSWER = "What was said so far"
"""What the stand-in answers to everything."""


def calling(command: str) -> Block:
    """The model runs a command."""
    return {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": command}}


def install_command() -> str:
    """The one line that puts the client where the tests look for it."""
    return f"npm install --prefix .client @anthropic-ai/claude-code@{VERSION}"


def find() -> Path | None:
    """Return the client's program: ``CLAUDE_CLIENT``, else the one that the line above installs."""
    if named := os.environ.get("CLAUDE_CLIENT"):
        return Path(named)
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "win32")
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x64"
    package = f"claude-code-{system}-{machine}"
    program = ROOT / ".client" / "node_modules" / "@anthropic-ai" / package / "claude"
    return program if program.exists() else None


class Claude:
    """One installation of the client: its program, its home and its environment."""

    def __init__(self, program: Path, home: Path, env: dict[str, str], stand_in: StandIn) -> None:
        self.program = program
        self.home = home
        self.stand_in = stand_in
        self.debug_log = home / "debug.log"
        drop = "CLAUDE_CODE_SESSION_ATTENDED"  # the client's own to set
        self.env = {name: value for name, value in env.items() if name != drop} | {
            "TERM": "xterm-256color",
            "ANTHROPIC_BASE_URL": stand_in.url,
            "HTTPS_PROXY": stand_in.url,
            "HTTP_PROXY": stand_in.url,
            "NO_PROXY": "127.0.0.1",
            "ANTHROPIC_API_KEY": KEY,
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
        }

    def prepare(self, project: Path, renderer: str = "default") -> None:
        """Write what a person's own first start would have left behind."""
        trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        state = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "projects": {str(project.resolve()): trusted},
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
        }
        (self.home / ".claude.json").write_text(json.dumps(state))
        settings = self.home / ".claude" / "settings.json"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(json.dumps({"tui": renderer}))

    def ask(self, project: Path, prompt: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Hold a conversation of one prompt, without a person (``-p``)."""
        return subprocess.run(
            [self.program, "-p", prompt, "--debug-file", self.debug_log, *arguments],
            cwd=project,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )

    @contextmanager
    def converse(self, project: Path, *arguments: str) -> Iterator[terminal.Terminal]:
        """Hold a conversation in a terminal; the block begins at the first prompt."""
        argv = [str(self.program), "--debug-file", str(self.debug_log), *arguments]
        with terminal.run(argv, project, self.env) as screen:
            screen.wait_for("❯")
            yield screen


def run_installer(project: Path, env: dict[str, str], *arguments: str) -> int:
    return command("install-hooks", env, project, *arguments).code


def prompt(screen: Terminal, words: str, answers: int) -> None:
    screen.submit(words)
    screen.wait_for(lambda text: text.count(ANSWER) >= answers)
    time.sleep(0.5)  # the client takes input again a moment after the answer is shown
