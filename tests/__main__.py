"""Run the tests in an environment made for them: ``python3 tests [arguments of pytest]``.

It must parse in any Python since 3.6, so that an old one is told that it is too old.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    NEEDED = "Python 3.11 or newer is needed, for example: python3.12 tests"
    sys.exit(f"tests: this is Python {sys.version.split()[0]}. {NEEDED}")

CLONE = Path(__file__).resolve().parent.parent
ENVIRONMENT = CLONE / ".venv"
PYTHON = ENVIRONMENT / ("bin" if os.name == "posix" else "Scripts") / "python"
STAMP = ENVIRONMENT / "installed-for-tests"
"""What the environment was made for."""


def main() -> None:
    os.chdir(CLONE)
    wanted = hashlib.sha256(Path("pyproject.toml").read_bytes()).hexdigest()
    if not _runs("import pytest, xdist") or not STAMP.is_file() or STAMP.read_text() != wanted:
        _install()
        STAMP.write_text(wanted)
    pytest = [str(PYTHON), "-m", "pytest", "-n", "auto", "--dist", "worksteal", *sys.argv[1:]]
    try:
        sys.exit(subprocess.run(pytest, check=False).returncode)
    except KeyboardInterrupt:  # pytest has said so
        sys.exit(130)


def _runs(code: str) -> bool:
    """Tell whether the environment's Python is there, new enough, and runs code with success."""
    test = f"import sys; assert sys.version_info >= (3, 11); {code}"
    try:
        return (
            subprocess.run([PYTHON, "-I", "-c", test], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def _install() -> None:
    if not _runs("import pip"):
        # What works stays: somebody's own may have been made by a tool that needs no pip.
        clear = [] if _runs("") else ["--clear"]
        print(f"Making an environment: {ENVIRONMENT}", flush=True)
        _run(sys.executable, "-m", "venv", *clear, str(ENVIRONMENT))
    print("Installing what the tests need (once)", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "-e", ".[test]")


def _run(*command: str) -> None:
    """Run a command that says itself what is wrong; end with its exit code where something is."""
    code = subprocess.run(command, check=False).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
