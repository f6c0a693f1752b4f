import os
import time
from pathlib import Path

import pytest

from helpers import Ran, add_session, ago, command, git, run, session_text
from session_hooks.documents import scan
from session_hooks.events import user_prompt_submit
from session_hooks.events.context import Event, Surroundings
from talks import NEXT, Talk, talk

PATH = ".agents/sessions/20251204-143000-weather.md"
OTHER = ".agents/sessions/20251205-100000-billing.md"


@pytest.fixture
def shop(repo: Path) -> Path:
    add_session(repo, Path(PATH).name, session_text())
    return repo


def rewrite(path: Path) -> None:
    path.write_text(path.read_text().replace("1. Implement", "1. Test it; implement"))


def title(ran: Ran) -> str | None:
    given = ran.answer.get("hookSpecificOutput", {}) if ran.out else {}
    return given.get("sessionTitle")


def submit(one: Talk, prompt: str = "go on", **given: str) -> Ran:
    event = one.event("UserPromptSubmit", prompt=prompt, **given)
    ran = run("user-prompt-submit-hook", event, one.env)
    assert (ran.code, ran.err) == (0, "")
    return ran


def write_other(one: Talk) -> None:
    """The conversation itself writes a session file."""
    one.edit(add_other(one.project))


def add_other(repo: Path, title: str = "Billing export") -> Path:
    return add_session(repo, Path(OTHER).name, session_text(title))


def test_a_document_that_comes_meanwhile_is_told_once(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        assert submit(one).out == ""
        add_other(shop)
        told = submit(one)
        assert told.model == (
            "New here since your last turn, and not by an edit of yours: "
            f'{OTHER} "Billing export", in_progress'
        )
        assert told.person == 'New or changed meanwhile: "Billing export"; Claude was told'
        assert submit(one).out == ""


def test_one_that_is_written_to_by_another_is_told_once(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one, talk(shop, env) as two:
        for each in (one, two):
            assert submit(each).out == ""
        rewrite(shop / PATH)
        for each in (one, two):
            assert submit(each).model.startswith(
                f"Changed since your last turn, and not by an edit of yours: {PATH}"
            )
            assert submit(each).out == ""


def test_what_the_conversation_writes_itself_is_no_news(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        submit(one)
        one.say()
        one.runs("agent-session note x")
        command("agent-session", env, shop, "note", "x")
        assert submit(one).out == ""


@pytest.mark.parametrize(
    "prompt",
    [
        "done for now", "OK, that's it for today, thanks", "Let’s stop here.", "let's wrap this up",
        "pause the session", "Feierabend!", "C'est tout pour aujourd’hui", "今天就到这",
        "Tests are green. Let's call it a day", "I'll stop here for today",
        "That's it for today. Thanks!", "I am done for now", "ok Schluss für heute. Danke dir!",
        "Done for now. Please write the handoff.", "commit that, then we're done for now",
        "we'll continue tomorrow", "Let's end the session here", "gotta go",
        "Write the handoff for tomorrow, then we stop here", "we're done here", "wrap up please",
        "let's leave it here", "It’s time to stop", "good night", "thanks, I have to leave now",
        "Ich mache Schluss für heute",
    ],
)  # fmt: skip
def test_who_stops_has_the_handoff_written(prompt: str, shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        said = submit(one, prompt).model.splitlines()
        assert said[0] == "The person seems to stop here. Before that:"
        assert said[1].startswith(f'Bring {PATH} "Weather fallback" up to date: Current State')


@pytest.mark.parametrize(
    "prompt",
    [
        "go on", "Stop the server", "are we done?", "wrapper for now()", "x " * 80 + "done for now",
        "wrap up the function in a class", "end the session when the token expires",
        "let's stop the server", "let's stop using mocks here", "that's enough for now, next: auth",
        "Close the session in the finally block", "why does the test close the session early?",
        "let's pause the worker and look", "I'm not done for today",
        "done for now, write the tests please", "we'll continue tomorrow with what you find now",
        "the token has to go now", "then we are done with the parser",
        "don't stop, let's wrap up the parser first", "hand off now happens in a goroutine",
        "wrap this in a function", "leave it here as a comment", "let's leave it here as a comment",
        "leave it here", "are we done here?", "time to stop the server", "why do we stop here?",
        "we're done here with the parser", 'print "good night"', "wrap up the loop", "wrap it",
    ],
)  # fmt: skip
def test_any_other_prompt_has_no_answer(prompt: str, shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        assert submit(one, prompt).out == ""


def test_blank_lines_take_no_time(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        began = time.monotonic()
        assert submit(one, "look at this" + "\n" * 900 + "x").out == ""
        assert time.monotonic() - began < 2


def test_nobody_who_attends_nothing_is_told(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}) as one:
        submit(one)
        add_other(shop)
        assert submit(one, "done for now").out == ""


def test_without_documents_it_is_silent_and_leaves_nothing(repo: Path, env: dict[str, str]) -> None:
    with talk(repo, env) as one:
        assert submit(one, "done for now").out == ""
    assert not (repo / ".git" / "agent-session-hooks").exists()


def test_who_stops_is_named_the_file_of_his_own_work(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        submit(one)
        one.say()
        one.edit(shop / PATH)
        add_other(shop)
        said = submit(one, "done for now").model
        assert f'Bring {PATH} "Weather fallback" up to date' in said
        assert f"; then agent-session pause {PATH}, or done." in said


def test_another_projects_documents_are_no_news(shop: Path, env: dict[str, str]) -> None:
    path = add_session(shop / "api", Path(OTHER).name, session_text("Billing export"))
    with talk(shop, env) as one:
        one.start()
        submit(one)
        os.utime(path)
        for folder in (shop, shop / "api", shop, shop / "api"):
            said = submit(one, cwd=str(folder), session_title="Weather fallback")
            assert said.out == ""


@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_what_lies_in_its_place_is_replaced(kind: str, shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        submit(one)
        (kept,) = (shop / ".git" / "agent-session-hooks").glob("watch-*.json")
        kept.rename(shop / "elsewhere")
        if kind == "fifo":
            os.mkfifo(kept)
        else:
            kept.symlink_to(shop / "elsewhere")
        submit(one)
        add_other(shop)
        assert OTHER in submit(one).model
        assert submit(one).out == ""
        assert kept.is_file()
        assert not kept.is_symlink()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 1}', '{"known": 3, "when": "x"}'])
def test_what_is_kept_of_it_may_be_broken(text: str, shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        submit(one)
        (kept,) = (shop / ".git" / "agent-session-hooks").glob("watch-*.json")
        kept.write_text(text)
        assert submit(one).out == ""
        add_other(shop)
        assert OTHER in submit(one).model


def test_what_is_old_is_forgotten_and_purged(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        submit(one)
        folder = shop / ".git" / "agent-session-hooks"
        for name in ("watch-x.json", "agents-x.json"):
            (folder / name).write_text("{}")
            os.utime(folder / name, (time.time() - 8 * 86400,) * 2)
        add_other(shop)
        submit(one)
        assert not list(folder.glob("*-x.json"))
        (folder / "agents-y.json").write_text("{}")
    command("install-hooks", env, shop, "--purge")
    assert not [*folder.glob("watch-*"), *folder.glob("agents-*")]


def test_what_changes_between_a_start_and_its_first_prompt_is_told_once(
    shop: Path, env: dict[str, str]
) -> None:
    old = add_session(shop, "20251203-100000-search.md", session_text("Search"), ago(hours=5))
    with talk(shop, env) as one:
        one.start()
        time.sleep(0.01)
        os.utime(add_other(shop))
        rewrite(shop / PATH)
        assert submit(one).model.splitlines() == [
            "New or changed since this conversation started, and not by an edit of yours: "
            f'{OTHER} "Billing export", in_progress',
            "Changed since this conversation started, and not by an edit of yours: "
            f'{PATH} "Weather fallback", in_progress',
        ]
        assert submit(one).out == ""
        assert old.name not in submit(one, "done for now").model


def test_what_a_resumed_conversation_was_told_at_its_start_is_not_told_again(
    shop: Path, env: dict[str, str]
) -> None:
    with talk(shop, env) as one:
        one.start()
        submit(one)
        one.say()
        rewrite(shop / PATH)
        time.sleep(2.1)
        assert PATH in one.start("resume").model
        assert "additionalContext" not in submit(one).out


def test_what_was_told_at_a_prompt_is_not_told_again_when_the_conversation_is_resumed(
    shop: Path, env: dict[str, str]
) -> None:
    with talk(shop, env) as one:
        one.start()
        submit(one)
        one.say()
        rewrite(shop / PATH)
        assert PATH in submit(one).model
        time.sleep(2.1)  # two starts within that time are two handlers of one
        assert one.start("resume").out == ""


def test_of_a_thousand_documents_the_one_that_changed_is_read(
    shop: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        name = f"20251101-{number:06}-x.md"
        add_session(shop, name, session_text(f"Work {number}"), ago(hours=9))
    with talk(shop, env) as one:
        submit(one)
        rewrite(shop / PATH)
        opened: list[str] = []
        real = os.open

        def noting(path: str, *how: int, **more: int) -> int:
            if str(path).endswith(".md"):
                opened.append(path)
            return real(path, *how, **more)

        monkeypatch.setattr(os, "open", noting)
        monkeypatch.setattr(scan, "NEWEST", 1)
        event = Event.parse(one.event("UserPromptSubmit", prompt="go on"))
        said = user_prompt_submit.handle(
            event, Surroundings(ago(hours=-1), one.env, str(shop))
        ).stdout
        assert PATH in said
        assert opened == [str(shop / PATH)]


def test_two_handlers_of_one_prompt_speak_once(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        one.start()
        submit(one)
        add_other(shop)
        event = Event.parse(one.event("UserPromptSubmit", prompt="go on", prompt_id="p1"))
        first, second = (
            user_prompt_submit.handle(event, Surroundings(ago(), one.env, str(shop)))
            for _ in range(2)
        )
        assert OTHER in first.stdout
        assert second.stdout == ""


def test_a_conversation_is_called_what_its_start_gave_it(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        one.start()
        assert title(submit(one)) == "Weather fallback"
        assert submit(one, session_title="Weather fallback").out == ""


def test_what_was_left_for_it_names_it_by_its_work(repo: Path, env: dict[str, str]) -> None:
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, env) as one:
        one.start()
        assert title(submit(one)) == "Write FileStorage"


def test_what_a_person_called_it_stays(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        one.start()
        assert title(submit(one, session_title="My own")) is None
        write_other(one)
        assert title(submit(one, session_title="My own")) is None
        assert title(submit(one, "done for now", session_title="My own")) is None


def test_one_that_works_on_another_document_is_called_after_that(
    shop: Path, env: dict[str, str]
) -> None:
    with talk(shop, env) as one:
        one.start()
        submit(one)
        write_other(one)
        assert title(submit(one, session_title="Weather fallback")) == "Billing export"
        assert title(submit(one, session_title="Billing export")) is None


def test_after_clear_the_former_document_does_not_name_it(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        one.start()
        submit(one)
        one.say()
        one.end("clear")
    add_other(shop)
    with talk(shop, env) as two:
        two.start("clear")
        assert title(submit(two, session_title="Weather fallback")) == "Billing export"


def test_after_clear_what_a_person_called_it_stays(shop: Path, env: dict[str, str]) -> None:
    add_other(shop)
    with talk(shop, env) as one:
        one.start()
        submit(one, session_title="Weather fallback")  # by --name
        one.say()
        one.end("clear")
    with talk(shop, env) as two:
        two.start("clear")
        assert title(submit(two, session_title="Weather fallback")) is None


def test_another_client_gets_no_title(shop: Path, env: dict[str, str]) -> None:
    other = {name: text for name, text in env.items() if not name.startswith("CLAUDE")}
    with talk(shop, other) as one:
        one.env = other
        one.start()
        assert submit(one).out == ""


def test_a_title_is_one_line_and_holds_nothing_hidden(repo: Path, env: dict[str, str]) -> None:
    text = session_text("Pay\u202e \x1b[31mments <system-reminder> " + "long " * 40)
    add_session(repo, Path(PATH).name, text)
    with talk(repo, env) as one:
        one.start()
        called = title(submit(one)) or ""
        assert called.startswith("Pay")
        assert len(called) <= 60
        assert called.isprintable()
        assert "<system-reminder>" not in called


def test_who_stops_is_told_how_to_leave_what_was_left_for_it(
    shop: Path, env: dict[str, str]
) -> None:
    """What its start took is not here any more, and another session file is not its own."""
    (shop / "NEXT_SESSION.md").write_text(NEXT)
    with talk(shop, env) as one:
        one.start()
        one.say()
        assert "Before that" not in submit(one, "done for now").out  # it is told again as it is
        one.work()
        said = submit(one, "done for now").model
        assert "Write NEXT_SESSION.md now." in said
        assert PATH not in said
        (shop / "NEXT_SESSION.md").write_text(NEXT)
        said = submit(one, "done for now").model
        assert "NEXT_SESSION.md is there, and not by this conversation: what still holds" in said
        git(shop, "checkout", "-q", "-b", "feat/weather")
        add_session(shop, Path(PATH).name, session_text(branch="feat/weather"))
        assert f"Bring {PATH} " in submit(one, "done for now").model  # it is this branch's


AGENTS = "  spawned_agents:\n    - agent: qa\n      task: Test it at night\n      status: pending\n"


def end_agent(one: Talk, agent: str) -> None:
    event = one.event("SubagentStop", agent_id="a1", agent_type=agent, last_assistant_message="Ok")
    assert run("subagent-stop-hook", event, one.env).out == ""


def test_a_task_that_an_agent_leaves_open_is_told_at_the_next_prompt_once(
    repo: Path, env: dict[str, str]
) -> None:
    add_session(repo, Path(PATH).name, session_text(agents=AGENTS))
    with talk(repo, env) as one:
        submit(one)
        end_agent(one, "Explore")
        assert submit(one).out == ""
        end_agent(one, "qa")
        assert submit(one).model == (
            f'Agent qa ended; still open for it: "Test it at night" (pending) in {PATH}. '
            "If that is done: agent-session agent qa --status completed --summary TEXT --path "
            f"{PATH}"
        )
        assert submit(one).out == ""


def test_one_that_is_closed_by_then_is_not_told(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, Path(PATH).name, session_text(agents=AGENTS))
    with talk(repo, env) as one:
        submit(one)
        end_agent(one, "qa")
        closing = ("agent", "qa", "--status", "completed", "--path", PATH)
        assert command("agent-session", env, repo, *closing).code == 0
        one.runs("agent-session agent qa")
        assert submit(one).out == ""


def test_where_prompts_are_not_handled_nothing_is_noted_of_agents(
    repo: Path, env: dict[str, str]
) -> None:
    add_session(repo, Path(PATH).name, session_text(agents=AGENTS))
    with talk(repo, env) as one:
        end_agent(one, "qa")
    assert not list((repo / ".git").glob("agent-session-hooks/agents-*"))
