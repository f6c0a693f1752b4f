"""What agent-session asks of git, however many documents there are, and however slow git is."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers import GIT, ago, command, git, iso, make_repository, run
from session_hooks.cli import project
from session_hooks.project.project import project_at
from session_hooks.report import ranking
from session_hooks.report.verdict import judge

SESSIONS = ".agents/sessions"


def with_sessions(folder: Path, number: int) -> Path:
    """A clone, so that every file is new: a session file for every second day, on its branch."""
    repo = make_repository(folder / f"of-{number}")
    (repo / SESSIONS).mkdir(parents=True)
    for index in range(number):
        when = ago(days=2 * (number - index), hours=1)
        text = (
            f'---\nsession:\n  title: "Part {index}"\n  status: in_progress\n'
            f'  branch: feat/{index}\n  created: "{iso(when)}"\n---\n\n'
            f"## Current State\n`src/{index}.py` is begun, see commit abcdef{index:03}1.\n\n"
            f"## Next Steps\n- [ ] Go on\n"
        )
        (repo / SESSIONS / f"{when:%Y%m%d-%H%M%S}-part.md").write_text(text)
        git(repo, "add", "-A")
        git(repo, "commit", "-q", "-m", f"Part {index}", when=when)
        git(repo, "branch", f"feat/{index}")
    git(folder, "clone", "-q", str(repo), f"clone-of-{number}")
    return folder / f"clone-of-{number}"


class Stub:
    """A git in front of the real one, which counts its questions, or never answers."""

    def __init__(self, folder: Path, path: str, *, answers: bool = True) -> None:
        self._calls = folder / "calls"
        stub = folder / "bin" / "git"
        stub.parent.mkdir()
        then = f'exec {GIT} "$@"' if answers else "exec sleep 30"
        stub.write_text(f'#!/bin/sh\necho "$*" >> {self._calls}\n{then}\n')
        stub.chmod(0o755)
        self.path = f"{stub.parent}{os.pathsep}{path}"

    def questions(self) -> int:
        """How many there were since it was last asked."""
        found = self._calls.read_text().splitlines()
        self._calls.unlink()
        return len(found)


def test_a_list_asks_as_much_of_git_however_many_documents_there_are(
    tmp_path: Path, env: dict[str, str]
) -> None:
    stub = Stub(tmp_path, env["PATH"])
    asked = []
    for number in (26, 52):
        clone = with_sessions(tmp_path, number)
        listed = command("agent-session", env | {"PATH": stub.path}, clone, "list", "--json")
        assert len(listed.answer["documents"]) == number
        asked.append(stub.questions())
    assert asked[0] == asked[1] < 100


def test_to_show_one_document_git_is_asked_about_that_one_alone(
    tmp_path: Path, env: dict[str, str]
) -> None:
    stub = Stub(tmp_path, env["PATH"])
    clone = with_sessions(tmp_path, 26)
    for name in sorted(os.listdir(clone / SESSIONS))[::12]:
        told = command("agent-session", env | {"PATH": stub.path}, clone, "show", "--json", name)
        if told.code:  # not by its bare name
            stub.questions()
            place = f"{SESSIONS}/{name}"
            told = command(
                "agent-session", env | {"PATH": stub.path}, clone, "show", "--json", place
            )
        assert told.answer["evidence"]["branch"]["exists"]
        assert [one["exists"] for one in told.answer["evidence"]["commits"]] == [False]
        assert stub.questions() < 16


@pytest.fixture
def unanswered(tmp_path: Path, env: dict[str, str]) -> tuple[Path, Stub]:
    return with_sessions(tmp_path, 26), Stub(tmp_path, env["PATH"], answers=False)


def test_where_git_never_answers_a_start_goes_by_the_documents_own_dates_and_says_so(
    unanswered: tuple[Path, Stub], env: dict[str, str]
) -> None:
    clone, stub = unanswered
    event = {"session_id": "a", "cwd": str(clone), "source": "startup"}
    told = run("session-start-hook", event, env | {"PATH": stub.path}, clone)
    newest = max(os.listdir(clone / SESSIONS))
    assert f"To resume: {SESSIONS}/{newest}" in told.model
    assert "Other active session files (13):" in told.model  # of the last 30 days
    assert "Nothing here is checked: git did not answer in time." in told.model
    assert '"Part 25" (in_progress, 2 days ago, not checked)' in told.person


def test_where_git_never_answers_agent_session_says_so_and_goes_by_their_dates(
    unanswered: tuple[Path, Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, stub = unanswered
    monkeypatch.setenv("PATH", stub.path)
    monkeypatch.setattr(project, "GIT_SECONDS", 0.5)
    found = project.survey(project_at(str(clone)), datetime.now(UTC), limits=(None, 20))
    entries = ranking.candidates(found.scan.documents, found.view)
    assert [entry.document.title for entry in entries[:2]] == ["Part 25", "Part 24"]
    assert sum(not entry.is_put_aside for entry in entries) == 14
    assert judge(entries[0].document, found.view).reasons == ("git did not answer in time",)


def test_a_document_without_dates_is_as_new_as_its_file_where_git_never_answers(
    unanswered: tuple[Path, Stub], env: dict[str, str]
) -> None:
    clone, stub = unanswered
    (clone / SESSIONS / "undated.md").write_text(
        "---\nsession:\n  title: Undated\n  status: in_progress\n---\n\n## Next Steps\n- [ ] Go\n"
    )
    event = {"session_id": "a", "cwd": str(clone), "source": "startup"}
    told = run("session-start-hook", event, env | {"PATH": stub.path}, clone)
    assert "Other active session files (14):" in told.model
