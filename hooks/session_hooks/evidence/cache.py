"""Say what git is asked, and cache its answers by a fingerprint of repository and documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from session_hooks.agents.agent import every
from session_hooks.documents.config import Config
from session_hooks.documents.formats import session
from session_hooks.documents.locations import NEXT_SESSION, parts
from session_hooks.documents.model import Agent, Boxes, Document, Problem, Scan, Status, Step
from session_hooks.documents.registry import LEFT_BEHIND, OWN_FOLDERS, read_body
from session_hooks.evidence import evidence, model, queries
from session_hooks.evidence.completed_steps import ticks
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Asked, GitFacts, Judge, View
from session_hooks.project.gitdir import fingerprint
from session_hooks.project.project import CONFIG, Project, exists
from session_hooks.util.deadline import OutOfTimeError, time_limit
from session_hooks.util.lazy import TYPE_CHECKING, Value

if TYPE_CHECKING:
    from typing import Any

_FORM = 11  # the version of the text
_GRACE = 0.2  # seconds past its own limit, after which a git that hangs is left alone
_MORE_TIME = 1.25
_ASKED_AGAIN = timedelta(minutes=10)  # then what was left out is asked again for as long
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ALWAYS = (session.NAME, *LEFT_BEHIND)  # git is asked about their folders, documents or not
_BESIDE = (NEXT_SESSION, CONFIG, ".gitignore")
"""Files that no work is done in, as in the agents' settings that hold the hooks."""


class Knowledge(Value):
    facts: GitFacts = GitFacts()
    key: str | None = None  # None where that can't be told, or they are saved already


def asked(
    project: Project,
    settings: Config,
    found: Scan,
    view: View,
    judge: Judge,
    *,
    limits: tuple[int | None, int] | None = None,
) -> Asked:
    judged, detailed = limits or (None, None)
    documents = judge.order(found.documents, view)
    return Asked(
        project,
        documents,
        _folders(settings, found),
        document_places(settings, found),
        settings.places if settings.branches else None,
        view,
        judge,
        judged,
        detailed,
        # Git looks behind no link.
        frozenset(
            document.path
            for folder in found.linked
            for document in documents
            if document.path.startswith(f"{folder}/")
        ),
    )


def _folders(settings: Config, found: Scan) -> tuple[str, ...]:
    """Return the folders that git is asked about: it holds each file against each of them."""
    known, places = settings.all_folders, settings.places
    always = {parts(place)[0] for form in _ALWAYS for place in places.get(form, ())}
    others = (one.path for one in found.documents if one.format != session.NAME)
    holding = set()
    for folder in {path.rpartition("/")[0] for path in others}:
        above, _, own = folder.rpartition("/")
        is_own = own[:1].isdigit() and above in known  # one document's, which begins with its date
        holding.add(above if is_own else folder)
    kept = tuple(folder for folder in known if folder in always or folder in holding)
    return (*kept, *sorted(holding - {*known})) or known


def document_places(settings: Config, documents: Scan) -> tuple[str, ...]:
    # In the other formats' folders there may be anything: documentation, code.
    places = (place for form in OWN_FOLDERS for place in settings.places.get(form, ()))
    own = tuple(place for place in places if not place.endswith("/*"))
    # Git holds each file against each path that it is given: with ten thousand that takes a second.
    within = tuple(place if parts(place)[1] else f"{place}/" for place in own)
    paths = (document.path for document in documents.documents)
    settings_of = (path for one in every() for path in (one.project_file, one.local_file) if path)
    return (*own, *_BESIDE, *settings_of, *(path for path in paths if not path.startswith(within)))


def learn(
    load: Callable[[], tuple[str, str] | None],
    asked: Asked,
    seconds: float,
    *,
    tree_now: bool = False,  # else the changed files are as they were last seen
) -> Knowledge:
    """Return what ``load`` has, if nothing has changed since ``save``, else ask for ``seconds``."""
    is_wanted = tree_now or asked.documents or asked.in_branches is not None
    if asked.project.git_top is None or not is_wanted or seconds <= 0:
        return Knowledge()
    key = _key(asked)
    row = load() if key else None
    facts = from_text(row[1]) if row is not None and row[0] == key else None
    if facts is not None and _is_worth_asking_again(facts, asked.now, seconds):
        facts = None
    is_new = facts is None
    try:
        # A process that can't be killed, or a disk that doesn't answer, must not cost the start.
        with time_limit(seconds + min(seconds, _GRACE)):
            if facts is None:
                facts = evidence.gather(asked, seconds)
            else:
                facts = _seen_again(facts, asked)
                if tree_now:
                    facts = with_tree(facts, asked, seconds)
    except OutOfTimeError:
        if facts is not None:
            return Knowledge(facts)
        facts = GitFacts(left_out=("anything, git did not answer",))
    if is_new and facts.left_out:
        facts = facts._replace(seconds=seconds, asked=asked.now)
    return Knowledge(facts, key if is_new or tree_now else None)


def save(into: Callable[[str, str], object], known: Knowledge) -> None:
    if known.key is not None and (known.facts.changed is not None or known.facts.left_out):
        into(known.key, to_text(known.facts))


def with_tree(facts: GitFacts, asked: Asked, seconds: float) -> GitFacts:
    git = Git(asked.project.root, seconds)
    found = queries.start_tree(git, asked.project, asked.places, asked.now)()
    if found is None:
        return facts
    left_out = tuple(what for what in facts.left_out if what != queries.CHANGED_FILES)
    return facts._replace(tree=found, left_out=left_out)


def about(document: Document, asked: Asked, facts: GitFacts, seconds: float) -> GitFacts:
    alone = asked._replace(
        documents=(document,), taken=frozenset({document.path}), in_branches=None
    )
    try:
        with time_limit(seconds + min(seconds, _GRACE)):
            found = evidence.gather(alone, seconds).evidence
    except OutOfTimeError:
        return facts
    return facts._replace(evidence={**facts.evidence, **found})


def _is_worth_asking_again(facts: GitFacts, now: datetime, seconds: float) -> bool:
    """Tell whether what was left out may be found now: with more time, or later with as much."""
    if not facts.left_out or facts.asked is None or seconds * _MORE_TIME < facts.seconds:
        return False
    has_more = seconds > facts.seconds * _MORE_TIME
    return has_more or not timedelta() <= now - facts.asked < _ASKED_AGAIN


def _seen_again(facts: GitFacts, asked: Asked) -> GitFacts:
    """Look at the disk for the paths of the document that leads; the others are as remembered."""
    first = next(iter(asked.ranked(facts).documents), None)
    found = facts.evidence.get(first.path) if first else None
    if first is None or found is None or found.is_off_disk:
        return facts
    paths = []
    for one in found.paths:
        is_there = exists(asked.project, one.path)
        paths.append(one._replace(is_there=is_there, moved_to=None if is_there else one.moved_to))
    if tuple(paths) == found.paths:
        return facts
    found = found._replace(paths=tuple(paths))
    found = found._replace(ticks=ticks(first, read_body(first), found))
    return facts._replace(evidence={**facts.evidence, first.path: found})


def _key(asked: Asked) -> str | None:
    repository = fingerprint(asked.project.git_top or "")
    if repository is None:
        return None
    folders = tuple(f"{folder}/" for folder in asked.places if folder)
    parts = (
        _FORM,
        repository,
        asked.folders,
        # The places that are no folder of documents, and lie in none.
        tuple(place for place in asked.places if not place.startswith(folders)),
        asked.judged,
        asked.detailed,
        asked.in_branches,
        asked.project.redact,
        asked.view.max_age,
        asked.view.max_commits,
    )
    documents = "\0".join(_mark(one, asked.now) for one in asked.documents)
    return f"{_digest(repr(parts))} {_digest(documents)}"


def _mark(document: Document, now: datetime) -> str:
    later: tuple[bool, ...] = ()
    # Those of a completed document decide nothing, and would be read from each.
    if document.status is not Status.COMPLETED:
        dates = (document.updated, document.created, document.modified)
        later = tuple(date is not None and date > now for date in dates)
    return f"{document.path}\0{document.digest}\0{document.modified.timestamp()}\0{later}"


# --- as text -------------------------------------------------------------------------------------


def to_text(facts: GitFacts) -> str:
    """Return JSON behind its digest and the microsecond at which the changed files were seen."""
    seen = ""
    if facts.tree is not None:
        seen = str((facts.tree.recorded - _EPOCH) // _MICROSECOND)
        facts = facts._replace(tree=facts.tree._replace(recorded=_EPOCH))
    text = json.dumps(_plain(facts), separators=(",", ":"))
    return f"{_digest(text)} {seen} {text}"


def from_text(text: str) -> GitFacts | None:
    digest, _, rest = text.partition(" ")
    seen, _, facts = rest.partition(" ")
    if digest != _digest(facts):
        return None
    found: GitFacts = _value(json.loads(facts))
    if found.tree is None:
        return found
    try:
        recorded = _EPOCH + int(seen) * _MICROSECOND
    except (ValueError, OverflowError):
        return None
    return found._replace(tree=found.tree._replace(recorded=recorded))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: what JSON doesn't know is a list that begins with its kind."""
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, tuple):
        kind = type(value).__name__ if type(value) in _KINDS else "()"
        return [kind, *map(_plain, value)]
    if isinstance(value, frozenset):
        return ["{}", *sorted(value)]
    if isinstance(value, model.Kind | Status):
        return [type(value).__name__, value.value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _value(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {name: _value(item) for name, item in plain.items()}
    if isinstance(plain, list):
        return _MAKERS[plain[0]](*map(_value, plain[1:]))
    return plain


_KINDS = (
    Agent, Boxes, Document, Problem, Status, Step, GitFacts,
    model.Branch, model.Commit, model.Elsewhere, model.Evidence, model.Kind, model.Merged,
    model.NamedCommit, model.NamedPath, model.Since, model.Tick, model.Tree,
)  # fmt: skip
_MAKERS: Mapping[str, Callable[..., Any]] = {
    **{kind.__name__: kind for kind in _KINDS},
    "t": datetime.fromisoformat,
    "()": lambda *items: items,
    "{}": lambda *items: frozenset(items),
}
