import pytest

from helpers import ago, session_text
from session_hooks.documents.formats import session
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.evidence.model import Branch, Evidence, Merged
from session_hooks.report.extraction import Kept, Point, points, statements
from session_hooks.report.remainder import carried

NOTHING = Kept(folder="docs/decisions")
RECORD = "docs/decisions/0007-cache.md"
DECISIONS = (
    "## Decisions\n\n### Decision 1: Cache in SQLite\n"
    "**Decision**: Entries are kept in SQLite for six hours\n**Rationale**: One file, no server\n\n"
    "### Decision 2: [Title]\n**Decision**: What was decided\n"
)


def said(*texts: str) -> Kept:
    found = frozenset(one for text in texts for one in statements(text))
    return NOTHING._replace(statements=found, records=(RECORD,), documents=("docs/aws.md",))


def checked(
    text: str,
    kept: Kept = NOTHING,
    evidence: Evidence | None = None,
    references: tuple[str, ...] = (),
) -> dict[str, Point]:
    document = document_of(named(session.NAME), "a/20251204-143000-x.md", text.encode(), ago())
    found = points(document, read_body(document), evidence or Evidence(), kept, references)
    return {point.name: point for point in found}


def texts(point: Point) -> list[str]:
    return [finding.text for finding in point.findings]


def test_a_file_that_knows_nothing_more_may_go() -> None:
    text = session_text("Done", "completed", steps="None")
    assert all(point.is_satisfied for point in checked(text).values())


def test_a_decision_without_a_record_is_named_with_its_line() -> None:
    point = checked(session_text(more=DECISIONS))["decisions"]
    assert texts(point) == ["Cache in SQLite"]
    assert (
        session_text(more=DECISIONS)
        .split("\n")[point.findings[0].line - 1]
        .startswith("### Decision 1")
    )


@pytest.mark.parametrize(
    ("record", "is_kept"),
    [
        ("Entries are kept in SQLite\nfor six hours.\n\nOne file, no server\n", True),
        ("Because: one file, no server! *Entries are kept in SQLite for six hours*.", False),
        ("Entries are kept in SQLite for six hours.\n", False),
        ("Entries are kept in SQLite for nine hours. One file, no server.", False),
        ("Entries are not kept in SQLite for six hours. One file, no server.", False),
        ("Entries are kept in Redis.\n", False),
    ],
)
def test_a_decision_is_kept_where_a_record_has_it_word_for_word(record: str, is_kept: bool) -> None:
    text = DECISIONS.replace("hours\n**", "hours\n\n**")
    point = checked(session_text(more=text), said(f"# 7. Cache\n\n{record}"))["decisions"]
    assert point.is_satisfied is is_kept


@pytest.mark.parametrize(
    ("pointer", "is_kept"),
    [
        (f" ({RECORD})", True),
        (" ([0007](../../docs/decisions/0007-cache.md))", False),
        (" ([0007](0007-cache.md))", True),
        (" → ADR-0007", True),
        (" (ADR 7)", True),
        (" (ADR 8)", False),
        (" (docs/decisions/0008-gone.md)", False),
        (" (docs/aws.md)", False),
    ],
)
def test_a_decision_that_says_which_record_has_it_is_kept(pointer: str, is_kept: bool) -> None:
    text = f"## Decisions\n- Use SQLite{pointer}\n"
    assert checked(session_text(more=text), said(""))["decisions"].is_satisfied is is_kept


@pytest.mark.parametrize("text", ["See docs/aws.md", "Captured in docs/aws.md.", "(aws.md)"])
def test_a_lesson_that_says_which_document_has_it_is_kept(text: str) -> None:
    more = f"## Lessons Learned\n- Buckets need tags: {text}\n"
    assert checked(session_text(more=more), said(""))["lessons"].is_satisfied


@pytest.mark.parametrize(
    "text", ["- Cache in SQLite\n- No retries", "1. Cache in SQLite\n2. No retries"]
)
def test_decisions_in_a_list_count_one_by_one(text: str) -> None:
    point = checked(session_text(more=f"## Decisions\n{text}\n"))["decisions"]
    assert texts(point) == ["Cache in SQLite", "No retries"]


def test_open_steps_boxes_and_blockers_remain() -> None:
    text = session_text(
        steps="1. Test it at night\n2. ~~Write it~~",
        more="## Tasks\n- [ ] expiry\n- [x] cache\n\n## Blockers\n- Finance has not answered\n",
    )
    assert texts(checked(text)["remaining"]) == [
        "Test it at night", "expiry", "Finance has not answered",
    ]  # fmt: skip


def test_what_another_active_document_takes_on_does_not_remain() -> None:
    kept = NOTHING._replace(active=(("b.md", frozenset({"test it at night"})),))
    assert checked(session_text(steps="1. Test it at night"), kept)["remaining"].is_satisfied


def test_lessons_and_calls_of_an_interface_are_looked_for_in_documents() -> None:
    text = session_text(
        state="GET /v1/weather/{city} answers.",
        more="## Lessons learned\n- Empty bodies mean down\n",
    )
    found = checked(text)
    assert texts(found["lessons"]) == ["Empty bodies mean down"]
    assert texts(found["API"]) == ["GET /v1/weather/{city}"]
    found = checked(text, said("Call GET `/v1/weather/{city}`.", "* Empty bodies mean down!"))
    assert found["lessons"].is_satisfied
    assert found["API"].is_satisfied


def test_words_far_apart_in_a_document_keep_nothing() -> None:
    kept = said("We cache.\n\nThe log lies in SQLite.\n\nSix hours.\n")
    assert not checked(session_text(more=DECISIONS), kept)["decisions"].is_satisfied


def test_references_are_named() -> None:
    point = checked(session_text(), references=("docs/plan.md:1",))["references"]
    assert texts(point) == ["docs/plan.md:1"]
    assert not point.is_satisfied


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
    point = checked(session_text(), evidence=Evidence(branch=branch))["issue"]
    assert point.is_satisfied is is_satisfied
    assert said in point.evidence


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("### Go, no C#\nGo.", ["Go, no C#"]),
        ("- Use SQLite\n  - because redis was down\n- No retries", ["Use SQLite", "No retries"]),
        ("| what | why |\n|---|---|\n| SQLite | one file |", ["SQLite | one file"]),
    ],
)
def test_short_words_and_what_stands_below_count(text: str, titles: list[str]) -> None:
    assert texts(checked(session_text(more=f"## Decisions\n{text}\n"))["decisions"]) == titles


def test_a_decisions_reasons_are_part_of_it() -> None:
    text = session_text(more="## Decisions\n- Use SQLite\n  - because redis was down weekly\n")
    kept = said("Use SQLite.")
    assert not checked(text, kept)["decisions"].is_satisfied


def test_every_section_of_decisions_counts() -> None:
    more = "## Decisions\n- Use SQLite\n\n## Decisions of the second day\n- Go on with Redis\n"
    assert texts(checked(session_text(more=more))["decisions"]) == [
        "Use SQLite",
        "Go on with Redis",
    ]


def test_what_was_not_read_keeps_the_file() -> None:
    text = session_text("Done", "completed", steps="None", more="```\nnever closed\n")
    assert not checked(text + "x\n" * 12_000)["reading"].is_satisfied


def test_any_number_of_open_boxes_remains_and_is_carried_word_for_word() -> None:
    boxes = "".join(f"- [ ] Step {number} {'and more ' * 40}\n" for number in range(60))
    text = session_text(steps=f"1. First\n   - nested\n\n   ```\n   code\n   ```\n\n{boxes}")
    document = document_of(named(session.NAME), "a/20251204-143000-x.md", text.encode(), ago())
    assert len(checked(text)["remaining"].findings) == 63  # with what stands below the first one
    kept = carried(document, read_body(document))["Next Steps"]
    assert kept.startswith("1. First\n   - nested\n\n   ```\n   code\n")
    assert kept.count("- [ ] Step") == 60
    assert "…" not in kept


@pytest.mark.parametrize(
    ("more", "point", "found"),
    [
        ("## Decisions\nNone yet.\n\n- Use Redis\n", "decisions", "Use Redis"),
        ("## Decisions\n\n### Use Redis\n\n### Expire\n", "decisions", "Use Redis"),
        ("## Decisions\n- #45: use Postgres\n", "decisions", "#45: use Postgres"),
        ("## Lessons Learned\nNone so far.\n\n- Keys are lost\n", "lessons", "Keys are lost"),
        (
            "## Blockers\nNone.\n\n- The certificate expires\n",
            "remaining",
            "The certificate expires",
        ),
        ("## Blockers\n| what |\n|---|\n| The certificate |\n", "remaining", "The certificate"),
        ("- [ ] #123 fix login\n", "remaining", "#123 fix login"),
        ("- [ ] <https://example.org/9>\n", "remaining", "<https://example.org/9>"),
        ("## Follow-ups\n- Rotate the key\n", "remaining", "Rotate the key"),
        ("## Remaining Work\n- Port the client\n", "remaining", "Port the client"),
        ("**Next action:** deploy the hotfix\n", "remaining", "**Next action:** deploy the hotfix"),
        ("## Technical Context\n**Decision:** Use Kafka\n", "decisions", "Use Kafka"),
        ("## Notes\n> **Decision**: Use Kafka\n", "decisions", "Use Kafka"),
        ("## Session Log\nDecided: use Kafka\n", "decisions", "use Kafka"),
        ("## Session Log\nLesson: Kafka is slow\n", "lessons", "Kafka is slow"),
        ("## Erkenntnisse\n- Kafka ist langsam\n", "lessons", "Kafka ist langsam"),
        ("**Lessons learned**\n\n- Kafka is slow\n", "lessons", "Kafka is slow"),
        (
            "## Decisions\n- Use A\n\nWe agreed on B.\n",
            "decisions",
            "We agreed on B.",
        ),
        (
            "## Decisions\n- Use A\n\n| id | what |\n|---|---|\n| D | B |\n",
            "decisions",
            "D | B",
        ),
        ("## Backlog\n- EU region\n", "rest", "Backlog"),
        ("## Known Limitations\nNo EU region.\n", "rest", "Known Limitations"),
        ("## Approach\n- Kafka\n", "rest", "Approach"),
        ("```\nmake\n", "reading", "a code fence is opened here and never closed"),
    ],
)
def test_nothing_that_is_said_is_taken_for_nothing(more: str, point: str, found: str) -> None:
    text = session_text("Done", "completed", steps="None", more=more)
    assert found in texts(checked(text)[point])


@pytest.mark.parametrize(
    "line",
    ['  blockers: ["IAM role"]', "  remaining:\n    - EU region", "  decisions:\n  - Kafka"],
)
def test_what_other_keys_of_the_frontmatter_say_is_named(line: str) -> None:
    text = session_text("Done", "completed", steps="None")
    text = text.replace("orchestration:\n", f"orchestration:\n{line}\n")
    assert not checked(text)["rest"].is_satisfied


def test_a_file_that_is_not_completed_says_so() -> None:
    assert not checked(session_text("On hold", "paused", steps="None"))["status"].is_satisfied


def test_an_agents_open_task_remains() -> None:
    agents = (
        '  spawned_agents:\n    - agent: qa\n      task: "Port it"\n      status: in_progress\n'
    )
    text = session_text("Done", "completed", steps="None", agents=agents)
    assert texts(checked(text)["remaining"]) == ["qa: Port it"]


def test_all_of_many_steps_are_looked_at() -> None:
    steps = "\n".join(f"{number}. Step {number}" for number in range(1, 41))
    assert len(checked(session_text(steps=steps))["remaining"].findings) == 40


@pytest.mark.parametrize(
    ("decision", "record"),
    [
        ("रेडिस का उपयोग करें क्योंकि मेमकैश ने कुंजियाँ खो दीं", "विमोचन और पासवर्ड का नियम"),
        (
            "Keep the answers in Redis for one hour",
            "1. Keep the logs for one week.\n2. Redis runs here.\n3. Put the answers in the wiki.",
        ),
        (
            "Decided: use Redis for the answers\n  Decided: expire all entries after one hour",
            "We use Redis for the answers.",
        ),
    ],
)
def test_what_is_only_like_it_keeps_nothing(decision: str, record: str) -> None:
    kept = said(record)
    text = session_text(more=f"## Decisions\n- {decision}\n")
    assert not checked(text, kept)["decisions"].is_satisfied


def test_what_was_not_decided_yet_is_no_decision() -> None:
    text = session_text(more="## Decisions needed\n- Redis or Memcached?\n")
    assert checked(text)["decisions"].is_satisfied
