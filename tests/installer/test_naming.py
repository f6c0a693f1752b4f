import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.util import safe_text
from session_hooks_installer.common import point_at, quoted

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
    assert safe_text.clean(shown) == shown


@given(st.text("abcAZ09 ./-_'\"$;é"))
def test_an_ordinary_word_is_quoted_as_any_shell_has_it(word: str) -> None:
    assert shlex.split(quoted(Path("/") / word)) == [str(Path("/") / word)]


@pytest.mark.parametrize(
    ("column", "source", "shown"),
    [
        (3, '{ "a": }', '  { "a": }\n    ^'),
        (2, "\t{", "  \t{\n  \t^"),
        (2, "\x1b[2J{", "  \\x1b[2J{\n      ^"),
        (3, "a\u202eb", "  a\\u202eb\n         ^"),
        (101, "x" * 100 + "y" + "z" * 100, f"  …{'x' * 60}y{'z' * 59}…\n  {' ' * 61}^"),
        (3, "{}", "  {}\n    ^"),
        (9, "{}", "  {}\n    ^"),
    ],
)
def test_the_place_is_shown_with_a_mark(column: int, source: str, shown: str) -> None:
    message = point_at(Path("/p/settings.json"), 7, column, "wrong", source)
    assert message == (
        f"/p/settings.json, line 7, column {column}: wrong\n\n{shown}\n\n"
        "Nothing was written. Mend the file, then run install-hooks again."
    )


def test_an_empty_line_is_not_shown() -> None:
    assert len(point_at(Path("x"), 1, 1, "wrong", " ").splitlines()) == 2
