from typing import Any

import pytest

from session_hooks.events.context import Event


def test_every_field_may_be_missing() -> None:
    assert Event.parse({}) == Event()


def test_unknown_fields_are_ignored() -> None:
    event = Event.parse({"cwd": "/x", "permission_mode": "auto", "context_tokens": 5})
    assert event == Event(cwd="/x")


@pytest.mark.parametrize("value", [None, 5, [], {}, True, ""])
def test_a_field_of_another_type_is_missing(value: Any) -> None:
    assert Event.parse({"cwd": value, "source": value}) == Event()
