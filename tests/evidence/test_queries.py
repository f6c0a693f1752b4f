"""What git is asked, and what it prints, parsed into values; whatever it prints, nothing raises."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import add_session, ago, facts_of, git, run, session_text
from session_hooks.evidence import queries
from session_hooks.evidence.model import Commit, GitFacts, Work
from session_hooks.evidence.queries import (
    parse_commits,
    parse_paths,
    parse_refs,
    parse_renames,
    parse_status,
    short,
)
from session_hooks.project.project import Project, project_at

FOLDER = ".agents/sessions"


def facts(project: Path) -> GitFacts:
    return facts_of(project_at(str(project)), [FOLDER])


def commit(repo: Path) -> None:
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-q", "-m", "one")


def test_the_branch_is_told_even_before_the_first_commit(repo: Path) -> None:
    assert facts(repo).branch == "feat/weather"


def test_a_detached_head_is_no_branch(repo: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "one")
    git(repo, "checkout", "-q", "--detach")
    assert facts(repo) == GitFacts(None, frozenset(), frozenset(), untracked=frozenset())


def test_only_what_git_does_not_hold_as_it_is_has_a_time_of_its_own(repo: Path) -> None:
    for name in ("clean", "changed", "staged"):
        add_session(repo, f"{name}.md", session_text())
    commit(repo)
    add_session(repo, "changed.md", session_text("Other"))
    add_session(repo, "staged.md", session_text("Other"))
    git(repo, "add", f"{FOLDER}/staged.md")
    add_session(repo, "new file.md", session_text())
    found = facts(repo)
    names = ("changed", "staged", "new file")
    assert found.changed == frozenset(f"{FOLDER}/{name}.md" for name in names)
    assert not found.has_own_time(f"{FOLDER}/clean.md")


@pytest.mark.parametrize("pattern", [".agents/", "*.md"])
def test_ignored_files_have_a_time_of_their_own(repo: Path, pattern: str) -> None:
    (repo / ".gitignore").write_text(pattern)
    add_session(repo, "a.md", session_text())
    assert facts(repo).has_own_time(f"{FOLDER}/a.md")


def test_paths_are_relative_to_a_project_below_the_top(repo: Path) -> None:
    inner = repo / "packages" / "api"
    add_session(inner, "a.md", session_text())
    found = facts(inner)
    assert found.changed == frozenset({f"{FOLDER}/a.md"})


def test_outside_git_nothing_is_known_and_every_time_counts(tmp_path: Path) -> None:
    assert facts(tmp_path) == GitFacts()
    assert GitFacts().has_own_time("anything")


@pytest.mark.parametrize("content", ["nonsense", "gitdir: /no/such/folder"])
def test_a_repository_that_git_refuses_is_an_empty_answer(content: str, tmp_path: Path) -> None:
    (tmp_path / ".git").write_text(content)
    assert facts(tmp_path) == GitFacts()


def test_without_git_on_the_machine_nothing_is_known(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/no/such/folder")
    assert facts(repo) == GitFacts()


def test_the_index_is_not_written(repo: Path) -> None:
    text = session_text()
    add_session(repo, "a.md", text)
    commit(repo)
    # The same bytes at another time: without its lock turned off, git would refresh the index.
    add_session(repo, "a.md", text, ago(hours=1))
    before = (repo / ".git" / "index").read_bytes()
    facts(repo)
    assert (repo / ".git" / "index").read_bytes() == before


def test_the_documented_output_is_understood() -> None:
    fields = "N... 100644 100644 100644 1111111 2222222"
    unmerged = "N... 100644 100644 100644 100644 1111111 2222222 3333333"
    answer = "\0".join(
        [
            "# branch.oid 1111111",
            "# branch.head main",
            "# branch.upstream origin/main",
            f"1 .M {fields} api/a b.md",
            f"u UU {unmerged} api/c.md",
            "? api/d.md",
            "! api/e.md",
            "",
        ]
    )
    assert parse_status(answer.encode(), "api/") == GitFacts(
        "main",
        frozenset({"a b.md", "c.md", "d.md", "e.md"}),
        frozenset({"e.md"}),
        untracked=frozenset({"d.md", "e.md"}),
    )


def work(repo: Path, since: str | None, *documents: str) -> Work | None:
    return queries.work(project_at(str(repo)), documents, since, 5)


def test_what_happened_since_a_commit_is_its_successors_and_what_is_changed_now(
    repo: Path,
) -> None:
    for name in ("a b", "gone", "kept"):
        (repo / name).write_text(name)
    commit(repo)
    first = git(repo, "rev-parse", "HEAD").strip()
    add_session(repo, "x.md", session_text())
    (repo / "c").write_text("c")
    commit(repo)
    git(repo, "commit", "-q", "--allow-empty", "-m", "three")
    (repo / "a b").write_text("changed")
    (repo / "gone").unlink()
    (repo / "new").mkdir()
    (repo / "new" / "d").write_text("d")
    add_session(repo, "y.md", session_text())
    found = work(repo, first, FOLDER, "docs")
    assert found is not None
    assert [commit.paths for commit in found.commits] == [
        frozenset(),
        frozenset({"c", f"{FOLDER}/x.md"}),
    ]
    assert sorted(found.changed) == ["a b", "new/"]  # of what is deleted nothing tells when
    assert work(repo, None, FOLDER) == Work((), found.changed)


def test_a_project_below_the_top_is_told_of_its_own_files(repo: Path) -> None:
    project = repo / "packages" / "api"
    add_session(project, "x.md", session_text())
    commit(repo)
    first = git(repo, "rev-parse", "HEAD").strip()
    (repo / "outside").write_text("x")
    (project / "inside").write_text("x")
    add_session(project, "x.md", session_text(state="New"))
    found = work(project, first, FOLDER, f"{FOLDER}/x.md")
    assert found is not None
    assert list(found.changed) == ["inside"]
    commit(repo)
    found = work(project, first)
    assert found is not None
    assert f"{FOLDER}/x.md" in found.commits[0].paths
    add_session(repo, "elsewhere.md", session_text())
    commit(repo)
    found = work(project, first)
    assert found is not None
    assert found.commits[0].paths == frozenset()  # of the same name, in another folder


def test_what_git_does_not_know_is_no_answer(repo: Path, tmp_path: Path) -> None:
    (repo / "a").write_text("a")
    commit(repo)
    assert work(repo, "0" * 40) is None
    assert queries.work(Project(str(tmp_path), None, has_session_files=True), (), None, 5) is None


def test_a_document_is_tracked_or_not_or_git_does_not_tell(repo: Path) -> None:
    add_session(repo, "x.md", session_text())
    commit(repo)
    add_session(repo, "y.md", session_text())
    (repo / ".git" / "info" / "exclude").write_text("z.md\n")
    add_session(repo, "z.md", session_text())
    found = facts(repo)
    tracked = [found.is_tracked(f"{FOLDER}/{name}.md") for name in "xyz"]
    assert tracked == [True, False, False]
    assert GitFacts().is_tracked("x") is None


def test_a_project_is_read_by_its_own_values(tmp_path: Path) -> None:
    assert facts_of(Project(str(tmp_path), None, has_session_files=True), [FOLDER]) == GitFacts()


@pytest.mark.parametrize("says", ["exit 1", "echo git version unheard of", "sleep 0.12"])
@pytest.mark.parametrize("program", ["session-start-hook", "session-end-hook"])
def test_a_git_that_is_none_silences_no_hook(
    program: str, says: str, project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    """macOS has such a one until the developer tools are installed."""
    stub = tmp_path / "bin" / "git"
    stub.parent.mkdir()
    stub.write_text(f"#!/bin/sh\n{says}\n")
    stub.chmod(0o755)
    ran = run(program, {"cwd": str(project)}, env | {"PATH": f"{stub.parent}:{env['PATH']}"})
    assert "Weather fallback" in ran.out + ran.err


A, B = "a" * 40, "b" * 40
PIECES = st.lists(
    st.sampled_from(
        [b"\0", b"\x1f", b"\n", b"M", b"\nD", b"R100", b"api/", b"1700000000", A.encode(), b"\xff",
         b"1 ", b"u ", b"? ", b"! ", b"# branch.head ", b"refs/heads/", b"refs/remotes/origin/HEAD",
         b"9" * 30, b"-1"]
    )
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=200) | PIECES)
def test_no_answer_makes_any_reading_raise(answer: bytes) -> None:
    assert all(isinstance(one, Commit) for one in parse_commits(answer, "api/"))
    parse_status(answer, "api/")
    parse_refs(answer)
    parse_renames(answer, "api/")
    parse_paths(answer)


def logged(
    name: str, parents: str, *files: str, author: str = "A", subject: str = "S", when: str = "0"
) -> str:
    fields = f"{name}\x1f{when}\x1f{when}\x1f{parents}\x1f{author}\x1f{subject}"
    return "\0" + fields + "\0" + "".join(f"{file}\0" for file in files)


def test_a_log_is_read_with_its_files_and_without_what_is_outside() -> None:
    answer = logged(A, B, "\nM", "api/a b.py", "D", "api/gone.py", "A", "web/x.py")
    answer += logged(B, "", "\nA", "api/a b.py", subject="With \x1f in it", author="É")
    newest, oldest = parse_commits(answer.encode(), "api/")
    began = datetime(1970, 1, 1, tzinfo=UTC)
    paths, deleted = frozenset({"a b.py", "gone.py"}), frozenset({"gone.py"})
    assert newest == Commit(
        began, paths, A, "S", "A", (B,), deleted, is_outside=True, authored=began
    )
    only = frozenset({"a b.py"})
    assert oldest == Commit(began, only, B, "With \x1f in it", "É", authored=began, added=only)


def test_bytes_that_are_no_utf_8_are_kept() -> None:
    (one,) = parse_commits(logged(A, "").encode() + b"\nA\0caf\xe9.py\0")
    assert one.paths == {"caf\udce9.py"}


def test_a_commit_with_a_date_that_no_clock_shows_has_the_nearest() -> None:
    answer = logged(A, "", "\nM", "x.py", when="9" * 30) + logged(B, "", "\nM", "y.py", when="-9")
    newest, oldest = parse_commits(answer.encode())
    assert (newest.when.year, oldest.when.year) == (2200, 1970)


def test_a_commit_without_a_date_is_left_out() -> None:
    answer = logged(A, "", "\nM", "x.py", when="") + logged(B, "", "\nM", "y.py")
    assert [one.paths for one in parse_commits(answer.encode())] == [frozenset({"y.py"})]


def refs(*lines: tuple[str, str, str]) -> bytes:
    return "".join("\0".join(line) + "\n" for line in lines).encode()


MAIN = ("refs/heads/main", A, "")
TRUNK = ("refs/remotes/origin/trunk", B, "")
HEAD = ("refs/remotes/origin/HEAD", B, "refs/remotes/origin/trunk")


def test_the_branches_are_read_with_the_default_one() -> None:
    found = parse_refs(refs(MAIN, HEAD, TRUNK, ("refs/heads/feat/x", B, "")))
    assert found.tips == {
        "refs/heads/main": A, "refs/remotes/origin/trunk": B, "refs/heads/feat/x": B,
    }  # fmt: skip
    assert found.default == "trunk"
    assert (found.local("feat/x"), found.local("trunk")) == ("refs/heads/feat/x", None)
    for name in ("trunk", "origin/trunk"):
        assert found.remote(name) == "refs/remotes/origin/trunk"


def test_the_default_branch_is_one_that_is_there() -> None:
    assert parse_refs(refs(MAIN, ("refs/heads/master", A, ""))).default == "main"
    assert parse_refs(refs(("refs/remotes/origin/master", A, ""))).default == "master"
    assert parse_refs(refs(("refs/heads/dev", A, ""))).default is None
    assert parse_refs(b"").default is None


def test_another_remotes_branch_is_found_after_origins() -> None:
    fork, ours = "refs/remotes/fork/feat/x", "refs/remotes/origin/feat/x"
    assert parse_refs(refs((fork, A, ""))).remote("feat/x") == fork
    assert parse_refs(refs((fork, A, ""), (ours, B, ""))).remote("feat/x") == ours


def test_a_branch_is_written_as_people_do() -> None:
    names = ("refs/heads/feat/x", "refs/remotes/origin/feat/x", "feat/x")
    assert [short(name) for name in names] == ["feat/x", "origin/feat/x", "feat/x"]


def test_a_move_out_of_the_project_is_known_and_one_of_others_is_none() -> None:
    moves = ("api/a.py", "api/b.py", "api/c.py", "web/c.py", "web/d.py", "api/d.py")
    pairs = zip(moves[::2], moves[1::2], strict=True)
    answer = "".join(f"R100\0{old}\0{new}\0" for old, new in pairs)
    assert parse_renames(answer.encode(), "api/") == {"a.py": "b.py", "c.py": "web/c.py"}
