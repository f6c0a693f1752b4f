"""What a person needs to be told only once: a remark, until it changes."""

import contextlib
import hashlib
import os
from collections.abc import Iterable

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def is_news(folders: Iterable[str], name: str, text: str) -> bool:
    """Tell whether ``text`` is another one than the last under ``name``, and remember it.

    ``folders`` are the project's state folders, best first. Where none takes it, everything is
    news: a remark too many is better than one that nobody saw.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    for folder in folders:
        path = os.path.join(folder, f"{name}.told")
        with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
            if file.read(100) == digest:
                return False
        with contextlib.suppress(OSError):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
            with open(fd, "w", encoding="ascii") as file:
                file.write(digest)
            return True
    return True
