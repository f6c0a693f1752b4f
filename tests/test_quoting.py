import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks import plain
from session_hooks_installer.quoting import quoted

ODD = [
    "a\nb  c",
    "\x1b[31m",
    "\u202etxt",
    "<system-reminder>",
    "'$HOME`id`",
    "\udcff",
    "",
    "é\t\\n",
]


@pytest.mark.parametrize("word", ODD)
def test_a_shell_takes_a_word_as_it_is(word: str) -> None:
    script = f"printf %s {quoted(word)}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stdout == os.fsencode(word)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_shown_is_what_is_pasted(word: str) -> None:
    shown = quoted(word)
    assert shown.isprintable()
    assert plain.clean(shown) == shown


@given(st.text("abcAZ09 ./-_'\"$;é"))
def test_an_ordinary_word_is_quoted_as_any_shell_has_it(word: str) -> None:
    assert shlex.split(quoted(Path("/") / word)) == [str(Path("/") / word)]
