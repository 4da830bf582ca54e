// The phrases of the portal in Russian.
import type { Texts } from './en'

const shown = new Intl.PluralRules('ru')

export const ru: Texts = {
  product: 'Servicebook',
  signOut: 'Выйти',
  skip: 'Перейти к содержанию',
  demonstration: 'Демонстрация: все данные здесь вымышлены.',
  groups: { business: 'Бизнес', clients: 'Клиенты', administration: 'Управление' },
  places: {
    'platform.business': 'Компания', reports: 'Отчёты',
    'scheduling.appointment': 'Записи', 'crm.customer': 'Клиенты', 'scheduling.service': 'Услуги', 'scheduling.resource': 'Места и люди',
    'support.issue': 'Поддержка', 'licensing.license': 'Лицензии', 'organizations.cabinet': 'Организации', 'catalog.product': 'Продукты',
    'purchasing.purchase': 'Покупки', 'identity.user': 'Сотрудники', 'notifications.notification': 'Входящие', 'notifications.announcement': 'Объявления', 'platform.audit': 'Журнал', calendar: 'Календарь', more: 'Всё остальное',
    'identity.authorization': 'Приложения с доступом', 'identity.impersonation': 'Работа от чужого имени', 'identity.oauth_client': 'Приложения', 'identity.passkey': 'Ключи доступа', 'identity.provider': 'Поставщики входа', 'identity.service_account': 'Служебные учётные записи',
    today: 'Сегодня', 'my-day': 'Мой день', home: 'Обзор', 'my-appointments': 'Мои записи', software: 'Программы и лицензии', requests: 'Обращения', access: 'Доступ',
    'reports.issues': 'Обращения', 'reports.utilisation': 'Загрузка', data: 'Данные', views: 'Представления', 'analytics.replay': 'Воспроизведения', 'files.export': 'Выгрузки', 'files.saved_export': 'Сохранённые выгрузки', 'files.file': 'Файлы', 'identity.session': 'Сеансы', 'organizations.invitation': 'Приглашения', 'organizations.membership': 'Участники', 'platform.parked': 'Застрявшее', 'platform.usage': 'Использование', 'purchasing.purchase_event': 'Отложенные сообщения', 'documents.template': 'Шаблоны документов', 'support.macro': 'Шаблоны ответов', running: 'Состояние системы', settings: 'Настройки', me: 'Моя учётная запись',
  },
  nav: { more: 'Ещё', menu: 'Все разделы', acting: (who, until) => `Вы действуете от имени: ${who}, до ${until}`, end: 'Закончить', member: 'Вы работаете в' },
  keys: {
    title: 'Клавиши', anywhere: 'Везде', list: 'В списке', item: 'На странице объекта', go: 'Перейти', after: (key) => `${key}, затем`,
    off: 'Одиночные клавиши отключены в вашей учётной записи.', find: 'Найти или сделать', help: 'Все клавиши', undo: 'Отменить последнее действие',
    search: 'Найти в списке', walk: 'Вперёд и назад', open: 'Открыть', back: 'Назад', choose: 'Выбрать', create: 'Создать', history: 'Что произошло', why: 'Почему', acts: 'Действия', edit: 'Изменить',
    earlier: 'Раньше и позже', views: 'День, неделя, список', reply: 'Ответ', note: 'Внутренняя заметка', send: 'Отправить', resolve: 'Отправить и решить', done: 'Готово', later: 'Отложить', unread: 'Отметить непрочитанным',
  },
  once: { hint: 'Показывается только сейчас. Сохраните в надёжном месте.', copy: 'Копировать', copied: 'Скопировано', kept: 'Сохранено', print: 'Печать' },
  live: { live: 'Онлайн', late: 'С задержкой', offline: 'Нет связи', silent: (since) => `Сервер не отвечает с ${since}. Данные на экране могли устареть, а последнее действие — ещё не выполниться.` },
  list: {
    keep: 'Сохранить вид', forget: (name) => `Удалить вид «${name}»`, columns: 'Столбцы', download: 'Скачать', regularly: 'Присылать регулярно…', making: 'Файл готовится', not: (of) => `кроме: ${of}`, others: 'Все, кроме этих', find: 'Найти', all: 'Все', more: 'Показать ещё', empty: 'Здесь пока ничего нет.', noMatch: (q) => `Ничего не найдено по запросу «${q}».`,
    count: (n) => `${n} ${{ one: 'строка', few: 'строки', many: 'строк', other: 'строки', zero: 'строк', two: 'строки' }[shown.select(n)]}`, create: 'Создать', clear: 'Очистить', chosen: (n) => `Выбрано: ${n}`,
  },
  item: {
    behalf: (who, whom) => `${who} за ${whom}`, system: 'Servicebook', followed: 'Следствие предыдущего события',
    path: 'Где это находится', derived: 'Ни одно событие не задало это значение: оно следует из других сведений и времени.', notNow: 'Сейчас нельзя', happened: 'Что произошло', facts: 'Данные', acts: 'Действия…', why: (field) => `Почему ${field} именно так?`, none: '–', yes: 'Да', no: 'Нет', erased: 'Удалённый человек', record: (n) => `№ ${n}`, since: (date) => `С ${date}`, because: 'События, давшие это значение' },
  past: {
    show: 'Показать', open: 'Как было раньше', asOf: (when) => `Как было: ${when}`, differs: (n) => (n === 0 ? 'Отличий от нынешнего нет.' : `Отличий от нынешнего: ${n}.`),
    fixed: 'Здесь ничего нельзя изменить.', now: 'сейчас', back: 'Вернуться к настоящему', happened: 'Что произошло и что было потом',
  },
  act: {
    leave: 'Введённое ещё не отправлено. Всё равно уйти?', undone: (act) => `${act}: отменено`, close: 'Закрыть',
    send: 'Сохранить', cancel: 'Отмена', done: (act, what) => `Готово: ${act}${what ? ` – ${what}` : ''}`, doneTo: (act, n) => `${act}: готово, ${n}`, undo: 'Отменить', add: 'Добавить', remove: 'Убрать', notSet: 'Не задано', fault: 'Что-то ещё не так.', sure: 'Вы этого хотите?' },
  problem: { ask: 'Право может дать тот, кто управляет людьми.', nowhere: 'Такой страницы нет', unknown: 'Здесь что-то пошло не так.', again: 'Повторить', forbidden: 'Вашей роли это не видно.', notFound: 'Этого нет, или вам этого не видно.', changed: 'Кто-то это изменил. Посмотрите ещё раз и повторите.', trace: 'След', rule: (rule) => `Правило ${rule}` },
  palette: { open: 'Найти…', places: 'Разделы', things: 'Объекты', acts: 'Действия', empty: 'Ничего не найдено.' },
  calendar: { book: 'Новая запись' },
  theme: { light: 'Светлый', dark: 'Тёмный', system: 'Как в системе' },
}
