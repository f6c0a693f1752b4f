"""Which next steps may be done already: what ticks one, and what shows nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.documents.model import Body, Document, Step
from session_hooks.documents.registry import named, read_body
from session_hooks.evidence.completed_steps import ticks
from session_hooks.evidence.model import Commit, Evidence, Kind, NamedPath, Since, Tick

WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)
TITLE = "# Session Handoff: the adapter\n\n"


def read(text: str) -> tuple[Document, Body]:
    form = named("handoff")
    document = form.read("docs/handoffs/2026-01-05-x.md", text, WRITTEN)
    return document, read_body(document)


def committed(subject: str, *files: str, parents: tuple[str, ...] = ("0",)) -> Commit:
    return Commit(WRITTEN, frozenset(files), "a1b2c3d", subject, parents=parents)


def since(*newest: Commit, paths: tuple[NamedPath, ...] = ()) -> Evidence:
    return Evidence(written=WRITTEN, since=Since(len(newest), newest=newest), paths=paths)


def by_steps(steps: str, evidence: Evidence, head: str = TITLE) -> tuple[Tick, ...]:
    return ticks(*read(f"{head}## Next Priorities\n\n{steps}\n"), evidence)


def by_commit(step: str, *subjects: str, others: str = "- Something else", files: str = "") -> str:
    """What of a step the commits name; "" if nothing."""
    commits = [committed(subject, *files.split()) for subject in subjects]
    paths = tuple(NamedPath(name, 5, is_there=True, was_there=True) for name in files.split())
    found = by_steps(f"- {step}\n{others}", since(*commits, paths=paths))
    assert all(tick.kind is Kind.COMMIT and tick.commit in commits for tick in found)
    return found[0].what if found else ""


NAMED = {
    "CamelCase": ("Write SessionStore", "feat: SessionStore keeps state", "sessionstore"),
    "case": ("Write SessionStore", "feat: sessionstore keeps state", "sessionstore"),
    "snake_case": ("Speed up parse_time", "parse_time is twice as fast", "parse_time"),
    "kebab-case": ("Add session-start-hook", "Add the session-start-hook", "session-start-hook"),
    "a dotted name": ("Cache store.open_index", "Cache store.open_index", "store.open_index"),
    "an option": ("Add `--dry-run` to it", "Support --dry-run", "--dry-run"),
    "a file": ("Split `src/settings_edit.py`", "Split settings_edit.py in two", "settings_edit.py"),
    "an issue": ("Fix the crash (#42)", "Close the file (#42)", "#42"),
    "an issue's key": ("Fix ABC-123", "ABC-123: close the file", "abc-123"),
    "words": ("Cache the weather answers", "Weather answers are cached", "cached weather answers"),
    "three quarters of them": (
        "Retry failed uploads slowly",
        "Failed uploads get a retry",
        "retry failed uploads",
    ),
    "words before a remark": (
        "Cache the weather answers — the provider fails twice a week",
        "Cache weather answers",
        "Cache weather answers",
    ),
    "a removal": ("Remove parse_time", "Delete parse_time", "parse_time"),
    "tests": ("Add tests for parse_time", "Test parse_time with zones", "parse_time"),
    "tests beside": ("Write SessionStore", "Write SessionStore, with tests", "sessionstore"),
    "documentation": ("Document parse_time", "docs: explain parse_time", "parse_time"),
}


@pytest.mark.parametrize(("step", "subject", "what"), NAMED.values(), ids=NAMED)
def test_a_commit_that_names_a_step_ticks_it(step: str, subject: str, what: str) -> None:
    assert by_commit(step, subject).lower() == what.lower()


UNNAMED = {
    "another name": ("Write SessionStore", "Write SessionStores"),
    "a longer snake": ("Speed up parse_time", "parse_time_zone is faster"),
    "a longer kebab": ("Add session-start-hook", "Add my-session-start-hook"),
    "a member": ("Split AppConfig", "AppConfig.load raises"),
    "one hump": ("Write Store", "Write Store"),
    "two words": ("Fix login", "Fix login"),
    "short words": ("Add a way to do it", "Add a way to do it"),
    "half of the words": ("Retry failed uploads slowly", "Retry uploads"),
    "two of three": ("Cache weather answers", "Cache answers"),
    "another issue": ("Fix the crash (#42)", "Close the file (#421)"),
    "a longer key": ("Fix ABC-123", "ABC-1234: close the file"),
    "a year": ("Plans of #2025", "Plans (#2025)"),
    "a rank": ("Priority #1: fix it", "Close #1"),
    "a pull request": ("PR #42 is ready to be read", "Address what PR #42 was told (#42)"),
    "a database": ("Insert rows into BigQuery", "BigQuery costs less"),
    "a question": ("Is SessionStore fast?", "SessionStore closes"),
    "a list's mark": ("#1 Fix it", "Close #1"),
    "a standard": ("Write it as UTF-8", "Read UTF-8"),
    "a merge": ("Write SessionStore", "Merge branch 'SessionStore'"),
    "a pull request's merge": ("Write SessionStore", "Merge pull request #4 from x/SessionStore"),
    "a revert": ("Write SessionStore", 'Revert "Write SessionStore"'),
    "unfinished": ("Write SessionStore", "WIP"),
    "unfinished, of what": ("Write SessionStore", "wip: SessionStore"),
    "to be squashed": ("Write SessionStore", "fixup! Write SessionStore"),
    "a removal": ("Speed up parse_time", "Remove parse_time"),
    "no removal": ("Remove parse_time", "Speed up parse_time"),
    "its tests alone": ("Speed up parse_time", "test: parse_time"),
    "not its tests": ("Add tests for parse_time", "Speed up parse_time"),
    "its documentation alone": ("Speed up parse_time", "docs: parse_time"),
    "a plan": ("Design SessionStore", "Fix SessionStore"),
    "to verify": ("Verify that SessionStore closes", "SessionStore closes"),
    "to run": ("Run `tests/test_store_files.py`", "Fix tests/test_store_files.py"),
    "a product": ("Move the page to GitHub", "Use GitHub runners"),
    "prose with hyphens": ("Make it state-of-the-art", "A state-of-the-art lock"),
    "a date": ("Release on 2026-01-05", "Release of 2026-01-05"),
    "an everyday file": ("Update `README.md`", "Fix a typo in README.md"),
    "a word in backticks alone": ("Rewrite `parser` for speed", "A parser for dates"),
    "a tool": ("Make `pytest` pass with zones", "Upgrade pytest"),
    "no subject": ("Write SessionStore", ""),
}


@pytest.mark.parametrize(("step", "subject"), UNNAMED.values(), ids=UNNAMED)
def test_a_commit_about_something_else_ticks_nothing(step: str, subject: str) -> None:
    assert by_commit(step, subject) == ""


TAKE = "Have `gross()` in `shop/checkout.py` take the country and look the rate up"


@pytest.mark.parametrize(
    ("step", "subject", "file", "what"),
    [
        (TAKE, "gross() takes the country", "shop/checkout.py", "gross takes country"),
        (TAKE, "gross() takes the country", "shop/cart.py", ""),
        (TAKE, "gross() takes money", "shop/checkout.py", ""),
        (
            "Use the count of slugs in `heading()` of `render.py`",
            "Number equal slugs in heading()",
            "render.py",
            "slugs heading",
        ),
        (f"{TAKE} from parse_time", "gross() takes the country", "shop/checkout.py", ""),
    ],
)
def test_of_a_commit_that_changes_a_steps_own_file_half_of_the_words_are_enough(
    step: str, subject: str, file: str, what: str
) -> None:
    assert by_commit(step, subject, files=file) == what


def test_a_merge_commit_ticks_nothing_whatever_it_says() -> None:
    merge = committed("Write SessionStore", parents=("1", "2"))
    assert by_steps("- Write SessionStore", since(merge)) == ()


def test_the_newest_commit_is_told() -> None:
    newest, older = committed("SessionStore closes"), committed("Write SessionStore")
    assert by_steps("- Write SessionStore", since(newest, older))[0].commit is newest


def test_what_several_steps_name_says_nothing_about_one() -> None:
    others = "- Lock SessionStore\n- b\n- c\n- d"
    assert by_commit("Write SessionStore", "SessionStore is faster", others=others) == ""


def test_the_documents_own_issue_names_no_step() -> None:
    head = "---\nissue: ABC-123\n---\n# Session Handoff: it\n\n"
    evidence = since(committed("ABC-123: close the file"))
    assert by_steps("- Close it (ABC-123)", evidence, head) == ()


def test_what_the_title_names_says_nothing_about_a_step() -> None:
    head = "# Session Handoff: SessionStore\n\n"
    step = "- Lock SessionStore on network disks"
    assert by_steps(step, since(committed("SessionStore closes")), head) == ()


def path(name: str, *, is_there: bool = True, was_there: bool | None = False) -> NamedPath:
    return NamedPath(name, 5, is_there=is_there, was_there=was_there)


def by_file(step: str, *known: NamedPath) -> list[str]:
    found = by_steps(f"- {step}", since(paths=known))
    assert all(tick.kind is Kind.FILE for tick in found)
    return [tick.what for tick in found]


def test_a_file_that_came_since_ticks_the_step_that_names_it() -> None:
    assert by_file("Write `src/cache.py`", path("src/cache.py")) == ["src/cache.py"]
    assert by_file("Write cache.py", path("src/cache.py")) == []
    assert by_file("Write `cache.py`", path("src/cache.py")) == ["src/cache.py"]
    assert by_file("Write `__init__.py`", path("src/__init__.py")) == ["src/__init__.py"]


def test_a_file_that_was_there_or_is_not_ticks_nothing() -> None:
    step = "Write `src/cache.py`"
    assert by_file(step, path("src/cache.py", was_there=True)) == []
    assert by_file(step, path("src/cache.py", was_there=None)) == []
    assert by_file(step, path("src/cache.py", is_there=False)) == []
    assert by_file(step, path("other/cache.py")) == []
    assert by_file("Write it", path("src/cache.py")) == []


def test_all_of_a_steps_new_files_have_to_be_there() -> None:
    step = "Write `src/cache.py` and `tests/test_cache.py`"
    known = path("src/cache.py"), path("tests/test_cache.py", is_there=False)
    assert by_file(step, *known) == []
    assert by_file(step, known[0], path("tests/test_cache.py")) == ["src/cache.py"]
    assert by_file(step, known[0], path("tests/test_cache.py", was_there=True)) == ["src/cache.py"]


def test_a_file_to_read_or_to_remove_ticks_nothing() -> None:
    assert by_file("Write the cache, see `docs/cache.md`", path("docs/cache.md")) == []
    assert by_file("Delete `src/cache.py`", path("src/cache.py")) == []


def test_the_commit_that_brought_a_file_is_told() -> None:
    newest, first = committed("b", "src/cache.py"), committed("a", "src/cache.py")
    [tick] = by_steps("- Write `src/cache.py`", since(newest, first, paths=(path("src/cache.py"),)))
    assert tick.commit is first


BOXES = {
    "the same words": ("Write the cache adapter", "Write the cache adapter", True),
    "case, markup and punctuation": ("**Write** the `cache`!", "write the cache", True),
    "a remark behind the box": ("Write the adapter", "Write the adapter (done in #4)", True),
    "a remark behind the step": ("Write the adapter — today", "Write the adapter", True),
    "Chinese": ("编写适配器", "编写适配器", True),
    "other words": ("Write the adapter", "Write the adapters", False),
    "more words": ("Write the adapter", "Write the adapter and serve it", False),
    "one word": ("Tests", "Tests", False),
    "other remarks": ("Tests: unit", "Tests: integration", False),
    "few words and a remark": ("Fix tests — unit", "Fix tests", False),
}


@pytest.mark.parametrize(("step", "box", "is_ticked"), BOXES.values(), ids=BOXES)
def test_a_box_with_the_same_words(step: str, box: str, is_ticked: bool) -> None:
    document, body = read(
        f"{TITLE}## Completed Work\n- [x] {box}\n\n## Next Priorities\n- {step}\n"
    )
    found = ticks(document, body, Evidence())
    expected = [(Kind.BOX, "4")] if is_ticked else []
    assert [(tick.kind, tick.what) for tick in found] == expected


def test_an_open_box_ticks_nothing() -> None:
    assert by_steps("- Write the adapter\n\n## Later\n- [ ] Write the adapter", Evidence()) == ()


def test_ticks_are_in_the_order_of_the_steps_and_one_of_each_kind() -> None:
    evidence = since(
        committed("Write SessionStore", "src/session_store.py"),
        committed("SessionStore and session_store.py"),
        paths=(path("src/session_store.py"),),
    )
    steps = "- Something\n- Write SessionStore in `src/session_store.py`\n- Close ABC-123 soon"
    found = by_steps(steps, evidence._replace(since=Since(3, newest=(
        *(evidence.since.newest if evidence.since else ()), committed("ABC-123"),
    ))))  # fmt: skip
    assert [(tick.step.line, tick.kind) for tick in found] == [
        (6, Kind.FILE),
        (6, Kind.COMMIT),
        (7, Kind.COMMIT),
    ]


def test_without_evidence_or_steps_there_is_nothing() -> None:
    assert by_steps("- Write SessionStore", Evidence()) == ()
    assert ticks(*read(TITLE), since(committed("Write SessionStore"))) == ()


_WORDS = [
    "SessionStore",
    "parse_time",
    "`a.py`",
    "#42",
    "ABC-1",
    "-",
    ".",
    "Write",
    "\n- ",
    "(",
    "é",
]


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(_WORDS)).map(" ".join)),
    st.one_of(st.text(), st.lists(st.sampled_from(_WORDS)).map(" ".join)),
    st.integers(-5, 50),
)
def test_whatever_the_text_nothing_raises(text: str, subject: str, line: int) -> None:
    document, body = read(f"{TITLE}## Next Priorities\n\n- {text}\n\n- [x] {text}\n")
    evidence = since(committed(subject, "a.py"), paths=(path("a.py"), path("b.py", was_there=True)))
    known = [body.next_action, *body.steps]
    assert all(tick.step in known for tick in ticks(document, body, evidence))
    ticks(document, body._replace(next_action=Step(text, line, "x")), evidence)


def test_what_was_taken_back_ticks_nothing() -> None:
    fix = committed("Fix the flaky login test")
    undone = (committed('Revert "Fix the flaky login test"'), fix)
    steps = "1. Fix the flaky login test\n2. Something else"
    assert [tick.kind for tick in by_steps(steps, since(fix))] == [Kind.COMMIT]
    assert by_steps(steps, since(*undone)) == ()
    again = (committed("Fix the flaky login test"), *undone)
    assert [tick.commit for tick in by_steps(steps, since(*again))] == [again[0]]


@pytest.mark.parametrize(
    "step",
    [
        "Do NOT touch `src/auth.py` before the audit",
        "Don't rename `src/auth.py`",
        "Wait for Bo to finish `src/auth.py`, then review it",
        "Never write `src/auth.py` by hand",
    ],
)
def test_what_is_no_deed_is_never_done(step: str) -> None:
    commit = committed("Touch src/auth.py before the audit", "src/auth.py")
    found = by_steps(f"1. {step}\n2. Something else", since(commit, paths=(path("src/auth.py"),)))
    assert found == ()


def test_a_file_that_is_to_be_removed_and_is_gone_ticks_its_step() -> None:
    gone = path("src/legacy.py", is_there=False, was_there=True)
    (tick,) = by_steps("1. Delete `src/legacy.py`\n2. Something else", since(paths=(gone,)))
    assert (tick.kind, tick.what) == (Kind.GONE, "src/legacy.py")
    for other in (
        path("src/legacy.py", is_there=True, was_there=True),
        path("src/legacy.py", is_there=False, was_there=False),
        gone._replace(moved_to="src/old.py"),
    ):
        assert by_steps("1. Delete `src/legacy.py`\n2. Something else", since(paths=(other,))) == ()
