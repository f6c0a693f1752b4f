import json
import string
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import add_session, ago, command, git, session_text
from session_hooks.documents.redaction import redact
from talks import NEXT, talk

# Put together here, so that nobody who looks for credentials finds one in this file.
LETTERS = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zA0cD"
GITHUB = "ghp_" + LETTERS + "1234"
AWS = "AKIA" + "J7K2M4N6P8Q1R3S5"
KEY = "PRIVATE KEY-----"
TOKEN = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"use {GITHUB}.", "use [redacted: GitHub token]."),
        (f"`gho_{LETTERS}1234`", "`[redacted: GitHub token]`"),
        (f"github_pat_11AAAAAAA0{LETTERS}_x", "[redacted: GitHub token]"),
        (
            f"https://{GITHUB}@example.org/a.git",
            "https://[redacted: GitHub token]@example.org/a.git",
        ),
        (f"key {AWS}, rotated", "key [redacted: AWS key], rotated"),
        ("xoxb-" + "123456789012-" + LETTERS, "[redacted: Slack token]"),
        ("sk-" + LETTERS, "[redacted: API key]"),
        ("sk-ant-api03-" + LETTERS + "-_x", "[redacted: API key]"),
        ("sk_live_" + LETTERS, "[redacted: API key]"),
        ("glpat-" + LETTERS[:20], "[redacted: GitLab token]"),
        (f"token {TOKEN}", "token [redacted: JSON web token]"),
        (f"Authorization: Bearer {LETTERS}", "Authorization: Bearer [redacted: bearer token]"),
        ("postgres://app:hunter@db/x", "postgres://app:[redacted: password]@db/x"),
        ('password = "hunter2hunter"', 'password = "[redacted: password]"'),
        ('"db_password": "Tr0ub4dor&3"', '"db_password": "[redacted: password]"'),
        ("**Password:** `admin1234`", "**Password:** `[redacted: password]`"),
        ("DB_PASSWORD=hunter22x", "DB_PASSWORD=[redacted: password]"),
        (f"export API_KEY={LETTERS}", "export API_KEY=[redacted: secret]"),
        (f"aws_secret_access_key = {LETTERS}/+a=", "aws_secret_access_key = [redacted: secret]"),
        ("İ password='hunter22x'", "İ password='[redacted: password]'"),
    ],
)
def test_what_looks_like_a_credential_is_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f"a\n-----BEGIN RSA {KEY}\nProc-Type: 4,ENCRYPTED\n\nMIIE\n=\n-----END RSA {KEY}\nb",
            "a\n[redacted: private key]\n\n\n\n\n\nb",
        ),
        (
            f"-----BEGIN OPENSSH {KEY}\n{LETTERS}\n  {LETTERS}\nand so on",
            "[redacted: private key]\n\n\nand so on",
        ),
        (f'"-----BEGIN {KEY}\\nMIIE\\n-----END {KEY}\\n"', '"[redacted: private key]\\n"'),
    ],
)
def test_of_a_private_key_nothing_is_left_but_its_lines(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "9c891d1 and 9c891d1f00dcafe09c891d1f00dcafe09c891d12",
        "token = 550e8400-e29b-41d4-a716-446655440000",
        "`token`: see src/auth/token2.py, secret = 'config/keys/v2'",
        "secret: `src/lib/Secret1.ts`, key=./keys/id_rsa2",
        "password: str, token: refreshed in v2, max_tokens = 4096, tokens: 12345678",
        "secret = os.environ['SECRET2']; password = get_password2(); key = settings.api_key2",
        "API_KEY=your-api-key-123, PASSWORD=${DB_PASSWORD2}, token=<token1234>",
        "`secret` = `AUTH_SECRET_V2_NAME`, secret: sha256:abcdef123456, 'secret': 'db-credentials'",
        "the password: at least 8 characters, `password-reset-2fa`",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "http://localhost:3000/@scope/x1, git@example.org:a/b.git, https://user@example.org",
        "https://example.org:8080/a@b1, postgres://app:$PASSWORD@db, postgres://app:<pw>@db",
        "task-1, risk-2026-assessment-of-the-new-parser, sk-learn-based-pipeline-2024-tests",
        "Bearer tokens are refreshed; eyJ is how one begins; AKIA is a prefix, ghp_ is another",
    ],
)
def test_commits_paths_placeholders_and_prose_stay(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet=string.printable + "İé"))
def test_any_text_keeps_its_lines_and_is_masked_once(text: str) -> None:
    shown = redact(f"{text} {GITHUB}\n")
    assert shown.count("\n") == text.count("\n") + 1
    assert GITHUB not in shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "part",
    ["password", "password=", "token ", "://a:", "eyJ", "sk-", "Bearer ", f"-----BEGIN {KEY}\n"],
)
def test_no_arrangement_costs_much_time(part: str) -> None:
    began = time.monotonic()
    redact(part * 50_000)
    redact(part + "a" * 300_000)
    assert time.monotonic() - began < 5


SESSION = session_text(
    f"Rotate {GITHUB}",
    branch="feat/weather",
    task=f"Put {GITHUB} away",
    state=f"{AWS} is in use.\n\n```\n-----BEGIN {KEY}\n{LETTERS}\n-----END {KEY}\n```",
    steps=f"1. Replace {GITHUB} by another",
    more=f"## Blockers\nNobody knows where {AWS} comes from.\n",
)
SECRETS = (GITHUB, AWS, LETTERS)


def everything_said(repo: Path, env: dict[str, str]) -> Iterator[str]:
    """What all programs say of the documents of a repository, as it leaves them."""
    with talk(repo, env) as one:
        for ran in (one.start(), one.compact()):
            yield ran.out
        one.say()
        one.edit(repo / "a.py")
        ran = one.end()
        yield ran.out + ran.err
    for arguments in (
        ("list", "--all"),
        ("list", "--all", "--json"),
        ("show", ".agents/sessions/20251204-143000-a.md"),
        ("show", ".agents/sessions/20251204-143000-a.md", "--json"),
        ("show", "NEXT_SESSION.md"),
        ("show", "feat/x:.agents/sessions/20251205-143000-b.md"),
        ("prompt", "--template", "https://example.org/base.md"),
        ("restore", "--json"),
        ("check",),
        ("log",),
    ):
        ran = command("agent-session", env, repo, *arguments)
        yield ran.out + ran.err
    for path in (repo / ".git" / "agent-session-hooks").glob("hook-errors.log"):
        yield path.read_text()


@pytest.fixture
def leaking(repo: Path, env: dict[str, str]) -> Path:
    """A repository whose documents, here, on a branch and in a worktree, hold credentials."""
    (repo / ".agents").mkdir()
    (repo / ".agents/session-hooks.toml").write_text("[documents]\nbranches = true\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "one")
    git(repo, "checkout", "-q", "-b", "feat/x")
    add_session(repo, "20251205-143000-b.md", SESSION)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "two")
    git(repo, "checkout", "-q", "feat/weather")
    git(repo, "worktree", "add", "-q", "-b", "feat/y", str(repo.parent / "tree"))
    add_session(repo.parent / "tree", "20251206-143000-c.md", SESSION)
    add_session(repo, "20251204-143000-a.md", SESSION, ago(hours=3))
    (repo / "NEXT_SESSION.md").write_text(NEXT + f"\nWith {GITHUB} and {AWS}.\n")
    return repo


def test_no_program_repeats_a_credential(leaking: Path, env: dict[str, str]) -> None:
    for _ in range(2):  # once more, from what is remembered
        said = list(everything_said(leaking, env))
        assert sum("[redacted: GitHub token]" in one for one in said) >= 8
        for one in said:
            assert not any(secret in one for secret in SECRETS)
    shown = command("agent-session", env, leaking, "list", "--json").answer["documents"][0]
    assert shown["title"] == "Rotate [redacted: GitHub token]"


def test_a_project_can_have_them_repeated(leaking: Path, env: dict[str, str]) -> None:
    with talk(leaking, env) as one:
        assert GITHUB not in one.start().out
    config = leaking / ".agents/session-hooks.toml"
    config.write_text(config.read_text() + "[context]\nredact = false\n")
    said = list(everything_said(leaking, env))
    assert "[redacted" not in json.dumps(said)
    assert sum(GITHUB in one for one in said) >= 8
