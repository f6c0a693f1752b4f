"""The house's rules that import-linter can't say; its own are in pyproject.toml."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import ROOT

MODULES = sorted(
    path
    for root in (ROOT / "hooks" / "session_hooks", ROOT / "installer" / "session_hooks_installer")
    for path in root.rglob("*.py")
)


def test_the_hooks_package_holds_rooms_alone() -> None:
    assert [path.name for path in (ROOT / "hooks" / "session_hooks").glob("*.py")] == [
        "__init__.py"
    ]


def test_every_contract_of_the_imports_is_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_first_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    said = ast.get_docstring(tree)
    assert said or not tree.body, "only an empty module says nothing"
    assert not said or said.split("\n\n")[0].endswith((".", ":"))
