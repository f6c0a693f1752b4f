import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from client import claude
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
