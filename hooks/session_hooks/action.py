"""The words of an action: what there is to be done, on one line. Pure."""

import re

from session_hooks import wordings
from session_hooks.meaning import is_done, says_nothing
from session_hooks.patterns import pattern
from session_hooks.placeholder import is_placeholder

MAX_ACTION = 300
"""Characters of an action; a longer paragraph is cut at a sentence or a word."""
_BEFORE_AN_ACTION = pattern(  # a box, a bullet, "2.", "2.1", a number in a keycap
    r"^\s*(?:\[[ xX/~>!-]?\]\s*|[-*+]\s+|\d+(?:\.\d+)*[.)]\s+|\d+(?:\.\d+)+\s+"
    r"|\d+\ufe0f?\u20e3\s*)*"
)
_REMARK = pattern(rf"\W*(?:{'|'.join(wordings.REMARKS)})\s*(?:\*\*|__)?\s*[:：]", re.IGNORECASE)
"""An item that says something of another one: "Why: …", "Status: …"."""


def is_action(text: str) -> bool:
    """Tell whether a text may be what is to be done: no question, no remark, no blank."""
    is_over = is_done(text) or says_nothing(text) or is_placeholder(text)
    is_question = text.rstrip("*_) ").endswith(("?", "？", "؟"))
    return not is_over and not is_question and _REMARK.match(text) is None


def action_of(text: str) -> str:
    """Return an action on one line, without its box, number and emphasis, and not too long."""
    text = _BEFORE_AN_ACTION.sub("", text[: 4 * MAX_ACTION])
    text = " ".join(re.sub(r"\*\*|__|`", "", text).split()).strip("* ")
    if len(text) <= MAX_ACTION:
        return text
    cut = text[:MAX_ACTION]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > MAX_ACTION // 3 else cut[: cut.rfind(" ")] + "…"
