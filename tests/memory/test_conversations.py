"""What became of earlier conversations."""

from datetime import timedelta
from typing import Any

import pytest

from helpers import ago
from session_hooks.agents.transcript import Transcript
from session_hooks.memory.conversations import Fate, Life, died, fate, is_open, open_now
from session_hooks.memory.model import DIED, SUPERSEDED, Archived, Conversation

NOW = ago(seconds=0)
HOUR = timedelta(hours=1)


def conversation(**more: Any) -> Conversation:
    return Conversation(
        "c1", "/p", "/p", "startup", None, True, "proc", "/t", NOW - HOUR, NOW - HOUR
    )._replace(**more)


def item(**more: Any) -> Archived:
    moment = NOW - HOUR
    return Archived("n", "/p", "NEXT_SESSION.md", "d", "c1", "hook", moment, moment)._replace(
        **more
    )


SPOKE = Transcript(had_prompt=True)


@pytest.mark.parametrize(
    ("taken", "taker", "life", "hook", "expected"),
    [
        ({}, {}, Life(True), None, Fate.HELD),
        ({}, {}, Life(True, SPOKE), None, Fate.READ),
        ({}, {"had_prompt": True, "ended": NOW}, Life(False), None, Fate.READ),
        ({}, {"ended": NOW, "had_prompt": False}, Life(True), None, Fate.UNREAD),
        ({}, {}, Life(False), None, Fate.UNREAD),
        ({}, {}, Life(False, SPOKE), None, Fate.READ),
        ({}, {}, Life(None), None, Fate.HELD),
        ({"taken": NOW - 25 * HOUR}, {}, Life(None), None, Fate.UNREAD),
        ({}, None, Life(None), None, Fate.HELD),  # nothing is remembered of who took it
        ({"taken": NOW - 25 * HOUR}, None, Life(None), None, Fate.UNREAD),
        ({"delivered": None}, {}, Life(True), True, Fate.HELD),  # its hook is at it
        ({"delivered": None}, {}, Life(True), False, Fate.UNREAD),
        ({"delivered": None}, {}, Life(True), None, Fate.UNREAD),
        ({"delivered": None, "taken": NOW}, {}, Life(True), None, Fate.HELD),
    ],
)
def test_what_was_taken_is_told_again_unless_somebody_read_it_or_may(
    taken: dict[str, Any],
    taker: dict[str, Any] | None,
    life: Life,
    hook: bool | None,
    expected: Fate,
) -> None:
    who = None if taker is None else conversation(**taker)
    assert fate(item(**taken), who, life, hook, NOW) is expected


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (Life(True), True),
        (Life(False), False),
        (Life(None), False),
        (Life(None, Transcript(last_written=NOW - timedelta(minutes=5))), True),
        (Life(None, Transcript(last_written=NOW - timedelta(minutes=15))), False),
    ],
)
def test_open_is_what_has_a_process_or_is_still_written_to(life: Life, expected: bool) -> None:
    assert is_open(conversation(), life, NOW) is expected


def test_a_conversation_of_the_same_process_is_no_neighbour() -> None:
    lives = {"c1": Life(True)}
    assert open_now([conversation()], lives, "other", NOW) == (conversation(),)
    assert open_now([conversation()], lives, "proc", NOW) == ()
    assert open_now([conversation()], {}, None, NOW) == ()


def test_a_dead_one_ended_when_it_was_last_written_to() -> None:
    last = NOW - timedelta(minutes=20)
    life = Life(False, Transcript(last_written=last, had_prompt=True))
    (found,) = died([conversation()], {"c1": life}, None, NOW)
    assert (found.reason, found.ended, found.had_prompt) == (DIED, last, True)


@pytest.mark.parametrize("life", [Life(True), Life(None)])
def test_what_may_live_has_not_died(life: Life) -> None:
    assert died([conversation()], {"c1": life}, None, NOW) == ()


def test_one_whose_process_went_on_to_another_is_over() -> None:
    (found,) = died([conversation()], {"c1": Life(True)}, "proc", NOW)
    assert found.reason == SUPERSEDED
