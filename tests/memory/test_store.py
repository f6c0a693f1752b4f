import itertools
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

from helpers import ROOT, STRESS, in_processes
from session_hooks.memory import database
from session_hooks.memory.database import MIGRATIONS, NAME
from session_hooks.memory.model import (
    Archived,
    Claim,
    Compacted,
    Conversation,
    Debt,
    DebtKind,
    Delivery,
)
from session_hooks.memory.store import NewerSchemaError, NoRowError, Store
from session_hooks.util.deadline import OutOfTimeError

P = ParamSpec("P")
T = TypeVar("T")
DATA = ROOT / "tests" / "data"
NOW = datetime(2025, 12, 4, 14, 30, 15, 123000, UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SHOP, OTHER = "/work/shop", "/work/other"
NOT_UTF_8 = os.fsdecode(b"/work/caf\xe9\n")
ODD_TEXTS = ("", "a\x00b", "Ünïcode ✓ \U0001f600", NOT_UTF_8, "half a pair \ud83d", "'; --")


def conversation(name: str = "one", project: str = SHOP, **more: Any) -> Conversation:
    given = {
        "worktree": project, "source": "startup", "agent": None, "attended": True,
        "process": "boot pid:[1] 7 99", "transcript": f"/t/{name}.jsonl", "began": NOW,
        "resumed": NOW,
    }  # fmt: skip
    return Conversation(name, project, **{**given, **more})


def archived(name: str = "20251204T143015.000000Z-NEXT_SESSION.md", **more: Any) -> Archived:
    given: dict[str, Any] = {
        "project": SHOP, "former": "NEXT_SESSION.md", "digest": "ab12", "conversation": "one",
        "hook": "boot pid:[1] 8 99", "taken": NOW,
    }  # fmt: skip
    return Archived(name, **{**given, **more})


def debt(document: str = ".agents/sessions/a.md", **more: Any) -> Debt:
    given: dict[str, Any] = {
        "project": SHOP, "kind": DebtKind.NOT_UPDATED, "conversation": "one", "owed": NOW,
        "first": NOW,
    }  # fmt: skip
    return Debt(document=document, **{**given, **more})


def delivery(document: str = "/work/shop/a.md", **more: Any) -> Delivery:
    given: dict[str, Any] = {
        "conversation": "one", "digest": "ab12", "when": NOW, "source": "startup"
    }  # fmt: skip
    return Delivery(document=document, **{**given, **more})


def claim(**more: Any) -> Claim:
    given: dict[str, Any] = {
        "event": "SessionStart", "conversation": "one", "detail": "startup", "mark": "7",
        "when": NOW,
    }  # fmt: skip
    return Claim(**{**given, **more})


def fill(
    store: Store,
    deliveries: Iterable[Delivery] = (),
    archive: Iterable[Archived] = (),
    conversations: Iterable[Conversation] = (),
    debts: Iterable[Debt] = (),
) -> None:
    """Write rows as hooks do: a debt is owed before it is paid."""
    for row in conversations:
        assert store.record_event(claim(mark=None), row)
    for owed in debts:
        store.record(debts=[owed._replace(paid=None, how=None)])
        store.record(debts=[owed] if owed.paid else [])
    store.record(deliveries, archive)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "state")


@pytest.fixture
def store(folder: str) -> Iterator[Store]:
    with closing(Store(folder)) as opened:
        yield opened


class TestValues:
    FULL = conversation(
        agent="reviewer", attended=False, branch_at_start="main", head_at_start="a" * 40,
        ended=NOW + MINUTE, reason="prompt_input_exit", had_prompt=True, branch_at_end="feat/x",
        head_at_end="b" * 40, forked_from="zero",
    )  # fmt: skip
    BARE = Conversation("two", SHOP, None, None, None, True, None, None, NOW, NOW)

    @pytest.mark.parametrize("row", [FULL, BARE, BARE._replace(had_prompt=False)])
    def test_a_conversation_comes_back_as_it_was(self, row: Conversation, store: Store) -> None:
        assert store.record_event(claim(), row)
        assert store.recall(SHOP, row.id).own == row
        assert store.log().conversations == (row,)

    @pytest.mark.parametrize(
        "row",
        [
            archived(),
            archived(hook=None, delivered=NOW + MINUTE, settled=NOW + DAY, how="prompted"),
        ],
    )
    def test_an_archived_document_comes_back_as_it_was(self, row: Archived, store: Store) -> None:
        store.record(archived=[row])
        assert store.log().archived == (row,)

    @pytest.mark.parametrize("kind", DebtKind)
    def test_a_debt_comes_back_as_it_was(self, kind: DebtKind, store: Store) -> None:
        row = debt(
            "", kind=kind, digest="cd", branch="main", commits=3, files=5, paid=NOW, how="waived",
            first=NOW - DAY,
        )  # fmt: skip
        fill(store, debts=[row])
        assert store.log().debts == (row,)

    @pytest.mark.parametrize("source", ["resume", None])
    def test_a_delivery_comes_back_as_it_was(self, source: str | None, store: Store) -> None:
        row = delivery(source=source)
        store.record([row])
        assert store.recall(SHOP, "one").told == (row,)

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_every_text_comes_back_and_is_found_again(self, text: str, store: Store) -> None:
        own = conversation(
            text, text, worktree=text, branch_at_end=text, ended=NOW, had_prompt=True
        )
        taken = archived(text, project=text, former=text, conversation=text)
        owed = debt(text, project=text, conversation=text)
        told = delivery(text, conversation=text)
        given = claim(conversation=text, detail=text)
        assert store.record_event(given, own, taking=[taken])
        store.record(debts=[owed])
        assert not store.record_event(given, own)
        store.record([told])
        summary = Compacted(text, NOW, summary=text, document=text, asked=1, missing=text)
        store.save_compaction(summary)
        assert store.take_compaction(text, NOW) == summary
        assert store.take_compaction(text, NOW) is None
        summary = summary._replace(summary=None)
        store.save_compaction(summary)
        past = store.recall(text, text)
        assert (past.own, past.takers) == (own, (own,))
        assert (past.unsettled, past.owing, past.told) == ((taken,), (owed,), (told,))
        assert store.recall(text, "someone else").last == own
        assert store.log(text) == ((own,), (told,), (summary,), (owed,), (taken,))
        store.forget_archived([text])
        assert store.log(text).archived == ()

    def test_two_paths_that_print_alike_stay_two(self, store: Store) -> None:
        printed = NOT_UTF_8.encode("utf-8", "backslashreplace").decode()
        rows = {conversation("one", NOT_UTF_8), conversation("two", printed)}
        fill(store, conversations=rows)
        assert set(store.log().conversations) == rows
        assert [row.id for row in store.log(printed).conversations] == ["two"]

    @pytest.mark.parametrize(
        "moment",
        [
            datetime(1969, 12, 31, 23, 59, 59, 999000, UTC),
            datetime(1, 1, 2, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999000, UTC),
            datetime(2025, 3, 30, 2, 30, tzinfo=UTC),
        ],
    )
    def test_every_time_comes_back(self, moment: datetime, store: Store) -> None:
        fill(store, conversations=[conversation(began=moment, ended=moment)])
        (row,) = store.log().conversations
        assert (row.began, row.ended) == (moment, moment)

    def test_a_time_of_any_zone_comes_back_in_utc(self, store: Store) -> None:
        elsewhere = NOW.astimezone(tz=datetime.strptime("+0530", "%z").tzinfo)
        fill(store, conversations=[conversation(began=elsewhere)])
        (row,) = store.log().conversations
        assert row.began == NOW
        assert row.began.tzinfo is UTC

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE conversation SET began = 'yesterday'",
            "UPDATE conversation SET transcript = x'ff'",
            "UPDATE conversation SET transcript = CAST(x'ff' AS TEXT)",
            "UPDATE debt SET kind = 'unheard of'",
            "UPDATE conversation SET began = 9223372036854775807",
            "UPDATE conversation SET began = -9223372036854775807",
        ],
    )
    def test_a_row_of_nonsense_is_an_error_of_the_database(
        self, damage: str, folder: str, store: Store
    ) -> None:
        store.record_event(claim(), conversation())
        store.record(debts=[debt()])
        with closing(sqlite3.connect(Path(folder, NAME), isolation_level=None)) as other:
            other.execute(damage)
        with pytest.raises(NoRowError) as raised:
            store.log()
        assert raised.value.sqlite_errorcode == sqlite3.SQLITE_CORRUPT
        store.check()


class TestClaims:
    @pytest.mark.parametrize(
        ("second", "is_new"),
        [
            (claim(), False),
            (claim(when=NOW + timedelta(seconds=2)), False),
            (claim(when=NOW - timedelta(seconds=2)), False),
            (claim(when=NOW + timedelta(seconds=2, milliseconds=1)), True),
            (claim(when=NOW - DAY), True),
            (claim(mark="8"), True),
            (claim(detail="resume"), True),
            (claim(event="SessionEnd"), True),
            (claim(conversation="two"), True),
        ],
    )
    def test_one_event_is_claimed_once(self, second: Claim, is_new: bool, store: Store) -> None:
        assert store.record_event(claim(), conversation())
        after = conversation(source="second")
        noted = store.record_event(second, after, taking=[archived()])
        assert noted is is_new
        # What another handler has claimed is not noted in part either.
        assert bool(store.log().archived) is is_new
        own = store.recall(SHOP, "one").own
        assert own is not None
        assert own.source == ("second" if is_new else "startup")

    def test_without_the_clients_process_nothing_is_held_back(self, store: Store) -> None:
        assert all(store.record_event(claim(mark=None), conversation()) for _ in range(3))

    def test_the_time_counts_from_the_first_of_them(self, store: Store) -> None:
        offsets = (0, 1.5, 2.5, 4, 4.6)
        noted = [
            store.record_event(claim(when=NOW + timedelta(seconds=offset)), conversation())
            for offset in offsets
        ]
        assert noted == [True, False, True, False, True]

    def test_of_two_connections_one_gets_it(self, folder: str) -> None:
        with closing(Store(folder)) as one, closing(Store(folder)) as two:
            assert one.record_event(claim(), conversation())
            assert not two.record_event(claim(), conversation())


class TestRecall:
    def test_an_empty_memory_knows_nothing(self, store: Store) -> None:
        past = store.recall(SHOP, "one")
        assert past == type(past)()
        assert store.recall(SHOP, None) == past
        assert not any(store.log())

    def test_the_open_ones_are_all_others_without_an_end_the_latest_first(
        self, store: Store
    ) -> None:
        rows = {
            name: conversation(name, project, resumed=NOW + MINUTE * number)
            for number, (name, project) in enumerate(
                [("one", SHOP), ("two", SHOP), ("three", OTHER)]
            )
        }
        ended = conversation("ended", ended=NOW)
        fill(store, conversations=[*rows.values(), ended])
        assert store.recall(SHOP, "one").open == (rows["three"], rows["two"])
        assert store.recall(SHOP, None).open == (rows["three"], rows["two"], rows["one"])

    def test_what_is_owed_in_this_project_the_latest_first(self, store: Store) -> None:
        old, new = debt("a.md"), debt("b.md", owed=NOW + MINUTE, conversation="two")
        paid, elsewhere = debt("c.md", paid=NOW, how="updated"), debt("d.md", project=OTHER)
        fill(store, debts=[old, new, paid, elsewhere])
        assert store.recall(SHOP, None).owing == (new, old)

    def test_a_debt_of_the_same_document_is_the_same_one(self, store: Store) -> None:
        fill(store, debts=[debt(commits=1)])
        again = debt(commits=4, owed=NOW + DAY, conversation="two")
        store.record(debts=[again])
        assert store.log().debts == (again,)
        store.record(debts=[again._replace(paid=NOW + DAY, how="waived")])
        assert store.recall(SHOP, None).owing == ()
        fill(store, debts=[debt(kind=DebtKind.COMPLETED_LEFT), debt("", kind=DebtKind.NO_HANDOFF)])
        assert len(store.log().debts) == 3

    def test_what_was_taken_from_this_project_and_by_whom(self, store: Store) -> None:
        old, new = archived("a"), archived("b", taken=NOW + MINUTE, conversation="two")
        read = archived("c", settled=NOW, how="prompted", conversation="three")
        elsewhere = archived("d", project=OTHER, conversation="four")
        names = ("one", "two", "three", "four")
        takers = {name: conversation(name, ended=NOW) for name in names}
        fill(store, archive=[old, new, read, elsewhere], conversations=takers.values())
        past = store.recall(SHOP, "five")
        assert past.unsettled == (new, old)
        assert set(past.takers) == {takers["one"], takers["two"]}
        assert past.has_archive
        assert not store.recall("/work/third", "five").has_archive
        assert store.settled_names() == {"c"}

    def test_those_that_owe_are_told_with_what_they_owe(self, store: Store) -> None:
        fill(store, debts=[debt("a.md"), debt("b.md")], conversations=[conversation(ended=NOW)])
        assert [taker.id for taker in store.recall(SHOP, None).takers] == ["one"]

    def test_a_long_memory_is_recalled(self, store: Store) -> None:
        rows = [archived(f"{number}", conversation=f"{number}") for number in range(2000)]
        fill(
            store, archive=rows, conversations=[conversation(f"{number}") for number in range(2000)]
        )
        past = store.recall(SHOP, None)
        assert (len(past.unsettled), len(past.takers), len(past.open)) == (2000, 2000, 200)

    def test_the_latest_text_of_each_document_was_told(self, store: Store) -> None:
        first, other = delivery("a.md", digest="1"), delivery("b.md", digest="2")
        second = delivery("a.md", digest="3", when=NOW + MINUTE)
        at_once = delivery("a.md", digest="4", when=NOW + MINUTE)
        strangers = delivery("a.md", digest="5", when=NOW + DAY, conversation="two")
        store.record([first, other, second, at_once, strangers])
        assert set(store.recall(SHOP, "one").told) == {other, at_once}

    @pytest.mark.parametrize("is_named", [True, False])
    def test_a_fork_was_told_what_its_parent_was(self, is_named: bool, store: Store) -> None:
        parents = [delivery("a.md", digest="1", conversation="p"), delivery(conversation="p")]
        own = delivery("a.md", digest="2", when=NOW - DAY)
        row = conversation(forked_from=None if is_named else "p")
        store.record_event(claim(), row)
        store.record([*parents, own])
        told = store.recall(SHOP, "one", "p" if is_named else None).told
        assert set(told) == {own, parents[1]}

    def test_the_last_one_is_the_one_here_that_ended_last_and_somebody_spoke_in(
        self, store: Store
    ) -> None:
        ends = {"one": 9, "two": 2, "three": 5, "four": None}
        for name, minutes in ends.items():
            ended = None if minutes is None else NOW + MINUTE * minutes
            store.record_event(
                claim(conversation=name), conversation(name, ended=ended, had_prompt=True)
            )
        store.record_event(claim(conversation="x"), conversation("x", OTHER, ended=NOW + DAY))
        silent = conversation("silent", ended=NOW + DAY, had_prompt=False)
        store.record_event(claim(conversation="silent"), silent)
        last = store.recall(SHOP, "one").last
        assert last is not None
        assert last.id == "three"
        last = store.recall(SHOP, None).last
        assert last is not None
        assert last.id == "one"


def test_the_log_is_newest_first_of_one_project_or_all(
    store: Store,
) -> None:
    for number, project in enumerate((SHOP, SHOP, OTHER)):
        when, name = NOW + MINUTE * number, f"{number}"
        fill(
            store,
            [delivery(name, conversation=name, when=when)],
            [archived(name, project=project, taken=when)],
            [conversation(name, project, resumed=when)],
            [debt(name, project=project, owed=when)],
        )
    log = store.log()
    assert [row.id for row in log.conversations] == ["2", "1", "0"]
    assert [row.document for row in log.deliveries] == ["2", "1", "0"]
    assert [row.document for row in log.debts] == ["2", "1", "0"]
    assert [row.name for row in log.archived] == ["2", "1", "0"]
    here = store.log(SHOP)
    assert [row.id for row in here.conversations] == ["1", "0"]
    assert [row.document for row in here.deliveries] == ["1", "0"]
    assert [row.document for row in here.debts] == ["1", "0"]
    assert [row.name for row in here.archived] == ["1", "0"]


class TestPrune:
    AGE = timedelta(days=90)
    OLD = NOW - timedelta(days=91)

    def prune(self, store: Store, now: datetime = NOW) -> bool:
        return store.prune(now, self.AGE, DAY)

    def test_what_is_old_and_told_is_forgotten(self, store: Store) -> None:
        store.record_event(
            claim(when=self.OLD), conversation("old", resumed=self.OLD, ended=self.OLD)
        )
        fill(
            store,
            [delivery(conversation="old", when=self.OLD)],
            [archived(settled=self.OLD, how="again", conversation="old")],
            debts=[debt(paid=self.OLD, how="updated", conversation="old")],
        )
        assert self.prune(store)
        assert not any(store.log())
        assert store.record_event(claim(when=self.OLD), conversation())

    def test_what_nobody_read_and_what_is_owed_is_kept_with_its_conversation(
        self, store: Store
    ) -> None:
        taken = archived(taken=self.OLD, delivered=self.OLD, conversation="taker")
        owed = debt(owed=self.OLD, first=self.OLD, conversation="debtor")
        rows = [
            conversation(name, resumed=self.OLD, ended=self.OLD) for name in ("taker", "debtor")
        ]
        told = delivery(conversation="taker", when=self.OLD)
        fill(store, [told], [taken], rows, [owed])
        assert self.prune(store)
        log = store.log()
        assert set(log.conversations) == set(rows)
        assert (log.deliveries, log.debts, log.archived) == ((told,), (owed,), (taken,))

    def test_what_is_young_is_kept(self, store: Store) -> None:
        ends = conversation("ends", resumed=self.OLD, ended=NOW)
        goes_on = conversation("goes on", began=self.OLD, resumed=NOW)
        told = delivery(conversation="goes on", when=self.OLD)
        read, paid = archived(settled=NOW, how="prompted"), debt(paid=NOW, how="updated")
        fill(store, [told], [read], [ends, goes_on], [paid])
        assert self.prune(store)
        log = store.log()
        assert set(log.conversations) == {ends, goes_on}
        assert (log.deliveries, log.debts, log.archived) == ((told,), (paid,), (read,))

    def test_it_is_done_once_in_a_while(self, store: Store) -> None:
        moments = (NOW, NOW + MINUTE, NOW + DAY, NOW + DAY + MINUTE)
        assert [self.prune(store, moment) for moment in moments] == [True, False, True, False]
        assert self.prune(store, NOW - DAY)  # the clock was set back

    def test_checking_leaves_nothing_behind(self, store: Store) -> None:
        before = list(store._connection.iterdump())
        store.check()
        assert list(store._connection.iterdump()) == before
        store._connection.execute("PRAGMA query_only = 1")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store.check()


class TestFile:
    @pytest.mark.parametrize("umask", ["000", "022", "077"])
    def test_only_the_owner_reads_it(self, umask: str, folder: str) -> None:
        # The journal is there in the midst of a transaction only.
        code = (
            "import os, stat, sys; from session_hooks.memory.store import Store\n"
            f"os.umask(0o{umask}); store = Store({folder!r})\n"
            "with store.transaction():\n"
            "    store._connection.execute(\"INSERT INTO chore VALUES ('x', 0)\")\n"
            f"    for path in [{folder!r}, *(os.path.join({folder!r}, name)"
            f" for name in sorted(os.listdir({folder!r})))]:\n"
            "        print(oct(stat.S_IMODE(os.stat(path).st_mode)))\n"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert ran.stdout.split() == [b"0o700", b"0o600", b"0o600"]

    @pytest.mark.parametrize("exists", [True, False])
    def test_a_link_in_its_place_is_refused(
        self, exists: bool, folder: str, tmp_path: Path
    ) -> None:
        target = tmp_path / "target"
        if exists:
            target.write_bytes(b"mine")
        Path(folder).mkdir()
        Path(folder, NAME).symlink_to(target)
        with pytest.raises(OSError, match=NAME):
            Store(folder)
        assert target.exists() is exists
        assert not exists or target.read_bytes() == b"mine"

    @pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
    def test_what_is_no_file_is_refused(self, make: Any, folder: str) -> None:
        Path(folder).mkdir()
        make(os.path.join(folder, NAME))
        with pytest.raises(OSError, match=NAME):
            Store(folder)

    def test_what_was_noted_is_there_when_it_is_opened_again(self, folder: str) -> None:
        with closing(Store(folder)) as store:
            store.record_event(claim(), conversation())
        with closing(Store(folder)) as store:
            assert store.recall(SHOP, "one").own == conversation()

    def test_all_worktrees_processes_see_each_others_notes_at_once(self, folder: str) -> None:
        with closing(Store(folder)) as one, closing(Store(folder)) as two:
            one.record_event(claim(), conversation())
            assert two.recall(SHOP, None).open == (conversation(),)


class TestAtOnce:
    ROUNDS = 200 if STRESS else 25

    def test_eight_processes_lose_nothing(self, folder: str) -> None:
        def write(number: int) -> None:
            with closing(patiently(Store, folder)) as store:
                for turn in range(self.ROUNDS):
                    name = f"{number}-{turn}"
                    given, row = claim(conversation=name), conversation(name)
                    taking, owing = [archived(name)], [debt(name)]
                    patiently(store.record_event, given, row, taking=taking)
                    patiently(store.record, debts=owing)
                    patiently(store.record, [delivery(name, conversation=name)])

        in_processes(write, 8)
        with closing(Store(folder)) as store:
            log = store.log()
        expected = {f"{n}-{turn}" for n in range(8) for turn in range(self.ROUNDS)}
        assert {row.id for row in log.conversations} == expected
        assert {row.document for row in log.deliveries} == expected
        assert len(log.deliveries) == len(expected)
        assert {row.document for row in log.debts} == expected
        assert {row.name for row in log.archived} == expected

    def test_of_eight_handlers_of_one_event_one_speaks(self, folder: str) -> None:
        Store(folder).close()

        def speak(number: int) -> None:
            with closing(patiently(Store, folder)) as store:
                for turn in range(self.ROUNDS):
                    given, row = claim(conversation=f"{turn}"), conversation(f"{turn}")
                    if patiently(store.record_event, given, row):
                        told = delivery(str(number), conversation=f"{turn}")
                        patiently(store.record, [told])

        in_processes(speak, 8)
        with closing(Store(folder)) as store:
            assert len(store.log().deliveries) == self.ROUNDS

    @pytest.mark.parametrize("turn", range(20 if STRESS else 3))
    def test_eight_processes_begin_it_at_once(self, turn: int, folder: str) -> None:
        def begin(number: int) -> None:
            with closing(patiently(Store, folder)) as store:
                given, row = claim(conversation=str(number)), conversation(str(number))
                assert patiently(store.record_event, given, row)

        in_processes(begin, 8)
        with closing(Store(folder)) as store:
            assert len(store.log().conversations) == 8


def patiently(what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it again as long as another process has the database: that alone loses nothing."""
    while True:
        try:
            return what(*args, **kwargs)
        except sqlite3.OperationalError as error:
            assert error.sqlite_errorcode == sqlite3.SQLITE_BUSY  # noqa: PT017


class TestFailures:
    @pytest.fixture(autouse=True)
    def something_in_it(self, store: Store) -> None:
        store.record_event(claim(), conversation(), taking=[archived()])
        store.record(debts=[debt()])

    @pytest.fixture
    def alarm(self) -> Iterator[None]:
        def expire(*_: object) -> None:
            raise OutOfTimeError

        before = signal.signal(signal.SIGALRM, expire)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    def test_the_hooks_time_limit_leaves_it_usable(
        self, store: Store, folder: str, alarm: None
    ) -> None:
        """At many moments of a transaction, each of which is then there whole or not at all."""
        for turn in range(1000 if STRESS else 150):
            names = [f"{turn}-{number}" for number in range(20)]
            rows = [archived(name, settled=NOW) for name in names]
            cut = False
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-5 + turn % 150 * 5e-6)
                store.record(archived=rows)
                time.sleep(0.005)
            except OutOfTimeError:
                cut = True
            except sqlite3.OperationalError as error:
                # It came within the function that SQLite asks whether to go on: no exception
                # passes that, and SQLite says in its own words that it stopped.
                cut = str(error) == "interrupted"
            assert cut
            store.check()
        with closing(Store(folder)) as other:
            other.check()  # nothing is locked
            found = [row.name for row in other.log().archived if row.settled]
            turns = [list(names) for _, names in itertools.groupby(sorted(found), key=_turn)]
            assert {len(names) for names in turns} <= {20}

    def test_a_full_database_says_so_and_stays_whole(self, store: Store, folder: str) -> None:
        before = store.log()
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        long = conversation("two", transcript="x" * 100_000)
        with pytest.raises(sqlite3.OperationalError, match="full") as raised:
            store.record_event(claim(conversation="two"), long, taking=[archived("b")])
        assert raised.value.sqlite_errorcode == sqlite3.SQLITE_FULL
        assert store.log() == before
        with closing(Store(folder)) as other:
            assert other.log() == before
            assert other.record_event(claim(conversation="two"), long)
            whole = other._connection.execute("PRAGMA integrity_check").fetchall()
            assert whole == [("ok",)]

    def test_while_another_process_writes_it_fails_within_its_time(
        self, store: Store, folder: str
    ) -> None:
        with closing(sqlite3.connect(Path(folder, NAME), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                store.record([delivery()])
            assert time.monotonic() - began < 0.5
            assert store.recall(SHOP, "one").own == conversation()
            other.execute("ROLLBACK")
        store.record([delivery()])
        assert store.log().deliveries == (delivery(),)

    def test_a_commit_that_has_to_wait_too_long_is_undone(self, store: Store, folder: str) -> None:
        with closing(sqlite3.connect(Path(folder, NAME), isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM conversation").fetchall()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                store.record([delivery()])
            reader.execute("COMMIT")
        assert store.log().deliveries == ()
        store.record([delivery()])
        assert store.log().deliveries == (delivery(),)

    def test_a_short_transaction_of_another_is_waited_for(self, store: Store, folder: str) -> None:
        other = sqlite3.connect(Path(folder, NAME), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.05, other.execute, ["COMMIT"])
        timer.start()
        try:
            store.record([delivery()])
        finally:
            timer.join()
            other.close()
        assert store.log().deliveries == (delivery(),)


def _turn(name: str) -> str:
    return name.partition("-")[0]


def test_of_what_git_knew_the_last_answer_is_kept_for_a_while(store: Store) -> None:
    for project, key in (("/a", "one"), ("/a", "two"), ("/b", "one")):
        store.save_gathered(project, key, key, NOW)
    assert store.load_gathered("/a") == ("two", "two")
    assert store.load_gathered("/b") == ("one", "one")
    assert store.prune(NOW + 91 * DAY, 90 * DAY, DAY)
    assert store.load_gathered("/a") is None


def test_a_prepared_answer_is_kept_for_a_while_where_nobody_else_wrote(
    store: Store, folder: str
) -> None:
    def starts() -> list[str]:
        return [row for (row,) in store._connection.execute("SELECT start FROM prepared")]

    store.record_event(claim(), conversation())
    store.save_prepared("one", SHOP, "one", {}, NOW)
    assert store.prune(NOW + 89 * DAY, 90 * DAY, DAY)
    assert starts() == ["one"]
    assert store.prune(NOW + 91 * DAY, 90 * DAY, DAY)
    assert starts() == []
    with closing(Store(folder)) as other:
        other.record_event(claim(conversation="two"), conversation("two"))
    store.save_prepared("one", SHOP, "one", {}, NOW)
    assert starts() == []


class TestSchema:
    """``data/state-1.db`` was written by version 1 of the schema, in the way of ``example``.

    It was made with: python -c "import test_store as t; t.example(t.Store('data'))", in this
    folder, and renamed from state.db. It is never made again: what people have is what it holds.
    """

    ROWS = (
        (
            TestValues.BARE._replace(resumed=NOW + MINUTE),
            TestValues.FULL,
            conversation("three", NOT_UTF_8, resumed=NOW - MINUTE),
        ),
        (delivery("/work/shop/b.md", when=NOW + MINUTE, conversation="two"), delivery()),
        (),
        (
            debt(owed=NOW + MINUTE, commits=3, files=5, branch="main", digest="cd"),
            debt("", kind=DebtKind.NO_HANDOFF),
            debt("c.md", kind=DebtKind.COMPLETED_LEFT, owed=NOW - MINUTE, paid=NOW, how="waived"),
        ),
        (
            archived("b", taken=NOW + MINUTE, conversation="two"),
            archived("a", delivered=NOW, settled=NOW + MINUTE, how="prompted"),
        ),
    )

    def test_what_git_knew_finds_its_place_in_a_database_of_version_1(self, old: str) -> None:
        with closing(Store(old)) as store:
            assert store.load_gathered("/work/shop") is None
            store.save_gathered("/work/shop", "key", "[]", NOW)
        with closing(Store(old)) as store:
            assert store.load_gathered("/work/shop") == ("key", "[]")

    NEXT = (
        *MIGRATIONS,
        "ALTER TABLE conversation ADD COLUMN weather TEXT NOT NULL DEFAULT 'fine';"
        "CREATE TABLE shelf (name TEXT PRIMARY KEY);"
        "INSERT INTO shelf SELECT name FROM archive;",
    )

    @pytest.fixture
    def old(self, folder: str) -> str:
        Path(folder).mkdir()
        shutil.copy(DATA / "state-1.db", Path(folder, NAME))
        return folder

    def test_a_database_of_version_1_opens_with_all_its_rows(self, old: str) -> None:
        with closing(Store(old)) as store:
            assert database.version(store._connection) == len(MIGRATIONS)
            assert store.log() == self.ROWS
            assert not store.record_event(claim(), TestValues.FULL)
            assert not store.prune(NOW, DAY, DAY)
            tables = store._connection.execute("SELECT name FROM sqlite_master").fetchall()
            assert ("parsed",) not in tables  # what nothing was ever written to

    def test_it_goes_up_by_one_more_version_and_loses_nothing(self, old: str) -> None:
        with closing(Store(old, migrations=self.NEXT)) as store:
            assert database.version(store._connection) == len(self.NEXT)
            assert store.log() == self.ROWS
            run = store._connection.execute
            assert run("SELECT name FROM shelf ORDER BY name").fetchall() == [("a",), ("b",)]
            assert run("SELECT DISTINCT weather FROM conversation").fetchall() == [("fine",)]
            assert store.record_event(claim(conversation="new"), conversation("new"))

    def test_a_migration_that_fails_changes_nothing(self, old: str) -> None:
        broken = (*self.NEXT, "CREATE TABLE one (x); CREATE TABLE nonsense")
        with pytest.raises(sqlite3.OperationalError):
            Store(old, migrations=broken)
        with closing(Store(old)) as store:
            assert database.version(store._connection) == len(MIGRATIONS)
            assert store.log() == self.ROWS

    @pytest.mark.parametrize("turn", range(10 if STRESS else 2))
    def test_two_processes_migrate_at_once(self, turn: int, old: str) -> None:
        def migrate(number: int) -> None:
            with closing(patiently(Store, old, migrations=self.NEXT)) as store:
                assert patiently(store.log) == self.ROWS

        in_processes(migrate, 2)
        with closing(Store(old, migrations=self.NEXT)) as store:
            assert store.log() == self.ROWS

    def test_a_later_version_is_left_alone_and_the_message_says_what_to_do(self, old: str) -> None:
        Store(old, migrations=self.NEXT).close()
        before = Path(old, NAME).read_bytes()
        with pytest.raises(NewerSchemaError) as raised:
            Store(old)
        message = f"schema {len(self.NEXT)}, known here: {len(MIGRATIONS)}); update the package"
        assert message in str(raised.value)
        assert os.path.join(old, NAME) in str(raised.value)
        assert Path(old, NAME).read_bytes() == before
        assert stat.S_IMODE(os.stat(Path(old, NAME)).st_mode) & stat.S_IRUSR


def example(store: Store) -> None:
    """Write a few rows into every table."""
    conversations, deliveries, _, debts, archive = TestSchema.ROWS
    store.record_event(claim(), conversations[1])
    fill(store, reversed(deliveries), archive, conversations, debts)
    store.prune(NOW, timedelta(days=90), DAY)
    store.record_event(claim(), conversations[1])
    store.close()
