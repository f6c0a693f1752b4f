import os
import time
from pathlib import Path

import pytest

from helpers import Ran, add_session, command, run, session_text
from talks import Talk, talk

PATH = ".agents/sessions/20251204-143000-weather.md"
OTHER = ".agents/sessions/20251205-100000-billing.md"


@pytest.fixture
def shop(repo: Path) -> Path:
    add_session(repo, Path(PATH).name, session_text())
    return repo


def submit(one: Talk, prompt: str = "go on", **given: str) -> Ran:
    event = one.event("UserPromptSubmit", prompt=prompt, **given)
    ran = run("user-prompt-submit-hook", event, one.env)
    assert (ran.code, ran.err) == (0, "")
    return ran


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
        assert told.person == "1 document changed meanwhile, and Claude was told"
        assert submit(one).out == ""


def test_two_handlers_of_one_prompt_speak_once(shop: Path, env: dict[str, str]) -> None:
    """As in the plugin and in a settings file: neither knows of the other."""
    with talk(shop, env) as one:
        one.start()
        assert submit(one, "done for now").model
        assert submit(one, "done for now").out == ""
        assert submit(one, "OK, that's it for today").model  # another one, however soon


def test_one_that_is_written_to_by_another_is_told_once(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one, talk(shop, env) as two:
        for each in (one, two):
            assert submit(each).out == ""
        path = shop / PATH
        path.write_text(path.read_text().replace("1. Implement", "1. Test it; implement"))
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
        "don't stop, let's wrap up the parser first", "hand off now happens in a goroutine",
    ],
)  # fmt: skip
def test_any_other_prompt_has_no_answer(prompt: str, shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        assert submit(one, prompt).out == ""


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


def test_another_projects_documents_are_no_news(shop: Path, env: dict[str, str]) -> None:
    add_session(shop / "api", Path(OTHER).name, session_text("Billing export"))
    with talk(shop, env) as one:
        for folder in (shop, shop / "api", shop, shop / "api"):
            assert submit(one, cwd=str(folder)).out == ""


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
        old = folder / "watch-x.json"
        old.write_text("{}")
        os.utime(old, (time.time() - 8 * 86400,) * 2)
        add_other(shop)
        submit(one)
        assert not old.exists()
    command("install-hooks", env, shop, "--purge")
    assert not list(folder.glob("watch-*"))
