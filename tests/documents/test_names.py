"""Which files are documents, as far as their names tell (``formats.names``)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.documents import names
from session_hooks.documents.locations import FEW
from session_hooks.documents.names import MOST


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("README.md", "a README"),
        ("README-handoffs.md", "a README"),
        ("readme.de.md", "a README"),
        ("INDEX.md", "an index"),
        ("TEMPLATE.md", "a template"),
        ("_TEMPLATE.md", "a template"),
        ("HANDOFF_TEMPLATE.md", "a template"),
        ("001-template.md", "a template"),
        ("YYYY-MM-DD-HHMM-x.md", "a template"),
        ("EXAMPLE.md", "an example"),
        ("example-handoff.md", "an example"),
        ("CONVENTIONS.md", "a guide"),
        ("How-To write one.md", "a guide"),
        (".draft.md", "a hidden file"),
        ("20251204-143000-invoice-template.md", None),
        ("2026-01-05-example-service.md", None),
        ("2026-01-05-example.md", None),
        ("session-2026-01-05-template.md", None),
        ("templates-rework.md", None),
        ("how-tokens-expire.md", None),
        ("readmes.md", None),
        ("index-migration.md", None),
        ("conventions-cleanup.md", None),
    ],
)
def test_what_a_name_calls_a_file(name: str, kind: str | None) -> None:
    assert names.kind(name) == kind
    assert names.is_prose(name) is (kind is None)


@given(st.lists(st.text(max_size=20) | st.from_regex(r"\A[a-z]{0,4}20\d{2}-?\d{2}-?\d{2}\.md\Z")))
def test_whatever_the_names_are_some_of_them_are_read_and_not_too_many(found: list[str]) -> None:
    few = names.likely(found)
    assert few <= {name for name in found if names.is_prose(name)}
    many = names.likely(f"{name}{number}.md" for name in found for number in range(60))
    assert len(many) <= MOST + 2 * FEW


def test_of_several_the_newest_by_their_names_are_read() -> None:
    found = [f"handoff-{number}.md" for number in range(FEW + 9)]
    assert names.likely(found) == frozenset(found[9:])
