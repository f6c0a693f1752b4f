from pathlib import Path

from helpers import command


def test_the_page_is_written_again_and_over_nothing_else(
    project: Path, env: dict[str, str]
) -> None:
    done = command("agent-session", env, project, "export", "--html", "all.html")
    assert (done.code, done.out) == (0, "all.html\n")
    text = (project / "all.html").read_text()
    for said in ("Weather fallback", "Billing export", "Login form", "Implement CacheAdapter.read"):
        assert said in text
    assert command("agent-session", env, project, "export", "--html", "all.html").code == 0
    (project / "notes.html").write_text("mine")
    refused = command("agent-session", env, project, "export", "--html", "notes.html")
    assert (refused.code, (project / "notes.html").read_text()) == (2, "mine")
