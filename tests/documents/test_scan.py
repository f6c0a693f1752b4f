import os
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import Ran, add_session, ago, command, environment, facts_of, git, run, session_text
from session_hooks.documents import files
from session_hooks.documents import scan as scanning
from session_hooks.documents.files import UnreadableFileError, decode
from session_hooks.documents.locations import FEW, MOST
from session_hooks.documents.scan import copies, scan
from session_hooks.project.project import project_at
from session_hooks.util import stamps


def names(project: Path, seconds: float = 5) -> list[str]:
    return [d.path.rpartition("/")[2] for d in scan(project_at(str(project)), seconds).documents]


def test_documents_come_most_recently_written_first(project: Path) -> None:
    assert names(project) == [
        "20251204-143000-weather-fallback.md",
        "20251201-090000-billing-export.md",
        "20251120-100000-login-form.md",
    ]


def test_where_a_clone_gave_all_the_same_time_the_names_decide(repo: Path) -> None:
    for day in ("20251201", "20251203", "20251202"):
        add_session(repo, f"{day}-090000-x.md", session_text(day), ago(days=1))
        path = repo / ".agents/sessions" / f"{day}-090000-x.md"
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert names(repo) == [f"{d}-090000-x.md" for d in ("20251203", "20251202", "20251201")]


NOTE = "# Note\n\n## Next Steps\n1. Go on\n"


def add(repo: Path, folder: str, *found: str) -> None:
    (repo / folder).mkdir(parents=True, exist_ok=True)
    for name in found:
        (repo / folder / name).write_text(f"{NOTE}2. See {name}\n")


def test_in_a_folder_of_anything_only_what_its_name_calls_a_document_is_opened(repo: Path) -> None:
    notes = [f"note-{number}.md" for number in range(FEW + 1)]
    add(repo, "docs/handoff", *notes, "2026-01-05-auth.md", "auth-handover.md")
    assert set(names(repo)) == {"2026-01-05-auth.md", "auth-handover.md"}
    (repo / "docs/handoff" / notes[0]).unlink()
    assert len(names(repo)) == FEW + 2


def test_of_many_the_newest_by_their_names_are_opened(repo: Path) -> None:
    dated = [f"20{number // 12:02}-{number % 12 + 1:02}-01.md" for number in range(MOST + 20)]
    add(repo, "docs/handoffs", *dated, *(f"handoff-{number}.md" for number in range(FEW + 20)))
    assert set(names(repo)) == {
        *dated[20:],
        *(f"handoff-{number}.md" for number in range(20, FEW + 20)),
    }


def test_a_folder_that_the_project_names_itself_is_read_whole(repo: Path) -> None:
    notes = [f"note-{number}.md" for number in range(FEW + 1)]
    add(repo, "docs/handoff", *notes)
    found = scan(project_at(str(repo)), 5, {"handoff": ("docs/handoff",)})
    assert len(found.documents) == FEW + 1


def test_a_place_may_be_one_file(repo: Path) -> None:
    add(repo, "notes", "where-we-are.md", "another.md")
    for form in ("handoff", "journal", "session"):
        found = scan(project_at(str(repo)), 5, {form: ("notes/Where-We-Are.md",)})
        assert [(d.path, d.format) for d in found.documents] == [("notes/where-we-are.md", form)]


def test_of_a_sessions_own_folder_the_newest_is_read_where_no_name_is_known(repo: Path) -> None:
    folder = ".agents/sessions/2026-01-05-parser"
    add(repo, folder, "flow.md", "notes-on-it.md", "README-first.md")
    for age, name in enumerate(("flow.md", "notes-on-it.md", "README-first.md")):
        os.utime(repo / folder / name, (1_700_000_000 - age, 1_700_000_000 - age))
    assert [one.path for one in scan(project_at(str(repo)), 5).documents] == [f"{folder}/flow.md"]
    add(repo, folder, "context.md")
    found = scan(project_at(str(repo)), 5).documents
    assert [one.path for one in found] == [f"{folder}/context.md"]


def test_a_file_in_two_places_is_read_once(repo: Path) -> None:
    add(repo, "", "HANDOFF.md")
    places = {"handoff": ("", "HANDOFF.md"), "prompt": ("",)}
    assert len(scan(project_at(str(repo)), 5, places).documents) == 1


def test_paths_are_relative_to_the_project(project: Path) -> None:
    first = scan(project_at(str(project)), 5).documents[0]
    assert first.path == ".agents/sessions/20251204-143000-weather-fallback.md"


def test_readmes_templates_and_other_files_are_not_documents(repo: Path) -> None:
    for name in ("README.md", "TEMPLATE.md", "state.json", "notes.txt"):
        add_session(repo, name, session_text())
    assert names(repo) == []


def test_what_cannot_be_read_is_listed_with_the_reason(repo: Path, tmp_path: Path) -> None:
    sessions = add_session(repo, "a.md", session_text()).parent
    add_session(repo, "empty.md", "")
    add_session(repo, "blank.md", " \n\n")
    add_session(repo, "binary.md", b"\x00\x01\x02")
    os.mkfifo(sessions / "fifo.md")
    (sessions / "folder.md").mkdir()
    (sessions / "out.md").symlink_to("/etc/passwd")
    (tmp_path / "secret.md").write_text("secret")
    (sessions / "up.md").symlink_to("../../../secret.md")
    found = scan(project_at(str(repo)), 5)
    assert [document.path for document in found.documents] == [".agents/sessions/a.md"]
    reasons = {unread.path.rpartition("/")[2]: unread.reason for unread in found.unread}
    assert reasons == {
        "empty.md": "it is empty",
        "blank.md": "it is empty",
        "binary.md": "it is not text",
        "fifo.md": "it is not a regular file",
        "out.md": "it is a link that leaves the project, so it is not read",
        "up.md": "it is a link that leaves the project, so it is not read",
    }


def test_a_link_inside_the_project_is_followed(project: Path) -> None:
    inside = project / "docs"
    inside.mkdir()
    (inside / "x.md").write_text(session_text("Linked"))
    (project / ".agents/sessions/link.md").symlink_to("../../docs/x.md")
    titles = {document.title for document in scan(project_at(str(project)), 5).documents}
    assert "Linked" in titles


def test_a_link_to_nowhere_is_passed_over(repo: Path) -> None:
    add_session(repo, "a.md", session_text()).with_name("gone.md").symlink_to("nowhere.md")
    found = scan(project_at(str(repo)), 5)
    assert len(found.documents) == 1
    assert [unread.reason for unread in found.unread] == [
        "it is a link to a file that does not exist"
    ]


@pytest.mark.parametrize("target", ["../../.env", "../../.git/config", "../../notes.txt"])
def test_a_link_to_a_file_of_another_kind_is_not_read(target: str, repo: Path) -> None:
    sessions = add_session(repo, "a.md", session_text()).parent
    (repo / ".env").write_text("SECRET=1")
    (repo / "notes.txt").write_text("x")
    (sessions / "link.md").symlink_to(target)
    found = scan(project_at(str(repo)), 5)
    assert [unread.reason for unread in found.unread] == ["it is a link to a file of another kind"]


def test_a_folder_that_leads_out_of_the_project_is_not_read(repo: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.md").write_text(session_text())
    (repo / ".agents").mkdir()
    (repo / ".agents/sessions").symlink_to(outside)
    found = scan(project_at(str(repo)), 5)
    assert found.documents == ()
    assert [unread.path for unread in found.unread] == [".agents/sessions"]


def test_a_file_in_place_of_the_folder_is_told(repo: Path) -> None:
    (repo / ".agents").mkdir()
    (repo / ".agents/sessions").write_text("x")
    assert scan(project_at(str(repo)), 5).unread[0].reason == "not a directory"


def test_a_large_file_is_read_in_part_and_says_so(repo: Path) -> None:
    add_session(repo, "large.md", session_text(more="x" * 79 + "\n") + "y" * 5_000_000)
    (document,) = scan(project_at(str(repo)), 5).documents
    assert document.title == "Weather fallback"
    assert "only the first 1024 KiB" in document.problems[0].message


def link_outside(path: Path) -> None:
    path.symlink_to(path.parents[3] / "outside.md")


@pytest.mark.parametrize(
    ("come", "reason"),
    [
        (None, None),
        (os.mkfifo, "it is not a regular file"),
        (os.mkdir, "it is not a regular file"),
        (Path.touch, "it is empty"),
        (link_outside, "too many levels of symbolic links"),
    ],
    ids=["nothing", "a FIFO", "a folder", "an empty file", "a link"],
)
def test_a_file_is_read_as_it_was_seen_or_not_at_all(
    come: Callable[[Path], object] | None,
    reason: str | None,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = files.read
    (project.parent / "outside.md").write_text(session_text("Not the project's"))

    def replace_then_read(path: str) -> object:
        if "billing" in path:
            Path(path).unlink()
            if come is not None:
                come(Path(path))
        return real(path)

    monkeypatch.setattr(files, "read", replace_then_read)
    found = scan(project_at(str(project)), 5)
    assert len(found.documents) == 2
    assert [one.reason for one in found.unread] == ([reason] if reason else [])


def test_what_was_written_while_it_was_read_has_the_stamp_from_before(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat
    sessions = project / ".agents" / "sessions"

    def see_then_write(fd: int) -> os.stat_result:
        status = real(fd)
        for path in sessions.iterdir():
            with path.open("a") as file:
                file.write("\nMore.\n")
        return status

    monkeypatch.setattr(os, "fstat", see_then_write)
    found = scan(project_at(str(project)), 5)
    monkeypatch.undo()
    seen = dict(found.stamps)
    assert all(seen[str(path)] != stamps.stamp(str(path)) for path in sessions.iterdir())


def test_what_there_was_no_time_for_is_counted(repo: Path) -> None:
    for number in range(scanning.AT_LEAST + 5):
        add_session(repo, f"{number}.md", session_text(f"{number}"))
    found = scan(project_at(str(repo)), -1)
    assert (len(found.documents), found.not_reached) == (scanning.AT_LEAST, 5)


@pytest.mark.parametrize(
    ("data", "text", "line"),
    [
        (b"plain", "plain", None),
        ("naïve".encode(), "naïve", None),
        (b"\xef\xbb\xbfwith BOM", "with BOM", None),
        ("sixteen".encode("utf-16"), "sixteen", None),
        ("thirty-two".encode("utf-32"), "thirty-two", None),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree", None),
        (b"one\ntwo \xe9", "one\ntwo é", 2),
    ],
)
def test_every_encoding_is_read(data: bytes, text: str, line: int | None) -> None:
    read, problems = decode(data)
    assert read == text
    assert [problem.line for problem in problems] == ([] if line is None else [line])


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnreadableFileError):
        decode(b"a\0b")


def test_a_character_cut_in_two_by_the_limit_is_no_problem() -> None:
    data = ("é" * files.MAX_FILE_BYTES).encode()[: files.MAX_FILE_BYTES - 1]
    text, problems = decode(data)
    assert set(text) == {"é"}
    assert [problem.message for problem in problems] == [
        "too long: line 1 was not interpreted whole"
    ]


def test_a_folder_for_each_session_is_read_by_its_document(repo: Path) -> None:
    folder = ".agents/sessions"
    for name, text in (
        ("2026-06-05-payments/context.md", "Text without a heading.\n"),
        ("2026-06-05-payments/decisions.md", "# Decisions\n"),
        ("20260606-120000-orders/handoff.md", "# Orders\n"),
        ("20260606-120000-orders/README.md", "# Readme\n"),
        ("2026-06-07-empty/outputs.json", "{}"),
        ("archive/session.md", "# Archived\n"),
    ):
        (repo / folder / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / folder / name).write_text(text)
    found = scan(project_at(str(repo)), 5)
    read = {d.path: (d.title, d.created and d.created.day) for d in found.documents}
    assert read == {
        f"{folder}/2026-06-05-payments/context.md": ("payments", 5),
        f"{folder}/20260606-120000-orders/handoff.md": ("Orders", 6),
    }
    assert found.unread == ()
    facts = facts_of(project_at(str(repo)), [folder])
    assert all(facts.has_own_time(document.path) for document in found.documents)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "one")
    facts = facts_of(project_at(str(repo)), [folder])
    assert not any(facts.has_own_time(document.path) for document in found.documents)


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


PASSED_NOTE = "# Note\n\n## Next Steps\n1. Go on\n"
OTHERS = [f"docs/handoff/note-{number:02}.md" for number in range(FEW + 1)]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def agent_session(env: dict[str, str], repo: Path, *arguments: str) -> Ran:
    return command("agent-session", env, repo, *arguments)


def put(repo: Path, *paths: str) -> None:
    for name in paths:
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PASSED_NOTE)


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
    put(repo, name, "docs/notes.md", "CHANGELOG.md")
    assert not_read(env, repo) == [f"{name} ({reason})"]
    ran = agent_session(env, repo, "show", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"agent-session: {name} is not read: {reason}\n"


def test_many_of_a_kind_are_told_in_one_line(repo: Path, env: dict[str, str]) -> None:
    put(repo, *OTHERS, "docs/handoff/2026-01-05-auth.md")
    assert not_read(env, repo) == [
        f"{FEW + 1} files in docs/handoff: note-00.md, note-01.md, note-02.md, … "
        f"(its name has no date, as those of more than {FEW} files there)"
    ]


def test_what_is_older_than_all_that_are_read_is_told(repo: Path, env: dict[str, str]) -> None:
    put(repo, *(f"docs/handoffs/20{number:02}-01-05-x.md" for number in range(MOST)))
    put(repo, "docs/handoffs/1999-01-05-x.md")
    assert not_read(env, repo) == [
        "docs/handoffs/1999-01-05-x.md (others there are newer by their names)"
    ]


def test_a_format_that_is_left_out_is_said(repo: Path, env: dict[str, str]) -> None:
    put(repo, "HANDOFF.md")
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
    put(repo, ".agents/SESSIONS/2026-01-05.md")
    assert not_read(env, repo) == [
        ".agents/SESSIONS (.agents/sessions is read; [folders] session in "
        ".agents/session-hooks.toml names another folder)"
    ]
    (repo / ".agents/session-hooks.toml").write_text('[folders]\nsession = [".agents/SESSIONS"]\n')
    assert not_read(env, repo) == []
    assert "Go on" in agent_session(env, repo, "show", ".agents/SESSIONS/2026-01-05.md").out


def test_without_all_nothing_is_said_of_them(repo: Path, env: dict[str, str]) -> None:
    put(repo, "docs/handoffs/README.md")
    assert agent_session(env, repo, "list").err == ""


def test_the_check_of_an_installation_tells_them_too(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "a.md", session_text())
    put(repo, *OTHERS, "docs/handoffs/README.md", "sessions/a.md", "SESSION_NOTES_OLD.md")
    add_session(repo, "empty.md", "")
    lines = command("install-hooks", env, repo, "--check").out.splitlines()
    (said,) = (line for line in lines if "not read: " in line)
    assert said.startswith("ok       not read: .agents/sessions/empty.md (it is empty); ")
    assert said.endswith("; 2 more, see: agent-session list --all")
