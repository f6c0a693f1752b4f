"""What the cached answers depend on."""

from pathlib import Path
from typing import Any

import pytest

from helpers import add_session, ago, make_repository, session_text
from session_hooks.documents.config import Config
from session_hooks.documents.scan import scan
from session_hooks.evidence import cache
from session_hooks.evidence.model import GitFacts, View
from session_hooks.project.project import project_at
from session_hooks.report.ranking import JUDGE

NAME = "20251204-143000-x.md"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = make_repository(tmp_path / "shop")
    add_session(repo, NAME, session_text(), ago(hours=3))
    return repo


def key(repo: Path, **more: Any) -> str | None:
    project, settings = project_at(str(repo)), Config()
    found = scan(project, 60, settings.places)
    found = found._replace(documents=tuple(one._replace(**more) for one in found.documents))
    return cache._key(cache.asked(project, settings, found, View(ago(), GitFacts()), JUDGE))


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
def test_another_state_of_a_document_is_asked_about_anew(more: dict[str, Any], repo: Path) -> None:
    assert key(repo, **more) != key(repo)


def test_what_a_documents_bytes_tell_is_no_state_of_its_own(repo: Path) -> None:
    assert key(repo, updated=ago(hours=5), title="Its digest would tell") == key(repo)
