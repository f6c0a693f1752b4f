import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client import agents, claude
from client.agents import Other
from client.claude import Claude
from client.stand_in import StandIn, serve


@pytest.fixture(scope="session")
def client_program() -> Path:
    """The client; without it the tests skip, or fail where ``REQUIRE_CLIENT=1``."""
    program = claude.find()
    if program is None:
        reason = f"Claude Code is not here; to install it: {claude.install_command()}"
        if os.environ.get("REQUIRE_CLIENT") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return program


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with serve() as server:
        yield server


@pytest.fixture
def client(
    client_program: Path, home: Path, env: dict[str, str], stand_in: StandIn
) -> Iterator[Claude]:
    made = Claude(client_program, home, env, stand_in)
    yield made
    assert stand_in.elsewhere == []


@pytest.fixture
def agent_of(
    home: Path, env: dict[str, str], stand_in: StandIn, client_program: Path
) -> Callable[[str], Claude | Other]:
    """Claude Code by its name, or another agent; they skip, or fail, as the client does."""

    def made(name: str) -> Claude | Other:
        if name == "claude":
            return Claude(client_program, home, env, stand_in)
        if not agents.is_here(name):
            reason = f"{name} is not here; to install it: {agents.install_command()}"
            if os.environ.get("REQUIRE_CLIENT") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return Other(name, home, env, stand_in)

    return made
