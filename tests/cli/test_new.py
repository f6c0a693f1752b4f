"""``agent-session new``: as a real process, and its names and texts by themselves."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import PROGRAMS, STRESS, Ran, command, git, make_repository
from session_hooks.cli.check import session as check_session
from session_hooks.cli.new import Wish, draft, slug
from session_hooks.documents import locations
from session_hooks.documents.formats import prompt
from session_hooks.documents.formats import session as formats_session
from session_hooks.documents.locations import PLACES, parts
from session_hooks.documents.model import Document, Scan
from session_hooks.documents.registry import FORMATS, named, of_text, read_body
from session_hooks.documents.scan import scan
from session_hooks.project.project import CONFIG, project_at
from session_hooks.util import safe_text

FORMS = [form.NAME for form in FORMATS]
FIELDS = {
    "stamp": r"\d{8}-\d{6}", "date": r"\d{4}-\d\d-\d\d", "clock": r"\d{4}",
    "name": "weather-fallback",
}  # fmt: skip
UTC_NOW = datetime(2025, 12, 4, 23, 30, 5, tzinfo=UTC)
NOW = UTC_NOW.astimezone(timezone(timedelta(hours=2)))


def new(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("agent-session", env, cwd, "new", *arguments)


def made(env: dict[str, str], cwd: Path, *arguments: str) -> str:
    """Return the text of the document that a call makes."""
    ran = new(env, cwd, *arguments)
    assert ran.code == 0, ran.err
    return (cwd / ran.out.rstrip("\n")).read_text()


def configure(repo: Path, text: str) -> None:
    (repo / CONFIG).parent.mkdir(exist_ok=True)
    (repo / CONFIG).write_text(text)


def folder_of(form: str) -> str:
    """Return where a format's documents go, unless a project says otherwise."""
    return os.path.join(parts(PLACES[form][0])[0], "")


def scanned(repo: Path) -> Scan:
    return scan(project_at(str(repo)), 5)


# --- Where, and under what name ------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_document_is_made_where_its_format_lies_and_nobody_takes_it_for_one_yet(
    form: str, repo: Path, env: dict[str, str]
) -> None:
    ran = new(env, repo, "Weather fallback", "--format", form)
    assert ran.code == 0
    path = ran.out.removesuffix("\n")
    assert re.fullmatch(folder_of(form) + named(form).STEM.format(**FIELDS) + r"\.md", path)
    found = scanned(repo)
    assert [(one.path, one.format) for one in found.templates] == [(path, form)]
    assert (found.documents, found.unread) == ((), ())
    assert "not filled in yet" in command("agent-session", env, repo, "list").out


@pytest.mark.parametrize("form", FORMS)
def test_json_gives_path_format_and_title(form: str, repo: Path, env: dict[str, str]) -> None:
    (repo / "sub").mkdir()
    arguments = (
        ("--format", form, "--json") if form == "next" else ("X", "--format", form, "--json")
    )
    answer = new(env, repo / "sub", *arguments).answer
    assert (repo / answer.pop("path")).is_file()
    assert answer == {"format": form, "title": "Next Session" if form == "next" else "X"}


def test_the_path_can_be_used_from_where_the_person_stands(repo: Path, env: dict[str, str]) -> None:
    assert new(env, repo, "X").out.startswith(".agents/sessions/")  # unless another is asked for
    below = repo / "src"
    below.mkdir()
    shown = Path(new(env, below, "Y").out.rstrip("\n"))
    assert shown.is_absolute()
    assert shown.parent == repo / ".agents" / "sessions"
    inside = new(env, repo / ".agents" / "sessions", "Z").out
    assert "/" not in inside
    elsewhere = new(env, repo.parent, "W", "--repo", str(repo)).out
    assert elsewhere.startswith("shop/.agents/sessions/")


def test_a_document_outside_git_knows_no_branch(tmp_path: Path, env: dict[str, str]) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    text = made(env, folder, "X")
    assert "branch" not in text
    assert "author" not in text
    assert "**Branch**: none\n**Author**: Claude Code\n" in made(
        env, folder, "X", "--format", "handoff"
    )
    assert new(env, folder, "--format", "next").err == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_machine_without_git_makes_documents_too(
    form: str, repo: Path, env: dict[str, str]
) -> None:
    more = {"next": (), "prompt": ("X", "--template", "https://e.org/t")}.get(form, ("X",))
    ran = new(env | {"PATH": str(PROGRAMS)}, repo, *more, "--format", form)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("form", "there", "folder"),
    [
        ("handoff", "docs/session-handoffs", "docs/session-handoffs/"),
        ("journal", "docs/sessions", "docs/sessions/"),
        ("handoff", "docs", "session-handoffs/"),
        ("next", "docs", ""),
        ("prompt", ".claude", ""),
    ],
)
def test_handoffs_and_journals_go_where_there_is_a_folder_for_them(
    form: str, there: str, folder: str, repo: Path, env: dict[str, str]
) -> None:
    (repo / there).mkdir(parents=True)
    path = new(env, repo, "X", "--format", form).out.rstrip("\n")
    assert path.rpartition("/")[0] == folder.rstrip("/")


def test_a_project_says_where_its_documents_go(repo: Path, env: dict[str, str]) -> None:
    configure(repo, "[folders]\n" + "".join(f"{form} = ['work/{form}', 'b']\n" for form in FORMS))
    for form in FORMS:
        assert new(env, repo, "X", "--format", form).out.startswith(f"work/{form}/")


def test_a_path_is_printed_as_it_is(repo: Path, env: dict[str, str]) -> None:
    configure(repo, "[folders]\njournal = ['Café  notes']\n")
    path = new(env, repo, "X", "--format", "journal").out.rstrip("\n")
    assert path.startswith("Café  notes/")
    assert (repo / path).is_file()


def test_a_name_that_is_taken_gets_a_number(repo: Path, env: dict[str, str]) -> None:
    names = [new(env, repo, "X", "--format", "journal").out.rstrip("\n") for _ in range(3)]
    assert [name.partition("-x")[2] for name in names] == [".md", "-2.md", "-3.md"]
    assert len(scanned(repo).templates) == 3


# --- What stands in it ---------------------------------------------------------------------------


def test_a_session_file_has_the_frontmatter_of_its_specification_in_order(
    repo: Path, env: dict[str, str]
) -> None:
    git(repo, "config", "user.name", "Ann Ä.")
    text = made(
        env, repo, "Weather", "--issue", "BACK-123", "--agent", "backend-dev", "--agent", "qa"
    )
    _, head, _ = text.split("---\n", 2)
    tables = yaml.safe_load(head)
    assert list(tables) == ["session", "orchestration"]
    stamp = tables["session"]["created"]
    assert isinstance(stamp, str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
    assert list(tables["session"].items()) == [
        ("title", "Weather"),
        ("status", "in_progress"),
        ("created", stamp),
        ("last_updated", stamp),
        ("linear_issue", "BACK-123"),
        ("branch", "feat/weather"),
        ("author", "Ann Ä."),
    ]
    task = {"task": formats_session.TEMPLATE_AGENT_TASK, "status": "pending"}
    assert tables["orchestration"] == {
        "current_task": formats_session.TEMPLATE_TASK,
        "spawned_agents": [{"agent": "backend-dev", **task}, {"agent": "qa", **task}],
    }
    assert f"### {stamp[:10]} {stamp[11:16]} - Session file created" in text


def test_an_issues_address_is_an_address(repo: Path, env: dict[str, str]) -> None:
    text = made(env, repo, "X", "--issue", "https://linear.app/x/issue/BACK-1/y")
    assert "  linear_url: https://linear.app/x/issue/BACK-1/y\n" in text
    assert "linear_issue" not in text
    assert "spawned_agents" not in text


def test_a_handoff_gives_local_time_and_who_wrote_it(repo: Path, env: dict[str, str]) -> None:
    git(repo, "config", "user.name", "Ann")
    ran = new(env | {"TZ": "UTC-13:30"}, repo, "X", "--format", "handoff")
    path = ran.out.rstrip("\n")
    text = (repo / path).read_text()
    local = datetime.now(timezone(timedelta(hours=13, minutes=30)))
    head = re.search(
        r"# Session Handoff: X\n\n\*\*Date\*\*: (\S+)\n\*\*Time\*\*: ((\d\d):(\d\d):\d\d)\n"
        r"\*\*Branch\*\*: feat/weather\n\*\*Author\*\*: Claude Code \+ Ann\n",
        text,
    )
    assert head
    assert path.startswith(f"session-handoffs/{head[1]}-{head[3]}{head[4]}-x")
    said = datetime.fromisoformat(f"{head[1]}T{head[2]}+13:30")
    assert abs(local - said) < timedelta(minutes=2)


def test_a_prompt_counts_on_from_the_newest_one(repo: Path, env: dict[str, str]) -> None:
    text = made(env, repo, "A", "--format", "prompt", "--template", "https://e.org/t.md")
    assert "\nSession: Session 1 → 2: A\n" in text
    assert "\nhttps://e.org/t.md\n" in text
    assert 'say "snapshot"' in text
    (repo / "docs").mkdir()
    filled = text.replace("[Achievement]", "Wrote it").replace("1 → 2", "4 → 5")
    (repo / "docs" / "HANDOFF.md").write_text(filled)
    (repo / "HANDOFF.md").unlink()
    assert "\nSession: Session 5 → 6: B\n" in made(env, repo, "B", "--format", "prompt")


def test_a_prompt_without_an_address_says_what_is_missing(repo: Path, env: dict[str, str]) -> None:
    ran = new(env, repo, "A", "--format", "prompt")
    assert "[TEMPLATE_URL]" in (repo / "HANDOFF.md").read_text()
    assert "--template URL" in ran.err
    assert CONFIG in ran.err


def test_a_projects_own_template_and_trigger_are_taken(repo: Path, env: dict[str, str]) -> None:
    configure(repo, "[prompt]\ntemplate = 'https://e.org/ours.md'\ntrigger = \"that's it\"\n")
    ran = new(env, repo, "A", "--format", "prompt")
    text = (repo / "HANDOFF.md").read_text()
    assert ran.err == ""
    assert "\nhttps://e.org/ours.md\n" in text
    assert prompt.trigger(text) == "that's it"
    (repo / "HANDOFF.md").unlink()
    other = ("--template", "https://e.org/b.md", "--trigger", "pass it on")
    text = made(env, repo, "A", "--format", "prompt", *other)
    assert "\nhttps://e.org/b.md\n" in text
    assert prompt.trigger(text) == "pass it on"


@pytest.mark.parametrize("domain", sorted(prompt.DOMAINS))
def test_a_domains_sections_stand_at_the_end_of_the_summary(
    domain: str, repo: Path, env: dict[str, str]
) -> None:
    text = made(env, repo, "A", "--format", "prompt", "--domain", domain)
    headings = re.findall(r"^(#+) (.*)$", text, re.MULTILINE)
    added = [("###", part.heading) for part in prompt.DOMAINS[domain]]
    start = headings.index(("###", "Artifacts Created")) + 1
    assert headings[start : start + len(added) + 1] == [*added, ("##", "Current Project State")]
    assert [one.path for one in scanned(repo).templates] == ["HANDOFF.md"]


# --- What is said about it -----------------------------------------------------------------------


def test_how_git_is_to_ignore_the_file_is_one_command_that_works(
    repo: Path, env: dict[str, str]
) -> None:
    ran = new(env, repo, "--format", "next")
    how = ran.err.partition("To have it ignored: ")[2].strip()
    assert how == "echo NEXT_SESSION.md >> .gitignore"
    subprocess.run(["/bin/sh", "-c", how], cwd=repo, check=True)
    (repo / "NEXT_SESSION.md").unlink()
    assert new(env, repo, "--format", "next").err == ""


def test_the_command_is_right_from_below_and_for_a_file_without_a_last_newline(
    repo: Path, env: dict[str, str]
) -> None:
    configure(repo, "[folders]\nnext = 'docs'\n")
    below = repo / "a b"
    below.mkdir()
    (repo / ".gitignore").write_text("*.log")
    ran = new(env, below, "--format", "next")
    how = ran.err.partition("To have it ignored: ")[2].strip()
    subprocess.run(["/bin/sh", "-c", how], cwd=below, check=True)
    assert (repo / ".gitignore").read_text() == "*.log\ndocs/NEXT_SESSION.md\n"
    assert git(repo, "check-ignore", "docs/NEXT_SESSION.md")


def test_a_format_that_the_hooks_leave_out_is_made_and_that_is_said(
    repo: Path, env: dict[str, str]
) -> None:
    configure(repo, "[documents]\nformats = ['session']\n")
    ran = new(env, repo, "X", "--format", "journal")
    assert ran.code == 0
    assert "the hooks don't read it" in ran.err
    assert "title" in new(env, repo, "X", "--format", "next").err


# --- What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "TITLE is missing"),
        (("--format", "journal"), "TITLE is missing"),
        ((" \t\n",), "TITLE is missing"),
        (("\x1b[31m\u200b",), "TITLE is missing"),
        (("x" * 6000,), "longer than 5000"),
        (("X", "--format", "minutes"), "invalid choice"),
        (("X", "--issue", "A-1", "--format", "next"), "--issue is for --format session only"),
        (("X", "--agent", "qa", "--format", "prompt"), "--agent is for --format session only"),
        (("X", "--domain", "software"), "--domain is for --format prompt only"),
        (("X", "--template", "https://e.org"), "--template is for --format prompt only"),
        (("X", "--trigger", "x", "--format", "journal"), "--trigger is for --format prompt only"),
        (("X", "--format", "prompt", "--domain", "law"), "invalid choice"),
        (("X", "--format", "prompt", "--template", "base.md"), "--template must be the http(s)"),
        (("X", "--format", "prompt", "--trigger", 'a"b'), "--trigger must be a word"),
        (("=== SESSION HANDOFF ===", "--format", "journal"), "give another TITLE"),
        (("X", "--repo", "nope"), "nope is not a folder"),
    ],
)
def test_what_cannot_be_made_is_refused_with_the_reason(
    arguments: tuple[str, ...], words: str, repo: Path, env: dict[str, str]
) -> None:
    ran = new(env, repo, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert sorted(path.name for path in repo.iterdir()) == [".git"]


@pytest.mark.parametrize(("form", "name"), [("next", "NEXT_SESSION.md"), ("prompt", "HANDOFF.md")])
@pytest.mark.parametrize("is_link", [False, True])
def test_what_is_there_already_is_never_written_over(
    form: str, name: str, is_link: bool, repo: Path, env: dict[str, str]
) -> None:
    if is_link:
        (repo / name).symlink_to(repo.parent / "outside.md")
    else:
        (repo / name).write_text("mine")
    ran = new(env, repo, "X", "--format", form)
    assert (ran.code, ran.out) == (2, "")
    assert f"{name} is there already: read it, and move or delete it first" in ran.err
    assert not (repo.parent / "outside.md").exists()
    assert is_link or (repo / name).read_text() == "mine"


def test_a_folder_that_leads_out_of_the_project_is_not_written_to(
    repo: Path, env: dict[str, str]
) -> None:
    outside = repo.parent / "outside"
    outside.mkdir()
    (repo / ".agents").symlink_to(outside)
    (repo / "sessions").symlink_to(outside)
    for form in ("session", "journal"):
        ran = new(env, repo, "X", "--format", form)
        assert ran.code == 2
        assert "leaves the project" in ran.err
    assert list(outside.iterdir()) == []


def test_a_link_within_the_project_is_followed(repo: Path, env: dict[str, str]) -> None:
    (repo / "work").mkdir()
    (repo / "sessions").symlink_to("work")
    path = new(env, repo, "X", "--format", "journal").out.rstrip("\n")
    assert [one.path for one in scanned(repo).templates] == [path]


def test_a_folder_that_cannot_be_written_to_is_named_with_the_reason(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / ".agents").write_text("")
    ran = new(env, repo, "X")
    assert (ran.code, ran.out) == (2, "")
    assert ".agents/sessions/" in ran.err
    assert "not a directory" in ran.err
    (repo / "sessions").write_text("")
    assert "file exists" in new(env, repo, "X", "--format", "journal").err


def test_new_composes_with_the_other_commands(repo: Path, env: dict[str, str]) -> None:
    line = "agent-session new 'A b' | xargs agent-session show --json"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=repo, env=env, capture_output=True, check=True
    )
    shown = json.loads(done.stdout)
    assert (shown["title"], shown["status"], shown["branch"]) == (
        "A b", "in_progress", "feat/weather",
    )  # fmt: skip
    assert shown["active"] is False
    assert shown["next_action"] is None


@pytest.mark.parametrize("form", FORMS)
def test_what_is_filled_in_is_a_document_with_its_next_action(
    form: str, repo: Path, env: dict[str, str]
) -> None:
    title = ["X"] if form != "next" else []
    path = repo / new(env, repo, *title, "--format", form).out.rstrip("\n")
    text = path.read_text()
    for part in named(form).TEMPLATE.parts:
        if part.guidance and part.is_blank:
            text = text.replace(part.guidance, "- Cache the answer")
    path.write_text(text)
    (row,) = command("agent-session", env, repo, "list", "--all", "--json").answer["documents"]
    assert (row["format"], row["next_action"]) == (form, "Cache the answer")


# --- Names and texts by themselves ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "issue", "name"),
    [
        ("Weather fallback", None, "weather-fallback"),
        ("  Größe: Café & Señor's  Tür!  ", None, "große-cafe-senors-tur"),
        ("PLT-123 Weather", None, "weather"),
        ("[BACK-123] Weather (#45), issue 12", None, "weather"),
        ("Fix back-123 for UTF-8 and SHA-256", None, "fix-back-123-for-utf-8-and-sha-256"),
        ("Fix back-123 for good", "BACK-123", "fix-for-good"),
        ("Fix 45 of 450", "#45", "fix-of-450"),
        ("BACK-123", None, "session"),
        ("???", None, "session"),
        ("🚀✅️", None, "session"),
        ("天気の予報 ガイド", None, "天気の予報-ガイド"),
        ("Погода: йод", None, "погода-йод"),
        ("हिन्दी में", None, "हिन्दी-में"),
        ("날씨 예보", None, "날씨-예보"),
        ("a/b\\c..d", None, "a-b-c-d"),
        ("word " * 30, None, "word-word-word-word-word-word-word-word-word-word-word-word"),
        ("x" * 100, None, "x" * 60),
        ("İstanbul", None, "istanbul"),
    ],
)
def test_a_title_becomes_a_name(title: str, issue: str | None, name: str) -> None:
    assert slug(title, issue) == name


TITLES = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="\"'#:[]{}()*_`<>!|\\/&%@- \t\nabÄß天é1,?=~", max_size=60),
    st.sampled_from(
        ["---", "null", "[Title]", "{title}", "Status: done", "- [ ] Next: x", "x" * 999]
    ),
).filter(lambda title: safe_text.one_line(title) != "")


@given(title=TITLES, issue=st.one_of(st.none(), st.text(max_size=12)))
def test_any_title_makes_a_name_that_every_system_takes(title: str, issue: str | None) -> None:
    name = slug(title, issue)
    assert 0 < len(name) <= 60
    assert len(name.encode()) <= 180
    assert not re.search(r"[\s/\\.:*?\"<>|]|^-|-$|--", name)
    assert check_session.ISSUE_IN_NAME.search(name) is None


WISHES = st.builds(
    Wish,
    title=TITLES.map(safe_text.one_line),
    now=st.just(NOW),
    branch=st.just("feat/x"),
    author=st.just("Ann"),
    issue=st.one_of(st.none(), st.sampled_from(["BACK-1", "https://e.org/1", ": #", "12"])),
    agents=st.lists(st.sampled_from(["qa", "a: b", "'x", "#"]), max_size=2).map(tuple),
    number=st.integers(1, 99999),
    template=st.one_of(st.none(), st.just("https://e.org/{title}")),
    trigger=st.sampled_from(["snapshot", "that's it", "{template}"]),
    domain=st.sampled_from([None, *prompt.DOMAINS]),
    task=st.just(formats_session.TEMPLATE_TASK),
)


def reread(form: str, stem: str, text: str) -> Document:
    """Read a draft as the hooks will."""
    assert of_text(named(form), text) is named(form)
    assert locations.fits(form, f"{stem}.md")
    document = named(form).read(f"{folder_of(form)}{stem}.md", text, UTC_NOW)
    assert document.problems == ()
    return document


@settings(max_examples=1000 if STRESS else 150, deadline=timedelta(seconds=5))
@given(form=st.sampled_from(FORMS), wish=WISHES)
def test_whatever_is_asked_for_nobody_has_filled_it_in_yet(form: str, wish: Wish) -> None:
    document = reread(form, *draft(form, wish))
    assert named(form).is_template(document)
    body = read_body(document)
    assert body.problems == ()
    if form == "session":
        assert document.title == wish.title
        assert document.branch == "feat/x"
        assert [agent.name for agent in document.agents] == list(wish.agents)
        assert document.created == document.updated == UTC_NOW.replace(microsecond=0)
        assert (document.issue or document.issue_url) == wish.issue


def test_days_and_hours_are_local_where_no_zone_is_given_and_utc_elsewhere() -> None:
    stems = {
        "session": "20251204-233005-x",
        "next": "NEXT_SESSION",
        "handoff": "2025-12-05-0130-x",
        "journal": "2025-12-05-x",
        "prompt": "HANDOFF",
    }
    assert {form: draft(form, Wish("X", NOW))[0] for form in stems} == stems


def test_a_branch_of_another_repository_is_not_taken_for_this_ones(
    tmp_path: Path, env: dict[str, str]
) -> None:
    here = make_repository(tmp_path / "here", "mine")
    there = make_repository(tmp_path / "there", "theirs")
    text = made(env | {"GIT_DIR": str(there / ".git")}, here, "X")
    assert "branch: mine" in text
