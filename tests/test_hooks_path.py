from pathlib import Path

import pytest

from session_hooks_installer.handlers import Scope
from session_hooks_installer.hooks_path import environment
from session_hooks_installer.installed import Settings
from session_hooks_installer.places import Place

ENVIRON = {"PATH": "/bin", "VIRTUAL_ENV": "/venv", "HOME": "/home/you"}


def settings(scope: Scope, content: dict[str, object]) -> Settings:
    return Settings(Place(scope, Path("/s.json")), content)


def test_a_persons_settings_may_set_the_path() -> None:
    environ, place = environment(ENVIRON, [settings(Scope.USER, {"env": {"PATH": "/venv/bin"}})])
    assert (environ, place) == ({"PATH": "/venv/bin", "HOME": "/home/you"}, Path("/s.json"))


@pytest.mark.parametrize(
    ("scope", "content"),
    [
        (Scope.PROJECT, {"env": {"PATH": "/x"}}),
        (Scope.USER, {"env": {"PATH": 5}}),
        (Scope.USER, {"env": []}),
        (Scope.USER, {}),
    ],
)
def test_otherwise_it_is_claude_codes_own(scope: Scope, content: dict[str, object]) -> None:
    assert environment(ENVIRON, [settings(scope, content)]) == (ENVIRON, None)
