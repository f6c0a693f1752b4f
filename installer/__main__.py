"""Install the programs for oneself and the hooks in a repository: ``python3 installer``.

It needs the standard library alone, and must parse in any Python since 3.6, to say it is too old.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    NEEDED = "Python 3.11 or newer is needed, for example: python3.12 installer"
    sys.exit(f"installer: this is Python {sys.version.split()[0]}. {NEEDED}")

NAME = "agent-session-hooks"
CLONE = Path(__file__).resolve().parent.parent
DATA = os.environ.get("XDG_DATA_HOME", "")
ENVIRONMENT = (Path(DATA) if os.path.isabs(DATA) else Path.home() / ".local" / "share") / NAME
PROGRAMS = ENVIRONMENT / "bin"
LINKS = Path.home() / ".local" / "bin"
RECORD = ENVIRONMENT.with_name(f"{NAME}-repositories")  # folders with hooks from here, a line each


class SetUpError(Exception):
    """What a person must mend first."""


def main() -> int:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    arguments = _parser().parse_args()
    try:
        repo = _repository(arguments)
        return remove(repo) if arguments.remove else install(repo, arguments)
    except SetUpError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except KeyboardInterrupt:
        print()  # after the line that says how far it was
        problem = "interrupted; to go on, run it again"
    print(f"installer: {problem}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 installer",
        description="Install the programs of this clone, or bring them up to date, and the hooks "
        "in a repository.",
    )
    parser.add_argument("--repo", metavar="DIR", help="the repository (default: the one here)")
    parser.add_argument("--scope", choices=["project", "local", "user"], help="see install-hooks")
    parser.add_argument("--gitignore", action="store_true", help="see install-hooks")
    parser.add_argument("--remove", action="store_true", help="take back all of it")
    return parser


def _repository(arguments: argparse.Namespace) -> Path | None:
    here = Path(arguments.repo or "").resolve()
    if not here.is_dir():
        raise SetUpError(f"{here} is not a folder")
    if arguments.repo or arguments.scope in ("project", "local"):
        return here
    top = next((one for one in (here, *here.parents) if (one / ".git").exists()), None)
    is_work = top is not None and top != Path.home().resolve()  # a home may be one of dotfiles
    return here if is_work else None


def install(repo: Path | None, arguments: argparse.Namespace) -> int:
    import tomllib

    _check_machine()
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
    names = sorted(project["scripts"])
    _check_links(names)
    _check_environment()
    is_new = not _runs(PROGRAMS / "python", "-I", "-c", "import pip")
    if is_new:
        _make_environment()
    how = "and its libraries there" if is_new else f"again in {_shown(ENVIRONMENT)}"
    _say(f"Installing {NAME} {project['version']} {how}")
    _install_package(is_new=is_new)
    _link(names)
    if repo is None and arguments.scope != "user":
        program = LINKS / "install-hooks"
        command = program.name if shutil.which(program.name) == str(program) else _shown(program)
        _say(f"\nNo git repository here. In each that is to have the hooks, run: {command}")
        return 0
    options = [f"--repo={repo}"] if arguments.repo else []
    options += [f"--scope={arguments.scope}"] if arguments.scope else []
    options += ["--gitignore"] if arguments.gitignore else []
    _say("")
    code = subprocess.run([LINKS / "install-hooks", *options], check=False).returncode
    if repo is not None and code == 0:
        known = dict.fromkeys([*_recorded(), repo])
        RECORD.write_bytes(b"".join(os.fsencode(one) + b"\n" for one in known))
    return code


def _check_machine() -> None:
    if os.name != "posix":
        raise SetUpError("on this system, install it with: uv tool install . (or pipx install .)")
    if not shutil.which("git"):
        raise SetUpError("git is not found. Install it, for example: sudo apt install git")
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        missing = f"{sys.executable} has no venv"
        raise SetUpError(f"{missing}. Install it, for example: sudo apt install python3-venv")


def _check_links(names: Iterable[str]) -> None:
    there = (LINKS / name for name in names if os.path.lexists(LINKS / name))
    foreign = [path for path in there if not _is_ours(path)]
    if foreign:
        links = [f", a link to {os.readlink(one)}" if one.is_symlink() else "" for one in foreign]
        named = [_shown(one) + link for one, link in zip(foreign, links, strict=True)]
        raise SetUpError(_listed("not from here, and in the way; remove or rename:", named))


def _is_ours(path: Path) -> bool:
    target = os.path.realpath(path)
    return path.is_symlink() and os.path.dirname(target) == os.path.realpath(PROGRAMS)


def _check_environment() -> None:
    is_free = not os.path.lexists(ENVIRONMENT) or not any(ENVIRONMENT.iterdir())
    if not is_free and not (ENVIRONMENT / "pyvenv.cfg").is_file():
        raise SetUpError(f"{_shown(ENVIRONMENT)} is no environment; remove or rename it")


def _make_environment() -> None:
    if ENVIRONMENT.exists():
        _say("Removing the environment, which is broken")
        shutil.rmtree(ENVIRONMENT)
    _say(f"Making an environment: {_shown(ENVIRONMENT)}")
    lines = _failure([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    if lines:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        raise SetUpError(_listed("venv can't make it. Its last lines:", lines))


def _install_package(*, is_new: bool) -> None:
    pip = [str(PROGRAMS / "python"), "-I", "-m", "pip", "install"]
    quiet = ["--progress-bar=off", "--no-input", "--disable-pip-version-check"]
    # In its cache pip would keep a wheel of ours.
    lines = _failure([*pip, *quiet, "--no-cache-dir", "."])
    if lines:
        if is_new:
            shutil.rmtree(ENVIRONMENT)
        said = _listed("pip can't install it. Its last lines:", lines)
        advice = "It needs the network, for the libraries. What worked before is as it was."
        raise SetUpError(f"{said}\n{advice}")


def _link(names: Sequence[str]) -> None:
    LINKS.mkdir(parents=True, exist_ok=True)
    for path in _own_links():
        if path.name not in names:  # a program of an earlier release
            path.unlink()
    new = [name for name in names if not os.path.lexists(LINKS / name)]
    for name in new:
        (LINKS / name).symlink_to(PROGRAMS / name)
    if new:
        _say(f"Linked into {_shown(LINKS)}: {', '.join(new)}")


def _own_links() -> list[Path]:
    return [path for path in sorted(LINKS.iterdir()) if _is_ours(path)] if LINKS.is_dir() else []


def _recorded() -> list[Path]:
    lines = os.fsdecode(RECORD.read_bytes()).split("\n") if RECORD.is_file() else []
    return [Path(line) for line in lines if line]


def remove(repo: Path | None) -> int:
    _check_environment()
    if os.path.lexists(PROGRAMS / "install-hooks"):  # else it never came to hooks
        repos = [*_recorded(), *([repo] if repo else [])]
        _remove_hooks([str(one) for one in dict.fromkeys(repos) if one.is_dir()])
    own = _own_links()
    if not own and not ENVIRONMENT.is_dir():
        _say("Nothing of it is installed.")
        return 0
    for path in own:
        path.unlink()
    RECORD.unlink(missing_ok=True)
    if ENVIRONMENT.is_dir():
        shutil.rmtree(ENVIRONMENT)
    _say(f"Removed {_shown(ENVIRONMENT)} and the links to it in {_shown(LINKS)}.")
    return 0


def _remove_hooks(repos: Iterable[str]) -> None:
    if not _runs(PROGRAMS / "install-hooks", "--version"):
        raise SetUpError("the environment is broken. To mend it, run this without --remove")
    for repo in repos:  # what refuses in one, refuses before anything is taken out
        _install_hooks("--purge", "--dry-run", "--repo", repo)
    said = _install_hooks("--uninstall", "--scope", "user")
    for repo in repos:
        said += _install_hooks("--uninstall", "--scope", "local", "--repo", repo)
        said += _install_hooks("--uninstall", "--purge", "--repo", repo)
    # Of each scope it says what is not there, and what stays in those whose turn is to come.
    usual = ("Not installed", "Note: the hooks stay", "What is remembered", "Nothing is remembered")
    for line in said:
        if not line.startswith(usual):
            _say(line)


def _install_hooks(*options: str) -> list[str]:
    done = subprocess.run(
        [PROGRAMS / "install-hooks", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise SetUpError(f"nothing more is removed, because of\n{done.stderr.strip()}")
    return done.stdout.splitlines()


def _runs(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _failure(command: Sequence[str]) -> list[str]:
    """Run a command in the clone, show how far it is, and return its last lines if it fails."""
    is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    lines = []
    with subprocess.Popen(
        command,
        cwd=CLONE,
        env={**os.environ, "PIP_USER": "0", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for said in process.stdout or ():
            line = "".join(one for one in said if one.isprintable()).strip()
            lines += [line] if line else []
            if is_terminal:
                width = shutil.get_terminal_size().columns - 3
                print(f"\r\x1b[K  {line[:width]}", end="", flush=True)
    if is_terminal:
        print("\r\x1b[K", end="", flush=True)
    return (lines[-10:] or ["(nothing)"]) if process.returncode else []


def _listed(head: str, lines: Iterable[str]) -> str:
    return "\n  ".join([head, *lines])


def _shown(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _say(line: str) -> None:
    print(line, flush=True)  # before what another process prints


if __name__ == "__main__":
    sys.exit(main())
