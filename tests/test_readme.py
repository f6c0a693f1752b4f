import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import readme
from client.claude import install_command
from helpers import PROGRAMS, ROOT
from session_hooks.documents.locations import PLACES
from session_hooks.report.verdict import Verdict

TEXT = readme.README.read_text()
ALL = "".join(path.read_text() for path in readme.FILES)
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "hooks/README.md",
    "installer/README.md",
    "settings-snippets/README.md",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SCRIPTS = PROJECT["scripts"]


def test_every_output_block_is_what_the_programs_print_today(tmp_path: Path) -> None:
    shown = readme.blocks(ALL)
    before = readme.installers_lines("set-up", shown["set-up"])
    shown["set-up"] = shown["set-up"].removeprefix(before)
    assert shown == readme.outputs(tmp_path)
    assert ALL.count("<!-- output: ") == len(shown)


def test_what_the_installer_prints_names_this_version_and_its_programs() -> None:
    """CI runs it, and holds every line so."""
    block = readme.blocks(TEXT)["set-up"]
    _, version, linked, *_ = readme.installers_lines("set-up", block).splitlines()
    assert f"agent-session-hooks {PROJECT['version']} " in version
    assert linked.endswith(f": {', '.join(sorted(SCRIPTS))}")


def test_every_code_is_listed_and_so_is_what_no_rule_can_tell() -> None:
    assert readme.tables(ALL) == readme.codes()


def test_every_format_and_verdict_is_in_its_table() -> None:
    section = TEXT.partition("## The verdict")[2].partition("\n## ")[0]
    verdicts = re.findall(r"(?m)^\| `(\w+)` \| ", section)
    assert verdicts == [verdict.value for verdict in Verdict]
    for form in PLACES:
        assert f"| `{form}` |" in readme.HOOKS_README.read_text()


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(TEXT.splitlines()) <= 260


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
    for line in re.findall(r"install-hooks( --[^`\n|]+)", ALL):
        named |= set(re.findall(r"--[a-z-]+", line))
    assert named == exist


@pytest.mark.parametrize("name", ["README.md", "hooks/README.md"])
def test_every_command_that_is_named_exists_and_every_one_is_named(name: str) -> None:
    shown = subprocess.run(
        [PROGRAMS / "agent-session", "--help"], capture_output=True, text=True, check=True
    ).stdout
    exist = set(re.findall(r"(?m)^    ([a-z]+) ", shown))
    assert set(re.findall(r"`agent-session ([a-z]+)", (ROOT / name).read_text())) == exist


def test_what_is_to_be_run_is_two_short_commands() -> None:
    assert readme.commands(TEXT) == ["python3 installer", "python3 tests"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", path.read_text()):
        if not target.startswith("https://"):
            there = path.parent / target if target else path
            assert there.exists(), target
            assert not anchor or anchor in _anchors(there), anchor


def _anchors(path: Path) -> set[str]:
    """Return what the headings of a document are linked by."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text())
    return {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in headings}


def test_the_client_is_pinned_in_one_place() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"npm install --prefix \S+ @anthropic-ai/claude-code@[\d.]+", text)
    assert named == [install_command()]


def test_contributing_names_every_room() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for source in ("hooks/session_hooks", "installer/session_hooks_installer"):
        rooms = [path.parent.relative_to(ROOT / source) for path in (ROOT / source).rglob("*.py")]
        for room in {room.as_posix() for room in rooms if room.name}:
            assert f"| `{room}/` |" in text, room


def test_contributing_names_no_module_that_is_not_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for room, modules in re.findall(r"(?m)^\| `([\w/]+)/` \|.*\| (.*) \|$", text):
        found = [path for path in ROOT.glob(f"*/session_hooks*/{room}") if path.is_dir()]
        found += ROOT.glob(f"*/{room}")
        for module in re.findall(r"`(\w+)`", modules):
            assert any((path / f"{module}.py").is_file() for path in found), (room, module)
    for path in re.findall(r"`(tests/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
