"""Find documents in other worktrees and on other branches."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from session_hooks.documents import locations, scan
from session_hooks.documents.files import MAX_FILE_BYTES, UnreadableFileError
from session_hooks.documents.index import Index
from session_hooks.documents.model import Document, Scan
from session_hooks.documents.registry import FORMATS, LEFT_BEHIND, Format, is_template
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Elsewhere, Worktrees
from session_hooks.evidence.queries import escaped, moment, prefix
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project
from session_hooks.project.worktrees import MOST_LISTED, has_links, other_worktrees, signs
from session_hooks.util import stamps
from session_hooks.util.lazy import Value

MOST_WORKTREES = 20
MOST_BRANCHES = 50
MOST_BLOBS = 200
WHAT = "other branches"
"""What git is asked for here, as ``Git.unanswered`` names it."""
_MOST_BYTES = 16 * 1024 * 1024
"""What is read of blobs altogether."""
_NEAR = 2
"""How many folders up a worktree is still told by its path, not by its name alone."""
_FOR_READING = 0.4
"""Which part of the time is kept for reading what the comparison of branches found."""
_A_ZONE = timedelta(hours=26)
"""How far behind the clock's a date may be that gives no zone, written by hand."""
_FILES = ("100644", "100755")
_LARGE_FILE = b"version https://git-lfs.github.com/spec/"
_COMPARE = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--diff-filter=AMT")


def unique(found: Iterable[Elsewhere], here: Scan) -> tuple[Elsewhere, ...]:
    """Return what is news to this working tree, the newest activity first.

    Each text once, and none that lies here too. Of a session file, a handoff or a journal its
    newest state alone, and that only if it is newer than the file of its path here. A
    NEXT_SESSION.md and a prompt are always of the same name: of those each text counts.
    """
    known = {document.digest for document in (*here.documents, *here.templates)}
    own = {document.path: document for document in here.documents}
    by_text: dict[str, Elsewhere] = {}
    for one in found:
        if one.document.digest not in known and not _is_outdated(one, own.get(one.document.path)):
            before = by_text.get(one.document.digest)
            by_text[one.document.digest] = _nearest(before, one) if before else one
    news = sorted(by_text.values(), key=_activity, reverse=True)
    newest: dict[str, Elsewhere] = {}
    for one in news:
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


def _nearest(one: Elsewhere, other: Elsewhere) -> Elsewhere:
    """Return where a text is told to be that lies in two places, with the first of its times.

    That is where the work on it goes on: in a worktree, or on the branch that it names.
    """
    modified = min(one.document.modified, other.document.modified)
    first = min(
        (one, other),
        key=lambda one: (
            one.blob is not None,
            one.document.branch not in (one.ref, one.ref.partition("/")[2]),
        ),
    )
    return first._replace(document=first.document._replace(modified=modified))


def _activity(one: Elsewhere) -> tuple[datetime, datetime]:
    document = one.document
    return _dated(document) or document.modified, document.modified


def _dated(document: Document) -> datetime | None:
    """Return a document's newest date, without those after it was written; None without any."""
    latest = document.modified + _A_ZONE
    moments = (document.created, document.updated)
    return max((one for one in moments if one and one <= latest), default=None)


# --- worktrees -----------------------------------------------------------------------------------


def read_worktrees(
    project: Project,
    places: Mapping[str, tuple[str, ...]],
    seconds: float,
    remembered: Callable[[Project], Index | None] = lambda _: None,
) -> Worktrees:
    """Read the documents of the repository's other worktrees, for about ``seconds``.

    ``places`` is as ``scan`` takes it; ``remembered`` gives what is known of the documents of a
    project there. Which worktrees there are is read from git's own files (gitrepository-layout(5),
    "worktrees"), the last used first. A worktree that is missing, or that has no folder where the
    project is a folder of the working tree, is passed over. Never raises.
    """
    if project.git_top is None:
        return Worktrees()
    end = time.monotonic() + seconds
    found: list[Elsewhere] = []
    seen = [(path, stamps.stamp(path)) for path in signs(project.git_top)]
    tops = other_worktrees(project)
    is_all = len(tops) <= MOST_WORKTREES and not has_links(project.git_top)
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
        held = scan.scan(there, left, places, remembered(there))
        found += (Elsewhere(document, ref, root=there.root) for document in held.documents)
        seen += held.stamps
        is_all = is_all and not held.not_reached
    # In an order that doesn't change with every commit there.
    found.sort(key=lambda one: (one.ref, one.root or ""))
    return Worktrees(tuple(found), tuple(seen), is_all)


def checked_out(project: Project) -> tuple[str, ...]:
    """Return the branches that the repository's other worktrees have checked out."""
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
    when: datetime


class _State(Value):
    """A document on a branch, before it is parsed; its path is relative to the project."""

    tip: _Tip
    form: Format
    path: str
    blob: str


class _Change(Value):
    mode: str
    blob_before: str
    blob: str
    path: str


class _Asked(Value):
    """What is asked for."""

    git: Git
    project: Project
    places: Mapping[str, tuple[str, ...]]
    files: tuple[str, ...]
    """The pathspecs of the places."""

    def ask(
        self, *command: str, stdin: bytes = b"", also: Sequence[int] = (), share: float = 1
    ) -> bytes | None:
        """Ask git, as ``Git.ask`` does, about other branches."""
        return self.git.ask(*command, what=WHAT, stdin=stdin, also=also, share=share)


def branches(
    project: Project,
    places: Mapping[str, tuple[str, ...]],
    git: Git,
    head_branch: str | None,
) -> tuple[Elsewhere, ...]:
    """Read the documents that other branches, local and remote-tracking, added or changed.

    That is since a branch parted from HEAD, of which nothing need be known: without any commit in
    common it is all of its documents. ``places`` is as ``scan`` takes it; ``head_branch`` is
    passed over, and so is what HEAD holds already. The branches with the newest commits come
    first. Everything is read from git's objects as it was committed: nothing is checked out,
    fetched, or run. What there was no time for is ``WHAT`` in ``git.unanswered``. Never raises.
    """
    if project.git_top is None:
        return ()
    asked = _Asked(git, project, places, tuple(_pathspecs(prefix(project), places)))
    reserve = git.seconds_left * _FOR_READING
    tips, has_head = _tips(asked, head_branch)
    if not tips or not asked.files:
        return ()
    bases = {tip.commit: _bases(asked, tip, reserve) if has_head else () for tip in tips}
    files_of = _changed(asked, {commit: of for commit, of in bases.items() if of is not None})
    states = [one for tip in tips for one in _documents(asked, tip, files_of.get(tip.commit, {}))]
    if states:
        had = _had_here(asked, [base for of in bases.values() for base in of or ()])
        states = [one for one in states if (one.path, one.blob) not in had]
    return tuple(_read(asked, states, has_head)) if states else ()


def _pathspecs(prefix: str, places: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what a folder's own files are to git, and those in folders of sessions' own."""
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


def _tips(asked: _Asked, head_branch: str | None) -> tuple[list[_Tip], bool]:
    """Return the branches to look at, the newest first, and whether HEAD is a commit.

    Each commit once, by the name that a person gives it; the local one if it has one.
    """
    ask = (
        "for-each-ref", "--sort=-committerdate", f"--count={MOST_LISTED}",
        "--format=%(objectname)%00%(committerdate:unix)%00%(refname)%00%(symref)",
    )  # fmt: skip
    names = ("refs/heads", "refs/remotes")
    answer = asked.ask(*ask, "--no-merged=HEAD", *names)
    has_head = answer is not None
    if answer is None:  # before the first commit
        answer = asked.ask(*ask, *names) or b""
    tips = []
    for line in os.fsdecode(answer).split("\n"):
        commit, when, ref, target = (*line.split("\0"), "", "", "", "")[:4]
        written = moment(when)
        if written and not target and ref != f"refs/heads/{head_branch}":
            tips.append(_Tip(ref, commit, written))
    named: dict[str, str] = {}
    for tip in sorted(tips, key=lambda tip: not tip.ref.startswith("refs/heads/")):
        named.setdefault(tip.commit, tip.ref)
    tips = [tip for tip in tips if named[tip.commit] == tip.ref][:MOST_BRANCHES]
    return [tip._replace(ref=tip.ref.split("/", 2)[2]) for tip in tips], has_head


def _bases(asked: _Asked, tip: _Tip, reserve: float) -> list[str] | None:
    """Return where a branch parted from HEAD; None where git doesn't tell.

    That is several commits after criss-cross merges, and none without a common ancestor.
    ``reserve`` is the time that is left for reading what is found.
    """
    left = asked.git.seconds_left
    share = 1 - reserve / left if left > 0 else 1
    answer = asked.ask("merge-base", "--all", "HEAD", tip.commit, also=(1,), share=share)
    return None if answer is None else answer.decode("ascii", "replace").split()


def _changed(asked: _Asked, bases: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """Return by commit its files that are not as they were where it parted: path to blob.

    After criss-cross merges what is new differs from all the commits at which it parted.
    """
    found: dict[str, dict[str, str]] = {}
    pairs = "".join(f"{commit} {base}\n" for commit in bases for base in bases[commit])
    if pairs:
        answer = asked.ask(
            *_COMPARE, "--stdin", "--always", "--", *asked.files, stdin=pairs.encode()
        )
        for commit, changes in _raw(answer):
            files = _regular(changes)
            before = found.get(commit, files)
            found[commit] = {path: files[path] for path in files if path in before}
    unrelated = [commit for commit in bases if not bases[commit]]
    nothing = asked.git.ask("hash-object", "-t", "tree", "--stdin") if unrelated else None
    if nothing:  # the empty tree's id, of either kind of hash
        for commit in unrelated:
            empty = nothing.decode("ascii").strip()
            answer = asked.ask(*_COMPARE, empty, commit, "--", *asked.files)
            found[commit] = _regular(one for _, changes in _raw(answer) for one in changes)
    return found


def _raw(answer: bytes | None) -> list[tuple[str, list[_Change]]]:
    """Parse what ``--raw -z`` gives: each heading, a commit or its time, with its changes.

    (git-diff(1), "Raw output format"; a file is ":MODE MODE BLOB BLOB STATUS" and its path.)
    """
    found: list[tuple[str, list[_Change]]] = []
    fields = iter(os.fsdecode(answer or b"").split("\0"))
    for field in fields:
        said = field.removeprefix("\n")
        if not said.startswith(":"):
            if said:
                found.append((said, []))
            continue
        parts, path = said.split(" "), next(fields, "")
        if len(parts) == 5:
            found = found or [("", [])]
            found[-1][1].append(_Change(parts[1], parts[2], parts[3], path))
    return found


def _regular(changes: Iterable[_Change]) -> dict[str, str]:
    return {one.path: one.blob for one in changes if one.mode in _FILES}


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
    """Return the format that a file is of by its path, as ``scan`` takes it; None for none.

    And, in a folder of a session's own, how far from the likeliest its name is.
    """
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
            is_named = form.is_document_name(name) and (not is_likely or locations.tells(name))
            if is_named and locations.holds(place, folder):
                return form, None
            is_inside = own and locations.holds(place, parent)
            inside = scan.names_in_folder(form, own) if is_inside else ()
            if name in inside:
                return form, inside.index(name)
    return None


def _had_here(asked: _Asked, parted: Sequence[str]) -> set[tuple[str, str]]:
    """Return the states, path and blob, that documents had on HEAD since branches parted from it.

    A branch whose work came here in a commit of its own, squashed or rebased, still holds what
    was deleted or rewritten here afterwards. Where git has no time to tell, such a one comes back.
    """
    if not parted:
        return set()
    first = asked.ask("merge-base", "--octopus", *dict.fromkeys(parted)) or b""
    ids = first.decode("ascii", "replace").split()
    return {
        (path, blob)
        for _, path, change in _history(asked, "HEAD", "--not", *ids[:1])
        for blob in (change.blob_before, change.blob)
    }


def _history(asked: _Asked, *commits: str) -> Iterator[tuple[datetime, str, _Change]]:
    answer = asked.ask(
        "log", "-z", "--format=%x00%ct", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff",
        "--no-show-signature", *commits, "--", *asked.files, share=0.5,
    )  # fmt: skip
    way = prefix(asked.project)
    for heading, changes in _raw(answer):
        when = moment(heading)
        if when is not None:
            yield from ((when, change.path.removeprefix(way), change) for change in changes)


def _read(asked: _Asked, states: Sequence[_State], has_head: bool) -> Iterator[Elsewhere]:
    times: dict[tuple[str, str], datetime] = {}
    commits = dict.fromkeys(state.tip.commit for state in states)
    here = ("--not", "HEAD") if has_head else ()
    for when, path, change in _history(asked, *commits, *here):
        times.setdefault((path, change.blob), when)
    texts = _texts(asked, commits, list(dict.fromkeys(state.blob for state in states)))
    documents: dict[tuple[str, str], Document | None] = {}
    for state in states:
        key = state.path, state.blob
        if state.blob in texts and key not in documents:
            when = times.get(key, state.tip.when)
            redact = asked.project.redact
            documents[key] = _document(state, texts[state.blob], when, redact=redact)
        document = documents.get(key)
        if document is not None:
            yield Elsewhere(document, state.tip.ref, state.blob)


def _document(state: _State, data: bytes, modified: datetime, *, redact: bool) -> Document | None:
    if data.startswith(_LARGE_FILE):  # its text is kept outside git
        return None
    try:
        document = scan.document_of(state.form, state.path, data, modified, redact=redact)
    except UnreadableFileError:
        return None
    return None if is_template(document) else document


def _texts(asked: _Asked, commits: Iterable[str], blobs: Sequence[str]) -> dict[str, bytes]:
    blobs = blobs[:MOST_BLOBS]
    answer = _ask_for(asked, "--batch-check", blobs)
    if answer is None:
        lacking = _lacking(asked, commits)
        blobs = [blob for blob in blobs if blob not in lacking]
        answer = _ask_for(asked, "--batch-check", blobs)
    wanted, room = [], _MOST_BYTES
    for line in (answer or b"").splitlines():
        blob, size = _blob(line)
        if size is not None and size <= min(room, MAX_FILE_BYTES):
            wanted.append(blob)
            room -= size
    answer, at, texts = _ask_for(asked, "--batch", wanted) or b"", 0, {}
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


def _ask_for(asked: _Asked, how: str, blobs: Iterable[str]) -> bytes | None:
    lines = "".join(f"{blob}\n" for blob in blobs)
    return asked.ask("cat-file", how, stdin=lines.encode()) if lines else b""


def _lacking(asked: _Asked, commits: Iterable[str]) -> set[str]:
    """Return the blobs that a partial clone hasn't fetched: cat-file ends at the first of them."""
    answer = asked.ask(
        "rev-list", "--objects", "--missing=print", "--no-walk", *commits, "--", *asked.files
    )
    lines = os.fsdecode(answer or b"").split("\n")
    return {line.removeprefix("?") for line in lines if line.startswith("?")}
