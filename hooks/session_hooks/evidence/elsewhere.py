"""Find documents in other worktrees and on other branches."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from session_hooks.documents import locations, scan
from session_hooks.documents.files import MAX_FILE_BYTES, UnreadableFileError
from session_hooks.documents.model import Document, Scan
from session_hooks.documents.registry import FORMATS, LEFT_BEHIND, Format, is_template
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Elsewhere, Worktrees
from session_hooks.evidence.queries import escaped, moment, prefix
from session_hooks.project.gitdir import MOST_LISTED, other_worktrees, read_head, signs
from session_hooks.project.project import Project
from session_hooks.util import stamps
from session_hooks.util.lazy import Value

MOST_WORKTREES = 20
MOST_BRANCHES = 50
MOST_BLOBS = 200
WHAT = "other branches"
_MOST_BYTES = 16 * 1024 * 1024  # of blobs altogether
_NEAR = 2  # folders up to which a worktree is told by its path
_A_ZONE = timedelta(hours=26)  # how far a date without a zone may be behind
_FILES = ("100644", "100755")


def unique(found: Iterable[Elsewhere], here: Scan) -> tuple[Elsewhere, ...]:
    """Return what is news here, the newest first: each text once, a document's newest state."""
    known = {document.digest for document in (*here.documents, *here.templates)}
    own = {document.path: document for document in here.documents}
    by_text: dict[str, Elsewhere] = {}
    for one in sorted(found, key=_distance):
        if one.document.digest not in known and not _is_outdated(one, own.get(one.document.path)):
            by_text.setdefault(one.document.digest, one)
    news = sorted(by_text.values(), key=_activity, reverse=True)
    newest: dict[str, Elsewhere] = {}
    for one in news:
        # What always has one name, as NEXT_SESSION.md, is another document each time.
        has_states = one.document.format not in LEFT_BEHIND
        newest.setdefault(one.document.path if has_states else one.document.digest, one)
    return tuple(newest.values())


def _is_outdated(one: Elsewhere, own: Document | None) -> bool:
    if own is None or one.document.format in LEFT_BEHIND:
        return False
    there, here = _dated(one.document), _dated(own)
    if there and here and there != here:
        return there < here
    # Many never change a date. A file is never older than its text, so that a later commit is one
    # of a later text; what a checkout made of a worktree's time shows nothing.
    return one.blob is None or one.document.modified <= own.modified


def _distance(one: Elsewhere) -> tuple[bool, bool]:
    # First comes where the work on a text goes on: a worktree, the branch that it names.
    return one.blob is not None, one.document.branch not in (one.ref, one.ref.partition("/")[2])


def _activity(one: Elsewhere) -> tuple[datetime, datetime]:
    document = one.document
    return _dated(document) or document.modified, document.modified


def _dated(document: Document) -> datetime | None:
    latest = document.modified + _A_ZONE
    moments = (document.created, document.updated)
    return max((one for one in moments if one and one <= latest), default=None)


# --- worktrees -----------------------------------------------------------------------------------


def read_worktrees(
    project: Project,
    places: Mapping[str, tuple[str, ...]],
    seconds: float,
    *,
    whole: bool = True,
) -> Worktrees:
    """Read the documents of the other worktrees, for about ``seconds``, ``whole`` or not.

    Never raises.
    """
    if project.git_top is None:
        return Worktrees()
    end = time.monotonic() + seconds
    found: list[Elsewhere] = []
    seen = [(path, stamps.stamp(path)) for path in signs(project.git_top)]
    tops = other_worktrees(project)
    is_all = len(tops) <= MOST_WORKTREES
    for top in tops[:MOST_WORKTREES]:
        left = end - time.monotonic()
        if left <= 0:
            is_all = False
            break
        # The same folder as in this worktree.
        named = os.path.normpath(os.path.join(top, *prefix(project).split("/")))
        root = os.path.realpath(named)
        # A link on the way may lead elsewhere while all that was found there stays as it is.
        is_all = is_all and root == named
        is_inside = os.path.join(root, "").startswith(os.path.join(top, ""))
        if not is_inside or not os.path.isdir(root):
            seen.append((root, stamps.stamp(root)))
            continue
        there = project._replace(root=root, git_top=top)
        ref = _worktree_name(top, project)
        held = scan.scan(there, left, places, whole=whole)
        found += (Elsewhere(document, ref, root=there.root) for document in held.documents)
        seen += held.stamps
        is_all = is_all and not held.not_reached
    # In an order that doesn't change with every commit there.
    found.sort(key=lambda one: (one.ref, one.root or ""))
    return Worktrees(tuple(found), tuple(seen), is_all)


def checked_out(project: Project) -> tuple[str, ...]:
    heads = (read_head(top).branch for top in other_worktrees(project)[:MOST_WORKTREES])
    return tuple(branch for branch in heads if branch is not None)


def _worktree_name(top: str, project: Project) -> str:
    path = os.path.relpath(top, project.root).replace(os.sep, "/")
    is_near = path.split("/").count("..") <= _NEAR
    branch = read_head(top).branch
    name = path if is_near else os.path.basename(top) or top
    return f"worktree {name}" + (f" ({branch})" if branch else "")


# --- branches ------------------------------------------------------------------------------------


class _Tip(Value):
    ref: str
    commit: str
    tree: str
    when: datetime


class _State(Value):
    """A document on a branch, before it is parsed; its path is relative to the project."""

    tip: _Tip
    form: Format
    path: str
    blob: str


class _Change(Value):
    mode: str
    before: tuple[str, ...]  # blobs; of a merge in each of its parents
    blob: str
    path: str


class _Asked(Value):
    git: Git
    project: Project
    places: Mapping[str, tuple[str, ...]]
    files: tuple[str, ...]  # the pathspecs of the places

    def ask(self, *command: str, stdin: bytes = b"", share: float = 1) -> bytes | None:
        return self.git.ask(*command, what=WHAT, stdin=stdin, share=share)


def branches(
    project: Project, places: Mapping[str, tuple[str, ...]], git: Git, head_branch: str | None
) -> tuple[Elsewhere, ...]:
    """Read the documents that other branches added or changed, the newest branches first.

    They differ from HEAD's, a commit wrote them that HEAD doesn't hold, and HEAD didn't have them
    since: a branch that came here squashed still holds what was deleted here afterwards.
    """
    if project.git_top is None:
        return ()
    asked = _Asked(git, project, places, tuple(_pathspecs(prefix(project), places)))
    head = asked.ask("rev-parse", "--verify", "--quiet", "HEAD^{tree}")
    tips = _tips(asked, head_branch, has_head=head is not None)
    if not tips or not asked.files:
        return ()
    news = ["--not", "HEAD"]
    if head is None:  # before the first commit
        head, news = asked.ask("hash-object", "-t", "tree", "--stdin") or b"", []
    files = _changed(asked, head.decode("ascii").strip(), tips)
    states = [one for tip in tips for one in _documents(asked, tip, files.get(tip.tree, {}))]
    commits = list(dict.fromkeys(state.tip.commit for state in states))
    if not commits:
        return ()
    written: dict[tuple[str, str], datetime] = {}
    for when, path, change in _history(asked, *commits, *news):
        written.setdefault((path, change.blob), when)
    keys = written.keys() - _had_here(asked, commits)
    return tuple(_read(asked, [one for one in states if (one.path, one.blob) in keys], written))


def _pathspecs(prefix: str, places: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for place in dict.fromkeys(place for among in places.values() for place in among):
        folder, only = locations.parts(place.removesuffix("/*"))
        path = escaped(prefix + (f"{folder}/" if folder else ""))
        if only is not None:
            yield f":(top,glob){path}{escaped(only)}"
        elif folder != place:
            yield f":(top,glob){path}*/*"
        else:
            yield f":(top,glob){path}*"
            yield f":(top,glob){path}[0-9]*/*.md"


def _tips(asked: _Asked, head_branch: str | None, *, has_head: bool) -> list[_Tip]:
    """Return the branches to look at, the newest first; each commit once, by its local name."""
    answer = asked.ask(
        "for-each-ref", "--sort=-committerdate", f"--count={MOST_LISTED}",
        "--format=%(objectname)%00%(tree)%00%(committerdate:unix)%00%(refname)%00%(symref)",
        *(["--no-merged=HEAD"] if has_head else []), "refs/heads", "refs/remotes",
    )  # fmt: skip
    tips: dict[str, _Tip] = {}
    for line in os.fsdecode(answer or b"").split("\n"):
        commit, tree, when, ref, target = (*line.split("\0"), "", "", "", "", "")[:5]
        written = moment(when)
        is_local = ref.startswith("refs/heads/")
        if written and not target and ref != f"refs/heads/{head_branch}":
            tip = _Tip(ref.split("/", 2)[2], commit, tree, written)
            if is_local or commit not in tips:
                tips[commit] = tip
    return list(tips.values())[:MOST_BRANCHES]


def _changed(asked: _Asked, head: str, tips: Iterable[_Tip]) -> dict[str, dict[str, str]]:
    """Return by a branch's tree its files that are not as in the tree of HEAD: path to blob."""
    pairs = "".join(f"{head} {tip.tree}\n" for tip in tips)
    answer = asked.ask(
        "diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff",
        "--diff-filter=AMT", "--", *asked.files, stdin=pairs.encode(),
    )  # fmt: skip
    return {
        trees.rpartition(" ")[2]: {one.path: one.blob for one in changes if one.mode in _FILES}
        for trees, changes in _raw(answer)
    }


def _raw(answer: bytes | None) -> list[tuple[str, list[_Change]]]:
    """Parse each heading of ``--raw -z`` with its changes (git-diff(1), "Raw output format")."""
    found: list[tuple[str, list[_Change]]] = []
    fields = iter(os.fsdecode(answer or b"").split("\0"))
    for field in fields:
        # As many colons as parents, their modes and blobs and the last ones, a status; the path.
        *headings, last = field.split("\n")
        parents = len(last) - len(last.lstrip(":"))
        found += [(said, []) for said in (headings if parents else [*headings, last]) if said]
        if parents and found:
            *modes_and_blobs, _ = last.split(" ")
            mode, *before, blob = modes_and_blobs[parents:]
            found[-1][1].append(_Change(mode, tuple(before), blob, next(fields, "")))
    return found


def _documents(asked: _Asked, tip: _Tip, files: Mapping[str, str]) -> Iterator[_State]:
    """Yield which of a branch's files are documents, by their names; the newest named first."""
    way = prefix(asked.project)
    taken: dict[str, tuple[int, _State]] = {}
    for full in sorted(files, reverse=True):
        path = full.removeprefix(way)
        kind = _kind(path, asked.places) if full.startswith(way) else None
        if kind is None:
            continue
        form, rank = kind
        # Of a folder of a session's own, one file is the document.
        of = path if rank is None else path.rpartition("/")[0]
        if of not in taken or (rank or 0) < taken[of][0]:
            taken[of] = rank or 0, _State(tip, form, path, files[full])
    return (state for _, state in taken.values())


def _kind(path: str, places: Mapping[str, tuple[str, ...]]) -> tuple[Format, int | None] | None:
    """Return a file's format by its path, and how likely a name it has in a folder of its own."""
    folder, _, name = path.rpartition("/")
    parent, _, own = folder.rpartition("/")
    for form in FORMATS:
        chosen = places.get(form.NAME, ())
        for place in chosen:
            within, only = locations.parts(place)
            if only is not None:
                if folder == within and name.casefold() == only.casefold():
                    return form, None
                continue
            is_likely = locations.names_in(form.NAME, place, chosen) == locations.LIKELY
            is_named = locations.fits(form.NAME, name) and (not is_likely or locations.tells(name))
            if is_named and locations.holds(place, folder):
                return form, None
            is_inside = own and locations.holds(place, parent)
            inside = scan.names_in_folder(form, own) if is_inside else ()
            if name in inside:
                return form, inside.index(name)
    return None


def _had_here(asked: _Asked, commits: Iterable[str]) -> set[tuple[str, str]]:
    """Return the states, path and blob, that HEAD had since branches parted from it."""
    # Where git has no time to tell, what was deleted here comes back.
    base = asked.ask("merge-base", "--octopus", "HEAD", *commits) or b""
    return {
        (path, blob)
        for _, path, change in _history(asked, "HEAD", "--not", *os.fsdecode(base).split()[:1])
        for blob in (*change.before, change.blob)
    }


def _history(asked: _Asked, *commits: str) -> Iterator[tuple[datetime, str, _Change]]:
    answer = asked.ask(
        "log", "-z", "-c", "--format=%x00%ct", "--raw", "--no-abbrev", "--no-renames",
        "--no-ext-diff", "--no-show-signature", *commits, "--", *asked.files, share=0.5,
    )  # fmt: skip
    way = prefix(asked.project)
    for heading, changes in _raw(answer):
        when = moment(heading)
        if when is not None:
            yield from ((when, change.path.removeprefix(way), change) for change in changes)


def _read(
    asked: _Asked, states: Sequence[_State], written: Mapping[tuple[str, str], datetime]
) -> Iterator[Elsewhere]:
    texts = _texts(asked, list(dict.fromkeys(state.blob for state in states)))
    documents: dict[tuple[str, str], Document | None] = {}
    for state in states:
        key = state.path, state.blob
        if state.blob in texts and key not in documents:
            redact = asked.project.redact
            documents[key] = _document(state, texts[state.blob], written[key], redact=redact)
        document = documents.get(key)
        if document is not None:
            yield Elsewhere(document, state.tip.ref, state.blob)


def _document(state: _State, data: bytes, modified: datetime, *, redact: bool) -> Document | None:
    try:
        document = scan.document_of(state.form, state.path, data, modified, redact=redact)
    except UnreadableFileError:
        return None
    return None if is_template(document) else document


def _texts(asked: _Asked, blobs: Sequence[str]) -> dict[str, bytes]:
    sizes = _ask_for(asked, "--batch-check", blobs[:MOST_BLOBS])
    wanted, room = [], _MOST_BYTES
    for line in sizes.splitlines():
        blob, size = _blob(line)
        if size is not None and size <= min(room, MAX_FILE_BYTES):
            wanted.append(blob)
            room -= size
    answer, at, texts = _ask_for(asked, "--batch", wanted), 0, {}
    # "ID blob SIZE", the text, and a newline.
    while (end := answer.find(b"\n", at)) >= 0:
        (blob, size), at = _blob(answer[at:end]), end + 1
        if size is not None:
            texts[blob] = answer[at : at + size]
            at += size + 1
    return texts


def _blob(line: bytes) -> tuple[str, int | None]:
    """Return a blob's id and size as git-cat-file(1) gives them; no size of what is none."""
    blob, kind, size = (*line.decode("ascii", "replace").split(" "), "", "")[:3]
    return blob, int(size) if kind == "blob" and size.isdecimal() else None


def _ask_for(asked: _Asked, how: str, blobs: Iterable[str]) -> bytes:
    lines = "".join(f"{blob}\n" for blob in blobs)
    return asked.ask("cat-file", how, stdin=lines.encode()) or b"" if lines else b""
