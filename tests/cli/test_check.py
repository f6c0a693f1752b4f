"""The specifications' rules: the good examples keep them, and each bad one breaks exactly one."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples import (
    EXAMPLES,
    HANDOFF,
    JOURNAL,
    MINIMAL_PROMPT,
    NEXT,
    PROMPT,
    SHORT_HANDOFF,
    Example,
    session,
)
from helpers import STRESS, ago, git, iso
from session_hooks.cli.check import check
from session_hooks.cli.check.check import OF_FORMATS, RULES, Finding
from session_hooks.cli.project import survey
from session_hooks.documents.registry import FORMATS
from session_hooks.project.project import project_at

STAMP = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"'
SESSION = EXAMPLES["session"]


def write(project: Path, example: Example) -> None:
    path = project / example.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example.text)
    if not (project / ".gitignore").exists():
        (project / ".gitignore").write_text("NEXT_SESSION.md\n")


def found(project: Path, *names: str) -> list[Finding]:
    seen = survey(project_at(str(project)), datetime.now(UTC))
    return check.findings(seen, check.select(seen, names))


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_what_a_specification_shows_as_good_is_clean(example: Example, repo: Path) -> None:
    write(repo, example)
    assert found(repo) == []


@pytest.mark.parametrize(
    "name", ["HANDOFF.md", "docs/handoffs/2026-01-05-x.md", "memory-bank/activeContext.md"]
)
def test_what_nobody_wrote_by_a_specification_is_not_held_against_it(name: str, repo: Path) -> None:
    text = "# Where it stands\n\nSee [the plan](gone.md).\n\n## Next\n- Go on\n```\n"
    write(repo, Example(name, text))
    assert {finding.code for finding in found(repo)} == {"D101"}
    (repo / ".agents").mkdir()
    folder = os.path.dirname(name) or "."
    settings_file = repo / ".agents/session-hooks.toml"
    settings_file.write_text(f'[folders]\nhandoff = ["{folder}"]\n')
    assert "H101" in {finding.code for finding in found(repo)}


@pytest.mark.parametrize(
    ("example", "codes"),
    [
        (MINIMAL_PROMPT, {"P102", "P104", "P120", "P121", "P123"}),
        (SHORT_HANDOFF, {"H106", "H111", "H114"}),
    ],
)
def test_the_shortest_forms_that_a_specification_shows_have_warnings_only(
    example: Example, codes: set[str], repo: Path
) -> None:
    write(repo, example)
    assert {finding.code for finding in found(repo)} == codes
    assert {finding.severity for finding in found(repo)} == {"warning"}


def swap(old: str, new: str) -> Callable[[Example], Example]:
    """Replace a pattern in the text; it has to be there."""

    def change(example: Example) -> Example:
        text, count = re.subn(old, new, example.text, count=1, flags=re.MULTILINE | re.DOTALL)
        assert count == 1, old
        return example._replace(text=text)

    return change


def cut(heading: str) -> Callable[[Example], Example]:
    """Remove a section, up to the next heading of its level or above."""
    level = heading.index(" ")
    end = rf"(?=^#{{1,{level}}} |^---$|\Z)"
    return swap(rf"^{re.escape(heading)}\n.*?{end}", "")


def name(new: str) -> Callable[[Example], Example]:
    def change(example: Example) -> Example:
        return example._replace(path=f"{example.path.rpartition('/')[0]}/{new}".lstrip("/"))

    return change


def swap_name(old: str, new: str) -> Callable[[Example], Example]:
    def change(example: Example) -> Example:
        return example._replace(path=example.path.replace(old, new))

    return change


def after(*changes: Callable[[Example], Example]) -> Callable[[Example], Example]:
    def change(example: Example) -> Example:
        for one in changes:
            example = one(example)
        return example

    return change


BAD: list[tuple[str, Example, Callable[[Example], Example]]] = [
    # The three bad names of 003 first.
    ("S101", SESSION, name("weather-fallback.md")),
    ("S102", SESSION, name("PLT-123-weather-fallback.md")),
    ("S102", SESSION, swap_name("-weather", "-back-123-weather")),
    ("S101", SESSION, name("20251399-143000-weather.md")),
    ("S101", SESSION, name("2025-12-04-weather.md")),
    ("S103", SESSION, name("20240101-000000-weather.md")),
    ("S110", SESSION, swap(r"\A---\n.*?^---\n", "")),
    ("S111", SESSION, swap(r"^  title: [^\n]*\n", "")),
    ("S112", SESSION, swap(r"^  status: in_progress\n", "")),
    ("S113", SESSION, swap(r"^  created: [^\n]*\n", "")),
    ("S114", SESSION, swap(r"^  last_updated: [^\n]*\n", "")),
    ("S115", SESSION, swap(r"^  current_task: [^\n]*\n", "")),
    ("S116", SESSION, swap("status: in_progress", "status: wip")),
    ("S117", SESSION, swap(rf"created: {STAMP}", f'created: "{ago(hours=2):%d/%m/%Y}"')),
    ("S117", SESSION, swap(rf"created: {STAMP}", "created: 2026-01-01 10:00")),
    ("S118", SESSION, swap(rf"created: {STAMP}", f'created: "{iso(ago(hours=1))}"')),
    ("S118", SESSION, swap(rf"last_updated: {STAMP}", f'last_updated: "{iso(ago(days=-3))}"')),
    ("S119", SESSION, swap(r"^orchestration:\n  current_task: ([^\n]*)\n", r"current_task: \1\n"
                           r"orchestration:\n")),
    ("S120", SESSION, swap("      status: completed", "      status: finished")),
    ("S120", SESSION, swap("      status: completed\n", "")),
    ("S120", SESSION, swap('      task: "Write the cache adapter"\n', "")),
    ("S120", SESSION, swap(r"spawned_agents:\n.*?^---", "spawned_agents: backend-dev\n---")),
    ("S121", SESSION, cut("## Context")),
    ("S122", SESSION, cut("## Current State")),
    ("S123", SESSION, cut("## Next Steps")),
    ("S124", SESSION, swap("^The retry is in[^\n]*",
                           "Where we are right now. What just happened.")),
    ("S124", SESSION, swap("^The retry is in[^\n]*", "")),
    ("S124", SESSION, swap("Cache the last good answer", "What's actively being worked")),
    ("S125", SESSION, swap("^- The provider's rate[^\n]*", "- Current blocker (if any)")),
    ("S126", SESSION, swap(r"^### \d{4}-\d\d-\d\d \d\d:\d\d - ", "### ")),
    ("S131", SESSION, swap("^The retry is in[^\n]*", "In progress.")),
    ("S132", SESSION, swap(r"^- \[ \] Implement Cache[^\n]*", "- Keep working on the feature")),
    ("S132", SESSION, swap(r"^- \[ \] Implement CacheAdapter", "- [x] Implement CacheAdapter")),
    ("S142", SESSION, after(swap("status: in_progress", "status: completed"),
                            lambda example: example._replace(
                                text=example.text.replace("- [ ]", "- [x]")))),
    ("S143", SESSION, swap(r" \(docs/decisions/0007-cache.md\)", "")),
    ("S144", session(ago(days=4)), swap(rf"last_updated: {STAMP}",
                                        f'last_updated: "{iso(ago(hours=1))}"')),
    ("N101", NEXT._replace(path="docs/NEXT_SESSION.md"), lambda example: example),
    ("N103", NEXT, swap("^# Next Session", "# Notes")),
    ("N111", NEXT, cut("## Where We Left Off")),
    ("N112", NEXT, cut("## What's Next")),
    ("N113", NEXT, swap(r"^\*\*Immediate action\*\*: ", "")),
    ("N114", NEXT, cut("## What We Learned")),
    ("N115", NEXT, cut("## Key Files")),
    ("N116", NEXT, swap(r"^\*\*Context needed\*\*:\n", "")),
    ("N117", NEXT, swap("^Implemented steps.*?half done.$",
                        "[1-2 sentences: Current state of work]")),
    ("N118", NEXT, swap(r"^- The context gives.*?rename$",
                        "- [Key insights from this session - bullet points]")),
    ("N121", NEXT, swap("Complete step 3b[^\n]*", "Keep working on the feature")),
    ("N122", NEXT, swap("Complete step 3b:", "Complete step 3b, maybe with a lock:")),
    ("N123", NEXT, swap("half done.$", "half done. The tests fail. The rest works. It is slow.")),
    ("N124", NEXT, swap("^## Key Files", "```python\n" + "x = 1\n" * 20 + "```\n\n## Key Files")),
    ("N125", NEXT, swap("^## Key Files", "".join(
        f"### 2025-01-0{day}\nDone.\n\n" for day in (1, 2, 3)) + "## Key Files")),
    ("N126", NEXT, swap("^Implemented steps", "Made good progress. Implemented steps")),
    ("N127", NEXT, swap("^- `PLAN.md` - What step 3 has to do", "- the plan")),
    ("N128", NEXT, swap("^- Atomic writes need", "- " + "words " * 900 + "need")),
    ("H101", HANDOFF, name("user-dashboard.md")),
    ("H101", HANDOFF, name("2025-10-27-2530-user-dashboard.md")),
    ("H101", HANDOFF, name("2025-10-27-14:30-user-dashboard.md")),
    ("H102", HANDOFF, swap("^# Session Handoff: User dashboard", "# User dashboard")),
    ("H103", HANDOFF, swap(r"^\*\*Date\*\*: [^\n]*\n", "")),
    ("H104", HANDOFF, swap(r"^\*\*Time\*\*: [^\n]*\n", "")),
    ("H105", HANDOFF, swap(r"^\*\*Branch\*\*: [^\n]*\n", "")),
    ("H106", HANDOFF, swap(r"^\*\*Author\*\*: [^\n]*\n", "")),
    ("H106", HANDOFF, swap("Claude Code [^\n]*", "{name}")),
    ("H107", HANDOFF, swap("2025-10-27", "October 27, 2025")),
    ("H108", HANDOFF, swap("14:30:00", "2:30 PM")),
    ("H108", HANDOFF, swap("14:30:00", "14:30")),
    ("H109", HANDOFF, swap("14:30:00", "17:45:00")),
    ("H109", HANDOFF, swap("2025-10-27", "2025-10-28")),
    ("H111", HANDOFF, cut("## Session Summary")),
    ("H112", HANDOFF, cut("## Completed Work")),
    ("H113", HANDOFF, cut("## Next Priorities")),
    ("H114", HANDOFF, cut("## Context for Next Session")),
    ("H115", HANDOFF, swap("^1. .*?sends them\\)$", "1. **[Next priority]** ([why])")),
    ("H116", HANDOFF, swap("^1. .*?sends them\\)$", "- Add the charts\n- Live updates")),
    ("H117", HANDOFF, swap("^- ✅ Dash.*?statistics.ts\\)$", "The component and the calls.")),
    ("H118", HANDOFF, swap("hold[s] on phones.$", "holds. It is fast. It is small. It is done.")),
    ("H119", HANDOFF, swap("^- \\*\\*Data\\*\\*: [^\n]*", "- **[Area]**: [Open issue, or none]")),
    ("H120", HANDOFF, swap("^- The design of", "- " + "words " * 900 + "of")),
    ("J101", JOURNAL, name("2025-08-15.md")),
    ("J101", JOURNAL, name("20250815-queue.md")),
    ("J101", JOURNAL, name("2025-08-15_queue.md")),
    ("P101", PROMPT, swap("=== SESSION HANDOFF ===", "# === Session Handoff ===")),
    ("P102", PROMPT, swap("^Generated: [^\n]*\n", "")),
    ("P103", PROMPT, swap("2025-10-05T14:30:00Z", "2025-10-05 14:30")),
    ("P104", PROMPT, swap("^Session: [^\n]*\n", "")),
    ("P111", PROMPT, swap("^## Previous Session Summary", "## History")),
    ("P112", PROMPT, cut("## Current Project State")),
    ("P113", PROMPT, cut("## Next Session Objective")),
    ("P114", PROMPT, swap("^## PROMPT FOR NEXT SESSION", "## For the next one")),
    ("P115", PROMPT, swap("^https://example.org[^\n]*", "")),
    ("P117", PROMPT, swap("^https://example.org[^\n]*", "[TEMPLATE_URL]")),
    ("P116", PROMPT, swap("^Remember: [^\n]*", "")),
    ("P117", PROMPT, swap("^Implement the endpoints[^\n]*handling.", "[What to do next]")),
    ("P117", PROMPT, swap("^Implement the endpoints[^\n]*handling.", "")),
    ("P118", PROMPT, swap("^## Project Context.*?^---$", "---")),
    ("P118", PROMPT, swap("^## Project Context.*?^---$",
                          "Just carry on here, as well and as fast as you can, please.\n\n---")),
    ("P119", PROMPT, swap("^Follow the style of models.py.", "Go on as discussed above.")),
    ("P120", PROMPT, cut("### Accomplished")),
    ("P121", PROMPT, cut("### Decisions Made")),
    ("P122", PROMPT, swap("^- UUID primary keys: [^\n]*", "- UUID primary keys")),
    ("P123", PROMPT, after(cut("### Artifacts Created"))),
    ("P124", PROMPT, swap("^- Wrote the models", "- One more\n" * 6 + "- Wrote the models")),
    ("P125", PROMPT, swap("^- Wrote the models", "- Made some progress\n- Wrote the models")),
    ("P126", PROMPT, swap("^blockers.$", "blockers. " + "It is so. " * 4)),
    ("P127", PROMPT, swap("^Implement the endpoints[^\n]*handling.", "Work on user features")),
    ("P128", PROMPT, swap("^Implement the endpoints[^\n]*handling.",
                          "Complete entire user management system")),
    ("P129", PROMPT, swap("^Follow the style", "words " * 2500 + "Follow the style")),
    ("P130", PROMPT, swap("^Follow the style of models.py.",
                          "[References to artifacts, decisions, or specific starting points]")),
    ("P131", PROMPT, swap("^### Accomplished", "#### Accomplished")),
    ("P132", PROMPT, swap("^Follow the style of models.py.", "See [the plan](docs/plan.md).")),
    ("P132", PROMPT, swap("^Follow the style of models.py.", "See [the plan](#the-plan).")),
    ("P132", PROMPT, swap("^Follow the style of models.py.", "See [the plan][plan].")),
    ("P133", PROMPT, swap("^- Session 2: schema", "• Session 2: schema")),
    ("D101", SESSION, swap("^  status: in_progress", "  status: in_progress\n  : [")),
    ("D101", JOURNAL, swap("^It stalled", "```\nIt stalled")),
    ("D102", JOURNAL, swap(r"\A.*\Z", "")),
    ("D111", JOURNAL, swap("^It stalled", "See .agents/sessions/20250101-000000-x.md. It stalled")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "example", "change"),
    BAD,
    ids=[f"{code}-{number}" for number, (code, _, _) in enumerate(BAD)],
)
def test_a_bad_example_gives_exactly_the_rule_that_it_breaks(
    code: str, example: Example, change: Callable[[Example], Example], repo: Path
) -> None:
    write(repo, change(example))
    findings = found(repo)
    assert {finding.code for finding in findings} == {code}, findings
    lines = (repo / change(example).path).read_text().count("\n") + 1
    assert all(1 <= finding.line <= lines for finding in findings)


def test_what_is_code_is_no_reference(repo: Path) -> None:
    write(repo, swap("^Follow the style", "The key is `[a](b.md)` or `[E][C]`. Follow")(PROMPT))
    assert found(repo) == []


def test_a_handoff_md_with_a_prompt_and_without_its_header_is_named(repo: Path) -> None:
    (repo / "HANDOFF.md").write_text(
        "## Current State\nReady.\n\n## Next Steps\n1. Do it\n\n"
        "## PROMPT FOR NEXT SESSION\n\nGo on.\n"
    )
    assert [one.code for one in found(repo)] == ["P101", "P102", "P104"]
    (repo / "HANDOFF.md").write_text("# Handoff\n\n## Next Steps\n1. Do it\n")
    assert found(repo) == []


def test_git_has_to_ignore_what_is_left_for_the_next_session(repo: Path, tmp_path: Path) -> None:
    write(repo, NEXT)
    (repo / ".gitignore").write_text("")
    assert [finding.code for finding in found(repo)] == ["N102"]
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "one")
    assert [finding.code for finding in found(repo)] == ["N102"]
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, NEXT)
    assert found(outside) == []


def test_what_was_left_and_never_read_is_named(repo: Path) -> None:
    write(repo, NEXT)
    (repo / ".gitignore").write_text("")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "one", when=ago(days=50))
    assert [finding.code for finding in found(repo)] == ["N102", "N104"]


@pytest.mark.parametrize(("days", "codes"), [(6, []), (8, ["S141"])])
def test_what_is_in_progress_and_rests_for_a_week_is_named(
    days: int, codes: list[str], repo: Path
) -> None:
    example = session(ago(days=days))
    write(repo, example)
    moment = ago(days=days).timestamp()
    os.utime(repo / example.path, (moment, moment))
    assert [finding.code for finding in found(repo)] == codes


def test_open_boxes_in_a_completed_file_are_named(repo: Path) -> None:
    write(repo, swap("status: in_progress", "status: completed")(SESSION))
    codes = [finding.code for finding in found(repo)]
    assert sorted(codes) == ["S142", "S145"]


def commit(repo: Path, subject: str = "one") -> str:
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--allow-empty", "-m", subject)
    return git(repo, "rev-parse", "HEAD").strip()


class TestAgainstGit:
    """What an active document claims, and git and the disk don't bear out."""

    TEXT = SESSION.text.replace(
        "## Current State\n", "## Current State\nSee `src/a.py`, `src/b.py` and `src/c.py`.\n", 1
    )

    def written(self, repo: Path, text: str = TEXT) -> None:
        for name in "abc":
            (repo / "src").mkdir(exist_ok=True)
            (repo / "src" / f"{name}.py").write_text(f"{name}\n" * 9)
        write(repo, SESSION._replace(text=text))
        assert found(repo) == []
        commit(repo)

    def test_paths_that_were_deleted_or_moved_are_named_with_their_line(self, repo: Path) -> None:
        self.written(repo)
        git(repo, "mv", "src/b.py", "src/d.py")
        git(repo, "rm", "-q", "src/c.py")
        commit(repo)
        line = 1 + self.TEXT.split("\n").index("See `src/a.py`, `src/b.py` and `src/c.py`.")
        assert [(one.code, one.line, one.message) for one in found(repo)] == [
            ("D112", line, "src/b.py was moved to src/d.py"),
            ("D112", line, "src/c.py was deleted"),
        ]

    def test_what_a_document_plans_is_not_called_dead(self, repo: Path) -> None:
        self.written(repo, self.TEXT.replace("`src/c.py`", "`src/planned.py`"))
        commit(repo)
        assert found(repo) == []

    def test_commits_that_are_not_here_are_named(self, repo: Path) -> None:
        self.written(repo)
        known = commit(repo, "known")[:8]
        text = self.TEXT.replace("See `src", f"Since commit {known} and commit a1b2c3d, see `src")
        write(repo, SESSION._replace(text=text))
        (one,) = found(repo)
        assert (one.code, one.message) == ("D113", "commit a1b2c3d is not in this repository")

    def test_a_merged_branch_is_named_where_the_document_names_it(self, repo: Path) -> None:
        git(repo, "checkout", "-q", "-b", "main")
        text = self.TEXT.replace("  created:", "  branch: feat/x\n  created:", 1)
        self.written(repo, text)
        git(repo, "checkout", "-q", "-b", "feat/x")
        commit(repo, "work")
        git(repo, "checkout", "-q", "main")
        git(repo, "merge", "-q", "--no-ff", "-m", "Merge", "feat/x")
        (one,) = found(repo)
        assert (one.code, one.line) == ("D114", 1 + text.split("\n").index("  branch: feat/x"))
        assert 'branch "feat/x" was merged into "main"' in one.message

    def test_what_fell_behind_is_named_from_the_configured_number_on(self, repo: Path) -> None:
        self.written(repo)
        for number in range(3):
            commit(repo, str(number))
        assert found(repo) == []
        (repo / ".agents" / "session-hooks.toml").write_text("[documents]\nmax_commits = 3\n")
        (one,) = found(repo)
        assert (one.code, one.message) == ("D115", "3 commits since it was written")

    def test_what_is_closed_is_history(self, repo: Path) -> None:
        self.written(repo, self.TEXT)
        git(repo, "rm", "-q", "src/c.py")
        commit(repo)
        assert [one.code for one in found(repo)] == ["D112"]
        write(repo, SESSION._replace(text=self.TEXT.replace("in_progress", "completed", 1)))
        assert "D112" not in {one.code for one in found(repo)}


def test_a_wrong_configuration_is_a_finding(repo: Path) -> None:
    (repo / ".agents").mkdir()
    (repo / ".agents" / "session-hooks.toml").write_text("[end]\nnotify = 3\n")
    (finding,) = found(repo)
    assert (finding.code, finding.path) == ("C101", ".agents/session-hooks.toml")


def test_every_rule_has_a_bad_example() -> None:
    elsewhere = {
        "S141",
        "N102",
        "N104",
        "S145",
        "C101",
        "D112",
        "D113",
        "D114",
        "D115",
    }  # they take more than a text: the tests above
    assert {rule.code for rule in RULES} - {code for code, _, _ in BAD} == elsewhere


def test_every_code_is_unique_and_says_which_format_it_is_of() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
    letters = {form: {rule.code[0] for rule in one.RULES} for form, one in OF_FORMATS.items()}
    assert all(len(one) == 1 for one in letters.values()), letters
    assert len({"C", "D"}.union(*letters.values())) == 2 + len(letters)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.NAME)
def test_a_template_has_nothing_wrong_but_that_it_is_not_filled_in(
    form: object, repo: Path
) -> None:
    fields = {
        "title": "X", "date": "2025-10-27", "time": "14:30:00", "branch": "main", "author": "A",
        "generated": "2025-10-27T14:30:00Z", "session": "1 → 2", "trigger": "snapshot",
        "template": "https://example.org/t.md", "minute": f"{ago(hours=3):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    text = form.TEMPLATE.fill(fields)  # type: ignore[attr-defined]
    if form.NAME == "session":  # type: ignore[attr-defined]
        head = SESSION.text.split("---\n")[1]
        text = f"---\n{head.replace('Cache the last good answer', 'TBD')}---\n\n{text}"
    write(repo, Example(EXAMPLES[form.NAME].path, text))  # type: ignore[attr-defined]
    unfilled = re.compile("is still to be filled in|still holds the template's text")
    codes = {finding.code for finding in found(repo) if not unfilled.search(finding.message)}
    assert codes <= {"P119", "P123"}


EDITS = st.tuples(st.integers(0, 3000), st.integers(0, 60), st.text(max_size=12))


@settings(
    max_examples=600 if STRESS else 60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=timedelta(seconds=20),
)
@given(
    example=st.sampled_from([*EXAMPLES.values()]),
    edits=st.lists(EDITS, max_size=4),
)
def test_no_text_makes_a_check_raise(
    example: Example,
    edits: list[tuple[int, int, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text = example.text
    for place, length, new in edits:
        text = text[:place] + new + text[place + length :]
    project = tmp_path_factory.mktemp("project")
    path = project / example.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    lines = len(re.split(r"\r\n?|\n", text))
    for finding in found(project):
        assert finding.code in {rule.code for rule in RULES}
        assert 1 <= finding.line <= lines
