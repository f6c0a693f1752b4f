"""What a template leaves blank, and what is its author's own. Pure."""

import re
from collections.abc import Iterator, Sequence

from session_hooks.outline import MAX_SECTION
from session_hooks.patterns import pattern

_PLACEHOLDER = pattern(
    r"\s*(?:\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\.\.\.|…|tbd|todo)[.\s]*", re.IGNORECASE
)


def is_filled(text: str, guidance: Sequence[str]) -> bool:
    """Tell whether somebody wrote in a section more than the template does."""
    return next(_own_lines(text[:MAX_SECTION], guidance), None) is not None


def own_words(text: str, guidance: Sequence[str] = ()) -> str:
    """Return what is left of a text without the template's words, comments and placeholders."""
    return "\n".join(_own_lines(text, guidance))


def _own_lines(text: str, guidance: Sequence[str]) -> Iterator[str]:
    text = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        plain = re.sub(r"^[\s>*+-]*+(?:\d+[.)]\s*)?(?:\[[ xX]?\]\s*)?", "", line)
        plain = plain.replace("*", "").replace("`", "").strip()
        for sentence in guidance:
            plain = plain.replace(sentence, "").strip()
        is_rule = not any(character.isalnum() for character in plain)
        if not (is_rule or is_placeholder(plain) or plain.startswith("#")):
            yield plain


def is_placeholder(text: str) -> bool:
    """Tell whether a text is only a template's blank: ``[Title]``, ``{name}``, ``...``."""
    return _PLACEHOLDER.fullmatch(text) is not None
