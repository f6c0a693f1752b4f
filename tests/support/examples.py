"""A document of each format as its specification shows it, written by hand; all of them clean."""

from datetime import datetime
from typing import NamedTuple

from helpers import ago, iso


class Example(NamedTuple):
    path: str
    text: str


def session(now: datetime | None = None) -> Example:
    stamp = iso(now or ago(hours=2))
    name = (now or ago(hours=2)).strftime("%Y%m%d-%H%M%S")
    text = f"""\
---
session:
  title: "Weather fallback"
  status: in_progress
  created: "{stamp}"
  last_updated: "{stamp}"
  linear_issue: "BACK-123"
  linear_url: "https://linear.example/BACK-123"

orchestration:
  current_task: "Cache the last good answer"
  spawned_agents:
    - agent: backend-dev
      task: "Write the cache adapter"
      status: completed
      summary: "Done, with tests"
---

# Session: Weather fallback

## Context
The provider fails twice a week, and the page then shows nothing.

## Current State
The retry is in and tested. The adapter reads, but doesn't write yet.

## Execution Progress

### Wave 1: Cache (ACTIVE)
- [x] BACK-123 - Retry with backoff
- [ ] BACK-124 - Write through the cache

## Next Steps
- [ ] Implement CacheAdapter.write in src/cache.py

## Technical Context

### Files to Update
- `src/cache.py` - the write path

### Key Commands
```bash
pytest tests/test_cache.py
```

## Acceptance Criteria
- [ ] A failing provider is not seen on the page

## Decisions

### Decision 1: One hour
**Decision**: Answers older than an hour are not served (docs/decisions/0007-cache.md).
**Rationale**: The weather changes.

## Blockers
- The provider's rate limits are unknown

---

## Session Log

### {stamp[:10]} {stamp[11:16]} - backend-dev
Wrote the read path of the adapter.
"""
    return Example(f".agents/sessions/{name}-weather-fallback.md", text)


NEXT = Example(
    "NEXT_SESSION.md",
    """\
# Next Session

## Where We Left Off

Implemented steps 1 and 2 of the accounts: the verifier and the middleware. Step 3, storage with a
state of its own for each user, is half done.

## What We Learned

- The context gives the user's id as it should
- Atomic writes need no lock: a temporary file, then a rename

## What's Next

**Immediate action**: Complete step 3b: implement the class FileStorage with atomic writes

**Context needed**:
- PLAN.md, step 3, for the acceptance criteria
- The layout of `.state/`, once storage works

## Key Files

- `src/storage.py` - FileStorage, half done (step 3b)
- `tests/test_storage.py` - Written for step 3 and failing
- `PLAN.md` - What step 3 has to do
""",
)

HANDOFF = Example(
    "session-handoffs/2025-10-27-1430-user-dashboard.md",
    """\
# Session Handoff: User dashboard

**Date**: 2025-10-27
**Time**: 14:30:00
**Branch**: feat/user-dashboard
**Author**: Claude Code + Ann

## Session Summary

Built the first version of the dashboard, with the calls that it needs. Decided to draw the charts
on the client. The layout holds on phones.

## Completed Work

- ✅ Dashboard component (src/components/Dashboard.vue)
- ✅ Calls for the statistics (src/api/statistics.ts)

## Next Priorities

1. **Add the charts** (the data is there)
   - File: src/components/Chart.vue
2. **Live updates** (the server sends them)

## Blockers/Questions

- **Data**: how far back do the statistics go?

## Context for Next Session

**Decisions Made**:
- Charts on the client: no second renderer to keep

**Key Files**:
- `src/components/Dashboard.vue` - the component

**References**:
- The design of the page, version 3
""",
)

JOURNAL = Example(
    "sessions/2025-08-15-job-queue-stability.md",
    """\
# Job queue stability

It stalled twice this week. Both times a worker held a lock that it had forgotten; a timeout on the
lock would have helped. I spent two hours on the wrong log.
""",
)

PROMPT = Example(
    "HANDOFF.md",
    """\
=== SESSION HANDOFF ===
Generated: 2025-10-05T14:30:00Z
Session: Session 2 → 3

## Previous Session Summary

### Accomplished
- Designed the schema with its three tables
- Wrote the models and the first migration

### Decisions Made
- PostgreSQL over SQLite: several writers at a time
- UUID primary keys: rows are made on several hosts

### Artifacts Created
- models.py: User, Task and Tag
- migration_001.sql: the first schema

## Current Project State

The data layer is complete, and its models are tested. The schema supports accounts and tags. No
blockers.

## Next Session Objective

Implement the endpoints to register, log in and log out, with JWT tokens and error handling.

## Context for Next Session

The framework is FastAPI, as decided in session 1. Every endpoint gets tests.

---

## PROMPT FOR NEXT SESSION

Copy everything below this line into a new chat:

---

Read and apply this bootstrap template:
https://example.org/templates/base.md

## Project Context

An API for task management, with FastAPI and PostgreSQL.

## Work Completed So Far

- Session 1: set-up and CI
- Session 2: schema, models and migrations

## Current Status

The data layer is complete and tested.

## This Session's Goal

Implement the endpoints to register, log in and log out.

## Continue From

Follow the style of models.py.

---

Remember: At session end, say "snapshot" to generate the next prompt.
""",
)

MINIMAL_PROMPT = Example(
    "SESSION_HANDOFF.md",
    """\
=== SESSION HANDOFF ===

## Previous Session
Set up the project's structure and dependencies.

## Current State
Ready to begin.

## Next Objective
Implement the core data models.

## PROMPT FOR NEXT SESSION

Read and apply: https://example.org/templates/base.md

Project: an app for task management
Status: set-up complete
Goal: implement the models User and Task

Remember: Say "snapshot" to generate the next handoff.
""",
)

SHORT_HANDOFF = Example(
    "session-handoffs/2025-10-27-0915-etl-optimization.md",
    """\
# Session Handoff: ETL optimization

**Date**: 2025-10-27
**Time**: 09:15:00
**Branch**: perf/etl

## Completed Work
- ✅ Profiled the pipeline (45 to 12 minutes)

## Next Priorities
1. Write in bulk
2. Recover from errors (checkpoint and resume)
""",
)

EXAMPLES = {
    "session": session(), "next": NEXT, "handoff": HANDOFF, "journal": JOURNAL, "prompt": PROMPT,
}  # fmt: skip
"""By its name, one of each format, with what is next and where it stands."""
