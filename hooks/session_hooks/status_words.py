"""The words that say that work is done, paused or under way, in all the languages that are read.

One table, for a document's status and for an item's remark alike. Words are written as people
write them, in lower case; ``bare`` tells which spellings count the same.
"""

import unicodedata

from session_hooks.patterns import pattern

WORDS = {
    "English": (
        "completed, complete, done, finished, closed, archived, abandoned, cancelled, canceled, "
        "merged, resolved, obsolete, superseded, shipped, deployed, released, delivered, fixed, "
        "all done, fully complete, fully completed, no action needed, no action required",
        "paused, pause, stopped, on hold, hold, waiting, suspended, parked, postponed, deferred",
        "in progress, inprogress, active, wip, work in progress, ongoing, started, open, doing, "
        "working, blocked, under way, underway, not done, unfinished, incomplete",
    ),
    "German": (
        "abgeschlossen, erledigt, fertig, fertiggestellt, beendet, geschlossen, gelöst, umgesetzt, "
        "ausgeliefert, veröffentlicht, archiviert, abgebrochen",
        "pausiert, angehalten, unterbrochen, gestoppt, wartend, wartet, zurückgestellt, verschoben",
        "in arbeit, in bearbeitung, laufend, läuft, aktiv, offen, begonnen, angefangen, blockiert, "
        "unfertig, nicht fertig",
    ),
    "French": (
        "terminé, terminée, fini, finie, fait, faite, achevé, achevée, complété, complétée, "
        "complet, clos, clôturé, clôturée, fermé, fermée, résolu, résolue, livré, livrée, déployé, "
        "déployée, fusionné, fusionnée, annulé, annulée, abandonné, abandonnée, archivé, archivée",
        "en pause, mis en pause, en attente, suspendu, suspendue, interrompu, interrompue, arrêté, "
        "arrêtée, reporté, reportée",
        "en cours, actif, commencé, commencée, démarré, démarrée, ouvert, ouverte, bloqué, "
        "bloquée, inachevé, inachevée",
    ),
    "Spanish": (
        "completado, completada, completo, completa, terminado, terminada, hecho, hecha, listo, "
        "lista, finalizado, finalizada, concluido, concluida, cerrado, cerrada, resuelto, "
        "resuelta, entregado, entregada, desplegado, desplegada, cancelado, cancelada, abandonado, "
        "abandonada, archivado, archivada",
        "pausado, pausada, en pausa, en espera, suspendido, suspendida, detenido, detenida, "
        "aplazado, aplazada, parado, parada",
        "en curso, en progreso, en proceso, en marcha, activo, activa, abierto, abierta, iniciado, "
        "iniciada, bloqueado, bloqueada, sin terminar",
    ),
    "Portuguese": (
        "concluído, concluída, feito, feita, finalizado, finalizada, terminado, encerrado, "
        "encerrada, fechado, fechada, resolvido, resolvida, entregue, implantado, arquivado",
        "em pausa, em espera, suspenso, suspensa, adiado, adiada, aguardando",
        "em andamento, em progresso, em curso, em execução, ativo, ativa, aberto, aberta, "
        "bloqueado",
    ),
    "Italian": (
        "completato, completata, fatto, fatta, finito, finita, terminato, terminata, concluso, "
        "conclusa, chiuso, chiusa, risolto, risolta, consegnato, rilasciato, annullato, "
        "abbandonato, archiviato",
        "in pausa, in attesa, sospeso, sospesa, fermo, interrotto, interrotta, rimandato",
        "in corso, in lavorazione, attivo, attiva, aperto, aperta, iniziato, iniziata, bloccato",
    ),
    "Dutch": (
        "klaar, voltooid, afgerond, gereed, gedaan, afgesloten, gesloten, opgelost, opgeleverd, "
        "geannuleerd, gearchiveerd",
        "gepauzeerd, in de wacht, wachtend, gestopt, opgeschort, uitgesteld",
        "bezig, in uitvoering, in behandeling, lopend, actief, gestart, geblokkeerd",
    ),
    "Polish": (
        "ukończone, ukończono, ukończony, ukończona, zakończone, zakończono, zakończony, "
        "zakończona, zrobione, wykonane, gotowe, zamknięte, rozwiązane, wdrożone, anulowane",
        "wstrzymane, wstrzymano, wstrzymany, wstrzymana, zawieszone, odłożone, oczekuje, "
        "w oczekiwaniu, pauza",
        "w toku, w trakcie, w realizacji, aktywne, aktywny, aktywna, otwarte, rozpoczęte, "
        "zablokowane",
    ),
    "Estonian": (
        "valmis, tehtud, lõpetatud, suletud, lahendatud, tühistatud",
        "peatatud, ootel, pausil, edasi lükatud",
        "töös, pooleli, käimas, aktiivne, avatud, alustatud, blokeeritud",
    ),
    "Swedish": (
        "klar, klart, klara, slutförd, slutfört, färdig, färdigt, avslutad, avslutat, gjord, "
        "gjort, stängd, löst, levererad, levererat",
        "pausad, pausat, väntar, avvaktar, uppskjuten",
        "pågår, pågående, påbörjad, påbörjat, öppen, blockerad",
    ),
    "Czech": (
        "hotovo, hotový, hotová, dokončeno, dokončený, dokončená, splněno, uzavřeno, vyřešeno, "
        "nasazeno, zrušeno",
        "pozastaveno, pozastavený, přerušeno, odloženo, čeká",
        "probíhá, v řešení, v průběhu, rozpracováno, aktivní, otevřeno, otevřený, blokováno",
    ),
    "Russian": (
        "завершено, завершён, завершена, готово, сделано, выполнено, закончено, закрыто, закрыт, "
        "закрыта, решено, отменено",
        "приостановлено, приостановлен, приостановлена, пауза, на паузе, в ожидании, ожидание, "
        "ожидает, отложено, остановлено",
        "в работе, в процессе, выполняется, активно, активен, активна, начато, открыто, "
        "заблокировано, не завершено",
    ),
    "Ukrainian": (
        "зроблено, виконано, закінчено, закрито, вирішено, скасовано",
        "призупинено, на паузі, в очікуванні, очікування, відкладено, зупинено",
        "в роботі, у роботі, в процесі, у процесі, виконується, активний, розпочато, відкрито, "
        "заблоковано",
    ),
    "Turkish": (
        "tamamlandı, tamamlanmış, tamam, bitti, bitirildi, yapıldı, kapatıldı, kapandı, çözüldü, "
        "teslim edildi, iptal edildi",
        "duraklatıldı, beklemede, bekliyor, durduruldu, askıda, ertelendi",
        "devam ediyor, devam etmekte, sürüyor, yapılıyor, aktif, açık, başladı, engellendi",
    ),
    "Chinese": (
        "已完成, 完成, 已完结, 完结, 已結束, 已结束, 结束, 結束, 已关闭, 已關閉, 关闭, 已合并, "
        "已合併, 已解决, 已解決, 已发布, 已發布, 已上线, 已上線, 已部署, 已交付, 已归档, 已歸檔, "
        "已取消, 已废弃, 已廢棄, 全部完成, 完結, 已完結",
        "暂停, 已暂停, 暂停中, 暫停, 已暫停, 暫停中, 搁置, 已搁置, 擱置, 已擱置, 挂起, 掛起, 等待, "
        "等待中, 推迟",
        "进行中, 正在进行, 進行中, 正在進行, 处理中, 處理中, 开发中, 開發中, 已开始, 已開始, "
        "未完成, 阻塞, 已阻塞",
    ),
    "Japanese": (
        "完了, 完了済み, 完了済, 完了しました, 完了した, 済み, 済, 終了, 終了済み, 終了しました, "
        "対応済み, 対応済, 解決, 解決済み, 解決済, マージ済み, マージ済, リリース済み, "
        "リリース済, デプロイ済み, デプロイ済, クローズ, クローズ済み, 中止, キャンセル",
        "一時停止, 一時停止中, 停止中, 中断, 中断中, 保留, 保留中, 待機中, 待ち, 休止中",
        "作業中, 実施中, 実行中, 対応中, 着手, 着手中, 着手済み, 継続中, 仕掛中, 仕掛かり中, "
        "未完了, 未完, ブロック中",
    ),
    "Korean": (
        "완료, 완료됨, 완료함, 완료했음, 종료, 종료됨, 끝, 끝남, 마침, 해결, 해결됨, 배포됨, "
        "배포 완료, 작업 완료, 병합됨, 닫힘, 취소, 취소됨",
        "일시중지, 일시 중지, 일시정지, 일시 정지, 중단, 중단됨, 보류, 보류중, 보류 중, 대기, "
        "대기중, 대기 중",
        "진행중, 진행 중, 진행, 작업중, 작업 중, 활성, 시작됨, 차단됨, 미완료",
    ),
    "Danish": (
        "færdig, færdigt, afsluttet, gennemført, fuldført, udført, lukket, løst, leveret, "
        "annulleret",
        "på pause, sat på pause, pauset, udsat, venter, afventer",
        "i gang, igang, igangværende, åben, påbegyndt, blokeret",
    ),
    "Norwegian": (
        "ferdig, fullført, avsluttet, gjennomført, utført, gjort, kansellert, levert",
        "satt på pause, utsatt, avventer, stoppet",
        "pågående, åpen, påbegynt, blokkert, under arbeid",
    ),
    "Finnish": (
        "tehty, suoritettu, valmistunut, päättynyt, suljettu, ratkaistu, peruttu, julkaistu",
        "tauolla, keskeytetty, odottaa, lykätty, pysäytetty",
        "kesken, käynnissä, meneillään, työn alla, aktiivinen, avoin, aloitettu, estetty",
    ),
    "Hungarian": (
        "kész, elkészült, befejezve, befejezett, befejeződött, lezárva, megoldva, teljesítve, "
        "törölve",
        "szüneteltetve, szünetel, felfüggesztve, várakozik, elhalasztva, megállítva",
        "folyamatban, folyamatban van, aktív, nyitott, elkezdve, blokkolva",
    ),
    "Romanian": (
        "terminat, terminată, finalizat, finalizată, încheiat, încheiată, completat, completată, "
        "gata, făcut, închis, rezolvat, livrat, anulat",
        "în pauză, în așteptare, suspendat, suspendată, întrerupt, amânat, oprit",
        "în curs, în lucru, în desfășurare, activ, activă, deschis, început, blocat",
    ),
    "Greek": (
        "ολοκληρώθηκε, ολοκληρωμένο, ολοκληρωμένη, ολοκληρωμένος, τελείωσε, έγινε, κλειστό, "
        "έκλεισε, επιλύθηκε, ακυρώθηκε",
        "σε παύση, παύση, σε αναμονή, σε αναστολή, αναβλήθηκε",
        "σε εξέλιξη, ενεργό, ενεργή, ανοιχτό, ξεκίνησε, μπλοκαρισμένο",
    ),
    "Vietnamese": (
        "hoàn thành, đã hoàn thành, hoàn tất, đã hoàn tất, xong, đã xong, kết thúc, đã kết thúc, "
        "đã đóng, đã giải quyết, đã triển khai, đã hủy",
        "tạm dừng, đã tạm dừng, tạm hoãn, đang chờ, hoãn",
        "đang thực hiện, đang làm, đang tiến hành, đang xử lý, đang diễn ra, đang mở, "
        "chưa hoàn thành, chưa xong",
    ),
    "Indonesian": (
        "selesai, sudah selesai, telah selesai, tuntas, rampung, beres, ditutup, dibatalkan, "
        "terselesaikan",
        "dijeda, ditunda, tertunda, menunggu, dihentikan, ditangguhkan",
        "berjalan, sedang berjalan, dalam proses, dalam pengerjaan, sedang dikerjakan, "
        "dikerjakan, terbuka, belum selesai",
    ),
    "Thai": (
        "เสร็จ, เสร็จแล้ว, เสร็จสิ้น, เสร็จสิ้นแล้ว, เสร็จสมบูรณ์, สำเร็จ, สำเร็จแล้ว, "
        "ดำเนินการเสร็จสิ้น, ปิดแล้ว, ยกเลิก",
        "หยุดชั่วคราว, พักไว้, ระงับ, รอ, รอดำเนินการ",
        "กำลังดำเนินการ, อยู่ระหว่างดำเนินการ, ดำเนินการอยู่, กำลังทำ, ยังไม่เสร็จ",
    ),
    "Arabic": (
        "مكتمل, مكتملة, اكتمل, اكتملت, تم, منجز, منجزة, أنجز, تم الإنجاز, تم الانتهاء, منتهي, "
        "منتهية, انتهى, مغلق, مغلقة, ملغى",
        "متوقف, متوقفة, متوقف مؤقتا, موقوف, معلق, معلقة, مؤجل, قيد الانتظار, في الانتظار",
        "قيد التنفيذ, قيد العمل, قيد التقدم, جاري, جار, جارية, جاري العمل, نشط, نشطة, مفتوح, "
        "مفتوحة, غير مكتمل",
    ),
    "Hebrew": (
        "הושלם, הושלמה, בוצע, בוצעה, הסתיים, הסתיימה, גמור, סגור, נסגר, נפתר, בוטל",
        "מושהה, מושהית, בהשהיה, בהפסקה, בהמתנה, ממתין, מוקפא, נדחה",
        "בתהליך, בביצוע, בעבודה, פעיל, פעילה, פתוח, פתוחה, חסום, לא הושלם",
    ),
    "Persian": (
        "انجام شد, انجام شده, تکمیل شد, تکمیل شده, تکمیل, کامل, کامل شد, تمام, تمام شد, "
        "تمام شده, پایان یافت, بسته شد, بسته, لغو شد",
        "متوقف شد, متوقف شده, معلق شده, در انتظار, به تعویق افتاد",
        "در حال انجام, در دست انجام, در جریان, در حال اجرا, فعال, باز, ناتمام",
    ),
    "Hindi": (
        "पूर्ण, पूर्ण हुआ, पूरा, पूरा हुआ, हो गया, संपन्न, सम्पन्न, समाप्त, बंद, रद्द",
        "रुका, रुका हुआ, रोका गया, स्थगित, विराम, प्रतीक्षा में, लंबित",
        "जारी, काम जारी, प्रगति में, प्रगति पर, चालू, सक्रिय, चल रहा है, अधूरा",
    ),
}
"""By language: the words for done, for paused and for in progress, with ", " between them."""


def _all(of: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(", ".join([lists[of] for lists in WORDS.values()]).split(", ")))


DONE, PAUSED, IN_PROGRESS = map(_all, range(3))
DONE_MARKS, PAUSED_MARKS, IN_PROGRESS_MARKS = "✅☑✔", "⏸", "🚧🔄⏳"

_WORD = pattern(r"[^\W_]+")
_SPELLED_OUT = dict(zip(map(ord, "äöüåøæ"), ("ae", "oe", "ue", "aa", "oe", "ae"), strict=True))
"""How letters are written where a keyboard hasn't got them."""
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


def keys(words: tuple[str, ...]) -> frozenset[str]:
    """Return the keys of words in this table, those of "erfuellt" and "erfullt" too."""
    # Letter by letter, for word by word takes 14 ms.
    text = "\n".join(words).casefold()
    plain = {ord(letter): _without_accents(letter) for letter in set(text) if not letter.isascii()}
    spelled_out = {letter: pair for letter, pair in _SPELLED_OUT.items() if letter in plain}
    forms = f"{text.translate(plain)}\n{text.translate(plain | spelled_out)}"
    return frozenset(forms.replace(" ", "_").split("\n"))
