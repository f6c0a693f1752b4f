import pytest

from session_hooks.documents import locations
from session_hooks.documents.locations import ANY, DATED, HANDOFFS, LIKELY, PLACES, TABLE
from session_hooks.documents.registry import FORMATS


def test_each_format_has_its_places_and_each_place_of_a_format_stands_there_once() -> None:
    assert list(PLACES) == [form.NAME for form in FORMATS]
    for places in PLACES.values():
        assert len(set(places)) == len(places)


def test_names_that_are_listed_are_those_that_the_format_takes() -> None:
    forms = {form.NAME: form for form in FORMATS}
    for form, names, places in TABLE:
        for name in names if isinstance(names, tuple) else ():
            assert forms[form].is_document_name(name)
            assert forms[form].is_document_name(name.lower())
        for place in places:
            assert not place.startswith("/")
            assert not place.endswith("/")


@pytest.mark.parametrize(
    ("form", "place", "names"),
    [
        ("session", ".agents/sessions", ANY),
        ("handoff", "session-handoffs", ANY),
        ("handoff", "docs/handoffs", LIKELY),
        ("handoff", "memory-bank/activeContext.md", ANY),
        ("journal", "docs/sessions", DATED),
        ("prompt", "", HANDOFFS),
    ],
)
def test_which_names_are_read_in_a_place(form: str, place: str, names: object) -> None:
    assert locations.names_in(form, place, PLACES[form]) == names


def test_in_a_folder_that_a_project_names_a_formats_own_names_are_read() -> None:
    assert locations.names_in("handoff", "docs/handoffs", ("docs/handoffs",)) == ANY
    assert locations.names_in("journal", "log", ("log",)) == DATED
    assert locations.names_in("prompt", "log", ("log",)) == HANDOFFS


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("HANDOFF.md", True),
        (".claude/handover.md", True),
        ("memory-bank/activeContext.md", True),
        ("docs/handoffs/2026-01-05-x.md", False),
        ("docs/handoffs/auth.md", False),
    ],
)
def test_a_document_that_is_written_anew_in_its_place(path: str, *, is_one: bool) -> None:
    assert locations.is_one_file(path, PLACES["handoff"]) is is_one
