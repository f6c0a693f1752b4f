"""A format is one module and one row of the table of places."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import session_hooks
from examples import EXAMPLES
from helpers import ROOT, environment, make_repository
from session_hooks.documents import formats
from session_hooks.documents.formats import handoff
from session_hooks.documents.locations import PLACES
from session_hooks.documents.registry import FORMATS, load_format, named, read_body
from session_hooks.documents.scan import document_of

FOLDER = Path(formats.__file__ or "").parent
DIARY = '''
"""Diaries."""
from datetime import datetime

from session_hooks.documents import header
from session_hooks.documents.model import Document, Need, Part, Role, Template

NAME = "diary"
SPECIFICATION = "900"
ROLE = Role.NEWEST
STEM = "{date}-{name}"
WRITTEN_WHEN = "Each evening, write a diary: {folder}YYYY-MM-DD-<topic>.md."
TEMPLATE = Template(head="# {title}", parts=(Part("Left To Do", Need.MAY, "- [What is open]"),))


def read(path: str, text: str, modified: datetime) -> Document:
    return header.read(NAME, path, text, modified)


def is_template(document: Document) -> bool:
    return header.is_blank(document, TEMPLATE)
'''
ROW = '    ("diary", ANY, ("diaries",)),\n'
LOG = "diaries/2026-01-05-billing.md"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package that has one more format."""
    package = tmp_path / "copy" / "session_hooks"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "hooks" / "session_hooks", package, ignore=ignored)
    (package / "documents" / "formats" / "diary.py").write_text(DIARY)
    table = package / "documents" / "locations.py"
    before, last, after = table.read_text().partition('    ("prompt", HANDOFFS, _TOP),\n')
    table.write_text(before + last + ROW + after)
    return package.parent


def test_a_format_takes_one_module_and_one_row(copy: Path, tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "shop")
    env = environment(tmp_path, PYTHONPATH=str(copy))
    code = "import sys; from session_hooks.cli.main import main; sys.exit(main())"

    def ask(*arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments, "--json"],
            env=env, cwd=repo, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    (repo / "diaries").mkdir()
    (repo / LOG).write_text("# Billing\n\n## Next Steps\n- [ ] Send the invoices\n")
    rows = ask("list")["documents"]
    assert [(row["path"], row["format"], row["active"]) for row in rows] == [(LOG, "diary", True)]
    leading = ask("explain", LOG)
    assert (leading["state"], leading["rank"]) == ("leads", 1)
    assert leading["reasons"][0] == "read as diary, specification 900"
    assert ask("check") == {"findings": []}
    made = ask("new", "--format", "diary", "Refunds")
    assert (repo / made["path"]).read_text() == "# Refunds\n\n## Left To Do\n\n- [What is open]\n"
    assert ask("explain", made["path"])["state"] == "blank"


def test_each_format_is_the_module_of_its_name() -> None:
    assert list(PLACES) == [form.NAME for form in FORMATS] == [*EXAMPLES]
    assert {path.stem for path in FOLDER.glob("[a-z]*.py")} == {*PLACES}
    assert [load_format(name) for name in PLACES] == [named(name) for name in PLACES]
    with pytest.raises(ModuleNotFoundError):
        load_format("diary")


def test_a_body_is_of_the_text_that_was_read_and_of_no_earlier_one() -> None:
    for action in ("One", "Two"):
        text = f"# A\n\n## Next Steps\n- [ ] {action}\n"
        modified = datetime(2026, 1, 5, tzinfo=UTC)
        found = read_body(document_of(handoff, "HANDOFF.md", text.encode(), modified))
        assert found.next_action is not None
        assert found.next_action.text == action


def test_no_hook_imports_the_rules_of_a_format() -> None:
    code = (
        "import sys; import session_hooks.events.session_start, session_hooks.events.session_end;"
        "assert not [one for one in sys.modules if one.startswith('session_hooks.cli')]"
    )
    folder = Path(session_hooks.__file__ or "").parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
