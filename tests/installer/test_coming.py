import subprocess
from pathlib import Path

import pytest

from session_hooks_installer import cli
from session_hooks_installer.settings.file import Change
from session_hooks_installer.settings.handlers import CLAUDE, Scope
from session_hooks_installer.settings.install import Outcome

PATH = Path("/p/.claude/settings.json")


def outcome(before: str | None, after: str | None, other_names: int = 0) -> Outcome:
    return Outcome(Change(PATH, before, after, other_names=other_names))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a", "a\nb"),
        ("a\n", "a"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("\x0ca\u2028b\n", "a\u2028b\n"),
        ("x\n" * 50, "x\n" * 25 + "y\n" + "x\n" * 25),
    ],
)
def test_a_patch_makes_the_one_file_of_the_other(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(before.encode())
    patch = "".join(cli.diff(Change(path, before, after)))
    command = ["git", "apply", "-p", str(len(path.parts) - 1), "--unsafe-paths", "-"]
    patch = patch.replace(f"--- {path}", f"--- a{path}").replace(f"+++ {path}", f"+++ a{path}")
    subprocess.run(command, input=patch.encode(), check=True, cwd=tmp_path)
    assert path.read_bytes() == after.encode()


def test_a_file_that_is_made_or_deleted_is_dev_null_on_the_other_side() -> None:
    assert cli.diff(Change(PATH, None, "{}\n"))[:2] == ["--- /dev/null\n", f"+++ {PATH}\n"]
    assert cli.diff(Change(PATH, "{}\n", None))[:2] == [f"--- {PATH}\n", "+++ /dev/null\n"]


def test_in_a_terminal_nothing_of_the_file_is_obeyed() -> None:
    patch = cli.diff(Change(PATH, "a\n", 'b\x1b[2J\u202e\x9b1m"\n'))
    shown = list(cli.for_terminal(patch, colour=True))
    assert "\x1b[31m-a\x1b[0m" in shown
    assert '\x1b[32m+b"\x1b[0m' in shown
    plain = list(cli.for_terminal(patch, colour=False))
    assert plain[-2:] == ["-a", '+b"']
    assert not {"\u202e", "\x9b", "\x1b"} & set("".join(plain))


def test_hooks_that_are_switched_off_and_hard_links_are_told() -> None:
    told = list(cli.notes_of(outcome("{}", '{"disableAllHooks": true}', other_names=1)))
    assert told == [
        f"{PATH} has hard links, where the former text still stands.",
        f'"disableAllHooks" in {PATH} turns every hook off.',
    ]


def test_another_scope_is_told_with_the_way_out() -> None:
    (told,) = cli.also_installed({Scope.USER: Path("/h/settings.json")}, Path(), CLAUDE)
    assert "installed for you in all projects, too (/h/settings.json)" in told
    assert told.endswith("install-hooks --uninstall --scope user")


def test_a_remedy_names_the_repository_unless_one_stands_there(tmp_path: Path) -> None:
    (told,) = cli.still_installed({Scope.LOCAL: Path("/p/x.json")}, tmp_path, CLAUDE)
    assert told.endswith(f"install-hooks --uninstall --scope local --repo {tmp_path}")
