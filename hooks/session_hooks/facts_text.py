"""Facts as text and back, to be remembered. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from session_hooks.document import Agent, Boxes, Document, Problem, Status, Step
from session_hooks.facts import (
    Branch,
    Commit,
    Elsewhere,
    Evidence,
    GitFacts,
    Kind,
    Merged,
    NamedCommit,
    NamedPath,
    Since,
    Tick,
    Tree,
)

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

FORM = 7
"""Which form the text has: what another version of this module wrote is gathered anew."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_text(facts: GitFacts) -> str:
    """Return facts as JSON, each value's fields in their order, behind its digest.

    Between the two stands when the changed files were seen, in microseconds since 1970: files that
    are seen again as they were are no other facts.
    """
    seen = ""
    if facts.tree is not None:
        seen = str((facts.tree.recorded - _EPOCH) // _MICROSECOND)
        facts = facts._replace(tree=facts.tree._replace(recorded=_EPOCH))
    # One for each document: as they are it would take 1.5 µs for each.
    if facts.committed:
        facts = facts._replace(committed=_in_seconds(facts.committed))
    facts = facts._replace(added=_in_seconds(facts.added), before=_in_seconds(facts.before))
    text = json.dumps(facts, default=_plain, separators=(",", ":"))
    return f"{_digest(text)} {seen} {text}"


def from_text(text: str) -> GitFacts | None:
    """Read what ``to_text`` wrote; None for anything else."""
    digest, _, rest = text.partition(" ")
    seen, _, facts = rest.partition(" ")
    if digest != _digest(facts):
        return None
    found = _facts(json.loads(facts))
    if found.tree is None:
        return found
    try:
        recorded = _EPOCH + int(seen) * _MICROSECOND
    except (ValueError, OverflowError):
        return None
    return found._replace(tree=found.tree._replace(recorded=recorded))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _in_seconds(found: Mapping[str, datetime]) -> Any:
    return {path: _seconds(when) for path, when in found.items()}


def _seconds(when: datetime) -> int | datetime:
    """Return a moment in seconds since 1970, as git gives them."""
    return when if when.microsecond else int(when.timestamp())


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Kind | Status):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no value of facts")


def _facts(row: list[Any]) -> GitFacts:
    found = GitFacts(*row)
    return found._replace(
        changed=_set(found.changed),
        ignored=_set(found.ignored),
        untracked=_set(found.untracked),
        committed=None if found.committed is None else _moments(found.committed),
        evidence={path: _evidence(one) for path, one in found.evidence.items()},
        tree=_tree(found.tree) if found.tree is not None else None,
        branches={name: _branch(one) for name, one in found.branches.items()},
        beyond=tuple(_elsewhere(one) for one in found.beyond),
        left_out=tuple(found.left_out),
        asked=_moment(found.asked),
        added=_moments(found.added),
        before=_moments(found.before),
    )


def _elsewhere(row: Any) -> Elsewhere:
    found = Elsewhere(*row)
    document = Document(*found.document)
    return found._replace(
        document=document._replace(
            status=Status(document.status),
            created=_moment(document.created),
            updated=_moment(document.updated),
            modified=datetime.fromisoformat(document.modified),  # type: ignore[arg-type]
            agents=tuple(Agent(*one) for one in document.agents),
            problems=tuple(Problem(*one) for one in document.problems),
            boxes=Boxes(*document.boxes),
        )
    )


def _evidence(row: Any) -> Evidence:
    found = Evidence(*row)
    return Evidence(
        _moment(found.written),
        _since(found.since) if found.since is not None else None,
        _branch(found.branch) if found.branch is not None else None,
        tuple(NamedPath(*one) for one in found.paths),
        tuple(NamedCommit(*one[:-1], on=tuple(one[-1])) for one in found.commits),
        tuple(_tick(one) for one in found.ticks),
        found.is_off_disk,
        found.unknown,
    )


def _since(row: Any) -> Since:
    found = Since(*row)
    return found._replace(newest=tuple(_commit(one) for one in found.newest))


def _commit(row: Any) -> Commit:
    found = Commit(*row)
    return found._replace(
        when=datetime.fromisoformat(row[0]),
        paths=frozenset(found.paths),
        parents=tuple(found.parents),
        deleted=frozenset(found.deleted),
        authored=_moment(found.authored),
        added=frozenset(found.added),
    )


def _tick(row: Any) -> Tick:
    step, kind, what, commit, line = row
    return Tick(Step(*step), Kind(kind), what, None if commit is None else _commit(commit), line)


def _branch(row: Any) -> Branch:
    found = Branch(*row)
    if found.merged is None:
        return found
    merged = Merged(*found.merged)
    merged = merged._replace(when=_moment(merged.when), earliest=_moment(merged.earliest))
    return found._replace(merged=merged)


def _tree(row: Any) -> Tree:
    changed, recorded, is_all = row
    return Tree(_moments(changed), datetime.fromisoformat(recorded), is_all)


def _moments(found: Mapping[str, Any]) -> dict[str, datetime]:
    return {
        path: datetime.fromtimestamp(when, UTC)
        if isinstance(when, int)
        else datetime.fromisoformat(when)
        for path, when in found.items()
    }


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _set(value: Any) -> frozenset[str] | None:
    return None if value is None else frozenset(value)
