"""What a body means, in the shapes that people really write."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import line_count
from session_hooks.documents import wordings
from session_hooks.documents.body import read
from session_hooks.documents.markdown import heading_key

NEXT = {
    "an order before a title": (
        "# Next Session Plan: Angles and filters again\n\n## Execution Order\n1. Write it",
        "Write it",
    ),
    "a list": ("## Next Steps\n1. Write the adapter\n2. Serve it", "Write the adapter"),
    "a label in the section (000)": (
        "## What's Next\n\n**Immediate action**: Write the adapter\n\n**Context needed**: PLAN.md",
        "Write the adapter",
    ),
    "a bold item (001)": (
        "## Next Priorities\n\n1. **Write the adapter** (half done)\n   - File: a.py",
        "Write the adapter (half done)",
    ),
    "a sentence (004)": ("## Next Session Objective\n\nWrite the adapter.", "Write the adapter."),
    "a follow-up (002)": ("## Follow-up\n- Write the adapter", "Write the adapter"),
    "emoji, number and bold": ("## 3. 🎯 **Next Steps**:\n- Write it", "Write it"),
    "words in brackets": ("## Next Steps (12 of them)\n- Write it", "Write it"),
    "words behind a dash": ("## THE NEXT TASK — one of three\n- Write it", "Write it"),
    "the first open box": ("## Next Steps\n- [x] Done\n- [ ] Write it", "Write it"),
    "a table": ("## Next Steps\n| # | Task |\n|---|---|\n| 1 | Write it |", "Write it"),
    "an introduction is none": ("## Next Steps\nDo these in order:\n\n- Write it", "Write it"),
    "a pointer is none": ("## Next Steps\nSee TODO.md\n\n- Write it", "Write it"),
    "struck out is done": ("## Next Steps\n- ~~Old~~\n- ✅ Older\n- Write it", "Write it"),
    "the urgent one": ("## Next Steps\n- Later\n- P0: Write it", "P0: Write it"),
    "a label at the top": ("# T\n\n**Next action:** Write it\n\n## Notes\nx", "Write it"),
    "a label above a quotation": ("# T\n\n**One-line brief:**\n> Write it\n> now", "Write it now"),
    "a heading below": ("## Immediate actions\n\n### 1. Write it\nSo.", "Write it"),
    "nothing here, something there": (
        "## Reste à faire (J3)\nRien, J3 fermé.\n\n## Pour la prochaine session\n- Écrire",
        "Écrire",
    ),
    "an example in code is none": (
        "```markdown\n## Next Steps\n- Example\n```\n\n## Next Steps\n- Real",
        "Real",
    ),
    "a prompt in a fence": (
        "# Prompt\n\nCopy this:\n\n```\nI am building X.\n\nFIRST TASK\nWrite it first.\n\n"
        "THEN\n1. More\n```\n",
        "Write it first.",
    ),
    "the newest of dated entries": (
        "# Log\n\n## 2026-01-03 - b\n### Next\n- Newest\n\n## 2026-01-01 - a\n### Next\n- Oldest\n",
        "Newest",
    ),
    "the newest of numbered entries": (
        "# Day\n\n## Session 1: a\n**Next:** Old\n\n## Session 2: b\n**Next:** New\n",
        "New",
    ),
    "German": ("## Nächste Schritte\n- Schreiben", "Schreiben"),
    "French": ("## Prochaines étapes\n- Écrire", "Écrire"),
    "Spanish": ("## Próximos pasos\n- Escribir", "Escribir"),
    "Portuguese": ("## Próximos passos\n- Escrever", "Escrever"),
    "Italian": ("## Prossimi passi\n- Scrivere", "Scrivere"),
    "Dutch": ("## Volgende stappen\n- Schrijven", "Schrijven"),
    "Polish": ("## Następne kroki\n- Napisać", "Napisać"),
    "Chinese": ("## 下一步计划\n- 编写适配器", "编写适配器"),
    "Japanese": ("## 3) δ（次の一手）\n- 書く", "書く"),
    "Korean": ("## 다음 단계\n- 작성", "작성"),
    "Swedish": ("## Nästa steg\n- Skriva", "Skriva"),
    "Russian": ("## Задание на следующую сессию\n- Написать", "Написать"),
    "German, in other words": ("## Was noch zu tun ist\n- Schreiben", "Schreiben"),
    "French, a label in a list": (
        "## Rappels\n- **Prochaines pistes suggérées** :\n  1. Écrire\n  2. Relire",
        "Écrire",
    ),
    "Spanish, a question": ("## ¿Qué sigue?\n- Escribir", "Escribir"),
    "Italian, without accents": ("## Pending alta priorita (ordine)\n1. Scrivere", "Scrivere"),
    "Korean, what is left": ("## 🔲 남은 작업 / 확인 필요\n1. 작성", "작성"),
    "Japanese, with a remark": ("## 次にやるとよいこと（未実施）\n優先度順:\n1. 書く", "書く"),
    "a blank line below the heading": ("## Next Steps\n\n\n1. Write it\n", "Write it"),
    "a line in bold for a heading": (
        "Notes\n\n**Where we are**\n\nHere.\n\n**👉 Next steps:**\n- Write it",
        "Write it",
    ),
    "an underlined heading": ("T\n=\n\nNext steps\n----------\n* Write it", "Write it"),
    "a numbered subheading": ("## What remains\n### 2.1 Write it\nSo.\n### 2.2 Ship", "Write it"),
    "a number in a keycap": (
        "## 🎯 Prossimi Step (in ordine)\n\n### 1️⃣ Setup\n\n**Opzione A:**\n- x\n\n### 2️⃣ Seed",
        "Setup",
    ),
    "unfinished is not finished": (
        "### ✅ 完了した作業\n1. 更新\n\n### ❌ 未完了の作業\n1. 書く",
        "書く",
    ),
    "a subheading above code": (
        "## Next Steps\n\n### Deploy it\n```sh\nmake\n```\n### Watch it\n```sh\ntail\n```",
        "Deploy it",
    ),
    "an H1 among several": ("# Status\nHalf.\n\n# Done\n- One\n\n# Next\n1. Write it", "Write it"),
    "the first open row": (
        "## Next up\n| Task | Status |\n|---|---|\n| Model | ✅ done |\n| Loader | open |",
        "Loader — open",
    ),
    "under the first subheading that isn't done": (
        "## Next Steps\n### Completed\n1. Old\n### In progress\n2. **Write it**\n   - so",
        "Write it",
    ),
    "what belongs to a done item is done": (
        "## Next Steps\n1. ~~Old~~ ✅\n   - a detail of it\n2. Write it",
        "Write it",
    ),
    "an open box inside": ("## TODO\n- Back\n  - [x] Model\n  - [ ] Write it\n- Front", "Write it"),
    "a paragraph above numbered steps only introduces them": (
        "## Remaining work\nTwo things are left.\n\n1. Write it\n2. Ship it",
        "Write it",
    ),
    "done inside a sentence is not done": (
        "## Next Steps\n1. Docs: complete the guide\n2. Ship",
        "Docs: complete the guide",
    ),
    "a mark of urgency is no mere word": (
        "## Next Steps\n1. Write it\n2. Critical path review\n3. Non-critical warnings",
        "Write it",
    ),
    "a box among steps before one among checks": (
        "# T\n\n## Acceptance criteria\n- [ ] It works\n\n## Progress\n- [x] A\n- [ ] Write it",
        "Write it",
    ),
    "questions for the next session are no steps": (
        "# T\n\n## Questions for the next session\n- Where is it?\n\n## What's left\n- Write it",
        "Write it",
    ),
    "a label in a quotation": ("# T\n\n> **Start here:** write it\n\nHalf done.", "write it"),
    "a label in the last line": ("# T\n\nText.\n\n*Next session: write it*", "write it"),
    "a label with an equals sign": ("# T\n\n> **NEXT = write it** in B\n\nText.", "write it in B"),
    "no example from a comment": (
        "<!--\n## Next Steps\n- Example\n-->\n## Next Steps\n<!-- here -->\n- Real",
        "Real",
    ),
    "a label before a title": (
        "# Next session: verify it all live\n\n**First action:** write it\n\n## Why\nSo.",
        "write it",
    ),
    "the last of a day's entries": (
        "# D\n\n## 2026-01-01\n**Next:** Old\n\n## 2026-01-02\n**Next:** Mid\n\n"
        "## 2026-01-02 later\n**Next:** New\n",
        "New",
    ),
    "the first of a day's entries where the newest come first": (
        "# D\n\n## 2026-01-02 later\n**Next:** New\n\n## 2026-01-02\n**Next:** Mid\n\n"
        "## 2026-01-01\n**Next:** Old\n",
        "New",
    ),
    "the newest of very many entries": (
        "# D\n\n"
        + "".join(f"## Session {n}\n{'x' * 2_000}\n**Next:** No\n\n" for n in range(1, 300))
        + "## Session 300\n### Next steps\n- Newest\n",
        "Newest",
    ),
    "what is under way before what is open": (
        "## Next Steps\n- [ ] Later\n- [>] Last\n- [-] Dropped\n- [/] Write it",
        "Write it",
    ),
    "an open box below a ticked one": (
        "## Next Steps\n- [x] Parser\n  - [x] Names\n  - [ ] Write it",
        "Write it",
    ),
    "a box of a numbered list": ("## Plan for today\n1. [x] Read\n2. [ ] Write it", "Write it"),
    "a box in a quotation": ("# T\n\n> [!NOTE]\n> - [ ] Write it", "Write it"),
    "done words at either end": (
        "## Next Steps\n1. DONE: a\n2. [DONE] b\n3. Calendar ✅\n4. Write it",
        "Write it",
    ),
    "a question is none": ("## Next Steps\n- Is it done?\n- Write it", "Write it"),
    "a remark is none": ("## Next Steps\n- Why: it is slow\n- Write it", "Write it"),
    "none yet is nothing": ("## Pending Todos\nNone yet.\n\n**Resume file:** PLAN.md", "PLAN.md"),
    "the newest of dated sections": (
        "# T\n\n## Next Steps (2026-01-01)\n- Old\n\n## Next Steps (2026-01-09)\n- New",
        "New",
    ),
    "the newest by version": (
        "# T\n\n## v1.2 Next Steps\n- Old\n\n## v1.10 Next Steps\n- New",
        "New",
    ),
    "the last of entries by the clock": (
        "# Day\n\n## 08:35 Begun\n**Next:** Old\n\n## 09:40 Closed\n**Next:** New",
        "New",
    ),
    "a label in the last lines before a list": (
        "# T\n\n## Next Steps\n- Ready for users\n\n## More\nx\n\n**Next session focus:** Write it",
        "Write it",
    ),
    "what has to be decided": (
        "# T\n\n- **User decision needed:** add tables or not",
        "User decision needed: add tables or not",
    ),
    "one of several": (
        "## What's next\n- One\n- Two\n\nPick one of them and write it.",
        "Pick one of them and write it.",
    ),
    "a list's head with its first item": (
        "## Next Steps\n1. Performance:\n   - Write it\n   - Ship it",
        "Performance: Write it",
    ),
    "a phase with its first item": (
        "## Next Steps\n### Phase 1: Storage\n- Write it",
        "Phase 1: Storage: Write it",
    ),
    "a subheading that means it comes first": (
        "## Next Session\n### Context\n- Just begun\n### Options for next work\n- Write it",
        "Write it",
    ),
    "what an update says is left": (
        "## Next Steps\n1. Old\n\n## Update: it was done\nSee the log. In order what remains:\n\n"
        "1. Write it\n2. Ship it",
        "Write it",
    ),
    "code alone": ("## Next Steps\n```sh\n# 1. Write it\nmake\n```", "Write it"),
    "a sentence": ("# T\n\nHalf done. Next session should write it.", "write it."),
    "a sentence at its end": ("# T\n\nIt was long. Next up:\nwrite it.", "write it."),
    "a label of a few words": ("# T\n\nNext safe step: write it", "write it"),
    "Ukrainian": ("## Найближчі кроки\n- Написати", "Написати"),
    "Turkish": ("## Sıradaki iş\n- Yaz", "Yaz"),
    "Vietnamese": ("## Bước tiếp theo\n- Viết", "Viết"),
    "Arabic": ("## الخطوات التالية\n- اكتب", "اكتب"),
    "Hebrew": ("## הצעדים הבאים\n- כתוב", "כתוב"),
    "Thai": ("## ขั้นตอนถัดไป\n- เขียน", "เขียน"),
    "Greek": ("## Επόμενα βήματα\n- Γράψε", "Γράψε"),
    "Hindi": ("## अगले कदम\n- लिखो", "लिखो"),
    "German in capitals, without umlauts": ("## NAECHSTE SCHRITTE\n- Schreiben", "Schreiben"),
    "Russian, for the next session": ("## Следующая сессия: вёрстка\n- Написать", "Написать"),
    "Russian, in its case": ("## Для следующей сессии\n- Написать", "Написать"),
    "Korean, with a phase": ("## 다음 세션 — Phase B\n- 작성", "작성"),
    "Chinese, beside another": ("## 未验证与下一项\n- 编写", "编写"),
    "Vietnamese, the session after": ("## Phiên sau\n- Viết", "Viết"),
    "Vietnamese, the next part": ("## Buổi sau — một bước\nViết", "Viết"),
    "Catalan": ("## Propera sessió\n- Escriure", "Escriure"),
    "a label with a remark": (
        "# T\n\n- **Siguiente trabajo sugerido** (ver `PLAN.md`):\n  1. escribirlo\n  2. más",
        "escribirlo",
    ),
    "the first minutes of it": ("## First 10 minutes next session\n1. Write it", "Write it"),
    "options for it": ("## Next Session Options\n1. Write it\n2. Or that", "Write it"),
    "actions needed": ("## Operator actions needed (in order)\n1. Write it", "Write it"),
    "a part that is named alike comes in its turn": (
        "## Next Actions\n### At once\n- [ ] Write it\n### Follow-up\n- [ ] Tidy up",
        "Write it",
    ),
    "options as headings": (
        "## Next Session\n### Option A: Write it\n| a | b |\n|---|---|\n| 1 | x |\n"
        "### Option B: Drop it\nText.",
        "Option A: Write it or Option B: Drop it",
    ),
    "a sentence in bold above a list": (
        "## Next session\n\n**Do NOT go on with stage 2. First look at the parser.**\n\n1. Read it",
        "Do NOT go on with stage 2. First look at the parser.",
    ),
    "what a prompt calls next": (
        "## Next Steps\n```\nRead PLAN.md for context.\nStage 2 is done. Next: write it.\n```",
        "write it.",
    ),
    "where an agent should start": (
        "# T\n\nThe coding agent should start at `TASK.md`, then go on.",
        "start at TASK.md, then go on.",
    ),
    "a key with underscores": ("# Handoff\n\nstatus: paused\nnext_action: write it", "write it"),
}

LIKELY = {
    "a box elsewhere": ("## Acceptance\n- [x] Done\n- [ ] Write it", "Write it"),
    "the title": (
        "# Next session: write the adapter (step 3)\n\nText.",
        "write the adapter (step 3)",
    ),
    "a numbered heading": ("# T\n\n## Task 1 — Write it\nx\n\n## Task 2 — More\ny", "Write it"),
    "Chinese, by priority": ("## 当前优先级\n\n### P0（必须做）\n- 编写\n\n### P1\n- 其他", "编写"),
    "tasks that were completed are none": (
        "## Tasks completed\n1. Old\n\n## Phase-8 tasks\n1. Write it",
        "Write it",
    ),
    "the urgent row": (
        "## Recommendations\n| P | Do |\n|---|---|\n| P1 | Later |\n| P0 | Write it |",
        "Write it",
    ),
    "a goal before what checks it": (
        "# T\n\n## Goal\nWrite it.\n\n## Acceptance criteria\n- [ ] It works",
        "Write it.",
    ),
    "a recommendation before a goal that was reached": (
        "# T\n\n**Objective**: Look\n\n## Recommendations\n1. Write it\n\n## Conclusion\nSeen.",
        "Write it",
    ),
    "what blocks, where nothing else is said": (
        "# T\n\n## State\nWritten.\n\n## Blockers\n- Ask ops for the key",
        "Ask ops for the key",
    ),
}
"""What nothing says outright, unless all of a document is for the next conversation."""
HANDED_OVER = (
    "a numbered heading",
    "Chinese, by priority",
    "tasks that were completed are none",
    "a goal before what checks it",
)


@pytest.mark.parametrize(("body", "action"), NEXT.values(), ids=NEXT)
def test_the_next_action_is_found(body: str, action: str) -> None:
    found = read(body, 1).next_action
    assert found is not None
    assert found.text == action
    assert action.split(maxsplit=1)[0] in body.split("\n")[found.line - 1].replace("*", "").replace(
        "`", ""
    )


@pytest.mark.parametrize(("body", "action"), LIKELY.values(), ids=LIKELY)
def test_what_nothing_says_outright_is_only_likely(body: str, action: str) -> None:
    found = read(body, 1)
    assert found.next_action is None
    assert found.likely is not None
    assert found.likely.text == action


@pytest.mark.parametrize("name", LIKELY)
def test_tasks_are_next_where_all_of_a_document_hands_over(name: str) -> None:
    body, action = LIKELY[name]
    found = read(body, 1, hands_over=True).next_action
    assert (found.text if found else None) == (action if name in HANDED_OVER else None)


@pytest.mark.parametrize(
    ("body", "action"),
    [
        (
            "# T\n\nCopy:\n\n```\nI have a parser.\nStart by writing it.\n\n```\nEnd.\nMore.\n",
            "Start by writing it.",
        ),
        ("# T\n\n## Files to modify\n- `a.py`: write it", "a.py: write it"),
    ],
)
def test_a_document_that_hands_over_says_it_in_more_ways(body: str, action: str) -> None:
    found = read(body, 1, hands_over=True).next_action
    assert (found.text if found else None) == action
    assert read(body, 1).next_action is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "# Title",
        "Some text.",
        "## Next Steps\nNone.",
        "## Next Steps\n- [x] All done",
        "## Next Steps\nNone, it is finished.\n\n## Ideas\n- Dark mode",
        "## Action items\n### Must\n| A | B |\n|---|---|\n| One | ✅ Done |\n### May\n- ~~Two~~",
        "# Session Handoff: Colours made consistent everywhere\n\nText.",
        "# Next session: entry protocol\n\nText.",
        "# T\n\n## Next.js setup\n- Version 15\n\n## Proximity sensors\n- Two",
        "# Log\n\n## Session goals\n- Look\n\n## Session outcome\nSeen.",
        "# Log\n\n## Progress\n### Phase 1: Look\n- [x] Seen\n\n## Outcome\nSeen.",
        '# T\n\nPicks up where commit "fix: a" left off.',
        "# T\n\nNext meeting: Monday",
        "# T\n\n## Pending work\n- No active work item.",
        "# T\n\n## Next Steps\n- Old\n\n## Update: it was done\nSee the log.",
        "# T\n\n## Lessons\n- Write tests first",
        "# T\n\n## Gotchas for the next agent\n- The cache is cold",
        "# T\n\n## Context for the next session\n- The cache is cold",
        "# T\n\n## Next.js migration (session 2)\n- Moved the pages",
        "## Next Steps\nReady for new tasks. All is merged.",
        "## Next Steps\nNo next steps.",
        "## Next Steps\nNone (nobody asked for more); see the log.",
        "## Next Steps\nAwaiting new instructions.",
        "## Next Steps\n### Immediate (None required: it is finished!)\n",
        "## Nächste Schritte\n- Keine offenen Aufgaben für die Verwaltung.",
        "## 下一步\n\n无。用户可以刷新页面。",
        "## Next Session\n- Highest-priority feature: none; all of them pass",
        "## Next Steps\nThe project is complete.",
        "# T\n\n**Next:** nothing is queued.\n\n## Tasks\n- Old one",
        "## Start here next session\n\n**Version 2 is out.**\n\nNext: none for this issue.",
    ],
)
def test_where_nothing_is_to_be_done_nothing_is_made_up(body: str) -> None:
    assert read(body, 1).next_action is None


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("1. First\n2. Second", "First"),
        ("- [x] Done\n- [ ] Open\n- [ ] Later", "Open"),
        ("- [x] Done\n- [X] Done too", ""),
        ("Some words first.\n\n- [ ] Open", "Open"),
        ("**Immediate**: do `this_thing`\nand that", "Immediate: do this_thing and that"),
        ("```\ncode\n```\n\nThen this", "Then this"),
        ("### Heading\n- Item", "Item"),
        ("Immediate actions:\n\n1. Deploy", "Deploy"),
        ("None.", ""),
        ("- ~~old~~\n- new", "new"),
        ("- ✅ Done\n- Open", "Open"),
        ("| # | Task | Owner |\n|---|---|---|\n| 1 | Deploy | me |", "Deploy"),
        ("", ""),
        (
            "1. Try it on a phone — it counts then.\n   Is it large enough?\n2. Later",
            "Try it on a phone — it counts then. Is it large enough?",
        ),
        ("- Is it large enough?\n- Write it", "Write it"),
        ("1. AGENTS.md\n2. docs/PLAN.md (the whole of it)\n3. Write it", "Write it"),
        ("Why it is next: all else is there.\n\n- Write it", "Write it"),
        ("**Steps**:\n1. Write it\n\n**Done when**:\n- [ ] it is there", "Write it"),
        ("Current problem:\n- it is too far left\n\nTo adjust:\n- move it", "move it"),
        ("**Depends on**: step 2\n\n- Write it", "Write it"),
        ("1. → Write it", "Write it"),
        ("Commit all of it:\n```\ngit commit -am x\n```", "Commit all of it: git commit -am x"),
        ("### 1. Verify the deployment\nSo.\n### 2. Then\nMore.", "Verify the deployment"),
    ],
)
def test_the_first_thing_to_do_in_a_section(text: str, item: str) -> None:
    found = read(f"## Next Steps\n{text}", 1).next_action
    assert (found.text if found else "") == item


@pytest.mark.parametrize(
    ("body", "state", "how"),
    [
        ("## Current State\nHalf way.", "Half way.", "by its heading"),
        ("## Where We Left Off\nHalf way.", "Half way.", "by its heading"),
        ("## 📊 現在地（C）\nHalf way.", "Half way.", "by its heading"),
        ("## Aktueller Stand\nHalf way.", "Half way.", "by its heading"),
        ("# T\n\n**Status:** Half way.\n\n## Notes\nx", "Half way.", "by a label"),
        ("# T\n\n## Completed Work\n- Half", "- Half", "what was done"),
        ("# T\n\nHalf way.\n\n## Notes\nx", "Half way.", "the text under the title"),
        ("# T\n\n## Notes\nHalf way.", "Half way.", "the first section"),
        ("# D\n\n## Session 1\nOld\n\n## Session 2\nHalf way.", "Half way.", "the newest entry"),
        ("# T\n\n**Date**: x\n**Branch**: y\n\n## Verdict\nHalf.", "Half.", "what was done"),
        ("# T\n\n**Brief:**\n> Do it\n\n## Context\nHalf.", "Half.", "the context"),
        ("# T\n\n## Session Info\n- **Date**: x\n\n## Parts\nHalf.", "Half.", "the first section"),
        (
            "# T\n\n**Status:** Half.\n\n## Timeline (Current State)\n6:00 import",
            "Half.",
            "by a label",
        ),
        ("# T\n\n## A\n**Current status:**\n- one\n\n## Status\nHalf.", "Half.", "by its heading"),
        ("# T\n\n## État des tâches\nMoitié.", "Moitié.", "by its heading"),
        ("# T\n\n## Stato MVP (commit 1)\nMetà.", "Metà.", "by its heading"),
        ("# T\n\n## 📊 Estado al cierre\nMitad.", "Mitad.", "by its heading"),
        ("# T\n\n## Что сделано\nЧасть.", "Часть.", "what was done"),
    ],
)
def test_the_state_is_found_and_how_is_said(body: str, state: str, how: str) -> None:
    found = read(body, 1).state
    assert found is not None
    assert (found.text, found.how) == (state, how)


def test_what_a_heading_says_itself_stands_before_what_stands_below_it() -> None:
    found = read("## Next up — the new redirect map\nEvery path moves.", 1).next_action
    assert found is not None
    assert found.text == "the new redirect map: Every path moves."
    for title in ("Next Steps — in order", "Next Session: 2026-01-27 10:00"):
        found = read(f"## {title}\n- Write it", 1).next_action
        assert found is not None
        assert found.text == "Write it"


def test_of_finished_work_only_what_it_calls_next_is_next() -> None:
    plan = "# T\n\n## Remaining\n- Build it\n\n## Checks\n- [ ] Try it\n"
    assert read(plan, 1).next_action is not None
    assert read(plan, 1, is_finished=True).next_action is None
    followed = read(plan + "\n## Next steps\n- Tell them\n", 1, is_finished=True).next_action
    assert followed is not None
    assert followed.text == "Tell them"


def test_the_other_steps_follow_the_next_action() -> None:
    body = "intro\n\n## Next Steps\n1. One\n2. Two\n   - detail\n3. ~~Three~~\n4. Four\n"
    found = read(body, 10)
    assert [(step.text, step.line) for step in found.steps] == [("Two", 14), ("Four", 17)]
    assert found.next_action is not None
    assert found.next_action.line == 13


def test_a_wording_means_one_thing_in_its_list_and_is_written_as_it_is_looked_up() -> None:
    for name in (
        "NEXT_STEPS",
        "REMAINING",
        "TASKS",
        "NEXT_STEPS_PERHAPS",
        "GOALS",
        "SOME_DAY",
        "ACTION_LABELS",
        "SURE_ACTION_LABELS",
        "TELLING_LABELS",
        "STATE_LABELS",
        "STATE",
        "BLOCKERS",
        "DECISIONS",
        "FILES",
        "ACCOMPLISHED",
        "CONTEXT",
    ):
        words = getattr(wordings, name)
        assert len(set(words)) == len(words), name
        for word in words:
            assert heading_key(word) == word, word
    assert not set(wordings.NEXT_STEPS) & set(wordings.STATE)


PIECES = st.sampled_from(
    ["# ", "## ", "Next Steps", "Status", "**", ":", "\n", "- ", "[ ] ", "[x] ", "```", "> ", "| ",
     "1. ", "2026-01-01", "Session 2", "FIRST TASK", "text ", "下一步", "~~", "|---|", "\t", "<x>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60))
def test_no_body_makes_it_raise(pieces: list[str]) -> None:
    body = "".join(pieces)
    found = read(body, 1)
    lines = line_count(body)
    if found.next_action:
        assert 1 <= found.next_action.line <= lines
        assert len(found.next_action.text) <= 301
    assert all(1 <= step.line <= lines for step in found.steps)


@pytest.mark.parametrize(
    "body",
    [
        "- [ ] (\n" * 125_000,
        "**a**: b\n" * 110_000,
        "**Next**:\n" * 100_000,
        "**Next action**: [x]\n" * 50_000,
        "## Next Steps\n- [x] a\n" * 45_000,
        "## Session 1\n" * 80_000,
        "| a | b |\n" * 100_000,
        "A" * 60 + "\n" * 16_000,
        "```\n" * 250_000,
        "**" * 500_000,
        ">" * 1_000_000,
        "".join(" " * (2 * (n % 300)) + "- x\n" for n in range(3_000)),
        "## Next Steps\n" + "".join(" " * (2 * n) + "- x\n" for n in range(1_000)),
        "```\n" + "FIRST TASK\nx\n" * 75_000 + "```\n",
    ],
    ids=lambda body: repr(body[:14]),
)
def test_a_long_body_takes_time_in_proportion(body: str) -> None:
    began = time.monotonic()
    read(body, 1)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("mark", ["\t", " ", "`", "> "])
def test_a_line_of_marks_alone_is_read_in_no_time(mark: str) -> None:
    started = time.monotonic()
    read(f"# X\n\n{mark * 100_000}x\n", 1)
    assert time.monotonic() - started < 5
