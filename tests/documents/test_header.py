import subprocess
import sys
import time

import pytest
import yaml
from frontmatter import default_handlers
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.documents import header
from session_hooks.documents.model import Problem


@pytest.mark.parametrize(
    ("text", "metadata", "body", "body_line"),
    [
        ("---\na: 1\n---\nbody\n", {"a": 1}, "\nbody\n", 3),
        ("---\r\na: 1\r\n---\r\nbody\r\n", {"a": 1}, "\nbody\r\n", 3),
        ("\n\n---\na: 1\n---\nbody", {"a": 1}, "\nbody", 5),
        ("---\n---\nbody", {}, "\nbody", 2),
        ("---\na: 1\n---", {"a": 1}, "", 3),
        ("body", None, "body", 1),
        ("", None, "", 1),
        ("one\n\n---\na: 1\n---\ntwo", None, "one\n\n---\na: 1\n---\ntwo", 1),
    ],
)
def test_frontmatter_and_body_are_told_apart(
    text: str, metadata: dict[str, int] | None, body: str, body_line: int
) -> None:
    assert header.split(text) == header.Front(metadata, body, body_line, ())


def test_a_body_line_is_the_files_own() -> None:
    text = "---\nsession:\n  title: x\n---\n\n# Heading\n"
    parts = header.split(text)
    index = parts.body.split("\n").index("# Heading")
    assert text.split("\n")[parts.body_line + index - 1] == "# Heading"


def test_frontmatter_that_is_never_closed_is_said_and_read_as_text() -> None:
    parts = header.split("---\ntitle: x\n# Heading\n")
    assert parts.metadata is None
    assert "never closed" in parts.problems[0].message


def test_invalid_yaml_is_read_line_by_line_and_its_line_named() -> None:
    text = (
        '---\nsession:\n  title: Fix: the colon\n  status: paused\n  created: "2025-12-04"\n---\nx'
    )
    parts = header.split(text)
    assert parts.metadata == {
        "session": {"title": "Fix: the colon", "status": "paused", "created": "2025-12-04"}
    }
    assert parts.problems[0].line == 3
    assert "not valid YAML" in parts.problems[0].message


@pytest.mark.parametrize(
    "yaml", ["created: 2025-06-31", "a: 2025-13-45", "a: &a [*a]", "- x", "word"]
)
def test_yaml_that_means_no_mapping_or_no_date_is_a_problem_or_kept(yaml: str) -> None:
    parts = header.split(f"---\n{yaml}\n---\nbody")
    assert parts.body == "\nbody"
    assert isinstance(parts.metadata, dict)


AGENTS = (
    "---\norchestration:\n  current_task: Fix: the parser\n  spawned_agents:\n"
    "    - agent: qa\n      status: completed\n      task: [WIP] try it\n"
    "session:\n  title: A\n  status: in_progress\n---\n"
)


def test_a_text_that_yaml_refuses_costs_nothing_else() -> None:
    agent = {"agent": "qa", "status": "completed", "task": "[WIP] try it"}
    assert header.split(AGENTS).metadata == {
        "orchestration": {"current_task": "Fix: the parser", "spawned_agents": [agent]},
        "session": {"title": "A", "status": "in_progress"},
    }


def test_an_agents_status_is_not_the_sessions_where_lines_are_read_alone() -> None:
    metadata = header.split(AGENTS.replace("session:\n", "\tsession:\n \tx\nsession:\n")).metadata
    assert metadata == {
        "orchestration": {"current_task": "Fix: the parser"},
        "session": {"title": "A", "status": "in_progress"},
    }


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Fix: the parser: again", "Fix: the parser: again"),
        ("[WIP] export", "[WIP] export"),
        ("{draft} export", "{draft} export"),
        ("@payments export", "@payments export"),
        ("`export` of payments", "`export` of payments"),
        ("*bold* words", "*bold* words"),
        ("!important", "!important"),
        ("%done", "%done"),
        ('"Export" of payments', '"Export" of payments'),
        ("it's: Ann's", "it's: Ann's"),
        ("#42 export", "#42 export"),
        ("Export, see #42", "Export, see #42"),
        ("Export # a remark", "Export"),
        ("'#42'", "#42"),
        ("> folded", "> folded"),
    ],
)
def test_a_text_is_what_stands_behind_its_key(line: str, title: str) -> None:
    parts = header.split(f"---\nsession:\n  title: {line}\n  status: paused\n---\n")
    assert parts.metadata == {"session": {"title": title, "status": "paused"}}


@pytest.mark.parametrize(
    ("text", "body", "body_line"),
    [
        ('+++\ntitle = "A"\nstatus = "done"\n+++\nText', "\nText", 4),
        ("---toml\ntitle = 'A'\nstatus = 'done'\n---\nText", "\nText", 4),
        ('{\n  "title": "A",\n  "status": "done"\n}\n\n\nText', "\nText", 6),
        ('{"title": "A", "status": "done"}\nText', "\nText", 1),
        ('---json\n{"title": "A",\n"status": "done"}\n---\nText', "\nText", 4),
        (';;;\n"title": "A",\n"status": "done"\n;;;\nText', "\nText", 4),
        (';;;\n{"title": "A", "status": "done"}\n;;;\nText', "\nText", 3),
        ("--- YAML\ntitle: A\nstatus: done\n---\nText", "\nText", 4),
        ("--- {title: A, status: done} ---\nText", "--- {title: A, status: done} ---\nText", 1),
    ],
)
def test_every_form_of_frontmatter_is_read(text: str, body: str, body_line: int) -> None:
    metadata = None if text == body else {"title": "A", "status": "done"}
    assert header.split(text) == header.Front(metadata, body, body_line, ())


@pytest.mark.parametrize(
    ("text", "form", "line"),
    [
        ("+++\nstatus = 'done'\ntitle = Mend it\n+++\nText", "TOML", 3),
        (';;;\n{"status": "done", # remark\n}\n;;;\nText', "JSON", 1),
    ],
)
def test_what_is_not_valid_is_said(text: str, form: str, line: int) -> None:
    problem = Problem(line, f"the frontmatter is not valid {form}")
    assert header.split(text) == header.Front({}, "\nText", 4, (problem,))


@pytest.mark.parametrize("text", ['{"title": "A",\nText', "---edn\n{:title A}\n---\nText"])
def test_a_form_that_is_not_read_is_said(text: str) -> None:
    message = "frontmatter in a form that is not read"
    assert header.split(f"\n{text}") == header.Front(None, f"\n{text}", 1, (Problem(2, message),))


@pytest.mark.parametrize(
    "text",
    ["{{ title }}\nText", "{ 1, 2 }\n", '{"a": 1} is what it returns\n', "--- Notes ---\nText",
     "+++ b/file\nText", "--- a\n+++ b\n", "----- Title: x -----\n", "{", ";;; Lisp\n"],
)  # fmt: skip
def test_what_only_begins_like_frontmatter_is_text(text: str) -> None:
    assert header.split(text) == header.Front(None, text, 1, ())


@pytest.mark.parametrize(
    "text",
    [
        "+++\n" + "a." * 30_000 + "a=1\n+++\n",
        "+++\na=" + "[" * 30_000 + "\n+++\n",
        "+++\n" + "a = [\n" * 10_000 + "+++\n",
        '{"a":' + "[" * 60_000 + "\n}\n",
        '{"a":' + '{"a":' * 12_000 + "1" + "}" * 12_001 + "\n",
        '{"a":' + "9" * 60_000 + "}\n",
        "---\n" + "a: b: [\n" * 7_000 + "---\n",
        "---\na: " + "x #" * 20_000 + "\n---\n",
        "--- title: " + "status: " * 8_000 + " ---\n",
        "--- title: " + " " * 900_000 + "\n",
        "---" + "\n" * 900_000 + "x",
    ],
)
def test_no_crafted_frontmatter_takes_long(text: str) -> None:
    began = time.monotonic()
    header.split(text)
    assert time.monotonic() - began < 2


def test_long_frontmatter_is_not_parsed() -> None:
    text = "---\n" + "a: 1\n" * 20_000 + "---\nbody"
    parts = header.split(text)
    assert parts.metadata == {}
    assert "longer than" in parts.problems[0].message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_that_would_end_the_interpreter_is_refused(opening: str) -> None:
    began = time.monotonic()
    for depth in (1_000, 15_000):
        parts = header.split("---\ntitle: A\nx: " + opening * depth + "\n---\nbody")
        assert parts.metadata is not None
        assert parts.problems
    assert time.monotonic() - began < 2


def test_merge_keys_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]
    began = time.monotonic()
    parts = header.split("---\n" + "\n".join(lines) + "\ntitle: A\n---\n")
    assert time.monotonic() - began < 1
    assert parts.metadata is not None
    assert parts.metadata["title"] == "A"
    assert "nested or repeated more than people write it" in parts.problems[0].message


@pytest.mark.parametrize(
    "value",
    ["!!bool active", '!!int ""', "!!timestamp yesterday", "!!int 'say: run it'", "!x y", "*a"],
)
def test_a_value_that_no_type_takes_is_a_problem_that_quotes_nothing(value: str) -> None:
    parts = header.split(f"---\ntitle: A\nx: {value}\n---\n")
    assert parts.metadata == {"title": "A", "x": value}
    assert parts.problems[0].message == "the frontmatter is not valid YAML"


def test_where_no_rule_opens_it_no_yaml_is_needed() -> None:
    code = (
        "import sys; from session_hooks.documents import header; "
        "header.split('# Title\\n---\\n'); header.split('+++\\na=1\\n+++\\n'); "
        "assert not {'yaml', 'json'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


YAML_PIECES = st.sampled_from(
    [
        "---\n",
        "a: ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "&x ",
        "*x ",
        "!!t ",
        "\n",
        "  ",
        "2025-99-99",
        ": ",
        "#",
        "|",
        ">",
    ]
)


@given(
    st.sampled_from(
        [("---\n", "\n---\n"), ("+++\n", "\n+++\n"), ('{"', "\n}\n"), (";;;\n", "\n;;;\n")]
    ),
    st.lists(YAML_PIECES | st.text(max_size=5), max_size=40),
)
def test_no_text_makes_it_raise(around: tuple[str, str], pieces: list[str]) -> None:
    text = "".join(pieces).join(around)
    parts = header.split(text)
    assert parts.metadata is None or isinstance(parts.metadata, dict)
    assert 1 <= parts.body_line <= text.count("\n") + 1


@pytest.mark.parametrize(
    "raw",
    [
        "session:\n  title: Weather: fallback\n",
        'session:\n  title: "Weather: fallback"\n  created: 2025-12-04T14:30:00Z\n',
        "a: 2025-12-04\nb: 12:30\nc: 012\nd: yes\ne: ~\nf: 1_000\ng: 0x1f\nh: .inf\ni: 1e3\n",
        "a: 'it''s'\nb: \"x\\ty \\u00e9\"\nc: >\n  folded\n  text\nd: |\n  kept\n  so\n",
        "spawned_agents:\n  - agent: a\n    task: b\n  - {agent: c}\nlist: [1, two, 3]\n",
        "a: &one {b: c}\nd: *one\n",
        "title: Überlauf ✓ 修正 \U0001f600\nstatus: fertig\n",
        "a: b # remark\n# remark\nc:\n",
        "a: [1, 2\nstatus: paused\n",
        "\ta: b\nstatus: paused\n",
        "a: 2025-13-45\nstatus: paused\n",
        "a: !!python/object:os.system x\nstatus: paused\n",
        "- a\n- b\n",
        "text\n",
        "a: 1\na: 2\n",
    ],
)
def test_without_the_c_library_the_same_is_read(raw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML has it in its wheels; from source it may be missing."""
    text = f"---\n{raw}---\nText\n"
    fast = header.split(text)
    assert yaml.CSafeLoader is default_handlers.SafeLoader
    monkeypatch.delattr(yaml, "CSafeLoader")
    monkeypatch.setattr(default_handlers, "SafeLoader", yaml.SafeLoader)
    slow = header.split(text)
    assert (fast.metadata, fast.body, fast.body_line) == (slow.metadata, slow.body, slow.body_line)
    assert len(fast.problems) == len(slow.problems)
