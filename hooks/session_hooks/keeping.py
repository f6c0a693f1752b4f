"""Keeps a start's answer for the next one, with all that it depends on, for ``ready`` to look at.

The stamps of files are taken before they are read, so that whatever is written meanwhile counts as
a change. What can't be told by a stamp, a moment or a row of the store is not kept at all.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from session_hooks import archive, card, debts, hook_log, ready, stamps, state
from session_hooks.document import Document, Status
from session_hooks.facts import Evidence
from session_hooks.formats import session
from session_hooks.project import Project
from session_hooks.ranking import RECENT, candidates
from session_hooks.records import Past
from session_hooks.roots import CONFIG
from session_hooks.scene import Known, Scene
from session_hooks.stamps import Stamp
from session_hooks.values import Value

_MOST_PATHS = 40
"""Named paths whose being there is looked at; DESIGN allows a start so many."""
_MOST_REFS = 5000
_OF_WORKTREE = ("HEAD", "index", "config.worktree", os.path.join("info", "sparse-checkout"))
_OF_REPOSITORY = (
    "HEAD", "packed-refs", "shallow", "config", "worktrees",
    os.path.join("reftable", "tables.list"), os.path.join("info", "exclude"),
)  # fmt: skip
_SPAN_NS = 2 * 24 * 60 * 60 * 1000**3
"""Those that were written so long before the newest are hardly ever written again."""
_A_YEAR = timedelta(days=365)
_REFS = (os.path.join("refs", "heads"), os.path.join("refs", "remotes"))

Stamped = tuple[str, Stamp | None]
"""A path, and its stamp, None where there is nothing."""


class Seen(Value):
    """How things were before any of them was read."""

    when_ns: int
    files: tuple[Stamped, ...]


class Before(Value):
    """All that an answer was made from besides what the event's scene holds."""

    seen: Seen
    known: Known
    transcripts: Mapping[str, Stamp | None]
    """The other open conversations', by the conversation's id."""


class Others(Value):
    """What lies elsewhere: the documents that are news here, and the stamps of all there is."""

    news: tuple[Document, ...] = ()
    stamps: tuple[Stamped, ...] = ()


class Told(Value):
    """What a start told: its texts with marks for its moments, and the documents."""

    model: str
    person: str
    documents: tuple[tuple[str, str, str], ...]
    """Each with its absolute path, digest and format."""
    others: Others = Others()


def see(project: Project, folders: Iterable[str], now: datetime) -> Seen:
    """Look at what an answer depends on besides documents; ``folders`` are of the state."""
    when = int(now.timestamp() * 1000) * 1000**2
    paths = [os.path.join(project.root, *CONFIG.split("/"))]
    for folder in folders:
        paths += (os.path.join(folder, name) for name in _of_state())
    if project.git_top is not None:
        paths += _of_git(project.git_top)
    return Seen(when, tuple((path, stamps.stamp(path)) for path in paths))


def see_transcripts(past: Past) -> dict[str, Stamp | None]:
    """Look at other conversations' transcripts, before these are read."""
    return {one.id: stamps.stamp(one.transcript or "") for one in past.open}


def _of_state() -> tuple[str, ...]:
    """Return the files that say what a person is to be told of, or was told."""
    told = ("config.told", "next-session.told")
    return (hook_log.LOG, hook_log.TOLD, archive.FOLDER, *told)


def _of_git(top: str) -> Iterator[str]:
    """Yield the files that tell how a repository stands (gitrepository-layout(5))."""
    pointer = os.path.join(top, ".git")
    if not os.path.isdir(pointer):  # else it changes with the state folder in it
        yield pointer
    own, common = state.git_dir(top), state.git_common_dir(top)
    if own is None or common is None:
        return
    yield from (os.path.join(own, name) for name in _OF_WORKTREE)
    yield from (os.path.join(common, name) for name in _OF_REPOSITORY)
    for name in _REFS:
        yield from _below(os.path.join(common, name))


def _below(folder: str) -> Iterator[str]:
    """Yield a folder and everything below it: one that is gone or new shows in its folder."""
    yield folder
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        else:
            yield entry.path


def is_worth_keeping(scene: Scene, known: Known) -> bool:
    """Tell whether an answer may be the next one's, too, as far as what was seen tells."""
    event, facts, past, lives = scene.event, scene.view.facts, known.past, known.lives
    return (
        event.source in ready.SOURCES
        and event.session_id is not None
        and event.agent_type is None
        and not past.unsettled
        and not facts.left_out
        and facts.refusal is None  # settings outside of the repository may change that
        and not scene.documents.not_reached
        and all(one.id in lives and lives[one.id].is_alive is not None for one in past.open)
    )


def keep(folder: str, scene: Scene, before: Before, told: Told) -> bool:
    """Write an answer down; False where it can't be told when it would be another one.

    ``folder`` is the state folder, whose card is up to date by now. Raises OSError.
    """
    seen, (past, lives) = before.seen, before.known
    documents = (*scene.documents.stamps, *told.others.stamps)
    transcripts = [(path, one) for path, one in before.transcripts.items()]
    looked = seen.when_ns
    if len(seen.files) > _MOST_REFS or any(
        one and stamps.is_racy(one, looked) for _, one in (*seen.files, *documents, *transcripts)
    ):
        return False
    held = card.read(folder)
    memory = _memory(held, scene, past) if held is not None else None
    paths = tuple(_named_paths(scene))
    if memory is None or len(paths) > _MOST_PATHS:
        return False
    apart, together = _grouped(documents)
    event, root = scene.event, scene.project.root
    source = event.source or ""
    answer: dict[str, object] = {
        "form": ready.FORM,
        "code": stamps.code(),
        "root": root,
        "top": scene.project.git_top,
        "source": source,
        "client": scene.client,
        "attended": scene.attended,
        "made": scene.now.timestamp(),
        "until": holds_until(scene, past, told.others.news).timestamp(),
        "model": told.model,
        "person": told.person,
        "told": told.documents,
        "branch": scene.head.branch,
        "head": scene.head.commit,
        "memory": memory,
        "seen": tree.recorded.timestamp() if (tree := scene.view.facts.tree) else None,
        "others": [
            (
                one.id,
                lives[one.id].is_alive,
                int(one.resumed.timestamp() * 1000 + 0.5),
                before.transcripts[one.id],
            )
            for one in past.open
        ],
        "files": [*seen.files, *apart],
        "paths": paths,
        "documents": together,
    }
    card.replace(
        os.path.join(folder, ready.file_name(root, source, scene.client, attended=scene.attended)),
        answer,
    )
    return True


def _memory(held: Mapping[str, object], scene: Scene, past: Past) -> object:
    """Return what the store remembers of the project; None where the answer doesn't show it yet."""
    projects = held["projects"]
    memory = projects.get(scene.project.root, {}) if isinstance(projects, dict) else {}
    owing = {(one.kind.value, one.document, one.conversation) for one in past.owing}
    debts = {(row[1], row[2], row[3]) for row in memory.get("debts", ())}
    formats = past.formats | {document.format for document in scene.documents.documents}
    is_shown = (
        not memory.get("archived")
        and debts == owing
        and formats.issuperset(memory.get("formats", ()))
        and ("archived" in memory) == past.has_archive
    )
    return memory if is_shown else None


def _named_paths(scene: Scene) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield where the paths may be that the documents name, and whether they are there."""
    project = scene.project
    tops = tuple(dict.fromkeys((project.root, project.git_top or project.root)))
    documents = scene.documents.documents
    first = [entry.document for entry in candidates(documents, scene.view)[:1]] or documents[:1]
    for document in first:
        evidence = scene.view.facts.evidence.get(document.path, Evidence())
        for one in () if evidence.is_off_disk else evidence.paths:
            yield tuple(os.path.join(top, *one.path.split("/")) for top in tops), one.is_there


def _grouped(
    documents: Iterable[Stamped],
) -> tuple[list[Stamped], list[tuple[str, str, int]]]:
    """Return the stamps as they are compared: of files in one folder all at once, or in two goes.

    Where a file was written to, that is found out with a few looks, not with ten thousand.
    """
    apart: list[Stamped] = []
    groups: dict[tuple[bool, str], list[tuple[str, Stamp]]] = {}
    stamped = dict(documents)
    newest = max((one[2] for one in stamped.values() if one is not None), default=0)
    for path, one in stamped.items():
        if one is None:
            apart.append((path, None))
        else:
            folder, slash, name = path.rpartition(os.sep)
            is_old = one[2] < newest - _SPAN_NS
            groups.setdefault((is_old, folder or slash), []).append((name, one))
    together = [
        (folder, "\0".join(name for name, _ in files), hash(tuple(one for _, one in files)))
        for (_, folder), files in sorted(groups.items())  # what is likely to change comes first
    ]
    return apart, together


def holds_until(scene: Scene, past: Past, news: Iterable[Document] = ()) -> datetime:
    """Return until when an answer's judgements hold, its ages aside: when something becomes old.

    A date in the future counts from then on (``dates.latest``). ``news`` are documents elsewhere.
    """
    view, now = scene.view, scene.now
    spans = [RECENT, *([view.max_age] if view.max_age is not None else [])]
    found = [debt.first + debts.MAX_AGE for debt in past.owing]
    committed = view.facts.committed or {}
    for document in (*scene.documents.documents, *news):
        if document.status is Status.COMPLETED and document.format == session.NAME:
            continue  # nothing is judged by its dates
        for moment in (
            document.updated, document.created, document.modified, committed.get(document.path)
        ):  # fmt: skip
            if moment is not None:
                found += [moment, *(moment + span for span in spans)]
    return min((moment for moment in found if moment > now), default=now + _A_YEAR)
