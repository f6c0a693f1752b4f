"""Open the database, and ask what a prepared answer depends on. Fast path: keep imports minimal."""

import os
import stat
from collections.abc import Iterable

from session_hooks.util.lazy import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

NAME = "state.db"
AN_HOUR_MS = 60 * 60 * 1000  # much longer than any event's handlers run
SAME_EVENT_MS = 2000  # within which two handlers of an event were started by the same one
MOST_OPEN = 200  # open conversations that are looked at, the latest
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_PRAGMAS = (
    # NORMAL: a power cut may undo the last transactions, but leaves the database whole.
    "synchronous = NORMAL",
    # The journal is overwritten and not deleted: a transaction takes 0.3 ms instead of 2.4, for a
    # folder needn't be written to the disk each time.
    "journal_mode = PERSIST",
    # Bytes that a journal keeps when it isn't needed.
    "journal_size_limit = 262144",
)
_REMEMBERED = (
    "SELECT DISTINCT format FROM delivery JOIN conversation ON id = conversation "
    "WHERE project = :project AND format IS NOT NULL ORDER BY 1",
    "SELECT count(*) > 0, sum(settled IS NULL) FROM archive WHERE project = :project",
    # The digest of what git knew; behind it stands when the changed files were last seen.
    "SELECT substr(facts, 1, 64) FROM gathered WHERE project = :project",
    "SELECT * FROM debt WHERE project = :project AND paid IS NULL ORDER BY rowid",
    # Who owes, and whether another one ended since.
    "SELECT * FROM conversation WHERE id IN "
    "(SELECT conversation FROM debt WHERE project = :project AND paid IS NULL) ORDER BY id",
    "SELECT id, ended FROM conversation WHERE project = :project AND ended IS NOT NULL "
    "AND had_prompt AND EXISTS (SELECT 1 FROM debt WHERE project = :project AND paid IS NULL) "
    "ORDER BY ended DESC LIMIT 1",
    "SELECT id, process, transcript, resumed FROM conversation "
    "WHERE ended IS NULL AND id IS NOT :conversation ORDER BY resumed DESC LIMIT :most",
)
"""All of the store that a start's answer depends on; the last are the other open conversations."""

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
    """,
    """
    CREATE TABLE gathered (
        project TEXT PRIMARY KEY, key TEXT NOT NULL, recorded INTEGER NOT NULL,
        facts TEXT NOT NULL
    );
    """,
    """
    DROP TABLE IF EXISTS parsed;
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
    """
    CREATE TABLE prepared (start TEXT PRIMARY KEY, made INTEGER NOT NULL, answer TEXT NOT NULL);
    """,
    """
    ALTER TABLE delivery ADD COLUMN why_left TEXT;
    """,
    """
    CREATE TABLE compaction (
        conversation TEXT NOT NULL, "when" INTEGER NOT NULL, summary TEXT, document TEXT,
        asked INTEGER, missing TEXT, PRIMARY KEY (conversation, "when")
    );
    """,
    """
    DROP TABLE indexed;
    DROP TABLE entry;
    """,
)
"""One script for each version of the schema, each run once; a released one never changes."""


def connect(folder: str, *, create: bool, wait: float) -> "sqlite3.Connection":
    """Open it, whatever its version, waiting some seconds. Raises OSError or sqlite3.Error."""
    import sqlite3  # where there is no document, it isn't needed

    path = os.path.join(folder, NAME)
    if create:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    # SQLite would make the file for everybody to read, and write through a link.
    fd = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0) | _NO_LINK, 0o600)
    status = os.fstat(fd)
    os.close(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is no regular file")
    journal = f"{path}-journal"
    if os.path.lexists(journal) and not stat.S_ISREG(os.lstat(journal).st_mode):
        raise OSError(f"{journal} is no regular file")  # in a FIFO SQLite would wait for a writer
    connection = sqlite3.connect(path, timeout=wait, isolation_level=None, cached_statements=32)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def version(connection: "sqlite3.Connection") -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def encoded(text: object) -> object:
    """Return a text as SQLite keeps it: a path that isn't UTF-8 as bytes, which no text equals."""
    if isinstance(text, str):
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-8", "surrogatepass")
    return text


def remembered(
    connection: "sqlite3.Connection", project: str, conversation: str | None
) -> list[list[tuple[object, ...]]]:
    given = {
        "project": encoded(project), "conversation": encoded(conversation), "most": MOST_OPEN,
    }  # fmt: skip
    return [connection.execute(query, given).fetchall() for query in _REMEMBERED]


def seen(connection: "sqlite3.Connection", project: str) -> float:
    """Return when a project's changed files were last seen, in seconds since 1970."""
    query = "SELECT substr(facts, 66, 20) FROM gathered WHERE project = ?"
    (text,) = connection.execute(query, (encoded(project),)).fetchone()
    return int(text.partition(" ")[0]) / 1e6


def pruned(connection: "sqlite3.Connection") -> int:
    """Return when what is old was last forgotten, in ms since 1970; 0 for never."""
    query = "SELECT ifnull(max(\"when\"), 0) FROM chore WHERE name = 'prune'"
    return int(connection.execute(query).fetchone()[0])


def processes(connection: "sqlite3.Connection", conversation: str) -> set[str | None]:
    """Return the process that a conversation is open in; none where it is not open."""
    query = "SELECT process FROM conversation WHERE id = ? AND ended IS NULL"
    return {one for (one,) in connection.execute(query, (encoded(conversation),))}


def claim(
    connection: "sqlite3.Connection",
    parts: Iterable[str | None],
    moment: int,
    within: int = SAME_EVENT_MS,
) -> bool:
    """Record that an event is handled; False where another handler did. ``moment`` is in ms."""
    done = connection.execute(
        'INSERT INTO event (key, "when") VALUES (?, ?) ON CONFLICT (key) DO UPDATE '
        'SET "when" = excluded."when" WHERE abs(excluded."when" - event."when") > ?',
        (encoded("\x1f".join(part or "" for part in parts)), moment, within),
    )
    return done.rowcount == 1


def begin(
    connection: "sqlite3.Connection", row: Iterable[object], *, had_prompt: bool = False
) -> None:
    """``row`` is as ``model.Conversation`` has it, up to the commit, its moments in ms."""
    connection.execute(
        "INSERT OR REPLACE INTO conversation (id, project, worktree, source, agent, attended, "
        "process, transcript, began, resumed, branch_at_start, head_at_start, had_prompt) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [encoded(cell) for cell in (*row, had_prompt or None)],
    )


def deliver(
    connection: "sqlite3.Connection",
    conversation: str,
    moment: int,
    source: str | None,
    documents: Iterable[tuple[str, str, str, str | None]],
) -> None:
    """Record what is told: of each document its path, digest, format, and why it was not taken."""
    connection.executemany(
        'INSERT INTO delivery (conversation, document, digest, "when", source, format, why_left) '
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            tuple(map(encoded, (conversation, path, digest, moment, source, form, why_left)))
            for path, digest, form, why_left in documents
        ],
    )
