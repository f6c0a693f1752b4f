"""What documents claim, held against the repository, as far as that one was asked."""

from collections.abc import Callable, Iterable, Mapping

from session_hooks import standing
from session_hooks.activity import Verdict, judge, written
from session_hooks.branch_names import branch_name
from session_hooks.document import Document
from session_hooks.facts import Branch, Evidence
from session_hooks.formats import read_body
from session_hooks.history import History
from session_hooks.named_things import named_commits, named_paths
from session_hooks.repository import Repository
from session_hooks.ticks import ticks
from session_hooks.values import Value


class Found(Value):
    """What is known of documents, by their paths."""

    evidence: dict[str, Evidence]
    detailed: tuple[str, ...]
    """Which of them were looked into in every detail."""


def of_documents(
    known: Repository,
    documents: Iterable[Document],
    evidence_of: Callable[[Document, bool], Evidence],
) -> Found:
    """Return what is known of each document by its path, of the first in every detail.

    ``evidence_of`` tells it of one, in every detail or not. What is done is told on one line: its
    details would be wanting at the one that leads.
    """
    view, most = known.asked.view, known.asked.detailed
    found: dict[str, Evidence] = {}
    detailed: list[str] = []
    room = most
    for document in documents:
        is_detailed = room is None or room > 0
        found[document.path] = evidence_of(document, is_detailed)
        if is_detailed:
            detailed.append(document.path)
        facts = known.facts._replace(evidence=found)
        is_done = judge(document, view._replace(facts=facts)).verdict is Verdict.DONE
        room = room if room is None or is_done else room - 1
    return Found(found, tuple(detailed))


def evidence(
    known: Repository, document: Document, branches: Mapping[str, Branch], is_detailed: bool
) -> Evidence:
    """Return what is known of one document."""
    branch = branches.get(branch_name(document.branch) or "")
    when = written(document, known.facts, known.asked.now)
    line = line_of(known, branch)
    if line is None:
        return Evidence(when, None, branch)
    stand = standing.stand(document, line, known.facts, when)
    since = standing.since(stand, known.asked.places, known.me)
    unknown = (
        "a shallow clone holds too few commits" if since is None and known.is_shallow else None
    )
    found = Evidence(when, since, branch, unknown=unknown)
    if not is_detailed:
        return found
    found = found._replace(
        paths=named_paths(known, document, stand),
        commits=named_commits(known, document),
        is_off_disk=line is not known.histories["HEAD"] or known.is_sparse,
    )
    return found._replace(ticks=ticks(document, read_body(document), found))


def line_of(known: Repository, branch: Branch | None) -> History | None:
    """Return the commits that a document is to be seen against.

    Those of its own branch, where that is another one that is still worked on; else those of the
    working tree.
    """
    if branch is not None and branch.exists and not branch.merged and known.refs is not None:
        ref = known.refs.local(branch.name) or known.refs.remote(branch.name)
        if ref and not known.stands_here(branch.name) and ref in known.histories:
            return known.histories[ref]
    return known.histories["HEAD"]
