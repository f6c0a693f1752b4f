import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from helpers import PROGRAMS, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
INFO = f"agent_session_hooks-{PROJECT['version']}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    modules = {
        path.relative_to(ROOT / root).as_posix()
        for root, package in (("hooks", "session_hooks"), ("installer", "session_hooks_installer"))
        for path in (ROOT / root / package).rglob("*")
        if path.suffix in (".py", ".md", ".sh", ".js") or path.name == "py.typed"
    }
    info = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert set(wheel.namelist()) == modules | {f"{INFO}/{name}" for name in info}
    assert {"session_hooks/py.typed", "session_hooks_installer/py.typed"} <= modules


def test_the_wheel_installs_every_program(wheel: zipfile.ZipFile) -> None:
    text = wheel.read(f"{INFO}/entry_points.txt").decode()
    found = dict(re.findall(r"^([\w-]+) = ([\w.:]+)$", text, re.MULTILINE))
    assert found == PROJECT["scripts"]
    for name in found:
        assert (PROGRAMS / name).exists()


def test_the_folders_of_the_packages_are_no_packages_themselves() -> None:
    assert not (ROOT / "hooks" / "__init__.py").exists()
    assert not (ROOT / "installer" / "__init__.py").exists()


def test_the_top_level_is_what_was_asked_for() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    top = {Path(name).parts[0] for name in tracked}
    assert top == {
        ".ci", ".gitignore", ".pre-commit-hooks.yaml", "CHANGELOG.md", "CONTRIBUTING.md",
        "LICENSE", "README.md", "hooks", "installer", "pyproject.toml", "settings-snippets",
        "tests",
    }  # fmt: skip


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """A conversation outside any project pays for none of the libraries."""
    code = "import sys, session_hooks.events.entry\nprint(*sorted(sys.modules))"
    modules = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "yaml",
        "frontmatter",
        "rich",
        "git",
        "argparse",
        "subprocess",
        "pathlib",
    }
    assert not heavy & set(modules)
