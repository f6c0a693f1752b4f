"""What a person needs to be told only once: a remark, until it changes."""

import os
from collections.abc import Iterable

from session_hooks.state import remember


def is_news(folders: Iterable[str], name: str, text: str) -> bool:
    """Tell whether ``text`` is another one than the last under ``name``, and remember it.

    ``folders`` are the project's state folders, best first. Where none takes it, everything is
    news: a remark too many is better than one that nobody saw.
    """
    import contextlib
    import hashlib  # where nothing is told, nobody needs them

    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    for folder in folders:
        path = os.path.join(folder, f"{name}.told")
        with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
            if file.read(100) == digest:
                return False
        if remember(path, digest):
            return True
    return True
