from datetime import timedelta
from html.parser import HTMLParser

import pytest

from helpers import ago
from session_hooks.render.page import Entry, Page, page

NOW = ago()
ENTRY = Entry(
    "a/b.md", "Weather <b>", "in_progress", "current", ("names this branch",), "main",
    NOW - timedelta(days=10), NOW - timedelta(days=5), (NOW - timedelta(days=7),),
    "Do it & go", ("qa, completed: green",), ("2026-01-05 12:30 - Paused",), is_over=False,
)  # fmt: skip


def shown(*entries: Entry, debts: tuple[str, ...] = ()) -> str:
    return page(Page("shop", NOW, entries, (), debts, ()))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_well_formed_and_needs_nothing_else() -> None:
    reader = Reader()
    reader.feed(shown(ENTRY, ENTRY, debts=("x is owed",)))
    assert (reader.open, reader.links) == ([], [])


def test_what_documents_say_is_text() -> None:
    text = shown(ENTRY._replace(title="<script>alert(1)</script>", branch='"><img src=x>'))
    assert "<script>" not in text
    assert "<img" not in text
    assert "Do it &amp; go" in text


def test_times_are_places_on_one_axis() -> None:
    text = shown(ENTRY, ENTRY._replace(begins=NOW - timedelta(days=20), ends=NOW))
    assert '<i style="left:50.00%;width:25.00%"></i><b style="left:65.00%"></b>' in text
    assert '<i style="left:0.00%;width:100.00%"></i>' in text


@pytest.mark.parametrize("number", [0, 1, 300])
def test_any_number_of_documents_has_a_page(number: int) -> None:
    text = shown(*[ENTRY] * number)
    assert text.count("<details") == number
    assert len(text) < 10_000 + 1_500 * number
