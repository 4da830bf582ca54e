// The pages of who asks questions of the data; each leads to the others.

/** What all of them take. */
const takes = 'analytics.replay.list'

export const dataPages = [{ to: 'data', name: 'data', takes }, 'analytics.replay', { to: 'data/views', name: 'views', takes }]
