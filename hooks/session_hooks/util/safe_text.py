"""Make untrusted text safe to show: control characters, tags, fences, length."""

import json
import re
import unicodedata
from collections.abc import Sequence

from session_hooks.util.lazy import pattern

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
_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
_EMOJI_PARTS = "\u200d\ufe0f"  # they join and colour emoji; elsewhere they only hide
_BEGIN_TAG = "<＜﹤‹"
_CLIENTS_TAG = pattern(
    rf"[{_BEGIN_TAG}]"
    r"(?=\s{0,8}[/!?]{0,4}\s{0,8}(?:"
    r"(?:system|user|assistant|human|claude|anthropic|antml)[\w:.-]*"
    r"|(?:command|local-command|bash|ide|tool|function|task|session|hook|new|persisted|post|pre|mcp|"
    r"agent|subagent|teammate)[_:.-][\w:.-]*|[\w.-]{1,60}-(?:reminder|hook|context|instructions?|notification)"
    r"|[\w-]{1,40}:(?!:)[\w:-]+|invoke|parameter|thinking|instructions?|admin|developer"
    r"|[\w-]{0,40}important|summary|analysis|env|context|policy|override|critical)\b)",
    re.IGNORECASE,
)
"""Names of tags that the client or a model's own transcript uses, in any of their families, and
some that are made up to look like them. A plain word of many meanings, ``<command>``, is none."""
_TYPE_NAME = pattern(r"(?<=[\w)\]]).(?=[A-Z]\w*[a-z])(?![\w.:]*-)")  # in code: ``List<User>``
_ANY_TAG = pattern(
    r"(?<!`)(`+)(?!`)[^`]+\1(?!`)"  # a code span, which is left as it is
    r"|[<＜﹤](?=\s*(?:[/!?]|[^\W\d]|\Z))"
)
_TYPE = pattern(r"(?<=[\w)\]]).(?![/!?\s]|[\w.:]*-|\Z)")  # in a word: ``List<int>``, ``a<b``
_COMPARED = pattern(r"(?<=[\w)\]\"'`][ \t]).[ \t](?=\w)(?![^<>]{0,300}>)")  # ``a < b``
_ADDRESS = pattern(r".https?://")
_PLACEHOLDER = pattern(r"(?<=\w=).(?!system|human|assistant)[a-z]{1,30}>", re.IGNORECASE)
"""What stands for a value, ``KEY=<anthropic>``: one word, that no transcript begins a turn with."""
_CODE_FENCE = pattern(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)")
_FENCE_RUN = pattern(r"~{3,}")
_LONGEST_RUN = 10
_ROOM_FOR_NOTE = 30
_SHORT_WORD = 16
_PLAIN_PATH = pattern(r"[\w./#@+=~-]{1,400}")


def clean(text: str) -> str:
    """Return ``text`` with nothing hidden in it, and no tag that looks like the client's own."""
    return _escape_clients_tags(_without_hidden(text)[0])


def reveal(text: str) -> tuple[str, int]:
    """Return ``text`` with every tag outside of code inert, too, and how much was hidden."""
    text, hidden = _without_hidden(text)
    if not _has_bracket(text):
        return text, hidden
    lines, fence = [], ""
    for line in _escape_clients_tags(text).split("\n"):
        mark = _CODE_FENCE.match(line)
        opens = not fence and mark is not None and "`" not in mark[2]
        lines.append(line if fence or opens else _escape_tags(line))
        if mark and opens:
            fence = mark[1]
        elif mark and fence and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
    return "\n".join(lines), hidden


def _without_hidden(text: str) -> tuple[str, int]:
    if _is_visible(text):
        return text, 0
    text = _LINE_ENDS.sub("\n", _CSI.sub("", text))
    visible = "".join(_visible(_ESCAPES.sub("", text)))
    return visible, len(text) - len(visible)


def _escape_clients_tags(text: str) -> str:
    return _escape(_CLIENTS_TAG, (_TYPE_NAME, _PLACEHOLDER), text)


def _escape_tags(line: str) -> str:
    return _escape(_ANY_TAG, (_TYPE, _COMPARED, _ADDRESS, _PLACEHOLDER), line)


def _escape(tag: re.Pattern[str], other: Sequence[re.Pattern[str]], text: str) -> str:
    def escaped(found: re.Match[str]) -> str:
        is_code = len(found[0]) > 1
        stays = is_code or any(kind.match(text, found.start()) for kind in other)
        return found[0] if stays else "&lt;"

    return tag.sub(escaped, text) if _has_bracket(text) else text


def _has_bracket(text: str) -> bool:
    return any(sign in text for sign in _BEGIN_TAG)


def _is_visible(text: str) -> bool:
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
    return " ".join(clean(text).split())


def single(line: str) -> str:
    """Return a line cleaned and as one, its spaces as they are: a path may have two."""
    return clean(line).replace("\n", " ")


def json_safe(text: str) -> str:
    """Return JSON in which all that can't be seen, or ends a line for some, is escaped."""
    if _is_visible(text):
        return text
    return "".join(
        json.dumps(character)[1:-1] if _is_invisible(character) else character for character in text
    )


def inline(text: str, limit: int = 160) -> str:
    """Return ``text`` as it can be quoted, on one line; how much was hidden is said behind it."""
    shown, hidden = _without_hidden(text[: limit * 4])
    line = _escape_tags(_escape_clients_tags(" ".join(shown.split())))
    note = f" [{hidden} invisible]" if hidden and limit > _ROOM_FOR_NOTE else ""
    room = max(limit - len(note), 1)
    if len(line) > room:
        # Once more: a code span that loses its end here is none any longer.
        line = _escape_tags(_words(line, room - 1))[: room - 1].rstrip() + "…"
    return line + note


def _words(text: str, limit: int) -> str:
    cut = text[:limit]
    words = cut.rpartition(" ")[0]
    return words if limit - len(words) <= _SHORT_WORD and text[limit : limit + 1] != " " else cut


def listed(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if names[most:] else ""
    return ", ".join(names[:most]) + more


def quoted(text: str, limit: int = 160) -> str:
    return '"' + inline(text, limit).replace('"', "'") + '"'


def word(text: str, limit: int = 60) -> str:
    is_name = re.fullmatch(rf"[\w./#@+:-]{{1,{limit}}}", text) and clean(text) == text
    return text if is_name else quoted(text, limit)


def path(name: str) -> str:
    if _PLAIN_PATH.fullmatch(name) and clean(name) == name:
        return name
    return '"' + "".join(_escaped(character) for character in name[:400]) + '"'


def _escaped(character: str) -> str:
    if character not in '"\\<\n\t' and not _is_invisible(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def fenced(text: str) -> str:
    """Fence with tildes: of backticks the client's PreCompact line makes one running paragraph."""
    # A run of hundreds would need a fence of hundreds, beyond every budget.
    text = re.sub(rf"~{{{_LONGEST_RUN},}}", "~" * _LONGEST_RUN, text)
    longest = max((len(run) for run in _FENCE_RUN.findall(text)), default=2)
    fence = "~" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def shorten(text: str, limit: int) -> tuple[str, int]:
    """Cut ``text`` to whole lines; return, too, how many lines are not shown whole."""
    lines = text.splitlines()
    used = -1
    for index, line in enumerate(lines):
        used += len(line) + 1
        if used > limit:
            if index == 0:
                return line[: max(limit - 1, 0)].rstrip() + "…", len(lines)
            return "\n".join(lines[:index]), len(lines) - index
    return "\n".join(lines), 0
