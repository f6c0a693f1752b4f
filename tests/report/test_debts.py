"""What a conversation leaves undone, and when that is paid."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from helpers import ago, session_text
from session_hooks.documents.formats import handoff, journal, session
from session_hooks.documents.formats import next as next_session
from session_hooks.documents.model import Document, Scan, Unread
from session_hooks.evidence.model import Commit, GitFacts, View, Work
from session_hooks.memory.model import Archived, Conversation, Debt, DebtKind
from session_hooks.report.debts import MAX_AGE, Span, find_debts, merge_debts, paid_debts

NOW = ago(seconds=0)
BEGAN = NOW - timedelta(hours=1)
PATH = ".agents/sessions/20251204-143000-weather.md"
ALL = frozenset({"session", "next", "handoff", "prompt"})


def document(status: str = "in_progress", *, path: str = PATH, **more: Any) -> Document:
    modified = more.pop("modified", BEGAN - timedelta(hours=2))
    text = session_text(status=status, branch=more.pop("branch", None))
    read = session.read(path, text, modified)
    given: dict[str, Any] = {"digest": "d1", "updated": NOW - timedelta(hours=3)} | more
    return read._replace(**given)


def scan(*documents: Document) -> Scan:
    return Scan(documents, (), 0)


def span(*commits: Commit, changed: dict[str, datetime] | None = None, **more: Any) -> Span:
    places = (".agents/sessions", "NEXT_SESSION.md")
    work = Work(commits, changed or {})
    here = Conversation(
        "c1", "/p", "/p", "startup", None, True, None, None, BEGAN, BEGAN, branch_at_start="main"
    )
    return Span(here, NOW, "main", work, places=places, **more)


def commit(minutes: float, *paths: str) -> Commit:
    """A commit made so long ago."""
    return Commit(NOW - timedelta(minutes=minutes), frozenset(paths))


def files(count: int, minutes: float = 10) -> dict[str, datetime]:
    return {f"f{n}": NOW - timedelta(minutes=minutes) for n in range(count)}


VIEW = View(NOW, GitFacts(branch="main"))


def kinds(found: tuple[Debt, ...]) -> list[str]:
    return [debt.kind.value for debt in found]


def test_a_session_file_that_work_left_behind_is_owed_with_what_happened() -> None:
    (debt,) = find_debts(
        span(commit(10), commit(20), changed=files(2)), scan(document()), VIEW, uses=ALL
    )
    assert debt == Debt(
        "/p", DebtKind.NOT_UPDATED, PATH, "c1", NOW, NOW, "d1", "main", commits=2, files=2
    )


@pytest.mark.parametrize(
    ("what", "happened"),
    [
        ("nothing", span()),
        ("files that were changed before", span(changed=files(9, minutes=61))),
    ],
)
def test_nothing_is_owed_where_nothing_happened(what: str, happened: Span) -> None:
    assert find_debts(happened, scan(document()), VIEW, uses=ALL) == ()


@pytest.mark.parametrize(
    ("given", "owes"),
    [
        ({"status": "in_progress"}, True),
        ({"status": "paused"}, False),  # it rests
        ({"status": "paused", "modified": NOW - timedelta(minutes=50)}, True),  # written meanwhile
        ({"status": "completed"}, False),
        ({"status": "in_progress", "branch": "main"}, True),
        ({"status": "in_progress", "branch": "feat/other"}, False),
        ({"status": "wip"}, True),
    ],
)
def test_owed_are_the_files_that_the_work_belongs_into(given: dict[str, Any], owes: bool) -> None:
    found = find_debts(span(commit(10)), scan(document(**given)), VIEW, uses=frozenset())
    assert kinds(found) == (["not_updated"] if owes else [])


def test_what_the_conversation_read_is_owed_before_what_a_start_would_resume() -> None:
    other = ".agents/sessions/20251203-100000-billing.md"
    found = scan(document(), document("paused", path=other))
    for touched, path in (((), PATH), ((other,), other)):
        (debt,) = find_debts(span(commit(10)), found, VIEW, uses=frozenset(), touched=touched)
        assert debt.document == path


def test_what_came_from_elsewhere_meanwhile_neither_pays_nor_owes() -> None:
    other = ".agents/sessions/20251203-100000-billing.md"
    pulled = document(path=other, modified=NOW - timedelta(minutes=5), updated=NOW)
    found, happened = scan(pulled, document()), span(commit(1), delivered=(PATH,))
    (debt,) = find_debts(happened, found, VIEW, uses=frozenset(), touched=())
    assert debt.document == PATH
    # Where it was touched, or nobody knows what was, it counts.
    for touched in ((other,), None):
        owed = find_debts(happened, found, VIEW, uses=frozenset(), touched=touched)
        assert [debt.document for debt in owed] == [other]


def test_a_file_that_another_conversation_works_on_is_not_owed() -> None:
    others = frozenset({PATH})
    assert (
        find_debts(span(commit(10)), scan(document()), VIEW, uses=frozenset(), others=others) == ()
    )


@pytest.mark.parametrize(
    ("what", "happened", "counts"),
    [
        ("the commit of the work that it tells of", [commit(29.5)], None),
        ("a commit that brought it up to date", [commit(5, PATH), commit(6)], None),
        ("a commit after that", [commit(4), commit(5, PATH), commit(6)], (1, 0)),
        ("commits long after its update", [commit(5), commit(6)], (2, 0)),
    ],
)
def test_what_came_before_its_last_update_is_none_of_it(
    what: str, happened: list[Commit], counts: tuple[int, int] | None
) -> None:
    updated = document(modified=NOW - timedelta(minutes=30))
    found = find_debts(span(*happened), scan(updated), VIEW, uses=ALL)
    assert [(debt.commits, debt.files) for debt in found] == ([counts] if counts else [])


@pytest.mark.parametrize(
    ("what", "happened", "uses", "owes"),
    [
        ("a small commit", span(commit(10, "a")), {"handoff"}, False),  # 001 lists it as optional
        (
            "a small commit and what is left",
            span(commit(10, "a"), changed=files(3)),
            {"next"},
            True,
        ),
        ("a commit of many files", span(commit(10, *"abcd")), {"handoff"}, True),
        ("commits", span(commit(9, "a"), commit(10, "a")), {"handoff"}, True),
        ("commits of documents", span(commit(9, PATH), commit(10, PATH)), {"handoff"}, False),
        ("a few files", span(changed=files(3)), {"handoff"}, False),
        ("more than a few", span(changed=files(4)), {"handoff"}, True),
        ("only journals are written here", span(commit(10)), {"journal"}, False),
        ("nothing is written here", span(commit(10)), set(), False),
        ("a pull of what was made before", span(commit(90)), {"next"}, False),
    ],
)
def test_work_without_a_handoff_is_owed_where_the_project_writes_them(
    what: str, happened: Span, uses: set[str], owes: bool
) -> None:
    found = find_debts(happened, scan(), VIEW, uses=frozenset(uses))
    assert kinds(found) == (["no_handoff"] if owes else [])


def test_a_handoff_written_meanwhile_is_enough() -> None:
    written = handoff.read("session-handoffs/2025-10-27-0930-x.md", "# Handoff: X\n", NOW)
    assert find_debts(span(commit(10)), scan(written), VIEW, uses=ALL) == ()
    note = journal.read("sessions/2025-10-27-x.md", "# X\n", NOW)  # a journal is none
    work = span(commit(9), commit(10))
    assert kinds(find_debts(work, scan(note), VIEW, uses=ALL)) == ["no_handoff"]


@pytest.mark.parametrize(
    ("happened", "owes"),
    [(span(commit(10, "a")), True), (span(changed=files(1)), True), (span(), False)],
)
def test_of_a_handoff_of_which_something_is_left_a_small_commit_says_too_little(
    happened: Span, owes: bool
) -> None:
    taken = next_session.read("NEXT_SESSION.md", "# X\n\n## Next Steps\n\n1. Test it\n", BEGAN)
    # Not what stands in a file that was written meanwhile: the span would not have it then.
    written = document(modified=NOW - timedelta(minutes=5), updated=NOW)
    found = find_debts(
        happened._replace(taken=taken), scan(written), VIEW, uses=frozenset({"next"}), touched=()
    )
    assert [(one.kind.value, one.document) for one in found] == (
        [("no_handoff", "NEXT_SESSION.md")] if owes else []
    )


def test_it_is_paid_once_something_speaks_of_all_its_steps() -> None:
    owed = Debt("/p", DebtKind.NO_HANDOFF, "NEXT_SESSION.md", "c1", BEGAN, BEGAN)
    noted = document(modified=NOW, updated=NOW)
    for steps, how in ({"NEXT_SESSION.md": ("Test it",)}, []), ({}, ["written"]):
        paid = paid_debts([owed], scan(noted), (), VIEW, "main", steps=steps)
        assert [one.how for one in paid] == how


def test_a_session_file_that_was_closed_and_deleted_says_that_nothing_is_left() -> None:
    work = (commit(9), commit(10))
    assert find_debts(span(*work, delivered=(PATH,)), scan(), VIEW, uses=ALL) == ()
    gone = frozenset({PATH})
    deleted = Commit(NOW - timedelta(minutes=5), gone, deleted=gone)
    assert find_debts(span(deleted, *work), scan(), VIEW, uses=ALL) == ()


def test_a_commit_that_only_deletes_a_session_file_leaves_no_other_behind() -> None:
    gone = frozenset({".agents/sessions/20251201-000000-done.md"})
    deleted = Commit(NOW - timedelta(minutes=5), gone, deleted=gone)
    assert find_debts(span(deleted), scan(document()), VIEW, uses=ALL) == ()


def test_a_session_file_marked_completed_is_owed_its_deletion() -> None:
    done = document("completed", modified=NOW - timedelta(minutes=1))
    assert kinds(find_debts(span(), scan(done), VIEW, uses=ALL)) == ["completed_left"]


def debt(kind: DebtKind = DebtKind.NOT_UPDATED, **more: Any) -> Debt:
    moment = NOW - timedelta(hours=5)
    path = "" if kind is DebtKind.NO_HANDOFF else PATH
    return Debt("/p", kind, path, "c1", moment, moment, "d1", "main")._replace(**more)


@pytest.mark.parametrize(
    ("one", "documents", "how"),
    [
        (debt(), [document()], None),
        (debt(), [document(digest="d2")], "updated"),
        (debt(), [document("completed", digest="d2")], "closed"),
        (debt(), [], "gone"),
        (debt(branch="feat/x"), [], None),  # on its own branch it may still be
        (debt(first=NOW - MAX_AGE - timedelta(minutes=1)), [document()], "old"),
        (debt(DebtKind.COMPLETED_LEFT), [document("completed")], None),
        (debt(DebtKind.COMPLETED_LEFT), [document()], "updated"),
        (debt(DebtKind.COMPLETED_LEFT), [], "gone"),
        (debt(DebtKind.NO_HANDOFF), [document(modified=NOW - timedelta(hours=6))], None),
        (debt(DebtKind.NO_HANDOFF), [document(modified=NOW)], "written"),
    ],
)
def test_a_debt_is_paid_when_its_file_is_updated_closed_or_gone_or_it_is_old(
    one: Debt, documents: list[Document], how: str | None
) -> None:
    paid = paid_debts([one], scan(*documents), [], VIEW, "main")
    assert [(item.how, item.paid) for item in paid] == ([(how, NOW)] if how else [])


def test_a_handoff_that_was_read_and_is_gone_pays_too() -> None:
    taken = Archived("n", "/p", "NEXT_SESSION.md", "d", "c2", None, NOW - timedelta(hours=1))
    (paid,) = paid_debts([debt(DebtKind.NO_HANDOFF)], scan(), [taken], VIEW, "main")
    assert paid.how == "written"


def test_a_file_that_could_not_be_read_is_not_gone() -> None:
    there = Scan((), (Unread(PATH, "permission denied"),), 0)
    assert paid_debts([debt()], there, [], VIEW, "main") == ()
    assert paid_debts([debt()], Scan((), (), 7), [], VIEW, "main") == ()  # or was not reached


def test_a_debt_that_goes_on_is_as_old_as_it_was() -> None:
    old = debt(first=NOW - timedelta(days=9))
    new = debt(owed=NOW, first=NOW, commits=4)
    (found,) = merge_debts([new], [old])
    assert (found.first, found.owed, found.commits) == (old.first, NOW, 4)
    (found,) = merge_debts([new], [old._replace(document="another")])
    assert found.first == NOW
