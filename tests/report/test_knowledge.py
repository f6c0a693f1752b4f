import pytest

from helpers import ago, session_text
from session_hooks.documents.formats import session
from session_hooks.documents.model import Document
from session_hooks.documents.registry import named
from session_hooks.documents.scan import document_of
from session_hooks.report.knowledge import Kept, decisions, lessons, standing, statements
from session_hooks.report.remainder import Standing

RECORD = "docs/decisions/0007-cache.md"
ADR = """# 7. Cache

## Status

Accepted

## Decision

Entries are kept in SQLite
for six hours. We use Postgres 15 as the only store.

We need JSONB.
"""
KEPT = Kept(frozenset(statements(ADR)), (RECORD,), ("docs/aws.md", "README.md"), (), "docs")


def document(more: str) -> Document:
    text = session_text("Done", "completed", steps="None", more=f"{more}\n")
    return document_of(named(session.NAME), "a/20251204-143000-x.md", text.encode(), ago())


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Entries are kept in SQLite for six hours", "over"),
        ("**Decision**: *Entries* are kept in `SQLite` for six hours.", "over"),
        (
            "**Decision**: We use Postgres 15 as the only store.\n**Rationale**: We need JSONB.",
            "over",
        ),
        ("Entries are kept in SQLite for nine hours", "open"),
        ("Entries are not kept in SQLite for six hours", "open"),
        ("Entries are kept in SQLite", "open"),
        ("We use Postgres 17 as the only store.", "open"),
        (f"Use SQLite ({RECORD})", "over"),
        ("Use SQLite ([0007](../../docs/decisions/0007-cache.md))", "over"),
        ("Use SQLite → ADR-0007", "over"),
        ("Use SQLite (ADR 7), as before", "over"),
        ("We deviate from ADR-7", "unsure"),
        ("MySQL for reporting, an exception to ADR-7", "unsure"),
        ("Ersetzt ADR-7", "unsure"),
        ("Use SQLite. Record: docs/decisions/0007-cache.md", "over"),
        (f"See {RECORD}", "over"),
        (f"SQLite（{RECORD}）", "over"),
        ("Use SQLite (ADR 8)", "open"),
        ("Use SQLite (docs/decisions/0008-gone.md)", "open"),
        ("Use SQLite (docs/aws.md)", "open"),
        ("Reverses ADR-7: back to MySQL for reads.", "unsure"),
        ("Unlike ADR-0007, alerts are never cached.", "unsure"),
        ("No architectural decisions were made.", "unsure"),
    ],
)
def test_a_decision_stands_elsewhere_word_for_word_or_by_its_record(text: str, how: str) -> None:
    assert standing(text, KEPT, KEPT.records) is Standing(how)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Buckets need tags: see docs/aws.md", "over"),
        ("Buckets need tags (added to docs/aws.md)", "over"),
        ("Captured in aws.md.", "over"),
        ("The install steps in README.md are wrong for Windows", "unsure"),
        ("Buckets need tags", "open"),
        ("Nobody may trust README.md", "unsure"),
        ("Run make before each commit, or CI rejects docs/aws.md", "unsure"),
    ],
)
def test_a_lesson_may_name_any_document(text: str, how: str) -> None:
    assert standing(text, KEPT, (*KEPT.records, *KEPT.documents)) is Standing(how)


@pytest.mark.parametrize(
    ("more", "titles"),
    [
        ("## Decisions\n### Decision 1: Use SQLite\n**Decision**: One file", ["Use SQLite"]),
        ("## Decisions\n### Go, no C#\nGo.", ["Go, no C#"]),
        ("## Decisions\n- Use SQLite\n- No retries", ["Use SQLite", "No retries"]),
        ("## Decisions\n1. Use SQLite\n   - one file\n2. No retries", ["Use SQLite", "No retries"]),
        ("## Decisions\n- Use A\n\nWe agreed on B.", ["Use A", "We agreed on B."]),
        ("## Decisions\n| id | what |\n|---|---|\n| 1 | Use SQLite |", ["Use SQLite"]),
        ("## Decisions\nNone yet.\n\n- Use Redis", ["None yet.", "Use Redis"]),
        ("## Decisions\n- A\n\n## Decisions of the second day\n- B", ["A", "B"]),
        ("## Decisions\n### [Title]\n**Decision**: What was decided", []),
        ("## Decisions\nNone", []),
        ("## Decisions needed\n- Redis or Memcached?", []),
        ("## Offene Entscheidungen\n- Redis?", []),
        ("## Decisions\n**1. Use RS256**\n   - Why: no secret\n   - slower", ["Use RS256"]),
        (
            "## Decisions\n| # | Decision | Rationale |\n|---|---|---|\n| 1 | Kafka | It scales |",
            ["Kafka"],
        ),
        ("## Technical Context\n### Decision: Store UTC\nAnd the zone.", ["Store UTC"]),
        ("## Technical Context\n**Decision:** Use Kafka", ["Use Kafka"]),
        ("## Technical Context\n**Decision (final):** Use Kafka", ["Use Kafka"]),
        ("## Notes\n> ✅ **Decision**: Use Kafka", ["Use Kafka"]),
        ("## Session Log\nDecided: use Kafka", ["use Kafka"]),
        ("## Notes\n**Entscheidung**: Kafka", ["Kafka"]),
        ("## Notes\n**决定**：Kafka", ["Kafka"]),
    ],
)
def test_decisions_are_found_by_heading_item_row_and_label(more: str, titles: list[str]) -> None:
    assert [one.title for one in decisions(document(more))] == titles


def test_what_a_record_only_considered_is_not_kept() -> None:
    record = "# 1. DB\n\n## Options\n- Use Redis\n- Use Postgres\n\n## Decision\nUse Postgres\n"
    assert {*statements(record)} >= {"use postgres"}
    assert "use redis" not in {*statements(record)}


def test_a_labelled_decision_goes_on_in_the_lines_below_it() -> None:
    (found,) = decisions(document("## Notes\n**Decision**: Two weeks,\nfor legal asked for it\n"))
    assert found.text.endswith("for legal asked for it")


@pytest.mark.parametrize(
    "more",
    [
        "## Lessons Learned\n- Kafka is slow",
        "## Erkenntnisse\n- Kafka is slow",
        "**Lessons learned**\n\n- Kafka is slow",
        "## Notes\n- **Gotcha:** Kafka is slow",
        "## Technical Context\n### Gotcha: Kafka\nKafka is slow",
        "## Technical Context\n### Root cause\nKafka is slow",
        "## Session Log\nLesson: Kafka is slow",
        "## Notes\n经验：Kafka is slow",
    ],
)
def test_lessons_are_found_by_heading_and_label(more: str) -> None:
    assert [one.text for one in lessons(document(more))] == ["Kafka is slow"]
