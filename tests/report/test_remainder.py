import pytest

from helpers import ago, session_text
from session_hooks.documents.formats import session
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.scan import document_of
from session_hooks.report.remainder import Remainder, Standing, carried, remaining, standing


def read(text: str) -> tuple[Remainder, str]:
    document = document_of(named(session.NAME), "a/20251204-143000-x.md", text.encode(), ago())
    body = read_body(document)
    return remaining(document, body), carried(document, body)["Next Steps"]


def of(more: str = "", steps: str = "None", agents: str = "") -> Remainder:
    return read(session_text("Done", "completed", steps=steps, more=more, agents=agents))[0]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Retry", "open"),
        ("[ ] Retry", "open"),
        ("[ ] BACK-1 - Retry", "open"),
        ("[ ] Switch hashing from MD5 -> SHA-256", "open"),
        ("[ ] Convert exports latin1 → UTF-8", "open"),
        ("[ ] Flaky upload test, see https://ci.example.com/run/88", "open"),
        ("Deploy the completed build", "open"),
        ("Versand Schweiz fehlt", "open"),
        ("[x] Retry", "over"),
        ("[x] Show pending orders in the list", "over"),
        ("[-] Retry", "over"),
        ("✅ Retry", "over"),
        ("DONE: retry", "over"),
        ("Retry - done", "over"),
        ("Retry (done)", "over"),
        ("Redis quota (resolved 2025-12-05)", "over"),
        ("Retry | ✅ Done", "over"),
        ("~~Retry~~", "over"),
        ("~~Retry~~ (dropped)", "over"),
        ("~~Retry~~ Done 2026-02-06", "over"),
        ("Retry — won't do", "over"),
        ("None", "over"),
        ("無し", "over"),
        ("Rotate the key (see BACK-131)", "over"),
        ("[ ] Rotate the key → #12", "over"),
        ("EU rollout (see BACK-140)", "over"),
        ("EU rollout (BACK-140)", "unsure"),
        ("Merge the PR (#45)", "unsure"),
        ("Blocked by BACK-130", "unsure"),
        ("EU rollout: filed as issue #44", "over"),
        ("EU rollout – GitHub issue #44", "unsure"),
        ("Move BACK-120 → Done", "unsure"),
        ("EU rollout, done?", "unsure"),
        ("Set status: completed", "unsure"),
        ("Deployed: needs smoke test", "unsure"),
        ("✅ EU, ❌ US", "unsure"),
        ("✅ Tests green → now merge to main", "unsure"),
        ("~~Deploy Monday~~ (moved to Thursday)", "unsure"),
        ("[x] Auth, refresh tokens still missing", "unsure"),
        ("Who owns it? Anna.", "unsure"),
        ("There are no blockers.", "unsure"),
        ("Currently none", "unsure"),
        ("✓ Login works", "over"),
        ("p95 < 200 ms ✅ (143 ms)", "over"),
        ("Login | ✅ | 2025-12-04", "over"),
        ("Import | ja | Protokoll", "over"),
        ("Login — verified", "over"),
        ("Login: implemented", "over"),
        ("DONE Login", "over"),
        ("Close this session", "over"),
        ("[ ] Delete the session file", "over"),
        ("Quota → https://example.org/issues/9", "over"),
        ("[BACK-140](https://linear.app/x/issue/BACK-140) EU rollout", "unsure"),
        ("BACK-140: EU rollout", "unsure"),
        ("Waiting for legal, see #44 for their first answer", "unsure"),
        ("The index has to be rebuilt. The bug moved to #12 last week.", "unsure"),
        ("Roll out to EU (done), US and APAC", "unsure"),
        ("Deploy: staging (done), production", "unsure"),
        ("Migrate billing tables - complete by Friday", "unsure"),
        ("~~RabbitMQ~~ install Kafka instead", "unsure"),
        ("None, but mend the retry", "unsure"),
        ("Nothing. All work has been merged to main.", "unsure"),
        ("All tasks completed.", "unsure"),
        ("Session complete, ready for deletion", "unsure"),
        ("Keine weiteren Schritte.", "unsure"),
        ("No further action is required.", "unsure"),
    ],
)
def test_form_tells_how_an_item_stands(text: str, how: str) -> None:
    assert standing(text) is Standing(how)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("## Follow-ups\n- EU region", "EU region"),
        ("## Blockers\n| what |\n|---|\n| The certificate |", "The certificate"),
        ("## Remaining Work\nPort the client.", "Port the client."),
        ("## Backlog\n- EU region", "EU region"),
        ("## Tasks\n- EU region", "EU region"),
        ("## Execution Progress\n- [ ] EU region", "EU region"),
        ("## Execution Progress\n- EU region: in progress", "EU region: in progress"),
        ("## Execution Progress\n| EU | state |\n|---|---|\n| bucket | ⏳ |", "bucket | ⏳"),
        ("## Acceptance Criteria\n- p99 below 200 ms", "p99 below 200 ms"),
        ("## Acceptance Criteria\n| what | met |\n|---|---|\n| p99 | No |", "p99 | No"),
        ("**Next action:** deploy the hotfix", "**Next action:** deploy the hotfix"),
        ("**Follow-ups**\n\n- EU region", "EU region"),
        ("## Decisions Needed\n- Log out all users?", "Log out all users?"),
        ("## Blockers\n\n**Legal has not signed**", "**Legal has not signed**"),
        ("## Follow-ups\n### 1. Rotate the key", "1. Rotate the key"),
        ("## Execution Progress\n### Wave 2: US (not started)", "Wave 2: US (not started)"),
    ],
)
def test_what_is_open_is_found_by_heading_box_and_label(more: str, said: str) -> None:
    assert [one.text for one in of(f"{more}\n").open] == [said]


def test_an_agents_open_task_remains() -> None:
    agents = "  spawned_agents:\n    - agent: qa\n      task: Test\n      status: in_progress\n"
    assert [one.text for one in of(agents=agents).open] == ["qa: Test"]


@pytest.mark.parametrize(
    "more",
    [
        "## Deletion Checklist\n- [ ] Delete the session file\n- [ ] External issue updated",
        "## Execution Progress\n### Wave 1: Cache (ACTIVE)\n- [x] Handle blocked accounts",
        "## Execution Progress\n| task | state |\n|---|---|\n| Cache | Done |",
        "## Acceptance Criteria\n- [x] p99 below 200 ms",
    ],
)
def test_what_is_over_does_not_remain(more: str) -> None:
    assert of(f"{more}\n") == Remainder((), ())


def test_what_may_be_over_is_a_doubt() -> None:
    found = of(steps="All tasks completed.")
    assert (found.open, [one.text for one in found.unsure]) == ((), ["All tasks completed."])


def test_any_number_of_open_boxes_is_carried_word_for_word() -> None:
    boxes = "".join(f"- [ ] Step {number} {'and more ' * 40}\n" for number in range(60))
    steps = f"1. First\n   - nested\n\n   ```\n   code\n   ```\n\n{boxes}"
    found, kept = read(session_text(steps=steps))
    assert len(found.open) == 63  # with what stands below the first one
    assert kept.startswith("1. First\n   - nested\n\n   ```\n   code\n")
    assert kept.count("- [ ] Step") == 60
    assert "…" not in kept


def test_an_item_is_carried_with_all_that_is_below_it() -> None:
    item = "- [ ] Port it\n  to Windows\n\n  Needs the key.\n\n  ```bash\n  make\n  ```"
    more = f"## Tasks\n- [x] a\n{item}\n\n- [ ] Test it\n"
    assert f"{item}\n- [ ] Test it" in read(session_text(more=more))[1]


def test_a_row_is_carried_with_its_heading() -> None:
    table = "| what | state |\n|---|---|\n"
    more = f"## Execution Progress\n{table}| Cache | done |\n| US | open |\n"
    assert f"{table}| US | open |" in read(session_text(more=more))[1]
