import random

import pytest

from session_hooks.report.compaction import Piece, missing

PATH = Piece(0, ".agents/sessions/20251204-143000-weather.md")
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
    assert missing((PATH,), "The notes are in 20251204-143000-weather.md.") == ()
    assert missing((PATH,), "The notes are in weather.md.") == (PATH,)


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


VERBS = (
    "Write", "Migrate", "Remove", "Document", "Measure", "Refactor", "Deploy", "Review", "Restore",
)  # fmt: skip
THINGS = (
    "the weather adapter", "the invoice exporter", "the login form", "retry limits", "audit logs",
    "the EU bucket", "rate limits", "the search index", "the billing webhook", "feature flags",
    "the session store", "webhook signatures", "the onboarding mails", "the currency table",
)  # fmt: skip
WHERE = (
    "in src/cache.py", "for the staging cluster", "behind the proxy", "before release 4.2",
    "as BACK-{n}", "with {n} ms at most", "in three regions", "without downtime",
)  # fmt: skip


def test_of_three_hundred_dropped_facts_nearly_all_are_found_and_of_kept_ones_hardly_any() -> None:
    draw = random.Random(20261130)
    dropped = found = kept = repeated = 0
    while dropped < 300:
        things = draw.sample(THINGS, 6)
        facts = [
            f"{draw.choice(VERBS)} {thing} {draw.choice(WHERE).format(n=draw.randint(100, 999))}"
            for thing in things
        ]
        pieces = tuple(Piece(number, fact) for number, fact in enumerate(facts, start=1))
        stays = {one for one in pieces if draw.random() < 0.5}
        said = [draw.choice(SAID).format(one.text, one.text.lower()) for one in stays]
        draw.shuffle(said)
        summary = "The user works on the shop.\n" + "\n".join(said) + "\nTests were green before."
        lacks = {*missing(pieces, summary)}
        dropped += len({*pieces} - stays)
        found += len(lacks - stays)
        kept += len(stays)
        repeated += len(lacks & stays)
    assert found / dropped >= 0.99
    assert repeated / kept <= 0.01


SAID = (
    "- {0}", "Next, {1}.", "The assistant still has to {1}", "Pending: {1} (agreed with the user)",
    "{0} was discussed and is open.",
)  # fmt: skip
