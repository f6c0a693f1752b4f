from pathlib import Path

import pytest

from session_hooks_installer.refusal import pointed


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
    message = pointed(Path("/p/settings.json"), 7, column, "wrong", source)
    assert message == (
        f"/p/settings.json, line 7, column {column}: wrong\n\n{shown}\n\n"
        "Nothing was written. Mend the file, then run install-hooks again."
    )


def test_an_empty_line_is_not_shown() -> None:
    assert len(pointed(Path("x"), 1, 1, "wrong", " ").splitlines()) == 2
