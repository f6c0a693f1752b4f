"""What ``agent-session`` prints."""

import json
import sys
from typing import Any


def say(line: str, *, error: bool = False) -> None:
    """Print a line, on stderr where it isn't the answer itself."""
    print(line, file=sys.stderr if error else sys.stdout)


def print_json(value: dict[str, Any]) -> None:
    """Print an object as people can read it too."""
    say(json.dumps(value, ensure_ascii=False, indent=2))
