"""What git prints, read into values; whatever it prints, nothing raises."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from session_hooks.evidence.model import Commit
from session_hooks.evidence.queries import (
    parse_commits,
    parse_paths,
    parse_refs,
    parse_renames,
    parse_status,
    short,
)

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


def refs(*lines: tuple[str, str, str, str]) -> bytes:
    return "".join("\0".join(line) + "\n" for line in lines).encode()


MAIN = ("refs/heads/main", A, "refs/remotes/origin/main", "")
TRUNK = ("refs/remotes/origin/trunk", B, "", "")
HEAD = ("refs/remotes/origin/HEAD", B, "", "refs/remotes/origin/trunk")


def test_the_branches_are_read_with_the_default_one() -> None:
    found = parse_refs(refs(MAIN, HEAD, TRUNK, ("refs/heads/feat/x", B, "", "")))
    assert found.tips == {
        "refs/heads/main": A, "refs/remotes/origin/trunk": B, "refs/heads/feat/x": B,
    }  # fmt: skip
    assert found.upstreams == {"refs/heads/main": "refs/remotes/origin/main"}
    assert found.default == "trunk"
    assert (found.local("feat/x"), found.local("trunk")) == ("refs/heads/feat/x", None)
    for name in ("trunk", "origin/trunk"):
        assert found.remote(name) == "refs/remotes/origin/trunk"


def test_the_default_branch_is_one_that_is_there() -> None:
    assert parse_refs(refs(MAIN, ("refs/heads/master", A, "", ""))).default == "main"
    assert parse_refs(refs(("refs/remotes/origin/master", A, "", ""))).default == "master"
    assert parse_refs(refs(("refs/heads/dev", A, "", ""))).default is None
    assert parse_refs(b"").default is None


def test_another_remotes_branch_is_found_after_origins() -> None:
    fork, ours = "refs/remotes/fork/feat/x", "refs/remotes/origin/feat/x"
    assert parse_refs(refs((fork, A, "", ""))).remote("feat/x") == fork
    assert parse_refs(refs((fork, A, "", ""), (ours, B, "", ""))).remote("feat/x") == ours


def test_a_branch_is_written_as_people_do() -> None:
    names = ("refs/heads/feat/x", "refs/remotes/origin/feat/x", "feat/x")
    assert [short(name) for name in names] == ["feat/x", "origin/feat/x", "feat/x"]


def test_a_move_out_of_the_project_is_known_and_one_of_others_is_none() -> None:
    moves = ("api/a.py", "api/b.py", "api/c.py", "web/c.py", "web/d.py", "api/d.py")
    pairs = zip(moves[::2], moves[1::2], strict=True)
    answer = "".join(f"R100\0{old}\0{new}\0" for old, new in pairs)
    assert parse_renames(answer.encode(), "api/") == {"a.py": "b.py", "c.py": "web/c.py"}
