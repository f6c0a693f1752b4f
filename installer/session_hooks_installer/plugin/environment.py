"""Make the environment of the plugin's programs, in the background, while a conversation starts.

``environment.py ENVIRONMENT FORMER``: the folder to make, beside what is kept of making it, and an
environment that does meanwhile, or "". The plugin carries a copy of this file beside its wheel: it
needs the standard library alone.
"""

import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

_SECONDS = 15 * 60  # for each step; pip alone gives up much earlier
_LATER = "They speak from the next conversation on."
_OTHERWISE = "What helps, too: an installation of agent-session-hooks that is on the PATH."


class SetUpError(Exception):
    """Why there is no environment, for a person."""


def main() -> int:
    environment, former = Path(sys.argv[1]), sys.argv[2]
    message = failure = ""
    try:
        message = begin(environment)
    except (SetUpError, OSError) as error:
        failure = f"Session hooks could not be set up: {error}. {_OTHERWISE}"
    if not message and not failure:  # another start was faster
        former = str(environment)
    # Where a former version speaks meanwhile, only a failure is news.
    said = _said(Path(former)) if former else "{}"
    shown = failure if former else failure or message
    print(_with(said, shown) if shown else said, end="")
    return 0


def _said(environment: Path) -> str:
    program = environment / "bin" / "session-start-hook"
    return subprocess.run([program], stdout=subprocess.PIPE, check=False).stdout.decode()


def _with(said: str, message: str) -> str:
    answer = json.loads(said or "{}")
    shown = filter(None, (answer.get("systemMessage"), message))
    return json.dumps({**answer, "systemMessage": "\n".join(shown)})


def begin(environment: Path) -> str:
    """Begin to make it, unless somebody does, and return what to tell; "" where it is there.

    Raises SetUpError and OSError, for what failed the last time too.
    """
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        missing = f"{sys.executable} has no venv"
        raise SetUpError(f"{missing}. Install it, for example: sudo apt install python3-venv")
    data = environment.parent
    data.mkdir(parents=True, exist_ok=True)
    # Locked for as long as the one who makes it lives, which inherits it.
    lock = os.open(data / "set-up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return f"Session hooks are still being set up{_stage(data)}. {_LATER}"
    if (environment / "ready").exists():
        return ""
    failure = _read(data / "failure")
    if os.fork() == 0:
        _work(environment)
    if failure:
        raise SetUpError(f"{failure}. It is tried again now; the log: {data / 'set-up.log'}")
    return f"Session hooks are being set up, which takes a minute, once. {_LATER}"


def _stage(data: Path) -> str:
    said = _read(data / "stage")
    began = (data / "set-up.lock").stat().st_mtime
    return f": {said}, {time.time() - began:.0f} s so far" if said else ""


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


# --- in the background ---------------------------------------------------------------------------


def _work(environment: Path) -> NoReturn:
    """Make it in a process of its own, which nobody waits for and no closed terminal ends."""
    os.setsid()
    data = environment.parent
    os.utime(data / "set-up.lock")
    log = os.open(data / "set-up.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (log, 1), (log, 2)):  # the client waits for who holds its pipes
        os.dup2(old, new)
    try:
        make(environment)
        (data / "failure").unlink(missing_ok=True)
    except Exception as error:  # noqa: BLE001  there is nobody here; the next start tells it
        (data / "failure").write_text(str(error), "utf-8")
    finally:
        (data / "stage").unlink(missing_ok=True)
        if not (data / "set-up.lock").exists():  # the plugin was removed, its folder with it
            shutil.rmtree(data, ignore_errors=True)
        os._exit(0)


def make(environment: Path) -> None:
    """Make the environment; raises SetUpError and OSError."""
    # Not the Python of an environment that happens to be active, nor a name that an upgrade of the
    # system gives to another version: then the link dangles, and is made anew.
    python = os.path.realpath(sys.executable)
    data, wheel = environment.parent, next(Path(__file__).parent.glob("*.whl"))
    shutil.rmtree(environment, ignore_errors=True)
    _run(data, "making an environment", [python, "-I", "-m", "venv", str(environment)])
    pip = [str(environment / "bin" / "python"), "-I", "-m", "pip", "install"]
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    _run(data, "installing the libraries", [*pip, *quiet, str(wheel)])
    (environment / "ready").touch()
    # The one before stays: an open conversation may still be with the plugin as it was.
    whole = sorted(data.glob("*/ready"), key=lambda one: one.stat().st_mtime)[-2:]
    for folder in data.iterdir():
        if folder.is_dir() and folder / "ready" not in whole:
            shutil.rmtree(folder)


def _run(data: Path, what: str, command: Sequence[str]) -> None:
    (data / "stage").write_text(what, "utf-8")
    env = {**os.environ, "PIP_USER": "0"}
    begin = (data / "set-up.log").stat().st_size
    try:
        done = subprocess.run(command, env=env, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise SetUpError(f"{what}: not done within {_SECONDS // 60} minutes") from error
    if done.returncode:
        said = (data / "set-up.log").read_bytes()[begin:].decode("utf-8", "replace")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["no word why"]
        raise SetUpError(f"{what}: {errors[-1].removeprefix('ERROR: ')}")


if __name__ == "__main__":
    sys.exit(main())
