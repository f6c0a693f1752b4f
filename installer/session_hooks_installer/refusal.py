"""How the installer refuses: one exception, and how a place in a file is shown."""

from pathlib import Path

_AROUND = 60
"""How much of a long line is shown on either side of the place."""


class RefusedError(Exception):
    """Something that is not to be done; the message names the file, the reason and the way out."""


def pointed(path: Path, line: int, column: int, message: str, source: str) -> str:
    """Return a message that names a place in a file, counted from 1, and shows it with a mark.

    ``source`` is the whole line. What a terminal would obey or hide is spelled out: a repository's
    settings are somebody else's text.
    """
    lines = [f"{path}, line {line}, column {column}: {message}"]
    if source.strip():
        place = min(column - 1, len(source))
        begin, end = max(place - _AROUND, 0), place + _AROUND
        before, after = (_spelled(source[a:b]) for a, b in ((begin, place), (place, end)))
        cut, rest = ("…" if begin else ""), ("…" if end < len(source) else "")
        mark = "".join("\t" if character == "\t" else " " for character in cut + before)
        lines += ["", f"  {cut}{before}{after}{rest}", f"  {mark}^", ""]
    lines.append("Nothing was written. Mend the file, then run install-hooks again.")
    return "\n".join(lines)


def _spelled(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "\t" else ascii(character)[1:-1]
        for character in text
    )
