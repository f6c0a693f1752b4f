"""What a document names: what counts as a path, a commit's id, a checkbox, and what isn't."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import line_count
from session_hooks.documents.markdown import boxes, each_box
from session_hooks.documents.model import Boxes, Document
from session_hooks.documents.references import commits, paths
from session_hooks.documents.registry import named

WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)


def read(text: str) -> Document:
    return named("handoff").read("docs/handoffs/2026-01-05-x.md", text, WRITTEN)


def path_texts(text: str) -> list[str]:
    return [mention.text for mention in paths(read(text))]


def commit_texts(text: str) -> list[str]:
    return [mention.text for mention in commits(read(text))]


def sure_commits(text: str) -> list[str]:
    return [mention.text for mention in commits(read(text)) if mention.is_sure]


PATHS = {
    "in backticks": ("Edit `src/app/main.py` now", ["src/app/main.py"]),
    "bare": ("Edit src/app/main.py now.", ["src/app/main.py"]),
    "bare, in brackets": ("The store (hooks/store.py), half done", ["hooks/store.py"]),
    "bare, in bold": ("- **hooks/store.py**: half done", ["hooks/store.py"]),
    "bare, someone's": ("hooks/store.py's lock", ["hooks/store.py"]),
    "a row": ("| hooks/store.py|`hooks/scan.py` |", ["hooks/store.py", "hooks/scan.py"]),
    "a link": ("See [the plan](docs/plan-b.md#part-2).", ["docs/plan-b.md"]),
    "a link with a title": ('See [it](<docs/plan-b.md> "The plan").', ["docs/plan-b.md"]),
    "a link called by a name": ("[`store.py`](hooks/store.py)", ["hooks/store.py"]),
    "a link's definition": ("[plan]: docs/plan-b.md", ["docs/plan-b.md"]),
    "a web page called by a path": ("[a/b.py](https://example.org/a/b.py)", []),
    "a web page called by a real one": ("[src/b.py](https://x.org/b.py)", ["src/b.py"]),
    "./ in front": ("`./src/main.py`", ["src/main.py"]),
    "a line": ("`src/main.py:12`", ["src/main.py"]),
    "lines": ("`src/main.py:12-20`, src/b.py:3:", ["src/main.py", "src/b.py"]),
    "GitHub's lines": ("`src/main.py#L12-L20`", ["src/main.py"]),
    "a test in it": ("`tests/test_a.py::TestA::test_b`", ["tests/test_a.py"]),
    "a function in it": ("`src/main.py:read()`", ["src/main.py"]),
    "a folder": ("`src/app/` holds it", ["src/app"]),
    "a folder at the top": ("`src/`", ["src"]),
    "a hidden folder": ("`.github/workflows/ci.yml`", [".github/workflows/ci.yml"]),
    "a name in backticks": ("`Cargo.toml`, `main.py`", ["Cargo.toml", "main.py"]),
    "a name without extension": ("`Dockerfile` and `Makefile`", ["Dockerfile", "Makefile"]),
    "a command": ("Run `pytest -q tests/test_a.py -k x`", ["tests/test_a.py"]),
    "each once": ("`a/main.py` and ./a/main.py and `a/main.py:3`", ["a/main.py"]),
    "Unicode": ("`docs/größe.md`", ["docs/größe.md"]),
    "Chinese around backticks": ("修改`src/main.py`文件", ["src/main.py"]),
    "a quotation": ("> see src/main.py", ["src/main.py"]),
    "two backticks": ("``src/main.py``", ["src/main.py"]),
    "a lock file": ("`uv.lock` and `go.mod`", ["uv.lock", "go.mod"]),
    "a list of files": (
        "## Key Files\n- store.py: half done\n- [ ] **scan.py** next\n| run.sh | x |",
        ["store.py", "scan.py", "run.sh"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), PATHS.values(), ids=PATHS)
def test_what_is_a_path(text: str, expected: list[str]) -> None:
    assert path_texts(text) == expected


NO_PATHS = [
    "https://example.org/docs/a.md", "<https://example.org/docs/a.md>", "`example.org/docs/a.html`",
    "`localhost:3000/index.html`", "`raw.host.com/o/r/main/`", "git@host.com:o/r.git",
    "`src/*.py`", "`src/**/*.py`", "`src/**`", "`src/*`", "`src/a?.py`", "`src/{a,b}.py`",
    "`app/[id]/page.tsx`", "`path/to/thing.py`", "`src/<name>.py`", "`docs/YYYY-MM-DD-notes.md`",
    "`docs/ADR-NNN-title.md`", "`docs/PR-N.md`", "`example.py`", "`src/example.py`", "`foo/bar.py`",
    "foo/bar", "`src/.../main.py`", "`src/…/main.py`", "`docs/your-notes.md`", "`$HOME/a/x1.py`",
    "`${DIR}/main.py`", "`~/notes/main.py`", "../src/main.py", "`../src/main.py`",
    "`src/../main.py`", "`@scope/pkg`", "`@scope/pkg/main.js`", "`owner/repo`", "owner/repo",
    "`feat/store`", "`feat/store.py`", "`feat/`", "`origin/main`", "`origin/notes.md`", "and/or",
    "n/a", "src/api is the folder", "src/api/ is one too", "`src/api`", "`application/json`",
    "`image/svg+xml`", "2025/12/04", "`/api/users`", "/etc/hosts.conf", "`/src/main.py`",
    "`C:/src/main.py`", "`store.open()`", "`module.Class`", "`os.path`", "`self.md`", "`res.json`",
    "`response.json()`", "`data.json()`", "1.2/2.0", "`1.2/2.0`", "`Node.js`", "`vercel/next.js`",
    "React/Next.js", "CLAUDE.md/AGENTS.md", "`.md/.txt`", "`.py`", "main.py", "- main.py is next",
    "`order.service`", "`HEAD:src/main.py`", "`main..feat/x.py`", "`import a from 'lib/a.js'`",
    "`cd web && npx tsc src/a1.ts`", "`node_modules/a/main.js`", "`.git/config.toml`", "`a/b.py`",
    "修改src/main.py文件", "`src/main.py", "src/main.py*", "`NAME=src/main.py`", "`a b`", "`/`",
    "## Key Files\n- Node.js: new", "[x](mailto:a@example.org)", "[x](#part)",
    "![x](data:image/png)", "``",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_PATHS)
def test_what_is_no_path(text: str) -> None:
    assert path_texts(text) == []


def test_the_documents_own_branch_is_no_path() -> None:
    assert path_texts("**Branch**: work/store.py\n\n`work/` and work/store.py") == []


def test_neither_fences_nor_comments_nor_frontmatter_name_anything() -> None:
    inside = "src/main.py\ngit commit a1b2c3d\n- [x] done"
    text = f"---\na: src/main.py\n---\n```\n{inside}\n```\n<!--\n{inside}\n-->\n"
    document = read(text)
    assert (paths(document), commits(document), document.boxes) == ((), (), Boxes(0, 0))


def test_lines_are_the_files() -> None:
    document = read("---\ntitle: x\n---\n# T\n\n`src/main.py`\n\nCommit a1b2c3d\n- [x] a\n")
    assert paths(document)[0].line == 6
    assert commits(document)[0].line == 8
    assert [tuple(box) for box in each_box(document)] == [("a", 9, "ticked")]


def test_no_more_are_named_than_are_asked_for() -> None:
    text = "".join(f"src/file{i}.py and commit a{i:07}\n" for i in range(100))
    assert len(paths(read(text))) == 40
    assert len(paths(read(text), 3)) == 3
    assert len(commits(read(text))) == 10


ONE = "a1b2c3d"
COMMITS = {
    "the word": "Fixed in commit a1b2c3d.",
    "in backticks": "Last commit: `a1b2c3d`",
    "a colon": "commit:a1b2c3d",
    "capitals": "**SHA**: a1b2c3d",
    "HEAD": "HEAD is a1b2c3d",
    "merged": "Merged as a1b2c3d",
    "reverted": "a1b2c3d was reverted",
    "cherry-picked": "cherry-pick a1b2c3d first",
    "squashed": "squashed into `a1b2c3d`",
    "a command": "`git show a1b2c3d`",
    "a range": "commits `0000fff..a1b2c3d`",
    "German": "Eingecheckt als a1b2c3d",
    "French": "fusionné dans a1b2c3d",
    "Spanish": "fusionado en a1b2c3d",
    "Chinese": "已提交 a1b2c3d",
    "Japanese": "コミット a1b2c3d",
    "Korean": "커밋 a1b2c3d",
    "Russian": "коммит a1b2c3d",
    "the heading": "## Commits\n\nThe first is a1b2c3d.",
    "the heading in bold": "**Commits**\n\n| a1b2c3d | x |",
    "above the list": "Commits of today:\n\n- x\n- a1b2c3d",
    "above a nested list": "- Commits:\n  - a1b2c3d",
    "a table's head": "| Commit | What |\n|---|---|\n| x | y |\n| a1b2c3d | Add it |",
}


@pytest.mark.parametrize("text", COMMITS.values(), ids=COMMITS)
def test_what_is_a_commit(text: str) -> None:
    assert ONE in sure_commits(text)


def test_an_id_of_forty_digits_is_one_and_its_short_form_the_same() -> None:
    full = "a1b2c3d4" * 5
    assert commit_texts(f"Commit {full}, in short a1b2c3d4") == [full]


NO_COMMITS = [
    "Commit 1234567", "Commit decade facade deadbeef", "Commit a1b2c3", "Commit " + "a1" * 21,
    "Commit " + "a1" * 16, "Commit A1B2C3D", "Commit xa1b2c3d", "Commit a1b2c3dx",
    "commit of 01234567-89ab-cdef-0123-456789abcdef", "commit the colour #a1b2c3d",
    "commit 0xa1b2c3d", "commit https://example.org/x/commit/a1b2c3d", "commit a1b2c3d.md",
    "commit docs/a1b2c3d/x", "commit file-a1b2c3d", "uses: actions/checkout@a1b2c3d in a commit",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_COMMITS)
def test_what_is_no_commit(text: str) -> None:
    assert commit_texts(text) == []


PERHAPS = [
    "The token is a1b2c3d", "- a1b2c3d", "a1b2c3d Add the store", "commit image sha256:a1b2c3d",
    "commit the SHA-256 a1b2c3d", "commit its md5 a1b2c3d", "- `a1b2c3d` agent that reads",
    "## Agents\n- a1b2c3d Read the store", "The agent a1b2c3d will commit",
    "Session a1b2c3d: commit the store", "Commits:\n\nThe run a1b2c3d", "commit key:a1b2c3d",
    "You are on `main` @ `a1b2c3d`", "1. **a1b2c3d** fix(store): close it",
]  # fmt: skip


@pytest.mark.parametrize("text", PERHAPS)
def test_what_only_git_can_tell(text: str) -> None:
    assert commit_texts(text) == [ONE]
    assert sure_commits(text) == []


def test_what_a_list_is_of_ends_with_it() -> None:
    assert sure_commits("Commits:\n- x\n\nWhat runs:\n\n- a1b2c3d") == []


def test_checkboxes_count_wherever_they_are_but_in_code() -> None:
    text = """\
- [ ] a
- [x] b
  * [X] c
    1. [ ] d
2) [x] e
> - [x] quoted
- [x]
- [x](link)
- [y] z
text - [x] no item
```
- [x] code
```
"""
    assert read(text).boxes == Boxes(ticked=4, open=2)


_PIECES = [
    "`", "``", "src/main.py", "a1b2c3d", "commit ", "/", "../", "](", "[", ")", " ", "\n", "- ",
    "[x] ", "| ", "#", "# ", "**", "://", ".", ":", "'s", "()", "```\n", "<!--", "-->", "é", "文",
]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(_PIECES)).map("".join)))
def test_whatever_the_text_nothing_raises_and_lines_are_within_it(text: str) -> None:
    document = read(text)
    for mention in (*paths(document), *commits(document)):
        assert 1 <= mention.line <= line_count(text) + 1
        assert mention.text
    for mention in paths(document):
        assert not mention.text.startswith(("/", "./", "../"))
        assert not mention.text.endswith("/")
    assert min(document.boxes) >= 0


@pytest.mark.parametrize(
    "piece",
    [
        "`", "](", "[a", "x1/y.zz ", "a/", "a1b2c3d ", "a1b2c3d x\n", "# h\n- n.py\n", "\n", "(",
        "`a b/c.d`\n", "- Word word (",
    ],
)  # fmt: skip
def test_a_megabyte_takes_well_under_a_second_each(piece: str) -> None:
    body = piece * (1_000_000 // len(piece))
    # Longer lines are not looked into.
    body = "\n".join(body[at : at + 9_999] for at in range(0, len(body), 9_999))
    document = read("# T\n")._replace(body=body)
    for look in (paths, commits, lambda document: boxes(document.body)):
        began = time.process_time()
        look(document)
        assert time.process_time() - began < 2, look  # half a second, where the machine is free
