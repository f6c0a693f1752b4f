"""The words that people head sections with, and those for done, paused and in progress."""

import unicodedata
from functools import cache

from session_hooks.util.lazy import pattern


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).split(", "))


# Of a status, a language after the other.
DONE_WORDS = _words("""
completed, complete, done, finished, closed, archived, abandoned, cancelled, canceled, merged,
resolved, obsolete, superseded, shipped, deployed, released, delivered, fixed, all done,
fully complete, fully completed, no action needed, no action required,
abgeschlossen, erledigt, fertig, fertiggestellt, beendet, geschlossen, gelöst, umgesetzt,
ausgeliefert, veröffentlicht, archiviert, abgebrochen,
terminé, terminée, fini, finie, fait, faite, achevé, achevée, complété, complétée, complet, clos,
clôturé, clôturée, fermé, fermée, résolu, résolue, livré, livrée, déployé, déployée, fusionné,
fusionnée, annulé, annulée, abandonné, abandonnée, archivé, archivée,
completado, completada, completo, completa, terminado, terminada, hecho, hecha, listo, lista,
finalizado, finalizada, concluido, concluida, cerrado, cerrada, resuelto, resuelta, entregado,
entregada, desplegado, desplegada, cancelado, cancelada, abandonado, abandonada, archivado,
archivada,
concluído, concluída, feito, feita, encerrado, encerrada, fechado, fechada, resolvido, resolvida,
entregue, implantado, arquivado,
completato, completata, fatto, fatta, finito, finita, terminato, terminata, concluso, conclusa,
chiuso, chiusa, risolto, risolta, consegnato, rilasciato, annullato, abbandonato, archiviato,
klaar, voltooid, afgerond, gereed, gedaan, afgesloten, gesloten, opgelost, opgeleverd, geannuleerd,
gearchiveerd,
ukończone, ukończono, ukończony, ukończona, zakończone, zakończono, zakończony, zakończona,
zrobione, wykonane, gotowe, zamknięte, rozwiązane, wdrożone, anulowane,
valmis, tehtud, lõpetatud, suletud, lahendatud, tühistatud,
klar, klart, klara, slutförd, slutfört, färdig, färdigt, avslutad, avslutat, gjord, gjort, stängd,
löst, levererad, levererat,
hotovo, hotový, hotová, dokončeno, dokončený, dokončená, splněno, uzavřeno, vyřešeno, nasazeno,
zrušeno,
завершено, завершён, завершена, готово, сделано, выполнено, закончено, закрыто, закрыт, закрыта,
решено, отменено,
зроблено, виконано, закінчено, закрито, вирішено, скасовано,
tamamlandı, tamamlanmış, tamam, bitti, bitirildi, yapıldı, kapatıldı, kapandı, çözüldü,
teslim edildi, iptal edildi,
已完成, 完成, 已完结, 完结, 已結束, 已结束, 结束, 結束, 已关闭, 已關閉, 关闭, 已合并, 已合併,
已解决, 已解決, 已发布, 已發布, 已上线, 已上線, 已部署, 已交付, 已归档, 已歸檔, 已取消, 已废弃,
已廢棄, 全部完成, 完結, 已完結,
完了, 完了済み, 完了済, 完了しました, 完了した, 済み, 済, 終了, 終了済み, 終了しました, 対応済み,
対応済, 解決, 解決済み, 解決済, マージ済み, マージ済, リリース済み, リリース済, デプロイ済み,
デプロイ済, クローズ, クローズ済み, 中止, キャンセル,
완료, 완료됨, 완료함, 완료했음, 종료, 종료됨, 끝, 끝남, 마침, 해결, 해결됨, 배포됨, 배포 완료,
작업 완료, 병합됨, 닫힘, 취소, 취소됨,
færdig, færdigt, afsluttet, gennemført, fuldført, udført, lukket, løst, leveret, annulleret,
ferdig, fullført, avsluttet, gjennomført, utført, kansellert, levert,
tehty, suoritettu, valmistunut, päättynyt, suljettu, ratkaistu, peruttu, julkaistu,
kész, elkészült, befejezve, befejezett, befejeződött, lezárva, megoldva, teljesítve, törölve,
terminat, terminată, finalizat, finalizată, încheiat, încheiată, completat, completată, gata,
făcut, închis, rezolvat, livrat, anulat,
ολοκληρώθηκε, ολοκληρωμένο, ολοκληρωμένη, ολοκληρωμένος, τελείωσε, έγινε, κλειστό, έκλεισε,
επιλύθηκε, ακυρώθηκε,
hoàn thành, đã hoàn thành, hoàn tất, đã hoàn tất, xong, đã xong, kết thúc, đã kết thúc, đã đóng,
đã giải quyết, đã triển khai, đã hủy,
selesai, sudah selesai, telah selesai, tuntas, rampung, beres, ditutup, dibatalkan, terselesaikan,
เสร็จ, เสร็จแล้ว, เสร็จสิ้น, เสร็จสิ้นแล้ว, เสร็จสมบูรณ์, สำเร็จ, สำเร็จแล้ว, ดำเนินการเสร็จสิ้น, ปิดแล้ว, ยกเลิก,
مكتمل, مكتملة, اكتمل, اكتملت, تم, منجز, منجزة, أنجز, تم الإنجاز, تم الانتهاء, منتهي, منتهية, انتهى,
مغلق, مغلقة, ملغى,
הושלם, הושלמה, בוצע, בוצעה, הסתיים, הסתיימה, גמור, סגור, נסגר, נפתר, בוטל,
انجام شد, انجام شده, تکمیل شد, تکمیل شده, تکمیل, کامل, کامل شد, تمام, تمام شد, تمام شده,
پایان یافت, بسته شد, بسته, لغو شد,
पूर्ण, पूर्ण हुआ, पूरा, पूरा हुआ, हो गया, संपन्न, सम्पन्न, समाप्त, बंद, रद्द
""")
PAUSED = _words("""
paused, pause, stopped, on hold, hold, waiting, suspended, parked, postponed, deferred,
pausiert, angehalten, unterbrochen, gestoppt, wartend, wartet, zurückgestellt, verschoben,
en pause, mis en pause, en attente, suspendu, suspendue, interrompu, interrompue, arrêté, arrêtée,
reporté, reportée,
pausado, pausada, en pausa, en espera, suspendido, suspendida, detenido, detenida, aplazado,
aplazada, parado, parada,
em pausa, em espera, suspenso, suspensa, adiado, adiada, aguardando,
in pausa, in attesa, sospeso, sospesa, fermo, interrotto, interrotta, rimandato,
gepauzeerd, in de wacht, wachtend, gestopt, opgeschort, uitgesteld,
wstrzymane, wstrzymano, wstrzymany, wstrzymana, zawieszone, odłożone, oczekuje, w oczekiwaniu,
pauza,
peatatud, ootel, pausil, edasi lükatud,
pausad, pausat, väntar, avvaktar, uppskjuten,
pozastaveno, pozastavený, přerušeno, odloženo, čeká,
приостановлено, приостановлен, приостановлена, пауза, на паузе, в ожидании, ожидание, ожидает,
отложено, остановлено,
призупинено, на паузі, в очікуванні, очікування, відкладено, зупинено,
duraklatıldı, beklemede, bekliyor, durduruldu, askıda, ertelendi,
暂停, 已暂停, 暂停中, 暫停, 已暫停, 暫停中, 搁置, 已搁置, 擱置, 已擱置, 挂起, 掛起, 等待, 等待中,
推迟,
一時停止, 一時停止中, 停止中, 中断, 中断中, 保留, 保留中, 待機中, 待ち, 休止中,
일시중지, 일시 중지, 일시정지, 일시 정지, 중단, 중단됨, 보류, 보류중, 보류 중, 대기, 대기중,
대기 중,
på pause, sat på pause, pauset, udsat, venter, afventer,
satt på pause, utsatt, avventer, stoppet,
tauolla, keskeytetty, odottaa, lykätty, pysäytetty,
szüneteltetve, szünetel, felfüggesztve, várakozik, elhalasztva, megállítva,
în pauză, în așteptare, suspendat, suspendată, întrerupt, amânat, oprit,
σε παύση, παύση, σε αναμονή, σε αναστολή, αναβλήθηκε,
tạm dừng, đã tạm dừng, tạm hoãn, đang chờ, hoãn,
dijeda, ditunda, tertunda, menunggu, dihentikan, ditangguhkan,
หยุดชั่วคราว, พักไว้, ระงับ, รอ, รอดำเนินการ,
متوقف, متوقفة, متوقف مؤقتا, موقوف, معلق, معلقة, مؤجل, قيد الانتظار, في الانتظار,
מושהה, מושהית, בהשהיה, בהפסקה, בהמתנה, ממתין, מוקפא, נדחה,
متوقف شد, متوقف شده, معلق شده, در انتظار, به تعویق افتاد,
रुका, रुका हुआ, रोका गया, स्थगित, विराम, प्रतीक्षा में, लंबित
""")
IN_PROGRESS = _words("""
in progress, inprogress, active, wip, work in progress, ongoing, started, open, doing, working,
blocked, under way, underway, not done, unfinished, incomplete,
in arbeit, in bearbeitung, laufend, läuft, aktiv, offen, begonnen, angefangen, blockiert, unfertig,
nicht fertig,
en cours, actif, commencé, commencée, démarré, démarrée, ouvert, ouverte, bloqué, bloquée,
inachevé, inachevée,
en curso, en progreso, en proceso, en marcha, activo, activa, abierto, abierta, iniciado, iniciada,
bloqueado, bloqueada, sin terminar,
em andamento, em progresso, em curso, em execução, ativo, ativa, aberto, aberta,
in corso, in lavorazione, attivo, attiva, aperto, aperta, iniziato, iniziata, bloccato,
bezig, in uitvoering, in behandeling, lopend, actief, gestart, geblokkeerd,
w toku, w trakcie, w realizacji, aktywne, aktywny, aktywna, otwarte, rozpoczęte, zablokowane,
töös, pooleli, käimas, aktiivne, avatud, alustatud, blokeeritud,
pågår, pågående, påbörjad, påbörjat, öppen, blockerad,
probíhá, v řešení, v průběhu, rozpracováno, aktivní, otevřeno, otevřený, blokováno,
в работе, в процессе, выполняется, активно, активен, активна, начато, открыто, заблокировано,
не завершено,
в роботі, у роботі, в процесі, у процесі, виконується, активний, розпочато, відкрито, заблоковано,
devam ediyor, devam etmekte, sürüyor, yapılıyor, aktif, açık, başladı, engellendi,
进行中, 正在进行, 進行中, 正在進行, 处理中, 處理中, 开发中, 開發中, 已开始, 已開始, 未完成, 阻塞,
已阻塞,
作業中, 実施中, 実行中, 対応中, 着手, 着手中, 着手済み, 継続中, 仕掛中, 仕掛かり中, 未完了, 未完,
ブロック中,
진행중, 진행 중, 진행, 작업중, 작업 중, 활성, 시작됨, 차단됨, 미완료,
i gang, igang, igangværende, åben, påbegyndt, blokeret,
åpen, påbegynt, blokkert, under arbeid,
kesken, käynnissä, meneillään, työn alla, aktiivinen, avoin, aloitettu, estetty,
folyamatban, folyamatban van, aktív, nyitott, elkezdve, blokkolva,
în curs, în lucru, în desfășurare, activ, activă, deschis, început, blocat,
σε εξέλιξη, ενεργό, ενεργή, ανοιχτό, ξεκίνησε, μπλοκαρισμένο,
đang thực hiện, đang làm, đang tiến hành, đang xử lý, đang diễn ra, đang mở, chưa hoàn thành,
chưa xong,
berjalan, sedang berjalan, dalam proses, dalam pengerjaan, sedang dikerjakan, dikerjakan, terbuka,
belum selesai,
กำลังดำเนินการ, อยู่ระหว่างดำเนินการ, ดำเนินการอยู่, กำลังทำ, ยังไม่เสร็จ,
قيد التنفيذ, قيد العمل, قيد التقدم, جاري, جار, جارية, جاري العمل, نشط, نشطة, مفتوح, مفتوحة,
غير مكتمل,
בתהליך, בביצוע, בעבודה, פעיל, פעילה, פתוח, פתוחה, חסום, לא הושלם,
در حال انجام, در دست انجام, در جریان, در حال اجرا, فعال, باز, ناتمام,
जारी, काम जारी, प्रगति में, प्रगति पर, चालू, सक्रिय, चल रहा है, अधूरा
""")
DONE_MARKS, PAUSED_MARKS, IN_PROGRESS_MARKS = "✅☑✔", "⏸", "🚧🔄⏳"

_WORD = pattern(r"[^\W_]+")
_SPELLED_OUT = dict(zip(map(ord, "äöüåøæ"), ("ae", "oe", "ue", "aa", "oe", "ae"), strict=True))
_ALIKE = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i", "ي": "ی", "ى": "ی", "ك": "ک"}
)


def bare(text: str) -> str:
    """Return a text in the form in which its spellings are the same: no case, no accents."""
    text = text.casefold()
    return text if text.isascii() else _without_accents(text)


def key(text: str) -> str:
    """Return the words of a text in that form, with "_" between them, as ``keys`` has them."""
    return "_".join(_WORD.findall(bare(text)))


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.translate(_ALIKE))
    return "".join(
        letter for letter in letters if letter < "\u0300" or unicodedata.category(letter)[0] != "M"
    )


@cache
def keys(words: tuple[str, ...]) -> frozenset[str]:
    """With "erfuellt" and "erfullt"."""
    # Letter by letter, for word by word takes 14 ms.
    text = "\n".join(words).casefold()
    plain = {ord(letter): _without_accents(letter) for letter in set(text) if not letter.isascii()}
    spelled_out = {letter: pair for letter, pair in _SPELLED_OUT.items() if letter in plain}
    forms = f"{text.translate(plain)}\n{text.translate(plain | spelled_out)}"
    return frozenset(forms.replace(" ", "_").split("\n"))


NEXT_STEPS = _words("""
next steps, what's next, next priorities, next session objective, next objective, next step,
next action, next actions, immediate next steps, immediate actions, the next task, next task,
next tasks, what to do next, next up, up next, next, remaining steps, recommended next steps,
recommended next action, first actions, first action, first task, start here, todo, to do,
action items, follow up, follow ups, what needs to happen next, what needs to be done, what's left,
left to do, still to do, pick up here, resume here, continue here, next session,
for the next session, this session's goal, als nächstes, weiteres vorgehen, wie weiter,
nächste aktion, pour la prochaine session, prochaine session, prochaine sous session,
à faire ensuite, la suite, qué sigue, lo que sigue, próxima sessão, prossime azioni, vervolgstappen,
wat nu, dalsze kroki, sonraki adımlar, дальнейшие шаги, where to pick up, where to continue,
where to start, what needs doing, what needs doing now, what still needs doing,
what still needs to be done, next todo, next todos, todos, todos carried forward, carried forward,
open loops, suggested next work, suggested next step, not completed, not yet done, still open,
session entry point, entry point, do this first, first thing to do, for the next agent,
notes for the next agent, for whoever picks this up, immediate next work, handoff tasks, next work,
next moves, next move, continue with, noch offen, par où commencer, por dónde seguir,
tareas pendientes, pasos siguientes, por onde continuar, tarefas pendentes, cosa manca,
da dove riprendere, wat nog rest, kalanlar, открыто, що залишилось, 剩余工作, 剩余任务,
次セッションの最初の一手, 残り作業, næste skridt, næste trin, de făcut, công việc còn lại,
yang harus dilakukan, הצעד הבא, आगे के कदम, execution order, implementation order, order of work,
次, дальше, с чего начать
""")

# What says that something is left to be done, and not what comes first.
REMAINING = _words("""
remaining, remaining work, remaining tasks, remaining items, what remains, open items, open tasks,
outstanding, outstanding work, unfinished, unfinished work, incomplete, not done, open, pending,
pending work, pending tasks, work to do, pending todos, open work, open threads, open ends,
waiting for, waiting on, left over, leftovers, loose ends, upcoming, coming up, on deck
""")

# What names work to be done. In a document that hands work over it is the next conversation's;
# elsewhere it may be what was done.
TASKS = _words("""
critical priority, top priority, highest leverage, tasks, task, the work, the run, the spike,
your jobs, your task, the task, priorities, priority, priority work, priority tasks, how to resume,
how to continue, files to modify, files to change, changes to make, what to build, what to do,
open issues, known gaps, taken, ülesanded, opgaver, oppgaver, tehtävät, feladatok, sarcini,
εργασίεσ, nhiệm vụ, công việc, tugas, งาน, المهام, משימות, وظایف, कार्य
""")

# What stands for the next steps where a document has none of those headings: a guess.
NEXT_STEPS_PERHAPS = _words("""
current focus, immediate focus, focus, focus areas, поточний фокус, текущий фокус, recommendations,
recommendation, deliverable, deliverables, plan, implementation plan, steps,
in progress, final checklist, in arbeit, offen, empfehlungen, en cours, recommandations,
recomendaciones, recomendações, raccomandazioni, aanbevelingen, zalecenia, 建议
""")

# What the work set out to do: next only as long as nothing tells what came of it.
GOALS = _words("""
goal, goals, objective, objectives, session goal, session goals, goal this session,
goal for this session, goal of this session, session objective, session objectives, mission, ziel,
ziele, objectif, objectifs, objetivo, objetivos, obiettivo, obiettivi, doel, doelen, cel, cele,
eesmärk, 目标, 目標, ゴール, 목표
""")

# What might be done some day, or has to be cleared first: the last that is better than nothing.
SOME_DAY = _words("""
blocking issues, blockers, blocker, blocked items, blocked, open questions, open points,
offene fragen, offene punkte, questions ouvertes, preguntas abiertas, perguntas abertas, backlog,
idea backlog, backlog priorizado,
backlog priorisé, priorisiertes backlog, ideas, roadmap, optional, future work, nice to have,
ideen, idées, 待办清单
""")

# A heading or a part of one that asks whether work is done: its open boxes are no steps.
CHECKS = _words("""
acceptance, criteria, testing, test plan, tests, verification, verify, validation, checklist,
definition of done, done when, done means, 完了条件, 完成条件, 验收标准, session end, sign off,
review gate, abnahme, prüfung, critères, vérification, criterios, critérios, criteri, verificatie,
kryteria, 验收, 检查, 確認, 검증
""")

# What means the next steps only as a whole heading: "Questions for the next session" are none.
WHOLE = _words("""
notes for next session, notes for the next session, next session, for the next session,
for next session, prochaine session, pour la prochaine session, prochaine sous session,
próxima sessão, in progress, follow up, follow ups, implementation plan, what happened, outcome,
completed work
""")

# What headings begin or hold in all languages, by the beginnings of their words, accents aside:
# "prochain etap" is in "Prochaines étapes (3)". A ``^`` marks a heading's first word, a ``+``
# words that follow each other.
NEXT_STEPS_STEMS = _words("""
next+session, next+conversation, next+chat, following+session, nachst sess, nachst sitz,
prochain sess, proxim sesi, proxima sess, prossim sess, volgend sess, nastepn sesj, следующ сесс,
следующеи сесс, наступн сесі, 다음 세션, 下一次, 下一项, 下一個, 下一个, phien sau, buoi sau,
^proper, proper pas, propera sess, sonraki otur, next focus, when you return, resume instruct,
path forward, follow up work, follow up suggest, follow ups suggest, action needed, queued follow,
first thing, next step, next action, next task, next priorit, next move, immediate action,
immediate task, immediate priorit, what next, to be done, action item, next phase, next milestone,
next thing, next iteration, nachst schritt, nachst aufgab, ^nachst, zu tun, prochain etap,
prochain action, prochain tach, prochain piste, ^prochain, reste a faire, restant a faire, ^a faire,
proxim pas, proxim accion, proxim tarea, siguient pas, ^siguient, ^proximo, ^proxima, por hacer,
^pendient, proxim acao, proxim acoes, proxim etapa, proxim taref, a fazer, falta fazer,
prossim pass, prossim attivit, ^prossim, da fare, volgend stap, volgend actie, ^volgend, te doen,
nastepn krok, nastepn zada, kolejn krok, ^nastepn, do zrobienia, jargm samm, jargm ules, nasta steg,
att gora, dalsi krok, co dal, sonraki adim, yapilacak, следующ шаг, следующ задач, задани следующ,
на следующ, что дальше, осталось, наступн крок, 下一步, 下次, 接下来, 待办, 后续, 次に, 次の, 次回,
今後, やること, 다음 단계, 다음 작업, 다음에, 할 일, 남은, needs doing, carried forward, open loop,
suggested next, not completed, next work, todo next, for next agent, immediate continu,
suggested agenda, noch fehl, noch zu, weitermach, ce qui reste, consigne prochain, que queda,
que falta, que resta, cosa resta, co zosta, veel teha, aterstar, zbyva, kalan is, sıradaki,
yapılacak, наиближч крок, ближаиш шаг, наступн задач, 續, 待辦, 続き, naest skridt, naest trin,
nest steg, nest skritt, seuraav, kovetkezo lepes, teendo, urmator pas, pas urmator, επομεν βημ,
buoc tiep theo, viec can lam, viec tiep theo, langkah selanjutnya, langkah berikutnya, ถัดไป, ต่อไป,
สิ่งที่ต้องทำ, الخطوات التال, التالية, المتبقية, הצעדים הבאים, השלבים הבאים, הלאה, بعدی, अगल कदम
""")
REMAINING_STEMS = _words("""
remaining, outstanding, pending, ^unfinished, ^open item, ^open task, ^offen, ausstehend, ^restant,
en attente, pendient, pendent, pendenc, in sospeso, ^openstaand, ^pozostal, незаверш, нужно,
未完成, 待处理, 待解决, 残り, 残作業, 残タスク, 未完了, 未実施, 残って, 해야, 미완료, 남은,
dang do, con ton, con lai, залишил, осталос
""")
TASKS_STEMS = _words("""
tasks, aufgaben, taches, tareas, tarefas, attivita, zadania, задач, 任务, タスク, 작업 목록,
^priorit, ^priorid, priorita, prioriteit, priorytet, приоритет, 优先, 우선순위, starting prompt,
prompt for next session
""")
NEXT_STEPS_PERHAPS_STEMS = _words("^recommend, ^recommand, ^recomenda, 課題")
STATE_STEMS = _words("""
current stat, current situation, current position, where we stand, where we left, where thing,
state of, aktuell stand, aktuell status, aktuell zustand, derzeitig stand, etat actuel,
etat courant, ^etat, ou en est, estado actual, ^estado, situacion actual, donde qued, estado atual,
situacao atual, stato attuale, ^stato, situazione attuale, huidig stat, huidig stand,
huidig situatie, obecn stan, aktualn stan, praegu, hetkeseis, nulage, aktualni stav, ^stav,
mevcut durum, guncel durum, nuvaerend tilstand, navaerend status, nykytila, jelenleg allapot,
^allapot, stare actual, ^starea, τρεχουσ κατασταση, trang thai hien, ^trang thai, hien trang,
keadaan saat, status saat, สถานะ, الحال, המצב, وضعیت, स्थिति, текущ состоян, ^состоян, текущ статус,
поточн стан, 当前状态, 当前进, 目前, 现状, 现在状态, 現在の, 現状, 進捗, 현재, 상태, 현황
""")
CONTEXT_STEMS = _words("^context, ^kontext, ^background, ^hintergrund, контекст, 背景, 배경")
ACCOMPLISHED_STEMS = _words("""
what was done, what was complet, what was built, what was ship, what was implement, what was fixed,
what was chang, what we complet, what we did, what got, what has been, what just, tasks complet,
^completed, abgeschloss, concluid, completad, cosa abbiamo, completat, ce que nous avons,
lo que hicimos, o que fizemos, afgerond, voltooid, ukonczon, завершен, was gemacht, erledigt,
ce qui a ete fait, deja fait, realise, que se hizo, hecho, feito, fatto, gedaan, zrobion, wykonan,
tehtud, gjort, hotovo, yapilan, сделано, выполнено, зроблено, 已完成, 完成内容, 完了した, 完了済,
完成した, 완료
""")

# What a heading is about that only says for whom it is: "Gotchas for the next agent".
NOT_STEPS = _words("""
prompt, message, question, gotcha, caveat, warning, caution, pitfall, watch, context, background,
lesson, learn, rule, risk, assumption, constraint, file, frage, kontext, pregunta, contexto,
pergunta, domand, вопрос, контекст, 注意, 背景, 문제, 맥락
""")

# Parts that speak of the document rather than of the work.
FORMALITIES = _words("""
protocol compliance, session start, session info, session information, metadata, table of contents,
contents, read first, read first order, how to use this file
""")

STATE = _words("""
current state, current project state, where we left off, where things stand, where we are,
where we stopped, where i stopped, where i left off, current status, status, state, one line state,
status snapshot, current situation, immediate situation, project status, session summary, summary,
executive summary, tl dr, tldr, current phase, current segment, what works now, what happened,
what just shipped, outcome, result, overview, session overview, current metrics, session outcome,
final status, stand, wo wir stehen, stand der dinge, zusammenfassung, état des lieux,
où nous en sommes, situation actuelle, résumé, dónde estamos, resumen, onde paramos, onde estamos,
resumo, dove siamo, a che punto siamo, riepilogo, waar we staan, samenvatting, stan obecny,
gdzie jesteśmy, podsumowanie, где мы остановились, 总结, 現在地, 概要, 요약
""")

BLOCKERS = _words("""
blockers, blocker, blockers/questions, blocked items, blocked, blocked by, open questions,
questions, known issues, open issues, risks, blocker und fragen, hindernisse, offene fragen,
blockiert, blocages, points bloquants, questions ouvertes, bloqueos, bloqueadores, impedimentos,
bloqueios, blocchi, blokkades, blokady, 阻塞, 阻塞问题, 障碍, ブロッカー, 課題, 차단 요소, 문제점
""")

# What to know before one begins.
CAUTIONS = _words("""
caveats, caveat, gotchas, gotcha, pitfalls, watch out, warnings, warning, constraints,
prerequisites, prerequisite, requirements, gaps, rules, do not, important, open decisions,
assumptions, hinweise, achtung, vorsicht, attention, pièges, contraintes, advertencias,
restricciones, cuidado, restrições, attenzione, let op, uwaga, 注意, 注意事项, 注意点, 주의,
внимание
""")

DECISIONS = _words("""
decisions, decisions made, key decisions, key decisions made, decision log,
key architectural decision, design decisions, entscheidungen, décisions, décisions prises,
décisions prises pendant la session, decisiones, decisões, decisioni, beslissingen, besluiten,
decyzje, 决策, 決定事項, 결정 사항
""")

LESSONS = _words("""
lessons learned, lessons, lesson, learnings, learned, what we learned, key takeaways, takeaways,
gotchas, pitfalls, caveats, insights, watch out, things to remember, erkenntnisse, lehren, gelernt,
leçons apprises, leçons, enseignements, lecciones aprendidas, lecciones, lições aprendidas, lições,
lezioni apprese, geleerde lessen, geleerd, wnioski, уроки, выводы, 经验教训, 教训, 学んだこと, 教訓,
교훈, 배운 점
""")

FILES = _words("""
files modified, key files, files to update, files changed, files updated, key files created,
files to modify, changes made, modified files, files, artifacts created, wichtige dateien,
geänderte dateien, zu ändernde dateien, fichiers clés, fichiers modifiés, archivos clave,
arquivos principais,
file chiave, belangrijke bestanden, kluczowe pliki, olulised failid, 关键文件, 主要ファイル,
주요 파일
""")

ACCOMPLISHED = _words("""
completed work, accomplished, what was accomplished, previous session summary, previous session,
work completed, work completed so far, what was done, what was done this session,
what got done this session, what's done, done, what landed this session,
what was completed this session, execution progress, delivered outcome, already done,
already built, what landed, what shipped, what was shipped, tasks completed, deliverables created,
verdict, conclusion, outcome, session outcome, findings summary, key findings,
verification results, what happened, what we learned, livrables, fait, 進捗ログ
""")

CONTEXT = _words("""
context, context for next session, context needed, background, why now, problem, project context,
hintergrund, contesto, achtergrond, kontekst, 上下文
""")

PROGRESS = _words("""
execution progress, progress, tasks, plan, checklist, fortschritt, avancement, progreso, progresso,
进度, 进展, 進捗
""")

LOG = _words("""
session log, log, work log, journal, changelog, protokoll, sitzungsprotokoll, historique,
journal de session, registro, registro de sesión, 会话日志, 日志
""")

PARTS = (
    NEXT_STEPS, STATE, BLOCKERS, DECISIONS, FILES, ACCOMPLISHED, CONTEXT, PROGRESS, LOG,
)  # fmt: skip

# Those of them that speak of the whole document, where they stand at its top or its foot.
SURE_ACTION_LABELS = _words("""
immediate next action, next action, next step, next task, first action, first task,
first action next session, start here, start with, next session focus, next actionable, resume here,
pick up here, pick up at, session entry point, do this first, resume action, expected next,
one line brief for the next session, one line brief, next, nächste aktion, nächster schritt,
prochaine action, prochaine étape, commencer par, próxima acción, próximo paso, próxima ação,
próximo passo, prossima azione, prossimo passo, volgende actie, volgende stap, następny krok,
järgmine ülesanne, järgmine samm, nästa steg, další krok, sonraki adım, следующий шаг,
наступний крок, 下一步, 次の一手, 다음 단계, næste skridt, neste steg, seuraava askel,
következő lépés, pasul următor, επόμενο βήμα, bước tiếp theo, langkah selanjutnya, ขั้นตอนถัดไป,
الخطوة التالية, הצעד הבא, گام بعدی, अगला कदम
""")

# Labels: ``**Immediate action**: …``; the first that a document has names its next action.
ACTION_LABELS = (
    _words("immediate action")
    + SURE_ACTION_LABELS
    + _words("""
begin with, do first, next session goal, action required, next steps, next actions, next up,
next session, next checkpoint, resume with, resume at, continue with, next time, to do next, todo,
to do, left to do, remaining, nächste schritte, als nächstes, weiter mit, nächste sitzung,
prochaine session, próxima sesión, próxima sessão, prossima sessione, volgende sessie,
prochaines étapes, démarrage, próximos pasos, siguiente paso, próximos passos, prossimi passi,
volgende stappen, następne kroki, następna akcja, следующие шаги, дальше, 下一步行动, 次のステップ,
次のアクション, 다음 작업, entry point, first, now, user decision needed, user decision required,
decision needed, decision required, waiting for, carry on with, pending, still pending, resume file,
resume from, langkah berikutnya
""")
)

# Labels that say more than that something is next, and so stay before what they label.
TELLING_LABELS = _words("""
user decision needed, user decision required, decision needed, decision required, action required,
waiting for, next session goal, start with, commencer par
""")

# What begins an item that says something of another one, and is nothing to be done itself.
REMARKS = _words("""
why, why (?:it is|it's|this is) next, reason, rationale, because, priority, status, effort,
current (?:branch|state|status), estimate, estimated, estimated (?:time|effort), duration,
depends on, dependenc(?:y|ies),
abhängigkeiten, 依存, 推定時間, 所要時間, 依赖, owner, time, date, note, notes, context, background,
result, outcome, impact, severity, risk, approach, problem, root cause, branch, commit, files?,
warum, grund, priorität, aufwand, pourquoi, raison, priorité, por qué, motivo, razón, prioridad,
porquê, prioridade, perché, priorità, waarom, reden, dlaczego, почему, причина, приоритет, 为什么,
原因, 优先级, 理由, 優先度, 이유, 우선순위
""")

STATE_LABELS = _words("""
resume point, state, current state, status, current status, status at handoff, phase, stand,
aktueller stand, état, état actuel, statut, estado, estado actual, estado atual, stato,
stato attuale, huidige status, stan, obecny stan, 状态, 当前状态, 状態, 現在の状態, 상태, 현재 상태
""")

# Labels that give a document's title, status and branch, in the languages of status words.
TITLE_LABELS = _words("""
title, titel, titre, título, titolo, tytuł, pealkiri, název, заголовок, название, назва, başlık,
标题, 標題, タイトル, 제목, overskrift, tittel, otsikko, cím, titlu, τίτλος, tiêu đề, judul,
ชื่อเรื่อง, العنوان, כותרת, عنوان, शीर्षक
""")
STATUS_LABELS = _words("""
status, session status, zustand, bearbeitungsstand, statut, état, estado, situação, stato, stan,
olek, seis, tila, stav, статус, состояние, стан, durum, 状态, 狀態, ステータス, 状態, 状況, 상태,
állapot, státusz, stare, stadiu, κατάσταση, trạng thái, tình trạng, สถานะ, الحالة, حالة, סטטוס,
מצב, وضعیت, स्थिति
""")
BRANCH_LABELS = _words("""
branch, git branch, working branch, feature branch, zweig, branche, rama, ramo, ramal, gałąź, haru,
gren, větev, ветка, ветвь, гілка, dal, 分支, ブランチ, 브랜치, grein, haara, ág, ramură, κλάδος,
nhánh, cabang, สาขา, الفرع, فرع, ענף, شاخه, शाखा
""")

# Labels that date a document: when it was begun, and when it was last written.
CREATED_LABELS = _words("""
date, session date, handoff date, handoff time, generated, created, created at, created on,
written, written on, datum, erstellt, erstellt am, date de création, créé le, fecha, creado,
creado el, data, criado em, creato il, aangemaakt, utworzono, kuupäev, loodud, дата, tarih, 日期,
创建日期, 创建时间, 建立日期, 日付, 作成日, 開始日, 날짜, 작성일, dato, oprettet, opprettet,
päivämäärä, päiväys, luotu, dátum, létrehozva, creat la, ημερομηνία, ngày, ngày tạo, tanggal,
dibuat, วันที่, التاريخ, تاريخ, תאריך, تاریخ, तारीख, दिनांक
""")
UPDATED_LABELS = _words("""
last updated, updated, updated at, updated on, last update, last modified, as of,
zuletzt aktualisiert, aktualisiert, stand, dernière mise à jour, mis à jour, mise à jour,
última actualización, actualizado, última atualização, atualizado em, ultimo aggiornamento,
aggiornato il, laatst bijgewerkt, bijgewerkt, ostatnia aktualizacja, zaktualizowano,
viimati uuendatud, 最后更新, 更新日期, 更新时间, 最終更新, 更新日, 최종 수정, 업데이트,
senast uppdaterad, uppdaterad, naposledy aktualizováno, aktualizováno, обновлено,
последнее обновление, оновлено, son güncelleme, güncellendi, 最近更新, 最後更新, sidst opdateret,
opdateret, sist oppdatert, oppdatert, päivitetty, viimeksi päivitetty, frissítve, utolsó frissítés,
actualizat, ultima actualizare, ενημερώθηκε, τελευταία ενημέρωση, cập nhật, cập nhật lần cuối,
diperbarui, terakhir diperbarui, อัปเดต, อัปเดตล่าสุด, آخر تحديث, עודכן, עדכון אחרון, به روزرسانی,
अद्यतन, अंतिम अद्यतन
""")

# A section or an item that says there is nothing.
NOTHING = _words("""
none, nothing, n/a, no blockers, no blockers currently, tbd, to be decided, all done, keine, nichts,
rien, aucun, aucune, ninguno, ninguna, nada, nenhum, nenhuma, nessuno, nessuna, niente, geen, niets,
brak, nic, 无, 没有, なし, 無し, 없음
""")

# What stands before a step's number; a pattern's alternatives.
TASK_WORD = (
    "task|priority|prio|job|todo|p|step|phase|fase|faza|etap|part|aufgabe|schritt|priorität|tâche|étape|priorité"
    "|tarea|paso|prioridad|tarefa|passo|etapa|attività|priorità|taak|stap|prioriteit|zadanie|krok"
    "|priorytet"
)

# What marks an item as the one to begin with, the strongest first.
URGENT = _words("""
p0, 🔴, 🚨, critical, urgent, immediate, blocker, highest, high priority, dringend, kritisch,
critique, urgente, crítico, pilne, 紧急, 緊急, 긴급
""")

# What says of an item, a row or a heading that it is over; of a document too, but for the last.
DONE = (*DONE_WORDS, "automatic")

# A title that is the next action itself: "Next session: implement the adapter".
TITLE_BEFORE_ACTION = _words("""
next session plan, next session prompt, next session spec, next session, next, prochaine session,
nächste sitzung, próxima sesión, próxima sessão, prossima sessione, volgende sessie,
następna sesja, 下次会话, 次回セッション, 次のセッション, 다음 세션
""")

# What names a document, and not a part of one.
DOCUMENT_TITLES = TITLE_BEFORE_ACTION + _words("""
handoff, session handoff, übergabe, passation, traspaso, consegna, overdracht, przekazanie,
передача, 交接, 引き継ぎ, 인수인계
""")

# A title's words that name a document, not what is to be done: "Next session: entry protocol".
DOCUMENTS = _words("""
protocol, plan, prompt, notes, handoff, brief, spec, entry, summary, log, pointer, document, guide,
übergabe, notizen, passation, traspaso
""")
