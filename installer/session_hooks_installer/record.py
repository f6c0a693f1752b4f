"""What install-hooks changed in files that it doesn't own, to be taken back to the byte. Pure.

A change is kept as one step: what stood between the first and the last character that differ. A
step is taken back only from the very text that it led to; after anybody else's edit none fits,
and nothing is guessed. A file may have several texts to come back to: each branch has its own.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

_FORM = 1
"""Which form the record has; one of another form is not read."""
_MOST = 50
"""How many steps of a file are kept."""


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

    @classmethod
    def of(cls, before: str | None, after: str) -> Self:
        """Return the step from one text to another."""
        old = before or ""
        start = _alike(old, after)
        same = _alike(old[start:][::-1], after[start:][::-1])
        former = None if before is None else digest(before)
        end = len(after) - same
        return cls(former, digest(after), start, end, old[start : len(old) - same])

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


def digest(text: str) -> str:
    """Return a text's SHA-256 in hex."""
    # No file holds half a surrogate pair, but a record that is damaged may.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def undo(text: str | None, steps: Sequence[Step]) -> str | None:
    """Take back the steps that led to a file's text, the newest first. None is no file."""
    now = text
    for step in _leading_to(text, steps):
        now = step.taken_back(now or "")
    return now


def _leading_to(text: str | None, steps: Sequence[Step]) -> list[Step]:
    """Return the steps that led to a text, the last one first."""
    now, led, left = text, [], list(steps)
    while now is not None:
        found = [step for step in left if step.after == digest(now)]
        former = found[-1].taken_back(now) if found else None
        if not found or (former is not None and digest(former) != found[-1].before):
            break
        led.append(found[-1])
        left.remove(found[-1])
        now = former
    return led


class Entry(NamedTuple):
    """What was done to one file; or, without steps, that a folder was made."""

    steps: tuple[Step, ...] = ()
    line: str = ""
    """Of an ignore file, the line that was added."""
    wanted_by: tuple[str, ...] = ()
    """Of an ignore file and a folder, the settings files for whose sake it is there."""


Record = Mapping[str, Entry]
"""Each changed file's entry and each made folder's, by the path that links lead to."""


def noted(record: Record, path: str, step: Step, line: str = "") -> Record:
    """Return a record with one more step of a file."""
    entry = record.get(path, Entry())
    earlier = [one for one in entry.steps if one != step]
    return {**record, path: entry._replace(steps=(*earlier, step)[-_MOST:], line=line)}


def undone(record: Record, path: str, text: str) -> Record:
    """Return a record without the steps that led to a file's ``text``, which it never got."""
    if path not in record:
        return record
    entry = record[path]
    steps = tuple(step for step in entry.steps if step.after != digest(text))
    others = {name: one for name, one in record.items() if name != path}
    return {**others, path: entry._replace(steps=steps)} if steps else others


def wanted(record: Record, paths: Iterable[str], settings: str) -> Record:
    """Return a record in which lines and folders of ours, as far as they are, serve a file too."""
    known = {path: record[path] for path in paths if path in record}
    more = {
        path: entry._replace(wanted_by=(*entry.wanted_by, settings))
        for path, entry in known.items()
        if settings not in entry.wanted_by
    }
    return {**record, **more}


def forgotten(record: Record, settings: str, text: str | None) -> Record:
    """Return a record without what led to a settings file's ``text``, and what served it alone.

    Steps to other texts stay: they are another branch's, and its handlers may be there still.
    """
    left = {}
    for path, entry in record.items():
        others = tuple(one for one in entry.wanted_by if one != settings)
        gone = _leading_to(text, entry.steps) if path == settings else []
        steps = tuple(step for step in entry.steps if step not in gone)
        if others or (steps and not entry.wanted_by):
            left[path] = entry._replace(steps=steps, wanted_by=others)
    return left


def to_text(record: Record) -> str:
    """Return a record as JSON."""
    return json.dumps({"form": _FORM, "files": record}, indent=1)


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
    _expect(str, "" if step.before is None else step.before, step.after, step.text)
    _expect(int, step.start, step.end)
    return step


def _expect(kind: type, *values: object) -> None:
    if not all(isinstance(value, kind) for value in values):
        raise TypeError(f"{kind.__name__} was expected")
