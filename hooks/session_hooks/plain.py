"""Third-party text made safe to show: to a model as quoted data, to a person in a terminal.

What a document says may try to close the fence it is quoted in, to look like the client's own
tags, or to hide. Here it is made visible and inert; nothing of it is obeyed or judged.
"""

import re
import unicodedata

from session_hooks.patterns import pattern

# Terminal sequences. Colours and cursor movements hold no text; OSC, DCS, SOS, PM and APC do.
_CSI = pattern(r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]")
_ESCAPES = pattern(r"\x1b[]PX^_][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]{0,8}[0-~]?")
_LINE_ENDS = pattern(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Beside the control and format categories: letters and marks that show nothing, and the code points
# that Unicode reserves for more of them.
_BLANK = pattern(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164"
    "\ufe00-\ufe0e\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_KEPT_CONTROLS = "\n\t"
_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs")
_EMOJI_PARTS = "\u200d\ufe0f"  # they join and colour emoji; elsewhere they only hide

# Names of tags that the client or a model's own transcript uses, in any of their families.
_BEGIN_TAG = "<＜﹤‹"
_TAG = pattern(
    rf"[{_BEGIN_TAG}]"
    r"(?=\s{0,8}[/!?]{0,4}\s{0,8}(?:"
    r"(?:system|user|assistant|human|command|local-command|bash|ide|tool|function|task|session|"
    r"hook|claude|anthropic|antml|new|persisted|post|pre|mcp|agent|subagent|teammate)"
    r"[\w:.-]*|[\w.-]{1,60}-(?:reminder|hook|context|instructions?|notification)"
    r"|[\w-]{1,40}:[\w:-]+|invoke|parameter|thinking|instructions?|admin|developer"
    r"|\w{0,40}important|summary|analysis)\b)",
    re.IGNORECASE,
)
_FENCE_RUN = pattern(r"~{3,}")
_LONGEST_RUN = 10
_ROOM_FOR_NOTE = 30
_PLAIN_PATH = pattern(r"[\w./#@+=~-]{1,400}")


def clean(text: str) -> str:
    """Return ``text`` with nothing hidden in it and no tag that looks like the client's own.

    Terminal sequences, control, bidirectional and invisible characters go; every kind of line end
    becomes a newline; the ``<`` of a tag like ``<system-reminder>`` becomes ``&lt;``.
    """
    return reveal(text)[0]


def reveal(text: str) -> tuple[str, int]:
    """Return what ``clean`` does, and how many characters were hidden."""
    visible = text
    if not _is_visible(text):
        text = _LINE_ENDS.sub("\n", _CSI.sub("", text))
        visible = "".join(_visible(_ESCAPES.sub("", text)))
    hidden = len(text) - len(visible)
    has_tag = any(sign in visible for sign in _BEGIN_TAG)
    return _TAG.sub("&lt;", visible) if has_tag else visible, hidden


def _is_visible(text: str) -> bool:
    """Tell of nearly every document that nothing has to be looked for in it."""
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


def _visible(text: str) -> list[str]:
    if _is_visible(text):
        return [text]  # a loop over its characters costs the most here
    kept: list[str] = []
    for character in text:
        is_emoji_part = character in _EMOJI_PARTS and kept and _is_pictorial(kept[-1])
        if is_emoji_part or not _is_invisible(character):
            kept.append(character)
    return kept


def _is_pictorial(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Sm") or character in "#*0123456789ℹ‼⁉"


def _is_invisible(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return False
    hidden = unicodedata.category(character) in _INVISIBLE_CATEGORIES
    return hidden or character in _EMOJI_PARTS or _BLANK.match(character) is not None


def one_line(text: str) -> str:
    """Return ``text`` cleaned and on one line, however long."""
    return " ".join(clean(text).split())


def inline(text: str, limit: int = 160) -> str:
    """Return ``text`` cleaned, on one line, and at most ``limit`` characters long.

    What was hidden in it is said behind it.
    """
    shown, hidden = reveal(text[: limit * 4])
    line = " ".join(shown.split())
    note = f" [{hidden} invisible]" if hidden and limit > _ROOM_FOR_NOTE else ""
    room = max(limit - len(note), 1)
    return (line if len(line) <= room else line[: room - 1].rstrip() + "…") + note


def quoted(text: str, limit: int = 160) -> str:
    """Return ``text`` on one line in quotation marks that nothing in it can close."""
    return '"' + inline(text, limit).replace('"', "'") + '"'


def word(text: str, limit: int = 60) -> str:
    """Return a name that looks like one as it is, and anything else in quotation marks."""
    is_name = re.fullmatch(rf"[\w./#@+:-]{{1,{limit}}}", text) and clean(text) == text
    return text if is_name else quoted(text, limit)


def path(name: str) -> str:
    """Return a path as it is if it looks like one; else quoted, with what can't be seen escaped.

    Unlike other text it loses nothing: the reader is to open it.
    """
    if _PLAIN_PATH.fullmatch(name) and clean(name) == name:
        return name
    return '"' + "".join(_escaped(character) for character in name[:400]) + '"'


def _escaped(character: str) -> str:
    if character not in '"\\<\n\t' and not _is_invisible(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def fenced(text: str) -> str:
    """Return ``text`` in a code fence that nothing in it can close.

    Tildes: of a fence of backticks the client's PreCompact line makes one running paragraph.
    """
    # A run of hundreds would need a fence of hundreds, beyond every budget.
    text = re.sub(rf"~{{{_LONGEST_RUN},}}", "~" * _LONGEST_RUN, text)
    longest = max((len(run) for run in _FENCE_RUN.findall(text)), default=2)
    fence = "~" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def shorten(text: str, limit: int) -> tuple[str, int]:
    """Cut ``text`` to whole lines of at most ``limit`` characters.

    Returns what is left and how many lines are not shown whole. A first line longer than
    ``limit`` is cut within.
    """
    lines = text.splitlines()
    used = -1
    for index, line in enumerate(lines):
        used += len(line) + 1
        if used > limit:
            if index == 0:
                return line[: max(limit - 1, 0)].rstrip() + "…", len(lines)
            return "\n".join(lines[:index]), len(lines) - index
    return "\n".join(lines), 0
