import ast
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers import STRESS, line_count
from session_hooks.documents.markdown import _BOLD_LINE, Block, blocks, heading_key, sections

ROOT = Path(__file__).parents[2]


def test_a_section_ends_at_the_next_heading_of_its_level() -> None:
    body = "# A\none\n\n## B\ntwo\n### C\nthree\n## D\nfour\n"
    found, problems = sections(body, 10)
    assert [tuple(section[:4]) for section in found] == [
        ("A", 1, 10, "one\n\n## B\ntwo\n### C\nthree\n## D\nfour"),
        ("B", 2, 13, "two\n### C\nthree"),
        ("C", 3, 15, "three"),
        ("D", 2, 17, "four"),
    ]
    assert problems == ()


def test_a_heading_in_a_code_fence_is_no_heading() -> None:
    found, _ = sections("## A\n```\n## B\n```\n")
    assert [section.title for section in found] == ["A"]


def test_underlined_headings_count() -> None:
    found, _ = sections("A\n=\none\n\nB\n-\ntwo\n")
    assert [(section.title, section.level) for section in found] == [("A", 1), ("B", 2)]


@pytest.mark.parametrize("fence", ["```", "```bash", "~~~"])
def test_a_fence_that_is_never_closed_does_not_swallow_the_rest(fence: str) -> None:
    found, problems = sections(f"## A\n{fence}\ncode\n\n## B\ntext\n", 5)
    assert [section.title for section in found] == ["A", "B"]
    assert fence in found[0].text
    assert problems[0].line == 6
    assert "never closed" in problems[0].message


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_fence_closed_on_the_last_line_is_closed(end: str) -> None:
    _, problems = sections(f"## A\n```\ncode\n```{end}")
    assert problems == ()


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Next Steps", "next steps"),
        ("## 🎯 **Next Steps**:", "next steps"),
        ("3. Next Steps", "next steps"),
        ("`Next` _Steps_", "next steps"),
        ("What’s Next", "what's next"),
        ("Blockers/Questions", "blockers/questions"),
        ("", ""),
        ("✅", ""),
    ],
)
def test_headings_are_looked_up_without_their_decoration(title: str, key: str) -> None:
    assert heading_key(title) == key


@given(
    st.lists(
        st.sampled_from(["#", " ", "\n", "```", "~~~", "- ", "> ", "a", "=", "\t", "1. ", "<x>"])
    )
)
def test_no_body_makes_it_raise_and_lines_are_within_it(pieces: list[str]) -> None:
    body = "".join(pieces)
    found, problems = sections(body)
    for line in [*(s.line for s in found), *(p.line for p in problems)]:
        assert 1 <= line <= line_count(body)
    blocks(body)


@pytest.mark.parametrize(
    "line",
    [
        "> " * 40 + "x\n",
        "- " * 40 + "x\n",
        "# h\n",
        "```\n",
        "[a]: <\n",
        "* * *\n",
        "- a\n  - b\n",
        "| a |\n|---|\n| b |\n",
        "<!--\n",
        "# a" + " " * 50_000 + "b #",
        "- " * 50_000 + "x",
        "|-" * 50_000 + "x",
        "[" * 100_000,
    ],
)
def test_a_long_body_takes_time_in_proportion(line: str) -> None:
    body = line * (1_000_000 // len(line))
    began = time.monotonic()
    sections(body, bold=True)
    blocks(body[:20_000])
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("## h\n" * 3_000, "too many headings"),
    ],
)
def test_what_is_not_looked_into_is_said(body: str, said: str) -> None:
    _, problems = sections(body)
    assert said in problems[0].message
    assert problems[0].line <= body.count("\n")


def test_a_line_in_bold_that_stands_alone_heads_what_follows() -> None:
    body = "# A\n\n**One:**\n\ntext\n\n🎯 **Two**\n- x\n\nword **bold** word\n- **item**\n"
    found, _ = sections(body, bold=True)
    assert [(s.title, s.level, s.text_line) for s in found] == [
        ("A", 1, 3), ("One:", 7, 5), ("Two", 7, 8),
    ]  # fmt: skip
    assert len(sections(body)[0]) == 1


def test_a_ruled_line_below_a_label_or_a_paragraph_is_no_heading() -> None:
    found, _ = sections("# A\n\n**Date**: today\n---\n\ntwo\nlines\n---\n")
    assert [section.title for section in found] == ["A"]


def test_a_heading_in_a_comment_is_no_heading_unless_the_comment_never_ends() -> None:
    assert [s.title for s in sections("<!--\n## A\n-->\n## B\n")[0]] == ["B"]
    assert [s.title for s in sections("<!--\n## A\n## B\n")[0]] == ["A", "B"]


_LINES = [
    "# A", "## B ##", "### C#", "#no", "####### x", "    ## four", "text", "two words",
    "", "", "- item", "- item\n  more", "1. one", "> quote\n", "> # quoted\n", "```", "```python",
    "~~~", "````", "Title\n===", "Sub\n---", "---", "***", "| a | b |\n|---|---|", "**bold**",
    "* x\n\n  ## in item", "\t# tab", "# ", "##\tTab", "<div>\n# not\n</div>\n",
]  # fmt: skip


@settings(max_examples=3000 if STRESS else 300, deadline=None)
@given(st.lists(st.sampled_from(_LINES), max_size=9))
def test_headings_are_those_that_the_library_finds(pieces: list[str]) -> None:
    """Where every fence is closed. Below several lines a rule is one, whatever markdown says."""
    text = "\n".join(pieces)
    found, problems = sections(text)
    parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable("inline")
    tokens = parser.parse(text)
    expected = [
        (int(token.tag[1:]), token.map[0] + 1, content.content.strip())
        for token, content in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
        if "\n" not in content.content
    ]
    if not problems:
        assert [(s.level, s.line, s.title) for s in found] == expected


def library_blocks(text: str) -> list[Block]:
    """Return the blocks that markdown-it finds, headings by a ruled line left aside."""
    kinds = {
        "list_item_open": "item", "heading_open": "heading", "td_open": "cell", "th_open": "head",
        "blockquote_open": "paragraph", "table_close": "paragraph",
    }  # fmt: skip
    parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")
    found: list[Block] = []
    depth = row_line = 0
    cells: list[str] = []
    kind, number = "paragraph", ""
    for token in parser.disable(["inline", "lheading"]).parse(text.expandtabs(4)):
        line = token.map[0] if token.map else 0
        if token.type.startswith(("bullet_list", "ordered_list")):
            depth += token.nesting
        content = " ".join(token.content.split())
        if token.type in kinds:
            kind, number = kinds[token.type], token.info
        if token.type == "tr_open":
            cells, row_line = [], line
        elif token.type == "tr_close" and any(cells):
            found.append(Block("row", depth, " | ".join(filter(None, cells)), row_line))
        elif token.type in ("fence", "code_block"):
            found.append(Block("code", depth, token.content.rstrip("\n"), line))
        elif token.type == "inline" and kind == "cell":
            cells.append(content)
        elif token.type == "inline" and kind != "head":
            is_bold = kind == "paragraph" and _BOLD_LINE.match(content) is not None
            is_numbered = kind == "item" and number != ""
            found.append(Block("heading" if is_bold else kind, depth, content, line, is_numbered))
            kind = "paragraph"
    return found


def test_blocks_are_told_with_their_kind_depth_and_line() -> None:
    text = (
        "Some words\nthat go on\n## Part\n- [ ] one\n  more\n\n  1. two\n     ```py\n     a\n"
        "\n       b\n     ```\n* * *\n| a | b |\n|---|---|\n| `x` | |\n|  |  |\n\nEnd  of it"
    )
    assert blocks(text, code=True) == [
        Block("paragraph", 0, "Some words that go on", 0),
        Block("heading", 0, "Part", 2),
        Block("item", 1, "[ ] one more", 3),
        Block("item", 2, "two", 6, is_numbered=True),
        Block("code", 2, "a\n\n  b", 7),
        Block("row", 0, "`x`", 15),
        Block("paragraph", 0, "End of it", 18),
    ]
    assert library_blocks(text) == blocks(text, code=True)
    assert all(block.kind != "code" for block in blocks(text))


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
        "- a\n  - b\n    - c\n  - d\n- e",
        "- a\ngoes on\n\nends",
        "- a\n\n  a paragraph of its own",
        "1. a\n   - b\n 2. c",
        "123456789. the longest number\n\n1234567890. too long",
        "-    four spaces",
        "~~\nno code\n~~",
        "```\ncode\n\n```",
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
        "a\ttab",
        "text\n-",
        "# A #",
        "> quoted\n> goes on\n\n> - item\n>   - below",
        "- a\n  > quoted",
        "text\n> quoted",
        "<details>\n<summary>x</summary>\n\n- a\n\n</details>",
        "<!-- not\n\n- this -->\n- a",
        "a | b\n:--|--:\nc | d\nno row, says nobody",
        "| a | b |\n|-- --|--|",
        "a || b\n|---|\n| c |",
        "- - a\n- # A\n- ```\n  code\n  ```\n- ***",
        "```\nnever closed",
        "- a\n  ```\n code\n```\nmore\n```",
        "- | a |\n  |---|\n  | x |",
        "text\n| a |\n|---|\n| x |",
        "| a |\n|---|\n| x \\| y |\n- b",
    ],
)
def test_blocks_are_those_that_the_library_finds(text: str) -> None:
    assert blocks(text, code=True) == library_blocks(text)


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
    found = {section.text for text in texts for section in sections(text, bold=True)[0]}
    assert len(found) > 300
    for text in found:
        assert blocks(text, code=True) == library_blocks(text)


_SIGNS = "-*+1. )#|:`~[]<>\n\\a_= \t\n"


@given(st.lists(st.sampled_from(_SIGNS), max_size=40).map("".join))
def test_no_text_makes_the_blocks_raise_and_lines_are_within_it(text: str) -> None:
    for block in blocks(text, code=True):
        assert 0 <= block.line < line_count(text)
