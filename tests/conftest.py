import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import warm
from helpers import STRESS, add_session, ago, environment, make_repository, session_text

settings.register_profile("thousands", max_examples=2000, deadline=None)
if STRESS:
    settings.load_profile("thousands")

# Who runs the tests is not whom a hook speaks to: a runner's CI, or a client's own variables.
for _name in {*os.environ} - {"CLAUDE_CLIENT"}:  # which names the client to test
    if _name == "CI" or _name.startswith(("CLAUDE_", "COPILOT_", "GEMINI_")):
        del os.environ[_name]


@pytest.fixture(scope="session", autouse=True)
def _warm_programs() -> Iterator[None]:
    yield
    warm.stop()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    return environment(home)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """An empty git repository on the branch feat/weather."""
    return make_repository(tmp_path / "shop", "feat/weather")


@pytest.fixture
def project(repo: Path) -> Path:
    """Three session files: one in progress on this branch, one paused, one completed."""
    add_session(
        repo,
        "20251204-143000-weather-fallback.md",
        session_text(branch="feat/weather"),
        ago(hours=2),
    )
    add_session(
        repo,
        "20251201-090000-billing-export.md",
        session_text(
            "Billing export",
            "paused",
            updated=ago(days=3),
            task="Wait for the finance team",
            steps="1. Ask finance for the column order",
        ),
        ago(days=3),
    )
    add_session(
        repo,
        "20251120-100000-login-form.md",
        session_text("Login form", "completed", updated=ago(days=14)),
        ago(days=14),
    )
    return repo
