import pytest

from helpers import ago, session_text
from session_hooks.documents.formats import session
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.report.remainder import is_over, remaining


def left(more: str = "", steps: str = "None", state: str = "All is merged.", **given: str) -> str:
    text = session_text("Done", "completed", steps=steps, state=state, more=more, **given)  # type: ignore[arg-type]
    document = document_of(named(session.NAME), "a/20251204-143000-x.md", text.encode(), ago())
    return "\n".join(finding.text for finding in remaining(document, read_body(document)))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("## Follow-ups\n1. [x] Retry — but the EU region is still missing", "EU region"),
        ("## Follow-ups\n2. ~~RabbitMQ~~ install Kafka instead", "Kafka"),
        ("## Follow-ups\n3. Dashboards: DONE, except for the EU part", "Dashboards"),
        ("## Follow-ups\n- Key (completed; follow-up: rotate it)", "rotate"),
        ("## Acceptance Criteria\n- [x] p99 below 200 ms (not met: 480 ms)", "480"),
        ("## Acceptance Criteria\n| what | met |\n|---|---|\n| p99 | No |", "p99"),
        ("## Open Questions\n- ~~Kafka or Redis?~~ → Kafka, because of ordering", "ordering"),
        ("## Execution Progress\n### Wave 2: EU (ACTIVE)\n- Bucket", "Wave 2"),
        ("## Execution Progress\n### Wave 2: EU (IN PROGRESS)\n- Bucket", "Wave 2"),
        ("## Execution Progress\n| EU bucket | ⏳ |\n|---|---|\n", "EU bucket"),
        ("## Execution Progress\n- ❌ EU bucket", "EU bucket"),
        ("## Execution Progress\n☐ EU bucket", "EU bucket"),
        ("## Execution Progress\n2. EU bucket — in progress (60%)", "EU bucket"),
        ("## Execution Progress\n3. EU bucket — pending", "EU bucket"),
        ("## Execution Progress\n4. Rollback plan: TODO", "Rollback"),
        ("## Technical Context\n- src/cache.py - TODO: no debug print", "debug"),
        ("## Status\nBlocked: the IAM role from Bob", "IAM"),
        ("## Offen\n- EU-Bucket: in Arbeit", "EU-Bucket"),
        ("## Notes\n- bucket EU: en attente", "bucket EU"),
        ("## Session Log\n### 2025-12-05 10:00 - On\nAnna still has to approve it", "Anna"),
        ("<h2>Remaining work</h2><ul><li>EU</li></ul>", "EU"),
    ],
)
def test_what_is_open_is_found_wherever_it_is_said(more: str, said: str) -> None:
    assert said in left(f"{more}\n")


@pytest.mark.parametrize(
    "state",
    [
        "**Not done yet:**\n- EU bucket",
        "PR #12 is open and waiting for review. The EU bucket is not migrated yet.",
        "**Known bug:** the EU bucket",
        "**Remaining:**\n- EU bucket",
        "Paused: waiting for Bob's IAM role, for the EU bucket.",
    ],
)
def test_a_state_that_says_it_is_open_is_believed(state: str) -> None:
    assert left(state=state)


def test_an_agent_that_reports_more_work_leaves_it() -> None:
    agents = (
        "  spawned_agents:\n    - agent: qa\n      task: Test\n      status: completed\n"
        '      summary: "Red: 480 ms; still open: the pool leaks"\n'
    )
    assert "the pool leaks" in left(agents=agents)


@pytest.mark.parametrize(
    "steps",
    [
        "None", "None - work is complete", "Nothing further required", "All done.", "- Done",
        "No further steps.", "Nothing left to do; all merged.", "Session complete.", "無し",
        "No remaining work. PR #42 merged.", "- [x] a\n- [x] b", "- ~~a~~\n- b — won't do",
        "- Rotate the key (see BACK-131)", "- Quota → https://example.org/issues/9",
        "- Redis quota (resolved 2025-12-05)",
    ],
)  # fmt: skip
def test_what_is_finished_is_not_open(steps: str) -> None:
    assert not left(steps=steps)


@pytest.mark.parametrize(
    "more",
    [
        "## Deletion Checklist\n- [ ] Delete the session file",
        "## Execution Progress\n### Wave 1: Cache (COMPLETE)\n- [x] a",
        "## Session Log\n### 2025-12-05 09:00 - Paused: waiting for Bob\n### 10:00 - Resumed",
        "## Accomplished\n- The blocked users are let in",
        "## Files Modified\n- `a.py` - adapter",
    ],
)
def test_what_once_was_open_is_not(more: str) -> None:
    assert not left(f"{more}\n")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("[x] Retry", True),
        ("~~Retry~~ (dropped)", True),
        ("~~Retry~~ done", True),
        ("~~Retry~~ use backoff", False),
        ("[x] Retry, not yet in EU", False),
        ("None, but mend the retry", False),
        ("Retry", False),
    ],
)
def test_an_item_is_over_only_where_nothing_of_it_is_left(text: str, is_one: bool) -> None:
    assert is_over(text) is is_one
