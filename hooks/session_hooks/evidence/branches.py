"""Find out what became of a branch: merged, squashed, gone."""

import os
import re

from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.evidence.history import History, arrival, is_reverted, merge_of
from session_hooks.evidence.model import Branch, Commit, Merged
from session_hooks.evidence.queries import COMMIT, Refs, parse_commits, parse_paths, short
from session_hooks.evidence.repository import Repository
from session_hooks.util.lazy import pattern

_NAME = pattern(r"(?=[\w#@+])(?!.*(?:\.\.|//|@\{|\.lock$|[./]$))[^\s~^:?*\[\\\x00-\x1f\x7f]{1,200}")
_NO_NAME = frozenset({"none", "null", "n/a", "na", "tbd", "unknown", "head", "detached"})
_LONG_LIVED = pattern(
    r"main|master|trunk|develop(?:ment)?|dev|next|nightly|staging|stage|production|prod|stable"
    r"|release(?:s)?(?:[/-].*)?|hotfixes|integration|gh-pages",
    re.IGNORECASE,
)
_REMARK = ("(", "[", "-", "–", "—", "<")
"""What begins a remark behind a name."""
_ADDRESS = pattern(r"https?://\S+?/(?:tree|branch|src/branch)/(\S+)")


def branch_name(written: str | None) -> str | None:
    """Return the branch that is meant; None for words that are none.

    (git-check-ref-format(1).) People write it in backticks, with a remark behind it ("feat/x (PR
    #12)"), as a full ref, or as its address.
    """
    first, _, rest = (written or "").strip().partition(" ")
    if rest and not first.endswith(",") and not rest.lstrip().startswith(_REMARK):
        return None
    address = _ADDRESS.fullmatch(first)
    name = (address[1] if address else first).rstrip(",;").strip("`'\"*")
    name = name.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    return name if _NAME.fullmatch(name) and name.casefold() not in _NO_NAME else None


def is_long_lived(name: str) -> bool:
    """Tell whether a branch is one that work goes on in, however often it is merged."""
    return _LONG_LIVED.fullmatch(name.removeprefix("origin/")) is not None


_OWN_COMMIT = re.compile(r"(?:commit|cherry-pick|revert|am)\b")
_MOST_CANDIDATES = 5
"""How many commits are compared with a whole branch; each costs git two questions."""


def read_branch(known: Repository, refs: Refs, name: str) -> Branch:
    """Ask whether a branch exists, whether it is merged, and how it stands to its upstream."""
    local, remote = refs.local(name), refs.remote(name)
    ref = local or remote
    plain = name if local or not name.startswith("origin/") else name.removeprefix("origin/")
    if refs.default is not None and plain == refs.default:
        return _beside_upstream(known.git, refs, Branch(name, exists=True, is_default=True), local)
    merged = None
    for into in _defaults(refs) if not is_long_lived(plain) else ():
        line = known.history_of(into)
        merged = _merged_into(known.git, refs, ref, into, line) if ref else _gone(plain, into, line)
        if merged is not None:
            break
    if ref is None:
        was_here = _was_here(known.git, plain)
        return Branch(name, exists=False, was_here=was_here, merged=merged)
    found = Branch(name, exists=True, remote=None if local else short(ref), merged=merged)
    return _beside_upstream(known.git, refs, found, local)


def _defaults(refs: Refs) -> list[str]:
    """Return the default branch, here and on the remote: one of them may lag behind."""
    if refs.default is None:
        return []
    both = (refs.local(refs.default), refs.remote(refs.default))
    return [ref for ref in both if ref is not None]


def _beside_upstream(git: Git, refs: Refs, branch: Branch, local: str | None) -> Branch:
    upstream = refs.upstreams.get(local or "")
    if local is None or upstream is None:
        return branch
    branch = branch._replace(upstream=short(upstream))
    if upstream not in refs.tips:
        return branch._replace(is_upstream_gone=True)
    if refs.tips[upstream] == refs.tips[local]:
        return branch
    answer = git.ask(
        "rev-list", "--left-right", "--count", f"{refs.tips[local]}...{refs.tips[upstream]}", "--",
        what="how branches stand to their upstreams",
    )  # fmt: skip
    numbers = os.fsdecode(answer or b"").split()
    if len(numbers) != 2:
        return branch
    return branch._replace(ahead=int(numbers[0]), behind=int(numbers[1]))


def _was_here(git: Git, name: str) -> bool:
    """Tell whether a branch was checked out in this working tree once (git-reflog(1))."""
    answer = git.ask("log", "-g", "--format=%gs", "--max-count=5000", "HEAD", "--")
    lines = os.fsdecode(answer or b"").split("\n")
    moves = (line.removeprefix("checkout: moving from ") for line in lines)
    return any(name in move.split(" to ") for move in moves)


def _gone(name: str, into: str, history: History | None) -> Merged | None:
    """Look for the merge of a branch that is not there any more."""
    merge = merge_of(history, name) if history is not None else None
    if history is None or merge is None or is_reverted(history, merge):
        return None
    return Merged(short(into), "merge", merge.id, merge.when)


def _merged_into(
    git: Git, refs: Refs, ref: str, into: str, history: History | None
) -> Merged | None:
    """Tell how a branch came into another one: it had commits of its own, which are there now.

    A new branch without commits looks like one that was merged by moving the other one forward;
    the branch's own log says which, and where there is none, nothing does.
    """
    tip, target = refs.tips[ref], refs.tips[into]
    is_held = _holds(history, target, tip)
    if is_held is None:
        is_held = git.is_true(
            "merge-base", "--is-ancestor", tip, target, what="whether branches are merged"
        )
    if is_held is None:
        return None
    if not is_held:
        return None if history is None else _alike(git, tip, into, history)
    arrived = arrival(history, tip) if history else None
    if history is not None and arrived is not None and is_reverted(history, arrived):
        return None
    if arrived is not None and arrived.id != tip:
        return Merged(short(into), "merge", arrived.id, arrived.when)
    if history is None or not _had_commits(git, ref, history):
        return None
    last = next((one for one in history.commits if one.id == tip), None)
    return Merged(short(into), "fast-forward", earliest=last.when if last else None)


def _holds(history: History | None, target: str, tip: str) -> bool | None:
    """Tell whether a branch at ``target`` holds a commit, as far as its commits show it."""
    if tip == target:
        return True
    if history is None or history.tip != target:
        return None
    if any(one.id == tip for one in history.commits):
        return True
    return False if history.is_all else None


def _had_commits(git: Git, ref: str, held: History) -> bool:
    """Tell whether somebody made some of the commits ``held`` on a branch here.

    By its own log (git-reflog(1)). Commits that were thrown away are in it too.
    """
    answer = git.ask("log", "-g", "--format=%H %gs", "--max-count=1000", ref, "--")
    ids = {one.id for one in held.commits}
    entries = (line.partition(" ") for line in os.fsdecode(answer or b"").split("\n"))
    return any(commit in ids and _OWN_COMMIT.match(said) for commit, _, said in entries)


# --- squashed and rebased ------------------------------------------------------------------------


def _alike(git: Git, tip: str, into: str, history: History) -> Merged | None:
    """Look for the changes of a branch in another one's commits, by their patch ids."""
    what = "whether branches are merged"
    answer = git.ask("merge-base", tip, history.tip, what=what)
    base = os.fsdecode(answer or b"").strip()
    if base in ("", history.tip, tip):  # nothing came since, or the branch has nothing of its own
        return None
    if base not in {one.id for one in history.commits}:
        return None  # too much came since to be compared
    marked = git.ask(
        "rev-list", "--cherry-mark", "--left-right", "--no-merges", f"{tip}...{history.tip}", "--",
        what=what,
    )  # fmt: skip
    lines = os.fsdecode(marked or b"").split("\n")[:-1]
    if lines and not any(line.startswith("<") for line in lines):
        by_id = {one.id: one for one in history.commits}
        equal = [by_id[line[1:]] for line in lines if line[0] == "=" and line[1:] in by_id]
        newest = max(equal, key=lambda one: one.when, default=None)
        if newest is not None and not is_reverted(history, newest):
            how = "squash" if len(equal) == 1 else "rebase"
            return Merged(short(into), how, newest.id, newest.when)
    squashed = _squashed(git, tip, base, into)
    return (
        None
        if squashed is None or is_reverted(history, squashed)
        else Merged(short(into), "squash", squashed.id, squashed.when)
    )


def _squashed(git: Git, tip: str, base: str, into: str) -> Commit | None:
    """Look for one commit that changes what all of a branch's commits change."""
    what = "whether branches are merged"
    paths = git.ask("diff-tree", "-r", "-z", "--no-renames", "--name-only", base, tip, what=what)
    touched = parse_paths(paths or b"")
    if not touched:
        return None
    log = git.ask(
        "log", "-z", f"--format={COMMIT}", "--name-status", "--no-renames", "--full-diff",
        "--no-merges", f"--max-count={queries.MOST_COMMITS}", f"{base}..{into}", "--",
        f":(top,literal){touched[0]}", what=what,
    )  # fmt: skip
    same = [one for one in parse_commits(log or b"") if one.paths == frozenset(touched)]
    if not same:
        return None
    wanted = _patch_id(git, base, tip)
    for one in same[:_MOST_CANDIDATES]:
        if wanted is not None and _patch_id(git, *_change(one)) == wanted:
            return one
    return None


def _change(commit: Commit) -> tuple[str, ...]:
    return (commit.parents[0], commit.id) if commit.parents else ("--root", commit.id)


def _patch_id(git: Git, *change: str) -> bytes | None:
    """Return what tells a change from others, wherever its lines stand (git-patch-id(1))."""
    what = "whether branches are merged"
    patch = git.ask(
        "diff-tree", "-p", "-r", "--no-commit-id", "--no-renames", "--no-ext-diff",
        "--no-textconv", "--full-index", *change, what=what,
    )  # fmt: skip
    if not patch:
        return None
    answer = git.ask("patch-id", "--stable", stdin=patch, what=what)
    return answer.split(b" ")[0] if answer else None
