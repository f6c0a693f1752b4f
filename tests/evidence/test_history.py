"""What a line of commits tells: held against sets of commits, as random histories have them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.evidence import history
from session_hooks.evidence.history import NOTHING, branch_name, is_long_lived
from session_hooks.evidence.model import Commit, History

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def made(name: str, *parents: str, day: int = 0, **more: object) -> Commit:
    return Commit(BEGIN + timedelta(days=day), frozenset(), name, parents=parents, **more)  # type: ignore[arg-type]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Commits that one tip holds, the newest first; every one has older parents."""
    number = draw(st.integers(1, 14))
    parents: dict[int, list[int]] = {0: []}
    for index in range(1, number):
        older = st.lists(st.integers(0, index - 1), max_size=3, unique=True)
        parents[index] = draw(older)
    loose = set(range(number - 1)) - {one for some in parents.values() for one in some}
    parents[number - 1] = sorted({*parents[number - 1], *loose})
    days = draw(st.lists(st.integers(0, 9), min_size=number, max_size=number))
    return History(
        tuple(
            made(str(index), *map(str, parents[index]), day=days[index])
            for index in reversed(range(number))
        )
    )


def reachable(line: History, name: str) -> set[str]:
    """The same by the definition: a commit, and what its parents reach."""
    parents = {one.id: one.parents for one in line.commits}
    return {name}.union(*(reachable(line, parent) for parent in parents.get(name, ())))


def ids(commits: tuple[Commit, ...]) -> list[str]:
    return [one.id for one in commits]


@given(histories(), st.data())
def test_after_a_commit_comes_what_it_does_not_reach(line: History, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(ids(line.commits)))
    held = reachable(line, name)
    assert ids(history.after(line, name)) == [i for i in ids(line.commits) if i not in held]


@given(histories(), st.integers(-1, 10))
def test_since_a_moment_comes_what_the_line_did_not_hold_then(line: History, day: int) -> None:
    moment = BEGIN + timedelta(days=day)
    stood = [one for one in history.first_parents(line) if one.when <= moment]
    before = reachable(line, stood[0].id) if stood else set()
    assert ids(history.since(line, moment)) == [i for i in ids(line.commits) if i not in before]


@given(histories(), st.data())
def test_a_commit_arrives_with_the_first_of_the_line_that_reaches_it(
    line: History, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(ids(line.commits)))
    own = history.first_parents(line)
    holding = [one for one in own if name in reachable(line, one.id)]
    # Where the line's first commit holds another one, that may have been so before.
    is_known = len(holding) < len(own) or name == own[-1].id
    assert history.arrival(line, name) == (holding[-1] if is_known else None)


def test_of_a_merge_what_it_brought_came_after_however_old_it_is() -> None:
    line = History(
        (
            made("merge", "second", "side", day=5),
            made("second", "first", day=3),
            made("side", "first", day=2),
            made("first", day=1),
        )
    )
    assert ids(history.since(line, BEGIN + timedelta(days=4))) == ["merge", "side"]
    assert ids(history.first_parents(line)) == ["merge", "second", "first"]
    arrived = history.arrival(line, "side")
    assert arrived is not None
    assert arrived.id == "merge"


def test_beyond_what_was_read_nothing_arrived() -> None:
    line = History((made("b", "a"), made("a", "older")), is_all=False)
    assert history.arrival(line, "older") is None
    assert history.arrival(line, "unheard of") is None
    assert history.at(line, BEGIN - timedelta(days=1)) is None


def test_of_nothing_committed_nothing_is_told() -> None:
    assert NOTHING.tip == ""
    assert history.first_parents(NOTHING) == ()
    assert history.since(NOTHING, BEGIN) == ()
    assert history.arrival(NOTHING, "a") is None
    assert history.touches((), ["a"]) == {}


def test_the_commits_that_wrote_a_file_are_told_without_those_that_deleted_it() -> None:
    both, one = frozenset({"a", "b"}), frozenset({"a"})
    added, written = made("1")._replace(paths=both, added=both), made("2", "1")._replace(paths=one)
    removed = made("3", "2")._replace(paths=both, deleted=both)
    found = history.touches((removed, written, added), ["a", "b", "c"])
    assert found == {"a": [written, added], "b": [added]}


MERGES = {
    "git": ("Merge branch 'feat/x'", True),
    "git, into another": ("Merge branch 'feat/x' into main", True),
    "git, from elsewhere": ("Merge branch 'feat/x' of github.com:o/r into main", True),
    "git, remote-tracking": ("Merge remote-tracking branch 'origin/feat/x'", True),
    "GitHub": ("Merge pull request #12 from somebody/feat/x", True),
    "GitLab": ("Merge branch 'feat/x' into 'main'", True),
    "Bitbucket": ("Merged in feat/x (pull request #12)", True),
    "a longer name": ("Merge branch 'feat/x-2'", False),
    "a longer name, GitHub": ("Merge pull request #12 from somebody/my/feat/x", False),
    "the other side": ("Merge branch 'main' into feat/x", False),
    "a mention": ("Fix what Merge branch 'feat/x' broke", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("subject", "is_its"), MERGES.values(), ids=MERGES)
def test_a_merge_names_its_branch_in_the_words_of_its_program(subject: str, is_its: bool) -> None:
    merge = made("merge", "a", "b", subject=subject)
    assert history.merge_of(History((merge,)), "feat/x") == (merge if is_its else None)
    assert history.merge_of(History((merge._replace(parents=("a",)),)), "feat/x") is None


@given(st.text(max_size=50), st.text(max_size=80))
def test_no_name_and_no_subject_makes_the_search_raise(name: str, subject: str) -> None:
    history.merge_of(History((made("m", "a", "b", subject=subject),)), name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("feat/x", "feat/x"),
        ("`feat/x`", "feat/x"),
        ("feat/x (PR #12)", "feat/x"),
        ("**feat/x**,", "feat/x"),
        ("refs/heads/feat/x", "feat/x"),
        ("origin/feat/x", "origin/feat/x"),
        ("https://github.com/a/b/tree/feat/x", "feat/x"),
        ("https://gitlab.com/a/b/-/tree/feat/x", "feat/x"),
        ("фича/новая", "фича/новая"),
        ("a" * 201, None),
        ("", None),
        (None, None),
        ("none", None),
        ("N/A", None),
        ("HEAD", None),
        ("a..b", None),
        ("-f", None),
        ("feat/x.lock", None),
        ("a\x1b[2J", None),
        ("(not yet)", None),
        ("a b", None),
        ("feat/x, main", "feat/x"),
        ("feat/x — merged", "feat/x"),
        ("https://example.org", None),
    ],
)
def test_the_branch_that_is_meant(written: str | None, name: str | None) -> None:
    assert branch_name(written) == name


@given(st.text())
def test_a_name_is_one_that_a_command_can_be_given(written: str) -> None:
    name = branch_name(written)
    assert name is None or (not name.startswith("-") and not any(c.isspace() for c in name))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("develop", True), ("origin/develop", True), ("release/1.2", True), ("release-1.2", True),
        ("staging", True), ("feat/x", False), ("developer-docs", False), ("fix/release", False),
    ],
)  # fmt: skip
def test_branches_that_outlive_their_merges(name: str, is_one: bool) -> None:
    assert is_long_lived(name) is is_one
