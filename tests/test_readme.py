import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import readme
from client.claude import install_command
from helpers import PROGRAMS, ROOT

TEXT = readme.README.read_text()
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "settings-snippets/README.md")
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def test_every_output_block_is_what_the_programs_print_today(tmp_path: Path) -> None:
    assert readme.blocks(TEXT) == readme.outputs(tmp_path)


def test_every_rule_is_listed_and_so_is_what_no_rule_can_tell() -> None:
    assert readme.tables(TEXT) == readme.rules()


def test_every_program_is_named_and_is_there() -> None:
    for name in SCRIPTS:
        assert name in TEXT
        assert (PROGRAMS / name).exists()


def test_every_option_that_is_named_exists_and_every_one_is_named() -> None:
    shown = subprocess.run(
        [PROGRAMS / "install-hooks", "--help"], capture_output=True, text=True, check=True
    ).stdout
    exist = set(re.findall(r"--[a-z-]+", shown)) - {"--help", "--version"}
    named = set()
    for line in re.findall(r"install-hooks( --[^`\n|]+)", TEXT):
        named |= set(re.findall(r"--[a-z-]+", line))
    assert named == exist


def test_the_set_up_is_two_single_line_commands() -> None:
    set_up, once, tests, *_ = readme.commands(TEXT)
    for command in (set_up, once, tests):
        assert "\n" not in command
    assert set_up.endswith("~/.local/bin/install-hooks")
    assert once == "install-hooks"
    assert tests.endswith("python -m pytest -n auto --dist worksteal")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert target.startswith("https://") or (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_the_client_is_pinned_in_one_place(name: str) -> None:
    named = re.findall(
        r"npm install --prefix \S+ @anthropic-ai/claude-code@[\d.]+", (ROOT / name).read_text()
    )
    assert named == [install_command()]


def test_contributing_names_every_module_of_the_hooks() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for path in (ROOT / "hooks" / "session_hooks").glob("[a-z]*.py"):
        assert f"`{path.stem}`" in text, path.stem
    for path in (ROOT / "installer" / "session_hooks_installer").glob("[a-z]*.py"):
        assert f"`{path.stem}`" in text, path.stem
