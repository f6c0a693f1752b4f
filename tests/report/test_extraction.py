import pytest

from helpers import ago, session_text
from session_hooks.documents.formats import session
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.evidence.model import Branch, Evidence, Merged
from session_hooks.report.extraction import Point, points
from session_hooks.report.knowledge import Kept, Ongoing, statements

NOTHING = Kept(folder="docs/decisions")
POINTS = [
    "status", "issue", "reading", "decisions", "lessons", "remaining", "API", "rest", "prose",
    "references",
]  # fmt: skip


def checked(
    text: str,
    kept: Kept = NOTHING,
    evidence: Evidence | None = None,
    references: tuple[str, ...] = (),
) -> dict[str, Point]:
    document = document_of(named(session.NAME), "a/20251204-143000-x.md", text.encode(), ago())
    found = points(document, read_body(document), evidence or Evidence(), kept, references)
    return {point.name: point for point in found}


def completed(more: str = "", **given: str) -> str:
    return session_text("Done", "completed", **{"steps": "None", **given}, more=f"{more}\n")  # type: ignore[arg-type]


def texts(point: Point) -> list[str]:
    return [finding.text for finding in point.findings]


def test_of_a_file_that_knows_nothing_more_only_the_prose_is_to_be_read() -> None:
    found = checked(completed())
    assert [*found] == POINTS
    assert all(point.is_satisfied for point in found.values())
    assert [point.name for point in found.values() if not point.is_sure] == ["prose"]
    assert [one.text for one in found["prose"].doubts] == [
        "current_task", "Context", "Current State",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Session\n\n> Rotate the key before 15 Dec!\n\n## Context\nNone\n", "the beginning"),
        ("Ship to the US next week.\n", "the beginning"),
        ("# Session\n\n## Files to Update\n- `a.py` - still needs the retry\n", "Files to Update"),
        ("# Session\n\n## Current State\nWaiting, see BACK-130\n", "Current State"),
        ("# Session\n\n## Execution Progress\nStill to do: US.\n", "Execution Progress"),
        ("# Current State\nOpen.\n\n# Context\nNone\n", "Current State"),
    ],
)
def test_all_prose_is_named(text: str, said: str) -> None:
    assert [one.text for one in checked(text)["prose"].doubts] == [said]


@pytest.mark.parametrize(
    ("more", "point", "said"),
    [
        ("## Decisions\n- Use Redis", "decisions", "Use Redis"),
        ("## Lessons Learned\n- Keys are lost", "lessons", "Keys are lost"),
        ("## Follow-ups\n- Rotate the key", "remaining", "Rotate the key"),
        ("## Notes\nGET /v1/weather/{city} answers.", "API", "GET /v1/weather/{city}"),
        ("## Known Limitations\nNo EU region.", "rest", "Known Limitations"),
        (
            "# Blockers\n- Legal has not signed\n\n# Other\nNone",
            "remaining",
            "Legal has not signed",
        ),
        ("## Security Review\n✅ By Kim\n\nThe token never expires.", "rest", "Security Review"),
        ("```\nmake", "reading", "a code fence is opened here and never closed"),
    ],
)
def test_what_would_be_lost_is_named_with_its_line(more: str, point: str, said: str) -> None:
    text = completed(more)
    (finding,) = checked(text)[point].findings
    assert finding.text == said
    lines = text.split("\n")
    assert said in lines[finding.line - 1] or point == "reading"


def test_the_message_of_a_paused_file_is_that_it_is_not_completed() -> None:
    found = checked(session_text("On hold", "paused", steps="None"))
    assert texts(found["status"]) == ["it is not completed"]


def test_whether_the_issue_is_up_to_date_is_for_a_reader() -> None:
    text = completed().replace("  created:", "  linear_issue: BACK-1\n  created:")
    point = checked(text)["issue"]
    assert (point.is_satisfied, point.is_sure) == (True, False)
    assert point.evidence == "BACK-1, to be updated there"


@pytest.mark.parametrize(
    ("branch", "is_satisfied", "said"),
    [
        (Branch("feat/x", exists=True), False, "branch feat/x is not merged"),
        (Branch("main", exists=True, is_default=True), True, "it names none"),
        (Branch("feat/x", exists=True, merged=Merged("main", "squash")), True, "is in main"),
        (Branch("feat/x", exists=False), True, "it names none"),
    ],
)
def test_a_branch_that_is_not_merged_keeps_the_file(
    branch: Branch, is_satisfied: bool, said: str
) -> None:
    point = checked(completed(), evidence=Evidence(branch=branch))["issue"]
    assert point.is_satisfied is is_satisfied
    assert said in point.evidence


def test_what_stands_elsewhere_is_counted() -> None:
    kept = NOTHING._replace(statements=frozenset(statements("Use Redis.\n\nCall GET /v1/x now.")))
    found = checked(completed("## Decisions\n- Use Redis\n- Use Kafka\n\nGET /v1/x"), kept)
    assert found["decisions"].evidence.startswith("1 of 3 stand elsewhere")
    assert found["API"].is_sure


@pytest.mark.parametrize(
    ("title", "issue", "is_kept"), [("Done", None, True), ("Billing", None, False)]
)
def test_a_step_is_kept_by_another_file_on_the_same_work_alone(
    title: str, issue: str | None, is_kept: bool
) -> None:
    other = Ongoing("b.md", title, issue, "next steps add integration tests")
    text = completed(steps="1. Add integration tests")
    found = checked(text, NOTHING._replace(active=(other,)))
    assert found["remaining"].is_satisfied is is_kept


def test_a_decision_that_names_its_record_for_another_reason_is_a_doubt() -> None:
    kept = NOTHING._replace(records=("docs/decisions/0001-mysql.md",))
    point = checked(completed("## Decisions\n- Reverses ADR-1: back to MySQL"), kept)["decisions"]
    assert (point.is_satisfied, point.is_sure) == (True, False)


@pytest.mark.parametrize(
    "line",
    ['  blockers: ["IAM role"]', "  remaining:\n    - EU region", "  decisions:\n  - Kafka"],
)
def test_what_other_keys_of_the_frontmatter_say_is_named(line: str) -> None:
    text = completed().replace("orchestration:\n", f"orchestration:\n{line}\n")
    assert not checked(text)["rest"].is_satisfied


@pytest.mark.parametrize("line", ["<!-- TODO: rotate the key -->", "<details><summary>Left"])
def test_comments_and_html_are_for_a_reader(line: str) -> None:
    point = checked(completed(f"## Notes\nNone\n\n{line}"))["reading"]
    assert [one.text for one in point.doubts] == [line]


@pytest.mark.parametrize(
    "more",
    [
        "## Files Modified\n- `a.py` - adapter",
        "## Technical Context\n### Key Commands\n```bash\npytest\n```",
        "## Backlog\n- [x] EU region",
        "## Anything\n- [x] EU region",
    ],
)
def test_what_is_over_or_in_git_is_not_named(more: str) -> None:
    assert all(point.is_satisfied for point in checked(completed(more)).values())


def test_what_was_not_read_keeps_the_file() -> None:
    assert not checked(completed("x\n" * 12_000))["reading"].is_satisfied


def test_the_rest_may_stand_elsewhere_or_say_where() -> None:
    kept = NOTHING._replace(
        statements=frozenset(statements("Pools leak.")), documents=("docs/notes.md",)
    )
    more = "## Notes\n- Pools leak\n- Keys expire (docs/notes.md)"
    assert checked(completed(more), kept)["rest"].is_sure
    assert not checked(completed(f"{more}\n- Caches lie"), kept)["rest"].is_sure


def test_references_are_named() -> None:
    point = checked(completed(), references=("docs/plan.md:1",))["references"]
    assert (texts(point), point.is_satisfied) == (["docs/plan.md:1"], False)
