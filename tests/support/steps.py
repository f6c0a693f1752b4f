"""Steps as many files have them, which share their words, and a summary that keeps some of them."""

import random
from collections.abc import Sequence

_VERBS = (
    "Write", "Migrate", "Remove", "Document", "Measure", "Refactor", "Deploy", "Review", "Restore",
)  # fmt: skip
_THINGS = (
    "the weather adapter", "the invoice exporter", "the login form", "retry limits", "audit logs",
    "the EU bucket", "rate limits", "the search index", "the billing webhook", "feature flags",
    "the session store", "webhook signatures", "the onboarding mails", "the currency table",
)  # fmt: skip
_WHERE = (
    "in src/cache.py", "for the staging cluster", "behind the proxy", "before release 4.2",
    "as BACK-{n}", "with {n} ms at most", "in three regions", "without downtime",
)  # fmt: skip
_SAID = (
    "   - {0}", "   - Next, {1}.", "   - The assistant still has to {1}",
    "   - Pending: {1} (agreed with the user)", "   - {0} was discussed and is open.",
)  # fmt: skip


def steps(draw: random.Random, number: int) -> list[str]:
    """Return steps of which many do the same, or concern the same, or are in one place."""
    found: dict[str, None] = {}
    while len(found) < number:
        where = draw.choice(_WHERE).format(n=draw.randint(100, 999))
        found[f"{draw.choice(_VERBS)} {draw.choice(_THINGS)} {where}"] = None
    return list(found)


def summary(draw: random.Random, kept: Sequence[str], *more: str) -> str:
    """Return a summary in Claude Code's form that speaks of the kept steps, in another order."""
    said = [draw.choice(_SAID).format(one, one[0].lower() + one[1:]) for one in kept]
    draw.shuffle(said)
    lines = [
        "1. Primary Request and Intent:", "   The user works on the shop.", *more, "",
        "7. Pending Tasks:", *said, "", "8. Current Work:", "   Tests were green before.",
    ]  # fmt: skip
    return "\n".join(lines)
