"""A document's text as far as it is interpreted: one side of a conflict, two ends of a huge one.

What is left out leaves its lines empty, so that every other line keeps its number. Pure.
"""

from session_hooks.document import Problem

MOST_TEXT = 200_000
"""Characters that are interpreted: more than a person writes into one document."""
MOST_LINES = 10_000
"""The same in lines."""
_OURS, _BASE, _THEIRS, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
_NEXT = {_OURS: (_BASE, _THEIRS), _BASE: (_THEIRS,), _THEIRS: (_END,)}
"""By a conflict's marker: those that may follow it."""


def interpreted(text: str) -> tuple[str, tuple[Problem, ...]]:
    """Return what of a text is interpreted, and what is left out of it.

    Of a merge conflict that is ours; of a text that is too long, its first and last lines.
    """
    problems: tuple[Problem, ...] = ()
    if _OURS in text and _END in text:
        text, problems = _ours(text)
    if len(text) <= MOST_TEXT and text.count("\n") < MOST_LINES:
        return text, problems
    begin, end = _end_of_first(text), _begin_of_last(text)
    if not text[begin:end].strip("\n"):
        return text, problems
    line, empty = text.count("\n", 0, begin) + 1, text.count("\n", begin, end)
    which = f"lines {line} to {line + empty} were" if empty else f"line {line} was"
    said = f"too long: {which} not interpreted whole"
    return text[:begin] + "\n" * empty + text[end:], (*problems, Problem(line, said))


def _end_of_first(text: str) -> int:
    lines = text[: MOST_TEXT // 2].split("\n", MOST_LINES // 2)
    return sum(map(len, lines[:-1])) + len(lines) - 1 or MOST_TEXT // 2


def _begin_of_last(text: str) -> int:
    lines = text[-(MOST_TEXT // 2) :].rsplit("\n", MOST_LINES // 2)
    return len(text) - (sum(map(len, lines[1:])) + len(lines) - 2 if lines[1:] else MOST_TEXT // 2)


def _ours(text: str) -> tuple[str, tuple[Problem, ...]]:
    lines = text.split("\n")
    markers = [(at, line[:7]) for at, line in enumerate(lines) if _is_marker(line)]
    problems = []
    seen: list[tuple[int, str]] = []
    for at, marker in markers:
        if marker == _OURS:
            seen = [(at, marker)]
        elif not seen or marker not in _NEXT[seen[-1][1]]:
            # A heading's underline, a quotation: in ours or theirs they are text.
            continue
        elif marker != _END:
            seen.append((at, marker))
        else:
            begin, (other, _) = seen[0][0], seen[1]
            lines[begin] = ""
            lines[other : at + 1] = [""] * (at + 1 - other)
            problems.append(Problem(begin + 1, "merge conflict"))
            seen = []
    return "\n".join(lines), tuple(problems)


def _is_marker(line: str) -> bool:
    marker = line[:7]
    if marker not in _NEXT and marker != _END:
        return False
    # Git writes a name behind each but the one between the sides.
    return len(line) == 7 or (line[7] == " " and marker != _THEIRS)
