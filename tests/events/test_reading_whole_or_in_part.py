"""What the hooks say does not depend on how much of the documents was read, and when."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers import add_session, ago, git, make_repository, session_text, spoke, transcript
from session_hooks.documents import scan
from session_hooks.events import context, pre_compact, session_end, session_start
from session_hooks.events.context import Event, Output, Surroundings
from session_hooks.project.hooks import SESSION_END

COMPLETED = 60
ACTIVE = 3
NOW = datetime.now(UTC) + timedelta(hours=1)  # nothing was changed just now


def make(folder: Path) -> Path:
    repo = make_repository(folder / "shop")
    for number in range(COMPLETED + ACTIVE):
        text = session_text(
            f"Work {number}",
            "in_progress" if number < ACTIVE else "completed",
            updated=ago(hours=number + 2),
            branch="feat/gone" if number % 2 else None,
            more="- [x] done\n- [ ] open in `src/a.py`\n",
        )
        add_session(repo, f"20251204-1430{number:02}-x.md", text, ago(hours=number + 2))
    (repo / "NEXT_SESSION.md").write_text("# Next Session\n\n## What's Next\n\nGo on\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "all", when=ago(hours=1))
    return repo


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make(tmp_path)


Handle = Callable[[Event, Surroundings], Output]


def conversation(repo: Path) -> Iterator[tuple[Handle, Event]]:
    """Yield a conversation's events, with changes to completed files between them."""
    sessions = repo / ".agents" / "sessions"

    def event(name: str, **more: Any) -> Event:
        return Event(name, more.pop("id", "one"), cwd=str(repo), **more)

    yield session_start.handle, event("SessionStart", source="startup")
    changed = sessions / "20251204-143040-x.md"
    before = changed.read_text()
    changed.write_text(before.replace("Work 40", "Work 40, again"))
    os.utime(changed, ((NOW + timedelta(minutes=1)).timestamp(),) * 2)
    yield (
        session_start.handle,
        event("SessionStart", source="resume", transcript_path=str(said_at(NOW, repo))),
    )
    yield pre_compact.handle, event("PreCompact", trigger="manual")
    yield session_start.handle, event("SessionStart", source="compact")
    yield session_end.handle, event("SessionEnd", reason="other")
    yield session_start.handle, event("SessionStart", source="startup", id="two")
    (sessions / "20251204-143050-x.md").unlink()
    yield session_end.handle, event("SessionEnd", reason="other", id="two")
    changed.write_text(before)


def said_at(when: datetime, repo: Path) -> Path:
    return transcript(repo.parent / "one.jsonl", spoke(when))


def said(repo: Path, home: Path) -> list[tuple[str, str]]:
    environ = {"HOME": str(home), "CLAUDE_CODE_SESSION_ATTENDED": "1"}
    found = []
    for number, (handle, event) in enumerate(conversation(repo)):
        output = handle(event, Surroundings(NOW + number * timedelta(minutes=2), environ, "/"))
        output.once_written()
        found.append((output.stdout, output.stderr))
    return found


@pytest.mark.parametrize("newest", [1, scan.NEWEST, 1000])
def test_the_hooks_say_the_same_as_when_every_document_is_read_whole(
    newest: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "NEWEST", newest)
    monkeypatch.setattr(session_start, "GIT_SECONDS", 20)
    monkeypatch.setattr(pre_compact, "GIT_SECONDS", 20)
    monkeypatch.setattr(session_end, "GIT_SECONDS", 20)
    monkeypatch.setattr(session_end, "SESSION_END", SESSION_END._replace(seconds=40))
    made = make(tmp_path / "made")
    repo = tmp_path / "shop"
    found = []
    for is_whole in (False, True):
        shutil.copytree(made, repo, symlinks=True)
        with monkeypatch.context() as patch:
            if is_whole:
                patch.setattr(context, "scan", lambda *given, **_: scan.scan(*given))
            found.append(said(repo, tmp_path / "home"))
        shutil.rmtree(repo)
    assert found[0] == found[1]
    assert "Work 40, again" in found[0][1][0]
