// The phrases of the support desk.
import { phrases } from '../../texts'

const en = {
  title: 'Support', mineTitle: 'Requests', views: 'Which issues', mine: 'Mine', unassigned: 'Unassigned', open: 'Open', all: 'All', ended: 'Done',
  none: 'Choose a request to read it.', empty: 'No requests here.', comments: (n: number) => (n === 1 ? '1 comment' : `${n} comments`),
  reply: 'Reply', note: 'Internal note', replyHint: 'Reply to the client…', answerHint: 'Write to support…', noteHint: 'Only colleagues read this…', send: 'Send', sendResolve: 'Send and resolve',
  resolve: 'Resolve', reopen: 'Reopen', close: 'Close', answers: 'Answers', noAnswers: 'There are no prepared answers yet.', staff: 'staff', edited: 'edited', deleted: 'This comment was deleted.',
  assignee: 'Assigned to', nobody: 'Nobody', team: 'Our team', me: 'me', priority: 'Priority', reporter: 'Asked by', facts: 'About this request', newRequest: 'New request',
  attach: 'Attach files', files: 'Files', limits: 'Pictures, documents, tables, ZIP and MP4, up to 2 GB each. Drop or paste them here.', waits: 'It goes on when there is a connection again.', tooLarge: 'The file is larger than 2 GB.', otherType: 'Files of this type are not taken.', download: 'Download', removeFile: (name: string) => `Remove ${name}?`, removing: 'Nobody can download it afterwards.',
  about: 'What is it about?', what: 'Tell us more', licence: 'Which licence?', ask: 'Ask support', renewal: (what: string) => `Renewal: ${what}`, renew: 'Please renew this licence.',
}

export const useTexts = phrases({
  en,
  de: {
    title: 'Support', mineTitle: 'Anfragen', views: 'Welche Anfragen', mine: 'Meine', unassigned: 'Nicht zugewiesen', open: 'Offen', all: 'Alle', ended: 'Erledigt',
    none: 'Wählen Sie eine Anfrage aus, um sie zu lesen.', empty: 'Hier sind keine Anfragen.', comments: (n) => (n === 1 ? '1 Kommentar' : `${n} Kommentare`),
    reply: 'Antwort', note: 'Interne Notiz', replyHint: 'Dem Kunden antworten…', answerHint: 'An den Support schreiben…', noteHint: 'Das lesen nur Kolleginnen und Kollegen…', send: 'Senden', sendResolve: 'Senden und lösen',
    resolve: 'Lösen', reopen: 'Wieder öffnen', close: 'Schließen', answers: 'Vorlagen', noAnswers: 'Es gibt noch keine Vorlagen.', staff: 'Team', edited: 'bearbeitet', deleted: 'Dieser Kommentar wurde gelöscht.',
    assignee: 'Zugewiesen an', nobody: 'Niemand', team: 'Unser Team', me: 'ich', priority: 'Priorität', reporter: 'Gefragt von', facts: 'Zu dieser Anfrage', newRequest: 'Neue Anfrage',
    attach: 'Dateien anhängen', files: 'Dateien', limits: 'Bilder, Dokumente, Tabellen, ZIP und MP4, je bis 2 GB. Hierher ziehen oder einfügen.', waits: 'Es geht weiter, sobald es wieder eine Verbindung gibt.', tooLarge: 'Die Datei ist größer als 2 GB.', otherType: 'Dateien dieser Art werden nicht angenommen.', download: 'Herunterladen', removeFile: (name) => `${name} entfernen?`, removing: 'Danach kann sie niemand mehr herunterladen.',
    about: 'Worum geht es?', what: 'Erzählen Sie uns mehr', licence: 'Welche Lizenz?', ask: 'Support fragen', renewal: (what) => `Verlängerung: ${what}`, renew: 'Bitte verlängern Sie diese Lizenz.',
  },
  ru: {
    title: 'Поддержка', mineTitle: 'Обращения', views: 'Какие обращения', mine: 'Мои', unassigned: 'Без ответственного', open: 'Открытые', all: 'Все', ended: 'Завершённые',
    none: 'Выберите обращение, чтобы прочитать его.', empty: 'Обращений здесь нет.', comments: (n) => `${n} ${{ one: 'комментарий', few: 'комментария', many: 'комментариев', other: 'комментария', zero: 'комментариев', two: 'комментария' }[counted.select(n)]}`,
    reply: 'Ответ', note: 'Внутренняя заметка', replyHint: 'Ответить клиенту…', answerHint: 'Написать в поддержку…', noteHint: 'Это увидят только коллеги…', send: 'Отправить', sendResolve: 'Отправить и решить',
    resolve: 'Решить', reopen: 'Открыть снова', close: 'Закрыть', answers: 'Заготовки', noAnswers: 'Заготовленных ответов пока нет.', staff: 'сотрудник', edited: 'изменено', deleted: 'Этот комментарий удалён.',
    assignee: 'Ответственный', nobody: 'Никто', team: 'Наша команда', me: 'я', priority: 'Приоритет', reporter: 'Кто спросил', facts: 'Об обращении', newRequest: 'Новое обращение',
    attach: 'Приложить файлы', files: 'Файлы', limits: 'Изображения, документы, таблицы, ZIP и MP4, до 2 ГБ каждый. Перетащите или вставьте их сюда.', waits: 'Продолжится, когда снова появится связь.', tooLarge: 'Файл больше 2 ГБ.', otherType: 'Файлы такого типа не принимаются.', download: 'Скачать', removeFile: (name) => `Удалить ${name}?`, removing: 'После этого его никто не сможет скачать.',
    about: 'О чём речь?', what: 'Расскажите подробнее', licence: 'Какая лицензия?', ask: 'Спросить поддержку', renewal: (what) => `Продление: ${what}`, renew: 'Пожалуйста, продлите эту лицензию.',
  },
  fr: {
    title: 'Assistance', mineTitle: 'Demandes', views: 'Quelles demandes', mine: 'Les miennes', unassigned: 'Non attribuées', open: 'Ouvertes', all: 'Toutes', ended: 'Terminées',
    none: 'Choisissez une demande pour la lire.', empty: 'Aucune demande ici.', comments: (n) => (n < 2 ? `${n} commentaire` : `${n} commentaires`),
    reply: 'Réponse', note: 'Note interne', replyHint: 'Répondre au client…', answerHint: 'Écrire à l’assistance…', noteHint: 'Seuls vos collègues liront ceci…', send: 'Envoyer', sendResolve: 'Envoyer et résoudre',
    resolve: 'Résoudre', reopen: 'Rouvrir', close: 'Clore', answers: 'Réponses types', noAnswers: 'Il n’y a pas encore de réponse type.', staff: 'équipe', edited: 'modifié', deleted: 'Ce commentaire a été supprimé.',
    assignee: 'Attribuée à', nobody: 'Personne', team: 'Notre équipe', me: 'moi', priority: 'Priorité', reporter: 'Demandée par', facts: 'À propos de la demande', newRequest: 'Nouvelle demande',
    attach: 'Joindre des fichiers', files: 'Fichiers', limits: 'Images, documents, tableaux, ZIP et MP4, 2 Go au plus chacun. Déposez-les ou collez-les ici.', waits: 'L’envoi reprendra dès que la connexion sera rétablie.', tooLarge: 'Le fichier dépasse 2 Go.', otherType: 'Les fichiers de ce type ne sont pas acceptés.', download: 'Télécharger', removeFile: (name) => `Supprimer ${name} ?`, removing: 'Plus personne ne pourra ensuite le télécharger.',
    about: 'De quoi s’agit-il ?', what: 'Dites-nous en plus', licence: 'Quelle licence ?', ask: 'Demander à l’assistance', renewal: (what) => `Renouvellement : ${what}`, renew: 'Merci de renouveler cette licence.',
  },
})

const counted = new Intl.PluralRules('ru')
