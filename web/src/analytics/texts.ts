// What the pages of data say.
import { phrases } from '../texts'

export const useTexts = phrases({
  en: {
    connect: 'Ask in SQL', byShell: 'In the shell of the server', questions: 'Questions to begin with', noReplays: 'No replays yet. Ask for one, and look at the business as it was.', files: 'Files and reports', exports: 'My exports',
    login: 'Whoever runs the server makes you a login of the database, which reads views and replays and changes nothing. The command prints the address, with a password that is shown once.',
    pseudonyms: 'Where somebody could have written a name, there is a pseudonym: equal where the text is equal. Whoever is erased has none.',
    asFiles: 'Every list and report is an Excel, CSV and Parquet file as well, also as of a moment.',
    asks: 'A replay holds read models as they stood at a moment or a position of the log: those that you choose, or all. Without either it ends now. What is personal is a pseudonym, and it is kept for 30 days.',
    drops: 'Its schemas are removed from the database, for everybody. What came of it stays written here.',
    making: 'The replay is being made', folded: (n: string) => `${n} events read so far`, reads: 'How to read it',
    findView: 'Find a view or a column', about: 'These are the views of the schema analyst; each replay has the same ones. Names and comments are English, as in the database.',
    view: 'View', holds: 'What it holds', columns: 'Columns', column: 'Column', type: 'Type', refersTo: 'Refers to', pseudonym: 'Pseudonym',
  },
  de: {
    connect: 'In SQL fragen', byShell: 'In der Shell des Servers', questions: 'Fragen für den Anfang', noReplays: 'Noch keine Replays. Fordern Sie eines an und sehen Sie den Betrieb, wie er war.', files: 'Dateien und Berichte', exports: 'Meine Exporte',
    login: 'Wer den Server betreibt, legt Ihnen einen Zugang zur Datenbank an. Er liest Sichten und Replays und ändert nichts. Der Befehl zeigt die Adresse mit einem Passwort, das nur einmal zu sehen ist.',
    pseudonyms: 'Wo jemand einen Namen hätte schreiben können, steht ein Pseudonym: gleich, wo der Text gleich ist. Wessen Daten gelöscht sind, hat keines.',
    asFiles: 'Jede Liste und jeder Bericht ist auch eine Excel-, CSV- und Parquet-Datei, auch mit dem Stand eines Zeitpunkts.',
    asks: 'Ein Replay enthält Lesemodelle, wie sie zu einem Zeitpunkt oder an einer Position des Protokolls waren: die ausgewählten oder alle. Ohne beides endet es jetzt. Persönliches ist ein Pseudonym; das Replay bleibt 30 Tage.',
    drops: 'Seine Schemas werden aus der Datenbank entfernt, für alle. Was daraus wurde, bleibt hier stehen.',
    making: 'Das Replay wird erstellt', folded: (n) => `${n} Ereignisse bisher gelesen`, reads: 'So liest man es',
    findView: 'Sicht oder Spalte finden', about: 'Das sind die Sichten des Schemas analyst; jedes Replay hat dieselben. Namen und Kommentare sind englisch, wie in der Datenbank.',
    view: 'Sicht', holds: 'Was sie enthält', columns: 'Spalten', column: 'Spalte', type: 'Typ', refersTo: 'Verweist auf', pseudonym: 'Pseudonym',
  },
  ru: {
    connect: 'Вопросы на SQL', byShell: 'В оболочке сервера', questions: 'Вопросы для начала', noReplays: 'Воспроизведений пока нет. Запросите одно и посмотрите, какими были данные.', files: 'Файлы и отчёты', exports: 'Мои выгрузки',
    login: 'Доступ к базе данных выдаёт тот, кто обслуживает сервер: с ним можно читать представления и воспроизведения, но ничего не менять. Команда печатает адрес с паролем, который показывается один раз.',
    pseudonyms: 'Там, где кто-то мог написать имя, стоит псевдоним: одинаковый для одинакового текста. У тех, чьи данные удалены, его нет.',
    asFiles: 'Любой список и отчёт можно получить файлом Excel, CSV и Parquet, в том числе на определённый момент.',
    asks: 'Воспроизведение содержит модели чтения в том виде, какими они были в момент времени или на позиции журнала: выбранные или все. Если ничего не указано, оно заканчивается сейчас. Личное заменено псевдонимами; хранится 30 дней.',
    drops: 'Его схемы будут удалены из базы данных для всех. Что из него вышло, останется записано здесь.',
    making: 'Воспроизведение создаётся', folded: (n) => `Событий прочитано: ${n}`, reads: 'Как его читать',
    findView: 'Найти представление или столбец', about: 'Это представления схемы analyst; в каждом воспроизведении они те же. Названия и комментарии на английском, как в базе данных.',
    view: 'Представление', holds: 'Что в нём', columns: 'Столбцы', column: 'Столбец', type: 'Тип', refersTo: 'Ссылается на', pseudonym: 'Псевдоним',
  },
  fr: {
    connect: 'Interroger en SQL', byShell: 'Dans le shell du serveur', questions: 'Questions pour commencer', noReplays: 'Aucun rejeu. Demandez-en un pour voir les données telles qu’elles étaient.', files: 'Fichiers et rapports', exports: 'Mes exports',
    login: 'La personne qui exploite le serveur vous crée un accès à la base de données : il lit les vues et les rejeux, et ne modifie rien. La commande affiche l’adresse, avec un mot de passe montré une seule fois.',
    pseudonyms: 'Là où quelqu’un aurait pu écrire un nom se trouve un pseudonyme : le même pour le même texte. Qui a été effacé n’en a pas.',
    asFiles: 'Chaque liste et chaque rapport est aussi un fichier Excel, CSV et Parquet, y compris à un moment donné.',
    asks: 'Un rejeu contient des modèles de lecture tels qu’ils étaient à un moment ou à une position du journal : ceux que vous choisissez, ou tous. Sans l’un ni l’autre, il s’arrête maintenant. Ce qui est personnel est un pseudonyme ; il est conservé 30 jours.',
    drops: 'Ses schémas seront retirés de la base de données, pour tout le monde. Ce qui en est résulté reste écrit ici.',
    making: 'Le rejeu est en cours', folded: (n) => `${n} événements lus jusqu’ici`, reads: 'Comment le lire',
    findView: 'Chercher une vue ou une colonne', about: 'Voici les vues du schéma analyst ; chaque rejeu a les mêmes. Les noms et commentaires sont en anglais, comme dans la base de données.',
    view: 'Vue', holds: 'Ce qu’elle contient', columns: 'Colonnes', column: 'Colonne', type: 'Type', refersTo: 'Renvoie à', pseudonym: 'Pseudonyme',
  },
})
