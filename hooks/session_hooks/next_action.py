"""The next action of a body: what it says outright, and what is only likely. Pure."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise

from session_hooks import wordings
from session_hooks.action import action_of, is_action
from session_hooks.checkboxes import boxes_in
from session_hooks.document import Section, Step
from session_hooks.label import by_label, said_next, shown
from session_hooks.meaning import Wordings, is_check, is_done, is_update, says_nothing, sureness
from session_hooks.outline import BOLD, MAX_SECTION, blocks, heading_key
from session_hooks.passage import Passage, all_by_heading, by_heading, end_of, is_title
from session_hooks.patterns import pattern
from session_hooks.placeholder import own_words
from session_hooks.steps import first_action, words_of

_MAX_BOXES = 200
_FOOT_LINES = 12
"""Lines with text at a document's end in which a label speaks of all of it."""
_MAX_HEADED = 50
"""Sections of the same meaning that are looked into."""
_NUMBERED = pattern(
    rf"^\W*(?:(?:{wordings.TASK_WORD})\s*)#?(\d+)(?:[.:)\s—–-]|$)\W*(.*)", re.IGNORECASE
)
_SENTENCES = pattern(r"[.!?]\s+(?=\S)")


def find(
    passages: list[Passage], guidance: Sequence[str], *, is_finished: bool, hands_over: bool
) -> tuple[Section | None, Step | None]:
    """Return the section of the next steps, and the next action, where the body says it outright.

    By a heading or a label that means it, or an open box. What is only likely isn't among them.
    """
    headed = list(islice(_to_do(passages, wordings.NEXT_STEPS), _MAX_HEADED))
    steps = next((section for section in headed if not says_nothing(section.text)), None)
    at_the_foot = _first(_at_the_foot, passages)
    is_overtaken = any(_has_update_below(section, passages) for section in headed)
    if at_the_foot or is_overtaken:
        return steps, at_the_foot or _first(_in_the_last_update, passages)
    for section in headed:
        if action := first_action(section):
            return section, action
    action = _first(_labelled_action, passages)
    # Where the steps say that nothing is left, nothing is.
    if action or is_finished or (headed and steps is None):
        return steps, action
    # A goal is next only as long as nothing tells what came of it.
    is_report = by_heading(passages, wordings.ACCOMPLISHED) is not None
    has_goal = hands_over and not is_report
    for words in (
        wordings.REMAINING,
        *((wordings.TASKS,) if hands_over else ()),
        *((wordings.GOALS,) if has_goal else ()),
    ):
        for section in islice(_to_do(passages, words), _MAX_HEADED):
            if action := first_action(section, items_first=True):
                return steps or section, action
    return steps, (
        _first(lambda passage: _open_checkbox(passage, guidance, in_checks=False), passages)
        or (_first(_numbered_heading, passages) if hands_over else None)
        or (_first(_labelled_goal, passages) if has_goal else None)
        or (_first(_said_in_a_prompt, passages) if hands_over else None)
        or (_first(_listed_alone, passages) if hands_over else None)
    )


def _in_the_last_update(passage: Passage) -> Step | None:
    """Return what the last update of a document says is left: a list below such a sentence."""
    updates = [one for one in passage.sections if one.level < BOLD and is_update(one.title)]
    for section in updates[-1:]:
        found = blocks(section.text[:MAX_SECTION])
        for above, block in pairwise(found):
            said = (
                above.text.rstrip("*_ ").endswith((":", "：")) and _SENTENCES.split(above.text)[-1]
            )
            words = (wordings.NEXT_STEPS, wordings.REMAINING)
            if block.kind == "item" and said and any(sureness(said, one) for one in words):
                how = f"first item under {shown(section.title)}"
                return Step(words_of(block), section.text_line + block.line, how)
    return None


def _first(way: Callable[[Passage], Step | None], passages: list[Passage]) -> Step | None:
    return next((step for passage in passages if (step := way(passage))), None)


def _labelled_action(passage: Passage) -> Step | None:
    words, begun = wordings.ACTION_LABELS, wordings.NEXT_STEPS
    return by_label(passage.prose, passage.line, words, begun) or said_next(
        passage.prose, passage.line
    )


def _said_in_a_prompt(passage: Passage) -> Step | None:
    """Return what a text says that stands in a fence to be copied."""
    words = wordings.SURE_ACTION_LABELS
    return by_label(passage.lines, passage.line, words) or said_next(passage.lines, passage.line)


def _listed_alone(passage: Passage) -> Step | None:
    """Return the first item of a document that is one numbered list without any part's heading."""
    if any(not is_title(at, passage) for at, _ in enumerate(passage.sections)):
        return None
    text = "\n".join(passage.lines)[:MAX_SECTION]
    items = (block for block in blocks(text) if block.is_numbered and is_action(block.text))
    first = next(items, None)
    if first is None:
        return None
    return Step(words_of(first), passage.line + first.line, "the first item of a list alone")


def _labelled_goal(passage: Passage) -> Step | None:
    return by_label(passage.prose, passage.line, wordings.GOALS)


def _has_update_below(section: Section, passages: list[Passage]) -> bool:
    """Tell whether a later part of a document may have overtaken a section: "Update: accepted"."""
    return any(
        one.line > end_of(section) and one.level < BOLD and is_update(one.title)
        for passage in passages
        for one in passage.sections
    )


def likely(passages: list[Passage], titled: Passage | None, guidance: Sequence[str]) -> Step | None:
    """Return what is likely to be next where nothing says it outright.

    ``titled`` is the whole document where its title may speak of all of it.
    """
    title = _from_title(titled) if titled is not None else None
    ways: tuple[Callable[[Passage], Step | None], ...] = (
        lambda passage: _from(passage, wordings.NEXT_STEPS),
        lambda passage: _from(passage, wordings.TASKS),
        lambda _: title if title and len(title.text.split()) > 2 else None,
        lambda passage: _from(passage, wordings.NEXT_STEPS_PERHAPS),
        _numbered_heading,
        _labelled_goal,
        lambda passage: _from(passage, wordings.GOALS),
        lambda passage: _open_checkbox(passage, guidance, in_checks=True),
        lambda passage: _from(passage, wordings.SOME_DAY),
        lambda _: title,
    )
    return next((step for way in ways if (step := _first(way, passages))), None)


def _at_the_foot(passage: Passage) -> Step | None:
    """Return what a label says is next in the last lines: there it speaks of all of the document.

    It is what its author wrote last, below the last heading.
    """
    last = [at for at, line in enumerate(passage.prose) if line.strip()][-_FOOT_LINES:]
    headed = [one.line - passage.line for one in passage.sections if one.level < BOLD]
    begin = max([*last[:1], *headed[-1:]], default=0)
    lines = passage.prose[begin:]
    return by_label(lines, passage.line + begin, wordings.SURE_ACTION_LABELS)


def _to_do(passages: list[Passage], words: Wordings) -> Iterator[Section]:
    """Return the sections that mean one of ``words``, and not what was done: "Tasks completed"."""
    over = {section.line for section in all_by_heading(passages, wordings.ACCOMPLISHED, unsure=3)}
    for section in all_by_heading(passages, words):
        if section.line not in over and not is_done(section.title):
            yield section


def _from(passage: Passage, words: Wordings) -> Step | None:
    found = (first_action(s) for s in islice(_to_do([passage], words), _MAX_HEADED))
    return next((step for step in found if step is not None), None)


def _open_checkbox(passage: Passage, guidance: Sequence[str], *, in_checks: bool) -> Step | None:
    """Return the first open box, of lists that check finished work or of all others."""
    starts = [section.line for section in passage.sections]
    boxes = [box for box in islice(boxes_in(passage.prose), _MAX_BOXES) if box.is_open]
    for box in sorted(boxes, key=lambda box: box.order):
        above = bisect_right(starts, passage.line + box.line) - 1
        is_wanted = in_checks or above < 0 or not is_check(passage.sections[above].title)
        if is_wanted and own_words(box.text, guidance) and is_action(box.text):
            return Step(action_of(box.text), passage.line + box.line, "the first open checkbox")
    return None


def _numbered_heading(passage: Passage) -> Step | None:
    """Return the first heading of several that are numbered tasks: "Task 1 — Delete it"."""
    found = []
    for position, section in enumerate(passage.sections):
        match = None if is_title(position, passage) else _NUMBERED.match(section.title)
        if match and match.group(2):
            found.append((int(match.group(1)[:6]), match.group(2), section))
    is_series = len(found) > 1 or any(number <= 1 for number, *_ in found)
    for _, text, section in found if is_series else ():
        if not is_done(section.title):
            return Step(action_of(text), section.line, "the first numbered heading")
    return None


def _from_title(passage: Passage) -> Step | None:
    """Return what the title itself says is next: "Next session: write the adapter"."""
    if passage.sections:
        title = passage.sections[0].title
        parts = re.split(r"\s*(?:[:：—–]|\s-\s)\s*", title, maxsplit=1)
        names_work = heading_key(parts[-1]).rpartition(" ")[2] not in wordings.DOCUMENTS
        is_one = heading_key(parts[0]) in wordings.TITLE_BEFORE_ACTION and names_work
        if len(parts) == 2 and is_one:
            return Step(action_of(parts[1]), passage.sections[0].line, "the title")
    return None
