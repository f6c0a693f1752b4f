"""Templates as data: what is written from them, and what is read back."""

from datetime import UTC, datetime

import pytest

from session_hooks.documents.formats import handoff, prompt, session
from session_hooks.documents.model import Need, Part, Template
from session_hooks.documents.registry import FORMATS, named, read_body

NOW = datetime(2025, 12, 5, tzinfo=UTC)
FIELDS = {
    "title": "X", "date": "2025-10-27", "time": "14:30:00", "branch": "main", "author": "A",
    "generated": "2025-10-27T14:30:00Z", "session": "Session 1 → 2", "trigger": "snapshot",
    "template": "https://example.org/t.md", "minute": "2025-10-27 14:30",
}  # fmt: skip
SMALL = Template(
    head="# {title}",
    parts=(
        Part("One", Need.MUST, "[fill in]"),
        Part("Two", Need.MAY, "- [fill in]", level=3),
        Part("Three", Need.MUST, "See {template}", is_blank=False),
    ),
    foot="Say {trigger}",
)


def test_a_field_without_a_value_stays_as_it_is() -> None:
    assert SMALL.fill({"title": "T"}).endswith("See {template}\n\nSay {trigger}\n")


def test_texts_stand_for_the_guidance_and_what_has_none_is_left_out() -> None:
    assert SMALL.fill(FIELDS, {"One": "Mine"}) == (
        "# X\n\n## One\n\nMine\n\n## Three\n\nSee https://example.org/t.md\n\nSay snapshot\n"
    )


def test_a_text_is_never_searched_for_fields() -> None:
    assert "{template} {title}" in SMALL.fill(FIELDS, {"One": "{template} {title}"})
    assert "# {template}\n" in SMALL.fill({**FIELDS, "title": "{template}"})


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.NAME)
def test_a_filled_template_is_one_that_nobody_has_filled_in(form: object) -> None:
    text = form.TEMPLATE.fill(FIELDS)  # type: ignore[attr-defined]
    assert form.is_template(form.read("a/2025-10-27-x.md", text, NOW))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("form", "heading"),
    [
        (form, part.heading)
        for form in (session, named("next"), handoff, prompt)
        for part in form.TEMPLATE.parts
        if part.need is Need.MUST and part.guidance and part.is_blank
    ],
)
def test_one_required_section_filled_in_makes_a_document_and_says_only_that(
    form: object, heading: str
) -> None:
    template: Template = form.TEMPLATE  # type: ignore[attr-defined]
    part = next(part for part in template.parts if part.heading == heading)
    text = template.fill(FIELDS).replace(part.guidance, "1. The parser reads dates")
    document = form.read("a/2025-10-27-x.md", text, NOW)  # type: ignore[attr-defined]
    body = read_body(document)
    assert not form.is_template(document)  # type: ignore[attr-defined]
    says_next = heading in (
        "Next Steps",
        "What's Next",
        "Next Priorities",
        "Next Session Objective",
    )
    action = body.next_action.text if body.next_action else None
    assert action == ("The parser reads dates" if says_next else None)
    assert body.state is not None
    assert "The parser reads dates" in body.state.text
    assert body.steps == ()
    assert body.problems == ()


def test_a_domains_sections_are_part_of_the_prompts_template() -> None:
    for parts in prompt.DOMAINS.values():
        template = prompt.TEMPLATE._replace(parts=(*prompt.TEMPLATE.parts, *parts))
        assert prompt.is_template(prompt.read("HANDOFF.md", template.fill(FIELDS), NOW))


@pytest.mark.parametrize(
    ("said", "trigger"),
    [
        ('say "snapshot"', "snapshot"),
        ("Say “that's it”", "that's it"),
        ('say "that\'s it"', "that's it"),
        ("say `snap`", "snap"),
        ('say "[TRIGGER]"', None),
        ("say snapshot", None),
    ],
)
def test_the_trigger_is_what_stands_between_one_pair_of_quotation_marks(
    said: str, trigger: str | None
) -> None:
    assert prompt.trigger(f"Remember: At session end, {said} to generate the next") == trigger
