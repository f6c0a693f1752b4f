import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.evidence.history import branch_name, is_long_lived


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
