"""The other agents, each with a home of the test's own, and the stand-in for its model."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from client import terminal
from client.claude import ANSWER, SECONDS, Claude
from client.stand_in import StandIn
from client.terminal import Terminal
from helpers import ROOT

MODULES = Path(os.environ.get("AGENT_CLIENTS", ROOT / ".client")) / "node_modules"
PACKAGES = (ROOT / "tests" / "client" / "AGENTS").read_text().split()


def install_command() -> str:
    """The one line that puts the agents where the tests look for them."""
    return f"npm install --prefix .client {' '.join(PACKAGES)}"


class Form(NamedTuple):
    """How one agent is started, prepared, spoken to and left."""

    program: str
    variables: Callable[[str], Mapping[str, str]]
    """By the stand-in's address."""
    unattended: Sequence[str]
    in_terminal: Sequence[str]
    is_ready: str
    end: str
    prepare: Callable[[Path, Path, str], None]
    """Write into a home what a project and an address need."""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _prepare_codex(home: Path, project: Path, url: str) -> None:
    _write(
        home / ".codex" / "config.toml",
        f"""
        model = "stand-in"
        model_provider = "local"
        [model_providers.local]
        name = "local"
        base_url = "{url}/v1"
        wire_api = "responses"
        [projects."{project.resolve()}"]
        trust_level = "trusted"
        [analytics]
        enabled = false
        """,
    )


def _prepare_gemini(home: Path, _project: Path, _url: str) -> None:
    settings = {
        "security": {
            "auth": {"selectedType": "gemini-api-key"},
            "folderTrust": {"enabled": False},
        },
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
    }
    _write(home / ".gemini" / "settings.json", json.dumps(settings))


def _prepare_copilot(home: Path, project: Path, _url: str) -> None:
    trusted = {"trusted_folders": [str(project.resolve())], "appTipShown": True}
    _write(home / ".copilot" / "config.json", json.dumps(trusted))


def _prepare_opencode(home: Path, project: Path, url: str) -> None:
    options = {"baseURL": f"{url}/v1", "apiKey": "made-up"}
    model = "anthropic/claude-sonnet-4-5"
    settings = {
        "model": model,
        "small_model": model,
        "provider": {"anthropic": {"options": options}},
    }
    own = home / ".config" / "opencode"
    _write(own / "opencode.json", json.dumps(settings))
    # As if it had put its library for plugins there, which it gets from npm.
    lock = {"packages": {"": {"dependencies": {"@opencode-ai/plugin": "*"}}}}
    for folder in (own, project / ".opencode"):
        (folder / "node_modules").mkdir(parents=True)
        _write(folder / "package-lock.json", json.dumps(lock))
        _write(folder / ".gitignore", "node_modules\npackage-lock.json\n.gitignore\n")


FORMS = {
    "codex": Form(
        "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
        lambda _: {},
        # Who trusts a hook is asked in a terminal, by a dialog that a test can't wait for.
        ("exec", "--dangerously-bypass-hook-trust"),
        ("--dangerously-bypass-hook-trust",),
        "Ask Codex to do anything",
        "/exit",
        _prepare_codex,
    ),
    "gemini": Form(
        ".bin/gemini",
        lambda url: {"GEMINI_API_KEY": "made-up", "GOOGLE_GEMINI_BASE_URL": url},
        ("-m", "gemini-2.5-flash", "-p"),
        ("-m", "gemini-2.5-flash"),
        "[session files]",  # a hook spoke: a prompt doesn't wait for it
        "/quit",
        _prepare_gemini,
    ),
    "copilot": Form(
        "@github/copilot-linux-x64/copilot",
        lambda url: {
            "COPILOT_OFFLINE": "true",
            "COPILOT_PROVIDER_BASE_URL": url,
            "COPILOT_PROVIDER_TYPE": "anthropic",
            "COPILOT_PROVIDER_API_KEY": "made-up",
            "COPILOT_MODEL": "claude-sonnet-4.5",
            "COPILOT_AUTO_UPDATE": "false",
        },
        ("--allow-all-tools", "--trust-folder", "-p"),
        (),
        "/ commands",
        "/exit",
        _prepare_copilot,
    ),
    "opencode": Form(
        "opencode-linux-x64/bin/opencode",
        lambda _: {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"},
        ("run",),
        (),
        "Ask anything",
        "/exit",
        _prepare_opencode,
    ),
}


def is_here(name: str) -> bool:
    return (MODULES / FORMS[name].program).exists()


class Other:
    """One of the agents that are not Claude Code."""

    def __init__(self, name: str, home: Path, env: dict[str, str], stand_in: StandIn) -> None:
        self.name, self.home, self.stand_in = name, home, stand_in
        self.form = FORMS[name]
        self.program = str(MODULES / self.form.program)
        drop = "CLAUDE_CODE_SESSION_ATTENDED"
        self.env = {
            **{key: value for key, value in env.items() if key != drop},
            "TERM": "xterm-256color",
            "HTTPS_PROXY": stand_in.url,
            "HTTP_PROXY": stand_in.url,
            "NO_PROXY": "127.0.0.1",
            **self.form.variables(stand_in.url),
        }

    def prepare(self, project: Path) -> None:
        self.form.prepare(self.home, project, self.stand_in.url)

    def ask(self, project: Path, words: str) -> subprocess.CompletedProcess[str]:
        """Hold a conversation of one prompt, without a person."""
        return subprocess.run(
            [self.program, *self.form.unattended, words],
            cwd=project,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )

    @contextmanager
    def converse(self, project: Path) -> Iterator[Terminal]:
        """Hold a conversation in a terminal; the block begins at the first prompt."""
        argv = [self.program, *self.form.in_terminal]
        with terminal.run(argv, project, self.env) as screen:
            screen.wait_for(self.form.is_ready, SECONDS)
            time.sleep(2)  # it shows its prompt before it takes what is typed there
            yield screen


def say(agent: Claude | Other, screen: Terminal, words: str) -> str:
    """Say something in a terminal; return the request in which the model was told it."""
    asked = len(agent.stand_in.requests)
    screen.submit(words)
    screen.wait_for(lambda text: ANSWER in text)
    return next(text for text in agent.stand_in.texts()[asked:] if words in text)


def leave(agent: Claude | Other, screen: Terminal) -> None:
    time.sleep(1)
    screen.submit(agent.form.end if isinstance(agent, Other) else "/exit")
    screen.wait_for_end(SECONDS)
