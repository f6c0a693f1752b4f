"""The words people head their sections and label their lines with, by what they mean.

Data only. Each list is in order of how surely it means the thing; all are written as
``outline.heading_key`` writes a heading: lower case, no punctuation. Languages: English, German,
French, Spanish, Portuguese, Italian, Dutch, Polish, Estonian, Chinese, Japanese, Korean.
"""

NEXT_STEPS = (
    # The specifications' own (003, 000, 001, 004), then common wordings.
    "next steps", "what's next", "next priorities", "next session objective", "next objective",
    "next step", "next action", "next actions", "immediate next steps", "immediate actions",
    "the next task", "next task", "next tasks", "what to do next", "next up", "up next", "next",
    "remaining steps", "recommended next steps", "recommended next action", "first actions",
    "first action", "first task", "start here", "todo", "to do", "action items", "follow up",
    "follow ups", "next session", "for the next session", "this session's goal",
    "nächste schritte", "nächster schritt", "als nächstes", "weiteres vorgehen", "wie weiter",
    "pour la prochaine session", "prochaine session", "prochaine sous session",
    "prochaines étapes", "prochaine étape", "prochaines actions", "à faire", "reste à faire",
    "próximos pasos", "próximo paso", "siguientes pasos", "siguiente paso", "próxima acción",
    "próximos passos", "próximo passo", "próximas etapas", "próxima ação",
    "prossimi passi", "prossimo passo", "prossime azioni",
    "volgende stappen", "volgende stap", "vervolgstappen",
    "następne kroki", "następny krok", "kolejne kroki", "dalsze kroki",
    "järgmised sammud", "järgmine samm", "järgmine ülesanne",
    "下一步行动", "下一步计划", "下一步", "后续步骤", "后续计划", "接下来", "待办事项", "待办",
    "次の一手", "次のステップ", "次のアクション", "次にやること", "次回", "やること",
    "다음 단계", "다음 작업", "다음 할 일", "할 일",
)  # fmt: skip

NEXT_STEPS_PERHAPS = (
    "critical priority", "top priority", "highest leverage",
    "tasks", "task", "deliverable", "deliverables", "remaining", "remaining work", "what remains",
    "open items", "open tasks", "work to do", "the work", "the run", "the spike", "your jobs",
    "goal", "goals", "objective", "priorities", "priority", "plan", "implementation plan", "steps",
    "files to modify", "final checklist", "backlog", "idea backlog", "roadmap", "open questions",
    "open points", "offene punkte", "ziel", "objectif", "objetivo", "obiettivo", "doel", "cel",
    "目标", "目標", "ゴール", "목표",
)  # fmt: skip

STATE = (
    "current state", "current project state", "where we left off", "where things stand",
    "where we are", "current status", "status", "state", "one line state", "status snapshot",
    "current situation", "immediate situation", "project status", "session summary", "summary",
    "executive summary", "tl dr", "tldr", "current phase", "current segment", "what works now",
    "what happened", "what just shipped", "outcome", "result", "overview", "session overview",
    "current metrics",
    "aktueller stand", "aktueller status", "aktueller zustand", "stand", "zusammenfassung",
    "état actuel", "état", "où on en est", "situation actuelle", "résumé",
    "estado actual", "situación actual", "dónde estamos", "resumen",
    "estado atual", "situação atual", "onde paramos", "resumo",
    "stato attuale", "situazione attuale", "dove siamo", "riepilogo",
    "huidige status", "huidige stand", "huidige situatie", "samenvatting",
    "obecny stan", "aktualny stan", "stan obecny", "podsumowanie",
    "mis on praegu valmis", "praegune seis",
    "当前状态", "目前状态", "当前进度", "现状", "总结",
    "現在地", "現在の状態", "現在の状況", "現状", "概要",
    "현재 상태", "현재 상황", "현황", "요약",
)  # fmt: skip

BLOCKERS = (
    "blockers", "blocker", "blockers/questions", "blocked items", "blocked", "blocked by",
    "open questions", "questions", "known issues", "open issues", "risks",
    "blocker und fragen", "hindernisse", "offene fragen", "blockiert",
    "blocages", "points bloquants", "questions ouvertes",
    "bloqueos", "bloqueadores", "impedimentos", "bloqueios", "blocchi", "blokkades", "blokady",
    "阻塞", "阻塞问题", "障碍", "ブロッカー", "課題", "차단 요소", "문제점",
)  # fmt: skip

DECISIONS = (
    "decisions", "decisions made", "key decisions", "key decisions made", "decision log",
    "key architectural decision", "design decisions", "entscheidungen", "décisions",
    "décisions prises", "décisions prises pendant la session", "decisiones", "decisões",
    "decisioni", "beslissingen", "besluiten", "decyzje", "决策", "決定事項", "결정 사항",
)  # fmt: skip

FILES = (
    "files modified", "key files", "files to update", "files changed", "files updated",
    "key files created", "files to modify", "changes made", "modified files", "files",
    "artifacts created", "wichtige dateien", "geänderte dateien", "fichiers clés",
    "fichiers modifiés", "archivos clave", "arquivos principais", "file chiave",
    "belangrijke bestanden", "kluczowe pliki", "olulised failid", "关键文件", "主要ファイル",
    "주요 파일",
)  # fmt: skip

ACCOMPLISHED = (
    "completed work", "accomplished", "what was accomplished", "previous session summary",
    "previous session", "work completed", "work completed so far", "what was done",
    "what was done this session", "what got done this session", "what's done", "done",
    "what landed this session", "what was completed this session", "execution progress",
    "delivered outcome", "what happened", "what we learned", "travail réalisé", "erledigt",
    "was wurde gemacht", "trabajo completado", "trabalho concluído", "lavoro completato",
    "voltooid werk", "wykonana praca", "已完成", "完了した作業", "進捗ログ", "완료된 작업",
)  # fmt: skip

CONTEXT = (
    "context", "context for next session", "context needed", "background", "why now", "problem",
    "project context", "kontext", "hintergrund", "contexte", "contexto", "contesto", "achtergrond",
    "kontekst", "背景", "上下文", "背景情報", "배경",
)  # fmt: skip

PROGRESS = ("execution progress", "progress", "tasks", "plan", "checklist")  # fmt: skip

LOG = ("session log", "log", "work log", "journal", "changelog", "protokoll", "historique")

# Labels: ``**Immediate action**: …``; the first that a document has names its next action.
ACTION_LABELS = (
    "immediate action", "immediate next action", "next action", "next step", "next task",
    "first action", "first task", "first action next session", "start with", "begin with",
    "do first", "one line brief for the next session", "one line brief", "next session goal",
    "next checkpoint", "next", "goal", "objective", "nächste aktion", "nächster schritt",
    "commencer par", "prochaine action", "prochaine étape", "objectif", "próxima acción",
    "próximo paso", "siguiente paso", "próxima ação", "próximo passo", "prossima azione",
    "volgende actie", "volgende stap", "następny krok", "järgmine ülesanne", "下一步", "次の一手",
    "다음 단계",
)  # fmt: skip

STATE_LABELS = (
    "state", "current state", "status", "current status", "status at handoff", "phase", "stand",
    "état", "estado", "stato", "huidige status", "stan", "状态", "状態", "상태",
)  # fmt: skip

# A section or an item that says there is nothing.
NOTHING = (
    "none", "nothing", "n/a", "no blockers", "no blockers currently", "tbd", "keine", "nichts",
    "rien", "aucun", "aucune", "ninguno", "ninguna", "nada", "nenhum", "nenhuma", "nessuno",
    "nessuna", "niente", "geen", "niets", "brak", "nic", "无", "没有", "なし", "없음",
)  # fmt: skip

# What marks an item as the one to begin with, the strongest first.
URGENT = (
    "p0",
    "🔴",
    "🚨",
    "critical",
    "urgent",
    "immediate",
    "blocker",
    "highest",
    "high priority",
)

# A title that is the next action itself: "Next session: implement the adapter".
TITLE_BEFORE_ACTION = (
    "next session plan", "next session prompt", "next session spec", "next session", "next",
    "handoff", "session handoff", "prochaine session", "nächste sitzung",
)  # fmt: skip
