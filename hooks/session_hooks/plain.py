"""Third-party text made safe to show: to a model as quoted data, to a person in a terminal.

What a document says may try to close the fence it is quoted in, to look like the client's own
tags, or to hide. Here it is made visible and inert; nothing of it is obeyed or judged.
"""

import re
import unicodedata

# Terminal sequences: CSI, then OSC, DCS, SOS, PM and APC with their text, then any other escape.
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Beside the control and format categories: letters and marks that show nothing, and the code points
# that Unicode reserves for more of them.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164"
    "\ufe00-\ufe0e\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_KEPT_CONTROLS = "\n\t"
_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs")
_EMOJI_PARTS = "\u200d\ufe0f"  # they join and colour emoji; elsewhere they only hide

# Names of tags that the client or a model's own transcript uses, in any of their families.
_TAG = re.compile(
    r"[<＜﹤‹](?=\s*[/!?]?\s*(?:"
    r"(?:system|user|assistant|human|command|local-command|bash|ide|tool|function|task|session|"
    r"hook|claude|anthropic|antml|new|persisted|post|pre|mcp|agent|subagent|teammate)"
    r"[\w:.-]*|[\w.-]+-(?:reminder|hook|context|instructions?|notification)"
    r"|[\w-]+:[\w:-]+|invoke|parameter|thinking|instructions?|important|admin|developer)\b)",
    re.IGNORECASE,
)
_FENCE_RUN = re.compile(r"~{3,}")


def clean(text: str) -> str:
    """Return ``text`` with nothing hidden in it and no tag that looks like the client's own.

    Terminal sequences, control, bidirectional and invisible characters go (how many were
    invisible is said at the end); every kind of line end becomes a newline; the ``<`` of a tag like
    ``<system-reminder>`` becomes ``&lt;``.
    """
    text = _LINE_ENDS.sub("\n", _ANSI.sub("", text))
    visible = "".join(_visible(text))
    hidden = len(text) - len(visible)
    shown = _TAG.sub("&lt;", visible)
    if not hidden:
        return shown
    characters = "character" if hidden == 1 else "characters"
    return f"{shown}\n[{hidden} invisible {characters} removed]"


def _visible(text: str) -> "list[str]":
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return [text]  # nearly every document, and a loop over its characters costs the most here
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


def inline(text: str, limit: int = 160) -> str:
    """Return ``text`` cleaned, on one line, and at most ``limit`` characters long."""
    line = " ".join(clean(text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def quoted(text: str, limit: int = 160) -> str:
    """Return ``text`` on one line in quotation marks that nothing in it can close."""
    return '"' + inline(text, limit).replace('"', "'") + '"'


def word(text: str, limit: int = 60) -> str:
    """Return a name that looks like one as it is, and anything else in quotation marks."""
    return text if re.fullmatch(rf"[\w./#@+:-]{{1,{limit}}}", text) else quoted(text, limit)


def fenced(text: str) -> str:
    """Return ``text`` in a code fence that nothing in it can close.

    Tildes: of a fence of backticks the client's PreCompact line makes one running paragraph.
    """
    longest = max((len(run) for run in _FENCE_RUN.findall(text)), default=2)
    fence = "~" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def shorten(text: str, limit: int) -> tuple[str, int]:
    """Cut ``text`` to whole lines of at most ``limit`` characters; return it and the lines cut.

    A first line longer than ``limit`` is cut within.
    """
    lines = text.splitlines()
    used = 0
    for index, line in enumerate(lines):
        used += len(line) + 1
        if used > limit + 1:
            if index == 0:
                return line[: max(limit - 1, 0)].rstrip() + "…", len(lines) - 1
            return "\n".join(lines[:index]), len(lines) - index
    return text, 0
