import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers import ago, session_text
from session_hooks.documents.formats import session
from session_hooks.documents.registry import named
from session_hooks.documents.scan import document_of
from session_hooks.evidence.model import GitFacts, View
from session_hooks.report.compaction import Piece, asked, is_named, missing
from session_hooks.report.ranking import rank_document
from session_hooks.report.report import Compaction
from steps import steps, summary

PATH = ".agents/sessions/20251204-143000-weather.md"
STEP = Piece(9, "Write integration tests for CacheAdapter.read against Redis 7")


@pytest.mark.parametrize(
    "summary",
    [
        "Next: write integration tests for CacheAdapter.read against Redis 7.",
        "We still need integration testing of `CacheAdapter.read` (Redis 7).",
        "Pending:\n- CacheAdapter.read: integrating tests\n  against Redis 7 are to be written",
    ],
)
def test_what_is_said_in_other_words_is_kept(summary: str) -> None:
    assert missing((STEP,), f"The user works on weather.\n{summary}\nAll else is done.") == ()


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "The user works on the cache. Tests are green.",
        "Next: write integration tests for CacheAdapter.read against Redis 6.",
        "Integration with Redis is planned.\n\nUnit tests exist.\n\nCacheAdapter.write was done.",
    ],
)
def test_what_no_place_speaks_of_is_missing(summary: str) -> None:
    assert missing((STEP,), summary) == (STEP,)


def test_the_path_is_looked_for_as_it_is() -> None:
    assert is_named(PATH, "The notes are in 20251204-143000-weather.md.")
    assert not is_named(PATH, "The notes are in weather.md.")
    assert not is_named(PATH, f"<analysis>{PATH}</analysis><summary>Weather.</summary>")


@pytest.mark.parametrize(
    ("text", "kept", "lost"),
    [
        ("为登录页面添加缓存测试", "下一步：为登录页面添加缓存的测试。", "登录页面已经完成。"),
        ("EU-Bucket migrieren", "Offen: der EU-Bucket wird noch migriert.", "Der Bucket ist leer."),
        ("Deploy", "Then deploy it.", "Then ship it."),
        ("Ask Ann", "Ask Ann.", "Ask Bob."),
    ],
)
def test_other_languages_and_short_steps(text: str, kept: str, lost: str) -> None:
    piece = Piece(3, text)
    assert missing((piece,), kept) == ()
    assert missing((piece,), lost) == (piece,)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Raise the upload timeout to 30s", "The timeout of uploads goes up to 30 seconds."),
        ("Cut the cold start, takes ~2h", "- cold start: to be cut (about two hours)"),
        ("Test builds on 3 runners (40m)", "To do: test the builds on three runners."),
        ("Move the mail queue to region 2", "- `queue.py`: the mail.\n  It moves to region two"),
        (
            "Keep the early check, drop the late one: only the early one stops before the slow "
            "suites begin, and the late copy breaks the order that workspace tests assert. "
            "Rejected: both, behind a switch, since nobody would ever turn it on in practice.",
            "The early check stays, the late one is dropped: only early it stops before suites.",
        ),
    ],
)
def test_units_numbers_and_paragraphs_may_be_told_in_few_words(text: str, kept: str) -> None:
    assert missing((Piece(3, text),), kept) == ()


@pytest.mark.parametrize("text", ["...", "???", "🚀", "—"])
def test_a_step_without_a_word_lacks_and_harms_nothing(text: str) -> None:
    assert missing((Piece(3, text), STEP), "Nothing.") == (Piece(3, text), STEP)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Fix foo.py", "- fix foo.py where it reads badly"),
        ("Write the changelog", "All user messages:\n- Hello\n\n**What is left**\n- The changelog"),
    ],
)
def test_short_words_and_what_follows_an_aside_count(text: str, summary: str) -> None:
    assert missing((Piece(3, text),), summary) == ()


def test_what_steps_have_in_common_tells_little_of_one() -> None:
    regions = ("Europe", "America", "Asia")
    pieces = [Piece(n, f"Deploy the search worker to {one}") for n, one in enumerate(regions, 1)]
    assert missing((*pieces,), "Next: deploy the search worker to Europe.") == (*pieces[1:],)


@pytest.mark.parametrize("form", ["{}:", "## {}", "**{}**:", "# {}:"])
@pytest.mark.parametrize("title", ["4. Errors and fixes", "6. All user messages"])
def test_a_step_that_failed_or_was_asked_about_is_not_kept_by_that(title: str, form: str) -> None:
    heading = form.format(title)
    aside = f"{heading}\n   - integration tests for CacheAdapter.read against Redis 7\n\n"
    after = f"{form.format('7. Pending Tasks')}\n   - Write the changelog"
    pieces = STEP, Piece(10, "Write the changelog")
    assert missing(pieces, f"1. Intent:\n   Weather\n\n{aside}{after}") == (STEP,)


WORD = st.text("abcdefg", min_size=4, max_size=8)
TEXT = st.lists(WORD, min_size=1, max_size=40).map(" ".join)


@given(st.lists(TEXT, unique=True, max_size=12), st.randoms())
@example(["aaaa aaaaa", "aaaa"], random.Random(0))
def test_what_stands_there_word_for_word_is_kept_in_any_order(
    texts: list[str], draw: random.Random
) -> None:
    pieces = tuple(Piece(number, text) for number, text in enumerate(texts, start=1))
    draw.shuffle(texts)
    assert missing(pieces, "\n".join(texts)) == ()
    assert missing(pieces, "") == pieces
    assert missing(pieces, "Nothing of it is here.") == pieces


def test_forty_facts_are_looked_for_in_a_long_summary_in_no_time() -> None:
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(400)]
    lines = [" ".join(draw.choices(words, k=14)) for _ in range(240)]  # 98 characters each
    pieces = tuple(Piece(number, line) for number, line in enumerate(lines[:40], start=1))
    began = time.process_time()
    missing(pieces, "\n".join(lines[40:]))
    assert time.process_time() - began < 0.25  # it takes 0.02


def test_a_line_that_only_leads_to_others_is_not_asked_for() -> None:
    steps = "1. Deploy it\n\nTwo more:\n\n- Rotate the key\n- Tell support and sales what changed:"
    text, path = session_text(steps=steps).encode(), "a/20251204-143000-x.md"
    document = document_of(named(session.NAME), path, text, ago())
    lead = rank_document(document, View(ago(), GitFacts("main")))
    assert [one.text for one in asked(Compaction(lead))] == [
        "Deploy it", "Rotate the key", "Tell support and sales what changed:",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [6, 14, 30])
def test_of_three_hundred_dropped_steps_nearly_all_are_found_and_of_kept_ones_hardly_any(
    number: int,
) -> None:
    draw = random.Random(20261130)
    dropped = found = kept = repeated = 0
    while dropped < 300:
        texts = steps(draw, number)
        pieces = tuple(Piece(line, text) for line, text in enumerate(texts, start=1))
        stays = {one for one in pieces if draw.random() < 0.5}
        lacks = {*missing(pieces, summary(draw, [one.text for one in stays]))}
        dropped += len({*pieces} - stays)
        found += len(lacks - stays)
        kept += len(stays)
        repeated += len(lacks & stays)
    assert found / dropped >= 0.99
    assert repeated / kept <= 0.01
