"""What is quoted of a document: all of it, or what matters most with every cut said."""

import re
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from session_hooks.documents.model import Body, Document
from session_hooks.documents.quotation import quote
from session_hooks.documents.registry import named, read_body

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LEFT_OUT = re.compile(r"\[lines? (\d+)(?:–(\d+))? left out(?:: .*)?\]")


def read(text: str) -> tuple[Document, Body]:
    document = named("next").read("NEXT_SESSION.md", text, NOW)
    return document, read_body(document)


def long_text(*parts: tuple[str, str]) -> str:
    """A document with a thousand lines of history between its parts."""
    history = "\n".join(f"- entry {number} of what was done before" for number in range(300))
    found = [f"## {heading}\n\n{text}\n\n## History of it\n{history}\n" for heading, text in parts]
    return "# Title\n\n" + "\n".join(found)


def test_what_fits_is_quoted_whole() -> None:
    text = "# Title\n\nAny words.\n\n```\ncode\n```\n"
    assert quote(*read(text), 1000) == (text.strip("\n"), 0, 0)


def test_of_a_long_document_what_is_next_the_state_and_what_was_decided_are_there() -> None:
    text = long_text(
        ("Current State", "The parser reads half of it."),
        ("Decisions", "We keep the old lexer."),
        ("Next Steps", "1. Write the adapter\n2. Serve it"),
        ("Blockers", "The key is missing."),
    )
    quoted = quote(*read(text), 3000)
    for said in ("reads half", "old lexer", "Write the adapter", "Serve it", "key is missing"):
        assert said in quoted.text
    assert quoted.text.startswith("# Title")
    assert quoted.text.endswith("entry 299 of what was done before")


def test_an_update_comes_before_what_it_overtook() -> None:
    old = "\n".join(f"{number}. Old step {number} of the plan" for number in range(1, 60))
    text = long_text(("Next Steps", old), ("Update: it was accepted", "1. Ship the new one"))
    assert "Ship the new one" in quote(*read(text), 1500).text


def test_a_gap_names_the_headings_that_are_left_out_in_it() -> None:
    text = long_text(*((f"Part {number}", "Something.\n" * 40) for number in range(8)))
    quoted = quote(*read(text), 1500)
    marks = [found[0] for found in LEFT_OUT.finditer(quoted.text)]
    for number in range(8):
        is_shown = f"## Part {number}\n" in quoted.text
        assert is_shown != any(f"Part {number}" in mark for mark in marks)


def test_where_all_headings_are_too_many_to_name_the_higher_ones_are() -> None:
    parts = [(f"Part {n}", "\n".join(f"### A detail {n}.{d}\n{'x' * 90}" for d in range(30)))
             for n in range(6)]  # fmt: skip
    quoted = quote(*read(long_text(*parts)), 2000).text
    names = "".join(mark[0] for mark in LEFT_OUT.finditer(quoted))
    assert "Part 3" in names
    assert "detail 3" not in names


def test_nothing_leads_to_a_gap() -> None:
    text = long_text(
        ("Notes", "**Commands:**\n\n```sh\n" + "make it so\n" * 300 + "```"),
        ("Next Steps", "1. Write it"),
    )
    lines = [line for line in quote(*read(text), 2000).text.split("\n") if line.strip()]
    for line, after in pairwise(lines):
        if LEFT_OUT.fullmatch(after):
            assert not line.startswith(("##", "**Commands", "---")), line


def test_a_paragraph_is_not_begun_behind_others_and_cut() -> None:
    wrapped = "\n\n".join(
        "\n".join(f"paragraph {n}, its line {line}, which runs on" for line in range(5))
        for n in range(40)
    )
    quoted = quote(*read(f"# T\n\n## Next Steps\n1. Write it\n\n## Story\n\n{wrapped}\n"), 2500)
    assert "paragraph 0, its line 4" in quoted.text
    for n in range(40):
        assert quoted.text.count(f"paragraph {n},") in (0, 5)


def test_the_end_begins_with_no_part_of_an_item_that_is_left_out() -> None:
    items = "\n".join(f"- item {n}\n  - its reason {n}\n  - its source {n}" for n in range(200))
    quoted = quote(*read(f"# T\n\n## Decisions\n\n{items}\n"), 1500).text
    after = quoted[list(LEFT_OUT.finditer(quoted))[-1].end() :].strip("\n")
    assert after.startswith("- item ")


def test_files_and_what_may_be_done_some_day_come_after_all_else() -> None:
    long = "\n".join(f"- one thing more, number {number}, of this kind" for number in range(60))
    heads = ("Critical Gaps", "How It Is Wired", "Nice to Have", "Key Files")
    parts = [f"## {head}\n{head} begins here.\n{long}\n" for head in heads]
    text = "# T\n\n" + "\n".join(parts) + "\n## Next Steps\n1. Write it\n"
    quoted = quote(*read(text), 5000).text
    for head in ("Critical Gaps", "How It Is Wired"):
        assert f"{head} begins here.\n- one thing more, number 0" in quoted
    for head in ("Nice to Have", "Key Files"):
        assert f"{head} begins here." not in quoted


def test_of_parts_that_mean_nothing_known_the_short_ones_are_there_whole() -> None:
    parts = [
        f"## Part {n}\n" + "\n".join(f"- thing {n}.{one}, of this kind" for one in range(size))
        for n, size in enumerate((400, 4, 90, 6, 50))
    ]
    quoted = quote(*read("# T\n\n" + "\n\n".join(parts) + f"\n\n## End\n{'z' * 900}\n"), 3000).text
    for n, size in ((1, 4), (3, 6)):
        assert quoted.count(f"- thing {n}.") == size
    assert 0 < quoted.count("- thing 0.") < 400


def test_nothing_stands_alone_between_two_gaps_but_words() -> None:
    text = long_text(("Current State", "Half."), ("Next Steps", "1. Write it"))
    lines = quote(*read(text), 2000).text.split("\n")
    gaps = [at for at, line in enumerate(lines) if LEFT_OUT.fullmatch(line)]
    for at, after in pairwise(gaps):
        assert any(line.strip() for line in lines[at + 1 : after])


def test_code_is_quoted_whole_or_not_at_all() -> None:
    code = "```sh\n" + "make it so\n" * 60 + "```"
    text = long_text(("Next Steps", f"1. Run this\n\n{code}\n\n2. Ship it"))
    quoted = quote(*read(text), 1200).text
    assert "1. Run this" in quoted
    assert "2. Ship it" in quoted
    assert quoted.count("make it so") in (0, 60)


def test_each_cut_says_which_lines_are_left_out() -> None:
    text = long_text(("Current State", "Half."), ("Next Steps", "1. Write it"))
    lines = text.split("\n")
    quoted = quote(*read(text), 2000)
    cuts = list(LEFT_OUT.finditer(quoted.text))
    assert cuts
    for cut in cuts:
        begin, end = int(cut[1]), int(cut[2] or cut[1])
        before, after = quoted.text[: cut.start()].split("\n"), quoted.text[cut.end() :].split("\n")
        assert before[-2] == lines[begin - 2]
        assert after[1:2] == lines[end : end + 1]
    left_out = sum(int(cut[2] or cut[1]) - int(cut[1]) + 1 for cut in cuts)
    assert left_out == quoted.left_out


def test_the_lines_are_the_files_where_there_is_frontmatter() -> None:
    head = "---\nstatus: in_progress\n---\n"
    text = head + long_text(("Next Steps", "1. Write it"))
    begin = LEFT_OUT.search(quote(*read(text), 1500).text)
    assert begin is not None
    line = text.split("\n")[int(begin[1]) - 1]
    assert line not in quote(*read(text), 1500).text.split("\n")


def test_one_long_line_is_cut_within() -> None:
    step = "写适配器" * 2000  # no blanks, and no line end
    quoted = quote(*read(f"# T\n\n## Next Steps\n{step}\n\n## History\n{'x' * 5000}\n"), 2000)
    assert "写适配器写适配器" in quoted.text
    assert "…" in quoted.text
    assert quoted.left_out


def test_a_likely_step_is_quoted_where_nothing_is_said_outright() -> None:
    history = "\n".join(f"- entry {number}" for number in range(400))
    text = f"# T\n\n{history}\n\n## Recommendations\n\n- Split the module\n\n## More\n{history}\n"
    assert "Split the module" in quote(*read(text), 1500).text


LINES = st.lists(
    st.sampled_from(
        ["", "# Title", "## Next Steps", "## Current State", "- [ ] Write it", "text " * 30,
         "x" * 900, "```", "- item", "---", "**Next**: do it", "文字" * 60]
    ),
    max_size=120,
)  # fmt: skip


@given(LINES, st.integers(min_value=300, max_value=3000))
def test_a_quotation_holds_the_documents_lines_in_order_and_keeps_its_room(
    lines: list[str], room: int
) -> None:
    document, body = read("\n".join(lines))
    quoted = quote(document, body, room)
    assert len(quoted.text) <= room
    at = 0
    source = [line.rstrip() for line in document.body.split("\n")]
    for line in (line.rstrip() for line in quoted.text.split("\n")):
        if LEFT_OUT.fullmatch(line):
            continue
        while not (source[at] == line or (line.endswith("…") and source[at].startswith(line[:-1]))):
            at += 1
        at += 1
