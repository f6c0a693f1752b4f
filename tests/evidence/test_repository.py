"""What git is to be asked about documents, and what tells these from before."""

from pathlib import Path
from typing import Any

import pytest

from helpers import add_session, ago, make_repository, session_text
from session_hooks.documents.config import Config
from session_hooks.documents.scan import scan
from session_hooks.evidence import repository
from session_hooks.evidence.model import GitFacts, View
from session_hooks.project.project import project_at
from session_hooks.report.ranking import JUDGE

NAME = "20251204-143000-x.md"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = make_repository(tmp_path / "shop")
    add_session(repo, NAME, session_text(), ago(hours=3))
    return repo


def asked(repo: Path, **more: Any) -> repository.Asked:
    project, settings = project_at(str(repo)), Config()
    found = scan(project, 60, settings.places)
    found = found._replace(documents=tuple(one._replace(**more) for one in found.documents))
    return repository.asked(project, settings, found, View(ago(), GitFacts()), JUDGE)


@pytest.mark.parametrize(
    "more",
    [
        {"digest": "another"},
        {"modified": ago(hours=2)},
        {"path": "another.md"},
        {"updated": ago(hours=-1)},
        {"created": ago(hours=-1)},
    ],
)
def test_a_document_that_is_not_as_it_was_has_another_mark(
    more: dict[str, Any], repo: Path
) -> None:
    assert {*asked(repo, **more).marks.values()} != {*asked(repo).marks.values()}


def test_one_that_is_as_it_was_has_the_same(repo: Path) -> None:
    again = asked(repo, updated=ago(hours=5), title="Its digest would tell")
    assert again.marks == asked(repo).marks


def test_outside_git_nothing_is_asked_so_nothing_is_marked(tmp_path: Path) -> None:
    add_session(tmp_path, NAME, session_text())
    assert asked(tmp_path).marks == {}
