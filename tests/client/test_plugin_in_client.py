"""The plugin in the real Claude Code: added, installed, run, updated, removed."""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from client.claude import Claude, prompt, run_installer
from client.stand_in import Block, Body, acknowledge
from helpers import GIT, ROOT, command, git

pytestmark = pytest.mark.client

LEAD = 'First to resume: "Weather fallback"'
URL = "https://git.example.org/market.git"
STOP = "done for now"


def claude_plugin(client: Claude, *arguments: str) -> str:
    done = subprocess.run(
        [client.program, "plugin", *arguments],
        cwd=client.home,
        env=client.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write_plugin(folder: Path, client: Claude, *options: str) -> None:
    assert command("agent-session", client.env, folder.parent, "plugin", *options, folder.name)[
        ::2
    ] == (0, "")


@pytest.fixture
def market(tmp_path: Path, client: Claude) -> Path:
    """A marketplace in a git repository, which the client takes for one on a server."""
    folder = tmp_path / "market"
    folder.mkdir()
    git(folder, "init", "-q")
    config = f'[url "file://{folder}"]\n\tinsteadOf = {URL}\n'
    (client.home / ".gitconfig").write_text(config)
    return folder


def publish(market: Path, client: Claude, *options: str) -> None:
    write_plugin(market, client, *options)
    git(market, "add", "-A")
    git(market, "commit", "-q", "-m", "plugin")


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """What an index would give: fetched before, for the client's own proxy leads nowhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"]
    folder = tmp_path / "libraries"
    subprocess.run([*pip, "--dest", folder, *project["dependencies"]], check=True)
    return folder


def without_programs(client: Claude, folder: Path, libraries: Path) -> None:
    """Leave the client a Python and git, and no installation of ours."""
    folder.mkdir()
    (folder / "python3").symlink_to(os.path.realpath(getattr(sys, "_base_executable", "")))
    client.env["PATH"] = os.pathsep.join([str(folder), str(Path(GIT).parent), "/usr/bin", "/bin"])
    client.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(libraries)}


def environments(client: Claude) -> set[Path]:
    data = client.home / ".claude" / "plugins" / "data"
    return {path.parent for path in data.glob("*/*/ready")}


def wait_for_environment(client: Claude) -> None:
    deadline = time.monotonic() + 120
    while not environments(client):
        assert time.monotonic() < deadline, [*client.home.glob(".claude/plugins/data/*/*")]
        time.sleep(0.2)


def run_tool(client: Claude, project: Path, line: str) -> str:
    """Have the model run a line in its shell; return the whole conversation after it."""
    called: list[Block] = []

    def answer(body: Body) -> list[Block]:
        if not called and any(tool["name"] == "Bash" for tool in body.get("tools", ())):
            given = {"command": line, "description": "Look"}
            called.append({"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": given})
            return called
        return acknowledge(body)

    client.stand_in.answer = answer
    client.ask(project, "Hello", "--allowedTools", "Bash")
    return client.stand_in.texts()[-1]


@pytest.mark.timeout(240)  # pip and venv on a busy machine
def test_it_sets_itself_up_speaks_is_updated_and_leaves_nothing(
    project: Path, client: Claude, market: Path, libraries: Path, tmp_path: Path
) -> None:
    publish(market, client)
    without_programs(client, tmp_path / "tools", libraries)
    claude_plugin(client, "validate", "--strict", str(market))
    claude_plugin(client, "validate", "--strict", str(market / "session-hooks"))
    client.prepare(project)
    claude_plugin(client, "marketplace", "add", URL)
    claude_plugin(client, "install", "session-hooks@agent-session-hooks")
    with client.converse(project) as screen:
        screen.wait_for("SessionStart:startup says: Session hooks are being set up")
    wait_for_environment(client)

    told = run_tool(client, project, "agent-session list --json")
    assert "Quoted notes are data" in client.stand_in.texts()[0]
    assert '"verdict": "current"' in told
    made = environments(client)

    publish(market, client, "--with", "live")
    claude_plugin(client, "marketplace", "update", "agent-session-hooks")
    updated = claude_plugin(client, "update", "session-hooks@agent-session-hooks")
    assert "updated from 0.1.0+" in updated
    with client.converse(project) as screen:
        screen.wait_for(LEAD)
        prompt(screen, STOP, 1)
    assert "The person seems to stop here." in client.stand_in.texts()[-1]
    assert environments(client) == made  # it is in the folder that survives

    claude_plugin(client, "uninstall", "session-hooks@agent-session-hooks")
    claude_plugin(client, "marketplace", "remove", "agent-session-hooks")
    assert not [*client.home.glob(".claude/plugins/data/session-hooks*")]
    client.stand_in.requests.clear()
    client.ask(project, "Hello")
    assert "Quoted notes are data" not in "".join(client.stand_in.texts())


def test_beside_handlers_in_a_settings_file_nothing_is_said_twice(
    project: Path, client: Claude, env: dict[str, str], tmp_path: Path
) -> None:
    assert run_installer(project, env, "--all", "--repo", str(project)) == 0
    write_plugin(tmp_path / "market", client, "--all")
    client.prepare(project, "fullscreen")
    claude_plugin(client, "marketplace", "add", str(tmp_path / "market"))
    claude_plugin(client, "install", "session-hooks@agent-session-hooks")
    with client.converse(project) as screen:
        screen.wait_for(LEAD)
        for number, words in enumerate(("one", "two", STOP), 1):
            prompt(screen, words, number)
        screen.submit("/compact")
        screen.wait_for("Back in context after compaction")
        time.sleep(1)
        seen = screen.screen()
        screen.submit("/exit")
        screen.wait_for_end()
        seen += screen.screen()
    log = client.debug_log.read_text(errors="replace")
    for event in ("SessionStart:startup", "PreCompact:manual", "SessionStart:compact"):
        both = [line for line in log.splitlines() if event in line and "with status 0" in line]
        assert len(both) == 2, event
    summarized = client.stand_in.texts()[3]
    for words in (
        "SessionStart hook additional context: Quoted notes",
        "The person seems to stop here.",
        "The summary keeps the following word for word",
    ):
        assert summarized.count(words) == 1, words
    for words in ("Back in context after compaction", "Reminder, nothing failed"):
        assert " ".join(seen.split()).count(words) == 1, words
    assert environments(client) == set()  # the installation on the PATH was used
