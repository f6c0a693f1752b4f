from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import examples
from helpers import STRESS, session_text
from session_hooks import closed
from session_hooks.document import Document, Status
from session_hooks.files import UnreadableFileError
from session_hooks.formats import head, is_template, session
from session_hooks.scan import document_of

NOW = datetime(2025, 12, 4, 14, 30, tzinfo=UTC)
PATH = ".agents/sessions/20251204-143000-a.md"
PLAIN = """\
---
session:
  title: Weather fallback
  status: completed
  created: 2025-12-04T14:30:00Z
  last_updated: 2025-12-05
  issue: 42

orchestration:
  current_task: "Cache the last good answer"
  spawned_agents:
    - agent: reviewer
      task: Read it all
      status: in_progress
---

# Session: Weather fallback

## Context
Why.
"""
FLAT = "---\ntitle: Überlauf 修正\nstatus: done\ncreated: 2025-12-04\n---\n\n# Überlauf\n\nText\n"
BLANK = session.TEMPLATE.fill({"title": "Title", "minute": "2025-12-04 14:30"})
OTHERS = f'---\nsession:\n  status: done\norchestration:\n  current_task: "TASK"\n---\n{BLANK}'


def read(data: bytes) -> Document | None:
    try:
        return document_of(session, PATH, data, NOW)
    except UnreadableFileError:
        return None


def agrees(data: bytes) -> bool:
    """Hold the pattern against the real reader; whether it took the file for completed."""
    word = closed.status_word(data)
    if word is None:
        return False
    document = read(data)
    assert document is not None
    assert document.status is Status.COMPLETED
    assert document.status_word == word
    assert document.format == session.NAME
    assert not is_template(document)
    return True


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("completed", '"archived"', 1),
        PLAIN.replace("Weather fallback", "'Weather: fallback #2'"),
        PLAIN.partition("  spawned")[0] + "  spawned_agents: []\n---\n\nText\n",
        FLAT,
        session_text(status="completed"),
        session_text("A [1] {b}: c", status="abandoned", branch="feat/x"),
        examples.session(NOW).text.replace("in_progress", "completed"),
    ],
)
def test_what_is_plainly_completed_is_told(text: str) -> None:
    assert agrees(text.encode())


@pytest.mark.parametrize("word", head.STATUS_WORDS[Status.COMPLETED])
def test_every_word_for_done_is_told_or_left_to_the_reader(word: str) -> None:
    assert agrees(PLAIN.replace("completed", word).encode()) is word.isascii()
    assert agrees(FLAT.replace("done", f'"{word}"').encode()) is word.isascii()


@pytest.mark.parametrize(
    "text",
    [
        OTHERS.replace("TASK", session.TEMPLATE_TASK),
        OTHERS.replace("TASK", "TODO"),
        "",
        "---\n",
        "---\n---\n",
        "# Status: completed\n",
        PLAIN.replace("completed", "in_progress"),
        PLAIN.replace("completed", "completed # not yet"),
        PLAIN.replace("completed", "completed\n  status: in_progress"),
        PLAIN.replace("  status: completed\n", ""),
        PLAIN.replace("  title: Weather fallback", "  title: Weather: fallback"),
        PLAIN.replace("2025-12-05", "2025-02-30"),
        PLAIN.replace("orchestration:", "status: paused\norchestration:"),
        PLAIN.replace("---\n\n# ", "--\n\n# "),
        PLAIN.replace("Why.", "\0"),
        FLAT.replace("done", "yes"),
        FLAT.replace("status", "Status"),
        FLAT.replace("created:", "Status:"),
        FLAT.replace("done", "done | paused"),
        "\ufeff" + PLAIN,
        f"---\nstatus: completed\n---\n\n{BLANK}",
        f"---\nstatus: completed\ncurrent_task: TBD\n---\n\n{BLANK}",
    ],
)  # fmt: skip
def test_the_rest_is_left_to_the_reader(text: str) -> None:
    assert not agrees(text.encode())


_WORDS = st.sampled_from(
    ["completed", "done", "in_progress", "paused", "Completed", "yes", "null", "~", "TBD", "todo",
     "what", "What's actively being worked", "a b", "a: b", "a #b", "#b", "- a", "[a]", "{a: b}",
     "&a b", "*a", "!a b", "| ", ">", "'", '"', '"a', '"a"b', "'a''b'", '"a\\"b"', '"\\x"', "@a",
     "`a`", "%a", "a,b", "12", "012", "08", "1_000", "12:30:45", "0x1f", "0b2", "1e5", ".inf",
     "2025-12-04", "2025-13-04", "2025-02-30", "2025-12-04T14:30:00Z", "2025-12-04T25:30:00Z",
     "abgeschlossen", "terminé", "已完成", "all done", "done #42", "#42", "[done]", "done: x",
     "0000-01-01", "1999-02-29", "Überlauf", "修正", "✅ done", "é", "a\tb", "a\x85b", "a\u2028b",
     "a\x00b", "a\ud800b", "https://x.org/a?b#c", "feat/x", "a:", ":a", "a :b", "", " ", "a  "]
)  # fmt: skip
_KEYS = st.sampled_from(
    ["title", "status", "created", "session", "orchestration", "current_task", "spawned_agents",
     "branch", "y", "<<", "status_of", "task", "agent", "a b", '"status"', "Status", "- agent",
     "- status", "? a", "issue", "---", "...", "statut", "STATUS", "Session", "<<<<<<< a",
     "=======", ">>>>>>> b"]
)  # fmt: skip
_LINES = st.builds(
    lambda indent, key, colon, value: f"{indent}{key}{colon}{value}",
    st.sampled_from(["", "", "  ", "  ", "    ", "      ", "\t", " "]),
    _KEYS,
    st.sampled_from([": ", ": ", ": ", ":", " : ", ":  "]),
    _WORDS,
)
_ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", "\r", "  \n", "\x85", "\u2028"])
_BODIES = st.sampled_from(
    ["", "Text\n", BLANK, "## Context\n", "=== SESSION HANDOFF ===\n", "\xa0"]
)


@given(
    st.lists(st.tuples(_LINES, _ENDS), max_size=8),
    st.integers(0, 20),
    _BODIES,
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
@settings(max_examples=3000 if STRESS else 400, deadline=None)
def test_no_other_file_is_taken_for_a_completed_one(
    lines: list[tuple[str, str]], at: int, body: str, encoding: str
) -> None:
    """Lines of all kinds put into a plain frontmatter, or into none."""
    plain = PLAIN.partition("---\n\n")[0].splitlines(keepends=True)[1:]
    odd = [line + end for line, end in lines]
    for front in (odd, plain[:at] + odd + plain[at:], plain[: at // 2] + odd[:1] + plain[at:]):
        text = "".join(("---\n", *front, "---\n", body))
        agrees(text.encode(encoding, "surrogatepass" if encoding != "cp1252" else "replace"))


@given(
    st.sampled_from([PLAIN, FLAT, session_text(status="completed")]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.binary(max_size=3)), max_size=3),
)
@settings(max_examples=6000 if STRESS else 800, deadline=None)
def test_no_damaged_file_is_either(text: str, cuts: list[tuple[int, int, bytes]]) -> None:
    data = text.encode()
    for at, length, put in cuts:
        data = data[:at] + put + data[at + length :]
    agrees(data)


def test_it_takes_no_longer_for_a_crafted_file() -> None:
    """Possessive repeats: a line that fails late is not tried in other ways."""
    for line in ("a: " + "b " * 2000, "a: " + "b:" * 2000, 'a: "' + "b" * 4000, "a" * 4000):
        assert not agrees(f"---\nsession:\n  {line}\n  status: completed\n".encode())
