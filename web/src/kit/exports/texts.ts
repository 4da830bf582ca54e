// The phrases of files that take long to make, and of those that are made again and again.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    sorted: (by: string) => `by ${by}`, exports: 'Exports', made: 'The file is ready', later: 'It is made also when you close this: it then stands in your account under Exports, and the inbox tells you.',
    cancel: 'Give it up', rows: (n: string) => `${n} rows`, kept: (until: string) => `kept until ${until}`, hint: 'Lists and reports that took long to write to a file.', none: 'There are none.',
    saved: 'Sent to you regularly', savedHint: 'Save a list or report from its Download menu.', change: 'Change', next: (when: string) => `next on ${when}`,
    daily: (time: string) => `every day at ${time}`, weekly: (day: string, time: string) => `every week on ${day} at ${time}`, monthly: (day: number, time: string) => `every month on day ${day} at ${time}`,
  },
  de: {
    sorted: (by) => `nach ${by}`, exports: 'Exporte', made: 'Die Datei ist fertig', later: 'Sie wird auch erstellt, wenn Sie dies schließen: sie steht dann in Ihrem Konto unter Exporte, und der Posteingang sagt Bescheid.',
    cancel: 'Abbrechen', rows: (n) => `${n} Zeilen`, kept: (until) => `aufbewahrt bis ${until}`, hint: 'Listen und Berichte, die als Datei länger gedauert haben.', none: 'Es gibt keine.',
    saved: 'Regelmäßig zugesandt', savedHint: 'Speichern Sie eine Liste oder einen Bericht im Menü „Herunterladen“.', change: 'Ändern', next: (when) => `nächstes Mal ${when}`,
    daily: (time) => `jeden Tag um ${time}`, weekly: (day, time) => `jede Woche am ${day} um ${time}`, monthly: (day, time) => `jeden Monat am ${day}. um ${time}`,
  },
  ru: {
    sorted: (by) => `по полю «${by}»`, exports: 'Выгрузки', made: 'Файл готов', later: 'Файл будет готов, даже если вы это закроете: он появится в вашей учётной записи в разделе «Выгрузки», и придёт уведомление.',
    cancel: 'Прервать', rows: (n) => `Строк: ${n}`, kept: (until) => `хранится до ${until}`, hint: 'Списки и отчёты, запись которых в файл заняла время.', none: 'Их нет.',
    saved: 'Присылается регулярно', savedHint: 'Сохраните список или отчёт из меню «Скачать».', change: 'Изменить', next: (when) => `следующая ${when}`,
    daily: (time) => `каждый день в ${time}`, weekly: (day, time) => `каждую неделю, ${day} в ${time}`, monthly: (day, time) => `каждый месяц ${day}-го числа в ${time}`,
  },
  fr: {
    sorted: (by) => `par ${by}`, exports: 'Exports', made: 'Le fichier est prêt', later: 'Il se prépare même si vous fermez ceci : il se trouve ensuite dans votre compte sous Exports, et la boîte de réception vous prévient.',
    cancel: 'Abandonner', rows: (n) => `${n} lignes`, kept: (until) => `conservé jusqu’au ${until}`, hint: 'Les listes et rapports longs à écrire dans un fichier.', none: 'Il n’y en a pas.',
    saved: 'Envoyés régulièrement', savedHint: 'Enregistrez une liste ou un rapport depuis son menu Télécharger.', change: 'Modifier', next: (when) => `prochain le ${when}`,
    daily: (time) => `chaque jour à ${time}`, weekly: (day, time) => `chaque semaine le ${day} à ${time}`, monthly: (day, time) => `chaque mois le ${day} à ${time}`,
  },
})
