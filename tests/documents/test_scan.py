import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import add_session, ago, facts_of, git, session_text
from session_hooks.documents import files
from session_hooks.documents import scan as scanning
from session_hooks.documents.files import UnreadableFileError, decode
from session_hooks.documents.index import Index, Indexed
from session_hooks.documents.locations import FEW
from session_hooks.documents.names import MOST
from session_hooks.documents.scan import scan
from session_hooks.project.project import project_at


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


@pytest.mark.parametrize("name", ["HANDOFF.md", "memory-bank/activeContext.md"])
def test_what_is_remembered_of_a_file_that_is_a_place_of_its_own_is_read_whole(
    name: str, repo: Path
) -> None:
    add(repo, os.path.dirname(name), os.path.basename(name))
    noted = Index(looked_ns=time.time_ns() + 10 * 1000**3)
    scan(project_at(str(repo)), 5, index=noted)
    again = Index(Indexed(noted.changes().put), time.time_ns() + 10 * 1000**3)
    (document,) = scan(project_at(str(repo)), 5, index=again).documents
    assert "Go on" in document.body
    assert not again.changes().put


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


def test_what_was_written_while_it_was_read_is_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files._read
    sessions = project / ".agents" / "sessions"

    def write_then_read(fd: int, size: int) -> bytes:
        for path in sessions.iterdir():
            with path.open("a") as file:
                file.write("\nMore.\n")
        return real(fd, size)

    noted = Index(looked_ns=time.time_ns() + 10 * 1000**3)
    monkeypatch.setattr(files, "_read", write_then_read)
    scan(project_at(str(project)), 5, index=noted)
    monkeypatch.undo()
    known = Indexed(noted.changes().put)
    assert len(known.entries) == 1
    again = Index(known, time.time_ns() + 10 * 1000**3)
    assert scan(project_at(str(project)), 5, index=again) == scan(project_at(str(project)), 5)
    assert len(again.changes().put) == 1


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
