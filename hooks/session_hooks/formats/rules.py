"""What the formats' specifications ask of documents: one module each, listed here."""

from collections.abc import Iterator
from typing import Protocol

from session_hooks.formats import (
    handoff,
    handoff_rules,
    journal,
    journal_rules,
    next_session,
    next_session_rules,
    prompt,
    prompt_rules,
    session,
    session_rules,
)
from session_hooks.formats.rule import Fault, Rule, Subject, Unchecked


class Rules(Protocol):
    """What a module of rules has to offer."""

    RULES: tuple[Rule, ...]
    """What the specification asks of a document."""
    UNCHECKED: tuple[Unchecked, ...]
    """What it asks for and no program can tell."""

    def check(self, subject: Subject) -> Iterator[Fault]:
        """Check one document against the rules."""


OF_FORMATS: dict[str, Rules] = {
    session.NAME: session_rules,
    next_session.NAME: next_session_rules,
    handoff.NAME: handoff_rules,
    journal.NAME: journal_rules,
    prompt.NAME: prompt_rules,
}
"""By format, in the order of ``FORMATS``."""


def check(subject: Subject) -> Iterator[Fault]:
    """Check a document against its own format's rules."""
    return OF_FORMATS[subject.document.format].check(subject)
