"""What a body means, in the shapes that people really write."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks import wordings
from session_hooks.outline import heading_key
from session_hooks.reading import read

NEXT = {
    "a list": ("## Next Steps\n1. Write the adapter\n2. Serve it", "Write the adapter"),
    "a label in the section (000)": (
        "## What's Next\n\n**Immediate action**: Write the adapter\n\n**Context needed**: PLAN.md",
        "Write the adapter",
    ),
    "a bold item (001)": (
        "## Next Priorities\n\n1. **Write the adapter** (half done)\n   - File: a.py",
        "Write the adapter (half done)",
    ),
    "a sentence (004)": ("## Next Session Objective\n\nWrite the adapter.", "Write the adapter."),
    "a follow-up (002)": ("## Follow-up\n- Write the adapter", "Write the adapter"),
    "emoji, number and bold": ("## 3. 🎯 **Next Steps**:\n- Write it", "Write it"),
    "words in brackets": ("## Next Steps (12 of them)\n- Write it", "Write it"),
    "words behind a dash": ("## THE NEXT TASK — one of three\n- Write it", "Write it"),
    "the first open box": ("## Next Steps\n- [x] Done\n- [ ] Write it", "Write it"),
    "a box elsewhere": ("## Acceptance\n- [x] Done\n- [ ] Write it", "Write it"),
    "a table": ("## Next Steps\n| # | Task |\n|---|---|\n| 1 | Write it |", "Write it"),
    "an introduction is none": ("## Next Steps\nDo these in order:\n\n- Write it", "Write it"),
    "a pointer is none": ("## Next Steps\nSee TODO.md\n\n- Write it", "Write it"),
    "struck out is done": ("## Next Steps\n- ~~Old~~\n- ✅ Older\n- Write it", "Write it"),
    "the urgent one": ("## Next Steps\n- Later\n- P0: Write it", "P0: Write it"),
    "a label at the top": ("# T\n\n**Next action:** Write it\n\n## Notes\nx", "Write it"),
    "a label above a quotation": ("# T\n\n**One-line brief:**\n> Write it\n> now", "Write it now"),
    "the title": (
        "# Next session: write the adapter (step 3)\n\nText.",
        "write the adapter (step 3)",
    ),
    "a numbered heading": ("# T\n\n## Task 1 — Write it\nx\n\n## Task 2 — More\ny", "Write it"),
    "a heading below": ("## Immediate actions\n\n### 1. Write it\nSo.", "Write it"),
    "nothing here, something there": (
        "## Reste à faire (J3)\nRien, J3 fermé.\n\n## Pour la prochaine session\n- Écrire",
        "Écrire",
    ),
    "an example in code is none": (
        "```markdown\n## Next Steps\n- Example\n```\n\n## Next Steps\n- Real",
        "Real",
    ),
    "a prompt in a fence": (
        "# Prompt\n\nCopy this:\n\n```\nI am building X.\n\nFIRST TASK\nWrite it first.\n\n"
        "THEN\n1. More\n```\n",
        "Write it first.",
    ),
    "the newest of dated entries": (
        "# Log\n\n## 2026-01-03 - b\n### Next\n- Newest\n\n## 2026-01-01 - a\n### Next\n- Oldest\n",
        "Newest",
    ),
    "the newest of numbered entries": (
        "# Day\n\n## Session 1: a\n**Next:** Old\n\n## Session 2: b\n**Next:** New\n",
        "New",
    ),
    "German": ("## Nächste Schritte\n- Schreiben", "Schreiben"),
    "French": ("## Prochaines étapes\n- Écrire", "Écrire"),
    "Spanish": ("## Próximos pasos\n- Escribir", "Escribir"),
    "Portuguese": ("## Próximos passos\n- Escrever", "Escrever"),
    "Italian": ("## Prossimi passi\n- Scrivere", "Scrivere"),
    "Dutch": ("## Volgende stappen\n- Schrijven", "Schrijven"),
    "Polish": ("## Następne kroki\n- Napisać", "Napisać"),
    "Chinese": ("## 下一步计划\n- 编写适配器", "编写适配器"),
    "Japanese": ("## 3) δ（次の一手）\n- 書く", "書く"),
    "Korean": ("## 다음 단계\n- 작성", "작성"),
}


@pytest.mark.parametrize(("body", "action"), NEXT.values(), ids=NEXT)
def test_the_next_action_is_found(body: str, action: str) -> None:
    found = read(body, 1).next_action
    assert found is not None
    assert found.text == action
    assert (
        action.rsplit(maxsplit=1)[-1].strip(")") in body.split("\n")[found.line - 1]
        or found.line > 0
    )


@pytest.mark.parametrize(
    "body", ["", "# Title", "Some text.", "## Next Steps\nNone.", "## Next Steps\n- [x] All done"]
)
def test_where_nothing_is_to_be_done_nothing_is_made_up(body: str) -> None:
    assert read(body, 1).next_action is None


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("1. First\n2. Second", "First"),
        ("- [x] Done\n- [ ] Open\n- [ ] Later", "Open"),
        ("- [x] Done\n- [X] Done too", ""),
        ("Some words first.\n\n- [ ] Open", "Open"),
        ("**Immediate**: do `this_thing`\nand that", "Immediate: do this_thing and that"),
        ("```\ncode\n```\n\nThen this", "Then this"),
        ("### Heading\n- Item", "Item"),
        ("Immediate actions:\n\n1. Deploy", "Deploy"),
        ("None.", ""),
        ("- ~~old~~\n- new", "new"),
        ("- ✅ Done\n- Open", "Open"),
        ("| # | Task | Owner |\n|---|---|---|\n| 1 | Deploy | me |", "Deploy"),
        ("", ""),
    ],
)
def test_the_first_thing_to_do_in_a_section(text: str, item: str) -> None:
    found = read(f"## Next Steps\n{text}", 1).next_action
    assert (found.text if found else "") == item


@pytest.mark.parametrize(
    ("body", "state", "how"),
    [
        ("## Current State\nHalf way.", "Half way.", "by its heading"),
        ("## Where We Left Off\nHalf way.", "Half way.", "by its heading"),
        ("## 📊 現在地（C）\nHalf way.", "Half way.", "by its heading"),
        ("## Aktueller Stand\nHalf way.", "Half way.", "by its heading"),
        ("# T\n\n**Status:** Half way.\n\n## Notes\nx", "Half way.", "by a label"),
        ("# T\n\n## Completed Work\n- Half", "- Half", "what was done"),
        ("# T\n\nHalf way.\n\n## Notes\nx", "Half way.", "the text under the title"),
        ("# T\n\n## Notes\nHalf way.", "Half way.", "the first section"),
        ("# D\n\n## Session 1\nOld\n\n## Session 2\nHalf way.", "Half way.", "the newest entry"),
    ],
)
def test_the_state_is_found_and_how_is_said(body: str, state: str, how: str) -> None:
    found = read(body, 1).state
    assert found is not None
    assert (found.text, found.how) == (state, how)


def test_the_other_steps_follow_the_next_action() -> None:
    body = "intro\n\n## Next Steps\n1. One\n2. Two\n   - detail\n3. ~~Three~~\n4. Four\n"
    found = read(body, 10)
    assert [(step.text, step.line) for step in found.steps] == [("Two", 14), ("Four", 17)]
    assert found.next_action is not None
    assert found.next_action.line == 13


def test_a_wording_means_one_thing_in_its_list_and_is_written_as_it_is_looked_up() -> None:
    for name in (
        "NEXT_STEPS",
        "STATE",
        "BLOCKERS",
        "DECISIONS",
        "FILES",
        "ACCOMPLISHED",
        "CONTEXT",
    ):
        words = getattr(wordings, name)
        assert len(set(words)) == len(words), name
        for word in words:
            assert heading_key(word) == word, word
    assert not set(wordings.NEXT_STEPS) & set(wordings.STATE)


PIECES = st.sampled_from(
    ["# ", "## ", "Next Steps", "Status", "**", ":", "\n", "- ", "[ ] ", "[x] ", "```", "> ", "| ",
     "1. ", "2026-01-01", "Session 2", "FIRST TASK", "text ", "下一步", "~~", "|---|", "\t", "<x>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60))
def test_no_body_makes_it_raise(pieces: list[str]) -> None:
    body = "".join(pieces)
    found = read(body, 1)
    lines = body.count("\n") + 1
    if found.next_action:
        assert 1 <= found.next_action.line <= lines
        assert len(found.next_action.text) <= 301
    assert all(1 <= step.line <= lines for step in found.steps)


@pytest.mark.parametrize(
    "line", ["- [ ] (\n", "**a**: b\n", "## Session 1\n", "| a | b |\n", "A" * 60 + "\n", "* a\n"]
)
def test_a_long_body_takes_time_in_proportion(line: str) -> None:
    began = time.monotonic()
    read(line * (1_000_000 // len(line)), 1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("mark", ["\t", " ", "`", "> "])
def test_a_line_of_marks_alone_is_read_in_no_time(mark: str) -> None:
    started = time.monotonic()
    read(f"# X\n\n{mark * 100_000}x\n", 1)
    assert time.monotonic() - started < 10
