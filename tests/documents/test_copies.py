"""Of one text that lies here several times, one document counts."""

from pathlib import Path

import pytest

from helpers import add_session, ago, command, git, run, session_text
from session_hooks.documents.scan import copies, scan
from session_hooks.project.project import project_at

SESSIONS = ".agents/sessions"
NAME = "20251204-143000-weather"


@pytest.mark.parametrize(
    "name",
    [
        f"{NAME}.bak.md",
        f"{NAME}-old.md",
        f"{NAME} (1).md",
        f"{NAME} copy.md",
        f"{NAME} copy 2.md",
        f"{NAME} - Copy (2).md",
        f"{NAME} - Kopie.md",
        f"{NAME}.md.bak.md",
        f"copy of {NAME}.md",
        f"Copy of {NAME}_backup2.md",
    ],
)
def test_a_backup_is_one_of_the_file_beside_it_whatever_it_says(name: str, repo: Path) -> None:
    add_session(repo, f"{NAME}.md", session_text("Now"))
    add_session(repo, name, session_text("Before"))
    found = scan(project_at(str(repo)), 5)
    assert [one.title for one in found.documents] == ["Now"]
    assert [(one.title, of) for one, of in found.copies] == [("Before", f"{SESSIONS}/{NAME}.md")]


def test_a_copy_of_a_copy_is_one_of_what_counts(repo: Path) -> None:
    for name, title in ((NAME, "Now"), (f"{NAME}.bak", "Before"), (f"{NAME}.bak (1)", "Long ago")):
        add_session(repo, f"{name}.md", session_text(title))
    found = scan(project_at(str(repo)), 5)
    assert {of for _, of in found.copies} == {f"{SESSIONS}/{NAME}.md"}
    assert [one.title for one in found.documents] == ["Now"]


@pytest.mark.parametrize(
    "name",
    ["20251204-143000-weather-2.md", "20251204-143000-copy-on-write.md", "20251204-143000-old.md"],
)
def test_a_name_that_only_looks_so_is_a_documents_own(name: str, repo: Path) -> None:
    add_session(repo, f"{NAME}.md", session_text("One"))
    add_session(repo, name, session_text("Other"))
    assert len(scan(project_at(str(repo)), 5).documents) == 2


def test_a_backup_whose_original_is_gone_is_read(repo: Path) -> None:
    add_session(repo, f"{NAME}.bak.md", session_text("Left"))
    assert [one.title for one in scan(project_at(str(repo)), 5).documents] == ["Left"]


def test_of_equal_texts_the_one_with_the_plainest_name_counts(repo: Path) -> None:
    for name in ("a-much-longer-name.md", "a - copy.md", "short.md", "z.bak.md"):
        add_session(repo, name, session_text())
    found = scan(project_at(str(repo)), 5)
    assert [one.path for one in found.documents] == [f"{SESSIONS}/short.md"]
    assert copies(found.documents) == {}


def test_equal_texts_of_completed_files_and_of_other_formats_are_no_copies(repo: Path) -> None:
    for name in ("a.md", "b.md"):
        add_session(repo, name, session_text(status="completed"))
    assert len(scan(project_at(str(repo)), 5).documents) == 2


def test_a_start_counts_a_text_once_and_the_list_says_what_is_a_copy(
    repo: Path, env: dict[str, str]
) -> None:
    add_session(repo, f"{NAME}.md", session_text())
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "one", when=ago(hours=2))
    add_session(repo, f"{NAME} (1).md", session_text())
    told = run("session-start-hook", {"cwd": str(repo), "source": "startup"}, env, repo)
    assert "Other active" not in told.model
    assert told.person.startswith("1 active session file.")
    listed = [
        command("agent-session", env, repo, "list", *more, "--json") for more in ((), ("--all",))
    ]
    assert [len(one.answer["documents"]) for one in listed] == [1, 2]
    row = listed[1].answer["documents"][1]
    assert (row["active"], row["reasons"][0]) == (False, f"a copy of {SESSIONS}/{NAME}.md")
    shown = command("agent-session", env, repo, "show", f"{SESSIONS}/{NAME} (1).md")
    assert f"a copy of {SESSIONS}/{NAME}.md" in shown.out
