"""What install-hooks changed in files that it doesn't own, to be taken back to the byte. Pure.

A change is kept as one step: what stood between the first and the last character that differ. A
step is taken back only from the very text that it led to; after anybody else's edit none fits,
and nothing is guessed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

_FORM = 1
"""Which form the record has; one of another form is not read."""


class Step(NamedTuple):
    """One change of a file."""

    before: str | None
    """The SHA-256 of the text before, in hex; None where there was no file."""
    after: str
    """The SHA-256 of the text after."""
    start: int
    """Where the two texts begin to differ, in characters."""
    end: int
    """Where the difference ends in the text after."""
    text: str
    """What stood there before."""
    made: tuple[str, ...] = ()
    """Folders that were made for the file, absolute, the outermost first."""

    @classmethod
    def of(cls, before: str | None, after: str, made: Sequence[str] = ()) -> Self:
        """Return the step from one text to another."""
        old = before or ""
        start = _alike(old, after)
        same = _alike(old[start:][::-1], after[start:][::-1])
        former = None if before is None else digest(before)
        end = len(after) - same
        return cls(former, digest(after), start, end, old[start : len(old) - same], tuple(made))

    def taken_back(self, text: str) -> str | None:
        """Return the text before; None where there was no file."""
        return None if self.before is None else text[: self.start] + self.text + text[self.end :]


def _alike(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    alike, most = 0, min(len(one), len(other))
    while alike < most:  # halving, for comparing is quick and counting isn't
        middle = (alike + most + 1) // 2
        if one[alike:middle] == other[alike:middle]:
            alike = middle
        else:
            most = middle - 1
    return alike


class Undone(NamedTuple):
    """What a text was before our steps."""

    text: str | None
    """None where there was no file."""
    made: tuple[str, ...]
    """Folders that our steps made, absolute, the outermost first."""


def digest(text: str) -> str:
    """Return a text's SHA-256 in hex."""
    # No file holds half a surrogate pair, but a record that is damaged may.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def undo(text: str | None, steps: Sequence[Step]) -> Undone:
    """Take the steps back from ``text``, the newest first, as far as they lead to it."""
    now = text
    made: list[str] = []
    for step in reversed(steps):
        if now is None or step.after != digest(now):
            continue  # a step that was noted and never made, or that others' edits followed
        former = step.taken_back(now)
        if former is not None and digest(former) != step.before:
            break
        now = former
        made = [*step.made, *made]
    return Undone(now, tuple(made))


class Entry(NamedTuple):
    """What was done to one file."""

    steps: tuple[Step, ...] = ()
    line: str = ""
    """Of an ignore file, the line that was added; of a settings file ""."""
    wanted_by: tuple[str, ...] = ()
    """Of an ignore file, the settings files for whose sake the line is there."""


Record = Mapping[str, Entry]
"""Each changed file's entry, by the absolute path that links lead to."""


def noted(record: Record, path: str, text: str | None, step: Step, line: str = "") -> Record:
    """Return a record with one more step of a file, which had ``text``.

    Earlier steps that don't lead to that text are dropped: somebody edited the file since.
    """
    entry = record.get(path, Entry())
    now = None if text is None else digest(text)
    led = [index for index, earlier in enumerate(entry.steps) if earlier.after == now]
    steps = (*entry.steps[: led[-1] + 1], step) if led else (step,)
    return {**record, path: entry._replace(steps=steps, line=line)}


def wanted(record: Record, path: str, settings: str) -> Record:
    """Return a record in which a line of ours in an ignore file serves a settings file too."""
    entry = record.get(path)
    if entry is None or settings in entry.wanted_by:
        return record
    return {**record, path: entry._replace(wanted_by=(*entry.wanted_by, settings))}


def forgotten(record: Record, settings: str) -> Record:
    """Return a record without a settings file, and without the lines that served it alone."""
    left = {}
    for path, entry in record.items():
        others = tuple(one for one in entry.wanted_by if one != settings)
        if path != settings and (others or not entry.line):
            left[path] = entry._replace(wanted_by=others)
    return left


def to_text(record: Record) -> str:
    """Return a record as JSON."""
    files = {path: [[*map(list, entry.steps)], *entry[1:]] for path, entry in record.items()}
    return json.dumps({"form": _FORM, "files": files}, indent=1)


def from_text(text: str) -> Record:
    """Read what ``to_text`` wrote. Raises ValueError for anything else."""
    try:
        whole = json.loads(text)
        _expect(dict, whole, whole["files"])
        if whole["form"] != _FORM:
            raise ValueError(f"a record of form {_FORM} was expected")
        return {path: _entry(entry) for path, entry in whole["files"].items()}
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a record of installations: {error}") from error


def _entry(fields: list[Any]) -> Entry:
    _expect(list, fields)
    entry = Entry(*fields)
    _expect(list, entry.steps, entry.wanted_by)
    _expect(str, entry.line, *entry.wanted_by)
    return Entry(tuple(map(_step, entry.steps)), entry.line, tuple(entry.wanted_by))


def _step(fields: Any) -> Step:
    _expect(list, fields)
    step = Step(*fields)
    _expect(list, step.made)
    _expect(str, "" if step.before is None else step.before, step.after, step.text, *step.made)
    _expect(int, step.start, step.end)
    return step._replace(made=tuple(step.made))


def _expect(kind: type, *values: object) -> None:
    if not all(isinstance(value, kind) for value in values):
        raise TypeError(f"{kind.__name__} was expected")
