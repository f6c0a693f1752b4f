"""The plugin's launcher, in front of environments and installations that only say who they are."""

import subprocess
from pathlib import Path

import pytest

from helpers import Ran, command

HOOKS = ("session-start-hook", "session-end-hook")


class Plugin:
    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        command("agent-session", env, folder, "plugin", "market")
        self.root = folder / "market" / "session-hooks"
        self.data = Path(env["HOME"]) / ".claude/plugins/data/session-hooks-agent-session-hooks"
        self.data.mkdir(parents=True)
        self.tools = folder / "tools"
        self.tools.mkdir()
        lines = (self.root / "launch.sh").read_text().splitlines()
        [name] = [line for line in lines if line.startswith("environment=")]
        self.environment = self.data / name.partition("=")[2]
        self.env = {
            "HOME": env["HOME"],
            "PATH": str(self.tools),
            "CLAUDE_PLUGIN_DATA": str(self.data),
        }

    def run(self, program: str, *arguments: str, shell: str = "sh") -> Ran:
        argv: list[str | Path] = [f"/bin/{shell}", self.root / "launch.sh", program, *arguments]
        return self._ran(argv)

    def in_claudes_shell(self, *arguments: str) -> Ran:
        del self.env["CLAUDE_PLUGIN_DATA"]
        self.env["PATH"] += f":/usr/bin:/bin:{self.root}/bin"
        return self._ran(["/bin/sh", "-c", 'agent-session "$@"', "sh", *arguments])

    def _ran(self, argv: list[str | Path]) -> Ran:
        done = subprocess.run(
            argv, env=self.env, input="event", capture_output=True, text=True, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def plugin(tmp_path: Path, env: dict[str, str]) -> Plugin:
    return Plugin(tmp_path, env)


def add_programs(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        program = folder / name
        program.write_text(f'#!/bin/sh\nread -r said\necho "{folder} {name} $* $said"\nexit 3\n')
        program.chmod(0o755)


def add_environment(folder: Path) -> None:
    add_programs(folder / "bin", *HOOKS, "agent-session")
    (folder / "bin/python").symlink_to("/bin/sh")
    (folder / "ready").touch()


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_its_own_environment_comes_first_and_gets_all_there_is(plugin: Plugin, shell: str) -> None:
    add_environment(plugin.environment)
    add_programs(plugin.tools, *HOOKS)
    ran = plugin.run("session-end-hook", "a b", "c", shell=shell)
    assert ran == (3, f"{plugin.environment}/bin session-end-hook a b c event\n", "")


def test_an_installation_on_the_path_does_and_nothing_is_made(plugin: Plugin) -> None:
    add_programs(plugin.tools, *HOOKS)
    for name in HOOKS:
        assert plugin.run(name).out == f"{plugin.tools} {name}  event\n"
    assert [*plugin.data.iterdir()] == []


@pytest.mark.parametrize("broken", ["ready", "bin/python"])
def test_an_environment_that_is_not_whole_is_not_used(plugin: Plugin, broken: str) -> None:
    add_environment(plugin.environment)
    (plugin.environment / broken).unlink()
    (plugin.environment / "bin/python").unlink(missing_ok=True)
    (plugin.environment / "bin/python").symlink_to("gone")
    assert plugin.run("session-end-hook") == (0, "", "")


@pytest.mark.parametrize("name", HOOKS)
def test_without_a_python_only_a_start_says_so(plugin: Plugin, name: str) -> None:
    said = '{"systemMessage": "Session hooks need Python 3.11 or newer, and none is found.'
    ran = plugin.run(name)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(said) if name == HOOKS[0] else not ran.out


def test_a_python_that_is_too_old_is_none(plugin: Plugin) -> None:
    old = plugin.tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert "none is found" in plugin.run("session-start-hook").out


@pytest.mark.parametrize("name", HOOKS)
def test_the_version_before_does_while_there_is_no_other(plugin: Plugin, name: str) -> None:
    add_environment(plugin.data / "0.0.9-1a2b3c4d")
    assert plugin.run(name).out == f"{plugin.data}/0.0.9-1a2b3c4d/bin {name}  event\n"


def test_claudes_own_shell_finds_agent_session_and_it_its_environment(plugin: Plugin) -> None:
    add_environment(plugin.environment)
    ran = plugin.in_claudes_shell("note", "x y")
    assert ran.out == f"{plugin.environment}/bin agent-session note x y event\n"


def test_there_agent_session_never_finds_itself(plugin: Plugin) -> None:
    ran = plugin.in_claudes_shell("note", "x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("agent-session: its environment is not made yet")


@pytest.mark.parametrize("is_there", [True, False])
def test_nothing_is_made_for_a_client_that_names_no_folder_for_it(
    is_there: bool, plugin: Plugin
) -> None:
    del plugin.env["CLAUDE_PLUGIN_DATA"]
    add_programs(plugin.tools, "python3")
    if not is_there:
        plugin.data.rmdir()
    assert plugin.run("session-start-hook") == (0, "", "")
