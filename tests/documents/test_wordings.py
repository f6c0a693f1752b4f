import unicodedata

import pytest

from session_hooks.documents import sections, wordings

LISTS = (wordings.DONE_WORDS, wordings.PAUSED, wordings.IN_PROGRESS)


def test_no_word_means_two_things() -> None:
    done, paused, in_progress = map(wordings.keys, LISTS)
    assert not done & paused | done & in_progress | paused & in_progress


@pytest.mark.parametrize("words", LISTS)
def test_every_word_is_found_by_its_key(words: tuple[str, ...]) -> None:
    known = wordings.keys(words)
    for word in words:
        assert unicodedata.is_normalized("NFC", word)
        for spelled in (word, word.upper(), unicodedata.normalize("NFD", word), f" {word} "):
            assert wordings.key(spelled) in known, spelled


@pytest.mark.parametrize(
    "spelled",
    ["geloest", "gelost", "faerdig", "fardig", "termine", "concluido", "ukonczone", "hoan thanh",
     "tamamlandi", "TAMAMLANDI", "завершен", "ολοκληρωμενος", "ｄｏｎｅ", "مكتملة", "منتهى"],
)  # fmt: skip
def test_without_accents_or_dots_a_word_is_the_same(spelled: str) -> None:
    assert wordings.key(spelled) in wordings.keys(wordings.DONE_WORDS)


@pytest.mark.parametrize("word", wordings.DONE)
def test_an_item_is_done_by_each_word_that_closes_a_document(word: str) -> None:
    assert sections.is_done(f"Parser — {word}")
    assert sections.is_done(f"Parser ({word.upper()}, 2026-11-29)")
    assert sections.is_done_word(f"✅ {word.capitalize()}")
    assert sections.is_done_row(f"Parser | {word} (Ann)")
    assert sections.is_done(f"[{word.upper()}] parser")
    assert not sections.is_done(f"Parser: {word} parser")
    assert not sections.is_done(f"{word} parser")


@pytest.mark.parametrize(
    "text", ["Reason: complète le plan", "Parser - done-ish", "Done is better"]
)
def test_an_item_that_only_has_the_word_is_not_done(text: str) -> None:
    assert not sections.is_done(text)
