"""The steps that one section lists: the first that is open, and the others. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from session_hooks import dates, wordings
from session_hooks.action import action_of, is_action
from session_hooks.checkboxes import DEFERRED, is_closed, mark_of, order_of, without_box
from session_hooks.document import Section, Step
from session_hooks.label import all_by_label, shown
from session_hooks.meaning import is_done, is_done_row, is_done_word, sureness
from session_hooks.outline import MAX_SECTION, blocks, prose
from session_hooks.patterns import pattern
from session_hooks.simple_blocks import Block

_MAX_STEPS = 20
_FEW_WORDS = 3
"""Words from which a line above code says what it is for: "Create the module with:"."""
_NO_DEPTH = 100
_URGENT = [
    pattern(
        rf"\W*{mark}(?!\w)" if not mark.isalpha()  # a sign; a word may be the sentence's own
        else rf"\W*{mark}\s*(?:[:\])|*—–-]|prio)|.{{0,60}}?[(\[]{mark}(?!\w)",
        re.IGNORECASE,
    )
    for mark in wordings.URGENT
]  # fmt: skip
_HAS_URGENT = pattern("|".join(wordings.URGENT), re.IGNORECASE)
"""What only a few items have; each of the above takes 0.15 ms to compile."""
_NUMBERED_STEP = pattern(
    rf"\W*(?:(?:{wordings.TASK_WORD})\s*)?#?\d{{1,3}}[a-z]?(?!\d*:\d|[-/]\d)(?:[.:)\s—–-]|\ufe0f?\u20e3|$)"
    r"|\W*[a-z][.)]\s",
    re.IGNORECASE,
)
_POINTER = pattern(
    r"(?:see|refer to|details in|siehe|voir|ver|véase|vedi|zie|zobacz|vaata|参见|参照)\b",
    re.IGNORECASE,
)
_COMMENT = pattern(r"(?:[#$%>;]|//|--)+\s*")
"""What begins a comment or a command in code."""
_RANK_CELL = pattern(r"\W*[a-z]?\d{1,3}\W*", re.IGNORECASE)
"""A table's cell that only says how important or the how many a row is: "P0"."""
_CHOICE = pattern(
    r"\W*(?:pick|choose|select|decide(?: between| which| on)?)\b.{0,40}"
    r"\b(?:one|two|three|which|between|among|of)\b",
    re.IGNORECASE,
)
"""A paragraph that leaves it open which of a list's items comes next."""
_DOUBT = pattern(
    r"\b(?:brainstorm|ideas?|maybe|perhaps|optional|backlog|consider|possible|candidates?|could"
    r"|nice to have|some ?day)\b",
    re.IGNORECASE,
)
_READS = pattern(
    r"\W*(?:re-?read|read|see|lire|lies|lesen|leer|ler|leggere|lees|przeczytaj|loe|прочита\w*|阅读|読む)\b",
    re.IGNORECASE,
)
"""What only prepares work: "read PLAN.md"."""
_HEADING_REMARK = pattern(r"([^—–:：(]{2,60}?)\s*(?:[—–:：]|\s-\s)\s*(.*\S)")
_HOW = pattern(r"\b(?:order|priorit|steps?\b|one of|week|day|hour|min)", re.IGNORECASE)
"""What a heading's remark says of how things are listed, or when."""


def first_action(section: Section, *, items_first: bool = False) -> Step | None:
    """Return the first thing that a section says is to be done; None where all of it is done.

    With ``items_first`` a paragraph counts only where there is no list: it speaks of all of that.
    """
    text = section.text[:MAX_SECTION]
    under = f"under {shown(section.title)}"
    above = list(takewhile(lambda line: not line.startswith("#"), prose(text)))
    labelled = list(all_by_label(prose(text), section.text_line, wordings.ACTION_LABELS))
    labelled += all_by_label(above, section.text_line, wordings.GOALS)
    # Reading comes first, and is what is next only where nothing else is.
    for step in sorted(labelled, key=lambda one: _READS.match(one.text) is not None)[:1]:
        return step._replace(how=f"{step.how} {under}")
    open_ones = _next_first(_open_blocks(blocks(text, code=True)))
    boxes = [(mark, block) for block in open_ones if (mark := mark_of(block.text))]
    boxes.sort(key=lambda box: order_of(box[0]))
    urgent = _most_urgent(open_ones)
    choices = (block for block in open_ones if block.depth == 0 and _CHOICE.match(block.text))
    listed = [block for block in open_ones if block.kind in ("item", "row", "heading")]
    for kind, block in (
        *(("choice", block) for block in choices),
        *(("first open checkbox", box) for mark, box in boxes if mark != DEFERRED),
        *((("most urgent item", urgent),) if urgent else ()),
        *((f"first {block.kind}", block) for block in _actionable(listed if items_first else [])),
        *((f"first {block.kind}", block) for block in _actionable(open_ones)),
        *(("first deferred checkbox", box) for mark, box in boxes if mark == DEFERRED),
        *(("first code", block) for block in open_ones if block.kind == "code"),
    ):
        action = _with_its_heading(section.title, _with_its_first(block, open_ones))
        action = action_of(f"{_doubt(block, open_ones)}{action}")
        is_pointer = _POINTER.match(action) and len(open_ones) > 1
        if action and not is_pointer and is_action(action):
            line = section.text_line + block.line + (block.kind == "code")
            return Step(action, line, f"{kind} {under}")
    return None


def _next_first(found: list[Block]) -> list[Block]:
    """Put what stands under a subheading that means it before what stands under another one."""
    for at, block in enumerate(found):
        if block.kind == "heading" and at and sureness(block.text, wordings.NEXT_STEPS):
            return found[at:] + found[:at]
    return found


def _doubt(block: Block, found: list[Block]) -> str:
    """Return what stands above a list and says that its items are only ideas; else ""."""
    at = next(index for index, other in enumerate(found) if other is block)
    above = next((one for one in found[:at][::-1] if one.kind not in ("item", "row")), None)
    is_listed = block.kind in ("item", "row") and above is not None and above.kind == "paragraph"
    if above is None or not is_listed or not _DOUBT.search(above.text[:80]):
        return ""
    return f"{words_of(above).rstrip(':：')}: "


def _with_its_heading(title: str, action: str) -> str:
    """Return an action behind what the section's heading says of it: "Next up — the new parser"."""
    match = _HEADING_REMARK.match(title)
    if match is None or not action or sureness(match[1], wordings.NEXT_STEPS) is None:
        return action
    remark = match[2]
    says_how = _HOW.search(remark) or dates.parse_time(remark[:30]) or is_done(remark)
    if says_how or len(remark.split()) < _FEW_WORDS:
        return action
    return action_of(f"{remark}: {action}")


def _with_its_first(block: Block, found: list[Block]) -> str:
    """Return what a block says; of one that only heads a list, with the first thing below it."""
    action = words_of(block)
    at = next(index for index, other in enumerate(found) if other is block)
    below = next(iter(found[at + 1 : at + 2]), None)
    is_list = below is not None and below.kind in ("item", "row") and below.depth > block.depth
    heads = block.kind == "heading" or action.endswith((":", "："))
    if below is None or not is_list or not heads or not action:
        return action
    return action_of(f"{action.rstrip(':：')}: {words_of(below)}")


def _open_blocks(found: list[Block]) -> list[Block]:
    """Leave out what is done, what stands below it, and the headings of nothing else."""
    starts = [index for index, block in enumerate(found) if block.kind == "heading" or index == 0]
    kept = []
    for begin, end in pairwise([*starts, len(found)]):
        heading = [block for block in found[begin : begin + 1] if block.kind == "heading"]
        below = found[begin + len(heading) : end]
        open_ones = _open_below(below)
        is_over = any(is_done(b.text) or is_done_word(b.text) for b in heading)
        if not is_over and (open_ones or not below):
            kept += heading + open_ones
    return kept


def _open_below(found: list[Block]) -> list[Block]:
    kept = []
    done_depth = _NO_DEPTH
    for block in found:
        mark = mark_of(block.text)
        if block.depth > done_depth:
            # It belongs to an item that is done, unless it says itself that it isn't.
            kept += [block] if mark and not is_closed(mark) else []
            continue
        is_over = is_closed(mark) or is_done(block.text)
        is_over = is_over or (block.kind == "row" and is_done_row(block.text))
        done_depth = block.depth if is_over and block.kind == "item" else _NO_DEPTH
        kept += [] if is_over else [block]
    return kept


def _most_urgent(found: list[Block]) -> Block | None:
    items = [
        block
        for block in found
        if block.kind in ("item", "row")
        and block.depth <= 1
        and _HAS_URGENT.search(block.text[:80])
    ]
    marked = ((mark, block) for mark in _URGENT for block in items)
    return next((block for mark, block in marked if mark.match(block.text[:80])), None)


def _actionable(found: list[Block]) -> Iterator[Block]:
    """Pass over what only introduces the next block: a subheading, a paragraph above a list."""
    for block, following in pairwise([*found, Block("end", 0, "", 0)]):
        is_above_a_list = following.kind in ("item", "row")
        if block.kind == "paragraph" and block.depth == 0:
            introduces = block.text.rstrip("*_ ").endswith((":", "："))
            is_above = following.kind != "code" or len(block.text.split()) < _FEW_WORDS
            if (introduces and is_above) or (is_above_a_list and following.is_numbered):
                continue
        names_its_list = block.kind == "heading" and not _NUMBERED_STEP.match(block.text)
        if block.kind != "code" and not (names_its_list and following.kind not in ("code", "end")):
            yield block


def words_of(block: Block) -> str:
    """Return what a block says on one line; a row's first cells that say something."""
    if block.kind == "code":
        lines = (line.strip() for line in block.text.split("\n"))
        return action_of(_COMMENT.sub("", next(filter(None, lines), "")))
    if block.kind != "row":
        return action_of(block.text)
    cells = [without_box(cell) for cell in block.text.split(" | ")]
    said = [c for c in cells if any(map(str.isalpha, c)) and not _RANK_CELL.fullmatch(c)]
    # In two letters a first cell names the task ("CI"), a later one its owner or its size.
    return action_of(" — ".join([*said[:1], *(cell for cell in said[1:3] if len(cell) > 2)]))


def other_steps(steps: Section | None, action: Step | None) -> tuple[Step, ...]:
    """Return the open steps of a section without the one that is next."""
    if steps is None:
        return ()
    found = []
    for block in _open_blocks(blocks(steps.text[:MAX_SECTION])):
        text = words_of(block)
        is_step = block.kind in ("item", "row") and block.depth <= 1
        if is_step and text and (action is None or text != action.text):
            line = steps.text_line + block.line
            found.append(Step(text, line, f"under {shown(steps.title)}"))
    return tuple(found[:_MAX_STEPS])
