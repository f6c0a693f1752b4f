"""The SQLite store: conversations, deliveries, debts, the archive, caches."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from session_hooks.memory import database
from session_hooks.memory.model import (
    AGAIN,
    GONE,
    WITHOUT_FILE,
    Archived,
    Claim,
    Compacted,
    Conversation,
    Debt,
    DebtKind,
    Delivery,
    Past,
)
from session_hooks.util.lazy import TYPE_CHECKING, Value

if TYPE_CHECKING:
    from typing import Any, TypeVar

    _T = TypeVar("_T")

BUSY_SECONDS = 0.2  # another process's transaction is waited for; a person waits for the hook
MOST_SECONDS = 2.0  # for one transaction

StoreError = sqlite3.Error  # what a store raises, for those that may not import sqlite3


class NewerSchemaError(Exception):
    """The database was written by a later version of this package."""


class NoRowError(sqlite3.DatabaseError):
    """What a row holds is nothing that this package wrote."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class Log(Value):
    """All that is remembered, newest first."""

    conversations: tuple[Conversation, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    compactions: tuple[Compacted, ...] = ()
    debts: tuple[Debt, ...] = ()
    archived: tuple[Archived, ...] = ()


class Store:
    def __init__(
        self,
        folder: str,
        *,
        create: bool = True,
        wait: float = BUSY_SECONDS,
        seconds: float = MOST_SECONDS,
        migrations: tuple[str, ...] = database.MIGRATIONS,
    ) -> None:
        """Bring the schema up to date; raises OSError, sqlite3.Error, or NewerSchemaError."""
        self.path = os.path.join(folder, database.NAME)
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        try:
            self._connection = database.connect(folder, create=create, wait=wait)
            try:
                # A signal does not interrupt SQLite's own code, and a view may never end.
                self._connection.set_progress_handler(
                    lambda: time.monotonic() > self._deadline, 100_000
                )
                self._migrate(folder, migrations)
                self._opened = self._data_version()
            except BaseException:
                self._connection.close()
                raise
        except UnicodeDecodeError as error:
            raise NoRowError(f"{self.path} is no database: {error}") from error

    def close(self) -> None:
        self._connection.close()

    def _migrate(self, folder: str, migrations: tuple[str, ...]) -> None:
        if database.version(self._connection) == len(migrations):
            return
        from session_hooks.memory import former  # once for each database

        with self.transaction():
            version = database.version(self._connection)  # another process may have been faster
            if version > len(migrations):
                raise NewerSchemaError(
                    f"{self.path} was written by a later version of agent-session-hooks "
                    f"(schema {version}, known here: {len(migrations)}); update the package"
                )
            for script in migrations[version:]:
                for statement in script.split(";"):
                    if statement.strip():
                        self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(migrations)}")
            if version <= former.LAST:
                former.take_in(self._connection, folder)
        if version <= former.LAST:
            former.delete(folder)

    @contextlib.contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """Keep every other process from writing meanwhile; one may be within another."""
        self._deadline = time.monotonic() + self._seconds
        is_within_another = self._connection.in_transaction
        if is_within_another:
            yield
            return
        try:
            self._connection.execute(f"BEGIN {kind}")
            yield
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
        except BaseException:  # the hook's own time limit too
            if self._connection.in_transaction:  # SQLite undoes some failed ones by itself
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
            raise

    def recall(self, project: str, conversation: str | None, parent: str | None = None) -> Past:
        with self.transaction("DEFERRED"):
            own = self._rows(Conversation, "WHERE id = ?", (conversation,))
            parent = parent or (own[0].forked_from if own else None)
            told = {
                row.document: row
                for name in (parent, conversation)
                for row in self._rows(
                    Delivery, 'WHERE conversation = ? ORDER BY "when", rowid', (name,)
                )
            }
            taken = self._rows(
                Archived,
                "WHERE conversation = ? AND project = ? AND delivered IS NOT NULL "
                "AND how IS NOT ? ORDER BY taken DESC LIMIT 1",
                (conversation, project, AGAIN),
            )
            told_formats = self._select(
                "SELECT DISTINCT format FROM delivery JOIN conversation ON id = conversation "
                "WHERE project = ? AND format IS NOT NULL",
                (project,),
            )
            first_told = self._select(
                "SELECT conversation, document, min(rowid) FROM delivery WHERE conversation IN "
                "(SELECT id FROM conversation WHERE ended IS NULL) GROUP BY conversation",
                (),
            )
            archived = self._select("SELECT name FROM archive WHERE how IS NOT ?", (GONE,))
            taken_here = self._select("SELECT 1 FROM archive WHERE project = ? LIMIT 1", (project,))
            last = self._rows(
                Conversation,
                "WHERE project = ? AND ended IS NOT NULL AND had_prompt AND id IS NOT ? "
                "ORDER BY ended DESC LIMIT 1",
                (project, conversation),
            )
            return Past(
                own=own[0] if own else None,
                open=self._rows(
                    Conversation,
                    "WHERE ended IS NULL AND id IS NOT ? ORDER BY resumed DESC LIMIT ?",
                    (conversation, database.MOST_OPEN),
                ),
                owing=self._rows(
                    Debt, "WHERE project = ? AND paid IS NULL ORDER BY owed DESC, rowid", (project,)
                ),
                unsettled=self._rows(
                    Archived,
                    "WHERE project = ? AND settled IS NULL ORDER BY taken DESC, name DESC",
                    (project,),
                ),
                takers=self._rows(
                    Conversation,
                    "WHERE id IN "
                    "(SELECT conversation FROM archive WHERE project = ? AND settled IS NULL "
                    "UNION SELECT conversation FROM debt WHERE project = ? AND paid IS NULL)",
                    (project, project),
                ),
                told=tuple(told.values()),
                begun_with={_decode(name): _decode(path) for name, path, _ in first_told},
                taken=next(iter(taken), None),
                last=next(iter(last), None),
                archived=frozenset(_decode(name) for (name,) in archived),
                formats=frozenset(name for (name,) in told_formats),
                has_archive=bool(taken_here),
            )

    def log(self, project: str | None = None) -> Log:
        with self.transaction("DEFERRED"):
            where = "" if project is None else "WHERE project = ?"
            given: tuple[Any, ...] = () if project is None else (project,)
            of_these = f"WHERE conversation IN (SELECT id FROM conversation {where})"  # noqa: S608
            return Log(
                self._rows(Conversation, f"{where} ORDER BY resumed DESC", given),
                self._rows(Delivery, f'{of_these} ORDER BY "when" DESC, rowid DESC', given),
                self._rows(Compacted, f'{of_these} AND asked > 0 ORDER BY "when" DESC', given),
                self._rows(Debt, f"{where} ORDER BY owed DESC", given),
                self._rows(Archived, f"{where} ORDER BY taken DESC, name DESC", given),
            )

    def save_compaction(self, row: Compacted) -> None:
        """Save a compaction of a conversation that is known, in the place of one of its moment."""
        with self.transaction():
            if self.knows(row.conversation):
                self._put(row)

    def take_compaction(self, conversation: str, since: datetime) -> Compacted | None:
        """Return the last compaction whose summary nobody has used; that is kept no longer."""
        with self.transaction():
            found = self._rows(
                Compacted,
                'WHERE conversation = ? AND "when" >= ? AND summary IS NOT NULL '
                'ORDER BY "when" DESC LIMIT 1',
                (conversation, _stamp(since)),
            )
            self._connection.execute(
                "DELETE FROM compaction WHERE summary IS NOT NULL "
                'AND (conversation = ? OR "when" < ?)',
                (_encode(conversation), _stamp(since)),
            )
        return next(iter(found), None)

    def knows(self, conversation: str) -> bool:
        return bool(self._select("SELECT 1 FROM conversation WHERE id = ?", (conversation,)))

    def load_gathered(self, project: str) -> tuple[str, str] | None:
        rows = self._select("SELECT key, facts FROM gathered WHERE project = ?", (project,))
        return next(((str(key), str(facts)) for key, facts in rows), None)

    def settled_names(self) -> frozenset[str]:
        query = "SELECT name FROM archive WHERE settled IS NOT NULL AND how != ?"
        return frozenset(_decode(name) for (name,) in self._select(query, (GONE,)))

    def _rows(self, kind: Callable[..., _T], rest: str, given: tuple[Any, ...]) -> tuple[_T, ...]:
        table, names = _TABLES[kind], kind._fields  # type: ignore[attr-defined]  # a Value's
        decoders = [_DECODERS.get(name, _decode) for name in names]
        query = f"SELECT {_columns(kind)} FROM {table} {rest}"  # noqa: S608  words of this module
        try:
            return tuple(
                kind(
                    *(
                        None if cell is None else decode(cell)
                        for decode, cell in zip(decoders, row, strict=True)
                    )
                )
                for row in self._select(query, given)
            )
        except (ValueError, TypeError, OverflowError) as error:
            raise NoRowError(f"{self.path}: a row of {table} can't be read: {error}") from error

    def _select(self, query: str, given: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            found = self._connection.execute(query, [_encode(cell) for cell in given])
            # Closed: a half-read one would keep the database locked as long as its error is kept.
            with contextlib.closing(found):
                return found.fetchall()
        except sqlite3.OperationalError as error:
            if hasattr(error, "sqlite_errorcode"):
                raise
            raise NoRowError(f"{self.path}: {error}") from error  # its text is no UTF-8

    def record_event(
        self,
        claim: Claim,
        conversation: Conversation | None = None,
        *,
        taking: Iterable[Archived] = (),
    ) -> bool:
        """False, with nothing saved, where another handler of the same event was faster."""
        parts = (claim.event, claim.conversation, claim.detail, claim.mark)
        within = database.AN_HOUR_MS if claim.is_moment else database.SAME_EVENT_MS
        with self.transaction():
            # Without a mark, two conversations of one id can't be told apart.
            if claim.mark is not None and not database.claim(
                self._connection, parts, _stamp(claim.when), within
            ):
                return False
            for row in (*([conversation] if conversation else ()), *taking):
                self._put(row)
            return True

    def record(
        self,
        deliveries: Iterable[Delivery] = (),
        archived: Iterable[Archived] = (),
        ended: Iterable[Conversation] = (),
        debts: Iterable[Debt] = (),
    ) -> None:
        with self.transaction():
            for row in (*deliveries, *archived):
                self._put(row)
            for conversation in ended:
                self._end(conversation)
            for debt in debts:
                self._put_debt(debt)

    def save_gathered(self, project: str, key: str, facts: str, now: datetime) -> None:
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO gathered (project, key, recorded, facts) "
                "VALUES (?, ?, ?, ?)",
                (_encode(project), key, _stamp(now), facts),
            )

    def _end(self, conversation: Conversation) -> None:
        """End a conversation, unless it went on in the meantime."""
        self._connection.execute(
            "UPDATE conversation SET ended = :ended, reason = :reason, had_prompt = :had_prompt "
            "WHERE id = :id AND ended IS NULL AND resumed = :resumed",
            _named(conversation),
        )

    def _put_debt(self, debt: Debt) -> None:
        """Save a debt, or that one is paid, unless more is owed in the meantime."""
        if debt.paid is None:
            self._put(debt)
            return
        self._connection.execute(
            "UPDATE debt SET paid = :paid, how = :how WHERE project = :project AND kind = :kind "
            "AND document = :document AND owed = :owed",
            _named(debt),
        )

    def _put(self, row: Any) -> None:
        table, marks = _TABLES[type(row)], ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT OR REPLACE INTO {table} ({_columns(type(row))}) "  # noqa: S608  likewise
            f"VALUES ({marks})",
            [_encode(value) for value in row],
        )

    def save_prepared(
        self, start: str, project: str, conversation: str | None, answer: dict[str, object],
        now: datetime,
    ) -> None:  # fmt: skip
        """Save the answer to a ``start``, unless another process wrote since this was opened."""
        with self.transaction():
            if self._data_version() == self._opened:
                found = database.remembered(self._connection, project, conversation)
                self._connection.execute(
                    "INSERT OR REPLACE INTO prepared (start, made, answer) VALUES (?, ?, ?)",
                    (start, _stamp(now), json.dumps({**answer, "memory": repr(found)})),
                )

    def _data_version(self) -> object:
        """Return what is another one once another process has written something."""
        return self._connection.execute("PRAGMA data_version").fetchone()

    def prune(self, now: datetime, max_age: timedelta, every: timedelta) -> bool:
        """Forget what is old and told; False where that was done less than ``every`` ago."""
        with self.transaction():
            if abs(_stamp(now) - database.pruned(self._connection)) < _milliseconds(every):
                return False
            limit = _stamp(now - max_age)
            marks = ", ".join("?" * len(WITHOUT_FILE))
            run = self._connection.execute
            run("INSERT OR REPLACE INTO chore VALUES ('prune', ?)", (_stamp(now),))
            run('DELETE FROM event WHERE "when" < ?', (_stamp(now - timedelta(hours=1)),))
            run("DELETE FROM debt WHERE paid < ?", (limit,))
            run("DELETE FROM gathered WHERE recorded < ?", (limit,))
            run("DELETE FROM prepared WHERE made < ?", (limit,))
            run('DELETE FROM compaction WHERE "when" < ?', (limit,))
            # The others have a file, and go with it: without its row it would count as unread.
            run(
                f"DELETE FROM archive WHERE settled < ? AND how IN ({marks})",  # noqa: S608
                (limit, *WITHOUT_FILE),
            )
            run(
                "DELETE FROM conversation WHERE max(resumed, ifnull(ended, 0)) < ? "
                "AND id NOT IN (SELECT conversation FROM archive WHERE settled IS NULL) "
                "AND id NOT IN (SELECT conversation FROM debt WHERE paid IS NULL)",
                (limit,),
            )
            run(
                'DELETE FROM delivery WHERE "when" < ? '
                "AND conversation NOT IN (SELECT id FROM conversation)",
                (limit,),
            )
            return True

    def forget_archived(self, names: Iterable[str]) -> None:
        with self.transaction():
            for name in names:
                self._connection.execute("DELETE FROM archive WHERE name = ?", (_encode(name),))

    def check(self) -> None:
        """Write something and undo it; raises sqlite3.Error where the database takes nothing."""
        with self.transaction():
            self._connection.execute("INSERT OR REPLACE INTO chore VALUES ('check', 0)")
            self._connection.execute("ROLLBACK")


def _columns(kind: Any) -> str:
    return ", ".join(f'"{name}"' for name in kind._fields)


def _named(row: Any) -> dict[str, object]:
    return {name: _encode(value) for name, value in row._asdict().items()}


def _encode(value: object) -> object:
    if isinstance(value, datetime):
        return _stamp(value)
    if isinstance(value, DebtKind):
        return value.value
    return database.encoded(value)


def _decode(value: Any) -> Any:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _stamp(moment: datetime) -> int:
    return _milliseconds(moment - datetime(1970, 1, 1, tzinfo=UTC))


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _moment(stamp: Any) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)


_TABLES: dict[Any, str] = {
    Conversation: "conversation",
    Delivery: "delivery",
    Compacted: "compaction",
    Archived: "archive",
    Debt: "debt",
}
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "attended": bool,
    "had_prompt": bool,
    "kind": DebtKind,
    **dict.fromkeys(("began", "resumed", "ended", "when", "taken", "delivered"), _moment),
    **dict.fromkeys(("settled", "owed", "first", "paid"), _moment),
}
