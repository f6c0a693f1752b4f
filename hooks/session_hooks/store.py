"""What is remembered from one conversation to the next, in SQLite.

One file for all worktrees of a repository. The rollback journal is SQLite's default: a write-ahead
log breaks on network file systems. Every method is one short transaction and raises sqlite3.Error
where the database doesn't take it; ``memory`` is the boundary that keeps that from a conversation.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from session_hooks import card, noted
from session_hooks.index import Changes, Entry, Indexed
from session_hooks.records import (
    AGAIN,
    GONE,
    WITHOUT_FILE,
    Archived,
    Claim,
    Conversation,
    Debt,
    DebtKind,
    Delivery,
    Gathered,
    Past,
)
from session_hooks.values import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _T = TypeVar("_T")

NAME = card.DATABASE
BUSY_SECONDS = 0.2
"""How long another process's transaction is waited for; a person waits for the hook."""
MOST_SECONDS = 2.0
"""How long one transaction may take."""
SAME_EVENT = timedelta(seconds=noted.SAME_EVENT_SECONDS)
"""Within which two handlers of one event were started by the same event."""
_MOST_OPEN = 200
_MOST_MILLISECONDS = 4_102_444_800_000
"""Until the year 2100: nothing was noted later."""
_MOMENTS = {
    "conversation": ("began", "resumed", "ended"),
    "delivery": ("when",),
    "archive": ("taken", "delivered", "settled"),
    "debt": ("owed", "first", "paid"),
    "gathered": ("recorded",),
}
"""The columns that are read as moments."""
_CALENDAR = (-62_135_596_800_000, 253_402_300_799_999)
"""The first and the last millisecond that a datetime can name."""
_MOST_JOURNAL = 256 * 1024
"""Bytes that a journal keeps when it isn't needed."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_LAST_TOLD = (
    "WHERE rowid IN (SELECT id FROM (SELECT rowid AS id, row_number() OVER "
    '(PARTITION BY document ORDER BY "when" DESC, rowid DESC) AS place '
    "FROM delivery WHERE conversation = ?) WHERE place = 1) "
    'ORDER BY "when", rowid'
)
"""Of what a conversation was told the last time of each document: it may go on for weeks."""

MIGRATIONS = (
    """
    CREATE TABLE conversation (
        id TEXT PRIMARY KEY, project TEXT NOT NULL, worktree TEXT, source TEXT, agent TEXT,
        attended INTEGER NOT NULL, process TEXT, transcript TEXT,
        began INTEGER NOT NULL, resumed INTEGER NOT NULL,
        branch_at_start TEXT, head_at_start TEXT,
        ended INTEGER, reason TEXT, had_prompt INTEGER,
        branch_at_end TEXT, head_at_end TEXT, forked_from TEXT
    );
    CREATE INDEX conversation_open ON conversation (ended, resumed);
    CREATE TABLE delivery (
        conversation TEXT NOT NULL, document TEXT NOT NULL, digest TEXT NOT NULL,
        "when" INTEGER NOT NULL, source TEXT, format TEXT
    );
    CREATE INDEX delivery_conversation ON delivery (conversation);
    CREATE TABLE archive (
        name TEXT PRIMARY KEY, project TEXT NOT NULL, former TEXT NOT NULL, digest TEXT NOT NULL,
        conversation TEXT NOT NULL, hook TEXT, taken INTEGER NOT NULL, delivered INTEGER,
        settled INTEGER, how TEXT
    );
    CREATE INDEX archive_project ON archive (project, settled);
    CREATE TABLE debt (
        project TEXT NOT NULL, kind TEXT NOT NULL, document TEXT NOT NULL,
        conversation TEXT NOT NULL, owed INTEGER NOT NULL, first INTEGER NOT NULL,
        digest TEXT NOT NULL, branch TEXT, commits INTEGER NOT NULL, earlier INTEGER NOT NULL,
        files INTEGER NOT NULL, reason TEXT, paid INTEGER, how TEXT,
        PRIMARY KEY (project, kind, document)
    );
    CREATE TABLE event (key TEXT PRIMARY KEY, "when" INTEGER NOT NULL);
    CREATE TABLE chore (name TEXT PRIMARY KEY, "when" INTEGER NOT NULL);
    -- Its place, for reading an unchanged document without opening it. Nothing is written yet.
    CREATE TABLE parsed (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL, reader TEXT NOT NULL, document BLOB NOT NULL
    );
    """,
    """
    CREATE TABLE gathered (
        project TEXT PRIMARY KEY, key TEXT NOT NULL, recorded INTEGER NOT NULL,
        facts TEXT NOT NULL
    );
    """,
    """
    DROP TABLE parsed;
    CREATE TABLE indexed (
        id INTEGER PRIMARY KEY, project TEXT NOT NULL UNIQUE, reader TEXT NOT NULL,
        seen INTEGER NOT NULL
    );
    CREATE TABLE entry (
        project INTEGER NOT NULL, path TEXT NOT NULL, place TEXT NOT NULL,
        inode INTEGER NOT NULL, size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
        kind TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (project, path)
    ) WITHOUT ROWID;
    """,
)
"""One script for each version of the schema, each run once; a released one never changes."""


class NewerSchemaError(Exception):
    """The database was written by a later version of this package."""


class NoRowError(sqlite3.DatabaseError):
    """What a row holds is nothing that this package wrote."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class _UndoneError(Exception):
    """A transaction is to have no effect."""


class Log(Value):
    """All that is remembered, newest first."""

    conversations: tuple[Conversation, ...]
    deliveries: tuple[Delivery, ...]
    debts: tuple[Debt, ...]
    archived: tuple[Archived, ...]


class Store:
    """An open database."""

    def __init__(
        self,
        folder: str,
        *,
        create: bool = True,
        wait: float = BUSY_SECONDS,
        seconds: float = MOST_SECONDS,
        migrations: tuple[str, ...] = MIGRATIONS,
    ) -> None:
        """Open the database in ``folder`` and bring its schema up to date.

        Folder and file are made, for their owner alone, where they are missing and are to be
        created. ``wait`` says how long, in seconds, another process's transaction is waited for,
        ``seconds`` how long a transaction may take.

        Raises OSError, sqlite3.Error, or NewerSchemaError.
        """
        self.path = os.path.join(folder, NAME)
        if create:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        # SQLite would make the file for everybody to read, and write through a link.
        fd = os.open(self.path, os.O_RDWR | (os.O_CREAT if create else 0) | _NO_LINK, 0o600)
        status = os.fstat(fd)
        os.close(fd)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{self.path} is no regular file")
        self._connection = sqlite3.connect(
            self.path, timeout=wait, isolation_level=None, cached_statements=32
        )
        # A signal does not interrupt SQLite's own code, and a view may never end.
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._connection.set_progress_handler(lambda: time.monotonic() > self._deadline, 100_000)
        try:
            self._migrate(migrations)
        except UnicodeDecodeError as error:
            self._connection.close()
            raise NoRowError(f"{self.path} is no database: {error}") from error
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Give the file back; what was not committed is undone."""
        self._connection.close()

    def _migrate(self, migrations: tuple[str, ...]) -> None:
        # NORMAL: a power cut may undo the last transactions, but leaves the database whole.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        # The journal is overwritten and not deleted: a transaction takes 0.3 ms instead of 2.4,
        # for a folder needn't be written to the disk each time.
        self._connection.execute("PRAGMA journal_mode = PERSIST")
        self._connection.execute(f"PRAGMA journal_size_limit = {_MOST_JOURNAL}")
        if self._version() == len(migrations):
            return
        with self._transaction():
            version = self._version()  # another process may have been faster
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

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    @contextlib.contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        is_inner = self._connection.in_transaction  # within ``alone``
        self._deadline = time.monotonic() + self._seconds
        try:
            if not is_inner:
                self._connection.execute(f"BEGIN {kind}")
            yield
            if not is_inner and self._connection.in_transaction:
                self._connection.execute("COMMIT")
        except BaseException:  # the hook's own time limit too
            # SQLite undoes some failed ones by itself; an outer one is its own.
            if not is_inner and self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from writing meanwhile."""
        with self._transaction():
            yield

    # --- reading ---------------------------------------------------------------------------------

    def recall(self, project: str, conversation: str | None, parent: str | None = None) -> Past:
        """Return what a hook has to know, for a conversation in a project.

        ``parent`` is the conversation that it was forked from, where that is known.
        """
        with self._transaction("DEFERRED"):
            return self._recall(project, conversation, parent)

    def _recall(self, project: str, conversation: str | None, parent: str | None) -> Past:
        own = self._conversations("WHERE id = ?", (conversation,))
        parent = parent or (own[0].forked_from if own else None)
        told = {
            row.document: row
            for name in (parent, conversation)
            for row in self._deliveries(_LAST_TOLD, (name,))
        }
        taken = self._archived(
            "WHERE conversation = ? AND project = ? AND delivered IS NOT NULL "
            "AND how IS NOT ? ORDER BY taken DESC LIMIT 1",
            (conversation, project, AGAIN),
        )
        told_formats = self._connection.execute(
            "SELECT DISTINCT format FROM delivery JOIN conversation ON id = conversation "
            "WHERE project = ? AND format IS NOT NULL",
            [_plain(project)],
        ).fetchall()
        last = self._conversations(
            "WHERE project = ? AND ended IS NOT NULL AND had_prompt AND id IS NOT ? "
            "ORDER BY ended DESC LIMIT 1",
            (project, conversation),
        )
        return Past(
            own=own[0] if own else None,
            open=self._conversations(
                "WHERE ended IS NULL AND id IS NOT ? ORDER BY resumed DESC LIMIT ?",
                (conversation, _MOST_OPEN),
            ),
            owing=self._debts(
                "WHERE project = ? AND paid IS NULL ORDER BY owed DESC, rowid", (project,)
            ),
            unsettled=self._archived(
                "WHERE project = ? AND settled IS NULL ORDER BY taken DESC, name DESC", (project,)
            ),
            takers=self._conversations(
                "WHERE id IN "
                "(SELECT conversation FROM archive WHERE project = ? AND settled IS NULL "
                "UNION SELECT conversation FROM debt WHERE project = ? AND paid IS NULL)",
                (project, project),
            ),
            told=tuple(told.values()),
            taken=next(iter(taken), None),
            last=next(iter(last), None),
            archived=frozenset(row.name for row in self._archived("WHERE how IS NOT ?", (GONE,))),
            formats=frozenset(name for (name,) in told_formats),
            has_archive=bool(self._archived("WHERE project = ? LIMIT 1", (project,))),
        )

    def log(self, project: str | None = None, most: int = 1000) -> Log:
        """Return what is remembered, of one project or of all in the repository.

        ``most`` bounds each of its parts; -1 is no bound.
        """
        with self._transaction("DEFERRED"):
            return self._log(project, most)

    def _log(self, project: str | None, most: int) -> Log:
        where = "" if project is None else "WHERE project = ?"
        given: tuple[Any, ...] = () if project is None else (project,)
        of_these = f"WHERE conversation IN (SELECT id FROM conversation {where})"  # noqa: S608
        return Log(
            self._conversations(f"{where} ORDER BY resumed DESC LIMIT ?", (*given, most)),
            self._deliveries(
                f'{of_these} ORDER BY "when" DESC, rowid DESC LIMIT ?', (*given, most)
            ),
            self._debts(f"{where} ORDER BY owed DESC LIMIT ?", (*given, most)),
            self._archived(f"{where} ORDER BY taken DESC, name DESC LIMIT ?", (*given, most)),
        )

    def knows(self, conversation: str) -> bool:
        """Tell whether a conversation is remembered."""
        return bool(self._conversations("WHERE id = ?", (conversation,)))

    def gathered(self, project: str) -> Gathered | None:
        """Return what git knew of a project's documents when it was last asked."""

        def value(row: Gathered) -> Gathered:
            return row._replace(recorded=_moment(row.recorded))

        found = self._rows(Gathered, value, "gathered", "WHERE project = ?", (project,))
        return next(iter(found), None)

    def indexed(self, project: str, reader: str) -> Indexed:
        """Return what is remembered of a project's documents by the ``reader`` that asks."""
        with self._transaction("DEFERRED"):
            found = self._connection.execute(
                "SELECT id, seen FROM indexed WHERE project = ? AND reader = ? "
                "AND seen BETWEEN ? AND ?",
                (_plain(project), reader, *_CALENDAR),
            ).fetchone()
            if found is None:
                return Indexed()
            number, seen = found
            return Indexed(self._entries(number), _moment(seen))

    def _entries(self, project: int) -> tuple[Entry, ...]:
        rows = self._fetch(Entry, "entry", "WHERE project = ?", (project,))
        if any(type(row[0]) is bytes for row in rows):  # a path that isn't UTF-8
            rows = [tuple(map(_from_plain, row)) for row in rows]
        # Not by its own constructor: of ten thousand that takes 5 ms longer.
        return tuple([tuple.__new__(Entry, row) for row in rows])

    def settled(self) -> frozenset[str]:
        """Return the names of the archived documents that need no telling any more, of all."""
        return frozenset(
            row.name for row in self._archived("WHERE settled IS NOT NULL AND how != ?", (GONE,))
        )

    def _conversations(self, rest: str, given: tuple[Any, ...]) -> tuple[Conversation, ...]:
        def value(row: Conversation) -> Conversation:
            return row._replace(
                attended=bool(row.attended),
                began=_moment(row.began),
                resumed=_moment(row.resumed),
                ended=_moment_or_none(row.ended),
                had_prompt=None if row.had_prompt is None else bool(row.had_prompt),
            )

        return self._rows(Conversation, value, "conversation", rest, given)

    def _deliveries(self, rest: str, given: tuple[Any, ...]) -> tuple[Delivery, ...]:
        def value(row: Delivery) -> Delivery:
            return row._replace(when=_moment(row.when))

        return self._rows(Delivery, value, "delivery", rest, given)

    def _archived(self, rest: str, given: tuple[Any, ...]) -> tuple[Archived, ...]:
        def value(row: Archived) -> Archived:
            return row._replace(
                taken=_moment(row.taken),
                delivered=_moment_or_none(row.delivered),
                settled=_moment_or_none(row.settled),
            )

        return self._rows(Archived, value, "archive", rest, given)

    def _debts(self, rest: str, given: tuple[Any, ...]) -> tuple[Debt, ...]:
        def value(row: Debt) -> Debt:
            return row._replace(
                kind=DebtKind(row.kind),
                owed=_moment(row.owed),
                first=_moment(row.first),
                paid=_moment_or_none(row.paid),
            )

        return self._rows(Debt, value, "debt", rest, given)

    def _rows(
        self,
        kind: Callable[..., _T],
        value: Callable[[_T], _T],
        table: str,
        rest: str,
        given: tuple[Any, ...],
    ) -> tuple[_T, ...]:
        def read() -> tuple[_T, ...]:
            found = self._fetch(kind, table, rest, given)
            return tuple(value(kind(*map(_from_plain, row))) for row in found)

        try:
            try:
                return read()
            except OverflowError:
                self._drop_timeless()
                return read()
        except (ValueError, TypeError, OverflowError) as error:
            raise NoRowError(f"{self.path}: a row of {table} can't be read: {error}") from error

    def _drop_timeless(self) -> None:
        """Forget the rows with a moment that no calendar has: a clock gone wrong noted them."""
        with self._transaction():
            for table, names in _MOMENTS.items():
                for name in names:
                    self._connection.execute(
                        f'DELETE FROM {table} WHERE "{name}" NOT BETWEEN ? AND ?',  # noqa: S608  likewise
                        _CALENDAR,
                    )

    def _fetch(
        self, kind: Any, table: str, rest: str, given: tuple[Any, ...]
    ) -> list[tuple[object, ...]]:
        try:
            found = self._connection.execute(
                f"SELECT {_columns(kind)} FROM {table} {rest}",  # noqa: S608  words of this module
                [_plain(cell) for cell in given],
            )
            # Closed: a half-read one would keep the database locked as long as its error is kept.
            with contextlib.closing(found):
                return found.fetchall()
        except sqlite3.OperationalError as error:
            if hasattr(error, "sqlite_errorcode"):
                raise
            raise NoRowError(f"{self.path}: {error}") from error  # its text is no UTF-8

    # --- writing ---------------------------------------------------------------------------------

    def note(
        self,
        claim: Claim,
        conversation: Conversation,
        *,
        taking: Iterable[Archived] = (),
        debts: Iterable[Debt] = (),
    ) -> bool:
        """Note how a conversation stands at an event, what it is about to take, and what it owes.

        Returns False, with nothing noted, where another handler of the same event was faster.
        """
        with self._transaction():
            if not self._claim(claim):
                return False
            self._put("conversation", conversation)
            for row in taking:
                self._put("archive", row)
            for debt in debts:
                self._put_debt(debt)
            return True

    def record(
        self,
        deliveries: Iterable[Delivery] = (),
        archived: Iterable[Archived] = (),
        ended: Iterable[Conversation] = (),
        debts: Iterable[Debt] = (),
    ) -> None:
        """Note what was written out, and what was found out about earlier conversations."""
        with self._transaction():
            for delivery in deliveries:
                self._put("delivery", delivery)
            for row in archived:
                self._put("archive", row)
            for conversation in ended:
                self._end(conversation)
            for debt in debts:
                self._put_debt(debt)

    def keep(self, row: Gathered) -> None:
        """Note what git knows of a project's documents."""
        with self._transaction():
            self._put("gathered", row)

    def index(self, project: str, reader: str, changes: Changes, now: datetime) -> None:
        """Note what was found of a project's documents; what another reader noted goes."""
        with self._transaction():
            run, many = self._connection.execute, self._connection.executemany
            found = run(
                "SELECT id, reader FROM indexed WHERE project = ?", (_plain(project),)
            ).fetchone()
            if found is not None and found[1] != reader:
                run("DELETE FROM entry WHERE project = ?", (found[0],))
            run(
                "INSERT INTO indexed (project, reader, seen) VALUES (?, ?, ?) "
                "ON CONFLICT (project) DO UPDATE SET reader = excluded.reader, "
                "seen = excluded.seen",
                (_plain(project), reader, _stamp(now)),
            )
            (number,) = run(
                "SELECT id FROM indexed WHERE project = ?", (_plain(project),)
            ).fetchone()
            many(
                "DELETE FROM entry WHERE project = ? AND path = ?",
                [(number, _plain(path)) for path in changes.gone],
            )
            marks = ", ".join("?" * (len(Entry._fields) + 1))
            many(
                f"INSERT OR REPLACE INTO entry (project, {_columns(Entry)}) "  # noqa: S608  likewise
                f"VALUES ({marks})",
                # In their own order, which fills the pages: half the file, in less time.
                [(number, _plain(one.path), *one[1:]) for one in sorted(changes.put)],
            )

    def _claim(self, claim: Claim) -> bool:
        if claim.pid is None:  # two conversations of one id can't be told apart without it
            return True
        key = f"{claim.event}\x1f{claim.conversation}\x1f{claim.detail}\x1f{claim.pid}"
        return self._put_claim(key, _stamp(claim.when))

    def _put_claim(self, key: str, stamp: int) -> bool:
        """Note that an event is being handled; False where another handler noted it."""
        done = self._connection.execute(
            'INSERT INTO event (key, "when") VALUES (?, ?) ON CONFLICT (key) DO UPDATE '
            'SET "when" = excluded."when" WHERE abs(excluded."when" - event."when") > ?',
            (_plain(key), stamp, _milliseconds(SAME_EVENT)),
        )
        return done.rowcount == 1

    def _end(self, conversation: Conversation) -> None:
        """End a conversation, unless it went on in the meantime."""
        self._connection.execute(
            "UPDATE conversation SET ended = ?, reason = ?, had_prompt = ? "
            "WHERE id = ? AND ended IS NULL AND resumed = ?",
            [
                _plain(value)
                for value in (
                    conversation.ended,
                    conversation.reason,
                    conversation.had_prompt,
                    conversation.id,
                    conversation.resumed,
                )
            ],
        )

    def _put_debt(self, debt: Debt) -> None:
        """Note a debt, or that one is paid, unless more is owed in the meantime."""
        if debt.paid is None:
            self._put("debt", debt)
            return
        self._connection.execute(
            "UPDATE debt SET paid = ?, how = ? "
            "WHERE project = ? AND kind = ? AND document = ? AND owed = ?",
            [
                _plain(value)
                for value in (
                    debt.paid,
                    debt.how,
                    debt.project,
                    debt.kind,
                    debt.document,
                    debt.owed,
                )
            ],
        )

    def _put(self, table: str, row: Any) -> None:
        marks = ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT OR REPLACE INTO {table} ({_columns(type(row))}) "  # noqa: S608  likewise
            f"VALUES ({marks})",
            [_plain(value) for value in row],
        )

    def take_in(self, lines: Iterable[object]) -> int:
        """Note what starts noted that didn't open the database (``noted``).

        Returns how many of the lines none of them wrote; of these nothing is noted.
        """
        strange = 0
        with self._transaction():
            for line in lines:
                try:
                    claim, began, told = _noted(line)
                except (ValueError, TypeError, KeyError, IndexError, OverflowError):
                    strange += 1
                    continue
                if began is not None:
                    self._take_in(began)
                    self._put_claim(*claim)
                for delivery in told:
                    if delivery not in self._deliveries(
                        "WHERE conversation = ? AND document = ?",
                        (delivery.conversation, delivery.document),
                    ):  # else it was taken in before
                        self._put("delivery", delivery)
        return strange

    def _take_in(self, new: Conversation) -> None:
        """Note a conversation that began, as far as nothing later is known of it."""
        for before in self._conversations("WHERE id = ?", (new.id,)):
            if before.began <= new.began <= before.resumed:  # it was taken in before
                return
            if new.began < before.began:  # its end was noted first
                new = before._replace(
                    began=new.began,
                    branch_at_start=new.branch_at_start,
                    head_at_start=new.head_at_start,
                )
                break
            new = new._replace(
                began=before.began,
                forked_from=before.forked_from,
                attended=new.attended or before.attended,
            )
        self._put("conversation", new)

    def foreign(self) -> int:
        """Return a number that is another one once another process has written something."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def brief(self) -> dict[str, object]:
        """Return what ``card`` says of the database: all that a start's answer depends on."""
        with self._transaction("DEFERRED"):
            return self._brief()

    def _brief(self) -> dict[str, object]:
        def rows(query: str, *given: object) -> list[list[object]]:
            found = self._connection.execute(query, given).fetchall()
            return [[_readable(cell) for cell in row] for row in found]

        projects: dict[str, dict[str, object]] = {}
        for project, form in rows(
            "SELECT DISTINCT project, format FROM delivery JOIN conversation ON id = conversation "
            "WHERE format IS NOT NULL ORDER BY 1, 2"
        ):
            formats = projects.setdefault(str(project), {}).setdefault("formats", [])
            formats.append(form)  # type: ignore[attr-defined]  # the list just made
        for project, unsettled in rows(
            "SELECT project, sum(settled IS NULL) FROM archive GROUP BY project"
        ):
            projects.setdefault(str(project), {})["archived"] = unsettled
        seen: dict[str, object] = {}
        for project, text in rows("SELECT project, substr(facts, 1, 100) FROM gathered"):
            digest, moment = (*str(text).split(" "), "")[:2]
            projects.setdefault(str(project), {})["facts"] = digest
            seen[str(project)] = moment
        for row in rows("SELECT * FROM debt WHERE paid IS NULL ORDER BY rowid"):
            debts = projects.setdefault(str(row[0]), {}).setdefault("debts", [])
            debts.append(row)  # type: ignore[attr-defined]
        for project, held in projects.items():
            if "debts" in held:  # who owes, and whether another one ended since
                held["debtors"] = rows(
                    "SELECT * FROM conversation WHERE id IN "
                    "(SELECT conversation FROM debt WHERE project = ? AND paid IS NULL) "
                    "ORDER BY id",
                    _plain(project),
                )
                held["last"] = rows(
                    "SELECT id, ended FROM conversation WHERE project = ? AND ended IS NOT NULL "
                    "AND had_prompt ORDER BY ended DESC LIMIT 1",
                    _plain(project),
                )
        ((pruned,),) = rows("SELECT max(\"when\") FROM chore WHERE name = 'prune'")
        return {
            "projects": projects,
            "seen": seen,
            "open": rows(
                "SELECT id, process, transcript, resumed FROM conversation WHERE ended IS NULL "
                "ORDER BY resumed DESC LIMIT ?",
                _MOST_OPEN,
            ),
            "claims": rows('SELECT key, "when" FROM event ORDER BY "when" DESC LIMIT 20'),
            "pruned": pruned,
        }

    def prune(self, now: datetime, max_age: timedelta, every: timedelta) -> bool:
        """Forget what is old and needs no telling any more; False where there is no need yet.

        That is where it was done less than ``every`` ago.
        """
        with self._transaction():
            (last,) = self._connection.execute(
                "SELECT max(\"when\") FROM chore WHERE name = 'prune'"
            ).fetchone()
            if last is not None and abs(_stamp(now) - last) < _milliseconds(every):
                return False
            limit = _stamp(now - max_age)
            marks = ", ".join("?" * len(WITHOUT_FILE))
            run = self._connection.execute
            run("INSERT OR REPLACE INTO chore VALUES ('prune', ?)", (_stamp(now),))
            run('DELETE FROM event WHERE "when" < ?', (_stamp(now - timedelta(hours=1)),))
            run("DELETE FROM debt WHERE paid < ?", (limit,))
            run("DELETE FROM gathered WHERE recorded < ?", (limit,))
            run("DELETE FROM indexed WHERE seen < ?", (limit,))
            run("DELETE FROM entry WHERE project NOT IN (SELECT id FROM indexed)")
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
        """Forget documents that are not in the archive any more."""
        with self._transaction():
            for name in names:
                self._connection.execute("DELETE FROM archive WHERE name = ?", (_plain(name),))

    def check(self) -> None:
        """Write something and undo it; raises sqlite3.Error where the database takes nothing."""
        with contextlib.suppress(_UndoneError), self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO chore VALUES ('check', 0)")
            raise _UndoneError


def _columns(kind: Any) -> str:
    return ", ".join(f'"{name}"' for name in kind._fields)


def _plain(value: object) -> object:
    """Return a value as SQLite keeps it: a time as milliseconds since 1970, in UTC."""
    if isinstance(value, datetime):
        return _stamp(value)
    if isinstance(value, DebtKind):
        return value.value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:  # a path that isn't UTF-8: its bytes, which no text equals
            return value.encode("utf-8", "surrogatepass")
    return value


def _from_plain(value: object) -> object:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _stamp(moment: datetime) -> int:
    return _milliseconds(moment - datetime(1970, 1, 1, tzinfo=UTC))


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _moment(stamp: Any) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)


def _noted(line: Any) -> tuple[tuple[str, int], Conversation | None, list[Delivery]]:
    """Read a line that a start noted; raises ValueError, TypeError, KeyError or OverflowError."""
    if not isinstance(line, dict):
        raise TypeError("that line was noted by nothing")
    if noted.TOLD in line:
        name, when, source, documents = line[noted.TOLD]
        rows = [[name, *_cells(row, 3)[:2], when, source, row[2]] for row in documents]
        if not all(isinstance(cell, str) for row in rows for cell in row[:3]):
            raise ValueError("that delivery was noted by nothing")
        return ("", 0), None, [Delivery(*_cells(row, 6, (3,))) for row in rows]
    (key, stamp), row = line[noted.BEGAN]
    began = Conversation(*_cells(row, 12, (8, 9)))
    if not isinstance(key, str) or not isinstance(stamp, int) or abs(stamp) > _MOST_MILLISECONDS:
        raise ValueError("that claim was noted by nothing")
    if not all(isinstance(cell, str) for cell in (began.id, began.project)):
        raise ValueError("that conversation was noted by nothing")
    return (key, stamp), began, []


def _cells(row: list[Any], number: int, moments: tuple[int, ...] = ()) -> list[Any]:
    """Return a noted row, its milliseconds as moments; raises ValueError or OverflowError."""
    if len(row) != number:
        raise ValueError("that row was noted by nothing")
    for index, cell in enumerate(row):
        is_number = isinstance(cell, int) and 0 <= cell < _MOST_MILLISECONDS
        if not (is_number if index in moments else cell is None or isinstance(cell, str | bool)):
            raise ValueError("that row was noted by nothing")
    return [_moment(cell) if index in moments else cell for index, cell in enumerate(row)]


def _readable(cell: object) -> object:
    """Return a cell as JSON has it."""
    found = _from_plain(cell)
    return found if found is None or isinstance(found, str | int | float) else repr(found)


def _moment_or_none(stamp: Any) -> datetime | None:
    return None if stamp is None else _moment(stamp)
