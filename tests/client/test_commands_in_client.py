"""What the model's own commands change, and what the next conversation is told of it."""

from pathlib import Path

import pytest

from client.claude import Claude, calling, run_installer
from client.stand_in import Block, Body, text_block
from helpers import add_session, git, session_text

pytestmark = pytest.mark.client

LEAD = "20251204-143000-weather-fallback.md"
BOXES = "## Execution Progress\n- [ ] BACK-1 - read\n- [ ] BACK-2 - write\n"


def test_a_call_of_tick_and_of_done_is_told_at_the_next_start(
    project: Path, env: dict[str, str], client: Claude
) -> None:
    lead = add_session(project, LEAD, session_text(branch="feat/weather", more=BOXES))
    assert run_installer(project, env, "--repo", str(project)) == 0
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    client.prepare(project, "default")
    wanted = {
        "Tick it": 'agent-session tick BACK-1 && agent-session next "Write the storage class"',
        "It is done": f'agent-session done {lead.relative_to(project)} -m "Green at night"',
    }
    called: list[str] = []

    def answer(body: Body) -> list[Block]:
        for said, command in wanted.items():
            if said in str(body["messages"]) and command not in called:
                called.append(command)
                return [calling(command)]
        return [text_block("Done.")]

    client.stand_in.answer = answer
    client.ask(project, "Tick it", "--allowedTools", "Bash(agent-session:*)")
    client.ask(project, "Hello")
    told = client.stand_in.texts()[-1]
    assert "- [x] BACK-1 - read" in told
    assert 'Next, line 22: "Write the storage class"' in told

    client.ask(project, "It is done", "--allowedTools", "Bash(agent-session:*)")
    assert called == [*wanted.values()]
    assert "status: completed" in lead.read_text()
    client.ask(project, "Hello again")
    told = client.stand_in.texts()[-1]
    assert "To resume: .agents/sessions/20251201-090000-billing-export.md, paused" in told


def test_the_skills_are_listed_and_run(project: Path, env: dict[str, str], client: Claude) -> None:
    assert run_installer(project, env, "--repo", str(project), "--skills") == 0
    client.prepare(project, "default")
    client.ask(project, "Hello")
    listed = client.stand_in.texts()[-1]
    for name in ("handoff", "resume-session", "close-session"):
        assert name in listed
    assert "Hand the work over" not in listed
    client.ask(project, "/handoff")
    assert "Hand the work over" in client.stand_in.texts()[-1]
