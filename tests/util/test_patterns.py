"""An expression that is compiled late finds what one does that is compiled at once."""

import re

import pytest

from session_hooks.util import lazy


def test_it_is_compiled_when_it_is_used_and_finds_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled = []
    original = re.compile

    def noting(*given: object) -> object:
        compiled.append(given)
        return original(*given)  # type: ignore[call-overload]

    monkeypatch.setattr(re, "compile", noting)
    late = lazy.pattern(r"(\w)-(\w)", re.IGNORECASE)
    assert not compiled
    at_once = original(r"(\w)-(\w)", re.IGNORECASE)
    text = "a-b c-D"
    for _ in range(2):
        assert late.findall(text) == at_once.findall(text)
        assert late.sub(r"\2", text) == at_once.sub(r"\2", text)
        assert [*map(str, late.finditer(text))] == [*map(str, at_once.finditer(text))]
    assert len(compiled) == 3
