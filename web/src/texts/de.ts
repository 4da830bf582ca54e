// The phrases of the portal in German.
import type { Texts } from './en'

export const de: Texts = {
  product: 'Servicebook',
  signOut: 'Abmelden',
  skip: 'Zum Inhalt springen',
  demonstration: 'Vorführung: Alle Daten hier sind erfunden.',
  groups: { business: 'Betrieb', clients: 'Kunden', administration: 'Verwaltung' },
  places: {
    'platform.business': 'Unternehmen', reports: 'Berichte',
    'scheduling.appointment': 'Termine', 'crm.customer': 'Kundschaft', 'scheduling.service': 'Leistungen', 'scheduling.resource': 'Plätze & Personen',
    'support.issue': 'Support', 'licensing.license': 'Lizenzen', 'organizations.cabinet': 'Organisationen', 'catalog.product': 'Produkte',
    'purchasing.purchase': 'Käufe', 'identity.user': 'Personen', 'notifications.notification': 'Eingang', 'notifications.announcement': 'Bekanntmachungen', 'platform.audit': 'Protokoll', calendar: 'Kalender', more: 'Alles Übrige',
    'identity.authorization': 'Freigegebene Anwendungen', 'identity.impersonation': 'Handeln für andere', 'identity.oauth_client': 'Anwendungen', 'identity.passkey': 'Passkeys', 'identity.provider': 'Anmeldedienste', 'identity.service_account': 'Dienstkonten',
    today: 'Heute', 'my-day': 'Mein Tag', home: 'Übersicht', 'my-appointments': 'Meine Termine', software: 'Software & Lizenzen', requests: 'Anfragen', access: 'Zugänge',
    'reports.issues': 'Anfragen', 'reports.utilisation': 'Auslastung', data: 'Daten', views: 'Sichten', 'analytics.replay': 'Replays', 'files.export': 'Exporte', 'files.saved_export': 'Gespeicherte Exporte', 'files.file': 'Dateien', 'identity.session': 'Sitzungen', 'organizations.invitation': 'Einladungen', 'organizations.membership': 'Mitglieder', 'platform.parked': 'Stecken geblieben', 'platform.usage': 'Nutzung', 'purchasing.purchase_event': 'Zurückgestellte Nachrichten', 'documents.template': 'Dokumentvorlagen', 'support.macro': 'Textbausteine', running: 'Betriebszustand', settings: 'Einstellungen', me: 'Mein Konto',
  },
  nav: { more: 'Mehr', menu: 'Alle Orte', acting: (who, until) => `Sie handeln als ${who} bis ${until}`, end: 'Beenden', member: 'Sie handeln in' },
  keys: {
    title: 'Tasten', anywhere: 'Überall', list: 'In einer Liste', item: 'Bei einer Sache', go: 'Gehe zu', after: (key) => `${key}, dann`,
    off: 'Einzelne Tasten sind in Ihrem Konto abgeschaltet.', find: 'Suchen oder tun', help: 'Alle Tasten', undo: 'Letzte Aktion rückgängig machen',
    search: 'In der Liste suchen', walk: 'Weiter und zurück', open: 'Öffnen', back: 'Zurück', choose: 'Auswählen', create: 'Neu', history: 'Was geschah', why: 'Warum', acts: 'Aktionen', edit: 'Bearbeiten',
    earlier: 'Früher und später', views: 'Tag, Woche, Agenda', reply: 'Antwort', note: 'Interne Notiz', send: 'Senden', resolve: 'Senden und lösen', done: 'Erledigt', later: 'Auf später verschieben', unread: 'Als ungelesen markieren',
  },
  once: { hint: 'Das wird nur jetzt gezeigt. Bewahren Sie es sicher auf.', copy: 'Kopieren', copied: 'Kopiert', kept: 'Ich habe es aufbewahrt', print: 'Drucken' },
  live: { live: 'Live', late: 'Verzögert', offline: 'Offline', silent: (since) => `Der Server antwortet seit ${since} nicht. Was Sie sehen, kann veraltet sein; was Sie zuletzt taten, ist vielleicht noch nicht geschehen.` },
  list: {
    keep: 'Als Ansicht speichern', forget: (name) => `„${name}“ vergessen`, columns: 'Spalten', download: 'Herunterladen', regularly: 'Regelmäßig zusenden …', making: 'Die Datei wird erstellt', not: (of) => `nicht ${of}`, others: 'Alle außer diesen', find: 'Suchen', all: 'Alle', more: 'Mehr zeigen', empty: 'Hier ist noch nichts.', noMatch: (q) => `Nichts passt zu „${q}“.`,
    count: (n) => (n === 1 ? '1 gezeigt' : `${n} gezeigt`), create: 'Neu', clear: 'Leeren', chosen: (n) => `${n} ausgewählt`,
  },
  item: {
    behalf: (who, whom) => `${who} für ${whom}`, system: 'Servicebook', followed: 'Folgte auf etwas davor',
    path: 'Wohin es gehört', derived: 'Kein Ereignis hat den Wert gesetzt: Er folgt aus anderen Angaben und der Zeit.', notNow: 'Zurzeit nicht', happened: 'Was geschah', facts: 'Angaben', acts: 'Aktion…', why: (field) => `Warum ist ${field} so?`, none: '–', yes: 'Ja', no: 'Nein', erased: 'Gelöschte Person', record: (n) => `№ ${n}`, since: (date) => `Seit ${date}`, because: 'Die Ereignisse, von denen der Wert stammt' },
  past: {
    show: 'Zeigen', open: 'Wie es vorher war', asOf: (when) => `Stand: ${when}`, differs: (n) => (n === 0 ? 'Nichts ist heute anders.' : n === 1 ? '1 Wert ist heute anders.' : `${n} Werte sind heute anders.`),
    fixed: 'Hier lässt sich nichts ändern.', now: 'jetzt', back: 'Zurück zu jetzt', happened: 'Was geschah, und was danach kam',
  },
  act: {
    leave: 'Was Sie eingegeben haben, ist noch nicht gesendet. Trotzdem verlassen?', undone: (act) => `${act}: zurückgenommen`, close: 'Schließen',
    send: 'Speichern', cancel: 'Abbrechen', done: (act, what) => `Erledigt: ${act}${what ? ` – ${what}` : ''}`, doneTo: (act, n) => `${act}: für ${n} erledigt`, undo: 'Rückgängig', add: 'Hinzufügen', remove: 'Entfernen', notSet: 'Nicht gesetzt', fault: 'Etwas stimmt noch nicht.', sure: 'Möchten Sie das?' },
  problem: { ask: 'Wer hier die Personen verwaltet, kann Ihnen das Recht geben.', nowhere: 'Diese Seite gibt es nicht', unknown: 'Hier ist etwas schiefgegangen.', again: 'Noch einmal', forbidden: 'Ihre Rolle darf das nicht sehen.', notFound: 'Das gibt es nicht, oder Sie dürfen es nicht sehen.', changed: 'Jemand hat es inzwischen geändert. Sehen Sie es noch einmal an und wiederholen Sie, was Sie wollen.', trace: 'Spur', rule: (rule) => `Regel ${rule}` },
  palette: { open: 'Suchen…', places: 'Orte', things: 'Dinge', acts: 'Aktionen', empty: 'Nichts gefunden.' },
  calendar: { book: 'Termin buchen' },
  theme: { light: 'Hell', dark: 'Dunkel', system: 'Wie das System' },
}
