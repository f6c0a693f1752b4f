"""Lines of commits: what came since a document was written, and what became of its branch."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from session_hooks.documents.model import Document
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Branch, Commit, GitFacts, History, Merged, Since
from session_hooks.evidence.queries import Refs, short
from session_hooks.util.lazy import Value, pattern

NOTHING = History(())
_MOST_SHOWN = 20
_MOST_TOUCHED = 50  # files of each commit that is shown
_MOST_CANDIDATES = 5  # compared with a whole branch; each costs git two questions
_TOGETHER = timedelta(days=1)
"""How long after its own date a document may be committed together with the work that it tells of:
what comes later in that commit, it can't know."""
_WHETHER_MERGED = "whether branches are merged"
_OWN_COMMIT = re.compile(r"(?:commit|cherry-pick|revert|am)\b")
_NAME = pattern(r"(?=[\w#@+])(?!.*(?:\.\.|//|@\{|\.lock$|[./]$))[^\s~^:?*\[\\\x00-\x1f\x7f]{1,200}")
_NO_NAME = frozenset({"none", "null", "n/a", "na", "tbd", "unknown", "head", "detached"})
_LONG_LIVED = pattern(
    r"main|master|trunk|develop(?:ment)?|dev|next|nightly|staging|stage|production|prod|stable"
    r"|release(?:s)?(?:[/-].*)?|hotfixes|integration|gh-pages",
    re.IGNORECASE,
)
_REMARK = ("(", "[", "-", "–", "—", "<")
_ADDRESS = pattern(r"https?://\S+?/(?:tree|branch|src/branch)/(\S+)")


def branch_name(written: str | None) -> str | None:
    """Return the branch that backticks, a remark ("feat/x (PR #12)"), a ref or an address mean."""
    first, _, rest = (written or "").strip().partition(" ")
    if rest and not first.endswith(",") and not rest.lstrip().startswith(_REMARK):
        return None
    address = _ADDRESS.fullmatch(first)
    name = short((address[1] if address else first).rstrip(",;").strip("`'\"*"))
    return name if _NAME.fullmatch(name) and name.casefold() not in _NO_NAME else None


def is_long_lived(name: str) -> bool:
    """Tell whether a branch is one that work goes on in, however often it is merged."""
    return _LONG_LIVED.fullmatch(name.removeprefix("origin/")) is not None


# --- lines of commits ----------------------------------------------------------------------------


def _reached(commit: str, neighbours: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [commit]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += neighbours.get(one, ())
    return frozenset(found)


def after(history: History, commit: str) -> tuple[Commit, ...]:
    """Return the commits that another one doesn't hold, as ``git log COMMIT..`` does."""
    held = _reached(commit, {one.id: one.parents for one in history.commits})
    return tuple(one for one in history.commits if one.id not in held)


def since(history: History, moment: datetime) -> tuple[Commit, ...]:
    """Return the commits that came after a moment; a merge brings older ones, too."""
    before = at(history, moment)
    return history.commits if before is None else after(history, before.id)


def touches(commits: Iterable[Commit], paths: Collection[str]) -> dict[str, list[Commit]]:
    wanted = frozenset(paths)
    found: dict[str, list[Commit]] = {}
    for one in commits:
        for path in (one.paths & wanted) - one.deleted:
            found.setdefault(path, []).append(one)
    return found


def at(history: History, moment: datetime) -> Commit | None:
    """Return the commit that a branch's own line stood at at a moment."""
    return next((one for one in first_parents(history) if one.when <= moment), None)


def first_parents(history: History) -> tuple[Commit, ...]:
    by_id = {one.id: one for one in history.commits}
    line = []
    one = by_id.get(history.tip)
    while one is not None:
        line.append(one)
        one = by_id.get(one.parents[0]) if one.parents else None
    return tuple(line)


def arrival(history: History, tip: str) -> Commit | None:
    """Return the commit with which a branch's own line came to hold ``tip``, maybe ``tip``."""
    children: dict[str, list[str]] = {}
    for one in history.commits:
        for parent in one.parents:
            children.setdefault(parent, []).append(one.id)
    holding = _reached(tip, children)
    arrived = None
    for one in first_parents(history):
        if one.id not in holding:
            return arrived
        arrived = one
    return arrived if arrived is not None and arrived.id == tip else None


def merge_of(history: History, branch: str) -> Commit | None:
    """Return the merge that names a branch in the words of git, GitHub, GitLab or Bitbucket."""
    name = re.escape(branch)
    said = re.compile(
        rf"Merge (?:remote-tracking )?branch '(?:origin/)?{name}'(?: of \S+)?(?: into \S+)?"
        rf"|Merge pull request #\d+ from [^/\s]+/{name}"
        rf"|Merged in {name} \(pull request #\d+\)"
    )
    merges = (one for one in history.commits if len(one.parents) > 1)
    return next((one for one in merges if said.fullmatch(one.subject)), None)


def is_reverted(history: History, commit: Commit) -> bool:
    """Tell whether a later commit takes another one back, as ``git revert`` names it."""
    subject = f'Revert "{commit.subject}"'
    again = (f'Revert "{subject}"', f'Reapply "{commit.subject}"')  # before and since git 2.43
    takes = [one.subject for one in history.commits if one.subject in (subject, *again)]
    return bool(takes) and takes[0] == subject  # the newest first


# --- since a document was written ----------------------------------------------------------------


class Stand(Value):
    written: datetime | None
    line: History
    base: Commit | None  # the newest commit that was there
    commits: Sequence[Commit]
    is_all: bool


def stand(document: Document, line: History, facts: GitFacts, written: datetime | None) -> Stand:
    """Return where work stood: at the commit that changed the document, or at its own date."""
    own = None
    if facts.is_tracked(document.path) and not facts.has_own_time(document.path):
        own = next((one for one in line.commits if document.path in one.paths), None)
    recorded = (facts.committed or {}).get(document.path)
    is_own_date = written and own and (written > own.when or (recorded and written < recorded))
    if own is not None and not is_own_date:
        return Stand(written, line, own, after(line, own.id), is_all=True)
    if written is None:
        return Stand(None, line, None, line.commits, line.is_all)
    commits = since(line, written)
    if own is not None:
        later = after(line, own.id)
        if written > own.when:
            ids = {one.id for one in later}
            commits = tuple(one for one in commits if one.id in ids)
            return Stand(written, line, at(line, written), commits, is_all=True)
        if own.when - written <= _TOGETHER:
            commits = tuple(one for one in commits if one.id != own.id)
            if commits == later:
                return Stand(written, line, own, later, is_all=True)
    is_all = line.is_all or len(commits) < len(line.commits)
    return Stand(written, line, at(line, written), commits, is_all)


def work_since(stand: Stand, places: Sequence[str], me: str | None) -> Since | None:
    counted = [
        one
        for one in stand.commits
        if is_work(one, places) and not _is_rebased(one, stand.written, me)
    ]
    if not counted and not stand.is_all:
        return None
    by_others = sum(one.author != me for one in counted) if me else 0
    newest = tuple(_shown(one) for one in counted[:_MOST_SHOWN])
    return Since(len(counted), stand.is_all, newest, by_others)


def is_work(commit: Commit, places: Sequence[str]) -> bool:
    """Tell whether it changed more than documents; a merge counts by the commits that it brings."""
    if len(commit.parents) > 1:
        return False
    if not commit.paths:
        return not commit.is_outside  # of a shallow clone's last commits nothing tells
    inside = tuple(f"{place}/" for place in places if place)
    return not all(path.startswith(inside) or path in places for path in commit.paths)


def _is_rebased(commit: Commit, written: datetime | None, me: str | None) -> bool:
    """Tell whether a rebase made a commit anew that its author made before the document."""
    return (
        commit.author == me
        and commit.authored is not None
        and written is not None
        and commit.authored <= written < commit.when
    )


def _shown(commit: Commit) -> Commit:
    touched = frozenset(sorted(commit.paths)[:_MOST_TOUCHED])
    return commit._replace(
        paths=touched, deleted=commit.deleted & touched, authored=None, added=frozenset()
    )


# --- branches ------------------------------------------------------------------------------------


def find_branch(
    git: Git,
    refs: Refs,
    name: str,
    checked_out: str | None,
    history_of: Callable[[str], History | None],
) -> Branch:
    local, ref = refs.local(name), refs.find(name)
    if ref is None and name.removeprefix("origin/") == checked_out:
        return Branch(name, exists=True)  # nothing is committed on it yet
    plain = name if local or not name.startswith("origin/") else name.removeprefix("origin/")
    if refs.default is not None and plain == refs.default:
        return _beside_upstream(git, Branch(name, exists=True, is_default=True), local)
    # Here and on the remote: one of them may lag behind.
    both = (refs.local(refs.default), refs.remote(refs.default)) if refs.default else ()
    merged = None
    for into in both if not is_long_lived(plain) else ():
        line = history_of(into) if into and merged is None else None
        if into and line is not None and ref:
            merged = _merged_into(git, refs, ref, into, line)
        elif into and line is not None:
            merge = merge_of(line, plain)
            if merge is not None and not is_reverted(line, merge):
                merged = Merged(short(into), "merge", merge.id, merge.when)
    if ref is None:
        was_here = _was_here(git, plain)
        return Branch(name, exists=False, was_here=was_here, merged=merged)
    found = Branch(name, exists=True, remote=None if local else short(ref), merged=merged)
    return _beside_upstream(git, found, local)


def _beside_upstream(git: Git, branch: Branch, local: str | None) -> Branch:
    if local is None:
        return branch
    answer = git.ask(
        "for-each-ref", "--format=%(upstream)%00%(upstream:track,nobracket)", local,
        what="how branches stand to their upstreams",
    )  # fmt: skip
    upstream, _, track = os.fsdecode(answer or b"").removesuffix("\n").partition("\0")
    numbers = dict(re.findall(r"(ahead|behind) (\d+)", track))
    return branch._replace(
        upstream=short(upstream) or None,
        ahead=int(numbers.get("ahead", 0)),
        behind=int(numbers.get("behind", 0)),
        is_upstream_gone=track == "gone",
    )


def _was_here(git: Git, name: str) -> bool:
    """Tell whether a branch was checked out in this working tree once (git-reflog(1))."""
    answer = git.ask("log", "-g", "--format=%gs", "--max-count=5000", "HEAD", "--")
    lines = os.fsdecode(answer or b"").split("\n")
    moves = (line.removeprefix("checkout: moving from ") for line in lines)
    return any(name in move.split(" to ") for move in moves)


def _merged_into(git: Git, refs: Refs, ref: str, into: str, history: History) -> Merged | None:
    tip, target = refs.tips[ref], refs.tips[into]
    is_held: bool | None = tip == target
    if history.tip == target:
        is_held = is_held or any(one.id == tip for one in history.commits)
    if not is_held and not (history.tip == target and history.is_all):
        is_held = git.is_true("merge-base", "--is-ancestor", tip, target, what=_WHETHER_MERGED)
    if not is_held:
        return None if is_held is None else _alike(git, tip, into, history)
    arrived = arrival(history, tip)
    if arrived is not None and is_reverted(history, arrived):
        return None
    if arrived is not None and arrived.id != tip:
        return Merged(short(into), "merge", arrived.id, arrived.when)
    if not _had_commits(git, ref, history):  # a new branch looks fast-forwarded, too
        return None
    last = next((one.when for one in history.commits if one.id == tip), None)
    return Merged(short(into), "fast-forward", earliest=last)


def _had_commits(git: Git, ref: str, held: History) -> bool:
    """Tell whether somebody made some of the commits ``held`` on a branch here, by its own log."""
    # Commits that were thrown away are in it, too (git-reflog(1)).
    answer = git.ask("log", "-g", "--format=%H %gs", "--max-count=1000", ref, "--")
    ids = {one.id for one in held.commits}
    entries = (line.partition(" ") for line in os.fsdecode(answer or b"").split("\n"))
    return any(commit in ids and _OWN_COMMIT.match(said) for commit, _, said in entries)


def _alike(git: Git, tip: str, into: str, history: History) -> Merged | None:
    answer = git.ask("merge-base", tip, history.tip, what=_WHETHER_MERGED)
    base = os.fsdecode(answer or b"").strip()
    if base in ("", history.tip, tip):  # nothing came since, or the branch has nothing of its own
        return None
    by_id = {one.id: one for one in history.commits}
    if base not in by_id:  # too much came since to be compared
        return None
    marked = git.ask(
        "rev-list", "--cherry-mark", "--left-right", "--no-merges", f"{tip}...{history.tip}", "--",
        what=_WHETHER_MERGED,
    )  # fmt: skip
    lines = os.fsdecode(marked or b"").split("\n")[:-1]
    if lines and not any(line.startswith("<") for line in lines):
        equal = [by_id[line[1:]] for line in lines if line[0] == "=" and line[1:] in by_id]
        newest = max(equal, key=lambda one: one.when, default=None)
        if newest is not None and not is_reverted(history, newest):
            how = "squash" if len(equal) == 1 else "rebase"
            return Merged(short(into), how, newest.id, newest.when)
    squashed = _squashed(git, tip, base, into)
    if squashed is None or is_reverted(history, squashed):
        return None
    return Merged(short(into), "squash", squashed.id, squashed.when)


def _squashed(git: Git, tip: str, base: str, into: str) -> Commit | None:
    """Look for one commit that changes what all of a branch's commits change, by its patch id."""
    paths = git.ask(
        "diff-tree", "-r", "-z", "--no-renames", "--name-only", base, tip, what=_WHETHER_MERGED
    )
    touched = queries.parse_paths(paths or b"")
    if not touched:
        return None
    log = git.ask(
        "log", "-z", f"--format={queries.COMMIT}", "--name-status", "--no-renames", "--full-diff",
        "--no-merges", f"--max-count={queries.MOST_COMMITS}", f"{base}..{into}", "--",
        f":(top,literal){touched[0]}", what=_WHETHER_MERGED,
    )  # fmt: skip
    commits = queries.parse_commits(log or b"")
    same = [one for one in commits if one.paths == frozenset(touched)][:_MOST_CANDIDATES]
    wanted = _patch_id(git, base, tip) if same else None
    for one in same if wanted else ():
        if _patch_id(git, one.parents[0] if one.parents else "--root", one.id) == wanted:
            return one
    return None


def _patch_id(git: Git, *change: str) -> bytes | None:
    """Return what tells a change from others, wherever its lines stand (git-patch-id(1))."""
    patch = git.ask(
        "diff-tree", "-p", "-r", "--no-commit-id", "--no-renames", "--no-ext-diff",
        "--no-textconv", "--full-index", *change, what=_WHETHER_MERGED,
    )  # fmt: skip
    answer = git.ask("patch-id", "--stable", stdin=patch, what=_WHETHER_MERGED) if patch else None
    return answer.split(b" ")[0] if answer else None
