// The phrases of the inbox.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    title: 'Inbox', views: 'Which notices', unread: 'Unread', all: 'All', none: 'Choose a notice to see what it is about.', empty: 'All done. Nothing new.', readAll: 'Mark all as read', gone: 'This notice is no longer here.',
    dismiss: 'Done', snooze: 'Later', asUnread: 'Mark as unread', snoozed: (when: string) => `Comes back ${when}`, later: 'In three hours', tomorrow: 'Tomorrow morning', week: 'In a week', dismissed: 'Notice dismissed',
  },
  de: {
    title: 'Eingang', views: 'Welche Nachrichten', unread: 'Ungelesen', all: 'Alle', none: 'Wählen Sie eine Nachricht aus, um zu sehen, worum es geht.', empty: 'Alles erledigt. Nichts Neues.', readAll: 'Alle als gelesen markieren', gone: 'Diese Nachricht gibt es nicht mehr.',
    dismiss: 'Erledigt', snooze: 'Später', asUnread: 'Als ungelesen markieren', snoozed: (when) => `Kommt wieder: ${when}`, later: 'In drei Stunden', tomorrow: 'Morgen früh', week: 'In einer Woche', dismissed: 'Nachricht erledigt',
  },
  ru: {
    title: 'Входящие', views: 'Какие уведомления', unread: 'Непрочитанные', all: 'Все', none: 'Выберите уведомление, чтобы увидеть, о чём оно.', empty: 'Всё сделано. Ничего нового.', readAll: 'Отметить все прочитанными', gone: 'Этого уведомления больше нет.',
    dismiss: 'Готово', snooze: 'Позже', asUnread: 'Отметить непрочитанным', snoozed: (when) => `Вернётся: ${when}`, later: 'Через три часа', tomorrow: 'Завтра утром', week: 'Через неделю', dismissed: 'Уведомление убрано',
  },
  fr: {
    title: 'Boîte de réception', views: 'Quels avis', unread: 'Non lus', all: 'Tous', none: 'Choisissez un avis pour voir de quoi il s’agit.', empty: 'Tout est fait. Rien de neuf.', readAll: 'Tout marquer comme lu', gone: 'Cet avis n’est plus là.',
    dismiss: 'Terminé', snooze: 'Plus tard', asUnread: 'Marquer comme non lu', snoozed: (when) => `Revient : ${when}`, later: 'Dans trois heures', tomorrow: 'Demain matin', week: 'Dans une semaine', dismissed: 'Avis écarté',
  },
})
