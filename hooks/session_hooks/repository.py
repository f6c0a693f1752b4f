"""A repository as far as it was asked: each history and each tree is read once."""

from collections.abc import Iterable, Mapping

from session_hooks import git_facts, history
from session_hooks.asking import Asked
from session_hooks.facts import Commit, GitFacts, NamedCommit
from session_hooks.git_parse import Refs
from session_hooks.git_run import Git
from session_hooks.history import History
from session_hooks.values import Value


class Files(Value):
    """The paths of a whole tree as one text, each between two NULs: a hundred are looked for in it.

    Sets of fifty thousand paths would take a tenth of a second for each document.
    """

    text: str

    def has(self, path: str) -> bool:
        """Tell whether a path, a file's or a folder's, is one of them."""
        return f"\0{path}\0" in self.text or f"\0{path}/" in self.text

    def ending_in(self, path: str) -> list[str]:
        """Return the paths that end in one that was written without its beginning."""
        found = [path] if f"\0{path}\0" in self.text else []
        tail = f"/{path}\0"
        at = self.text.find(tail)
        while at >= 0:
            found.append(self.text[self.text.rfind("\0", 0, at) + 1 : at + len(tail) - 1])
            at = self.text.find(tail, at + 1)
        return list(dict.fromkeys(found))


def files_of(paths: Iterable[str]) -> Files:
    """Return paths to be looked for."""
    return Files("\0".join(("", *paths, "")))


class Repository(Value):
    """The repository, as far as it was asked."""

    git: Git
    asked: Asked
    facts: GitFacts
    refs: Refs | None
    me: str | None
    """Who works here, by the name in the commits; None where that isn't known."""
    histories: dict[str, History | None]
    """By a branch's full name, or HEAD."""
    trees: dict[str, "Files | None"]
    told: Mapping[str, NamedCommit]
    """What was found out of commits before, by their ids as documents have them."""
    ids: dict[str, str | None]
    """By a commit's id as a document has it: the whole one, None where there is no such commit."""
    is_shallow: bool
    """Whether it ends at commits whose parents it doesn't have."""
    is_sparse: bool
    """Whether not all that git holds is on the disk."""

    def is_checked_out(self, name: str) -> bool:
        """Tell whether a branch is the one that is checked out, given with its remote or not."""
        return self.facts.branch is not None and name.removeprefix("origin/") == self.facts.branch

    def stands_here(self, name: str) -> bool:
        """Tell whether the work on a branch stands at HEAD.

        It is checked out; or no branch is, and HEAD holds all of it: as in a repository of jj, or
        after ``git checkout --detach``, where commits are made beyond the branch.
        """
        if self.facts.branch is not None:
            return self.is_checked_out(name)
        ref = self.refs and (self.refs.local(name) or self.refs.remote(name))
        head = self.histories["HEAD"]
        if not ref or self.refs is None or head is None:
            return False
        tip = self.refs.tips[ref]
        return any(commit.id == tip for commit in head.commits)

    def history_of(self, ref: str) -> History | None:
        """Return the commits of a branch, asked once; not at all where HEAD's tell them."""
        if ref not in self.histories:
            head, tip = self.histories["HEAD"], self.refs.tips.get(ref) if self.refs else None
            found = history.of_one_that_is_held(head, tip) if head and tip else None
            if found is None:
                what = f"the commits of {ref}"
                found = git_facts.history(self.git, self.asked.project, ref, what)
            self.histories[ref] = found
        return self.histories[ref]

    def files_at(self, commit: Commit) -> "Files | None":
        """Return the paths that there were at a commit, asked once."""
        if commit.id not in self.trees:
            paths = git_facts.paths_at(self.git, commit.id)
            self.trees[commit.id] = None if paths is None else files_of(paths)
        return self.trees[commit.id]
