import itertools
import json
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import STRESS
from session_hooks_installer.record import (
    Entry,
    Record,
    Step,
    digest,
    forgotten,
    from_text,
    noted,
    to_text,
    undo,
    wanted,
)

some = hypothesis.settings(max_examples=400 if STRESS else 100)

TEXTS = st.text("ab\n\r\ufeff👍", max_size=8)
SETTINGS, IGNORE = "/repo/.claude/settings.local.json", "/repo/.git/info/exclude"


@some
@given(TEXTS | st.none(), TEXTS)
def test_a_step_is_taken_back_to_the_byte(before: str | None, after: str) -> None:
    step = Step.of(before, after)
    assert step.taken_back(after) == before
    assert undo(after, [step]) == before
    assert (step.before is None) == (before is None)


@some
@given(TEXTS, TEXTS, TEXTS)
def test_a_step_keeps_no_more_than_what_differs(start: str, old: str, end: str) -> None:
    step = Step.of(start + old + end, start + end)
    assert len(step.text) <= len(old)
    assert step.end - step.start == 0 or start + old + end == start + end


def test_what_two_long_texts_share_is_found_at_once() -> None:
    text = "ab" * 5_000_000
    step = Step.of(text, f"{text[:7_000_001]}!{text[7_000_002:]}")
    assert (step.start, step.end, step.text) == (7_000_001, 7_000_002, "b")


@some
@given(st.lists(TEXTS, min_size=2, max_size=6))
def test_a_chain_of_steps_is_taken_back_from_wherever_it_has_led(texts: list[str]) -> None:
    steps = [Step.of(*pair) for pair in itertools.pairwise(texts)]
    assert undo(texts[-1], steps) == texts[0]
    assert undo(texts[-1] + "edited", steps) == texts[-1] + "edited"
    assert undo(None, steps) is None


def test_a_step_that_was_noted_and_never_made_is_passed_over() -> None:
    steps = [Step.of("", "a"), Step.of("a", "b")]
    assert undo("a", steps) == ""
    assert undo("b", steps) == ""
    assert undo("a", [Step.of(None, "a"), *steps[1:]]) is None


def test_a_record_that_does_not_fit_the_text_takes_nothing_back() -> None:
    step = Step.of("one text", "other text")
    for wrong in (
        step._replace(start=2),
        step._replace(start=-1),
        step._replace(end=1000),
        step._replace(text="\ud800"),
        step._replace(before="0"),
    ):
        assert undo("other text", [wrong]) == "other text"


def test_each_text_leads_back_to_its_own() -> None:
    one, two = Step.of("a", "b"), Step.of("x", "y")  # two branches
    record = noted(noted({}, SETTINGS, one), SETTINGS, two)
    assert record[SETTINGS].steps == (one, two)
    assert noted(record, SETTINGS, one)[SETTINGS].steps == (two, one)
    assert [undo(text, record[SETTINGS].steps) for text in "by"] == ["a", "x"]
    left = forgotten(record, SETTINGS, "b")
    assert left[SETTINGS].steps == (two,)
    assert forgotten(left, SETTINGS, None) == left
    assert forgotten(left, SETTINGS, "y") == {}


def test_the_newest_steps_are_kept() -> None:
    record: Record = {}
    for number in range(60):
        record = noted(record, SETTINGS, Step.of(None, str(number)))
    assert [undo(str(number), record[SETTINGS].steps) for number in (9, 10, 59)] == [
        "9",
        None,
        None,
    ]


def test_a_line_serves_settings_until_the_last_of_them_is_forgotten() -> None:
    other = "/repo/.claude/other.json"
    record = noted({}, IGNORE, Step.of("", "x\n"), line="x")
    record = noted(record, SETTINGS, Step.of("a", "b"))
    for settings in (SETTINGS, SETTINGS, other):
        record = wanted(record, [IGNORE, "/elsewhere"], settings)
    assert record[IGNORE].wanted_by == (SETTINGS, other)
    record = forgotten(record, SETTINGS, "b")
    assert set(record) == {IGNORE}
    assert forgotten(record, other, None) == {}


STEPS = st.builds(
    Step,
    st.none() | TEXTS.map(digest),
    TEXTS.map(digest),
    st.integers(),
    st.integers(),
    st.text() | st.just("\udc80"),
)
ENTRIES = st.builds(
    Entry,
    st.lists(STEPS, max_size=2).map(tuple),
    st.text(),
    st.lists(st.text(), max_size=2).map(tuple),
)
RECORDS = st.dictionaries(st.text() | st.just("/a\udcff"), ENTRIES, max_size=3)


@some
@given(RECORDS)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert from_text(to_text(record)) == record
    to_text(record).encode("ascii")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
STEP: list[Any] = ["0", "1", 0, 0, ""]
WRONG: dict[int, list[Any]] = {
    0: [0, False, []],
    1: [None, 5],
    2: [None, 1.0, "0"],
    3: ["0"],
    4: [None],
}
WRONG_STEPS: list[Any] = [
    *[5, "abcde", {}, [], [*STEP, 0], dict.fromkeys("abcde")],
    *([*STEP[:at], one, *STEP[at + 1 :]] for at, wrong in WRONG.items() for one in wrong),
]
WRONG_ENTRIES: list[Any] = [
    *[5, {}, "abc", [], [[], "", [], 0], [5, "", []], [{}, "", []], [[], None, []]],
    *[[[], "", [5]], [[], "", "abc"]],
    *([[step], "", []] for step in WRONG_STEPS),
]
WRONG_FILES: list[Any] = [5, None, [], "x", *({"p": entry} for entry in WRONG_ENTRIES)]


def whole(files: Any, form: Any = 1) -> str:
    return json.dumps({"form": form, "files": files})


def test_the_least_record_is_one() -> None:
    assert from_text(whole({})) == {}
    assert from_text(whole({"p": [[STEP], "", []]})) == {"p": Entry((Step("0", "1", 0, 0, ""),))}


@pytest.mark.parametrize(
    "text",
    [
        *["", "{", "5", "[]", "null", "{}", '{"form": 1}', "[" * 100_000, '{"form": ' * 100_000],
        *[whole({}, form) for form in (0, 2, "1", None)],
        *map(whole, WRONG_FILES),
        whole({"p": [[STEP], "", []]}).replace("0, 0", f"{'9' * 5000}, 0"),
    ],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  which one is json's to say
        from_text(text)


@some
@given(JSON.map(whole) | JSON.map(json.dumps) | st.text())
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    try:
        record = from_text(text)
    except ValueError:
        return
    assert from_text(to_text(record)) == record
