from pathlib import Path

import pytest

from helpers import ago, command

FOLDER = "sessions"


@pytest.fixture
def journals(repo: Path) -> Path:
    (repo / FOLDER).mkdir()
    names = {1: "alpha", 8: "beta", 15: "gamma"}
    for days, name in names.items():
        stamp = f"{ago(days=days):%Y-%m-%d}"
        (repo / FOLDER / f"{stamp}-cache.md").write_text(
            f"# Cache {days}\n\n**Date**: {stamp}\n\n## What Happened\nWork on `src/cache.py`.\n\n"
            "## Blockers\n- Finance has not answered about the column order\n\n"
            f"## Follow-up\n- [ ] Measure the cache's hit rate\n- [ ] Only in {name}\n"
        )
    old = f"{ago(days=60):%Y-%m-%d}"
    (repo / FOLDER / f"{old}-old.md").write_text(
        f"# Old\n\n**Date**: {old}\n\n## Follow-up\n- [ ] Forgotten\n"
    )
    return repo


def test_what_recurs_comes_first_with_where_it_could_go(
    journals: Path, env: dict[str, str]
) -> None:
    found = command("agent-session", env, journals, "review", "--json").answer
    assert found["documents"] == 3
    assert {(one["kind"], one["text"], len(one["places"])) for one in found["recurring"]} == {
        ("file", "src/cache.py", 3),
        ("blocker", "Finance has not answered about the column order", 3),
        ("follow-up", "Measure the cache's hit rate", 3),
    }


def test_what_each_left_open_is_said_with_its_lines(journals: Path, env: dict[str, str]) -> None:
    out = command("agent-session", env, journals, "review").out
    assert out.startswith("Journals and handoffs of the last 4 weeks: 3\n")
    assert "line 13: Only in beta" in out
    assert "Forgotten" not in out
    assert "Forgotten" in command("agent-session", env, journals, "review", "--weeks", "20").out


def test_markdown_is_a_list_to_tick(journals: Path, env: dict[str, str]) -> None:
    out = command("agent-session", env, journals, "review", "--markdown").out
    assert "- [ ] Measure the cache's hit rate (follow-up, 3 times: " in out
    assert "- [ ] Only in gamma (line 13)" in out


def test_the_index_lists_handoffs_and_keeps_what_a_person_added(
    repo: Path, env: dict[str, str]
) -> None:
    folder = repo / "session-handoffs"
    folder.mkdir()
    text = (
        "# Session Handoff: Cache | it\n\n**Branch**: main\n\n## Next Priorities\n1. **Measure**\n"
    )
    (folder / "2026-01-05-cache.md").write_text(text)
    assert command("agent-session", env, repo, "index").code == 0
    index = folder / "README.md"
    assert "[Cache \\| it](<2026-01-05-cache.md>)" in index.read_text()
    index.write_text(f"Ours.\n\n{index.read_text()}\nBelow.\n")
    (folder / "2026-01-06-more.md").write_text(f"{text}2. More\n")
    command("agent-session", env, repo, "index")
    lines = index.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("Ours.", "Below.")
    assert sum("](<" in line for line in lines) == 2
    command("agent-session", env, repo, "undo")
    assert sum("](<" in line for line in index.read_text().splitlines()) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mark_that_is_only_mentioned_is_a_persons_text(
    end: str, repo: Path, env: dict[str, str]
) -> None:
    folder = repo / "session-handoffs"
    folder.mkdir()
    (folder / "2026-01-05-a.md").write_text("# Session Handoff: A\n\n## Next Priorities\n1. Do\n")
    mine = f"See the <!-- handoffs --> mark.{end}{end}My precious text.{end}```{end}"
    mine += f"<!-- handoffs -->{end}its table{end}<!-- /handoffs -->{end}```{end}"
    (folder / "README.md").write_bytes(mine.encode())
    for _ in range(3):
        command("agent-session", env, repo, "index")
        text = (folder / "README.md").read_bytes().decode()
        assert text.startswith(mine)
        assert text.count("](<") == 1
        assert text.count("\n") == text.count(end)


@pytest.mark.parametrize("weeks", ["0", "-3", "99999999"])
def test_weeks_out_of_reach_are_refused(weeks: str, repo: Path, env: dict[str, str]) -> None:
    refused = command("agent-session", env, repo, "review", f"--weeks={weeks}")
    assert (refused.code, refused.out) == (2, "")
    assert "--weeks is a number from 1 to" in refused.err
