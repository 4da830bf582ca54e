// The phrases of the portal in English: the catalogue that the other languages are measured by.
export const en = {
  product: 'Servicebook',
  signOut: 'Sign out',
  skip: 'Skip to content',
  demonstration: 'Demonstration: all data here is made up.',
  groups: { business: 'Business', clients: 'Clients', administration: 'Administration' },
  places: {
    'platform.business': 'Business', reports: 'Reports',
    'scheduling.appointment': 'Appointments', 'crm.customer': 'Customers', 'scheduling.service': 'Services', 'scheduling.resource': 'Chairs & people',
    'support.issue': 'Support', 'licensing.license': 'Licences', 'organizations.cabinet': 'Organisations', 'catalog.product': 'Products',
    'purchasing.purchase': 'Purchases', 'identity.user': 'People', 'notifications.notification': 'Inbox', 'notifications.announcement': 'Announcements', 'platform.audit': 'Audit', calendar: 'Calendar', more: 'Everything else',
    'identity.authorization': 'Authorised applications', 'identity.impersonation': 'Acting for others', 'identity.oauth_client': 'Applications', 'identity.passkey': 'Passkeys', 'identity.provider': 'Sign-in providers', 'identity.service_account': 'Service accounts',
    today: 'Today', 'my-day': 'My day', home: 'Home', 'my-appointments': 'My appointments', software: 'Software & licences', requests: 'Requests', access: 'Access',
    'reports.issues': 'Requests', 'reports.utilisation': 'Utilisation', data: 'Data', views: 'Views', 'analytics.replay': 'Replays', 'files.export': 'Exports', 'files.saved_export': 'Saved exports', 'files.file': 'Files', 'identity.session': 'Sessions', 'organizations.invitation': 'Invitations', 'organizations.membership': 'Members', 'platform.parked': 'Stuck', 'platform.usage': 'Usage', 'purchasing.purchase_event': 'Messages put aside', 'documents.template': 'Document templates', 'support.macro': 'Canned answers', running: 'Running', settings: 'Settings', me: 'My account',
  } as Record<string, string>,
  nav: { more: 'More', menu: 'All places', acting: (who: string, until: string) => `You act as ${who} until ${until}`, end: 'End', member: 'Acting in' },
  keys: {
    title: 'Keys', anywhere: 'Anywhere', list: 'In a list', item: 'On a thing', go: 'Go to', after: (key: string) => `${key}, then`,
    off: 'Single keys are switched off in your account.', find: 'Search or do', help: 'All keys', undo: 'Undo the last act',
    search: 'Find in the list', walk: 'Next and previous', open: 'Open', back: 'Back', choose: 'Choose', create: 'New', history: 'What happened', why: 'Why', acts: 'Acts', edit: 'Edit',
    earlier: 'Earlier and later', views: 'Day, week, agenda', reply: 'Reply', note: 'Internal note', send: 'Send', resolve: 'Send and resolve', done: 'Done', later: 'Put off', unread: 'Mark as unread',
  },
  once: { hint: 'This is shown only now. Keep it in a safe place.', copy: 'Copy', copied: 'Copied', kept: 'I have kept it', print: 'Print' },
  live: { live: 'Live', late: 'Late', offline: 'Offline', silent: (since: string) => `The server has not answered since ${since}. What you see may be old, and what you did last may not be done yet.` },
  list: {
    keep: 'Save as a view', forget: (name: string) => `Forget “${name}”`, columns: 'Columns', download: 'Download', regularly: 'Send me this regularly…', making: 'The file is being made', not: (of: string) => `not ${of}`, others: 'All but these', find: 'Find', all: 'All', more: 'Show more', empty: 'Nothing here yet.', noMatch: (q: string) => `Nothing matches “${q}”.`,
    count: (n: number) => (n === 1 ? '1 shown' : `${n} shown`), create: 'New', clear: 'Clear', chosen: (n: number) => `${n} chosen`,
  },
  item: {
    behalf: (who: string, whom: string) => `${who} for ${whom}`, system: 'Servicebook', followed: 'Followed from something before',
    path: 'Where it belongs', derived: 'No event gave it its value: it follows from other facts and the time.', notNow: 'Not now', happened: 'What happened', facts: 'Facts', acts: 'Do…', why: (field: string) => `Why is ${field} so?`, none: '–', yes: 'Yes', no: 'No', erased: 'Erased person', record: (n: number) => `№ ${n}`, since: (date: string) => `Since ${date}`, because: 'The events that gave it its value' },
  past: {
    show: 'Show', open: 'As it was before', asOf: (when: string) => `As it was: ${when}`, differs: (n: number) => (n === 0 ? 'Nothing differs from now.' : n === 1 ? '1 value differs from now.' : `${n} values differ from now.`),
    fixed: 'Nothing can be changed here.', now: 'now', back: 'Back to now', happened: 'What happened, and what came after',
  },
  act: {
    leave: 'What you typed is not sent yet. Leave it?', undone: (act: string) => `${act}: taken back`, close: 'Close',
    send: 'Save', cancel: 'Cancel', done: (act: string, what?: string) => `Done: ${act}${what ? ` – ${what}` : ''}`, doneTo: (act: string, n: number) => `${act}: done for ${n}`, undo: 'Undo', add: 'Add', remove: 'Remove', notSet: 'Not set', fault: 'Something is not right yet.', sure: 'Do you want this?' },
  problem: { ask: 'Whoever manages people here can give you the right.', nowhere: 'There is no such page', unknown: 'Something went wrong here.', again: 'Try again', forbidden: 'Your role may not see this.', notFound: 'There is no such thing, or you may not see it.', changed: 'Somebody changed it meanwhile. Look at it again and repeat what you want.', trace: 'Trace', rule: (rule: string) => `Rule ${rule}` },
  palette: { open: 'Search or do…', places: 'Places', things: 'Things', acts: 'Acts', empty: 'Nothing found.' },
  calendar: { book: 'Book an appointment' },
  theme: { light: 'Light', dark: 'Dark', system: 'As the system' },
}

/** A whole language: one that lacks a phrase, or has one too many, does not compile. */
export type Texts = typeof en
