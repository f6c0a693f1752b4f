import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers import STRESS, line_count
from session_hooks.documents.markdown import blocks, heading_key, sections


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


def test_every_line_end_counts_the_same() -> None:
    plain, _ = sections("# A\none\n## B\ntwo\n")
    for end in ("\r\n", "\r"):
        assert sections("# A\none\n## B\ntwo\n".replace("\n", end))[0] == plain


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
    tokens = MarkdownIt("commonmark", {"maxNesting": 20}).disable("inline").parse(text)
    expected = [
        (int(token.tag[1:]), token.map[0] + 1, content.content.strip())
        for token, content in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
        if "\n" not in content.content
    ]
    if not problems:
        assert [(s.level, s.line, s.title) for s in found] == expected
