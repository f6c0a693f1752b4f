import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from helpers import ROOT, Ran, command
from session_hooks.project.hooks import ALWAYS, FEATURES, HOOKS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "market"


def write(folder: Path, env: dict[str, str], *options: str) -> Ran:
    return command("agent-session", env, folder.parent, "plugin", str(folder), *options)


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def version(folder: Path) -> str:
    manifest = json.loads((folder / "session-hooks/.claude-plugin/plugin.json").read_text())
    assert isinstance(manifest["version"], str)
    return manifest["version"]


def test_it_says_what_is_in_it_and_how_it_is_installed(folder: Path, env: dict[str, str]) -> None:
    done = write(folder, env)
    assert (done.code, done.err) == (0, "")
    events = ", ".join(hook.event for hook in ALWAYS)
    assert done.out == (
        f"Wrote {folder}: session-hooks {version(folder)}, with {events}\n"
        "To install it, from here or from a git repository that holds what is in there:\n"
        f"  claude plugin marketplace add {folder}\n"
        "  claude plugin install session-hooks@agent-session-hooks\n"
        "Where it is installed already: claude plugin update session-hooks@agent-session-hooks\n"
    )
    skills = (ROOT / "installer/session_hooks_installer/skills").glob("*.md")
    assert {*files(folder)} == {
        ".claude-plugin/marketplace.json",
        "session-hooks/.claude-plugin/plugin.json",
        "session-hooks/README.md",
        "session-hooks/agent_session_hooks-0.1.0-py3-none-any.whl",
        "session-hooks/bin/agent-session",
        "session-hooks/environment.py",
        "session-hooks/hooks/hooks.json",
        "session-hooks/launch.sh",
        *(f"session-hooks/skills/{path.stem}/SKILL.md" for path in skills),
    }
    assert (folder / "session-hooks/bin/agent-session").stat().st_mode & 0o111
    assert "@ENVIRONMENT@" not in (folder / "session-hooks/launch.sh").read_text()


@pytest.mark.parametrize("chosen", ["", *FEATURES])
def test_each_hook_is_a_row_of_the_one_table(
    chosen: str, folder: Path, env: dict[str, str]
) -> None:
    write(folder, env, *(("--with", chosen) if chosen else ()))
    written = json.loads((folder / "session-hooks/hooks/hooks.json").read_text())["hooks"]
    wanted = [hook for hook in HOOKS if hook.feature in ("", chosen)]
    assert [*written] == [hook.event for hook in wanted]
    for hook in wanted:
        [group] = written[hook.event]
        [handler] = group["hooks"]
        assert (handler["args"][1], handler["timeout"]) == (hook.program, hook.timeout)


def test_an_unknown_feature_is_refused(folder: Path, env: dict[str, str]) -> None:
    done = write(folder, env, "--with", "live,x")
    assert done.code == 2
    assert f"x: there are {', '.join(FEATURES)}" in done.err
    assert not folder.exists()


def test_written_again_it_is_the_same_and_another_choice_is_another_version(
    folder: Path, env: dict[str, str]
) -> None:
    write(folder, env)
    before, first = files(folder), version(folder)
    assert json.loads(write(folder, env, "--json").out) == {
        "folder": str(folder), "version": first, "written": [],
    }  # fmt: skip
    assert files(folder) == before
    (folder / "session-hooks/agent_session_hooks-0.0.9-py3-none-any.whl").write_text("")
    (folder / "session-hooks/icon.png").write_text("mine")
    changed = json.loads(write(folder, env, "--all", "--json").out)
    assert changed["version"] == version(folder) != first
    assert changed["written"] == [
        "session-hooks/hooks/hooks.json", "session-hooks/.claude-plugin/plugin.json",
    ]  # fmt: skip
    assert {*files(folder)} == {*before, "session-hooks/icon.png"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("notes.md", "mine"),
        (".claude-plugin/marketplace.json", "{"),
        (".claude-plugin/marketplace.json", "[]"),
        (".claude-plugin/marketplace.json", '{"name": "ours", "plugins": []}'),
        (
            ".claude-plugin/marketplace.json",
            '{"name": "agent-session-hooks", "plugins": [{"name": "another"}]}',
        ),
    ],
)
def test_a_folder_that_holds_something_else_is_left_alone(
    path: str, text: str, folder: Path, env: dict[str, str]
) -> None:
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_text(text)
    done = write(folder, env)
    assert (done.code, done.out) == (2, "")
    assert "holds something else: name a new folder, or an empty one" in done.err
    assert files(folder) == {path: text.encode()}


def test_a_file_in_its_place_is_refused_and_a_new_repository_taken(
    folder: Path, env: dict[str, str]
) -> None:
    folder.write_text("mine")
    assert (write(folder, env).code, folder.read_text()) == (2, "mine")
    folder.unlink()
    (folder / ".git").mkdir(parents=True)
    assert write(folder, env).code == 0


def test_what_can_t_be_written_is_said(folder: Path, env: dict[str, str]) -> None:
    write(folder, env)
    (folder / "session-hooks/launch.sh").unlink()
    (folder / "session-hooks/launch.sh").mkdir()
    done = write(folder, env)
    assert done.code == 2
    assert "can't write" in done.err
    assert "session-hooks/launch.sh: is a directory" in done.err


def test_the_wheel_is_the_one_that_the_package_is_built_as(
    folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    write(folder, env)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [path] = (folder / "session-hooks").glob("*.whl")
    built, made = zipfile.ZipFile(tmp_path / path.name), zipfile.ZipFile(path)
    packages = [name for name in built.namelist() if ".dist-info/" not in name]
    assert {*packages} == {name for name in made.namelist() if ".dist-info/" not in name}
    for name in packages:
        assert made.read(name) == built.read(name)
