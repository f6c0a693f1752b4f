"""What lies where documents do and is not read: a person who asks is told why."""

from pathlib import Path

import pytest

from helpers import Ran, add_session, command, environment, session_text
from session_hooks.documents.locations import FEW
from session_hooks.documents.names import MOST

NOTE = "# Note\n\n## Next Steps\n1. Go on\n"
OTHERS = [f"docs/handoff/note-{number:02}.md" for number in range(FEW + 1)]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def agent_session(env: dict[str, str], repo: Path, *arguments: str) -> Ran:
    return command("agent-session", env, repo, *arguments)


def add(repo: Path, *paths: str) -> None:
    for name in paths:
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTE)


def not_read(env: dict[str, str], repo: Path) -> list[str]:
    ran = agent_session(env, repo, "list", "--all")
    return [line.removeprefix("Not read: ") for line in ran.err.splitlines() if "Not read" in line]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("docs/handoffs/README.md", "a README"),
        ("docs/handoffs/_template.md", "a template"),
        (".agents/sessions/CONVENTIONS.md", "a guide"),
        ("sessions/notes.md", "its name has no date"),
        (
            "HANDOFF_PLAN.md",
            "there only NEXT_SESSION.md, HANDOFF.md, HANDOVER.md, SESSION_HANDOFF.md, "
            "NEXT_SESSION_PROMPT.md, SESSION_NOTES.md are read",
        ),
        ("thoughts/shared/handoffs/ENG-1/README.md", "a README"),
    ],
)
def test_each_file_is_listed_and_shown_with_the_reason(
    name: str, reason: str, repo: Path, env: dict[str, str]
) -> None:
    add(repo, name, "docs/notes.md", "CHANGELOG.md")
    assert not_read(env, repo) == [f"{name} ({reason})"]
    ran = agent_session(env, repo, "show", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"agent-session: {name} is not read: {reason}\n"


def test_many_of_a_kind_are_told_in_one_line(repo: Path, env: dict[str, str]) -> None:
    add(repo, *OTHERS, "docs/handoff/2026-01-05-auth.md")
    assert not_read(env, repo) == [
        f"{FEW + 1} files in docs/handoff: note-00.md, note-01.md, note-02.md, … "
        f"(its name has no date, as those of more than {FEW} files there)"
    ]


def test_what_is_older_than_all_that_are_read_is_told(repo: Path, env: dict[str, str]) -> None:
    add(repo, *(f"docs/handoffs/20{number:02}-01-05-x.md" for number in range(MOST)))
    add(repo, "docs/handoffs/1999-01-05-x.md")
    assert not_read(env, repo) == [
        "docs/handoffs/1999-01-05-x.md (others there are newer by their names)"
    ]


def test_a_format_that_is_left_out_is_said(repo: Path, env: dict[str, str]) -> None:
    add(repo, "HANDOFF.md")
    (repo / ".agents").mkdir()
    (repo / ".agents/session-hooks.toml").write_text('[documents]\nformats = ["session"]\n')
    reason = "[documents] formats in .agents/session-hooks.toml leaves prompt out"
    assert not_read(env, repo) == [f"HANDOFF.md ({reason})"]


def test_a_folder_that_leads_elsewhere_is_told(
    repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "vault").mkdir()
    (repo / "handoffs").symlink_to(tmp_path / "vault")
    assert not_read(env, repo) == [
        "handoffs (it is a link that leaves the project, so it is not read)"
    ]


def test_a_folder_whose_name_is_spelled_otherwise_is_told(repo: Path, env: dict[str, str]) -> None:
    add(repo, ".agents/SESSIONS/2026-01-05.md")
    assert not_read(env, repo) == [
        ".agents/SESSIONS (.agents/sessions is read; [folders] session in "
        ".agents/session-hooks.toml names another folder)"
    ]
    (repo / ".agents/session-hooks.toml").write_text('[folders]\nsession = [".agents/SESSIONS"]\n')
    assert not_read(env, repo) == []
    assert "Go on" in agent_session(env, repo, "show", ".agents/SESSIONS/2026-01-05.md").out


def test_without_all_nothing_is_said_of_them(repo: Path, env: dict[str, str]) -> None:
    add(repo, "docs/handoffs/README.md")
    assert agent_session(env, repo, "list").err == ""


def test_the_check_of_an_installation_tells_them_too(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "a.md", session_text())
    add(repo, *OTHERS, "docs/handoffs/README.md", "sessions/a.md", "SESSION_NOTES_OLD.md")
    add_session(repo, "empty.md", "")
    lines = command("install-hooks", env, repo, "--check").out.splitlines()
    (said,) = (line for line in lines if "not read: " in line)
    assert said.startswith("ok       not read: .agents/sessions/empty.md (it is empty); ")
    assert said.endswith("; 2 more, see: agent-session list --all")
