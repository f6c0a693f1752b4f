"""What reads simple markdown without the library says what the library says, or nothing."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import STRESS
from session_hooks.documents import markdown
from session_hooks.documents.simple_markdown import Block, simple_blocks

ROOT = Path(__file__).parents[2]


def _agrees(text: str) -> bool:
    """Tell whether the text was read at all; what was read has to be the library's."""
    is_read = True
    for code in (True, False):
        found = simple_blocks(text, code=code)
        is_read = is_read and found is not None
        if found is not None:
            assert found == markdown._library_blocks(text, code=code), text
    return is_read


def test_blocks_are_told_with_their_kind_depth_and_line() -> None:
    text = (
        "Some words\nthat go on\n## Part\n- [ ] one\n  more\n\n  1. two\n     ```py\n     a\n"
        "\n       b\n     ```\n* * *\n| a | b |\n|---|---|\n| `x` | |\n|  |  |\n\nEnd  of it"
    )
    assert simple_blocks(text, code=True) == [
        Block("paragraph", 0, "Some words that go on", 0),
        Block("heading", 0, "Part", 2),
        Block("item", 1, "[ ] one more", 3),
        Block("item", 2, "two", 6, is_numbered=True),
        Block("code", 2, "a\n\n  b", 7),
        Block("row", 0, "`x`", 15),
        Block("paragraph", 0, "End of it", 18),
    ]
    assert _agrees(text)


def test_the_library_is_not_even_imported_for_simple_text() -> None:
    code = (
        "import sys\n"
        "from session_hooks.documents import markdown\n"
        "markdown.blocks('- a\\n  more\\n')\n"
        "assert 'markdown_it' not in sys.modules\n"
        "markdown.blocks('> a')\n"
        "assert 'markdown_it' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n  \n",
        "text\n" + " " * 9 + "goes on",
        "text\n2. goes on, for a list that ends a paragraph begins with 1",
        "text\n1. ends here",
        "text\n- ends here",
        "text\n\n7) seven\n8. another list",
        "text\n***\nmore",
        "text\n# A heading\nmore",
        "text\n```\ncode\n```\nmore",
        "text\n===\nmore",
        "text\n--\nmore",
        "#1 is no heading, 1.x no item and -x neither",
        "- a\n - b\n  - c\n   - d\n    - goes on",
        "- a\n  - b\n    - c\n  - d\n- e",
        "- a\ngoes on\n\nends",
        "- a\n\n  a paragraph of its own",
        "1. a\n   - b\n 2. c",
        "123456789. the longest number\n\n1234567890. too long",
        "-    four spaces",
        "text\n     - goes on",
        "~~\nno code\n~~",
        "```\ncode\n\n```",
        "```\n```x\n     ```\nmore\n```",
        "  ```\n one space\n  ```",
        "| a |\n|---|\n| x |\n\n---\ntext",
        "[[a]]: /to",
        "- [x] done\n- [ ] open\n- [a](link) and [b]",
        "- a\n\n  | h |\n  |:-:|\n  | x |\n\n- b",
        "| h | i |\n|---|---|\n| only one |\n| one | two | three |\n|---|---|",
        "~~~~ a `b`\n~~~\n~~~~~  ",
        "  ```\n    two spaces are the fence's own\n ```",
        "a | b\nno table, for there is no line below",
        "****\n_ _ _",
        "\u00a0\u00a0\u00a0\u00a0\u00a0no indent \u2003\n-\u00a0no item",
    ],
)
def test_what_people_write_is_read_without_the_library(text: str) -> None:
    assert _agrees(text)


@pytest.mark.parametrize(
    "text",
    [
        "a\ttab",
        "a\r\nb",
        "nothing \0",
        "    code",
        "# A\n    code",
        "- a\n\n      code",
        "-     code",
        "-",
        "1.",
        "-  ",
        "text\n-",
        "#",
        "# A #",
        "# A\\#",
        "> quoted",
        "<div>",
        "text\n<!--",
        "[a]: /to",
        "- [a]: /to",
        "[a\n]: /to",
        "[a\\]: b]: /to",
        "[a\\] b]: /to",
        "1.    a\n     # A",
        "```a`b\ncode\n```",
        "a | b\n:--|--:",
        "| a |\n| : |",
        "| a | b |\n|-- --|--|",
        "a || b\n|---|\n| c |",
        "- - a",
        "- # A",
        "- ```\n  code\n  ```",
        "- ***",
        "```\nnever closed",
        "```a```",
        "- a\n  ```\n code\n```",
        "- a\n\n  ```\n  code\n ```",
        "a | b\n--- | ---\nc | d",
        "- a | b\n  --|--",
        "- | a |\n  |---|",
        "text\n| a |\n|---|",
        "| a |\n|---|\nno row",
        "| a |\n|---|\n| x \\| y |",
        "| a | b |\n|---|",
        "| a |\n    |---|",
        "| a |\n|---|\n    | x |",
        "- a\n\n  | a |\n|---|",
        "- a\n\n  | a |\n  |---|\n| x |",
        "".join(f"{'  ' * depth}- x\n" for depth in range(12)),
    ],
)
def test_what_may_mean_something_else_is_left_to_the_library(text: str) -> None:
    assert simple_blocks(text, code=True) is None


_MARKERS = [
    "", "", "", "- ", "* ", "+ ", "1. ", "2) ", "10. ", "0. ", "01. ", "- [ ] ", "1. [x] ", "1)",
    "-", "123456789. ", "1234567890. ", "-  ", "-    ", "-     ", "1.  ", "- - ", "- 1. ",
    "\u0661. ", "\uff11. ", "> ", "# ", "#", "###### ", "####### ", "-\u00a0", "#\u00a0",
]  # fmt: skip
_WORDS = [
    "text", "two words", "a | b", "| a | b |", "| a |", "|---|---|", "|---|", "| - | :-: |", "--|-",
    "|-", ":-", "||", "|", "| x \\| y |", "|  |  |", "a|", "---", "--", "-", "===", "=", "***",
    "_ _ _", "- - -", "_", "```", "```py", "~~~", "````", "```a```", "~~~ x ~", "``", "[a]: /to",
    "[a]", "[a](b)", "[ ]: x", "[a\\]: b", "[[x]]: y", "[x", "] y: z", "[^1]: note", "<div>",
    "</b>", "* * *", "<!-- c", "-->", "&amp;", "\\- x", "\\", "a\\", "\\# h", "**bold**",
    "**Bold:**", "__b__", "\U0001f3af **Aim**", "a #", "h ##", "#", "1986. A", "2. b", "1. c", "1)",
    "+", "*", "\u00a0", "\u2003- y", "\x0b", "\x0cz", "\u2028q", "\x1cf", "\x85", "x" * 300,
    "\u0663", "(1) x", "x  ",
]  # fmt: skip
_PARTS = [
    "- a", "  - b", "    - c", "      - d", "  b", "    c", "1. x", "   - y", "2. z", "   more", "",
    "", "text", "      deep", "        deeper", "```", "  ```", "    ```", "    code", "* s", "+ p",
    "   3) q", "10. ten", "    ten", "# H", "  # h", "---", "  ---", "| a | b |", "|---|---|",
    "  | a | b |", "  |---|---|", "| c |", "- | a | b |", "> q",
]  # fmt: skip
_SIGNS = "-*+1. )#|:`~[]<>\n\\a_= \n"
_ANY_LINE = st.builds(
    "{}{}{}{}".format,
    st.integers(0, 9).map(" ".__mul__), st.sampled_from(_MARKERS), st.sampled_from(_WORDS),
    st.sampled_from(["", "", "", " ", "  ", " #", "\\", "\t", "\u00a0"]),
)  # fmt: skip
_TEXTS = st.one_of(
    st.lists(st.one_of(_ANY_LINE, st.just("")), max_size=8).map("\n".join),
    st.lists(st.sampled_from(_PARTS), max_size=14).map("\n".join),
    st.lists(st.sampled_from(_SIGNS), max_size=40).map("".join),
)


@settings(max_examples=6000 if STRESS else 600, deadline=None)
@given(_TEXTS)
def test_no_text_is_read_otherwise_than_by_the_library(text: str) -> None:
    _agrees(text)


def _texts_at_hand() -> list[str]:
    """Return the project's own documents, and every text in its tests."""
    modules = sorted((ROOT / "tests").rglob("*.py"))
    trees = [ast.parse(path.read_text("utf-8")) for path in modules]
    found = [
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value
    ]
    return found + [path.read_text("utf-8") for path in sorted(ROOT.glob("*.md"))]


def test_every_text_at_hand_is_read_as_by_the_library() -> None:
    texts = _texts_at_hand()
    sections = {section.text for text in texts for section in markdown.sections(text, bold=True)[0]}
    assert len(sections) > 300
    assert sum(map(_agrees, sections)) > len(sections) * 0.9
    for text in texts:
        _agrees(text)


@pytest.mark.parametrize(
    "line", ["- a\n  - b\n", "| a |\n|---|\n| b |\n", "```\n", "# a  #\n", "a\n"]
)
def test_a_long_text_takes_time_in_proportion(line: str) -> None:
    text = line * (200_000 // len(line))
    began = time.monotonic()
    simple_blocks(text, code=True)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "line", ["# a" + " " * 50_000 + "b #", "- " * 50_000 + "x", "|-" * 50_000 + "x", "[" * 100_000]
)
def test_a_long_line_takes_time_in_proportion(line: str) -> None:
    began = time.monotonic()
    simple_blocks(f"|\n{line}", code=True)
    simple_blocks(line, code=True)
    assert time.monotonic() - began < 2
