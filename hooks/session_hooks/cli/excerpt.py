"""Cut a section down to its most telling lines."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from session_hooks.documents.markdown import blocks
from session_hooks.documents.model import Document, own_words
from session_hooks.util import safe_text
from session_hooks.util.lazy import Value, pattern

MAX_TEXT = 20_000
"""Characters of a section that are looked into."""
_MOST_CODE = 8
"""Lines of code that are quoted; longer code stays where it is."""
_SPAN, _END = "\ue000", "\ue001"  # private use: they stand for a code span and come from nowhere
_MASK = pattern(f"{_SPAN}(\\d+){_END}")
_CODE_SPAN = pattern(r"(?<!`)(`+)(?!`)[^`]+\1(?!`)")
_LINK = pattern(r"(!?)\[([^\[\]]*)\]\(\s*<?([^)\s>]{0,2000})>?[^)]{0,300}\)")
_REFERENCE = pattern(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_DEFINITION = pattern(r"^ {0,3}\[([^\]\n]+)\]:[ \t]*<?([^\s>]+)>?[^\n]*$", re.MULTILINE)
_AUTOLINK = pattern(r"<(https?://[^>\s]{1,2000})>|<br\s*/?>", re.IGNORECASE)
_WEB = pattern(r"(?:https?|mailto):", re.IGNORECASE)
_SCHEME = pattern(r"[a-z][a-z0-9+.-]+:|//", re.IGNORECASE)
_STRONG = pattern(r"(?<!\w)\*\*(?=\S)(.{1,300}?)(?<=\S)\*\*(?!\w)")
_EMPHASIS = pattern(r"(?<![\w*])\*(?=[^\s*])([^*]*[^\s*])\*(?![\w*])")
_BOX = pattern(r"\[([ xX])\](?:\s+|$)")
_TICK = pattern(r"[✅☑✔]\ufe0f?\s*")
_MARKS = pattern(r"(?:(?:#{1,6}|[-+*•◦▪‣])(?:\s+|$)|[>|=]+\s*|`{3,}|~{3,}|\*{2,}|_{3,})+")
_TO_ESCAPE = pattern(r"<(?=[a-zA-Z/!?])|[-+*](?=[A-Za-z])|\[[^\]]+\]:")
_STUCK_NUMBER = pattern(r"(\d+)([.)])(?=[A-Za-z])")
_BLANK = pattern(r"\[[^\[\]]*\](?!\()|\{[^{}]*\}")
_LABEL = pattern(r"(?<=\n)(?=\*\*[^*\n]{1,40}(?::\*\*|\*\*:))|(?<=[^|\s]\n)(?=\|)")
"""Where a line begins with a bold label, or a row below none: that begins a paragraph."""


class Origin(Value):
    """Where a text comes from."""

    path: str
    """The document's, relative to the project, with ``/``."""
    guidance: Sequence[str]
    """What templates say, so that nobody has said it."""
    definitions: Mapping[str, str]
    """The addresses that its reference links stand for."""
    exists: Callable[[str], bool]
    """Tells whether a path relative to the project is there."""


class Piece(Value):
    """One paragraph, item, row or heading of a text on one line; or code, as it stands."""

    kind: str
    depth: int
    """How deep in lists; 1 is an item of the outermost."""
    text: str
    is_done: bool | None = None
    """Whether its box is ticked; None for one that has none."""


def origin_of(document: Document, guidance: Sequence[str], exists: Callable[[str], bool]) -> Origin:
    """Return the origin of a document's texts."""
    found = _DEFINITION.findall(document.body)
    return Origin(document.path, guidance, {name.casefold(): to for name, to in found}, exists)


def pieces(text: str, origin: Origin) -> list[Piece]:
    """Return the pieces of a text that say something of their own, in order."""
    found = []
    own = _LABEL.sub("\n", _DEFINITION.sub("", safe_text.clean(text[:MAX_TEXT])))
    for block in blocks(own, code=True):
        if block.kind == "code":
            found.append(Piece("code", block.depth, block.text))
            continue
        said = _row(block.text) if block.kind == "row" else block.text
        box, tick = _BOX.match(said), _TICK.match(said)
        is_done = box.group(1) != " " if box else True if tick else None
        mark = box or tick
        line = flat(said[mark.end() :] if mark else said, origin)
        if says_something(line, origin.guidance):
            found.append(Piece(block.kind, block.depth, line, is_done))
        elif (
            block.kind in ("paragraph", "heading")
            and line.endswith(":")
            and says_something(line, ())
        ):
            found.append(Piece("label", 0, line))  # the template's own, above something new
    following = [*(piece.kind for piece in found[1:]), "end"]
    kept = [
        piece
        for piece, after in zip(found, following, strict=False)
        if piece.kind != "label" or after in ("item", "row", "code")
    ]
    return [piece._replace(kind="paragraph") if piece.kind == "label" else piece for piece in kept]


def _row(text: str) -> str:
    """Return a table's row as an item: what it is about, then what is said of it."""
    cells = [cell for cell in text.split(" | ") if not cell.strip("#*` ").isdigit()]
    return f"{cells[0]}: {'; '.join(cells[1:])}" if len(cells) > 1 else text


def says_something(line: str, guidance: Sequence[str]) -> bool:
    """Tell whether a line says more than a template's words and placeholders."""
    return any(character.isalnum() for character in _BLANK.sub("", own_words(line, guidance)))


def flat(text: str, origin: Origin) -> str:
    """Return a text on one line: no emphasis, no link that leads nowhere, no start of a block."""
    spans: list[str] = []

    def mask(match: re.Match[str]) -> str:
        spans.append(match.group())
        return f"{_SPAN}{len(spans) - 1}{_END}"

    def unmask(masked: str) -> str:
        return _MASK.sub(lambda match: spans[int(match.group(1))], masked)

    line = safe_text.one_line(text).replace(_SPAN, "").replace(_END, "")
    line = _AUTOLINK.sub(lambda match: match.group(1) or " ", _CODE_SPAN.sub(mask, line))
    line = _LINK.sub(lambda m: _linked(m[1], unmask(m[2]), unmask(m[3]), m[0], origin), line)
    line = _REFERENCE.sub(lambda m: _referred(unmask(m[1]), unmask(m[2]), origin), line)
    line = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\1", line))
    return unmask(_at_start(line.strip())).strip()


def _linked(bang: str, text: str, target: str, whole: str, origin: Origin) -> str:
    """Return a link that leads somewhere without the document around it, else its text."""
    said = text.strip()
    if _WEB.match(target):
        return (said or target) if bang else whole if said else target
    path = None if _SCHEME.match(target) else _resolved(target, origin)
    if path is None or bang:
        return said
    return f"`{path}`" if said.strip("`") in ("", path) else f"{said} (`{path}`)"


def _referred(text: str, label: str, origin: Origin) -> str:
    target = origin.definitions.get((label or text).casefold())
    if target is not None:
        return _linked("", text, target, f"[{text}]({target})", origin)
    return f"[{text}] [{label}]" if label else text


def _resolved(target: str, origin: Origin) -> str | None:
    name = re.split(r"[?#]", unquote(target), maxsplit=1)[0]
    if not name or "`" in name or not name.isprintable():
        return None
    folder = posixpath.dirname(origin.path)
    for place in (posixpath.join(folder, name), name.lstrip("/")):
        path = posixpath.normpath(place)
        if not path.startswith(("/", "../")) and path not in ("..", ".") and origin.exists(path):
            return path
    return None


def _at_start(line: str) -> str:
    """Return a line that opens no block: marks that would are taken off, else escaped."""
    line = line[match.end() :] if (match := _MARKS.match(line)) else line
    if _TO_ESCAPE.match(line):
        return f"\\{line}"
    return _STUCK_NUMBER.sub(r"\1\\\2", line, count=1) if _STUCK_NUMBER.match(line) else line


def cut(line: str, limit: int) -> str:
    """Return a line at most ``limit`` long, cut at a sentence, else a word, never within code."""
    if len(line) <= limit:
        return line
    short = line[: limit - 2]
    whole = max(short.rfind(". "), short.rfind("; "), short.rfind("。"))
    if whole > limit // 3 and short.count("`", 0, whole) % 2 == 0:
        return f"{short[: whole + 1].rstrip(';')} …"
    short = short[: short.rfind(" ")] if " " in short[limit // 2 :] else short
    if short.count("`") % 2:
        short = short[: short.rfind("`")]
    return short.rstrip(" ,;:–—-(") + "…"


def laid_out(found: Sequence[Piece], room: int) -> tuple[str, bool]:
    """Return pieces as markdown within ``room`` characters, and whether some were left out."""
    kept: list[tuple[Piece, str]] = []
    left, is_cut = room, False
    for piece in found:
        text = _piece(piece)
        if len(text) > left:
            is_cut = True
            if not kept and piece.kind != "code":
                kept.append((piece, cut(text, room)))
            break
        left -= len(text)
        is_cut = is_cut or not text
        kept += [(piece, text)] if text else []
    while kept and kept[-1][0].kind == "heading":  # what it heads was left out
        kept.pop()
    laid = "\n".join(
        text if not index or (_is_item(piece) and _is_item(kept[index - 1][0])) else f"\n{text}"
        for index, (piece, text) in enumerate(kept)
    )
    return laid, is_cut


def _is_item(piece: Piece) -> bool:
    return piece.kind in ("item", "row")


def _piece(piece: Piece) -> str:
    if piece.kind == "code":
        return _fenced(piece.text)
    if piece.kind == "heading":
        return f"**{piece.text.replace('**', '').rstrip(':')}**"
    if _is_item(piece):
        box = "" if piece.is_done is None else "[x] " if piece.is_done else "[ ] "
        return f"{'  ' * (min(max(piece.depth, 1), 3) - 1)}- {box}{piece.text}"
    return piece.text


def _fenced(code: str) -> str:
    """Return code in a fence that it can't close; "" for more than is quoted."""
    if code.count("\n") >= _MOST_CODE or not code.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{code}\n{fence}"
